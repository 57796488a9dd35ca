"""How much a comment on a pull request holds.

Takes parts of a text, gives their size as GitHub counts it.
"""

from __future__ import annotations

from typing import Final

__all__ = ["MOST_CHARS", "size_in_comment"]

MOST_CHARS: Final = 65_536
"""So many UTF-16 units hold a comment on GitHub."""


def size_in_comment(part: str) -> int:
    """The UTF-16 units of a part and the empty line behind it."""
    return len(part.encode("utf-16-le", "replace")) // 2 + 2
