"""The commands that show recordings: ``ls`` and ``show``.

Takes arguments, prints, gives the exit code of `recexplore.cli.ExitCode`. Never writes a file.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from recexplore.api import load
from recexplore.cli.exit_codes import Ended, ExitCode
from recexplore.cli.printing import print_json, print_text, width
from recexplore.corpus import Recording
from recexplore.model.errors import NotLoadable, RecordingNotFound
from recexplore.model.plain_values import records

__all__ = ["ls", "show"]

Paths = Annotated[list[str], typer.Argument(help="Files, folders or globs.", metavar="PATH...")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts instead of text for people.")]


def ls(paths: Paths, as_json: AsJson = False) -> None:
    """List recordings, each with a tiny picture of its interleaving."""
    corpus = load(paths, progress=None if sys.stderr.isatty() else False)
    if as_json:
        frames = ("recordings", "problems", "skipped")
        print_json({name: records(getattr(corpus, name)) for name in frames})
    else:
        from recexplore.views.terminal.recordings import listing

        print_text(listing(corpus, width(200)))
    raise Ended(ExitCode.UNREADABLE if len(corpus.problems) else ExitCode.CLEAN)


def show(
    recording: Annotated[str, typer.Argument(help="A recording's file, or its id (or the id's beginning) with --in.")],
    where: Annotated[
        list[str] | None, typer.Option("--in", help="Where to look for the id; may be given several times.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show one recording: facts, lanes, text with reasoning set apart, tokens."""
    found = _find(recording, where)
    if as_json:
        frames = ("recordings", "choices", "tool_calls", "usage", "chunks", "events", "problems")
        print_json({name: records(getattr(found, name)) for name in frames})
    else:
        from recexplore.views.terminal.recordings import shown

        print_text(shown(found, width(120)))
    raise Ended(ExitCode.UNREADABLE if len(found.problems) else ExitCode.CLEAN)


def _find(recording: str, where: list[str] | None) -> Recording:
    """The recording, looked for where told, else the file itself, else below the current folder."""
    if where:
        corpus = load(where, progress=False)
    elif Path(recording).exists():
        corpus = load(recording, progress=False)
        if len(corpus) == 1:
            return next(iter(corpus))
        if len(corpus):
            hint = f"name one, such as {recording}#0" if Path(recording).is_file() else "`recexplore ls` lists them"
            raise RecordingNotFound(f"{recording} holds {len(corpus)} recordings; {hint}")
        else:
            problems = "; ".join(
                f"{row.what}: expected {row.expected}, found {row.found}" for row in corpus.problems.itertuples()
            )
            raise NotLoadable(f"{recording} holds no recording ({problems or 'no *.json file'})")
    elif Path(file := recording.rpartition("#")[0]).is_file():
        corpus = load(file, progress=False)
    else:
        corpus = load(".", progress=False)
    return corpus[recording]
