"""Requests that are the same have the same key, whatever changes from run to run; others have another."""

from __future__ import annotations

from typing import Any

import pytest

from recexplore.comparison.request_key import RequestKey, messages_key, request_key
from recexplore.matching.request import Request
from recexplore.read.registry import known

CHAT = {"model": "m", "messages": [{"role": "user", "content": "hello"}], "stream": True}


def key(body: Any, *, endpoint: str = "/v1/chat/completions", method: str = "POST", envelope: str = "") -> RequestKey:
    found = request_key(Request("inference", body, method, endpoint=endpoint), known().request, envelope=envelope)
    assert found is not None
    return found


def turns(call: str, item: str, **message: Any) -> dict[str, Any]:
    """A second turn: the ids were made up by the answer before."""
    asked = {"id": call, "type": "function", "function": {"name": "f", "arguments": "{}"}}
    result = {"role": "tool", "tool_call_id": call, "content": f"result of {call} in {item}"}
    return {"model": "m", "messages": [{"role": "assistant", "tool_calls": [asked], **message}, result]}


UUID = "b850672d-eef6-4b2a-999f-1d394ec5ba5a"
CITE, CITE_UUID = ({"role": "tool", "content": f"cite as <|{name}|>"} for name in ("file-528246887823", UUID))


@pytest.mark.parametrize(
    ("one", "other", "left_out"),
    [
        ({**CHAT, "stream_options": {"include_usage": True}}, CHAT, ("stream_options",)),
        ({**CHAT, "user": "ann", "prompt_cache_key": "k"}, {**CHAT, "user": "bob"}, ("prompt_cache_key", "user")),
        ({**CHAT, "metadata": {"user_id": "1"}}, {**CHAT, "metadata": {"user_id": "2"}}, ("metadata",)),
        ({**CHAT, "extra_body": {"project_id": "p"}}, CHAT, ("extra_body.project_id",)),
        (turns("call_abcdefgh1", "x"), turns("call_zyxwvuts2", "x"), ("ids of the conversation",)),
        (
            {"model": "m", "input": [{"type": "message", "id": "msg_0123456789"}], "previous_response_id": "resp_1"},
            {"model": "m", "input": [{"type": "message", "id": "msg_9876543210"}], "previous_response_id": "resp_2"},
            ("ids of the conversation",),
        ),
        (
            {"messages": [{"content": [{"type": "thinking", "thinking": "hm", "signature": "abc"}]}]},
            {"messages": [{"content": [{"type": "thinking", "thinking": "hm", "signature": "xyz"}]}]},
            ("what earlier answers sealed",),
        ),
        (
            {"messages": [{"role": "tool", "content": "score: 0.123, a"}]},
            {"messages": [{"role": "tool", "content": "score: 0.9, a"}]},
            ("scores and ids of searches",),
        ),
        (
            {"messages": [{"role": "tool", "content": "[1] document_id: file-528246887823, score: 0.1"}, CITE]},
            {"messages": [{"role": "tool", "content": f"[1] document_id: {UUID}, score: 0.1"}, CITE_UUID]},
            ("scores and ids of searches",),
        ),
        (
            {"messages": [], "temperature": 0.1234567},
            {"messages": [], "temperature": 0.1234568},
            ("digits of decimals beyond five",),
        ),
    ],
    ids=["usage", "labels", "metadata", "project", "call ids", "item ids", "seals", "scores", "documents", "decimals"],
)  # fmt: skip
def test_what_changes_from_run_to_run_is_left_out_and_named(one: Any, other: Any, left_out: tuple[str, ...]) -> None:
    assert key(one).digest == key(other).digest
    assert key(one).left_out == left_out


@pytest.mark.parametrize(
    "other",
    [
        {**CHAT, "model": "n"},
        {**CHAT, "stream": False},
        {**CHAT, "n": 2},
        {**CHAT, "seed": 1},
        {**CHAT, "messages": [{"role": "user", "content": "hello!"}]},
        {**CHAT, "messages": [*CHAT["messages"], *CHAT["messages"]]},  # type: ignore[misc]
        {**CHAT, "tools": [{"type": "function", "function": {"name": "f"}}]},
        {**CHAT, "messages": [{"role": "user", "content": "<|im_start|>"}]},
    ],
)
def test_another_request_has_another_key(other: Any) -> None:
    assert key(CHAT).digest != key(other).digest


