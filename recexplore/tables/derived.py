"""Events, and what is assembled from them: choices and tool calls.

Takes the event table in wire order, gives it back with what follows from its rows (order within the choice, offsets into
the assembled texts), and the tables of choices and tool calls. Derived once for all dialects. Never looks at JSON, except
to say whether a tool call's arguments are valid.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from recexplore.model.kinds import CHOICE_TEXTS, COUNTED_KINDS, JOINED_KINDS, kind_code
from recexplore.model.schema import PHASES
from recexplore.tables.arrow import ORDINAL, Wire
from recexplore.tables.groups import Groups, join_texts, pick_one

__all__ = ["Events"]

_TOOL_CALL = kind_code("tool_call")
_PHASES = tuple(kind_code(phase) for phase in PHASES)
_JOINED = tuple(kind_code(kind) for kind in JOINED_KINDS)


class Events:
    """The event table in wire order, and what is assembled from it."""

    def __init__(self, table: pa.Table, places: np.ndarray, wire: Wire) -> None:
        self.table = table
        self.ordinal, self.chunk, self.t_s = wire.ordinal[places], wire.chunk[places], wire.t_s[places]
        self.choice = _filled(table["choice"], -1)
        self.kind = table["kind"].to_numpy().astype(np.int64)
        self.tool_index = self._numbered(_filled(table["tool_index"], -1))
        self.length = _filled(pc.utf8_length(table["text"]), 0)
        self._add_derived()

    def _numbered(self, given: np.ndarray) -> np.ndarray:
        """Numbers for the tool calls that their provider did not number: those of one block are one call, else each
        event is a call of its own; in the order they came, behind those that have a number."""
        rows = np.flatnonzero((self.kind == _TOOL_CALL) & (self.choice >= 0) & (given < 0))
        if not rows.size:
            return given
        block = _filled(self.table["block"], -1)[rows]
        alone = np.where(block < 0, rows, -1)
        calls = Groups(self.ordinal[rows], self.choice[rows], block, alone)
        first = rows[calls.order[calls.first]]
        # The place of each call among those of its choice, by its first event.
        by_place = np.lexsort((first, self.choice[first], self.ordinal[first]))
        place = np.empty_like(by_place)
        place[by_place] = Groups(self.ordinal[first][by_place], self.choice[first][by_place]).position
        taken: dict[tuple[int, int], int] = {}
        for at in np.flatnonzero(given >= 0):
            answer = (self.ordinal[at], self.choice[at])
            taken[answer] = max(taken.get(answer, 0), int(given[at]) + 1)
        behind = [taken.get(answer, 0) for answer in zip(self.ordinal[first], self.choice[first], strict=True)]
        numbered = given.copy()
        numbered[rows[calls.order]] = np.repeat(place + np.asarray(behind), calls.sizes)
        return numbered

    def _add_derived(self) -> None:
        start, end, has_offset = self._offsets()
        phase = np.full(self.kind.size, -1, dtype=np.int8)
        for code, kind in enumerate(_PHASES):
            phase[self.kind == kind] = code
        derived = {
            "seq": pa.array(Groups(self.ordinal, self.choice).position),
            "phase": pa.array(phase, mask=phase < 0),
            "start": pa.array(start, mask=~has_offset),
            "end": pa.array(end, mask=~has_offset),
        }
        for name, values in derived.items():
            self.table = self.table.append_column(name, values)
        at = self.table.column_names.index("tool_index")
        self.table = self.table.set_column(at, "tool_index", pa.array(self.tool_index, mask=self.tool_index < 0))

    def first_errors(self, n: int) -> pa.Array:
        """Text of the first error of each exchange."""
        rows = np.flatnonzero(self.kind == kind_code("error"))
        text = self.table["text"].combine_chunks()
        return pick_one(text, rows, self.ordinal[rows], np.ones(rows.size, dtype=bool), n, last=False)

    def _offsets(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where each event's text stands in the text it is assembled into."""
        has_offset = np.isin(self.kind, _JOINED) & (self.choice >= 0)
        rows = np.flatnonzero(has_offset)
        start = np.zeros(self.kind.size, dtype=np.int64)
        groups = Groups(self.ordinal[rows], self.choice[rows], self.kind[rows], self.tool_index[rows])
        lengths = self.length[rows][groups.order]
        before = np.cumsum(lengths) - lengths
        start[rows[groups.order]] = before - np.repeat(before[groups.first], groups.sizes)
        return start, start + self.length, has_offset

    def choices(self) -> pa.Table:
        """One row a choice."""
        rows = np.flatnonzero(self.choice >= 0)
        groups = Groups(self.ordinal[rows], self.choice[rows])
        rows = rows[groups.order]
        member = np.repeat(np.arange(groups.n), groups.sizes)
        kind, length = self.kind[rows], self.length[rows]
        text = self.table["text"].combine_chunks()
        cells: dict[str, Any] = {
            ORDINAL: pa.array(self.ordinal[rows[groups.first]]),
            "choice": pa.array(self.choice[rows[groups.first]]),
            "role": pick_one(text, rows, member, kind == kind_code("role"), groups.n, last=False),
            "finish_reason": pick_one(
                self.table["finish_reason"].combine_chunks(),
                rows,
                member,
                kind == kind_code("finish"),
                groups.n,
                last=True,
            ),
            "n_events": pa.array(groups.sizes),
            "first_chunk": pa.array(self.chunk[rows[groups.first]]),
            "last_chunk": pa.array(self.chunk[rows[groups.last]]),
            "t_first_s": pa.array(self.t_s[rows[groups.first]]),
            "t_last_s": pa.array(self.t_s[rows[groups.last]]),
        }
        for name in COUNTED_KINDS:
            of_kind = kind == kind_code(name)
            cells[f"{name}_chars"] = pa.array(
                np.bincount(member[of_kind], weights=length[of_kind], minlength=groups.n).astype(np.int64)
            )
            if name in CHOICE_TEXTS:
                cells[name] = join_texts(text, rows[of_kind], member[of_kind], groups.n)
        return pa.table(cells)

    def tool_calls(self, declared: pa.Array) -> pa.Table:
        """One row an assembled tool call; ``declared`` are the tools of each exchange, a JSON list of names."""
        rows = np.flatnonzero((self.kind == _TOOL_CALL) & (self.choice >= 0))
        groups = Groups(self.ordinal[rows], self.choice[rows], self.tool_index[rows])
        rows = rows[groups.order]
        member = np.repeat(np.arange(groups.n), groups.sizes)
        everyone = np.ones(rows.size, dtype=bool)
        arguments = join_texts(self.table["text"].combine_chunks(), rows, member, groups.n)

        def first(column: str) -> pa.Array:
            values = self.table[column].combine_chunks()
            given = everyone & values.take(pa.array(rows)).is_valid().to_numpy(zero_copy_only=False)
            return pick_one(values, rows, member, given, groups.n, last=False)

        return pa.table(
            {
                ORDINAL: pa.array(self.ordinal[rows[groups.first]]),
                "choice": pa.array(self.choice[rows[groups.first]]),
                "tool_index": pa.array(self.tool_index[rows[groups.first]]),
                "id": first("tool_call_id"),
                "name": self._names(first("tool_name"), first("tool_call_id"), rows, member, declared),
                "type": first("tool_type"),
                "arguments": arguments,
                "arguments_valid": pa.array([_is_json_object(text) for text in arguments.to_pylist()], pa.bool_()),
                "block": self.table["block"].combine_chunks().take(pa.array(rows[groups.first])),
                "n_events": pa.array(groups.sizes),
                "first_chunk": pa.array(self.chunk[rows[groups.first]]),
                "last_chunk": pa.array(self.chunk[rows[groups.last]]),
                "t_first_s": pa.array(self.t_s[rows[groups.first]]),
                "t_last_s": pa.array(self.t_s[rows[groups.last]]),
            }
        )

    def _names(
        self, names: pa.Array, ids: pa.Array, rows: np.ndarray, member: np.ndarray, declared: pa.Array
    ) -> pa.Array:
        """The name of each call, given the first that each was sent: where more came, under no other id, as a whole."""
        sent = self.table["tool_name"].combine_chunks().take(pa.array(rows))
        is_named = sent.is_valid().to_numpy(zero_copy_only=False)
        several = np.flatnonzero(np.bincount(member[is_named], minlength=len(names)) > 1)
        if not several.size:
            return names
        own_ids = self.table["tool_call_id"].combine_chunks()
        whole = names.to_pylist()
        for call in several.tolist():
            places = np.flatnonzero((member == call) & is_named)
            under = own_ids.take(pa.array(rows[places])).to_pylist()
            pieces = [
                piece
                for piece, own_id in zip(sent.take(pa.array(places)).to_pylist(), under, strict=True)
                if own_id is None or own_id == ids[call].as_py()
            ]
            tools = declared[int(self.ordinal[rows[places[0]]])].as_py()
            whole[call] = _whole_name(pieces, orjson.loads(tools) if tools else [])
        return pa.array(whole, names.type)


def _whole_name(pieces: list[str], declared: Sequence[str]) -> str:
    """The name that pieces make: a declared tool, joined or one of them; else once where they are equal, else joined."""
    joined, distinct = "".join(pieces), dict.fromkeys(pieces)
    if joined in declared:
        return joined
    whole = [piece for piece in distinct if piece in declared]
    if whole:
        return whole[0]
    return pieces[0] if len(distinct) == 1 else joined


def _filled(values: pa.ChunkedArray, missing: int) -> np.ndarray:
    return np.asarray(pc.fill_null(values, missing).to_numpy(), dtype=np.int64)


def _is_json_object(text: str) -> bool | None:
    if not text.strip():
        return None
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False
