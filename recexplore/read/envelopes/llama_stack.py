"""Recordings of llama-stack, now OGX: one JSON object a file, or one a line, ``{"request": …, "response": …}``.

Takes a decoded document, gives one exchange. All generations: with and without ``test_id``,
``id_normalization_mapping``, ``provider_metadata`` and ``status``; requests for inference (``body``), HTTP
(``payload``), tools (``tool_name``, ``kwargs``) and files (``api``, ``file_id``); recorded exceptions. Streams of
events, which are stored as lists of lines, are put together again.

``__type__`` is a label that the recorder put beside ``__data__``. It is kept in ``extra`` and decides nothing: a
gateway's own class may wrap a chat chunk, and nothing is ever imported because a recording says so.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from operator import itemgetter
from typing import Any, Final

from recexplore.model.exchange import CHUNK, Exchange, Json, Path, Problem
from recexplore.model.json_text import to_json_text
from recexplore.read import registry
from recexplore.read.wire.content import Content
from recexplore.read.wire.event_body import read_events
from recexplore.read.wire.http_exchange import path_of
from recexplore.read.wire.json_text import Decoded, decode_json
from recexplore.read.wire.recorded_wire import fill_times, fill_wire, note_end, note_lost_request
from recexplore.read.wire.records import first_records
from recexplore.read.wire.sse import looks_like_events

__all__ = ["NAME", "read", "sniff"]

NAME: Final = "llama-stack"

_REQUEST_KEYS: Final = frozenset({"method", "url", "endpoint", "body", "payload", "tool_name", "api"})
_OURS: Final = ("wire", "timing")
"""What recexplore's own recorder, which writes the same envelope, notes beside the rest."""
_KNOWN_TOP: Final = frozenset({"request", "response", "test_id", *_OURS})
_KNOWN_REQUEST: Final = frozenset({"method", "url", "endpoint", "body", "payload", "model", "test_id", "provider"})
_KNOWN_RESPONSE: Final = frozenset({"body", "is_streaming", "status", "is_exception", "exception_message"})
_NOTHING_NOTED: Final[tuple[Json, ...]] = (None, "", [], {})
_ITEM: Final = frozenset({"__type__", "__data__"})
_MISSING: Final = object()
_MARKS: Final = frozenset({"test_id", "id_normalization_mapping"})
_REQUEST_MARKS: Final = frozenset({"endpoint", "payload", "tool_name", "api", "provider_metadata"})
_RESPONSE_MARKS: Final = frozenset({"is_streaming", "is_exception"})
"""Every whole recording says one of these."""

_WHOLE_BODY: Final = ("response", "body", "__data__")
_ITEMS: Final = ("response", "body", CHUNK, "__data__")


def sniff(content: Content) -> float:
    if not content.is_lines and content.looks_like_json and not isinstance(content.document.value, dict):
        return 0.0
    return max(map(_share, first_records(content)), default=0.0)


def _share(value: Json) -> float:
    """How sure it is that a value is a recording: another recorder's pair of request and response is less so."""
    if not isinstance(value, dict):
        return 0.0
    request, response = value.get("request"), value.get("response")
    if "request" in value and "response" in value:
        if not _MARKS.isdisjoint(value) or _is_marked(request, response):
            return 1.0
        if not isinstance(request, dict) or not isinstance(response, dict):
            return 0.2
        return 0.5 if "body" in response or registry.known().may_be_answer(response) else 0.2
    # One that breaks off has only one of them.
    has_request = isinstance(request, dict) and not _REQUEST_KEYS.isdisjoint(request)
    return 0.8 if has_request or (isinstance(response, dict) and "is_streaming" in response) else 0.0


def _is_marked(request: Json, response: Json) -> bool:
    """Whether a request or a response has what only this recorder writes."""
    if isinstance(request, dict) and not _REQUEST_MARKS.isdisjoint(request):
        return True
    if not isinstance(response, dict):
        return False
    body = response.get("body")
    first = body[0] if isinstance(body, list) and body else body
    return not _RESPONSE_MARKS.isdisjoint(response) or (isinstance(first, dict) and not _ITEM.isdisjoint(first))


def read(content: Content) -> Iterator[Exchange | Problem]:
    if not content.is_lines:
        yield _exchange(content.document, 0, ())
        return
    n_exchanges = 0
    for number, (offset, line) in enumerate(content.lines()):
        document = decode_json(line)
        if isinstance(document.value, dict):
            yield _exchange(document, n_exchanges, offset)
            n_exchanges += 1
        elif line.strip():
            found = line[:80].decode("utf-8", "replace")
            yield Problem(f"line {number + 1} is not a recording", "an object", found, "the other lines are loaded")


