"""All commands, and what stands before them.

Takes what was typed, gives the application that runs it. The module of a command is imported, and its parameters are
described, only where it may be run; it imports what it works with when it is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Final

import typer

from recexplore import __version__

__all__ = ["application"]

_MODULES: Final = {
    "explore": "exploring",
    "ls": "looking",
    "show": "looking",
    "check": "checking",
    "rules": "checking",
    "explain": "checking",
    "compare": "comparing",
    "report": "reporting",
    "why": "matching",
    "upkeep": "matching",
    "capture": "capturing",
    "replay": "replaying",
    "redact": "redacting",
    "export": "exporting",
    "cache": "caching",
}
"""Each command, a function of that name, with its module, in the order in which help lists them."""


def application(arguments: Sequence[str] = ()) -> typer.Typer:
    """The application that takes these arguments.

    Parameters
    ----------
    arguments
        As they were typed. Where the first is a command, it is the only one; else all are there, for help and for mistakes.
    """
    app = typer.Typer(
        help="The notebook microscope for recorded LLM API streams.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_about)
    for name in [each for each in arguments[:1] if each in _MODULES] or _MODULES:
        app.command(name)(getattr(import_module(f"recexplore.cli.{_MODULES[name]}"), name))
    return app


def _about(version: Annotated[bool, typer.Option("--version", help="Say which version this is.")] = False) -> None:
    """The notebook microscope for recorded LLM API streams."""
    if version:
        print(__version__)
        raise typer.Exit
