"""Faults that are put into an answer: which bytes go out, and when."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.capture.replay.answer import Answer
from recexplore.capture.replay.faults import Faults, at_speed, with_faults
from recexplore.read.wire.timed_reads import Read

MS = 1_000_000
CHUNKS = (b"aa", b"bbb", b"c", "ŵ三".encode())
ENDS = (2, 5, 6, 11)


def answer(*reads: tuple[int, bytes], ending: Any = "complete") -> Answer:
    made = reads or tuple((10 * n, chunk) for n, chunk in enumerate(CHUNKS, 1))
    came = tuple(Read(t * MS, data) for t, data in made)
    return Answer(200, (), came, ENDS, headers_ns=came[0].t_ns, ended_ns=came[-1].t_ns, ending=ending)


def sent(found: Answer) -> list[tuple[float, bytes]]:
    return [(t / MS, data) for t, data in found.reads]


def faulty(made: Answer, **faults: Any) -> Answer:
    return with_faults(made, Faults(**faults))[0]


def test_nothing_is_changed_where_nothing_is_to_go_wrong() -> None:
    assert with_faults(answer(), Faults()) == (answer(), ())


def test_a_stall_waits_before_its_chunk_and_all_behind_it_are_as_late() -> None:
    found = faulty(answer(), stall_at=2, stall_s=1)

    assert [t for t, _ in sent(found)] == [10, 20, 1030, 1040]
    assert (found.ended_ns, found.body) == (1040 * MS, b"".join(CHUNKS))


def test_a_stall_stands_inside_a_read_of_several_chunks() -> None:
    found = faulty(answer((5, b"".join(CHUNKS))), stall_at=1, stall_s=0.1)

    assert sent(found) == [(5, b"aa"), *((105, chunk) for chunk in CHUNKS[1:])]


def test_a_cut_ends_before_its_chunk() -> None:
    found = faulty(answer(), cut_at=2)

    assert sent(found) == [(10, b"aa"), (20, b"bbb")]
    assert (found.ending, found.ended_ns, found.chunk_ends) == ("broken off", 30 * MS, (2, 5))


def test_a_cut_before_all_leaves_the_header() -> None:
    found = faulty(answer(), cut_at=0)

    assert (found.reads, found.ending, found.headers_ns) == ((), "broken off", 10 * MS)


def test_a_cut_may_come_after_a_wait() -> None:
    assert faulty(answer(), cut_at=2, stall_at=2, stall_s=1).ended_ns == 1030 * MS


def test_chunks_are_dropped_doubled_and_swapped() -> None:
    assert sent(faulty(answer(), drop=1)) == [(10, b"aa"), (30, b"c"), (40, CHUNKS[3])]
    assert sent(faulty(answer(), duplicate=1)) == [(10, b"aa"), (20, b"bbb"), (20, b"bbb"), (30, b"c"), (40, CHUNKS[3])]
    assert sent(faulty(answer(), swap=1)) == [(10, b"aa"), (20, b"c"), (30, b"bbb"), (40, CHUNKS[3])]


def test_chunks_are_counted_as_they_were_recorded() -> None:
    found = faulty(answer(), drop=1, swap=1, duplicate=2)

    assert found.body == b"aa" + b"cc" + CHUNKS[3]


def test_reads_are_split_inside_characters_too() -> None:
    found = faulty(answer(), split_bytes=1)

    assert [data for _, data in found.reads] == [bytes([byte]) for byte in b"".join(CHUNKS)]
    assert found.chunk_ends == ENDS


def test_jitter_is_the_same_for_the_same_seed() -> None:
    one, same, other = (faulty(answer(), jitter_ms=30, seed=seed) for seed in (1, 1, 2))

    assert one == same != other
    assert all(a.t_ns <= b.t_ns for a, b in pairwise(one.reads))
    assert all(0 <= made.t_ns - was.t_ns <= 30 * MS for made, was in zip(one.reads, answer().reads, strict=True))


def test_an_answer_without_room_stays_as_it_is() -> None:
    assert with_faults(answer(), Faults(stall_at=4, swap=3, cut_at=9)) == (answer(), ())


def test_what_was_put_in_is_told() -> None:
    _, said = with_faults(answer(), Faults(stall_at=1, drop=9, split_bytes=3, jitter_ms=2))

    assert said == ("stall-at 1", "jitter 2 ms", "split-bytes 3")


def test_speed_changes_every_time() -> None:
    twice = at_speed(answer(), 2)

    assert [t for t, _ in sent(twice)] == [5, 10, 15, 20]
    assert (twice.headers_ns, twice.ended_ns) == (5 * MS, 20 * MS)
    assert {t for t, _ in sent(at_speed(answer(), 0))} == {0}


@pytest.mark.parametrize(
    "faults",
    [{"stall_at": -1}, {"split_bytes": 0}, {"stall_s": -1}, {"jitter_ms": float("inf")}, {"stall_s": float("nan")}],
)
def test_what_cannot_be_is_refused(faults: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(faults))):
        Faults(**faults)


@given(st.data())
def test_any_faults_keep_bytes_and_order(data: st.DataObject) -> None:
    chunks = data.draw(st.lists(st.binary(min_size=1, max_size=6), min_size=1, max_size=8))
    body = b"".join(chunks)
    borders = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=6)))
    came = [body[a:b] for a, b in pairwise([0, *borders, len(body)])]
    times = sorted(data.draw(st.lists(st.integers(0, 99), min_size=len(came), max_size=len(came))))
    ends = tuple(len(b"".join(chunks[: n + 1])) for n in range(len(chunks)))
    made = Answer(200, (), tuple(Read(t, d) for t, d in zip(times, came, strict=True) if d), ends, ended_ns=99)
    chunk = st.none() | st.integers(0, 9)
    faults = Faults(
        **{name: data.draw(chunk) for name in ("stall_at", "cut_at", "drop", "duplicate", "swap")},
        split_bytes=data.draw(st.none() | st.integers(1, 5)),
        jitter_ms=data.draw(st.sampled_from([0, 1e-5])),
    )

    found, _ = with_faults(made, faults)

    order = list(range(len(chunks)))
    if faults.swap is not None and faults.swap + 1 < len(chunks):
        order[faults.swap : faults.swap + 2] = order[faults.swap : faults.swap + 2][::-1]
    order = order[: faults.cut_at]
    n_times = {n: (n != faults.drop) + (n == faults.duplicate) for n in order}
    assert found.body == b"".join(chunks[n] * n_times[n] for n in order)
    assert all(a.t_ns <= b.t_ns for a, b in pairwise(found.reads))
    assert found.chunk_ends[-1:] in ((), (len(found.body),))
