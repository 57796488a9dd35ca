"""Which runs are meant, and their comparison: made when first asked for, the last few are kept.

Takes ids of recordings, gives a `Comparison`. One recording alone stands for all runs of its request.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from recexplore.comparison.comparison import Comparison, compare, compare_each
from recexplore.comparison.runs import runs
from recexplore.corpus import Corpus
from recexplore.matching.nearest import places_of
from recexplore.matching.run_order import run_order
from recexplore.views.explorer.comparing.texts import TextPlaceView, text_places
from recexplore.views.find.request_groups import RequestGroups

__all__ = ["Compared", "Comparisons"]

_MOST_KEPT: Final = 4
_SECONDS_A_SLICE: Final = 0.05


class Compared(NamedTuple):
    """A comparison and the texts it has, what its key leaves out of the requests, and whether the runs are of one at all."""

    comparison: Comparison
    places: list[TextPlaceView]
    left_out: tuple[str, ...]
    is_one_request: bool


class Comparisons:
    """Comparisons of recordings of one corpus.

    Attributes
    ----------
    groups
        Which recordings are runs of one request.
    """

    def __init__(self, corpus: Corpus, groups: RequestGroups) -> None:
        self.corpus, self.groups = corpus, groups
        self._made = lru_cache(_MOST_KEPT)(self._make)
        self._expected: dict[tuple[str, ...], Comparison] = {}

    def of(self, recordings: Sequence[str]) -> Compared:
        """The comparison of these recordings; of one, of all runs of its request.

        Raises
        ------
        RecordingNotFound
            One is not in the corpus.
        ValueError
            There are fewer than two runs.
        """
        return self._made(tuple(recordings))

    def expect(self, groups: Iterable[Sequence[str]]) -> None:
        """These recordings, two and more in each group, will be asked about: they are compared in one pass."""
        keys = [tuple(each) for each in groups]
        made = compare_each([[self.corpus[id_] for id_ in key] for key in keys])
        self._expected = dict(zip(keys, made, strict=True))

    def group(self, is_asked: bool) -> tuple[int, int]:
        """Go on finding out which recordings are runs of one request, for a moment.

        Returns
        -------
        tuple of int
            How many recordings are done, and of how many; where that takes long, nobody ``is_asked`` for begins it.
        """
        if is_asked or not self.groups.is_large:
            self.groups.read_on(_SECONDS_A_SLICE)
        return self.groups.n_read, len(self.corpus)

    def n_runs(self, recording: str) -> int | None:
        """How many runs the request of a recording has; None until that is known."""
        return int(self.groups.n_runs[self.corpus[recording].position]) if self.groups.is_known else None

    def _make(self, recordings: tuple[str, ...]) -> Compared:
        chosen = [self.corpus[each] for each in recordings]
        if len(chosen) > 1:
            # Only these are looked at: to group all there are may take long.
            grouped = runs(chosen)
            left_out = sorted({each for group in grouped for each in group.left_out})
            is_one_request = len(grouped) == 1 and len(grouped[0]) == len(chosen)
            comparison = self._expected.get(recordings) or compare(chosen)
            return Compared(comparison, text_places(comparison), tuple(left_out), is_one_request)
        position = chosen[0].position
        positions = np.flatnonzero(self.groups.runs_of(np.array([position])))
        if len(positions) < 2:
            raise ValueError(f"{recordings[0]} is the only run of its request: there is nothing to compare it with")
        places = places_of(self.corpus)
        in_order = sorted(positions.tolist(), key=lambda each: run_order(places[each]))
        comparison = compare([self.corpus[each] for each in in_order])
        return Compared(comparison, text_places(comparison), self.groups.left_out(position), True)
