"""The command that compares recordings: ``compare``.

Takes arguments, prints or writes a report, gives the exit code of `recexplore.cli.exit_codes`. Changes no recording.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from recexplore.cli.exit_codes import Ended, ExitCode
from recexplore.cli.printing import print_text, progress
from recexplore.cli.recordings import STDIN, StdinName, check_places, load_recordings, require_recordings
from recexplore.comparison.groupings import GROUPINGS
from recexplore.comparison.levels import COMPARED
from recexplore.share.comparisons import FORMATS

if TYPE_CHECKING:
    from recexplore.corpus import Corpus, Recording
    from recexplore.share.comparisons.outcome import Outcome

__all__ = ["compare"]

_WIDTH_IN_A_FILE: Final = 120
_NOW: Final = "working tree"


def compare(
    places: Annotated[
        list[str],
        typer.Argument(
            help=f"Files, folders or globs; {STDIN} reads standard input. Two: what changed from one to the other.",
            metavar="PLACE...",
        ),
    ],
    revisions: Annotated[
        list[str] | None,
        typer.Option(
            "--rev",
            metavar="REVISION",
            help="Compare PLACE at a git revision with a second --rev, or with what is there now.",
            show_default=False,
        ),
    ] = None,
    level: Annotated[
        str,
        typer.Option(
            metavar="|".join(COMPARED), help="In what they have to agree: this level, and the weightier ones."
        ),
    ] = "text",
    by: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(GROUPINGS), help="What makes recordings runs of one request; request.", show_default=False
        ),
    ] = None,
    query: Annotated[
        str,
        typer.Option(
            "--find",
            "-f",
            metavar="QUERY",
            help="Only requests of which a recording fits, in the words of the explorer's search.",
            show_default=False,
        ),
    ] = "",
    form: Annotated[
        str, typer.Option("--format", metavar="|".join(FORMATS), help="How to say it.", show_default=True)
    ] = "text",
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Write the report there.", show_default=False)
    ] = None,
    stdin_name: StdinName = None,
) -> None:
    """Say what differs: between two places or git revisions, or between the runs of each request."""
    for option, value, known in (
        ("--level", level, COMPARED),
        ("--by", by or GROUPINGS[0], GROUPINGS),
        ("--format", form, FORMATS),
    ):
        if value not in known:
            raise ValueError(f"{option}: expected one of {', '.join(known)}, found {value!r}")
    if output is not None and not os.path.isdir(folder := os.path.dirname(output) or "."):
        raise ValueError(f"--output {output}: there is no folder {folder}")
    if places.count(STDIN) > 1:
        raise ValueError(f"standard input is one place: name files for all but one {STDIN}")
    names, sides = _at_revisions(places, revisions) if revisions else (places, _loaded(places, stdin_name))
    outcome = _outcome(names, sides, level, by, query)
    _report(outcome, form, output)
    if outcome.unread or not outcome.entries:
        raise Ended(ExitCode.UNREADABLE)
    raise Ended(ExitCode.FINDINGS if outcome.differs else ExitCode.CLEAN)


def _loaded(places: Sequence[str], stdin_name: str | None) -> list[Corpus]:
    """Each place by itself, so that a file that is named twice is two runs."""
    if stdin_name is not None and STDIN not in places:
        raise ValueError(f"--stdin-filename names what {STDIN} reads, and no PATH is {STDIN}")
    sides = []
    for place in places:
        corpus = load_recordings([place], stdin_name=stdin_name if place == STDIN else None)
        require_recordings(corpus, [place])
        sides.append(corpus)
    return sides


def _at_revisions(places: Sequence[str], revisions: Sequence[str]) -> tuple[list[str], list[Corpus]]:
    """The places at each revision, of a single one also as they are now; where there is no such path nothing was recorded
    yet, or nothing is any more."""
    from recexplore.api import load
    from recexplore.read.sources.git import NothingAtRevision

    if STDIN in places:
        raise ValueError(f"--rev: {STDIN} has no revisions")
    names = list(revisions)
    sides = [
        load(_there(places, partial(_search, revision=revision), NothingAtRevision), rev=revision, progress=progress())
        for revision in revisions
    ]
    if len(revisions) == 1:
        names.append(_NOW)
        sides.append(load_recordings(_there(places, lambda place: check_places([place]), FileNotFoundError)))
    if not any(len(side) or side.unread for side in sides):
        sys.stderr.write(f"recexplore: no recording was found in {', '.join(places)} at {' or '.join(names)}\n")
        raise Ended(ExitCode.UNREADABLE)
    return names, sides


def _there(places: Sequence[str], look: Callable[[str], object], missing: type[FileNotFoundError]) -> list[str]:
    """The places that are there; which are not is said on standard error."""
    there = []
    for place in places:
        try:
            look(place)
            there.append(place)
        except missing as error:
            sys.stderr.write(f"recexplore: {error}\n")
    return there


def _search(place: str, revision: str) -> None:
    from recexplore.read.sources import search

    next(iter(search(place, rev=revision)), None)


def _outcome(names: Sequence[str], sides: Sequence[Corpus], level: Any, by: Any, query: str) -> Outcome:
    from recexplore.comparison.changes import changes
    from recexplore.comparison.runs import runs
    from recexplore.share.comparisons import outcome as outcomes

    unread = [problem for side in sides for problem in side.unread]
    fitting = None if not query else _fitting(sides, query)
    if len(sides) == 2:
        every = changes(sides[0], sides[1], by or GROUPINGS[0])
        chosen = [each for each in every if _fits((*each.before, *each.after), fitting)]
        return outcomes.outcome_of_changes(chosen, names, level, unread)
    groups = runs(sides, by=by or GROUPINGS[0])
    recordings = [recording for side in sides for recording in side]
    if len(sides) > 2 and by is None and all(len(side) == 1 for side in sides) and _fits(recordings, fitting):
        n_requests = len(groups) + groups.n_alone + groups.n_unknown
        return outcomes.outcome_of_recordings(recordings, n_requests, names, level, unread)
    of_query = None if fitting is None else [each for each in groups if _fits(each, fitting)]
    return outcomes.outcome_of_runs(groups, names, level, unread, of_query)


def _fitting(sides: Sequence[Corpus], query: str) -> set[tuple[int, int]]:
    """Which recordings a query means, by side and position; what was not understood of it is said on standard error."""
    from recexplore.views.find.finder import Finder

    fitting: set[tuple[int, int]] = set()
    notes: dict[str, None] = {}
    for side in sides:
        answer = Finder(side, side.findings).find(query, {}, None, False)
        notes.update(dict.fromkeys(answer.notes))
        fitting |= {(id(side), int(position)) for position in answer.ordinals}
    for note in notes:
        sys.stderr.write(f"--find: {note}\n")
    if not fitting:
        sys.stderr.write(f"--find {query}: nothing fits\n")
    return fitting


def _fits(recordings: Iterable[Recording], fitting: set[tuple[int, int]] | None) -> bool:
    return fitting is None or any((id(each.corpus), each.position) in fitting for each in recordings)


def _report(outcome: Outcome, form: str, output: str | None) -> None:
    report = FORMATS[form](outcome)
    if output is None:
        if isinstance(report, str):
            sys.stdout.write(report)
        else:
            print_text(report)
        return
    from recexplore.share.comparisons.excerpts import seen
    from recexplore.share.reports.text import printed

    try:
        with open(output, "w", encoding="utf-8", newline="\n") as file:
            file.write(report if isinstance(report, str) else f"{printed(report, _WIDTH_IN_A_FILE)}\n")
    except OSError as error:
        raise ValueError(f"--output {output}: it cannot be written: {error.strerror or error}") from None
    sys.stderr.write(f"{seen(outcome.words)}\n")