def test_who_is_who_stays() -> None:
    """Two calls and their results the other way round are another request."""

    def asked(first: str, second: str) -> Any:
        results = [
            {"role": "tool", "tool_call_id": each, "content": text} for each, text in ((first, "1"), (second, "2"))
        ]
        return {"messages": [{"tool_calls": [{"id": "call_aaaaaaaa"}, {"id": "call_bbbbbbbb"}]}, *results]}

    assert key(asked("call_aaaaaaaa", "call_bbbbbbbb")).digest != key(asked("call_bbbbbbbb", "call_aaaaaaaa")).digest


def test_images_that_differ_are_told_apart() -> None:
    def asked(data: str) -> Any:
        return {"messages": [{"content": [{"type": "image", "source": {"type": "base64", "data": data}}]}]}

    assert key(asked("aaaa")).digest != key(asked("bbbb")).digest


def test_ids_in_the_path_are_left_out() -> None:
    one, other = (key(CHAT, endpoint=f"/v1/threads/thread_{letters}123456/runs") for letters in ("abcdef", "uvwxyz"))
    assert (one.digest, one.left_out) == (other.digest, ("ids in the path",))
    assert key({}, method="GET", endpoint="/v1/models/gpt-4o-2024-08-06").left_out == ()
    assert key(CHAT, endpoint="/v1/messages").digest != key(CHAT).digest
    assert key(CHAT, method="GET").digest != key(CHAT).digest


@pytest.mark.parametrize(
    ("streamed", "whole"),
    [
        ("/v1beta/models/gemini-2.0:streamGenerateContent", "/v1beta/models/gemini-2.0:generateContent"),
        ("/model/nova/converse-stream", "/model/nova/converse"),
        ("/model/claude/invoke-with-response-stream", "/model/claude/invoke"),
    ],
)
def test_a_stream_and_a_whole_answer_are_asked_for_alike_on_demand(streamed: str, whole: str) -> None:
    def asked(endpoint: str, body: Any) -> Any:
        request = Request("inference", body, "POST", endpoint=endpoint)
        return request_key(request, known().request, streamed_or_whole=True)

    assert asked(streamed, {"a": 1}).digest == asked(whole, {"a": 1}).digest
    assert asked("/v1/chat", {**CHAT, "stream": True}).digest == asked("/v1/chat", {**CHAT, "stream": False}).digest
    assert asked(streamed, {"a": 1}).left_out == ("whether it is streamed",)
    assert key({"a": 1}, endpoint=streamed).digest != key({"a": 1}, endpoint=whole).digest


def test_the_renaming_of_llama_stack_is_its_own() -> None:
    old, new = ({"messages": [{"content": f"what is {name}?"}]} for name in ("llama_stack", "ogx"))
    assert key(old).digest != key(new).digest
    assert key(old, envelope="llama-stack").digest == key(new, envelope="llama-stack").digest
    assert key(old, envelope="llama-stack").left_out == ("the renaming of llama-stack",)


@pytest.mark.parametrize(
    "body",
    [{"a": 2**80}, {"a": "\ud800"}, {"a": [{"b": None}, 1.5, True]}, {"\ud800": 1}],
    ids=["long", "half", "mixed", "key"],
)
def test_any_json_has_a_key(body: Any) -> None:
    assert key(body).digest == key(dict(body)).digest
    assert key(body).digest != key({**body, "c": 1}).digest


def test_without_a_request_there_is_none() -> None:
    for method in ("POST", "PUT", "PATCH"):
        assert request_key(Request("inference", {}, method, endpoint="/v1/chat/completions"), known().request) is None
    assert request_key(Request("inference", {}, "GET", endpoint="/v1/models"), known().request) is not None
    models = Request("inference", {}, "POST", endpoint="/v1/models")
    assert request_key(models, known().request, envelope="llama-stack") is not None
    assert request_key(models, known().request, envelope="har") is None
    assert request_key(Request("inference", {}), known().request) is None
    assert request_key(Request("inference", None, is_too_deep=True), known().request) is None
    assert messages_key(Request("inference", {"model": "m"}), known().request) is None
    assert messages_key(Request("inference", None, "GET", endpoint="/x"), known().request) is None


def test_what_was_asked_alone() -> None:
    one = messages_key(Request("inference", {**CHAT, "model": "n", "temperature": 1}), known().request)
    other = messages_key(Request("inference", {**CHAT, "stream": False}, endpoint="/other"), known().request)
    assert one is not None
    assert other is not None
    assert one.digest == other.digest
    assert one.left_out == ("model", "stream", "temperature")
