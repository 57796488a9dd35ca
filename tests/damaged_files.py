"""Files that were cut, mixed up or bent: what no rule may fail on. Bytes and chance in, bytes out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import deepcopy
from random import Random
from typing import Any

from recexplore.testing.wrong_types import bent, places

__all__ = ["damaged"]


def damaged(data: bytes, others: Sequence[bytes], rng: Random) -> bytes:
    """A file that was cut, that has wrong bits, a piece of another file, or values of wrong types in it."""
    how = rng.random()
    at = rng.randrange(len(data))
    if how < 0.2:
        return data[:at]
    if how < 0.35:
        wrong = bytearray(data)
        for _ in range(rng.randint(1, 12)):
            wrong[rng.randrange(len(wrong))] ^= 1 << rng.randrange(8)
        return bytes(wrong)
    if how < 0.5:
        other = rng.choice(others)
        start = rng.randrange(len(other))
        return data[:at] + other[start : start + rng.randint(1, 2000)] + data[at + rng.choice([0, 0, 50, 500]) :]
    try:
        return json.dumps(_bent(json.loads(data), rng)).encode()
    except ValueError:
        lines = data.splitlines()
        for _ in range(rng.randint(1, 3)):
            n = rng.randrange(len(lines))
            start = lines[n].find(b"{")
            try:
                lines[n] = lines[n][:start] + json.dumps(_bent(json.loads(lines[n][start:]), rng)).encode()
            except ValueError:
                lines[n] = rng.choice(lines)
        return b"\n".join(lines) + b"\n"


_STRANGE: tuple[Any, ...] = (
    5,
    1.5,
    True,
    None,
    "wrongword",
    ["wrongword"],
    [["wrongword"]],
    {"k": "wrongword"},
    [],
    {},
    [5],
    "",
    -1,
    2**40,
    "\ufffd",
    "<think>",
    [None],
    {"index": 3},
    "stop",
    "tool_calls",
    {"filtered": True},
    [{}],
)


def _bent(value: Any, rng: Random) -> Any:
    """Plain JSON with other values in some places, most of them deep inside."""
    for _ in range(rng.randint(1, 8)):
        found = list(places(value))
        if not found:
            break
        deepest = sorted(rng.sample(found, min(3, len(found))), key=len)[-1]
        what = rng.choice([rng.choice(_STRANGE), _at(value, rng.choice(found))])
        value = bent(value, deepest, deepcopy(what)).document
    return value


def _at(value: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        value = value[key]
    return value
