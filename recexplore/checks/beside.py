"""What is suppressed beside recordings: the ``recexplore.toml`` of their folders.

Takes files that were checked, gives for each what covers it, and whether a check was wide enough to call a suppression
unused.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import takewhile

from recexplore import rules
from recexplore.checks.settings import OWN_FILE, Settings, suppressions_in
from recexplore.checks.suppression import Suppression, folders_above
from recexplore.model.location import relative

__all__ = ["Searched", "suppressions_of"]


def suppressions_of(
    paths: Iterable[str], settings: Settings, searched: Collection[str]
) -> dict[str, tuple[Suppression, ...]]:
    """For each file what is suppressed in it: by the nearest file first, by the settings last; for each file that suppresses
    all it says, also of files that there are not.

    Raises
    ------
    ValueError
        A file beside the recordings cannot be read.
    """
    above: dict[str, tuple[Suppression, ...]] = {}
    inside: dict[str, tuple[Suppression, ...]] = {}

    def said_in(folder: str) -> tuple[Suppression, ...]:
        if folder not in inside:
            file = os.path.join(folder, OWN_FILE)
            inside[folder] = suppressions_in(file) if os.path.isfile(file) else ()
        return inside[folder]

    def said_above(path: str) -> tuple[Suppression, ...]:
        folder = os.path.dirname(path)
        if folder not in above:
            folders = folders_above(path, settings.root or os.getcwd(), searched) if settings.looks_beside else ()
            found = (each for one in folders for each in said_in(one))
            above[folder] = tuple(dict.fromkeys((*found, *settings.suppress)))
        return above[folder]

    covering = {path: tuple(each for each in said_above(path) if each.covers(path)) for path in paths}
    return covering | {os.path.join(folder, OWN_FILE): said for folder, said in inside.items() if said}


@dataclass(frozen=True, slots=True)
class Searched:
    """How wide a check was.

    Attributes
    ----------
    places
        What was loaded, as it was named.
    read, unread
        The files that were read, and those that could not be.
    rules
        Those that ran and did not fail.
    is_whole
        Whether all was checked that the settings name.
    """

    places: Collection[str]
    read: frozenset[str]
    unread: frozenset[str]
    rules: frozenset[str]
    is_whole: bool

    def decides(self, suppression: Suppression) -> bool:
        """Whether something would have been suppressed if there still were anything: its rules ran, its files were read."""
        fitting = rules.chosen([suppression.rule])
        needed = {rule.id for rule in fitting if rule.on} or {rule.id for rule in fitting}
        return needed <= self.rules and not any(map(suppression.covers, self.unread)) and self._reached(suppression)

    def _reached(self, suppression: Suppression) -> bool:
        folders = [os.path.abspath(each) for each in self.places if os.path.isdir(each)]
        if self.is_whole or any(not relative(suppression.folder, each).startswith("..") for each in folders):
            return True
        if suppression.files and all(_is_below(each, suppression.folder, folders) for each in suppression.files):
            return True
        files = set(suppression.files)
        read = {relative(each, suppression.folder) for each in self.read}
        return bool(files) and not any(map(glob.has_magic, files)) and files <= read


def _is_below(pattern: str, base: str, folders: Iterable[str]) -> bool:
    """Whether all that a glob fits lies in one of the folders; one of names fits everywhere."""
    fixed = os.path.join(base, "/".join(takewhile(lambda part: not glob.has_magic(part), pattern.split("/"))))
    return "/" in pattern and any(not relative(fixed, each).startswith("..") for each in folders)
