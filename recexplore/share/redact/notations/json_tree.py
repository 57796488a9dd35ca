"""JSON text as a tree of its values, each with its place in the text, so that one can be written anew and nothing else.

Takes text: one document, several one behind the other, or the beginning of one. Gives nodes; what is no JSON is refused.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

__all__ = ["Node", "NotJson", "json_documents", "rewritten_string"]

_TOKEN: Final = re.compile(
    r'(?P<string>"(?:[^"\\]++|\\.)*+(?P<closed>"?)\\?)|(?P<mark>[{}\[\],:])|(?P<scalar>[^\s{}\[\],:"]+)'
    r"|(?P<space>[ \t\r\n\ufeff\x1e]+)",
    re.DOTALL,
)
_SCALAR: Final = re.compile(r"-?\d[\d.eE+-]*|-|true|false|null|NaN|-?Infinity|tr?u?|fa?l?s?|nu?l?|Na?")
_UNIT: Final = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|.", re.DOTALL)
_SPECIAL: Final = re.compile(r'["\\\x00-\x1f]')
_MOST_DEPTH: Final = 200

NodeKind: TypeAlias = Literal["object", "array", "string", "number", "literal"]


class NotJson(ValueError):
    """The text is no JSON, or is nested too deep."""


@dataclass(slots=True, eq=False)
class Node:
    """A value: its place in the text, and what it says; of an object the pairs of key and value, of an array the items.
    What is ``is_binary`` is base64 by a tag."""

    kind: NodeKind
    start: int
    end: int
    value: str = ""
    pairs: list[tuple[Node, Node]] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)
    key: Node | None = None
    is_binary: bool = False

    def member(self, name: str) -> Node | None:
        """The value of a field; of several the last one."""
        return next((value for key, value in reversed(self.pairs) if key.value == name), None)

    def add(self, node: Node) -> None:
        """One more key, value or item."""
        if self.kind == "array":
            self.items.append(node)
        elif self.key is None:
            if node.kind != "string":
                raise NotJson(f"a key that is no text at character {node.start}")
            self.key = node
        else:
            self.pairs.append((self.key, node))
            self.key = None


def json_documents(text: str) -> list[Node]:
    """The documents of a text.

    Raises
    ------
    NotJson
        There is something else in it, or nothing, or it is nested too deep.
    """
    documents: list[Node] = []
    stack: list[Node] = []
    at = 0
    for token in _TOKEN.finditer(text):
        if token.start() != at:
            raise NotJson(f"no JSON at character {at}")
        at = token.end()
        kind = token.lastgroup
        if kind == "space":
            continue
        if kind == "mark":
            mark = token[0]
            if mark in "{[":
                node = Node("object" if mark == "{" else "array", token.start(), len(text))
                (stack[-1].add if stack else documents.append)(node)
                stack.append(node)
                if len(stack) > _MOST_DEPTH:
                    raise NotJson(f"nested deeper than {_MOST_DEPTH} levels")
            elif mark in "}]":
                if not stack or (stack[-1].kind == "object") != (mark == "}"):
                    raise NotJson(f"a bracket that closes nothing at character {token.start()}")
                stack.pop().end = at
            elif not stack:
                raise NotJson(f"{mark!r} outside of any value at character {token.start()}")
            continue
        node = _leaf(token, at == len(text))
        (stack[-1].add if stack else documents.append)(node)
    if at != len(text) or not documents:
        raise NotJson("no JSON" if documents else "empty")
    return documents


def _leaf(token: re.Match[str], is_last: bool) -> Node:
    if token["string"] is not None:
        if not token["closed"] and not is_last:
            raise NotJson(f"a text that does not end at character {token.start()}")
        return Node("string", token.start(), token.end(), _said(token[0]))
    written = token[0]
    if not _SCALAR.fullmatch(written):
        raise NotJson(f"no JSON at character {token.start()}")
    return Node("number" if written[0] in "-0123456789" else "literal", token.start(), token.end(), written)


def _said(literal: str) -> str:
    if "\\" not in literal:
        return literal[1:-1] if len(literal) > 1 and literal[-1] == '"' else literal[1:]
    return "".join(_meant(unit) for unit in _units(literal))


def _units(literal: str) -> list[str]:
    """The inside of a string literal, one unit a character; a pair of surrogates is one."""
    inside = literal[1:-1] if _is_closed(literal) else literal[1:]
    units: list[str] = []
    for unit in _UNIT.findall(inside):
        if units and _is_low(unit) and _is_high(units[-1]):
            units[-1] += unit
        else:
            units.append(unit)
    return units


def _is_closed(literal: str) -> bool:
    if len(literal) < 2 or literal[-1] != '"':
        return False
    backslashes = len(literal) - 1 - len(literal[:-1].rstrip("\\"))
    return backslashes % 2 == 0


def _is_high(unit: str) -> bool:
    return len(unit) == 6 and unit[1] == "u" and unit[2] in "dD" and unit[3] in "89abAB"


def _is_low(unit: str) -> bool:
    return len(unit) == 6 and unit[1] == "u" and unit[2] in "dD" and unit[3] in "cdefCDEF"


_ESCAPES: Final[dict[str, str]] = {
    '"': '"',
    "\\": "\\",
    "/": "/",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
}


def _meant(unit: str) -> str:
    if unit[0] != "\\" or len(unit) == 1:
        return unit if unit != "\\" else ""
    if unit[1] == "u" and len(unit) >= 6:
        if len(unit) == 12:
            return (bytes.fromhex(unit[2:6]) + bytes.fromhex(unit[8:12])).decode("utf-16-be")
        return chr(int(unit[2:6], 16))
    return _ESCAPES.get(unit[1], unit)


def rewritten_string(literal: str, old: str, new: str) -> str:
    """A string literal that says something new, every character that stays written as it was, and the others in its way."""
    if "\\" not in literal and len(new) == len(old) and _SPECIAL.search(new) is None and literal[-1:] == '"':
        return f'"{new}"'
    units = _units(literal)
    end = literal[-1] if _is_closed(literal) else ""
    if len(units) != len(old):
        return json.dumps(new)[:-1] + end
    if len(new) == len(old):
        made = [_written(unit, to) if to != was else unit for unit, was, to in zip(units, old, new, strict=True)]
        return f'"{"".join(made)}{end}'
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    is_ascii = any(unit[:2] == "\\u" for unit in units) or literal.isascii()
    middle = json.dumps(new[head : len(new) - tail], ensure_ascii=is_ascii)[1:-1]
    return f'"{"".join(units[:head])}{middle}{"".join(units[len(units) - tail :])}{end}'


def _common(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _written(unit: str, character: str) -> str:
    """A character, escaped if the one in whose place it stands was."""
    if unit[0] != "\\" and character.isalnum():
        return character
    if unit[0] == "\\" and unit[1:2] == "u":
        digits = json.dumps(character) if not character.isascii() else f'"\\u{ord(character):04x}"'
        return digits[1:-1].upper().replace("\\U", "\\u") if unit[2:].isupper() else digits[1:-1]
    return json.dumps(character, ensure_ascii=False)[1:-1]
