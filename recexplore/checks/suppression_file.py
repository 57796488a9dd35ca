"""A suppression as it stands in a ``recexplore.toml``, and adding one.

Takes an entry's fields, gives its lines; adds them behind all that the file holds, which stays as it is.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from pathlib import Path

from recexplore.checks.settings import suppressions_from
from recexplore.checks.suppression import Suppression

__all__ = ["extended", "last_suppression", "lines_of"]


def lines_of(entry: Mapping[str, object]) -> str:
    """An entry of ``suppress``, as TOML writes it."""
    return "".join(["[[suppress]]\n", *(f"{key} = {_toml(value)}\n" for key, value in entry.items())])


def extended(content: bytes | None, lines: str, file: str) -> bytes:
    """The content of a file with an entry behind what it holds, in its own line ends.

    Raises
    ------
    ValueError
        The file is no UTF-8, or would not be read as a file of settings any more: it is to be written by hand.
    """
    try:
        before = (content or b"").decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"{file}: expected TOML in UTF-8, found something else: {error}") from None
    line_end = "\r\n" if "\r\n" in before else "\n"
    gap = "" if not before else line_end if before.endswith("\n") else line_end * 2
    suppressions_from(before, Path(file))
    after = before + gap + lines.replace("\n", line_end)
    try:
        suppressions_from(after, Path(file))
        return after.encode()
    except (UnicodeEncodeError, ValueError) as error:
        raise ValueError(f"{file} cannot hold it at its end ({error}); write it there by hand:\n{lines}") from None


def last_suppression(content: bytes, file: str) -> Suppression:
    """What the last entry of a file suppresses."""
    return suppressions_from(content.decode(), Path(file))[-1]


def _toml(value: object) -> str:
    """A value as TOML writes it: as JSON does, but for dates and for a character that it wants escaped."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
