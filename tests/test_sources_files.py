from __future__ import annotations

import os
from pathlib import Path

import pytest
from found_blobs import blobs

from recexplore.read.sources import search
from recexplore.read.sources.paths import REDACTION_FORM, REDACTION_SHEET


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def names(where: object) -> list[str]:
    return [blob.name for blob in blobs(where)]  # type: ignore[arg-type]


def test_a_folder_is_searched_below_in_the_order_of_names(tmp_path: Path) -> None:
    write(tmp_path, "b.json", "a.json", "c/x.json", "B/y.JSON", "c/d/z.json")

    assert names(tmp_path) == ["a.json", "b.json", "B/y.JSON", "c/x.json", "c/d/z.json"]
    assert next(blobs(tmp_path)).path == f"{tmp_path}/a.json"


def test_only_recordings_and_nothing_hidden(tmp_path: Path) -> None:
    recordings = [
        f"a.{suffix}" for suffix in ("har", "httprr", "json", "jsonl", "log", "ndjson", "sse", "txt", "yaml", "yml")
    ]
    write(tmp_path, *recordings, "a.md", "json", ".hidden.json", ".git/b.json", "c/.d/e.json", "x.json.bak")

    assert names(tmp_path) == recordings


def test_the_count_sheet_of_redacted_recordings_is_passed_over_in_silence(tmp_path: Path) -> None:
    write(tmp_path, "out/a.json", "recorded/redaction.json")
    (tmp_path / "out" / REDACTION_SHEET).write_text(f'{{\n  "form": "{REDACTION_FORM}",\n  "files": []\n}}')

    assert [each.path for each in search(tmp_path)] == [
        f"{tmp_path}/out/a.json",
        f"{tmp_path}/recorded/redaction.json",
    ]
    for where in (f"{tmp_path}/out/*", [f"{tmp_path}/out/{name}" for name in ("a.json", REDACTION_SHEET)]):
        assert [each.path for each in search(where)] == [f"{tmp_path}/out/a.json"]


def test_a_file_is_read_whatever_its_name(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", ".hidden")

    assert names(tmp_path / "a.txt") == ["a.txt"]
    assert names(tmp_path / ".hidden") == [".hidden"]


def test_a_trailing_slash_changes_nothing_but_the_path(tmp_path: Path) -> None:
    write(tmp_path, "c/a.json")

    assert names(f"{tmp_path}/") == names(tmp_path) == ["c/a.json"]


def test_a_glob_names_places_below_its_fixed_part(tmp_path: Path) -> None:
    write(tmp_path, "b/x.txt", "a/x.txt", "a/y.md", "c/d/x.txt")

    assert names(f"{tmp_path}/*/x.txt") == ["a/x.txt", "b/x.txt"]
    assert names(f"{tmp_path}/**/x.txt") == ["a/x.txt", "b/x.txt", "c/d/x.txt"]


def test_a_glob_searches_the_folders_it_matches(tmp_path: Path) -> None:
    write(tmp_path, "a/b.json", "c.json")

    assert names(f"{tmp_path}/*") == ["a/b.json", "c.json"]


def test_a_name_with_magic_that_exists_is_no_glob(tmp_path: Path) -> None:
    write(tmp_path, "a[1].json", "a1.json")

    assert names(tmp_path / "a[1].json") == ["a[1].json"]


def test_several_places_give_each_file_once(tmp_path: Path) -> None:
    write(tmp_path, "a/x.json", "b/y.json")
    places = [tmp_path / "a", tmp_path / "a" / "x.json", f"{tmp_path}/*/*.json"]

    assert [blob.path for blob in blobs(places)] == [f"{tmp_path}/a/x.json", f"{tmp_path}/b/y.json"]


def test_a_file_is_known_by_its_place_its_size_and_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a/x.json", "a/y.json")
    (first, second), path = blobs(tmp_path), tmp_path / "a" / "x.json"
    about = path.stat()
    monkeypatch.chdir(tmp_path)

    assert first.identity == ("file", str(path), about.st_size, about.st_mtime_ns) != second.identity
    for spelled in ("a", "./a/../a/x.json", "*/x.json"):
        assert next(iter(blobs(spelled))).identity == first.identity
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns + 1))
    assert next(iter(blobs(path))).identity != first.identity


def test_a_link_that_leads_nowhere_is_told_when_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.json").symlink_to(tmp_path / "nothing")
    (blob,) = blobs(tmp_path)

    assert blob.identity == ("file", str(tmp_path / "x.json"))
    with pytest.raises(FileNotFoundError):
        blob.read(9)


def test_relative_paths_and_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "r/x.json")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    assert [(blob.path, blob.name) for blob in blobs("r")] == [("r/x.json", "x.json")]
    assert [(blob.path, blob.name) for blob in blobs("*/x.json")] == [("r/x.json", "r/x.json")]
    assert [blob.path for blob in blobs("~/r")] == [f"{tmp_path}/r/x.json"]


def test_a_missing_path_is_named_with_the_nearest_folder_there_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        list(blobs(tmp_path / "no" / "such" / "file.json"))

    assert str(tmp_path / "no" / "such" / "file.json") in str(caught.value)
    assert f"'{tmp_path}'" in str(caught.value)


def test_a_glob_without_a_match_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"\*\.nothing"):
        list(blobs(f"{tmp_path}/*.nothing"))


def test_an_empty_folder_and_no_place_at_all(tmp_path: Path) -> None:
    assert names(tmp_path) == names([]) == []


def test_nothing_is_read_before_it_is_asked_for(tmp_path: Path) -> None:
    write(tmp_path, "a.json")
    (found,) = blobs(tmp_path)
    (tmp_path / "a.json").write_bytes(b"later")

    assert found.read(5) == b"later"


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"x" * 11)
    (found,) = blobs(tmp_path)

    assert len(found.read(11)) == 11
    with pytest.raises(OSError, match="11 bytes; the limit is 10"):
        found.read(10)


def test_a_large_file_is_read_whole(tmp_path: Path) -> None:
    data = os.urandom(1 << 20)
    (tmp_path / "a.json").write_bytes(data)

    assert next(blobs(tmp_path)).read(1 << 30) == data


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.json")
    (found,) = blobs(tmp_path)

    with pytest.raises(OSError, match="not a regular file"):
        found.read(10)


def test_a_link_to_a_folder_is_not_followed_and_one_to_a_file_is(tmp_path: Path) -> None:
    write(tmp_path, "there/a.json", "here/b.json")
    (tmp_path / "here" / "loop").symlink_to(tmp_path / "here")
    (tmp_path / "here" / "there").symlink_to(tmp_path / "there")
    (tmp_path / "here" / "c.json").symlink_to(tmp_path / "there" / "a.json")

    assert names(tmp_path / "here") == ["b.json", "c.json"]


def test_a_link_to_nowhere_is_found_and_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").symlink_to(tmp_path / "gone")
    (found,) = blobs(tmp_path)

    with pytest.raises(OSError, match=r"a\.json"):
        found.read(10)


def test_open_files_are_closed(tmp_path: Path) -> None:
    write(tmp_path, "a.json")
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("this system does not list open files")
    before = len(os.listdir(folder))
    for _ in range(50):
        next(blobs(tmp_path)).read(10)
        with pytest.raises(OSError, match="limit"):
            next(blobs(tmp_path)).read(1)

    assert len(os.listdir(folder)) == before
