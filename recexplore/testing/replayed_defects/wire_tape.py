"""An answer as a stream that can be changed, and the answer that a client gets of the changed one.

Takes a recording and its `Answer`, gives a `Tape`; takes that tape when it was changed, gives an `Answer` or None where no
server of HTTP sends such a thing. Chunks that stayed have their bytes and their time; others are written as those
beside them are, and come when those at their place came. What was asked stays what it was.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, groupby, pairwise
from typing import Any, Final

from recexplore.capture.replay.answer import Answer
from recexplore.capture.replay.chunk_ends import chunk_ends
from recexplore.corpus import Recording
from recexplore.model.exchange import Json
from recexplore.read.wire.http_body import read_body
from recexplore.read.wire.timed_reads import Read
from recexplore.testing.defects.tapes import Tape
from recexplore.testing.replayed_defects.captured import captured
from recexplore.testing.replayed_defects.chunk_bytes import event_like, line_like, value_like
from recexplore.testing.replayed_defects.origins import Origin, origins

__all__ = ["WireTape"]

_NS: Final = 1_000_000_000
_LIKE: Final = {"sse": event_like, "json-lines": line_like}
_JSON_TYPE: Final = "application/json"
_FAILED: Final = 500


class WireTape:
    """An answer that defects are put into.

    Parameters
    ----------
    has_times
        Whether the tape has the times of its chunks, for defects of them.

    Attributes
    ----------
    tape
        The answer as a stream, and what was asked.
    """

    def __init__(self, recording: Recording, answer: Answer, *, has_times: bool = False) -> None:
        came = captured(recording, answer)
        self._answer, self._format, self._endpoint = answer, came.wire_format, came.endpoint
        self._chunks: list[Json] = came.chunks
        self._pieces = _cut(answer.body, answer.chunk_ends)
        self._is_list = came.streaming is True and came.wire_format is None
        self._stamps = _stamps(answer, len(self._chunks))
        is_measured = has_times and len(set(self._stamps)) > 1
        self.tape = Tape(
            recording.id,
            str(recording.facts["dialect"]),
            came.chunks,
            came.request,
            came.endpoint,
            came.url,
            came.streaming is True,
            times=[each / _NS for each in self._stamps] if is_measured else None,
        ).copy()

    def answer_with(self, changed: Tape) -> Answer | None:
        """The answer that has the chunks of a changed tape."""
        if changed.dialect != self.tape.dialect:
            return None
        if changed.response:
            return _failed(changed, self._answer)
        found = self._written(changed)
        if found is None:
            return None
        chunks, pieces, places = found
        if changed.times is not None and len(changed.times) == len(pieces):
            stamps = [round(each * _NS) for each in changed.times]
        else:
            stamps = [self._stamps[place.chunk] for place in places] if self._stamps else [0] * len(chunks)
        return self._timed(pieces, stamps)

    def _written(self, changed: Tape) -> tuple[Sequence[Json], list[bytes], list[Origin]] | None:
        """The chunks that come, the bytes of each, and where they come from."""
        if changed.framed is not None:
            return self._framed(changed.framed)
        places = origins(self._chunks, changed.chunks)
        if self._format in _LIKE:
            if len(self._pieces) != len(self._chunks):
                return None
            return changed.chunks, [*map(self._piece, changed.chunks, places)], places
        n_values = len(changed.chunks)
        if self._format is not None or not self._chunks or not n_values or (n_values > 1 and not self._is_list):
            return None
        texts = [value_like(chunk, self._chunks[0], self._answer.body) for chunk in changed.chunks]
        whole = b"[" + b",\n".join(texts) + b"]" if self._is_list else texts[0]
        return changed.chunks[-1:], [whole], places[-1:]

    def _framed(self, body: bytes) -> tuple[Sequence[Json], list[bytes], list[Origin]] | None:
        if self._format != "sse":
            return None
        media_type = _media_type(self._answer)
        chunks = read_body(body, media_type, endpoint=self._endpoint).chunks
        pieces = _cut(body, chunk_ends(body, media_type, self._endpoint))
        places = origins(self._chunks, chunks)
        if len(pieces) != len(chunks):
            return chunks[-1:], [body], places[-1:]
        return chunks, pieces, places

    def _piece(self, chunk: Json, place: Origin) -> bytes:
        if place.is_same:
            return self._pieces[place.chunk]
        like = self._like(chunk, place.chunk)
        return _LIKE[str(self._format)](chunk, self._chunks[like], self._pieces[like])

    def _like(self, chunk: Json, number: int) -> int:
        """The chunk nearest to a place, and before it where there is one, that is of the same kind of JSON."""
        others = [at for at, each in enumerate(self._chunks) if type(each) is type(chunk)]
        return min(others, key=lambda at: (at > number, abs(at - number)), default=number)

    def _timed(self, pieces: Sequence[bytes], stamps: Sequence[int]) -> Answer:
        old = self._answer
        in_order = [*accumulate(stamps, max)]
        last = old.reads[-1].t_ns if old.reads else 0
        reads = tuple(_reads(zip(in_order, pieces, strict=True)))
        body_ns = in_order[-1] if in_order else old.headers_ns
        return replace(
            old,
            reads=reads,
            chunk_ends=tuple(accumulate(map(len, pieces))),
            headers_ns=min([old.headers_ns, *in_order[:1]]),
            ended_ns=body_ns + max(old.ended_ns - last, 0),
            content_length=sum(map(len, pieces)) if old.content_length is not None else None,
            is_recorded=old.is_recorded and b"".join(pieces) == old.body,
        )


def _cut(body: bytes, ends: Sequence[int]) -> list[bytes]:
    return [body[begin:end] for begin, end in pairwise((0, *ends))]


def _stamps(answer: Answer, n_chunks: int) -> list[int]:
    """When each chunk was there; all with the last read, where that cannot be told."""
    if not answer.reads:
        return [0] * n_chunks
    last = len(answer.reads) - 1
    if len(answer.chunk_ends) != n_chunks:
        return [answer.reads[last].t_ns] * n_chunks
    ends = [*accumulate(len(read.data) for read in answer.reads)]
    return [answer.reads[min(bisect_left(ends, end), last)].t_ns for end in answer.chunk_ends]


def _reads(pieces: Iterable[tuple[int, bytes]]) -> Iterator[Read]:
    """What came at one time came in one read."""
    for t_ns, some in groupby(pieces, key=lambda each: each[0]):
        if data := b"".join(piece for _, piece in some):
            yield Read(t_ns, data)


def _media_type(answer: Answer) -> str:
    return next((value for name, value in answer.headers if name.lower() == "content-type"), "")


def _failed(changed: Tape, answer: Answer) -> Answer | None:
    """A failure that a recorder noted as an exception; none in mid-stream, for which HTTP has no sign."""
    if changed.chunks:
        return None
    told: dict[str, Any] = changed.response.get("exception_data") or {}
    error = {"error": {"message": told.get("message", "it failed"), "type": told.get("type", "error")}}
    body = value_like(error, None, b"")
    return replace(
        answer,
        status=told.get("status_code") or _FAILED,
        headers=(("content-type", _JSON_TYPE),),
        reads=(Read(answer.headers_ns, body),),
        chunk_ends=(len(body),),
        ended_ns=answer.headers_ns,
        ending="complete",
        content_length=len(body),
        is_recorded=False,
    )
