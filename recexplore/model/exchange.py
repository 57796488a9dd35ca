"""The two nouns of the reading half: bytes with a name, and one exchange with its timed chunks.

Takes nothing of ours. Gives plain data: no method here reads a format, and none looks at meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

__all__ = ["DONE_MARK", "Blob", "Clock", "Exchange", "Json", "Problem"]

Json: TypeAlias = Any
"""A decoded JSON value: dict, list, str, int, float, bool or None."""

DONE_MARK: Final = "[DONE]"
"""What OpenAI's servers, and many others, send instead of a last chunk: a mark of the wire, whatever the dialect."""

Clock: TypeAlias = Literal["measured", "server", "none"]
"""Who stamped the chunks: a recorder on arrival, the provider, or nobody."""


@dataclass(slots=True)
class Blob:
    """Bytes with a name, read only when asked.

    Attributes
    ----------
    path
        How a user would name it: the folder given to ``load`` joined with the place below it.
    name
        The place below that folder, the same on every machine.
    read
        Given a number of bytes, gives the whole content or raises `OSError` where there is more than that.
    """

    path: str
    name: str
    read: Callable[[int], bytes]


@dataclass(slots=True)
class Problem:
    """One thing that could not be read, or was read otherwise than recorded: a row of ``problems``."""

    what: str
    expected: str
    found: str
    hint: str
    exchange: int | None = None
    chunk: int | None = None


@dataclass(slots=True)
class Exchange:
    """One request and its answer, as an envelope hands it on: the recorder's wrapping is gone, the provider's is not.

    Attributes
    ----------
    chunks
        What came over the wire, in order, decoded. A whole (unstreamed) answer is one chunk.
    times_s
        Arrival of each chunk in seconds since ``t_zero``, as long as ``chunks``; None where nobody recorded it.
    wall_times
        The same as POSIX seconds (UTC); None where unknown.
    wire
        What the envelope knows of each chunk beside it, as long as ``chunks``: columns ``event``, ``framing`` and ``bytes``
        of the frame ``chunks``.
    offsets
        Where each chunk begins in the bytes of the body it was cut from, as they were recorded; of a server-sent event its
        first ``data`` line. None where there are no such bytes, or where they were compressed.
    damaged_chunk, damage
        The chunk that the file's damage reaches into, and what that means: its last value may be ``cut``, or the recording
        ends before the ``unterminated`` chunk was marked as whole.
    lone_surrogates
        True where the text holds surrogates that only joining the chunks can pair.
    """

    envelope: str
    chunks: list[Json] = field(default_factory=list)
    number: int = 0
    request: dict[str, Json] = field(default_factory=dict)
    method: str | None = None
    url: str | None = None
    endpoint: str | None = None
    provider: str | None = None
    model: str | None = None
    test_id: str | None = None
    streaming: bool | None = None
    status: int | None = None
    error: str | None = None
    is_exception: bool | None = None
    clock: Clock = "none"
    t_zero: Literal["request", "first_chunk"] | None = None
    times_s: list[float] | None = None
    wall_times: list[float] | None = None
    wire: dict[str, list[Any]] = field(default_factory=dict)
    offsets: list[int] | None = None
    damaged_chunk: int | None = None
    damage: Literal["cut", "unterminated"] = "cut"
    lone_surrogates: bool = False
    extra: dict[str, Json] | None = None
    problems: list[Problem] = field(default_factory=list)
