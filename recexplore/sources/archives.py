"""Zip and tar archives: their members, one by one.

Takes something that opens an archive, gives blobs. Nothing is ever unpacked to disk, no link or device is followed, and
no archive inside an archive is opened. What would grow beyond the limits is refused, member by member; an archive that
breaks off gives the members before the break.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import tarfile
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, BinaryIO, Final, TypeAlias

import pyarrow as pa

from recexplore.model import Blob
from recexplore.sources.paths import is_searched_for, shown

__all__ = ["MAX_INFLATED_BYTES", "MAX_MEMBERS", "MAX_RATIO", "is_archive", "members"]

MAX_MEMBERS: Final = 20_000
MAX_INFLATED_BYTES: Final = 2 * 1024**3
MAX_RATIO: Final = 200
"""How many times its compressed size a member (of a zip) or an archive (of tar) may grow to."""

_SMALL: Final = 16 * 1024**2
_HEADER: Final = struct.Struct("<4x2xHH4xIIIHH")
"""Of a member in a zip: flags, method, CRC-32, packed and whole size, length of the name and of the extra field."""
_BROKEN: Final = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError, pa.ArrowInvalid)

Opener: TypeAlias = Callable[[], BinaryIO]


def is_archive(path: str) -> bool:
    """Whether a file's name says that it is an archive."""
    return path.lower().endswith((".zip", *_TAR_OPENERS))


def members(open_archive: Opener, path: str) -> Iterator[Blob]:
    """Every member that may hold recordings, in the order of the archive; what is refused says so when it is read."""
    is_zip = path.lower().endswith(".zip")
    archive: _Zip | _Tar = _Zip(open_archive) if is_zip else _Tar(open_archive, path)
    found: dict[str, int] = {}
    n = 0
    try:
        for key, name in archive.names():
            n += 1
            if n > MAX_MEMBERS:
                raise OSError(f"more than {MAX_MEMBERS} members")
            if not is_searched_for(name.rpartition("/")[2]):
                continue
            name = name.removeprefix("./")
            found[name] = found.get(name, 0) + 1
            # Nothing keeps an archive from holding two members of one name.
            own = name if found[name] == 1 else f"{name} ({found[name]})"
            yield Blob(f"{shown(path)}!/{shown(own)}", shown(own), partial(archive.read, key))
    except zipfile.BadZipFile as error:
        # The list of a zip's members stands at its end, so it is the first thing that a cut loses.
        for name, data in _before_the_cut(open_archive):
            if is_searched_for(name.rpartition("/")[2]):
                yield Blob(f"{shown(path)}!/{shown(name)}", shown(name), partial(_give, data))
        yield Blob(shown(path), shown(path.rpartition("/")[2]), partial(_refuse, f"the archive is damaged: {error}"))
    except _BROKEN as error:
        what = f"the archive cannot be read {'further' if n else 'at all'}: {error or type(error).__name__}"
        yield Blob(shown(path), shown(path.rpartition("/")[2]), partial(_refuse, what))


def _refuse(what: str, max_bytes: int) -> bytes:
    raise OSError(what)


def _give(data: bytes, max_bytes: int) -> bytes:
    if len(data) > max_bytes:
        raise OSError(f"{len(data)} bytes; the limit is {max_bytes} (max_file_bytes)")
    return data


def _before_the_cut(open_archive: Opener) -> Iterator[tuple[str, bytes]]:
    """The whole members of a zip whose end is missing, read by the headers that stand before each.

    https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.7 and 4.3.9.
    """
    with open_archive() as file:
        data = file.read(_SMALL)
    at, n = 0, 0
    while (at := data.find(b"PK\x03\x04", at)) >= 0 and len(data) - at >= _HEADER.size and n < MAX_MEMBERS:
        flags, method, checksum, packed, size, n_name, n_extra = _HEADER.unpack_from(data, at)
        begin = at + _HEADER.size + n_name + n_extra
        name = data[at + _HEADER.size : at + _HEADER.size + n_name].decode("utf-8", "replace")
        at, n = begin, n + 1
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            if method == zipfile.ZIP_DEFLATED:
                member = inflater.decompress(data[begin:], _SMALL)
                is_whole, at = inflater.eof, len(data) - len(inflater.unused_data)
            else:
                member, at = data[begin : begin + packed], begin + packed
                is_whole = method == zipfile.ZIP_STORED and len(member) == size
        except zlib.error:
            continue
        # Where a descriptor follows the member (bit 3), its header does not know the checksum yet.
        if is_whole and (flags & 8 or zlib.crc32(member) == checksum):
            yield name, member


