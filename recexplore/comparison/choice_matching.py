"""Which choice of one run is which of another: a provider may give the same answers in another order.

Takes the texts of a run's choices and of those of the run that it is compared with, gives pairs. Texts that are equal belong
together, then those that have most words in common; where that says nothing, the number does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import Final

from recexplore.comparison.words import similarity

__all__ = ["matched_choices"]

_MOST_TRIED: Final = 6
"""Choices of which all orders are tried (720); of more the best pair is taken first, then the best of the rest."""


def matched_choices(texts: Mapping[int, str], reference: Mapping[int, str]) -> dict[int, int]:
    """For each choice of a run the choice of the reference that it is.

    Parameters
    ----------
    texts, reference
        The whole text of each choice, by its number.

    Returns
    -------
    dict
        By the run's number the reference's. A run's choice that the reference has no partner for keeps its own number where
        that is free, else gets the first that is.
    """
    own, theirs = sorted(texts), sorted(reference)
    if own == theirs and (len(own) < 2 or all(texts[each] == reference[each] for each in own)):
        return {each: each for each in own}
    scores = {(one, other): _score(texts[one], reference[other]) for one in own for other in theirs}
    pairs = _best(own, theirs, scores)
    free = (number for number in range(len(own) + len(theirs) + 1) if number not in reference)
    for each in own:
        if each not in pairs:
            pairs[each] = each if each not in (*reference, *pairs.values()) else next(free)
    return pairs


def _score(one: str, other: str) -> float:
    return 2.0 if one == other else similarity(one, other)


def _best(own: Sequence[int], theirs: Sequence[int], scores: Mapping[tuple[int, int], float]) -> dict[int, int]:
    """The pairs whose scores are greatest in sum; of equal sums the one that keeps most numbers."""

    def worth(pairs: list[tuple[int, int]]) -> tuple[float, int]:
        return round(sum(scores[pair] for pair in pairs), 9), sum(one == other for one, other in pairs)

    if max(len(own), len(theirs)) <= _MOST_TRIED:
        orders: Iterator[list[tuple[int, int]]]
        if len(own) <= len(theirs):
            orders = (list(zip(own, order, strict=True)) for order in permutations(theirs, len(own)))
        else:
            orders = (list(zip(order, theirs, strict=True)) for order in permutations(own, len(theirs)))
        best: list[tuple[int, int]] = max(orders, key=worth)
        return dict(best)
    pairs: dict[int, int] = {}
    ranked = sorted(scores, key=lambda pair: (-round(scores[pair], 9), pair[0] != pair[1], pair))
    for one, other in ranked:
        if one not in pairs and other not in pairs.values():
            pairs[one] = other
    return pairs
