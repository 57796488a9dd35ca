"""Recorded text, made safe to stand in a plotly figure.

Takes hostile text, gives text that plotly shows as it is. plotly reads tags, entities and ``$…$`` in whatever it shows;
here they are only characters.
"""

from __future__ import annotations

import html
import textwrap
from typing import Any, Final

from recexplore.views.text.safe_text import visible

__all__ = ["excerpt", "label", "passage", "signed"]

_SIGNS: Final = str.maketrans({"\n": "↵", "\r": "␍", "\t": "→"})


def _plain(text: str) -> str:
    return html.escape(visible(text), quote=False).replace("$", "&#36;")


def label(value: Any, limit: int = 60, missing: str = "–") -> str:
    """One line: a model, an id, a name. A long one is shortened in its middle, where names differ least."""
    if not isinstance(value, str):
        return missing
    text = " ".join(value.split())
    if len(text) > limit:
        text = f"{text[: limit // 2 - 1]}…{text[len(text) - limit // 2 :]}"
    return _plain(text)


def passage(text: Any, limit: int = 320, width: int = 64) -> str:
    """Several lines of text for a hover label: line ends visible, long text cut with its length told."""
    if not isinstance(text, str):
        return ""
    shown = text[:limit].replace("\r\n", "\n").replace("\r", "\n").replace("\t", "→ ").replace("\n", "↵\n")
    lines = [
        part
        for line in shown.split("\n")
        for part in textwrap.wrap(line, width, drop_whitespace=False, replace_whitespace=False) or [""]
    ]
    more = f"<br><i>… {len(text):,} characters in all</i>" if len(text) > limit else ""
    return "<br>".join(map(_plain, lines)) + more


def signed(text: str) -> str:
    """A stretch of an answer on one line, a sign for each character: spaces kept, line ends and tabs signed."""
    return _plain(text.translate(_SIGNS))


def excerpt(text: str, limit: int = 40, ends: tuple[int, int] = (1, 1)) -> str:
    """A stretch of an answer on one line, as `signed`; a long one is shortened inside.

    ``ends`` is how the room is divided between its beginning and its end.
    """
    if len(text) > limit:
        head = (limit - 1) * ends[0] // sum(ends)
        text = f"{text[:head]}…{text[len(text) - (limit - 1 - head) :] if ends[1] else ''}"
    return signed(text)
