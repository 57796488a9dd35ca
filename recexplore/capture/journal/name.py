"""What the file of a journal is called.

Takes a request as it is written down, and the time it came at, gives a name. It begins as that of the recording which the
journal becomes, so that both have the same id; of a request too large to be hashed at once it is random. The rest makes it
the only one.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from recexplore.matching.generations import CURRENT
from recexplore.matching.ogx_hash import hash_of
from recexplore.matching.request import request_of
from recexplore.model.exchange import Exchange
from recexplore.read.envelopes.journal import fill_asked

__all__ = ["SUFFIX", "journal_name"]

SUFFIX: Final = ".journal.jsonl"
_DIGITS: Final = 12


def journal_name(request: Mapping[str, Any], received_posix_ns: int, *, test_id: str | None = None) -> str:
    """The name for a request as `recexplore.capture.journal.lines.request_noted` has it."""
    is_large = any(isinstance(each, orjson.Fragment) for each in request.values())
    digits = secrets.token_hex(_DIGITS) if is_large else _hash(request, test_id)
    day = datetime.fromtimestamp(received_posix_ns / 1e9, UTC)
    start = digits[:_DIGITS] if digits else "unnamed"
    return f"{start}-{day:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}{SUFFIX}"


def _hash(request: Mapping[str, Any], test_id: str | None) -> str | None:
    exchange = Exchange("journal")
    fill_asked(exchange, request)
    asked = {"method": exchange.method, "url": exchange.url, "body": exchange.request}
    return hash_of(replace(request_of({"request": asked, "test_id": test_id}), is_sent_url=True), CURRENT)
