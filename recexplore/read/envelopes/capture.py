"""What people's own code keeps of a stream: an object with its chunks in a list, ``{"request": …, "chunks": […]}``.

Takes such an object, a list of them or one a line, gives one exchange for each. The list is called as `_LISTS` says; to be
taken for chunks, its items have to be what some provider's answers are. What was asked may stand beside it, and what else
does is kept. boto3's answers have this form when they are dumped
(https://docs.aws.amazon.com/boto3/latest/reference/services/bedrock-runtime/client/converse_stream.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recexplore.model.exchange import CHUNK, Exchange, Json, Problem
from recexplore.model.json_text import to_json_text
from recexplore.read.registry import known
from recexplore.read.wire.content import Content
from recexplore.read.wire.http_exchange import fill_request
from recexplore.read.wire.http_message import url_of
from recexplore.read.wire.records import first_records, read_records

__all__ = ["NAME", "read", "sniff"]

NAME: Final = "capture"

_LISTS: Final = ("chunks", "events", "stream")
_LOOKED_AT: Final = 10


def sniff(content: Content) -> float:
    return max((0.4 if _list_in(record) else 0.0 for record in first_records(content)), default=0.0)


def read(content: Content) -> Iterator[Exchange]:
    return read_records(content, NAME, _fill)


def _list_in(record: Json) -> str | None:
    """The name under which a record keeps chunks; None where it does not."""
    if not isinstance(record, dict):
        return None
    found = next((name for name in _LISTS if _are_chunks(record.get(name))), None)
    return None if found is None or known().may_be_answer(record) else found


def _are_chunks(value: Json) -> bool:
    return isinstance(value, list) and any(map(known().may_be_answer, value[:_LOOKED_AT]))


def _fill(exchange: Exchange, record: dict[str, Json]) -> None:
    asked = record.get("request")
    fill_request(exchange, record.get("method"), url_of(record), None, asked if isinstance(asked, dict) else None)
    name = _list_in(record)
    if name is not None:
        exchange.chunks, exchange.streaming = list(record[name]), True
        exchange.chunk_path += (name, CHUNK)
        exchange.items = range(len(exchange.chunks))
    else:
        found = to_json_text(record)[:80]
        exchange.problems.append(
            Problem("a record holds no chunks", f"a list of them: {', '.join(_LISTS)}", found, "read as empty")
        )
    taken = {name, "method"} | ({"request"} if isinstance(asked, dict) else set())
    exchange.extra = {key: value for key, value in record.items() if key not in taken and value is not None} or None
