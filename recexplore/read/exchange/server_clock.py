"""Times that a provider stamped on its chunks.

Takes an exchange without measured times, fills its clock where the chunks carry one. Never invents a time: stamps that
are constant, or that a recorder normalised away, are no clock; one that no calendar has is told.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from recexplore.model.exchange import Exchange, Json, Problem
from recexplore.model.schema import LAST_TIME_S

__all__ = ["read_server_clock"]

_EARLIEST = datetime(2015, 1, 1, tzinfo=UTC).timestamp()


def read_server_clock(exchange: Exchange, fields: Sequence[str]) -> None:
    """Fill ``times_s``, ``wall_times``, ``clock`` and ``t_zero`` from RFC 3339 stamps in the first field that has some.

    Ollama stamps every chunk when it is generated (https://docs.ollama.com/api/streaming). A whole body has a time of
    day, but no clock: one stamp measures nothing.
    """
    for field in fields:
        _read_stamps(exchange, field)


def _read_stamps(exchange: Exchange, field: str) -> None:
    chunks = exchange.chunks
    if exchange.times_s is not None or not any(_is_stamped(chunk, field) for chunk in chunks[:1] + chunks[-2:]):
        return
    said = [chunk.get(field) if isinstance(chunk, dict) else None for chunk in chunks]
    seconds = {stamp: _posix(stamp) for stamp in {each for each in said if isinstance(each, str)}}
    if late := {stamp for stamp, moment in seconds.items() if moment > LAST_TIME_S}:
        first, found = next((at, stamp) for at, stamp in enumerate(said) if isinstance(stamp, str) and stamp in late)
        what, hint = f"`{field}` is beyond the calendar", "read as if nobody had stamped these chunks"
        exchange.problems.append(Problem(what, "years up to 9999", found, hint, chunk=first))
        seconds |= dict.fromkeys(late, math.nan)
    stamps = [seconds[each] if isinstance(each, str) else math.nan for each in said]
    known = [stamp for stamp in stamps if not math.isnan(stamp)]
    if not known:
        return
    exchange.wall_times = stamps
    if len(set(known)) > 1:
        exchange.times_s = [stamp - known[0] for stamp in stamps]
        exchange.clock, exchange.t_zero = "server", "first_chunk"


def _is_stamped(chunk: Json, field: str) -> bool:
    return isinstance(chunk, dict) and isinstance(chunk.get(field), str)


def _posix(stamp: str) -> float:
    try:
        moment = datetime.fromisoformat(stamp)
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return math.nan
    return seconds if seconds > _EARLIEST else math.nan
