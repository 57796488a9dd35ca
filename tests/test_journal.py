"""The envelope ``journal``: what recexplore's own recorder writes while a stream comes, read at any time."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from recexplore.corpus import Corpus

_FIRST: dict[str, Any] = {
    "recexplore_journal": 1,
    "t": 0,
    "received_at": "2026-11-29T16:20:00.500000+00:00",
    "test_id": "t.py::x",
    "request": {
        "method": "POST", "url": "https://api.openai.com/v1/chat/completions", "headers": {},
        "body": {"model": "m", "stream": True},
    },
}  # fmt: skip
_HEAD = [
    {"t": 500_000_000, "event": "sent"},
    {"t": 700_000_000, "event": "headers", "status": 200, "headers": {"content-type": "text/event-stream"}},
]
_END = {"t": 3_000_000_000, "event": "end", "how": "complete"}
Read = Callable[..., Corpus]


def _chunk(text: str) -> str:
    choice = {"index": 0, "delta": {"content": text}}
    return f"data: {json.dumps({'object': 'chat.completion.chunk', 'choices': [choice]}, ensure_ascii=False)}\n\n"


def _lines(*records: dict[str, Any]) -> bytes:
    return b"".join(
        json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" for record in records
    )


def _reads(*texts: str | bytes, first_ns: int = 1_000_000_000) -> list[dict[str, Any]]:
    """Reads a quarter of a second after one another."""
    return [
        {"t": first_ns + number * 250_000_000}
        | ({"data": each} if isinstance(each, str) else {"base64": base64.b64encode(each).decode()})
        for number, each in enumerate(texts)
    ]


def test_a_whole_journal(read: Read) -> None:
    corpus = read(
        _lines(_FIRST, *_HEAD, *_reads(_chunk("a"), _chunk("b"), "data: [DONE]\n\n"), _END), "x.journal.jsonl"
    )

    (recording,) = corpus
    facts = recording.facts
    assert (facts["envelope"], facts["dialect"], facts["clock"]) == ("journal", "openai_chat", "measured")
    assert (facts["test_id"], facts["status"], facts["t_zero"]) == ("t.py::x", 200, "request")
    assert list(recording.events["text"].dropna()) == ["a", "b", "[DONE]"]
    assert list(recording.chunks["t_s"]) == [0.5, 0.75, 1.0]
    assert corpus.problems.empty
    assert str(recording.chunks["wall_time"][0]).startswith("2026-11-29 16:20:01.5")


def test_a_chunk_came_with_the_read_that_brought_its_end(read: Read) -> None:
    text = _chunk("é") + _chunk("b") + _chunk("c")
    data = text.encode()
    middle = data.index("é".encode()) + 1
    cut = data.index(b"\n\n") + 2
    reads = _reads(data[:middle], data[middle:cut] + data[cut : cut + 5], data[cut + 5 :])
    (recording,) = read(_lines(_FIRST, *_HEAD, *reads, _END))

    assert list(recording.chunks["t_s"]) == [0.75, 1.0, 1.0]
    assert list(recording.events["text"].dropna()) == ["é", "b", "c"]


@pytest.mark.parametrize("n_lines", range(1, 6))
def test_it_is_read_at_any_time(read: Read, n_lines: int) -> None:
    lines = _lines(_FIRST, *_HEAD, *_reads(_chunk("a"), _chunk("b")), _END).splitlines(keepends=True)
    corpus = read(b"".join(lines[:n_lines]))

    (recording,) = corpus
    assert recording.facts["n_chunks"] == max(0, n_lines - 3)
    assert corpus.problems.empty
    assert recording.request == {"model": "m", "stream": True}


def test_a_line_that_is_not_whole_is_told(read: Read) -> None:
    whole = _lines(_FIRST, *_HEAD, *_reads(_chunk("a"), _chunk("b")))
    corpus = read(whole[:-9])

    (recording,) = corpus
    assert recording.facts["n_chunks"] == 1
    (problem,) = corpus.problems.itertuples()
    assert problem.what == "line 5 is not whole"
    assert "the recorder died while it wrote" in problem.hint


def test_lines_that_say_nothing_known_are_told(read: Read) -> None:
    records = [_FIRST, *_HEAD, *_reads(_chunk("a")), {"t": 5, "later": 1}, _END]
    corpus = read(_lines(*records).replace(b'{"t":5,"later":1}', b'{"t":5,"later":1}\n[1]'))

    assert set(corpus.problems["what"]) == {"a line says nothing that is known", "line 6 is not whole"}
    assert len(corpus) == 1


def test_another_version_is_told_and_read(read: Read) -> None:
    corpus = read(_lines({**_FIRST, "recexplore_journal": 2}, *_HEAD, *_reads(_chunk("a")), _END))

    (problem,) = corpus.problems.itertuples()
    assert problem.what == "a journal of another version"
    assert next(iter(corpus)).facts["n_chunks"] == 1


@pytest.mark.parametrize(
    ("how", "error", "said"),
    [
        ("complete", None, None),
        ("client gone", None, None),
        ("stopped", None, None),
        ("server broke off", "ConnectionResetError", "server broke off: ConnectionResetError"),
        ("no connection", None, "no connection"),
    ],
)
def test_how_it_ended(read: Read, how: str, error: str | None, said: str | None) -> None:
    end = {**_END, "how": how, **({"error": error} if error else {})}
    (recording,) = read(_lines(_FIRST, *_HEAD, *_reads(_chunk("a")), end))

    found = recording.facts["error"]
    assert (None if isinstance(found, float) else found) == said or (said is None and found != found)


def test_what_the_recorder_lost_is_a_problem(read: Read) -> None:
    gap = {"t": 6, "event": "gap", "reads": 2, "bytes": 99}
    corpus = read(_lines(_FIRST, *_HEAD, *_reads(_chunk("a")), gap, gap, _END))

    (problem,) = corpus.problems.itertuples()
    assert problem.what == "the recorder lost part of the answer"
    assert problem.found == "4 reads of 198 bytes are missing"


@pytest.mark.parametrize(
    "records",
    [
        [{**_FIRST, "request": None}],
        [{**_FIRST, "request": {"body": 5, "url": 7, "method": []}}],
        [{**_FIRST, "test_id": 5, "received_at": "never"}, {"event": "sent"}],
        [{**_FIRST, "received_at": 7}, {"t": "x", "event": "sent"}, {"t": None, "data": "data: x\n\n"}],
        [_FIRST, {"t": 10**30, "event": "sent"}, {"t": 1, "base64": "!"}, {"t": 1, "event": "headers", "headers": 5}],
        [_FIRST, {"t": 1, "event": "headers", "status": "x", "headers": {"a": [1, {}]}}, {"t": 2, "base64": "YQ"}],
        [_FIRST, {"t": 1, "event": "end", "how": 7, "error": []}, {"t": 1, "event": "gap", "reads": "x"}],
    ],
)
def test_hostile_lines_end_no_load(read: Read, records: list[dict[str, Any]]) -> None:
    corpus = read(_lines(*records))

    assert len(corpus) == 1
    assert len(next(iter(corpus)).chunks) <= 1


def test_the_raw_chunk_is_where_it_stands(read: Read) -> None:
    (recording,) = read(_lines(_FIRST, *_HEAD, *_reads(_chunk("a") + _chunk("b"), _chunk("c")), _END))

    assert [recording.line(number) for number in range(3)] == [4, 4, 5]
