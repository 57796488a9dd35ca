"""The commands about requests: ``why`` and ``upkeep``.

Takes arguments, prints, gives the exit code of `recexplore.cli.exit_codes`. Never writes, renames or deletes a file.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer

from recexplore.cli.exit_codes import Ended, ExitCode
from recexplore.cli.printing import print_json, print_text, records
from recexplore.corpus import Corpus
from recexplore.errors import NotLoadable
from recexplore.loading import load
from recexplore.matching import Why
from recexplore.matching import upkeep as questions
from recexplore.matching.request import Asked
from recexplore.matching.why import why as explain

__all__ = ["upkeep", "why"]

Recordings = Annotated[list[str], typer.Argument(help="Files, folders or globs.", metavar="RECORDINGS...")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts instead of text for people.")]


def why(
    request: Annotated[
        str, typer.Argument(help="A recording's file, or JSON with a request; - reads it from standard input.")
    ],
    recordings: Recordings,
    nearest: Annotated[int, typer.Option("--nearest", min=0, help="How many near recordings to compare.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Say why a request's recording was not found: the nearest ones, and what differs."""
    asked = _from_stdin() if request == "-" else request
    corpus = _loaded(recordings)
    found = explain(asked, corpus, nearest=nearest)
    if as_json:
        # A request may hold halves of characters and numbers of any size, which only Python's writer takes.
        sys.stdout.write(json.dumps(_why_as_json(found), indent=2) + "\n")
    else:
        from recexplore.views.why_terminal import told

        print_text(told(found))
    if found.is_found:
        raise Ended(ExitCode.CLEAN)
    raise Ended(ExitCode.UNREADABLE if _says_unread(corpus) else ExitCode.FINDINGS)


def upkeep(
    recordings: Recordings,
    used: Annotated[
        str | None, typer.Option("--used", help="A text file: names of the recordings that were used, one a line.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List recordings that are not found any more, recorded twice, or not used."""
    corpus = _loaded(recordings)
    stale, duplicates = questions.stale(corpus), questions.duplicates(corpus)
    unused = unknown = None
    if used is not None:
        unused, unknown = questions.unused(corpus, used), questions.unknown(corpus, used)
    if as_json:
        frames = {"stale": stale, "duplicates": duplicates, "unused": unused, "unknown": unknown}
        print_json({name: records(frame) for name, frame in frames.items() if frame is not None})
    else:
        from recexplore.views.why_terminal import kept_up

        print_text(kept_up(stale, duplicates, unused, unknown))
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
        sys.stderr.write(f"recexplore: {n} problem{'' if n == 1 else 's'} while reading; `recexplore ls` lists them\n")
    return n > 0


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
