"""Cohere's chat.

Shapes: https://docs.cohere.com/v1/reference/chat-stream, https://docs.cohere.com/reference/chat-stream; what recordings hold
besides (calls without arguments, cached tokens, the answer repeated at a stream's end): cassettes of langchain-cohere,
fixtures of the AI SDK's Cohere provider.
"""

from __future__ import annotations

from typing import Any, Final

from independent_samples.bodies import Body, events, frames, lines, named_events, whole
from independent_samples.sample import Sample, choice, said

__all__ = ["SAMPLES"]

_URL_1: Final = "https://api.cohere.com/v1/chat"
_URL_2: Final = "https://api.cohere.com/v2/chat"


# --- version 1 -------------------------------------------------------------------------------------------------------


def _event(kind: str, *, is_finished: bool = False, **fields: Any) -> dict[str, Any]:
    return {"is_finished": is_finished, "event_type": kind, **fields}


def _response(text: str, finish: str = "COMPLETE", **fields: Any) -> dict[str, Any]:
    return {
        "response_id": "resp-1",
        "text": text,
        "generation_id": "gen-1",
        "chat_history": [{"role": "USER", "message": "Which bird?"}, {"role": "CHATBOT", "message": text}],
        "finish_reason": finish,
        "meta": {
            "api_version": {"version": "1"},
            "billed_units": {"input_tokens": 3, "output_tokens": 4},
            "tokens": {"input_tokens": 70, "output_tokens": 5},
        },
        **fields,
    }


def _end(text: str, finish: str = "COMPLETE", **fields: Any) -> dict[str, Any]:
    return _event("stream-end", is_finished=True, response=_response(text, finish, **fields), finish_reason=finish)


_START: Final = _event("stream-start", generation_id="gen-1")
_TEXT: Final = [
    _START,
    *(_event("text-generation", text=text) for text in ("", "A", " wren", "…", " sings.")),
    _end("A wren… sings."),
]
_TWO_CALLS: Final = [
    {"name": "find_bird", "parameters": {"place": "old wall", "limit": 2}},
    {"name": "list_birds", "parameters": {"month": "May"}},
]


def _call_part(index: int, **fields: str) -> dict[str, Any]:
    return _event("tool-calls-chunk", tool_call_delta={"index": index, **fields})


_CALLS: Final = [
    _START,
    *(_event("tool-calls-chunk", text=text) for text in ("I will", " look", " it up.")),
    _call_part(0, name="find_bird"),
    _call_part(1, name="list_birds"),
    _call_part(0, parameters='{\n    "place'),
    _call_part(1, parameters='{"month": '),
    _call_part(1, parameters='"May"}'),
    _call_part(0, parameters='": "old wall",\n    "limit": 2}'),
    _event("tool-calls-generation", text="I will look it up.", tool_calls=_TWO_CALLS),
    _end("I will look it up.", tool_calls=_TWO_CALLS),
]
_CALLS_SAID: Final = (
    ("find_bird", {"place": "old wall", "limit": 2}),
    ("list_birds", {"month": "May"}),
)


def _v1(name: str, body: Body, meant: dict[str, Any], *, url: str = _URL_1, **more: Any) -> Sample:
    asked = {"message": "Which bird?", "model": "command-x", "stream": body.is_streamed}
    return Sample("cohere_v1", name, body, meant, url, asked, **more)


