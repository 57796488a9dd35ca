"""What can be asked of an export, whatever its format.

Takes nothing, gives declarations; which option a format takes is said by `recexplore.share.exports.FORMATS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = ["DEFAULTS", "Options", "Untimed"]

Untimed: TypeAlias = Literal["leave-out", "index"]
"""What becomes of a stream without times in a trace: it is left out, or the number of each chunk stands for its time."""


@dataclass(frozen=True, slots=True)
class Options:
    """How an export is made.

    Attributes
    ----------
    frames
        The frames that are wanted; None for all.
    untimed
        What becomes of streams without times.
    content
        Whether the texts of messages are exported too, where they are not what the format is for.
    lossy
        Whether a recording is converted although something of it is lost.
    as_one
        Whether one file is wanted, and no folder of several.
    """

    frames: tuple[str, ...] | None = None
    untimed: Untimed = "leave-out"
    content: bool = False
    lossy: bool = False
    as_one: bool = False


DEFAULTS: Final = Options()
