"""Which recordings of a corpus are runs of one request, as a search needs it.

Takes a corpus, gives for each recording the number of its request and how many runs that has. Every file is read again for
it, so it is done when first asked for and once, and can be done a little at a time beside other work.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator
from functools import cached_property
from typing import Final

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
    """

    def __init__(self, corpus: Corpus, *, is_growing: bool = False) -> None:
        self.corpus = corpus
        self._is_growing = is_growing
        self._waiting: Iterator[tuple[Recording, Request | None]] = requests_of(corpus)
        self._keys: list[Hashable] = []
        self._left_out: dict[Hashable, set[str]] = {}
        self._exact: dict[Hashable, set[str]] = {}

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
            key = None if request is None else BY["request"](recording, request)
            # What has no key is its own request.
            self._keys.append(recording.position if key is None else key[0])
            if key is not None:
                self._left_out.setdefault(key[0], set()).update(key[1])
                self._exact.setdefault(key[0], set()).add(key[2])
            if time.monotonic() > end:
                return

    @cached_property
    def numbers(self) -> np.ndarray:
        """For each recording the number of its request, by the order in which requests were first met."""
        self.read_on()
        known: dict[Hashable, int] = {}
        return np.fromiter((known.setdefault(key, len(known)) for key in self._keys), np.int64, len(self._keys))

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
        key = self._keys[position]
        return tuple(sorted(self._left_out[key])) if len(self._exact.get(key, ())) > 1 else ()
