"""What a check is to look for, and what is to fail: a project's ``recexplore.toml``, or ``[tool.recexplore]`` of its
``pyproject.toml``.

Takes a folder or a file, gives `Settings`. Never writes, and refuses what it does not know: a misspelt setting that is
passed over would let a build pass that should fail.
"""

from __future__ import annotations

import datetime
import difflib
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from recexplore import rules as findings
from recexplore.checks.suppression import Suppression
from recexplore.model.location import fits_glob, relative
from recexplore.model.severities import FAIL_ON, LEVELS, FailOn, Level, Severity
from recexplore.rules import Finding, Rule

__all__ = [
    "FAIL_ON",
    "LEVELS",
    "OWN_FILE",
    "FailOn",
    "Level",
    "Settings",
    "read_settings",
    "severities",
    "suppressions_from",
    "suppressions_in",
]

OWN_FILE: Final = "recexplore.toml"
_PROJECT_FILE: Final = "pyproject.toml"
_TABLE: Final = "[tool.recexplore]"


@dataclass(frozen=True, slots=True)
class Settings:
    """How to judge recordings.

    Attributes
    ----------
    select
        Rules to run, as `recexplore.check` takes them; None: those that are on by themselves.
    ignore
        Rules not to run.
    fail_on
        The least severity that fails: ``error``, ``warning`` (and errors), ``note`` (whatever is found), or ``never``.
    max_warnings
        How many warnings do not fail where ``fail_on`` lets them pass; None: any number.
    baseline
        The file with the findings that were accepted.
    severity
        Rules, or patterns of rules, and the severity they have here, or ``off``; the last that fits counts.
    exclude
        Globs of files that are not even loaded (`recexplore.model.location.fits_glob`), seen from `root`.
    per_file_ignores
        Globs of files, seen from `root`, and the rules whose findings in them are left out.
    suppress
        Findings that are suppressed, with a reason.
    paths
        The recordings to check where none are named.
    fold
        Whether reports for people tell a note that recurs with one model once, with its number.
    root
        The folder that the globs count from: the settings file's, else the working directory.
    looks_beside
        Whether what is suppressed in a ``recexplore.toml`` beside the recordings counts.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    fail_on: FailOn = "error"
    max_warnings: int | None = None
    baseline: str | None = None
    severity: Mapping[str, Level] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    suppress: tuple[Suppression, ...] = ()
    paths: tuple[str, ...] = ()
    fold: bool = True
    root: str = ""
    looks_beside: bool = True

    def rules(self) -> tuple[Rule, ...]:
        """The rules that run, in the order of the catalogue.

        Raises
        ------
        ValueError
            No rule has such an id.
        """
        findings.chosen(self.severity)
        chosen = findings.chosen(self.select, self.ignore)
        return tuple(rule for rule in chosen if self.level_of(rule.id, rule.severity) != "off")

    def level_of(self, rule: str, otherwise: Severity) -> Level:
        """How bad a finding of this rule is here."""
        level: Level = otherwise
        for pattern, given in self.severity.items():
            level = given if _fits(rule, pattern) else level
        return level

    def severity_of(self, rule: str, otherwise: Severity) -> Severity:
        """The same of a rule that runs."""
        level = self.level_of(rule, otherwise)
        return otherwise if level == "off" else level

    def judged(self, finding: Finding) -> Finding | None:
        """A finding as bad as it is here; None where its rule is left out in its file."""
        if self.is_ignored(finding.rule, finding.label.path):
            return None
        return replace(finding, severity=self.severity_of(finding.rule, finding.severity))

    def is_ignored(self, rule: str, path: str) -> bool:
        """Whether this rule's findings in this file are left out."""
        return any(
            any(_fits(rule, pattern) for pattern in rules) and fits_glob(path, glob, self._base())
            for glob, rules in self.per_file_ignores.items()
        )

    def is_excluded(self, path: str) -> bool:
        """Whether a file is not to be loaded."""
        return any(fits_glob(path, glob, self._base()) for glob in self.exclude)

    def _base(self) -> str:
        return self.root or os.getcwd()


