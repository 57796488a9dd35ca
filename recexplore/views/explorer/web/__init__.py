"""The explorer's page: its modules of JavaScript as one, and its style.

Takes nothing, gives text. Each ``.js`` file here is an ES module that imports only from modules named before it in
`MODULES`. A widget can have but one module, so they are joined in that order, each in a function of its own: what a module
exports becomes a member of ``modules.<name>``, an import takes it from there. No build step, no package, nothing fetched.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from recexplore.views.explorer.vocabulary import colours

__all__ = ["MODULES", "modules", "style", "widget"]

MODULES: Final = (
    "dom",
    "state",
    "stream",
    "underlines",
    "charts",
    "findings",
    "marks",
    "lanes",
    "transcript",
    "scrubber",
    "json_lines",
    "panes",
    "recording",
    "finder",
    "explorer",
)

_HERE: Final = Path(__file__).parent
_IMPORT: Final = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:async )?(?:function|const|class) (\w+))", re.MULTILINE)


@cache
def modules() -> str:
    """All modules but the widget's own, as members of ``modules``; ``modules.explorer.mount`` opens an explorer."""
    return "\n".join(["const modules = {};", *map(_wrapped, MODULES)])


@cache
def widget() -> str:
    """The module that anywidget loads."""
    return f"{modules()}\n{_imported(_read('widget.js'))}"


@cache
def style() -> str:
    """The style sheet; the colours of kinds are made from their table."""
    return f"{colours()}{_read('style.css')}"


def _wrapped(name: str) -> str:
    text = _read(f"{name}.js")
    exported = ", ".join(_EXPORT.findall(text))
    return f"modules.{name} = (() => {{\n{_EXPORT.sub('', _imported(text))}\nreturn {{ {exported} }};\n}})();"


def _imported(text: str) -> str:
    return _IMPORT.sub(r"const \1 = modules.\2;", text)


def _read(name: str) -> str:
    return (_HERE / name).read_text("utf-8")
