"""A recording as the answer that a client gets.

Takes a `Recording`, gives an `Answer`. What a capture kept is given byte for byte and read by read. Of other recordings the
bytes are given as the recorder kept them; where it kept parsed objects they are made again. Each chunk comes when it came,
and all at once where nobody noted a time. What broke off breaks off again; where the recorder
lost reads, the answer breaks off before them.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from recexplore.capture.hop_fields import end_to_end
from recexplore.capture.replay.answer import Answer, NotReplayable
from recexplore.capture.replay.chunk_ends import chunk_ends
from recexplore.capture.replay.kept_file import kept_of
from recexplore.capture.replay.recorded_error import status_and_body
from recexplore.corpus import Recording
from recexplore.model.exchange import DONE_MARK, Exchange
from recexplore.model.traits import Trait
from recexplore.read.registry import known
from recexplore.read.wire.kept_answer import KeptAnswer
from recexplore.read.wire.recorded_wire import COMPLETE
from recexplore.read.wire.timed_reads import Read
from recexplore.share.exports.answer_bodies import JSON_TYPE, answer_bodies

__all__ = ["answer_of", "timed_reads"]

_CONTENT_TYPE: Final = "content-type"
_ENCODING: Final = "content-encoding"
_MEDIA_TYPES: Final = {
    "sse": "text/event-stream; charset=utf-8",
    "json-lines": "application/x-ndjson",
    "aws-event-stream": "application/vnd.amazon.eventstream",
    None: JSON_TYPE,
}
_TEXT_TYPE: Final = "text/plain; charset=utf-8"
_NOT_PASSED_ON: Final = frozenset({"content-length", "alt-svc", "strict-transport-security", "set-cookie"})
"""Fields that belong to a host, to who was asked, or to what is made anew."""
_NOT_PASSED_ON_AT_ALL: Final = ("access-control-", "x-recexplore-")
_FIELD_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}")
_FIELD_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]{0,16384}")
_OK: Final = 200


def answer_of(recording: Recording, *, unpacked: bool = False) -> Answer:
    """What a client gets that is answered with this recording.

    Parameters
    ----------
    unpacked
        Whether a body that came compressed is given without its compression, so that its chunks can be told.

    Raises
    ------
    NotReplayable
        The recording does not hold what a client would have to get.
    SourceChanged
        The file is gone or is not what was loaded.
    """
    exchange = recording.exchange
    if (kept := kept_of(recording)) is not None:
        found = _as_kept(kept, exchange)
        is_packed = any(name.lower() == _ENCODING for name, _ in found.headers)
        return _unpacked_answer(recording, found) if is_packed and unpacked else found
    if exchange.is_exception:
        status, body = status_and_body(exchange)
        return _whole(_status(status), JSON_TYPE, body)
    if exchange.body is not None:
        return _with_times(recording, exchange.body, _media_type(exchange), is_recorded=True)
    media_type, body = _made_again(recording)
    return _with_times(recording, body, media_type, is_recorded=False)


def _as_kept(kept: KeptAnswer, exchange: Exchange) -> Answer:
    if kept.status is None:
        return Answer(_OK, (), (), (), ended_ns=kept.ended_ns, ending="unanswered")
    fields = {name.lower(): value for name, value in kept.headers}
    body = b"".join(read.data for read in kept.reads)
    length = fields.get("content-length", "")
    last = kept.reads[-1].t_ns if kept.reads else 0
    is_whole = kept.end == COMPLETE and not kept.lost_reads
    return Answer(
        _status(kept.status),
        tuple(_passed_on(kept.headers)),
        tuple(kept.reads),
        chunk_ends(body, fields.get(_CONTENT_TYPE, ""), exchange.endpoint),
        min([kept.headers_ns, *(read.t_ns for read in kept.reads[:1])]),
        max(0 if kept.lost_reads else kept.ended_ns, kept.headers_ns, last),
        "complete" if is_whole else "broken off",
        int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None,
        is_recorded=kept.is_as_it_came,
        lost_reads=kept.lost_reads,
    )


def _unpacked_answer(recording: Recording, packed: Answer) -> Answer:
    """The answer as if it had not been compressed."""
    if recording.exchange.body is None or packed.lost_reads:
        return packed
    headers = tuple(each for each in packed.headers if each[0].lower() != _ENCODING)
    media_type = next((value for name, value in headers if name.lower() == _CONTENT_TYPE), "")
    plain = _with_times(recording, recording.exchange.body, media_type, is_recorded=False)
    return replace(
        packed, headers=headers, reads=plain.reads, chunk_ends=plain.chunk_ends, content_length=None, is_recorded=False
    )


def _passed_on(headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The fields that a client gets: none of another connection, and none that cannot be sent."""
    for name, value in end_to_end(headers):
        plain = name.lower()
        if plain in _NOT_PASSED_ON or plain.startswith(_NOT_PASSED_ON_AT_ALL):
            continue
        if _FIELD_NAME.fullmatch(name) and _FIELD_VALUE.fullmatch(value):
            yield name, value


