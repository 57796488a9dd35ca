"""Findings, and files that cannot be read, that were accepted: today's stay quiet, new ones fail.

Takes where they are, gives which of them are accepted; reads and writes the file that says so. A finding is known by
its rule, file, exchange and choice, by how bad it is, and by how many there are of that kind. Not by its chunk: when a
stream is recorded again its chunks are cut elsewhere, and every accepted finding would be a new one. Not by its texts: a
model answers in other words, and a file under review should not quote them. What could not be read is known by file,
exchange and what is wrong there. Files are named as seen from the baseline file, so that the folder may move.

Where there are more findings of a kind than were accepted, nobody can say which is the new one: all of them count as new.
What was accepted may become milder, never worse: a note that was accepted accepts no error.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias

from recexplore.checks.file_update import update_file
from recexplore.model.counts import count
from recexplore.model.location import place_of, relative
from recexplore.model.severities import SEVERITIES, Severity

__all__ = [
    "DEFAULT_FILE",
    "Baseline",
    "Entry",
    "Kind",
    "Outdated",
    "Unread",
    "baseline_at",
    "content_of",
    "entry_line",
    "read_baseline",
    "write_baseline",
]

DEFAULT_FILE: Final = "recexplore-baseline.json"
"""Where a baseline is written when nobody says where."""

_MARK: Final = "recexplore_baseline"
_VERSION: Final = 3


class Kind(NamedTuple):
    """What findings have in common that are accepted together.

    ``file`` is what the frames call ``path``, or, in a `Baseline`, the same as seen from its folder. ``severity`` is None
    where an older baseline did not say it: then it accepts any.
    """

    file: str
    exchange: int
    choice: int | None
    rule: str
    severity: Severity | None = None

    def __str__(self) -> str:
        choice = "" if self.choice is None else f", choice {self.choice}"
        severity = "" if self.severity is None else f" ({self.severity})"
        return f"{self.rule}{severity} in {self.file}, exchange {self.exchange}{choice}"


class Unread(NamedTuple):
    """What problems have in common that are accepted together: ``what`` is wrong, and where; ``file`` as in `Kind`."""

    file: str
    exchange: int | None
    what: str

    def __str__(self) -> str:
        exchange = "" if self.exchange is None else f", exchange {self.exchange}"
        return f"{self.what} in {self.file}{exchange}"


Entry: TypeAlias = Kind | Unread
"""What a baseline accepts, and how many of it."""


@dataclass(frozen=True, slots=True)
class Outdated:
    """An entry that accepts more than there is: ``accepted`` findings, of which ``found`` are still there."""

    kind: Entry
    accepted: int
    found: int

    def __str__(self) -> str:
        return f"{self.kind}: {self.accepted} accepted, {self.found} found"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What was accepted.

    Attributes
    ----------
    folder
        Where its file lies: `Kind.file` is seen from there.
    counts
        How many findings, or problems, of each kind.
    is_current
        Whether its file is of today's version; an older one is written anew.
    """

    folder: str
    counts: Mapping[Entry, int]
    is_current: bool = field(default=True, compare=False)

    @property
    def in_words(self) -> str:
        """How much it accepts."""
        problems = sum(n for kind, n in self.counts.items() if isinstance(kind, Unread))
        beside = f" and {count(problems, 'problem')} while reading" if problems else ""
        return f"{count(sum(self.counts.values()) - problems, 'finding')}{beside}"

    def accepts(self, kinds: Sequence[Entry]) -> list[bool]:
        """Whether each finding or problem is accepted: all of a kind, unless there are more than were as bad or worse."""
        if not self.counts:
            return [False] * len(kinds)
        seen = [self._seen(kind) for kind in kinds]
        accepted, _ = self._matched(seen)
        return [kind in accepted for kind in seen]

    def outdated(self, kinds: Iterable[Entry], was_looked_for: Callable[[Entry], bool]) -> list[Outdated]:
        """Entries that accept more than was found, of those that were looked for."""
        _, left = self._matched(self._seen(kind) for kind in kinds)
        return [
            Outdated(kind, n, n - left[kind])
            for kind, n in sorted(self.counts.items(), key=_order)
            if left[kind] and was_looked_for(kind)
        ]

    def renewed(self, kinds: Iterable[Entry], was_looked_for: Callable[[Entry], bool]) -> Baseline:
        """The baseline that accepts what was found; what was not looked for stays as it was."""
        kept = {kind: n for kind, n in self.counts.items() if not was_looked_for(kind)}
        return Baseline(self.folder, kept | Counter(self._seen(kind) for kind in kinds))

    def accepting(self, kind: Kind, kinds: Sequence[Entry]) -> tuple[Baseline, int]:
        """The baseline that accepts the findings of a kind, too, and how many its entry of just this kind then counts.

        ``kinds`` are those of all findings there are: entries of worse ones that are no longer found accept this kind
        already, and only what is missing is added.
        """
        wanted, others = self._seen(kind), [each for each in map(self._seen, kinds) if each != self._seen(kind)]
        _, left = self._matched(others)
        missing = max(len(kinds) - len(others) - sum(left[each] for each in _accepting(wanted)), 0)
        n = self.counts.get(wanted, 0) + missing
        return Baseline(self.folder, {**self.counts, wanted: n} if n else self.counts), n

    def is_gone(self, kind: Entry) -> bool:
        """Whether the file of an entry is no longer there."""
        place = place_of(kind.file)
        return place.kind == "disk" and not os.path.lexists(os.path.join(self.folder, place.file))

    def _matched(self, seen: Iterable[Entry]) -> tuple[set[Entry], Counter[Entry]]:
        """What was found and is accepted, and how much of each entry is left; the worst findings take from it first."""
        found, left, accepted = Counter(seen), Counter(self.counts), set()
        for kind, n in sorted(found.items(), key=_order):
            entries = _accepting(kind)
            if sum(left[each] for each in entries) >= n:
                accepted.add(kind)
            for entry in entries:
                taken = min(n, left[entry])
                left[entry] -= taken
                n -= taken
        return accepted, left

    def _seen(self, kind: Entry) -> Entry:
        return kind._replace(file=relative(kind.file, self.folder))


