"""The dialects there are, and what they know together.

Takes the dialects of this package and those that others bring by the entry point ``recexplore.dialects``; answers what
envelopes, loading, rules and views ask about APIs. All dialects are asked alike: none is known here by its name, except
`recexplore.read.dialects.unknown`, which takes what nobody else wants.
"""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from typing import Final, TypeAlias
from urllib.parse import unquote, urlsplit

from recexplore.model.exchange import DONE_MARK, Exchange, Json
from recexplore.model.plugins import brought, surest
from recexplore.model.request_fields import RequestFields, joined
from recexplore.model.traits import FinishMeaning, Trait
from recexplore.read.dialects import DIALECTS, unknown
from recexplore.read.extract.dialect import Dialect, EndsAnswer, NextAnswers

__all__ = ["Dialect", "Dialects", "known"]

_Paths: TypeAlias = tuple[tuple[str, ...], ...]

_GROUP: Final = "recexplore.dialects"
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "0.0.0.0", "::1", "host.docker.internal"})


class Dialects:
    """Some dialects, asked in their order; where several know an answer, the first one's counts."""

    def __init__(self, dialects: tuple[Dialect, ...]) -> None:
        self.all = dialects
        self._named = {dialect.name: dialect for dialect in reversed(dialects)}
        self._hosts = [pair for dialect in dialects for pair in dialect.hosts.items()]
        self._ports = [
            (port, dialect.local_paths, name) for dialect in dialects for port, name in dialect.local_ports.items()
        ]
        self._paths = [re.compile(dialect.model_in_path) for dialect in dialects if dialect.model_in_path]
        # By the first field of each set, so that most objects cost a look at their own keys.
        self._answers: defaultdict[str, list[tuple[_Paths, Dialect]]] = defaultdict(list)
        for dialect in dialects:
            for fields in dialect.answer_fields:
                paths = tuple(tuple(path.split(".")) for path in fields.split())
                self._answers[paths[0][0]].append((paths, dialect))
        self._of_choices = [dialect for dialect in dialects if dialect.choice_fields]
        self._ends: defaultdict[str | None, list[tuple[Dialect, EndsAnswer]]] = defaultdict(list)
        for dialect in dialects:
            if dialect.ends_answer is not None:
                for name in dialect.end_fields or [None]:
                    self._ends[name].append((dialect, dialect.ends_answer))
        self._next = [dialect.next_answers for dialect in dialects if dialect.next_answers is not None]
        self.stamps = tuple(dict.fromkeys(name for dialect in dialects for name in dialect.stamps))
        """Fields in which some provider stamps every chunk with its time."""
        self._meanings = {
            reason: meaning for dialect in reversed(dialects) for reason, meaning in dialect.finish_reasons.items()
        }
        self._providers: dict[str, str | None] = {}

    def choose(self, exchange: Exchange) -> Dialect:
        """The dialect that understands most of an exchange."""
        return surest(self.all, exchange) or unknown.DIALECT

    def named(self, name: str) -> Dialect:
        """The dialect of a name; one that knows nothing where there is none, for a recording may outlive a plugin."""
        return self._named.get(name, unknown.DIALECT)

    def with_traits(self, *traits: Trait) -> tuple[Dialect, ...]:
        """The dialects that have all of some traits."""
        return tuple(dialect for dialect in self.all if dialect.traits.issuperset(traits))

    def finish_meaning(self, name: str, reason: str) -> FinishMeaning | None:
        """What a finish reason means in a dialect, else in any: gateways pass on those of other APIs. None: nobody knows."""
        own = self.named(name)
        return own.finish_reasons.get(reason) or own.undocumented_reasons.get(reason) or self._meanings.get(reason)

    @cached_property
    def finish_words(self) -> frozenset[str]:
        """The finish reasons of all dialects, documented or not."""
        return frozenset(
            word for dialect in self.all for word in (*dialect.finish_reasons, *dialect.undocumented_reasons)
        )

    @cached_property
    def request(self) -> RequestFields:
        """Where requests say what they ask for, of all dialects together."""
        return joined(dialect.request for dialect in self.all)

    def may_be_answer(self, value: Json) -> bool:
        """Whether a value is an answer, or a part of one: it has the fields of some dialect, which understands it best."""
        if not isinstance(value, dict):
            return False
        candidates = [
            dialect
            for field in self._answers.keys() & value.keys()
            for paths, dialect in self._answers[field]
            if all(_leads(path, value) for path in paths)
        ]
        candidates += [dialect for dialect in self._of_choices if _has_choice(value, dialect.choice_fields)]
        return bool(candidates) and self.choose(Exchange("", [value])) in candidates

    def ends_answer(self, chunk: Json) -> bool:
        """Whether nothing can follow a chunk in the same answer, except a mark of the wire."""
        if not isinstance(chunk, dict):
            return False
        for name in (None, *(self._ends.keys() & chunk.keys())):
            for dialect, ends in self._ends.get(name, ()):
                if _ends(ends, chunk) and self._is_surest(dialect, chunk):
                    return True
        return False

    def _is_surest(self, dialect: Dialect, chunk: Json) -> bool:
        """Whether nobody understands a chunk better than a dialect does."""
        alone = Exchange("", [chunk])
        return surest((dialect, *self.all), alone) is dialect

    def last_chunks(self, chunks: Sequence[Json]) -> list[int]:
        """Where each answer ends, of several that were saved one behind the other; a last word may follow an end."""
        ends = {at for at, chunk in enumerate(chunks) if chunk == DONE_MARK or self.ends_answer(chunk)}
        ends -= {at - 1 for at, chunk in enumerate(chunks) if chunk == DONE_MARK}
        begins = {at for find in self._next for at in _begins(find, chunks)}
        return sorted(ends | {at - 1 for at in begins if 0 < at < len(chunks)})

    def model_asked(self, exchange: Exchange) -> str | None:
        """The model that a request names: in its body, or in the path of its URL."""
        for name in self.request.model:
            if isinstance(model := exchange.request.get(name), str) and model:
                return model
        found = (path.search(exchange.endpoint or "") for path in self._paths)
        return next((unquote(match[1]) for match in found if match), None)

    @property
    def host_patterns(self) -> tuple[str, ...]:
        """The hosts of providers, `*` where their customers have a name of their own."""
        return tuple(pattern for pattern, _ in self._hosts)

    def provider_of(self, url: str | None) -> str | None:
        """The provider behind a URL, by host, else the host itself; local servers by their usual port and paths."""
        if url not in self._providers:
            self._providers[url or ""] = self._provider_of(url or "")
        return self._providers[url or ""]

    def _provider_of(self, url: str) -> str | None:
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return None
        for pattern, provider in self._hosts:
            if host == pattern or ("*" in pattern and fnmatchcase(host, pattern)):
                return provider
        if host in _LOCAL:
            for known_port, paths, name in self._ports:
                if port == known_port and f"{parts.path}/".startswith(paths):
                    return name
        return (f"{host}:{port}" if port else host) or None


