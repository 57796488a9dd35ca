"""What the recorder of llama-stack (now OGX) did to a request's values before it hashed them.

Takes a JSON value, gives another. Each function is one step of the recorder's, written anew: what it matches is a fact of
the file names, how it is written here is ours, and no text, however hostile, takes it more than a glance.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from recexplore.model.exchange import Json

__all__ = ["Drops", "Leaf", "Path", "as_sent", "normalised", "rounded", "without_ids", "without_scores"]

Leaf: TypeAlias = Callable[[Json], Json]
"""What is done to every value that is neither an object nor an array."""

Path: TypeAlias = tuple[str, ...]
"""Keys, from outside to inside."""

_DIGITS: Final = 5
_LONG_DECIMAL: Final = re.compile(r"-?(?<!\d)\d+\.\d{4,}")
"""A number that begins in the middle of digits ends no sooner than one that begins before them: tried once a number."""
_SCORE: Final = re.compile(r"score:\s*[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?")
_ATTRIBUTES: Final = re.compile(r"attributes:\s*\{[^}]*\}")
_UUID: Final = "-".join(rf"[a-f0-9]{{{length}}}" for length in (8, 4, 4, 4, 12))
_DOCUMENT: Final = re.compile(rf"document_id:\s*{_UUID}")
_CITATION: Final = re.compile(rf"<\|{_UUID}\|>")
_STANDS_FOR_IT: Final = "__NORMALIZED__"


@dataclass(frozen=True, slots=True)
class Drops:
    """Which keys are left out.

    Attributes
    ----------
    here
        Paths of keys, told from an object.
    items
        The same for every object that is an item of an array, wherever the array is: the recorder takes these for roots.
    """

    here: frozenset[Path] = frozenset()
    items: frozenset[Path] = frozenset()

    def has(self, key: str) -> bool:
        return (key,) in self.here

    def below(self, key: str) -> Drops:
        """What is left out of the value of a key."""
        if not self.here:
            return self
        return Drops(frozenset(path[1:] for path in self.here if len(path) > 1 and path[0] == key), self.items)

    def in_items(self) -> Drops:
        """What is left out of the items of an array."""
        return self if self.here == self.items else Drops(self.items, self.items)


def normalised(body: Json, leaf: Leaf, drops: Drops = Drops()) -> Json:
    """A body with every leaf changed and some keys left out."""
    if isinstance(body, dict):
        return {key: normalised(value, leaf, drops.below(key)) for key, value in body.items() if not drops.has(key)}
    if isinstance(body, list):
        inner = drops.in_items()
        return [normalised(value, leaf, inner) for value in body]
    return leaf(body)


def as_sent(value: Json) -> Json:
    """Nothing is changed."""
    return value


def rounded(value: Json) -> Json:
    """Floats have five decimals, and so have decimals of four and more digits within texts."""
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, str):
        return _LONG_DECIMAL.sub(lambda found: f"{float(found[0]):.{_DIGITS}f}", value)
    return value


def without_scores(value: Json) -> Json:
    """`rounded`, and the scores and attributes that file search writes into its results are gone."""
    return rounded(_plain_search(value) if isinstance(value, str) else value)


def without_ids(value: Json) -> Json:
    """`without_scores`, and ids of documents stand for nothing, in results and in citations."""
    if isinstance(value, str):
        value = _DOCUMENT.sub(f"document_id: {_STANDS_FOR_IT}", _plain_search(value))
        value = _CITATION.sub(f"<|{_STANDS_FOR_IT}|>", value)
    return rounded(value)


def _plain_search(text: str) -> str:
    text = _SCORE.sub(f"score: {_STANDS_FOR_IT}", text)
    parts, end = [], 0
    # Behind the last bracket that closes nothing can match, and must not be tried again and again.
    for found in _ATTRIBUTES.finditer(text, 0, text.rfind("}") + 1) if "attributes:" in text else ():
        parts.append(text[end : found.start()].rstrip().removesuffix(","))
        end = found.end()
    return "".join(parts) + text[end:]
