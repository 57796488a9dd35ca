"""What a capture kept of a recording's answer, from the file that it was loaded from.

Takes a `Recording`, gives a `KeptAnswer`; None where another recorder wrote the file.
"""

from __future__ import annotations

import zlib

from recexplore.corpus import Recording
from recexplore.corpus.source_file import Source
from recexplore.model.errors import SourceChanged
from recexplore.read.options import MAX_FILE_BYTES
from recexplore.read.wire.grown_file import as_it_was
from recexplore.read.wire.kept_answer import KeptAnswer, kept_answer

__all__ = ["kept_of"]


def kept_of(recording: Recording) -> KeptAnswer | None:
    """What its file holds of the answer as it came.

    Raises
    ------
    SourceChanged
        The file is gone or is not what was loaded.
    """
    exchange = recording.exchange  # says so where the file is another
    if exchange.path is None or exchange.envelope not in ("llama-stack", "journal"):
        return None
    return kept_answer(_content(recording.corpus.sources[recording.position]), exchange.path)


def _content(source: Source) -> bytes:
    try:
        # A journal may have grown since: then it is answered as it was.
        data = as_it_was(source.blob.read(MAX_FILE_BYTES), source.checksum, source.blob.n_bytes or None)
    except OSError as error:
        raise SourceChanged(f"{source.blob.path} cannot be read any more: {error}") from error
    if zlib.crc32(data) != source.checksum:
        raise SourceChanged(f"{source.blob.path} is not what was loaded any more; load it again")
    return data
