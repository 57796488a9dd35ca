"""All commands, and what stands before them.

Takes arguments, calls the command that they name. A command imports what it works with when it is called.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from recexplore import __version__
from recexplore.cli import (
    caching,
    capturing,
    checking,
    comparing,
    exploring,
    exporting,
    looking,
    matching,
    redacting,
    replaying,
    reporting,
)

__all__ = ["app"]

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
    comparing.compare,
    reporting.report,
    matching.why,
    matching.upkeep,
    capturing.capture,
    replaying.replay,
    redacting.redact,
    exporting.export,
    caching.cache,
)

for command in _COMMANDS:
    app.command()(command)


@app.callback(invoke_without_command=True)
def about(version: Annotated[bool, typer.Option("--version", help="Say which version this is.")] = False) -> None:
    """The notebook microscope for recorded LLM API streams."""
    if version:
        print(__version__)
        raise typer.Exit
