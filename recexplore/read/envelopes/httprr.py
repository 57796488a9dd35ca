"""httprr, for Go: raw HTTP, as requests and answers were written to the wire.

Takes a trace: the line ``httprr trace v1``, then for each exchange a line ``N M``, N bytes of request and M bytes of
answer. Gives one exchange for each; a trace of nothing has none. A request names its whole URL, as to a proxy; one that
names the path alone has the host in a header, and its scheme is not known. Where the lengths do not fit, because git
changed the line ends or somebody edited the file, the parts are found by their first lines, and a problem says so.
Source of the format: https://pkg.go.dev/golang.org/x/oscar/internal/httprr; https://github.com/tmc/langchaingo has
another version of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from recexplore.model.exchange import Exchange, Problem
from recexplore.read.wire.content import Content
from recexplore.read.wire.http_exchange import note_damage
from recexplore.read.wire.raw_exchange import STATUS_LINE, fill_raw_request, fill_raw_response
from recexplore.read.wire.raw_message import head_end, parse_message

__all__ = ["NAME", "Record", "read", "records", "sniff"]

NAME: Final = "httprr"

_TRACE: Final = re.compile(rb"(?:\xef\xbb\xbf)?httprr trace v1\r?(?:\n|\Z)")
_LENGTHS: Final = re.compile(rb"(\d{1,12}) (\d{1,12})\r?\n")
_NEXT: Final = re.compile(rb"\d{1,12} \d{1,12}\r?\n|\s*\Z|\d{1,12}(?: \d{0,12}\r?)?\Z")
"""What may stand behind an exchange: the next one's lengths, the end, or lengths that the end cuts."""
_RECORD: Final = re.compile(_LENGTHS.pattern + rb"(?=[A-Z]+ \S+ HTTP/\d)")


def sniff(content: Content) -> float:
    return 1.0 if _TRACE.match(content.data) else 0.0


def read(content: Content) -> Iterator[Exchange | Problem]:
    data = content.data
    found, rest = records(data)
    misfits = [record for record in found if not record.fits]
    for number, record in enumerate(found):
        exchange = Exchange(NAME, number=number, path=record.begins)
        fill_raw_request(exchange, data[record.begins : record.middle], is_cut=record.is_cut)
        fill_raw_response(exchange, data[record.middle : record.end], record.middle, is_cut=record.is_cut)
        if record.is_cut:
            note_damage(exchange, [_breaks_off(record)], is_cut=True, is_last=True)
        if misfits and record is misfits[0]:
            exchange.problems.insert(0, _do_not_fit(len(misfits), len(found)))
        yield exchange
    if data[rest:].strip():
        shown = data[rest : rest + 80].decode("utf-8", "replace")
        yield Problem("the trace does not go on as it began", "a line of two lengths", shown, "the rest is not loaded")


@dataclass(frozen=True, slots=True)
class Record:
    """Where an exchange begins and ends, and its answer begins in the middle.

    Attributes
    ----------
    lengths
        What the line before says: bytes of the request and of the answer.
    fits, is_cut
        Whether it is so, and whether it only is not because the file breaks off.
    """

    begins: int
    middle: int
    end: int
    lengths: tuple[int, int]
    fits: bool = True
    is_cut: bool = False


def records(data: bytes) -> tuple[list[Record], int]:
    """All exchanges of a trace, and where what is none begins."""
    trace = _TRACE.match(data)
    at = trace.end() if trace is not None else 0
    found: list[Record] = []
    while lengths := _LENGTHS.match(data, at) or _RECORD.search(data, at):
        found.append(_record(data, lengths))
        at = found[-1].end
    return found, at


def _record(data: bytes, line: re.Match[bytes]) -> Record:
    lengths = int(line[1]), int(line[2])
    begins, middle, end = line.end(), line.end() + lengths[0], line.end() + sum(lengths)
    has_answer = STATUS_LINE.match(data, middle) is not None
    if has_answer and end <= len(data) and _NEXT.match(data, end):
        return Record(begins, middle, end, lengths)
    following = _RECORD.search(data, begins)
    border = len(data) if following is None else following.start()
    found = None if has_answer else STATUS_LINE.search(data, head_end(data, begins, border), border)
    is_last = following is None and found is None and end > len(data)
    if is_last and not (has_answer and parse_message(data[middle:]).is_complete):
        return Record(begins, min(middle, border), border, lengths, is_cut=True)
    if not has_answer:
        middle = border if found is None else found.start()
    return Record(begins, middle, border, lengths, fits=False)


def _breaks_off(record: Record) -> Problem:
    expected = "{} bytes of request and {} of answer".format(*record.lengths)
    hint = "what stands before is loaded, its last value may be cut; record it again"
    return Problem("the file breaks off", expected, f"{record.end - record.begins} bytes", hint)


def _do_not_fit(n: int, n_records: int) -> Problem:
    found = f"{n} of {n_records} exchanges with other lengths"
    hint = "read by the lines they begin with; keep git from changing line ends (`-text` in .gitattributes)"
    return Problem("the lengths do not fit", "as many bytes as the line before says", found, hint)
