"""Stamps of files: what is noticed of a change, and which files have none."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from recexplore.read.cache.stamps import Stamps, stamps_of
from recexplore.read.sources import entries

LATER_NS = 10_000_000_000


def stamps(folder: Path, later_ns: int = LATER_NS) -> Stamps:
    return stamps_of(list(entries(str(folder))), time.time_ns() + later_ns)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "below").mkdir()
    for name in ("a.json", "b.json", "below/c.yaml", "notes.md"):
        (tmp_path / name).write_text(f'"{name}"')
    return tmp_path


def unchanged(folder: Path, before: Stamps) -> dict[str, int]:
    now = stamps(folder)
    names = [os.path.relpath(path, folder).replace(os.sep, "/") for path in now.paths]
    return dict(zip(names, now.unchanged_since(before).tolist(), strict=True))


def test_what_nobody_touched_is_what_it_was(folder: Path) -> None:
    assert unchanged(folder, stamps(folder)) == {"a.json": 0, "b.json": 1, "notes.md": 2, "below/c.yaml": 3}


def test_another_content_another_file_and_a_new_one(folder: Path) -> None:
    before = stamps(folder)
    (folder / "a.json").write_text('"another content"')
    about = (folder / "b.json").stat()
    (folder / "new").write_text('"B.json"')
    os.utime(folder / "new", ns=(about.st_atime_ns, about.st_mtime_ns))
    os.replace(folder / "new", folder / "b.json")
    (folder / "aa.json").write_text("1")
    assert unchanged(folder, before) == {"a.json": -1, "aa.json": -1, "b.json": -1, "notes.md": 2, "below/c.yaml": 3}


@pytest.mark.skipif(os.name == "nt", reason="Windows notes when a file was made, not when its record changed")
def test_the_same_size_and_time_in_the_same_file(folder: Path) -> None:
    before, about = stamps(folder), (folder / "a.json").stat()
    time.sleep(0.02)
    (folder / "a.json").write_text('"A.json"')
    os.utime(folder / "a.json", ns=(about.st_atime_ns, about.st_mtime_ns))
    assert unchanged(folder, before)["a.json"] == -1


def test_what_is_gone_is_not_missed(folder: Path) -> None:
    before = stamps(folder)
    (folder / "a.json").unlink()
    assert unchanged(folder, before) == {"b.json": 1, "notes.md": 2, "below/c.yaml": 3}
    assert Stamps([], np.empty((0, 4), np.int64)).unchanged_since(before).tolist() == []
    assert unchanged(folder, Stamps([], np.empty((0, 4), np.int64))) == dict.fromkeys(unchanged(folder, before), -1)


def test_a_file_that_changed_a_moment_ago_has_no_stamp(folder: Path) -> None:
    racy = stamps(folder, 0)
    assert racy.are_lasting.tolist() == [False, False, True, False]
    assert unchanged(folder, racy) == {"a.json": -1, "b.json": -1, "notes.md": 2, "below/c.yaml": -1}


def test_nor_has_one_from_the_future(folder: Path) -> None:
    ahead_ns = time.time_ns() + 2 * LATER_NS
    os.utime(folder / "a.json", ns=(ahead_ns, ahead_ns))
    assert stamps(folder).are_lasting.tolist() == [False, True, True, True]


def test_nor_what_cannot_be_looked_at(folder: Path) -> None:
    (folder / "d.json").symlink_to(folder / "nowhere")
    assert stamps(folder).are_lasting.tolist() == [True, True, False, True, True]


def test_of_a_file_that_no_search_is_for_only_the_name_counts(folder: Path) -> None:
    before = stamps(folder)
    (folder / "notes.md").write_text("other notes")
    assert unchanged(folder, before)["notes.md"] == 2