class _Zip:
    """A zip file, opened once and again after it was sent to another process."""

    def __init__(self, open_archive: Opener) -> None:
        self._open = open_archive
        self._archive: zipfile.ZipFile | None = None
        self._inflated = 0

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_archive": None}

    @property
    def archive(self) -> zipfile.ZipFile:
        if self._archive is None:
            file = self._open()
            weakref.finalize(self, file.close)
            self._archive = zipfile.ZipFile(file)
        return self._archive

    def names(self) -> Iterator[tuple[int, str]]:
        for at, member in enumerate(self.archive.infolist()):
            if not member.is_dir():
                yield at, member.filename

    def read(self, at: int, max_bytes: int) -> bytes:
        member = self.archive.infolist()[at]
        if member.file_size > max_bytes:
            raise OSError(f"{member.file_size} bytes; the limit is {max_bytes} (max_file_bytes)")
        if member.flag_bits & 1:
            raise OSError("the member is encrypted")
        if member.file_size > max(_SMALL, MAX_RATIO * member.compress_size):
            raise OSError(f"grows to more than {MAX_RATIO} times its size")
        try:
            with self.archive.open(member) as file:
                data = file.read(max_bytes + 1)
        except (*_BROKEN, RuntimeError, NotImplementedError) as error:
            raise OSError(f"the member cannot be read: {error}") from error
        self._inflated += len(data)
        if len(data) > max_bytes or self._inflated > MAX_INFLATED_BYTES:
            raise OSError(f"the archive grows to more than {MAX_INFLATED_BYTES} bytes")
        return data


class _Tar:
    """A tar file, read forwards; going back begins again."""

    def __init__(self, open_archive: Opener, path: str) -> None:
        self._open, self._path = open_archive, path
        self._next = 0
        self._files: Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_files": None, "_next": 0}

    def names(self) -> Iterator[tuple[int, str]]:
        for at, (_, member) in enumerate(self._walk()):
            yield at, member.name

    def _walk(self) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
        suffix = next(suffix for suffix in _TAR_OPENERS if self._path.lower().endswith(suffix))
        with self._open() as file:
            size = file.seek(0, 2)
            file.seek(0)
            inflated: Any = _Limited(_TAR_OPENERS[suffix](file), size)
            with tarfile.open(fileobj=inflated, mode="r|") as archive:
                for member in archive:
                    if member.isreg():
                        yield archive, member
                    vars(archive)["members"] = []  # it would keep them all

    def read(self, at: int, max_bytes: int) -> bytes:
        try:
            if self._files is None or at < self._next:
                self._files, self._next = self._walk(), 0
            for archive, member in self._files:
                self._next += 1
                if self._next <= at:
                    continue
                if member.size > max_bytes:
                    raise OSError(f"{member.size} bytes; the limit is {max_bytes} (max_file_bytes)")
                file = archive.extractfile(member)
                return file.read(max_bytes) if file is not None else b""
        except _BROKEN as error:
            self._files = None
            raise OSError(f"the member cannot be read: {error or type(error).__name__}") from error
        raise OSError("the archive is no longer what it was")


class _Limited:
    """A stream that ends with an error where it grows beyond the limits."""

    def __init__(self, stream: Any, size: int) -> None:
        self._stream, self._size, self._read = stream, size, 0

    def read(self, n: int) -> bytes:
        data = bytes(self._stream.read(n))
        self._read += len(data)
        if self._read > MAX_INFLATED_BYTES:
            raise OSError(f"the archive grows to more than {MAX_INFLATED_BYTES} bytes")
        if self._read > max(_SMALL, MAX_RATIO * self._size):
            raise OSError(f"the archive grows to more than {MAX_RATIO} times its size")
        return data


def _zstd(file: BinaryIO) -> Any:
    return pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")


def _gzip(file: BinaryIO) -> Any:
    return gzip.GzipFile(fileobj=file)


def _plain(file: BinaryIO) -> Any:
    return file


_TAR_OPENERS: Final[dict[str, Callable[[BinaryIO], Any]]] = {
    ".tar": _plain,
    ".tar.gz": _gzip,
    ".tgz": _gzip,
    ".tar.bz2": bz2.BZ2File,
    ".tar.xz": lzma.LZMAFile,
    ".tar.zst": _zstd,
    ".tzst": _zstd,
}
