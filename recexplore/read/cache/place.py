"""Where what was read of folders is kept, under which name, and for how long.

Takes what a user says of the cache, gives a folder; takes what a load depends on, gives a file's name there. Keeps the
folder to its owner and within its limits: what was not used for longest goes first.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Final, TypeAlias

import pyarrow as pa

import recexplore
from recexplore.model.plugins import record_of, versions
from recexplore.read.cache.parts_file import BEING_WRITTEN, DamagedParts, open_parts

__all__ = [
    "MOST_BYTES",
    "MOST_BYTES_OF_ALL",
    "VARIABLE",
    "Cache",
    "Kept",
    "cache_folder",
    "clear",
    "code_state",
    "file_name",
    "findings_of",
    "kept",
    "tidy",
    "used",
]

Cache: TypeAlias = "bool | str | os.PathLike[str] | None"
"""Whether to use a cache: None where it pays; or the folder that it stands in."""

VARIABLE: Final = "RECEXPLORE_CACHE"
"""Environment variable: ``off``, or the folder that the cache stands in."""

MOST_BYTES: Final = 1024**3
"""What is kept of one folder; of a larger one nothing is."""

MOST_BYTES_OF_ALL: Final = 5 * 1024**3

_FORMAT: Final = 1
_SUFFIX: Final = ".recexplore"
_FINDINGS_SUFFIX: Final = ".findings"
_OWN: Final = re.compile(rf"[0-9a-f]{{32}}({re.escape(_SUFFIX)}|{re.escape(_FINDINGS_SUFFIX)})")
_LEFTOVER_AGE_S: Final = 24 * 3600
_UNUSED_AGE_S: Final = 30 * 24 * 3600
"""What was not used for so long is kept no more: it holds what recordings say."""

_OFF: Final = frozenset({"off", "0", "no", "false"})
_ON: Final = frozenset({"", "on", "1", "yes", "true"})
_PARSERS: Final = ("orjson", "jiter", "pyyaml")
_IMPORTED_NS: Final = time.time_ns()


@dataclass(frozen=True, slots=True)
class Kept:
    """One file of the cache.

    Attributes
    ----------
    path
        Of the file.
    folder
        What was read, as a user named it; empty where the file is none of this version's.
    n_recordings
        How many recordings it holds.
    n_bytes
        Its size.
    used_s
        When it was used last, seconds since 1970.
    """

    path: Path
    folder: str
    n_recordings: int
    n_bytes: int
    used_s: float


def cache_folder(cache: Cache = None) -> Path | None:
    """The folder of the cache, made where it is not there; None where there is to be none, or none can be had.

    A folder that others may write into is not used: what stands in it could be made by anybody. Where the cache was asked
    for, a warning says that it cannot be had.
    """
    named = os.environ.get(VARIABLE, "")
    if cache is False or (cache is None and named.lower() in _OFF):
        return None
    try:
        folder = _place(cache, named)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        why = "" if _is_own(folder.stat()) else "others may write into it"
    except (OSError, RuntimeError) as error:  # a home that cannot be written, or that nobody knows
        folder, why = Path(), str(error)
    if why and cache is not None:
        warnings.warn(f"there is no cache: {folder}: {why}", stacklevel=2)
    return None if why else folder


def _place(cache: Cache, named: str) -> Path:
    if isinstance(cache, str | os.PathLike):
        if not os.fspath(cache):
            raise ValueError("cache: expected a folder, True, False or None, found an empty path")
        return Path(cache).expanduser()
    if named.lower() not in _OFF | _ON:
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_cache_path("recexplore")


def _is_own(about: os.stat_result) -> bool:
    if os.name == "nt":
        return True
    return about.st_uid == os.getuid() and not about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def file_name(*depends_on: object) -> str | None:
    """The name of the file that keeps what was read, given everything that the result depends on but the files themselves.

    None where that cannot be said: code that reads recordings may change without notice, or has changed already.
    """
    plugins, code = versions(), code_state()
    if plugins is None or code is None:
        return None
    key = repr((_FORMAT, code, sys.version, pa.__version__, plugins, *depends_on))
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:32] + _SUFFIX


@lru_cache(maxsize=1)
def code_state() -> tuple[str, ...] | None:
    """What this package and the parsers that it reads with are; None where a module changed after it was imported."""
    parsers = [f"{name} {version(name)}" for name in _PARSERS]
    package = Path(recexplore.__file__).parent
    if not (package.parent / "pyproject.toml").exists():
        return (recexplore.__version__, record_of(distribution("recexplore")), *parsers)
    # A checkout: its code changes under one version.
    states = [(path, about.st_size, about.st_mtime_ns) for path, about in _modules(str(package))]
    if max(changed_ns for _, _, changed_ns in states) > _IMPORTED_NS:
        return None
    return (recexplore.__version__, hashlib.sha256(repr(sorted(states)).encode()).hexdigest(), *parsers)


def _modules(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as listed:
        for each in listed:
            if each.is_dir(follow_symlinks=False):
                yield from _modules(each.path)
            elif each.name.endswith(".py"):
                yield each.path, each.stat()


def kept(folder: Path) -> list[Kept]:
    """The files of a cache, what was used last first."""
    found = []
    for path in _files(folder, _SUFFIX):
        with suppress(OSError):
            root, n = _about(path)
            found.append(Kept(path, root, n, _size(path), path.stat().st_mtime))
    return sorted(found, key=lambda each: each.used_s, reverse=True)


def _about(path: Path) -> tuple[str, int]:
    try:
        about = open_parts(str(path)).about
        return str(about.get("folder", "")), int(about.get("n_recordings", 0))
    except (DamagedParts, TypeError, ValueError):
        return "", 0


def findings_of(path: Path) -> Path:
    """The file beside a file of the cache that keeps what rules found."""
    return path.with_suffix(_FINDINGS_SUFFIX)


def _size(path: Path) -> int:
    """Of a file of the cache and what is kept beside it."""
    beside = findings_of(path)
    return path.stat().st_size + (beside.stat().st_size if beside.exists() else 0)


def _remove(path: Path) -> None:
    for each in (path, findings_of(path)):
        with suppress(OSError):
            each.unlink()


def used(path: Path) -> None:
    """Note that a file of the cache was used now."""
    with suppress(OSError):
        os.utime(path)


def tidy(folder: Path, most_bytes: int = MOST_BYTES_OF_ALL) -> None:
    """Remove what is of no use: of folders that are gone, what was not used for a month, what a broken writer left; and what
    was not used for longest, until the rest is within the limit."""
    now_s, n_bytes = time.time(), 0
    for each in kept(folder):
        n_bytes += each.n_bytes
        is_gone = bool(each.folder) and not os.path.isdir(each.folder)
        if n_bytes > most_bytes or is_gone or each.used_s < now_s - _UNUSED_AGE_S:
            _remove(each.path)
            n_bytes -= each.n_bytes
    for path in _leftovers(folder):
        with suppress(OSError):
            if path.stat().st_mtime < now_s - _LEFTOVER_AGE_S:
                path.unlink()


def _files(folder: Path, suffix: str) -> list[Path]:
    """The files of the cache of one kind; what else stands in the folder is somebody's."""
    return [path for path in folder.glob(f"*{suffix}") if _OWN.fullmatch(path.name)]


def _leftovers(folder: Path) -> Iterator[Path]:
    """What writers that were killed left, and findings of what is kept no more."""
    yield from folder.glob(f"{BEING_WRITTEN}*")
    yield from (path for path in _files(folder, _FINDINGS_SUFFIX) if not path.with_suffix(_SUFFIX).exists())


def clear(folder: Path) -> int:
    """Remove all files of a cache; how many bytes they had. What else stands in the folder stays."""
    n_bytes = 0
    for path in (*_files(folder, _SUFFIX), *_files(folder, _FINDINGS_SUFFIX), *folder.glob(f"{BEING_WRITTEN}*")):
        with suppress(OSError):
            size = path.stat().st_size
            path.unlink()
            n_bytes += size
    return n_bytes
