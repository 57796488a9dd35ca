"""How the command line prints: JSON for scripts, text for people.

Takes values and renderables, writes to standard output. Never decides what is said.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["print_json", "print_text", "progress", "width"]

_T = TypeVar("_T")
_PIPED_WIDTH: Final = 100_000


def print_json(value: Any) -> None:
    import orjson

    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")


def print_text(what: RenderableType) -> None:
    """In colour and as wide as the terminal; when piped, plain, with lines kept whole and nothing behind them."""
    from rich.console import Console

    if sys.stdout.isatty():
        Console(highlight=False).print(what)
        return
    console = Console(highlight=False, width=_PIPED_WIDTH, color_system=None)
    with console.capture() as printed:
        console.print(what, crop=False)
    sys.stdout.write("\n".join(line.rstrip() for line in printed.get().split("\n")))


def progress() -> Literal[False] | None:
    """Whether long work shows a bar, as `recexplore.load` takes it: on a terminal, where it takes long."""
    return None if sys.stderr.isatty() else False


def width(piped: _T) -> int | _T:
    """How wide a line may be: the terminal's width, or what is given for a pipe."""
    if not sys.stdout.isatty():
        return piped
    from rich.console import Console

    return Console().width
