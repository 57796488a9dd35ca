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

__all__ = ["imports_of", "modules", "names", "style", "widget", "window"]

_STYLES: Final = (
    "page",
    "list/list",
    "recording",
    "timeline/timeline",
    "text/text",
    "panes/panes",
    "panes/timing",
    "compare/compare",
)
"""In the order of the cascade."""

_FRONTS: Final = ("widget", "window")
"""What carries a page's messages and is imported by none: joined only where it is asked for."""

_HERE: Final = Path(__file__).parent
_IMPORT: Final = re.compile(r'^import (\{[^}]*\}) from "(\.\.?/[\w/.]+)\.js";$', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:async )?(?:function|const|class) (\w+))", re.MULTILINE)


@cache
def names() -> tuple[str, ...]:
    """All modules but the fronts, as ``room/name``, each behind those that it imports.

    Raises
    ------
    graphlib.CycleError
        Modules import one another.
    """
    found = {path.relative_to(_HERE).with_suffix("").as_posix() for path in _HERE.rglob("*.js")}
    return tuple(
        TopologicalSorter({name: sorted(imports_of(name)) for name in sorted(found - {*_FRONTS})}).static_order()
    )


def imports_of(name: str) -> Iterator[str]:
    """The modules that a module imports."""
    for _, path in _IMPORT.findall(_read(f"{name}.js")):
        yield _imported_name(name, path)


@cache
def modules() -> str:
    """All modules but the fronts, as members of ``modules``; ``modules.explorer.mount`` opens an explorer."""
    return "\n".join(["const modules = {};", *map(_wrapped, names())])


@cache
def widget() -> str:
    """The module that anywidget loads."""
    return f"{modules()}\n{_linked('widget')}"


@cache
def window() -> str:
    """The script of a page of its own."""
    return f"{modules()}\n{_linked('window')}"


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
