"""What looks like a defect and is none, one small stream each: providers' habits that a rule must not accuse."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from synthetic import whole

import recexplore
from recexplore.corpus import Corpus

URL = "https://api.example.com/v1/chat/completions"
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
CALL = '{"name": "f", "arguments": {}}'


def chunk(
    delta: dict[str, Any] | None = None, finish: str | None = None, index: int = 0, **rest: Any
) -> dict[str, Any]:
    choices = [] if delta is None else [{"index": index, "delta": delta, "finish_reason": finish}]
    return {"id": "a", "object": "chat.completion.chunk", "model": "m", "choices": choices, **rest}


def chat(text: str, finish: str = "stop", **usage: int) -> list[dict[str, Any]]:
    said = [chunk({"role": "assistant"}), chunk({"content": text}), chunk({}, finish)]
    return said + ([chunk(usage=usage)] if usage else [])


def gemini(*texts: str) -> list[dict[str, Any]]:
    return [
        {"candidates": [{"content": {"parts": [{"text": text}], "role": "model"}, "finishReason": "STOP"}]}
        for text in texts
    ]


def item(place: int) -> dict[str, Any]:
    return {"type": "response.output_item.added", "output_index": place, "item": {"id": f"i{place}", "type": "message"}}


def said(place: int, text: str, kind: str = "output_text") -> dict[str, Any]:
    return {"type": f"response.{kind}.delta", "output_index": place, "item_id": f"i{place}", "delta": text}


def done(place: int, text: str, kind: str = "output_text") -> dict[str, Any]:
    return {"type": f"response.{kind}.done", "output_index": place, "item_id": f"i{place}", "text": text}


def completed(*texts: str) -> dict[str, Any]:
    output = [{"type": "message", "content": [{"type": "output_text", "text": text}]} for text in texts]
    return {"type": "response.completed", "response": {"id": "r", "status": "completed", "output": output}}


ASKED_JSON = {"response_format": {"type": "json_object"}}
LEGAL: dict[str, tuple[str, list[Any], dict[str, Any]]] = {
    "Gemini finishes with every chunk": ("after-finish", gemini("Half ", "a ", "moon"), {}),
    "Gemini's thoughts are in the total alone": (
        "usage-arith",
        chat("Hi", prompt_tokens=10, completion_tokens=2, total_tokens=112),
        {"model": "gemini-2.5-flash"},
    ),
    "reasoning beside the completion": (
        "usage-arith",
        [
            *chat("Hi"),
            chunk(
                usage={
                    "prompt_tokens": 33,
                    "completion_tokens": 71,
                    "total_tokens": 104,
                    "completion_tokens_details": {"reasoning_tokens": 739},
                }
            ),
        ],
        {"model": "sonar-deep-research"},
    ),
    "a report that came before the text": (
        "usage-arith",
        [
            chunk({"role": "assistant"}, usage={"prompt_tokens": 10, "completion_tokens": 0, "total_tokens": 10}),
            chunk({"content": "a"}),
            chunk({"content": "b"}),
            chunk({}, "stop"),
        ],
        {},
    ),
    "figures beyond belief that add up": (
        "usage-arith",
        chat("Hi", prompt_tokens=2**62, completion_tokens=2**61, total_tokens=2**62 + 2**61),
        {},
    ),
    "no request was recorded, so nobody knows n": ("choice-index", [*chat("a"), chunk({}, "stop", 1)], {}),
    "an answer cut before the second choice spoke": ("choice-index", chat("a")[:2], {"n": 2}),
    "a server that names no role": (
        "choice-bleed",
        [
            *[chunk({"content": text}, index=i) for text in ("yes, ", "nope, ") for i in (0, 1)],
            *[chunk({}, "stop", i) for i in (0, 1)],
        ],
        {"n": 2},
    ),
    "a fence in prose": (
        "tool-as-text",
        chat(f"So:\n\n```xml\n<tool_call>\n{CALL}\n</tool_call>\n```"),
        {"tools": [TOOL]},
    ),
    "a tool described": ("tool-as-text", chat('{"name": "f", "type": "function"}'), {"tools": [TOOL]}),
    "JSON behind a byte order mark": ("json-format", chat('\ufeff{"a": 1}'), ASKED_JSON),
    "tags in both the deltas and the end": (
        "responses-lifecycle",
        [
            item(0),
            said(0, "<think>so"),
            said(0, "</think>Hi"),
            done(0, "<think>so</think>Hi"),
            completed("<think>so</think>Hi"),
        ],
        {},
    ),
    "two kinds of reasoning in one item": (
        "responses-lifecycle",
        [
            {**item(0), "item": {"id": "i0", "type": "reasoning"}},
            said(0, "deep", "reasoning_text"),
            said(0, "short", "reasoning_summary_text"),
            done(0, "deep", "reasoning_text"),
            done(0, "short", "reasoning_summary_text"),
            completed(),
        ],
        {},
    ),
    "items that take turns": (
        "responses-lifecycle",
        [
            item(0),
            item(1),
            *[said(place, text) for text in ("a", "b", "c") for place in (0, 1)],
            done(0, "abc"),
            done(1, "abc"),
            completed("abc", "abc"),
        ],
        {},
    ),
    "an own route that ends like Ollama's": ("dialect-mismatch", chat("Hi"), {}),
}


@pytest.mark.parametrize("name", LEGAL)
def test_nothing_is_said(name: str) -> None:
    rule, chunks, request = LEGAL[name]
    url = "https://app.example/api/chat" if rule == "dialect-mismatch" else URL
    found = recexplore.check(recexplore.from_chunks(chunks, request=request or None, url=url), select=[rule])
    assert found["message"].tolist() == []
    assert "failed" not in found.attrs


@pytest.mark.parametrize(
    "text",
    ["A turn begins with `<|im_start|>`.", "```\n<|im_start|>user\n```\nbegins a turn."],
    ids=["backticks", "fence"],
)
def test_tokens_in_code_are_a_note(text: str) -> None:
    found = recexplore.check(recexplore.from_chunks(chat(text)), select=["special-token"])
    assert found["severity"].tolist() == ["note"]


@pytest.mark.parametrize(
    ("asked", "served", "same"),
    [
        ("gpt-4o", "gpt-4o-2024-08-06", True),
        ("openai/gpt-4o", "gpt-4o", True),
        ("claude-3-7-sonnet-latest", "claude-3-7-sonnet-20250219", True),
        ("mistral-small-latest", "mistral-small-2506", True),
        ("claude-sonnet-4-0", "claude-sonnet-4-20250514", True),
        ("us.anthropic.claude-3-7-sonnet-20250219-v1:0", "claude-3-7-sonnet-20250219", True),
        ("anthropic/claude-haiku-4.5", "anthropic/claude-4.5-haiku-20251001", True),
        ("databricks-llama-3-3", "llama-3.3", True),
        ("davinci-002", "davinci:2023-07-21-v2", True),
        ("gpt-4o", "gpt-4o-mini", False),
        ("gpt-4", "gpt-4-32k", False),
        ("gpt-4", "gpt-4.1", False),
        ("claude-opus-4-1", "claude-opus-4-20250514", False),
        ("gemini-2.0-flash", "gemini-2.5-flash", False),
        ("deepseek-v3", "deepseek-v3.1", False),
        ("o1", "o1-preview", False),
    ],
)
def test_which_names_are_the_same_model(asked: str, served: str, same: bool) -> None:
    chunks = [{**each, "model": served} for each in chat("Hi")]
    found = recexplore.check(recexplore.from_chunks(chunks, request={"model": asked}, url=URL), select=["model-drift"])
    assert found.empty == same


@pytest.mark.parametrize(
    ("path", "is_silent"), [("/openai/deployments/my-chat/chat/completions", True), ("/v1/chat/completions", False)]
)
def test_a_deployment_is_called_as_its_owner_likes(path: str, is_silent: bool) -> None:
    request, url = {"model": "my-chat"}, f"https://mine.openai.azure.com{path}"
    found = recexplore.check(recexplore.from_chunks(chat("Hi"), request=request, url=url), select=["model-drift"])
    assert found.empty == is_silent


@pytest.mark.parametrize(
    ("rule", "text", "request_"),
    [
        ("json-format", "```json" + "\n" * 20_000 + "x", ASKED_JSON),
        ("tool-as-text", "```" + "\n" * 20_000 + "x", {"tools": [TOOL]}),
        ("tool-as-text", "`" * 30_000 + "x", {"tools": [TOOL]}),
        ("special-token", "<|" * 20_000, {}),
        ("loop", "ab" * 20_000, {}),
    ],
)
def test_hostile_texts_take_no_time(rule: str, text: str, request_: dict[str, Any]) -> None:
    corpus = recexplore.from_chunks(chat(text), request=request_, url=URL)
    start = time.process_time()
    found = recexplore.check(corpus, select=[rule])
    assert "failed" not in found.attrs
    assert time.process_time() - start < 20, "it grows faster than the text"


@pytest.mark.parametrize(
    "arguments", ['{"a": ' + "1" * 5_000 + "}{", "{}" * 100_000, "[" * 5_000], ids=["long", "many", "deep"]
)
def test_hostile_arguments_end_no_rule(arguments: str) -> None:
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}
    chunks = [chunk({"role": "assistant", "tool_calls": [call]}), chunk({}, "tool_calls")]
    found = recexplore.check(recexplore.from_chunks(chunks), select=["tool-args", "tool-merged"])
    assert "failed" not in found.attrs
    assert len(found) == 1


@pytest.mark.parametrize("size", [30, 31, 45, 62, 63])
def test_equal_answers_of_many_recordings_are_no_loop(read: Callable[..., Corpus], size: int) -> None:
    text = "".join(chr(ord("a") + at % 26 + (32 if at % 7 else 0) - 32 * (at % 5 == 0)) for at in range(size))
    looping = read(b"\n".join(json.dumps(whole({"role": "assistant", "content": text})).encode() for _ in range(200)))
    found = recexplore.check(looping, select=["loop"])

    assert found.attrs == {}
    assert found.empty


def test_a_loop_among_equal_answers_is_told_where_it_is(read: Callable[..., Corpus]) -> None:
    texts = [
        *["The answer to all of it is forty two."] * 50,
        "ha " * 40,
        *["The answer to all of it is forty two."] * 50,
    ]
    corpus = read(b"\n".join(json.dumps(whole({"role": "assistant", "content": text})).encode() for text in texts))
    found = recexplore.check(corpus, select=["loop"])

    assert found.attrs == {}
    assert found["recording"].tolist() == [corpus.recordings["recording"][50]]
    assert found["message"].tolist() == ["The content of choice 0 repeats itself: “ha ” 40 times in a row."]
