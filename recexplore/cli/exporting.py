"""The command that writes recordings in other formats: ``export``.

Takes arguments, writes files or one file to standard output, gives the exit code of `recexplore.cli.exit_codes`. Says what
was left out on standard error.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from recexplore.cli.exit_codes import Ended, ExitCode
from recexplore.cli.recordings import (
    STDIN,
    Paths,
    ShowCredentials,
    StdinName,
    load_recordings,
    require_recordings,
    says_unread,
)
from recexplore.share.exports import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recexplore.share.exports.outcome import Note, Outcome

__all__ = ["export"]

_STDOUT: Final = STDIN
_MOST_NOTES: Final = 20
_MOST_NAMED: Final = 3


def export(
    paths: Paths,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            help=f"A folder, a .zip archive, a file, or {_STDOUT} for standard output.",
            show_default=False,
        ),
    ],
    format_name: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help=f"{', '.join(FORMATS)}. By default what OUT ends with, else parquet.",
            show_default=False,
        ),
    ] = None,
    recording: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Only this one: an id, its beginning, or a path.", show_default=False),
    ] = None,
    frames: Annotated[
        list[str] | None,
        typer.Option(
            "--frame", metavar="NAME", help="Only this frame; may be given several times.", show_default=False
        ),
    ] = None,
    untimed: Annotated[
        str,
        typer.Option(
            metavar="leave-out|index",
            help="Of a trace: what becomes of streams without times; index takes the number of each chunk, in milliseconds.",
        ),
    ] = "leave-out",
    content: Annotated[
        bool, typer.Option("--content", help="Of spans: also what messages, arguments and findings say.")
    ] = False,
    lossy: Annotated[
        bool,
        typer.Option("--lossy", help="Of recorders' files: write also what loses something, and say what."),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there; never a recording.")] = False,
    stdin_name: StdinName = None,
    show_credentials: ShowCredentials = False,
) -> None:
    """Write recordings in the format of another tool."""
    from recexplore.share.exports.export import export as write
    from recexplore.share.exports.export import format_of
    from recexplore.share.exports.unmasked import unmasked_sentence

    target = sys.stdout.buffer if output == _STDOUT else output
    chosen = format_of(target, format_name)
    corpus = load_recordings(paths, stdin_name=stdin_name, show_credentials=show_credentials)
    require_recordings(corpus, paths)
    outcome = write(
        corpus if recording is None else corpus[recording],
        target,
        chosen.name,
        frames=frames or None,
        untimed=untimed,  # type: ignore[arg-type]  # what it may be is checked there
        content=content,
        lossy=lossy,
        force=force,
    )
    _say(outcome, output)
    if outcome.unmasked:
        sys.stderr.write(f"{unmasked_sentence(corpus.places, [note.recording for note in outcome.unmasked])}\n")
    is_partial = ExitCode.FINDINGS if outcome.left_out else ExitCode.CLEAN
    raise Ended(ExitCode.UNREADABLE if says_unread(corpus) else is_partial)


def _say(outcome: Outcome, output: str) -> None:
    """What was written and what was not, where it does not mix with the export itself."""
    from recexplore.model.counts import count

    if output != _STDOUT:
        print(f"{output}: {count(len(outcome.files), 'file')} of {outcome.format}")
    for what, notes in _notes(outcome):
        sys.stderr.writelines(_lines(what, notes))
    if outcome.left_out and "lossy" in FORMATS[outcome.format].options:
        sys.stderr.write("write them all the same with --lossy\n")


def _notes(outcome: Outcome) -> Iterable[tuple[str, list[Note]]]:
    yield "left out", outcome.left_out
    yield "lost", outcome.lost
    yield "filled in", outcome.added
    yield "credentials masked", outcome.masked


def _lines(what: str, notes: list[Note]) -> Iterable[str]:
    """A line for each thing that is to be said, with the recordings of which it is."""
    from recexplore.model.counts import count
    from recexplore.views.text.safe_text import one_line

    said: dict[str, list[str]] = {}
    for note in notes:
        said.setdefault(note.what, []).append(note.recording)
    for about, recordings in list(said.items())[:_MOST_NOTES]:
        few = ", ".join(recordings[:_MOST_NAMED])
        who = few if len(recordings) <= _MOST_NAMED else f"{count(len(recordings), 'recording')} ({few} …)"
        yield f"{what}: {one_line(f'{who}: {about}')}\n"
    if len(said) > _MOST_NOTES:
        yield f"{what}: and {count(len(said) - _MOST_NOTES, 'more reason')}\n"
