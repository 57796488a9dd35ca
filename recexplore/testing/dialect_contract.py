"""What every dialect promises, as tests that its author runs over chunks of his own.

Takes a dialect, chunks as its API documents them, and streams; gives pytest one test for each promise. Never reads a file,
asks for no plug-in of pytest, and leaves nothing to chance: a test that failed fails again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.traits import Trait
from recexplore.read.extract.dialect import Dialect
from recexplore.read.registry import known
from recexplore.tables.builders import Columns
from recexplore.testing.extracted import (
    KIND_FIELDS,
    Cells,
    all_texts,
    extracted,
    kinds_of,
    lost_words,
    rows_of,
    words_of,
)
from recexplore.testing.text_cuts import texts_changed_by_cuts
from recexplore.testing.wrong_types import (
    bent,
    bent_everywhere,
    bent_fields,
    broken_promises,
    document_of,
    place_name,
    places,
    value_in,
)

__all__ = ["DialectContract"]

_MOST_FAULTS: Final = 20

_NO_OBJECTS: Final[tuple[Json, ...]] = (5, None, "wrongword", ["wrongword"], True)
_WRONG: Final[tuple[Json, ...]] = (*_NO_OBJECTS, 1.5, [["wrongword"]], {"k": "wrongword"}, [], {}, [5])
_WRONG_WORDS: Final[tuple[Json, ...]] = ("wrongword", ["wrongword"], {"k": "wrongword"}, 5)
_ODD_TEXTS: Final = ('{"a": "b\\n"}', " two  words\n", "naïve ∑ 🦜🏽")
_FIRST_ROW: Final = 3
"""Of what is read alone: a dialect that numbers chunks itself would begin at 0."""

_BENT_A_STREAM: Final = 5


class DialectContract:
    """The promises of a dialect, a test each. Pytest collects a subclass whose name begins with ``Test``.

    The dialect has to be installed, as an entry point ``recexplore.dialects``: recordings are loaded with it.

    Attributes
    ----------
    dialect
        The dialect.
    documented
        One chunk for every kind of event that the API documents, whole answers among them, by names that failures show.
        The texts in them should be words of their own: they are looked for in all cells.
    streams
        Sound streams, each in the order in which it is sent. A dialect of models' answers (`Trait.GENERATES`) that are
        streamed needs one in which a chunk brings text and nothing else.
    endpoint
        The path of the requests that the chunks answer.
    envelope
        The recorder whose chunks they are, where nothing in them tells.
    streaming
        False where the API never streams: each documented chunk is a whole body.
    kind_fields
        Fields whose texts need not be kept.
    number_fields
        Fields that are numbers, flags or stamps of a column: a value of another type need not be kept.
    objects_only
        False where a chunk that is no object is as good as any.
    """

    dialect: ClassVar[Dialect]
    documented: ClassVar[Mapping[str, Json]]
    streams: ClassVar[Sequence[Sequence[Json]]] = ()
    endpoint: ClassVar[str] = "/"
    envelope: ClassVar[str] = "contract"
    streaming: ClassVar[bool] = True
    kind_fields: ClassVar[frozenset[str]] = KIND_FIELDS
    number_fields: ClassVar[frozenset[str]] = frozenset()
    objects_only: ClassVar[bool] = True

    def test_it_recognises_its_chunks(self) -> None:
        """Of all dialects it is the one that is chosen, for every documented chunk alone and for every stream."""
        if self.dialect not in known().all:
            raise AssertionError(
                f"the dialect {self.dialect.name} is not installed: name it as an entry point `recexplore.dialects`"
            )
        chosen = [(name, known().choose(self._exchange(chunks))) for name, chunks in self._all_streams()]
        _require_none(f"{name}: read as {one.name}" for name, one in chosen if one is not self.dialect)

    def test_nothing_documented_is_unknown(self) -> None:
        """No documented chunk gives an event of kind ``unknown``."""
        _require_none(name for name, chunk in self.documented.items() if "unknown" in kinds_of(self.dialect, chunk))

    def test_a_chunk_that_ends_an_answer_has_a_field_of_such(self) -> None:
        """Each chunk of which the dialect says that it ends its answer has one of ``end_fields``, where it names any."""
        ends, fields = self.dialect.ends_answer, self.dialect.end_fields
        chunks = [(name, chunk) for name, stream in self._all_streams() for chunk in stream if isinstance(chunk, dict)]
        if ends is not None and fields:
            _require_none(f"{name}: {chunk}" for name, chunk in chunks if fields.isdisjoint(chunk) and ends(chunk))

    def test_every_chunk_is_described_once(self) -> None:
        """Each chunk has one row in ``chunks``; no event, report or problem names the row of a chunk that is not there."""
        _require_none(f"{name}: {row}" for name, chunks in self._all_streams() for row in self._misplaced_rows(chunks))

    def test_nothing_is_dropped(self) -> None:
        """Every text of a documented chunk is in some cell."""
        self._require_none_in_documented(lambda chunk: lost_words(self.dialect, chunk, self.kind_fields))

    def test_a_field_of_a_vendor_is_kept(self) -> None:
        """A field that nobody documents is in some cell, whichever object it stands in."""
        self._require_none_in_documented(self._objects_that_lose_a_field)

    def test_sniffing_never_raises(self) -> None:
        """A value of the wrong type, in any place of a chunk, is no matter to ``sniff``."""
        self._require_none_in_chunks(lambda chunk: self._raised(chunk, self._sniff))

    def test_extracting_never_raises(self) -> None:
        """Nor is it to ``extract``."""
        self._require_none_in_chunks(lambda chunk: self._raised(chunk, lambda odd: extracted(self.dialect, [odd])))

    def test_what_has_the_wrong_type_is_kept(self) -> None:
        """It is in some cell, and so is all that stands beside it."""
        self._require_none_in_documented(self._lost_beside_wrong_types)

    def test_a_chunk_that_is_no_object_is_kept_and_noted(self) -> None:
        """It is one event with its JSON and one problem, wherever it stands; the other chunks give what they gave."""
        _require_none(f"{name}: {text}" for name, chunks in self._all_streams() for text in self._harmed(chunks))

    def test_a_stream_changes_nothing_of_another(self) -> None:
        """Streams that are read together give what each gives alone; those that break off, or began before, too."""
        streams = [chunks for _, chunks in self._all_streams()]
        parts = [
            part for chunks in self.streams for n in [len(chunks) // 2] for part in (chunks[:n], chunks, chunks[n:])
        ]
        alone, together = _alone_and_together(self.dialect, [*parts, *streams, *parts])
        _require_none(f"alone {one}, together {other}" for one, other in _differing(alone, together))

    def test_where_a_text_is_cut_changes_nothing(self) -> None:
        """A text that comes in pieces is, joined, what it is in one chunk."""
        if Trait.GENERATES in self.dialect.traits and self.streaming:
            texts = [texts_changed_by_cuts(self.dialect, chunks, _ODD_TEXTS) for chunks in self.streams]
            if all(changed is None for changed in texts):
                raise AssertionError("no stream has a chunk that brings text and nothing else: nothing can be cut")
            _require_none(text for changed in texts for text in changed or [])

    def test_wrong_types_harm_nothing_else(self) -> None:
        """Where a recording holds values of wrong types, the load goes on and sound recordings stay as they are.

        A sample; the promises are those of `recexplore.testing.wrong_types.broken_promises`.
        """
        documents = self._documents()
        odd = [one for seed, sound in enumerate(documents) for one in bent_everywhere(sound, _BENT_A_STREAM, seed)]
        _require_none(broken_promises(documents, odd))

    def test_a_value_that_is_a_list_of_two_harms_nothing_else(self) -> None:
        """The same for every field, with what is as long as a column of two rows."""
        documents = self._documents()
        _require_none(broken_promises(documents[:3], bent_fields(documents, ["a", "b"])))

    def _all_streams(self) -> Iterator[tuple[str, Sequence[Json]]]:
        """The streams, and each documented chunk as one of its own, with their names."""
        yield from ((f"stream {n}", chunks) for n, chunks in enumerate(self.streams))
        yield from ((name, [chunk]) for name, chunk in self.documented.items())

    def _exchange(self, chunks: Sequence[Json]) -> Exchange:
        method = "POST" if self.streaming else "GET"
        return Exchange(
            self.envelope, chunks=list(chunks), method=method, endpoint=self.endpoint, streaming=self.streaming
        )

    def _documents(self) -> list[Json]:
        return [document_of(self._exchange(chunks)) for _, chunks in self._all_streams()]

    def _require_none_in_documented(self, faults: Callable[[Json], Iterable[str]]) -> None:
        _require_none(_by_chunk(self.documented.items(), faults))

    def _require_none_in_chunks(self, faults: Callable[[Json], Iterable[str]]) -> None:
        chunks = ((f"{name}, chunk {n}", chunk) for name, all_ in self._all_streams() for n, chunk in enumerate(all_))
        _require_none(_by_chunk(chunks, faults))

    def _sniff(self, chunk: Json) -> None:
        self.dialect.sniff(Exchange("contract", chunks=[chunk]))
        self.dialect.sniff(self._exchange([chunk]))

    def _misplaced_rows(self, chunks: Sequence[Json]) -> Iterator[str]:
        columns = extracted(self.dialect, chunks, _FIRST_ROW)
        expected = list(range(_FIRST_ROW, _FIRST_ROW + len(chunks)))
        described = sorted(columns.chunks.column("row"))
        if described != expected:
            yield f"the chunks {expected} are described as {described}"
        rows = {"events": columns.events.column("row"), "usage": columns.usage.column("row")}
        for name, named in {**rows, "problems": [row for row, _ in columns.problems]}.items():
            if strange := set(named) - set(expected):
                yield f"`{name}` has the rows {sorted(strange)} of the chunks {expected}"

    def _objects_that_lose_a_field(self, chunk: Json) -> Iterator[str]:
        for place in ((), *places(chunk)):
            value = value_in(chunk, place)
            if isinstance(value, dict):
                grown = bent(chunk, place, {**value, "vendor_field": "vendorword"}).document
                if "vendorword" not in all_texts(extracted(self.dialect, [grown])):
                    yield place_name(place)

    def _raised(self, chunk: Json, reader: Callable[[Json], object]) -> Iterator[str]:
        for place in places(chunk):
            for wrong in _WRONG:
                try:
                    reader(bent(chunk, place, wrong).document)
                except Exception as error:
                    yield f"{place_name(place)} = {wrong!r}: {type(error).__name__}: {error}"

    def _lost_beside_wrong_types(self, chunk: Json) -> Iterator[str]:
        """What is dropped already where all types are right is `test_nothing_is_dropped`'s."""
        ignored = self.kind_fields | self.number_fields
        dropped = set(lost_words(self.dialect, chunk, ignored))
        for place in places(chunk):
            if place[-1] in ignored or not dropped.isdisjoint(words_of(value_in(chunk, place), ignored)):
                continue
            for wrong in _WRONG_WORDS:
                try:
                    missing = {*lost_words(self.dialect, bent(chunk, place, wrong).document, ignored)} - dropped
                except Exception:  # `test_extracting_never_raises` says so
                    continue
                if missing:
                    yield f"{place_name(place)} = {wrong!r}: {sorted(missing)}"

    def _harmed(self, chunks: Sequence[Json]) -> Iterator[str]:
        sound = extracted(self.dialect, chunks)
        for n in range(len(chunks) + 1):
            rows = [row + (row >= n) for row in range(len(chunks))]
            for odd in _NO_OBJECTS:
                columns = extracted(self.dialect, [*chunks[:n], odd, *chunks[n:]])
                events = rows_of(columns.events)
                texts = [text for row, cells in events if row == n for text in cells if isinstance(text, str)]
                if to_json_text(odd) not in texts and odd not in texts:
                    yield f"{odd!r} as chunk {n} is in no event"
                others = [(row, cells) for row, cells in events if row != n]
                if others != [(rows[row], cells) for row, cells in rows_of(sound.events)]:
                    yield f"{odd!r} as chunk {n} changes events of other chunks"
                noted = sorted(row for row, _ in columns.problems)
                if self.objects_only and noted != sorted([n, *(rows[row] for row, _ in sound.problems)]):
                    yield f"{odd!r} as chunk {n} is not one problem: there are problems of {noted}"


