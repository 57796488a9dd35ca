"""Blocks that are opened as something, for every API that has them: their events, and deltas that do not belong there.

Takes the events of streams, gives for each recording what came where it does not belong.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, TypeAlias

import pandas as pd

from recexplore.model.kinds import PAYLOAD_KINDS, TEXT_KINDS
from recexplore.model.notes import Note, notes_in
from recexplore.model.span import Span
from recexplore.rules.quoting import ends_with, quoted
from recexplore.rules.streams import Streams, grouped
from recexplore.rules.stretches import stretch_of

__all__ = ["Misfits", "Step", "misfits", "steps_near"]

Step: TypeAlias = tuple[int, Any, int | None]
"""An event of a stream: its chunk, its name, and the number of the block that it is about."""

_OPENED: Final = {
    Note.IN_TEXT_BLOCK: "text",
    Note.IN_THINKING_BLOCK: "thinking",
    Note.IN_CALL_BLOCK: "a tool call",
    Note.IN_WHOLE_BLOCK: "something that is told at once",
}
_BROUGHT: Final = {"reasoning": "thinking", "tool_call": "arguments of a tool call"}


class Misfits(NamedTuple):
    """The deltas of one block that do not belong there: their chunks, what is wrong, the text they brought."""

    chunk: int
    last_chunk: int
    said: str
    evidence: str
    spans: tuple[Span, ...]


def misfits(streams: Streams) -> dict[int, list[Misfits]]:
    """By recording, the blocks that got deltas of another kind than they were opened as, in the order of the wire."""
    noted = pd.concat([streams.noted(note) for note in (*_OPENED, Note.UNOPENED_CALL)]).sort_index()
    found: dict[int, list[Misfits]] = {}
    for (_, block, notes), deltas in grouped(noted, ["key", "block", "notes"]):
        found.setdefault(int(deltas["of"].iloc[0]), []).append(_told(block, notes_in(notes), deltas))
    return found


def _told(block: Any, notes: frozenset[Note], deltas: pd.DataFrame) -> Misfits:
    first, last = int(deltas["chunk"].iloc[0]), int(deltas["chunk"].iloc[-1])
    opened = next((words for note, words in _OPENED.items() if note in notes), None)
    kind = str(deltas["kind"].iloc[0])
    brought = _BROUGHT.get(kind, "text" if kind in TEXT_KINDS else f"a {kind}")
    if deltas["kind"].iloc[0] == "annotation":
        brought = "a signature"
    if opened == brought:  # what stands between tags in a text is no thinking of the API's own
        brought = "text"
    said = (
        f"chunk {first} brings {brought} for block {block}, which was never opened as a tool call"
        if opened is None
        else f"block {block} was opened as {opened}, and chunk {first} brings {brought} for it"
    )
    spoken = deltas[deltas["kind"].isin(PAYLOAD_KINDS).to_numpy(dtype=bool)]
    text = "".join(deltas["text"].dropna())
    return Misfits(
        first,
        last,
        f"{said}, which a client drops or puts in the wrong place",
        f"block {block}{f' ({opened})' if opened else ''} gets {brought} {quoted(ends_with(text, 120))}",
        stretch_of(spoken).spans if len(spoken) else (),
    )


def steps_near(steps: list[Step], chunk: int) -> str:
    """The events around a chunk, as evidence."""
    near = [step for step in steps if chunk - 2 <= step[0] <= chunk + 1]
    return ", ".join(f"{at}: {kind}{'' if block is None else f' (block {block})'}" for at, kind, block in near)
