"""Two texts beside each other: what is alike, what differs, and where each was cut into chunks.

Takes an `Entry` and an answer of it, gives the texts in pieces, from which a page is made. Long stretches that are alike are
left out in their middle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from recexplore.comparison.comparison import Comparison
from recexplore.comparison.words import stretches
from recexplore.model.kinds import CHOICE_TEXTS
from recexplore.model.plain_values import plain
from recexplore.share.comparisons.answers import Answer
from recexplore.share.comparisons.outcome import Entry

__all__ = ["Piece", "TextPair", "text_pairs"]

_MOST_CHARS: Final = 20_000
_LONG: Final = 800
_KEPT: Final = 250

Mark: TypeAlias = Literal["alike", "differs", "left out"]
_Place: TypeAlias = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; ``begins_chunk``: whether a chunk was cut in front of it."""

    text: str
    mark: Mark
    begins_chunk: bool


@dataclass(frozen=True, slots=True)
class TextPair:
    """A text of the baseline and the answer's, in pieces.

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
    """Every text in which an answer differs from the baseline, in the text or in its cuts."""
    comparison = entry.comparison
    if comparison is None or entry.baseline in answer.runs:
        return
    one, other = (_texts(comparison, run) for run in (entry.baseline, answer.runs[0]))
    cuts = [_cuts(comparison, run) for run in (entry.baseline, answer.runs[0])]
    is_stream = all(comparison.runs["streaming"].fillna(True).iloc[[entry.baseline, answer.runs[0]]])
    for place in sorted({**one, **other}):
        texts = one.get(place, ""), other.get(place, "")
        own = [side.get(place, ()) for side in cuts]
        if texts[0] == texts[1] and (own[0] == own[1] or not is_stream):
            continue
        shown = texts[0][:_MOST_CHARS], texts[1][:_MOST_CHARS]
        sides = [_pieces(shown, which, own[which]) for which in (0, 1)]
        choice, kind, name = place
        yield TextPair(
            f"choice {choice}, {kind}{f' {name}' if name else ''}",
            tuple(sides[0]),
            tuple(sides[1]),
            texts[0] == texts[1],
            max(0, max(map(len, texts)) - _MOST_CHARS),
        )


def _texts(comparison: Comparison, run: int) -> dict[_Place, str]:
    texts: dict[_Place, str] = {}
    mine = comparison.choices[comparison.choices["run"] == run]
    for choice, *said in mine[["choice", *CHOICE_TEXTS]].itertuples(index=False):
        texts |= {
            (int(choice), kind, ""): text for kind, text in zip(CHOICE_TEXTS, map(plain, said), strict=True) if text
        }
    calls = comparison.frames.tool_calls
    rows = calls.loc[calls["run"] == run, ["choice", "name", "arguments"]]
    for number, (choice, name, arguments) in enumerate(rows.itertuples(index=False)):
        texts[int(choice), "tool call", str(number)] = f"{plain(name) or ''}({plain(arguments) or ''})"
    return texts


def _cuts(comparison: Comparison, run: int) -> dict[_Place, tuple[int, ...]]:
    """Where chunks begin in each text of choices, in characters."""
    events = comparison.frames.events
    mine = events[(events["run"] == run) & events["kind"].isin(CHOICE_TEXTS) & events["start"].notna()]
    cuts: dict[_Place, list[int]] = {}
    for choice, kind, start in mine[["choice", "kind", "start"]].itertuples(index=False):
        if plain(choice) is not None and start > 0:
            cuts.setdefault((int(choice), str(kind), ""), []).append(int(start))
    return {place: tuple(starts) for place, starts in cuts.items()}


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
            yield Piece(text[low:high], mark, begins_chunk=low in cuts)
