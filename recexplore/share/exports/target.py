"""Where an export goes: a file, a zip archive, a folder or a stream; whole or not at all.

Takes files by name and what writes them. What is there already stays, unless an export wrote it and nobody changed it since,
it holds the same bytes, or its owner says that it may be replaced. A recording that was loaded is never replaced.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from filecmp import cmp
from io import BytesIO
from typing import BinaryIO, Final, NamedTuple

from recexplore import __version__
from recexplore.model.errors import ExportRefused
from recexplore.read.workers import watched

__all__ = [
    "MANIFEST",
    "File",
    "staged_folder",
    "write_archive",
    "write_file",
    "write_folder",
    "write_into",
    "write_stream",
]

MANIFEST: Final = "recexplore-export.json"
"""What a folder's export lists its files in, with their checksums: by it a later one knows what it may replace."""

_STAGE: Final = ".recexplore-export-"
"""How the folder begins in which an export is written aside; one that was killed leaves it behind."""

_BEGIN_OF_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time that an archive can note: equal exports are equal byte for byte."""


class File(NamedTuple):
    """A file of an export: its name, and what writes its content."""

    name: str
    write: Callable[[BinaryIO], None]


def write_stream(file: File, stream: BinaryIO) -> None:
    """Write a file to a stream, once all of it is there."""
    held = BytesIO()
    file.write(held)
    stream.write(held.getbuffer())


def write_file(path: str, file: File, *, force: bool, sources: Collection[str]) -> None:
    """Write one file.

    Raises
    ------
    ExportRefused
        Something else is there, or it is a recording that was loaded.
    OSError
        It cannot be written.
    """
    with _staged(os.path.dirname(os.path.abspath(path))) as folder:
        made = write_into(folder, File("export", file.write))
        _check_replaceable(path, made, force=force, sources=sources)
        os.replace(made, path)


def write_archive(path: str, files: Sequence[File], *, force: bool, sources: Collection[str]) -> None:
    """Write a zip archive of the files; raises as `write_file` does."""

    def write(out: BinaryIO) -> None:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in _watched(files):
                entry = zipfile.ZipInfo(file.name, _BEGIN_OF_TIME)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                with archive.open(entry, "w", force_zip64=True) as member:
                    file.write(member)  # type: ignore[arg-type]

    write_file(path, File(os.path.basename(path), write), force=force, sources=sources)


def write_folder(path: str, files: Sequence[File], about: str, *, force: bool, sources: Collection[str]) -> None:
    """Write the files into a folder, as `staged_folder` does."""
    with staged_folder(path, about, force=force, sources=sources) as folder:
        for file in _watched(files):
            write_into(folder, file)


@contextmanager
def staged_folder(path: str, about: str, *, force: bool, sources: Collection[str]) -> Iterator[str]:
    """A folder to write files into that then become an export, beside them the list of what was written.

    A folder that is not there appears with all of its files. In one that is, they are written aside and then moved; files of
    an earlier export that are none of this one go. Where writing fails, nothing is.

    Parameters
    ----------
    about
        The format's name, for the list.

    Raises
    ------
    ExportRefused
        The folder holds what no export wrote, or what was changed since.
    OSError
        It cannot be written.
    """
    is_new = not os.path.lexists(path)
    earlier = {} if is_new else _earlier(path, force=force)
    with _staged(os.path.dirname(os.path.abspath(path)) if is_new else path) as folder:
        yield folder
        names = _names_in(folder)
        write_into(folder, File(MANIFEST, lambda out: _list(out, folder, names, about)))
        if is_new:
            os.rename(folder, path)
            return
        for name in (*names, MANIFEST):
            _check_replaceable(
                os.path.join(path, name),
                os.path.join(folder, name),
                force=force or name in earlier,
                sources=sources,
            )
        for name in (*names, MANIFEST):
            os.makedirs(os.path.dirname(os.path.join(path, name)), exist_ok=True)
            os.replace(os.path.join(folder, name), os.path.join(path, name))
        for name in earlier.keys() - {*names, MANIFEST}:
            os.unlink(os.path.join(path, name))
            with suppress(OSError):  # others are in it
                os.rmdir(os.path.dirname(os.path.join(path, name)))


def _names_in(folder: str) -> list[str]:
    """Every file below a folder, as seen from it, and links to folders; not what a killed export left."""
    names = []
    for place, folders, files in os.walk(folder):
        if place == folder:
            folders[:] = [each for each in folders if not each.startswith(_STAGE)]
        links = [each for each in folders if os.path.islink(os.path.join(place, each))]
        names += [os.path.relpath(os.path.join(place, each), folder).replace(os.sep, "/") for each in (*files, *links)]
    return sorted(names)


def _watched(files: Sequence[File]) -> Iterator[File]:
    return watched(files, total=len(files), unit="file", doing="writing")


def _earlier(path: str, *, force: bool) -> Mapping[str, str]:
    """The files that an earlier export wrote and nobody changed, by name; nothing else may be in the folder."""
    if not os.path.isdir(path):
        raise ExportRefused(f"{path} is a file, and a folder is to be written; name another place")
    entries = _names_in(path)
    try:
        with open(os.path.join(path, MANIFEST), "rb") as file:
            listed = json.load(file)["files"]
        written = {name: digest for name, digest in listed.items() if name in entries}
        kept = {name: digest for name, digest in written.items() if _digest(os.path.join(path, name)) == digest}
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        written = kept = {}
    strange = [name for name in entries if name not in kept and not (written and name == MANIFEST)]
    if strange and not force:
        what = "was changed since" if strange[0] in written else "no export of recexplore wrote"
        raise ExportRefused(f"{path} holds {strange[0]}, which {what}: name a new folder, or replace files with force")
    return {**kept, **({MANIFEST: ""} if written else {})}


def _check_replaceable(path: str, made: str, *, force: bool, sources: Collection[str]) -> None:
    if not os.path.lexists(path):
        return
    if os.path.realpath(path) in sources:
        raise ExportRefused(f"{path} is a recording that was loaded; name another place")
    if os.path.isdir(path):
        raise ExportRefused(f"{path} is a folder, and a file is to be written; name another place")
    if not force and not (os.path.isfile(path) and cmp(path, made, shallow=False)):
        raise ExportRefused(f"{path} is there already: name another place, or replace it with force")


@contextmanager
def _staged(parent: str) -> Iterator[str]:
    """A folder beside what is to be written, gone in the end: a full disk must not leave half an export."""
    if not os.path.isdir(parent):
        raise FileNotFoundError(f"{parent} is no folder; make it, or name another place")
    try:
        folder = tempfile.mkdtemp(dir=parent, prefix=_STAGE)
    except OSError as error:  # it names a folder that nobody knows
        raise type(error)(f"nothing can be written in {parent}: {error.strerror or error}") from error
    os.chmod(folder, 0o777 & ~_umask())
    try:
        yield folder
    finally:
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)


def write_into(folder: str, file: File) -> str:
    """Write one file below a folder; its path."""
    path = os.path.join(folder, file.name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "xb") as out:
        file.write(out)
        out.flush()
        os.fsync(out.fileno())
    return path


def _list(out: BinaryIO, folder: str, names: Sequence[str], about: str) -> None:
    digests = {name: _digest(os.path.join(folder, name)) for name in names}
    listed = {"written_by": f"recexplore {__version__}", "format": about, "files": digests}
    out.write(json.dumps(listed, indent=2).encode() + b"\n")


def _digest(path: str) -> str:
    with open(path, "rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def _umask() -> int:
    umask = os.umask(0o077)
    os.umask(umask)
    return umask
