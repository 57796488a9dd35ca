"""Texts as words: how alike two are, and where they part.

Takes texts, gives numbers and stretches. Alignment and similarity are RapidFuzz's (InDel distance: how many words have to be
taken out of the one and put into the other), which is compiled, linear in memory and used widely.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, groupby, pairwise
from typing import Final, NamedTuple, TypeAlias

from rapidfuzz.distance import Indel

__all__ = ["Stretch", "as_symbols", "similarity", "stretches", "words_of"]

_WORD: Final = re.compile(r"\s*[^\W_]+|\s*[\W_]", re.UNICODE)
"""A word with the space before it, or one sign."""


_MOST_BY_CHANCE: Final = 20
"""Characters; so many and more are no accident, whatever differs around them."""


_MOST_CELLS: Final = 400_000_000
"""Of the bit matrix in which RapidFuzz aligns: 50 MB."""


_MOST_STEPS: Final = 4_000_000_000
"""Pairs of words that are compared for a similarity, 64 at a time: some tenths of a second."""


class Stretch(NamedTuple):
    """Stretches of two texts, in characters, that stand at the same place: equal, or one in place of the other."""

    is_equal: bool
    start: int
    end: int
    other_start: int
    other_end: int


def words_of(text: str) -> list[str]:
    """The words of a text; joined they are the text."""
    return _WORD.findall(text)


def as_symbols(texts: Sequence[str], numbers: dict[str, int] | None = None) -> list[list[int]]:
    """Each text as the numbers of its words, equal words by equal numbers."""
    return _symbols([words_of(text) for text in texts], numbers)


def _symbols(texts: Sequence[Sequence[str]], numbers: dict[str, int] | None = None) -> list[list[int]]:
    known: dict[str, int] = {} if numbers is None else numbers
    return [[known.setdefault(part, len(known)) for part in parts] for parts in texts]


def similarity(one: str, other: str) -> float:
    """How alike two texts are: twice the words of a longest common subsequence over the words of both; 1 for equal ones.

    Definition: 1 - InDel distance / (words of one + words of other); 1 where both are empty. Of very long texts lines are
    counted instead of words, and of those with very many lines what both begin and end with.
    """
    if one == other:
        return 1.0
    for parts_of in (words_of, _lines_of):
        parts = parts_of(one), parts_of(other)
        if len(parts[0]) * len(parts[1]) <= _MOST_STEPS:
            first, second = _symbols(parts)
            return float(Indel.normalized_similarity(first, second))
    return 2 * sum(_common_affixes(*parts)) / (len(parts[0]) + len(parts[1]))


def stretches(one: str, other: str) -> list[Stretch]:
    """Where two texts are equal word by word, and what stands in place of what: both texts, whole and in order.

    Words that are equal by chance, few between three times as many that differ before and behind them, count among those.
    Texts of which so much differs that words cannot be aligned in memory are aligned by lines, and words within these.
    """
    joined: list[Stretch] = []
    for each in _aligned(one, other, (words_of, _lines_of)):
        if joined and joined[-1].is_equal == each.is_equal:
            each = _joined(joined.pop(), each)
        while len(joined) > 1 and not each.is_equal and _is_chance(joined[-2], joined[-1], each):
            joined.pop()
            each = _joined(joined.pop(), each)
        joined.append(each)
    return joined


def _joined(before: Stretch, each: Stretch) -> Stretch:
    return each._replace(start=before.start, other_start=before.other_start)


def _is_chance(before: Stretch, equal: Stretch, behind: Stretch) -> bool:
    n = equal.end - equal.start
    return n <= _MOST_BY_CHANCE and 3 * n <= min(_length(before), _length(behind))


def _length(stretch: Stretch) -> int:
    return max(stretch.end - stretch.start, stretch.other_end - stretch.other_start)


_Parts: TypeAlias = Callable[[str], list[str]]


def _lines_of(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _aligned(one: str, other: str, ways: Sequence[_Parts]) -> Iterator[Stretch]:
    """Aligned by parts of the first kind that are few enough, finer ones within those that differ."""
    for number, parts_of in enumerate(ways):
        parts = parts_of(one), parts_of(other)
        start, end = _common_affixes(*parts)
        if (len(parts[0]) - start - end) * (len(parts[1]) - start - end) <= _MOST_CELLS:
            yield from _within(one, other, _aligned_parts(*parts), ways[:number])
            return
    # The coarsest parts are too many, too: what is between the common beginning and end is one difference.
    ends = _ends(parts[0]), _ends(parts[1])
    n = len(parts[0]), len(parts[1])
    bounds = [(0, 0), (start, start), (n[0] - end, n[1] - end), n]
    for is_equal, (low, high) in zip((True, False, True), pairwise(bounds), strict=True):
        if low != high:
            yield Stretch(is_equal, ends[0][low[0]], ends[0][high[0]], ends[1][low[1]], ends[1][high[1]])


def _within(one: str, other: str, found: Iterable[Stretch], ways: Sequence[_Parts]) -> Iterator[Stretch]:
    for each in found:
        if each.is_equal or not ways:
            yield each
            continue
        for inner in _aligned(one[each.start : each.end], other[each.other_start : each.other_end], ways):
            own, theirs = each.start, each.other_start
            yield Stretch(
                inner.is_equal,
                *(inner.start + own, inner.end + own, inner.other_start + theirs, inner.other_end + theirs),
            )


def _aligned_parts(one: Sequence[str], other: Sequence[str]) -> Iterator[Stretch]:
    ends = _ends(one), _ends(other)
    first, second = _symbols([one, other])
    for is_equal, codes in groupby(Indel.opcodes(first, second), key=lambda code: code.tag == "equal"):
        begin, *_, last = [code for code in codes for _ in range(2)]
        own = ends[0][begin.src_start], ends[0][last.src_end]
        yield Stretch(is_equal, *own, ends[1][begin.dest_start], ends[1][last.dest_end])


def _common_affixes(one: Sequence[str], other: Sequence[str]) -> tuple[int, int]:
    """How many parts both begin with, and end with, alike."""
    most = min(len(one), len(other))
    start = next((place for place in range(most) if one[place] != other[place]), most)
    end = next((place for place in range(most - start) if one[-1 - place] != other[-1 - place]), most - start)
    return start, end


def _ends(parts: Sequence[str]) -> list[int]:
    """Where each part ends, in characters, and in front 0."""
    return [0, *accumulate(map(len, parts))]
