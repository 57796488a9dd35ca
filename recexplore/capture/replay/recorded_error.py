"""A recorded exception as the answer that raises it again.

Takes an exchange in which a recorder kept an SDK's exception instead of an answer, gives a status and a body of JSON. SDKs
put the body that they got into their message (``Error code: 400 - {'error': …}``): it is taken from there.
"""

from __future__ import annotations

import ast
import json
import re
from typing import Final

from recexplore.model.exchange import Exchange, Json

__all__ = ["status_and_body"]

_OF_AN_SDK: Final = re.compile(r"Error code: (?P<status>\d{3}) - (?P<told>.*)", re.DOTALL)
_LONGEST: Final = 1 << 16
_UNKNOWN: Final = 500


def status_and_body(exchange: Exchange) -> tuple[int, bytes]:
    """The status and the body that make a client raise what was recorded."""
    message = exchange.error or "the recording holds an exception and no words for it"
    of_sdk = _OF_AN_SDK.fullmatch(message[:_LONGEST])
    told = of_sdk["told"] if of_sdk else message
    status = exchange.status or (int(of_sdk["status"]) if of_sdk else _UNKNOWN)
    body = _literal(told) if told.startswith("{") else None
    if not isinstance(body, dict):
        body = {"error": {"message": told, "type": "recorded_exception"}}
    return status, json.dumps(body).encode()


def _literal(text: str) -> Json:
    """The value that Python shows as this text; None where it is none, or none of JSON."""
    try:
        value = ast.literal_eval(text)
        json.dumps(value, allow_nan=False)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return value
