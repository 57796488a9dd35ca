"""The clock of an exchange whose recorder stamped the chunks as they came.

Takes stamps of one clock, fills the times of an exchange. Whether the times can be true is asked later, of every exchange
alike (`recexplore.read.exchange.recording_row`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from recexplore.model.exchange import Exchange

__all__ = ["set_measured"]


def set_measured(
    exchange: Exchange,
    stamps: Sequence[float | None],
    sent: float | None = None,
    *,
    per_second: float = 1,
    sent_posix_s: float | None = None,
) -> None:
    """Fill the times of an exchange, in seconds since the request was sent, or since the first stamp.

    Parameters
    ----------
    stamps
        When each chunk came, None where that is not known of one; where it is of none, nothing is filled.
    sent
        When the request was sent, by the same clock; None where nobody knows. It is believed unless a chunk came before.
    per_second
        How many units of the clock make a second.
    sent_posix_s
        The time of day of ``sent``: with it every chunk has its own.
    """
    first = next((each for each in stamps if each is not None), None)
    if first is None:
        return
    is_sent = sent is not None and sent <= first
    zero = sent if sent is not None and is_sent else first
    exchange.times_s = [math.nan if each is None else (each - zero) / per_second for each in stamps]
    exchange.clock, exchange.t_zero = "measured", "request" if is_sent else "first_chunk"
    if is_sent and sent_posix_s is not None:
        exchange.wall_times = [sent_posix_s + each for each in exchange.times_s]
