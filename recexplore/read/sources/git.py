"""Recordings as they stood at a git revision, without a checkout.

Takes a path in a repository and a revision, gives blobs. Asks the git that is installed, which only reads: the index and the
working tree are not looked at, and nothing is fetched.
"""

from __future__ import annotations

import contextlib
import fnmatch
import glob
import os
import re
import subprocess
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from recexplore.model.exchange import Blob, Skipped
from recexplore.read.sources.paths import is_hidden, is_searched_for, shown, why_skipped

__all__ = ["NothingAtRevision", "at_revision", "below", "is_git_url"]

_SCHEME: Final = "git+file://"
_REGULAR: Final = ("100644", "100755", "100664")


class NothingAtRevision(FileNotFoundError):
    """The revision is there, and has no such path."""


def is_git_url(place: str) -> bool:
    """Whether a place names a repository and a revision: ``git+file:///repository@rev:path``."""
    return place.startswith(_SCHEME)


def below(url: str) -> Iterator[Blob | Skipped]:
    """Every file that ``git+file:///repository@rev:path`` names.

    Raises
    ------
    ValueError
        The URL is not of that form.
    FileNotFoundError
        There is no such repository, revision or path.
    """
    rest = url.removeprefix(_SCHEME)
    for at in (place for place, character in enumerate(rest) if character == "@"):
        # Either side may hold the signs that divide them: the repository is what exists.
        rev, colon, path = rest[at + 1 :].partition(":")
        if colon and rev and os.path.isdir(rest[:at]):
            yield from _files(_top(rest[:at]), rev, path.strip("/"))
            return
    if rest.partition("@")[0] and ":" in rest.partition("@")[2]:
        raise FileNotFoundError(f"{rest.partition('@')[0]!r} is no repository")
    raise ValueError(f"{url!r} is not of the form git+file:///repository@rev:path")


def at_revision(path: str, rev: str) -> Iterator[Blob | Skipped]:
    """Every file that a path names, as it stood at a revision; the path need not exist today.

    Raises
    ------
    FileNotFoundError
        The path is in no repository, or there is no such revision, or nothing was there.
    """
    place = Path(os.path.expanduser(path)).absolute()
    folder = next(each for each in (place, *place.parents) if each.is_dir())
    top = Path(_top(str(folder)))
    # The top is told with links resolved, so the path has to be too, down to where it exists.
    inside = (folder.resolve() / place.relative_to(folder)).relative_to(top.resolve())
    yield from _files(str(top), rev, "" if str(inside) == "." else inside.as_posix())


def _files(top: str, rev: str, path: str) -> Iterator[Blob | Skipped]:
    commit = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}")
    if not commit:
        raise FileNotFoundError(f"{rev!r} is no revision of the repository {top!r}")
    top_tree = [
        entry for entry in _listed(top, commit, path) if entry.name == path or entry.name.startswith(f"{path}/")
    ]
    pattern = _regex(path) if glob.has_magic(path) and not top_tree else None
    folder = _fixed_part(path) if pattern else path
    objects, n = _Objects(top), 0
    for entry in _listed(top, commit, folder) if pattern else top_tree if path else _listed(top, commit, ""):
        is_itself = entry.name == folder
        inside = entry.name.rpartition("/")[2] if is_itself else entry.name[len(folder) + 1 :] if folder else entry.name
        name, place = entry.name.rpartition("/")[2], f"{rev}:{entry.name}"
        if entry.mode not in _REGULAR or (not pattern and not is_itself and is_hidden(inside)):
            continue
        if pattern.fullmatch(entry.name) if pattern else is_itself or is_searched_for(name):
            n += 1
            read, identity = partial(objects.read, entry.object_id, entry.size), ("git", top, place, entry.object_id)
            yield Blob(shown(place), shown(inside), read, identity, is_named=is_itself and not pattern)
        elif not pattern:
            yield Skipped(shown(place), why_skipped(name), "not searched")
    if not n and (pattern or (path and not top_tree)):
        raise NothingAtRevision(f"nothing was at {path or '.'!r} in {top!r} at {rev!r}")


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: str
    object_id: str
    size: int
    name: str


