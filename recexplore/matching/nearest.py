"""Which recordings are nearest to a request.

Takes a corpus, gives recordings in order of likeness. Requests are compared by the leaves they share, texts by their
words too; what few recordings have counts more than what all have. The corpus is read once and kept in mind as long as it
lives.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from weakref import WeakKeyDictionary

from recexplore.corpus import Corpus
from recexplore.matching.json_paths import canonical, leaves
from recexplore.matching.ogx_hash import file_hash
from recexplore.matching.request import Request, requests_of, url_path
from recexplore.model.location import numbered_paths

__all__ = ["Entry", "Index", "index_of", "places_of"]

_NAMING: Final = ("llama-stack",)
"""Envelopes whose recorder names files by the hash."""
_BODY: Final = 0.55
_ENDPOINT: Final = 0.2
_MODEL: Final = 0.1
_TEST: Final = 0.15
_MOST_WORDS: Final = 400
"""Of a long text its beginning and its end are compared, this many words each."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A recording by its row and id, its path, its place (the path, with ``#k`` for the k-th exchange of a file with
    several), its envelope, the hash in its file's name, and its request; None where it could not be read again."""

    position: int
    id: str
    path: str
    place: str
    envelope: str
    digits: str | None
    request: Request | None

    @property
    def is_named(self) -> bool:
        """Whether it comes from a recorder that names files by the hash."""
        return self.envelope in _NAMING


class Index:
    """The requests of a corpus, ready to be searched.

    Attributes
    ----------
    entries
        One a recording, in the order of the corpus.
    """

    def __init__(self, corpus: Corpus) -> None:
        paths = corpus.recordings["path"].tolist()
        envelopes = corpus.recordings["envelope"].astype(str).tolist()
        rows = zip(paths, places_of(corpus), envelopes, requests_of(corpus), strict=True)
        self.entries = [
            Entry(each.position, each.id, path, place, envelope, _digits(path, envelope), request)
            for path, place, envelope, (each, request) in rows
        ]

    @property
    def is_named(self) -> bool:
        """Whether any recording comes from a recorder that names files by the hash."""
        return any(each.is_named for each in self.entries)

    @cached_property
    def _tokens(self) -> list[set[str]]:
        return [set(_tokens_of(each.request)) if each.request else set() for each in self.entries]

    @cached_property
    def _having(self) -> dict[str, list[int]]:
        """Which entries have a token."""
        having: dict[str, list[int]] = defaultdict(list)
        for number, tokens in enumerate(self._tokens):
            for token in tokens:
                having[token].append(number)
        return having

    @cached_property
    def _sizes(self) -> list[float]:
        """What each entry's tokens weigh together."""
        return [math.fsum(map(self._weight, tokens)) for tokens in self._tokens]

    def _weight(self, token: str) -> float:
        return math.log(1 + len(self.entries) / len(self._having.get(token, (None,))))

    def named(self, digits: str) -> list[Entry]:
        """The recordings whose file name holds this hash, or its beginning."""
        return [each for each in self.entries if each.digits and digits.startswith(each.digits)]

    def nearest(self, request: Request, n: int) -> list[tuple[float, Entry]]:
        """The n nearest recordings with their likeness, from 0 to 1, best first; ties in the order of the corpus."""
        bodies = self._likeness_of_bodies(request)
        likeness = [
            (round(_likeness(request, each.request, bodies.get(number, 0.0)), 6), -number)
            for number, each in enumerate(self.entries)
            if each.request is not None
        ]
        return [(score, self.entries[-number]) for score, number in sorted(likeness, reverse=True)[:n]]

    def _likeness_of_bodies(self, request: Request) -> dict[int, float]:
        """The weight of what both have over the weight of what either has."""
        tokens = sorted(set(_tokens_of(request)))
        weights = [self._weight(token) for token in tokens]
        size = math.fsum(weights)
        shared: dict[int, float] = defaultdict(float)
        for token, weight in zip(tokens, weights, strict=True):
            for number in self._having.get(token, ()):
                shared[number] += weight
        return {number: both / max(size + self._sizes[number] - both, 1e-9) for number, both in shared.items()}


def places_of(corpus: Corpus) -> list[str]:
    """The file of every recording, with ``#k`` for the k-th exchange of a file with several."""
    recordings = corpus.recordings
    return numbered_paths(recordings["path"].tolist(), recordings["exchange"].tolist())


def _digits(path: str, envelope: str) -> str | None:
    return file_hash(path) if envelope in _NAMING else None


_INDEXES: WeakKeyDictionary[Corpus, Index] = WeakKeyDictionary()


def index_of(corpus: Corpus) -> Index:
    """The index of a corpus, made when first asked for."""
    if corpus not in _INDEXES:
        _INDEXES[corpus] = Index(corpus)
    return _INDEXES[corpus]


def _tokens_of(request: Request) -> Iterator[str]:
    for path, leaf in leaves(request.body):
        yield f"{path}={canonical(leaf)}"
        if isinstance(leaf, str):
            words = leaf.split(None, 2 * _MOST_WORDS) if len(leaf) < 16 * _MOST_WORDS else _ends(leaf)
            if len(words) > 1:
                yield from (f"{path}~{word}" for word in words)


def _ends(text: str) -> list[str]:
    length = 8 * _MOST_WORDS
    return [*text[:length].split(), *text[-length:].split()]


def _likeness(asked: Request, recorded: Request | None, body: float) -> float:
    """Likeness over all parts that the asked request tells."""
    if recorded is None:
        return 0.0
    parts: Iterable[tuple[float, float | None]] = (
        (_BODY, body),
        (_ENDPOINT, _likeness_of_places(asked, recorded)),
        (_MODEL, _same(asked.model, recorded.model)),
        (_TEST, _likeness_of_tests(asked.test_id, recorded.test_id)),
    )
    told = [(weight, value) for weight, value in parts if value is not None]
    return sum(weight * value for weight, value in told) / sum(weight for weight, _ in told)


def _same(asked: str | None, recorded: str | None) -> float | None:
    return None if asked is None else float(asked == recorded)


def _likeness_of_places(asked: Request, recorded: Request) -> float | None:
    """The same path of the URL, only the same endpoint, or neither."""
    if asked.url is not None and recorded.url is not None and url_path(asked.noted_url) == url_path(recorded.noted_url):
        return 1.0
    same = _same(asked.endpoint, recorded.endpoint)
    return same if asked.url is None or not same else 0.5


def _likeness_of_tests(asked: str | None, recorded: str | None) -> float | None:
    """The same test, the same with other parameters, another of the same file, or none of these."""
    if asked is None:
        return None
    if recorded is None or asked == recorded:
        return float(asked == recorded)
    for separator, likeness in (("[", 0.8), ("::", 0.4)):
        if asked.partition(separator)[0] == recorded.partition(separator)[0]:
            return likeness
    return 0.0
