"""Which runs of an entry stalled, and where, as reports call them.

Takes an `Entry`, gives a sentence for each stall of its runs that have a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recexplore.comparison.stalls import stalls
from recexplore.share.comparisons.entry import Entry

__all__ = ["MOST_STALLS", "stalls_in_words"]

MOST_STALLS: Final = 6
"""How many a report tells."""


def stalls_in_words(entry: Entry) -> Iterator[tuple[str, str]]:
    """What the run is called, and what the rule ``stall`` says of it."""
    if entry.comparison is not None:
        yield from ((entry.named(run), words) for run, words in stalls(entry.comparison))
