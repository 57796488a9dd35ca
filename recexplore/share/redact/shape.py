"""Whether the frames of a redacted file have the shape that they had, and whether a text stands in it as it was.

Takes files before and after, reads both, gives a `Shape` for each. Only what a figure draws is compared: numbers, kinds,
lengths.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import pandas as pd

from recexplore.corpus import Corpus, Recording
from recexplore.model.exchange import Blob
from recexplore.model.kinds import CHOICE_TEXTS
from recexplore.read.load import load_blobs
from recexplore.read.sources import held

__all__ = ["Shape", "keeps_shape", "says_the_same", "shapes_of"]

_EVENTS: Final = ["chunk", "choice", "kind", "seq", "start", "end", "tool_index", "finish_reason", "notes"]
_CHUNKS: Final = ["chunk", "t_s", "n_choices", "damage"]
_USAGE: Final = ["prompt", "completion", "total", "reasoning"]
_WORDS: Final = re.compile(r"[^\W\d_]{4,}")
_TELLING_WORDS: Final = 4


class Shape(NamedTuple):
    """Whether a file's frames kept their shape, and whether a text stands in it as it was."""

    is_kept: bool
    has_text: bool


def shapes_of(files: Sequence[tuple[str, bytes, bytes]]) -> list[Shape]:
    """The shapes of files, given by their names and their bytes before and after."""
    before, after = (_recordings([(name, data[at]) for name, *data in files]) for at in range(2))
    return [
        Shape(len(old) == len(new) and all(map(keeps_shape, old, new)), any(map(says_the_same, old, new)))
        for old, new in zip(before, after, strict=True)
    ]


def _recordings(files: Sequence[tuple[str, bytes]]) -> list[list[Recording]]:
    """The recordings of each file."""
    corpus = load_blobs([_blob(name, data, at) for at, (name, data) in enumerate(files)], "", check=_nothing)
    found: list[list[Recording]] = [[] for _ in files]
    for recording, path in zip(corpus, corpus.recordings["path"], strict=True):
        found[int(path)].append(recording)
    return found


def _blob(name: str, data: bytes, number: int) -> Blob:
    return replace(held(data, name), path=str(number), name=name, is_named=True)


def _nothing(corpus: Corpus | Recording) -> pd.DataFrame:
    raise NotImplementedError


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