_V1: Final = (
    _v1(
        "text, lines of JSON",
        lines(_TEXT, "application/stream+json"),
        said(choice("A wren… sings.", "COMPLETE"), prompt=70, completion=5),
    ),
    _v1(
        "text, as server-sent events without names",
        events(_TEXT),
        said(choice("A wren… sings.", "COMPLETE"), prompt=70, completion=5),
    ),
    _v1(
        "two calls at once, repeated twice at the end",
        lines(_CALLS, "application/stream+json"),
        said(choice(reasoning="I will look it up.", finish="COMPLETE"), tools=_CALLS_SAID, prompt=70, completion=5),
    ),
    _v1(
        "calls that came whole, as before there were chunks of them",
        lines(
            [_START, _event("tool-calls-generation", tool_calls=_TWO_CALLS), _end("", tool_calls=_TWO_CALLS)],
            "application/stream+json",
        ),
        said(choice(finish="COMPLETE"), tools=_CALLS_SAID, prompt=70, completion=5),
    ),
    _v1(
        "search results and citations, cut by the limit",
        lines(
            [
                _START,
                _event("search-queries-generation", search_queries=[{"text": "bird wall", "generation_id": "gen-2"}]),
                _event(
                    "search-results",
                    search_results=[
                        {
                            "search_query": {"text": "bird wall", "generation_id": "gen-2"},
                            "document_ids": ["doc_0"],
                            "connector": {"id": "web-search"},
                        }
                    ],
                    documents=[{"id": "doc_0", "text": "Wrens nest in walls.", "title": "Walls"}],
                ),
                _event("text-generation", text="A wren"),
                _event(
                    "citation-generation",
                    citations=[{"start": 2, "end": 6, "text": "wren", "document_ids": ["doc_0"]}],
                ),
                _end("A wren", "MAX_TOKENS", documents=[{"id": "doc_0"}]),
            ],
            "application/stream+json",
        ),
        said(choice("A wren", "MAX_TOKENS"), prompt=70, completion=5),
    ),
    _v1(
        "the region's host, a reply deemed toxic",
        lines([_START, _event("text-generation", text="A wr"), _end("A wr", "ERROR_TOXIC")], "application/stream+json"),
        said(choice("A wr", "ERROR_TOXIC"), prompt=70, completion=5),
        url="https://stg.api.cohere.ai/v1/chat",
    ),
    _v1(
        "Command R on Bedrock, in frames",
        frames(
            [
                _event("text-generation", text="A wr"),
                _event("text-generation", text="en."),
                {
                    **_event("stream-end", is_finished=True, finish_reason="COMPLETE"),
                    "response": {
                        "response_id": "resp-1",
                        "text": "A wren.",
                        "generation_id": "gen-1",
                        "chat_history": [{"role": "USER", "message": "Which bird?"}],
                        "finish_reason": "COMPLETE",
                    },
                    "amazon-bedrock-invocationMetrics": {"inputTokenCount": 70, "outputTokenCount": 5},
                },
            ]
        ),
        said(choice("A wren.", "COMPLETE"), prompt=70, completion=5),
        url="https://bedrock-runtime.us-east-1.amazonaws.com/model/cohere.command-r-v1%3A0/invoke-with-response-stream",
    ),
    _v1(
        "whole",
        whole(_response("A wren.") | {"citations": [{"start": 2, "end": 6, "text": "wren", "document_ids": ["d"]}]}),
        said(choice("A wren.", "COMPLETE"), prompt=70, completion=5),
    ),
    _v1(
        "whole, with calls and without a word",
        whole(_response("", tool_calls=_TWO_CALLS)),
        said(choice(finish="COMPLETE"), tools=_CALLS_SAID, prompt=70, completion=5),
    ),
)


# --- version 2 -------------------------------------------------------------------------------------------------------

_USAGE: Final = {
    "billed_units": {"input_tokens": 3, "output_tokens": 2},
    "tokens": {"input_tokens": 70, "output_tokens": 2},
}
_OPENING: Final = {
    "id": "msg-1",
    "type": "message-start",
    "delta": {"message": {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}},
}


def _content(kind: str, index: int, **content: str) -> dict[str, Any]:
    return {"type": f"content-{kind}", "index": index, "delta": {"message": {"content": content}}}


def _content_end(index: int) -> dict[str, Any]:
    return {"type": "content-end", "index": index}


