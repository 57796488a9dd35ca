"""What a folder costs that is read in partitions: time and the memory of each process, and how its dataset is explored.

    python benchmarks/scan.py FOLDER [--files 10000] [--workers 2] [--partition-mb 32] [--keep PLACE]

The folder's recordings, copied by hard links under other names until there are so many files, are scanned on a
`LocalCluster` of processes with one thread each, written as a dataset with findings, and opened from it. Memory is the peak
of a process since its start (VmHWM); the parent is this process. Frames and findings are those of a load by the tests
(``tests/test_scan.py``, ``tests/test_partitioned.py``).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OPENED = """
import sys, time
started = time.perf_counter()
import recexplore as rx
from recexplore.views.explorer.answers import Answers
def said(what, since):
    peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(f"  {what:34} {time.perf_counter() - since:8.2f} s   {int(peak.split()[1]) / 1024:8,.0f} MB", flush=True)
said("imported", started)
since = time.perf_counter(); answers = Answers(rx.load(sys.argv[1])); said("opened", since)
since = time.perf_counter(); opening, _ = answers.answer("opening", {}); said("what a page opens with", since)
chosen = opening["recording"]
def find(query, key, words):
    since = time.perf_counter()
    found, _ = answers.answer("find", {"view": "v", "key": key, "count": 50, "recording": chosen, "query": query})
    said(f"{words}: {found['total']:,}", since)
find("", 1, "list")
since = time.perf_counter(); answers.answer("show", {"recording": chosen}); said("a recording", since)
since = time.perf_counter(); answers.answer("chunk", {"recording": chosen, "chunk": 0}); said("a raw chunk", since)
find("is:stream", 2, "filter: streams")
find("has:tools", 3, "filter: tools")
find("weather", 4, "a word in all texts")
"""


def peak_mb() -> float:
    """The most memory that this process has had."""
    said = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(said[1]) / 1024 if said else float("nan")


@contextmanager
def many_files(folder: Path, n: int, beside: Path) -> Iterator[Path]:
    """A folder with ``n`` files, hard links to those of another one on the same disk."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with tempfile.TemporaryDirectory(dir=beside, prefix="recexplore-scan-") as root:
        # Links may not lead from one disk to another: what is linked is a copy.
        first = Path(root) / "first"
        copies = [Path(shutil.copy(path, _made(first / str(at), path.name))) for at, path in enumerate(files)]
        many = Path(root) / "many"
        for number in range(n):
            path = copies[number % len(copies)]
            os.link(path, _made(many / f"{number // len(copies):04}", f"{number % len(copies):05}-{path.name}"))
        yield many


def _made(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--partition-mb", type=int, default=32)
    parser.add_argument("--keep", type=Path, help="where the dataset is to stay")
    given = parser.parse_args()
    import dask
    from distributed import Client, LocalCluster

    import recexplore as rx

    with (
        tempfile.TemporaryDirectory(prefix="recexplore-scan-") as beside,
        many_files(given.folder, given.files, Path(beside)) as folder,
        LocalCluster(n_workers=given.workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        n_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        print(f"{given.files:,} files, {n_bytes / 1e6:,.0f} MB, {given.workers} workers")

        def said(what: str, since: float, *, per_mb: bool = True) -> None:
            took = time.perf_counter() - since
            rate = f"{n_bytes / 1e6 / took:8.1f} MB/s" if per_mb else " " * 13
            workers = ", ".join(f"{mb:,.0f}" for mb in client.run(peak_mb).values())
            print(f"  {what:34} {took:8.1f} s {rate}   {peak_mb():6,.0f} MB parent, workers {workers} MB", flush=True)

        since = time.perf_counter()
        scan = rx.scan(folder, max_partition_bytes=given.partition_mb << 20)
        said(f"files found: {len(scan.partitions)} partitions", since, per_mb=False)
        since = time.perf_counter()
        n_recordings, n_chunks = dask.compute(scan.recordings.shape[0], scan.chunks.shape[0])
        said(f"counted: {n_recordings:,}, {n_chunks:,} chunks", since)
        dataset = given.keep or Path(beside) / "dataset"
        since = time.perf_counter()
        scan.to_parquet(dataset)
        said("dataset with findings", since)
        written = sum(path.stat().st_size for path in dataset.rglob("*") if path.is_file())
        print(f"  the dataset has {written / 1e6:,.0f} MB; opened in a process of its own:")
        sys.stdout.flush()
        subprocess.run([sys.executable, "-c", OPENED, str(dataset)], check=True)


if __name__ == "__main__":
    main()
