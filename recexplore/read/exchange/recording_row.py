"""What is said of an exchange as a whole: its row of ``recordings``, and whether what it says of its chunks can be true.

Takes an exchange, gives plain values. Never looks into its chunks.
"""

from __future__ import annotations

import hashlib
import math
from itertools import pairwise
from typing import Any

import orjson

from recexplore.model.exchange import Exchange, Problem
from recexplore.model.json_text import to_json_text
from recexplore.model.schema import CLOCKS, LAST_TIME_S
from recexplore.tables.builders import WIRE_FACTS

__all__ = ["check_chunk_facts", "check_times", "recording_row", "request_body"]


def recording_row(
    exchange: Exchange,
    *,
    dialect: str,
    path: str,
    size: int,
    n_requested: int | None,
    body: bytes | None,
) -> dict[str, Any]:
    """The row of ``recordings``, as far as it does not follow from the other tables; ``body`` is its `request_body`."""
    return {
        "path": path,
        "exchange": exchange.number,
        "test_id": exchange.test_id,
        "provider": exchange.provider,
        "dialect": dialect,
        "envelope": exchange.envelope,
        "method": exchange.method,
        "url": exchange.url,
        "endpoint": exchange.endpoint,
        "model_requested": exchange.model,
        "streaming": exchange.streaming,
        "wire_format": exchange.wire_format,
        "n_requested": n_requested,
        "clock": CLOCKS.index(exchange.clock),
        "t_zero": exchange.t_zero,
        "status": exchange.status,
        "is_exception": exchange.is_exception,
        "error": exchange.error,
        "ended": exchange.ended,
        "ended_s": exchange.ended_s if exchange.t_zero == "request" else None,
        "request_hash": _request_hash(exchange, body),
        "bytes": size,
        "extra": to_json_text(exchange.extra) if exchange.extra else None,
    }


def check_chunk_facts(exchange: Exchange) -> None:
    """Whether an envelope says as much of its chunks as there are.

    Raises
    ------
    ValueError
        It does not, which is the envelope's mistake.
    """
    n_chunks = len(exchange.chunks)
    if unknown := exchange.wire.keys() - WIRE_FACTS:
        raise ValueError(f"exchange {exchange.number}: nobody knows `{min(unknown)}` of a chunk")
    for name, values in {**exchange.wire, "wall_times": exchange.wall_times}.items():
        if values is not None and len(values) != n_chunks:
            raise ValueError(f"exchange {exchange.number}: {len(values)} values of `{name}` for {n_chunks} chunks")
    if exchange.damaged_chunk is not None and not 0 <= exchange.damaged_chunk < n_chunks:
        raise ValueError(f"exchange {exchange.number}: chunk {exchange.damaged_chunk} of {n_chunks} is damaged")


def check_times(exchange: Exchange) -> None:
    """Times that cannot be true are none: as many as chunks, none before the one it follows, none beyond the calendar."""
    times = exchange.times_s
    if times is None:
        return
    _check_calendar(exchange, times)
    known = [each for each in times if not math.isnan(each)]
    n_chunks = len(exchange.chunks)
    if len(times) == n_chunks and known and all(before <= after for before, after in pairwise(known)):
        return
    exchange.times_s = exchange.wall_times = exchange.t_zero = None
    exchange.clock = "none"
    if known or len(times) != n_chunks:
        found = f"{len(times)} times for {n_chunks} chunks" if len(times) != n_chunks else "times that go back"
        hint = "read as if nobody had stamped the chunks"
        exchange.problems.append(Problem("the times are not as recorded", "one a chunk, rising", found, hint))


def _check_calendar(exchange: Exchange, times: list[float]) -> None:
    """A chunk whose time of day no calendar has, has no time."""
    walls = exchange.wall_times
    late = [at for at, wall in enumerate(walls or ()) if wall > LAST_TIME_S]
    if walls is None or not late:
        return
    found, hint = f"{walls[late[0]]:.0f} seconds since 1970", "read as if nobody had stamped these chunks"
    problem = Problem("times beyond the calendar", "years up to 9999", found, hint, chunk=late[0])
    exchange.problems.append(problem)
    for at in late:
        times[at] = walls[at] = math.nan


def request_body(exchange: Exchange) -> bytes | None:
    """The request as JSON, keys sorted; None where none was recorded."""
    if not exchange.request:
        return None
    try:
        return orjson.dumps(exchange.request, option=orjson.OPT_SORT_KEYS)
    except (TypeError, orjson.JSONEncodeError):
        return to_json_text(exchange.request).encode("utf-8", "surrogatepass")


def _request_hash(exchange: Exchange, body: bytes | None) -> str | None:
    if body is None:
        return None
    about = f"{exchange.method} {exchange.endpoint}\n".encode("utf-8", "surrogatepass")
    return hashlib.sha256(about + body).hexdigest()[:16]
