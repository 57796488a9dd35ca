"""Messages of a run: what their deltas bring, what they repeat whole, and what a list of them holds.

Takes messages and deltas, gives events of choice 0; the message an event belongs to is in ``block``. Source of the fields:
https://platform.openai.com/docs/api-reference/messages and
https://platform.openai.com/docs/api-reference/assistants-streaming/message-delta-object
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text
from recexplore.read.dialects.openai_assistants.facts import describe
from recexplore.read.dialects.openai_assistants.told import Told
from recexplore.read.extract import emit
from recexplore.read.extract.emit import items_in, other_fields, text_in
from recexplore.tables.builders import Columns

__all__ = ["is_answer", "read_message", "read_message_delta", "read_messages"]

_READ: Final = frozenset(["id", "run_id", "role", "content"])


def read_message_delta(chunk: dict[str, Json], row: int, columns: Columns, told: Told) -> None:
    """What is new of a message."""
    delta, number = chunk.get("delta"), told.message(chunk.get("id"))
    rest = other_fields(delta, {"role", "content"}) if type(delta) is dict else None
    describe({**chunk, "delta": rest or None}, row, columns, {"id"}, n_choices=1, item_id=chunk.get("id"), block=number)
    if type(delta) is not dict:
        emit.malformed(columns, row, "`delta`", "an object", delta, 0)
        return
    _role(delta, number, row, columns, told)
    for place, part in enumerate(_parts(delta, row, columns)):
        if _part(part, number, row, columns):
            told.add(number, str(part.get("type")), part.get("index", place))


def read_message(message: dict[str, Json], row: int, columns: Columns, told: Told) -> None:
    """A message, whole or at its beginning: what deltas told of it is a repetition, what they did not is told now."""
    cells = {"id": message.get("run_id"), "item_id": message.get("id"), "block": told.message(message.get("id"))}
    describe(message, row, columns, _READ, n_choices=int(is_answer(message)), **cells)
    if not is_answer(message):
        _aside(message, row, columns)
        return
    _say(message, row, columns, told)
    if not told.has_begun:
        _finish(message, row, columns)


def read_messages(listed: dict[str, Json], row: int, columns: Columns, told: Told) -> None:
    """A thread as far as it is listed: what its latest run said is the answer, the rest was said before."""
    describe(listed, row, columns, {"data"}, n_choices=1)
    messages = items_in(columns, row, listed.get("data"), "`data`")
    if len(messages) > 1 and _made(messages[0]) >= _made(messages[-1]):
        messages = messages[::-1]
    messages = sorted(messages, key=_made)
    latest: dict[str, Json] = next((message for message in reversed(messages) if is_answer(message)), {})
    for message in messages:
        if is_answer(message) and message.get("run_id") == latest.get("run_id"):
            _say(message, row, columns, told)
            if rest := other_fields(message, {"role", "content"}):
                emit.event(columns, "annotation", row, to_json_text(rest), choice=None)
        else:
            _aside(message, row, columns)
    if latest:
        _finish(latest, row, columns)


def is_answer(message: Json) -> bool:
    """Whether it is a message of the assistant's."""
    return type(message) is dict and message.get("role", "assistant") != "user"


def _made(message: Json) -> int:
    created = message.get("created_at") if type(message) is dict else None
    return created if type(created) is int else 0


def _aside(message: Json, row: int, columns: Columns) -> None:
    """What somebody else said, or an earlier run."""
    emit.event(columns, "annotation", row, to_json_text(message), choice=None)


def _say(message: dict[str, Json], row: int, columns: Columns, told: Told) -> None:
    """What a message says that was not told before; with what was, in an event of its own."""
    number, seen = told.message(message.get("id")), Counter[str]()
    _role(message, number, row, columns, told)
    is_repeated = False
    for place, part in enumerate(_parts(message, row, columns)):
        kind = str(part.get("type")) if type(part) is dict else ""
        # By their order: in deltas and whole, some servers give them other places.
        if seen[kind] < told.count(number, kind):
            is_repeated = True
        elif _part(part, number, row, columns):
            told.add(number, kind, place)
        seen[kind] += 1
    if is_repeated:
        emit.event(columns, "empty", row, to_json_text({"content": message.get("content")}), block=number)


def _finish(message: dict[str, Json], row: int, columns: Columns) -> None:
    """How a message ended that came without its run; those of a list need not say."""
    details, status = message.get("incomplete_details"), message.get("status")
    if status != "in_progress":
        reason = details.get("reason") if type(details) is dict else None
        emit.event(columns, "finish", row, finish_reason=reason or status)


def _role(said: dict[str, Json], number: int, row: int, columns: Columns, told: Told) -> None:
    if (role := text_in(columns, row, said.get("role"), "`role`")) and not told.count(number, "role"):
        emit.event(columns, "role", row, role, block=number)
        told.add(number, "role")


def _parts(said: dict[str, Json], row: int, columns: Columns) -> list[Json]:
    """The parts of a content; Alibaba sends the only one without a list, others just its text."""
    content = said.get("content")
    if type(content) is str:
        return [{"type": "text", "text": content}]
    return [content] if type(content) is dict else items_in(columns, row, content, "`content`")


def _part(part: Json, number: int, row: int, columns: Columns) -> bool:
    """A content part, or what is new of it; whether it says anything."""
    if type(part) is not dict:
        emit.malformed(columns, row, "a content part", "an object", part, 0)
        return False
    kind, text = part.get("type"), part.get("text")
    if kind == "refusal":
        return emit.text(columns, "refusal", row, part, "refusal", {"index"}, block=number)
    if kind != "text":
        emit.event(columns, "annotation", row, to_json_text(other_fields(part, {"index"})), block=number)
        return True
    if type(text) is not dict:
        return emit.text(columns, "content", row, part, "text", {"index"}, block=number)
    said = {**other_fields(part, {"index", "text"}), **text}
    has_text = emit.text(columns, "content", row, said, "value", {"annotations"}, block=number)
    for note in items_in(columns, row, text.get("annotations"), "`annotations`"):
        is_citation = type(note) is dict and "citation" in str(note.get("type"))
        emit.event(columns, "citation" if is_citation else "annotation", row, to_json_text(note), block=number)
    return has_text
