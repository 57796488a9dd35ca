"""What the file of a journal is called.

Takes a request as it is written down, and the time it came at, gives a name. It begins as that of the recording which the
journal becomes, so that both have the same id; the rest makes it the only one.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from recexplore.matching.generations import CURRENT
from recexplore.matching.ogx_hash import hash_of
from recexplore.matching.request import request_of
from recexplore.model.exchange import Exchange, Json
from recexplore.read.envelopes.journal import fill_asked

__all__ = ["SUFFIX", "journal_name"]

SUFFIX: Final = ".journal.jsonl"
_DIGITS: Final = 12


def journal_name(request: Mapping[str, Json], received_posix_ns: int, *, test_id: str | None = None) -> str:
    """The name for a request as `recexplore.capture.journal.lines.request_noted` has it."""
    exchange = Exchange("journal")
    fill_asked(exchange, request)
    asked = {"method": exchange.method, "url": exchange.url, "body": exchange.request}
    digits = hash_of(request_of({"request": asked, "test_id": test_id}), CURRENT)
    day = datetime.fromtimestamp(received_posix_ns / 1e9, UTC)
    start = digits[:_DIGITS] if digits else "unnamed"
    return f"{start}-{day:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}{SUFFIX}"
