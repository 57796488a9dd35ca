"""Where in an assembled text something stands.

Rules give spans as the data of their evidence: whoever shows a finding cuts, underlines or masks by them. Takes numbers,
gives them as JSON, and reads them again, whoever wrote them.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

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


def spans_from_json(cell: Any) -> tuple[Span, ...]:
    """The spans that a cell of ``findings.spans`` holds.

    Parameters
    ----------
    cell
        What `spans_as_json` gave, or a list of the same objects. Of what others wrote, whatever is no span is left out.
    """
    if isinstance(cell, str | bytes):
        try:
            cell = orjson.loads(cell)
        except ValueError:
            return ()
    if not isinstance(cell, list | tuple):
        return ()
    return tuple(span for span in map(_span, cell) if span is not None)


def _span(given: Any) -> Span | None:
    fields = given._asdict() if isinstance(given, Span) else given
    if not isinstance(fields, Mapping) or not isinstance(kind := fields.get("kind"), str):
        return None
    choice, start, end = (_whole(fields.get(name)) for name in ("choice", "start", "end"))
    if choice is None or start is None or end is None or start > end:
        return None
    call = fields.get("tool_index")
    return Span(choice, kind, start, end, _whole(call)) if call is None or _whole(call) is not None else None


def _whole(value: Any) -> int | None:
    """The number where it is a whole one, zero or more."""
    try:
        number = -1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return None
    return number if number >= 0 else None
