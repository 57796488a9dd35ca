"""Streams that were just received, from memory.

Takes chunks as an SDK hands them over, gives a `Recording` like any other. Never touches what it is given: objects are
turned into plain data once.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import accumulate, pairwise
from typing import Any, Final

from recexplore.corpus import Recording
from recexplore.corpus.services import Check, Exporter
from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.read.load import corpus_of
from recexplore.read.wire.body import Body
from recexplore.read.wire.event_body import read_events
from recexplore.read.wire.http_exchange import path_of
from recexplore.read.wire.json_text import decode_json, has_lone_surrogate
from recexplore.read.wire.measured_clock import set_measured
from recexplore.read.wire.sse import Parser, looks_like_events

__all__ = ["received"]

_NAME: Final = "memory"


def received(
    chunks: Any,
    times: Sequence[float] | None = None,
    *,
    check: Check,
    export: Exporter | None = None,
    sent: float | None = None,
    request: Mapping[str, Json] | None = None,
    url: str | None = None,
    name: str = "stream",
) -> Recording:
    """What `recexplore.from_chunks` gives; ``check`` makes the recording's frame ``findings``, ``export`` writes it in other
    formats."""
    is_stream = _is_stream(chunks)
    came = list(chunks) if is_stream and not isinstance(chunks, str | bytes | bytearray) else [chunks]
    stamps = _checked(times, len(came), sent)
    exchange = Exchange(_NAME, method="POST" if url else None, url=url, endpoint=path_of(url), streaming=is_stream)
    if request is not None and not isinstance(request, Mapping):
        raise TypeError(f"request is the body that was sent, a dict, not {type(request).__name__}")
    exchange.request = dict(_plain(request)) if request is not None else {}
    model = exchange.request.get("model")
    exchange.model = model if isinstance(model, str) else None
    if came and all(isinstance(piece, str | bytes | bytearray) for piece in came):
        stamps = _read_text(_pieces(came), stamps, exchange)
    else:
        try:
            exchange.chunks = [_plain(chunk) for chunk in came]
        except RecursionError as error:
            raise TypeError("a chunk is nested too deep, or holds itself") from error
        exchange.lone_surrogates = has_lone_surrogate(exchange.chunks)
    if stamps is not None and exchange.chunks:
        set_measured(exchange, stamps, sent)
    recording: Recording = next(iter(corpus_of(exchange, name, check, export)))
    return recording


def _is_stream(chunks: Any) -> bool:
    if hasattr(chunks, "__aiter__"):
        raise TypeError(
            "from_chunks takes chunks, not an asynchronous stream: collect them with `[chunk async for chunk in …]`"
        )
    plain = isinstance(chunks, str | bytes | bytearray | Mapping) or _dumper(chunks) is not None
    if not plain and not isinstance(chunks, Iterable):
        raise TypeError(f"from_chunks takes the chunks of a stream, not {type(chunks).__name__}")
    return isinstance(chunks, str | bytes | bytearray) or not plain


def _checked(times: Sequence[float] | None, n: int, sent: float | None) -> list[float] | None:
    if times is None:
        return None
    try:
        stamps = [float(each) for each in times]
    except (TypeError, ValueError) as error:
        raise ValueError(f"times are seconds, one a chunk: {error}") from error
    if not all(map(math.isfinite, stamps)):
        raise ValueError("times are seconds, one a chunk: one of them is no finite number")
    if len(stamps) != n:
        raise ValueError(f"there are {n} chunks but {len(stamps)} times")
    if any(after < before for before, after in pairwise(stamps if sent is None else [sent, *stamps])):
        raise ValueError("times go back; take them from a clock that does not, such as time.perf_counter()")
    return stamps


def _pieces(came: list[str | bytes | bytearray]) -> list[bytes]:
    """Bytes; half a character at the end of a text goes with the text that has its other half."""
    pieces, half = [], ""
    for piece in came:
        if not isinstance(piece, str):
            pieces.append(bytes(piece))
            continue
        text = (half + piece).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        half = text[-1] if text and "\ud800" <= text[-1] <= "\udbff" else ""
        pieces.append(text[: len(text) - len(half)].encode("utf-8", "surrogatepass"))
    return [*pieces[:-1], pieces[-1] + half.encode("utf-8", "surrogatepass")]


def _read_text(pieces: list[bytes], stamps: list[float] | None, exchange: Exchange) -> list[float] | None:
    """A stream of events in pieces or lines, or one JSON text a piece; gives the time of each chunk."""
    if len(pieces) > 1 and not any(b"\n" in piece or b"\r" in piece for piece in pieces):
        # Lines without their ends, as `iter_lines` gives them; where blank ones were left out, data ends an event.
        end = b"\n" if b"" in pieces else b"\n\n"
        lines = [piece + (end if piece.startswith(b"data") else b"\n") for piece in pieces]
        pieces = lines if looks_like_events(b"".join(lines)) else pieces
    if looks_like_events(b"".join(pieces)):
        body = read_events(pieces)
        body.fill(exchange)
        return None if stamps is None else _event_times(pieces, stamps, body)
    if len(pieces) == 1 and pieces[0].lstrip()[:1] not in (b"{", b"["):
        raise ValueError(f"{pieces[0][:60]!r} is no text of a stream; to load a file use recexplore.load")
    body = Body(streamed=True)
    for piece in pieces:
        body.add(decoded.value if (decoded := decode_json(piece)).readable else piece.decode("utf-8", "replace"))
    body.fill(exchange)
    return stamps


def _event_times(pieces: list[bytes], stamps: list[float], body: Body) -> list[float]:
    """An event came with the piece that completed it."""
    parser = Parser()
    came = [stamp for piece, stamp in zip(pieces, stamps, strict=True) for _ in parser.feed(piece)]
    came += [stamps[-1] for _ in parser.close()[0]]
    if len(came) == len(body.chunks):
        return came
    # Several chunks may have come as one event, and some as none.
    ends = list(accumulate(map(len, pieces)))
    places = accumulate(size or 0 for size in body.sizes)
    return [stamps[min(bisect_left(ends, place), len(stamps) - 1)] for place in places]


def _dumper(value: Any) -> Any:
    """The method with which an SDK's object turns itself into plain data."""
    if isinstance(value, type):
        return None
    for name, options in _DUMPERS:
        method = getattr(value, name, None)
        if callable(method):
            return partial(_dumped, method, options)
    if dataclasses.is_dataclass(value):
        return lambda: dataclasses.asdict(value)  # type: ignore[arg-type]
    return None


def _dumped(method: Callable[..., Any], options: dict[str, Any]) -> Any:
    try:
        return method(**options)
    except TypeError:
        # One that looks like pydantic's, but takes no options.
        return method()


_DUMPERS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    # pydantic 2: what was never sent stays out; what does not fit the SDK's types is no reason to warn.
    ("model_dump", {"mode": "json", "by_alias": True, "exclude_unset": True, "warnings": False}),
    ("to_dict", {}),
    ("dict", {}),
)


def _plain(value: Any) -> Json:
    """Plain data that nobody else holds."""
    if value is None or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, enum.Enum):
        return _plain(value.value)
    if isinstance(value, str | int | float):
        return next(kind(value) for kind in (str, int, float) if isinstance(value, kind))
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "backslashreplace")
    if isinstance(value, date):  # boto3 makes objects of the stamps in a trace
        return value.isoformat()
    dump = _dumper(value)
    if dump is None:
        raise TypeError(f"a chunk is {type(value).__name__}, which cannot be turned into plain data; give dicts")
    dumped = dump()
    return (
        _plain(dumped)
        if isinstance(dumped, Mapping | list | tuple)
        else decode_json(to_json_text(dumped).encode()).value
    )
