"""What loading costs, as ratios within one run.

    python benchmarks/load.py FOLDER [--runs 5]

Compares, on the same recordings and in one process, the best of several runs of:

- ``orjson.loads`` alone on the bytes of every file, already in memory: the floor (1.0);
- recexplore: all frames, from the folder, files read from disk;
- recexplore without the disk: the same, from bytes in memory;
- ``json`` and one dict a row: ``pandas.DataFrame(rows)`` of the same events, the way one would write it in a notebook;
- DuckDB: ``read_json`` and SQL for the same text events (where duckdb is installed).

Peak memory is that of a process of its own above what it used before the load (Linux only).
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

FRAMES = ("recordings", "chunks", "events", "choices", "tool_calls", "usage", "problems")


def all_frames(where: Any) -> list[pd.DataFrame]:
    """Load and make every frame."""
    import recexplore

    corpus = recexplore.load(where, progress=False)
    return [getattr(corpus, name) for name in FRAMES]


def from_memory(blobs: list[Any]) -> None:
    """The same without the disk: of bytes that are there already."""
    from recexplore.checks.run import check
    from recexplore.read.load import load_blobs

    corpus = load_blobs(blobs, "memory", check=check, progress=False)
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


def best_of(runs: int, work: Callable[[], Any]) -> float:
    times = []
    for _ in range(runs):
        gc.collect()
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


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
    parser.add_argument("--memory", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    if arguments.memory:
        report_memory(folder)
        return

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
        "recexplore, from memory": lambda: from_memory(loaded),
        "json + DataFrame(rows)": lambda: rows_of_dicts(contents),
        "DuckDB SQL, text only": in_duckdb(folder),
    }
    n_bytes = sum(map(len, contents))
    print(f"{len(found):,} files, {n_bytes / 1e6:.1f} MB, best of {arguments.runs}\n")
    floor = None
    for name, run in work.items():
        if run is None:
            print(f"{name:26} not installed")
            continue
        seconds = best_of(arguments.runs, run)
        floor = floor or seconds
        print(f"{name:26} {seconds * 1e3:8.1f} ms {seconds / floor:7.2f} x")
    peak, size = peak_memory(folder)
    print(f"\npeak memory {peak:.1f} MB, frames {size:.1f} MB: {peak / size:.2f} x")


if __name__ == "__main__":
    main()