def _alone_and_together(dialect: Dialect, streams: Sequence[Sequence[Json]]) -> tuple[list[Cells], list[Cells]]:
    """All rows of some streams, each read alone, and all read at once."""
    owners = [number for number, stream in enumerate(streams) for _ in stream]

    def tables(chunks: Sequence[Json], first_row: int) -> list[Cells]:
        columns = Columns()
        columns.wire.add(len(owners), {"owner": owners})
        dialect.extract(chunks, range(first_row, first_row + len(chunks)), columns)
        named = {"chunks": columns.chunks, "events": columns.events, "usage": columns.usage}
        return [(name, *row) for name, rows in named.items() for row in rows_of(rows)]

    alone, first_row = [], 0
    for stream in streams:
        alone += tables(stream, first_row)
        first_row += len(stream)
    together = tables([chunk for stream in streams for chunk in stream], 0)
    return sorted(alone, key=lambda row: row[:2]), together


def _differing(alone: Sequence[Cells], together: Sequence[Cells]) -> list[tuple[Cells | None, Cells | None]]:
    """The first rows that differ."""
    longest = max(len(alone), len(together))
    pairs = zip(*([*rows, *[None] * (longest - len(rows))] for rows in (alone, together)), strict=True)
    return [pair for pair in pairs if pair[0] != pair[1]][:5]


def _by_chunk(chunks: Iterable[tuple[str, Json]], faults: Callable[[Json], Iterable[str]]) -> Iterator[str]:
    """The faults of all chunks, each kind of place once, with the first chunk it is in."""
    first: dict[str, str] = {}
    for name, chunk in chunks:
        for fault in faults(chunk):
            first.setdefault(re.sub(r"\.\d+(?=[. ])", ".*", fault), name)
    yield from (f"{name}: {fault}" for fault, name in first.items())


def _require_none(faults: Iterable[str]) -> None:
    if broken := list(faults):
        more = [f"and in {len(broken) - _MOST_FAULTS} more ways"] if len(broken) > _MOST_FAULTS else []
        raise AssertionError("\n".join(["the promise is broken:", *broken[:_MOST_FAULTS], *more]))
