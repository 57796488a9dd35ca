"""The command line: each command is one call of the public API.

Takes arguments, prints; exit code 0 when all could be read, 1 when something could not (see the end of the output),
2 when the arguments are wrong. Never writes a file.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer
from rich.console import Console, RenderableType

from recexplore import __version__
from recexplore.corpus import Recording
from recexplore.errors import NotLoadable, RecexploreError, RecordingNotFound
from recexplore.loading import load

__all__ = ["app", "main"]

_PIPED_WIDTH: Final = 100_000

app = typer.Typer(
    help="The notebook microscope for recorded LLM API streams.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Paths = Annotated[list[str], typer.Argument(help="Files, folders or globs.", metavar="PATH...")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts instead of text for people.")]


@app.callback(invoke_without_command=True)
def about(version: Annotated[bool, typer.Option("--version", help="Say which version this is.")] = False) -> None:
    """The notebook microscope for recorded LLM API streams."""
    if version:
        print(__version__)
        raise typer.Exit


@app.command("ls")
def ls(paths: Paths, as_json: AsJson = False) -> None:
    """List recordings, each with a tiny picture of its interleaving."""
    corpus = load(paths, progress=None if sys.stderr.isatty() else False)
    if as_json:
        _print_json({"recordings": _records(corpus.recordings), "problems": _records(corpus.problems)})
    else:
        from recexplore.views.terminal import listing

        _print(listing(corpus, Console().width if sys.stdout.isatty() else 200))
    raise typer.Exit(1 if len(corpus.problems) else 0)


@app.command()
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
        _print_json({name: _records(getattr(found, name)) for name in frames})
    else:
        from recexplore.views.terminal import shown

        _print(shown(found, Console().width if sys.stdout.isatty() else 120))
    raise typer.Exit(1 if len(found.problems) else 0)


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


def _records(frame: Any) -> list[dict[str, Any]]:
    """Rows as plain JSON values; what is missing is null."""
    parsed: list[dict[str, Any]] = orjson.loads(frame.to_json(orient="records", date_format="iso", date_unit="us"))
    return parsed


def _print_json(value: Any) -> None:
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")


def _print(what: RenderableType) -> None:
    """In colour and as wide as the terminal; when piped, plain, with lines kept whole and nothing behind them."""
    if sys.stdout.isatty():
        Console(highlight=False).print(what)
        return
    console = Console(highlight=False, width=_PIPED_WIDTH, color_system=None)
    with console.capture() as printed:
        console.print(what)
    sys.stdout.write("\n".join(line.rstrip() for line in printed.get().split("\n")))


def main() -> None:
    """Run the command line; errors made on purpose are one line on stderr."""
    try:
        app()
    except (RecexploreError, OSError, ImportError, ValueError) as error:
        if isinstance(error, BrokenPipeError):
            # The reader (`| head`) has seen enough.
            sys.stderr.close()
            raise SystemExit(0) from None
        sys.stderr.write(f"recexplore: {error}\n")
        raise SystemExit(1 if isinstance(error, NotLoadable) else 2) from None


if __name__ == "__main__":
    main()
