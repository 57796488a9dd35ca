"""Where the cache is: by argument, by environment, not where others may write; what is kept of it, and what goes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from recexplore.read.cache import place
from recexplore.read.cache.parts_file import write_parts
from recexplore.read.cache.place import cache_folder, clear, file_name, kept, tidy


def kept_file(folder: Path, name: str, *, age_s: float = 0, n_bytes: int = 0) -> Path:
    path = folder / f"{name * 32}.recexplore"
    (folder / name).mkdir(exist_ok=True)
    about = {"folder": str(folder / name), "n_recordings": 3}
    write_parts(str(path), {"a": lambda file: file.write(b"x" * n_bytes)}, about)
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def test_it_is_where_it_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECEXPLORE_CACHE", str(tmp_path / "variable"))
    assert cache_folder() == tmp_path / "variable"
    assert cache_folder(tmp_path / "argument") == tmp_path / "argument"
    assert cache_folder(cache=False) is None
    monkeypatch.setenv("RECEXPLORE_CACHE", "off")
    assert cache_folder() is None
    assert cache_folder(tmp_path / "argument") == tmp_path / "argument"


@pytest.mark.skipif(os.name == "nt", reason="Windows has other homes and other permissions")
def test_else_it_is_in_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECEXPLORE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = cache_folder(cache=True)
    assert folder is not None
    assert folder.is_relative_to(tmp_path)
    assert folder.name == "recexplore"
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_it_is_not_where_others_may_write_or_nobody_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "file").write_text("")
    for place_, why in (
        ("open", "others may write"),
        ("file", "there is no cache"),
        ("file/below", "there is no cache"),
    ):
        with pytest.warns(UserWarning, match=why):
            assert cache_folder(tmp_path / place_) is None
    monkeypatch.setenv("RECEXPLORE_CACHE", str(tmp_path / "open"))
    assert cache_folder() is None
    with pytest.raises(ValueError, match="empty path"):
        cache_folder("")


def test_a_name_depends_on_all_that_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    name = file_name("/recordings", 5)
    assert name == file_name("/recordings", 5)
    assert name is not None
    assert name.endswith(".recexplore")
    assert len({name, file_name("/recordings", 6), file_name("/recordings/", 5), file_name("/rec\udcff", 5)}) == 4
    monkeypatch.setattr(place, "versions", lambda: ("recexplore.dialects mine x:Y mine 2.0",))
    assert file_name("/recordings", 5) not in (name, None)
    monkeypatch.setattr(place, "versions", lambda: None)
    assert file_name("/recordings", 5) is None


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    files = [
        kept_file(tmp_path, name, age_s=age_s, n_bytes=10_000) for name, age_s in (("a", 50), ("b", 500), ("c", 5))
    ]
    (tmp_path / "mine.txt").write_text("x" * 90_000)
    place.used(files[1])
    for file in files:
        place.findings_of(file).write_bytes(b"x" * 1000)
    tidy(tmp_path, most_bytes=25_000)
    assert names(tmp_path) == ["b", "c"]
    assert [place.findings_of(file).exists() for file in files] == [False, True, True]
    tidy(tmp_path, most_bytes=25_000)
    assert names(tmp_path) == ["b", "c"]
    assert {each.n_recordings for each in kept(tmp_path)} == {3}
    assert (tmp_path / "mine.txt").exists()


def names(folder: Path) -> list[str]:
    return [each.folder[-1:] for each in kept(folder)]


def test_what_nobody_used_for_a_month_goes_and_what_is_of_a_folder_that_is_gone(tmp_path: Path) -> None:
    for name, age_s in (("a", 40 * 86_400), ("b", 20 * 86_400), ("c", 5)):
        kept_file(tmp_path, name, age_s=age_s)
    (tmp_path / "c").rmdir()
    tidy(tmp_path)
    assert names(tmp_path) == ["b"]


def test_words_for_on_are_no_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    for word in ("1", "on", "TRUE", ""):
        monkeypatch.setenv("RECEXPLORE_CACHE", word)
        assert cache_folder() != tmp_path / word
    assert not {"1", "on", "TRUE"} & set(os.listdir(tmp_path))


def test_what_a_broken_writer_left_goes_after_a_day(tmp_path: Path) -> None:
    for name, age_s in ((".recexplore-old", 90_000), (".recexplore-young", 60), (".settings.new", 90_000)):
        (tmp_path / name).write_text("half")
        os.utime(tmp_path / name, (time.time() - age_s,) * 2)
    tidy(tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == [".recexplore-young", ".settings.new"]


def test_clearing_removes_its_own_files_and_no_others(tmp_path: Path) -> None:
    kept_file(tmp_path, "a", n_bytes=1000)
    (tmp_path / f"{'b' * 32}.recexplore").write_bytes(b"damaged")
    mine = ["mine.txt", "june.findings", ".settings.new", "b.recexplore"]
    for name in mine:
        (tmp_path / name).write_text("mine")
    assert sorted(names(tmp_path)) == ["", "a"]
    assert clear(tmp_path) > 1000
    assert sorted(each.name for each in tmp_path.iterdir() if each.is_file()) == sorted(mine)
    assert kept(tmp_path) == []
