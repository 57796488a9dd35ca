"""The command line: each command is one call of the public API.

Takes arguments, prints; the exit code says how it went (`recexplore.cli.exit_codes`). No command changes a recording.
"""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer

from recexplore import __version__
from recexplore.cli import checking, exploring, looking, matching
from recexplore.cli.exit_codes import Ended, ExitCode
from recexplore.model.errors import NotLoadable, RecexploreError

__all__ = ["app", "main"]

app = typer.Typer(
    help="The notebook microscope for recorded LLM API streams.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_COMMANDS: Final = (
    exploring.explore,
    looking.ls,
    looking.show,
    checking.check,
    checking.rules,
    checking.explain,
    matching.why,
    matching.upkeep,
)

for command in _COMMANDS:
    app.command()(command)


@app.callback(invoke_without_command=True)
def about(version: Annotated[bool, typer.Option("--version", help="Say which version this is.")] = False) -> None:
    """The notebook microscope for recorded LLM API streams."""
    if version:
        print(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line; errors made on purpose are one line on stderr."""
    try:
        app()
    except Ended:
        raise
    except SystemExit as ended:
        raise SystemExit(ExitCode.MISUSE if ended.code == 2 else ended.code) from None
    except (RecexploreError, OSError, ImportError, ValueError) as error:
        if isinstance(error, BrokenPipeError):
            # The reader (`| head`) has seen enough.
            sys.stderr.close()
            raise SystemExit(ExitCode.CLEAN) from None
        sys.stderr.write(f"recexplore: {error}\n")
        unreadable = isinstance(error, NotLoadable | OSError)
        raise SystemExit(ExitCode.UNREADABLE if unreadable else ExitCode.MISUSE) from None
