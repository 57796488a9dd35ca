"""A recorded stream as plain JSON, and the streams that are made of it to try a rule.

Imports nothing of recexplore: what a rule should find is known because it was put there, not because anything read it.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, TypeAlias, final

__all__ = ["CHAT", "COMPLETIONS", "RESPONSES", "Cases", "Inject", "Legal", "Mutant", "Resemble", "Tape"]

CHAT: Final = "openai_chat"
COMPLETIONS: Final = "openai_completions"
RESPONSES: Final = "openai_responses"


@final
@dataclass
class Tape:
    """A stream that can be changed: what was asked, and what came.

    Attributes
    ----------
    name
        What it is called.
    dialect
        The format of its chunks, by recexplore's name for it (``openai_chat``).
    chunks
        What came, in order, as plain JSON; text where it is none (``[DONE]``).
    request, endpoint, url
        The body that was sent, and where to.
    streaming
        Whether it came in chunks; else the one chunk is a whole answer.
    response
        What a recorder notes of the answer beside its body, as llama-stack's does: ``is_exception``, ``exception_data``.
    times
        When each chunk came, in seconds; None where nobody noted it.
    framed
        The bytes of the body, where they are not what one would write for these chunks.
    """

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
        """Another one with the same in it, which may be changed."""
        # `copy.deepcopy` takes ten times as long, and most copies find no room for their defect.
        copied: Tape = pickle.loads(pickle.dumps(self, pickle.HIGHEST_PROTOCOL))
        return copied

    def insert(self, at: int, chunk: Any) -> None:
        """Put a chunk before another one; it comes when that comes."""
        self.chunks.insert(at, chunk)
        if self.times is not None:
            self.times.insert(at, self.times[min(at, len(self.times) - 1)])

    def keep(self, n: int) -> None:
        """Take away all chunks but the first ``n``."""
        del self.chunks[n:]
        if self.times is not None:
            del self.times[n:]


@final
@dataclass(frozen=True)
class Mutant:
    """A stream with a defect.

    Attributes
    ----------
    chunks
        The chunks that a finding has to reach; None: it concerns the whole recording.
    choice, severity
        The alternative answer that has it, and how bad it should be called; None where that is left open.
    exact
        Whether a finding about one chunk has to begin there.
    """

    tape: Tape
    chunks: tuple[int, ...] | None
    choice: int | None = None
    severity: str | None = None
    exact: bool = True


@final
@dataclass(frozen=True)
class Legal:
    """A stream about which a rule has nothing to say; with ``severity``, no more than that."""

    tape: Tape
    severity: str | None = None


Inject: TypeAlias = Callable[[Tape, Random], Mutant | None]
"""Puts a defect into a copy of a stream; None where the stream has no room for it, or chance would not have it."""

Resemble: TypeAlias = Callable[[Tape, Random], Legal | None]
"""Makes a stream that only looks as if it had a defect."""


@dataclass(frozen=True)
class Cases:
    """How a rule is tried: its defect put into a good stream, and what only looks like it."""

    defect: Inject
    lookalikes: tuple[Resemble, ...] = ()
