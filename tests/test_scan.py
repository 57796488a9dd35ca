"""`recexplore.scan`: the frames of a load, whatever the partitions are, and each file read once."""

from __future__ import annotations

import pickle
import sys
from collections import Counter
from pathlib import Path

import dask
import dask.dataframe as dd
import pandas as pd
import pytest

import recexplore
from recexplore.corpus import Corpus
from recexplore.scans import Scan
from recexplore.scans.partition import Partition
from recexplore.scans.scan import SCANNED

SIZES = (1, 30_000, 300_000, 10**12)
"""Bytes of a partition, from a file each to all files in one."""


def computed(scan: Scan) -> dict[str, pd.DataFrame]:
    """All frames, computed together; the index is that of each partition."""
    return dict(zip(SCANNED, dask.compute(*(getattr(scan, name) for name in SCANNED)), strict=True))


def assert_same_frames(scan: Scan, corpus: Corpus) -> None:
    for name, frame in computed(scan).items():
        expected = getattr(corpus, name)
        pd.testing.assert_frame_equal(frame.reset_index(drop=True), expected)
        assert list(map(str, getattr(scan, name).dtypes)) == list(map(str, expected.dtypes)), name


@pytest.fixture(scope="module")
def everything(bundled_folder: Path) -> Corpus:
    """All that comes with the project, as a load of its folder gives it."""
    return recexplore.load(bundled_folder.parent, progress=False)


@pytest.mark.parametrize("size", SIZES)
def test_frames_are_those_of_a_load(bundled_folder: Path, everything: Corpus, size: int) -> None:
    assert_same_frames(recexplore.scan(bundled_folder.parent, max_partition_bytes=size), everything)


@pytest.mark.parametrize("size", [1, 10**12])
def test_problems_and_what_was_passed_over_are_those_of_a_load(tmp_path: Path, bundled_folder: Path, size: int) -> None:
    """Whole files that cannot be read, chunks that cannot, files of no recorder, and a file with several recordings."""
    recording = next(bundled_folder.glob("*.json")).read_bytes()
    (tmp_path / "b").mkdir()
    (tmp_path / "cut.json").write_bytes(recording[: len(recording) // 2])
    (tmp_path / "empty.json").write_bytes(b"")
    (tmp_path / "b" / "foreign.txt").write_bytes(b"nobody recorded this")
    (tmp_path / "b" / "picture.png").write_bytes(b"")
    (tmp_path / "b" / "cut.json").write_bytes(recording)
    lines = b'{"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "a"}}]}\n' * 3
    (tmp_path / "lines.jsonl").write_bytes(lines)
    corpus = recexplore.load(tmp_path, progress=False)
    assert len(corpus.problems) > 1
    assert len(corpus.skipped) > 1

    assert_same_frames(recexplore.scan(tmp_path, max_partition_bytes=size), corpus)


def test_options_are_those_of_a_load(bundled_folder: Path) -> None:
    options = {"exclude": "*/llama-stack/*", "max_file_bytes": 20_000, "credentials": "shown"}
    corpus = recexplore.load(bundled_folder.parent, progress=False, **options)
    assert len(corpus.problems)

    assert_same_frames(recexplore.scan(bundled_folder.parent, max_partition_bytes=50_000, **options), corpus)


def test_nothing_to_scan(tmp_path: Path) -> None:
    scan = recexplore.scan(tmp_path)

    assert_same_frames(scan, recexplore.load(tmp_path, progress=False))
    assert repr(scan) == f"Scan: 0 files in 0 partitions, from {str(tmp_path)!r}"


def test_frames_that_are_computed_together_are_read_together(
    bundled_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_reads: Counter[int] = Counter()
    read = Partition.tables

    def counted(partition: Partition):
        n_reads[partition.number] += 1
        return read(partition)

    monkeypatch.setattr(Partition, "tables", counted)
    scan = recexplore.scan(bundled_folder, max_partition_bytes=1)
    computed(scan)

    assert len(scan.partitions) == 5
    assert set(n_reads.values()) == {1}


def test_nothing_is_read_before_it_is_computed(bundled_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Partition, "tables", None)
    scan = recexplore.scan(bundled_folder)

    assert isinstance(scan.events, dd.DataFrame)
    assert scan.events.columns.tolist() == list(SCANNED["events"].names)
    assert scan.events is scan.events
    assert not scan.events.known_divisions


def test_a_partition_needs_nothing_but_itself(bundled_folder: Path, bundled: Corpus) -> None:
    (partition,) = recexplore.scan(bundled_folder).partitions
    read = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(partition)).tables()))

    pd.testing.assert_frame_equal(read.frame("events"), bundled.events)


def test_frames_are_joined_and_grouped_by_dask(bundled_folder: Path, bundled: Corpus) -> None:
    scan = recexplore.scan(bundled_folder, max_partition_bytes=1)
    streamed = scan.recordings[scan.recordings["streaming"].fillna(False)][["recording", "model_served"]]
    n = streamed.merge(scan.events, on="recording").groupby("recording").size().compute()

    expected = bundled.recordings.query("streaming").set_index("recording")["n_events"]
    assert n.sort_index().to_dict() == expected.sort_index().to_dict()


def test_what_is_no_frame_is_said(bundled_folder: Path) -> None:
    with pytest.raises(AttributeError, match="a scan has no 'findings'; its frames are recordings, requests, chunks"):
        _ = recexplore.scan(bundled_folder).findings


def test_without_dask_it_says_what_to_install(bundled_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask.dataframe", None)

    with pytest.raises(ImportError, match=r"pip install 'recexplore\[dask\]'"):
        recexplore.scan(bundled_folder)


def test_wishes_that_cannot_be(bundled_folder: Path) -> None:
    with pytest.raises(ValueError, match="max_partition_bytes: expected 1 or more, found 0"):
        recexplore.scan(bundled_folder, max_partition_bytes=0)
    with pytest.raises(FileNotFoundError):
        recexplore.scan(bundled_folder / "none")
