"""Deltas and chunks that say again what was said: which are copies or snapshots, and which are the text."""

from __future__ import annotations

from typing import Any

import pytest
from synthetic import URL, choice, chunk, says

import recexplore


def found(*texts: str, completion: int | None = None) -> list[int]:
    chunks: list[dict[str, Any]] = [chunk(choice({"role": "assistant"})), *map(says, texts)]
    chunks.append(chunk(choice({}, finish_reason="stop")))
    if completion is not None:
        usage = {"prompt_tokens": 5, "completion_tokens": completion, "total_tokens": 5 + completion}
        chunks.append(chunk(usage=usage))
    return told(chunks)


def told(chunks: list[dict[str, Any]]) -> list[int]:
    findings = recexplore.check(recexplore.from_chunks(chunks), select=["dup-chunk"])
    assert "failed" not in findings.attrs
    return findings["chunk"].tolist()


@pytest.mark.parametrize("text", ["5", "55", "\n\n", " ", "_ ", "---", "!", "。", "٣"])
def test_what_any_text_repeats(text: str) -> None:
    assert found("It is ", text, text, text, " indeed") == []


@pytest.mark.parametrize(
    ("text", "completion", "is_told"),
    [
        (" very", None, False),
        (" very", 4, False),
        (" very", 3, True),
        (" very", 9, False),
        (" a whole phrase", 40, True),
        ("的", 4, False),
        ("的", None, False),
        ("的", 3, True),
        ("ha ha", None, False),
        (" a whole phrase", None, True),
        ("这是一个很长的句子", None, True),
        ("哈哈哈哈哈哈哈", None, False),
    ],
)
def test_a_word_may_be_said_twice_unless_a_report_counts_fewer(
    text: str, completion: int | None, is_told: bool
) -> None:
    assert found("It is", text, text, " long", completion=completion) == ([3] if is_told else [])


PIECES = ["The heron waits. ", "It is quite still. ", "Then it moves."]
WHOLE = "".join(PIECES)
GROWING = ["The heron", "The heron waits in", "The heron waits in shallow", "The heron waits in shallow water"]
PAIRS = ["The user", "The user", " is greeting", " is greeting", " me with", " me with", " Hi.", " Hi."]


def repeated(*texts: str, kind: str = "content", **end: Any) -> list[tuple[str, str, int, int]]:
    chunks = [chunk(choice({"role": "assistant"})), *[chunk(choice({kind: text})) for text in texts]]
    return of_deltas([*chunks, chunk(choice({}, finish_reason="stop", **end))])


def of_deltas(chunks: list[dict[str, Any]], **request: Any) -> list[tuple[str, str, int, int]]:
    corpus = recexplore.from_chunks(chunks, request=request or None, url=URL)
    findings = recexplore.check(corpus, select=["stutter", "cumulative-delta"])
    assert "failed" not in findings.attrs
    return list(findings[["rule", "severity", "chunk", "last_chunk"]].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("texts", "place"),
    [
        ([*PIECES, WHOLE], (4, 4)),
        (["\n\n", *PIECES, WHOLE], (5, 5)),
        ([*PIECES, WHOLE, " And", " so on."], (4, 4)),
        ([*PIECES, WHOLE + " And so on."], (4, 4)),
        (["苍鹭在浅水里", "安静地等待着，", "一动也不动。", "苍鹭在浅水里安静地等待着，一动也不动。"], None),
        (
            ["苍鹭在浅水里", "安静地等待着，", "一动也不动的样子。", "苍鹭在浅水里安静地等待着，一动也不动的样子。"],
            (4, 4),
        ),
        (GROWING, (1, 4)),
    ],
)
@pytest.mark.parametrize(("kind", "severity"), [("content", "error"), ("reasoning_content", "warning")])
def test_all_that_was_said_is_sent_again(
    texts: list[str], place: tuple[int, int] | None, kind: str, severity: str
) -> None:
    severity = "error" if texts is GROWING else severity
    assert repeated(*texts, kind=kind) == ([("cumulative-delta", severity, *place)] if place else [])


@pytest.mark.parametrize(
    "texts",
    [
        [*PIECES, "Again: ", WHOLE],
        ["ha ha ha ", "ha ha ha ", "ha ha ha ha ha ha "],
        ["Yes", " it is", "Yes it is"],
        ["Row, row, ", "row your boat,\n", "Row, row, row your boat,\n", "gently"],
        ["*\n", "**\n", "***\n", "****\n", "*****\n"],
        ["1", "12", "123", "1234", "12345", " done"],
        ["Buy milk.\n", "Call Ann.\n", "Buy milk.\n", "Call Ann.\n"],
        ["The heron", "The heron waits", " in", " water"],
        ["The", " The", " cat", " cat", " sat", " sat", " down", " down"],
        [" no", " no", " yes", " yes", " no", " no", " yes", " yes"],
    ],
)
def test_texts_that_repeat_themselves(texts: list[str]) -> None:
    assert repeated(*texts) == []


@pytest.mark.parametrize("delta", [{}, {"content": ""}])
def test_a_message_beside_the_deltas_is_no_delta(delta: dict[str, Any]) -> None:
    end = {"index": 0, "delta": delta, "message": {"role": "assistant", "content": WHOLE}, "finish_reason": "stop"}
    assert of_deltas([chunk(choice({"role": "assistant"})), *map(says, PIECES), chunk(end)]) == []


@pytest.mark.parametrize("kind", ["content", "reasoning"])
def test_a_few_pairs_are_told_where_nothing_else_was_said(kind: str) -> None:
    assert repeated(*PAIRS, kind=kind) == [("stutter", "warning", 1, 8)]
    assert repeated(*PAIRS, " Bye", kind=kind) == []


def test_each_of_two_answers_stutters() -> None:
    said = [chunk(choice({"content": text}), choice({"content": text.upper()}, 1)) for text in PAIRS]
    ends = [chunk(choice({}, number, "stop")) for number in (0, 1)]
    assert of_deltas([*said, *ends], n=2) == [("stutter", "warning", 0, 7)] * 2
    assert of_deltas([*said, *ends]) == []


def test_what_comes_behind_the_finish_is_told_as_that() -> None:
    end = chunk(choice({}, finish_reason="stop"))
    assert of_deltas([*map(says, PIECES), end, says(WHOLE), end]) == []


def test_a_loop_is_no_duplicate() -> None:
    chunks = [
        says("So. "),
        *[says("Please send the form to the office. ")] * 12,
        chunk(choice({}, finish_reason="stop")),
    ]
    assert told(chunks) == []
