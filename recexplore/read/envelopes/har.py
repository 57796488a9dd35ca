"""HAR 1.2: recorded HTTP of browsers, proxies and Playwright, many entries a file.

Takes a HAR document, gives one exchange for each entry. Source of the fields: http://www.softwareishard.com/blog/har-12-spec/.
Chrome notes each event of a stream with the time it came, in ``_eventSourceMessages``: then the clock is ``measured``. Else
only the whole answer has times, and a stream has none. Polly.JS packs what is no text into base64 or, before its version 6,
hexadecimal, and what is compressed into a JSON list of the pieces that came, each of them packed
(https://github.com/Netflix/pollyjs/tree/master/packages/@pollyjs/adapter-node-http). Cody's persister writes the same as
YAML, with requests decoded under ``textJSON``
(https://github.com/sourcegraph/cody/blob/main/vscode/src/testutils/CodyPersister.ts).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from recexplore.model.exchange import CHUNK, Exchange, Json, Problem
from recexplore.model.json_text import to_json_text
from recexplore.read.wire.body import Body
from recexplore.read.wire.content import Content
from recexplore.read.wire.event_body import add_event, text_names
from recexplore.read.wire.http_exchange import (
    Headers,
    fill_chunks,
    fill_request,
    fill_response,
    object_in,
    to_bytes,
)
from recexplore.read.wire.json_text import Decoded, decode_json
from recexplore.read.wire.measured_clock import set_measured
from recexplore.read.wire.packed_text import from_base64, from_hex, from_pieces
from recexplore.read.wire.records import read_items
from recexplore.read.wire.sse import Event
from recexplore.read.wire.yaml_text import decode_yaml, readable_prefix

__all__ = ["NAME", "read", "sniff"]

NAME: Final = "har"

_LOOKED_AT: Final = 10
_OK: Final = 200
_ENTRIES: Final = ("log", "entries")
_LATEST_S: Final = 1e11
_LATEST_MS: Final = 1e13
_IS_YAML: Final = re.compile(rb"^log:[ \t]*\r?$", re.MULTILINE)
_HEAD: Final = 4096
_PIECES: Final = re.compile(r'\["[\w+/=",]*\]?')


def sniff(content: Content) -> float:
    if content.is_lines or not (content.looks_like_json or _IS_YAML.search(content.data, 0, _HEAD)):
        return 0.0
    value = content.once(_document).value
    log = value.get("log") if isinstance(value, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        return 0.0
    # Logs of other kinds have entries, too; what is no object in them is damage.
    objects = [each for each in entries[:_LOOKED_AT] if isinstance(each, dict) and each]
    return float(not objects or any("request" in each or "response" in each for each in objects))


def read(content: Content) -> Iterator[Exchange | Problem]:
    return read_items(content.once(_document), _ENTRIES, NAME, _fill, called="an entry")


def _document(content: Content) -> Decoded:
    """The document; empty where it cannot be read."""
    if content.looks_like_json:
        return content.document
    value, problem = decode_yaml(content.data)
    is_cut = problem is not None and value is None
    value = readable_prefix(content.data) if is_cut else value
    return Decoded(value if isinstance(value, dict) else {}, is_cut=is_cut, damage=(problem,) if problem else ())


def _note(exchange: Exchange, what: str, expected: str, found: Json) -> None:
    exchange.problems.append(Problem(what, expected, to_json_text(found)[:80], "read as empty"))


def _fill(exchange: Exchange, entry: dict[str, Json]) -> None:
    request, response = object_in(exchange, entry, "request"), object_in(exchange, entry, "response")
    posted = request.get("postData")
    text = posted.get("text") if isinstance(posted, dict) else None
    body = to_bytes(text)
    if isinstance(posted, dict) and (posted.get("encoding") or posted.get("_encoding")) == "base64":
        body = from_base64(text) or b""
    parsed = posted.get("textJSON") if isinstance(posted, dict) else None
    fill_request(exchange, request.get("method"), request.get("url"), body or None, None if body else parsed)
    content = _content(response)
    headers = Headers([*_list(response.get("headers")), *_media_type(content)])
    data, is_packed = _data(content, is_compressed=bool(headers.get("content-encoding")))
    messages, items = [], []
    for item, each in enumerate(_list(entry.get("_eventSourceMessages"))):
        if isinstance(each, dict):
            messages.append(each)
            items.append(item)
        else:
            _note(exchange, "an event is not as recorded", "an object", each)
    if messages and not data:
        exchange.chunk_path, exchange.items = ("_eventSourceMessages", CHUNK, "data"), items
        fill_chunks(exchange, response.get("status"), _events(messages))
    else:
        exchange.chunk_path = ("response", "content", "text")
        fill_response(exchange, response.get("status"), headers, data, is_packed=is_packed)
    _times(exchange, entry, [each.get("time") for each in messages])
    failed = response.get("_error") or response.get("_failureText")
    if failed and exchange.error is None:
        exchange.error = str(failed)
    if not data and not messages and (found := _unsaved_body(content, headers, exchange.status)):
        where = "with `content: 'embed'`" if content.get("_file") else "in Chrome: “Export HAR (with sensitive data)”"
        hint = f"save it again with content ({where})"
        exchange.problems.append(Problem("the answer was not saved", "`content.text`", found, hint))


def _content(response: dict[str, Json]) -> dict[str, Json]:
    content = response.get("content")
    return content if isinstance(content, dict) else {}


def _unsaved_body(content: dict[str, Json], headers: Headers, status: int | None) -> str | None:
    """What is known of a body that was there and is not in the file; None where there was none.

    Playwright writes bodies into files beside (https://playwright.dev/docs/api/class-browser#browser-new-context-option-record-har);
    a browser that has let go of a stream writes that it had no bytes.
    """
    if content.get("_file"):
        return f"a body in another file, {to_json_text(content['_file'])[:80]}"
    if type(content.get("size")) is int and content["size"] > 0:
        return f"a body of {content['size']} bytes that is not in the file"
    is_stream = headers.get("content-type").lower().startswith("text/event-stream")
    return "no text of a stream" if is_stream and status == _OK and "text" not in content else None


def _data(content: dict[str, Json], *, is_compressed: bool) -> tuple[bytes, bool]:
    """The bytes of an answer, none where they were not saved, and whether its text packs them."""
    text = content.get("text")
    pieces = _pieces(text)
    encoding = content.get("encoding") or ("hex" if content.get("_isBinary") or (pieces and is_compressed) else None)
    unpack = _UNPACKED.get(encoding) if isinstance(encoding, str) else None
    if unpack is None:
        return to_bytes(text), False
    data = from_pieces(pieces or [text], unpack)
    # What is not packed as it says stays what it is: text.
    return (to_bytes(text), False) if data is None else (data, True)


def _pieces(text: Json) -> list[Json]:
    """The pieces that Polly.JS kept of a body; none where it kept it in one."""
    if not isinstance(text, str) or _PIECES.fullmatch(text) is None:
        return []
    value = decode_json(text.encode()).value
    return value if isinstance(value, list) else []


_UNPACKED: Final[Mapping[str, Callable[[Json], bytes | None]]] = {"base64": from_base64, "hex": from_hex}


def _media_type(content: dict[str, Json]) -> list[Json]:
    """The body's type as one more header: some recorders keep only this one."""
    return [{"name": "content-type", "value": content["mimeType"]}] if content.get("mimeType") else []


def _events(messages: list[dict[str, Json]]) -> Body:
    """The events as the browser parsed them."""
    body, events = Body(streamed=True), list(map(_event, messages))
    texts = text_names((event.name, event.data) for event in events if event.data)
    for event in events:
        add_event(body, event, texts)
    return body


def _event(message: dict[str, Json]) -> Event:
    """An event; its name is empty where it has none, which browsers call ``message``."""
    name = message.get("eventName")
    text = to_bytes(message.get("data")).decode("utf-8", "surrogatepass")
    return Event(text, "" if name in (None, "message") else str(name), message.get("eventId") or None)


def _times(exchange: Exchange, entry: dict[str, Json], stamps: list[Json]) -> None:
    """Arrival times, where each chunk has one; seconds since the request was sent."""
    # [DONE] and the like are events too, so there are as many stamps as chunks.
    if not stamps or len(stamps) != len(exchange.chunks) or not any(map(_is_stamp, stamps)):
        return
    bad = [each for each in stamps if not _is_stamp(each)]
    if bad:
        _note(exchange, "`time` of an event is not as recorded", "seconds", bad[0])
    seconds = [float(each) if _is_stamp(each) else None for each in stamps]
    first = next(each for each in seconds if each is not None)
    # Chrome says epoch seconds; others milliseconds.
    if first > _LATEST_S:
        seconds = [None if each is None else each / 1e3 for each in seconds]
    exchange.wall_times = [math.nan if each is None else each for each in seconds]
    set_measured(exchange, seconds, _posix(entry.get("startedDateTime")))


def _is_stamp(value: Json) -> bool:
    return type(value) in (int, float) and 0 < value < _LATEST_MS


def _posix(stamp: Json) -> float | None:
    try:
        moment = datetime.fromisoformat(stamp)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
