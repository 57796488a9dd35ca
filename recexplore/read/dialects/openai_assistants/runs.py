"""A run as a whole: its facts, what it waits for, how it ended and what it cost.

Takes a run, streamed or polled, gives what concerns its chunk and its answer. Source of the fields:
https://platform.openai.com/docs/api-reference/runs/object
"""

from __future__ import annotations

from typing import Final

from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text
from recexplore.read.dialects.openai_assistants.facts import describe
from recexplore.read.dialects.openai_assistants.steps import whole_call
from recexplore.read.dialects.openai_assistants.told import Told
from recexplore.read.extract import emit
from recexplore.read.extract.emit import UsageFields
from recexplore.tables.builders import Columns

__all__ = ["USAGE", "calls_required", "has_ended", "read_run"]

USAGE: Final = UsageFields(
    prompt_includes_cached=True,
    completion_includes_reasoning=True,
    paths={
        "prompt": ((("prompt_tokens",),),),
        "completion": ((("completion_tokens",),),),
        "total": ((("total_tokens",),),),
        "cached": ((("prompt_token_details", "cached_tokens"),), (("prompt_tokens_details", "cached_tokens"),)),
        "reasoning": ((("completion_tokens_details", "reasoning_tokens"),),),
    },
)

_ENDED: Final = frozenset(["completed", "incomplete", "failed", "cancelled", "expired", "requires_action"])
_READ: Final = frozenset(["id", "model", "usage", "last_error"])


def read_run(run: dict[str, Json], row: int, columns: Columns, told: Told) -> None:
    """A run in any state; one that was polled is no answer of its own, unless it waits for calls that it holds."""
    calls, is_over = calls_required(run), has_ended(run)
    is_answer = is_over and (told.has_begun or bool(calls))
    describe(run, row, columns, _READ, n_choices=int(is_answer), id=run.get("id"), model=run.get("model"))
    for place, call in enumerate(calls):
        whole_call(call, "required_action", place, row, columns, told)
    if is_answer:
        _finish(run, row, columns)
    elif is_over:
        emit.event(columns, "annotation", row, to_json_text(run), choice=None)
    if run.get("last_error"):
        emit.event(columns, "error", row, to_json_text(run["last_error"]), choice=None)
    emit.usage(columns, [row], [run.get("usage")], USAGE, "usage")


def has_ended(run: dict[str, Json]) -> bool:
    """Whether nothing more comes of a run, unless somebody hands it what it waits for."""
    status = run.get("status")
    return type(status) is str and status in _ENDED


def calls_required(run: dict[str, Json]) -> list[Json]:
    """The calls whose outputs, or whose approval, a run waits for."""
    kind, action = _awaited(run)
    wanted = action.get(kind) if kind is not None else None
    calls = wanted.get("tool_calls") if type(wanted) is dict else None
    return calls if type(calls) is list else []


def _awaited(run: dict[str, Json]) -> tuple[str | None, Json]:
    """What a run waits for, by name and as it is told."""
    action = run.get("required_action")
    kind = action.get("type") if type(action) is dict else None
    return kind if type(kind) is str else None, action


def _finish(run: dict[str, Json], row: int, columns: Columns) -> None:
    """Why a run is incomplete, or waits for something other than outputs; else its status."""
    details = run.get("incomplete_details")
    reason = details.get("reason") if type(details) is dict else None
    if (awaited := _awaited(run)[0]) != "submit_tool_outputs":
        reason = reason or awaited
    extra = to_json_text({"status": run["status"]}) if reason else None
    emit.event(columns, "finish", row, finish_reason=reason or run["status"], extra=extra)
