from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from synthetic import says

import recexplore
from recexplore.corpus import Corpus
from recexplore.read.envelopes import choose, event_stream
from recexplore.read.wire.content import Content

CHUNKS = [says("Hel"), says("lo")]
SSE = "".join(f"data: {json.dumps(each)}\n\n" for each in CHUNKS) + "data: [DONE]\n\n"
STAMPED = [
    {
        "model": "m",
        "created_at": f"2025-01-01T00:00:0{at}Z",
        "message": {"role": "assistant", "content": text},
        "done": done,
    }
    for at, (text, done) in enumerate([("Hel", False), ("lo", True)])
]
LINES = "".join(json.dumps(each) + "\n" for each in STAMPED)


def test_a_stream_of_events_as_it_came(read: Callable[..., Corpus]) -> None:
    corpus = read(SSE.encode(), "answer.sse")
    facts = corpus["answer"].facts

    assert facts[["envelope", "dialect", "streaming", "clock"]].tolist() == [
        "event-stream",
        "openai_chat",
        True,
        "none",
    ]
    assert facts[["method", "url", "endpoint", "model_requested", "status"]].isna().all()
    assert corpus["answer"].text() == "Hello"
    assert [corpus["answer"].raw(at) for at in range(3)] == [*CHUNKS, "[DONE]"]
    assert corpus["answer"].chunks["bytes"].sum() == len(SSE)
    assert corpus.problems.empty


def test_names_and_framing_of_events(read: Callable[..., Corpus]) -> None:
    stream = 'event: message_start\ndata: {"type": "message_start"}\n\n: ping\n\nid: 4\ndata: {"type": "x"}\n\n'
    chunks = read(stream.encode(), "answer.sse").chunks

    assert chunks["event"].astype(object).where(chunks["event"].notna(), None).tolist() == ["message_start", None]
    assert json.loads(chunks["framing"][1]) == {"id": "4", "before": [": ping"]}


def test_what_curl_wrote_into_a_file_of_any_name(tmp_path: Path) -> None:
    path = tmp_path / "answer.txt"
    path.write_bytes(b": OPENROUTER PROCESSING\r\n\r\n" + SSE.replace("\n", "\r\n").encode())
    corpus = recexplore.load(path, progress=False)

    assert corpus["answer"].facts[["envelope", "dialect"]].tolist() == ["event-stream", "openai_chat"]
    assert corpus["answer"].text() == "Hello"


@pytest.mark.parametrize("name", ["answer.ndjson", "answer.jsonl", "answer.json"])
def test_lines_of_json_as_they_came(read: Callable[..., Corpus], name: str) -> None:
    corpus = read(LINES.encode(), name)

    assert corpus["answer"].facts[["envelope", "dialect", "clock"]].tolist() == ["event-stream", "ollama", "server"]
    assert corpus["answer"].text() == "Hello"
    assert corpus["answer"].raw(1) == STAMPED[1]
    assert corpus["answer"].chunks["bytes"].tolist() == [len(line) + 1 for line in LINES.splitlines()]
    assert corpus.problems.empty


def test_lines_of_json_behind_a_byte_order_mark(read: Callable[..., Corpus]) -> None:
    assert read(b"\xef\xbb\xbf" + LINES.encode(), "answer.ndjson")["answer"].text() == "Hello"


def test_one_line_of_json(read: Callable[..., Corpus]) -> None:
    corpus = read(json.dumps(STAMPED[0]).encode(), "answer.ndjson")

    assert corpus["answer"].text() == "Hel"
    assert corpus["answer"].chunks["damage"].isna().all()


def test_a_stream_that_breaks_off_inside_an_event(read: Callable[..., Corpus]) -> None:
    corpus = read(SSE[: SSE.index('lo"') + 1].encode(), "answer.sse")

    assert corpus["answer"].text() == "Hell"
    assert corpus["answer"].chunks["damage"].astype(object).where(lambda each: each.notna(), None).tolist() == [
        None,
        "cut",
    ]
    assert corpus.problems[["what", "exchange", "chunk"]].to_numpy().tolist() == [["the file breaks off", 0, 1]]


def test_a_stream_that_breaks_off_behind_an_event(read: Callable[..., Corpus]) -> None:
    corpus = read(SSE[: SSE.index("data: [DONE]") - 2].encode(), "answer.sse")

    assert corpus["answer"].text() == "Hello"
    assert corpus["answer"].chunks["damage"].tolist()[-1] == "unterminated"


def test_lines_that_break_off(read: Callable[..., Corpus]) -> None:
    corpus = read(LINES[: LINES.index('lo"') + 1].encode(), "answer.ndjson")

    assert corpus["answer"].text() == "Hell"
    assert corpus["answer"].chunks["damage"].tolist()[-1] == "cut"


def test_a_pair_that_two_chunks_share_is_joined(read: Callable[..., Corpus]) -> None:
    stream = "".join(f"data: {json.dumps(says(half))}\n\n" for half in ("a\ud83d", "\ude00b"))

    assert read(stream.encode(), "answer.sse")["answer"].text() == "a\N{GRINNING FACE}b"


