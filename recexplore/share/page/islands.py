"""Answers as text that may stand in a page: JSON and buffers, packed.

Takes plain values and buffers, gives text. The same values give the same text: nothing in it is random or tells the time.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Sequence
from typing import Any, Final

__all__ = ["json_island", "packed"]

_LEVEL: Final = 9
_WITH_GZIP_HEADER: Final = 31
_SYSTEM: Final = 9
"""Where gzip's header says which system wrote it."""
_ESCAPES: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def packed(value: Any, buffers: Sequence[bytes] = ()) -> str:
    """JSON and buffers as base64 of gzip: the length of the JSON (unsigned, four bytes, little-endian), an object with
    ``value`` and the lengths of ``buffers``, and these."""
    head = _json({"value": value, "buffers": [len(each) for each in buffers]}).encode()
    pack = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WITH_GZIP_HEADER)
    data = bytearray(pack.compress(b"".join([struct.pack("<I", len(head)), head, *buffers])) + pack.flush())
    data[_SYSTEM] = 255
    return base64.b64encode(data).decode()


def json_island(value: Any) -> str:
    """JSON that may stand in a script: whatever it holds, no tag begins or ends, and no line."""
    return _json(value).translate(_ESCAPES)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
