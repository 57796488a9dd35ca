"""What loading costs, as ratios within one run.

    python benchmarks/load.py FOLDER [--runs 5] [--jobs 2]

Compares, on the same recordings and in one process, the best of several rounds of:

- ``orjson.loads`` alone on the bytes of every file, already in memory: the floor (1.0);
- recexplore: all frames, from the folder, files read from disk;
- recexplore in several processes: the same;
- recexplore without the disk: the same, from bytes in memory;
- recexplore from its cache: all frames, all frames and findings, ``recordings`` alone; and all frames of a copy of the
  folder in which ten files changed since;
- ``json`` and one dict a row: ``pandas.DataFrame(rows)`` of the same events, the way one would write it in a notebook,
  from bytes in memory and from disk;
- DuckDB: ``read_json`` and SQL for the same text events (where duckdb is installed).

Every round runs each of them once, so that what else the machine does meets all alike. CPU time is that of this
process and of its children; where other work takes cores away, it says more than wall time.
Peak memory is that of a process of its own above what it used before the load (Linux only).
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

_RACY_S = 2.5
"""A file that changed more recently is not trusted to be what the cache has."""

FRAMES = ("recordings", "requests", "chunks", "events", "choices", "tool_calls", "usage", "problems")


def all_frames(where: Any, jobs: int = 1) -> list[pd.DataFrame]:
    """Load and make every frame, every file read."""
    import recexplore

    corpus = recexplore.load(where, progress=False, jobs=jobs, cache=False)
    return [getattr(corpus, name) for name in FRAMES]


def from_cache(folder: Path, cache: Path, frames: Sequence[str]) -> Callable[[], Any]:
    """Load with what is kept of the folder, and make some frames."""
    import recexplore

    def run() -> list[pd.DataFrame]:
        corpus = recexplore.load(folder, progress=False, jobs=1, cache=cache)
        return [getattr(corpus, name) for name in frames]

    return run


def changed_copy(folder: Path, cache: Path, place: Path) -> Path:
    """A copy of the folder that is in the cache as it was before ten of its files changed."""
    shutil.copytree(folder, place)
    time.sleep(_RACY_S)
    from_cache(place, cache, ["events", "findings"])()
    files = sorted(path for path in place.rglob("*.json") if path.is_file())
    for path in files[:: max(1, len(files) // 10)][:10]:
        path.write_bytes(path.read_bytes() + b" ")
    return place


def from_memory(blobs: list[Any]) -> None:
    """The same without the disk: of bytes that are there already."""
    from recexplore.checks.run import check
    from recexplore.read.load import load_blobs

    corpus = load_blobs(blobs, "memory", check=check, progress=False, jobs=1)
    for name in FRAMES:
        getattr(corpus, name)


def rows_of_dicts(contents: list[bytes]) -> pd.DataFrame:
    """One dict an event, the straightforward way; only role, content, tool calls and finish."""
    rows = []
    for number, content in enumerate(contents):
        document = json.loads(content)
        body = (document.get("response") or {}).get("body")
        for at, item in enumerate(body if isinstance(body, list) else []):
            chunk = item.get("__data__", item) if isinstance(item, dict) else {}
            for choice in chunk.get("choices") or []:
                delta = choice.get("delta") or {}
                base = {"recording": number, "chunk": at, "choice": choice.get("index"), "id": chunk.get("id")}
                if delta.get("role"):
                    rows.append({**base, "kind": "role", "text": delta["role"]})
                if delta.get("content"):
                    rows.append({**base, "kind": "content", "text": delta["content"]})
                rows.extend(
                    {**base, "kind": "tool_call", "text": (call.get("function") or {}).get("arguments")}
                    for call in delta.get("tool_calls") or []
                )
                if choice.get("finish_reason"):
                    rows.append({**base, "kind": "finish", "finish_reason": choice["finish_reason"]})
    return pd.DataFrame(rows)


def in_duckdb(folder: Path) -> Callable[[], Any] | None:
    """Text events in SQL: the body is read as JSON, then taken apart."""
    try:
        import duckdb
    except ImportError:
        return None
    query = f"""
        with files as (
            select filename, response->'body' as body
            from read_json('{folder.as_posix()}/**/*.json', format='unstructured', filename=true,
                           columns={{request: 'JSON', response: 'JSON'}}, maximum_object_size=268435456)
            where json_type(response->'body') = 'ARRAY'
        ), chunks as (
            select filename, unnest(from_json(body, '["JSON"]')) as item from files
        ), choices as (
            select filename, unnest(from_json(coalesce(item->'__data__'->'choices', '[]'), '["JSON"]')) as choice from chunks
        )
        select filename, choice->>'index' as choice, choice->'delta'->>'role' as role,
               choice->'delta'->>'content' as content, choice->>'finish_reason' as finish_reason
        from choices
    """
    return lambda: duckdb.sql(query).df()


@dataclass(slots=True)
class Cost:
    """The least that something took of all rounds, in seconds."""

    cpu_s: float = math.inf
    wall_s: float = math.inf

    def measure(self, work: Callable[[], Any]) -> None:
        """Run it once more."""
        gc.collect()
        cpu, wall = _cpu_s(), time.perf_counter()
        work()
        self.wall_s = min(self.wall_s, time.perf_counter() - wall)
        self.cpu_s = min(self.cpu_s, _cpu_s() - cpu)


def _cpu_s() -> float:
    """CPU time of this process and of the children that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def peak_memory(folder: Path) -> tuple[float, float]:
    """Peak above the imported process, and the frames' own size, in MB, from a process of its own."""
    out = subprocess.run(
        [sys.executable, __file__, str(folder), "--memory"], capture_output=True, text=True, check=True
    )
    peak, size = map(float, out.stdout.split())
    return peak, size