def _status(status: int | None) -> int:
    return status if status is not None and 200 <= status <= 599 else _OK


def _whole(status: int, media_type: str, body: bytes) -> Answer:
    headers = ((_CONTENT_TYPE, media_type),)
    return Answer(status, headers, (Read(0, body),), (len(body),), content_length=len(body), is_recorded=False)


def _media_type(exchange: Exchange) -> str:
    """The media type of an answer whose header nobody kept."""
    chunks = exchange.chunks
    if exchange.wire_format is None and len(chunks) == 1 and isinstance(chunks[0], str):
        return _TEXT_TYPE
    return _MEDIA_TYPES[exchange.wire_format]


def _made_again(recording: Recording) -> tuple[str, bytes]:
    """The media type and the body, of the parsed objects that the recorder kept."""
    exchange, dialect = recording.exchange, str(recording.facts["dialect"])
    packed = exchange.chunks[0] if len(exchange.chunks) == 1 else None
    if not exchange.streaming and isinstance(packed, str):
        return _TEXT_TYPE, packed.encode("utf-8", "surrogatepass")
    if not exchange.streaming and isinstance(packed, dict) and packed.keys() == {"media_type", "base64"}:
        return str(packed["media_type"]) or "application/octet-stream", _unpacked(str(packed["base64"]))
    found = next(answer_bodies(exchange, dialect), None)
    if found is None:
        raise NotReplayable(
            f"recording {recording.id} cannot be replayed: its recorder kept what the frames of Amazon's event stream hold, "
            "and not their bytes; capture it with `recexplore capture`"
        )
    media_type, text = found
    body = text.encode("utf-8", "surrogatepass")
    return media_type, body + _mark_of_the_end(exchange, dialect)


def _mark_of_the_end(exchange: Exchange, dialect: str) -> bytes:
    """What a server sends last and no SDK hands on, where its recorder kept what the SDK gave."""
    is_of_sdk = exchange.streaming and exchange.wire_format is None and exchange.damaged_chunk is None
    if not is_of_sdk or Trait.DONE_MARK not in known().named(dialect).traits or DONE_MARK in exchange.chunks[-1:]:
        return b""
    return f"data: {DONE_MARK}\n\n".encode()


def _unpacked(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text.encode()


def _with_times(recording: Recording, body: bytes, media_type: str, *, is_recorded: bool) -> Answer:
    exchange = recording.exchange
    ends = chunk_ends(body, media_type, exchange.endpoint)
    times_s = recording.chunks["t_s"].tolist()
    # What was added behind the last chunk comes with it.
    times_s += times_s[-1:] * (len(ends) - len(times_s))
    reads = timed_reads(body, ends, times_s)
    is_broken = exchange.damaged_chunk is not None
    is_whole = not (exchange.streaming or is_broken)
    last = reads[-1].t_ns if reads else 0
    return Answer(
        _status(exchange.status),
        ((_CONTENT_TYPE, media_type),),
        reads,
        ends,
        reads[0].t_ns if reads else 0,
        last,
        "broken off" if is_broken else "complete",
        len(body) if is_whole else None,
        is_recorded,
    )


def timed_reads(body: bytes, ends: Sequence[int], times_s: Sequence[float]) -> tuple[Read, ...]:
    """One read a chunk, at the chunk's time; all at once where there are no times, or not as many.

    Parameters
    ----------
    ends
        How many bytes there are up to the end of each chunk.
    times_s
        When each came; NaN where that is not known: then it comes with the one before.
    """
    if not body:
        return ()
    if len(times_s) != len(ends) or not any(map(math.isfinite, times_s)):
        return (Read(0, body),)
    reads, latest = [], 0
    for (begin, end), time_s in zip(pairwise((0, *ends)), times_s, strict=True):
        latest = max(latest, round(time_s * 1e9)) if math.isfinite(time_s) else latest
        reads.append(Read(latest, body[begin:end]))
    return tuple(reads)
