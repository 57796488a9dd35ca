"""The explorer's page: its modules of JavaScript as one, and its style.

Takes nothing, gives text. Each ``.js`` file here is an ES module that imports others by relative paths; a widget can have
but one module, so they are joined, each behind those it imports and in a function of its own: what a module exports becomes
a member of ``modules["room/name"]``, an import takes it from there. Each room's ``.css`` stands beside its modules. No build
step, no package, nothing fetched.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

from recexplore.views.explorer.vocabulary import colours

__all__ = ["imports_of", "modules", "names", "report", "report_modules", "style", "widget", "window"]

_STYLES: Final = (
    "page",
    "list/list",
    "recording",
    "timeline/timeline",
    "text/text",
    "panes/panes",
    "panes/timing",
    "compare/compare",
    "print",
)
"""In the order of the cascade."""

_FRONTS: Final = ("widget", "window", "report")
"""What carries a page's messages and is imported by none: joined only where it is asked for."""

_OF_REPORTS: Final = "report/"
"""The room of what answers a page that has its answers inside: joined only for such a page."""

_HERE: Final = Path(__file__).parent
_IMPORT: Final = re.compile(r'^import (\{[^}]*\}) from "(\.\.?/[\w/.]+)\.js";$', re.MULTILINE)
_COMMENTS: Final = re.compile(r"^[ \t]*(?:/\*\*(?:[^*]|\*(?!/))*\*/[ \t]*|//.*)\n", re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:async )?(?:function|const|class) (\w+))", re.MULTILINE)


@cache
def names() -> tuple[str, ...]:
    """All modules but the fronts, as ``room/name``, each behind those that it imports; those of reports last.

    Raises
    ------
    graphlib.CycleError
        Modules import one another.
    """
    found = {path.relative_to(_HERE).with_suffix("").as_posix() for path in _HERE.rglob("*.js")}
    ordered = TopologicalSorter({name: sorted(imports_of(name)) for name in sorted(found - {*_FRONTS})}).static_order()
    return tuple(sorted(ordered, key=lambda name: name.startswith(_OF_REPORTS)))


def imports_of(name: str) -> Iterator[str]:
    """The modules that a module imports."""
    for _, path in _IMPORT.findall(_read(f"{name}.js")):
        yield _imported_name(name, path)


@cache
def modules() -> str:
    """The modules that every page has, as members of ``modules``; ``modules.explorer.mount`` opens an explorer."""
    return "\n".join(["const modules = {};", *(_wrapped(name) for name in names() if not name.startswith(_OF_REPORTS))])


@cache
def report_modules() -> str:
    """The same, and behind them those of a page that has its answers inside."""
    return "\n".join([modules(), *(_wrapped(name) for name in names() if name.startswith(_OF_REPORTS))])


@cache
def widget() -> str:
    """The module that anywidget loads."""
    return f"{modules()}\n{_linked('widget')}"


@cache
def window() -> str:
    """The script of a page of its own."""
    return f"{modules()}\n{_linked('window')}"


@cache
def report() -> str:
    """The script of a page that has its answers inside, without the comments that stand on lines of their own: it travels in
    every such page."""
    return _COMMENTS.sub("", f"{report_modules()}\n{_linked('report')}")


@cache
def style() -> str:
    """The style sheet; the colours of kinds are made from their table."""
    return colours() + "".join(_read(f"{name}.css") for name in _STYLES)


def _wrapped(name: str) -> str:
    text = _linked(name)
    exported = ", ".join(_EXPORT.findall(text))
    return f'modules["{name}"] = (() => {{\n{_EXPORT.sub("", text)}\nreturn {{ {exported} }};\n}})();'


def _linked(name: str) -> str:
    """A module's text, what it imports taken from ``modules``."""
    return _IMPORT.sub(
        lambda found: f'const {found[1]} = modules["{_imported_name(name, found[2])}"];', _read(f"{name}.js")
    )


def _imported_name(importer: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), path))


def _read(name: str) -> str:
    return (_HERE / name).read_text("utf-8")
