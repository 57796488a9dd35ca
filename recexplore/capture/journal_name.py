"""What the file of a journal is called.

Takes a request and the time it came at, gives a name. It begins as that of the recording which the journal becomes, so that
both have the same id; the rest makes it the only one.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import orjson

from recexplore.matching.generations import CURRENT
from recexplore.matching.ogx_hash import hash_of
from recexplore.matching.request import request_of
from recexplore.model.credentials import masked_json, masked_url
from recexplore.model.exchange import Json

__all__ = ["SUFFIX", "journal_name"]

SUFFIX: Final = ".journal.jsonl"
_DIGITS: Final = 12


def journal_name(asked: Mapping[str, Json], received_posix_ns: int) -> str:
    """The name for a request: ``method``, ``url``, ``body`` as bytes, ``test_id``."""
    try:
        body = masked_json(orjson.loads(asked["body"] or b"{}"))
        request = {"method": asked["method"], "url": masked_url(asked["url"]), "body": body}
        digits = hash_of(request_of({"request": request, "test_id": asked["test_id"]}), CURRENT)
    except (ValueError, RecursionError, TypeError):
        digits = None
    day = datetime.fromtimestamp(received_posix_ns / 1e9, UTC)
    start = digits[:_DIGITS] if digits else "unnamed"
    return f"{start}-{day:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}{SUFFIX}"
