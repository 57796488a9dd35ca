"""``timing`` and ``wire`` of recexplore's own recordings: what is believed of them, and what is told where they misfit."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from recexplore.corpus import Corpus

Read = Callable[..., Corpus]
_BODY = (
    ": hello\n\nevent: one\n"
    'data: {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "é"}}]}\n\n'
    "data: [DONE]\n\n"
)


def _document(wire: Any = None, timing: Any = None) -> dict[str, Any]:
    chunk = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "é"}}]}
    label = "openai.types.chat.chat_completion_chunk.ChatCompletionChunk"
    given = {"wire": wire, "timing": timing}
    return {
        "test_id": None,
        "request": {"method": "POST", "url": "http://h/v1/chat/completions", "body": {"stream": True}, "model": "m"},
        "response": {"body": [{"__type__": label, "__data__": chunk}], "is_streaming": True},
        "id_normalization_mapping": {},
        **{name: value for name, value in given.items() if value is not None},
    }


_LINES = _BODY.splitlines(keepends=True)
_WIRE = {"status": 200, "headers": {"content-type": "text/event-stream"}, "lines": _LINES}
_TIMING = {
    "clock": "monotonic", "unit": "ns", "zero": "request sent", "zero_at": "2026-11-29T16:20:00+00:00",
    "request_received": -5, "request_sent": 0, "end": "complete", "chunks": [1_000_000_000, 1_500_000_000], "reads": [],
}  # fmt: skip


@pytest.mark.parametrize("form", ["lines", "base64"])
def test_the_body_as_it_came_is_believed(read: Read, form: str) -> None:
    packed = {**_WIRE, "base64": base64.b64encode(_BODY.encode()).decode()}
    if form == "base64":
        del packed["lines"]
    corpus = read(_document(packed if form == "base64" else _WIRE, _TIMING))

    (recording,) = corpus
    assert corpus.problems.empty
    assert list(recording.chunks["event"].fillna("")) == ["one", ""]
    assert list(recording.chunks["t_s"]) == [1.0, 1.5]
    assert (recording.facts["clock"], recording.facts["status"]) == ("measured", 200)
    assert str(recording.chunks["wall_time"][0]).startswith("2026-11-29 16:20:01")
    assert list(recording.events["text"].dropna()) == ["é", "[DONE]"]


def test_a_chunk_is_found_at_its_line(read: Read) -> None:
    document = json.dumps(_document(_WIRE, _TIMING), indent=2, ensure_ascii=False).encode()
    (recording,) = read(document)

    lines = document.decode().split("\n")
    assert '\\"é\\"' in lines[recording.line(0) - 1]
    assert "[DONE]" in lines[recording.line(1) - 1]


@pytest.mark.parametrize("wire", [{}, {"lines": "text"}, {"lines": [1]}, {"base64": "!"}])
def test_a_wire_that_holds_no_body_is_told_and_the_recorders_chunks_are_read(read: Read, wire: dict[str, Any]) -> None:
    corpus = read(_document(wire))

    assert "`wire` holds no body" in set(corpus.problems["what"])
    assert list(next(iter(corpus)).events["text"].dropna()) == ["é"]


@pytest.mark.parametrize(
    ("chunks", "what"),
    [
        ("x", "`timing.chunks` is not as recorded"),
        ([1.5, 2], "`timing.chunks` is not as recorded"),
        ([True, 2], "`timing.chunks` is not as recorded"),
        (None, "`timing.chunks` is not as recorded"),
        ([1], "`timing.chunks` does not fit the chunks"),
    ],
)
def test_times_that_do_not_fit_are_told_and_left_out(read: Read, chunks: Any, what: str) -> None:
    corpus = read(_document(_WIRE, {**_TIMING, "chunks": chunks}))

    assert set(corpus.problems["what"]) == {what}
    assert next(iter(corpus)).chunks["t_s"].isna().all()


def test_times_without_a_body_fit_the_recorders_chunks(read: Read) -> None:
    (recording,) = read(_document(timing={**_TIMING, "chunks": [2_000_000_000]}))
    assert list(recording.chunks["t_s"]) == [2.0]


def test_what_was_lost_and_how_it_ended(read: Read) -> None:
    timing = {**_TIMING, "end": "server broke off", "error": "reset", "lost": {"reads": 1, "bytes": 7}}
    corpus = read(_document(_WIRE, timing))

    (problem,) = corpus.problems.itertuples()
    assert problem.what == "the recorder lost part of the answer"
    assert next(iter(corpus)).facts["error"] == "server broke off: reset"


@pytest.mark.parametrize("end", [{}, [], 0, "", "over", True, 1e308, None])
def test_an_end_that_nobody_writes_is_told(read: Read, end: Any) -> None:
    body = [{"choices": [{"index": 0, "delta": {"content": "Hi"}}]}]
    answer = {"body": body, "is_streaming": True}
    corpus = read({"request": {"body": {}}, "response": answer, "timing": {"end": end}})

    assert corpus.recordings["ended"].isna().item()
    assert corpus.problems["what"].tolist() == ([] if end is None else ["the end is not as recorded"])
    assert corpus[0].text() == "Hi"


def test_a_request_that_was_sent_after_the_answer_began_is_no_zero(read: Read) -> None:
    (recording,) = read(_document(_WIRE, {**_TIMING, "first_byte": -1}))
    assert recording.facts["t_zero"] == "first_chunk"
    assert list(recording.chunks["t_s"]) == [0.0, 0.5]


def test_a_request_whose_body_was_lost(read: Read) -> None:
    corpus = read(_document(_WIRE, {**_TIMING, "request_lost": 7}))
    assert list(corpus.problems["what"]) == ["the recorder lost the body of the request"]
