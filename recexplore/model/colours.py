"""The colours of everything that stands for something: those of Okabe and Ito, with a blue and a grey that suit text.

Takes nothing, gives each colour as pages and figures write it and as every terminal has it. They are told apart by
colour-blind readers (https://jfly.uni-koeln.de/color/) and are the same in light and dark; text and grounds are a theme's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["AMBER", "BLUE", "GREEN", "GREY", "PINK", "SKY", "VERMILION", "YELLOW", "Colour"]


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour: ``#rrggbb``, and the nearest of the sixteen that terminals have, by the name rich gives it."""

    hex: str
    terminal: str


BLUE: Final = Colour("#3b7dd8", "bright_blue")
AMBER: Final = Colour("#e69f00", "yellow")
GREEN: Final = Colour("#009e73", "green")
VERMILION: Final = Colour("#d55e00", "red")
PINK: Final = Colour("#cc79a7", "magenta")
GREY: Final = Colour("#8b93a1", "bright_black")
SKY: Final = Colour("#56b4e9", "cyan")
YELLOW: Final = Colour("#f0e442", "bright_yellow")
