"""In which order runs of one request are counted.

Takes the place of a recording, its file with ``#k`` for the k-th exchange of a file with several; gives what sorts places as
people, and captures, number them. Whatever counts runs counts them so, from 1.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["run_order"]

_NUMBERS: Final = re.compile(r"(\d+)")
_SUFFIX: Final = re.compile(r"\.json(?=#|\Z)")
_RUN: Final = re.compile(r"-([0-9a-f]{8})\Z")


def run_order(place: str) -> tuple[list[str | int], int]:
    """What has no number comes before what has one."""
    plain = _SUFFIX.sub("", place)
    run = _RUN.search(plain)
    parts = _NUMBERS.split(plain[: run.start()] if run else plain)
    return [int(part[:18]) if n % 2 else part for n, part in enumerate(parts)], int(run[1], 16) if run else 1