@lru_cache(maxsize=1)
def known() -> Dialects:
    """The dialects of this package, and those that other packages bring."""
    return Dialects((*DIALECTS, *brought(_GROUP, Dialect, "name", DIALECTS)))


def _begins(find: NextAnswers, chunks: Sequence[Json]) -> list[int]:
    """What a dialect says of all chunks of a file; where it fails, that they are one answer."""
    try:
        return [int(at) for at in find(chunks)]
    except Exception as error:  # whatever another package's code does, the load goes on
        warnings.warn(f"{find} could not say where answers begin: {error!r}", stacklevel=2)
        return []


def _ends(ends: EndsAnswer, chunk: dict[str, Json]) -> bool:
    """What a dialect says of a chunk; where it fails, that nothing ends: no dialect may harm another's file."""
    try:
        return bool(ends(chunk))
    except Exception as error:  # whatever another package's code does, the load goes on
        warnings.warn(f"{ends.__module__} could not say whether a chunk ends its answer: {error!r}", stacklevel=2)
        return False


def _has_choice(value: dict[str, Json], fields: Sequence[str]) -> bool:
    """Whether the first of an answer's choices has one of some fields."""
    choices = value.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return isinstance(first, dict) and any(field in first for field in fields)


def _leads(path: tuple[str, ...], value: Json) -> bool:
    """Whether a path of keys and indices leads to something in a value."""
    for step in path:
        if isinstance(value, list) and step.isdecimal():
            value = {str(at): each for at, each in enumerate(value[: int(step) + 1])}
        if not isinstance(value, dict) or step not in value:
            return False
        value = value[step]
    return True
