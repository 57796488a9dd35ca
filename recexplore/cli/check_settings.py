"""What `recexplore check` is told: the project's settings, and what its options say instead.

Takes settings and options as they were typed, gives `Settings`. Options win; what they exclude is added.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from recexplore.checks.settings import FAIL_ON, LEVELS, Level, Settings, read_settings, severities
from recexplore.model.location import relative

__all__ = ["chosen_settings", "listed", "overridden"]


def chosen_settings(config: str | None, no_settings: bool) -> Settings:
    """Those of the file that is named, else of the project, else the defaults.

    Raises
    ------
    ValueError
        Both are asked for, or the file cannot be used.
    """
    if no_settings:
        if config is not None:
            raise ValueError("--config names the settings that --no-settings leaves out; give one of them")
        return Settings(looks_beside=False)
    return read_settings(file=config)


def overridden(
    settings: Settings,
    *,
    fail_on: str | None = None,
    max_warnings: int | None = None,
    select: Sequence[str] | None = None,
    ignore: Sequence[str] | None = None,
    severity: Sequence[str] | None = None,
    exclude: Sequence[str] | None = None,
    baseline: str | None = None,
    fold: bool = True,
) -> Settings:
    """The settings, and what options say instead: None where one was not given.

    Raises
    ------
    ValueError
        An option has a wrong value, or no rule is left to run.
    """
    if fail_on is not None and fail_on not in FAIL_ON:
        raise ValueError(f"--fail-on: expected one of {', '.join(FAIL_ON)}, found {fail_on!r}")
    given = {
        "fail_on": fail_on,
        "max_warnings": max_warnings,
        "select": listed(select),
        "ignore": listed(ignore),
        "baseline": baseline,
    }
    changed: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    levels = dict(settings.severity)
    if given["select"] is not None:
        # What was asked for here is not left out because of a file.
        changed.setdefault("ignore", ())
        levels = {rule: level for rule, level in levels.items() if level != "off"}
    own = _levels(severity or ())
    # The last that fits counts.
    changed["severity"] = {rule: level for rule, level in levels.items() if rule not in own} | own
    changed["exclude"] = (*settings.exclude, *(_seen_from(settings.root, glob) for glob in listed(exclude) or ()))
    merged = replace(settings, **changed, fold=settings.fold and fold)
    if not merged.rules():
        raise ValueError("no rule is left to run: `select`, `ignore` and `severity` leave none")
    return merged


def listed(given: Sequence[str] | None) -> tuple[str, ...] | None:
    """What an option lists, with commas or repeated; None where it was not given."""
    return None if given is None else tuple(part.strip() for each in given for part in each.split(",") if part.strip())


def _levels(given: Sequence[str]) -> dict[str, Level]:
    """``RULE=SEVERITY``, with commas or repeated."""
    pairs = [each.partition("=") for each in listed(given) or ()]
    try:
        return severities({rule.strip(): level.strip() for rule, _, level in pairs})
    except TypeError:
        expected = f"RULE=SEVERITY with one of {', '.join(LEVELS)}"
        raise ValueError(f"--severity: expected {expected}, found {', '.join(given)!r}") from None


def _seen_from(root: str, glob: str) -> str:
    """A glob of the command line counts from the working directory; one of names has no folder to count from."""
    return relative(os.path.abspath(glob), root) if root and "/" in glob.rstrip("/") else glob
