"""Which choice of one run is which of another: a provider may give the same answers in another order.

Takes the texts of a run's choices and of those of the run that it is compared with, gives pairs. Texts that are equal belong
together, then those that have most words in common; where that says nothing, the number does. `with_matched_choices` numbers
the choices of whole frames so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Final

import pandas as pd

from recexplore.comparison.run_frames import RunFrames
from recexplore.comparison.words import similarity
from recexplore.model.kinds import CHOICE_TEXTS
from recexplore.model.plain_values import plain

__all__ = ["matched_choices", "with_matched_choices"]

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


def with_matched_choices(frames: RunFrames, groups: Sequence[range], references: Sequence[int]) -> RunFrames:
    """The frames, choices numbered as in their group's reference, and by their run in ``own_choice``."""
    texts = _texts_of_choices(frames)
    matched: dict[tuple[int, int], int] = {}
    for group, reference in zip(groups, references, strict=True):
        theirs = texts.get(reference, {})
        for run in group:
            pairs = matched_choices(texts.get(run, {}), theirs)
            matched.update({(run, own): number for own, number in pairs.items() if own != number})
    return replace(
        frames,
        **{name: _renumbered(getattr(frames, name), matched) for name in ("events", "choices", "tool_calls")},
    )


def _texts_of_choices(frames: RunFrames) -> dict[int, dict[int, str]]:
    """All that each choice says, its calls too, by run and number."""
    calls: dict[tuple[int, int], list[str]] = {}
    for run, choice, name, arguments in frames.tool_calls[["run", "choice", "name", "arguments"]].itertuples(
        index=False
    ):
        calls.setdefault((run, choice), []).append(f"{plain(name)} {plain(arguments)}")
    texts: dict[int, dict[int, str]] = {}
    for run, choice, *own in frames.choices[["run", "choice", *CHOICE_TEXTS]].itertuples(index=False):
        parts = [*(plain(each) or "" for each in own), *calls.get((run, choice), ())]
        texts.setdefault(run, {})[choice] = "\n".join(parts)
    return texts


def _renumbered(frame: pd.DataFrame, matched: Mapping[tuple[int, int], int]) -> pd.DataFrame:
    own = frame["choice"]
    if not matched:
        return frame.assign(own_choice=own)
    numbers = pd.Series(matched, dtype="Int64")
    asked = pd.MultiIndex.from_arrays([frame["run"], own.astype("Int64").fillna(-1)])
    changed = numbers.reindex(asked).reset_index(drop=True)
    return frame.assign(own_choice=own, choice=changed.fillna(own.astype("Int64"))).astype({"choice": own.dtype})
