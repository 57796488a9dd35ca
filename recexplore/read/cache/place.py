"""Where what was read of folders is kept, under which name, and for how long.

Takes what a user says of the cache, gives a folder; takes what a load depends on, gives a file's name there. Keeps the
folder to its owner and within its limits: what was not used for longest goes first.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeAlias

import pyarrow as pa

import recexplore
from recexplore.model.plugins import versions
from recexplore.read.cache.parts_file import DamagedParts, open_parts

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
_LEFTOVER_AGE_S: Final = 24 * 3600
_OFF: Final = frozenset({"off", "0", "no", "false"})


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

    A folder that others may write into is not used: what stands in it could be made by anybody.
    """
    named = os.environ.get(VARIABLE, "")
    if cache is False or (cache is None and named.lower() in _OFF):
        return None
    if isinstance(cache, str | os.PathLike):
        folder = Path(cache).expanduser()
    elif named and named.lower() not in _OFF:
        folder = Path(named).expanduser()
    else:
        import platformdirs

        folder = platformdirs.user_cache_path("recexplore")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder if _is_own(folder.stat()) else None
    except (OSError, RuntimeError):  # a home that cannot be written, or that nobody knows
        return None


def _is_own(about: os.stat_result) -> bool:
    if os.name == "nt":
        return True
    return about.st_uid == os.getuid() and not about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def file_name(*depends_on: object) -> str | None:
    """The name of the file that keeps what was read, given everything that the result depends on but the files themselves.

    None where that cannot be said: another package that reads recordings may change without notice.
    """
    if (plugins := versions()) is None:
        return None
    key = repr((_FORMAT, code_state(), pa.__version__, plugins, *depends_on))
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:32] + _SUFFIX


@lru_cache(maxsize=1)
def code_state() -> tuple[object, ...]:
    """The version of this package; of a checkout, whose code changes under one version, also the state of its modules."""
    package = Path(recexplore.__file__).parent
    if not (package.parent / "pyproject.toml").exists():
        return (recexplore.__version__,)
    states = [(path, about.st_size, about.st_mtime_ns) for path, about in _modules(str(package))]
    return (recexplore.__version__, hashlib.sha256(repr(sorted(states)).encode()).hexdigest())


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
    for path in folder.glob(f"*{_SUFFIX}"):
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
    """Remove what was not used for longest, until the rest is within the limit, and what a broken writer left."""
    states = []
    for path in folder.glob(f"*{_SUFFIX}"):
        with suppress(OSError):
            states.append((path.stat().st_mtime, _size(path), path))
    n_bytes = sum(size for _, size, _ in states)
    for _, size, path in sorted(states):
        if n_bytes <= most_bytes:
            break
        _remove(path)
        n_bytes -= size
    for path in _leftovers(folder):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - _LEFTOVER_AGE_S:
                path.unlink()


def _leftovers(folder: Path) -> Iterator[Path]:
    """What writers that were killed left, and findings of what is kept no more."""
    yield from folder.glob(".*.new")
    yield from (path for path in folder.glob(f"*{_FINDINGS_SUFFIX}") if not path.with_suffix(_SUFFIX).exists())


def clear(folder: Path) -> int:
    """Remove all files of a cache; how many bytes they had. What else stands in the folder stays."""
    n_bytes = 0
    for path in (*folder.glob(f"*{_SUFFIX}"), *folder.glob(f"*{_FINDINGS_SUFFIX}"), *folder.glob(".*.new")):
        with suppress(OSError):
            size = path.stat().st_size
            path.unlink()
            n_bytes += size
    return n_bytes
