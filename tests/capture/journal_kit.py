"""Journals as the recorder writes them, of exchanges that tests make up."""

from __future__ import annotations

from collections.abc import Iterable

from recexplore.capture.journal.keys import KeyMask
from recexplore.capture.journal.lines import end_line, headers_line, read_line, request_line, request_noted, sent_line

__all__ = ["journal_bytes"]

EVENTS = (("content-type", "text/event-stream"),)


def journal_bytes(
    url: str,
    body: bytes,
    reads: Iterable[tuple[int, bytes]],
    *,
    sent_ns: int = 1,
    headers_ns: int = 2,
    status: int = 200,
    headers: Iterable[tuple[str, str]] = EVENTS,
    end: tuple[int, str] | None = None,
    received_posix_ns: int = 1_776_160_000_000_000_000,
) -> bytes:
    """The lines of a journal; ``end`` says when and how the exchange ended, None that it did not yet."""
    keys = KeyMask([], url)
    return b"".join(
        [
            request_line(request_noted("POST", url, [], body, keys), received_posix_ns=received_posix_ns),
            sent_line(sent_ns),
            headers_line(headers_ns, status, headers, keys),
            *(read_line(t_ns, data) for t_ns, data in reads),
            *([] if end is None else [end_line(*end, None, keys)]),
        ]
    )
