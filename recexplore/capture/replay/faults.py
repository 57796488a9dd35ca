"""Faults that are put into an answer on purpose: waits, cuts, chunks that are missing, doubled or out of order.

Takes an `Answer` and `Faults`, gives the answer with them and the words for those that were put in. Chunks are counted from
zero, as they were recorded. The same faults with the same seed give the same bytes at the same times; an answer that has no
such chunk stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from random import Random
from typing import Final

from recexplore.capture.replay.answer import Answer
from recexplore.read.wire.timed_reads import Read

__all__ = ["Faults", "at_speed", "with_faults"]

_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Faults:
    """What is to go wrong; None and zero where nothing is.

    Attributes
    ----------
    stall_at, stall_s
        Before which chunk the answer waits, and for how many seconds, whatever the speed.
    cut_at
        Before which chunk the connection ends.
    drop, duplicate
        Which chunk never comes, and which comes twice.
    swap
        Which chunk changes places with the one behind it.
    split_bytes
        How many bytes a read has at most: events, lines and characters are cut anywhere.
    jitter_ms, seed
        By how many milliseconds a read is late at most, and what chance is begun with.
    """

    stall_at: int | None = None
    stall_s: float = 5.0
    cut_at: int | None = None
    drop: int | None = None
    duplicate: int | None = None
    swap: int | None = None
    split_bytes: int | None = None
    jitter_ms: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("stall_at", "cut_at", "drop", "duplicate", "swap"):
            if (chunk := getattr(self, name)) is not None and chunk < 0:
                raise ValueError(f"{name} takes a chunk, counted from 0, not {chunk}")
        if self.split_bytes is not None and self.split_bytes < 1:
            raise ValueError(f"split_bytes takes 1 or more bytes, not {self.split_bytes}")
        for name in ("stall_s", "jitter_ms"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} takes a number from 0 on, not {getattr(self, name)}")

    @property
    def of_chunks(self) -> dict[str, int]:
        """The faults that are about one chunk, and how many chunks an answer needs to have for each."""
        needs = {"stall_at": 1, "cut_at": 1, "drop": 1, "duplicate": 1, "swap": 2}
        return {name: getattr(self, name) + more for name, more in needs.items() if getattr(self, name) is not None}


def at_speed(answer: Answer, speed: float) -> Answer:
    """The answer so many times as fast; at once, for zero."""
    if speed == 1:
        return answer

    def scaled(t_ns: int) -> int:
        return round(t_ns / speed) if speed else 0

    reads = tuple(Read(scaled(read.t_ns), read.data) for read in answer.reads)
    return replace(answer, reads=reads, headers_ns=scaled(answer.headers_ns), ended_ns=scaled(answer.ended_ns))


def with_faults(answer: Answer, faults: Faults) -> tuple[Answer, tuple[str, ...]]:
    """The answer with all faults that it has room for, and their words."""
    n_chunks = len(answer.chunk_ends)
    named = {name: needs for name, needs in faults.of_chunks.items() if needs <= n_chunks}
    said = [f"{name.replace('_', '-')} {getattr(faults, name)}" for name in named]
    if named:
        answer = _with_chunk_faults(answer, {name: getattr(faults, name) for name in named}, faults.stall_s)
    if faults.jitter_ms:
        answer = _with_jitter(answer, faults)
        said.append(f"jitter {faults.jitter_ms:g} ms")
    if faults.split_bytes is not None:
        answer = replace(answer, reads=tuple(_split(answer.reads, faults.split_bytes)))
        said.append(f"split-bytes {faults.split_bytes}")
    return answer, tuple(said)


def _with_chunk_faults(answer: Answer, at: dict[str, int], stall_s: float) -> Answer:
    chunks = _chunks(answer)
    order = list(range(len(chunks)))
    if (one := at.get("swap")) is not None:
        order[one], order[one + 1] = order[one + 1], order[one]
        # The times stay where they are: each chunk comes whole, when the other one was whole.
        chunks[one], chunks[one + 1] = _whole(chunks[one], chunks[one + 1]), _whole(chunks[one + 1], chunks[one])
    cut_at, ended_ns, ending = at.get("cut_at"), answer.ended_ns, answer.ending
    if cut_at is not None:
        ended_ns, ending = _begin(chunks, cut_at, answer), "broken off"
    made: list[list[Read]] = []
    late = 0
    for place, number in enumerate(order[:cut_at]):
        if at.get("stall_at") == place:
            late = round(stall_s * _NS)
        reads = [Read(read.t_ns + late, read.data) for read in chunks[place]]
        made += [] if at.get("drop") == number else [reads]
        made += [_whole(reads, reads)] if at.get("duplicate") == number else []
    if cut_at is not None and at.get("stall_at") == cut_at:
        late = round(stall_s * _NS)
    ends = tuple(accumulate(sum(len(read.data) for read in reads) for reads in made))
    headers_ns = answer.headers_ns
    return replace(
        answer,
        reads=tuple(read for reads in made for read in reads),
        chunk_ends=ends,
        headers_ns=headers_ns,
        ended_ns=ended_ns + late,
        ending=ending,
    )


def _chunks(answer: Answer) -> list[list[Read]]:
    """The reads of each chunk; one that holds pieces of several is taken apart."""
    reads, found = answer.reads, list[list[Read]]()
    number = taken = 0  # of which read how many bytes are in chunks
    for begin, end in pairwise((0, *answer.chunk_ends)):
        own, wanted = [], end - begin
        while wanted and number < len(reads):
            t_ns, data = reads[number]
            own.append(Read(t_ns, data[taken : taken + wanted]))
            wanted -= len(own[-1].data)
            taken += len(own[-1].data)
            if taken == len(data):
                number, taken = number + 1, 0
        found.append(own)
    return found


def _whole(times_of: Sequence[Read], data_of: Sequence[Read]) -> list[Read]:
    """One read with the bytes of some, when the last of others came."""
    return [Read(times_of[-1].t_ns, b"".join(read.data for read in data_of))] if times_of and data_of else []


def _begin(chunks: Sequence[Sequence[Read]], number: int, answer: Answer) -> int:
    """When the first byte of a chunk came."""
    return next((reads[0].t_ns for reads in chunks[number:] if reads), answer.ended_ns)


def _with_jitter(answer: Answer, faults: Faults) -> Answer:
    """Every read late by chance, none before the one that stands before it."""
    chance, reads, latest = Random(faults.seed), [], 0
    for t_ns, data in answer.reads:
        latest = max(latest, t_ns + round(chance.uniform(0, faults.jitter_ms) * 1e6))
        reads.append(Read(latest, data))
    return replace(answer, reads=tuple(reads), ended_ns=max(answer.ended_ns, latest))


def _split(reads: Sequence[Read], n_bytes: int) -> Iterator[Read]:
    for t_ns, data in reads:
        yield from (Read(t_ns, data[at : at + n_bytes]) for at in range(0, len(data), n_bytes))
