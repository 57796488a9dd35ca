"""How every rule is tried: one module a subject of rules, each defect beside what only looks like it.

A case takes a `Tape` (a stream as plain JSON) and a source of chance, and gives another stream: a `Mutant` says where its
defect is, a `Legal` is one in which the rule may find nothing, or no more than it says. None where a stream has no room.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rule_cases import (
    anthropic,
    arguments,
    assistants,
    bleed,
    characters,
    choices,
    converse,
    deltas,
    drift,
    embeddings,
    endings,
    failures,
    formats,
    logprobs,
    loops,
    outcomes,
    pace,
    realtime,
    responses,
    sse,
    texts,
    thinking,
    tool_use,
    tools,
    turns,
    usage,
    written_calls,
)
from rule_cases.tapes import Cases

__all__ = ["CASES", "SUBJECTS", "Cases"]

SUBJECTS: Final = (
    failures,
    endings,
    outcomes,
    choices,
    bleed,
    deltas,
    arguments,
    tools,
    tool_use,
    written_calls,
    texts,
    characters,
    turns,
    loops,
    thinking,
    usage,
    logprobs,
    embeddings,
    drift,
    formats,
    anthropic,
    converse,
    responses,
    realtime,
    assistants,
    sse,
    pace,
)


def _each_once() -> Iterator[tuple[str, Cases]]:
    seen: dict[str, str] = {}
    for subject in SUBJECTS:
        for rule, cases in subject.CASES.items():
            if rule in seen:
                raise ValueError(f"{subject.__name__}: the cases of {rule!r} stand in {seen[rule]} already")
            seen[rule] = subject.__name__
            yield rule, cases


CASES: Final[dict[str, Cases]] = dict(_each_once())
"""By the id of the rule."""
