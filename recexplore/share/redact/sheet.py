"""The count sheet: what was replaced, how often and in which files, and what was left out; never a value.

Takes what was made of each file, gives text and JSON. It lies with the redacted files, so that they are known to be
redacted, and never says that nothing is left.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from recexplore.model.counts import count
from recexplore.read.sources.paths import REDACTION_FORM, REDACTION_SHEET, shown
from recexplore.share.redact.fields import Kind
from recexplore.share.redact.policy import Policy

__all__ = ["LeftOut", "Sheet", "SheetRow", "digest_of", "known_rows", "read_sheet"]

_MOST_NAMED: Final = 5
_ADVICE: Final = (
    "This counts what was replaced. What nobody expected may still be there: read some files before you pass them on."
)


def digest_of(data: bytes) -> str:
    """By which a file is known again."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A file that was written: its name, its digest, how many values of each kind were replaced, whether its frames have
    the shape that they had (None: nobody looked), whether it had been redacted before."""

    name: str
    digest: str
    counts: Mapping[Kind, int]
    keeps_shape: bool | None = None
    was_redacted: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that was not written, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was replaced.

    Attributes
    ----------
    policy
        What was to be replaced.
    rows
        The files that were written.
    left_out
        Recordings that could not be redacted.
    foreign
        Files that are no recordings, or of which nothing can be read as one: they are not copied.
    """

    policy: Policy
    rows: tuple[SheetRow, ...]
    left_out: tuple[LeftOut, ...] = ()
    foreign: tuple[str, ...] = ()

    @property
    def counts(self) -> Counter[Kind]:
        """How many values of each kind were replaced."""
        return sum((Counter(row.counts) for row in self.rows), Counter[Kind]())

    def as_json(self) -> dict[str, Any]:
        """As it lies with the files: what was left out is counted there, and not named."""
        return {
            "form": REDACTION_FORM,
            "policy": self.policy.as_json(),
            "policy_digest": self.policy.digest,
            "replaced": _named(self.counts),
            # Behind the colon an error may name a file.
            "left_out": dict(Counter(each.reason.partition(":")[0] for each in self.left_out)),
            "no_recordings": len(self.foreign),
            "advice": _ADVICE,
            "files": [
                {
                    "name": row.name,
                    "sha256": row.digest,
                    "replaced": _named(row.counts),
                    "keeps_shape": row.keeps_shape,
                }
                for row in self.rows
            ],
        }

    def __str__(self) -> str:
        # Files are named by whoever made them: a name may hold what steers a terminal.
        return "\n".join(map(shown, self._lines()))

    def _lines(self) -> Iterator[str]:
        yield f"{count(len(self.rows), 'file')} written"
        files = Counter(kind for row in self.rows for kind in row.counts)
        for kind, n in self.counts.most_common():
            yield f"  {n:>9,}  {kind.value} in {count(files[kind], 'file')}"
        if n := self.counts[Kind.SECRET]:
            yield f"warning: {count(n, 'value')} looked like a key that a provider issues; whoever owns it should revoke it"
        changed = [row.name for row in self.rows if row.keeps_shape is False]
        if changed:
            files_changed, names = count(len(changed), "file"), ", ".join(changed[:_MOST_NAMED])
            yield f"warning: the frames of {files_changed} have another shape than before: {names}"
        if n := sum(row.was_redacted for row in self.rows):
            yield f"{count(n, 'file')} had been redacted so before, and stayed as they were"
        for each in self.left_out:
            yield f"left out: {each.path}: {each.reason}"
        if self.foreign:
            more = f" and {len(self.foreign) - _MOST_NAMED:,} more" if len(self.foreign) > _MOST_NAMED else ""
            names = ", ".join(self.foreign[:_MOST_NAMED])
            yield f"not copied, for no recording can be read in {'it' if len(self.foreign) == 1 else 'them'}: {names}{more}"
        yield _ADVICE


def _named(counts: Mapping[Kind, int]) -> dict[str, int]:
    return {kind.value: counts[kind] for kind in Kind if counts.get(kind)}


def known_rows(places: Iterable[str], policy: Policy) -> dict[str, SheetRow]:
    """Files that were redacted by the same policy, by their digests: told by the sheets in or above places on disk."""
    found: dict[str, SheetRow] = {}
    for folder in {each for place in places for each in _folders(place)}:
        sheet = read_sheet(folder)
        if sheet.get("policy_digest") == policy.digest:
            found |= {each["sha256"]: _row(each) for each in sheet["files"]}
    return found


def _row(said: Mapping[str, Any]) -> SheetRow:
    """A row of a sheet that was written."""
    counts = {kind: said["replaced"][kind.value] for kind in Kind if kind.value in said["replaced"]}
    return SheetRow(said["name"], said["sha256"], counts, said["keeps_shape"], was_redacted=True)


def read_sheet(folder: str) -> dict[str, Any]:
    """The sheet in a folder; empty where there is none."""
    try:
        sheet = json.loads(Path(folder, REDACTION_SHEET).read_bytes())
    except (OSError, ValueError):
        return {}
    return sheet if isinstance(sheet, dict) and sheet.get("form") == REDACTION_FORM else {}


def _folders(place: str) -> Iterator[str]:
    """A folder, or that of a file, and those above it."""
    if not os.path.lexists(place):
        return
    path = Path(place).resolve()
    yield from map(str, (path, *path.parents))
