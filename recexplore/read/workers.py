"""How long work is carried out: with a bar where it takes long, and without the cycle collector.

Takes things to be done one by one. Knows nothing of recordings.
"""

from __future__ import annotations

import gc
import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

from recexplore.model.counts import count, size_in_words

__all__ = [
    "Amount",
    "Progress",
    "ProgressListener",
    "showing_progress",
    "watched",
    "with_progress",
    "without_collector",
]

_SHOW_PROGRESS_AFTER_S: Final = 1.0
"""How long work takes for which a bar appears that nobody asked for."""

_KEPT_AFTER_S: Final = 5.0
"""The same where what was shown is kept, as in a notebook or a log."""

_SHOW_NEXT_AFTER_S: Final = 0.2
_KNOWN_AFTER_S: Final = 0.5
"""What was done in less says little of the rest."""
_FEW_PER_S: Final = 10
_BAR: Final = "{desc} {percentage:3.0f}%|{bar}|"

T = TypeVar("T")


@contextmanager
def without_collector(*, is_kept: bool = False) -> Iterator[None]:
    """The cycle collector walks every parsed tree, and every row that is made of a frame, again and again and finds nothing:
    they have no cycles.

    Parameters
    ----------
    is_kept
        Whether what is made meanwhile stays to the end of the process: it counts as old then, and is not walked through as
        soon as the collector is back. A process that does so again and again would keep its garbage.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            if is_kept:
                gc.freeze()
                gc.unfreeze()
            gc.enable()


@dataclass(frozen=True, slots=True)
class Amount:
    """How much of some work is done.

    Attributes
    ----------
    n, of
        In units: how many are done, and of how many.
    unit
        What they are, one of them.
    n_bytes, of_bytes
        The same in bytes; both are 0 where sizes are not known.
    seconds
        Since the work began.
    """

    n: int
    of: int
    unit: str
    n_bytes: int
    of_bytes: int
    seconds: float

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1: of the bytes, where sizes are known."""
        n, of = (self.n_bytes, self.of_bytes) if self.of_bytes else (self.n, self.of)
        return min(n / of, 1.0) if of else 0.0

    @property
    def left_s(self) -> float | None:
        """How long the rest takes if it goes on like this; None as long as nothing is known of that."""
        is_known = self.share and self.seconds >= _KNOWN_AFTER_S
        return self.seconds * (1 - self.share) / self.share if is_known else None

    @property
    def words(self) -> str:
        """``1,200 of 10,000 files, 40 MB of 300 MB, 2,300 files/s``."""
        said = [f"{self.n:,} of {count(self.of, self.unit)}"]
        if self.of_bytes:
            said.append(f"{size_in_words(self.n_bytes)} of {size_in_words(self.of_bytes)}")
        if self.left_s is not None:
            rate = self.n / self.seconds
            said.append(f"{rate:,.0f} {self.unit}s/s" if rate >= _FEW_PER_S else f"{rate:,.1f} {self.unit}s/s")
        return ", ".join(said)

    @property
    def words_of_rest(self) -> str:
        """``4 s left``; "" where that is not known."""
        if self.left_s is None:
            return ""
        minutes, seconds = divmod(math.ceil(self.left_s), 60)
        return f"{minutes} min {seconds} s left" if minutes else f"{seconds} s left"


@dataclass(frozen=True, slots=True)
class ProgressListener:
    """What is told every `Amount`, in the thread that does the work."""

    hear: Callable[[Amount], None]


Progress: TypeAlias = bool | Callable[[int, int], None] | ProgressListener | None
"""Whether to show a bar: None where it takes long. Or a function that is told how many files are read, and of how many."""


def with_progress(
    items: Iterable[T],
    *,
    total: int,
    unit: str,
    show: Progress,
    doing: str = "loading",
    weigh: Callable[[T], int] = lambda item: 1,
    total_bytes: int = 0,
    weigh_bytes: Callable[[T], int] = lambda item: 0,
    after_s: float | None = None,
) -> Iterator[T]:
    """The items, with a bar where asked for or where it takes long enough to want one; or told to a function.

    Parameters
    ----------
    items
        What is worked on between two of them counts as done.
    total
        How many units there are.
    unit
        What they are, one of them.
    show
        Whether, and to whom.
    doing
        What stands before the bar.
    weigh
        How many units an item is.
    total_bytes, weigh_bytes
        How many bytes there are, and how many an item is, where sizes are known: how long the rest takes is told by them.
    after_s
        How long it has to take for a bar that nobody asked for; a second, if not given.
    """
    if show is False:
        yield from items
        return
    n = n_bytes = 0
    started = time.monotonic()
    with _hearer(show, doing, _SHOW_PROGRESS_AFTER_S if after_s is None else after_s) as hear:
        for item in items:
            yield item
            n, n_bytes = n + weigh(item), n_bytes + weigh_bytes(item)
            hear(Amount(n, total, unit, n_bytes, total_bytes, time.monotonic() - started))


_SHOWN: ContextVar[tuple[Progress, float]] = ContextVar("progress", default=(False, 0.0))
"""What progress is shown by, and when showing it began."""


@contextmanager
def showing_progress(show: Progress) -> Iterator[None]:
    """Show how far `watched` work is, here and in what is called from here; a thread of its own shows nothing."""
    before = _SHOWN.set((show, time.monotonic()))
    try:
        yield
    finally:
        _SHOWN.reset(before)


def watched(items: Iterable[T], *, total: int, unit: str, doing: str) -> Iterator[T]:
    """The items, with progress where `showing_progress` asks for it: for work that may take long and is not told by whom it
    is asked for."""
    show, began_s = _SHOWN.get()
    # Of several steps each may be short: once all of them take long, the next is shown sooner.
    after_s = max(_SHOW_NEXT_AFTER_S, _SHOW_PROGRESS_AFTER_S - (time.monotonic() - began_s))
    return with_progress(items, total=total, unit=unit, show=show, doing=doing, after_s=after_s)


@contextmanager
def _hearer(show: Progress, doing: str, after_s: float) -> Iterator[Callable[[Amount], None]]:
    """What is told how far work is."""
    if isinstance(show, ProgressListener):
        yield show.hear
    elif callable(show):
        yield lambda amount: show(amount.n, amount.of)
    else:
        shown_after_s = after_s if sys.stderr.isatty() else max(after_s, _KEPT_AFTER_S)
        with closing(_Bar(doing, 0.0 if show else shown_after_s)) as bar:
            yield bar.hear


class _Bar:
    """A bar that appears where work takes long, and goes when it is done."""

    def __init__(self, doing: str, after_s: float) -> None:
        self._doing, self._after_s = doing, after_s
        self._bar: Any = None

    def hear(self, amount: Amount) -> None:
        if amount.seconds < self._after_s:
            return
        said = " ".join([self._doing, ", ".join(filter(None, [amount.words, amount.words_of_rest]))])
        if self._bar is None:
            from tqdm.auto import tqdm

            given = {"total": 1.0, "initial": amount.share, "bar_format": _BAR, "leave": False, "file": sys.stderr}
            self._bar = tqdm(desc=said, **given)
            return
        self._bar.set_description_str(said, refresh=False)
        self._bar.update(amount.share - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
