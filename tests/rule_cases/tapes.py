"""A recorded stream as plain JSON, and the streams that are made of it to try a rule.

Nothing of recexplore: what a rule should find is known because it was put there, not because anything read it.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

CHAT = "openai_chat"
COMPLETIONS = "openai_completions"
RESPONSES = "openai_responses"


@dataclass
class Tape:
    """A stream as it was recorded, and all that stood around it."""

    name: str
    dialect: str
    chunks: list[Any]
    request: dict[str, Any] = field(default_factory=dict)
    endpoint: str | None = None
    url: str | None = None
    streaming: bool = True
    response: dict[str, Any] = field(default_factory=dict)
    times: list[float] | None = None
    framed: bytes | None = None

    def copy(self) -> Tape:
        # `copy.deepcopy` takes ten times as long, and most copies find no room for their defect.
        copied: Tape = pickle.loads(pickle.dumps(self, pickle.HIGHEST_PROTOCOL))
        return copied

    def insert(self, at: int, chunk: Any) -> None:
        self.chunks.insert(at, chunk)
        if self.times is not None:
            self.times.insert(at, self.times[min(at, len(self.times) - 1)])

    def keep(self, n: int) -> None:
        del self.chunks[n:]
        if self.times is not None:
            del self.times[n:]


@dataclass(frozen=True)
class Mutant:
    """A stream with a defect: the chunks that a finding has to reach (None: it concerns the whole recording), the choice,
    and how bad it should be called."""

    tape: Tape
    chunks: tuple[int, ...] | None
    choice: int | None = None
    severity: str | None = None
    exact: bool = True


@dataclass(frozen=True)
class Legal:
    """A stream about which a rule has nothing to say; with ``severity``, no more than that."""

    tape: Tape
    severity: str | None = None


Inject = Callable[[Tape, Random], Mutant | None]

Resemble = Callable[[Tape, Random], Legal | None]


@dataclass(frozen=True)
class Cases:
    """How a rule is tried: its defect put into a good stream, and what only looks like it."""

    defect: Inject
    lookalikes: tuple[Resemble, ...] = ()
