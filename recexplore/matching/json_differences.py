"""In what two JSON values differ, leaf by leaf.

Takes two values and what a hash makes of their leaves, gives where and how they differ. Items of lists are matched first,
so that a message put in front is one difference and not one in every message. Values may nest as deep as `MAX_DEPTH`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final, TypeAlias

from recexplore.matching.json_paths import Steps, canonical
from recexplore.matching.normalisation import Drops, Leaf, normalised
from recexplore.model.exchange import Json

__all__ = ["MISSING", "json_differences"]

MISSING: Final = object()
"""What stands on the side that has no such part."""

Found: TypeAlias = tuple[Steps, str, Json, Json]
Dropped: TypeAlias = tuple[Drops, Drops]

_MOST_MATCHED: Final = 400
"""Items of longer lists are compared by position, for matching takes time with the square."""


def json_differences(before: Json, now: Json, leaf: Leaf, dropped: Dropped) -> Iterator[Found]:
    """Path, kind and both values of every difference; kinds are those of `recexplore.matching.difference`.

    Parameters
    ----------
    leaf
        What the hash makes of a leaf: leaves that it makes equal differ in what it ignores.
    dropped
        For each side, the keys that the hash leaves out.
    """
    found = list(_differ((), before, now, leaf, dropped))
    yield from found
    if not found and json.dumps(before) != json.dumps(now):
        yield (), "key_order", before, now


def _differ(steps: Steps, before: Json, now: Json, leaf: Leaf, dropped: Dropped) -> Iterator[Found]:
    if isinstance(before, dict) and isinstance(now, dict):
        yield from _objects(steps, before, now, leaf, dropped)
    elif isinstance(before, list) and isinstance(now, list):
        yield from _arrays(steps, before, now, leaf, dropped)
    elif canonical(before) != canonical(now):
        yield steps, _kind(before, now, leaf), before, now


def _objects(
    steps: Steps, before: dict[str, Json], now: dict[str, Json], leaf: Leaf, dropped: Dropped
) -> Iterator[Found]:
    for key in (*now, *(key for key in before if key not in now)):
        path = (*steps, key)
        sides = [side.get(key, MISSING) for side in (before, now)]
        gone = [drops.has(key) for drops in dropped]
        if gone[0] != gone[1] and MISSING not in sides:
            # One side's hash sees the part, the other's leaves it out, though it stands there.
            sides[gone.index(True)] = MISSING
            gone = [False, False]
        if MISSING in sides:
            here = sides.index(MISSING)
            unseen = gone[1 - here]
            yield path, "ignored" if unseen else ("missing" if here else "added"), sides[0], sides[1]
        else:
            below = (dropped[0].below(key), dropped[1].below(key))
            inner = _differ(path, sides[0], sides[1], leaf, below)
            yield from ((*each[:1], "ignored", *each[2:]) for each in inner) if all(gone) else inner


def _arrays(steps: Steps, before: list[Json], now: list[Json], leaf: Leaf, dropped: Dropped) -> Iterator[Found]:
    texts = [[canonical(item) for item in side] for side in (before, now)]
    hashed = [canonical(normalised(side, leaf, drops)) for side, drops in zip((before, now), dropped, strict=True)]
    hash_alike = hashed[0] == hashed[1]
    if not hash_alike and sorted(texts[0]) == sorted(texts[1]):
        yield steps, "order", before, now
        return
    whole = [((0, len(before)), (0, len(now)))]
    inner = (dropped[0].in_items(), dropped[1].in_items())
    for (start, end), (first, last) in whole if hash_alike else _gaps(*texts):
        shared = min(end - start, last - first)
        for at in range(shared):
            yield from _differ((*steps, first + at), before[start + at], now[first + at], leaf, inner)
        for at in range(start + shared, end):
            yield (*steps, at), "missing", before[at], MISSING
        for at in range(first + shared, last):
            yield (*steps, at), "added", MISSING, now[at]


def _gaps(before: list[str], now: list[str]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """The stretches of two lists that lie between items they have in common."""
    if max(len(before), len(now)) > _MOST_MATCHED:
        yield (0, len(before)), (0, len(now))
        return
    for tag, start, end, first, last in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if tag != "equal":
            yield (start, end), (first, last)


def _kind(before: Json, now: Json, leaf: Leaf) -> str:
    """How two leaves differ that are not the same."""
    if canonical(leaf(before)) == canonical(leaf(now)):
        return "ignored"
    if type(before) is not type(now):
        return "type"
    if not isinstance(before, str):
        return "value"
    if before.split() == now.split() or "".join(before.split()) == "".join(now.split()):
        return "whitespace" if not _same_inside(before, now) else "spelling"
    return "spelling" if _same_inside(before, now) else "value"


def _same_inside(before: str, now: str) -> bool:
    """Whether two texts hold the same JSON object or array, as the arguments of a tool do."""
    if before[:1] not in ("{", "[") or now[:1] != before[:1]:
        return False
    try:
        return canonical(json.loads(before)) == canonical(json.loads(now))
    except (ValueError, RecursionError):
        return False
