"""What a rule is: data that a person reads, and one function over the frames.

Takes nothing of ours but the streams a rule looks at. A rule never reads a file, never draws and never changes a frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from recexplore.rules.streams import Streams

__all__ = ["GENERATIVE", "Find", "Hit", "Need", "Rule", "Severity"]

Severity: TypeAlias = Literal["error", "warning", "note"]
Need: TypeAlias = Literal["clock", "request", "wire", "file name"]
"""What must have been recorded for a rule to say anything: arrival times, the request, the bytes of the stream, the name
under which a recorder saved it."""

GENERATIVE: Final = (
    "openai_chat",
    "openai_completions",
    "openai_responses",
    "anthropic",
    "gemini",
    "gemini_interactions",
    "ollama",
    "bedrock_converse",
)
"""The dialects in which a model answers."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a rule fires.

    Attributes
    ----------
    of
        The recording: its row in ``recordings``.
    message
        What was found, in plain words that need no knowledge of this tool.
    chunk, last_chunk
        The chunks it concerns, zero-based; one chunk where only ``chunk`` is given, the whole recording where none is.
    choice
        The alternative answer it concerns.
    evidence
        The recorded text, or the figures, that show it.
    severity
        Where it differs from the rule's own.
    """

    of: int
    message: str
    chunk: int | None = None
    last_chunk: int | None = None
    choice: int | None = None
    evidence: str | None = None
    severity: Severity | None = None


Find: TypeAlias = Callable[[Streams], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be wrong with a stream.

    Attributes
    ----------
    id
        Short and stable: what people write into ignore lists.
    title
        The defect in one line.
    severity
        As a rule; a hit may say otherwise.
    meaning
        What it does to a client.
    cause
        Where it mostly comes from.
    remedy
        What to do about it.
    legal
        What looks like it, is right, and is not reported (or only as less).
    find
        Streams in, hits out. It may look at recordings of any dialect: hits on others than ``dialects`` are left out.
    dialects
        Those in which it can happen.
    needs
        What must have been recorded.
    sources
        Where it was seen, or what defines the right behaviour.
    on
        Whether it runs unless it is asked for by name.
    """

    id: str
    title: str
    severity: Severity
    meaning: str
    cause: str
    remedy: str
    legal: str
    find: Find
    dialects: tuple[str, ...] = GENERATIVE
    needs: tuple[Need, ...] = ()
    sources: tuple[str, ...] = ()
    on: bool = True
