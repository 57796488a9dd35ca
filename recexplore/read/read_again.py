"""A file that was loaded, read again for what no frame holds: raw chunks, requests, places in the file.

Takes a blob, and the checksum that its bytes had. Of a file that had lines appended since, it reads what stood there then.
"""

from __future__ import annotations

import zlib

from recexplore.corpus.source_file import Positions
from recexplore.model.exchange import Blob, Exchange
from recexplore.read import envelopes
from recexplore.read.options import MAX_FILE_BYTES
from recexplore.read.positions.file_positions import FilePositions
from recexplore.read.read_files import numbered
from recexplore.read.wire.content import Content
from recexplore.read.wire.grown_file import as_it_was

__all__ = ["read_exchanges"]


def read_exchanges(
    blob: Blob, checksum: int, max_file_bytes: int = MAX_FILE_BYTES
) -> tuple[int, list[Exchange], Positions]:
    """The file's checksum, its exchanges with their chunks as recorded, and what knows their places in it."""
    data = as_it_was(blob.read(max_file_bytes), checksum, blob.n_bytes or None)
    content = Content(blob.name, data)
    envelope = envelopes.choose(content, is_named=blob.is_named)
    if envelope is None:
        return zlib.crc32(data), [], FilePositions(None)
    exchanges = numbered(each for each in envelope.read(content) if isinstance(each, Exchange))
    return zlib.crc32(data), exchanges, FilePositions(content)
