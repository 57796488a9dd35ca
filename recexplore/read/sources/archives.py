"""Zip and tar archives: their members, one by one.

Takes something that opens an archive, gives blobs. Nothing is ever unpacked to disk, no link or device is followed, and
no archive inside an archive is opened. What would grow beyond the limits is refused, member by member; an archive that
breaks off gives the members before the break.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import stat
import tarfile
import weakref
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, BinaryIO, Final, TypeAlias, cast

import pyarrow as pa

from recexplore.model.exchange import Blob, Identity, Skipped
from recexplore.model.limits import MAX_RATIO, most_unpacked
from recexplore.read.sources.cut_zip import members_before_the_cut
from recexplore.read.sources.paths import is_hidden, is_searched_for, shown, why_skipped

__all__ = ["MAX_INFLATED_BYTES", "MAX_MEMBERS", "is_archive", "members"]

MAX_MEMBERS: Final = 20_000
MAX_INFLATED_BYTES: Final = 2 * 1024**3
_BLOCK: Final = 1 << 16
_MOST_EMPTY: Final = 100
"""How often the end of a stream is read before it is believed: a member's size may be anything."""

Opener: TypeAlias = Callable[[], BinaryIO]


def is_archive(path: str) -> bool:
    """Whether a file's name says that it is an archive."""
    return path.lower().endswith((".zip", *_TAR_OPENERS))


def members(open_archive: Opener, path: str, identity: Identity) -> Iterator[Blob | Skipped]:
    """Every member that may hold recordings, in the order of the archive, and those that no search is for; what is refused
    says so when it is read.

    ``path`` and ``identity`` are the archive's.
    """
    is_zip = path.lower().endswith(".zip")
    archive: _Zip | _Tar = _Zip(open_archive) if is_zip else _Tar(open_archive, path)
    found: dict[str, int] = {}
    n = 0
    try:
        for key, name in archive.names():
            n += 1
            if n > MAX_MEMBERS:
                raise OSError(f"more than {MAX_MEMBERS} members")
            if is_hidden(name):
                continue
            own = _named(name, found)
            place = f"{shown(path)}!/{own}"
            if is_searched_for(name.rpartition("/")[2]):
                yield Blob(place, own, partial(archive.read, key), (*identity, own), archive=identity)
            else:
                yield Skipped(place, why_skipped(name.rpartition("/")[2]), "not searched")
    except zipfile.BadZipFile as error:
        # The list of a zip's members stands at its end, so it is the first thing that a cut loses.
        for name, data in members_before_the_cut(open_archive, MAX_MEMBERS, MAX_INFLATED_BYTES):
            if is_searched_for(name.rpartition("/")[2]) and not is_hidden(name):
                own = _named(name, found)
                yield Blob(f"{shown(path)}!/{own}", own, partial(_give, data), (*identity, own), archive=identity)
        yield _refused(f"the archive is damaged: {error}", path, identity)
    except Exception as error:  # whatever the readers of archives make of damage
        what = f"the archive cannot be read {'further' if n else 'at all'}: {error or type(error).__name__}"
        yield _refused(what, path, identity)


def _named(name: str, found: dict[str, int]) -> str:
    """How a member is called: nothing keeps two from having one name."""
    own = shown(name.removeprefix("./"))
    found[own] = found.get(own, 0) + 1
    return own if found[own] == 1 else f"{own} ({found[own]})"


def _refused(what: str, path: str, identity: Identity) -> Blob:
    """What stands for the rest of an archive that cannot be read."""
    return Blob(shown(path), shown(path.rpartition("/")[2]), partial(_refuse, what), identity)


def _refuse(what: str, max_bytes: int) -> bytes:
    raise OSError(what)


def _give(data: bytes, max_bytes: int) -> bytes:
    if len(data) > max_bytes:
        raise OSError(f"{len(data)} bytes; the limit is {max_bytes} (max_file_bytes)")
    return data


