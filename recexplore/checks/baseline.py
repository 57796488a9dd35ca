"""Findings that were accepted: today's stay quiet, new ones fail.

Takes where findings are, gives which of them are accepted; reads and writes the file that says so. A finding is known by
its rule, file, exchange and choice, and by how many there are of that kind. Not by its chunk: when a stream is recorded
again its chunks are cut elsewhere, and every accepted finding would be a new one. Not by its texts: a model answers in other
words, and a file under review should not quote them. Files are named as seen from the baseline file, so that the folder may
move.

Where there are more findings of a kind than were accepted, nobody can say which is the new one: all of them count as new.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from recexplore.model.location import place_of, relative

__all__ = ["DEFAULT_FILE", "Baseline", "Kind", "Outdated", "baseline_at", "read_baseline", "write_baseline"]

DEFAULT_FILE: Final = "recexplore-baseline.json"
"""Where a baseline is written when nobody says where."""

_MARK: Final = "recexplore_baseline"
_VERSION: Final = 1


class Kind(NamedTuple):
    """What findings have in common that are accepted together.

    ``file`` is what the frames call ``path``, or, in a `Baseline`, the same as seen from its folder.
    """

    file: str
    exchange: int
    choice: int | None
    rule: str


@dataclass(frozen=True, slots=True)
class Outdated:
    """An entry that accepts more than there is: ``accepted`` findings, of which ``found`` are still there."""

    kind: Kind
    accepted: int
    found: int

    def __str__(self) -> str:
        choice = "" if self.kind.choice is None else f", choice {self.kind.choice}"
        where = f"{self.kind.file}, exchange {self.kind.exchange}{choice}"
        return f"{self.kind.rule} in {where}: {self.accepted} accepted, {self.found} found"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What was accepted.

    Attributes
    ----------
    folder
        Where its file lies: `Kind.file` is seen from there.
    counts
        How many findings of each kind.
    """

    folder: str
    counts: Mapping[Kind, int]

    def accepts(self, kinds: Sequence[Kind]) -> list[bool]:
        """Whether each finding is accepted: all of a kind, unless there are more than were."""
        seen = [self._seen(kind) for kind in kinds]
        found = Counter(seen)
        return [found[kind] <= self.counts.get(kind, 0) for kind in seen]

    def outdated(self, kinds: Iterable[Kind], was_looked_for: Callable[[Kind], bool]) -> list[Outdated]:
        """Entries that accept more than was found, of those that were looked for."""
        found = Counter(self._seen(kind) for kind in kinds)
        return [
            Outdated(kind, count, found[kind])
            for kind, count in sorted(self.counts.items(), key=_order)
            if found[kind] < count and was_looked_for(kind)
        ]

    def renewed(self, kinds: Iterable[Kind], was_looked_for: Callable[[Kind], bool]) -> Baseline:
        """The baseline that accepts what was found; what was not looked for stays as it was."""
        kept = {kind: count for kind, count in self.counts.items() if not was_looked_for(kind)}
        return Baseline(self.folder, kept | Counter(self._seen(kind) for kind in kinds))

    def is_gone(self, kind: Kind) -> bool:
        """Whether the file of an entry is no longer there."""
        place = place_of(kind.file)
        return place.kind == "disk" and not os.path.lexists(os.path.join(self.folder, place.file))

    def _seen(self, kind: Kind) -> Kind:
        return kind._replace(file=relative(kind.file, self.folder))


def _order(entry: tuple[Kind, int]) -> tuple[str, int, int, str]:
    kind, _ = entry
    return kind.file, kind.exchange, -1 if kind.choice is None else kind.choice, kind.rule


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
    if not isinstance(document, dict) or document.get(_MARK) != _VERSION:
        found = f"version {document[_MARK]!r}" if isinstance(document, dict) and _MARK in document else "something else"
        raise ValueError(f"{path}: expected a baseline of recexplore, version {_VERSION}, found {found}")
    entries = document.get("accepted")
    if not isinstance(entries, list):
        raise ValueError(f"{path}: accepted: expected a list of entries, found {entries!r}")
    counts: Counter[Kind] = Counter()
    for number, entry in enumerate(entries):
        kind, count = _entry(path, number, entry)
        counts[kind] += count
    return Baseline(os.path.dirname(os.path.abspath(path)), counts)


def _entry(path: str, number: int, entry: Any) -> tuple[Kind, int]:
    expected = {"file": (str,), "exchange": (int,), "choice": (int, type(None)), "rule": (str,), "count": (int,)}
    if (
        not isinstance(entry, dict)
        or entry.keys() != expected.keys()
        or not all(type(entry[name]) in types for name, types in expected.items())
    ):
        raise ValueError(f"{path}: entry {number}: expected {', '.join(expected)}, found {entry!r}")
    return Kind(*(entry[name] for name in Kind._fields)), entry["count"]


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


def write_baseline(path: str, baseline: Baseline) -> None:
    """Write a baseline: one entry a line, sorted, so that a change of it can be reviewed.

    Raises
    ------
    ValueError
        There is a file of that name that is no baseline; it is left as it is.
    """
    baseline_at(path)
    lines = [
        json.dumps({**kind._asdict(), "count": count}, ensure_ascii=False)
        for kind, count in sorted(baseline.counts.items(), key=_order)
    ]
    accepted = "[\n{}\n]".format(",\n".join(lines)) if lines else "[]"
    # Written beside and then moved: a full disk must not leave half a baseline.
    beside = f"{path}.part"
    with open(beside, "w", encoding="utf-8", newline="\n") as file:
        file.write(f'{{"{_MARK}": {_VERSION}, "accepted": {accepted}}}\n')
    os.replace(beside, path)
