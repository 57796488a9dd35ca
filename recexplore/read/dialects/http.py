"""Exchanges that are no answer of a model: model lists, files, tools, rerankers, JSON-RPC and whatever else was recorded.

Takes whole bodies, gives one event each with the body's JSON, so that a corpus is complete; an ``error`` in it is one, also
where a list holds it, as some of Google's refusals do. Comes after all dialects that understand more. A *stream* that nobody
understands is not taken: that is `unknown`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.request_fields import RequestFields
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import share
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

_FACTS: Final = ("id", "model", "object")
_REFUSED: Final = 400
"""The first status of HTTP that says that a request failed."""


def sniff(exchange: Exchange) -> float:
    if share(exchange.chunks, lambda chunk: "jsonrpc" in chunk) == 1.0:
        return 0.5
    is_named = bool(exchange.endpoint or exchange.url or exchange.method)
    return 0.1 if exchange.streaming is False or (is_named and not exchange.streaming) else 0.0


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    for row, body in zip(rows, chunks, strict=True):
        if errors := _listed_errors(body):
            emit.chunk(columns, row, n_choices=0)
            for error in errors:
                emit.event(columns, "error", row, to_json_text(error), choice=None)
            continue
        fields = body if type(body) is dict else {}
        own_id, model, kind = (value if type(value := fields.get(name)) is str else None for name in _FACTS)
        emit.chunk(columns, row, n_choices=0, id=own_id, model=model, object=kind)
        if fields.get("error"):
            emit.event(columns, "error", row, to_json_text(fields["error"]), choice=None)
            body = {name: value for name, value in fields.items() if name != "error"}
        elif emit.is_error(fields) or (type(fields.get("message")) is str and columns.status(row) >= _REFUSED):
            emit.event(columns, "error", row, to_json_text(fields), choice=None)
            continue
        if body or not fields:
            text = body if type(body) is str else to_json_text(body)
            emit.event(
                columns, "annotation" if body not in (None, "", [], {}) else "empty", row, text or None, choice=None
            )


def _listed_errors(body: Json) -> list[Json]:
    """The errors of a list that holds nothing else; none where it does."""
    items = body if type(body) is list else []
    is_errors = all(type(item) is dict and item.keys() == {"error"} and item["error"] for item in items)
    return [item["error"] for item in items] if is_errors else []


DIALECT: Final = Dialect(
    "http",
    "any whole body",
    sniff,
    extract,
    request=RequestFields(messages=("query", "kwargs")),
    hosts={"api.tavily.com": "tavily"},
)
