"""A batch as one file: what comes back is what was written."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from recexplore.model.exchange import Blob
from recexplore.read.options import ReadOptions
from recexplore.read.packed_batch import read_batch, write_batch
from recexplore.read.read_files import read_files
from recexplore.read.sources import search


@pytest.fixture
def blobs(bundled_folder: Path, tmp_path: Path) -> list[Blob]:
    """Real recordings, one that breaks off and a file that nobody recorded."""
    whole = min(bundled_folder.glob("*.json")).read_bytes()
    (tmp_path / "broken.json").write_bytes(whole[:900])
    (tmp_path / "foreign.json").write_text('{"a": 1}')
    return [each for each in search([bundled_folder, tmp_path]) if isinstance(each, Blob)]


def test_all_of_a_batch_comes_back(blobs: list[Blob]) -> None:
    (batch,) = read_files(blobs, ReadOptions())
    assert batch.problems
    assert batch.skipped
    sink = pa.BufferOutputStream()
    write_batch(batch, blobs, sink)
    read = read_batch(sink.getvalue(), blobs)

    assert (read.sources, read.problems, read.skipped) == (batch.sources, batch.problems, batch.skipped)
    assert read.tables.n_exchanges == batch.tables.n_exchanges
    assert read.tables.tables.keys() == batch.tables.tables.keys()
    for name, table in batch.tables.tables.items():
        assert read.tables.tables[name].schema == table.schema
        pd.testing.assert_frame_equal(read.tables.tables[name].to_pandas(), table.to_pandas())


def test_tables_share_the_memory_of_what_is_read(blobs: list[Blob]) -> None:
    (batch,) = read_files(blobs, ReadOptions())
    sink = pa.BufferOutputStream()
    write_batch(batch, blobs, sink)
    data = sink.getvalue()
    before = pa.total_allocated_bytes()
    read = read_batch(data, blobs)

    assert read.tables.tables["events"].nbytes > 1000
    assert pa.total_allocated_bytes() - before < 1000
