"""Amazon's event stream as chunks: one for each frame, under its name; of a ``chunk`` what it packs.

Takes bytes and the path that was asked, gives a `Body`.
"""

from __future__ import annotations

from recexplore.model.exchange import Json
from recexplore.read.wire.aws_frames import MEDIA_TYPE, beside, blob_in, frames, hold_text, texts_in
from recexplore.read.wire.body import Body, packed
from recexplore.read.wire.json_text import decode_json

__all__ = ["read_frames"]


def read_frames(data: bytes, endpoint: str | None) -> Body:
    """One chunk for each frame of Amazon's event stream, under its name; of a ``chunk`` what it packs."""
    body = Body(streamed=True, wire_format="aws-event-stream")
    found = list(frames(data))
    packs = {at: decode_json(frame.payload).value for at, frame in enumerate(found) if frame.name == "chunk"}
    blobs = {at: blob for at, pack in packs.items() if (blob := blob_in(pack)) is not None}
    is_text = hold_text(endpoint, [frame.name for frame in found], next(iter(blobs.values()), None))
    parts = dict(zip(blobs, texts_in(list(blobs.values())), strict=True)) if is_text else {}
    for at, frame in enumerate(found):
        framing = None
        if not frame.is_sound:
            body.problem("a frame is damaged", "the checksum it names", "another", "read as it stands")
        if at in parts:
            if "\ufffd" in parts[at] and b"\xef\xbf\xbd" not in blobs[at]:
                body.problem("bytes that are not UTF-8", "UTF-8, as an answer is", "other bytes", "read as U+FFFD")
            chunk: Json = {frame.name: {**packs[at], "bytes": parts[at]}}
        elif at in blobs:
            chunk, framing = body.decode(blobs[at], "a frame's payload"), beside(packs[at], {"bytes"})
        elif frame.error is not None:
            chunk = {"error": {"code": frame.name, "message": frame.error}}
        else:
            value = body.decode(frame.payload, "a frame's payload") if frame.payload else {}
            chunk = {frame.name: value} if frame.name else value
        body.add(chunk, name=frame.name, framing=framing, size=frame.size)
    if left := data[sum(frame.size for frame in found) :]:
        hint = "kept as base64; record it again"
        body.problem("the event stream breaks off", "a whole frame", f"{len(left)} bytes", hint)
        body.add(packed(left, MEDIA_TYPE).chunks[0], size=len(left))
        body.damage = "cut"
    return body
