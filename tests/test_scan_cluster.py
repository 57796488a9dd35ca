"""A scan on workers that are processes of their own: the frames, findings and dataset of threads.

Marked ``long``: two workers take three seconds to start.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dask
import pandas as pd
import pytest

import recexplore
from recexplore.corpus import Corpus
from recexplore.scans.scan import SCANNED

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """Two workers, which Dask has its work done by while this lasts."""
    from distributed import Client, LocalCluster

    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options) as workers, Client(workers) as client:
        assert len(client.run(lambda: None)) == 2
        yield


@pytest.mark.usefixtures("cluster")
def test_workers_give_the_frames_the_findings_and_the_dataset(
    bundled_folder: Path, bundled: Corpus, tmp_path: Path
) -> None:
    scan = recexplore.scan(bundled_folder, max_partition_bytes=60_000)
    assert len(scan.partitions) > 2

    frames = dask.compute(*(getattr(scan, name) for name in SCANNED))
    for name, frame in zip(SCANNED, frames, strict=True):
        pd.testing.assert_frame_equal(frame.reset_index(drop=True), getattr(bundled, name))
    pd.testing.assert_frame_equal(recexplore.check(scan), bundled.findings)
    scan.to_parquet(tmp_path / "dataset")
    again = recexplore.load(tmp_path / "dataset")
    pd.testing.assert_frame_equal(again.events, bundled.events)
    pd.testing.assert_frame_equal(again.findings, bundled.findings)
