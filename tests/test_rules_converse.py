"""Blocks of Converse's messages: opened, filled and closed, and what may be left out."""

from __future__ import annotations

from typing import Any

import pytest

import recexplore

Chunk = dict[str, Any]


def start(tool: bool = True, number: int = 0) -> Chunk:
    opened = {"toolUse": {"toolUseId": "t", "name": "f"}} if tool else {}
    return {"contentBlockStart": {"start": opened, "contentBlockIndex": number}}


def delta(number: int = 0, **said: Any) -> Chunk:
    return {"contentBlockDelta": {"delta": said or {"text": "Rooks"}, "contentBlockIndex": number}}


def stop(number: int = 0) -> Chunk:
    return {"contentBlockStop": {"contentBlockIndex": number}}


BEGIN: Chunk = {"messageStart": {"role": "assistant"}}
COST: Chunk = {"metadata": {"usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}}}
ARGUMENTS = {"toolUse": {"input": "{}"}}
THOUGHT = {"reasoningContent": {"text": "Rooks"}}


def end(reason: str = "end_turn") -> Chunk:
    return {"messageStop": {"stopReason": reason}}


BROKEN: dict[str, tuple[list[Chunk], list[tuple[Any, ...]]]] = {
    "no block is ever closed": ([BEGIN, start(), delta(**ARGUMENTS), end("tool_use"), COST], [("error", 3, 3)]),
    "a delta for a closed block": ([BEGIN, delta(), stop(), delta(), end(), COST], [("error", 3, 3)]),
    "a block under the number of another": (
        [BEGIN, delta(), stop(), start(), delta(**ARGUMENTS), stop(), end("tool_use"), COST],
        [("error", 3, 3)],
    ),
    "text in a call": ([BEGIN, start(), delta(), delta(**ARGUMENTS), stop(), end("tool_use"), COST], [("error", 2, 2)]),
    "a call in a text that was not opened": (
        [BEGIN, delta(), delta(**ARGUMENTS), stop(), end(), COST],
        [("error", 2, 2)],
    ),
    "a call that was opened as nothing": (
        [BEGIN, start(tool=False), delta(**ARGUMENTS), stop(), end()],
        [("error", 2, 2)],
    ),
    "another message within": ([BEGIN, delta(), BEGIN, delta(1), stop(1), end(), COST], [("error", 2, 2)]),
    "no beginning": ([delta(), stop(), end(), COST], [("error", 0, 0)]),
    "the cost before the end": ([BEGIN, delta(), stop(), COST, end()], [("warning", 3, 3)]),
}
LEGAL: dict[str, list[Chunk]] = {
    "text and thoughts begin with a delta": [BEGIN, delta(0, **THOUGHT), stop(), delta(1), stop(1), end(), COST],
    "text that is opened with nothing": [BEGIN, start(tool=False), delta(), stop(), end(), COST],
    "nothing is said": [BEGIN, stop(), end(), COST],
    "a signature": [BEGIN, delta(0, **THOUGHT), delta(0, reasoningContent={"signature": "c2ln"}), stop(), end()],
    "a citation": [BEGIN, delta(), delta(0, citation={"title": "Birds"}), stop(), end()],
    "a member that nobody knows": [
        BEGIN,
        start(),
        delta(0, something={"a": 1}),
        delta(**ARGUMENTS),
        stop(),
        end("tool_use"),
    ],
    "blocks that take turns": [BEGIN, delta(), delta(4), delta(), stop(4), stop(), end(), COST],
    "an exception within a block": [BEGIN, delta(), {"modelStreamErrorException": {"message": "It failed"}}],
    "a guardrail": [BEGIN, delta(), end("guardrail_intervened"), COST],
    "the end is missing, which another rule tells": [BEGIN, delta()],
}


def found(chunks: list[Chunk]) -> list[tuple[Any, ...]]:
    corpus = recexplore.from_chunks(chunks, url="http://localhost/model/m/converse-stream")
    assert set(corpus.recordings["dialect"]) == {"bedrock_converse"}
    told = recexplore.check(corpus, select=["converse-lifecycle"])
    return list(told[["severity", "chunk", "last_chunk"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_out_of_order_is_told_where_it_is(name: str) -> None:
    chunks, expected = BROKEN[name]
    assert found(chunks) == expected


@pytest.mark.parametrize("name", LEGAL)
def test_what_may_be_left_out_is_not_missed(name: str) -> None:
    assert found(LEGAL[name]) == []