def _fits(rule: str, pattern: str) -> bool:
    return pattern == "all" or fnmatchcase(rule, pattern)


def read_settings(folder: str | os.PathLike[str] = ".", file: str | os.PathLike[str] | None = None) -> Settings:
    """The settings of a file, or those that hold in a folder: of the nearest folder, it or one above, that has a
    ``recexplore.toml`` or, failing that, a ``pyproject.toml``. A ``recexplore.toml`` that only suppresses is about the
    recordings beside it and no project's.

    Raises
    ------
    ValueError
        There is no such file, it is no TOML, or a setting is unknown, of the wrong type, or names a rule that there is not:
        file, key, expected, found.
    """
    if file is not None:
        if not os.path.isfile(file):
            raise ValueError(f"{os.fspath(file)}: expected a file with settings, found none")
        return _read(Path(file).resolve())
    start = Path(folder).resolve()
    for each in (start, *start.parents):
        if (own := each / OWN_FILE).is_file() and not _table_in(own).keys() <= {_SUPPRESS}:
            return _read(own)
        if (project := each / _PROJECT_FILE).is_file():
            return _read(project)
    return Settings()


def suppressions_in(file: str) -> tuple[Suppression, ...]:
    """What a ``recexplore.toml`` suppresses; its settings are read, so that a mistake in them is told, and not used.

    Raises
    ------
    ValueError
        As `read_settings`.
    """
    return _read(Path(file)).suppress


def suppressions_from(text: str, file: Path) -> tuple[Suppression, ...]:
    """The same of a text that the file may come to hold."""
    return _settings(_table_from(text, file), file).suppress


def _read(file: Path) -> Settings:
    return _settings(_table_in(file), file)


def _settings(table: Mapping[str, Any], file: Path) -> Settings:
    return Settings(**dict(_field(file, key, value) for key, value in table.items()), root=str(file.parent))


def _table_in(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file}: expected TOML, found something else: {error}") from None
    return _table_from(text, file)


