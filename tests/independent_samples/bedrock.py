"""Amazon Bedrock: the bodies that models have of their own.

Shapes: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html. What servers send besides (counts as
28.0, padding, a guardrail's word in every chunk, its trace in the last): cassettes of openllmetry.
"""

from __future__ import annotations

from typing import Any, Final

from independent_samples.bodies import Body, frames, whole
from independent_samples.sample import Sample, choice, said

__all__ = ["SAMPLES"]

_RUNTIME: Final = "https://bedrock-runtime.us-east-1.amazonaws.com/model"
_METRICS: Final = {
    "amazon-bedrock-invocationMetrics": {
        "inputTokenCount": 28,
        "outputTokenCount": 5,
        "invocationLatency": 900,
        "firstByteLatency": 300,
    }
}
_FIGURES: Final = {"prompt": 28, "completion": 5}


def _model(api: str, name: str, model: str, body: Body, meant: dict[str, Any], **more: Any) -> Sample:
    action = "invoke-with-response-stream" if body.is_streamed else "invoke"
    return Sample(
        f"bedrock_{api}", name, body, meant, f"{_RUNTIME}/{model}/{action}", {"prompt": "Which bird?"}, **more
    )


_TITAN: Final = "amazon.titan-text-express-v1"
_LLAMA: Final = "meta.llama3-8b-instruct-v1%3A0"
_MISTRAL: Final = "mistral.mistral-7b-instruct-v0%3A2"
_COMMAND: Final = "cohere.command-text-v14"
_JURASSIC: Final = "ai21.j2-mid-v1"
_CLAUDE: Final = "anthropic.claude-v2"
_NOVA: Final = "us.amazon.nova-lite-v1%3A0"


def _llama(text: str, prompt: int | None, completion: int, stop: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "generation": text,
        "prompt_token_count": prompt,
        "generation_token_count": completion,
        "stop_reason": stop,
        **more,
    }


