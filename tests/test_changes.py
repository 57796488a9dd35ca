"""What became of files between two looks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import recexplore.server.changes as changes_module
from recexplore.server.changes import Changes, difference, is_local, snapshot, watched_folders

states = st.dictionaries(st.text(max_size=3), st.integers(0, 3), max_size=6)


@given(states, states)
def test_every_path_of_two_snapshots_is_told_once_or_is_the_same(before: dict[str, int], after: dict[str, int]) -> None:
    changes = difference(before, after)
    parts = [*changes.new, *changes.changed, *changes.gone]
    assert len(parts) == len({*parts})
    same = {path for path in before.keys() & after.keys() if before[path] == after[path]}
    assert {*parts} | same == before.keys() | after.keys()
    assert not {*parts} & same
    assert bool(changes) == (before != after)


def test_files_that_are_written_changed_and_deleted(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.json").write_text("{}")
        os.utime(tmp_path / f"{name}.json", (1, 1))
    before = snapshot([str(tmp_path)])
    assert not difference(before, snapshot([str(tmp_path)]))
    (tmp_path / "a.json").unlink()
    (tmp_path / "b.json").write_text("{ }")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "d.json").write_text("{}")
    changes = difference(before, snapshot([str(tmp_path)]))
    names = [
        tuple(os.path.relpath(path, tmp_path) for path in paths)
        for paths in (changes.new, changes.changed, changes.gone)
    ]
    assert names == [("sub/d.json",), ("b.json",), ("a.json",)]


def test_a_file_that_was_written_a_moment_ago_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be written once more within the same tick of its clock, and have the same size."""
    file = tmp_path / "a.json"
    file.write_text("{}")
    written_ns = file.stat().st_mtime_ns
    monkeypatch.setattr(changes_module.time, "time_ns", lambda: written_ns + 10_000_000)
    assert difference(snapshot([str(tmp_path)]), snapshot([str(tmp_path)])).changed == (str(file),)
    monkeypatch.setattr(changes_module.time, "time_ns", lambda: written_ns + 90_000_000)
    assert not difference(snapshot([str(tmp_path)]), snapshot([str(tmp_path)]))


def test_a_place_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert snapshot([str(tmp_path / "gone")]) == {}
    assert difference({"a": 1}, {}) == Changes(gone=("a",))


def test_what_can_be_watched(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    file = tmp_path / "a.json"
    file.write_text("{}")
    assert [is_local(each) for each in ("a", "/a/b", "https://host.invalid/a", "git+file:///a@b:c")] == [
        True,
        True,
        False,
        False,
    ]
    deep, flat = str(tmp_path / "sub"), str(tmp_path)
    assert watched_folders([deep, "https://host.invalid/a"]) == {True: (deep,)}
    # Beside a file, what lies deeper is nobody's business.
    assert watched_folders([str(file)]) == {False: (flat,)}
    assert watched_folders([str(tmp_path / "*.json")]) == {True: (flat,)}
    assert watched_folders(["https://host.invalid/a"]) == {}
