"""A batch as one file, for another process to read or for later.

Takes a batch and the files that it was read from, writes its tables as Arrow IPC streams one behind the other, and what goes
with them as JSON at the end; gives the same batch back, its tables mapped and not copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import orjson
import pyarrow as pa

from recexplore.corpus.source_file import Source
from recexplore.model.exchange import Blob, Problem, Skipped
from recexplore.read.batch import Batch
from recexplore.tables.assembly import Tables

__all__ = ["read_batch", "write_batch"]

_ALIGNMENT: Final = 64
"""Arrow wants its columns to begin at such places in memory."""
_LENGTH_BYTES: Final = 8


def write_batch(batch: Batch, blobs: Sequence[Blob], sink: pa.NativeFile) -> None:
    """Write a batch that was read from some files."""
    place = {blob.path: at for at, blob in enumerate(blobs)}
    spans: dict[str, tuple[int, int]] = {}
    for name, table in batch.tables.tables.items():
        sink.write(bytes(-sink.tell() % _ALIGNMENT))
        start = sink.tell()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        spans[name] = start, sink.tell() - start
    about = orjson.dumps(
        {
            "spans": spans,
            "n_exchanges": batch.tables.n_exchanges,
            "sources": [
                [place[each.blob.path], each.exchange, each.n_exchanges, each.checksum] for each in batch.sources
            ],
            "problems": list(map(asdict, batch.problems)),
            "skipped": list(map(asdict, batch.skipped)),
        }
    )
    sink.write(about)
    sink.write(len(about).to_bytes(_LENGTH_BYTES, "little"))


def read_batch(data: pa.Buffer, blobs: Sequence[Blob]) -> Batch:
    """The batch, given what was written and the same files; its tables share the buffer's memory."""
    end = data.size - _LENGTH_BYTES
    size = int.from_bytes(data[end:].to_pybytes(), "little")
    about: dict[str, Any] = orjson.loads(data[end - size : end].to_pybytes())
    tables = {
        name: pa.ipc.open_stream(data.slice(start, length)).read_all()
        for name, (start, length) in about["spans"].items()
    }
    return Batch(
        Tables(tables, about["n_exchanges"]),
        [Source(blobs[place], *rest) for place, *rest in about["sources"]],
        [Problem(**each) for each in about["problems"]],
        [Skipped(**each) for each in about["skipped"]],
    )
