"""A dataset: written by an export or a scan, opened without being read, the same corpus again."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from same_frames import assert_same

import recexplore
from recexplore.corpus import Corpus
from recexplore.model.errors import ExportRefused, NotLoadable, SourceChanged
from recexplore.model.schema import FRAMES
from recexplore.read.dataset import originals
from recexplore.read.dataset.layout import ABOUT, FRAMES_OF_RECORDINGS, dataset_in
from recexplore.share.exports.selection import TABLES
from recexplore.share.exports.target import MANIFEST
from recexplore.views.explorer.answers import Answers

PARTS = 60_000
"""Bytes of a partition, so that five recordings are in several."""


@pytest.fixture(scope="module")
def written(bundled_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that comes with the project, as a scan wrote it, in parts and small row groups."""
    folder = tmp_path_factory.mktemp("scanned") / "dataset"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recexplore.share.exports.parquet._ROWS_A_GROUP", 100)
        recexplore.scan(bundled_folder.parent, max_partition_bytes=250_000).to_parquet(folder)
    assert len(list((folder / "events").iterdir())) == 3
    return folder


@pytest.fixture(scope="module")
def everything(bundled_folder: Path) -> Corpus:
    return recexplore.load(bundled_folder.parent, progress=False)


def test_it_holds_what_was_scanned(written: Path, everything: Corpus) -> None:
    corpus = recexplore.load(written)

    assert_same(corpus, everything)
    assert corpus.unread == everything.unread
    assert corpus.skipped_files == everything.skipped_files
    assert corpus.checksums == everything.checksums
    assert repr(corpus).startswith("Corpus: 39 recordings, 1,267 chunks, 1,945 events, 0 problems, from")


def test_an_export_and_a_scan_write_the_same(written: Path, everything: Corpus, tmp_path: Path) -> None:
    everything.export(tmp_path / "exported")

    for name in (*TABLES, "sources"):
        frame = pd.read_parquet(written / name)
        pd.testing.assert_frame_equal(frame, pd.read_parquet(tmp_path / "exported" / name))
        if name != "sources":
            pd.testing.assert_frame_equal(frame, getattr(everything, name))
    assert {each.name for each in written.iterdir()} == {*TABLES, "sources", ABOUT, MANIFEST}
    assert {each.name for each in (tmp_path / "exported").iterdir()} == {*TABLES, "sources", ABOUT, MANIFEST}


def test_a_recording_has_its_own_rows(written: Path, everything: Corpus) -> None:
    corpus = recexplore.load(written)

    for mine, expected in zip(corpus, everything, strict=True):
        for name in FRAMES_OF_RECORDINGS:
            pd.testing.assert_frame_equal(getattr(mine, name), getattr(expected, name))
            assert mine.bounds(name) == expected.bounds(name)
        assert (mine.id, mine.name, mine.checksum) == (expected.id, expected.name, expected.checksum)


def test_several_recordings_have_their_rows(written: Path, everything: Corpus) -> None:
    ids = everything.recordings["recording"].iloc[[30, 2, 17]].tolist()
    mine, expected = (corpus.together(ids) for corpus in (recexplore.load(written), everything))

    for one, other in zip(mine, expected, strict=True):
        same = pd.testing.assert_frame_equal
        same(one.derive(_counted, "events"), other.derive(_counted, "events"))


def _counted(events: pd.DataFrame) -> pd.DataFrame:
    return events.groupby("recording", sort=False, as_index=False).agg(n=("seq", "size"), last=("text", "last"))


