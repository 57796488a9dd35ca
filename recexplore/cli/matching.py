"""The commands about requests: ``why`` and ``upkeep``.

Takes arguments, prints, gives the exit code of `recexplore.cli.exit_codes`. Never writes, renames or deletes a file.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from recexplore.cli.exit_codes import Ended, ExitCode
from recexplore.cli.printing import print_json, print_text, width
from recexplore.cli.recordings import (
    STDIN,
    AsJson,
    StdinName,
    is_path,
    load_recordings,
    require_readable,
    require_recordings,
    says_unread,
)
from recexplore.model.errors import NotLoadable, RecexploreError, RecordingNotFound

if TYPE_CHECKING:
    from recexplore.corpus import Corpus, Recording
    from recexplore.matching import Why
    from recexplore.matching.request import Request

__all__ = ["upkeep", "why"]

Recordings = Annotated[
    list[str], typer.Argument(help=f"Files, folders or globs; {STDIN} reads standard input.", metavar="RECORDINGS...")
]

_PIPED_WIDTH: Final = 100_000
_LOOKED_AT_BYTES: Final = 8_192
"""Where a file is no text, a zero byte stands near its beginning."""


def why(
    request: Annotated[
        str,
        typer.Argument(
            help="A recording's file (FILE#k where it holds several), JSON with a request, or the beginning of an id in "
            f"RECORDINGS; {STDIN} reads JSON from standard input."
        ),
    ],
    recordings: Recordings,
    nearest: Annotated[
        int | None,
        typer.Option(
            "--nearest", min=0, help="How many near recordings to compare, however far; else up to 3 near ones."
        ),
    ] = None,
    stdin_name: StdinName = None,
    as_json: AsJson = False,
) -> None:
    """Say why a request's recording was not found: the nearest ones, and what differs."""
    if request == STDIN and STDIN in recordings:
        raise ValueError("standard input is either the request or the recordings: name a file for one of them")
    asked = _from_stdin() if request == STDIN else _from_file(request)
    corpus = _loaded(recordings, stdin_name)
    from recexplore.matching.why import why as explain

    found = explain(_by_id(request, corpus) if asked is None else asked, corpus, nearest=nearest)
    if as_json:
        # A request may hold halves of characters and numbers of any size, which only Python's writer takes.
        sys.stdout.write(json.dumps(_why_as_json(found), indent=2) + "\n")
    else:
        from recexplore.views.terminal.why import told

        print_text(told(found))
    if found.is_found:
        raise Ended(ExitCode.CLEAN)
    raise Ended(ExitCode.UNREADABLE if says_unread(corpus) else ExitCode.FINDINGS)


def upkeep(
    recordings: Recordings,
    used: Annotated[
        str | None, typer.Option("--used", help="A text file: names of the recordings that were used, one a line.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="All lines, not the first twenty of each part.")] = False,
    stdin_name: StdinName = None,
    as_json: AsJson = False,
) -> None:
    """List recordings that are not found any more, recorded twice, or not used."""
    names = None if used is None else _names(used)
    corpus = _loaded(recordings, stdin_name)
    from recexplore.matching import upkeep as questions

    stale, duplicates = questions.stale(corpus), questions.duplicates(corpus)
    unused = unknown = None
    if names is not None:
        unused, unknown = questions.unused(corpus, names), questions.unknown(corpus, names)
    if as_json:
        from recexplore.model.plain_values import records

        frames = {"stale": stale, "duplicates": duplicates, "unused": unused, "unknown": unknown}
        print_json({name: records(frame) for name, frame in frames.items() if frame is not None})
    else:
        from recexplore.views.terminal.why import kept_up

        print_text(kept_up(stale, duplicates, unused, unknown, width=width(_PIPED_WIDTH), is_all=all_))
    is_clean = not any(frame is not None and len(frame) for frame in (stale, unused, unknown))
    if says_unread(corpus):
        raise Ended(ExitCode.UNREADABLE)
    raise Ended(ExitCode.CLEAN if is_clean else ExitCode.FINDINGS)


def _loaded(recordings: list[str], stdin_name: str | None) -> Corpus:
    corpus = load_recordings(recordings, stdin_name=stdin_name)
    require_recordings(corpus, recordings)
    require_readable(corpus)
    return corpus


def _from_file(named: str) -> Request | None:
    """The request in a file, whoever recorded it; None where no file is meant, so that it may be an id."""
    if os.path.isdir(named):
        raise RecexploreError(f"{named} is a folder, not a request: name a file in it")
    if os.path.exists(named):
        return _read(named, None)
    file, _, number = named.rpartition("#")
    if number.isdigit() and os.path.isfile(file):
        return _read(file, int(number))
    if is_path(named):
        raise NotLoadable(f"{named} does not exist: name a file with a request, or an id in RECORDINGS")
    return None


def _read(file: str, number: int | None) -> Request:
    """The request of a file's recording, or of JSON that is no recording."""
    from recexplore.api import load
    from recexplore.matching.request import request_of

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
    from recexplore.matching.request import request_of

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
    from recexplore.matching.request import request_of

    asked = request_of(recording)
    if not asked.is_told:
        raise NotLoadable(f"{name} holds no request: only the answer was recorded; give the request as JSON")
    return asked


def _by_id(named: str, corpus: Corpus) -> Request:
    """The request of a recording that is there, by its id or the id's beginning."""
    try:
        found = corpus[named]
    except RecordingNotFound as error:
        raise RecordingNotFound(f"{named} is no file, and among RECORDINGS {error}") from error
    return _told(found, named)


def _names(used: str) -> list[str]:
    """The names in a file, read before anything is loaded."""
    if not os.path.exists(used):
        raise NotLoadable(f"{used} does not exist: --used takes a text file, one name a line")
    try:
        with open(used, "rb") as file:
            head = file.read(_LOOKED_AT_BYTES)
        if b"\0" in head:
            raise NotLoadable(f"{used} is no text: --used takes a text file in UTF-8, one name a line")
        from recexplore.matching.upkeep import names_of

        names = names_of(used)
    except OSError as error:
        raise NotLoadable(f"{used} cannot be read ({error.strerror or error}): --used takes a text file") from error
    if not names:
        raise RecexploreError(f"{used} names no recording: write the names of those that were used, one a line")
    return names


def _from_stdin() -> Request:
    from recexplore.matching.request import request_of

    try:
        asked = json.load(sys.stdin)
    except (ValueError, RecursionError) as error:
        raise NotLoadable(f"standard input is not readable as JSON ({error})") from error
    if not isinstance(asked, dict):
        raise NotLoadable(f"standard input holds no request: expected an object, found {type(asked).__name__}")
    try:
        return request_of(asked)
    except NotLoadable as error:
        raise NotLoadable(str(error).replace("the request", "standard input", 1)) from error


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
