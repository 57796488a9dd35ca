"""From chunks to deltas: what concerns the chunk, what concerns all choices, and which delta belongs to which choice.

Takes chunks, transposes them, then their choices, and hands the deltas to `recexplore.read.dialects.openai_chat.deltas`.
Never reads a delta.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from operator import not_
from typing import Any, Final

from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text
from recexplore.model.kinds import kind_code
from recexplore.model.notes import Note
from recexplore.model.schema import MAX_INDEX
from recexplore.read.dialects.openai_chat.call_fragments import note_fragments
from recexplore.read.dialects.openai_chat.deltas import Deltas
from recexplore.read.dialects.openai_chat.fields import CHOICE_READERS, DELTA_READERS, NOT_AN_OBJECT
from recexplore.read.dialects.openai_chat.messages import Messages
from recexplore.read.dialects.openai_chat.usage import USAGE
from recexplore.read.extract import emit
from recexplore.read.extract.emit import extras, is_index
from recexplore.read.extract.key_sets import Cells, by_shape, pick
from recexplore.tables.builders import Columns

__all__ = ["CHUNK_FIELDS", "read_chunks"]

_FACTS: Final = {
    "id": "id",
    "object": "object",
    "model": "model",
    "system_fingerprint": "fingerprint",
    "created": "created",
    "service_tier": "service_tier",
    "obfuscation": "obfuscation",
}
CHUNK_FIELDS: Final = frozenset({*_FACTS, "choices", "usage", "prompt_filter_results", "error", "errors"})
_CHOICE_FIELDS: Final = frozenset(["delta", "message", "index"])
_READ_WHOLLY: Final = CHOICE_READERS.keys() - {"finish_details"}
"""Fields beside a delta of which no reader leaves anything."""


def read_chunks(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    """Everything that the chunks at the rows say."""
    first_event = columns.events.n
    _read(chunks, rows, columns)
    note_fragments(columns, first_event)


def _read(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    if set(map(type, chunks)) - {dict}:
        for row, chunk in zip(rows, chunks, strict=True):
            if type(chunk) is not dict and chunk != "":
                columns.chunks.add(1, row=row, n_choices=0)
                emit.malformed(columns, row, "the chunk", "an object", chunk)
        good = [at for at, chunk in enumerate(chunks) if type(chunk) is dict]
        rows, chunks = pick(rows, good), pick(chunks, good)
    messages = Messages(chunks, rows, columns)
    for positions, cells in by_shape(chunks):
        _Chunks(pick(rows, positions), cells, columns, messages).read()


class _Chunks:
    """Chunks with the same keys: their facts, what concerns all choices, and the choices in them."""

    def __init__(
        self, rows: Sequence[int], cells: dict[str, tuple[Json, ...]], columns: Columns, messages: Messages
    ) -> None:
        self.rows, self.cells, self.columns, self.n, self.messages = rows, cells, columns, len(rows), messages

    def read(self) -> None:
        choices = self._choices()
        sizes = list(map(len, choices))
        extra = self._facts(sizes)
        if set(sizes) == {1}:
            self._concerning_all([])
            _read_choices(self.rows, None, [choice for (choice,) in choices], self.columns, self.messages)
            return
        silent = self._concerning_all(list(compress(range(self.n), map(not_, sizes))))
        silent = [at for at in silent if type(choices[at]) is not tuple]
        self._say_little(silent, extra)
        if max(sizes) > 1:
            flat = [
                (row, place, item)
                for row, found in zip(self.rows, choices, strict=True)
                for place, item in enumerate(found)
            ]
            _read_choices(
                [row for row, _, _ in flat],
                [place for _, place, _ in flat],
                [item for _, _, item in flat],
                self.columns,
                self.messages,
            )
        else:
            rows = list(compress(self.rows, sizes))
            _read_choices(rows, None, [found[0] for found in choices if found], self.columns, self.messages)

    def _choices(self) -> Sequence[Sequence[Json]]:
        """A list a chunk; an empty tuple where what should be one is kept as an event already."""
        choices: Any = self.cells.get("choices", ([],) * self.n)
        if set(map(type, choices)) <= {list}:
            return choices  # type: ignore[no-any-return]
        for row, found in zip(self.rows, choices, strict=True):
            if found is not None and type(found) is not list:
                emit.malformed(self.columns, row, "`choices`", "a list", found)
        return [found if type(found) is list else [] if found is None else () for found in choices]

    def _say_little(self, silent: list[int], extra: list[str | None] | None) -> None:
        """Chunks that say nothing that is known: what they hold is unknown, or they are empty."""
        for at in silent:
            text = extra[at] if extra else None
            said = {field: values[at] for field, values in self.cells.items() if values[at] is not None}
            kind = "empty" if text is None else "error" if emit.is_error(said) else "unknown"
            self.columns.events.add(1, row=self.rows[at], kind=kind_code(kind), text=text)

    def _facts(self, sizes: list[int]) -> list[str | None] | None:
        # watsonx: https://cloud.ibm.com/apidocs/watsonx-ai#text-chat-stream
        facts = _FACTS if "model" in self.cells else {**_FACTS, "model_id": "model"}
        cells = {column: self.cells[field] for field, column in facts.items() if field in self.cells}
        extra = extras(self.cells, CHUNK_FIELDS | facts.keys())
        self.columns.chunks.add(self.n, {"row": self.rows, "n_choices": sizes, "extra": extra, **cells})
        return extra

    def _concerning_all(self, silent: list[int]) -> list[int]:
        """Usage, prompt filters and errors; gives those of the silent chunks that stay silent."""
        for field, read in (
            ("usage", self._usage),
            ("x_groq", self._groq),
            ("prompt_filter_results", self._filters),
            ("error", self._errors),
            ("errors", self._errors),
        ):
            values = self.cells.get(field)
            if values is not None and any(values):
                read(values)
                silent = [at for at in silent if not values[at]]
        return silent

    def _usage(self, reports: Sequence[Json]) -> None:
        emit.usage(self.columns, self.rows, reports, USAGE, "usage")

    def _groq(self, beside: Sequence[Json]) -> None:
        """Groq reports usage beside its request id, in older answers only there: https://console.groq.com/docs"""
        told = self.cells.get("usage", (None,) * self.n)
        reports = [
            each.get("usage") if type(each) is dict and not own else None
            for each, own in zip(beside, told, strict=True)
        ]
        emit.usage(self.columns, self.rows, reports, USAGE, "x_groq.usage")

    def _filters(self, results: Sequence[Json]) -> None:
        self._verbatim("filter", results)

    def _errors(self, errors: Sequence[Json]) -> None:
        self._verbatim("error", errors)

    def _verbatim(self, kind: str, values: Sequence[Json]) -> None:
        rows = list(compress(self.rows, values))
        texts = [value if type(value) is str else to_json_text(value) for value in values if value]
        self.columns.events.add(len(rows), {"row": rows, "text": texts}, kind=kind_code(kind))


