"""Recordings of llama-stack that hold a stream of events as the lines it came in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import recording, says

import recexplore
from recexplore.corpus import Corpus
from recexplore.model.exchange import Exchange
from recexplore.read.envelopes import llama_stack
from recexplore.read.wire.content import Content
from recexplore.read.wire.sse import parse

CHUNKS = [says("Hel"), says("lo")]
LINES = ["event: first", f"data: {json.dumps(CHUNKS[0])}", "", ": ping", "", f"data: {json.dumps(CHUNKS[1])}", ""]
LINES += ["data: [DONE]", ""]


def opened(body: Any, **response: Any) -> Exchange:
    document = {"request": {"url": "u"}, "response": {"body": body, "is_streaming": True, **response}}
    (exchange,) = llama_stack.read(Content("x.json", json.dumps(document).encode()))
    return exchange


def test_lines_are_put_together_to_events(read: Callable[..., Corpus]) -> None:
    corpus = read(recording(LINES))
    found = corpus["recording"]

    assert found.facts[["envelope", "dialect", "streaming", "n_chunks"]].tolist() == [
        "llama-stack",
        "openai_chat",
        True,
        3,
    ]
    assert found.text() == "Hello"
    assert [found.raw(at) for at in range(3)] == [*CHUNKS, "[DONE]"]
    assert found.chunks["event"].astype(object).where(lambda each: each.notna(), None).tolist() == ["first", None, None]
    assert json.loads(found.chunks["framing"][1]) == {"before": [": ping"]}
    assert found.chunks["bytes"].sum() == len("\n".join(LINES)) + 1
    assert found.chunks["damage"].isna().all()
    assert corpus.problems.empty


@pytest.mark.parametrize(
    "lines",
    [
        [f"{line}\n" for line in LINES],
        [f"{line}\r\n" for line in LINES],
        ["", *LINES],
        ["".join(f"{line}\n" for line in LINES)],
        [f"{line}\n\n" for line in LINES if line],
    ],
    ids=["with line feeds", "with carriage returns", "an empty line first", "all in one", "blocks"],
)
def test_lines_and_blocks_with_and_without_their_ends(lines: list[str]) -> None:
    exchange = opened(lines)

    assert exchange.chunks == [*CHUNKS, "[DONE]"]
    assert exchange.damaged_chunk is None


def test_data_over_several_lines_is_one_chunk() -> None:
    assert opened(['data: {"a":', "data: 1}", ""]).chunks == [{"a": 1}]


def test_a_last_event_without_its_blank_line_is_marked() -> None:
    exchange = opened(['data: {"a": 1}', "", 'data: {"a": 2}'])

    assert exchange.chunks == [{"a": 1}, {"a": 2}]
    assert (exchange.damaged_chunk, exchange.damage) == (1, "unterminated")


def test_lines_whose_blank_lines_the_recorder_left_out_are_an_event_each() -> None:
    assert opened(['data: {"a": 1}', 'data: {"a": 2}', "data: [DONE]"]).chunks == [{"a": 1}, {"a": 2}, "[DONE]"]


def test_broken_json_in_an_event_is_kept_and_said() -> None:
    exchange = opened(['data: {"a": ', "", 'data: {"a": 2}', ""])

    assert exchange.chunks == ['{"a": ', {"a": 2}]
    assert [(each.what, each.chunk) for each in exchange.problems] == [("an event's data is not JSON", 0)]


def test_a_cut_file_marks_the_event_that_the_cut_reaches_into(read: Callable[..., Corpus]) -> None:
    text = json.dumps(recording(LINES)).encode()
    corpus = read(text[: text.index(b"lo\\")])

    assert corpus["recording"].text() == "Hel"
    damage = corpus["recording"].chunks["damage"]
    assert [each if isinstance(each, str) else None for each in damage] == [None, "cut"]
    assert "the file breaks off" in corpus.problems["what"].tolist()


def test_a_pair_that_two_events_share_is_joined(read: Callable[..., Corpus]) -> None:
    lines = [line for half in ("a\ud83d", "\ude00b") for line in (f"data: {json.dumps(says(half))}", "")]

    assert read(recording(lines))["recording"].text() == "a\N{GRINNING FACE}b"


def test_a_pair_whose_halves_stand_unescaped_in_two_events_is_joined_or_said(read: Callable[..., Corpus]) -> None:
    chunks = [json.dumps(says(half), ensure_ascii=False) for half in ("a\ud83d", "\ude00b")]
    corpus = read(recording([line for chunk in chunks for line in (f"data: {chunk}", "")]))

    assert corpus["recording"].text() == "a\N{GRINNING FACE}b" or not corpus.problems.empty


@pytest.mark.parametrize(
    "body",
    [["a", "b"], ["", ""], [""], ["hello: x"], ["data: 1", 5], [5, "data: 1"], [["data: 1"]], ["[DONE]"], ["{}", ""]],
)
def test_lists_that_are_no_events_stay_as_they_are(body: list[Any]) -> None:
    assert opened(body).chunks == body


def test_lines_that_were_not_streamed_are_one_body() -> None:
    assert opened(LINES, is_streaming=False).chunks == [LINES]


SHREDS = [
    "data: x",
    'data: {"a": 1}',
    "",
    "event: e",
    ": c",
    "id: 1",
    "data",
    "x",
    "\n",
    "data: a\r",
    "\ud83d",
    "data: \u2028",
]


@given(st.lists(st.sampled_from(SHREDS), max_size=8))
def test_no_lines_make_it_raise(lines: list[str]) -> None:
    exchange = opened(["data: first", "", *lines])

    assert exchange.chunks[0] == "first"
    assert all(len(cells) == len(exchange.chunks) for cells in exchange.wire.values())


@pytest.mark.parametrize("api", ["messages", "interactions"])
def test_real_recordings_have_a_chunk_for_each_event(corpus_folder: Path, api: str) -> None:
    folder = corpus_folder / "ogx" / "tests" / "integration" / api / "recordings"
    found = {path: json.loads(path.read_bytes()) for path in folder.glob("*.json")}
    streamed = {
        path: document["response"]["body"]
        for path, document in found.items()
        if isinstance(document["response"].get("body"), list)
        and all(isinstance(x, str) for x in document["response"]["body"])
    }
    corpus = recexplore.load(sorted(streamed), progress=False)

    assert streamed
    for path, lines in streamed.items():
        events, _ = parse(["\n".join([*lines, ""]).encode()])
        chunks = corpus[str(path)].chunks
        assert chunks["event"].tolist() == [event.name for event in events]
        assert chunks["bytes"].tolist() == [event.size for event in events]
        assert len(chunks) == sum(line.startswith("data:") for line in lines)


def test_one_recording_a_line(tmp_path: Path) -> None:
    lines = [json.dumps(recording(["data: {}", ""])), "", "no recording", json.dumps(recording(["data: [DONE]", ""]))]
    (tmp_path / "many.jsonl").write_text("\n".join(lines))
    corpus = recexplore.load(tmp_path)

    assert corpus.recordings[["recording", "envelope"]].to_numpy().tolist() == [
        ["many#0", "llama-stack"],
        ["many#1", "llama-stack"],
    ]
    assert corpus["many#1"].raw(0) == "[DONE]"
    assert corpus.problems["what"].tolist() == ["line 3 is not a recording"]
