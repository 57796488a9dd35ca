"""Which runs of an entry stalled, and where: times never make runs differ, but a flaky stream is often that.

Takes an `Entry`, gives a sentence for each stall of its runs that have a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recexplore.analysis.timing import marks
from recexplore.share.comparisons.entry import Entry

__all__ = ["MOST_STALLS", "stalls_in_words"]

MOST_STALLS: Final = 6
"""How many a report tells."""


def stalls_in_words(entry: Entry) -> Iterator[tuple[str, str]]:
    """The run's label, and what the rule ``stall`` says of it."""
    if entry.comparison is None:
        return
    for label, run in zip(entry.labels, entry.comparison.recordings, strict=True):
        if run.facts["clock"] != "none":
            found = run.derive(marks, "chunks", "events")
            yield from ((label, words) for words in found.loc[found["mark"] == "stall", "words"])
