"""Tool calls: their arguments fragment by fragment, and how they fit what the request declared."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal, TypedDict, cast

import pandas as pd

from recexplore.analysis import interleaving, tool_calls
from recexplore.corpus import Recording
from recexplore.model.counts import count
from recexplore.model.errors import SourceChanged
from recexplore.model.plain_values import records
from recexplore.views.explorer.panes.json_text import readable_json
from recexplore.views.text.declared_tools import Declared, declared_tools, misfits
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["DeclaredTool", "Fragment", "ToolCall", "ToolsPane", "tools_pane"]


class Fragment(TypedDict):
    """A piece of a call's arguments: how long they were with it, what state they were in, and where they broke."""

    chunk: int
    text: str | None
    chars: int
    state: Literal["empty", "incomplete", "complete", "not an object", "broken"]
    broken_at: int | None


class ToolCall(TypedDict):
    """A call, and how it fits what the request declared; ``schema`` is JSON."""

    name: str | None
    about: str
    fragments: list[Fragment]
    takes_json: bool
    finish_chunk: int | None
    description: str | None
    schema: str | None
    misfits: list[str]
    undeclared: str | None


class DeclaredTool(TypedDict):
    """A tool that the request declared; ``schema`` is JSON."""

    name: str
    description: str | None
    schema: str | None


class ToolsPane(TypedDict):
    """Calls, declared tools, and why there is neither."""

    calls: list[ToolCall]
    declared: list[DeclaredTool]
    why: str


def tools_pane(recording: Recording) -> ToolsPane:
    declared = _declared(recording)
    fragments = recording.derive(tool_calls.assembly, "events")
    by = ["choice", "tool_index"]
    pieces = dict(iter(fragments.groupby(by))) if len(fragments) else {}
    finishes = _finishes(recording)
    is_asked = declared is not None and bool(recording.request)
    calls: list[ToolCall] = []
    for call in recording.tool_calls.to_dict("records"):
        name = call["name"] if isinstance(call["name"], str) else None
        mine = next((tool for tool in declared or [] if tool.name == name), None)
        own = pieces.get((call["choice"], call["tool_index"]))
        about = [f"choice {call['choice']}", f"call {call['tool_index']}"]
        if isinstance(call["id"], str):
            about.append(call["id"])
        if own is not None:
            about.append(count(len(own), "fragment"))
        calls.append(
            {
                "name": name,
                "about": " · ".join(about),
                "fragments": [] if own is None else _fragments(own),
                "takes_json": call["type"] in _FUNCTIONS or not isinstance(call["type"], str),
                "finish_chunk": finishes.get(call["choice"]),
                "description": mine.description if mine else None,
                "schema": readable_json(mine.parameters) if mine and mine.parameters is not None else None,
                "misfits": list(map(without_lone_surrogates, misfits(call["arguments"], mine.parameters)))
                if mine and mine.parameters is not None
                else [],
                "undeclared": _undeclared(declared, mine, is_asked),
            }
        )
    shown: list[DeclaredTool] = [
        {
            "name": tool.name,
            "description": tool.description,
            "schema": None if tool.parameters is None else readable_json(tool.parameters),
        }
        for tool in declared or []
    ]
    return {"calls": calls, "declared": shown, "why": _why_no_call(declared, is_asked)}


_FUNCTIONS: Final = ("function", "function_call")
"""Types of calls whose arguments are JSON; those of other tools take text, code or a command."""


def _fragments(own: pd.DataFrame) -> list[Fragment]:
    return cast(list[Fragment], records(own[["chunk", "text", "chars", "state", "broken_at"]]))


def _finishes(recording: Recording) -> dict[int, int]:
    """The chunk in which each choice finished; none for one that never did."""
    choices = recording.derive(interleaving.per_choice, "events")
    finished = choices.loc[choices["finish_chunk"].notna(), ["choice", "finish_chunk"]]
    return dict(zip(finished["choice"].tolist(), finished["finish_chunk"].tolist(), strict=True))


def _why_no_call(declared: list[Declared] | None, is_asked: bool) -> str:
    if declared is None:
        return "The request cannot be read any more: what it declared is not known."
    if not is_asked:
        return "The answer calls none. No request was recorded."
    return "The request declared no tool and the answer calls none."


def _declared(recording: Recording) -> list[Declared] | None:
    try:
        # The frames have no halves of characters either.
        return [
            replace(
                tool,
                name=without_lone_surrogates(tool.name),
                description=without_lone_surrogates(tool.description or "") or None,
            )
            for tool in declared_tools(recording)
        ]
    except (SourceChanged, RecursionError):
        return None


def _undeclared(declared: list[Declared] | None, mine: Declared | None, is_asked: bool) -> str | None:
    if declared is None:
        return "The request cannot be read any more: what was declared is not known."
    if mine:
        return "Declared without a schema."
    # What was not recorded declares nothing and denies nothing.
    return "The request declares no tool of this name." if is_asked else None
