"""What the fragments of one tool call say together: names that come again or in pieces, a number that two calls share.

Takes the events of tool calls, notes what is odd about them. A client that joins names, as OpenAI's own does, calls
``search_docssearch_docs`` where one is sent twice. What a call is named in the end is said where calls are assembled
(`recexplore.tables.derived`).
"""

from __future__ import annotations

from recexplore.model.notes import Note, joined_notes
from recexplore.read.extract.emit import is_index
from recexplore.tables.builders import Columns

__all__ = ["note_fragments"]


def note_fragments(columns: Columns, first_event: int) -> None:
    """Look at every fragment, of the events from ``first_event`` on, that names a call which has a name already.

    One that comes with another id begins another call. Where its arguments are whole, it gets a number of its own: joined,
    the two would be no JSON.
    """
    events = columns.events
    if "tool_name" not in events.used:
        return
    names, notes, indices = map(events.column, ("tool_name", "notes", "tool_index"))
    rows, choices, ids = map(events.column, ("row", "choice", "tool_call_id"))
    named = sorted((rows[at], at) for at in range(first_event, events.n) if names[at] is not None)
    begins: dict[tuple[int | None, int | None, int], int] = {}
    for row, at in named:
        answer = columns.owner(row), choices[at]
        begin = begins.setdefault((*answer, indices[at]), at)
        if begin == at:
            continue
        if ids[at] in (None, ids[begin]):
            notes[at] = joined_notes(notes[at], Note.NAME_REPEATED if names[at] == names[begin] else Note.NAME_PIECE)
        elif Note.ODD_ARGUMENTS in (notes[at] or "").split(" ") and is_index(indices[at]):
            notes[at] = joined_notes(notes[at], Note.SHARED_CALL_INDEX)
            indices[at] = 1 + max(number for *others, number in begins if tuple(others) == answer)
            begins[*answer, indices[at]] = at
