"""What stands in the place of images, audio and files: as little as is still one, with the size that was there.

Takes base64, or a URL that holds it, gives the same in little.
"""

from __future__ import annotations

import base64
import re
import struct
import zlib
from typing import Final

__all__ = ["dropped", "is_dropped"]

_DATA_URL: Final = re.compile(
    r"data:(?P<type>[\w.+/-]*)(?P<rest>(?:;[^,;]+)*;base64,)(?P<data>.*)", re.DOTALL | re.IGNORECASE
)
_SAID: Final = "redacted: {n} bytes"
_WAV: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")


def dropped(text: str) -> str:
    """Media without what they showed: base64 or a data URL; what was dropped once stays as it is."""
    url = _DATA_URL.fullmatch(text)
    if url is not None:
        return f"{text[: url.start('data')]}{_dropped(url['data'], url['type'].lower())}"
    return _dropped(text, "")


def is_dropped(text: str) -> bool:
    """Whether media were dropped already."""
    return b"redacted: " in _bytes(text[text.find(",") + 1 :])


def _dropped(data: str, media_type: str) -> str:
    content = _bytes(data)
    said = _SAID.format(n=len(content)).encode()
    if content.startswith(b"\x89PNG") or media_type == "image/png":
        made = _png(said)
    elif content.startswith(b"\xff\xd8") or media_type == "image/jpeg":
        made = b"\xff\xd8\xff\xfe" + struct.pack(">H", len(said) + 2) + said + b"\xff\xd9"
    elif content.startswith(b"RIFF") or media_type in ("audio/wav", "audio/x-wav"):
        made = _WAV.pack(b"RIFF", 36, b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16, b"data", 0) + said
    else:
        made = said
    return base64.b64encode(made).decode()


def _bytes(data: str) -> bytes:
    letters = "".join(data.split()).replace("-", "+").replace("_", "/").rstrip("=")
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    try:
        return base64.b64decode(letters + "=" * (-len(letters) % 4))
    except ValueError:
        return b""


def _png(said: bytes) -> bytes:
    """A picture of one transparent pixel with a comment."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 6, 0, 0, 0)),
        (b"tEXt", b"Comment\0" + said),
        (b"IDAT", zlib.compress(b"\0\0\0\0\0")),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
