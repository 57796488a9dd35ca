"""Reasoning in the content: where it is told to be, which tags have no partner, and what only looks like it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from synthetic import choice, chunk, says, thinks

import recexplore
from recexplore.model.span import spans_from_json

OPEN, END = chunk(choice({"role": "assistant", "content": ""})), chunk(choice({}, finish_reason="stop"))
CUT = chunk(choice({}, finish_reason="length"))


def found(*chunks: dict[str, Any], end: dict[str, Any] = END, **more: Any) -> pd.DataFrame:
    corpus = recexplore.from_chunks([OPEN, *chunks, end], **more)
    findings = recexplore.check(corpus, select=["think-tags", "think-orphan", "think-nested"])
    assert "failed" not in findings.attrs
    return findings


def told(*chunks: dict[str, Any], end: dict[str, Any] = END) -> list[tuple[Any, ...]]:
    return list(found(*chunks, end=end)[["rule", "chunk", "last_chunk"]].itertuples(index=False, name=None))


def contents(*texts: str) -> list[dict[str, Any]]:
    return [says(text) for text in texts]


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        (contents("I think ", "it is 4.", "</think>", "4"), [("think-tags", 1, 3)]),
        (contents("I think ", "it is 4.</th", "ink>4"), [("think-tags", 1, 3)]),
        (contents("Hm <think>", "it", " is 4.", "</think>", "4"), [("think-tags", 1, 4)]),
        (contents("</think>", "The answer", " is 4."), [("think-orphan", 1, 1)]),
        (contents("</thi", "nk>", "The answer is 4."), [("think-orphan", 1, 2)]),
        (contents("<think>so</think>", "4", "</think>", "."), [("think-tags", 1, 1), ("think-orphan", 3, 3)]),
        (contents("<think>", "so", "4"), [("think-orphan", 1, 1)]),
        ([thinks("reasoning", "Two."), says("4"), says("</think>")], [("think-orphan", 3, 3)]),
        ([thinks("reasoning_content", "Two."), says("</think>"), says("4")], [("think-orphan", 2, 2)]),
        ([thinks("reasoning", "Two."), says("<think>so</think>"), says("4")], [("think-tags", 2, 2)]),
        ([thinks("reasoning", "<think>Two."), says("4")], [("think-nested", 1, 1)]),
        ([thinks("reasoning", "Two."), thinks("reasoning", "</think>\n"), says("4")], [("think-nested", 2, 2)]),
        ([thinks("reasoning", "Two.</thi"), thinks("reasoning", "nk>\n\nIt is 4.")], [("think-nested", 1, 2)]),
        (
            [thinks("reasoning", "Two."), thinks("reasoning", "</think>"), thinks("reasoning", "4")],
            [("think-nested", 2, 3)],
        ),
        ([thinks("reasoning", "Why `</think>` here? No answer.")], []),
        ([thinks("reasoning", "A </think>, then </think> again")], []),
        ([thinks("reasoning", "Two.</think>\nIs it?"), says("4")], []),
        ([thinks("reasoning", "What is <think> here?"), says("4")], []),
        ([thinks("reasoning", "`<think>` is a tag"), says("4")], []),
        (contents("Write `</think>` there"), []),
    ],
)
def test_each_tag_is_told_once_and_where_it_is(chunks: list[dict[str, Any]], expected: list[tuple[Any, ...]]) -> None:
    assert told(*chunks) == expected


def test_reasoning_that_a_limit_cut_is_told_to_its_end() -> None:
    assert told(*contents("<think>", "so", " many", " words"), end=CUT) == [("think-tags", 1, 4)]


def test_the_reasoning_is_the_span() -> None:
    row = found(*contents("I think ", "it is 4.</thi", "nk>4")).iloc[0]
    [span] = spans_from_json(row["spans"])
    assert (span.kind, span.start, span.end) == ("reasoning", 0, len("I think it is 4."))
    assert "only the closing tag came" in row["message"]


def answers(*texts: str, finishes: str = "ssl", model: str = "m", **request: Any) -> list[str]:
    """What is told of answers of one model, each a choice of its own."""
    heads = [choice({"role": "assistant", "content": text[:9]}, at) for at, text in enumerate(texts)]
    rests = [choice({"content": text[9:]}, at) for at, text in enumerate(texts)]
    names = {"s": "stop", "l": "length"}
    ends = [choice({}, at, names[finish]) for at, finish in enumerate(finishes[: len(texts)])]
    chunks = [chunk(*each, model=model) for each in (heads, rests, ends)]
    url = "https://api.example.com/v1/chat/completions"
    corpus = recexplore.from_chunks(chunks, request={"n": len(texts), "model": model, **request}, url=url)
    findings = recexplore.check(corpus, select=["think-untagged"])
    assert "failed" not in findings.attrs
    return findings["message"].tolist()


CLOSED = "I think so.</think>Yes."


def test_cut_before_the_closing_tag_that_all_others_send() -> None:
    [message] = answers(CLOSED, CLOSED, "I think of a")
    assert "choice 2 is probably reasoning that was cut before its closing tag: 2 other answers of m" in message


@pytest.mark.parametrize(
    ("texts", "finishes", "request_"),
    [
        ([CLOSED, CLOSED, "I think of a"], "sss", {}),
        ([CLOSED, "I think of a", "I think of a"], "sll", {}),
        ([CLOSED, CLOSED, "Plain answer.", "I think of a"], "sssl", {}),
        ([CLOSED, CLOSED, CLOSED.replace("I think", "<think>I"), "I think of a"], "sssl", {}),
        ([CLOSED, CLOSED, "I think of a"], "ssl", {"response_format": {"type": "json_object"}}),
        ([CLOSED, CLOSED, "<think>of a thing"], "ssl", {}),
        ([CLOSED, CLOSED, "I think so.</think>Yes, and"], "ssl", {}),
        (["Plain answer.", "Plain answer.", "I think of a"], "ssl", {}),
    ],
    ids=["not cut", "one sibling", "one goes without", "one opens", "JSON", "opened", "closed", "no tags"],
)
def test_answers_that_may_be_answers(texts: list[str], finishes: str, request_: dict[str, Any]) -> None:
    assert answers(*texts, finishes=finishes, **request_) == []


THOUGHT = "They ask about tin, and the melting point of it is low. "


def repeated(*chunks: dict[str, Any]) -> list[tuple[str, int, int]]:
    findings = recexplore.check(recexplore.from_chunks([OPEN, *chunks, END]), select=["think-duplicate"])
    assert "failed" not in findings.attrs
    assert set(findings["severity"]) <= {"warning"}
    return list(findings[["message", "chunk", "last_chunk"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
@pytest.mark.parametrize(
    ("texts", "words", "place"),
    [
        ([THOUGHT, "Tin melts."], "begins with all of its reasoning, word for word (55 characters)", (3, 3)),
        ([THOUGHT.strip()], "is all of its reasoning", (3, 3)),
        (["\n\n", THOUGHT[:9], THOUGHT[9:], "Tin"], "begins with all of its reasoning", (4, 5)),
    ],
)
def test_content_that_begins_with_all_of_the_reasoning(
    field: str, texts: list[str], words: str, place: tuple[int, int]
) -> None:
    [(message, *where)] = repeated(thinks(field, THOUGHT[:20]), thinks(field, THOUGHT[20:]), *map(says, texts))
    assert words in message
    assert tuple(where) == place


def test_less_is_told_where_each_chunk_says_both() -> None:
    both = [thinks("reasoning_content", text, content=text) for text in ("It is ", "a short thought.")]
    [(_, *where)] = repeated(*both, says("Tin."))
    assert where == [1, 2]


@pytest.mark.parametrize(
    "chunks",
    [
        [
            thinks("reasoning", "Paris is "),
            thinks("reasoning", "the capital."),
            says("Paris is "),
            says("the capital."),
        ],
        [thinks("reasoning", THOUGHT), says("They ask about tin. It melts at 232 °C.")],
        [thinks("reasoning", THOUGHT), says("As I thought: "), says(THOUGHT)],
        [thinks("reasoning", "a"), thinks("reasoning", "b", content="b"), says("c")],
    ],
    ids=["a short thought", "another text", "quoted", "a letter"],
)
def test_answers_that_are_like_their_thoughts(chunks: list[dict[str, Any]]) -> None:
    assert repeated(*chunks) == []


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (("think>", "She greets"), "begins with “think>”"),
        (("thi", "nk>\nShe greets"), "begins with “think>”"),
        (("I think>so", " greets"), "a template put the opening one into the prompt"),
        (("She greets", " him"), "a template put the opening one into the prompt"),
    ],
)
def test_an_opening_tag_that_lost_its_beginning(first: tuple[str, ...], words: str) -> None:
    [message] = found(*contents(*first, " him.", "</think>", "Good day."))["message"]
    assert words in message


@pytest.mark.parametrize(
    ("summary", "told_as"),
    [
        ("The user asks for a sum.", ["warning"]),
        ("They want a sum, so add.", []),
        ("", []),
    ],
)
def test_reasoning_that_is_its_own_summary(summary: str, told_as: list[str]) -> None:
    where = {"item_id": "r", "output_index": 0}
    item = {"id": "r", "type": "reasoning", "summary": []}
    chunks = [
        {"type": "response.created", "response": {"id": "x", "status": "in_progress"}},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.reasoning_text.delta", **where, "content_index": 0, "delta": "The user asks "},
        {"type": "response.reasoning_summary_text.delta", **where, "summary_index": 0, "delta": summary},
        {"type": "response.reasoning_text.delta", **where, "content_index": 0, "delta": "for a sum."},
    ]
    findings = recexplore.check(recexplore.from_chunks(chunks), select=["think-duplicate"])
    assert findings["severity"].astype(str).tolist() == told_as
