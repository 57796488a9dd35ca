"""A request as what it is to people: a conversation, and the settings beside it.

Takes the body of a request and what the dialects say of such bodies (`recexplore.model.request_fields`), gives messages of
parts. Knows no provider. What no dialect knows is a part of its JSON; nothing is left out but the data of pictures, sounds
and files, of which the size is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypedDict

from recexplore.model.exchange import Json
from recexplore.model.request_fields import FieldPath, RequestFields
from recexplore.views.text.request_parts import (
    IDS,
    Part,
    json_part,
    media_part,
    more_of,
    readable,
    result_part,
    text_part,
    texts_in,
)

__all__ = ["Message", "conversation", "settings"]


class Message(TypedDict):
    """A message of a request; ``name`` is None where it has none, ``more`` as a part has it."""

    role: str
    name: str | None
    parts: list[Part]
    more: str | None


_DEPTH: Final = 6
_ROLES: Final = {"tool_call": "assistant", "reasoning": "assistant", "tool_result": "tool"}
"""Who speaks in a part that stands alone and does not say."""
_CONTENT: Final = ("content", "parts")
_ARGUMENTS: Final = ("arguments", "input", "args", "parameters", "action", "code", "operation")
_RESULTS: Final = ("content", "output", "outputs", "response", "result", "results", "tools", "error")
_HIDDEN: Final = ("encrypted_content", "data", "redactedContent")
"""Reasoning that only the provider can read."""


class _Reader:
    """Reads messages by what dialects say of them."""

    def __init__(self, fields: RequestFields) -> None:
        # Several dialects may know a name: the first one's word counts.
        self._kinds = _first_of_each(fields.parts)
        self._beside = _first_of_each(fields.message_parts)
        self._wrappings = fields.tool_wrappings

    def messages(self, value: Json, role: str) -> Iterator[Message]:
        """The messages of a field: a text, a message, or a list of either."""
        if isinstance(value, list) and not all(isinstance(each, dict | str) for each in value):
            yield _message(role, [json_part(value)])
        elif isinstance(value, list):
            for each in value:
                yield from self.messages(each, role)
        elif isinstance(value, dict):
            yield self._message(value, role)
        elif value is not None:
            yield _message(role, [text_part(value) if isinstance(value, str) else json_part(value)])

    def _message(self, given: dict[str, Json], role: str) -> Message:
        if "role" not in given and (alone := self._part(given)) is not None:
            return _message(_ROLES.get(alone["kind"], role), [alone])
        if not any(name in given for name in ("role", *_CONTENT, *self._beside)):
            return _message(role, [json_part(given)])
        told = given.get("role")
        rest = {**given}
        rest.pop("role", None)
        if rest.get("type") == "message":
            rest.pop("type")
        parts = [part for name in _CONTENT for part in self._parts(rest.pop(name, None))]
        beside = {name: kind for name, kind in self._beside.items() if rest.get(name)}
        front = [
            part for name, kind in beside.items() if kind == "reasoning" for part in self._held(rest.pop(name), kind)
        ]
        back = [
            part for name, kind in beside.items() if kind != "reasoning" for part in self._held(rest.pop(name), kind)
        ]
        who = told if isinstance(told, str) and told else role
        if who in ("tool", "function"):
            parts = [result_part(parts, rest)]
        name = rest.pop("name", None) if isinstance(rest.get("name"), str) else None
        return {**_message(who, [*front, *parts, *back], rest), "name": name}

    def _held(self, value: Json, kind: str) -> list[Part]:
        """The parts of a field that says by its name what it holds."""
        items = value if isinstance(value, list) else [value]
        return [self._of_kind(kind, each) for each in items]

    def _parts(self, value: Json, depth: int = _DEPTH) -> list[Part]:
        """The parts of a message's content."""
        if value is None or value in ("", []):
            return []
        if isinstance(value, str):
            return [text_part(value)]
        items = value if isinstance(value, list) else [value]
        return [
            text_part(each) if isinstance(each, str) else known
            for each in items
            if isinstance(each, str) or (known := self._part(each, depth) or json_part(each))
        ]

    def _part(self, value: Json, depth: int = _DEPTH) -> Part | None:
        """A part by its type, or by the field that says what it is; None where nobody knows it."""
        if not isinstance(value, dict) or not depth:
            return None
        own = value.get("type")
        if isinstance(own, str):
            if own in self._kinds:
                return self._of_kind(
                    self._kinds[own], {key: each for key, each in value.items() if key != "type"}, depth
                )
            return None
        for name, kind in self._kinds.items():
            if name not in value or value[name] in (None, False):
                continue
            inner, rest = value[name], {key: each for key, each in value.items() if key != name}
            if isinstance(inner, dict):
                part = self._of_kind(kind, inner, depth)
                return {**part, "more": more_of({**rest, **({"": part["more"]} if part["more"] else {})})}
            return self._of_kind(kind, rest if inner is True else value, depth)
        return None

    def _of_kind(self, kind: str, value: Json, depth: int = _DEPTH) -> Part:
        if kind in ("image", "audio", "file"):
            return media_part(kind, value)
        if not isinstance(value, dict):
            return text_part(value, kind) if isinstance(value, str) else json_part(value)
        rest = {**value}
        match kind:
            case "tool_call":
                return self._call(rest)
            case "tool_result":
                held = next((name for name in _RESULTS if rest.get(name) is not None), None)
                return result_part(self._parts(rest.pop(held, None), depth - 1) if held else [], rest)
        texts = list(texts_in(rest))
        hidden = sum(len(said) for name in _HIDDEN if isinstance(said := rest.pop(name, None), str))
        part = text_part("\n".join(texts) if texts else None, kind, rest)
        return part if not hidden else {**part, "hidden_chars": hidden}

    def _call(self, rest: dict[str, Json]) -> Part:
        for name in self._wrappings:
            if isinstance(inner := rest.get(name), dict):
                del rest[name]
                rest.pop("type", None)
                rest |= inner
                break
        id_ = next((rest.pop(name) for name in IDS if isinstance(rest.get(name), str)), None)
        held = next((name for name in _ARGUMENTS if rest.get(name) is not None), None)
        given = rest.pop(held) if held else None
        text = given if isinstance(given, str) or given is None else readable(given)
        name = rest.pop("name", None)
        named = name if isinstance(name, str) else None
        return {"kind": "tool_call", "name": named, "id": id_, "text": text, "more": more_of(rest)}


