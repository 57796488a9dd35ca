"""Recorded text that cannot steer what shows it.

Takes hostile text, gives the same text with control characters, lone surrogates and direction overrides replaced by
U+FFFD. Everything else stays, joiners and unusual spaces included: a tool that hunts for damaged text must not add any.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["one_line", "visible", "without_ci_commands", "without_lone_surrogates"]

# C0 and C1 controls but tab and line feed, lone surrogates, and the bidirectional embeddings, overrides and isolates.
_STEERING: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


_COMMANDS: Final = re.compile(r"(?:(?<=\s)|^)::(?=\S)|##(?=(?:vso)?\[)")


def visible(text: str) -> str:
    """The text, line ends and tabs kept."""
    return _STEERING.sub("\ufffd", text)


def without_lone_surrogates(text: str) -> str:
    """The text as it is, but for halves of characters: no message and no Arrow column can hold them."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def one_line(text: str) -> str:
    """The text on one line, for a table's cell or a label."""
    return visible(" ".join(text.split()))


def without_ci_commands(text: str) -> str:
    """The text on one line, without what a build server would take for a command in its log: ``::name`` at a line's
    beginning, and ``##[name]`` anywhere (GitHub Actions, Azure Pipelines). A word joiner keeps them apart, unseen."""
    return _COMMANDS.sub(lambda found: f"{found[0][0]}\u2060{found[0][1:]}", one_line(text))
