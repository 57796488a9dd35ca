"""Two texts beside each other: what is alike, what differs, and where each was cut into chunks.

Takes an `Entry` and an answer of it, gives the texts in pieces, from which a page is made. Long stretches that are alike are
left out in their middle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from recexplore.comparison.answer_texts import NO_PIECES
from recexplore.comparison.words import stretches
from recexplore.share.comparisons.answers import Answer, place_in_words
from recexplore.share.comparisons.entry import Entry

__all__ = ["Piece", "TextPair", "text_pairs"]

_MOST_CHARS: Final = 20_000
_LONG: Final = 800
_KEPT: Final = 250

Mark: TypeAlias = Literal["alike", "differs", "left out"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; ``begins_chunk``: whether a chunk was cut in front of it."""

    text: str
    mark: Mark
    begins_chunk: bool


@dataclass(frozen=True, slots=True)
class TextPair:
    """A text of the reference and the answer's, in pieces.

    Attributes
    ----------
    place
        Which text it is.
    base, other
        Its pieces; none where there is no such text.
    is_same_text
        Whether only its cuts differ.
    n_left_out
        Characters of the longer text that have no room.
    """

    place: str
    base: tuple[Piece, ...]
    other: tuple[Piece, ...]
    is_same_text: bool
    n_left_out: int


def text_pairs(entry: Entry, answer: Answer) -> Iterator[TextPair]:
    """Every text in which an answer differs from the reference, in the text or in its cuts."""
    comparison = entry.comparison
    if comparison is None or entry.reference in answer.runs:
        return
    runs = entry.reference, answer.runs[0]
    is_stream = all(comparison.runs["streaming"].fillna(True).iloc[list(runs)])
    for place, every in entry.texts.items():
        texts = every[runs[0]], every[runs[1]]
        pieces = entry.pieces.get(place, {})
        cuts = [pieces.get(run, NO_PIECES).starts.tolist() if is_stream else [] for run in runs]
        if texts[0] == texts[1] and cuts[0] == cuts[1]:
            continue
        shown = texts[0][:_MOST_CHARS], texts[1][:_MOST_CHARS]
        yield TextPair(
            place_in_words(*place),
            tuple(_pieces(shown, 0, cuts[0])),
            tuple(_pieces(shown, 1, cuts[1])),
            texts[0] == texts[1],
            max(0, max(map(len, texts)) - _MOST_CHARS),
        )


def _pieces(texts: tuple[str, str], which: int, cuts: Sequence[int]) -> Iterator[Piece]:
    text = texts[which]
    starts = set(cuts)
    for stretch in stretches(*texts):
        start, end = (stretch.start, stretch.end) if which == 0 else (stretch.other_start, stretch.other_end)
        if not stretch.is_equal:
            yield from _split(text, start, end, starts, "differs")
        elif end - start <= _LONG:
            yield from _split(text, start, end, starts, "alike")
        else:
            yield from _split(text, start, start + _KEPT, starts, "alike")
            yield Piece(f"{end - start - 2 * _KEPT:,} characters alike", "left out", begins_chunk=False)
            yield from _split(text, end - _KEPT, end, starts, "alike")


def _split(text: str, start: int, end: int, cuts: set[int], mark: Mark) -> Iterator[Piece]:
    places = [start, *(each for each in sorted(cuts) if start < each < end), end]
    for low, high in pairwise(places):
        if low < high:
            yield Piece(text[low:high], mark, begins_chunk=low in cuts and low > 0)
