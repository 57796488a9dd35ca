"""Servers that generate text: watsonx, Hugging Face's TGI, Replicate and Writer.

Shapes: https://cloud.ibm.com/apidocs/watsonx-ai#text-generation-stream,
https://huggingface.github.io/text-generation-inference/, https://replicate.com/docs/topics/predictions/streaming,
https://dev.writer.com/home/streaming. What servers send besides (an event of nothing first or last, the prompt counted once,
comments, a text over several lines): stubs of quarkus-langchain4j, cassettes of openllmetry.
"""

from __future__ import annotations

from typing import Any, Final

from independent_samples.bodies import Body, events, named_events, text_events, whole
from independent_samples.sample import Sample, choice, said

__all__ = ["SAMPLES"]


# --- watsonx ---------------------------------------------------------------------------------------------------------

_WATSONX: Final = "https://us-south.ml.cloud.ibm.com/ml/v1"


def _result(text: str, completion: int, prompt: int, stop: str = "not_finished", **more: Any) -> dict[str, Any]:
    result = {"generated_text": text, "generated_token_count": completion, "input_token_count": prompt}
    return {
        "model_id": "m-1",
        "created_at": "2025-06-24T15:30:13.500Z",
        "results": [{**result, "stop_reason": stop}],
    } | more


_STREAM: Final = [
    _result(
        "",
        0,
        68,
        system={"warnings": [{"message": "This API is legacy.", "id": "api_legacy"}]},
    ),
    _result("A wr", 2, 0),
    _result("en.", 3, 0, "eos_token"),
]


def _watsonx(name: str, body: Body, meant: dict[str, Any], *, where: str = "text/generation", **more: Any) -> Sample:
    asked = {"input": "Which bird?", "model_id": "m-1", "project_id": "p-1", "parameters": {"max_new_tokens": 20}}
    url = f"{_WATSONX}/{where}{'_stream' if body.is_streamed else ''}?version=2023-05-29"
    return Sample("watsonx", name, body, meant, url, asked, **more)


_WATSONX_SAMPLES: Final = (
    _watsonx(
        "streamed: the prompt is counted once",
        named_events([("message", chunk) for chunk in _STREAM], numbered=True),
        said(choice("A wren.", "eos_token"), prompt=68, completion=3),
    ),
    _watsonx(
        "streamed, with an event of nothing at both ends, of a deployment",
        named_events(
            [("message", {}), *(("message", chunk) for chunk in _STREAM), ("close", {})],
            numbered=True,
        ),
        said(choice("A wren.", "eos_token"), prompt=68, completion=3),
        where="deployments/d-1/text/generation",
    ),
    _watsonx(
        "streamed, an error ends it",
        named_events(
            [
                *(("message", chunk) for chunk in _STREAM[:2]),
                (
                    "error",
                    {
                        "errors": [{"code": "downstream_request_failed", "message": "The model is gone."}],
                        "trace": "t-1",
                        "status_code": 500,
                    },
                ),
            ],
            numbered=True,
        ),
        said(choice("A wr"), prompt=68, completion=2),
        is_failing=True,
    ),
    _watsonx(
        "whole, with tokens and moderation, cut by the limit",
        whole(
            {
                "model_id": "m-1",
                "model_version": "1.1.0",
                "created_at": "2025-06-24T15:30:13.500Z",
                "results": [
                    {
                        "generated_text": "A wren",
                        "generated_token_count": 3,
                        "input_token_count": 68,
                        "stop_reason": "max_tokens",
                        "seed": 7,
                        "generated_tokens": [{"text": "▁wren", "logprob": -0.25, "rank": 1}],
                        "moderations": {"hap": [{"score": 0.9, "input": False, "position": {"start": 0, "end": 6}}]},
                    }
                ],
            }
        ),
        said(choice("A wren", "max_tokens"), prompt=68, completion=3),
    ),
)


# --- TGI -------------------------------------------------------------------------------------------------------------

_TGI: Final = "http://localhost:8080/generate"


def _token(index: int, text: str, *, special: bool = False, **more: Any) -> dict[str, Any]:
    token = {"id": 100 + index, "text": text, "logprob": -0.25, "special": special}
    return {"index": index, "token": token, "generated_text": None, "details": None, **more}


def _details(reason: str, **more: Any) -> dict[str, Any]:
    return {"finish_reason": reason, "generated_tokens": 3, "seed": None, **more}


def _tgi(name: str, body: Body, meant: dict[str, Any], *, url: str = "", **more: Any) -> Sample:
    asked = {"inputs": "Which bird?", "parameters": {"max_new_tokens": 20, "details": True}}
    url = url or (f"{_TGI}_stream" if body.is_streamed else _TGI)
    return Sample("tgi", name, body, meant, url, asked, **more)


