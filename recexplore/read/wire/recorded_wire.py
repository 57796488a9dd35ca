"""What recexplore's own recorder notes beside a recording: ``wire``, the body as it came, and ``timing``, when it did.

Takes these two objects, fills an exchange. docs/capturing.md says what each field holds, `recexplore.capture.journal.finish`
writes them. A body that says more than the recording's own chunks (names of events, comments, marks of the end) is believed;
so are times, where there is one for each chunk.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime
from itertools import accumulate, product
from typing import Final, NamedTuple, TypeGuard, get_args

from recexplore.model.exchange import CHUNK, UNSEEN_ENDS, Ended, Exchange, Json, Problem
from recexplore.model.json_text import to_json_text
from recexplore.read.wire.compression import ENCODINGS, MOST_ENCODINGS
from recexplore.read.wire.http_exchange import Headers, fill_response
from recexplore.read.wire.measured_clock import set_measured
from recexplore.read.wire.packed_text import from_base64
from recexplore.read.wire.pieces import places_of
from recexplore.read.wire.timed_reads import MOST_NS

__all__ = [
    "CAPTURE_WORDS",
    "COMPLETE",
    "WireBody",
    "body_in",
    "fill_times",
    "fill_wire",
    "note_end",
    "note_lost_request",
    "posix_s",
]

COMPLETE: Final = "complete"
"""How an exchange ended that nobody broke off."""
_ENDS: Final[frozenset[str]] = frozenset(get_args(Ended))
CAPTURE_WORDS: Final = {
    "clock": frozenset({"monotonic"}),
    "unit": frozenset({"ns"}),
    "zero": frozenset({"request sent", "request received", "first chunk"}),
    "end": _ENDS,
    "unpacked": frozenset(
        ", ".join(names) for n in range(1, MOST_ENCODINGS + 1) for names in product(ENCODINGS, repeat=n)
    ),
}
"""What the fields of ``timing`` and ``wire`` say."""
_NS: Final = 1e9


def fill_wire(exchange: Exchange, wire: dict[str, Json], name: str) -> bool:
    """Fill what was answered from the body that stands under this name of the recording; False where it holds none."""
    body = body_in(wire)
    if body is None:
        found = to_json_text(wire)[:80]
        exchange.problems.append(Problem(f"`{name}` holds no body", "`lines` or `base64`", found, "left out"))
        return False
    pieces, is_text = body
    exchange.chunk_path = (name, "lines" if is_text else "base64")
    path = exchange.chunk_path
    fill_response(exchange, wire.get("status"), Headers(wire.get("headers")), b"".join(pieces), is_packed=not is_text)
    places = places_of(exchange) if is_text else []
    exchange.chunk_path, exchange.offsets = path, None
    if places:
        ends = list(accumulate(map(len, pieces)))
        exchange.items = [min(bisect_right(ends, begin), len(pieces) - 1) for begin, _ in places]
        exchange.chunk_path = (*path, CHUNK)
    return True


class WireBody(NamedTuple):
    """The body of an answer, in the pieces that stand in the recording, and whether these are its lines."""

    pieces: list[bytes]
    is_text: bool


def body_in(wire: Mapping[str, Json]) -> WireBody | None:
    """The body in ``wire``; None where that holds none."""
    lines, packed = wire.get("lines"), from_base64(wire.get("base64"))
    if isinstance(lines, list) and all(isinstance(line, str) for line in lines):
        return WireBody([line.encode("utf-8", "surrogatepass") for line in lines], is_text=True)
    return None if packed is None else WireBody([packed], is_text=False)


def fill_times(exchange: Exchange, timing: dict[str, Json]) -> None:
    """Fill when each chunk came, in seconds since the request was sent."""
    stamps = timing.get("chunks", [])
    if not isinstance(stamps, list) or not all(map(_is_time, stamps)):
        found = to_json_text(stamps)[:80]
        exchange.problems.append(
            Problem("`timing.chunks` is not as recorded", "a list of nanoseconds", found, "read without times")
        )
    elif stamps and len(stamps) != len(exchange.chunks):
        exchange.problems.append(
            Problem(
                "`timing.chunks` does not fit the chunks",
                f"{len(exchange.chunks)} times",
                str(len(stamps)),
                "the recording was edited, or recexplore reads it otherwise now; read without times",
            )
        )
    elif stamps:
        is_sent = timing.get("request_sent") == 0 and not _is_before(timing.get("first_byte"), 0)
        zero_posix_s = posix_s(timing.get("zero_at"))
        set_measured(exchange, stamps, 0 if is_sent else None, per_second=_NS, sent_posix_s=zero_posix_s)


def note_end(exchange: Exchange, how: Json, error: Json, lost: Json, ended_ns: Json = None) -> None:
    """Note how an exchange ended and when, in nanoseconds since the request was sent, and what the recorder lost of it.

    Where the recorder saw the stream break off, what is not whole is as it came, and no fault of the file: an event that did
    not end was handed to no client and is no chunk.
    """
    if type(ended_ns) is int and 0 <= ended_ns < MOST_NS:
        exchange.ended_s = ended_ns / _NS
    if _is_end(how):
        exchange.ended = how
    elif how is not None:
        found = to_json_text(how)[:80]
        exchange.problems.append(
            Problem("the end is not as recorded", "one of " + ", ".join(sorted(_ENDS)), found, "left out")
        )
    is_cut = exchange.ended not in (None, COMPLETE)
    if is_cut and exchange.ended not in UNSEEN_ENDS:
        exchange.is_exception, exchange.error = True, f"{how}: {error}" if error else how
    if is_cut and exchange.damaged_chunk is not None:
        exchange.problems[:] = [each for each in exchange.problems if each.chunk != exchange.damaged_chunk]
        if exchange.streaming:
            _leave_out_last(exchange)
    if isinstance(lost, dict) and any(lost.values()):
        exchange.extra = {**(exchange.extra or {}), "lost": lost}
        exchange.problems.append(
            Problem(
                "the recorder lost part of the answer",
                "every read",
                f"{lost.get('reads')} reads of {lost.get('bytes')} bytes are missing",
                "the client had them; the disk was full or slow, or they could not be unpacked and might have held a key",
            )
        )


def _is_end(how: Json) -> TypeGuard[Ended]:
    return isinstance(how, str) and how in _ENDS


def _is_time(stamp: Json) -> bool:
    return stamp is None or (type(stamp) is int and abs(stamp) < MOST_NS)


def _is_before(t_ns: Json, other_ns: int) -> bool:
    return type(t_ns) is int and t_ns < other_ns


def note_lost_request(exchange: Exchange, n_bytes: Json) -> None:
    """Note that the recorder lost the body of the request; None or 0 where it did not."""
    if n_bytes:
        exchange.problems.append(
            Problem(
                "the recorder lost the body of the request",
                "what was asked",
                f"{to_json_text(n_bytes)[:80]} bytes are missing",
                "the server had them; the disk was too slow",
            )
        )


def _leave_out_last(exchange: Exchange) -> None:
    """Leave out the last chunk, the beginning of an event that did not end; what is there of it is noted."""
    last = exchange.chunks.pop()
    for values in (exchange.times_s, exchange.wall_times, *exchange.wire.values()):
        if values:
            values.pop()
    exchange.items = exchange.items[:-1] if exchange.items is not None else None
    exchange.offsets = exchange.offsets[:-1] if exchange.offsets is not None else None
    exchange.damaged_chunk = None
    exchange.extra = {**(exchange.extra or {}), "unended": last}


def posix_s(value: Json) -> float | None:
    """An ISO time as POSIX seconds; None where it is none."""
    try:
        return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None