def test_no_frame_is_read_for_one_recording(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = recexplore.load(written)
    n_groups = pq.read_metadata(written / "events" / "part-00001.parquet").num_row_groups
    assert n_groups > 3
    read: list[tuple[Any, int, int]] = []
    group = corpus._tables._read_group
    monkeypatch.setattr(corpus._tables, "_group", lambda *given: read.append(given) or group(*given))
    monkeypatch.setattr(type(corpus._tables), "frame", None)
    recording = corpus["f27523"]

    assert len(recording.events) == 168
    assert recording.text()
    assert {frame.name for frame, *_ in read} == {"events", "choices"}
    assert len([1 for frame, *_ in read if frame.name == "events"]) <= 3


def test_raw_chunks_are_read_from_the_files(written: Path, everything: Corpus) -> None:
    mine, expected = (corpus["f27523"] for corpus in (recexplore.load(written), everything))

    assert mine.raw(81) == expected.raw(81)
    assert mine.request == expected.request
    assert mine.line(3) == expected.line(3)


def test_what_is_not_as_it_was_is_said(bundled_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(bundled_folder, "files")
    with zipfile.ZipFile("packed.zip", "w") as archive:
        for path in bundled_folder.iterdir():
            archive.write(path, f"inside/{path.name}")
    recexplore.load(["files", "packed.zip"], progress=False).export("dataset")
    monkeypatch.chdir("/")
    corpus = recexplore.load(tmp_path / "dataset")
    loose, packed = (
        next(each for each in corpus if "f27523" in each.id and mark in each.name) for mark in (".", "inside")
    )
    assert loose.raw(0) == packed.raw(0)

    file = tmp_path / loose.facts["path"]
    file.write_bytes(file.read_bytes().replace(b"assistant", b"assistent"))
    with pytest.raises(SourceChanged, match="is not what was loaded any more"):
        recexplore.load(tmp_path / "dataset")[loose.id].raw(0)
    os.unlink(tmp_path / "packed.zip")
    with pytest.raises(SourceChanged, match="cannot be read any more"):
        recexplore.load(tmp_path / "dataset")[packed.id].raw(0)
    assert recexplore.load(tmp_path / "dataset")[packed.id].text()


@pytest.mark.parametrize(
    "path", ["https://example.com/a.json", "s3://bucket/a.json", "git+file:///r@HEAD:a.json", "https://h/a.zip!/a.json"]
)
def test_no_machine_is_asked_for_what_a_dataset_names(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody may have sent it."""
    monkeypatch.setattr(originals, "search", lambda file: pytest.fail(f"{file} was looked for"))
    for there, folder in ((path, "/recordings"), ("a.json", path.rpartition("/")[0])):
        with pytest.raises(OSError, match="only what is on a disk of this machine"):
            originals.original(there, "a.json", folder).read(100)


def test_problems_and_files_passed_over_are_in_it(tmp_path: Path, read: Callable[..., Corpus]) -> None:
    corpus = read(b'{"request": {"method": "POST"}, "response": {"body": [{"a": 1}', "cut.json")
    assert corpus.unread
    corpus.export(tmp_path / "dataset")

    again = recexplore.load(tmp_path / "dataset")
    assert again.unread == corpus.unread
    with pytest.raises(NotLoadable):
        recexplore.load(tmp_path / "dataset", strict=True)


def test_a_dataset_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    recexplore.load(tmp_path / "in").export(tmp_path / "exported")
    recexplore.scan(tmp_path / "in").to_parquet(tmp_path / "scanned")

    for name in ("exported", "scanned"):
        corpus = recexplore.load(tmp_path / name)
        assert len(corpus) == 0
        assert_same(corpus, recexplore.load(tmp_path / "in"))


def test_findings_are_optional(bundled_folder: Path, bundled: Corpus, tmp_path: Path) -> None:
    recexplore.scan(bundled_folder).to_parquet(tmp_path / "dataset", findings=False)

    assert not (tmp_path / "dataset" / "findings").exists()
    pd.testing.assert_frame_equal(recexplore.load(tmp_path / "dataset").findings, bundled.findings)


def test_findings_are_not_made_again(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recexplore.rules.chosen", None)

    assert set(recexplore.load(written).findings.columns) == set(FRAMES["findings"].names)


def test_nothing_of_anybodys_is_replaced(bundled_folder: Path, tmp_path: Path) -> None:
    scan = recexplore.scan(bundled_folder)
    scan.to_parquet(tmp_path / "dataset", findings=False)
    scan.to_parquet(tmp_path / "dataset", findings=False)
    (tmp_path / "dataset" / "events" / "mine.txt").write_bytes(b"mine")
    with pytest.raises(ExportRefused, match=r"holds events/mine\.txt, which no export of recexplore wrote"):
        scan.to_parquet(tmp_path / "dataset")
    assert not (tmp_path / "dataset" / "findings").exists()
    scan.to_parquet(tmp_path / "dataset", force=True)
    assert (tmp_path / "dataset" / "events" / "mine.txt").read_bytes() == b"mine"
    with pytest.raises(ExportRefused):
        scan.to_parquet(bundled_folder)


def test_fewer_parts_leave_none_of_the_earlier(bundled_folder: Path, bundled: Corpus, tmp_path: Path) -> None:
    recexplore.scan(bundled_folder, max_partition_bytes=1).to_parquet(tmp_path / "dataset", findings=False)
    recexplore.scan(bundled_folder).to_parquet(tmp_path / "dataset", findings=False)

    assert len(list((tmp_path / "dataset" / "events").iterdir())) == 1
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "dataset" / "events"), bundled.events)


def test_where_writing_fails_nothing_is(bundled_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object, **wishes: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(OSError, match="no space left"):
        recexplore.scan(bundled_folder).to_parquet(tmp_path / "dataset")
    assert os.listdir(tmp_path) == []


def test_it_is_loaded_by_itself(written: Path, bundled_folder: Path) -> None:
    with pytest.raises(ValueError, match="is a dataset: it is loaded by itself"):
        recexplore.load([written, bundled_folder])
    with pytest.raises(ValueError, match="has no revisions"):
        recexplore.load(written, rev="main")
    with pytest.raises(ValueError, match="is in the dataset and is to be left out"):
        recexplore.load(written, exclude="*/llama-stack/*")
    assert len(recexplore.load([written], exclude="*/none/*")) == 39


def test_what_is_no_dataset(bundled: Corpus, tmp_path: Path) -> None:
    (tmp_path / ABOUT).write_text('{"kind": "mine"}')
    assert dataset_in(str(tmp_path)) is None
    assert dataset_in(["a", "b"]) is None
    bundled.export(tmp_path / "some", frames=["events", "usage"])
    with pytest.raises(ValueError, match="a dataset with all frames was expected, choices, chunks, problems"):
        recexplore.load(tmp_path / "some")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("format", 2, "a dataset of format 1 was expected, found format 2 of recexplore"),
        ("more", 2, "is not what was written"),
        ("n_recordings", 7, "7 recordings were written, 5 are there"),
    ],
)
def test_what_is_another_version_or_not_what_was_written(
    bundled: Corpus, tmp_path: Path, field: str, value: object, said: str
) -> None:
    bundled.export(tmp_path / "dataset")
    about = json.loads((tmp_path / "dataset" / ABOUT).read_bytes())
    (tmp_path / "dataset" / ABOUT).write_text(json.dumps({**about, field: value}))

    with pytest.raises(ValueError, match=said):
        recexplore.load(tmp_path / "dataset")


def test_the_explorer_reads_no_frame_but_recordings(
    written: Path, everything: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = recexplore.load(written)
    whole: list[str] = []
    frame = corpus._tables.frame
    monkeypatch.setattr(corpus._tables, "frame", lambda name: whole.append(name) or frame(name))
    mine, expected = Answers(corpus), Answers(everything)
    asked = {"view": "v", "count": 20, "recording": "f27523f3fec8"}

    for key, query in enumerate(["", "is:stream", "has:tools", "has:finish", "weather"]):
        find = {**asked, "key": key, "query": query}
        assert mine.answer("find", find) == expected.answer("find", find)
        assert mine.answer("rows", {"view": "v", "key": key, "first": 3, "count": 9})[0] is not None
    for question in ("show", "prompt"):
        given = {"recording": "f27523f3fec8"}
        assert mine.answer(question, given) == expected.answer(question, given)
    assert whole == ["recordings"]


def test_a_dataset_without_a_recording_is_checked_and_exported(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.json").write_text('{"request": 1')
    recexplore.load(tmp_path / "broken").export(tmp_path / "dataset")
    corpus = recexplore.load(tmp_path / "dataset")

    assert len(corpus) == 0
    assert corpus.problems["path"].str.endswith("a.json").all()
    assert recexplore.check(corpus).empty
    corpus.export(tmp_path / "again")
    assert len(recexplore.load(tmp_path / "again")) == 0