def _accepting(kind: Entry) -> list[Entry]:
    """The entries that accept it, the closest first: as bad, worse, of nobody knows which severity."""
    if isinstance(kind, Unread) or kind.severity is None:
        return [kind]
    as_bad = SEVERITIES[: SEVERITIES.index(kind.severity) + 1]
    return [*(kind._replace(severity=each) for each in reversed(as_bad)), kind._replace(severity=None)]


def _order(entry: tuple[Entry, int]) -> tuple[bool, str, int, int, str, int]:
    kind, _ = entry
    exchange = -1 if kind.exchange is None else kind.exchange
    if isinstance(kind, Unread):
        return True, kind.file, exchange, -1, kind.what, 0
    badness = -1 if kind.severity is None else SEVERITIES.index(kind.severity)
    return False, kind.file, exchange, -1 if kind.choice is None else kind.choice, kind.rule, badness


def read_baseline(path: str) -> Baseline:
    """Read a baseline.

    Raises
    ------
    ValueError
        There is no such file, or it is no baseline: file, expected, found.
    """
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except FileNotFoundError:
        raise ValueError(f"the baseline {path} does not exist; `recexplore check --write-baseline` makes one") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: expected a baseline of recexplore, found no JSON: {error}") from None
    if not isinstance(document, dict) or type(document.get(_MARK)) is not int or document[_MARK] not in _LISTS:
        found = f"version {document[_MARK]!r}" if isinstance(document, dict) and _MARK in document else "something else"
        raise ValueError(f"{path}: expected a baseline of recexplore, version {_VERSION}, found {found}")
    counts: Counter[Entry] = Counter()
    for name, keys in _LISTS[document[_MARK]].items():
        entries = document.get(name)
        if not isinstance(entries, list):
            raise ValueError(f"{path}: {name}: expected a list of entries, found {entries!r}")
        for number, entry in enumerate(entries):
            kind, n = _entry(f"{path}: {'' if name == _FINDINGS else f'{name}: '}entry {number}", name, keys, entry)
            counts[kind] += n
    return Baseline(os.path.dirname(os.path.abspath(path)), counts, document[_MARK] == _VERSION)


