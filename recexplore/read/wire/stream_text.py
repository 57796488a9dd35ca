"""The text of a stream that a file keeps in another form: as pieces in a JSON list, or as objects over several lines each.

Takes what a file holds, gives the bytes that came over the wire, or what is read as they are; None where it holds none of
these. Never looks at what a provider meant.
"""

from __future__ import annotations

import re
from typing import Final

from recexplore.read.wire.content import Content

__all__ = ["documents_as_lines", "joined_pieces"]

# Nothing but a comma can stand between two objects in one document, and no line ends in a string.
_BETWEEN_DOCUMENTS: Final = re.compile(rb"(?<=\})([ \t\r]*\n\s*)(?=\{)")
_ON_ONE_LINE: Final = bytes.maketrans(b"\r\n", b"  ")
_DATA: Final = re.compile("^data:", re.MULTILINE)


def documents_as_lines(content: Content) -> bytes | None:
    """Objects that stand one behind the other, each over several lines, as ``jq`` writes them: each on one line, where it
    begins. None where there is no second one."""
    if not content.document.has_more:
        return None
    parts = _BETWEEN_DOCUMENTS.split(content.data)
    parts[::2] = [part.translate(_ON_ONE_LINE) for part in parts[::2]]
    return b"".join(parts) if len(parts) > 1 else None


def joined_pieces(content: Content) -> bytes | None:
    """The text of a stream whose pieces are the items of a JSON list: lines, events, or whatever was read at once."""
    pieces = content.document.value
    if not isinstance(pieces, list) or not pieces or not all(isinstance(piece, str) for piece in pieces):
        return None
    if any(piece.endswith("\n") for piece in pieces):
        text = "".join(pieces)
    elif all(piece.strip() for piece in pieces):
        # Whoever took the ends of lines away left out the blank ones, too.
        text = "\n".join(f"{piece}\n" if _DATA.search(piece) else piece for piece in pieces)
    else:
        text = "\n".join(pieces)
    return text.encode("utf-8", "surrogatepass")
