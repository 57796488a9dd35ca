"""Where in an assembled text something stands.

Rules give spans as the data of their evidence: whoever shows a finding cuts, underlines or masks by them. Takes numbers,
gives them as JSON.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import orjson

__all__ = ["Span", "spans_as_json", "spans_from_json"]


class Span(NamedTuple):
    """A stretch of one assembled text.

    Attributes
    ----------
    choice
        The provider's number of the alternative answer.
    kind
        Which of its texts, as ``events.kind`` has it: ``content``, ``reasoning``, ``refusal`` (the columns of ``choices``)
        or ``tool_call`` (``tool_calls.arguments``).
    start, end
        Offsets in characters, the end exclusive, as ``events.start`` and ``events.end`` count them.
    tool_index
        The number of the tool call, for arguments.
    """

    choice: int
    kind: str
    start: int
    end: int
    tool_index: int | None = None


def spans_as_json(spans: Iterable[Span]) -> str | None:
    """A cell of ``findings.spans``: a list of objects; None where there is none."""
    objects = [span._asdict() for span in spans]
    return orjson.dumps(objects).decode() if objects else None


def spans_from_json(cell: str) -> tuple[Span, ...]:
    """What a cell of ``findings.spans`` holds."""
    return tuple(Span(**each) for each in orjson.loads(cell))
