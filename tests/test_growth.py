"""What is read so far, handed on: when, how often, and in which order."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from recexplore.model.exchange import Blob
from recexplore.read import batch, growth, read_files
from recexplore.read.batch import Batch
from recexplore.read.batches import read_batches
from recexplore.read.growth import Growth
from recexplore.read.options import ReadOptions
from recexplore.read.sources import search


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 100.0
        monkeypatch.setattr(growth.time, "monotonic", lambda: self.now_s)


def test_the_longer_it_takes_the_more_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, handed = Clock(monkeypatch), []
    growing = Growth(lambda batches: handed.append(clock.now_s))
    for tenths in range(1_000):
        clock.now_s = 100 + tenths / 10
        growing.grow(list)
    begun = [each - 100 for each in handed]
    assert begun[:4] == pytest.approx([0, 1, 2, 3])
    gaps = [later - earlier for earlier, later in pairwise(begun)]
    assert gaps == sorted(gaps)
    assert gaps[-1] > 10
    assert len(handed) < 25


@pytest.fixture
def found(bundled_folder: Path) -> list[Blob]:
    return [each for each in search(bundled_folder) if isinstance(each, Blob)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_batches_are_handed_on_in_the_order_of_files(
    found: list[Blob], jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_files, "_BATCH_EVENTS", 1)
    monkeypatch.setattr(batch, "GROUP_BYTES", 1)
    monkeypatch.setattr(growth, "_EVERY_S", 0)
    monkeypatch.setattr(growth, "_EVERY_SHARE", 0)
    handed: list[list[str]] = []

    def paths(batches: list[Batch]) -> list[str]:
        return [source.blob.path for each in batches for source in each.sources]

    whole = paths(
        read_batches(
            found,
            ReadOptions(),
            jobs=jobs,
            progress=False,
            growth=Growth(lambda batches: handed.append(paths(list(batches)))),
        )
    )
    order = {path: at for at, path in enumerate(whole)}
    assert handed
    assert all(sorted(each, key=order.__getitem__) == each for each in handed)
    assert all(set(earlier) <= set(later) for earlier, later in pairwise(handed))
    assert whole not in handed, "all of it is what is given back"