def _entry(place: str, name: str, keys: Sequence[str], entry: Any) -> tuple[Entry, int]:
    if (
        not isinstance(entry, dict)
        or entry.keys() != {*keys}
        or not all(type(entry[key]) in _TYPES[key] for key in keys)
        or entry.get("severity") not in (*SEVERITIES, None)
    ):
        raise ValueError(f"{place}: expected {', '.join(keys)}, found {entry!r}")
    make: Callable[..., Entry] = Unread if name == _PROBLEMS else Kind
    return make(**{key: entry[key] for key in keys if key != "count"}), entry["count"]


_FINDINGS: Final = "accepted"
_PROBLEMS: Final = "unread"
_OF_PROBLEM: Final = (*Unread._fields, "count")
_OF_FINDING: Final = (*Kind._fields, "count")
_WITHOUT_SEVERITY: Final = tuple(key for key in _OF_FINDING if key != "severity")
_LISTS: Final[Mapping[int, Mapping[str, Sequence[str]]]] = {
    1: {_FINDINGS: _WITHOUT_SEVERITY},
    2: {_FINDINGS: _WITHOUT_SEVERITY, _PROBLEMS: _OF_PROBLEM},
    _VERSION: {_FINDINGS: _OF_FINDING, _PROBLEMS: _OF_PROBLEM},
}
"""The lists of entries that each version has, and their keys: the first knew no problems, the second no severities."""

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "file": (str,),
    "exchange": (int, type(None)),
    "choice": (int, type(None)),
    "rule": (str,),
    "severity": (str, type(None)),
    "what": (str,),
    "count": (int,),
}


def baseline_at(path: str) -> Baseline:
    """The baseline that a new one replaces; an empty one, where there is no file yet.

    Raises
    ------
    ValueError
        There is a file of that name that is no baseline.
    """
    if not os.path.lexists(path):
        return Baseline(os.path.dirname(os.path.abspath(path)), {})
    try:
        return read_baseline(path)
    except ValueError as error:
        raise ValueError(f"{error}; it is left as it is") from None


def entry_line(kind: Entry, n: int) -> str:
    """An entry as it stands in the file."""
    return json.dumps({**kind._asdict(), "count": n}, ensure_ascii=False)


def write_baseline(path: str, baseline: Baseline) -> None:
    """Write a baseline: one entry a line, sorted, so that a change of it can be reviewed.

    Raises
    ------
    ValueError
        There is a file of that name that is no baseline; it is left as it is.
    """
    update_file(path, lambda _: _checked(path, baseline))


def _checked(path: str, baseline: Baseline) -> bytes:
    """The content of the file, once it is known that what it replaces is a baseline."""
    baseline_at(path)
    return content_of(baseline)


def content_of(baseline: Baseline) -> bytes:
    """A baseline as its file holds it."""
    lists: dict[str, list[str]] = {_FINDINGS: [], _PROBLEMS: []}
    for kind, n in sorted(baseline.counts.items(), key=_order):
        lists[_PROBLEMS if isinstance(kind, Unread) else _FINDINGS].append(entry_line(kind, n))
    written = ", ".join(f'"{name}": {_list(lines)}' for name, lines in lists.items())
    return f'{{"{_MARK}": {_VERSION}, {written}}}\n'.encode()


def _list(lines: Sequence[str]) -> str:
    return "[\n{}\n]".format(",\n".join(lines)) if lines else "[]"
