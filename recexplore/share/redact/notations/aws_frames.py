"""Amazon's event stream: binary frames, each with a head, a payload and two checksums.

Takes bytes as Latin-1 text, gives the same with other payloads and the sums that belong to them
(https://smithy.io/2.0/aws/amazon-eventstream.html).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from recexplore.share.redact.notations.pieces import Holder

__all__ = ["FrameText", "frames_of"]

_PRELUDE: Final = struct.Struct(">III")
_SUM: Final = struct.Struct(">I")
_LEAST: Final = _PRELUDE.size + _SUM.size


@dataclass(slots=True, eq=False)
class FrameText:
    """Frames as Latin-1 text, with their heads and payloads."""

    text: str
    frames: list[tuple[bytes, Holder]] = field(default_factory=list)
    rest: str = ""

    def render(self) -> str:
        if all(payload.render() == payload.text for _, payload in self.frames):
            return self.text
        return (
            b"".join(_frame(head, payload.render().encode()) for head, payload in self.frames).decode("latin-1")
            + self.rest
        )


def frames_of(data: bytes, enter: Callable[[str], Holder]) -> FrameText | None:
    """The frames; None where they are none, or hold what is no text."""
    found, at = FrameText(data.decode("latin-1")), 0
    while len(data) - at >= _LEAST:
        length, head_length, prelude_sum = _PRELUDE.unpack_from(data, at)
        if zlib.crc32(data[at : at + 8]) != prelude_sum or not _LEAST <= length <= len(data) - at:
            break
        head_end = at + _PRELUDE.size + head_length
        try:
            payload = data[head_end : at + length - _SUM.size].decode()
        except UnicodeDecodeError:
            return None
        found.frames.append((data[at + _PRELUDE.size : head_end], enter(payload)))
        at += length
    found.rest = found.text[at:]
    return found if found.frames and not found.rest else None


def _frame(head: bytes, payload: bytes) -> bytes:
    length = _LEAST + len(head) + len(payload)
    prelude = struct.pack(">II", length, len(head))
    whole = prelude + _SUM.pack(zlib.crc32(prelude)) + head + payload
    return whole + _SUM.pack(zlib.crc32(whole))
