"""What is known of an API: data and two functions, one value a dialect.

Holds no logic: the registry asks it, rules and views ask the registry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TypeAlias

from recexplore.model.exchange import Exchange, Json
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import FINISH_MEANINGS, FinishMeaning, Trait
from recexplore.read.extract.emit import UsageFields
from recexplore.tables.builders import Columns

__all__ = ["Dialect", "EndsAnswer", "Extract", "NextAnswers", "Sniff", "Variant"]

Sniff: TypeAlias = Callable[[Exchange], float]
Extract: TypeAlias = Callable[[Sequence[Json], Sequence[int], Columns], None]
EndsAnswer: TypeAlias = Callable[[dict[str, Json]], bool]
NextAnswers: TypeAlias = Callable[[Sequence[Json]], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Variant:
    """Traits that hold, or do not, where one of ``names`` is part of the provider's name, the model's or the URL."""

    names: tuple[str, ...]
    has: frozenset[Trait] = frozenset()
    lacks: frozenset[Trait] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """An API whose answers are understood.

    Attributes
    ----------
    name
        What `recordings.dialect` says.
    title
        What people call the format: "chat completions".
    sniff
        How much of an exchange it understands, 0 to 1, from the endpoint and *all* chunks: a first chunk misleads (Azure
        opens with an empty one), and so does the class name that a recorder noted.
    extract
        Appends what the chunks mean to the builders, whole columns at a time (contract:
        `recexplore.tables.builders.Columns`). The chunks are those of one or of many exchanges of the dialect: nothing it
        says of one may depend on another (`Columns.owner` tells them apart).
    endpoints
        How the paths of its endpoints end.
    traits
        What holds for every sound answer; what is not declared is not judged.
    variants
        Servers and models that speak the dialect with other traits.
    finish_reasons
        Every value that the API documents, and what it means.
    undocumented_reasons
        Values that servers of it are known to send though their documentation of it does not have them, and what they mean.
    usage
        Where it reports usage; None where it does not.
    request
        Where its requests say what they ask for.
    answer_fields
        Sets of fields, separated by spaces, each of which only an answer (or a part of one) has: by these a folder's other
        files are told from recordings. A field may be a path: ``chunk.bytes``, ``outputs.0.text``.
    choice_fields
        Fields of which an answer's first choice has one, for APIs that wrap answers in ``choices``.
    ends_answer
        Whether nothing can follow a chunk in the same answer, except a mark of the wire.
    end_fields
        Fields of which each such chunk has one; no other chunk is asked about. Empty: every chunk is.
    next_answers
        For answers whose last chunk does not tell that it is the last: given all chunks of a file, where another answer
        begins (`recexplore.read.extract.next_answer`).
    model_in_path
        A regular expression whose one group is the model in the path of a request.
    stamps
        Names of the field in which the provider stamps every chunk with the time at which it was made (RFC 3339).
    hosts
        Patterns of host names (``api.example.com``, ``*.example.com``) and the short name of the provider there.
    local_ports
        Ports on which a server of its own usually listens on the same machine, and its name.
    local_paths
        How the paths of such a server begin: a port alone tells nothing.
    """

    name: str
    title: str
    sniff: Sniff
    extract: Extract
    endpoints: tuple[str, ...] = ()
    traits: frozenset[Trait] = frozenset()
    variants: tuple[Variant, ...] = ()
    finish_reasons: Mapping[str, FinishMeaning] = field(default_factory=dict)
    undocumented_reasons: Mapping[str, FinishMeaning] = field(default_factory=dict)
    usage: UsageFields | None = None
    request: RequestFields = field(default_factory=RequestFields)
    answer_fields: tuple[str, ...] = ()
    choice_fields: tuple[str, ...] = ()
    ends_answer: EndsAnswer | None = None
    end_fields: frozenset[str] = frozenset()
    next_answers: NextAnswers | None = None
    model_in_path: str | None = None
    stamps: tuple[str, ...] = ()
    hosts: Mapping[str, str] = field(default_factory=dict)
    local_ports: Mapping[int, str] = field(default_factory=dict)
    local_paths: tuple[str, ...] = ("/",)

    def __post_init__(self) -> None:
        """A dialect that is declared wrongly is not there, rather than harming files that are not its own.

        Raises
        ------
        TypeError, ValueError
            A trait, a meaning or a path of fields is none, or the expression for the model has not one group.
        """
        for traits in (self.traits, *(side for variant in self.variants for side in (variant.has, variant.lacks))):
            if not isinstance(traits, frozenset) or not all(isinstance(trait, Trait) for trait in traits):
                raise TypeError(f"dialect {self.name!r}: traits are a frozenset of Trait, not {traits!r}")
        meanings = {*self.finish_reasons.values(), *self.undocumented_reasons.values()}
        if unknown := meanings - set(FINISH_MEANINGS):
            raise ValueError(f"dialect {self.name!r}: {sorted(unknown)} mean nothing; known are {FINISH_MEANINGS}")
        if not isinstance(self.end_fields, frozenset) or not all(isinstance(name, str) for name in self.end_fields):
            raise TypeError(f"dialect {self.name!r}: end_fields are a frozenset of names, not {self.end_fields!r}")
        if self.model_in_path is not None and re.compile(self.model_in_path).groups != 1:
            raise ValueError(f"dialect {self.name!r}: model_in_path has one group, the model: {self.model_in_path!r}")
        for each in fields(self.request):
            value = getattr(self.request, each.name)
            is_of_names = str(each.type) == "tuple[str, ...]"
            parts = value if is_of_names else [part for path in value for part in path]
            is_shaped = is_of_names or all(isinstance(path, tuple) for path in value)
            if not isinstance(value, tuple) or not is_shaped or not all(isinstance(part, str) for part in parts):
                raise TypeError(f"dialect {self.name!r}: request.{each.name} is {each.type}, not {value!r}")

    def holds(self, trait: Trait, speaker: str) -> bool:
        """Whether a trait holds where somebody speaks the dialect: provider, models and URL, in small letters."""
        found = trait in self.traits
        for variant in self.variants:
            if trait in variant.has | variant.lacks and any(name in speaker for name in variant.names):
                found = trait in variant.has
        return found
