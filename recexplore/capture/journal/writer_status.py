"""What the thread that writes journals tells of itself: in ``/status``, in a log and in a terminal.

Takes what went wrong, gives words that hold no key of the exchange and cannot steer what shows them. Never raises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from recexplore.capture.journal.first_line import FirstLine
from recexplore.model.credentials import masked_text

__all__ = ["Status", "words_of"]

_MOST_LETTERS: Final = 200
_STRANGE: Final = "\ufffd"


@dataclass(slots=True)
class Status:
    """How far the writer is.

    Attributes
    ----------
    n_open, n_ended
        Exchanges that are recorded, and that were.
    n_reads, n_bytes
        Reads of answers that are on disk.
    lost_reads, lost_bytes
        Reads that are not, and never will be, or not to their end.
    lost_requests
        Requests whose body is not.
    waiting_bytes
        What waits for the disk.
    is_alive
        Whether the thread that writes lives.
    error
        The last thing that went wrong; None where nothing did.
    """

    n_open: int = 0
    n_ended: int = 0
    n_reads: int = 0
    n_bytes: int = 0
    lost_reads: int = 0
    lost_bytes: int = 0
    lost_requests: int = 0
    waiting_bytes: int = 0
    is_alive: bool = True
    error: str | None = None


def words_of(error: BaseException, first: FirstLine | None = None) -> str:
    """What went wrong, in words that anybody may see; ``first`` of the exchange that it happened to."""
    try:
        said = str(error) or repr(error)
        said = masked_text(said if first is None else first.keys.masked_text(said))
        shown = "".join(each if each.isprintable() else _STRANGE for each in said[:_MOST_LETTERS])
    except Exception:  # an error without words, or a request whose keys cannot be told
        return type(error).__name__
    return shown if len(said) <= _MOST_LETTERS else f"{shown}…"