def _exchange(document: Decoded, number: int, path: Path | int) -> Exchange:
    top: dict[str, Json] = document.value
    exchange = Exchange(NAME, number=number, lone_surrogates=document.lone_surrogates)
    exchange.path, exchange.chunk_path = path, _WHOLE_BODY
    fields = _Fields(exchange.problems)
    request = fields.need(top, "request", dict, "request") or {}
    response: dict[str, Json] = {}
    if "response" in top or not document.is_cut:
        response = fields.need(top, "response", dict, "response") or {}
    _request(exchange, request, top, fields)
    wire, timing = (fields.may(top, name, dict, name) for name in _OURS)
    if wire is not None and fill_wire(exchange, wire, _OURS[0]):
        _note_labels(exchange, response.get("body"))
    else:
        _response(exchange, response, fields, document.is_cut)
    if timing is not None:
        ended_ns = timing.get("ended") if timing.get("request_sent") == 0 else None
        note_end(exchange, timing.get("end"), timing.get("error"), timing.get("lost"), ended_ns)
        note_lost_request(exchange, timing.get("request_lost"))
        fill_times(exchange, timing)
    if document.damage:
        if document.is_cut and exchange.chunks and next(reversed(response), None) == "body":
            exchange.damaged_chunk = len(exchange.chunks) - 1
        exchange.problems[:0] = [replace(each, chunk=exchange.damaged_chunk) for each in document.damage]
    for prefix, part, known in (
        ("", top, _KNOWN_TOP),
        ("request.", request, _KNOWN_REQUEST),
        ("response.", response, _KNOWN_RESPONSE),
    ):
        for key in sorted(part.keys() - known):
            if part[key] not in _NOTHING_NOTED:
                exchange.extra = {**(exchange.extra or {}), prefix + key: part[key]}
    return exchange


class _Fields:
    """Reads fields of the type they should have; what has another becomes a problem and is read as if it were not there."""

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems

    def need(self, where: dict[str, Json], key: str, kind: type, name: str) -> Any:
        """A field that every recording has."""
        value = where.get(key, _MISSING)
        if type(value) is kind:
            return value
        found = "nothing" if value is _MISSING else _describe(value)
        self.problem(f"`{name}` is not as recorded", _NAMES[kind], found)
        return None

    def may(self, where: dict[str, Json], key: str, kind: type, name: str) -> Any:
        """A field that may be absent or null."""
        value = where.get(key)
        if value is None or type(value) is kind:
            return value
        self.problem(f"`{name}` is not as recorded", _NAMES[kind], _describe(value))
        return None

    def problem(self, what: str, expected: str, found: str, hint: str = "read as if it were not there") -> None:
        self._problems.append(Problem(what, expected, found, hint))


def _request(exchange: Exchange, request: dict[str, Json], top: dict[str, Json], fields: _Fields) -> None:
    may = fields.may
    exchange.method = may(request, "method", str, "request.method")
    exchange.url = may(request, "url", str, "request.url")
    exchange.test_id = may(top, "test_id", str, "test_id") or may(request, "test_id", str, "request.test_id")
    exchange.provider = may(request, "provider", str, "request.provider")
    if exchange.provider is None and (metadata := may(request, "provider_metadata", dict, "request.provider_metadata")):
        exchange.provider = may(metadata, "provider", str, "request.provider_metadata.provider")
    for key in ("body", "payload"):
        if key in request:
            exchange.request = may(request, key, dict, f"request.{key}") or {}
            break
    else:
        exchange.request = {key: value for key, value in request.items() if key not in ("test_id", "provider")}
    model = may(request, "model", str, "request.model") or exchange.request.get("model")
    exchange.model = model if type(model) is str else None
    exchange.endpoint = (
        may(request, "endpoint", str, "request.endpoint")
        or may(request, "tool_name", str, "request.tool_name")
        or may(request, "api", str, "request.api")
        or path_of(exchange.url)
    )


