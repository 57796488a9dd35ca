"""The defect of every rule, put into good streams on purpose, and what only looks like it.

`CASES` has them by the id of the rule; there is one module a subject, as in `recexplore.rules`. A case takes a `Tape` (a
stream as plain JSON) and a source of chance, and gives another stream: a `Mutant` says where its defect is, a `Legal` is one
in which the rule may find nothing, or no more than it says. None where a stream has no room. What it is given is never
changed, and the same chance gives the same stream.

    mutant = CASES["dup-chunk"].defect(Tape("mine", "openai_chat", chunks), Random(1))
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recexplore.testing.defects import (
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
from recexplore.testing.defects.tapes import Cases, Legal, Mutant, Tape

__all__ = ["CASES", "SUBJECTS", "Cases", "Legal", "Mutant", "Tape"]

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
