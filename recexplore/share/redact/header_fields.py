"""Header fields in any form that recorders give them: an object, names and values in turn, pairs, objects of name and value.

Takes a node, gives every value with the name of its field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from recexplore.share.redact.notations.json_tree import Node

__all__ = ["header_fields"]

_NAME: Final = re.compile(r":?[\w.-]+")


def header_fields(node: Node) -> Iterator[tuple[str, Node]]:
    """The fields' names and the texts that are their values; a value without a name has an empty one."""
    if node.kind == "object":
        for key, value in node.pairs:
            yield from _values(key.value, value)
        return
    names, values = node.items[::2], node.items[1::2]
    if len(node.items) > 1 and all(name.kind == "string" and _NAME.fullmatch(name.value) for name in names):
        for name, value in zip(names, values, strict=False):
            yield from _values(name.value, value)
        return
    for item in node.items:
        yield from _field(item)


def _field(item: Node) -> Iterator[tuple[str, Node]]:
    """One field of a list."""
    if item.kind == "object":
        name = item.member("name") or item.member("key")
        for key, value in item.pairs:
            if key.value not in ("name", "key"):
                yield from _values(name.value if name is not None else "", value)
    elif len(item.items) == 2:
        yield from _values(item.items[0].value, item.items[1])
    else:
        yield from _values("", item)


def _values(name: str, node: Node) -> Iterator[tuple[str, Node]]:
    if node.kind == "string" and node.value:
        yield name, node
    for each in [*node.items, *(value for _, value in node.pairs)]:
        yield from _values(name, each)
