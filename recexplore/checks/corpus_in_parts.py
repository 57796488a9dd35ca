"""A corpus whose rows are read when they are asked for, as rules look at what is too large to be looked at at once.

Takes a `Corpus`, gives its parts and the files of runs, as a scan does (`Partitioned`). Reads the files
that it was made of only for what makes requests the same, and only of recordings that another one may be a run of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from recexplore.checks.partitioned import PartitionLook, look_at
from recexplore.checks.request_identities import CorpusIdentities
from recexplore.corpus import Corpus
from recexplore.rules import Rule
from recexplore.rules.request_identity import RequestIdentities, RequestIdentity
from recexplore.rules.run_groups import peer_digests

__all__ = ["CorpusInParts"]

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
        """What rules see in each part."""
        asked = self._identities() if any("other runs" in rule.needs for rule in chosen) else None
        return self.each(lambda part: look_at(part.corpus(), chosen, asked), self.partitions)

    def _identities(self) -> RequestIdentities:
        """What makes requests the same, of recordings that have a peer; of all parts, for equal requests are read once."""
        parts = self._corpus.parts()
        digests = np.concatenate([peer_digests(part.recordings, part.requests) for part in parts])
        have_peers = pd.Series(digests, dtype="uint64").duplicated(keep=False).to_numpy()
        with_peers = {recording.id for recording, has_peers in zip(self._corpus, have_peers, strict=True) if has_peers}
        read = CorpusIdentities(self._corpus)

        def asked(ids: Sequence[str]) -> Mapping[str, RequestIdentity]:
            return read([each for each in ids if each in with_peers])

        return asked
