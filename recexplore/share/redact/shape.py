"""Whether the frames of a redacted file have the shape that they had, and whether a text stands in it as it was.

Takes recordings before and after, gives a word. Only what a figure draws is compared: numbers, kinds, lengths.
"""

from __future__ import annotations

import re
from typing import Final

import pandas as pd

from recexplore.corpus import Recording
from recexplore.model.kinds import CHOICE_TEXTS

__all__ = ["keeps_shape", "says_the_same"]

_EVENTS: Final = ["chunk", "choice", "kind", "seq", "start", "end", "tool_index", "finish_reason", "notes"]
_CHUNKS: Final = ["chunk", "t_s", "n_choices", "damage"]
_USAGE: Final = ["prompt", "completion", "total", "reasoning"]
_WORDS: Final = re.compile(r"[^\W\d_]{4,}")
_TELLING_WORDS: Final = 4


def keeps_shape(before: Recording, after: Recording) -> bool:
    """Whether all that figures draw is equal."""
    return (
        _equal(before.events, after.events, _EVENTS)
        and _equal(before.chunks, after.chunks, _CHUNKS)
        and _equal(before.usage, after.usage, _USAGE)
        and _equal(before.choices, after.choices, ["choice", "finish_reason"])
        and _equal(before.tool_calls, after.tool_calls, ["choice", "arguments_valid"])
        and before.facts["dialect"] == after.facts["dialect"]
    )


def _equal(one: pd.DataFrame, other: pd.DataFrame, columns: list[str]) -> bool:
    return len(one) == len(other) and one[columns].equals(other[columns])


def says_the_same(before: Recording, after: Recording) -> bool:
    """Whether a text of some words stands where it stood."""
    for column in CHOICE_TEXTS:
        pairs = zip(before.choices[column], after.choices[column], strict=False)
        if any(old == new and _is_telling(old) for old, new in pairs if isinstance(old, str)):
            return True
    return False


def _is_telling(text: str) -> bool:
    return len(_WORDS.findall(text)) >= _TELLING_WORDS
