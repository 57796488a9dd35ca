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


# --- stop-ignored ---------------------------------------------------------------------------------------------------------


def stopped(*texts: str, finish: str | None = "stop", **request: Any) -> list[str]:
    ended = [chunk(choice({}, 0, finish))] if finish else []
    said = told(chunk(choice({"role": "assistant"})), *map(says, texts), *ended, rules=("stop-ignored",), **request)
    return [each.removeprefix("stop-ignored ") for each in said]


@pytest.mark.parametrize(
    ("texts", "stop", "severity"),
    [
        (["ABC", "DEF"], ["DE"], "warning"),
        (["ABC", "D", "EF"], "DE", "warning"),
        (["ABC", "DEF", "GHI"], ["DE"], "error"),
        (["ABCD", "EFGHI and so on, and on"], ["DE"], "error"),
        (["one\nUser:", " and what of the other one?"], ["\n\n", "User:"], "error"),
        (["日本語。", "次の質問は何でしょうか、そしてその次は?"], ["。"], "error"),
        (["Answer: 4 ", "### Question: what is 3 and 3? Answer: 6"], ["###"], "error"),
    ],
)
def test_a_text_goes_on_behind_a_stop_sequence(texts: list[str], stop: Any, severity: str) -> None:
    said = stopped(*texts, stop=stop)
    assert [each.partition(":")[0] for each in said] == [severity]


def test_at_a_limit_it_is_no_rest_of_a_token() -> None:
    assert stopped("ABC", "DEF", finish="length", stop=["DE"])[0].startswith("error")
    assert stopped("ABC", "DEF", finish=None, stop=["DE"])[0].startswith("error")


@pytest.mark.parametrize(
    ("texts", "request_fields"),
    [
        (["ABC", "DE"], {"stop": ["DE"]}),
        (["ABC", "DE\n"], {"stop": ["DE"]}),
        (["ABC", "DE"], {"stop": ["DE"], "include_stop_str_in_output": True}),
        (["ABC", "def, and many more letters of these"], {"stop": ["DE"]}),
        (["one\n\ntwo, and many more lines of these"], {"stop": ["\n\n", " "]}),
        (["ABCDEF, and many more letters of these"], {"stop": ["DE"], "min_tokens": 20}),
        (["ABCDEF, and many more letters of these"], {"stop": ["DE"], "echo": True}),
        (["ABCDEF, and many more letters of these"], {"stop": None}),
        (["ABCDEF, and many more letters of these"], {"stop": []}),
        (["ABCDEF, and many more letters of these"], {"stop": ["", 3, None]}),
        (
            ["```py\nx = 1, and so on, and on, and on"],
            {"stop": ["```"], "messages": [{"role": "assistant", "content": "```"}]},
        ),
    ],
)
def test_what_is_no_passed_stop(texts: list[str], request_fields: dict[str, Any]) -> None:
    assert stopped(*texts, **request_fields) == []


def test_stop_sequences_are_not_for_reasoning() -> None:
    thought = thinks("reasoning_content", "ABCDEF, and many more letters of these")
    assert told(thought, says("Done."), STOP, rules=("stop-ignored",), stop=["DE"]) == []


def test_each_answer_is_looked_at() -> None:
    said = told(
        says("ABC"), says("ABDE and so on and so on and on", 1), STOP, rules=("stop-ignored",), stop=["DE"], n=2
    )
    assert ["choice 1" in each for each in said] == [True]


@pytest.mark.parametrize(
    ("request_fields", "expected"),
    [
        ({"stop_sequences": ["ab"]}, '["ab"]'),
        ({"generationConfig": {"stopSequences": ["ab", "c"]}}, '["ab","c"]'),
        ({"options": {"stop": ["ab"]}}, '["ab"]'),
        ({"inferenceConfig": {"stopSequences": ["ab"]}}, '["ab"]'),
        ({"parameters": {"stop": ["ab"]}}, '["ab"]'),
        ({"stop": "ab"}, '["ab"]'),
        ({"stop": {"a": 1}}, None),
        ({"stop": "ab", "min_tokens": 0}, '["ab"]'),
        ({"stop": "ab", "echo": False}, '["ab"]'),
    ],
)
def test_where_requests_name_stop_sequences(request_fields: dict[str, Any], expected: str | None) -> None:
    corpus = recexplore.from_chunks([says("a")], request={"model": "m", **request_fields}, url=URL)
    cell = corpus.requests["stop"].iloc[0]
    assert (cell if isinstance(cell, str) else None) == expected


def test_an_answer_that_may_have_begun_with_its_end_is_a_note() -> None:
    (only,) = told(says("", role="assistant"), STOP, stop=["Paris"])
    assert only.startswith("empty-answer note")
    assert "an end at “Paris”" in only
    (only,) = told(says("", role="assistant"), STOP)
    assert only.startswith("empty-answer warning")


PROSE = "A neural network learns by comparing its guess with the truth and then"


@pytest.mark.parametrize(
    ("text", "used", "more", "told_as"),
    [
        (PROSE, 20, {}, ["warning"]),
        (f"First of all. {PROSE},", 20, {}, ["warning"]),
        (PROSE, 19, {}, []),
        (PROSE, 21, {}, []),
        (PROSE + " it learns.", 20, {}, []),
        (PROSE, 20, {"stop": ["more"]}, []),
        ("Paris", 20, {}, []),
        ("- one of them\n- the other of them is here", 20, {}, []),
        ("Over the sea and the land we go\nover the hills and far away", 20, {}, []),
        ("```python\nfor each in the list of names", 20, {}, []),
        ("ประเทศไทย มี ภูเขา และ ทะเล มาก", 20, {}, []),
    ],
)
def test_prose_that_breaks_off_at_the_limit(text: str, used: int, more: dict[str, Any], told_as: list[str]) -> None:
    report = {"prompt_tokens": 3, "completion_tokens": used, "total_tokens": used + 3}
    found = told(says(text), STOP, chunk(usage=report), rules=("length-cut",), max_tokens=20, **more)
    assert [each.split(":")[0].split(" ")[1] for each in found] == told_as
