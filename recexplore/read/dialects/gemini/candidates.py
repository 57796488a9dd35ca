"""One candidate in one chunk: its parts, what stands beside them, how it ended.

Takes a candidate with the fields of either spelling, gives events of its choice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeAlias

from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text
from recexplore.read.dialects.gemini.calls import Calls, GrowingCall
from recexplore.read.dialects.gemini.enum_names import finish_name, named_ratings
from recexplore.read.dialects.gemini.partial_args import PIECE_FIELDS
from recexplore.read.extract import emit
from recexplore.read.extract.emit import is_index, items_in, other_fields, text_in
from recexplore.tables.builders import Columns

__all__ = ["Candidate", "snake"]

_CALL: Final = frozenset(["id", "name", "args", "partial_args", "will_continue"])
_CANDIDATE: Final = frozenset(["content", "index", "finish_reason", "finish_message"])
_SNAKE: Final = re.compile(r"(?<=[a-z0-9])([A-Z])")


@lru_cache(maxsize=1024)
def _snake_name(name: str) -> str:
    return _SNAKE.sub(r"_\1", name).lower()


def snake(fields: dict[str, Json]) -> dict[str, Json]:
    """The fields by the SDK's names; one that is there in both spellings keeps its own beside."""
    found: dict[str, Json] = {}
    for name, value in fields.items():
        snake = _snake_name(name)
        found[f"{name} (again)" if snake in found else snake] = value
    return found


