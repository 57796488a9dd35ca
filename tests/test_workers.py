"""How far work is: in words, as a bar, and told to who listens."""

from __future__ import annotations

import gc
import itertools
import sys
import threading
from typing import Any

import pytest

from recexplore.read import workers
from recexplore.read.workers import (
    Amount,
    ProgressListener,
    showing_progress,
    watched,
    with_progress,
    without_collector,
)

KB = 1_000


@pytest.mark.parametrize(
    ("amount", "words", "rest"),
    [
        (
            Amount(1_200, 10_000, "file", 40_000_000, 300_000_000, 0.52),
            "1,200 of 10,000 files, 40.0 MB of 300.0 MB, 2,308 files/s",
            "4 s left",
        ),
        (Amount(1, 1, "file", 0, 0, 0.1), "1 of 1 file", ""),
        (Amount(0, 9, "file", 0, 0, 3.0), "0 of 9 files", ""),
        (Amount(3, 60, "rule", 0, 0, 2.0), "3 of 60 rules, 1.5 rules/s", "38 s left"),
        (Amount(10, 100, "file", 1, 10, 20.0), "10 of 100 files, 1 bytes of 10 bytes, 0.5 files/s", "3 min 0 s left"),
        (Amount(0, 0, "file", 0, 0, 0.0), "0 of 0 files", ""),
    ],
)
def test_words(amount: Amount, words: str, rest: str) -> None:
    assert (amount.words, amount.words_of_rest) == (words, rest)


def test_a_listener_is_told_units_and_bytes() -> None:
    told: list[Amount] = []
    sizes = [5 * KB, 1 * KB, 4 * KB]
    items = with_progress(
        sizes,
        total=3,
        unit="file",
        show=ProgressListener(told.append),
        total_bytes=10 * KB,
        weigh_bytes=lambda size: size,
    )
    assert list(items) == sizes
    assert [(each.n, each.n_bytes, each.share) for each in told] == [
        (1, 5 * KB, 0.5),
        (2, 6 * KB, 0.6),
        (3, 10 * KB, 1),
    ]


def test_a_function_is_told_units() -> None:
    told: list[tuple[int, int]] = []
    parts = [[1, 2], [3]]
    assert list(with_progress(parts, total=3, unit="file", show=lambda n, of: told.append((n, of)), weigh=len)) == parts
    assert told == [(2, 3), (3, 3)]


class Bar:
    """What tqdm would be asked."""

    made: list[Bar]

    def __init__(self, **given: Any) -> None:
        assert given["file"] is sys.stderr
        self.n, self.said, self.is_closed = given["initial"], [given["desc"]], False
        self.made.append(self)

    def set_description_str(self, words: str, refresh: bool) -> None:
        self.said.append(words)

    def update(self, more: float) -> None:
        self.n += more

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def bars(monkeypatch: pytest.MonkeyPatch) -> list[Bar]:
    Bar.made = []
    monkeypatch.setattr("tqdm.auto.tqdm", Bar)
    monkeypatch.setattr(workers.sys.stderr, "isatty", lambda: True, raising=False)
    return Bar.made


def test_what_is_kept_is_no_bar_of_short_work(bars: list[Bar], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers.sys.stderr, "isatty", lambda: False, raising=False)
    monkeypatch.setattr(workers, "_SHOW_PROGRESS_AFTER_S", 0)
    assert list(with_progress("abc", total=3, unit="file", show=None)) == ["a", "b", "c"]
    assert bars == []
    monkeypatch.setattr(workers, "_KEPT_AFTER_S", 0)
    assert list(with_progress("abc", total=3, unit="file", show=None)) == ["a", "b", "c"]
    assert len(bars) == 1


@pytest.mark.parametrize(("show", "after_s", "n"), [(True, 9, 1), (False, 0, 0), (None, 0, 1), (None, 9, 0)])
def test_a_bar_is_shown_where_asked_for_or_where_it_takes_long(
    bars: list[Bar], monkeypatch: pytest.MonkeyPatch, show: bool | None, after_s: float, n: int
) -> None:
    monkeypatch.setattr(workers, "_SHOW_PROGRESS_AFTER_S", after_s)
    assert list(with_progress("abc", total=3, unit="file", show=show)) == ["a", "b", "c"]
    assert len(bars) == n
    for bar in bars:
        assert bar.is_closed
        assert bar.n == pytest.approx(1)
        assert [said.split(",")[0] for said in bar.said] == [f"loading {n} of 3 files" for n in (1, 2, 3)]


def test_an_interrupted_bar_goes(bars: list[Bar]) -> None:
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - what is interrupted is the loop
        for item in with_progress("abc", total=3, unit="file", show=True):
            if item == "b":
                raise KeyboardInterrupt
    assert [bar.is_closed for bar in bars] == [True]


def test_whoever_calls_says_whether_work_is_watched(bars: list[Bar], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_SHOW_NEXT_AFTER_S", 0)
    work = {"total": 3, "unit": "file", "doing": "reading"}
    assert list(watched("abc", **work)) == ["a", "b", "c"]
    with showing_progress(True):
        assert list(watched("abc", **work)) == ["a", "b", "c"]
        silent = threading.Thread(target=lambda: list(watched("abc", **work)))
        silent.start()
        silent.join()
    assert list(watched("abc", **work)) == ["a", "b", "c"]
    assert [bar.said[0] for bar in bars] == ["reading 1 of 3 files"]


@pytest.mark.parametrize(("began_ago_s", "n"), [(0, 0), (5, 1)])
def test_once_all_takes_long_every_step_is_shown(
    bars: list[Bar], monkeypatch: pytest.MonkeyPatch, began_ago_s: float, n: int
) -> None:
    now_s = itertools.chain([100.0, 100.0 + began_ago_s], itertools.count(100.0 + began_ago_s, 0.3))
    monkeypatch.setattr(workers.time, "monotonic", lambda: next(now_s))
    with showing_progress(None):
        assert list(watched("abc", total=3, unit="file", doing="reading")) == ["a", "b", "c"]
    assert len(bars) == n


def test_what_is_kept_is_not_walked_through_when_the_collector_is_back() -> None:
    begun: list[str] = []

    def hear(phase: str, about: dict[str, int]) -> None:
        begun.append(phase)

    gc.callbacks.append(hear)
    try:
        with without_collector(is_kept=True):
            made: list[list[object]] = [[] for _ in range(100_000)]
            assert not gc.isenabled()
        assert gc.isenabled()
        made += [[] for _ in range(100)]
    finally:
        gc.callbacks.remove(hear)
    assert begun == []
