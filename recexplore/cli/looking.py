"""The commands that show recordings: ``ls`` and ``show``.

Takes arguments, prints, gives the exit code of `recexplore.cli.exit_codes`. Never writes a file.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from recexplore.cli.exit_codes import Ended, ExitCode
from recexplore.cli.left_streams import is_left, tell_left
from recexplore.cli.printing import print_json, print_text, width
from recexplore.cli.recordings import (
    STDIN,
    AsJson,
    Paths,
    ShowCredentials,
    StdinName,
    is_path,
    load_recordings,
    require_readable,
    require_recordings,
)
from recexplore.model.counts import count
from recexplore.model.errors import NotLoadable, RecordingNotFound
from recexplore.read.workers import without_collector

if TYPE_CHECKING:
    from recexplore.corpus import Corpus, Recording
    from recexplore.views.find.finder import Found

__all__ = ["ls", "show"]

_PIPED_WIDTH: Final = 120
"""Letters of a picture, and columns of the facts, where no terminal says how wide it is."""


@without_collector(is_kept=True)
def ls(
    paths: Paths,
    query: Annotated[
        str,
        typer.Option(
            "--find",
            "-f",
            metavar="QUERY",
            help="Only what fits, in the words of the explorer's search: 'has:tools -has:usage chunks:>100'.",
            show_default=False,
        ),
    ] = "",
    sort: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="By tokens, findings, duration, recorded, test …; -tokens: the greatest first.",
            show_default=False,
        ),
    ] = None,
    no_findings: Annotated[
        bool,
        typer.Option("--no-findings", help="Leave out the findings: no rule runs, which halves the time."),
    ] = False,
    stdin_name: StdinName = None,
    show_credentials: ShowCredentials = False,
    as_json: AsJson = False,
) -> None:
    """List recordings, each with a tiny picture of its interleaving."""
    order, descending = (sort or "").removeprefix("-"), (sort or "").startswith("-")
    if sort is not None:
        _check_order(order)
    corpus = load_recordings(paths, stdin_name=stdin_name, show_credentials=show_credentials)
    if not as_json:
        require_recordings(corpus, paths)
    about = corpus.recordings
    if query or order:
        fitting = _fitting(corpus, query, order or None, descending)
        about = about.iloc[fitting.ordinals].reset_index(drop=True)
        order, descending = fitting.sort or "", fitting.descending
        if order == "runs":
            about = about.assign(n_runs=fitting.n_runs)
        if order == "recorded":
            about = about.assign(recorded=fitting.recorded)
    if as_json:
        from recexplore.model.plain_values import records

        frames = {"recordings": about, "problems": corpus.problems, "skipped": corpus.skipped}
        print_json({name: records(frame) for name, frame in frames.items()})
        tell_left(corpus)
        require_recordings(corpus, paths)
    else:
        from recexplore.views.terminal.listing import listing

        findings = None if no_findings else corpus.findings
        print_text(listing(corpus, width(None), about=about, findings=findings, sort=order, descending=descending))
        tell_left(corpus)
    raise Ended(ExitCode.UNREADABLE if corpus.unread else ExitCode.CLEAN)


def _check_order(name: str) -> None:
    from recexplore.views.find.orders import SORTS, order_named

    if order_named(name) is None:
        raise ValueError(f"--sort: expected one of {', '.join(SORTS)}, perhaps with - in front, found {name!r}")


def _fitting(corpus: Corpus, query: str, order: str | None, descending: bool) -> Found:
    """The recordings that a query means, in order; what was not understood of it is said on standard error."""
    from recexplore.views.find.finder import Finder

    # A word may ask for findings, whether their column is shown or not.
    findings = corpus.findings if query or order == "findings" else None
    fitting = Finder(corpus, findings).find(query, {}, order, descending)
    for note in fitting.notes:
        sys.stderr.write(f"--find: {note}\n")
    if len(corpus) and not len(fitting.ordinals):
        why = "; ".join(fitting.nowhere) or f"nothing fits, of {count(len(corpus), 'recording')}"
        sys.stderr.write(f"--find {query}: {why}\n")
    return fitting


def show(
    recording: Annotated[
        str,
        typer.Argument(
            help=f"A recording's file (FILE#k where it holds several), {STDIN} for standard input, or its id (or the id's "
            "beginning) with --in."
        ),
    ],
    where: Annotated[
        list[str] | None, typer.Option("--in", help="Where to look for the id; may be given several times.")
    ] = None,
    stdin_name: StdinName = None,
    show_credentials: ShowCredentials = False,
    as_json: AsJson = False,
) -> None:
    """Show one recording: facts, findings, lanes, text with reasoning set apart, tokens."""
    one = _recording(recording, where, stdin_name, show_credentials)
    columns = width(None)
    if as_json:
        from recexplore.model.plain_values import records

        frames = ("recordings", "choices", "tool_calls", "usage", "chunks", "events", "problems")
        print_json({name: records(getattr(one, name)) for name in frames})
    else:
        from recexplore.views.terminal.recordings import shown

        print_text(shown(one, columns or _PIPED_WIDTH, is_cut=columns is not None, is_left=is_left(one)))
    raise Ended(ExitCode.UNREADABLE if one.unread else ExitCode.CLEAN)


def _recording(named: str, where: list[str] | None, stdin_name: str | None, show_credentials: bool) -> Recording:
    """The recording, looked for where told, else the file itself, else below the current folder."""
    file = named.rpartition("#")[0]
    if where:
        places, is_alone = where, False
    elif named == STDIN or os.path.lexists(named):
        places, is_alone = [named], True
    elif os.path.isfile(file):
        places, is_alone = [file], False
    elif is_path(named):
        # It is not there, which loading says.
        places, is_alone = [named], True
    else:
        places, is_alone = ["."], False
    corpus = load_recordings(places, stdin_name=stdin_name, show_credentials=show_credentials)
    require_recordings(corpus, places)
    require_readable(corpus)
    if not len(corpus):
        raise NotLoadable(
            f"{corpus.where} holds no recording: {'; '.join(each.reason for each in corpus.skipped_files)}"
        )
    if is_alone:
        return _only(corpus, named)
    from recexplore.corpus.lookup import ignored_suffix

    found = corpus[named]
    if suffix := ignored_suffix(named, found.id, found.facts["path"]):
        sys.stderr.write(
            f"{named}: {suffix} is left out, for it tells files apart that begin alike and here is one: {found.id}\n"
        )
    return found


def _only(corpus: Corpus, named: str) -> Recording:
    """The recording of a place that holds one."""
    if len(corpus) == 1:
        return next(iter(corpus))
    if named == STDIN:
        first = corpus.recordings["path"].iloc[0]
        hint = f"name one with --in {STDIN}, such as '{first}#0'"
    elif os.path.isfile(named):
        hint = f"name one, such as {named}#0"
    else:
        hint = "`recexplore ls` lists them"
    raise RecordingNotFound(f"{corpus.where if named == STDIN else named} holds {len(corpus)} recordings; {hint}")
