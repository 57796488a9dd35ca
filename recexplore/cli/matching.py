"""The commands about requests: ``why`` and ``upkeep``.

Takes arguments, prints, gives the exit code of `recexplore.cli.exit_codes`. Never writes, renames or deletes a file.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import Annotated, Any, Final

import typer

from recexplore.api import load
from recexplore.cli.exit_codes import Ended, ExitCode
from recexplore.cli.printing import print_json, print_text, width
from recexplore.corpus import Corpus, Recording
from recexplore.matching import Why
from recexplore.matching import upkeep as questions
from recexplore.matching.request import Asked, Request, request_of
from recexplore.matching.why import why as explain
from recexplore.model.counts import count
from recexplore.model.errors import NotLoadable, RecexploreError, RecordingNotFound
from recexplore.model.plain_values import records

__all__ = ["upkeep", "why"]

Recordings = Annotated[list[str], typer.Argument(help="Files, folders or globs.", metavar="RECORDINGS...")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts instead of text for people.")]

_PIPED_WIDTH: Final = 100_000
_SUFFIXES: Final = (".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".har", ".sse")
"""What is the end of a file's name, not of an id."""


def why(
    request: Annotated[
        str,
        typer.Argument(
            help="A recording's file (FILE#k where it holds several), JSON with a request, or the beginning of an id in "
            "RECORDINGS; - reads JSON from standard input."
        ),
    ],
    recordings: Recordings,
    nearest: Annotated[
        int | None,
        typer.Option(
            "--nearest", min=0, help="How many near recordings to compare, however far; else up to 3 near ones."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say why a request's recording was not found: the nearest ones, and what differs."""
    asked = _from_stdin() if request == "-" else _from_file(request)
    corpus = _loaded(recordings)
    found = explain(_by_id(request, corpus) if asked is None else asked, corpus, nearest=nearest)
    if as_json:
        # A request may hold halves of characters and numbers of any size, which only Python's writer takes.
        sys.stdout.write(json.dumps(_why_as_json(found), indent=2) + "\n")
    else:
        from recexplore.views.terminal.why import told

        print_text(told(found))
    if found.is_found:
        raise Ended(ExitCode.CLEAN)
    raise Ended(ExitCode.UNREADABLE if _says_unread(corpus) else ExitCode.FINDINGS)


def upkeep(
    recordings: Recordings,
    used: Annotated[
        str | None, typer.Option("--used", help="A text file: names of the recordings that were used, one a line.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="All lines, not the first twenty of each part.")] = False,
    as_json: AsJson = False,
) -> None:
    """List recordings that are not found any more, recorded twice, or not used."""
    names = None if used is None else _names(used)
    corpus = _loaded(recordings)
    stale, duplicates = questions.stale(corpus), questions.duplicates(corpus)
    unused = unknown = None
    if names is not None:
        unused, unknown = questions.unused(corpus, names), questions.unknown(corpus, names)
    if as_json:
        frames = {"stale": stale, "duplicates": duplicates, "unused": unused, "unknown": unknown}
        print_json({name: records(frame) for name, frame in frames.items() if frame is not None})
    else:
        from recexplore.views.terminal.why import kept_up

        print_text(kept_up(stale, duplicates, unused, unknown, width=width(_PIPED_WIDTH), is_all=all_))
    is_clean = not any(frame is not None and len(frame) for frame in (stale, unused, unknown))
    if _says_unread(corpus):
        raise Ended(ExitCode.UNREADABLE)
    raise Ended(ExitCode.CLEAN if is_clean else ExitCode.FINDINGS)


def _loaded(recordings: list[str]) -> Corpus:
    corpus = load(recordings, progress=None if sys.stderr.isatty() else False)
    if not len(corpus) and len(corpus.problems):
        raise NotLoadable(f"{corpus.where} holds no readable recording; `recexplore ls` says why")
    return corpus


def _says_unread(corpus: Corpus) -> bool:
    """Whether something could not be read, which is said on standard error."""
    n = len(corpus.problems)
    if n:
        sys.stderr.write(f"recexplore: {count(n, 'problem')} while reading; `recexplore ls` lists them\n")
    return n > 0


def _from_file(named: str) -> Request | None:
    """The request in a file, whoever recorded it; None where no file is meant, so that it may be an id."""
    if os.path.isdir(named):
        raise RecexploreError(f"{named} is a folder, not a request: name a file in it")
    if os.path.exists(named):
        return _read(named, None)
    file, _, number = named.rpartition("#")
    if number.isdigit() and os.path.isfile(file):
        return _read(file, int(number))
    if "/" in named or os.sep in named or (file or named).lower().endswith(_SUFFIXES):
        raise NotLoadable(f"{named} does not exist: name a file with a request, or an id in RECORDINGS")
    return None


def _read(file: str, number: int | None) -> Request:
    """The request of a file's recording, or of JSON that is no recording."""
    try:
        if not os.path.isfile(file):
            return request_of(file)
        corpus = load(file, progress=False)
        exchanges = corpus.recordings["exchange"].tolist()
        if number is not None and number not in exchanges:
            raise RecordingNotFound(f"{file} holds no recording #{number}: {_numbers(file, exchanges)}")
        if number is None and len(exchanges) > 1:
            raise RecordingNotFound(f"{file} holds {len(exchanges)} recordings: {_numbers(file, exchanges)}")
        if not exchanges:
            return _from_json(file)
        found = next(each for each in corpus if number in (None, each.facts["exchange"]))
        asked = _told(found, f"{file}#{number}" if len(exchanges) > 1 else file)
        # Only Python's reader keeps numbers of any size.
        return request_of(file) if found.facts["envelope"] == "llama-stack" and len(exchanges) == 1 else asked
    except OSError as error:
        raise NotLoadable(f"{file} cannot be read ({error.strerror or error}): check the file") from error


def _from_json(file: str) -> Request:
    try:
        return request_of(file)
    except NotLoadable as error:
        if file.lower().endswith(".json"):
            raise
        said = "it is no recording that recexplore knows, and no JSON with a request"
        raise NotLoadable(f"{file} holds no request: {said}") from error


def _numbers(file: str, exchanges: list[int]) -> str:
    """Which recordings of a file may be named."""
    if not exchanges:
        return "it holds none"
    last = f" to {file}#{exchanges[-1]}" if len(exchanges) > 1 else ""
    return f"name one, {file}#{exchanges[0]}{last}"


def _told(recording: Recording, name: str) -> Request:
    asked = request_of(recording)
    if not asked.is_told:
        raise NotLoadable(f"{name} holds no request: only the answer was recorded; give the request as JSON")
    return asked


def _by_id(named: str, corpus: Corpus) -> Request:
    """The request of a recording that is there, by its id or the id's beginning."""
    try:
        found = corpus[named]
    except RecordingNotFound as error:
        said = str(error).replace("`corpus.recordings` lists", "`recexplore ls` lists")
        raise RecordingNotFound(f"{named} is no file, and among RECORDINGS {said}") from error
    return _told(found, named)


def _names(used: str) -> list[str]:
    """The names in a file, read before anything is loaded."""
    if not os.path.exists(used):
        raise NotLoadable(f"{used} does not exist: --used takes a text file, one name a line")
    try:
        names = questions.names_of(used)
    except OSError as error:
        raise NotLoadable(f"{used} cannot be read ({error.strerror or error}): --used takes a text file") from error
    if not names:
        raise RecexploreError(f"{used} names no recording: write the names of those that were used, one a line")
    return names


def _from_stdin() -> Asked:
    try:
        asked = json.load(sys.stdin)
    except (ValueError, RecursionError) as error:
        raise NotLoadable(f"standard input is not readable as JSON ({error})") from error
    if not isinstance(asked, dict):
        raise NotLoadable(f"standard input holds no request: expected an object, found {type(asked).__name__}")
    return asked


def _why_as_json(why: Why) -> dict[str, Any]:
    return {
        "reason": why.reason,
        "notes": why.notes,
        "what_to_do": why.advice,
        "found": why.path,
        "generation": why.generation,
        "is_found": why.is_found,
        "hashes": why.hashes,
        "nearest": [
            {
                "recording": near.recording.id,
                "path": near.path,
                "likeness": near.likeness,
                "named_by": str(near.fit) if near.fit else None,
                "differences": [asdict(each) | {"matters": each.matters} for each in near.differences],
            }
            for near in why.nearest
        ],
    }