def conversation(request: dict[str, Json], fields: RequestFields) -> list[Message]:
    """The messages of a request, in the order in which a model is given them.

    Parameters
    ----------
    request
        The body as recorded.
    fields
        What the request's own dialect says, then the others' (`recexplore.model.request_fields.joined`).

    Returns
    -------
    list of Message
        Empty where the request asks for nothing in words.
    """
    reader = _Reader(fields)
    found: list[Message] = []
    for path in fields.instructions:
        found += reader.messages(_without_role(_at(request, path)), "system")
    for name in fields.earlier:
        found += reader.messages(request.get(name), "user")
    for name in fields.messages:
        value = request.get(name)
        if isinstance(value, dict) and _holds_messages(value, fields):
            found += conversation(value, _shallow(fields))
        else:
            found += reader.messages(value, "user")
    pictures = [media_part("image", each) for name in fields.images for each in _listed(request.get(name))]
    if pictures:
        found = found or [_message("user", [])]
        found[-1]["parts"] += pictures
    return found


def settings(request: dict[str, Json], fields: RequestFields) -> list[list[Any]]:
    """What a request sets beside its messages: name and value; an object of settings is opened.

    Returns
    -------
    list of [str, Json]
        Every field that `conversation` did not take.
    """
    taken = {
        *fields.messages,
        *fields.earlier,
        *fields.images,
        *(path[0] for path in fields.instructions if len(path) == 1),
    }
    found: list[list[Any]] = []
    for name, value in request.items():
        if name in taken and not (isinstance(value, dict) and name in fields.settings):
            continue
        if name in fields.settings and isinstance(value, dict):
            inside = {*taken, *(path[1] for path in fields.instructions if len(path) == 2 and path[0] == name)}
            found += [[f"{name}.{key}", each] for key, each in value.items() if key not in inside]
        else:
            found.append([name, value])
    return found


def _shallow(fields: RequestFields) -> RequestFields:
    return RequestFields(
        instructions=(*fields.instructions, ("system_prompt",)),
        earlier=fields.earlier,
        messages=fields.messages,
        images=fields.images,
        parts=fields.parts,
        message_parts=fields.message_parts,
        tool_wrappings=fields.tool_wrappings,
    )


def _holds_messages(value: dict[str, Json], fields: RequestFields) -> bool:
    """Whether messages stand one level deeper, among the settings of a model."""
    if "role" in value or any(key in value for key in _CONTENT):
        return False
    return any(key in value for key in (*fields.messages, *(path[-1] for path in fields.instructions)))


def _at(request: Json, path: FieldPath) -> Json:
    for name in path:
        request = request.get(name) if isinstance(request, dict) else None
    return request


def _without_role(value: Json) -> Json:
    """Instructions are the system's, whatever role they were sent under: a list of them is one message."""
    if isinstance(value, list):
        return {"role": "system", "content": value}
    return {**value, "role": "system"} if isinstance(value, dict) else value


def _message(role: str, parts: list[Part], rest: Mapping[str, Json] | None = None) -> Message:
    return {"role": role, "name": None, "parts": parts, "more": more_of(rest or {})}


def _first_of_each(pairs: Iterable[FieldPath]) -> dict[str, str]:
    kinds: dict[str, str] = {}
    for name, kind in pairs:
        kinds.setdefault(name, kind)
    return kinds


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
