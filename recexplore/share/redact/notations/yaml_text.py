"""A YAML document as a tree of its values, each of which can be written anew and nothing else.

Takes a file's bytes, gives the document's node and a holder. A text that keeps its length is written character by character
in the style it has, folds and indents included; another one in double quotes. What cannot be read to its end is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from recexplore.read.positions.written import Written
from recexplore.read.positions.yaml_lines import YamlPlaces
from recexplore.read.wire.yaml_text import decode_yaml
from recexplore.share.redact.notations.json_tree import Node, NodeKind
from recexplore.share.redact.notations.pieces import Holder

__all__ = ["NotYaml", "YamlText", "yaml_text"]

_KINDS: Final[dict[str, NodeKind]] = {
    "tag:yaml.org,2002:int": "number",
    "tag:yaml.org,2002:float": "number",
    "tag:yaml.org,2002:bool": "literal",
    "tag:yaml.org,2002:null": "literal",
    "tag:yaml.org,2002:timestamp": "literal",
}
_BINARY: Final = "binary"
_TAG: Final = re.compile(r"(?:[!&][^\s]*[ \t]*)+")
_ESCAPED: Final = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})")
_MOST_DEPTH: Final = 200
_COMMENT: Final = re.compile(r"(?m)(?:^|(?<=[ \t]))#[^\r\n]+")
_BLOCK_HEAD: Final = re.compile(r"[^\r\n]*[ \t]#")


class NotYaml(ValueError):
    """The document cannot be read to its end, or is nested too deep."""


@dataclass(slots=True, eq=False)
class YamlText:
    """YAML as it is written."""

    text: str
    places: YamlPlaces
    nodes: dict[int, Any]
    root: Node
    parts: list[tuple[Node, Holder]] = field(default_factory=list)
    beside: list[tuple[int, int, Holder]] = field(default_factory=list)
    """What stands between the values."""

    def render(self) -> str:
        made, at = [], 0
        changed = [
            (node.start, node.end, self._written(node, new))
            for node, part in self.parts
            if (new := part.render()) != part.text
        ]
        for start, end, written in sorted(
            [*changed, *((start, end, each.render()) for start, end, each in self.beside)]
        ):
            if start >= at:
                made += [self.text[at:start], written]
                at = end
        return "".join([*made, self.text[at:]]) if made else self.text

    def comments(self) -> Iterator[tuple[int, int]]:
        """Where the comments are."""
        at = 0
        scalars = (each for each in self.nodes.values() if each.id == "scalar")
        spans = sorted({(each.start_mark.index, each.end_mark.index) for each in scalars})
        for start, end in [*spans, (len(self.text), len(self.text))]:
            if self.text[start : start + 1] in ("|", ">") and _BLOCK_HEAD.match(self.text, start):
                raise NotYaml("a comment stands in the head of a text")
            yield from (found.span() for found in _COMMENT.finditer(self.text, at, max(at, start)))
            at = max(at, end)

    def _written(self, node: Node, new: str) -> str:
        source, old = self.text[node.start : node.end], node.value
        composed = self.nodes[id(node)]
        if len(new) == len(old):
            written = self.places.written(composed)
            if written is not None and (made := _in_place(source, node.start, written, old, new)) is not None:
                return made
        tag = found[0] if (found := _TAG.match(source)) else ""
        behind = source[len(source.rstrip()) :]
        if not composed.style and source == old and _is_plain(new):
            return new
        return f'{tag}"{"".join(_escaped(each, old.isascii()) for each in new)}"{behind}'


def _in_place(source: str, start: int, written: Written, old: str, new: str) -> str | None:
    """A value as it is written, from a place of the file on, some of its characters replaced; None where one of them cannot
    be found."""
    made, end = [], 0
    for at, (was, to) in enumerate(zip(old, new, strict=True)):
        if was == to:
            continue
        place = written.place(at) - start
        if source[place : place + 1] == was:
            letter, length = to, 1
        elif (escape := _ESCAPED.match(source, place)) is not None and chr(int(escape[0][2:], 16)) == was:
            length = len(escape[0])
            letter = f"{escape[0][:2]}{ord(to):0{length - 2}x}"
            if len(letter) != length:
                return None
        else:
            return None
        made += [source[end:place], letter]
        end = place + length
    return "".join([*made, source[end:]])


def _escaped(character: str, is_ascii: bool) -> str:
    """A character between double quotes."""
    if character in '"\\':
        return "\\" + character
    code = ord(character)
    if character.isprintable() and (not is_ascii or character.isascii()):
        return character
    if character in "\n\t\r":
        return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}[character]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_plain(text: str) -> bool:
    """Whether a text may stand without quotes and still is this text."""
    try:
        return (
            bool(yaml.safe_load(f"[{text}]") == yaml.safe_load(f"- {text}") == [text])
            and ": " not in text
            and " #" not in text
        )
    except (yaml.YAMLError, ValueError):
        return False


def yaml_text(data: bytes) -> YamlText:
    """A document.

    Raises
    ------
    NotYaml
        It cannot be read to its end.
    """
    _, damage = decode_yaml(data)
    if damage is not None:
        raise NotYaml(damage.what)  # what was met instead may be a text of the document
    places = YamlPlaces(data)
    root = places.find()
    if root is None:
        raise NotYaml("there is nothing in it")
    nodes: dict[int, Any] = {}
    return YamlText(data.decode("utf-8-sig"), places, nodes, _node(root, nodes, {}, 0))


def _node(composed: Any, nodes: dict[int, Any], seen: dict[int, Node], depth: int) -> Node:
    """A node of ours, which an alias repeats."""
    if depth > _MOST_DEPTH:
        raise NotYaml(f"nested deeper than {_MOST_DEPTH} levels")
    if id(composed) in seen:
        return seen[id(composed)]
    start, end = composed.start_mark.index, composed.end_mark.index
    if composed.id == "scalar":
        kind = _KINDS.get(composed.tag, "string")
        made = Node(kind, start, end, str(composed.value))
        nodes[id(made)] = composed
    elif composed.id == "sequence":
        made = Node("array", start, end)
        seen[id(composed)] = made
        made.items = [_node(each, nodes, seen, depth + 1) for each in composed.value]
    else:
        made = Node("object", start, end)
        seen[id(composed)] = made
        made.pairs = [
            (_node(key, nodes, seen, depth + 1), _node(value, nodes, seen, depth + 1)) for key, value in composed.value
        ]
    seen[id(composed)] = made
    nodes.setdefault(id(made), composed)
    if composed.tag.endswith(_BINARY):
        made.is_binary = True
    return made
