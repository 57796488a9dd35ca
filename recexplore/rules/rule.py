"""What a rule is: data that a person reads, and one function over the frames.

Takes the streams a rule looks at, and asks the registry which formats its traits mean. A rule never reads a file,
never draws and never changes a frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from recexplore.model.kinds import KINDS
from recexplore.model.severities import SEVERITIES, Severity
from recexplore.model.span import Span
from recexplore.model.traits import Trait
from recexplore.read.registry import known
from recexplore.rules.streams import Streams

__all__ = ["SECTIONS", "Find", "Hit", "Need", "Rule"]

Need: TypeAlias = Literal["clock", "request", "wire", "end", "file name", "other runs"]
"""What must have been recorded for a rule to say anything: arrival times, the request, the bytes of the stream, its end
(nobody has to have seen it go on, but of a stream that its client left before the end nothing is said), the name under which
a recorder saved it, other runs of the same request."""


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
    spans
        The stretches of the answer's texts that show it (`recexplore.rules.stretches`): what is underlined and quoted.
    """

    of: int
    message: str
    chunk: int | None = None
    last_chunk: int | None = None
    choice: int | None = None
    evidence: str | None = None
    severity: Severity | None = None
    spans: tuple[Span, ...] = ()


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
        Streams in, hits out. It may look at all recordings.
    traits
        What an API does where it can happen (`recexplore.model.traits`): hits on answers without all of them are left out.
        By default, that a model answers; none for whatever was recorded.
    needs
        What must have been recorded.
    kinds
        Kinds of events (`recexplore.model.kinds`) without any of which it finds nothing; none, if it may find something
        in any recording.
    sources
        Where it was seen, or what defines the right behaviour.
    on
        Whether it runs unless it is asked for by name.
    covered_by
        Ids of rules that tell the same defect better: of two hits at the same place theirs alone is a finding.
    """

    id: str
    title: str
    severity: Severity
    meaning: str
    cause: str
    remedy: str
    legal: str
    find: Find
    traits: frozenset[Trait] = frozenset({Trait.GENERATES})
    needs: tuple[Need, ...] = ()
    kinds: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    on: bool = True
    covered_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise ValueError(
                f"the rule {self.id!r}: a severity is one of {', '.join(SEVERITIES)}, not {self.severity!r}"
            )
        if unknown := set(self.kinds).difference(KINDS):
            raise ValueError(f"the rule {self.id!r}: there is no kind of events {min(unknown)!r}")

    @property
    def formats(self) -> tuple[str, ...]:
        """The answers it looks at, in words; empty where it looks at whatever was recorded."""
        if not self.traits:
            return ()
        generating = known().with_traits(Trait.GENERATES)
        mine = known().with_traits(*self.traits)
        others = tuple(dialect.title for dialect in mine if dialect not in generating)
        return (
            ("every format in which a model answers", *others)
            if set(generating) <= set(mine)
            else tuple(dialect.title for dialect in mine)
        )


SECTIONS: Final = (
    ("What it does to a client", "meaning"),
    ("Where it comes from", "cause"),
    ("What to do about it", "remedy"),
    ("What looks like it and is right", "legal"),
)
"""What a rule says, in the order in which it is read: a heading and the field of `Rule`."""
