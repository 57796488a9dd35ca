"""Texts as words: how alike two are, and where they part.

Takes texts, gives numbers and stretches. Alignment and similarity are RapidFuzz's (InDel distance: how many words have to be
taken out of the one and put into the other), which is compiled, linear in memory and used widely.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from typing import Final, NamedTuple

from rapidfuzz.distance import Indel

__all__ = ["Stretch", "as_symbols", "common_prefix_chars", "similarity", "stretches", "words_of"]

_WORD: Final = re.compile(r"\s*[^\W_]+|\s*[\W_]", re.UNICODE)
"""A word with the space before it, or one sign."""


_MOST_BY_CHANCE: Final = 20
"""Characters; so many and more are no accident, whatever differs around them."""


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
    known: dict[str, int] = {} if numbers is None else numbers
    return [[known.setdefault(word, len(known)) for word in words_of(text)] for text in texts]


def similarity(one: str, other: str) -> float:
    """How alike two texts are: twice the words of a longest common subsequence over the words of both; 1 for equal ones.

    Definition: 1 - InDel distance / (words of one + words of other); 1 where both are empty.
    """
    if one == other:
        return 1.0
    first, second = as_symbols([one, other])
    return float(Indel.normalized_similarity(first, second))


def common_prefix_chars(one: str, other: str) -> int:
    """How many characters two texts begin with alike; stretches are compared, not characters one by one."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def stretches(one: str, other: str) -> list[Stretch]:
    """Where two texts are equal word by word, and what stands in place of what: both texts, whole and in order.

    Words that are equal by chance, few between three times as many that differ before and behind them, are counted among those.
    """
    joined: list[Stretch] = []
    for each in _aligned(one, other):
        while len(joined) > 1 and not each.is_equal and _is_chance(joined[-2], joined[-1], each):
            joined.pop()
            before = joined.pop()
            each = Stretch(False, before.start, each.end, before.other_start, each.other_end)
        joined.append(each)
    return joined


def _is_chance(before: Stretch, equal: Stretch, behind: Stretch) -> bool:
    n = equal.end - equal.start
    return n <= _MOST_BY_CHANCE and 3 * n <= min(_length(before), _length(behind))


def _length(stretch: Stretch) -> int:
    return max(stretch.end - stretch.start, stretch.other_end - stretch.other_start)


def _aligned(one: str, other: str) -> Iterator[Stretch]:
    ends = [_ends(words_of(text)) for text in (one, other)]
    first, second = as_symbols([one, other])
    for is_equal, codes in groupby(Indel.opcodes(first, second), key=lambda code: code.tag == "equal"):
        begin, *_, last = [code for code in codes for _ in range(2)]
        own = ends[0][begin.src_start], ends[0][last.src_end]
        yield Stretch(is_equal, *own, ends[1][begin.dest_start], ends[1][last.dest_end])


def _ends(words: Sequence[str]) -> list[int]:
    """Where each word ends, in characters, and in front 0."""
    return [0, *accumulate(map(len, words))]
