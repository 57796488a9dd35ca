"""How a place is written where a user reads it, and which files a search is for.

Takes paths, gives text. Never touches a disk.
"""

from __future__ import annotations

import os
from typing import Final

__all__ = [
    "PACKED_SUFFIXES",
    "REDACTION_FORM",
    "REDACTION_SHEET",
    "SETTINGS_FILE",
    "SUFFIXES",
    "TEXT_SUFFIXES",
    "is_hidden",
    "is_looked_into",
    "is_searched_for",
    "shown",
    "unpacked_name",
    "why_skipped",
]

SUFFIXES: Final = frozenset({".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".har", ".sse", ".httprr"})
"""What folders and archives are searched for. A file that is named outright is read whatever its suffix."""

TEXT_SUFFIXES: Final = frozenset({".txt", ".log"})
"""What may be a stream as it came, and mostly is prose: a search reads the beginning before it reads the rest."""

_SEARCHED: Final = SUFFIXES | TEXT_SUFFIXES

PACKED_SUFFIXES: Final = frozenset({".gz", ".zst", ".br"})
"""What is added to the name of a file that was packed by itself."""


SETTINGS_FILE: Final = "recexplore.toml"
"""What lies beside recordings and is about them: no search passes it over, for none is for it."""

REDACTION_SHEET: Final = "redaction.json"
REDACTION_FORM: Final = "recexplore-redaction"
"""The name of what `redact` leaves beside the recordings that it wrote, which no search is for either, and what it says that
it is."""


def _suffix(name: str) -> str:
    dot = name.rfind(".")
    return name[dot:].lower() if dot > 0 else ""


def unpacked_name(name: str) -> str:
    """The name of what a packed file holds; of one that is not packed its own."""
    return name[: -len(suffix)] if (suffix := _suffix(name)) in PACKED_SUFFIXES else name


def is_hidden(name: str) -> bool:
    """Whether a part of a path is hidden."""
    return any(part.startswith(".") and part not in (".", "..") for part in name.split("/"))


def is_searched_for(name: str) -> bool:
    """Whether a file of that name may hold recordings; hidden ones never do."""
    if name.startswith("."):
        return False
    # Nearly every name ends so, as it is.
    if name[name.rfind(".") :] in _SEARCHED:
        return True
    return _suffix(unpacked_name(name)) in _SEARCHED


def is_looked_into(name: str) -> bool:
    """Whether only the beginning of a file tells if it is worth reading."""
    return _suffix(unpacked_name(name)) in TEXT_SUFFIXES


def why_skipped(name: str) -> str:
    """Why a search is not for a file of that name."""
    suffix = _suffix(unpacked_name(name))
    return f"files called *{suffix} are not searched" if suffix else "files without a suffix are not searched"


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
