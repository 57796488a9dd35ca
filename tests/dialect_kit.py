"""What the tests of the dialects share: envelopes, columns read back, and chunks bent in every place.

Plain JSON values in, plain values out. A **word** is a string of a made chunk that says something: it has to be found again
in some cell, whatever the dialect makes of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from recexplore.corpus.corpus import Corpus
from recexplore.model.exchange import Exchange
from recexplore.model.kinds import KINDS
from recexplore.read.registry import Dialect
from recexplore.tables.builders import Columns

NAMES_OF_KINDS = frozenset(["type", "object", "event_type", "item_id"])
"""Fields that say what something is, or repeat where it belongs: read, but not always kept as text."""

WRONG: tuple[Any, ...] = (
    5,
    1.5,
    True,
    None,
    "wrongword",
    ["wrongword"],
    [["wrongword"]],
    {"k": "wrongword"},
    [],
    {},
    [5],
)

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


def told(columns: Columns) -> str:
    """Every text in every cell."""
    builders = (columns.chunks, columns.events, columns.usage)
    cells = (cell for rows in builders for name in rows.names for cell in rows.column(name))
    return "\n".join(cell if type(cell) is str else json.dumps(cell) for cell in cells if cell is not None)


def words(value: Any, ignored: frozenset[str] = NAMES_OF_KINDS) -> Iterator[str]:
    """Every string in a value that says something."""
    if type(value) is dict:
        for key, each in value.items():
            if key not in ignored:
                yield from words(each, ignored)
    elif type(value) is list:
        for each in value:
            yield from words(each, ignored)
    elif type(value) is str and value:
        yield value


def lost(dialect: Dialect, chunk: Any, ignored: frozenset[str] = NAMES_OF_KINDS) -> list[str]:
    """The words of a chunk that are in no cell."""
    text = told(extracted(dialect, [chunk]))
    return [word for word in words(chunk, ignored) if word not in text and json.dumps(word)[1:-1] not in text]


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a value below its root."""
    inside: Any = value.items() if type(value) is dict else enumerate(value) if type(value) is list else ()
    for key, each in inside:
        yield (*at, key)
        yield from places(each, (*at, key))


def put(value: Any, place: tuple[Any, ...], what: Any) -> Any:
    """The value with something else in one place."""
    if not place:
        return what
    changed = value.copy()
    changed[place[0]] = put(value[place[0]], place[1:], what)
    return changed


def failures(dialect: Dialect, chunk: Any) -> list[str]:
    """Where a value of the wrong type makes a dialect raise."""
    found = []
    for place in places(chunk):
        for wrong in WRONG:
            try:
                dialect.extract([put(chunk, place, wrong)], [0], Columns())
            except Exception as error:
                found.append(f"{_name(place)} = {wrong!r}: {type(error).__name__}: {error}")
    return found


def sniffing_failures(dialect: Dialect, chunks: Iterable[Any]) -> list[str]:
    """Where a value of the wrong type makes a dialect raise when it is asked whether it understands the chunk."""
    found = set()
    for chunk in chunks:
        for place in places(chunk):
            for wrong in WRONG:
                try:
                    dialect.sniff(Exchange("test", chunks=[put(chunk, place, wrong)]))
                except Exception as error:
                    found.add(f"{_name(place)} = {wrong!r}: {type(error).__name__}: {error}")
    return sorted(found)


def _at(value: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        value = value[key]
    return value


def _name(place: tuple[Any, ...]) -> str:
    return ".".join(map(str, place)) or "(the chunk)"


def bent_and_lost(dialect: Dialect, chunk: Any, ignored: frozenset[str] = NAMES_OF_KINDS) -> list[str]:
    """Where a value of the wrong type is dropped, or takes another part of the chunk with it.

    What is dropped already where all types are right is said by `lost`.
    """
    found, dropped = [], set(lost(dialect, chunk, ignored))
    for place in places(chunk):
        if place[-1] in ignored or not dropped.isdisjoint(words(_at(chunk, place), ignored)):
            continue
        for wrong in ("wrongword", ["wrongword"], {"k": "wrongword"}, 5):
            try:
                missing = set(lost(dialect, put(chunk, place, wrong), ignored)) - dropped
            except Exception:  # said by `failures`
                continue
            if missing:
                found.append(f"{_name(place)} = {wrong!r}: {sorted(missing)}")
    return found


def planted_and_lost(dialect: Dialect, chunk: Any, ignored: frozenset[str] = NAMES_OF_KINDS) -> list[str]:
    """The objects in a chunk in which a field of a vendor's own is dropped."""
    found = []
    for place in ((), *places(chunk)):
        within = _at(chunk, place)
        if type(within) is dict:
            grown = {**within, "vendor_field": "vendorword"}
            if "vendorword" in lost(dialect, put(chunk, place, grown), ignored):
                found.append(_name(place))
    return found


def some_place(draw: st.DrawFn, chunks: Sequence[Any]) -> Any:
    """A chunk in which some value was replaced by another."""
    chunk = draw(st.sampled_from(chunks))
    place = draw(st.sampled_from(list(places(chunk))))
    return put(chunk, place, draw(json_values))


def apart_and_together(dialect: Dialect, streams: Sequence[Sequence[Any]]) -> tuple[list[Any], list[Any]]:
    """The events of some streams, each read alone, and all read at once, as the contract of a dialect has it."""

    owners = [number for number, stream in enumerate(streams) for _ in stream]

    def events(chunks: Sequence[Any], first: int) -> list[Any]:
        columns = Columns()
        columns.wire.add(len(owners), {"owner": owners})
        dialect.extract(chunks, range(first, first + len(chunks)), columns)
        cells = (columns.events.column(name) for name in ("row", "kind", "text", "choice", "block", "tool_name"))
        # Events may be added in any order; those of one chunk keep theirs.
        return sorted(zip(*cells, strict=True), key=lambda event: event[0])

    alone, first = [], 0
    for stream in streams:
        alone += events(stream, first)
        first += len(stream)
    return alone, events([chunk for stream in streams for chunk in stream], 0)


def everywhere(
    check: Callable[..., list[str]], dialect: Dialect, chunks: Mapping[str, Any], *more: Any
) -> dict[str, str]:
    """What a check finds in any of the chunks, with the name of the first chunk it was found in."""
    found: dict[str, str] = {}
    for name, chunk in chunks.items():
        for finding in check(dialect, chunk, *more):
            found.setdefault(re.sub(r"\.\d+(?=[. ])", ".*", finding), name)
    return found


bent_chunk = st.composite(some_place)


def cut(draw: st.DrawFn, text: str) -> list[str]:
    """The text in pieces, none of them empty."""
    at = sorted(draw(st.sets(st.integers(1, max(len(text) - 1, 1)), max_size=5))) if len(text) > 1 else []
    return [text[start:end] for start, end in zip([0, *at], [*at, len(text)], strict=True) if text[start:end]]


cuts = st.composite(cut)
