"""What came of an answer: nothing, or less than asked, and how bad it is."""

from __future__ import annotations

from typing import Any

import pytest
from synthetic import URL, choice, chunk, says, thinks

import recexplore

STOP = chunk(choice({}, 0, "stop"))


def told(*chunks: Any, rules: tuple[str, ...] = ("empty-answer", "length-cut"), **request: Any) -> list[str]:
    asked = {"model": "m", "messages": [], "stream": True, **request}
    found = recexplore.check(recexplore.from_chunks(list(chunks), request=asked, url=URL), select=rules)
    assert "failed" not in found.attrs, found.attrs
    return [f"{row.rule} {row.severity}: {row.message}" for row in found.itertuples()]


def gemini(*parts: dict[str, Any]) -> list[str]:
    candidate = {"content": {"role": "model", "parts": list(parts)}, "finishReason": "STOP", "index": 0}
    stream = recexplore.from_chunks([{"candidates": [candidate], "modelVersion": "gemini-x", "responseId": "r"}])
    return recexplore.check(stream, select=["empty-answer"])["severity"].astype(str).tolist()


IMAGE = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}


def test_a_signed_image_is_an_answer() -> None:
    assert gemini({**IMAGE, "thoughtSignature": "c2ln"}) == []
    assert gemini(IMAGE) == []


def test_a_signature_alone_is_none() -> None:
    assert gemini({"thoughtSignature": "c2ln"}) == ["warning"]
    assert gemini({"text": "", "thoughtSignature": "c2ln"}) == ["warning"]


@pytest.mark.parametrize(
    "off",
    [
        {"chat_template_kwargs": {"enable_thinking": False}},
        {"reasoning_effort": "none"},
        {"thinking": {"type": "disabled"}},
    ],
)
@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_reasoning_alone_where_it_was_switched_off_is_an_error(off: dict[str, Any], field: str) -> None:
    (only,) = told(thinks(field, "The capital "), thinks(field, "is Reykjavik."), STOP, **off)
    assert only.startswith("empty-answer error")
    assert "the request switched reasoning off" in only


@pytest.mark.parametrize(
    "asked", [{}, {"reasoning_effort": "low"}, {"chat_template_kwargs": {"enable_thinking": True}}]
)
def test_elsewhere_it_is_a_warning(asked: dict[str, Any]) -> None:
    (only,) = told(thinks("reasoning", "Hm."), STOP, **asked)
    assert only.startswith("empty-answer warning")


def test_reasoning_with_an_answer_is_no_empty_one_however_it_was_asked() -> None:
    assert told(thinks("reasoning", "Hm."), says("Yes."), STOP, chat_template_kwargs={"enable_thinking": False}) == []


@pytest.mark.parametrize(("limit", "severity"), [(1, "note"), (100, "note"), (101, "warning"), (None, "warning")])
def test_a_small_limit_is_meant(limit: int | None, severity: str) -> None:
    asked = {} if limit is None else {"max_tokens": limit}
    (only,) = told(says("Once upon a"), chunk(choice({}, 0, "length")), **asked)
    assert only.startswith(f"length-cut {severity}")


def test_json_that_was_asked_for_is_broken_by_a_small_limit_too() -> None:
    chunks = [says('{"name": "wr'), chunk(choice({}, 0, "length"))]
    (only,) = told(*chunks, max_tokens=5, response_format={"type": "json_object"})
    assert only.startswith("length-cut error")