class Candidate:
    """One answer in one chunk."""

    def __init__(self, said: dict[str, Json], place: int, row: int, columns: Columns, calls: Calls) -> None:
        index = said.get("index")
        self.choice: int = index if type(index) is int and is_index(index) else place
        self.said, self.place, self.row, self.columns, self.calls = said, place, row, columns, calls

    def say(self, kind: str, text: str | None = None, **cells: Any) -> None:
        emit.event(self.columns, kind, self.row, text, choice=self.choice, place=self.place, **cells)

    def read(self) -> None:
        content = self.said.get("content") or {}
        if type(content) is not dict:
            content = {"parts": [content]}
        beside = {"choice": self.choice, "place": self.place}
        emit.text(self.columns, "role", self.row, content, "role", {"parts"}, **beside)
        for part in items_in(self.columns, self.row, content.get("parts"), "`parts`", self.choice):
            if type(part) is dict:
                self._part(snake(part))
            else:
                emit.malformed(self.columns, self.row, "a part", "an object", part, self.choice)
        for field, kind in _BESIDE.items():
            if said := self.said.get(field):
                named = named_ratings(said, self.columns.provider(self.row)) if field == "safety_ratings" else said
                extra = to_json_text({field: said}) if named != said else None
                self.say(kind, to_json_text({field: named}), extra=extra)
        self._finish()

    def _finish(self) -> None:
        reason = self.said.get("finish_reason")
        extra = other_fields(self.said, _CANDIDATE | _BESIDE.keys())
        if self.said.get("finish_message"):
            extra["finish_message"] = self.said["finish_message"]
        if reason:
            name = finish_name(reason, self.columns.provider(self.row))
            if name != reason:
                extra["finish_reason"] = reason
            text = name if type(name) is str else to_json_text(name)
            self.say("finish", finish_reason=text, extra=to_json_text(extra) if extra else None)
        elif extra:
            self.say("annotation", to_json_text(extra))

    def _part(self, part: dict[str, Json]) -> None:
        if part.get("text") == "" and any(part.get(field) is not None for field in _PARTS if field != "text"):
            part = {name: value for name, value in part.items() if name != "text"}
        for field, reader in _PARTS.items():
            if part.get(field) is not None:
                reader(self, part, field, other_fields(part, {field, "thought"}))
                return
        signed = other_fields(part, {"thought"})
        if signed:
            self.say("annotation" if "thought_signature" in signed else "unknown", to_json_text(signed))

    def _text(self, part: dict[str, Json], field: str, rest: dict[str, Json]) -> None:
        text = text_in(self.columns, self.row, part[field], "`text` of a part", self.choice)
        extra = to_json_text(rest) if rest else None
        if text:
            self.say("reasoning" if part.get("thought") is True else "content", text, extra=extra)
        elif rest:
            self.say("annotation", extra)

    def _call(self, part: dict[str, Json], field: str, rest: dict[str, Json]) -> None:
        call = snake(part[field]) if type(part[field]) is dict else {"args": part[field]}
        rest |= other_fields(call, _CALL)
        growing = self.calls.growing(self.row, self.choice, call)
        if growing is not None or "partial_args" in call or call.get("will_continue"):
            self._piece(call, growing, rest)
            return
        given = call.get("args")
        self.say(
            "tool_call",
            given if type(given) is str else to_json_text({} if given is None else given),
            tool_index=self.calls.number(self.row, self.choice),
            tool_call_id=call.get("id"),
            tool_name=call.get("name"),
            extra=to_json_text(rest) if rest else None,
        )

    def _piece(self, call: dict[str, Json], growing: GrowingCall | None, rest: dict[str, Json]) -> None:
        """A call that begins, grows or ends, until it no longer says that it will continue."""
        if growing is None:
            growing = self.calls.begin(self.row, self.choice, call)
        whole = call.get("args")
        text = growing.args.add_values(whole) if type(whole) is dict else ""
        unread = [] if type(whole) is dict or whole is None else [{"args": whole}]
        for piece in items_in(self.columns, self.row, call.get("partial_args"), "`partialArgs`", self.choice):
            said = snake(piece) if type(piece) is dict else {}
            added = growing.args.add(said)
            text += added or ""
            if added is None or other_fields(said, PIECE_FIELDS):
                unread.append(piece)
        if unread:
            rest["partial_args"] = unread
        goes_on = call.get("will_continue") is True
        text += "" if goes_on else growing.args.close()
        self.say(
            "tool_call",
            text,
            tool_index=growing.number,
            tool_call_id=call.get("id"),
            tool_name=call.get("name"),
            extra=to_json_text(rest) if rest else None,
        )
        growing.events.append(self.columns.events.n - 1)
        if not goes_on:
            self.calls.end(self.row, self.choice, growing)

    def _server_call(self, part: dict[str, Json], field: str, rest: dict[str, Json]) -> None:
        """A tool that runs on the provider's side."""
        call = part[field]
        name = call.get("tool_type") or call.get("toolType") if type(call) is dict else None
        own = call.get("id") if type(call) is dict else None
        extra = to_json_text(rest) if rest else None
        self.say(
            "tool_call",
            to_json_text(call),
            tool_index=self.calls.number(self.row, self.choice),
            tool_call_id=own,
            tool_name=name or field,
            tool_type=field,
            extra=extra,
        )

    def _aside(self, part: dict[str, Json], field: str, rest: dict[str, Json]) -> None:
        self.say("annotation", to_json_text({field: part[field], **rest}))


_PartReader: TypeAlias = Callable[[Candidate, dict[str, Json], str, dict[str, Json]], None]

_PARTS: Final[dict[str, _PartReader]] = {
    "text": Candidate._text,
    "function_call": Candidate._call,
    "executable_code": Candidate._server_call,
    "tool_call": Candidate._server_call,
    "function_response": Candidate._aside,
    "code_execution_result": Candidate._aside,
    "tool_response": Candidate._aside,
    "inline_data": Candidate._aside,
    "file_data": Candidate._aside,
    "video_metadata": Candidate._aside,
}
"""What a part is, told by the first of these fields that it has."""

_BESIDE: Final = {
    "safety_ratings": "filter",
    "citation_metadata": "citation",
    "grounding_metadata": "citation",
    "url_context_metadata": "annotation",
    "logprobs_result": "logprobs",
}
