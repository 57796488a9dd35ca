"""Raw HTTP as it was written to the wire: a trace of httprr, or a request and its answer as text.

Takes a file's bytes, gives a holder of them as Latin-1 text, cut into messages as the readers cut it. Lengths that the file
tells of itself follow what was replaced: one that fits still does, and one that does not is as wrong as it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from recexplore.read.envelopes.http_text import answer_begins
from recexplore.read.envelopes.httprr import Record, records
from recexplore.read.wire.raw_exchange import STATUS_LINE
from recexplore.read.wire.raw_message import head_end
from recexplore.share.redact.notations.http_message import http_message
from recexplore.share.redact.notations.pieces import Holder
from recexplore.share.redact.walk import Walk

__all__ = ["NotHttp", "http_text"]

_TRACE: Final = re.compile(rb"(?:\xef\xbb\xbf)?httprr trace v1\r?(?:\n|\Z)")
_CUT_LENGTHS: Final = re.compile(rb"\s*(?:\d{1,12}(?: \d{0,12}\r?)?)?\s*")
_LENGTHS: Final = re.compile(r"\d+ \d+")


class NotHttp(ValueError):
    """The file is no HTTP to its end."""


@dataclass(slots=True, eq=False)
class _Text:
    """What stands in a file as it is."""

    text: str

    def render(self) -> str:
        return self.text


@dataclass(slots=True, eq=False)
class _Exchange:
    """A request and an answer behind their lengths."""

    text: str
    record: Record
    before: str
    messages: tuple[Holder, Holder]

    def render(self) -> str:
        made = [message.render() for message in self.messages]
        sizes = [
            said + len(new) - len(message.text)
            for said, new, message in zip(self.record.lengths, made, self.messages, strict=True)
        ]
        is_same = sizes == list(self.record.lengths)
        return "".join([self.before if is_same else _LENGTHS.sub("{} {}".format(*sizes), self.before), *made])


@dataclass(slots=True, eq=False)
class _Parts:
    """Parts one behind the other."""

    text: str
    parts: list[Holder] = field(default_factory=list)

    def render(self) -> str:
        return "".join(part.render() for part in self.parts)


def http_text(walk: Walk, data: bytes) -> Holder:
    """The messages of a file.

    Raises
    ------
    NotHttp
        There is something else in it.
    """
    trace = _TRACE.match(data)
    return _messages(walk, data) if trace is None else _trace(walk, data, trace.end())


def _trace(walk: Walk, data: bytes, at: int) -> Holder:
    held = _Parts(data.decode("latin-1"), [_Text(data[:at].decode("latin-1"))])
    found, rest = records(data)
    for record in found:
        before = data[at : record.begins].decode("latin-1")
        if _LENGTHS.fullmatch(before.strip()) is None:
            raise NotHttp("the trace does not go on as it began")
        messages = (
            http_message(walk, data[record.begins : record.middle], record.begins),
            http_message(walk, data[record.middle : record.end], record.middle),
        )
        held.parts.append(_Exchange(held.text[at : record.end], record, before, messages))
        at = record.end
    if _CUT_LENGTHS.fullmatch(data, rest) is None:
        raise NotHttp("the trace does not go on as it began")
    held.parts.append(_Text(held.text[rest:]))
    return held


def _messages(walk: Walk, data: bytes) -> Holder:
    """A request, if there is one, and answers, of which all but the last are heads alone."""
    begins = answer_begins(data)
    if begins is None:
        raise NotHttp("no answer")
    starts = [0, begins] if begins else [0]
    while (head := head_end(data, starts[-1], len(data))) < len(data) and STATUS_LINE.match(data, head):
        starts.append(head)
    ends = [*starts[1:], len(data)]
    parts = [http_message(walk, data[start:end], start) for start, end in zip(starts, ends, strict=True)]
    return _Parts(data.decode("latin-1"), parts)
