"""Which bytes a text stands for, and whether bytes are text.

Takes what a recorder wrote in place of a body, gives the bytes of it; None where it does not stand for any. Never raises.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from typing import Final

from recexplore.model.exchange import Json
from recexplore.read.wire.compression import encoding_told_by
from recexplore.read.wire.sse import looks_like_events

__all__ = [
    "from_base64",
    "from_hex",
    "from_node_buffer",
    "from_pieces",
    "from_unmarked_base64",
    "from_whole_base64",
    "is_legible",
    "is_utf8",
]

_BASE64: Final = re.compile(rb"(?:[A-Za-z0-9+/]{2,}={0,2})?")
_UNMARKED_BASE64: Final = re.compile(r"[A-Za-z0-9+/\s]+(?:={1,2}\s*)?")
_PREFIX: Final = "base64:"
_TELLING: Final = re.compile(rb"\s*\{[\s\"}]|\s*\[[\s\"{\[\]\d]|\0\0")
"""How JSON and Amazon's frames begin; hardly any word stands for such bytes."""
_HEX: Final = re.compile(r"[0-9A-Fa-f]*")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def from_base64(text: Json) -> bytes | None:
    """The bytes that base64 text stands for, up to where it breaks off; None where it is none."""
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogatepass")
    if not isinstance(text, bytes):
        return None
    letters = b"".join(text.split())
    if _BASE64.fullmatch(letters) is None:
        return None
    letters = letters.rstrip(b"=")
    # One letter more is less than a byte more; what fills up may be missing.
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return base64.b64decode(letters + b"=" * (-len(letters) % 4))


def from_whole_base64(text: str) -> bytes | None:
    """The bytes that base64 text stands for; None where it is none, breaks off or has spaces in it, as words do."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def from_unmarked_base64(text: Json) -> bytes | None:
    """The bytes of base64 that nothing but itself tells: its prefix, or how what it stands for begins; else None."""
    if not isinstance(text, str):
        return None
    if text.startswith(_PREFIX):
        return from_base64(text.removeprefix(_PREFIX))
    data = from_base64(text) if _UNMARKED_BASE64.fullmatch(text) else None
    return data if data is not None and _begins_as_a_body(data) else None


def _begins_as_a_body(data: bytes) -> bool:
    return bool(_TELLING.match(data) or encoding_told_by(data) or looks_like_events(data))


def from_hex(text: Json) -> bytes | None:
    """The bytes that hexadecimal text stands for, up to where it breaks off; None where it is none."""
    if not isinstance(text, str) or _HEX.fullmatch(text) is None:
        return None
    return bytes.fromhex(text[: len(text) // 2 * 2])


def from_node_buffer(value: Json) -> bytes | None:
    """The bytes of a ``Buffer`` as Node writes it into JSON, https://nodejs.org/api/buffer.html#buftojson; else None."""
    if not isinstance(value, dict) or value.get("type") != "Buffer" or not isinstance(value.get("data"), list):
        return None
    try:
        return bytes(value["data"])
    except (TypeError, ValueError):
        return None


def from_pieces(pieces: Iterable[Json], unpack: Callable[[Json], bytes | None]) -> bytes | None:
    """The bytes that the pieces of a packed body stand for together; None where one is not packed so."""
    found = []
    for piece in pieces:
        if (data := unpack(piece)) is None:
            return None
        found.append(data)
    return b"".join(found)


def is_utf8(data: bytes, *, may_be_cut: bool = True) -> bool:
    """Whether it is text; unless told otherwise the end may cut a character in two."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return may_be_cut and error.reason == "unexpected end of data"
    return True


def is_legible(data: bytes) -> bool:
    """Whether it is text to its end, without control characters; what is compressed is full of them."""
    try:
        return _CONTROL.search(data.decode()) is None
    except UnicodeDecodeError:
        return False
