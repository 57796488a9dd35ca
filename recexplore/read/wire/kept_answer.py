"""What recexplore's own recorder kept of an answer: its status, its header and its body, and when each read of it came.

Takes the bytes of a file and where in it a recording begins, gives a `KeptAnswer` where that is a recording with the members
``wire`` and ``timing``, or the journal of a capture; None else. What is not as a capture writes it is read as if it were not
there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from recexplore.model.exchange import Json, Path
from recexplore.read.wire.content import Content
from recexplore.read.wire.http_exchange import header_fields
from recexplore.read.wire.journal_records import BEGINNING, JournalRecords, read_records
from recexplore.read.wire.json_text import decode_json
from recexplore.read.wire.recorded_wire import COMPLETE, body_in
from recexplore.read.wire.timed_reads import MOST_NS, Read

__all__ = ["KeptAnswer", "kept_answer"]


@dataclass(slots=True)
class KeptAnswer:
    """An answer as it came.

    Attributes
    ----------
    status
        None where no header came.
    headers
        Its fields, in order.
    reads
        The body, with nanoseconds since the request was sent; all at once where no times were kept.
    headers_ns, ended_ns
        When the header came, and when the answer ended.
    end
        How it ended, in the capture's words.
    lost_reads
        How many reads were lost; the body is that before them, for what came behind them belongs elsewhere.
    is_as_it_came
        Whether the body has the very bytes that came; else its compression was undone before it was kept.
    """

    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    headers_ns: int = 0
    ended_ns: int = 0
    end: str = COMPLETE
    lost_reads: int = 0
    is_as_it_came: bool = True


def kept_answer(data: bytes, path: Path | int) -> KeptAnswer | None:
    """What a file holds of an answer.

    Parameters
    ----------
    path
        Where the recording stands in the file, as an `Exchange` has it: the byte where its line begins, or a path.
    """
    if data.startswith(BEGINNING):
        return _in_journal(read_records(Content("", data)))
    if isinstance(path, int):
        data = data[path:].partition(b"\n")[0]
    return _in_document(decode_json(data).value)


def _in_document(document: Json) -> KeptAnswer | None:
    top = _object(document)
    wire, timing = _object(top.get("wire")), _object(top.get("timing"))
    body = body_in(wire)
    if body is None:
        return None
    end = timing.get("end")
    lost_reads, gap_at = _lost(_object(timing.get("lost")), timing.get("gaps"))
    return KeptAnswer(
        _status(wire.get("status")),
        list(header_fields(wire.get("headers"))),
        list(_cut(b"".join(body.pieces), timing.get("reads"), gap_at)),
        _ns(timing.get("headers_received")),
        _ns(timing.get("ended")),
        end if isinstance(end, str) else COMPLETE,
        lost_reads,
        "unpacked" not in wire,
    )


def _lost(lost: Mapping[str, Json], gaps: Json) -> tuple[int, int | None]:
    """How many reads are missing, and before which read the first of them is: the first one, where nobody knows."""
    told = [gap for gap in gaps if _is_gap(gap)] if isinstance(gaps, list | tuple) else []
    n_reads = max(_count(lost.get("reads")), sum(gap[1] for gap in told))
    if not n_reads and not _count(lost.get("bytes")):
        return 0, None
    return max(n_reads, 1), min((gap[0] for gap in told), default=0)


def _is_gap(gap: Json) -> bool:
    return (
        isinstance(gap, list | tuple)
        and len(gap) == 3
        and all(type(each) is int and each >= 0 for each in gap)
        and gap[1] > 0
    )


def _count(value: Json) -> int:
    return value if type(value) is int and value > 0 else 0


def _cut(body: bytes, reads: Json, gap_at: int | None) -> Iterator[Read]:
    """The body in the reads that it came in, up to a gap; what no read tells of comes with the last one."""
    pairs = [pair for pair in reads if _is_read(pair)] if isinstance(reads, list) else []
    if gap_at is not None:
        pairs, body = pairs[:gap_at], body[: sum(n_bytes for _, n_bytes in pairs[:gap_at])]
    at, latest = 0, 0
    for number, (t_ns, n_bytes) in enumerate(pairs):
        latest = max(latest, _ns(t_ns))
        data = body[at:] if number == len(pairs) - 1 else body[at : at + n_bytes]
        at += n_bytes
        if data:
            yield Read(latest, data)
    if not pairs and body:
        yield Read(0, body)


def _is_read(pair: Json) -> bool:
    """Whether it tells of a read; what came before the request was sent has a time before zero."""
    return isinstance(pair, list) and len(pair) == 2 and all(type(each) is int for each in pair) and pair[1] >= 0


def _in_journal(journal: JournalRecords) -> KeptAnswer:
    """What a journal tells, as far as it goes."""
    head, end = journal.events.get("headers", {}), journal.events.get("end", {})
    zero_ns, latest, reads = journal.sent_ns or 0, 0, list[Read]()
    lost_reads, gap_at = _lost(journal.lost, journal.gaps)
    for t_ns, read in journal.reads[:gap_at]:
        latest = max(latest, _ns(t_ns - zero_ns))
        reads += [Read(latest, read)] if read else []
    headers_ns, ended_ns = (_ns((journal.t_ns(event) or zero_ns) - zero_ns) for event in ("headers", "end"))
    how = end.get("how")
    return KeptAnswer(
        _status(head.get("status")),
        list(header_fields(head.get("headers"))),
        reads,
        headers_ns,
        ended_ns,
        how if isinstance(how, str) else "not recorded",
        lost_reads,
        not journal.unpacked,
    )


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _status(value: Json) -> int | None:
    return value if type(value) is int else None


def _ns(value: Json) -> int:
    return min(max(value, 0), MOST_NS) if type(value) is int else 0
