"""Deltas with the same keys, on their way to becoming events.

Takes the fields of deltas and a reader for each, gives the builders their events. What makes no event is noted, what nobody
reads is kept. Never knows what a field means: that is said in `recexplore.read.dialects.openai_chat.fields`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, Final, TypeAlias

from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text
from recexplore.model.kinds import kind_code
from recexplore.model.notes import Note, joined_notes
from recexplore.tables.builders import Columns

__all__ = ["SAYS_NOTHING", "Deltas", "Reader", "Values"]

_STRINGS: Final = frozenset({str, type(None)})
SAYS_NOTHING: Final[tuple[Json, ...]] = (None, "", [], {})

_VENDOR_FIELDS: Final = frozenset(
    ["obfuscation", "stop_reason", "token_ids", "matched_stop", "native_finish_reason", "content_filter_offsets"]
)
"""Fields beside a delta that are known to say nothing of the answer; the readers' own come on top."""

Values: TypeAlias = Sequence[Any]

Reader: TypeAlias = "Callable[[Deltas, str, Values], Values]"
"""Reads the values of one field; gives back values that are true where it said something."""


@dataclass(slots=True)
class Deltas:
    """Deltas with the same keys: the k-th belongs to choice ``indices[k]`` of the chunk at ``rows[k]``.

    ``delta`` and ``choice`` hold the fields of the delta and those beside it that say something; ``extra`` is what a
    vendor put into and beside the delta, as JSON, and goes with the first event that comes of it, as ``notes`` do;
    ``is_whole`` says that they are messages of answers that were not streamed, ``is_known`` that they have a field that
    somebody reads, if only with nothing in it.
    """

    rows: Sequence[int]
    indices: Sequence[int | None]
    places: Sequence[int] | None
    extra: list[str | None] | None
    choice: dict[str, Values]
    delta: dict[str, Values]
    columns: Columns
    is_whole: bool = False
    notes: list[str | None] | None = None
    is_known: bool = True

    def read(self, delta_readers: Mapping[str, Reader], choice_readers: Mapping[str, Reader]) -> None:
        """Let the reader of each field say what it says; what none reads is kept beside."""
        for values, note in (
            (self.choice.get("finish_reason", ()), Note.EMPTY_FINISH),
            (self.delta.get("role", ()), Note.EMPTY_ROLE),
        ):
            if "" in values:
                self.note([at for at, value in enumerate(values) if value == ""], note)
        if "content_filter_offsets" in self.choice:
            offsets = self.choice["content_filter_offsets"]
            self.note([at for at, value in enumerate(offsets) if value is not None], Note.FILTER_OFFSETS)
        foreign = {field: values for field, values in self.delta.items() if field not in delta_readers}
        emitted = [self._vendors_own(foreign)] if foreign else []
        emitted += [
            delta_readers[field](self, field, values) for field, values in self.delta.items() if field in delta_readers
        ]
        emitted += [
            choice_readers[field](self, field, values)
            for field, values in self.choice.items()
            if field in choice_readers
        ]
        if any(map(all, emitted)):
            return
        without_event: Sequence[int] = range(len(self.rows))
        for said in emitted:
            without_event = [at for at in without_event if not said[at]]
        if without_event:
            self._say_little(without_event, choice_readers)

    def _say_little(self, without_event: Sequence[int], choice_readers: Mapping[str, Reader]) -> None:
        """Deltas that say nothing that is known: what stands beside them is unknown, or they are empty."""
        beside = {
            field: values
            for field, values in self.choice.items()
            if field not in _VENDOR_FIELDS | choice_readers.keys()
        }
        unread = [
            at
            for at in without_event
            if any(
                values[at] not in SAYS_NOTHING and not _repeats(field, values[at]) for field, values in beside.items()
            )
        ]
        texts = [to_json_text({field: values[at] for field, values in beside.items()}) for at in unread]
        self.add_many("unknown", unread, text=texts)
        self.add_many("empty", [at for at in without_event if at not in set(unread)])

    def note(self, positions: Sequence[int], note: Note) -> None:
        """Keep beside the deltas at the positions what was sent but makes no event: it may trip a client."""
        if self.notes is None:
            self.notes = [None] * len(self.rows)
        for at in positions:
            self.notes[at] = joined_notes(self.notes[at], note)

    def add(self, kind: str, present: Values, **cells: Values) -> None:
        """One event for each delta where ``present`` is true; ``cells`` have a value for each delta."""
        if self.extra is not None or self.notes is not None or self.places is not None:
            chosen = [at for at, here in enumerate(present) if here]
            self.add_many(kind, chosen, **{name: [cell[at] for at in chosen] for name, cell in cells.items()})
        elif all(present):
            columns = {"row": self.rows, "choice": self.indices, **cells}
            self.columns.events.add(len(self.rows), columns, kind=kind_code(kind))
        elif rows := list(compress(self.rows, present)):
            self.columns.events.add(
                len(rows),
                {
                    "row": rows,
                    "choice": list(compress(self.indices, present)),
                    **{name: list(compress(cell, present)) for name, cell in cells.items()},
                },
                kind=kind_code(kind),
            )

    def add_many(self, kind: str, positions: Sequence[int], **cells: list[Any]) -> None:
        """Events for the deltas at the positions, any number each, in this order."""
        if not positions:
            return
        if self.extra is not None:
            given = cells.get("extra") or [None] * len(positions)
            cells["extra"] = [_merged(own, _taken(self.extra, at)) for at, own in zip(positions, given, strict=True)]
        if self.notes is not None:
            own_notes = cells.get("notes") or [None] * len(positions)
            cells["notes"] = [
                joined_notes(own, _taken(self.notes, at)) for at, own in zip(positions, own_notes, strict=True)
            ]
        if self.places is not None:
            cells["place"] = [self.places[at] for at in positions]
        self.columns.events.add(
            len(positions),
            {
                "row": [self.rows[at] for at in positions],
                "choice": [self.indices[at] for at in positions],
                **cells,
            },
            kind=kind_code(kind),
        )

    def add_one(self, kind: str, at: int, **cells: Any) -> None:
        """One event for the delta at ``at``."""
        self.add_many(kind, [at], **{name: [value] for name, value in cells.items()})

    def malformed(self, at: int, field: str, expected: str, found: Json) -> None:
        """Keep what has the wrong type as it is, and say so."""
        text = to_json_text(found)
        self.add_one("unknown", at, text=text)
        self.problem(at, field, expected, text, "kept as an unknown event")

    def problem(self, at: int, field: str, expected: str, found: str, hint: str) -> None:
        self.columns.problem(self.rows[at], f"`{field}` has the wrong type", expected, found, hint)

    def _vendors_own(self, fields: Mapping[str, Values]) -> Values:
        """What nobody reads of the deltas: their vendor's own, beside what everybody sends; of deltas that hold nothing
        else, unknown."""
        objects = [
            {
                f"delta.{field}" if field in self.choice else field: values[at]
                for field, values in fields.items()
                if _says_something(values[at])
            }
            for at in range(len(self.rows))
        ]
        texts = [to_json_text(each) if each else None for each in objects]
        unknown: list[str | None] = [None] * len(self.rows)
        if not self.is_known:
            ends = self.choice.get("finish_reason", (None,) * len(self.rows))
            unknown = [None if end else text for text, end in zip(texts, ends, strict=True)]
            self.add("unknown", unknown, text=unknown)
            texts = [text if end else None for text, end in zip(texts, ends, strict=True)]
        beside = self.extra or [None] * len(self.rows)
        self.extra = [_merged(text, other) for text, other in zip(texts, beside, strict=True)]
        return unknown

    def strings(self, field: str, values: Values) -> tuple[Values, Values]:
        """The strings among the values, and where something was said: what is no string is kept as odd."""
        if set(map(type, values)) <= _STRINGS:
            return values, values
        strings = [value if type(value) is str else None for value in values]
        emitted: list[Any] = list(strings)
        for at, value in enumerate(values):
            if type(value) not in _STRINGS:
                self.malformed(at, field, "a string", value)
                emitted[at] = True
        return strings, emitted


def _repeats(field: str, value: Json) -> bool:
    """Whether a value beside a delta says what others say: so does a message that was not read in the delta's place."""
    return field == "message" and type(value) is dict


def _says_something(value: Json) -> bool:
    """Whether there is anything in a value but nulls and what is empty."""
    if type(value) is dict:
        return any(map(_says_something, value.values()))
    if type(value) is list:
        return any(map(_says_something, value))
    return value not in SAYS_NOTHING


def _taken(beside: list[str | None], at: int) -> str | None:
    """What stands beside a delta; it goes with one event only."""
    value, beside[at] = beside[at], None
    return value


def _merged(own: str | None, other: str | None) -> str | None:
    """One JSON object of two."""
    return f"{own[:-1]},{other[1:]}" if own and other else own or other
