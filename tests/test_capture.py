"""What people's own code keeps of a stream: an object with its chunks in a list."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from synthetic import says

from recexplore.corpus import Corpus
from recexplore.read.envelopes import capture, choose
from recexplore.read.wire.content import Content

CHUNKS = [says("Hel"), says("lo")]
ASKED = {"model": "m", "messages": [{"role": "user", "content": "Hi?"}], "stream": True}
CONVERSE = [
    {"messageStart": {"role": "assistant"}},
    {"contentBlockDelta": {"delta": {"text": "Hello"}, "contentBlockIndex": 0}},
    {"messageStop": {"stopReason": "end_turn"}},
]


@pytest.mark.parametrize("name", ["chunks", "events", "stream"])
def test_chunks_in_an_object_with_what_was_asked(read: Callable[..., Corpus], name: str) -> None:
    document = {"request": ASKED, name: CHUNKS, "url": "https://api.openai.com/v1/chat/completions", "took": 3}
    corpus = read(document, "saved.json")
    recording = corpus["saved"]

    assert recording.text() == "Hello"
    assert recording.facts[["envelope", "dialect", "provider"]].tolist() == ["capture", "openai_chat", "openai"]
    assert recording.request == ASKED
    assert recording.raw(1) == CHUNKS[1]
    assert corpus.problems.empty


def test_a_dumped_answer_of_boto3(read: Callable[..., Corpus]) -> None:
    corpus = read({"ResponseMetadata": {"HTTPStatusCode": 200}, "stream": CONVERSE}, "saved.json")

    assert corpus["saved"].text() == "Hello"
    assert corpus.recordings["dialect"].tolist() == ["bedrock_converse"]
    assert "HTTPStatusCode" in corpus.recordings["extra"][0]


def test_a_chunk_is_found_in_its_line(read: Callable[..., Corpus]) -> None:
    corpus = read(json.dumps({"chunks": CHUNKS}, indent=1).encode(), "saved.json")
    text = json.dumps({"chunks": CHUNKS}, indent=1)

    assert corpus["saved"].line(1) == text[: text.index('"lo"')].count("\n") + 1 - _lines_before(text)


def _lines_before(text: str) -> int:
    """How many lines the second chunk has before its word."""
    words = text[: text.index('"lo"')].split("\n")
    return len(words) - 1 - max(number for number, line in enumerate(words) if line == "  {")


@pytest.mark.parametrize("name", ["saved.jsonl", "saved.json"])
def test_several_in_lines_or_in_a_list(read: Callable[..., Corpus], name: str) -> None:
    records = [{"chunks": CHUNKS}, {"chunks": CHUNKS[:1], "request": ASKED}]
    lines = "".join(json.dumps(each) + "\n" for each in records)
    corpus = read(lines.encode() if name.endswith("l") else records, name)

    assert [each.text() for each in corpus] == ["Hello", "Hel"]


def test_a_capture_that_breaks_off(read: Callable[..., Corpus]) -> None:
    data = json.dumps({"request": ASKED, "chunks": CHUNKS})
    corpus = read(data[: data.rindex("lo") + 1].encode(), "saved.json")

    assert corpus["saved"].text().startswith("Hel")
    assert corpus.problems["what"].tolist() == ["the file breaks off"]
    assert corpus.chunks["damage"].notna().tolist() == [False, True]


@pytest.mark.parametrize(
    "value",
    [
        {"chunks": ["a", "b"]},
        {"chunks": [{"id": 1, "text": "a passage"}], "query": "q"},
        {"events": [{"type": "click"}]},
        {"stream": True, "messages": []},
        {"chunks": []},
        {"chunks": 5},
        {"chunks": {"a": 1}},
        ["chunks"],
        3,
    ],
)
def test_objects_it_does_not_know(value: Any) -> None:
    assert choose(Content("x.json", json.dumps(value).encode())) is not capture


def test_a_record_without_chunks_among_others_is_a_problem(read: Callable[..., Corpus]) -> None:
    corpus = read([{"chunks": [says("Hi")]}, {"model": "m", "frames": [says("Ho")]}], "saved.json")

    assert corpus.recordings["n_chunks"].tolist() == [1, 0]
    assert corpus.problems[["exchange", "what"]].to_numpy().tolist() == [[1, "a record holds no chunks"]]
