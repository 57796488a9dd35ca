"""A corpus as rules look at what is too large to be looked at at once: a part at a time.

Takes a `Corpus`, gives what rules see in its parts. Recordings that may be runs of one request (`peers_of`) are looked
at together, whatever part they are in, so that findings are those of the whole. Only where these are too many themselves it
is read first which of them are, as of a scan (`Partitioned`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar

import numpy as np
import pandas as pd

from recexplore.checks.partitioned import PartitionLook, compare, look_at
from recexplore.checks.request_identities import CorpusIdentities
from recexplore.checks.sibling_runs import peers_of
from recexplore.corpus import Corpus
from recexplore.corpus.neighbours import EVENTS_A_PART
from recexplore.rules import Look, Rule
from recexplore.rules.request_identity import RequestIdentity

__all__ = ["CorpusInParts"]

_FEWEST_RUNS: Final = 2
MOST_PEER_EVENTS: Final = 1 << 20
"""Recordings of one model, asked in one way, are looked at together as long as they have no more: it takes 1.5 GB."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Part:
    """Some recordings; their rows are let go with the corpus that is made of them."""

    whole: Corpus
    positions: Sequence[int]

    def corpus(self) -> Corpus:
        return self.whole.some(self.positions)


class CorpusInParts:
    """The recordings of a corpus, some at a time (`recexplore.checks.partitioned.Partitioned`).

    Parameters
    ----------
    corpus
        What is looked at.
    watched
        Gives what is worked on one by one, and may say how far that is.
    """

    # For every batch most row groups are read, where runs of one request are scattered over many folders.
    batch_bytes = 128 * 1024 * 1024

    def __init__(self, corpus: Corpus, watched: Callable[[Sequence[Any]], Iterable[Any]]) -> None:
        self._corpus = corpus
        self._watched = watched
        self.credentials = corpus.credentials
        self.where: str | list[str] = [*corpus.places]
        self.skipped_files = corpus.skipped_files
        self.partitions = [_Part(corpus, each) for each in corpus.ranges()]

    @property
    def paths(self) -> Sequence[str]:
        return [*self._positions]

    def each(self, function: Callable[[Any], T], arguments: Iterable[Any]) -> list[T]:
        return [function(each) for each in self._watched([*arguments])]

    def part(self, paths: Iterable[str]) -> _Part:
        return _Part(self._corpus, sorted(each for path in {*paths} for each in self._positions[path]))

    @cached_property
    def _positions(self) -> Mapping[str, Sequence[int]]:
        """The recordings of each file."""
        found: dict[str, list[int]] = {}
        for position, path in enumerate(self._corpus.column("recordings", "path")):
            found.setdefault(path, []).append(position)
        return found

    def looks(self, chosen: Sequence[Rule]) -> list[PartitionLook]:
        """What rules see in each part; runs are told of the peers that are too many."""
        ids = {self._corpus[each].id for peers in self._peers(chosen)[1] for each in peers}
        read = CorpusIdentities(self._corpus)

        def asked(recordings: Sequence[str]) -> Mapping[str, RequestIdentity]:
            return read([each for each in recordings if each in ids])

        return self.each(lambda part: look_at(part.corpus(), chosen, asked), self.partitions)

    def looks_at_peers(self, chosen: Sequence[Rule]) -> list[Look]:
        """What rules see that hold runs against one another, in peers that are not too many."""
        return self.each(lambda peers: compare(self._corpus.some(peers), chosen), self._peers(chosen)[0])

    def _peers(self, chosen: Sequence[Rule]) -> tuple[list[list[int]], list[list[int]]]:
        """The positions of recordings that have peers: those that are looked at together, and those that are too many."""
        if not any("other runs" in rule.needs for rule in chosen):
            return [], []
        return self._grouped

    @cached_property
    def _grouped(self) -> tuple[list[list[int]], list[list[int]]]:
        digests = pd.Series(peers_of(self._corpus))
        n_events = np.diff(self._corpus.bounds("events"))
        batches: list[list[int]] = []
        many: list[list[int]] = []
        n = EVENTS_A_PART
        for found in digests.groupby(digests, sort=False).indices.values():
            peers = [int(each) for each in found]
            own = int(n_events[peers].sum())
            if len(peers) < _FEWEST_RUNS:
                continue
            if own > MOST_PEER_EVENTS:
                many.append(peers)
                continue
            if n + own > EVENTS_A_PART:
                batches.append([])
                n = 0
            batches[-1] += peers
            n += own
        return [sorted(each) for each in batches], many
