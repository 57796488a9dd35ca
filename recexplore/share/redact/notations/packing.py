"""Bodies that are packed: base64, hexadecimal, compressed; undone and done again in the same way.

Takes a text that stands for bytes, gives the text that these are, and what packs one like it. Bytes that are no UTF-8 are
given as Latin-1, so that nothing is lost.
"""

from __future__ import annotations

import base64
import gzip
import textwrap
import zlib
from collections.abc import Callable
from typing import Final, NamedTuple

import pyarrow as pa

from recexplore.read.wire.aws_frames import begins_frame
from recexplore.read.wire.compression import encoding_told_by, inflate
from recexplore.read.wire.packed_text import from_base64, from_hex, from_unmarked_base64, is_legible
from recexplore.read.wire.sse import looks_like_events

__all__ = ["CannotUnpack", "Unpacked", "unpacked", "unpacked_bytes"]

_BASE64_NAMES: Final = frozenset(["base64_string", "b64", "base64body", "base64_body"])
_BODY_NAMES: Final = frozenset(["text", "body", "content", "data", "string"])
_PREFIX: Final = "base64:"
_GZIP_LEVEL: Final = 6


class CannotUnpack(ValueError):
    """A body is compressed in a way that is not known, or is damaged."""


class Unpacked(NamedTuple):
    """What a packed text is, whether that is text (else bytes as Latin-1), and what packs it again."""

    text: str
    is_text: bool
    pack: Callable[[str], str]


def unpacked(text: str, name: str, beside: frozenset[str]) -> Unpacked | None:
    """What a text stands for; None where it stands for itself."""
    is_marked = name.lower() in _BASE64_NAMES or "is:binary" in beside
    is_marked |= name.lower() in _BODY_NAMES and not beside.isdisjoint(("encoding:base64", "isbase64encoded"))
    data = from_base64(text) if is_marked else from_unmarked_base64(text)
    if data is not None and data:
        prefix = _PREFIX if text.startswith(_PREFIX) else ""
        letters = text[len(prefix) :]
        return _with(data, lambda made: prefix + _base64_like(letters, made))
    if "encoding:hex" in beside or name.lower() in ("response", "text", "body"):
        data = from_hex(text) if len(text) > 8 and len(text) % 2 == 0 else None
        if data and (_encoding(data) or "encoding:hex" in beside):
            return _with(data, lambda made: made.hex().upper() if text.isupper() else made.hex())
    return None


def unpacked_bytes(data: bytes) -> Unpacked | None:
    """What compressed bytes are; None where they are not compressed."""
    found = _with(data, lambda made: made.decode("latin-1"))
    return found if encoding_told_by(data) or begins_frame(data) or not is_legible(data) else None


def _with(data: bytes, wrap: Callable[[bytes], str]) -> Unpacked:
    encoding = _encoding(data)
    if begins_frame(data):
        return Unpacked(data.decode("latin-1"), False, lambda text: wrap(text.encode("latin-1")))
    if encoding:
        try:
            data = inflate(data, encoding)
        except ValueError as error:
            raise CannotUnpack(str(error)) from error
    deflate = _DEFLATERS[encoding]
    try:
        return Unpacked(data.decode(), True, lambda text: wrap(deflate(text.encode())))
    except UnicodeDecodeError:
        if looks_like_events(data) or data.lstrip()[:1] in (b"{", b"["):
            # Text with bytes in it that are none.
            said = data.decode("utf-8", "surrogateescape")
            return Unpacked(said, True, lambda text: wrap(deflate(text.encode("utf-8", "surrogateescape"))))
        return Unpacked(data.decode("latin-1"), False, lambda text: wrap(deflate(text.encode("latin-1"))))


def _encoding(data: bytes) -> str:
    """How bytes are compressed: what their first ones tell, else what can be undone to text."""
    if told := encoding_told_by(data):
        return told
    if is_legible(data):
        return ""
    for encoding in ("br", "deflate"):
        try:
            if is_legible(inflate(data, encoding)):
                return encoding
        except ValueError:
            continue
    return ""


def _base64_like(old: str, data: bytes) -> str:
    """Base64 in lines as long as they were, filled up as it was."""
    made = base64.b64encode(data).decode()
    if not old.rstrip().endswith("=") and len("".join(old.split())) % 4:
        made = made.rstrip("=")
    first, newline, _ = old.partition("\n")
    if newline and first.strip():
        made = "\n".join(textwrap.wrap(made, len(first.rstrip("\r")))) + ("\n" if old.endswith("\n") else "")
    return made


def _with_arrow(codec: str) -> Callable[[bytes], bytes]:
    def deflate(data: bytes) -> bytes:
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, codec) as stream:
            stream.write(data)
        return bytes(sink.getvalue())

    return deflate


_DEFLATERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "": lambda data: data,
    "gzip": lambda data: gzip.compress(data, _GZIP_LEVEL, mtime=0),
    "deflate": lambda data: zlib.compress(data),
    "br": _with_arrow("brotli"),
    "zstd": _with_arrow("zstd"),
}
