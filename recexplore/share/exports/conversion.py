"""Recordings as files of other recorders, one by one: written where nothing is lost, or where its loss is allowed.

Takes a `Selection` and what a format makes of a recording, gives the files; notes what is left out and why, what is lost,
what is filled in, in what credentials were masked, and where the answer says one. A format may offer several attempts; the
best one is taken: the first that loses nothing, else the one that loses least.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from recexplore.corpus import Recording
from recexplore.model.errors import SourceChanged
from recexplore.model.exchange import Exchange
from recexplore.share.exports.options import Options
from recexplore.share.exports.outcome import Note, Outcome
from recexplore.share.exports.read_back import Difference, Original
from recexplore.share.exports.selection import Selection
from recexplore.share.exports.shown_exchange import shown_exchange
from recexplore.share.exports.target import File
from recexplore.share.exports.unmasked import unmasked

__all__ = ["Attempts", "Converted", "conversions", "file_of", "numbered"]

_NO_PART_OF_A_NAME: Final = re.compile(r"[^\w.-]+", re.ASCII)
_MOST_IN_A_NAME: Final = 120

Attempts = Callable[[Recording, Exchange], Iterable[bytes]]
"""What a format makes of a recording and its exchange as it is shown: the files that it might be, the likeliest first; none
where it cannot be told."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A recording in the format, and the bytes of its file."""

    recording: Recording
    data: bytes


def conversions(
    selection: Selection,
    options: Options,
    outcome: Outcome,
    attempts: Attempts,
    suffix: str,
    matters: Callable[[str], bool] = lambda column: True,
) -> Iterator[Converted]:
    """The recordings that can be told in a format.

    Parameters
    ----------
    suffix
        What files of the format end with.
    matters
        Which columns have to be as they were; as `Original.difference` has it.
    """
    for recording in selection:
        try:
            shown = shown_exchange(recording)
            original = Original(selection, recording, shown)
            best = _best(original, attempts, f"recording{suffix}", matters)
        except (SourceChanged, RecursionError, TypeError, ValueError) as error:
            outcome.left_out.append(Note(recording.id, str(error)))
            continue
        if best is None:
            outcome.left_out.append(Note(recording.id, f"{outcome.format} cannot hold such an answer"))
            continue
        data, difference = best
        if difference.lost and not options.lossy:
            outcome.left_out.append(Note(recording.id, f"it would lose {', '.join(difference.lost)}"))
            continue
        if difference.lost:
            outcome.lost.append(Note(recording.id, ", ".join(difference.lost)))
        if difference.added:
            outcome.added.append(Note(recording.id, ", ".join(difference.added)))
        if shown.masked:
            outcome.masked.append(Note(recording.id, ", ".join(shown.masked)))
        if recording.corpus.credentials == "masked":
            said = unmasked({name: [table] for name, table in original.tables.items()})
            outcome.unmasked += [Note(recording.id, ", ".join(texts)) for texts in said.values()]
        yield Converted(recording, data)


def _best(
    original: Original, attempts: Attempts, name: str, matters: Callable[[str], bool]
) -> tuple[bytes, Difference] | None:
    best: tuple[bytes, Difference] | None = None
    for data in attempts(original.recording, original.exchange):
        difference = original.difference(data, name, matters)
        if best is None or len(difference.lost) < len(best[1].lost):
            best = data, difference
        if not difference.lost:
            break
    return best


def file_of(name: str, data: bytes) -> File:
    """A file of a folder, under a name that every system takes."""

    def write(out: BinaryIO) -> None:
        out.write(data)

    return File(name, write)


def numbered(files: Iterable[tuple[str, str, bytes]]) -> Iterator[File]:
    """Files of name, suffix and content; those that are called alike are numbered from the second on."""
    times = Counter[str]()
    for name, suffix, data in files:
        plain = _NO_PART_OF_A_NAME.sub("_", name).lstrip(".")[:_MOST_IN_A_NAME] or "recording"
        times[plain.lower()] += 1
        number = times[plain.lower()]
        yield file_of(f"{plain}{suffix}" if number == 1 else f"{plain}~{number}{suffix}", data)
