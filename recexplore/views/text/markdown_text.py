"""Recorded text in Markdown, as GitHub and GitLab show it: it stays text.

Takes hostile text, gives Markdown in which none of it is emphasis, HTML, a link, a mention or mathematics.
"""

from __future__ import annotations

import re
from typing import Final

from recexplore.views.text.safe_text import one_line, visible

__all__ = ["block", "escaped"]

_MOST_TEXT: Final = 600
# What begins emphasis, code, links, HTML, tables, mentions, mathematics, emoji, or an address that is made a link.
_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>#!|~$&:@\"']|(?<=w)\.|(?<=W)\.")
_BACKTICKS: Final = re.compile("`+")


def block(text: str, language: str = "text") -> str:
    """Lines of text in a block of code that none of them can end."""
    said = visible(text)
    fence = "`" * max([3, *(len(run) + 1 for run in _BACKTICKS.findall(said))])
    return f"{fence}{language}\n{said}\n{fence}"


def escaped(text: str) -> str:
    """The text as it stands, on one line, cut where it is very long."""
    said = one_line(text)
    said = said if len(said) <= _MOST_TEXT else f"{said[: _MOST_TEXT - 2]} …"
    # Behind the sign of a mention stands a word joiner: addresses are looked for in the text when it is no longer spelt.
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};" + ("\u2060" if found[0] in "@#" else ""), said)