class _Zip:
    """A zip file, opened once and again after it was sent to another process."""

    def __init__(self, open_archive: Opener) -> None:
        self._open = open_archive
        self._archive: zipfile.ZipFile | None = None
        self._sizes: dict[int, int] = {}

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
            # The upper half of the attributes is Unix's mode; a link's content is only where it leads.
            if not member.is_dir() and not stat.S_ISLNK(member.external_attr >> 16):
                yield at, member.filename

    def read(self, at: int, max_bytes: int) -> bytes:
        member = self.archive.infolist()[at]
        if member.file_size > max_bytes:
            raise OSError(f"{member.file_size} bytes; the limit is {max_bytes} (max_file_bytes)")
        if member.flag_bits & 1:
            raise OSError("the member is encrypted")
        if member.file_size > most_unpacked(member.compress_size):
            raise OSError(f"grows to more than {MAX_RATIO} times its size")
        try:
            with self.archive.open(member) as file:
                data = file.read(max_bytes + 1)
        except Exception as error:  # whatever the reader of zips makes of damage
            raise OSError(f"the member cannot be read: {error}") from error
        if len(data) > max_bytes:
            raise OSError(f"more than {max_bytes} bytes (max_file_bytes)")
        self._sizes[at] = len(data)
        if sum(self._sizes.values()) > MAX_INFLATED_BYTES:
            raise OSError(f"the archive grows to more than {MAX_INFLATED_BYTES} bytes")
        return data


class _Tar:
    """A tar file, read forwards; going back begins again."""

    def __init__(self, open_archive: Opener, path: str) -> None:
        self._open, self._path = open_archive, path
        self._next = 0
        self._inflated: _Limited | None = None
        self._files: Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_files": None, "_inflated": None, "_next": 0}

    def names(self) -> Iterator[tuple[int, str]]:
        held: tuple[int, tarfile.TarInfo] | None = None
        try:
            for at, (_, member) in enumerate(self._walk()):
                if held is not None:
                    yield held[0], held[1].name
                held = at, member
        except Exception:
            # Whether the break is inside the last member or behind it.
            n_read = self._inflated.n_read if self._inflated is not None else 0
            if held is not None and n_read >= held[1].offset_data + held[1].size:
                yield held[0], held[1].name
            raise
        if held is not None:
            yield held[0], held[1].name

    def _walk(self) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
        suffix = next(suffix for suffix in _TAR_OPENERS if self._path.lower().endswith(suffix))
        with self._open() as file:
            size = file.seek(0, 2)
            file.seek(0)
            self._inflated = inflated = _Limited(_TAR_OPENERS[suffix](file), size)
            with tarfile.open(fileobj=cast("Any", inflated), mode="r|") as archive:
                for member in archive:
                    if member.isreg():
                        yield archive, member
                    vars(archive)["members"] = []  # it would keep them all
            while inflated.read(_BLOCK):
                pass  # a cut may be behind the last member
            # Less than a block is a header that was cut, unless it is of the empty blocks at the end.
            if (left := inflated.n_read % tarfile.BLOCKSIZE) and any(inflated.last[-left:]):
                raise OSError("the archive breaks off")

    def read(self, at: int, max_bytes: int) -> bytes:
        try:
            if self._files is None or at < self._next:
                self._files, self._next = self._walk(), 0
            for archive, member in self._files:
                self._next += 1
                if self._next <= at:
                    continue
                if member.issparse():
                    raise OSError("a sparse member: what it grows to cannot be told")
                if member.size > max_bytes:
                    raise OSError(f"{member.size} bytes; the limit is {max_bytes} (max_file_bytes)")
                file = archive.extractfile(member)
                return file.read(max_bytes) if file is not None else b""
        except Exception as error:  # whatever the reader of tars makes of damage
            self._files = None
            raise OSError(f"the member cannot be read: {error or type(error).__name__}") from error
        raise OSError("the archive is no longer what it was")


class _Limited:
    """A stream that ends with an error where it grows beyond the limits."""

    def __init__(self, stream: Any, size: int) -> None:
        self._stream, self._size, self.n_read = stream, size, 0
        self._n_empty = 0
        self.last = b""
        # What stands before the break of a compressed stream is given, not lost with the error.
        self._read = getattr(stream, "read1", stream.read)

    def read(self, n: int) -> bytes:
        data = bytes(self._read(n))
        self.n_read += len(data)
        self.last = data or self.last
        self._n_empty += not data
        if self._n_empty > _MOST_EMPTY:
            raise OSError("the archive breaks off")
        if self.n_read > MAX_INFLATED_BYTES:
            raise OSError(f"the archive grows to more than {MAX_INFLATED_BYTES} bytes")
        if self.n_read > most_unpacked(self._size):
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
