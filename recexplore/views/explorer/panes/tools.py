"""Tool calls: their arguments fragment by fragment, and how they fit what the request declared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from recexplore.analysis import tool_calls
from recexplore.corpus import Recording
from recexplore.model.counts import count
from recexplore.model.errors import SourceChanged
from recexplore.model.plain_values import records
from recexplore.views.explorer.panes.json_text import readable_json
from recexplore.views.text.declared_tools import Declared, declared_tools, misfits
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["tools_pane"]


def tools_pane(recording: Recording) -> dict[str, Any]:
    declared = _declared(recording)
    fragments = tool_calls.assembly(recording.events)
    by = ["choice", "tool_index"]
    pieces = dict(iter(fragments.groupby(by))) if len(fragments) else {}
    calls = []
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
                "fragments": [] if own is None else records(own[["chunk", "text", "state", "broken_at"]]),
                "description": mine.description if mine else None,
                "schema": readable_json(mine.parameters) if mine and mine.parameters is not None else None,
                "misfits": list(map(without_lone_surrogates, misfits(call["arguments"], mine.parameters)))
                if mine and mine.parameters is not None
                else [],
                "undeclared": _undeclared(declared, mine),
            }
        )
    shown = [
        {
            "name": tool.name,
            "description": tool.description,
            "schema": None if tool.parameters is None else readable_json(tool.parameters),
        }
        for tool in declared or []
    ]
    why = "The request cannot be read any more: what it declared is not known." if declared is None else None
    return {"calls": calls, "declared": shown, "why": why}


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


def _undeclared(declared: list[Declared] | None, mine: Declared | None) -> str:
    if declared is None:
        return "The request cannot be read any more: what was declared is not known."
    return "Declared without a schema." if mine else "The request declares no tool of this name."
