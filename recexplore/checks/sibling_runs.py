"""What rules about several runs say of one recording of a corpus: the same as in the findings of the corpus.

Takes such a rule and a recording, gives the rule as it is asked of that recording alone. Each rule looks at the corpus once,
of a parted one at all that may be runs with the recording, and what it says is kept for as long as the corpus is.
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
from recexplore.rules.run_groups import peer_digests

__all__ = ["beside_its_siblings", "peers_of"]


class _Siblings:
    """What rules say of the recordings of a corpus.

    Parameters
    ----------
    corpus
        Not kept: what is kept about a corpus must not keep it.
    """

    def __init__(self, corpus: Corpus) -> None:
        self._peers = peers_of(corpus) if corpus.is_parted else np.zeros(len(corpus), dtype=np.uint64)
        self._streams: Streams | None = None if corpus.is_parted else _streams(corpus)
        self._hits: dict[tuple[str, int], dict[str, list[Hit]]] = {}

    def hits(self, rule: Rule, recording: Recording) -> list[Hit]:
        peers = int(self._peers[recording.position])
        if (rule.id, peers) not in self._hits:
            # Runs of one request are among its peers; no rule holds others against one another.
            among = recording.corpus.some(np.flatnonzero(self._peers == np.uint64(peers)).tolist())
            self._hits[rule.id, peers] = _by_recording(rule, self._streams or _streams(among))
        return self._hits[rule.id, peers].get(recording.id, [])


def _streams(corpus: Corpus) -> Streams:
    return Streams(
        {name: getattr(corpus, name) for name in FRAMES if name != "findings"}, identities=CorpusIdentities(corpus)
    )


def peers_of(corpus: Corpus) -> np.ndarray:
    """A number for each recording, equal where two may be runs of one request."""
    digests = [peer_digests(part.recordings, part.requests) for part in corpus.parts()]
    return np.concatenate([np.empty(0, np.uint64), *digests])


def _by_recording(rule: Rule, streams: Streams) -> dict[str, list[Hit]]:
    found: dict[str, list[Hit]] = {}
    for hit in rule.find(streams):
        found.setdefault(streams.ids[hit.of], []).append(hit)
    return found


_SIBLINGS: WeakKeyDictionary[Corpus, _Siblings] = WeakKeyDictionary()


def beside_its_siblings(rule: Rule, recording: Recording) -> Rule:
    """The rule as it is asked of one recording, whose row is the first."""

    def find(streams: Streams) -> Iterator[Hit]:
        corpus = recording.corpus
        if corpus not in _SIBLINGS:
            _SIBLINGS[corpus] = _Siblings(corpus)
        yield from (replace(hit, of=0) for hit in _SIBLINGS[corpus].hits(rule, recording))

    return replace(rule, find=find)