_TGI_SAMPLES: Final = (
    _tgi(
        "streamed, without a blank after the colon, the end mark is a special token",
        events(
            [
                _token(1, "A"),
                _token(2, " wren.", top_tokens=[{"id": 9, "text": " tit.", "logprob": -3.5, "special": False}]),
                _token(3, "</s>", special=True)
                | {"generated_text": "A wren.", "details": _details("eos_token", input_length=12)},
            ],
            data="data:",
        ),
        said(choice("A wren.", "eos_token"), prompt=12, completion=3),
    ),
    _tgi(
        "streamed by an older server: no index, the last token is text",
        events(
            [
                {
                    "token": {"id": 1, "text": "A", "logprob": None, "special": False},
                    "generated_text": None,
                    "details": None,
                },
                {
                    "token": {"id": 2, "text": " wren", "logprob": -0.5, "special": False},
                    "generated_text": "A wren",
                    "details": _details("length", seed=42),
                },
            ],
            data="data:",
            before=": keep-alive\n\n",
        ),
        said(choice("A wren", "length"), completion=3),
        url="https://xyz.eu-west-1.aws.endpoints.huggingface.cloud/generate_stream",
    ),
    _tgi(
        "streamed, an error ends it",
        events(
            [_token(1, "A"), {"error": "Request failed during generation", "error_type": "generation"}],
            data="data:",
        ),
        said(choice("A")),
        is_failing=True,
    ),
    _tgi(
        "whole, with details",
        whole(
            {
                "generated_text": "A wren.",
                "details": {
                    **_details("stop_sequence", seed=42),
                    "prefill": [{"id": 0, "text": "Which", "logprob": None}],
                    "tokens": [{"id": 1, "text": "A", "logprob": -0.25, "special": False}],
                },
            }
        ),
        said(choice("A wren.", "stop_sequence"), completion=3),
    ),
    _tgi(
        "whole, in a list, as the server's root answers",
        whole([{"generated_text": "A wren."}]),
        said(choice("A wren.")),
        url="https://api-inference.huggingface.co/models/org/model",
    ),
)


# --- Replicate -------------------------------------------------------------------------------------------------------

_REPLICATE: Final = "https://api.replicate.com/v1"
_STREAMS: Final = "https://stream.replicate.com/v1/files/abc123"


def _prediction(status: str, output: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": "p1",
        "model": "org/model",
        "version": "v1",
        "input": {"prompt": "Which bird?"},
        "logs": "",
        "output": output,
        "data_removed": False,
        "error": None,
        "status": status,
        "created_at": "2025-01-01T00:00:00.000Z",
        "urls": {"get": f"{_REPLICATE}/predictions/p1", "cancel": f"{_REPLICATE}/predictions/p1/cancel"},
        **more,
    }


def _replicate(name: str, body: Body, meant: dict[str, Any], *, url: str = _STREAMS, **more: Any) -> Sample:
    return Sample("replicate", name, body, meant, url, **more)


_REPLICATE_SAMPLES: Final = (
    _replicate(
        "streamed: text of several lines, between comments",
        text_events(
            [("output", ""), ("output", "A"), ("output", " wren"), ("output", ":\n\nsmall"), ("done", "{}")],
            before=": hi\n\n",
            after=":408: 408 Request Timeout\n\n",
        ),
        said(choice("A wren:\n\nsmall")),
    ),
    _replicate(
        "streamed: text that reads like JSON",
        text_events(
            [
                ("output", "{"),
                ("output", '"birds": ['),
                ("output", "1"),
                ("output", ", "),
                ("output", "2.50"),
                ("output", "]"),
                ("output", "}"),
                ("output", "true"),
                ("output", "{}"),
                ("done", "{}"),
            ]
        ),
        said(choice('{"birds": [1, 2.50]}true{}')),
    ),
    _replicate(
        "streamed, with the server's log, canceled",
        text_events([("logs", "loading\nweights"), ("output", "A wr"), ("done", '{"reason":"canceled"}')]),
        said(choice("A wr", "canceled")),
    ),
    _replicate(
        "streamed, an error ends it",
        text_events([("output", "A wr"), ("error", '{"detail":"The model is gone."}'), ("done", '{"reason":"error"}')]),
        said(choice("A wr", "error")),
        is_failing=True,
    ),
    _replicate(
        "whole: a prediction with the pieces of its output",
        whole(
            _prediction(
                "succeeded",
                ["A", " wren", "."],
                completed_at="2025-01-01T00:00:02.000Z",
                metrics={
                    "input_token_count": 12,
                    "output_token_count": 3,
                    "predict_time": 1.5,
                    "time_to_first_token": 0.2,
                    "tokens_per_second": 20.5,
                },
            )
        ),
        said(choice("A wren.", "succeeded"), prompt=12, completion=3),
        url=f"{_REPLICATE}/predictions/p1",
    ),
    _replicate(
        "whole: a prediction whose output is one text",
        whole(_prediction("succeeded", "A wren.", metrics={"predict_time": 1.5})),
        said(choice("A wren.", "succeeded")),
        url=f"{_REPLICATE}/models/org/model/predictions",
    ),
    _replicate(
        "whole: a prediction that failed",
        whole(_prediction("failed", None, error="The model is gone.")),
        said(choice(finish="failed")),
        url=f"{_REPLICATE}/predictions/p1",
        is_failing=True,
    ),
)


# --- Writer ----------------------------------------------------------------------------------------------------------


def _writer(api: str, name: str, body: Body, meant: dict[str, Any], **more: Any) -> Sample:
    asked = {"model": "palmyra-x", "prompt": "Which bird?", "max_tokens": 20, "stream": body.is_streamed}
    return Sample(api, name, body, meant, "https://api.writer.com/v1/completions", asked, **more)


_VALUES: Final = [{"value": text} for text in ("", "A", " wren", ":\n\n", "small.")]

_WRITER_SAMPLES: Final = (
    _writer("writer", "streamed", events(_VALUES), said(choice("A wren:\n\nsmall."))),
    _writer(
        "openai_completions",
        "Writer's, whole",
        whole({"choices": [{"text": "A wren.", "log_probs": None}], "model": "palmyra-x"}),
        said(choice("A wren.")),
        dialect="writer",
    ),
)

SAMPLES: Final = (*_WATSONX_SAMPLES, *_TGI_SAMPLES, *_REPLICATE_SAMPLES, *_WRITER_SAMPLES)
