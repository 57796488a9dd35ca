"""Where a command's recordings come from, and what is said where there are none: the same for every command.

Takes what was typed, gives a `Corpus`. Reads standard input where `STDIN` stands for a place.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from recexplore.cli.exit_codes import Ended, ExitCode
from recexplore.cli.printing import progress
from recexplore.model.counts import count
from recexplore.model.errors import NotLoadable

if TYPE_CHECKING:
    from recexplore.corpus import Corpus

__all__ = [
    "STDIN",
    "AsJson",
    "Paths",
    "ShowCredentials",
    "StdinName",
    "check_places",
    "is_empty",
    "is_path",
    "load_recordings",
    "require_readable",
    "require_recordings",
    "says_unread",
]

STDIN: Final = "-"
_STDIN_IN_WORDS: Final = "<stdin>"
_SUFFIXES: Final = (
    ".json",
    ".jsonl",
    ".ndjson",
    ".yaml",
    ".yml",
    ".har",
    ".sse",
    ".httprr",
    ".gz",
    ".zst",
    ".br",
    ".zip",
)
"""What is the end of a file's name, not of an id."""

Paths = Annotated[
    list[str], typer.Argument(help=f"Files, folders or globs; {STDIN} reads standard input.", metavar="PATH...")
]
StdinName = Annotated[
    str | None,
    typer.Option("--stdin-filename", metavar="NAME", help=f"What {STDIN} is called.", show_default=False),
]
ShowCredentials = Annotated[
    bool, typer.Option("--show-credentials", help="Show keys in URLs, headers and requests as recorded, not masked.")
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts instead of text for people.")]


def load_recordings(
    places: Sequence[str],
    *,
    stdin_name: str | None = None,
    exclude: Callable[[str], bool] | None = None,
    show_credentials: bool = False,
) -> Corpus:
    """What was recorded in these places.

    Parameters
    ----------
    places
        Files, folders, globs, URLs, `STDIN`.
    stdin_name
        What standard input is called, whose suffix tells the format.
    exclude
        Whether a path is left out.
    show_credentials
        Whether keys are shown as recorded.

    Raises
    ------
    FileNotFoundError
        A path does not exist, or a glob matches nothing.
    ValueError
        Standard input is named and not read.
    """
    check_places(places)
    sources = _with_stdin(places, stdin_name)
    from recexplore.api import load

    return load(
        sources,
        progress=progress(),
        exclude=exclude or (),
        credentials="shown" if show_credentials else "masked",
    )


def check_places(places: Sequence[str]) -> None:
    """Raise where a place is not there, before anything large is imported.

    Raises
    ------
    FileNotFoundError
        A path does not exist, or a glob matches nothing.
    """
    from recexplore.read.sources import files, git, urls

    for place in places:
        if place != STDIN and not git.is_git_url(place) and not urls.is_url(place):
            next(files.below(place), None)


def _with_stdin(places: Sequence[str], name: str | None) -> list[Any]:
    """The places, and what standard input holds in the place of its sign."""
    if STDIN not in places:
        if name is not None:
            raise ValueError(f"--stdin-filename names what {STDIN} reads, and no PATH is {STDIN}")
        return list(places)
    from recexplore.read.options import MAX_FILE_BYTES
    from recexplore.read.sources import held

    data = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
    blob = held(data, _STDIN_IN_WORDS, "stdin") if name is None else held(data, name)
    return [blob if each == STDIN else each for each in places]


def is_empty(corpus: Corpus, places: Sequence[str]) -> bool:
    """Whether there was nothing: no recording, no damaged one, none in which nothing was recorded, nor a file that was named
    and excluded."""
    if len(corpus) or corpus.unread or any(each.kind == "empty" for each in corpus.skipped_files):
        return False
    excluded = sum(each.kind == "excluded" for each in corpus.skipped_files)
    return not excluded or not all(each == STDIN or os.path.isfile(each) for each in places)


def require_recordings(corpus: Corpus, places: Sequence[str]) -> None:
    """End the command, with a sentence, where there was nothing: a folder that moved is no clean one."""
    if not is_empty(corpus, places):
        return
    from recexplore.views.text.skipped import skipped_line

    beside = f"; {said}" if (said := skipped_line(corpus)) else ""
    sys.stderr.write(f"recexplore: no recording was found in {corpus.where}{beside}\n")
    raise Ended(ExitCode.UNREADABLE)


def require_readable(corpus: Corpus) -> None:
    """Raise `NotLoadable` where there is something and none of it could be read."""
    if len(corpus) or not corpus.unread:
        return
    more = f", and {count(len(corpus.unread) - 1, 'more problem')}" if len(corpus.unread) > 1 else ""
    raise NotLoadable(f"{corpus.where} holds no recording that can be read: {corpus.unread[0]}{more}")


def says_unread(corpus: Corpus) -> bool:
    """Whether something could not be read, which is said on standard error."""
    n = len(corpus.unread)
    if n:
        sys.stderr.write(f"recexplore: {count(n, 'problem')} while reading; `recexplore ls` lists them\n")
    return n > 0


def is_path(named: str) -> bool:
    """Whether something that does not exist was meant for a file, not for an id."""
    file = named.rpartition("#")[0] if named.rpartition("#")[2].isdigit() else named
    return "/" in named or os.sep in named or file.lower().endswith(_SUFFIXES)
