"""What does not fit into memory is checked and exported a part at a time: what comes of it is that of the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyarrow import feather

import recexplore
from recexplore import rules
from recexplore.checks import corpus_in_parts
from recexplore.checks.differing_runs import n_requests_that_differ
from recexplore.checks.result import judge
from recexplore.checks.run import find
from recexplore.checks.settings import Settings
from recexplore.corpus import Corpus, neighbours
from recexplore.read.dataset import parquet_tables
from recexplore.read.workers import ProgressListener
from recexplore.share.exports import FORMATS, selection

EXAMPLES = Path(rules.__file__).parent / "examples"


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that comes with the project is in several parts, and a frame of it in several pieces."""
    monkeypatch.setattr(neighbours, "EVENTS_A_PART", 500)
    monkeypatch.setattr(selection, "ROWS_A_PIECE", 1000)
    monkeypatch.setattr("recexplore.share.exports.parquet._ROWS_A_GROUP", 100)


@pytest.fixture(scope="module")
def everything(bundled_folder: Path) -> Corpus:
    return recexplore.load(bundled_folder.parent, progress=False)


@pytest.fixture(scope="module")
def dataset(everything: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a dataset, in small groups of rows."""
    folder = tmp_path_factory.mktemp("everything") / "dataset"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recexplore.share.exports.parquet._ROWS_A_GROUP", 100)
        everything.export(folder)
    return folder


@pytest.fixture
def opened(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """What is in the dataset, of which no frame with many rows a recording can be had whole."""
    corpus = recexplore.load(dataset)
    assert len(corpus.ranges()) > 2
    read = parquet_tables.ParquetTables.table

    def some(tables: parquet_tables.ParquetTables, name: str, bounds=None):
        assert bounds is not None or name == "recordings", f"{name} is read whole"
        return read(tables, name, bounds)

    monkeypatch.setattr(parquet_tables.ParquetTables, "table", some)
    return corpus


@pytest.mark.parametrize("wishes", [{"select": "all"}, {"ignore": "t*"}, {"select": ["no-*", "stall"]}])
def test_findings_are_those_of_a_load(opened: Corpus, everything: Corpus, wishes: dict[str, object]) -> None:
    expected = recexplore.check(everything, **wishes)
    assert len(expected)
    pd.testing.assert_frame_equal(recexplore.check(opened, **wishes), expected)


def test_so_are_those_of_a_large_corpus_in_memory(everything: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = recexplore.check(everything, select="all")
    monkeypatch.setattr("recexplore.checks.run._MOST_EVENTS", 0)
    monkeypatch.setattr("recexplore.checks.run.rules.run", None)
    pd.testing.assert_frame_equal(recexplore.check(everything, select="all"), expected)


def test_so_is_a_verdict(opened: Corpus, everything: Corpus) -> None:
    settings = Settings(select=("all",), ignore=("stall",), severity={"finish-value": "error"}, max_warnings=1)
    mine, expected = (judge(corpus, settings) for corpus in (opened, everything))
    assert mine.new
    assert replace(mine, corpus=everything) == expected
    assert n_requests_that_differ(opened) == n_requests_that_differ(everything)


@pytest.mark.parametrize("most", [0, pytest.param(30, marks=pytest.mark.thorough), 10**6])
def test_runs_in_several_parts_are_held_against_one_another(
    scattered_runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Whether peers are looked at together, or are too many."""
    monkeypatch.setattr(corpus_in_parts, "MOST_PEER_EVENTS", most)
    monkeypatch.setattr(corpus_in_parts, "EVENTS_A_PART", 20)
    loaded = recexplore.load(scattered_runs, progress=False)
    loaded.export(tmp_path / "dataset")
    monkeypatch.setattr(neighbours, "EVENTS_A_PART", 20)
    opened = recexplore.load(tmp_path / "dataset")
    assert len(opened.ranges()) > 5

    expected = recexplore.check(loaded)
    assert set(expected["rule"]) >= {each.name.partition(".")[0] for each in EXAMPLES.glob("run-*.yaml")}
    pd.testing.assert_frame_equal(recexplore.check(opened), expected)
    for one, other in zip(opened, loaded, strict=True) if most else ():
        mine, expected = (recexplore.check(each, select="run-*") for each in (one, other))
        pd.testing.assert_frame_equal(mine, expected)


def test_a_rule_that_fails_is_named_with_all_recordings(
    opened: Corpus, everything: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(streams: rules.Streams):
        raise ValueError("it is Sunday")

    failing = replace(rules.RULES[0], id="failing", find=fail)
    monkeypatch.setattr(rules, "chosen", lambda select, ignore: (failing, *rules.RULES[1:9]))
    assert find(opened) == find(everything)


def test_it_tells_how_many_parts_are_done(opened: Corpus) -> None:
    heard: list[tuple[int, int, str]] = []
    find(opened, progress=ProgressListener(lambda amount: heard.append((amount.n, amount.of, amount.unit))))
    n = len(opened.ranges())
    assert heard[:n] == [(done + 1, n, "part") for done in range(n)]


def content(path: Path) -> object:
    """The bytes of a file; of Arrow's, where what stands below a missing value may be anything, the table."""
    return feather.read_table(path) if path.suffix == ".arrow" else path.read_bytes()


WISHES = {
    **{name: {} for name in FORMATS},
    "perfetto": {"untimed": "index"},
    "otlp": {"content": True},
    **{name: {"lossy": True} for name in ("sse", "vcr", "llama-stack")},
}


@pytest.fixture(scope="module")
def exported(everything: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """What an export in one part writes, by the format's name."""
    folder = tmp_path_factory.mktemp("exported")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recexplore.share.exports.parquet._ROWS_A_GROUP", 100)
        for name in FORMATS:
            everything.export(folder / name, name, **WISHES[name])
    return lambda name: folder / name


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("of", ["a dataset", "what is in memory"])
def test_an_export_is_that_of_one_part(
    opened: Corpus, everything: Corpus, exported: Callable[[str], Path], tmp_path: Path, name: str, of: str
) -> None:
    (opened if of == "a dataset" else everything).export(tmp_path / "mine", name, **WISHES[name])
    mine, other = (
        {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
        for folder in (tmp_path / "mine", exported(name))
    )
    assert mine.keys() == other.keys()
    # A dataset says what was loaded, and what is listed has the checksum of that.
    own = {Path("recexplore.json"), Path("recexplore-export.json")}
    assert [each for each in mine.keys() - own if content(mine[each]) != content(other[each])] == []


@pytest.mark.parametrize("name", ["parquet", "arrow", "csv", "jsonl"])
def test_one_frame_in_pieces_is_the_frame(opened: Corpus, everything: Corpus, tmp_path: Path, name: str) -> None:
    suffix = FORMATS[name].suffixes[0]
    opened.export(tmp_path / f"mine{suffix}", name, frames=["events"])
    everything.export(tmp_path / f"other{suffix}", name, frames=["events"])
    assert content(tmp_path / f"mine{suffix}") == content(tmp_path / f"other{suffix}")


def test_some_recordings_are_a_corpus(opened: Corpus, everything: Corpus) -> None:
    positions = [1, 2, 7, 30]
    some = opened.some(positions)
    assert [each.id for each in some] == [everything[each].id for each in positions]
    for one, at in zip(some, positions, strict=True):
        pd.testing.assert_frame_equal(one.events, everything[at].events)
        assert one.raw(0) == everything[at].raw(0)
    assert len(some.events) == sum(len(everything[at].events) for at in positions)
    assert everything.some(range(len(everything))) is everything


@pytest.mark.parametrize(
    ("files", "n_events", "expected"),
    [
        ("", [], []),
        ("a", [9], [range(1)]),
        ("abc", [2, 2, 2], [range(2), range(2, 3)]),
        ("aab", [3, 3, 1], [range(2), range(2, 3)]),
        ("abb", [1, 2, 2], [range(1), range(1, 3)]),
        ("abcd", [0, 0, 4, 0], [range(4)]),
        ("abc", [9, 9, 0], [range(1), range(1, 2), range(2, 3)]),
    ],
)
def test_recordings_of_one_file_stay_together(
    files: str, n_events: list[int], expected: list[range], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "EVENTS_A_PART", 4)
    bounds = np.concatenate([[0], np.cumsum(n_events, dtype=np.int64)])
    assert neighbours.neighbours(np.array([*files], dtype=object), bounds) == expected
