"""What other packages add, found by entry point.

Takes the name of a group, gives what is installed under it. One that cannot be imported is left out with a warning: a
broken plugin never keeps anybody from loading recordings. Who has to know that something is missing asks `left_out`.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from importlib.metadata import Distribution, EntryPoints, entry_points
from typing import Any, Final, Protocol, TypeVar

__all__ = ["DIALECTS", "ENVELOPES", "RULES", "brought", "installed", "left_out", "record_of", "surest", "versions"]

T = TypeVar("T")


class _EntryPoints(Protocol):
    """What `entry_points` gives, of which Python 3.11 has another class."""

    def select(self, *, group: str) -> EntryPoints: ...


class _Sniffs(Protocol):
    @property
    def sniff(self) -> Callable[[Any], float]: ...


S = TypeVar("S", bound=_Sniffs)


def installed(group: str) -> tuple[Any, ...]:
    """Everything that installed packages offer under an entry point group, in the order of the names."""
    return tuple(_loaded(group))


DIALECTS: Final = "recexplore.dialects"
ENVELOPES: Final = "recexplore.envelopes"
RULES: Final = "recexplore.rules"

_LEFT_OUT: Final[dict[str, dict[str, str]]] = {}
"""For each group, what could not be imported when it was last asked for, and why."""


def left_out(group: str) -> dict[str, str]:
    """What could not be imported under an entry point group when it was last asked for: its name and place, and why."""
    return dict(_LEFT_OUT.get(group, {}))


def _loaded(group: str) -> Iterator[Any]:
    failed = _LEFT_OUT[group] = {}
    for point in sorted(_all_points().select(group=group), key=lambda point: point.name):
        try:
            yield point.load()
        except (Exception, SystemExit) as error:  # whatever a stranger's import does
            failed[f"{point.name} ({point.value})"] = f"{type(error).__name__}: {error}"
            warnings.warn(f"{group}: {point.name!r} ({point.value}) is left out: {error!r}", stacklevel=2)


def _all_points() -> _EntryPoints:
    """What all packages offer: looked for once, and again where something was installed since. Who keeps what was found, as
    the registry of dialects does, hears nothing of that."""
    return _found_in(tuple((folder, _changed_ns(folder)) for folder in sys.path))


@lru_cache(maxsize=1)
def _found_in(_: tuple[tuple[str, int], ...]) -> _EntryPoints:
    return entry_points()


def _changed_ns(folder: str) -> int:
    """When something was added to a folder or taken from it; 0 where there is none."""
    try:
        return os.stat(folder or os.curdir).st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=1)
def versions() -> tuple[str, ...] | None:
    """Everything that installed packages offer under a group of ours, with the version of the package, sorted; nothing of it
    is imported. None where the code of one may change under its version: it is installed from a checkout, to be edited."""
    offered = [each for group in (DIALECTS, ENVELOPES, RULES) for each in _all_points().select(group=group)]
    if any(each.dist is None or _may_be_edited(each.dist) for each in offered):
        return None
    return tuple(sorted(f"{each.group} {each.name} {each.value} {_version(each.dist)}" for each in offered))


def _version(package: Distribution | None) -> str:
    return f"{package.name} {package.version} {record_of(package)}" if package is not None else ""


def record_of(package: Distribution) -> str:
    """A digest of what was installed of a package: one version may be installed again with other code."""
    return hashlib.sha256((package.read_text("RECORD") or "").encode()).hexdigest()


def _may_be_edited(package: Distribution) -> bool:
    """What PEP 610 has installers note of a package that does not come from an index."""
    try:
        about = json.loads(package.read_text("direct_url.json") or "{}")
    except ValueError:
        return True
    return bool(about.get("dir_info", {}).get("editable"))


def brought(group: str, kind: type[T], name: str, own: Iterable[T]) -> Iterator[T]:
    """The values of one kind that installed packages offer, alone or several in a list or tuple.

    What is of another kind, or has a ``name`` that one of ``own`` or another package's has, is left out with a warning.
    """
    taken = {getattr(each, name) for each in own}
    for offered in installed(group):
        for value in offered if isinstance(offered, list | tuple) else [offered]:
            if not isinstance(value, kind):
                warnings.warn(f"{group}: {value!r} is no {kind.__name__} and is left out", stacklevel=2)
            elif getattr(value, name) in taken:
                word = f"{kind.__name__.lower()} {getattr(value, name)!r}"
                warnings.warn(f"{group}: there is a {word} already; another is left out", stacklevel=2)
            else:
                taken.add(getattr(value, name))
                yield value


def surest(candidates: Iterable[S], subject: Any, least: float = 0.0) -> S | None:
    """Who is surest of a subject by its ``sniff``, from 0 to 1; of equals the first. None where nobody is surer than
    ``least``.

    One that cannot say is not sure at all, and warned of.
    """
    best, best_score = None, least
    for candidate in candidates:
        try:
            score = float(candidate.sniff(subject))
        except Exception as error:  # whatever another package's code does, the load goes on
            own_name = getattr(candidate, "name", None) or getattr(candidate, "NAME", candidate)
            warnings.warn(f"{own_name} could not be asked: {error!r}", stacklevel=2)
            continue
        if score >= 1.0:
            return candidate
        if score > best_score:
            best, best_score = candidate, score
    return best
