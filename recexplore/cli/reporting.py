"""The command that writes what a reviewer opens or reads: ``report``.

Takes arguments and the project's settings, writes one file (and pictures, where they are asked for), gives an exit code.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from recexplore.cli.exit_codes import Ended, ExitCode
from recexplore.cli.printing import progress
from recexplore.cli.recordings import (
    STDIN,
    Paths,
    ShowCredentials,
    StdinName,
    load_recordings,
    require_readable,
    require_recordings,
    says_unread,
)
from recexplore.model.counts import count

if TYPE_CHECKING:
    from recexplore.corpus import Corpus

__all__ = ["report"]

_FORMATS: Final = ("html", "markdown")
_PAGE: Final = "report.html"


def report(
    paths: Paths,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help=f"Write it there; by default {_PAGE}, Markdown to standard output ({STDIN}).",
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="|".join(_FORMATS),
            help="A page, or a summary for a pull request; told by FILE's end where it is not given.",
            show_default=False,
        ),
    ] = None,
    title: Annotated[str, typer.Option(help="What stands at its top.", show_default=False)] = "",
    note: Annotated[str, typer.Option(help="What else its author says: text.", show_default=False)] = "",
    query: Annotated[
        str,
        typer.Option(
            "--find",
            "-f",
            metavar="QUERY",
            help="Only these, in the words of the explorer's search.",
            show_default=False,
        ),
    ] = "",
    recording: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Where it opens: an id, its beginning, or a path.", show_default=False),
    ] = None,
    chunk: Annotated[int | None, typer.Option(min=0, help="A chunk of it.", show_default=False)] = None,
    most: Annotated[
        int,
        typer.Option("--max-recordings", min=1, metavar="N", help="Keep so many, those with the worst findings first."),
    ] = 1_000,
    pictures: Annotated[
        str | None,
        typer.Option("--png", metavar="DIR", help="Put pictures for a summary there.", show_default=False),
    ] = None,
    prices: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="What a million tokens cost, to see costs.", show_default=False),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Settings: a recexplore.toml or a pyproject.toml.", show_default=False),
    ] = None,
    no_settings: Annotated[
        bool, typer.Option("--no-settings", help="Leave out the settings, and what is suppressed.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that recexplore did not write.")] = False,
    stdin_name: StdinName = None,
    show_credentials: ShowCredentials = False,
) -> None:
    """Write the explorer as one file for a reviewer, or a summary of it in Markdown."""
    from recexplore.cli.check_settings import chosen_settings
    from recexplore.share.exports.unmasked import unmasked_sentence
    from recexplore.share.page.subject import Subject
    from recexplore.share.reporting import Wishes, is_report, report_text, unmasked_answers
    from recexplore.share.writing import require_writable, write_text

    settings = chosen_settings(config, no_settings)
    target = output or (STDIN if form == "markdown" else _PAGE)
    if target != STDIN:
        try:
            require_writable(target, is_report, force)
        except (FileExistsError, FileNotFoundError) as error:
            raise ValueError(f"--output {error}") from None
    corpus = load_recordings(
        paths, stdin_name=stdin_name, exclude=settings.is_excluded, show_credentials=show_credentials
    )
    require_recordings(corpus, paths)
    require_readable(corpus)
    wanted = _fitting(corpus, query) if query else None
    wishes = Wishes(title, note, recording, chunk, most, None, prices, settings, pictures)
    subject = Subject(corpus, wanted)
    said = report_text(subject, wishes, target, form, _watched)
    if target == STDIN:
        sys.stdout.write(said)
    else:
        write_text(target, said, is_report, force)
        n = count(len(corpus) if wanted is None else len(wanted), "recording")
        sys.stderr.write(f"{target}: {n}, {len(said.encode()) / 1e6:,.2f} MB\n")
    if said_in := unmasked_answers(subject, wishes, said):
        sys.stderr.write(f"{unmasked_sentence(corpus.places, said_in)}\n")
    raise Ended(ExitCode.UNREADABLE if says_unread(corpus) else ExitCode.CLEAN)


def _fitting(corpus: Corpus, query: str) -> tuple[str, ...]:
    """The ids of the recordings that a query means; what was not understood of it is said on standard error."""
    from recexplore.views.find.finder import Finder

    found = Finder(corpus, corpus.findings).find(query)
    for note in found.notes:
        sys.stderr.write(f"--find: {note}\n")
    if len(corpus) and not len(found.ordinals):
        raise ValueError(f"--find {query}: {'; '.join(found.nowhere) or 'nothing fits'}")
    return tuple(corpus.recordings["recording"].iloc[found.ordinals])


def _watched(items: Sequence[Any], unit: str) -> Iterable[Any]:
    from recexplore.read.workers import with_progress

    return with_progress(items, total=len(items), unit=unit, show=progress(), doing="reporting")