def _plan(text: str) -> dict[str, Any]:
    return {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": text}}}


def _tool_call(kind: str, index: int, **call: Any) -> dict[str, Any]:
    return {"type": f"tool-call-{kind}", "index": index, "delta": {"message": {"tool_calls": call}}}


def _message_end(finish: str = "COMPLETE", **fields: Any) -> dict[str, Any]:
    return {"type": "message-end", "delta": {"finish_reason": finish, "usage": _USAGE, **fields}}


_TALK: Final = [
    _OPENING,
    _content("start", 0, type="text", text=""),
    _content("delta", 0, text="A"),
    _content("delta", 0, text=" wren."),
    _content_end(0),
    _message_end(),
]
_PLANNED: Final = [
    _OPENING,
    _plan("I will"),
    _plan(" look."),
    _tool_call(
        "start", 0, id="find_bird_1", type="function", function={"name": "find_bird", "arguments": '{"place": "'}
    ),
    _tool_call("delta", 0, function={"arguments": "old "}),
    _tool_call("delta", 0, function={"arguments": 'wall"}'}),
    {"type": "tool-call-end", "index": 0},
    _tool_call("start", 1, id="now_1", type="function", function={"name": "now", "arguments": ""}),
    _tool_call("delta", 1, function={"arguments": "{}"}),
    {"type": "tool-call-end", "index": 1},
    _message_end("TOOL_CALL", usage={**_USAGE, "cached_tokens": 64}),
]


def _named(chunks: list[dict[str, Any]]) -> Body:
    return named_events([(chunk["type"], chunk) for chunk in chunks])


def _v2(name: str, body: Body, meant: dict[str, Any], *, url: str = _URL_2, **more: Any) -> Sample:
    asked = {"messages": [{"role": "user", "content": "Which bird?"}], "model": "command-x", "stream": body.is_streamed}
    return Sample("cohere_v2", name, body, meant, url, asked, **more)


_V2: Final = (
    _v2("text", _named(_TALK), said(choice("A wren.", "COMPLETE"), prompt=70, completion=2)),
    _v2("text, lines of JSON", lines(_TALK), said(choice("A wren.", "COMPLETE"), prompt=70, completion=2)),
    _v2(
        "text, of another server and without names, with a mark at the end",
        events([*_TALK, "[DONE]"]),
        said(choice("A wren.", "COMPLETE"), prompt=70, completion=2),
        url="http://localhost:8000/cohere/v2/chat",
    ),
    _v2(
        "text, with carriage returns, and without usage",
        events(
            [*_TALK[:-1], {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}}], data="data:", end="\r\n"
        ),
        said(choice("A wren.", "COMPLETE")),
    ),
    _v2(
        "thinking before the text",
        _named(
            [
                _OPENING,
                _content("start", 0, type="thinking", thinking=""),
                _content("delta", 0, thinking="Small,"),
                _content("delta", 0, thinking=" brown."),
                _content_end(0),
                _content("start", 1, type="text", text=""),
                _content("delta", 1, text="A wren."),
                _content_end(1),
                _message_end("STOP_SEQUENCE"),
            ]
        ),
        said(choice("A wren.", "STOP_SEQUENCE", reasoning="Small, brown."), prompt=70, completion=2),
    ),
    _v2(
        "a plan and two calls, with cached tokens",
        _named(_PLANNED),
        said(
            choice(reasoning="I will look.", finish="TOOL_CALL"),
            tools=[("find_bird", {"place": "old wall"}), ("now", {})],
            prompt=70,
            completion=2,
            cached=64,
        ),
    ),
    _v2(
        "a call without any arguments",
        _named(
            [
                _OPENING,
                _tool_call("start", 0, id="now_1", type="function", function={"name": "now", "arguments": ""}),
                {"type": "tool-call-end", "index": 0},
                _message_end("TOOL_CALL"),
            ]
        ),
        said(choice(finish="TOOL_CALL"), tools=[("now", "")], prompt=70, completion=2),
    ),
    _v2(
        "citations, log probabilities and a debug event",
        _named(
            [
                _OPENING,
                {"type": "debug", "prompt": "<BOS>Which bird?"},
                _content("start", 0, type="text", text=""),
                _content("delta", 0, text="A wren.")
                | {"logprobs": {"token_ids": [7, 8], "text": "A wren.", "logprobs": [-0.25, -0.5]}},
                {
                    "type": "citation-start",
                    "index": 0,
                    "delta": {
                        "message": {
                            "citations": {
                                "start": 2,
                                "end": 6,
                                "text": "wren",
                                "sources": [{"type": "document", "id": "doc:0", "document": {"id": "doc:0"}}],
                                "type": "TEXT_CONTENT",
                            }
                        }
                    },
                },
                {"type": "citation-end", "index": 0},
                _content_end(0),
                _message_end("MAX_TOKENS"),
            ]
        ),
        said(choice("A wren.", "MAX_TOKENS"), prompt=70, completion=2),
    ),
    _v2(
        "an error ends it",
        _named(
            [
                *_TALK[:3],
                {"type": "message-end", "delta": {"finish_reason": "ERROR", "error": "The model is gone."}},
            ]
        ),
        said(choice("A", "ERROR")),
        is_failing=True,
    ),
    _v2(
        "whole, with thinking",
        whole(
            {
                "id": "msg-1",
                "finish_reason": "COMPLETE",
                "message": {
                    "role": "assistant",
                    "content": [{"type": "thinking", "thinking": "Small."}, {"type": "text", "text": "A wren."}],
                    "citations": [{"start": 2, "end": 6, "text": "wren", "sources": [], "type": "TEXT_CONTENT"}],
                },
                "usage": {**_USAGE, "cached_tokens": 64},
                "logprobs": None,
            }
        ),
        said(choice("A wren.", "COMPLETE", reasoning="Small."), prompt=70, completion=2, cached=64),
    ),
    _v2(
        "whole, with a plan and a call",
        whole(
            {
                "id": "msg-1",
                "message": {
                    "role": "assistant",
                    "content": None,
                    "tool_plan": "I will look.",
                    "citations": None,
                    "tool_calls": [
                        {
                            "id": "find_bird_1",
                            "type": "function",
                            "function": {"name": "find_bird", "arguments": '{"place": "old wall"}'},
                        }
                    ],
                },
                "finish_reason": "TOOL_CALL",
                "usage": _USAGE,
            }
        ),
        said(
            choice(reasoning="I will look.", finish="TOOL_CALL"),
            tools=[("find_bird", {"place": "old wall"})],
            prompt=70,
            completion=2,
        ),
    ),
)

SAMPLES: Final = (*_V1, *_V2)
