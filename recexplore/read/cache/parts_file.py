"""One file of named parts, written once, each part read and checked when it is first asked for.

Takes names and what writes each part, gives a file; takes a file, gives its parts as Arrow buffers. Nothing is mapped: what
was checked stays what it was, and a file that somebody cuts while it is open ends nobody's process. The file ends with a
JSON index of the parts (place, length in bytes, CRC-32) and of what else the writer wants to know; the index has a checksum
of its own. A file appears whole or not at all: it is written beside its place and renamed.
"""

from __future__ import annotations

import json
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, BinaryIO, Final

import pyarrow as pa

__all__ = ["BEING_WRITTEN", "DamagedParts", "Parts", "open_parts", "write_parts"]

BEING_WRITTEN: Final = ".recexplore-"
"""How the name of a file begins that is not whole yet."""

_MAGIC: Final = b"recexplore cache\n"
_TRAILER_BYTES: Final = 8 + 4 + len(_MAGIC)
_ALIGNMENT: Final = 64
"""Arrow wants its buffers at multiples of this many bytes."""

_BLOCK_BYTES: Final = 1 << 20

Writer = Callable[[BinaryIO], object]


class DamagedParts(ValueError):
    """A file of parts, or one of its parts, is not what was written."""


class Parts:
    """The parts of an open file.

    Attributes
    ----------
    about
        What the writer added to the index.
    stamp
        Differs for files that were written at different times.
    """

    def __init__(self, file: pa.NativeFile, index: Mapping[str, Any]) -> None:
        self.about: dict[str, Any] = dict(index["about"])
        self.stamp = str(index["stamp"])
        # Held open: another file may stand in its place when a part is asked for.
        self._file = file
        self._places = {str(name): (int(a), int(b), int(c)) for name, (a, b, c) in index["parts"].items()}
        self._checked: dict[str, pa.Buffer] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __getitem__(self, name: str) -> pa.Buffer:
        """A part; raises `DamagedParts` where its checksum is another."""
        if name not in self._checked:
            if name not in self._places:
                raise DamagedParts(f"there is no part {name!r}")
            start, length, checksum = self._places[name]
            part = _read(self._file, start, length)
            if zlib.crc32(part) != checksum:
                raise DamagedParts(f"the part {name!r} is not what was written")
            self._checked[name] = part
        return self._checked[name]


def write_parts(path: str, parts: Mapping[str, Writer], about: Mapping[str, Any]) -> str:
    """Write a file of parts, readable by its owner alone; its stamp.

    Raises
    ------
    OSError
        It cannot be written; nothing is left behind, and what stood there stands.
    """
    stamp = os.urandom(16).hex()
    descriptor, beside = tempfile.mkstemp(dir=os.path.dirname(path), prefix=BEING_WRITTEN)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            places = {}
            for name, write in parts.items():
                file.write(b"\0" * (-file.tell() % _ALIGNMENT))
                start = file.tell()
                write(file)
                places[name] = start, file.tell() - start
            file.flush()
            checked = _with_checksums(file, places)
            file.seek(0, os.SEEK_END)
            # In ASCII: a path may hold bytes that are no text.
            index = json.dumps({"parts": checked, "stamp": stamp, "about": dict(about)}).encode()
            file.write(index + len(index).to_bytes(8, "little") + zlib.crc32(index).to_bytes(4, "little") + _MAGIC)
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
    return stamp


def _with_checksums(file: BinaryIO, places: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int, int]]:
    """The places with the checksum of what stands there, read back from the file: no part is held in memory for it."""
    return {name: (start, length, _checksum(file, start, length)) for name, (start, length) in places.items()}


def _checksum(file: BinaryIO, start: int, length: int) -> int:
    file.seek(start)
    checksum = 0
    for first in range(0, length, _BLOCK_BYTES):
        checksum = zlib.crc32(file.read(min(_BLOCK_BYTES, length - first)), checksum)
    return checksum


def open_parts(path: str) -> Parts:
    """Open a file of parts.

    Raises
    ------
    OSError
        It cannot be opened.
    DamagedParts
        It is none, was cut, or its index is not what was written.
    """
    file = pa.OSFile(path)
    end = file.size() - _TRAILER_BYTES
    trailer = _read(file, end, _TRAILER_BYTES).to_pybytes()
    if not trailer.endswith(_MAGIC):
        raise DamagedParts("it does not end as a file of parts does")
    length, checksum = int.from_bytes(trailer[:8], "little"), int.from_bytes(trailer[8:12], "little")
    index = _read(file, end - length, length).to_pybytes()
    if zlib.crc32(index) != checksum:
        raise DamagedParts("its index is not what was written")
    try:
        return Parts(file, json.loads(index))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DamagedParts(f"its index is of another kind: {error!r}") from error


def _read(file: pa.NativeFile, start: int, length: int) -> pa.Buffer:
    """Bytes of a file; raises `DamagedParts` where they are not to be had."""
    try:
        # Of bytes that nobody wrote no memory is asked for.
        if not 0 <= start <= start + length <= file.size():
            raise DamagedParts("it is shorter than what was written")
        found = file.get_stream(start, length).read_buffer(length)
    except OSError as error:
        raise DamagedParts(f"it cannot be read: {error}") from error
    if found.size != length:
        raise DamagedParts("it was cut while it was read")
    return found
