"""Where a span stands in the texts as the page counts them, and that nothing malformed gets there."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import choice, chunk

import recexplore
from recexplore.corpus import Recording
from recexplore.model.span import Span, spans_as_json, spans_from_json
from recexplore.views.explorer.assembled_texts import AssembledTexts, text_numbers
from recexplore.views.explorer.stream_view import stream_view

PIECES = st.lists(
    st.tuples(
        st.integers(0, 1), st.sampled_from(["content", "reasoning_content"]), st.text("aé😀\ud83c \n", max_size=4)
    ),
    min_size=1,
)


def recording_of(pieces: list[tuple[int, str, str]]) -> Recording:
    return recexplore.from_chunks([chunk(choice({kind: text}, index)) for index, kind, text in pieces])


def units(text: str) -> bytes:
    return text.encode("utf-16-le")


@given(PIECES, st.data())
def test_a_span_is_found_as_javascript_cuts(pieces: list[tuple[int, str, str]], data: st.DataObject) -> None:
    """The page joins the parts of each text in the order of the events, and cuts by halves of characters."""
    recording = recording_of(pieces)
    events, texts = recording.events, AssembledTexts(recording.events)
    numbers = text_numbers(events)
    joined = [units("".join(events["text"][numbers == n])) for n in range(numbers.max(initial=-1) + 1)]
    for _, texts_of in recording.choices.iterrows():
        for kind in ("content", "reasoning"):
            text = texts_of[kind] if isinstance(texts_of[kind], str) else ""
            start = data.draw(st.integers(0, len(text)))
            end = data.draw(st.integers(start, len(text) + 2))
            place = texts.place(Span(int(texts_of["choice"]), kind, start, end))
            cut = "" if place is None else joined[place.text][2 * place.start : 2 * place.end].decode("utf-16-le")
            assert cut == text[start:end]


def test_the_column_says_the_same() -> None:
    recording = recording_of([(0, "content", "a"), (1, "content", "b"), (0, "content", "c")])
    facts, buffers = stream_view(recording)
    at = [name for name, _ in facts["columns"]].index("joined")
    assert np.frombuffer(buffers[at], "<i4").tolist() == text_numbers(recording.events).tolist()


GOOD = {"choice": 0, "kind": "content", "start": 0, "end": 1, "tool_index": None}
BAD: list[Any] = [
    *(None, 5, "x", [], {}, [GOOD], {**GOOD, "start": -1}, {**GOOD, "start": 2}, {**GOOD, "end": "1"}),
    *({**GOOD, "end": 1.5}, {**GOOD, "kind": None}, {**GOOD, "choice": True}, {**GOOD, "tool_index": "a"}),
    *({**GOOD, "choice": None}, {name: GOOD[name] for name in ("choice", "kind", "start")}),
]


@pytest.mark.parametrize("bad", BAD, ids=repr)
def test_what_is_no_span_is_left_out(bad: Any) -> None:
    (span,) = spans_from_json(spans_as_json([Span(**GOOD)]))
    assert spans_from_json(orjson.dumps([bad, GOOD, bad])) == (span,)
    assert spans_from_json([bad, span, GOOD]) == (span, span)


NO_CELLS: list[Any] = [
    None,
    float("nan"),
    pd.NA,
    7,
    3j,
    "",
    "[",
    "[" * 5_000,
    "null",
    "{}",
    '"\\ud800"',
    b"\xff",
    {"a": 1},
]


@pytest.mark.parametrize("cell", NO_CELLS, ids=lambda cell: repr(cell)[:20])
def test_a_cell_that_holds_no_spans_has_none(cell: Any) -> None:
    assert spans_from_json(cell) == ()


ODD: list[Any] = [*BAD, *([each] for each in BAD), *NO_CELLS, [{**GOOD, "end": 10**30}]]


@pytest.mark.parametrize("cell", ODD, ids=lambda cell: repr(cell)[:80])
def test_a_recording_with_odd_spans_is_shown(cell: Any) -> None:
    recording = recording_of([(0, "content", "abc")])
    frame = pd.DataFrame({"recording": [recording.id], "chunk": [0], "spans": pd.Series([cell], dtype=object)})
    view, _ = recexplore.explore(recording, findings=frame).answers.answer("show", {"recording": recording.id})
    (finding,) = view["findings"]
    assert all(start < end <= 3 for _, start, end in finding["spans"])
    orjson.dumps(view)


def test_of_very_many_spans_the_first_are_told() -> None:
    recording = recording_of([(0, "content", "abc")])
    frame = pd.DataFrame(
        {"recording": [recording.id], "chunk": [0], "spans": [spans_as_json([Span(**GOOD)] * 100_000)]}
    )
    view, _ = recexplore.explore(recording, findings=frame).answers.answer("show", {"recording": recording.id})
    assert len(view["findings"][0]["spans"]) == 200
