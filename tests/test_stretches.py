"""Where a stretch of text stands: its chunks and its spans, whatever the chunks cut and however lanes take turns."""

from __future__ import annotations

import itertools
from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from synthetic import choice, chunk

import recexplore
from recexplore.model.schema import FRAMES
from recexplore.model.span import Span, spans_as_json, spans_from_json
from recexplore.rules import Streams
from recexplore.rules.stretches import stretch_of, stretches_of

PIECES = st.lists(
    st.tuples(st.sampled_from(["content", "reasoning_content"]), st.text("aé😀 \n", max_size=4)), min_size=1
)


def streams_of(pieces: list[tuple[str, str]]) -> tuple[Streams, pd.DataFrame]:
    chunks = [chunk(choice(delta={"role": "assistant"})), *(chunk(choice(delta={kind: text})) for kind, text in pieces)]
    recording = recexplore.from_chunks([*chunks, chunk(choice(delta={}, finish_reason="stop"))])
    streams = Streams({name: getattr(recording, name) for name in FRAMES if name != "findings"})
    return streams, streams.payload


@given(PIECES, st.data())
def test_spans_say_the_text_that_was_asked_for(pieces: list[tuple[str, str]], data: st.DataObject) -> None:
    streams, events = streams_of(pieces)
    text = "".join(events["text"])
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start, len(text)))

    found = stretch_of(events, start, end)

    texts = streams.choices.iloc[0]
    assert "".join(texts[span.kind][span.start : span.end] for span in found.spans) == text[start:end]
    assert found.chunk <= found.last_chunk
    touched = events[events["chunk"].between(found.chunk, found.last_chunk)]
    assert text[start:end] in "".join(touched["text"])


@given(PIECES, st.data())
def test_runs_of_one_text_are_one_span(pieces: list[tuple[str, str]], data: st.DataObject) -> None:
    _, events = streams_of(pieces)
    if events.empty:
        return
    spans = stretch_of(events).spans

    assert all(one.kind != other.kind for one, other in itertools.pairwise(spans))


def test_several_stretches_reach_from_the_first_chunk_to_the_last() -> None:
    _, events = streams_of([("content", "ab"), ("content", "cd"), ("content", "ef")])

    found = stretches_of(events, [(0, 1), (5, 6)])

    assert found == (1, 3, (Span(0, "content", 0, 1), Span(0, "content", 5, 6)))


def test_spans_of_arguments_name_their_call() -> None:
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": '{"a":'}}
    rest = {"index": 0, "function": {"arguments": "1}"}}
    recording = recexplore.from_chunks(
        [chunk(choice(delta={"role": "assistant", "tool_calls": [call]})), chunk(choice(delta={"tool_calls": [rest]}))]
    )
    streams = Streams({name: getattr(recording, name) for name in FRAMES if name != "findings"})
    row: Any = streams.tool_calls.iloc[0]

    assert stretch_of(streams.fragments(row), 4, 6).spans == (Span(0, "tool_call", 4, 6, 0),)


def test_beyond_the_text_its_last_character_counts() -> None:
    _, events = streams_of([("content", "ab"), ("content", "cd")])

    assert stretch_of(events, 9)[:2] == (2, 2)


def test_a_cell_of_the_frame_holds_them_all() -> None:
    spans = (Span(0, "content", 1, 4), Span(1, "tool_call", 0, 2, 3))
    cell = spans_as_json(spans)

    assert cell is not None
    assert spans_from_json(cell) == spans
    assert spans_as_json(()) is None


def test_the_frame_of_findings_has_them() -> None:
    said = choice({"role": "assistant", "content": "So <|im_end|> it"}, finish_reason="stop")
    found = recexplore.from_chunks([chunk(said)]).findings

    cell = found.loc[found["rule"] == "special-token", "spans"].iloc[0]
    assert spans_from_json(cell) == (Span(0, "content", 3, 13),)
