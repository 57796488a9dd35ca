"""How far what is packed may grow: the same for a body, a file and an archive.

Takes a packed size, gives the largest that it may be unpacked to.
"""

from __future__ import annotations

from typing import Final

__all__ = ["MAX_RATIO", "SMALL_BYTES", "most_unpacked"]

MAX_RATIO: Final = 200
"""How many times its packed size something may grow to."""

SMALL_BYTES: Final = 16 * 1024**2
"""What anything may grow to, however small it was packed."""


def most_unpacked(packed_bytes: int) -> int:
    """How many bytes something of a packed size may grow to."""
    return max(SMALL_BYTES, MAX_RATIO * packed_bytes)
