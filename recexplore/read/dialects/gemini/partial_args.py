"""Arguments of a function call that come in pieces, each with the JSON path of the value it belongs to.

Takes pieces in their order, gives the text that each adds to the arguments, which are one JSON object. Where a piece goes
back to what the text has closed already, nothing can be added any more: the arguments are then given whole. Source of the
fields: ``PartialArg`` of https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/Content.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text

__all__ = ["PIECE_FIELDS", "PartialArgs"]

_Path: TypeAlias = tuple[str | int, ...]

_STEP: Final = re.compile(
    r"""\.(?P<name>[^.\[\]]+)|\[(?P<index>\d{1,4})\]|\[(?P<quote>['"])(?P<quoted>.*?)(?P=quote)\]"""
)
_VALUES: Final = ("string_value", "number_value", "bool_value", "null_value", "struct_value", "list_value")
PIECE_FIELDS: Final = frozenset(["json_path", "will_continue", *_VALUES])
"""What a piece has, in the SDK's spelling."""


@dataclass(slots=True)
class _Container:
    """An object or a list that the text has opened: the step that leads to it, what closes it, how many items it has."""

    step: str | int
    end: str
    size: int = 0


class PartialArgs:
    """The arguments of one call while they grow.

    Attributes
    ----------
    is_appendable
        Whether the texts that were given, joined, are the arguments so far.
    """

    def __init__(self) -> None:
        self.is_appendable = True
        self._value: dict[str, Json] = {}
        self._containers: list[_Container] = []
        self._written: set[_Path] = set()
        self._texts: set[_Path] = set()
        self._open_string: _Path | None = None

    def add(self, piece: dict[str, Json]) -> str | None:
        """The text that a piece adds; None for what is none: without a path that can be followed, or without a value."""
        path = _path(piece.get("json_path"))
        # An SDK writes out the fields that have no value, too.
        present = [field for field in _VALUES if field in piece]
        field = next((field for field in present if piece[field] is not None), present[-1] if present else None)
        if path is None or (field is None and "will_continue" not in piece):
            return None
        # A piece may say no more than that its text goes on, or ends.
        value = "" if field is None else None if field == "null_value" else piece[field]
        # A piece of a text whose beginning did not say that it goes on is more of it all the same.
        is_more = type(value) is str and path in self._texts
        if type(value) is str:
            self._texts.add(path)
        goes_on = piece.get("will_continue") is True
        if not _assign(self._value, path, value, is_more=is_more):
            return None
        return self._added(path, value, goes_on=goes_on, is_more=is_more)

    def add_values(self, values: dict[str, Json]) -> str:
        """The text that whole values add, each by its name."""
        self._value |= values
        return "".join(self._added((name,), value) for name, value in values.items())

    def _added(self, path: _Path, value: Json, *, goes_on: bool = False, is_more: bool = False) -> str:
        if not self.is_appendable:
            self._open_string = path if goes_on and type(value) is str else None
            return ""
        text = self._more(value, goes_on) if is_more and path == self._open_string else self._next(path, value, goes_on)
        self.is_appendable = text is not None
        return text or ""

    def close(self) -> str:
        """The text that ends the arguments."""
        if not self.is_appendable:
            return ""
        return self._leave(0) if self._containers else "{}"

    def whole(self) -> str:
        """The arguments so far as one JSON object."""
        return to_json_text(self._value)

    def _more(self, value: str, goes_on: bool) -> str:
        """More of the text that is open."""
        if goes_on:
            return to_json_text(value)[1:-1]
        self._open_string = None
        return to_json_text(value)[1:]

    def _next(self, path: _Path, value: Json, goes_on: bool) -> str | None:
        """Another value; None where the text cannot be added to."""
        n_shared = 0
        for container, step in zip(self._containers[1:], path[:-1], strict=False):
            if container.step != step:
                break
            n_shared += 1
        if any(path[:n] in self._written for n in range(n_shared + 1, len(path) + 1)):
            return None
        text = self._leave(n_shared + 1) if self._containers else self._enter("", path[0])
        for at, step in enumerate(path[n_shared:], n_shared):
            holder = self._containers[-1]
            if type(step) is int and step != holder.size:
                return None
            text += "," if holder.size else ""
            text += f"{to_json_text(step)}:" if type(step) is str else ""
            holder.size += 1
            self._written.add(path[: at + 1])
            if at + 1 < len(path):
                text += self._enter(step, path[at + 1])
        text += to_json_text(value)
        if type(value) is str and goes_on:
            self._open_string = path
            return text[:-1]
        return text

    def _enter(self, step: str | int, inside: str | int) -> str:
        """Open what a step leads to, told by the step inside it."""
        begin, end = "[]" if type(inside) is int else "{}"
        self._containers.append(_Container(step, end))
        return begin

    def _leave(self, n: int) -> str:
        """Close the text that is open, and all containers but the n outermost."""
        text = '"' if self._open_string is not None else ""
        self._open_string = None
        while len(self._containers) > n:
            text += self._containers.pop().end
        return text


def _path(text: Json) -> _Path | None:
    """The steps of a path, names and indices; None where it is none that leads to one value."""
    if type(text) is not str or not text.startswith("$"):
        return None
    steps: list[str | int] = []
    at = 1
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None:
            return None
        at = step.end()
        steps.append(int(step["index"]) if step["index"] else step["name"] or step["quoted"])
    return tuple(steps) if steps and type(steps[0]) is str else None


def _assign(value: dict[str, Json], path: _Path, new: Json, *, is_more: bool) -> bool:
    """Put a value where its path leads, behind the text there if it ``is_more`` of it; whether there is such a place."""
    holder: Any = value
    for step, inside in zip(path, (*path[1:], None), strict=True):
        if type(step) is int and type(holder) is list:
            holder.extend([None] * (step + 1 - len(holder)))
        elif type(step) is not str or type(holder) is not dict:
            return False
        before = holder.get(step) if type(holder) is dict else holder[step]
        if inside is None:
            holder[step] = before + new if is_more and type(before) is str else new
        elif before is None:
            holder[step] = [] if type(inside) is int else {}
        holder = holder[step]
    return True
