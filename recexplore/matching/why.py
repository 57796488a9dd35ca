"""Why a recording was not found: the answer to a request and a corpus.

Takes a request in any shape and a corpus, gives a `Why`. Never raises for what a request holds; what it cannot tell (a
hash without a URL, a nesting too deep) it says.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

import pandas as pd

from recexplore.corpus import Corpus, Recording
from recexplore.matching.difference import differences
from recexplore.matching.generations import CURRENT
from recexplore.matching.nearest import Entry, Index, index_of
from recexplore.matching.ogx_hash import fitting, hashes
from recexplore.matching.reason import Near, answer_of, is_alike, is_looked_at, notes_of
from recexplore.matching.request import Asked, Request, request_of

__all__ = ["Why", "why"]

_COLUMNS: Final = ("rank", "recording", "path", "likeness", "part", "kind", "matters", "at", "recorded", "asked")
_MOST: Final = 3
_FAR: Final = 0.5
"""Of the best's likeness: what is less alike says nothing beside it."""


@dataclass(frozen=True, slots=True, repr=False)
class Why:
    """What became of a request.

    Attributes
    ----------
    request
        The request as it was understood.
    hashes
        Its hash in every generation of the recorder, newest first; none where it cannot be told.
    found, path
        The recording with that hash in its name, and its file; None where there is none.
    generation
        By which generation's hash it was found: the first of ``hashes`` where today's recorder finds it too.
    nearest
        The nearest recordings, best first; none where one was found.
    reason
        The answer in a plain sentence, in which recordings are called by their ids.
    notes
        What else may keep the recorder from it.
    advice
        What to do, in a sentence; empty where nothing is to be done.
    """

    request: Request
    hashes: dict[str, str]
    found: Recording | None
    path: str | None
    generation: str | None
    nearest: tuple[Near, ...]
    reason: str
    notes: tuple[str, ...] = ()
    advice: str = ""

    @property
    def is_found(self) -> bool:
        """Whether today's recorder finds a recording."""
        return self.generation == CURRENT.name

    @property
    def differences(self) -> pd.DataFrame:
        """One row a difference of each of the nearest recordings: ``rank``, ``recording``, ``path`` (the file),
        ``likeness``, ``part`` (where in the request), ``kind``, ``matters``, ``at``, ``recorded``, ``asked``."""
        rows = [
            {"rank": rank, "recording": near.recording.id, "path": near.path, "likeness": near.likeness}
            | {("part" if name == "path" else name): value for name, value in asdict(each).items()}
            | {"matters": each.matters}
            for rank, near in enumerate(self.nearest, 1)
            for each in near.differences
        ]
        return pd.DataFrame(rows, columns=list(_COLUMNS), dtype=object).astype({"rank": "int64", "matters": bool})

    def __repr__(self) -> str:
        lines = [f"Why: {self.reason}", *self.notes]
        if self.hashes:
            lines.append(f"hash today: {next(iter(self.hashes.values()))}")
        if self.path:
            lines.append(f"file: {self.path}")
        for near in self.nearest:
            lines.append(f"{near.place or near.path} ({near.likeness:.0%} alike)")
            lines.extend(f"  {each}" for each in near.differences)
        if self.advice:
            lines.append(f"what to do: {self.advice}")
        return "\n".join(lines)


def why(request: Asked, corpus: Corpus, *, nearest: int | None = None) -> Why:
    """Why the recorder of llama-stack (now OGX) finds no recording for a request, or that it does.

    Parameters
    ----------
    request
        A `Recording`; the path of a JSON file with a request, such as a recording of llama-stack; or a dict: what the
        recorder writes as ``request`` (``method``, ``url``, ``body``, …), with ``test_id`` in or beside it, or just a body.
    corpus
        Where to look.
    nearest
        How many near recordings to compare, however far they are. None: up to three, none that is far less alike than the
        best, and none at all where nothing is like it.

    Returns
    -------
    Why
        Its ``reason`` is the answer in a sentence.

    Raises
    ------
    NotLoadable
        The request is not JSON, or no request.

    Examples
    --------
    >>> import recexplore as rx
    >>> from recexplore.matching import why
    >>> corpus = rx.load("recordings/llama-stack", progress=False)
    >>> asked = {"url": "https://api.openai.com/v1/v1/chat/completions", "body": {"model": "gpt-4o", "messages": []}}
    >>> why(asked, corpus, nearest=1).is_found
    False
    """
    asked, index = request_of(request), index_of(corpus)
    told = hashes(asked)
    generation, named = _by_name(index, told)
    found = min(named, key=lambda each: not is_looked_at(each.path, asked.test_id), default=None)
    near = () if found or asked.is_too_deep else _compared(asked, corpus, index, _MOST if nearest is None else nearest)
    answer = answer_of(asked, told, (generation, found) if generation and found else None, near, index)
    return Why(
        asked,
        told,
        corpus[found.position] if found else None,
        found.path if found else None,
        generation,
        _worth_showing(near) if nearest is None else near,
        answer.reason,
        notes_of(asked, found.path if found else None, len(named)),
        answer.advice,
    )


def _by_name(index: Index, told: dict[str, str]) -> tuple[str | None, list[Entry]]:
    """The newest generation by whose hash recordings are named, and those recordings."""
    for generation, digits in told.items():
        if named := index.named(digits):
            return generation, named
    return None, []


def _compared(asked: Request, corpus: Corpus, index: Index, n: int) -> tuple[Near, ...]:
    """The nearest recordings and in what they differ."""
    found = []
    for likeness, entry in index.nearest(asked, n):
        if entry.request is not None:
            parts = tuple(differences(entry.request, asked))
            fit = fitting(entry.request, entry.digits) if entry.digits else None
            found.append(Near(corpus[entry.position], entry.path, likeness, parts, fit, entry.place, entry.is_named))
    return tuple(found)


def _worth_showing(near: tuple[Near, ...]) -> tuple[Near, ...]:
    """Those of this very request; else those that are like it, and not far less than the best."""
    if same := tuple(each for each in near if not each.mattering):
        return same
    return tuple(each for each in near if is_alike(each) and each.likeness >= _FAR * near[0].likeness)
