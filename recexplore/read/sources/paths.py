"""How a place is written where a user reads it, and which files a search is for.

Takes paths, gives text. Never touches a disk.
"""

from __future__ import annotations

import os
from typing import Final

__all__ = ["SUFFIXES", "is_searched_for", "shown"]

SUFFIXES: Final = frozenset({".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".har", ".sse"})
"""What folders and archives are searched for. A file that is named outright is read whatever its suffix."""


def is_searched_for(name: str) -> bool:
    """Whether a file of that name may hold recordings; hidden ones never do."""
    return name[name.rfind(".") :].lower() in SUFFIXES and not name.startswith(".")


def shown(path: str) -> str:
    """The path as text on every system: forward slashes, and what is no printable text spelled out."""
    text = path.replace(os.sep, "/")
    if text.isprintable():
        return text
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "backslashreplace")
    text = raw.decode("utf-8", "backslashreplace")
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
