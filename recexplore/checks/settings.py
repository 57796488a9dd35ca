"""What a check is to look for, and what is to fail: ``[tool.recexplore]`` of a project's ``pyproject.toml``.

Takes a folder, gives `Settings`. Reads that one file, never writes, and refuses what it does not know: a misspelt setting
that is passed over would let a build pass that should fail.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

from recexplore import rules as findings
from recexplore.model.location import relative
from recexplore.model.severities import SEVERITIES, Severity

__all__ = ["FAIL_ON", "FailOn", "Settings", "read_settings"]

FailOn: TypeAlias = Literal["error", "warning", "never"]
FAIL_ON: Final = get_args(FailOn)

_FILE: Final = "pyproject.toml"
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
        The least severity that fails: ``error``, ``warning`` (and errors), or ``never``.
    baseline
        The file with the findings that were accepted.
    severity
        Rules, or patterns of rules, and the severity they have here; the last that fits counts.
    per_file_ignores
        Globs of files (the path seen from `root`, or the file's name; ``*`` also stands for slashes), and the rules
        whose findings in them are left out.
    paths
        The recordings to check where none are named.
    root
        The folder that the globs count from: the settings file's, else the working directory.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    fail_on: FailOn = "error"
    baseline: str | None = None
    severity: Mapping[str, Severity] = field(default_factory=dict)
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    root: str = ""

    def severity_of(self, rule: str, otherwise: Severity) -> Severity:
        """How bad a finding of this rule is here."""
        for pattern, severity in self.severity.items():
            otherwise = severity if _fits(rule, pattern) else otherwise
        return otherwise

    def is_ignored(self, rule: str, path: str) -> bool:
        """Whether this rule's findings in this file are left out."""
        if not self.per_file_ignores:
            return False
        seen = relative(path, self.root or os.getcwd())
        names = (seen, seen.rpartition("/")[2])
        return any(
            any(_fits(rule, pattern) for pattern in rules) and any(fnmatchcase(name, glob) for name in names)
            for glob, rules in self.per_file_ignores.items()
        )


def _fits(rule: str, pattern: str) -> bool:
    return pattern == "all" or fnmatchcase(rule, pattern)


def read_settings(folder: str | os.PathLike[str] = ".") -> Settings:
    """The settings that hold in a folder: those of the nearest ``pyproject.toml``, there or above.

    Raises
    ------
    ValueError
        The file is no TOML, or a setting is unknown, of the wrong type, or names a rule that there is not: file, key,
        expected, found.
    """
    start = Path(folder).resolve()
    file = next((each / _FILE for each in (start, *start.parents) if (each / _FILE).is_file()), None)
    if file is None:
        return Settings()
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{file}: expected TOML, found something else: {error}") from None
    table = document.get("tool", {})
    table = table.get("recexplore", {}) if isinstance(table, dict) else {}
    if not isinstance(table, dict):
        raise ValueError(f"{file}: {_TABLE}: expected a table, found {table!r}")
    return Settings(**dict(_field(file, key, value) for key, value in table.items()), root=str(file.parent))


def _field(file: Path, key: str, value: Any) -> tuple[str, Any]:
    if key not in _READERS:
        near = difflib.get_close_matches(key, _READERS, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"{file}: {_TABLE}: expected one of {', '.join(_READERS)}, found the key {key!r}{meant}")
    name, expected, reader = _READERS[key]
    try:
        return name, reader(value, file.parent)
    except TypeError:
        raise ValueError(f"{file}: {_TABLE} {key}: expected {expected}, found {value!r}") from None
    except ValueError as error:
        raise ValueError(f"{file}: {_TABLE} {key}: expected {expected}, found one that is none: {error}") from None


def _texts(value: Any, folder: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise TypeError
    return tuple(value)


def _rules(value: Any, folder: Path) -> tuple[str, ...]:
    rules = _texts(value, folder)
    findings.chosen(rules)
    return rules


def _one_of(*known: str) -> Callable[[Any, Path], str]:
    def read(value: Any, folder: Path) -> str:
        if value not in known:
            raise TypeError
        return str(value)

    return read


def _path(value: Any, folder: Path) -> str:
    """A path seen from the settings file, as one seen from the working directory: that is how reports name it."""
    if not isinstance(value, str) or not value:
        raise TypeError
    if value.startswith("~") or os.path.isabs(value):
        return value
    return relative(value, ".") if "://" in value else relative(str(folder / value), os.getcwd())


def _paths(value: Any, folder: Path) -> tuple[str, ...]:
    return tuple(_path(each, folder) for each in _texts(value, folder))


def _severities(value: Any, folder: Path) -> dict[str, str]:
    if not isinstance(value, dict) or not all(each in SEVERITIES for each in value.values()):
        raise TypeError
    findings.chosen(value)
    return value


def _rules_of_files(value: Any, folder: Path) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise TypeError
    return {glob: _rules(rules, folder) for glob, rules in value.items()}


_LIST_OF_RULES: Final = "a list of rules (`recexplore rules` lists them)"
_READERS: Final[Mapping[str, tuple[str, str, Callable[[Any, Path], Any]]]] = {
    "paths": ("paths", "a list of paths", _paths),
    "select": ("select", _LIST_OF_RULES, _rules),
    "ignore": ("ignore", _LIST_OF_RULES, _rules),
    "fail-on": ("fail_on", f"one of {', '.join(FAIL_ON)}", _one_of(*FAIL_ON)),
    "baseline": ("baseline", "a path", _path),
    "severity": ("severity", f"a table of rules, each {', '.join(SEVERITIES[:-1])} or {SEVERITIES[-1]}", _severities),
    "per-file-ignores": ("per_file_ignores", "a table of globs, each with a list of rules", _rules_of_files),
}
"""For each key: the field, what is expected, and what reads it."""
