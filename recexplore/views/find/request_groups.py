"""Which recordings of a corpus are runs of one request, as a search needs it.

Takes a corpus, gives for each recording the number of its request and how many runs that has. Every file is read again for
it, so it is done when first asked for and once, and can be done a little at a time beside other work. Of a corpus that was
read again only those files are, that are others than they were.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Hashable, Iterator
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np

from recexplore.comparison.runs import BY
from recexplore.corpus import Corpus, Recording
from recexplore.matching.request import Request, requests_of

__all__ = ["RUN_COUNTS", "RequestGroups"]

RUN_COUNTS: Final[dict[str, tuple[float, float]]] = {
    "once": (0, 1),
    "2": (2, 2),
    "3 to 9": (3, 9),
    "10 and more": (10, np.inf),
}
"""How many runs a request has, in words: from the least to the most."""

_Key: TypeAlias = tuple[Hashable, Collection[str], str] | None
"""What runs of a request have in common, what of it is not compared, and its digest to the letter."""
_Place: TypeAlias = tuple[str, int]
"""A file, and which exchange of it."""
_LARGE: Final = 5_000
_LARGE_BYTES: Final = 200_000_000


class RequestGroups:
    """The requests of a corpus, each with its runs; a recording whose request cannot be compared is alone.

    Parameters
    ----------
    corpus
        The recordings.
    is_growing
        Whether more are still being read: their requests are then not read unasked.
    before
        Those of the corpus when it was read before.
    """

    def __init__(self, corpus: Corpus, *, is_growing: bool = False, before: RequestGroups | None = None) -> None:
        self.corpus = corpus
        self._is_growing = is_growing
        self._before = {} if before is None else before._by_place()
        self._keys: dict[int, _Key] = self._unchanged() if self._before else {}
        self._unread: set[int] = set()
        self._waiting: Iterator[tuple[Recording, Request | None]] = requests_of(
            corpus, [position for position in range(len(corpus)) if position not in self._keys]
        )

    @cached_property
    def is_large(self) -> bool:
        """Whether reading all requests takes so long that it is not done unasked."""
        about = self.corpus.recordings
        return (
            self._is_growing or len(about) > _LARGE or int(about.drop_duplicates("path")["bytes"].sum()) > _LARGE_BYTES
        )

    @property
    def is_known(self) -> bool:
        """Whether all requests have been read."""
        return len(self._keys) == len(self.corpus)

    @property
    def n_read(self) -> int:
        return len(self._keys)

    def read_on(self, seconds: float = np.inf) -> None:
        """Read more requests, for so long or until all are read."""
        end = time.monotonic() + seconds
        while not self.is_known:
            recording, request = next(self._waiting)
            if request is None:
                # A journal is gone as soon as it is a recording; what it asked is no other thing by that.
                self._unread.add(recording.position)
                _, self._keys[recording.position] = self._before.get(
                    _place(self.corpus, recording.position), (None, None)
                )
            else:
                self._keys[recording.position] = BY["request"](recording, request)
            if time.monotonic() > end:
                return

    def _by_place(self) -> dict[_Place, tuple[int, _Key]]:
        """What is known of each exchange of a file that was what it was read as."""
        known = {position: key for position, key in self._keys.copy().items() if position not in self._unread}
        return {
            _place(self.corpus, position): (self.corpus.sources[position].checksum, key)
            for position, key in known.items()
        }

    def _unchanged(self) -> dict[int, _Key]:
        """What was known before of the recordings whose files are what they were."""
        found: dict[int, _Key] = {}
        for position, source in enumerate(self.corpus.sources):
            checksum, key = self._before.get((source.blob.path, source.exchange), (None, None))
            if checksum == source.checksum:
                found[position] = key
        return found

    @cached_property
    def numbers(self) -> np.ndarray:
        """For each recording the number of its request, by the order in which requests were first met."""
        self.read_on()
        known: dict[Hashable, int] = {}
        # What has no key is its own request.
        keys = ((position if (key := self._keys[position]) is None else key[0]) for position in range(len(self._keys)))
        return np.fromiter((known.setdefault(key, len(known)) for key in keys), np.int64, len(self._keys))

    @cached_property
    def n_runs(self) -> np.ndarray:
        """For each recording how many runs its request has, itself among them."""
        return np.asarray(np.bincount(self.numbers)[self.numbers] if len(self.numbers) else self.numbers)

    def runs_of(self, positions: np.ndarray) -> np.ndarray:
        """Which recordings are runs of a request of any of these: a flag each."""
        return np.asarray(np.isin(self.numbers, self.numbers[positions]))

    def left_out(self, position: int) -> tuple[str, ...]:
        """What the requests of a recording's group hold, in any of its runs, that is not compared; nothing where they are
        equal to the letter."""
        self.read_on()
        own = self._keys[position]
        group = [key for key in self._keys.values() if own is not None and key is not None and key[0] == own[0]]
        is_exact = len({exact for _, _, exact in group}) <= 1
        return () if is_exact else tuple(sorted({each for _, left_out, _ in group for each in left_out}))


def _place(corpus: Corpus, position: int) -> _Place:
    source = corpus.sources[position]
    return source.blob.path, source.exchange
