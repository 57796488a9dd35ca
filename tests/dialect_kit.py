"""What the tests of the dialects share: envelopes, columns read back, and chunks bent in some place.

Plain JSON values in, plain values out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from recexplore.corpus import Corpus
from recexplore.model.kinds import KINDS
from recexplore.read.registry import Dialect
from recexplore.tables.builders import Columns
from recexplore.testing.wrong_types import bent, places

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="<[\0"), max_size=12)
"""What a model may say, without anything that could be a reasoning tag."""

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "text", "id", "x"]), inner),
    max_leaves=6,
)


def envelope(
    chunks: Any, *, endpoint: str, url: str = "http://localhost", streaming: bool = True, **request: Any
) -> dict[str, Any]:
    """A recording of llama-stack."""
    return {
        "request": {"method": "POST", "url": url + endpoint, "endpoint": endpoint, "body": request},
        "response": {"body": chunks, "is_streaming": streaming},
    }


def rows(corpus: Corpus, *columns: str, frame: str = "events") -> list[tuple[Any, ...]]:
    """Cells of a frame, None where missing."""
    picked: pd.DataFrame = getattr(corpus, frame)[list(columns)].astype(object)
    return list(picked.where(picked.notna(), None).itertuples(index=False, name=None))


def extracted(dialect: Dialect, chunks: Sequence[Any]) -> Columns:
    columns = Columns()
    dialect.extract(chunks, range(len(chunks)), columns)
    return columns


def kinds(columns: Columns) -> list[str]:
    return [KINDS[code] for code in columns.events.column("kind")]


def some_place(draw: st.DrawFn, chunks: Sequence[Any]) -> Any:
    """A chunk in which some value was replaced by another."""
    chunk = draw(st.sampled_from(chunks))
    place = draw(st.sampled_from(list(places(chunk))))
    return bent(chunk, place, draw(json_values)).document


bent_chunk = st.composite(some_place)