def test_broken_json_in_the_middle_is_kept_as_text(read: Callable[..., Corpus]) -> None:
    stream = SSE.replace("data: [DONE]", 'data: {"choices": [')
    corpus = read(stream.encode(), "answer.sse")

    assert corpus["answer"].text() == "Hello"
    assert corpus["answer"].raw(2) == '{"choices": ['
    assert ["an event's data is not JSON", 2] in corpus.problems[["what", "chunk"]].to_numpy().tolist()


def test_a_stream_of_nothing_but_comments_is_not_silently_empty(read: Callable[..., Corpus]) -> None:
    corpus = read(b": ping\n\n: ping\n\n", "answer.sse")

    assert not corpus.problems.empty or not corpus.chunks.empty


def test_an_empty_file_is_a_problem(read: Callable[..., Corpus]) -> None:
    assert len(read(b"", "answer.sse").problems) == 1


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.sse", b"data: 1\n\n"),
        ("x.sse", b"hello\n"),
        ("x", b"data: 1\n\n"),
        ("x", b"\xef\xbb\xbf: hi\n\ndata: 1\n\n"),
        ("x", b'{"type": "response.created", "sequence_number": 1}\n{"a": 2}\n'),
        ("x.ndjson", b'{"type": "response.created", "sequence_number": 1}'),
        ("X.JSONL", b'{"model": "m", "done": true, "response": "a"}'),
    ],
)
def test_files_it_knows(name: str, data: bytes) -> None:
    assert choose(Content(name, data)) is event_stream


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"hello", b'{"a": 1}', b'{"a": 1}\n{"a": 2}\n', b'{\n"a": 1}\n', b"\x1f\x8b\x08", b"<html>"],
)
def test_files_it_does_not_know(data: bytes) -> None:
    assert choose(Content("x", data)) is not event_stream


@pytest.mark.parametrize(
    "pieces",
    [
        SSE.split("\n"),
        [line for line in SSE.split("\n") if line],
        SSE.splitlines(keepends=True),
        [f"{event}\n\n" for event in SSE.split("\n\n") if event],
        [SSE[at : at + 7] for at in range(0, len(SSE), 7)] + ["\n"],
        [SSE],
        [json.dumps(each) for each in STAMPED],
    ],
)
def test_the_pieces_of_a_stream_in_a_list(read: Callable[..., Corpus], pieces: list[str]) -> None:
    corpus = read(pieces, "answer.json")

    assert corpus["answer"].text() == "Hello"
    assert corpus["answer"].facts["envelope"] == "event-stream"
    assert corpus["answer"].line(1) == 1
    assert corpus.problems.empty
    assert "sse-frame" not in corpus.findings["rule"].tolist()


def test_named_events_in_a_list_of_lines(read: Callable[..., Corpus]) -> None:
    lines = [
        "event: content_block_delta",
        'data: {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}}',
        "event: message_stop",
        'data: {"type": "message_stop"}',
    ]
    for pieces in (lines, ["\n".join(lines[:2]), "\n".join(lines[2:])], [*lines[:2], "", *lines[2:], ""]):
        corpus = read(pieces, "answer.json")
        assert corpus["answer"].text() == "Hi"
        assert corpus.chunks["event"].tolist() == ["content_block_delta", "message_stop"]


def test_answers_in_a_list_of_pieces_are_apart(read: Callable[..., Corpus]) -> None:
    assert [each.text() for each in read([SSE, SSE], "answers.json")] == ["Hello", "Hello"]


@pytest.mark.parametrize("value", [["a", "b"], ["data: we saw"], ["data:", 1], [""], [SSE, None]])
def test_lists_it_does_not_know(value: list[object]) -> None:
    assert choose(Content("x.json", json.dumps(value).encode())) is not event_stream


def test_a_list_of_pieces_that_breaks_off(read: Callable[..., Corpus]) -> None:
    data = json.dumps([line for line in SSE.split("\n") if line])
    corpus = read(data[: data.index("lo") + 1].encode(), "answer.json")

    assert corpus["answer"].text().startswith("Hel")
    assert "the file breaks off" in corpus.problems["what"].tolist()


@pytest.mark.parametrize("name", ["answer.json", "answer.jsonl", "answer.txt"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_objects_one_behind_the_other_as_jq_writes_them(read: Callable[..., Corpus], name: str, end: str) -> None:
    data = "".join(json.dumps({**each, "note": "}\n{"}, indent=2) + "\n" for each in STAMPED).replace("\n", end)
    corpus = read(data.encode(), name)

    assert corpus["answer"].text() == "Hello"
    assert [corpus["answer"].line(at) for at in range(2)] == [1, 2 + data[: data.index(f"}}{end}{{")].count("\n")]
    assert corpus.problems.empty


def test_objects_of_which_the_last_breaks_off(read: Callable[..., Corpus]) -> None:
    data = "".join(json.dumps(each, indent=2) + "\n" for each in STAMPED)
    corpus = read(data[: data.rindex("lo") + 1].encode(), "answer.json")

    assert corpus["answer"].text() == "Hell"
    assert len(corpus.problems) == 1
