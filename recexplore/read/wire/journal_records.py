"""The records of a journal, as recexplore's own recorder writes it (docs/capturing.md), by what they say.

Takes the content of a file, gives what was asked, what happened when, every read, and what is wrong with the lines. Never
raises for what the file holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from recexplore.model.exchange import Json, Problem
from recexplore.model.json_text import to_json_text
from recexplore.read.wire.content import Content
from recexplore.read.wire.json_text import decode_json
from recexplore.read.wire.packed_text import from_base64
from recexplore.read.wire.timed_reads import Read

__all__ = ["BEGINNING", "JournalRecords", "read_records"]

BEGINNING: Final = b'{"recexplore_journal":'
"""The first bytes of every journal."""
_MARK: Final = "recexplore_journal"
_ENCODING: Final = "content-encoding"
_VERSION: Final = 1
_MOST: Final = 2**53 - 1
"""Larger numbers no floating-point number holds exactly; in nanoseconds they are more than a hundred days."""


@dataclass(slots=True)
class JournalRecords:
    """What a journal says.

    Attributes
    ----------
    first
        The first line: the request, and when it was received.
    events
        What happened, by name: ``sent``, ``headers``, ``end``; each with its time ``t``.
    reads, offsets
        Every read of the answer, and the byte of the file where its line begins.
    lost
        How many ``reads`` and ``bytes`` the recorder could not write.
    gaps
        Where it could not: the index of the read behind the gap, how many reads are missing there, and how many bytes.
    unpacked
        The encodings that were undone before the reads were written; then the header says nothing of them. Empty where the
        body is as it came.
    problems
        Lines that are not whole, or say nothing that is known.
    """

    first: dict[str, Json] = field(default_factory=dict)
    events: dict[str, dict[str, Json]] = field(default_factory=dict)
    reads: list[Read] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    lost: dict[str, int] = field(default_factory=lambda: {"reads": 0, "bytes": 0})
    gaps: list[tuple[int, int, int]] = field(default_factory=list)
    unpacked: str = ""
    problems: list[Problem] = field(default_factory=list)

    @property
    def request(self) -> dict[str, Json]:
        """Method, URL, header fields and body, as the first line has them."""
        asked = self.first.get("request")
        return asked if isinstance(asked, dict) else {}

    def t_ns(self, event: str) -> int | None:
        """When something happened, in nanoseconds since the request was received; None where it did not."""
        return _t_ns(self.events[event]) if event in self.events else None

    @property
    def sent_ns(self) -> int | None:
        """When the request was sent; None where it was not before the answer came, from which times then count."""
        sent_ns = self.t_ns("sent")
        is_late = sent_ns is not None and bool(self.reads) and self.reads[0].t_ns < sent_ns
        return None if is_late else sent_ns


def read_records(content: Content) -> JournalRecords:
    """The records of a journal."""
    journal = JournalRecords()
    for offset, record in _objects(content, journal.problems):
        if _MARK in record:
            journal.first = record
        elif (data := _data(record)) is not None:
            journal.reads.append(Read(_t_ns(record), data))
            journal.offsets.append(offset)
            encodings = record.get("unpacked")
            if isinstance(encodings, str) and encodings:
                journal.unpacked = encodings
        elif record.get("event") == "gap":
            n_reads, n_bytes = (_whole(record.get(name)) for name in journal.lost)
            journal.gaps.append((len(journal.reads), n_reads, n_bytes))
            journal.lost["reads"] += n_reads
            journal.lost["bytes"] += n_bytes
        elif isinstance(event := record.get("event"), str):
            journal.events[event] = record
        else:
            found = to_json_text(record)[:80]
            journal.problems.append(
                Problem("a line says nothing that is known", "a read or an event", found, "left out")
            )
    if (version := journal.first.get(_MARK)) != _VERSION:
        hint = "what is known is read; a newer recexplore may read more"
        journal.problems.append(Problem("a journal of another version", str(_VERSION), to_json_text(version), hint))
    if journal.unpacked:
        _leave_out_encoding(journal)
    return journal


def _leave_out_encoding(journal: JournalRecords) -> None:
    """Have the header say nothing of what was undone."""
    head = journal.events.get("headers", {})
    if isinstance(fields := head.get("headers"), dict):
        kept = {name: value for name, value in fields.items() if name != _ENCODING}
        journal.events["headers"] = {**head, "headers": kept}


def _objects(content: Content, problems: list[Problem]) -> Iterator[tuple[int, dict[str, Json]]]:
    """Every line that holds an object, and the byte where it begins."""
    lines = list(content.lines())
    for number, (offset, line) in enumerate(lines):
        decoded = decode_json(line)
        if isinstance(decoded.value, dict) and not decoded.is_cut:
            yield offset, decoded.value
        elif line.strip():
            is_last = number == len(lines) - 1
            hint = "the recorder died while it wrote; what stands before is loaded" if is_last else "left out"
            found = line[:80].decode("utf-8", "replace")
            problems.append(Problem(f"line {number + 1} is not whole", "a JSON object", found, hint))


def _data(record: dict[str, Json]) -> bytes | None:
    if isinstance(text := record.get("data"), str):
        return text.encode("utf-8", "surrogatepass")
    return from_base64(record.get("base64"))


def _t_ns(record: dict[str, Json]) -> int:
    return _whole(record.get("t"))


def _whole(value: Json) -> int:
    """A number as recorders write it; the nearest such where it is another, 0 where it is none."""
    return min(max(value, 0), _MOST) if type(value) is int else 0
