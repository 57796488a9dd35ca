"""Files that are not loaded, and recordings that were never files."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

import recexplore
from recexplore.read.sources import held

ONE, TWO = "94d11daee205.json", "f6960cae871e1fb2f6a749488d9bab55d3575489400bc517d40822048496c36b.json"


@pytest.fixture
def folder(tmp_path: Path, bundled_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "old").mkdir()
    for name, place in ((ONE, "old"), (TWO, ".")):
        (tmp_path / place / name).write_bytes((bundled_folder / name).read_bytes())
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.write(bundled_folder / ONE, "m.json")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("globs", "left"),
    [
        ((), ["f6960cae871e", "94d11daee205", "m"]),
        (("old", "x.zip"), ["f6960cae871e"]),
        (("old/*", "m.json"), ["f6960cae871e"]),
        ("f69*", ["94d11daee205", "m"]),
        (["*"], []),
    ],
)
def test_what_is_excluded_is_not_read(folder: Path, globs: object, left: list[str]) -> None:
    (folder / "old" / "broken.json").write_text("{")
    corpus = recexplore.load([".", "x.zip"], exclude=globs, progress=False)  # type: ignore[arg-type]
    assert sorted(each.id for each in corpus) == sorted(left)
    assert len(corpus.unread) == (0 if "old" in str(globs) or globs == ["*"] else 1)
    excluded = [each.path for each in corpus.skipped_files if each.kind == "excluded"]
    assert len(set(excluded)) == len(excluded)
    assert (corpus.skipped["reason"] == "it is excluded").sum() == len(excluded)


def test_a_function_may_say_what_is_excluded(folder: Path) -> None:
    corpus = recexplore.load(folder, exclude=lambda path: "/old/" in path, progress=False)
    assert [each.id for each in corpus] == ["f6960cae871e"]


def test_what_is_named_is_excluded_too(folder: Path) -> None:
    assert len(recexplore.load(TWO, exclude="f69*", progress=False)) == 0


def test_bytes_in_memory_are_loaded_like_a_file(folder: Path) -> None:
    data = Path(TWO).read_bytes()
    corpus = recexplore.load([held(data, "<stdin>", "stdin"), "old"], progress=False)
    assert [each.id for each in corpus] == ["stdin", "94d11daee205"]
    assert corpus["stdin"].line(0) == recexplore.load(TWO, progress=False)["f696"].line(0)
    assert corpus["stdin"].raw(0) == recexplore.load(TWO, progress=False)["f696"].raw(0)
    assert corpus.where == "2 places"
    packed = recexplore.load(held(gzip.compress(data), "a/b.json.gz"), progress=False)
    assert [each.id for each in packed] == ["b"]
    assert packed.places == ("a/b.json.gz",)


def test_bytes_in_memory_are_bounded(folder: Path) -> None:
    corpus = recexplore.load(held(b"x" * 11, "<stdin>"), max_file_bytes=10, progress=False)
    assert "more than 10 bytes" in corpus.unread[0].found