def _response(exchange: Exchange, response: dict[str, Json], fields: _Fields, is_cut: bool) -> None:
    body = response.get("body", _MISSING)
    streaming = fields.may(response, "is_streaming", bool, "response.is_streaming")
    if streaming is None:
        streaming = type(body) is list and exchange.request.get("stream") is not False
    exchange.streaming = streaming
    if body is _MISSING and registry.known().may_be_answer(response):
        # A log of requests and answers, without the recorder's wrapping.
        exchange.chunks, exchange.streaming = [response], False
        return
    exchange.status = fields.may(response, "status", int, "response.status")
    is_exception = fields.may(response, "is_exception", bool, "response.is_exception")
    exchange.is_exception = is_exception
    if is_exception:
        _exception(exchange, response, fields)
    if body is None or body is _MISSING:
        if not (is_exception or is_cut or exchange.problems):
            fields.problem(
                "`response.body` is empty",
                "a body, or `is_exception`",
                "null" if body is None else "nothing",
                "the recording holds no answer; record it again",
            )
        return
    if streaming and not isinstance(body, list):
        fields.problem("`response.body` is not a list", "a list of chunks", _describe(body), "read as one chunk")
    if streaming and _is_event_stream(body):
        lines = _with_line_ends(body)
        read_events(b"".join(lines)).fill(exchange)
        exchange.chunk_path, exchange.items = _ITEMS, _items_at(exchange.offsets or (), lines)
        exchange.offsets = None
    elif isinstance(body, list):
        items = _unwrapped(body, exchange)
        exchange.chunks = items if streaming else [items]
        exchange.chunk_path = _ITEMS if streaming else _WHOLE_BODY
    else:
        exchange.chunks = _unwrapped([body], exchange)


def _is_event_stream(body: Json) -> bool:
    """Whether a body is the lines, or the blocks, of a stream of events."""
    if type(body) is not list or not body or type(body[0]) is not str:
        return False
    first = next((item for item in body if item), "")
    return all(type(item) is str for item in body) and looks_like_events(first.encode("utf-8", "surrogatepass"))


def _with_line_ends(lines: list[str]) -> list[bytes]:
    """The bytes that the recorder cut into lines, a piece for each."""
    # Where a recorder left the blank lines out, each data line ends its event.
    has_blanks = any(not line.strip("\r\n") or line.endswith("\n\n") for line in lines)
    whole = (
        line + ("" if line.endswith(("\n", "\r")) else "\n") + ("" if has_blanks or line[:4] != "data" else "\n")
        for line in lines
    )
    return [line.encode("utf-8", "surrogatepass") for line in whole]


def _items_at(offsets: Sequence[int], lines: list[bytes]) -> list[int]:
    """The items that hold what begins at the offsets: an event may be spread over several, an item may hold several."""
    ends = list(accumulate(map(len, lines)))
    return [bisect_right(ends, offset) for offset in offsets]


_DATA: Final = itemgetter("__data__")
_TYPE: Final = itemgetter("__type__")


def _unwrapped(items: list[Json], exchange: Exchange) -> list[Json]:
    try:
        chunks = list(map(_DATA, items))
        labels = set(map(_TYPE, items))
        has_more = max(map(len, items), default=0) > len(_ITEM)
    except (KeyError, TypeError):
        chunks = [item["__data__"] if isinstance(item, dict) and "__data__" in item else item for item in items]
        labels = {_label(item["__type__"]) for item in items if isinstance(item, dict) and "__type__" in item}
        has_more = True
    noted: dict[str, Json] = {"__type__": sorted(map(_label, labels))} if labels else {}
    if has_more and any(beside := list(map(_beside, items))):
        noted["body"] = beside
    exchange.extra = noted or None
    return chunks


def _note_labels(exchange: Exchange, body: Json) -> None:
    """Note how the recorder labelled chunks that were read elsewhere."""
    items = body if isinstance(body, list) else [body]
    if labels := sorted({_label(item["__type__"]) for item in items if isinstance(item, dict) and "__type__" in item}):
        exchange.extra = {"__type__": labels}


def _beside(item: Json) -> dict[str, Json] | None:
    """What the recorder noted beside a chunk."""
    if not isinstance(item, dict) or "__data__" not in item:
        return None
    return {key: item[key] for key in sorted(item.keys() - _ITEM)} or None


def _label(value: Json) -> str:
    return value if isinstance(value, str) else to_json_text(value)


def _exception(exchange: Exchange, response: dict[str, Json], fields: _Fields) -> None:
    message = fields.may(response, "exception_message", str, "response.exception_message")
    data = fields.may(response, "exception_data", dict, "response.exception_data") or {}
    exchange.error = message or _label(data.get("message") or data or "exception")
    status = data.get("status_code")
    if exchange.status is None and type(status) is int:
        exchange.status = status


_NAMES: Final[dict[type, str]] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "true or false",
    int: "an integer",
}


def _describe(value: Json) -> str:
    if value is None:
        return "null"
    text = to_json_text(value)
    return f"{_NAMES.get(type(value), type(value).__name__)}: {text[:60]}{'…' if len(text) > 60 else ''}"
