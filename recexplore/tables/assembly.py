"""One batch's Arrow tables, put together from its typed rows.

Takes the rows of a batch of exchanges, gives one Arrow table a frame, in the order of the wire.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from recexplore.tables.arrow import TableMaker, Wire
from recexplore.tables.derived import Events
from recexplore.tables.typed_rows import TypedBatch, joined

__all__ = ["Tables", "assemble"]


@dataclass(slots=True)
class Tables:
    """The Arrow tables of one batch, joined on ``ordinal``: the position of the exchange in the batch."""

    tables: Mapping[str, pa.Table]
    n_exchanges: int


def assemble(batches: Sequence[TypedBatch]) -> Tables:
    """One batch's Arrow tables of the rows of some small ones, in wire order; the small ones are used up."""
    batch = joined(batches)
    rows, n = batch.rows, batch.n_exchanges
    wire = Wire(rows["wire"], n)
    maker = TableMaker(wire)
    events = Events(*maker.events(rows["events"]), wire)
    tables = {
        "chunks": maker.chunks(rows["chunks"]),
        "usage": maker.rows("usage", rows["usage"]),
        "events": events.table,
        "choices": events.choices(),
        "requests": (requests := maker.requests(rows["requests"])),
        "tool_calls": events.tool_calls(requests["tools"].combine_chunks()),
    }
    tables["recordings"] = maker.recordings(rows["recordings"], tables, events.first_errors(n))
    return Tables(tables, n)
