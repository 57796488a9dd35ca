"""What comparing many runs costs.

    python benchmarks/compare.py [--runs 1000] [--chunks 500]

Makes runs of one request, chat completions of so many chunks, and reads them; that is not measured. Then, in a process of
its own, how long it takes to group them, to compare them, to compute their divergence tree, to draw it, and to measure the
pairs of differing runs; and what the comparison needs at its peak, for so many runs and for half of them: twice the runs
should take twice the memory (Linux only). 1,000 runs of 500 chunks should compare within 10 s, the tree be computed and
drawn within 2 s.

The cases are `CASES`: how many choices an answer has, and which share of the runs part from the others, each at a place of
its own and for good. A folder may be given, as to the other benchmarks, and is not looked at.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
from load import peak_bytes, reset_peak

WORDS: Final = [f" {first}{last}" for first in ("ba", "ke", "li", "mo", "nu", "pra", "sto") for last in "dgklmnrst"]
PATH: Final = "/v1/chat/completions"
CAN_MEASURE: Final = Path("/proc/self/clear_refs").exists()


class Case(NamedTuple):
    """An answer's choices, and the share of the runs that part."""

    n_choices: int
    parting: float


CASES: Final = (Case(1, 0.05), Case(2, 0.05), Case(1, 1.0))
STEPS: Final = ("grouping", "compare", "tree", "drawing", "pairs")
FRAMES: Final = ("recordings", "chunks", "events", "choices", "tool_calls", "usage")


def document(case: Case, chunks: int, dice: random.Random) -> bytes:
    """One run, as llama-stack records it: the words of all runs, up to where this one parts."""
    length = chunks // case.n_choices - 2
    common = random.Random(0)
    texts = [common.choices(WORDS, k=length) for _ in range(case.n_choices)]
    if dice.random() < case.parting:
        place = dice.randrange(length)
        texts[0][place:] = dice.choices(WORDS, k=length - place)
    deltas = [
        [
            (index, {"role": "assistant"}, None),
            *((index, {"content": word}, None) for word in words),
            (index, {}, "stop"),
        ]
        for index, words in enumerate(texts)
    ]
    body = [
        {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
        for turn in zip(*deltas, strict=True)
        for index, delta, finish in turn
        for choice in [{"index": index, "delta": delta, "finish_reason": finish}]
    ]
    asked = {"model": "m", "messages": [{"role": "user", "content": "?"}], "n": case.n_choices, "stream": True}
    request = {"method": "POST", "url": f"https://api.example.com{PATH}", "body": asked, "endpoint": PATH, "model": "m"}
    return orjson.dumps({"request": request, "response": {"body": body, "is_streaming": True}})


def group_of(case: Case, runs: int, chunks: int) -> Any:
    """Runs that were read, with their frames, and how long it took to find that they belong together."""
    import recexplore

    dice = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(runs):
            Path(folder, f"run-{number:05}.json").write_bytes(document(case, chunks, dice))
        corpus = recexplore.load(folder, progress=False)
        for name in FRAMES:
            getattr(corpus, name)
        seconds, (group,) = timed(lambda: recexplore.runs(corpus))
    return group, seconds


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    gc.collect()
    start = time.perf_counter()
    value = action()
    return time.perf_counter() - start, value


def drawing(comparison: Any) -> str:
    """The divergence tree as it is sent to a page."""
    import recexplore

    figure: str = recexplore.figures.divergence_tree(comparison).to_json()
    return figure


def measured(case: Case, runs: int, chunks: int) -> dict[str, float]:
    """Seconds of each step, MB at the peak of the comparison and of the runs' text; in this process."""
    import recexplore

    group, seconds = group_of(case, runs, chunks)
    before = reset_peak() if CAN_MEASURE else 0
    steps = {"grouping": seconds}
    steps["compare"], comparison = timed(lambda: recexplore.compare(group))
    peak = peak_bytes() - before if CAN_MEASURE else 0
    steps["tree"], tree = timed(comparison.tree)
    steps["drawing"], _ = timed(lambda: drawing(comparison))
    steps["pairs"], _ = timed(lambda: comparison.pairs)
    text = sum(len(text.encode()) for text in comparison.choices["content"].fillna(""))
    return {**steps, "nodes": len(tree), "peak": peak / 2**20, "text": text / 2**20}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--chunks", type=int, default=500)
    parser.add_argument("--case", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.case is not None:
        print(json.dumps(measured(CASES[given.case], given.runs, given.chunks)))
        return
    for number, case in enumerate(CASES):
        print(f"{case.n_choices} choices, {case.parting:.0%} part")
        peaks = []
        for runs in (given.runs // 2, given.runs):
            command = [sys.executable, __file__, f"--case={number}", f"--runs={runs}", f"--chunks={given.chunks}"]
            found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            peaks.append(found["peak"])
            seconds = ", ".join(f"{step} {found[step]:5.2f} s" for step in STEPS)
            sizes = f"{found['nodes']:,.0f} nodes; peak {found['peak']:4.0f} MB, {found['text']:4.1f} MB of text"
            print(f"{runs:7,} runs: {seconds}; {sizes}")
        if peaks[0]:
            print(f"        twice the runs take {peaks[1] / peaks[0]:.2f} times the memory")


if __name__ == "__main__":
    main()
