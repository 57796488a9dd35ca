"""On which line of a YAML document a value begins, and each part of a text that the document spreads over many lines.

Takes bytes, gives lines. The document is composed after the same scan as when it is read (`recexplore.read.wire.yaml_text`).
How a text was folded is followed step by step and compared with what the reader made of it: where they differ, only the line
where the text begins is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from recexplore.read.positions.line_numbers import LineNumbers
from recexplore.read.positions.written import Written, characters
from recexplore.read.wire.content import Content
from recexplore.read.wire.yaml_text import compose_yaml

__all__ = ["YamlPlaces", "yaml_places_in"]

_TEXT_TAGS: Final = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:python/unicode", "tag:yaml.org,2002:python/str")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_FOLD: Final = r"(?P<fold>[ \t]*+(?:\r\n|\r|\n)[ \t\r\n]*)|"
_JOINED: Final = r"(?P<joined>\\(?:\r\n|\r|\n)[ \t\r\n]*)|"
_ESCAPE: Final = r"\\(?:x(?P<x>..)|u(?P<u>.{4})|U(?P<U>.{8})|(?P<escape>.))|"
_PLAIN: Final = r"(?P<plain>[^\\'\"\r\n \t]+|[ \t]+|[\\'\"])"
_DOUBLE: Final = re.compile(_JOINED + _ESCAPE + _FOLD + _PLAIN)
_SINGLE: Final = re.compile("(?P<quote>'')|" + _FOLD + _PLAIN)
_ESCAPES: Final[Mapping[str, str]] = {
    **dict(zip("0abtnvfre", "\0\a\b\t\n\v\f\r\x1b", strict=True)),
    **dict(zip("N_LP", "\x85\xa0\u2028\u2029", strict=True)),
    "\t": "\t",
}


class YamlPlaces:
    """The lines of a document's values; it knows none where the document cannot be read."""

    def __init__(self, data: bytes) -> None:
        self._text, self._root = compose_yaml(data)
        self._numbers = LineNumbers(self._text)

    def find(self, *path: str | int, within: Any | None = None) -> Any | None:
        """The node at a path of keys and indices, from the document's or from another one; None where there is none.

        Of equal keys the last one counts.
        """
        node = self._root if within is None else within
        for step in path:
            held = getattr(node, "value", None)
            if not isinstance(held, list):
                return None
            if isinstance(step, int):
                node = held[step] if node.id == "sequence" and 0 <= step < len(held) else None
            elif node.id == "mapping":
                node = next((value for key, value in reversed(held) if key.value == step), None)
            else:
                node = None
            if node is not None and node.start_mark is None:
                return None  # what stands for a value that was cut off
        return node

    def items(self, node: Any | None) -> list[Any]:
        """The items of a list; none where the node is no list."""
        return list(node.value) if node is not None and node.id == "sequence" else []

    def line(self, node: Any | None) -> int | None:
        """The line where a node begins."""
        return None if node is None else self._numbers.at(node.start_mark.index)

    def text(self, node: Any | None) -> str | None:
        """The text at a node; None where it holds none."""
        is_text = node is not None and node.id == "scalar" and node.tag in _TEXT_TAGS
        return str(node.value) if node is not None and is_text else None

    def end(self, node: Any) -> int:
        """The character behind a node; what stands behind a text of many lines may be counted in."""
        return int(node.end_mark.index)

    def offset(self, node: Any) -> int:
        """The character where a node begins."""
        return int(node.start_mark.index)

    def written(self, node: Any | None) -> Written | None:
        """The text at a node, and where its characters stand; None where that cannot be told."""
        if node is None or self.text(node) is None or node.style not in _FOLLOWED:
            return None
        source = self._text[node.start_mark.index : node.end_mark.index]
        steps = _FOLLOWED[node.style](source, node.value)
        if steps is None:
            return None
        return Written(node.value, *map(list, zip(*steps, strict=True))).moved(node.start_mark.index)

    def lines_within(self, node: Any | None, offsets: Sequence[int]) -> list[int]:
        """The lines of a text's parts, by their offsets in its UTF-8; none where they cannot be told."""
        written = self.written(node)
        if written is None:
            return []
        return [self._numbers.at(written.place(each)) for each in characters(written.text, offsets)]


_Steps: TypeAlias = list[tuple[int, int]]
"""From which character of a text on it stands from which character of its source on."""


def _block_steps(written: str, value: str) -> _Steps | None:
    """The lines of a literal block, one of the value each."""
    ends = [0, *(match.end() for match in _LINE_END.finditer(written)), len(written)][1:]
    steps, at, indent, end = [], 0, None, 0
    for start, end, line in zip(ends, [*ends[1:], len(written)], value.split("\n"), strict=False):
        source = written[start:end].rstrip("\r\n")
        before = source[: len(source) - len(line)] if line else ""
        indent = before if indent is None and line else indent
        is_same = source == f"{indent}{line}" and not before.strip(" ") if line else not source.strip(" ")
        if not is_same:
            return None
        steps.append((at, start + len(before)))
        at += len(line) + 1
        end = start + len(source)
    return [*steps, (at - 1, end)] if at >= len(value) and steps else None


def _quoted_steps(syntax: re.Pattern[str]) -> Callable[[str, str], _Steps | None]:
    def follow(written: str, value: str) -> _Steps | None:
        steps, made, length = [], [], 0
        for match in syntax.finditer(written, 1, len(written) - 1):
            piece = _meant(match)
            steps.append((length, match.start()))
            made.append(piece)
            length += len(piece)
        return [*steps, (length, len(written) - 1)] if "".join(made) == value and steps else None

    return follow


def _meant(match: re.Match[str]) -> str:
    """What a piece of a quoted text means."""
    kind = match.lastgroup
    piece = match[kind or 0]
    match kind:
        case "plain":
            return piece
        case "fold":
            n_ends = len(_LINE_END.findall(piece))
            return "\n" * (n_ends - 1) or " "
        case "joined":
            return "\n" * (len(_LINE_END.findall(piece)) - 1)
        case "quote":
            return "'"
        case "escape":
            return _ESCAPES.get(piece, piece)
        case _:
            return chr(int(piece, 16))


_FOLLOWED: Final[Mapping[str, Callable[[str, str], _Steps | None]]] = {
    "|": _block_steps,
    '"': _quoted_steps(_DOUBLE),
    "'": _quoted_steps(_SINGLE),
}
"""How to follow a text through its source, by its style."""


def yaml_places_in(content: Content) -> YamlPlaces:
    """The places of a file's values."""
    return content.once(_places)


def _places(content: Content) -> YamlPlaces:
    return YamlPlaces(content.data)
