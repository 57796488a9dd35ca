"""Blocks of Anthropic's messages: what may come in which, and what nobody knows."""

from __future__ import annotations

from typing import Any

import pytest

import recexplore

START = {
    "type": "message_start",
    "message": {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": []},
}
END = [{"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, {"type": "message_stop"}]
DELTAS = {
    "text_delta": {"text": "Larks"},
    "thinking_delta": {"thinking": "Larks"},
    "input_json_delta": {"partial_json": "{}"},
    "signature_delta": {"signature": "c2ln"},
    "citations_delta": {"citation": {"type": "char_location", "cited_text": "Larks"}},
    "compaction_delta": {"content": "Larks"},
    "something_delta": {"something": "Larks"},
}
BLOCKS = {
    "text": {"text": ""},
    "thinking": {"thinking": "", "signature": ""},
    "redacted_thinking": {"data": "eA=="},
    "tool_use": {"id": "toolu_1", "name": "f", "input": {}},
    "server_tool_use": {"id": "srvtoolu_1", "name": "web_search", "input": {}},
    "mcp_tool_use": {"id": "mcptoolu_1", "name": "f", "input": {}},
    "web_search_tool_result": {"tool_use_id": "srvtoolu_1", "content": []},
    "compaction": {"content": ""},
    "something_new": {},
}
FITS = {
    "text": {"text_delta", "citations_delta"},
    "thinking": {"thinking_delta", "signature_delta"},
    **{kind: {"input_json_delta"} for kind in ("tool_use", "server_tool_use", "mcp_tool_use")},
}
JUDGED = {"text_delta", "thinking_delta", "input_json_delta", "signature_delta", "citations_delta"}
TOLD_AT_ONCE = ("redacted_thinking", "web_search_tool_result", "compaction")
WRONG: dict[str, set[str]] = {
    **{kind: JUDGED - fits for kind, fits in FITS.items()},
    **{kind: JUDGED - {"input_json_delta"} for kind in TOLD_AT_ONCE},
    "something_new": set(),
}


def block(number: int, kind: str, *deltas: str) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": number, "content_block": {"type": kind, **BLOCKS[kind]}},
        *[{"type": "content_block_delta", "index": number, "delta": {"type": name, **DELTAS[name]}} for name in deltas],
        {"type": "content_block_stop", "index": number},
    ]


def found(*blocks: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    corpus = recexplore.from_chunks([START, *[chunk for each in blocks for chunk in each], *END])
    told = recexplore.check(corpus, select=["anthropic-lifecycle"])
    return list(told[["severity", "chunk", "last_chunk"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("delta", DELTAS)
@pytest.mark.parametrize("kind", BLOCKS)
def test_which_delta_belongs_into_which_block(kind: str, delta: str) -> None:
    expected = [("error", 5, 6)] if delta in WRONG[kind] else []
    assert found(block(0, "text", "text_delta"), block(1, kind, delta, delta)) == expected


def test_numbers_that_skip_some_and_what_stands_between_tags() -> None:
    assert found(block(2, "thinking", "thinking_delta", "signature_delta"), block(7, "text", "text_delta")) == []
    tagged = block(0, "text", "text_delta")
    tagged[1]["delta"]["text"] = "<think>so</think>Hi"
    assert found(tagged) == []


def test_the_message_says_what_came_where() -> None:
    corpus = recexplore.from_chunks([START, *block(0, "thinking", "thinking_delta", "text_delta"), *END])
    told = recexplore.check(corpus, select=["anthropic-lifecycle"])
    assert told["chunk"].tolist() == [3]
    assert "block 0 was opened as thinking, and chunk 3 brings text for it" in told["message"].iloc[0]


def test_messages_of_one_file_know_nothing_of_one_another() -> None:
    """A block that another recording opened as text is not this one's."""
    headless = [START, *block(0, "thinking", "thinking_delta"), *END]
    del headless[1]
    corpus = recexplore.from_chunks([START, *block(0, "text", "text_delta"), *END, *headless])
    told = recexplore.check(corpus, select=["anthropic-lifecycle"])
    assert not told["message"].str.contains("was opened as").any()


def of(*chunks: dict[str, Any]) -> list[tuple[Any, ...]]:
    told = recexplore.check(recexplore.from_chunks(list(chunks)), select=["anthropic-lifecycle"])
    return list(told[["severity", "chunk", "last_chunk"]].itertuples(index=False, name=None))


def started(**message: Any) -> dict[str, Any]:
    return {
        "type": "message_start",
        "message": {"id": "m", "type": "message", "role": "assistant", "model": "m", **message},
    }


@pytest.mark.parametrize(
    ("start", "is_sound"),
    [
        (started(content=[]), True),
        (started(), False),
        (started(content=None), False),
        (started(content=""), False),
        ({"type": "message_start"}, False),
        ({"type": "message_start", "message": None}, False),
    ],
)
def test_a_message_that_blocks_cannot_be_added_to(start: dict[str, Any], is_sound: bool) -> None:
    assert of(start, *block(0, "text", "text_delta"), *END) == ([] if is_sound else [("error", 0, 0)])
    assert of(start, *END) == []


def ended(reason: Any = "end_turn", **usage: Any) -> dict[str, Any]:
    told = {} if reason is ... else {"stop_reason": reason}
    return {"type": "message_delta", "delta": told, "usage": usage}


STOP = {"type": "message_stop"}
TEXT = block(0, "text", "text_delta")


@pytest.mark.parametrize("lost", [None, ..., ""])
def test_a_stop_reason_that_is_taken_back(lost: Any) -> None:
    assert of(START, *TEXT, ended(), ended(lost, output_tokens=3), STOP) == [("warning", 5, 5)]
    assert of(START, *TEXT, ended(lost, output_tokens=2), ended(), STOP) == []


def test_a_stop_reason_that_is_told_again_is_kept() -> None:
    assert of(START, *TEXT, ended(), ended(output_tokens=3), STOP) == []


def called(given: Any, *pieces: str, kind: str = "tool_use") -> list[dict[str, Any]]:
    begin = {"type": kind, "id": "toolu_1", "name": "f", "input": given}
    return [
        {"type": "content_block_start", "index": 0, "content_block": begin},
        *[
            {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": piece}}
            for piece in pieces
        ],
        {"type": "content_block_stop", "index": 0},
    ]


@pytest.mark.parametrize("kind", ["tool_use", "server_tool_use", "mcp_tool_use"])
@pytest.mark.parametrize(
    ("given", "pieces", "arguments", "told"),
    [
        ({"city": "Oslo"}, ('{"city":', ' "Oslo"}'), '{"city": "Oslo"}', [("warning", 1, 3)]),
        ({"city": "Oslo"}, ("", '{"city": "Bern"}'), '{"city": "Bern"}', [("warning", 1, 3)]),
        ({"city": "Oslo"}, (), '{"city":"Oslo"}', []),
        ({"city": "Oslo"}, ("",), '{"city":"Oslo"}', []),
        ({}, ('{"city":', ' "Oslo"}'), '{"city": "Oslo"}', []),
    ],
)
def test_input_at_the_beginning_and_in_deltas(
    kind: str, given: Any, pieces: tuple[str, ...], arguments: str, told: list[Any]
) -> None:
    chunks = [START, *called(given, *pieces, kind=kind), ended("tool_use"), STOP]
    assert recexplore.from_chunks(chunks).tool_calls["arguments"].tolist() == [arguments]
    assert of(*chunks) == told


def test_input_of_another_message_is_its_own() -> None:
    first = [START, *called({"city": "Oslo"})[:1]]
    corpus = recexplore.from_chunks([*first, START, *called({}, '{"city": "Bern"}'), ended("tool_use"), STOP])
    assert '{"city":"Oslo"}' in "".join(corpus.tool_calls["arguments"])