def _table_from(text: str, file: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ValueError(f"{file}: expected TOML, found something else: {error}") from None
    if file.name != _PROJECT_FILE:
        return document
    tool = document.get("tool", {})
    table = tool.get("recexplore", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise ValueError(f"{file}: {_TABLE}: expected a table, found {table!r}")
    return table


def _place(file: Path, key: str = "") -> str:
    """How a message begins: the file, the table where it has one, the key."""
    table = f"{_TABLE} " if file.name == _PROJECT_FILE else ""
    return f"{file}: {table}{key}".rstrip(": ") + ":"


def _field(file: Path, key: str, value: Any) -> tuple[str, Any]:
    if key not in _READERS:
        raise ValueError(f"{_place(file)} {_unknown(key, _READERS)}")
    name, expected, reader = _READERS[key]
    try:
        return name, reader(value, file)
    except TypeError:
        raise ValueError(f"{_place(file, key)} expected {expected}, found {value!r}") from None
    except ValueError as error:
        raise ValueError(f"{_place(file, key)} expected {expected}, found one that is none: {error}") from None


def _unknown(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    return f"expected one of {', '.join(known)}, found the key {key!r}{meant}"


def _texts(value: Any, file: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise TypeError
    return tuple(value)


def _rules(value: Any, file: Path) -> tuple[str, ...]:
    rules = _texts(value, file)
    findings.chosen(rules)
    return rules


def _one_of(*known: str) -> Callable[[Any, Path], str]:
    def read(value: Any, file: Path) -> str:
        if value not in known:
            raise TypeError
        return str(value)

    return read


def _number(value: Any, file: Path) -> int:
    if type(value) is not int or value < 0:
        raise TypeError
    return value


def _switch(value: Any, file: Path) -> bool:
    if type(value) is not bool:
        raise TypeError
    return value


def _path(value: Any, file: Path) -> str:
    """A path seen from the settings file, as one seen from the working directory: that is how reports name it."""
    if not isinstance(value, str) or not value:
        raise TypeError
    path = os.path.expanduser(value)
    if os.path.isabs(path):
        return path
    return relative(path, ".") if "://" in path else relative(str(file.parent / path), os.getcwd())


def _paths(value: Any, file: Path) -> tuple[str, ...]:
    return tuple(_path(each, file) for each in _texts(value, file))


def _levels(value: Any, file: Path) -> dict[str, Level]:
    if not isinstance(value, dict):
        raise TypeError
    return severities(value)


def severities(given: Mapping[str, Any]) -> dict[str, Level]:
    """Rules and their severities here.

    Raises
    ------
    TypeError
        One is no severity, nor ``off``.
    ValueError
        No rule has such an id.
    """
    if not all(each in LEVELS for each in given.values()):
        raise TypeError
    findings.chosen(given)
    return dict(given)


def _rules_of_files(value: Any, file: Path) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise TypeError
    return {glob: _rules(rules, file) for glob, rules in value.items()}


def _suppressions(value: Any, file: Path) -> tuple[Suppression, ...]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise TypeError
    return tuple(_suppression(each, number, file) for number, each in enumerate(value, 1))


def _suppression(entry: dict[str, Any], number: int, file: Path) -> Suppression:
    """One entry of ``suppress``; which one is wrong is said by its number."""
    for key in entry:
        if key not in _IN_SUPPRESSION:
            raise ValueError(f"entry {number}: {_unknown(key, _IN_SUPPRESSION)}")
    for key, (expected, is_right) in _IN_SUPPRESSION.items():
        if key in entry and not is_right(entry[key]):
            raise ValueError(f"entry {number}: {key}: expected {expected}, found {entry[key]!r}")
        if key in _REQUIRED and key not in entry:
            raise ValueError(f"entry {number}: {key}: expected {expected}, found nothing")
    findings.chosen([entry["rule"]])
    own = {"files": tuple(entry.get("files", ())), "number": number}
    return Suppression(**{**entry, **own}, source=relative(str(file), os.getcwd()), folder=str(file.parent))


def _is_date(value: Any) -> bool:
    return type(value) is datetime.date


_SUPPRESS: Final = "suppress"
_REQUIRED: Final = ("rule", "reason")
_IN_SUPPRESSION: Final[Mapping[str, tuple[str, Callable[[Any], bool]]]] = {
    "rule": ("a rule or a pattern", lambda value: isinstance(value, str)),
    "files": (
        "a list of globs",
        lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value) and bool(value),
    ),
    "choice": ("a choice's number", lambda value: type(value) is int),
    "reason": ("why, in words", lambda value: isinstance(value, str) and bool(value.strip())),
    "until": ("a date without quotes, such as 2027-01-31", _is_date),
}
"""The keys of an entry that suppresses: what is expected, and whether a value is that."""

_LIST_OF_RULES: Final = "a list of rules (`recexplore rules` lists them)"
_READERS: Final[Mapping[str, tuple[str, str, Callable[[Any, Path], Any]]]] = {
    "paths": ("paths", "a list of paths", _paths),
    "exclude": ("exclude", "a list of globs", _texts),
    "select": ("select", _LIST_OF_RULES, _rules),
    "ignore": ("ignore", _LIST_OF_RULES, _rules),
    "fail-on": ("fail_on", f"one of {', '.join(FAIL_ON)}", _one_of(*FAIL_ON)),
    "max-warnings": ("max_warnings", "a number of warnings", _number),
    "baseline": ("baseline", "a path", _path),
    "severity": ("severity", f"a table of rules, each {', '.join(LEVELS[:-1])} or {LEVELS[-1]}", _levels),
    "per-file-ignores": ("per_file_ignores", "a table of globs, each with a list of rules", _rules_of_files),
    _SUPPRESS: (_SUPPRESS, "a list of tables with rule, reason and, if need be, files, choice, until", _suppressions),
    "fold": ("fold", "true or false", _switch),
}
"""For each key: the field, what is expected, and what reads it."""
