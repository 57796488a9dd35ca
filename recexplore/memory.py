"""Streams that were just received, from memory.

Takes chunks as an SDK hands them over, gives a `Recording` like any other. Never touches what it is given: objects are
turned into plain data once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from recexplore.bodies import Body, read_events
from recexplore.corpus import Recording
from recexplore.decoding import decode_json, to_json_text
from recexplore.loading import corpus_of
from recexplore.model import Exchange, Json
from recexplore.sse import Parser, looks_like_events

__all__ = ["from_chunks"]

_NAME: Final = "memory"


def from_chunks(
    chunks: Any,
    times: Sequence[float] | None = None,
    *,
    sent: float | None = None,
    request: Mapping[str, Json] | None = None,
    url: str | None = None,
    name: str = "stream",
) -> Recording:
    """Look at a stream that was just received.

    Parameters
    ----------
    chunks
        What came, in order: dicts, an SDK's objects (anything with ``model_dump``, ``to_dict`` or ``dict``, or a dataclass),
        or the text of a stream of server-sent events in pieces (str or bytes). One that is no list is a whole answer.
    times
        When each came, in seconds on any clock that does not go back (``time.perf_counter()``); as many as chunks.
    sent
        When the request was sent, on the same clock. Without it, time begins with the first chunk.
    request, url
        What was asked and where: the model, the endpoint and the number of choices asked for come from these.
    name
        The recording's id.

    Returns
    -------
    Recording
        With clock ``measured`` where times were given, ``none`` (or the provider's own) where not.

    Raises
    ------
    TypeError
        A chunk is of a kind that cannot be turned into plain data.
    ValueError
        There are not as many times as chunks, or they go back.

    Examples
    --------
    >>> import recexplore as rx
    >>> chunk = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hi"}}]}
    >>> rx.from_chunks([chunk]).text()
    'Hi'
    """
    is_stream = _is_stream(chunks)
    came = list(chunks) if is_stream and not isinstance(chunks, str | bytes) else [chunks]
    stamps = _checked(times, len(came), sent)
    exchange = Exchange(_NAME, method="POST" if url else None, url=url, endpoint=_path(url), streaming=is_stream)
    exchange.request = dict(_plain(request)) if request is not None else {}
    model = exchange.request.get("model")
    exchange.model = model if isinstance(model, str) else None
    if came and all(isinstance(piece, str | bytes | bytearray) for piece in came):
        stamps = _read_text([_bytes(piece) for piece in came], stamps, exchange)
    else:
        exchange.chunks = [_plain(chunk) for chunk in came]
    if stamps is not None and exchange.chunks:
        zero = stamps[0] if sent is None else sent
        exchange.times_s = [stamp - zero for stamp in stamps]
        exchange.clock, exchange.t_zero = "measured", "first_chunk" if sent is None else "request"
    recording: Recording = next(iter(corpus_of(exchange, name)))
    return recording


def _is_stream(chunks: Any) -> bool:
    if hasattr(chunks, "__aiter__"):
        raise TypeError(
            "from_chunks takes chunks, not an asynchronous stream: collect them with `[chunk async for chunk in …]`"
        )
    plain = isinstance(chunks, str | bytes | Mapping) or _dumper(chunks) is not None
    if not plain and not isinstance(chunks, Iterable):
        raise TypeError(f"from_chunks takes the chunks of a stream, not {type(chunks).__name__}")
    return isinstance(chunks, str | bytes) or not plain


def _checked(times: Sequence[float] | None, n: int, sent: float | None) -> list[float] | None:
    if times is None:
        return None
    stamps = [float(each) for each in times]
    if len(stamps) != n:
        raise ValueError(f"there are {n} chunks but {len(stamps)} times")
    if any(after < before for before, after in pairwise(stamps if sent is None else [sent, *stamps])):
        raise ValueError("times go back; take them from a clock that does not, such as time.perf_counter()")
    return stamps


def _path(url: str | None) -> str | None:
    from urllib.parse import urlsplit

    return urlsplit(url).path or None if url else None


def _bytes(piece: str | bytes | bytearray) -> bytes:
    return piece.encode("utf-8", "surrogatepass") if isinstance(piece, str) else bytes(piece)


def _read_text(pieces: list[bytes], stamps: list[float] | None, exchange: Exchange) -> list[float] | None:
    """A stream of events in pieces, or one JSON text a piece; gives the time of each chunk."""
    if looks_like_events(b"".join(pieces[:8])):
        read_events(pieces).fill(exchange)
        return None if stamps is None else _event_times(pieces, stamps)
    body = Body(streamed=True)
    for piece in pieces:
        body.add(decoded.value if (decoded := decode_json(piece)).readable else piece.decode("utf-8", "replace"))
    body.fill(exchange)
    return stamps


def _event_times(pieces: list[bytes], stamps: list[float]) -> list[float]:
    """An event came with the piece that completed it."""
    parser = Parser()
    came = [stamp for piece, stamp in zip(pieces, stamps, strict=True) for _ in parser.feed(piece)]
    return came + [stamps[-1] for _ in parser.close()[0]]


def _dumper(value: Any) -> Any:
    """The method with which an SDK's object turns itself into plain data."""
    if isinstance(value, type):
        return None
    for name, options in _DUMPERS:
        method = getattr(value, name, None)
        if callable(method):
            return lambda: method(**options)
    if dataclasses.is_dataclass(value):
        return lambda: dataclasses.asdict(value)  # type: ignore[arg-type]
    return None


_DUMPERS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    # pydantic 2: what was never sent stays out; what does not fit the SDK's types is no reason to warn.
    ("model_dump", {"mode": "json", "by_alias": True, "exclude_unset": True, "warnings": False}),
    ("to_dict", {}),
)


def _plain(value: Any) -> Json:
    """Plain data that nobody else holds."""
    if isinstance(value, str | int | float) or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "backslashreplace")
    dump = _dumper(value)
    if dump is None:
        raise TypeError(f"a chunk is {type(value).__name__}, which cannot be turned into plain data; give dicts")
    dumped = dump()
    return (
        _plain(dumped)
        if isinstance(dumped, Mapping | list | tuple)
        else decode_json(to_json_text(dumped).encode()).value
    )
