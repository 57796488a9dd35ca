"""Of two findings at the same place one counts, as comparing each with each would have it."""

from __future__ import annotations

import random
import time

import pytest

from recexplore.model.severities import SEVERITIES
from recexplore.model.span import Span
from recexplore.rules.covering import uncovered
from recexplore.rules.finding import Finding, RecordingLabel

LABELS = [RecordingLabel(name, f"{name}.json", 0, None, None, name) for name in ("a", "b")]
COVERING = {"worse": ("better", "best"), "better": ("best",)}


def same_place(one: Finding, other: Finding) -> bool:
    """One finding against one other; against several, each of its spans may be another's (`naive`)."""
    if None not in (one.choice, other.choice) and one.choice != other.choice:
        return False
    if one.chunk is None or other.chunk is None or one.last_chunk is None or other.last_chunk is None:
        return one.chunk is other.chunk
    return other.chunk <= one.chunk and one.last_chunk <= other.last_chunk


def overlap(a: Span, b: Span) -> bool:
    return a._replace(start=0, end=0) == b._replace(start=0, end=0) and a.start < b.end and b.start < a.end


def is_covered(each: Finding, others: list[Finding]) -> bool:
    if not each.spans:
        return any(same_place(each, other) for other in others)
    spans = [span for other in others for span in other.spans]
    return all(any(overlap(own, span) for span in spans) for own in each.spans) or any(
        same_place(each, other) for other in others if not other.spans
    )


def naive(found: list[Finding]) -> list[Finding]:
    return [
        each
        for each in found
        if not any(
            is_covered(
                each,
                [
                    other
                    for other in found
                    if other.rule == rule
                    and other.label is each.label
                    and SEVERITIES.index(other.severity) <= SEVERITIES.index(each.severity)
                ],
            )
            for rule in COVERING.get(each.rule, ())
        )
    ]


def some_finding(rng: random.Random) -> Finding:
    chunk = rng.choice([None, *range(8)])
    spans = tuple(
        Span(rng.randrange(2), rng.choice(["content", "reasoning"]), start, start + rng.randrange(4), None)
        for start in (rng.randrange(12) for _ in range(rng.choice([0, 0, 1, 2])))
    )
    last = None if chunk is None else chunk + rng.randrange(3)
    rule, severity = rng.choice(["worse", "better", "best", "other"]), rng.choice(SEVERITIES)
    return Finding(rule, severity, rng.choice(LABELS), chunk, last, rng.choice([None, 0, 1]), "", None, spans)


@pytest.mark.parametrize("seed", range(30))
def test_as_comparing_each_with_each(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(40):
        found = [some_finding(rng) for _ in range(rng.randrange(12))]
        assert uncovered(found, COVERING) == naive(found)


def test_many_take_no_time() -> None:
    found = [
        Finding(rule, "note", LABELS[0], at, at, 0, "", None)
        for at in range(0, 40_000, 2)
        for rule in ("worse", "best")
    ]
    apart = [Finding("worse", "note", LABELS[0], at, at, 1, "", None) for at in range(20_000)]
    started = time.process_time()
    assert uncovered([*found, *apart], COVERING) == [*found[1::2], *apart]
    assert time.process_time() - started < 20
