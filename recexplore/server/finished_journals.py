"""Which recording a journal became that is gone: pages that show it go on with that.

Takes what was read before and after, gives the recording of each journal. Says nothing where there are more or fewer.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np

from recexplore.corpus import Corpus

__all__ = ["Place", "ids_by_place", "recordings_of_journals"]

_JOURNAL: Final = ".journal.jsonl"
_SAME_LETTERS: Final = 12
"""How many letters the name of a recording shares with that of the journal which becomes it."""

Place: TypeAlias = "tuple[str, int]"
"""A file, and the exchange in it."""


def ids_by_place(corpus: Corpus) -> dict[Place, str]:
    """The id of each recording by where it stands."""
    frame = corpus.recordings
    return dict(zip(zip(frame["path"], frame["exchange"], strict=True), frame["recording"], strict=True))


def recordings_of_journals(before: Corpus, after: Corpus) -> dict[Place, Place]:
    """Of the journals that were there before and are gone, the places of the recordings that came in theirs.

    Several runs of one request are told apart by when their first chunk came; those of which none had come yet, and of which
    as many recordings came, by their names, which count them, and by when the first chunk of each recording came: that
    may be wrong where a later one was answered first.
    """
    old, new = ids_by_place(before), ids_by_place(after)
    gone: dict[str, list[Place]] = {}
    for place in old:
        if place not in new and place[0].endswith(_JOURNAL):
            gone.setdefault(_begun(place[0]), []).append(place)
    if not gone:
        return {}
    times, times_now = _first_times(before), _first_times(after)
    became: dict[Place, Place] = {}
    for begun, journals in gone.items():
        runs = [place for place in new if _begun(place[0]) == begun and not place[0].endswith(_JOURNAL)]
        came = [place for place in runs if place not in old] or runs
        became |= _paired(journals, came, times, times_now)
    return became


def _paired(
    journals: Sequence[Place], came: Sequence[Place], times: Mapping[Place, int], times_now: Mapping[Place, int]
) -> dict[Place, Place]:
    if len(came) == 1:
        return dict.fromkeys(journals, came[0])
    by_time: dict[int, list[Place]] = {}
    for place in came:
        if place in times_now:
            by_time.setdefault(times_now[place], []).append(place)
    told = {each: by_time[times[each]] for each in journals if times.get(each) in by_time}
    became = {each: places[0] for each, places in told.items() if len(places) == 1}
    waiting = sorted(each for each in journals if each not in times)
    others = sorted((each for each in came if each not in became.values()), key=lambda each: times_now.get(each, 0))
    return became | (dict(zip(waiting, others, strict=True)) if len(waiting) == len(others) else {})


def _first_times(corpus: Corpus) -> dict[Place, int]:
    """When the first chunk of each recording came, in microseconds of POSIX, where that is known."""
    bounds = corpus.bounds("chunks")
    rows = bounds[:-1][np.diff(bounds) > 0]
    times = corpus.column("chunks", "wall_time").to_numpy(dtype="datetime64[us]")[rows]
    places = [place for place, n in zip(ids_by_place(corpus), np.diff(bounds), strict=True) if n]
    known = zip(places, times.astype(np.int64).tolist(), np.isnat(times).tolist(), strict=True)
    return {place: time for place, time, is_missing in known if not is_missing}


def _begun(path: str) -> str:
    """How the path of a recording, and that of the journal which becomes it, begin."""
    return path[: len(path) - len(os.path.basename(path)) + _SAME_LETTERS]