def report_memory(folder: Path) -> None:
    import pyarrow.compute  # noqa: F401 - imports are not what is measured

    import recexplore.read.load  # noqa: F401

    all_frames(Path(__file__).parent.parent / "recordings")
    gc.collect()
    before = reset_peak()
    frames = all_frames(folder)
    peak = peak_bytes() - before
    print(peak / 2**20, sum(int(frame.memory_usage(deep=True).sum()) for frame in frames) / 2**20)


def reset_peak() -> int:
    """Let the kernel forget the peak so far; gives what is in use now."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_bytes()


def peak_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--memory", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    if arguments.memory:
        report_memory(folder)
        return

    with tempfile.TemporaryDirectory() as place:
        compare(folder, arguments.runs, arguments.jobs, Path(place))


def compare(folder: Path, runs: int, jobs: int, place: Path) -> None:
    """Measure and print; ``place`` is for what is kept."""
    from recexplore.model.exchange import Blob
    from recexplore.read.sources import search

    found = [each for each in search(folder) if isinstance(each, Blob)]
    contents = [blob.read(1 << 30) for blob in found]
    loaded = [
        replace(blob, read=lambda _, content=content: content, head=None)
        for blob, content in zip(found, contents, strict=True)
    ]
    work: dict[str, Callable[[], Any] | None] = {
        "orjson.loads alone": lambda: [orjson.loads(content) and None for content in contents],
        "recexplore, all frames": lambda: all_frames(folder),
        f"recexplore, {jobs} processes": lambda: all_frames(folder, jobs),
        "recexplore, from memory": lambda: from_memory(loaded),
        "from cache, all frames": from_cache(folder, place / "cache", FRAMES),
        "from cache, and findings": from_cache(folder, place / "cache", (*FRAMES, "findings")),
        "from cache, recordings": from_cache(folder, place / "cache", ["recordings"]),
        "from cache, ten changed": from_cache(
            changed_copy(folder, place / "cache", place / "copy"), place / "cache", FRAMES
        ),
        "json + DataFrame(rows)": lambda: rows_of_dicts(contents),
        "json + DataFrame, from disk": lambda: rows_of_dicts([blob.read(1 << 30) for blob in found]),
        "DuckDB SQL, text only": in_duckdb(folder),
    }
    n_bytes = sum(map(len, contents))
    print(f"{len(found):,} files, {n_bytes / 1e6:.1f} MB, best of {runs} rounds\n")
    costs = {name: Cost() for name, run in work.items() if run is not None}
    for _ in range(runs):
        for name, cost in costs.items():
            run = work[name]
            assert run is not None
            cost.measure(run)
    floor = next(iter(costs.values()))
    print(f"{'':28}{'CPU':>12}{'':>10}{'wall':>13}")
    for name in work:
        if (cost := costs.get(name)) is None:
            print(f"{name:28} not installed")
            continue
        cpu, wall = cost.cpu_s / floor.cpu_s, cost.wall_s / floor.wall_s
        print(f"{name:28}{cost.cpu_s * 1e3:9.1f} ms{cpu:8.2f} x{cost.wall_s * 1e3:10.1f} ms{wall:8.2f} x")
    peak, size = peak_memory(folder)
    print(f"\npeak memory {peak:.1f} MB, frames {size:.1f} MB: {peak / size:.2f} x")


if __name__ == "__main__":
    main()
