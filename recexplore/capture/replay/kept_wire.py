"""What a capture kept of an answer: its status, its header and its very bytes, and when each read of them came.

Takes a `Recording`, gives a `KeptWire` where its file has the members ``wire`` and ``timing``, or is the journal of a
capture; None else. What is not as a capture writes it is read as if it were not there.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from recexplore.corpus import Recording
from recexplore.corpus.source_file import Source
from recexplore.model.errors import SourceChanged
from recexplore.model.exchange import Json
from recexplore.read.options import MAX_FILE_BYTES
from recexplore.read.wire.content import Content
from recexplore.read.wire.grown_file import as_it_was
from recexplore.read.wire.journal_records import BEGINNING, read_records
from recexplore.read.wire.json_text import decode_json
from recexplore.read.wire.packed_text import from_base64
from recexplore.read.wire.recorded_wire import COMPLETE
from recexplore.read.wire.timed_reads import MOST_NS, Read

__all__ = ["KeptWire", "kept_wire"]


@dataclass(slots=True)
class KeptWire:
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
    """

    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    headers_ns: int = 0
    ended_ns: int = 0
    end: str = COMPLETE
    lost_reads: int = 0


def kept_wire(recording: Recording) -> KeptWire | None:
    """What its file holds of the wire.

    Raises
    ------
    SourceChanged
        The file is gone or is not what was loaded.
    """
    exchange = recording.exchange  # says so where the file is another
    if exchange.path is None or exchange.envelope not in ("llama-stack", "journal"):
        return None
    data = _content(recording.corpus.sources[recording.position])
    if data.startswith(BEGINNING):
        return _of_journal(data)
    if isinstance(exchange.path, int):
        data = data[exchange.path :].partition(b"\n")[0]
    document = decode_json(data).value
    wire = document.get("wire") if isinstance(document, dict) else None
    return _of_document(wire, _object(document.get("timing"))) if isinstance(wire, dict) else None


def _content(source: Source) -> bytes:
    try:
        # A journal may have grown since: then it is answered as it was.
        data = as_it_was(source.blob.read(MAX_FILE_BYTES), source.checksum, source.blob.n_bytes or None)
    except OSError as error:
        raise SourceChanged(f"{source.blob.path} cannot be read any more: {error}") from error
    if zlib.crc32(data) != source.checksum:
        raise SourceChanged(f"{source.blob.path} is not what was loaded any more; load it again")
    return data


def _of_document(wire: Mapping[str, Json], timing: Mapping[str, Json]) -> KeptWire:
    lines, end = wire.get("lines"), timing.get("end")
    if isinstance(lines, list):
        body = "".join(line for line in lines if isinstance(line, str)).encode("utf-8", "surrogatepass")
    else:
        body = from_base64(wire.get("base64")) or b""
    lost_reads, gap_at = _lost(_object(timing.get("lost")), timing.get("gaps"))
    return KeptWire(
        _status(wire.get("status")),
        list(_fields(wire.get("headers"))),
        list(_cut(body, timing.get("reads"), gap_at)),
        _ns(timing.get("headers_received")),
        _ns(timing.get("ended")),
        end if isinstance(end, str) else COMPLETE,
        lost_reads,
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


def _of_journal(data: bytes) -> KeptWire:
    """What a journal tells, as far as it goes."""
    journal = read_records(Content("", data))
    head, end = journal.events.get("headers", {}), journal.events.get("end", {})
    zero_ns, latest, reads = journal.sent_ns or 0, 0, list[Read]()
    lost_reads, gap_at = _lost(journal.lost, journal.gaps)
    for t_ns, read in journal.reads[:gap_at]:
        latest = max(latest, _ns(t_ns - zero_ns))
        reads += [Read(latest, read)] if read else []
    headers_ns, ended_ns = (_ns((journal.t_ns(event) or zero_ns) - zero_ns) for event in ("headers", "end"))
    how = end.get("how")
    return KeptWire(
        _status(head.get("status")),
        list(_fields(head.get("headers"))),
        reads,
        headers_ns,
        ended_ns,
        how if isinstance(how, str) else "not recorded",
        lost_reads,
    )


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _status(value: Json) -> int | None:
    return value if type(value) is int else None


def _ns(value: Json) -> int:
    return min(max(value, 0), MOST_NS) if type(value) is int else 0


def _fields(headers: Json) -> Iterator[tuple[str, str]]:
    """The fields of a header, from an object (to a value or a list of them) or from pairs."""
    pairs = headers.items() if isinstance(headers, dict) else headers if isinstance(headers, list) else ()
    for pair in pairs:
        if not (isinstance(pair, tuple | list) and len(pair) == 2):
            continue
        name, value = pair
        values = value if isinstance(value, list) else [value]
        yield from ((name, each) for each in values if isinstance(name, str) and isinstance(each, str))
