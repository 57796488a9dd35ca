"""Steps of a run: the tools they call, in fragments and whole.

Takes steps, deltas and calls, gives events of choice 0; the call an event belongs to is in ``block``. What a tool of the
provider's own gave back is an ``annotation``. A step's usage is a part of its run's, and stays beside its chunk. Source of
the fields: https://platform.openai.com/docs/api-reference/run-steps and
https://platform.openai.com/docs/api-reference/assistants-streaming/run-step-delta-object; tools of Azure's agents:
https://learn.microsoft.com/en-us/rest/api/aifoundry/aiagents/run-steps
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import NoneType
from typing import Final

from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text
from recexplore.read.dialects.openai_assistants.facts import describe
from recexplore.read.dialects.openai_assistants.told import Told
from recexplore.read.extract import emit
from recexplore.read.extract.emit import items_in, other_fields
from recexplore.tables.builders import Columns

__all__ = ["read_step", "read_step_delta", "whole_call"]

_ARGUMENTS: Final = {"function": "arguments", "code_interpreter": "input"}
"""The types of calls whose text comes in fragments, and the field of theirs that brings it."""
_CALL: Final = frozenset(["index", "id", "type"])


@dataclass(frozen=True, slots=True)
class _Call:
    """A call, or a fragment of one: what is called, with what, what came of it, and what stands beside."""

    type: str
    name: Json
    arguments: str
    results: dict[str, Json]
    beside: dict[str, Json]


def read_step_delta(chunk: dict[str, Json], row: int, columns: Columns, told: Told) -> None:
    """What is new of a step."""
    delta = chunk.get("delta")
    rest: dict[str, Json] = other_fields(delta, {"step_details"}) if type(delta) is dict else {}
    calls, details = _calls_in(delta.get("step_details") if type(delta) is dict else None, row, columns)
    if details:
        rest["step_details"] = details
    cells = {"n_choices": int(bool(calls)), "item_id": chunk.get("id")}
    describe({**chunk, "delta": rest or None}, row, columns, {"id"}, **cells)
    if type(delta) is not dict:
        emit.malformed(columns, row, "`delta`", "an object", delta, 0)
    for call in calls:
        _fragment(call, chunk.get("id"), row, columns, told)


def read_step(step: dict[str, Json], row: int, columns: Columns, told: Told) -> None:
    """A step, whole or at its beginning: calls that were told are a repetition, others are told now."""
    calls, details = _calls_in(step.get("step_details"), row, columns)
    cells = {"n_choices": int(bool(calls)), "id": step.get("run_id"), "item_id": step.get("id")}
    describe({**step, "step_details": details or None}, row, columns, {"id", "run_id"}, **cells)
    repeated = [call for place, call in enumerate(calls) if whole_call(call, step.get("id"), place, row, columns, told)]
    if repeated:
        emit.event(columns, "empty", row, to_json_text({"tool_calls": repeated}))


def _calls_in(details: Json, row: int, columns: Columns) -> tuple[list[Json], dict[str, Json]]:
    """The calls of a step, and what else its details say."""
    if type(details) is dict:
        calls = items_in(columns, row, details.get("tool_calls"), "`tool_calls`")
        return calls, other_fields(details, {"type", "tool_calls"})
    if details is not None:
        emit.malformed(columns, row, "`step_details`", "an object", details, 0)
    return [], {}


def whole_call(call: Json, step_id: Json, place: int, row: int, columns: Columns, told: Told) -> bool:
    """A call that is told whole, the one at a ``place`` of its step; gives whether any of it was told before."""
    made = _made_of(call, row, columns)
    if made is None:
        return False
    number = told.call(step_id, place, call.get("id"))
    if made.type == "function" and "output" in made.results and not told.count(number, "call"):
        # The client has run it: it was called in the answer before this one.
        return True
    has_arguments, has_results = told.count(number, "arguments") > 0, told.count(number, "results") > 0
    said = replace(made, arguments="" if has_arguments else made.arguments, results={} if has_results else made.results)
    if said.arguments or said.results or not told.count(number, "call"):
        _tell(said, call, number, row, columns, told)
    return said != made


def _fragment(call: Json, step_id: Json, row: int, columns: Columns, told: Told) -> None:
    """What a delta brings of a call."""
    made = _made_of(call, row, columns)
    if made is not None:
        number = told.call(step_id, call.get("index"), call.get("id"))
        _tell(made, call, number, row, columns, told)


def _tell(said: _Call, call: dict[str, Json], number: int, row: int, columns: Columns, told: Told) -> None:
    """The events of a call, or of what is new of it."""
    is_new = not told.count(number, "call")
    if is_new or said.arguments or said.beside or call.get("id"):
        emit.event(
            columns,
            "tool_call",
            row,
            said.arguments,
            block=number,
            tool_call_id=call.get("id"),
            tool_name=said.name if is_new or said.type == "function" else None,
            tool_type=None if said.type == "function" else said.type,
            extra=to_json_text(said.beside) if said.beside else None,
        )
    if said.results:
        emit.event(columns, "annotation", row, to_json_text(said.results), block=number)
    told.add(number, "call")
    for what, is_told in (("arguments", said.arguments), ("results", said.results)):
        if is_told:
            told.add(number, what)


def _made_of(call: Json, row: int, columns: Columns) -> _Call | None:
    """What a call is made of; None where it is no call, which is kept as it is."""
    kind = call.get("type", "function") if type(call) is dict else None
    field = _ARGUMENTS.get(kind) if type(kind) is str else None
    details = call.get(kind) if type(kind) is str else None
    if type(kind) is not str or (field is not None and type(details) not in (dict, NoneType)):
        emit.malformed(columns, row, "a tool call", "an object with its type and its details", call, 0)
        return None
    beside = other_fields(call, _CALL | {kind})
    if field is None:
        # Its details, where it has some, say what was looked for and what was found.
        said, beside = (details, beside) if type(details) is dict else ({**beside, kind: details}, {})
        said = other_fields(said, set())
        return _Call(kind, said.get("name", kind), to_json_text(said) if said else "", {}, beside)
    details = details or {}
    name = details.get("name") if kind == "function" else kind
    given = details.get(field)
    arguments = given if type(given) is str else "" if given is None else to_json_text(given)
    rest = other_fields(details, {field, "name"} if kind == "function" else {field})
    return _Call(kind, name, arguments, {key: value for key, value in rest.items() if value != []}, beside)
