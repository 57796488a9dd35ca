"""What rules about several runs say of one recording of a corpus: the same as in the findings of the corpus.

Takes such a rule and a recording, gives the rule as it is asked of that recording alone. It looks at the recordings that may
be runs of one request with it, and what it says of them is kept for as long as the corpus is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from weakref import WeakKeyDictionary

import numpy as np

from recexplore.checks.request_identities import CorpusIdentities
from recexplore.corpus import Corpus, Recording
from recexplore.model.schema import FRAMES
from recexplore.rules import Hit, Rule, Streams
from recexplore.rules.run_groups import peers_of

__all__ = ["beside_its_siblings"]


class _Siblings:
    """The recordings of a corpus in groups of those that may be runs of one request, and what rules say of them."""

    def __init__(self, corpus: Corpus) -> None:
        self._identities = CorpusIdentities(corpus)
        self._ids = corpus.recordings["recording"].to_numpy(dtype=object)
        self._peers = peers_of(corpus.recordings, corpus.requests)
        self._hits: dict[tuple[int, str], dict[str, list[Hit]]] = {}
        self._last: tuple[int, Streams] | None = None

    def hits(self, rule: Rule, recording: Recording) -> list[Hit]:
        """What a rule says of a recording beside its siblings."""
        peers = int(self._peers[self._ids == recording.id][0])
        mine = self._peers == peers
        if np.count_nonzero(mine) == 1:
            return []
        if (peers, rule.id) not in self._hits:
            # Several rules are asked of one recording, one behind the other.
            if self._last is None or self._last[0] != peers:
                self._last = peers, self._streams(recording.corpus, mine)
            streams = self._last[1]
            by: dict[str, list[Hit]] = {}
            for hit in rule.find(streams):
                by.setdefault(streams.ids[hit.of], []).append(hit)
            self._hits[peers, rule.id] = by
        return self._hits[peers, rule.id].get(recording.id, [])

    def _streams(self, corpus: Corpus, mine: np.ndarray) -> Streams:
        frames = {name: getattr(corpus, name) for name in FRAMES if name != "findings"}
        ids = self._ids[mine]
        own = {name: frame[frame["recording"].isin(ids)] for name, frame in frames.items() if "recording" in frame}
        return Streams(frames | own, identities=self._identities)


_SIBLINGS: WeakKeyDictionary[Corpus, _Siblings] = WeakKeyDictionary()


def beside_its_siblings(rule: Rule, recording: Recording) -> Rule:
    """The rule as it is asked of one recording, whose row is the first."""

    def find(streams: Streams) -> Iterator[Hit]:
        corpus = recording.corpus
        if corpus not in _SIBLINGS:
            _SIBLINGS[corpus] = _Siblings(corpus)
        yield from (replace(hit, of=0) for hit in _SIBLINGS[corpus].hits(rule, recording))

    return replace(rule, find=find)
