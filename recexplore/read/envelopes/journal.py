"""The journal of recexplore's own recorder: one exchange, as it comes, a line for everything that happened.

Takes lines, gives one exchange; it may be read at any time, for a line is written at once and never changed. A journal
without an end is that of a stream which is still coming, or whose recorder died. What each line holds is in
docs/capturing.md.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.read.wire.content import Content
from recexplore.read.wire.http_exchange import Headers, fill_request, to_bytes
from recexplore.read.wire.journal_records import BEGINNING, JournalRecords, read_records
from recexplore.read.wire.packed_text import from_base64
from recexplore.read.wire.recorded_wire import note_end, note_lost_request, posix_s
from recexplore.read.wire.timed_reads import Clocked, fill_timed

__all__ = ["NAME", "fill_asked", "read", "sniff"]

NAME: Final = "journal"

_NS: Final = 1e9


def sniff(content: Content) -> float:
    return 1.0 if content.data.startswith(BEGINNING) else 0.0


def read(content: Content) -> Iterator[Exchange]:
    journal = read_records(content)
    exchange = Exchange(NAME, path=0, problems=journal.problems)
    fill_asked(exchange, journal.request)
    _note_asker(exchange, journal)
    _response(exchange, journal)
    end = journal.events.get("end", {})
    sent_ns, ended_ns = journal.sent_ns, journal.t_ns("end")
    since_sent_ns = None if sent_ns is None or ended_ns is None else ended_ns - sent_ns
    note_end(exchange, end.get("how", "not yet"), end.get("error"), journal.lost, since_sent_ns)
    note_lost_request(exchange, journal.request.get("lost"))
    yield exchange


def fill_asked(exchange: Exchange, request: Mapping[str, Json]) -> None:
    """Fill what was asked, from the ``request`` of a journal."""
    body = to_bytes(request.get("text")) or from_base64(request.get("base64")) or b""
    fill_request(exchange, request.get("method"), request.get("url"), body or None, request.get("body"))


def _note_asker(exchange: Exchange, journal: JournalRecords) -> None:
    test_id, model = journal.first.get("test_id"), exchange.request.get("model")
    exchange.test_id = test_id if isinstance(test_id, str) else None
    exchange.model = model if isinstance(model, str) else None


def _response(exchange: Exchange, journal: JournalRecords) -> None:
    head = journal.events.get("headers", {})
    headers = Headers(head.get("headers"))
    places = fill_timed(exchange, head.get("status"), headers, journal.reads, _clock(journal))
    if places:
        ends = list(accumulate(len(read.data) for read in journal.reads))
        last = len(ends) - 1
        exchange.offsets = [journal.offsets[min(last, bisect_right(ends, begin))] for begin, _ in places]
        exchange.chunk_path = ()
    if not exchange.chunks:
        exchange.streaming = exchange.request.get("stream") is True


def _clock(journal: JournalRecords) -> Clocked:
    sent_ns = journal.sent_ns
    if sent_ns is None:
        return Clocked()
    received_s = posix_s(journal.first.get("received_at"))
    return Clocked(sent_ns, None if received_s is None else received_s + sent_ns / _NS)
