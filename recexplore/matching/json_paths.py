"""Places in a JSON value, and its leaves.

Takes a value, gives the ways to what is in it. Walks with a list of its own, so no nesting is too deep for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TypeAlias

from recexplore.model.exchange import Json

__all__ = ["Steps", "canonical", "leaves", "shown_path"]

Steps: TypeAlias = tuple[str | int, ...]
"""Keys and positions, from the root on."""


def leaves(value: Json) -> Iterator[tuple[str, Json]]:
    """Every leaf, empty objects and arrays among them, with the keys that lead to it; positions in arrays are ``[]``."""
    waiting = [("", value)]
    while waiting:
        path, each = waiting.pop()
        if isinstance(each, dict) and each:
            waiting.extend((f"{path}.{key}", inner) for key, inner in reversed(each.items()))
        elif isinstance(each, list) and each:
            waiting.extend((f"{path}[]", inner) for inner in reversed(each))
        else:
            yield path, each


def shown_path(steps: Steps) -> str:
    """``messages[1].content``; keys that are no names are quoted, so that no key can pretend to be a path."""
    text = ""
    for step in steps:
        if isinstance(step, str) and step.isidentifier():
            text += f".{step}" if text else step
        else:
            text += f"[{step!r}]"
    return text or "body"


def canonical(value: Json) -> str:
    """The text that stands for a value whatever the order of its keys; 1, 1.0 and true are told apart."""
    return json.dumps(value, sort_keys=True)
