"""Recordings as they stood at a git revision, without a checkout.

Takes a path in a repository and a revision, gives blobs. Asks the git that is installed, which only reads: the index and the
working tree are not looked at, and nothing is fetched.
"""

from __future__ import annotations

import fnmatch
import glob
import os
import re
import subprocess
import weakref
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from recexplore.model import Blob
from recexplore.sources.paths import is_searched_for, shown

__all__ = ["at_revision", "below", "is_git_url"]

_URL: Final = re.compile(r"git\+file://(?P<repository>.+?)@(?P<rev>[^@:]+):(?P<path>.*)", re.DOTALL)
_REGULAR: Final = ("100644", "100755", "100664")


def is_git_url(place: str) -> bool:
    return place.startswith("git+file://")


def below(url: str) -> Iterator[Blob]:
    """Every file that ``git+file:///repository@rev:path`` names.

    Raises
    ------
    ValueError
        The URL is not of that form.
    FileNotFoundError
        There is no such repository, revision or path.
    """
    found = _URL.fullmatch(url)
    if found is None:
        raise ValueError(f"{url!r} is not of the form git+file:///repository@rev:path")
    yield from _files(_top(found["repository"]), found["rev"], found["path"].strip("/"))


def at_revision(path: str, rev: str) -> Iterator[Blob]:
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


def _files(top: str, rev: str, path: str) -> Iterator[Blob]:
    commit = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}")
    if not commit:
        raise FileNotFoundError(f"{rev!r} is no revision of the repository {top!r}")
    pattern = path if glob.has_magic(path) else None
    folder = _fixed_part(path) if pattern else path
    listed = _git(
        top, "ls-tree", "-r", "-z", "-l", "--full-tree", commit.decode().strip(), "--", *([folder] if folder else [])
    )
    objects = _Objects(top)
    n = 0
    for entry in filter(None, listed.split(b"\0")):
        about, _, raw = entry.partition(b"\t")
        mode, _, object_id, size = about.decode().split()
        name = os.fsdecode(raw)
        inside = (
            name[len(folder) + 1 :]
            if folder and name != folder
            else name.rpartition("/")[2]
            if name == folder
            else name
        )
        wanted = (
            fnmatch.fnmatchcase(name, pattern)
            if pattern
            else name == path or (is_searched_for(name.rpartition("/")[2]) and not _is_hidden(inside))
        )
        if mode in _REGULAR and wanted:
            n += 1
            yield Blob(shown(f"{rev}:{name}"), shown(inside), partial(objects.read, object_id, int(size)))
    if not n and not listed:
        raise FileNotFoundError(f"nothing was at {path or '.'!r} in {top!r} at {rev!r}")


def _fixed_part(pattern: str) -> str:
    parts = pattern.split("/")
    fixed = next((at for at, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    return "/".join(parts[:fixed])


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _top(folder: str) -> str:
    top = _git(folder, "rev-parse", "--show-toplevel") or _git(folder, "rev-parse", "--absolute-git-dir")
    if not top:
        raise FileNotFoundError(f"{folder!r} is in no git repository")
    return os.fsdecode(top.rstrip(b"\n"))


def _command(folder: str) -> list[str]:
    return ["git", "-C", folder, "--no-pager", "-c", "core.fsmonitor=false", "--no-optional-locks"]


def _environment() -> dict[str, str]:
    # What a partial clone lacks stays missing: reading recordings makes no network request.
    return {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}


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
        return {"_top": self._top, "_process": None}

    def read(self, object_id: str, size: int, max_bytes: int) -> bytes:
        if size > max_bytes:
            raise OSError(f"{size} bytes; the limit is {max_bytes} (max_file_bytes)")
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(object_id.encode() + b"\n")
            process.stdin.flush()
            said = process.stdout.readline().split()
            if len(said) != 3:
                raise OSError(f"git does not have {object_id}: {b' '.join(said).decode(errors='replace')}")
            data = process.stdout.read(int(said[2]) + 1)[:-1]
        except BrokenPipeError as error:
            self._process = None
            raise OSError("git ended before it answered") from error
        return data

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                [*_command(self._top), "cat-file", "--batch"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
            )
            weakref.finalize(self, _end, self._process)
        return self._process


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.terminate()
    process.wait()
