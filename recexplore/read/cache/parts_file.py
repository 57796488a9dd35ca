"""One file of named parts, written once, mapped when it is read, each part checked when it is first asked for.

Takes names and what writes each part, gives a file; takes a file, gives its parts as Arrow buffers that share its
pages. The file ends with a JSON index of the parts (place, length in bytes, CRC-32) and of what else the writer wants
to know; the index has a checksum of its own. A file appears whole or not at all: it is written beside its place and
renamed.
"""

from __future__ import annotations

import json
import mmap
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

    def __init__(self, data: pa.Buffer, index: Mapping[str, Any]) -> None:
        self.about: dict[str, Any] = dict(index["about"])
        self.stamp = str(index["stamp"])
        self._data = data
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
            if not 0 <= start <= start + length <= self._data.size:
                raise DamagedParts(f"the part {name!r} is not in the file")
            part = self._data.slice(start, length)
            if part.size != length or zlib.crc32(part) != checksum:
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
    """The places with the checksum of what stands there, read back from the file: no part is ever held in memory."""
    if not any(length for _, length in places.values()):
        return {name: (start, length, 0) for name, (start, length) in places.items()}
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as data:
        return {
            name: (start, length, zlib.crc32(data[start : start + length])) for name, (start, length) in places.items()
        }


def open_parts(path: str) -> Parts:
    """Open a file of parts.

    Raises
    ------
    OSError
        It cannot be opened.
    DamagedParts
        It is none, was cut, or its index is not what was written.
    """
    try:
        with pa.memory_map(path) as file:
            data = file.read_buffer()
    except pa.ArrowException as error:  # an empty file cannot be mapped
        raise DamagedParts(str(error)) from error
    trailer = data.slice(max(data.size - _TRAILER_BYTES, 0)).to_pybytes()
    if not trailer.endswith(_MAGIC) or len(trailer) < _TRAILER_BYTES:
        raise DamagedParts("it does not end as a file of parts does")
    length, checksum = int.from_bytes(trailer[:8], "little"), int.from_bytes(trailer[8:12], "little")
    end = data.size - _TRAILER_BYTES
    if length > end or zlib.crc32(index := data.slice(end - length, length).to_pybytes()) != checksum:
        raise DamagedParts("its index is not what was written")
    try:
        return Parts(data, json.loads(index))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DamagedParts(f"its index is of another kind: {error!r}") from error
