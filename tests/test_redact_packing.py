"""Packed bodies are undone, and done again as they were."""

from __future__ import annotations

import base64
import gzip
import zlib

import pyarrow as pa
import pytest

from recexplore.read.wire.compression import inflate
from recexplore.share.redact.notations.packing import CannotUnpack, unpacked, unpacked_bytes

TEXT = 'data: {"choices": [{"delta": {"content": "Hé"}}]}\n\n'


def packed(codec: str) -> bytes:
    data = TEXT.encode()
    if codec in ("gzip", "deflate"):
        return gzip.compress(data) if codec == "gzip" else zlib.compress(data)
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, {"br": "brotli"}.get(codec, codec)) as stream:
        stream.write(data)
    return bytes(sink.getvalue())


@pytest.mark.parametrize("codec", ["gzip", "deflate", "br", "zstd"])
def test_a_compressed_body_is_compressed_again_in_the_same_way(codec: str) -> None:
    found = unpacked(base64.b64encode(packed(codec)).decode(), "base64_string", frozenset())
    assert found is not None
    assert found.text == TEXT
    again = found.pack(TEXT.replace("H", "J"))
    assert inflate(base64.b64decode(again), codec).decode() == TEXT.replace("H", "J")
    found = unpacked_bytes(packed(codec))
    assert found is not None
    assert found.text == TEXT


def test_lines_and_filling_are_as_they_were() -> None:
    lines = base64.encodebytes(TEXT.encode() * 3).decode()
    found = unpacked(lines, "base64_string", frozenset())
    assert found is not None
    assert found.pack(found.text) == lines
    bare = base64.b64encode(TEXT.encode()).decode().rstrip("=")
    found = unpacked(bare, "base64_string", frozenset())
    assert found is not None
    assert found.pack(found.text) == bare


@pytest.mark.parametrize("text", ["Hello there", "base64", "abcd", "deadbeef"])
def test_words_are_not_taken_for_packed_ones(text: str) -> None:
    assert unpacked(text, "content", frozenset(["encoding:utf-8"])) is None


def test_a_damaged_body_is_refused() -> None:
    broken = base64.b64encode(packed("gzip")[:-12]).decode()
    with pytest.raises(CannotUnpack):
        unpacked(broken, "base64_string", frozenset())
