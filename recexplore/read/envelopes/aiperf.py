"""The raw export of NVIDIA's AIPerf: ``profile_export_raw.jsonl``, one request with its timed answers a line.

Takes lines, gives one exchange for each. ``perf_ns`` says when a message arrived on the same clock as ``start_perf_ns``, so
the clock is ``measured`` and zero is when the request was sent. Source of the fields:
https://github.com/ai-dynamo/aiperf/blob/main/src/aiperf/common/models/record_models.py
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from recexplore.model.exchange import Exchange, Json, Problem
from recexplore.model.json_text import to_json_text
from recexplore.read.wire.body import Body
from recexplore.read.wire.content import Content
from recexplore.read.wire.event_body import add_event, text_names
from recexplore.read.wire.http_exchange import fill_request, to_bytes
from recexplore.read.wire.measured_clock import set_measured
from recexplore.read.wire.records import read_records
from recexplore.read.wire.sse import Event

__all__ = ["NAME", "read", "sniff"]

NAME: Final = "aiperf"

_MOST_NS: Final = 2**63
_TELLING: Final = (b'"start_perf_ns"', b'"responses"')
_RECORD: Final = frozenset(["metadata", "start_perf_ns", "payload", "request_headers", "status", "responses", "error"])


def sniff(content: Content) -> float:
    if not content.is_lines:
        return 0.0
    return max(1.0 if all(name in line for name in _TELLING) else 0.0 for line in content.first_lines())


def read(content: Content) -> Iterator[Exchange]:
    return read_records(content, NAME, _fill)


def _fill(exchange: Exchange, record: dict[str, Json]) -> None:
    metadata = record.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    payload = record.get("payload")
    url = metadata.get("url") or record.get("url")
    fill_request(exchange, "POST", url, None, payload if isinstance(payload, dict) else None)
    status = record.get("status")
    exchange.status = status if type(status) is int else None
    error = record.get("error")
    if isinstance(error, dict):
        exchange.error = str(error.get("message") or error.get("type") or to_json_text(error))
        code = error.get("code")
        exchange.status = code if exchange.status is None and type(code) is int else exchange.status
    rest = {key: value for key, value in record.items() if key not in _RECORD and value is not None}
    exchange.extra = {"metadata": metadata, **rest}
    responses = record.get("responses")
    messages = [each for each in responses if isinstance(each, dict)] if isinstance(responses, list) else []
    body = _body(messages)
    body.fill(exchange)
    exchange.streaming = body.streamed
    _times(exchange, record, metadata, [message.get("perf_ns") for message in messages])


def _body(messages: list[dict[str, Json]]) -> Body:
    """Server-sent events in their fields, or whole texts."""
    events = [_event(packets) if isinstance(packets := each.get("packets"), list) else None for each in messages]
    texts = text_names((event.name, event.data) for event in events if event is not None and event.data)
    body = Body(streamed=any("packets" in message for message in messages))
    for message, event in zip(messages, events, strict=True):
        if event is not None:
            add_event(body, event, texts)
        else:
            text = message.get("text")
            body.add(body.decode(to_bytes("" if text is None else str(text)), "an answer's text"))
    return body


def _event(packets: list[Json]) -> Event:
    """An event from its fields."""
    fields = [(str(packet.get("name")), packet.get("value")) for packet in packets if isinstance(packet, dict)]
    said: dict[str, Any] = dict(fields)
    data = [str(value) for name, value in fields if name == "data" and value is not None]
    comments = tuple(f":{value}" for name, value in fields if name == "comment")
    return Event("\n".join(data), str(said.get("event") or ""), said.get("id"), said.get("retry"), comments)


def _is_stamp(value: Any) -> bool:
    return type(value) is int and -_MOST_NS < value < _MOST_NS


def _times(exchange: Exchange, record: dict[str, Json], metadata: dict[str, Json], came: list[Json]) -> None:
    stamps = [each if _is_stamp(each) else None for each in came]
    if None in stamps and any(each is not None for each in stamps):
        bad = to_json_text(came[stamps.index(None)])[:80]
        hint = "read as if it were not there"
        exchange.problems.append(Problem("`perf_ns` is not as recorded", "nanoseconds", bad, hint))
    sent: Any = record.get("start_perf_ns")
    began: Any = metadata.get("request_start_ns")
    set_measured(
        exchange,
        stamps,
        sent if _is_stamp(sent) else None,
        per_second=1e9,
        sent_posix_s=began / 1e9 if _is_stamp(began) else None,
    )
