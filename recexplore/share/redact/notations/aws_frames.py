"""Amazon's event stream: binary frames, each with a head, a payload and two checksums.

Takes bytes, gives them as Latin-1 text that can be written anew: payloads and texts in heads replaced, lengths and checksums
computed again. A checksum that was wrong stays wrong, and a frame that breaks off stays as much too short as it was
(https://smithy.io/2.0/aws/amazon-eventstream.html).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from recexplore.read.wire.aws_frames import begins_frame
from recexplore.share.redact.fields import Kind
from recexplore.share.redact.notations.pieces import Holder

__all__ = ["FrameText", "frame_header_kind", "frames_of"]

_PRELUDE: Final = struct.Struct(">III")
_SUM: Final = struct.Struct(">I")
_LENGTH: Final = struct.Struct(">H")
_SIZES: Final = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of a header's value by its type; those of bytes and strings are told in front of it."""
_BYTES, _STRING, _UUID = 6, 7, 9
_SAID: Final = (":error-message", ":message")

EnterPayload = Callable[[str], Holder]
EnterHeader = Callable[[str, str], Holder]


def frame_header_kind(name: str) -> Kind:
    """What the text of a frame's header is, by its name: those that every frame has are words of the protocol."""
    if name in _SAID:
        return Kind.TEXT
    return Kind.STRUCTURE if name.startswith(":") else Kind.HEADER


@dataclass(slots=True, eq=False)
class _Frame:
    """One frame: the parts of its head, its payload, how much longer it says to be than it is, and by what its checksums
    differ from those that it should have."""

    head: list[bytes | Holder]
    payload: Holder
    excess: int
    sums: tuple[int, int | None]

    def render(self) -> bytes:
        head = b"".join(each if isinstance(each, bytes) else _string(each.render()) for each in self.head)
        payload = self.payload.render().encode("utf-8", "surrogateescape")
        length = _PRELUDE.size + len(head) + len(payload) + _SUM.size + self.excess
        sizes = struct.pack(">II", length, len(head))
        whole = sizes + _SUM.pack(zlib.crc32(sizes) ^ self.sums[0]) + head + payload
        return whole if self.sums[1] is None else whole + _SUM.pack(zlib.crc32(whole) ^ self.sums[1])


@dataclass(slots=True, eq=False)
class FrameText:
    """Frames as Latin-1 text."""

    text: str
    frames: list[_Frame] = field(default_factory=list)
    rest: bytes = b""

    def render(self) -> str:
        return (b"".join(frame.render() for frame in self.frames) + self.rest).decode("latin-1")


def frames_of(data: bytes, enter_payload: EnterPayload, enter_header: EnterHeader) -> FrameText | None:
    """The frames.

    Parameters
    ----------
    data
        The bytes.
    enter_payload, enter_header
        What holds a payload, given as UTF-8 with escapes for what is none; what holds the text of a header, given its name.

    Returns
    -------
    FrameText or None
        None where the bytes are no frames, or something else stands behind them.
    """
    if not begins_frame(data):
        return None
    held, at = FrameText(data.decode("latin-1")), 0
    while len(data) - at >= _PRELUDE.size:
        length, head_length, prelude_sum = _PRELUDE.unpack_from(data, at)
        head_end = at + _PRELUDE.size + head_length
        end = at + length
        if length < _PRELUDE.size + head_length + _SUM.size:
            return None
        if head_end > len(data):
            break
        is_whole = end <= len(data)
        payload_end = end - _SUM.size if is_whole else min(end - _SUM.size, len(data))
        head = _head(data[at + _PRELUDE.size : head_end], enter_header)
        payload = enter_payload(data[head_end:payload_end].decode("utf-8", "surrogateescape"))
        wrong = prelude_sum ^ zlib.crc32(data[at : at + 8])
        wrong_whole = _SUM.unpack_from(data, payload_end)[0] ^ zlib.crc32(data[at:payload_end]) if is_whole else None
        held.frames.append(_Frame(head, payload, end - _SUM.size - payload_end, (wrong, wrong_whole)))
        at = min(end, payload_end + _SUM.size) if is_whole else len(data)
    # What is left, the beginning of a head at most, tells a reader nothing and may hold anything.
    held.rest = bytes(len(data) - at)
    return held if held.frames else None


def _head(data: bytes, enter: EnterHeader) -> list[bytes | Holder]:
    """The headers: texts as holders, bytes and UUIDs as zeros, what is no header as zeros, all else as it is."""
    made: list[bytes | Holder] = []
    at = 0
    while at < len(data):
        type_at = at + 1 + data[at]
        value = type_at + 1
        if type_at >= len(data):
            break
        kind = data[type_at]
        size = _SIZES.get(kind)
        if size is None:
            if kind not in (_BYTES, _STRING) or value + _LENGTH.size > len(data):
                break
            (size,) = _LENGTH.unpack_from(data, value)
            value += _LENGTH.size
        end = value + size
        if end > len(data):
            break
        name = data[at + 1 : type_at].decode("utf-8", "replace")
        if kind == _STRING:
            text = data[value:end].decode("utf-8", "surrogateescape")
            made += [data[at : value - _LENGTH.size], enter(name, text)]
        else:
            made.append(data[at:value] + (bytes(size) if kind in (_BYTES, _UUID) else data[value:end]))
        at = end
    return [*made, bytes(len(data) - at)]


def _string(text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    return _LENGTH.pack(len(data)) + data