def _listed(top: str, commit: bytes, folder: str) -> list[_Entry]:
    """The files below a folder of a commit's tree."""
    arguments = [
        "ls-tree",
        "-r",
        "-z",
        "-l",
        "--full-tree",
        commit.decode().strip(),
        "--",
        *([folder] if folder else []),
    ]
    entries = []
    for entry in filter(None, _git(top, *arguments).split(b"\0")):
        about, _, name = entry.partition(b"\t")
        mode, _, object_id, size = about.decode().split()
        # `BAD`: git does not have it.
        entries.append(_Entry(mode, object_id, int(size) if size.isdigit() else 0, os.fsdecode(name)))
    return entries


def _regex(pattern: str) -> re.Pattern[str]:
    """A glob as it is meant on a disk: ``*`` stays inside a folder, ``**`` does not, a dot at the beginning is said."""
    parts = []
    for part in pattern.split("/"):
        if part == "**":
            parts.append(r"(?:(?!\.)[^/]+/)*")
        else:
            inner = fnmatch.translate(part).removeprefix("(?s:").removesuffix(r")\Z").replace(".*", "[^/]*")
            hidden = "" if part.startswith(".") else r"(?!\.)"
            parts.append(hidden + re.sub(r"(?<!\\)\.(?![*\]])", "[^/]", inner) + "/")
    return re.compile("".join(parts).removesuffix("/"), re.DOTALL)


def _fixed_part(pattern: str) -> str:
    parts = pattern.split("/")
    fixed = next((at for at, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    return "/".join(parts[:fixed])


def _top(folder: str) -> str:
    top = _git(folder, "rev-parse", "--show-toplevel") or _git(folder, "rev-parse", "--absolute-git-dir")
    if not top:
        raise FileNotFoundError(f"{folder!r} is in no git repository")
    return os.fsdecode(top.rstrip(b"\n"))


def _command(folder: str) -> list[str]:
    return ["git", "-C", folder, "--no-pager", "-c", "core.fsmonitor=false", "--no-optional-locks"]


def _environment() -> dict[str, str]:
    # What a partial clone lacks stays missing: reading recordings makes no network request.
    # A hook's environment names its own repository; that is not the one asked for.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or "CONFIG" in name}
    return {**kept, "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_LITERAL_PATHSPECS": "1"}


def _git(folder: str, *arguments: str) -> bytes:
    """What git says; empty where it refuses."""
    try:
        done = subprocess.run(
            [*_command(folder), *arguments],
            capture_output=True,
            check=False,
            env=_environment(),
            stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        raise FileNotFoundError(f"git cannot be run: {error}") from error
    return done.stdout if done.returncode == 0 else b""


class _Objects:
    """The objects of a repository, asked of one git that waits for the next question."""

    def __init__(self, top: str) -> None:
        self._top = top
        self._process: subprocess.Popen[bytes] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_process": None}

    def read(self, object_id: str, size: int, max_bytes: int) -> bytes:
        if size > max_bytes:
            raise OSError(f"{size} bytes; the limit is {max_bytes} (max_file_bytes)")
        for _ in range(2):
            # A git that was ended meanwhile, by Ctrl-C say, is asked again as a new one.
            if (data := self._answer(object_id)) is not None:
                return data
        raise OSError(f"git does not give {object_id} whole")

    def _answer(self, object_id: str) -> bytes | None:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(object_id.encode() + b"\n")
            process.stdin.flush()
            said = process.stdout.readline().split()
            if len(said) == 2:
                raise FileNotFoundError(f"git does not have {object_id}")
            size = int(said[2])
            data = process.stdout.read(size + 1)
        except (BrokenPipeError, IndexError, ValueError):
            size, data = 0, b""
        if len(data) == size + 1:
            return data[:-1]
        _end(process)
        self._process = None
        return None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                [*_command(self._top), "cat-file", "--batch"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
            )
            weakref.finalize(self, _end, self._process)
        return self._process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
