"""What rules about several runs say of one recording of a corpus: the same as in the findings of the corpus.

Takes such a rule and a recording, gives the rule as it is asked of that recording alone. Each rule looks at the corpus once,
when a first recording asks, and what it says is kept for as long as the corpus is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from weakref import WeakKeyDictionary

from recexplore.checks.request_identities import CorpusIdentities
from recexplore.corpus import Corpus, Recording
from recexplore.model.schema import FRAMES
from recexplore.rules import Hit, Rule, Streams

__all__ = ["beside_its_siblings"]


class _Siblings:
    """The streams of a corpus, and what rules say of them, by the recording's id."""

    def __init__(self, corpus: Corpus) -> None:
        frames = {name: getattr(corpus, name) for name in FRAMES if name != "findings"}
        self._streams = Streams(frames, identities=CorpusIdentities(corpus))
        self._hits: dict[str, dict[str, list[Hit]]] = {}

    def hits(self, rule: Rule, recording: str) -> list[Hit]:
        if rule.id not in self._hits:
            by: dict[str, list[Hit]] = {}
            for hit in rule.find(self._streams):
                by.setdefault(self._streams.ids[hit.of], []).append(hit)
            self._hits[rule.id] = by
        return self._hits[rule.id].get(recording, [])


_SIBLINGS: WeakKeyDictionary[Corpus, _Siblings] = WeakKeyDictionary()


def beside_its_siblings(rule: Rule, recording: Recording) -> Rule:
    """The rule as it is asked of one recording, whose row is the first."""

    def find(streams: Streams) -> Iterator[Hit]:
        corpus = recording.corpus
        if corpus not in _SIBLINGS:
            _SIBLINGS[corpus] = _Siblings(corpus)
        yield from (replace(hit, of=0) for hit in _SIBLINGS[corpus].hits(rule, recording.id))

    return replace(rule, find=find)
