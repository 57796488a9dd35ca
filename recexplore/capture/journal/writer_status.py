"""What the thread that writes journals tells of itself."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Status"]


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
        Reads that are not, and never will be.
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
