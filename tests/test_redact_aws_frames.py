"""Amazon's frames written anew: lengths and checksums fit, or do not as they did not."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import pytest
from redaction_samples import frame

from recexplore.read.wire.aws_frames import frames
from recexplore.share.redact.fields import Kind
from recexplore.share.redact.notations.aws_frames import frame_header_kind, frames_of
from recexplore.share.redact.notations.pieces import Piece

FRAMES = frame(b'{"a": "word"}') + frame(b"word") + frame(b"", **{"message-type": "error", "error-message": "word"})


def remade(data: bytes, new: Callable[[str], str] = lambda text: text.replace("word", "a longer one")) -> bytes:
    held = frames_of(
        data,
        lambda payload: Piece(payload, Kind.TEXT, "", (), 0, new(payload)),
        lambda name, text: Piece(text, frame_header_kind(name), name, (), 0, new(text)),
    )
    assert held is not None
    return held.render().encode("latin-1")


def test_what_is_not_replaced_is_as_it_was() -> None:
    assert remade(FRAMES, str) == FRAMES


def test_frames_of_other_lengths_are_sound() -> None:
    made = list(frames(remade(FRAMES)))
    assert all(each.is_sound for each in made)
    assert [each.payload for each in made] == [b'{"a": "a longer one"}', b"a longer one", b""]
    assert [each.name for each in made[:2]] == ["chunk", "chunk"]
    said = frame(b"", **{"message-type": "error", "error-code": "E", "error-message": "word"})
    assert [each.error for each in frames(remade(said))] == ["a longer one"]


@pytest.mark.parametrize("at", [-1, 20, 60])
def test_a_wrong_checksum_stays_wrong(at: int) -> None:
    first, second = frame(b'{"a": "word", "b": "word", "c": "word"}'), bytearray(frame(b'{"a": "word", "b": "wor"}'))
    second[at] ^= 1
    old, new = (list(frames(data)) for data in (first + second, remade(first + second)))
    assert [each.is_sound for each in new] == [each.is_sound for each in old] == [True, False]


@pytest.mark.parametrize("cut", range(1, len(frame(b"word"))))
def test_a_frame_that_breaks_off_breaks_off(cut: int) -> None:
    data = FRAMES + frame(b"word")[:-cut]
    made = remade(data, lambda text: "x" * len(text))
    assert b"word" not in made
    assert len(list(frames(made))) == len(list(frames(data))) == 3


def test_bytes_and_uuids_of_a_head_become_zeros() -> None:
    head = b"\x01a\x06\x00\x04seal" + b"\x01b\x09" + b"u" * 16 + b"\x01c\x04\x00\x00\x00\x07" + b"\x01d\x00"
    sizes = struct.pack(">II", 16 + len(head), len(head))
    whole = sizes + struct.pack(">I", zlib.crc32(sizes)) + head
    made = remade(whole + struct.pack(">I", zlib.crc32(whole)))
    assert b"seal" not in made
    assert b"uuuu" not in made
    assert b"\x01c\x04\x00\x00\x00\x07\x01d\x00" in made
    assert [each.is_sound for each in frames(made)] == [True]


def test_a_head_that_is_none_becomes_zeros() -> None:
    head = b"\x09:name\x07\x00\xffword"
    sizes = struct.pack(">II", 16 + len(head), len(head))
    whole = sizes + struct.pack(">I", zlib.crc32(sizes)) + head
    assert b"word" not in remade(whole + struct.pack(">I", zlib.crc32(whole)))


@pytest.mark.parametrize("data", [b"", b"word", b"\0" * 16, FRAMES[1:]])
def test_what_are_no_frames(data: bytes) -> None:
    assert frames_of(data, lambda text: Piece(text, Kind.TEXT, "", (), 0), _header) is None


def test_what_stands_behind_frames_becomes_zeros() -> None:
    assert remade(FRAMES + b"words", str) == FRAMES + bytes(5)
    assert remade(FRAMES + b"words and more words", str) == FRAMES + bytes(20)


def _header(name: str, text: str) -> Piece:
    raise AssertionError(name)


def test_headers_of_the_protocol_are_words_of_it() -> None:
    kinds = {":event-type": Kind.STRUCTURE, ":error-message": Kind.TEXT, "mine": Kind.HEADER}
    assert {name: frame_header_kind(name) for name in kinds} == kinds
