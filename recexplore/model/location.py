"""Where a recording lies, as reports, ignore lists and baselines write it.

Takes what the frames call ``path``, gives text. Looks at the disk only to tell a file from a revision's, never into a file.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

__all__ = ["Place", "fits_glob", "numbered_paths", "place_of", "relative"]

_URL: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+(?:://|::[a-zA-Z])")
_REVISION: Final = re.compile(r"[^/:][^:]+:(.+)", re.DOTALL)
_MEMBER: Final = re.compile(r"(.*?\.(?:zip|tar(?:\.\w+)?|tgz|tbz2?|txz|tzst))!/(.+)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """A path taken apart.

    Attributes
    ----------
    file
        The file, the archive or the URL.
    member
        What it is called in the archive; None where it is a file of its own.
    kind
        ``disk``, ``revision`` (of git: the file is counted from the repository's top) or ``url``.
    """

    file: str
    member: str | None
    kind: str


def place_of(path: str) -> Place:
    """Take apart what the frames call ``path``."""
    inside = _MEMBER.fullmatch(path)
    file, member = (inside[1], inside[2]) if inside else (path, None)
    if _URL.match(file):
        return Place(file, member, "url")
    # On Windows a path begins with the letter of a drive; a revision is longer than one letter.
    if (revision := _REVISION.fullmatch(file)) and not os.path.lexists(file):
        return Place(revision[1], member, "revision")
    return Place(file, member, "disk")


def relative(path: str, base: str) -> str:
    """The path as seen from a folder, with forward slashes; what is no path on this machine's disks stays as it is."""
    place = place_of(path)
    if place.kind != "disk":
        return path
    try:
        file = os.path.relpath(place.file, base).replace(os.sep, "/")
    except ValueError:  # another drive
        file = os.path.abspath(place.file).replace(os.sep, "/")
    return file if place.member is None else f"{file}!/{place.member}"


def fits_glob(path: str, glob: str, base: str) -> bool:
    """Whether a glob fits a path seen from a folder, its last name, or a folder that it lies in; ``*`` also stands for
    slashes, and ``**/`` for no folder too."""
    pattern = (relative(glob, base) if os.path.isabs(glob) else glob).removeprefix("./").rstrip("/")
    patterns = (pattern, pattern.replace("**/", ""))
    names = relative(path, base).split("/")
    # What lies in an archive lies below `archive.zip!`.
    below = ("/".join(names[: n + 1]) for n in range(len(names)))
    return any(fnmatchcase(name.removesuffix("!"), each) for name in (*below, *names) for each in patterns)


def numbered_paths(paths: Sequence[str], exchanges: Sequence[int]) -> list[str]:
    """The file of each recording, with ``#k`` for the k-th exchange, from zero, of a file with several."""
    times = Counter(paths)
    return [
        f"{path}#{exchange}" if times[path] > 1 or exchange > 0 else path
        for path, exchange in zip(paths, exchanges, strict=True)
    ]
