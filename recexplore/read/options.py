"""How files are read: what a load is told, and passes on to whoever reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from recexplore.model.credentials import Credentials

__all__ = ["CANNOT_BE_READ", "MAX_FILE_BYTES", "ReadOptions"]

CANNOT_BE_READ: Final = "the file cannot be read"
"""What a problem says of a file whose bytes could not be had."""

MAX_FILE_BYTES: Final = 256 * 1024 * 1024
"""A parsed document takes ten to thirty times its size in memory."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How files are read.

    Attributes
    ----------
    strict
        Whether the first problem is the end.
    max_file_bytes
        What is larger is a problem.
    credentials
        Whether tables hold them.
    """

    strict: bool = False
    max_file_bytes: int = MAX_FILE_BYTES
    credentials: Credentials = "masked"