SAMPLES: Final = (
    _model(
        "titan",
        "streamed, with counts that are floats",
        _TITAN,
        frames(
            [
                {"outputText": "A wr", "index": 0.0, "inputTextTokenCount": 28.0},
                {
                    "outputText": "en.",
                    "index": 0.0,
                    "totalOutputTextTokenCount": None,
                    "completionReason": None,
                    "inputTextTokenCount": None,
                },
                {
                    "outputText": "",
                    "index": 0.0,
                    "totalOutputTextTokenCount": 5.0,
                    "completionReason": "FINISH",
                    **_METRICS,
                },
            ]
        ),
        said(choice("A wren.", "FINISH"), **_FIGURES),
    ),
    _model(
        "titan",
        "streamed, the guardrail intervened",
        _TITAN,
        frames(
            [
                {
                    "outputText": "Call {Phone}.",
                    "index": 0,
                    "totalOutputTextTokenCount": 5,
                    "completionReason": "CONTENT_FILTERED",
                    "inputTextTokenCount": 28,
                    "amazon-bedrock-guardrailAction": "INTERVENED",
                    "amazon-bedrock-trace": {"guardrail": {"modelOutput": ["Call 123."]}},
                    **_METRICS,
                },
            ]
        ),
        said(choice("Call {Phone}.", "CONTENT_FILTERED"), **_FIGURES),
    ),
    _model(
        "titan",
        "whole, cut by the limit",
        _TITAN,
        whole(
            {
                "inputTextTokenCount": 28,
                "results": [{"tokenCount": 5, "outputText": "\nA wren", "completionReason": "LENGTH"}],
            }
        ),
        said(choice("\nA wren", "LENGTH"), **_FIGURES),
    ),
    _model(
        "llama",
        "streamed",
        _LLAMA,
        frames(
            [
                _llama("", 28, 0),
                _llama("A wr", None, 3),
                _llama("en.", None, 5, "stop", **_METRICS),
            ]
        ),
        said(choice("A wren.", "stop"), **_FIGURES),
    ),
    _model(
        "llama",
        "streamed, an exception ends it",
        _LLAMA,
        frames([_llama("A wr", 28, 3), {"modelStreamErrorException": {"message": "The model is gone."}}]),
        said(choice("A wr"), prompt=28, completion=3),
        is_failing=True,
    ),
    _model(
        "llama", "whole", _LLAMA, whole(_llama("A wren", 28, 5, "length")), said(choice("A wren", "length"), **_FIGURES)
    ),
    _model(
        "mistral",
        "streamed",
        _MISTRAL,
        frames(
            [
                {"outputs": [{"text": "A wr", "stop_reason": None}]},
                {"outputs": [{"text": "en.", "stop_reason": None}]},
                {"outputs": [{"text": "", "stop_reason": "stop"}], **_METRICS},
            ]
        ),
        said(choice("A wren.", "stop"), **_FIGURES),
    ),
    _model(
        "mistral",
        "whole",
        _MISTRAL,
        whole({"outputs": [{"text": "A wren", "stop_reason": "length"}]}),
        said(choice("A wren", "length")),
    ),
    _model(
        "cohere",
        "Command, streamed",
        _COMMAND,
        frames(
            [
                {"index": 0, "is_finished": False, "text": " A wr"},
                {"index": 0, "is_finished": False, "text": "en."},
                {"finish_reason": "COMPLETE", "index": 0, "is_finished": True, **_METRICS},
            ]
        ),
        said(choice(" A wren.", "COMPLETE"), **_FIGURES),
    ),
    _model(
        "cohere",
        "Command, whole, two generations",
        _COMMAND,
        whole(
            {
                "generations": [
                    {"finish_reason": "COMPLETE", "id": "g-1", "index": 0, "text": " A wren.", "likelihood": -0.5},
                    {"finish_reason": "MAX_TOKENS", "id": "g-2", "index": 1, "text": " A tit", "likelihood": -0.7},
                ],
                "id": "id-1",
                "prompt": "Which bird?",
            }
        ),
        said(choice(" A wren.", "COMPLETE"), choice(" A tit", "MAX_TOKENS")),
    ),
    _model(
        "ai21",
        "Jurassic, whole",
        _JURASSIC,
        whole(
            {
                "id": 1234,
                "prompt": {"text": "Which bird?", "tokens": []},
                "completions": [
                    {
                        "data": {
                            "text": "\nA wren.",
                            "tokens": [{"generatedToken": {"token": "▁wren", "logprob": -0.25}, "topTokens": None}],
                        },
                        "finishReason": {"reason": "endoftext"},
                    }
                ],
            }
        ),
        said(choice("\nA wren.", "endoftext")),
    ),
    _model(
        "claude_text",
        "streamed",
        _CLAUDE,
        frames(
            [
                {"completion": " A wr", "stop_reason": None, "stop": None},
                {"completion": "en.", "stop_reason": None, "stop": None},
                {"completion": "", "stop_reason": "stop_sequence", "stop": "\n\nHuman:", **_METRICS},
            ]
        ),
        said(choice(" A wren.", "stop_sequence"), **_FIGURES),
    ),
    _model(
        "claude_text",
        "streamed, chunks that say their type",
        _CLAUDE,
        frames(
            [
                {"type": "completion", "completion": " A wr", "stop_reason": None, "stop": None},
                {"type": "completion", "completion": "en", "stop_reason": "max_tokens", "stop": None, **_METRICS},
            ]
        ),
        said(choice(" A wren", "max_tokens"), **_FIGURES),
        dialect="anthropic",
    ),
    _model(
        "claude_text",
        "whole",
        _CLAUDE,
        whole({"completion": " A wren.", "stop_reason": "stop_sequence", "stop": "\n\nHuman:"}),
        said(choice(" A wren.", "stop_sequence")),
    ),
    _model(
        "converse",
        "Nova, streamed, with cached tokens",
        _NOVA,
        frames(
            [
                {"messageStart": {"role": "assistant"}},
                {"contentBlockDelta": {"delta": {"text": "A wren"}, "contentBlockIndex": 0}},
                {"contentBlockStop": {"contentBlockIndex": 0}},
                {
                    "contentBlockStart": {
                        "start": {"toolUse": {"toolUseId": "t-1", "name": "find_bird"}},
                        "contentBlockIndex": 1,
                    }
                },
                {
                    "contentBlockDelta": {
                        "delta": {"toolUse": {"input": '{"place":"old wall"}'}},
                        "contentBlockIndex": 1,
                    }
                },
                {"contentBlockStop": {"contentBlockIndex": 1}},
                {"messageStop": {"stopReason": "tool_use"}},
                {
                    "metadata": {
                        "usage": {
                            "inputTokens": 28,
                            "outputTokens": 5,
                            "cacheReadInputTokenCount": 3,
                            "cacheWriteInputTokenCount": 0,
                        },
                        "metrics": {},
                        "trace": {},
                    },
                    **_METRICS,
                },
            ]
        ),
        said(
            choice("A wren", "tool_use"),
            tools=[("find_bird", {"place": "old wall"})],
            **_FIGURES,
            cached=3,
        ),
    ),
    _model(
        "converse",
        "Nova, whole",
        _NOVA,
        whole(
            {
                "output": {"message": {"content": [{"text": "A wren."}], "role": "assistant"}},
                "stopReason": "end_turn",
                "usage": {
                    "inputTokens": 28,
                    "outputTokens": 5,
                    "totalTokens": 33,
                    "cacheReadInputTokenCount": 3,
                    "cacheWriteInputTokenCount": 0,
                },
            }
        ),
        said(choice("A wren.", "end_turn"), **_FIGURES, total=33, cached=3),
    ),
)
