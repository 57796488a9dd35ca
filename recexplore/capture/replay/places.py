"""Whether two paths of URLs lead to the same endpoint, whoever serves it.

Takes paths, gives a verdict. A client that is pointed at another server may bring a prefix of its own, or leave one out:
``/v1/v1/chat/completions``, ``/openai/v1/chat/completions`` and ``/chat/completions`` are one place.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

__all__ = ["is_same_place"]

_VERSION: Final = re.compile(r"v\d+(?:(?:alpha|beta)\d*)?")


def is_same_place(asked: str, recorded: str) -> bool:
    """Whether one path ends as the other does, behind the version of the API that both have or that one leaves out."""
    (one, behind_one), (other, behind_other) = _taken_apart(asked), _taken_apart(recorded)
    if one and other and one != other:
        return False
    n = min(len(behind_one), len(behind_other))
    if one and other:
        return behind_one == behind_other
    return n > 0 and behind_one[-n:] == behind_other[-n:]


def _taken_apart(path: str) -> tuple[str | None, list[str]]:
    """The last version that a path names, and the segments behind it; all of them, where it names none."""
    segments = [unquote(each) for each in path.split("/") if each]
    at = next((n for n in reversed(range(len(segments))) if _VERSION.fullmatch(segments[n])), None)
    return (None, segments) if at is None else (segments[at], segments[at + 1 :])
