"""What the fragments of one tool call say together: names that come again or in pieces, calls that nobody numbered.

Takes the events of tool calls, notes what is odd about them and numbers what has no number of its own. A client that
joins names, as OpenAI's own does, calls ``search_docssearch_docs`` where one is sent twice. What a call is named in the end
is said where calls are assembled (`recexplore.tables.derived`).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TypeAlias

from recexplore.model.notes import Note, joined_notes
from recexplore.read.extract.emit import is_index
from recexplore.tables.builders import Columns, Rows

__all__ = ["note_fragments"]

_Answer: TypeAlias = tuple[int | None, int | None]


def note_fragments(columns: Columns, first_event: int) -> None:
    """Look at every fragment, of the events from ``first_event`` on, in the order of the wire."""
    events = columns.events
    if "tool_index" not in events.used:
        return
    rows, choices, indices = map(events.column, ("row", "choice", "tool_index"))
    fragments = sorted((rows[at], at) for at in range(first_event, events.n) if indices[at] is not None)
    answers: defaultdict[_Answer, _Calls] = defaultdict(lambda: _Calls(events))
    for row, at in fragments:
        answers[columns.owner(row), choices[at]].add(at)


class _Calls:
    """The calls of one answer: the fragment that begins each, by its number."""

    def __init__(self, events: Rows) -> None:
        self._ids, self._names = events.column("tool_call_id"), events.column("tool_name")
        self._notes, self._indices = events.column("notes"), events.column("tool_index")
        self._begins: dict[int, int] = {}
        self._latest: dict[int, int] = {}
        self._greatest = -1

    def add(self, at: int) -> None:
        """The next fragment. One that names another id begins another call where nobody numbered it, or where its arguments
        are whole: joined, the two would be no JSON."""
        number, notes = self._indices[at], self._notes[at].split(" ") if self._notes[at] else ()
        if not is_index(number):
            return
        if Note.MISSING_CALL_INDEX in notes:
            place = number
            number = self._latest.get(place, place)
            if self._is_another(at, number):
                number = self._next()
            self._latest[place] = self._indices[at] = number
        elif Note.ODD_ARGUMENTS in notes and self._is_another(at, number):
            self._note(at, Note.SHARED_CALL_INDEX)
            number = self._indices[at] = self._next()
        begin, self._greatest = self._begins.setdefault(number, at), max(self._greatest, number)
        own, first = self._names[at], self._names[begin]
        if begin != at and own is not None and first is not None and not self._is_another(at, number):
            self._note(at, Note.NAME_REPEATED if own == first else Note.NAME_PIECE)

    def _is_another(self, at: int, number: int) -> bool:
        """Whether a fragment has an id that is not that of the call with a number."""
        begin = self._begins.get(number)
        return begin is not None and self._ids[at] is not None and self._ids[begin] not in (None, self._ids[at])

    def _next(self) -> int:
        return 1 + self._greatest

    def _note(self, at: int, note: Note) -> None:
        self._notes[at] = joined_notes(self._notes[at], note)
