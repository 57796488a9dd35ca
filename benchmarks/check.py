"""What the rules cost, against loading what they look at, as a ratio within one run.

    python benchmarks/check.py FOLDER [--runs 7]

Loads all frames of the folder and runs the whole catalogue over them (every rule that is on), by turns; compares the medians
of processor time and of wall time. The rules' own shares follow, the dearest first: what several of them share is counted
for itself.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

FRAMES = ("recordings", "requests", "chunks", "events", "choices", "tool_calls", "usage", "problems")
SHARED = ("events", "chunks", "choices", "tool_calls", "usage", "answers", "payload", "finishes", "deltas", "not_json")


def all_frames(where: str) -> Any:
    """Load and make every frame."""
    import recexplore

    corpus = recexplore.load(where, progress=False)
    for name in FRAMES:
        getattr(corpus, name)
    return corpus


def timed(action: Callable[[], Any]) -> tuple[Any, float, float]:
    """What an action gives, and the processor and wall seconds it took."""
    wall, processor = time.perf_counter(), time.process_time()
    value = action()
    return value, time.process_time() - processor, time.perf_counter() - wall


def shares(corpus: Any, runs: int) -> dict[str, float]:
    """The least processor seconds of each rule, and of what they share."""
    from recexplore import rules
    from recexplore.checks.request_identities import CorpusIdentities

    frames = {name: getattr(corpus, name) for name in FRAMES}
    best: dict[str, float] = {}
    for _ in range(runs):
        streams = rules.Streams(frames, identities=CorpusIdentities(corpus))
        steps = [(f"({name})", lambda name=name, streams=streams: getattr(streams, name)) for name in SHARED]
        steps += [(rule.id, lambda rule=rule, streams=streams: list(rule.find(streams))) for rule in rules.chosen()]
        for name, step in steps:
            _, seconds, _ = timed(step)
            best[name] = min(best.get(name, seconds), seconds)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder")
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    import recexplore

    corpus = all_frames(given.folder)
    recexplore.check(corpus)
    loads, checks = [], []
    for _ in range(given.runs):
        corpus, *cost = timed(lambda: all_frames(given.folder))
        loads.append(cost)
        found, *cost = timed(lambda corpus=corpus: recexplore.check(corpus))
        checks.append(cost)
    print(f"{len(corpus):,} recordings, {len(corpus.events):,} events, {len(found):,} findings")
    for at, what in enumerate(("processor", "wall")):
        load, check = (statistics.median(cost[at] for cost in costs) for costs in (loads, checks))
        print(f"{what:>10}: load {load * 1e3:6.0f} ms, check {check * 1e3:6.0f} ms, {check / load:.2f} times")
    for name, seconds in sorted(shares(corpus, given.runs).items(), key=lambda each: -each[1])[:15]:
        print(f"{seconds * 1e3:8.1f} ms  {name}")


if __name__ == "__main__":
    main()
