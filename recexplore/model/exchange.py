"""The two nouns of the reading half: bytes with a name, and one exchange with its timed chunks.

Takes nothing of ours. Gives plain data: no method here reads a format, and none looks at meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal, TypeAlias

__all__ = [
    "CHUNK",
    "DONE_MARK",
    "NOT_YET",
    "UNSEEN_ENDS",
    "Blob",
    "Clock",
    "Ended",
    "Exchange",
    "Identity",
    "Json",
    "Path",
    "Problem",
    "Skipped",
    "Skips",
    "WireFormat",
    "n_bytes_of",
]

Json: TypeAlias = Any
"""A decoded JSON value: dict, list, str, int, float, bool or None."""

DONE_MARK: Final = "[DONE]"
"""What OpenAI's servers, and many others, send instead of a last chunk: a mark of the wire, whatever the dialect."""

Clock: TypeAlias = Literal["measured", "server", "none"]
"""Who stamped the chunks: a recorder on arrival, the provider, or nobody."""

WireFormat: TypeAlias = Literal["sse", "json-lines", "aws-event-stream"]

Ended: TypeAlias = Literal[
    "complete", "server broke off", "no connection", "client gone", "stopped", "not yet", "not recorded"
]
"""How an exchange ended, as its recorder saw it; ``stopped`` was the recorder, and what ended ``not yet`` is still coming,
or its recorder died."""
NOT_YET: Final = "not yet"
"""How ``recordings.ended`` names what has no end."""

UNSEEN_ENDS: Final[frozenset[Ended]] = frozenset(("client gone", "stopped", NOT_YET, "not recorded"))
"""Ends at which nobody knows what more would have come."""

Skips: TypeAlias = Literal["not searched", "excluded", "foreign", "empty"]
"""Why a file gave no recording without being a problem."""


class _Step(Enum):
    """A step of a path that is another one for each chunk."""

    CHUNK = "the item of a list that holds the chunk"


CHUNK: Final = _Step.CHUNK

Path: TypeAlias = tuple[str | int | _Step, ...]
"""Keys and indices that lead to a value in a document, `CHUNK` for the item of a list that holds a chunk."""


Identity: TypeAlias = tuple[str | int, ...]
"""What is known of bytes before they are read: the kind of place, the place itself, and what changes with the bytes."""


@dataclass(frozen=True, slots=True)
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
    identity
        Equal for blobs that are the same file, however it was named. Of a file its absolute path, size in bytes and time of
        change in nanoseconds; of a member of an archive the archive's identity and the name; of what git holds the
        repository, the place there and the object's id; else the URL.
    is_named
        Whether it was named outright: then it should be a recording. Else a search met it.
    head
        Given a number of bytes, gives as many from the beginning; None where only the whole can be had.
    archive
        The identity of the archive that it is a member of; None of what is none.
    """

    path: str
    name: str
    read: Callable[[int], bytes]
    identity: Identity
    is_named: bool = False
    head: Callable[[int], bytes] | None = None
    archive: Identity | None = None

    @property
    def n_bytes(self) -> int | None:
        """The size as it was found; None of what is known only when it is read."""
        return n_bytes_of(self.identity) if self.archive is None else None


def n_bytes_of(identity: Identity) -> int | None:
    """The size that the identity of a file, or of bytes in memory, tells."""
    kind, *about = identity
    size = about[1] if kind in ("file", "memory") and len(about) > 1 else None
    return size if isinstance(size, int) else None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that a search met and that gave no recording: a row of ``skipped``.

    Attributes
    ----------
    path
        As a blob's.
    reason
        Why, in words.
    kind
        ``not searched``: nobody looked into it. ``excluded``: it was not to be read. ``foreign``: no recorder wrote it.
        ``empty``: one did, and recorded nothing.
    """

    path: str
    reason: str
    kind: Skips


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that could not be read, or was read otherwise than recorded: a row of ``problems``.

    Who reads an exchange says the chunk; of which exchange and file it is, the loader says.
    """

    what: str
    expected: str
    found: str
    hint: str
    exchange: int | None = None
    chunk: int | None = None
    path: str = ""

    def __str__(self) -> str:
        places = (("exchange", self.exchange), ("chunk", self.chunk))
        where = "".join(f", {name} {number}" for name, number in places if number is not None)
        return f"{self.path}{where}: {self.what}: expected {self.expected}, found {self.found}; {self.hint}"


@dataclass(slots=True, eq=False)
class Exchange:
    """One request and its answer, as an envelope hands it on: the recorder's wrapping is gone, the provider's is not.
    It equals itself alone.

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
    body
        The bytes that the chunks were cut from, no longer compressed; None where the recorder kept parsed objects.
    wire_format
        How the chunks were told apart on the wire; None where the recorder kept parsed objects, or the answer is whole.
    ended, ended_s
        How it ended, where the recorder says so, and when: in seconds since the request was sent.
    path
        Where the exchange stands in its file: the path that leads to it from the document's root, or, in a file of lines or
        of events, the byte where it begins. None where nobody knows, or where it was never a file.
    chunk_path
        The path that leads on from the exchange to each chunk: to the body that all were cut from, to one chunk, or, with
        `CHUNK` in it, to items of a list and what they wrap. A text is entered as the JSON it holds. It is followed as far
        as it leads.
    items
        Which item each chunk is, where `CHUNK` is not simply its own position.
    offsets
        Bytes before each chunk in the text at ``chunk_path`` (or in the file of lines or events); of a server-sent event
        those before its first ``data`` line. None where the chunks are no parts of that text, as when it is compressed.
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
    ended: Ended | None = None
    ended_s: float | None = None
    clock: Clock = "none"
    t_zero: Literal["request", "first_chunk"] | None = None
    times_s: list[float] | None = None
    wall_times: list[float] | None = None
    wire: dict[str, list[Any]] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    wire_format: WireFormat | None = None
    path: Path | int | None = None
    chunk_path: Path = ()
    items: Sequence[int] | None = None
    offsets: Sequence[int] | None = None
    damaged_chunk: int | None = None
    damage: Literal["cut", "unterminated"] = "cut"
    lone_surrogates: bool = False
    extra: dict[str, Json] | None = None
    problems: list[Problem] = field(default_factory=list)
