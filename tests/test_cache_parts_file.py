"""A file of parts: whole or not there, and every flipped bit is noticed."""

from __future__ import annotations

import errno
import os
import random
import stat
from pathlib import Path
from typing import BinaryIO

import pytest

from recexplore.read.cache import parts_file
from recexplore.read.cache.parts_file import DamagedParts, open_parts, write_parts

PARTS = {"numbers": bytes(range(256)) * 9, "nothing": b"", "text": "é\0".encode() * 77}


def written(path: Path, parts: dict[str, bytes] = PARTS) -> Path:
    def writer(data: bytes) -> parts_file.Writer:
        return lambda file: file.write(data)

    write_parts(str(path), {name: writer(data) for name, data in parts.items()}, {"of": "a folder"})
    return path


def read(path: Path) -> dict[str, bytes]:
    parts = open_parts(str(path))
    return {name: parts[name].to_pybytes() for name in parts}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a")
    assert read(path) == PARTS
    assert open_parts(str(path)).about == {"of": "a folder"}
    assert open_parts(str(path))["numbers"].address % 64 == 0
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_nothing_can_be_written(tmp_path: Path) -> None:
    assert read(written(tmp_path / "a", {})) == {}
    assert read(written(tmp_path / "b", {"a": b""})) == {"a": b""}


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_it_is_its_owners_alone(tmp_path: Path) -> None:
    assert stat.S_IMODE(written(tmp_path / "a").stat().st_mode) == 0o600


def test_two_writings_differ(tmp_path: Path) -> None:
    stamps = {open_parts(str(written(tmp_path / name))).stamp for name in "ab"}
    assert len(stamps) == 2


def test_a_cut_anywhere_is_noticed(tmp_path: Path) -> None:
    data = written(tmp_path / "a").read_bytes()
    for length in (*range(0, len(data) - 1, 7), len(data) - 1):
        (tmp_path / "cut").write_bytes(data[:length])
        with pytest.raises(DamagedParts):
            open_parts(str(tmp_path / "cut"))


def test_every_flipped_bit_that_is_read_is_noticed(tmp_path: Path) -> None:
    data, dice = written(tmp_path / "a").read_bytes(), random.Random(7)
    n_noticed = 0
    for at in dice.sample(range(len(data) * 8), 200):
        changed = bytearray(data)
        changed[at // 8] ^= 1 << at % 8
        (tmp_path / "flipped").write_bytes(changed)
        try:
            # What fills up between the parts is never read.
            assert read(tmp_path / "flipped") == PARTS
        except DamagedParts:
            n_noticed += 1
    assert n_noticed > 150


def test_what_is_cut_or_written_over_while_it_is_open_ends_no_process(tmp_path: Path) -> None:
    """Of a mapped file the pages behind its end are no memory any more."""
    large = {"first": b"a" * 100_000, "last": b"z" * 100_000}
    path = written(tmp_path / "a", large)
    parts = open_parts(str(path))
    first = parts["first"]
    os.truncate(path, 4096)
    assert first.to_pybytes() == large["first"]
    with pytest.raises(DamagedParts, match="it was cut while it was read"):
        parts["last"]

    parts = open_parts(str(written(path, large)))
    first = parts["first"]
    with open(path, "r+b") as file:
        file.write(b"?" * path.stat().st_size)
    assert first.to_pybytes() == large["first"]
    with pytest.raises(DamagedParts, match="is not what was written"):
        parts["last"]


def test_a_disk_that_cannot_be_read_is_as_a_damaged_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def size(self) -> int:
            return 1 << 20

        def get_stream(self, start: int, length: int) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    parts = open_parts(str(written(tmp_path / "a")))
    monkeypatch.setattr(parts, "_file", Broken())
    with pytest.raises(DamagedParts, match="cannot be read"):
        parts["text"]


def test_a_part_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DamagedParts, match="no part 'more'"):
        open_parts(str(written(tmp_path / "a")))["more"]


@pytest.mark.parametrize("data", [b"", b"{}", b"recexplore cache\n", b"\xff" * 400])
def test_a_foreign_file_is_none(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(DamagedParts):
        open_parts(str(tmp_path / "a"))


def test_a_disk_that_is_full_leaves_what_was_there(tmp_path: Path) -> None:
    def full(file: BinaryIO) -> None:
        file.write(b"x" * 100)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = written(tmp_path / "a")
    with pytest.raises(OSError, match="No space"):
        write_parts(str(path), {"a": full}, {})
    assert read(path) == PARTS
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_who_reads_goes_on_reading_while_it_is_written_anew(tmp_path: Path) -> None:
    parts = open_parts(str(written(tmp_path / "a")))
    written(tmp_path / "a", {"text": b"another"})
    assert parts["text"].to_pybytes() == PARTS["text"]
