"""Rows that both chunks and deltas give: usage reports, odd values, vendor fields.

Takes values, appends to the builders. Never decides where a value belongs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from itertools import compress
from typing import Final

from recexplore.columns import Columns
from recexplore.decoding import to_json_text
from recexplore.model import Json
from recexplore.schema import kind_code
from recexplore.usage_fields import Paths, read_figures

__all__ = ["USAGE_FIELDS", "extras", "odd", "read_usage"]

USAGE_FIELDS: Final[dict[str, Paths]] = {
    "prompt": ((("prompt_tokens",),),),
    "completion": ((("completion_tokens",),),),
    "total": ((("total_tokens",),),),
    # OpenAI's own field; DeepSeek's; Anthropic's, through LiteLLM
    "cached": (
        (("prompt_tokens_details", "cached_tokens"),),
        (("prompt_cache_hit_tokens",),),
        (("cache_read_input_tokens",),),
    ),
    "cache_write": ((("prompt_tokens_details", "cache_write_tokens"),), (("cache_creation_input_tokens",),)),
    "reasoning": ((("completion_tokens_details", "reasoning_tokens"),), (("reasoning_tokens",),)),
    "audio": ((("prompt_tokens_details", "audio_tokens"), ("completion_tokens_details", "audio_tokens")),),
    "accepted_prediction": ((("completion_tokens_details", "accepted_prediction_tokens"),),),
    "rejected_prediction": ((("completion_tokens_details", "rejected_prediction_tokens"),),),
}


def odd(columns: Columns, row: int, what: str, expected: str, found: Json, choice: int | None = None) -> None:
    """Keep what has the wrong type as it is, and say so."""
    text = to_json_text(found)
    columns.events.add(1, row=row, choice=choice, kind=kind_code("unknown"), text=text)
    columns.problem(row, f"{what} has the wrong type", expected, text, "kept as an unknown event")


def extras(cells: Mapping[str, Sequence[Json]], known: Set[str]) -> list[str | None] | None:
    """What the fields nobody reads hold, as JSON a row; None where they hold nothing."""
    rest = {
        key: values for key, values in cells.items() if key not in known and any(value is not None for value in values)
    }
    if not rest:
        return None
    objects = [
        {key: value for key, value in zip(rest, row, strict=True) if value is not None}
        for row in zip(*rest.values(), strict=True)
    ]
    return [to_json_text(each) if each else None for each in objects]


def read_usage(
    columns: Columns,
    rows: Sequence[int],
    reports: Sequence[Json],
    source: str,
    choices: Sequence[int | None] | None = None,
    beside: list[str | None] | None = None,
) -> None:
    """One event and one row of usage for each report; what is falsy is none. What stood beside goes with the event."""
    if set(map(type, reports)) - {dict, type(None)}:
        for at, report in enumerate(reports):
            if report and type(report) is not dict:
                odd(columns, rows[at], "`usage`", "an object", report, choices[at] if choices else None)
        reports = [report if type(report) is dict else None for report in reports]
    own_rows = list(compress(rows, reports))
    own_choices = list(compress(choices, reports)) if choices else None
    figures, rests = read_figures(list(filter(None, reports)), USAGE_FIELDS)
    extra = [to_json_text(rest) if rest else None for rest in rests]
    n = len(own_rows)
    told = list(compress(beside, reports)) if beside else None
    columns.events.add(n, row=own_rows, choice=own_choices, kind=kind_code("usage"), extra=told)
    columns.usage.add(n, row=own_rows, choice=own_choices, source=source, extra=extra, **figures)