def _read_choices(
    rows: Sequence[int], places: list[int] | None, items: list[Json], columns: Columns, messages: Messages
) -> None:
    """All choices of some chunks, flat: by their keys, then by those of their deltas."""
    if set(map(type, items)) - {dict}:
        for row, item in zip(rows, items, strict=True):
            if type(item) is not dict:
                emit.malformed(columns, row, "a choice", "an object", item)
        good = [at for at, item in enumerate(items) if type(item) is dict]
        rows, items = [rows[at] for at in good], [items[at] for at in good]
        places = [places[at] for at in good] if places else None
    if any("message" in item for item in items):
        items = [
            messages.settled(row, places[at] if places else 0, item) if "message" in item else item
            for at, (row, item) in enumerate(zip(rows, items, strict=True))
        ]
    for positions, cells in by_shape(items):
        if "stop_reason" in cells and "finish_reason" not in cells:
            # Mistral at Amazon Bedrock; others say by it which text or token stopped them.
            cells["finish_reason"] = cells.pop("stop_reason")
        own_rows = pick(rows, positions)
        own_places = pick(places, positions) if places else None
        indices = _indices(cells, own_rows, own_places, columns)
        deltas, beside = _deltas(cells, len(own_rows))
        extra = extras(beside, _READ_WHOLLY)
        is_whole = "message" in cells and "delta" not in cells
        lost = () if is_whole else _without_delta(cells, len(own_rows))
        for within, delta_cells in by_shape(deltas):
            read = Deltas(
                pick(own_rows, within),
                pick(indices, within),
                pick(own_places, within) if own_places else None,
                list(pick(extra, within)) if extra else None,
                {field: pick(values, within) for field, values in beside.items()},
                {field: values for field, values in delta_cells.items() if values.count(None) < len(values)},
                columns,
                is_whole,
                is_known=not DELTA_READERS.keys().isdisjoint(delta_cells),
            )
            if lost:
                numbers: Sequence[int] = range(len(own_rows)) if within is None else within
                read.note([at for at, place in enumerate(numbers) if place in lost], Note.MISSING_DELTA)
            read.read(DELTA_READERS, CHOICE_READERS)


def _without_delta(cells: Cells, n: int) -> frozenset[int]:
    """Which choices of a stream have neither a delta nor, in its place, a message."""
    deltas, messages = cells.get("delta", (None,) * n), cells.get("message", (None,) * n)
    return (
        frozenset(at for at in range(n) if deltas[at] is None and messages[at] is None)
        if None in deltas
        else frozenset()
    )


def _indices(
    cells: dict[str, tuple[Json, ...]], rows: Sequence[int], places: Sequence[int] | None, columns: Columns
) -> Sequence[int | None]:
    """The number of each choice; missing where it may have been cut off with the end of the file."""
    indices: Sequence[Json] = cells.get("index", (None,) * len(rows))
    if set(map(type, indices)) == {int} and min(indices) >= 0 and max(indices) < MAX_INDEX:
        return indices
    fixed: list[int | None] = []
    for at, (row, index) in enumerate(zip(rows, indices, strict=True)):
        if is_index(index):
            fixed.append(index)
            continue
        fixed.append(None if index is None and columns.is_damaged(row) else places[at] if places else 0)
        if index is not None:
            hint = f"read as choice {fixed[-1]}, its place in the chunk"
            columns.problem(row, "`index` of a choice has the wrong type", "a small integer", to_json_text(index), hint)
    return fixed


def _deltas(cells: Cells, n: int) -> tuple[Sequence[dict[str, Json]], dict[str, Sequence[Json]]]:
    """The delta of each choice, or the message of a whole answer, or an empty object; what is no object, wrapped.

    And what the choices say beside it.
    """
    beside: dict[str, Sequence[Json]] = {
        field: values
        for field, values in cells.items()
        if field not in _CHOICE_FIELDS and values.count(None) < len(values)
    }
    nothing = (None,) * n
    deltas: Sequence[Json] = cells.get("delta", nothing)
    messages: Sequence[Json] = cells.get("message", nothing)
    if set(map(type, deltas)) == {dict}:
        if any(messages):
            beside["message"] = messages
        return deltas, beside
    found = [message if delta is None else delta for delta, message in zip(deltas, messages, strict=True)]
    unread = [None if delta is None else message for delta, message in zip(deltas, messages, strict=True)]
    if any(unread):
        beside["message"] = unread
    wrapped = [delta if type(delta) is dict else {} if delta is None else {NOT_AN_OBJECT: delta} for delta in found]
    return wrapped, beside
