"""What an answer of Cohere cost: tokens, and what is billed for them.

Takes a report of either version. What is billed is less than what was counted, for Cohere's own templates are not paid for.
It is the usage only where nothing else is reported, and stands in ``usage.extra`` otherwise. Source of the fields:
https://docs.cohere.com/reference/chat and https://docs.cohere.com/reference/chat-v1; ``token_count`` is what v1 reported
in 2023.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from recexplore.model.exchange import Json
from recexplore.read.dialects.cohere.numbers import whole_number
from recexplore.read.extract import emit
from recexplore.read.extract.emit import UsageFields
from recexplore.tables.builders import Columns

__all__ = ["REPORTS", "USAGE", "read_usage"]

USAGE: Final = UsageFields(
    prompt_includes_cached=True,
    completion_includes_reasoning=True,
    paths={
        "prompt": (
            (("tokens", "input_tokens"),),
            (("token_count", "prompt_tokens"),),
            (("billed_units", "input_tokens"),),
        ),
        "completion": (
            (("tokens", "output_tokens"),),
            (("token_count", "response_tokens"),),
            (("billed_units", "output_tokens"),),
        ),
        "total": ((("token_count", "total_tokens"),),),
        "cached": ((("cached_tokens",),),),
    },
)

_COUNTED: Final = ("tokens", "token_count")
_BESIDE_BILLS: Final = replace(
    USAGE,
    paths={
        figure: tuple(summands for summands in alternatives if summands[0][0] != "billed_units")
        for figure, alternatives in USAGE.paths.items()
    },
)
"""Where tokens were counted: what is billed is kept as it is, even where it is the same number."""

REPORTS: Final = frozenset([*_COUNTED, "billed_units", "cached_tokens"])
"""The parts of a report."""


def read_usage(report: Json, row: int, columns: Columns, source: str) -> None:
    """A report, an object of `REPORTS`; what is falsy is none."""
    if type(report) is dict:
        report = {part: _whole(counts) for part, counts in report.items()}
    is_counted = type(report) is dict and any(report.get(part) for part in _COUNTED)
    emit.usage(columns, [row], [report], _BESIDE_BILLS if is_counted else USAGE, source)


def _whole(counts: Json) -> Json:
    return {name: whole_number(n) for name, n in counts.items()} if type(counts) is dict else whole_number(counts)
