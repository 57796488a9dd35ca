"""Where an export goes: whole or not at all, and nothing of anybody's is replaced unasked."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from recexplore.model.errors import ExportRefused
from recexplore.share.exports.target import MANIFEST, File, write_archive, write_file, write_folder, write_stream


def holding(data: bytes) -> Callable[[BinaryIO], None]:
    def write(out: BinaryIO) -> None:
        out.write(data)

    return write


def failing(out: BinaryIO) -> None:
    out.write(b"half of it")
    raise OSError("no space left on device")


def names_in(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


TWO = [File("a.txt", holding(b"a")), File("b.txt", holding(b"b"))]


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    with pytest.raises(OSError, match="no space"):
        write_file(str(path), File("x", failing), force=False, sources=())
    assert names_in(tmp_path) == []

    write_file(str(path), File("x", holding(b"x")), force=False, sources=())
    assert path.read_bytes() == b"x"
    with pytest.raises(OSError, match="no space"):
        write_file(str(path), File("x", failing), force=True, sources=())
    assert path.read_bytes() == b"x"
    assert names_in(tmp_path) == ["out.txt"]


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_bytes(b"mine")

    with pytest.raises(ExportRefused, match="is there already"):
        write_file(str(path), File("x", holding(b"new")), force=False, sources=())
    assert path.read_bytes() == b"mine"
    write_file(str(path), File("x", holding(b"mine")), force=False, sources=())  # which changes nothing
    write_file(str(path), File("x", holding(b"new")), force=True, sources=())
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("is_linked", [False, True])
def test_a_recording_is_never_replaced(tmp_path: Path, is_linked: bool) -> None:
    source, path = tmp_path / "recording.json", tmp_path / "recording.json"
    source.write_bytes(b"recorded")
    if is_linked:
        path = tmp_path / "link.json"
        path.symlink_to(source)

    with pytest.raises(ExportRefused, match="a recording that was loaded"):
        write_file(str(path), File("x", holding(b"new")), force=True, sources={str(source)})
    with pytest.raises(ExportRefused, match="a recording that was loaded"):
        write_folder(str(tmp_path), [File(path.name, holding(b"new"))], "f", force=True, sources={str(source)})
    assert source.read_bytes() == b"recorded"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ExportRefused, match="is a folder"):
        write_file(str(tmp_path), File("x", holding(b"x")), force=True, sources=())
    (tmp_path / "file").write_bytes(b"mine")
    with pytest.raises(ExportRefused, match="is a file, and a folder"):
        write_folder(str(tmp_path / "file"), TWO, "f", force=True, sources=())
    with pytest.raises(FileNotFoundError, match="is no folder"):
        write_file(str(tmp_path / "none" / "x"), File("x", holding(b"x")), force=False, sources=())


def test_a_new_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(OSError, match="no space"):
        write_folder(str(out), [*TWO, File("c.txt", failing)], "f", force=False, sources=())
    assert names_in(tmp_path) == []

    write_folder(str(out), TWO, "f", force=False, sources=())
    assert names_in(out) == ["a.txt", "b.txt", MANIFEST]
    assert json.loads((out / MANIFEST).read_text())["format"] == "f"


def test_an_export_may_be_made_again(tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    write_folder(out, TWO, "f", force=False, sources=())
    write_folder(out, [File("b.txt", holding(b"bb")), File("c.txt", holding(b"c"))], "f", force=False, sources=())

    assert names_in(Path(out)) == ["b.txt", "c.txt", MANIFEST]
    assert (tmp_path / "out" / "b.txt").read_bytes() == b"bb"
    with pytest.raises(OSError, match="no space"):
        write_folder(out, [File("b.txt", holding(b"bbb")), File("c.txt", failing)], "f", force=False, sources=())
    assert (tmp_path / "out" / "b.txt").read_bytes() == b"bb"
    assert names_in(Path(out)) == ["b.txt", "c.txt", MANIFEST]


def test_a_folder_that_is_empty_is_filled(tmp_path: Path) -> None:
    write_folder(str(tmp_path), TWO, "f", force=False, sources=())

    assert names_in(tmp_path) == ["a.txt", "b.txt", MANIFEST]


@pytest.mark.parametrize("strange", ["mine.txt", "a.txt", MANIFEST, ".hidden"])
def test_a_folder_with_anything_else_stays(tmp_path: Path, strange: str) -> None:
    (tmp_path / strange).write_bytes(b"mine")

    with pytest.raises(ExportRefused, match=f"holds {strange}, which no export of recexplore wrote"):
        write_folder(str(tmp_path), TWO, "f", force=False, sources=())
    assert names_in(tmp_path) == [strange]
    assert (tmp_path / strange).read_bytes() == b"mine"


def test_what_a_killed_export_left_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / ".recexplore-export-abc").mkdir()
    write_folder(str(tmp_path), TWO, "f", force=False, sources=())
    write_folder(str(tmp_path), TWO, "f", force=False, sources=())

    assert names_in(tmp_path) == [".recexplore-export-abc", "a.txt", "b.txt", MANIFEST]


def test_what_was_changed_since_stays(tmp_path: Path) -> None:
    write_folder(str(tmp_path), TWO, "f", force=False, sources=())
    (tmp_path / "a.txt").write_bytes(b"changed by hand")

    with pytest.raises(ExportRefused, match=r"holds a\.txt, which was changed since"):
        write_folder(str(tmp_path), TWO, "f", force=False, sources=())
    assert (tmp_path / "a.txt").read_bytes() == b"changed by hand"


def test_force_replaces_what_has_the_same_name_and_nothing_else(tmp_path: Path) -> None:
    write_folder(str(tmp_path), [*TWO, File("old.txt", holding(b"old"))], "f", force=False, sources=())
    (tmp_path / "a.txt").write_bytes(b"changed by hand")
    (tmp_path / "mine.txt").write_bytes(b"mine")

    write_folder(str(tmp_path), TWO, "f", force=True, sources=())

    assert names_in(tmp_path) == ["a.txt", "b.txt", "mine.txt", MANIFEST]
    assert (tmp_path / "a.txt").read_bytes() == b"a"
    assert (tmp_path / "mine.txt").read_bytes() == b"mine"


def test_a_list_that_lies_gives_nothing_away(tmp_path: Path) -> None:
    """A list that somebody else wrote names files outside, and files with other bytes."""
    (tmp_path / "precious.txt").write_bytes(b"mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / MANIFEST).write_text(json.dumps({"files": {"../precious.txt": "sha256:0", "x": 3, "": []}}))

    with pytest.raises(ExportRefused):
        write_folder(str(out), TWO, "f", force=False, sources=())
    write_folder(str(out), TWO, "f", force=True, sources=())
    assert (tmp_path / "precious.txt").read_bytes() == b"mine"


def test_an_archive_holds_the_files_and_no_time(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        write_archive(str(tmp_path / name), TWO, force=False, sources=())

    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {"a.txt": b"a", "b.txt": b"b"}
    with pytest.raises(ExportRefused):
        write_archive(str(tmp_path / "a.zip"), TWO[:1], force=False, sources=())
    with pytest.raises(OSError, match="no space"):
        write_archive(str(tmp_path / "c.zip"), [*TWO, File("c", failing)], force=False, sources=())
    assert names_in(tmp_path) == ["a.zip", "b.zip"]


def test_a_stream_gets_all_or_nothing() -> None:
    out = io.BytesIO()
    with pytest.raises(OSError, match="no space"):
        write_stream(File("x", failing), out)
    assert out.getvalue() == b""

    write_stream(File("x", holding(b"x")), out)
    assert out.getvalue() == b"x"


def test_files_are_as_open_as_others(tmp_path: Path) -> None:
    write_folder(str(tmp_path / "out"), TWO, "f", force=False, sources=())
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").write_bytes(b"")

    assert (tmp_path / "out").stat().st_mode == (tmp_path / "other").stat().st_mode
    assert (tmp_path / "out" / "a.txt").stat().st_mode == (tmp_path / "other" / "file").stat().st_mode


def test_a_folder_that_takes_nothing_is_called_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", f"{tmp_path}/.stage-uwt26suk")

    monkeypatch.setattr("recexplore.share.exports.target.tempfile.mkdtemp", fail)
    said = f"nothing can be written in {tmp_path}: Permission denied"
    with pytest.raises(PermissionError, match=rf"^{re.escape(said)}\Z"):
        write_file(str(tmp_path / "a"), TWO[0], force=False, sources=())
