"""Findings that somebody said are right as they are: suppressed, with a reason, by a file that lies beside the recording.

Takes suppressions and findings, gives which finding is suppressed by what. Reads no file itself
(`recexplore.checks.settings`): only says where such files may lie.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from recexplore.checks.baseline import Kind
from recexplore.model.location import fits_glob, place_of, relative
from recexplore.rules import Finding

__all__ = ["Suppressed", "Suppression", "folders_above", "in_order", "suppress"]


@dataclass(frozen=True, slots=True)
class Suppression:
    """What is suppressed, and why.

    Attributes
    ----------
    rule
        A rule's id, or a pattern.
    reason
        Why its findings are right as they are.
    files
        Globs of files, seen from `folder`; none: all below it.
    choice
        The alternative answer it is about; None: all, and what concerns none.
    until
        The last day on which it holds; None: for good.
    source, number
        The file that says so, and which entry of it, from one.
    folder
        That file's folder.
    """

    rule: str
    reason: str
    files: tuple[str, ...] = ()
    choice: int | None = None
    until: datetime.date | None = None
    source: str = ""
    number: int = 1
    folder: str = ""

    def covers(self, path: str) -> bool:
        """Whether it is about a file."""
        if self.files:
            return any(fits_glob(path, glob, self.folder) for glob in self.files)
        return place_of(path).kind != "disk" or not relative(path, self.folder).startswith("../")

    def fits(self, finding: Finding | Kind) -> bool:
        """Whether it is about a finding, or findings of a kind, in a file that it covers."""
        is_rule = self.rule == "all" or fnmatchcase(finding.rule, self.rule)
        return is_rule and self.choice in (None, finding.choice)

    def is_over(self, today: datetime.date) -> bool:
        """Whether it does not hold any more."""
        return self.until is not None and today > self.until

    @property
    def over(self) -> str:
        """That it does not hold any more, in words."""
        return f"{self}: over since {self.until}, what it suppressed is told again"

    def __str__(self) -> str:
        where = f" in {', '.join(self.files)}" if self.files else ""
        choice = "" if self.choice is None else f", choice {self.choice}"
        return f"{self.source}, entry {self.number}: {self.rule}{where}{choice} ({self.reason})"


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding, and what suppresses it."""

    finding: Finding
    by: Suppression


def suppress(
    findings: Iterable[Finding], suppressions: Mapping[str, Sequence[Suppression]], today: datetime.date
) -> tuple[list[Finding], list[Suppressed], set[Suppression], set[Suppression]]:
    """Findings that stay, those that are suppressed, the suppressions that fitted any, and those of them that are over and
    let one stay.

    Parameters
    ----------
    findings
        In any order, which is kept.
    suppressions
        For each path those that cover it, the nearest first.
    today
        What is over by then suppresses nothing.
    """
    stay: list[Finding] = []
    suppressed: list[Suppressed] = []
    used: set[Suppression] = set()
    over: set[Suppression] = set()
    for finding in findings:
        fitting = [each for each in suppressions.get(finding.label.path, ()) if each.fits(finding)]
        used.update(fitting)
        by = next((each for each in fitting if not each.is_over(today)), None)
        if by is None:
            stay.append(finding)
            over.update(fitting)
        else:
            suppressed.append(Suppressed(finding, by))
    return stay, suppressed, used, over


def folders_above(path: str, root: str, searched: Iterable[str]) -> Iterator[str]:
    """The folders whose files may be about a recording: its own, and those above as far as ``root`` or the searched place in
    which it lies, whichever is further up. None of what is no file on this machine."""
    place = place_of(path)
    folder = os.path.dirname(os.path.abspath(place.file))
    if place.kind != "disk" or not os.path.isdir(folder):
        return
    tops = [os.path.abspath(each) for each in (root, *searched) if os.path.isdir(each)]
    top = min((each for each in tops if not relative(folder, each).startswith("..")), key=len, default=folder)
    above = (folder, *map(str, Path(folder).parents))
    yield from above[: above.index(top) + 1] if top in above else above[:1]


def in_order(suppressions: Iterable[Suppression]) -> list[Suppression]:
    """As their files list them."""
    return sorted(suppressions, key=lambda each: (each.source, each.number))
