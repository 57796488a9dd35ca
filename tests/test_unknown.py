from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import recording

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import unknown
from recexplore.tables.builders import Columns

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(JSON, max_size=6))
def test_every_chunk_is_kept_whole(chunks: list[Any]) -> None:
    columns = Columns()
    unknown.extract(chunks, range(7, 7 + len(chunks)), columns)

    assert columns.events.column("row") == columns.chunks.column("row") == list(range(7, 7 + len(chunks)))
    for chunk, text in zip(chunks, columns.events.column("text"), strict=True):
        assert text == chunk if isinstance(chunk, str) else json.loads(text) == chunk


def test_it_takes_what_nobody_else_wants() -> None:
    assert 0 < unknown.sniff(Exchange("test")) < 0.1


def test_a_foreign_stream_keeps_its_text_and_model(read) -> None:
    chunks = ["data: x", {"model": "n", "response": "a"}, {"model": 5}, None]
    corpus = read(recording(chunks, endpoint="/api/generate", request={}))

    assert corpus.recordings["dialect"].tolist() == ["unknown"]
    assert corpus.events["kind"].tolist() == ["unknown"] * 4
    assert corpus.events["text"].tolist() == ["data: x", '{"model":"n","response":"a"}', '{"model":5}', "null"]
    assert corpus.recordings["model_served"].tolist() == ["n"]
    assert corpus.events["choice"].isna().all()
    assert corpus.choices.empty


@pytest.mark.parametrize("chunk", ["a", "<think>", "<think>a</think>"])
def test_unknown_text_is_not_searched_for_tags(read, chunk: str) -> None:
    assert read(recording([chunk])).events[["kind", "text"]].to_numpy().tolist() == [["unknown", chunk]]
