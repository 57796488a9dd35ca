"""`recexplore.export`: which format, which options, what it says."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

import recexplore
from recexplore.corpus import Corpus
from recexplore.model.errors import ExportRefused
from recexplore.share.exports import FORMATS
from recexplore.share.exports.export import format_of


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("out", "parquet"),
        ("out.zip", "parquet"),
        ("events.PARQUET", "parquet"),
        ("events.arrow", "arrow"),
        ("events.feather", "arrow"),
        ("events.csv", "csv"),
        ("events.jsonl", "jsonl"),
    ],
)
def test_a_path_says_its_format(path: str, name: str) -> None:
    assert format_of(path).name == name
    assert format_of(Path(path)).name == name


@pytest.mark.parametrize("path", ["out.txt", "out.tar.gz", "out.json", io.BytesIO()])
def test_a_path_that_says_no_format(path: str) -> None:
    with pytest.raises(ValueError, match="does not say its format: expected one of"):
        format_of(path)


def test_a_format_that_there_is_not(bundled: Corpus, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no format 'excel': expected one of parquet, arrow, csv"):
        bundled.export(tmp_path / "out", "excel")


def test_an_option_of_another_format(bundled: Corpus, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not of parquet"):
        bundled.export(tmp_path / "out", content=True)
    with pytest.raises(ValueError, match="untimed is leave-out or index"):
        bundled.export(tmp_path / "out", untimed="seconds")
    assert os.listdir(tmp_path) == []


def test_one_file_cannot_hold_several(bundled: Corpus, tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"parquet makes 10 files of it .*: name a folder or a \.zip archive, or choose one frame"
    ):
        bundled.export(tmp_path / "out.parquet")
    bundled.export(tmp_path / "out.parquet", frames=["events"])
    bundled.export(tmp_path / "other.parquet", frames="events")

    assert (tmp_path / "out.parquet").read_bytes() == (tmp_path / "other.parquet").read_bytes()


def test_what_was_written_is_told(bundled: Corpus, tmp_path: Path) -> None:
    outcome = recexplore.export(bundled, tmp_path / "out", "csv", frames=["usage", "choices"])

    assert outcome.files == [str(tmp_path / "out" / "usage.csv"), str(tmp_path / "out" / "choices.csv")]
    assert all(map(os.path.isfile, outcome.files))
    assert str(outcome) == "2 files of csv"
    assert bundled.export(tmp_path / "out.zip", "csv", frames=["usage"]).files == ["usage.csv"]


def test_a_place_is_loaded(bundled: Corpus, bundled_folder: Path, tmp_path: Path) -> None:
    bundled.export(tmp_path / "a.csv", frames=["usage"])
    recexplore.export(bundled_folder, tmp_path / "b.csv", frames=["usage"])

    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_what_was_just_received_is_exported_too() -> None:
    out = io.BytesIO()
    recexplore.from_chunks([{"choices": [{"index": 0, "delta": {"content": "Hi"}}]}]).export(
        out, "csv", frames=["choices"]
    )

    assert b'"Hi"' in out.getvalue()


def test_no_recording_is_replaced(bundled_folder: Path, tmp_path: Path) -> None:
    source = tmp_path / "recording.csv"
    source.write_bytes(next(bundled_folder.glob("*.json")).read_bytes())
    before = source.read_bytes()
    corpus = recexplore.load(source)

    with pytest.raises(ExportRefused, match="a recording that was loaded"):
        corpus.export(source, frames=["usage"], force=True)
    with pytest.raises(ExportRefused, match="which no export of recexplore wrote"):
        corpus.export(tmp_path)
    assert source.read_bytes() == before
    assert os.listdir(tmp_path) == [source.name]


def test_a_corpus_without_an_exporter_says_what_to_call(bundled: Corpus) -> None:
    from recexplore.checks.run import check
    from recexplore.read.load import load_blobs

    corpus = load_blobs([], "nowhere", check=check)
    with pytest.raises(TypeError, match=r"call recexplore\.export"):
        corpus.export("out")


def test_every_format_has_a_module() -> None:
    for each in FORMATS.values():
        assert callable(each.files)
        assert each.meaning
        assert all(suffix.startswith(".") for suffix in each.suffixes)


def test_what_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="not int"):
        recexplore.export(3, tmp_path / "out")  # type: ignore[arg-type]
