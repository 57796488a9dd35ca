"""Files that were packed by themselves: ``cassette.yaml.gz``, ``answer.sse.zst``, ``run.jsonl.br``.

Takes a blob, gives one that reads what is packed in it, under the name that has. What would grow beyond the limits is
refused; what breaks off is given as far as it can be read.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

import pyarrow as pa

from recexplore.model.exchange import Blob
from recexplore.model.limits import MAX_RATIO, most_unpacked
from recexplore.read.sources.paths import unpacked_name

__all__ = ["unpacked_blob"]

_BLOCK: Final = 1 << 16


def unpacked_blob(blob: Blob) -> Blob:
    """The blob of what is packed in a file; a file that is not packed is its own."""
    name = unpacked_name(blob.name)
    if name == blob.name:
        return blob
    return replace(blob, name=name, read=partial(_read, blob.read, blob.name[len(name) :].lower()), head=None)


def _read(read: Callable[[int], bytes], suffix: str, max_bytes: int) -> bytes:
    """The content, unpacked; raises `OSError` where it is not packed as its name says, or grows beyond a limit."""
    packed = read(max_bytes)
    limit = min(max_bytes, most_unpacked(len(packed)))
    found = bytearray()
    try:
        unpack = _OPENERS[suffix](packed)
        while block := unpack(_BLOCK):
            found += block
            if len(found) > limit:
                break
    except (OSError, EOFError, zlib.error, pa.ArrowInvalid) as error:
        # What breaks off is told by whoever reads what stands before the break.
        if not found:
            raise OSError(f"it cannot be unpacked as {suffix}: {error}") from error
    if len(found) > max_bytes:
        raise OSError(f"more than {max_bytes} bytes when unpacked (max_file_bytes)")
    if len(found) > limit:
        raise OSError(f"grows to more than {MAX_RATIO} times its size")
    return bytes(found)


def _gzip(packed: bytes) -> Callable[[int], bytes]:
    # `read` would lose the whole block that the file breaks off in.
    return gzip.GzipFile(fileobj=io.BytesIO(packed)).read1


def _with_arrow(codec: str) -> Callable[[bytes], Callable[[int], bytes]]:
    return lambda packed: pa.CompressedInputStream(pa.BufferReader(packed), codec).read


_OPENERS: Final[dict[str, Callable[[bytes], Callable[[int], bytes]]]] = {
    ".gz": _gzip,
    ".zst": _with_arrow("zstd"),
    ".br": _with_arrow("brotli"),
}
