"""Which answers say a credential: what is shown of a recording is masked, but for the texts of its answer.

Takes tables, gives the texts of each recording in which something looks like a credential, by what `recexplore redact`
masks; and the sentence that says so. A text is looked at as a whole, however chunks cut it. Never says what it is.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import pyarrow as pa

from recexplore.model.counts import count
from recexplore.model.kinds import CHOICE_TEXTS
from recexplore.model.written_keys import without_keys
from recexplore.read.dataset.layout import ABOUT
from recexplore.share.exports.outcome import Note, Outcome
from recexplore.share.exports.selection import Selection
from recexplore.views.text.safe_text import one_line

__all__ = [
    "CredentialsInAnswers",
    "note_unmasked",
    "note_unmasked_frames",
    "unmasked",
    "unmasked_sentence",
]

_TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "choices": CHOICE_TEXTS,
    "tool_calls": ("arguments",),
}
_HOLD_TEXTS: Final = frozenset({*_TEXTS, "events"})
_MOST_NAMED: Final = 3


class CredentialsInAnswers(UserWarning):
    """The answers of recordings that were written say what looks like a credential."""


def unmasked(tables: Mapping[str, Iterable[pa.Table]]) -> dict[str, tuple[str, ...]]:
    """The names of the texts that say a credential, by recording.

    Parameters
    ----------
    tables
        Those of ``choices`` and of ``tool_calls``, in pieces.
    """
    found: dict[str, dict[str, None]] = {}
    for frame, columns in _TEXTS.items():
        for table in tables[frame]:
            for column in columns:
                cells = zip(table["recording"].to_pylist(), table[column].to_pylist(), strict=True)
                for recording, text in cells:
                    if text and without_keys(text)[1]:
                        found.setdefault(recording, {})[f"{frame}.{column}"] = None
    return {recording: tuple(names) for recording, names in found.items()}


def note_unmasked(selection: Selection, outcome: Outcome, written: Collection[str] | None = None) -> None:
    """Note in the outcome what answers say of credentials.

    Parameters
    ----------
    written
        The ids of the recordings whose texts are written; all if None.
    """
    if selection.corpus.credentials == "shown":
        return  # as somebody asked for
    found = unmasked({name: selection.pieces(name) for name in _TEXTS})
    outcome.unmasked += [
        Note(name, ", ".join(texts)) for name, texts in found.items() if written is None or name in written
    ]


def note_unmasked_frames(selection: Selection, names: Iterable[str], outcome: Outcome) -> None:
    """The same, where one of these frames holds texts of answers."""
    if not _HOLD_TEXTS.isdisjoint(names):
        note_unmasked(selection, outcome)


def unmasked_sentence(places: Sequence[str], recordings: Sequence[str]) -> str:
    """What is to be said of recordings whose answers say a credential, and the command that writes them without.

    Parameters
    ----------
    places
        Those that were loaded.
    recordings
        Their ids.
    """
    n, few = len(recordings), ", ".join(recordings[:_MOST_NAMED])
    who = f"{count(n, 'recording')} ({few}{' …' if n > _MOST_NAMED else ''})"
    where = " ".join(map(shlex.quote, places)) if all(map(_holds_recordings, places)) else "PATH"
    return one_line(
        f"something that looks like a credential is said in {'the answer' if n == 1 else 'answers'} of {who}, and answers "
        f"are written as recorded: `recexplore redact {where} -o FOLDER --texts kept` masks it in a copy"
    )


def _holds_recordings(place: str) -> bool:
    """Whether it is there and no dataset, which holds frames and no recordings."""
    return os.path.lexists(place) and not os.path.isfile(os.path.join(place, ABOUT))
