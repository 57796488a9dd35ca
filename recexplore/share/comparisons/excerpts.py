"""Recorded text in a line of a report: short, harmless, and with its white space in sight.

Takes hostile text, gives text on one line. What differs may be nothing but white space, so none of it is dropped.
"""

from __future__ import annotations

import re
from typing import Final

from recexplore.views.text.safe_text import visible, without_ci_commands

__all__ = ["quoted", "seen"]

_SIGNS: Final = {"\n": "↵", "\r": "␍", "\t": "⇥", "\u00a0": "⍽"}
_SPACES: Final = re.compile(r"^ +| +$| {2,}")


def seen(text: str) -> str:
    """The text on one line: line ends and tabs have a sign, and so have spaces where they would not be seen."""
    signed = _SPACES.sub(lambda spaces: "␣" * len(spaces[0]), text)
    for character, sign in _SIGNS.items():
        signed = signed.replace(character, sign)
    return without_ci_commands(visible(signed))


def quoted(text: str, most: int = 60) -> str:
    """The text between quotes, its end left out where it is long; "nothing" where there is none."""
    if not text:
        return "nothing"
    return f"“{seen(text[:most])}{'…' if len(text) > most else ''}”"
