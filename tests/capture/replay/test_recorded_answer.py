"""What a client gets that is answered with a recording: bytes, times, header and end."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from captured import ASKED, MS, URL, chat_events, document
from journal_kit import journal_bytes

import recexplore
from recexplore.capture.journal.finish import finish
from recexplore.capture.journal.lines import gap_line
from recexplore.capture.replay.answer import Answer
from recexplore.capture.replay.recorded_answer import answer_of, timed_reads
from recexplore.corpus import Corpus
from recexplore.read.wire.http_body import read_body
from recexplore.read.wire.timed_reads import MOST_NS, Read

Loads = Callable[..., Corpus]
EVENTS = chat_events("One", " tŵo", " 三")
HEAD, TAIL = EVENTS[0], b"".join(EVENTS[1:])


def answer(read: Loads, made: dict[str, Any]) -> Answer:
    (recording,) = read(made)
    return answer_of(recording)


def test_what_was_captured_comes_byte_for_byte_and_read_by_read(read: Loads) -> None:
    cut = TAIL.index("三".encode()) + 1  # inside a character
    reads = [(20, HEAD), (35, TAIL[:cut]), (36, TAIL[cut:])]

    found = answer(read, document(reads, packed=True))

    assert found.reads == tuple(Read(t * MS, data) for t, data in reads)
    assert (found.headers_ns, found.ended_ns, found.ending, found.is_recorded) == (20 * MS, 36 * MS, "complete", True)
    assert [len(found.body[:end]) for end in found.chunk_ends] == [len(b"".join(EVENTS[:n])) for n in range(1, 6)]


def test_lines_with_their_ends_are_the_same_bytes(read: Loads) -> None:
    body = b": hello\r\n\r\n" + b"".join(EVENTS).replace(b"\n", b"\r\n") + b"retry: 5"

    assert answer(read, document([(1, body)])).body == body


def test_only_fields_that_a_client_can_get_are_passed_on(read: Loads) -> None:
    headers: dict[str, Any] = {
        "Content-Type": "text/event-stream",
        "X-Request-Id": ["a", "b"],
        "Transfer-Encoding": "chunked",
        "Connection": "keep-alive, X-Hop",
        "X-Hop": "1",
        "Proxy-Authorization": "***",
        "Set-Cookie": "a=b",
        "Access-Control-Allow-Origin": "*",
        "X-Recexplore-Recording": "other",
        "Content-Length": "12",
        "Bad Name": "x",
        "X-Bad": "one\r\nSet-Cookie: two",
        "X-Odd": 5,
    }

    found = answer(read, document([(1, b"data: 1\n\n")], headers=headers))

    assert found.headers == (("Content-Type", "text/event-stream"), ("X-Request-Id", "a"), ("X-Request-Id", "b"))
    assert found.content_length == 12


@pytest.mark.parametrize("end", ["server broke off", "client gone", "stopped"])
def test_what_broke_off_breaks_off_again(read: Loads, end: str) -> None:
    found = answer(read, document([(5, HEAD)], end=end, timing={"ended": 80 * MS}))

    assert (found.ending, found.ended_ns, found.body) == ("broken off", 80 * MS, HEAD)


def test_where_no_answer_came_none_comes(read: Loads) -> None:
    made = document([(5, HEAD)], end="no connection", timing={"ended": 80 * MS, "reads": []})
    made["wire"] = {"status": None, "headers": {}, "lines": []}

    found = answer(read, made)

    assert (found.ending, found.ended_ns, found.body) == ("unanswered", 80 * MS, b"")


@pytest.mark.parametrize(
    "reads",
    [None, "soon", [], [5], [["a", "b"]], [[True, 5]], [[-5, 9]], [[1, -1]], [[1, 2, 3]], {"a": 1}, [[1.5, 2]]],
)
def test_times_that_are_none_are_none(read: Loads, reads: Any) -> None:
    found = answer(read, document([(5, HEAD)], timing={"reads": reads, "headers_received": "x", "ended": None}))

    assert found.reads == (Read(0, HEAD),)


def test_times_never_go_back_and_lost_bytes_come_last(read: Loads) -> None:
    timing = {"reads": [[9 * MS, 4], [3 * MS, 4], [2 * 10**18, 1]]}

    found = answer(read, document([(5, HEAD)], timing=timing))

    assert found.body == HEAD
    assert [t_ns for t_ns, _ in found.reads] == [9 * MS, 9 * MS, MOST_NS]


LOST = {"reads": 3, "bytes": 40}


@pytest.mark.parametrize(
    ("lost", "n_whole"),
    [
        ({"lost": LOST, "gaps": [[2, 3, 40]]}, 2),
        ({"lost": LOST, "gaps": [[2, 1, 20], [1, 2, 20]]}, 1),
        ({"lost": LOST, "gaps": [[3, 3, 40]]}, 3),
        ({"gaps": [[1, 3, 40]]}, 1),
        ({"lost": LOST}, 0),
        ({"lost": LOST, "gaps": [["1", 3, 40], [-1, 3, 40], [1, 3], 5]}, 0),
        ({"lost": LOST, "gaps": "at 1"}, 0),
    ],
)
def test_where_reads_were_lost_the_answer_breaks_off(read: Loads, lost: dict[str, Any], n_whole: int) -> None:
    reads = [(5, HEAD), (6, EVENTS[1]), (7, EVENTS[2])]

    found = answer(read, document(reads, timing={"ended": 80 * MS, **lost}))

    assert found.reads == tuple(Read(t * MS, data) for t, data in reads[:n_whole])
    assert (found.ending, found.lost_reads, found.headers_ns) == ("broken off", 3, 5 * MS)
    assert found.ended_ns == max([5 * MS, *(read.t_ns for read in found.reads)])


def test_a_compressed_answer_with_a_loss_is_not_unpacked(read: Loads) -> None:
    packed = gzip.compress(b"".join(EVENTS))
    headers = {"content-type": "text/event-stream", "content-encoding": "gzip"}
    made = document([(5, packed[:30]), (6, packed[40:])], headers=headers, packed=True, timing={"gaps": [[1, 1, 10]]})
    (recording,) = read(made)

    assert answer_of(recording, unpacked=True).body == packed[:30]


def test_a_journal_with_a_gap_breaks_off_there(tmp_path: Path) -> None:
    journal = tmp_path / "one.journal.jsonl"
    whole = journal_bytes(URL, json.dumps(ASKED).encode(), [(5, HEAD), (6, EVENTS[1])], end=(9, "complete"))
    lines = whole.splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:4], gap_line(6, 2, 50), *lines[4:]]))
    (recording,) = recexplore.load(tmp_path, progress=False)

    found = answer_of(recording)

    assert (found.body, found.ending, found.lost_reads) == (HEAD, "broken off", 2)


def test_a_journal_that_grew_is_answered_as_it_was(tmp_path: Path) -> None:
    journal = tmp_path / "one.journal.jsonl"
    whole = journal_bytes(URL, json.dumps(ASKED).encode(), [(5, HEAD), (6, EVENTS[1])], end=(9, "complete"))
    lines = whole.splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:4]))
    (recording,) = recexplore.load(tmp_path, progress=False)
    journal.write_bytes(whole)

    found = answer_of(recording)

    assert (found.body, found.ending) == (HEAD, "broken off")


def test_an_answer_that_came_before_the_request_was_sent_is_whole(read: Loads) -> None:
    timing = {"reads": [[-9 * MS, len(HEAD)], [-3 * MS, 5], [2, len(TAIL) - 5]], "headers_received": -10 * MS}

    found = answer(read, document([(5, HEAD + TAIL)], timing=timing))

    assert found.reads == (Read(0, HEAD), Read(0, TAIL[:5]), Read(2, TAIL[5:]))


def test_what_was_compressed_stays_so(read: Loads) -> None:
    body = gzip.compress(b"".join(EVENTS))
    headers = {"content-type": "text/event-stream", "content-encoding": "gzip"}

    made = document([(1, body)], packed=True, headers=headers)
    found = answer(read, made)

    assert found.body == body
    assert ("content-encoding", "gzip") in found.headers


def test_what_was_compressed_has_chunks_without_its_compression(read: Loads) -> None:
    body = gzip.compress(b"".join(EVENTS))
    headers = {"content-type": "text/event-stream", "content-encoding": "gzip"}
    times = {"request_sent": 0, "chunks": [n * MS for n in range(1, 6)]}
    (recording,) = read(document([(9, body)], packed=True, headers=headers, timing=times))

    found = answer_of(recording, unpacked=True)

    assert found.reads == tuple(Read(n * MS, data) for n, data in enumerate(EVENTS, 1))
    assert (found.headers, found.is_recorded) == ((("content-type", "text/event-stream"),), False)
    assert found.content_length is None


def test_what_was_kept_unpacked_is_not_as_it_came(read: Loads) -> None:
    made = document([(n, data) for n, data in enumerate(EVENTS, 1)])
    made["wire"]["unpacked"] = "gzip"
    found = answer(read, made)

    assert (found.body, found.is_recorded) == (b"".join(EVENTS), False)
    assert not any(name == "content-encoding" for name, _ in found.headers)


def test_a_journal_and_the_recording_it_becomes_are_the_same_answer(tmp_path: Path) -> None:
    cut = TAIL.index("三".encode()) + 1
    written_until = partial(
        journal_bytes,
        URL,
        json.dumps(ASKED).encode(),
        [(t * MS, data) for t, data in [(25, HEAD), (40, TAIL[:cut]), (41, TAIL[cut:])]],
        sent_ns=5 * MS,
        headers_ns=20 * MS,
        headers=[("content-type", "text/event-stream"), ("x-request-id", "r")],
    )
    journal = tmp_path / "one.journal.jsonl"
    journal.write_bytes(written_until())
    (coming,) = recexplore.load(tmp_path, progress=False)
    broken = answer_of(coming)
    journal.write_bytes(written_until(end=(60 * MS, "complete")))
    (ended,) = recexplore.load(tmp_path, progress=False)
    of_journal = answer_of(ended)
    finish(journal)
    (recording,) = recexplore.load(tmp_path, progress=False)

    found = answer_of(recording)

    assert found == of_journal == replace(broken, ending="complete", ended_ns=55 * MS)
    assert (broken.ending, found.headers_ns) == ("broken off", 15 * MS)
    assert found.reads == (Read(20 * MS, HEAD), Read(35 * MS, TAIL[:cut]), Read(36 * MS, TAIL[cut:]))


@pytest.mark.parametrize("wire", [{}, {"status": 999}, {"base64": "%"}, {"lines": 5, "base64": None}, {"headers": 3}])
def test_no_member_of_a_file_is_believed(read: Loads, wire: dict[str, Any]) -> None:
    made = document([(1, HEAD)])
    made["wire"] = {"status": 200, **wire}

    assert answer(read, made).status == 200


# --- other recorders -----------------------------------------------------------------------------------------------------


def test_the_text_of_a_stream_is_given_as_it_stands_in_its_file(formats: Corpus, bundled_folder: Path) -> None:
    for name in ("messages.sse", "ollama.ndjson"):
        found = answer_of(formats[name.partition(".")[0]])
        assert found.body == (bundled_folder.parent / "formats" / name).read_bytes()
        assert found.is_recorded


def test_bodies_in_cassettes_are_given_as_they_stand_there(flaky: Corpus, bundled_folder: Path) -> None:
    for recording in flaky:
        cassette = yaml.safe_load((bundled_folder.parent / "runs" / f"{recording.id}.yaml").read_bytes())
        kept = cassette["interactions"][0]["response"]["body"]["string"]
        found = answer_of(recording)
        assert (found.body, found.is_recorded) == (kept.encode() if isinstance(kept, str) else kept, True)


def test_a_compressed_body_of_another_recorder_comes_without_its_compression(read: Loads) -> None:
    body = b"".join(EVENTS)
    compress = zlib.compressobj(wbits=31)
    packed = compress.compress(body) + compress.flush()
    cassette = {
        "interactions": [
            {
                "request": {
                    "method": "POST",
                    "uri": "https://a.example/v1/chat/completions",
                    "body": "{}",
                    "headers": {},
                },
                "response": {
                    "status": {"code": 200, "message": "OK"},
                    "headers": {"content-type": ["text/event-stream"], "content-encoding": ["gzip"]},
                    "body": {"string": packed},
                },
            }
        ],
        "version": 1,
    }
    (recording,) = read(yaml.safe_dump(cassette).encode(), "cassette.yaml")

    assert answer_of(recording).body == body


def test_parsed_objects_are_made_a_stream_again(all_recordings: Corpus) -> None:
    n = 0
    for recording in all_recordings:
        found = answer_of(recording)
        if recording.exchange.is_exception or not recording.exchange.streaming:
            continue
        n += 1
        cut = read_body(found.body, dict(found.headers)["content-type"])
        chunks = [recording.raw(at) for at in range(len(recording.chunks))]
        assert cut.chunks[: len(chunks)] == chunks
        assert cut.chunks[len(chunks) :] in ([], ["[DONE]"])
        assert len(found.chunk_ends) == len(cut.chunks)
        assert (found.status, found.ending) == (200, "complete")
    assert n > 15


def test_names_of_events_come_where_clients_go_by_them(read: Loads) -> None:
    chunks = [{"type": "message_start", "message": {"id": "a", "role": "assistant"}}, {"type": "message_stop"}]
    request = {"method": "POST", "url": "https://api.anthropic.com/v1/messages", "payload": {"stream": True}}
    (recording,) = read({"request": request, "response": {"body": chunks, "is_streaming": True}})

    found = answer_of(recording)

    assert found.body.startswith(b"event: message_start\ndata: {")
    assert b"[DONE]" not in found.body
    assert not found.is_recorded


def test_measured_chunks_come_when_they_came(formats: Corpus) -> None:
    recording = formats["aiperf#1"]

    found = answer_of(recording)

    assert [round(t / 1e9, 6) for t, _ in found.reads] == [round(t, 6) for t in recording.chunks["t_s"]]
    assert max(b - a for (a, _), (b, _) in zip(found.reads, found.reads[1:], strict=False)) > 2 * 10**9


def test_a_file_that_breaks_off_is_an_answer_that_does(bundled_folder: Path, read: Loads) -> None:
    data = (bundled_folder.parent / "formats" / "messages.sse").read_bytes()[:1000]
    (recording,) = read(data, "cut.sse")

    found = answer_of(recording)

    assert (found.body, found.ending) == (data, "broken off")


def test_a_whole_answer_is_one_body_and_says_its_length(made: Corpus) -> None:
    found = answer_of(made["whole-answer"])

    assert json.loads(found.body) == made["whole-answer"].raw(0)
    assert found.content_length == len(found.body)
    assert found.headers == (("content-type", "application/json"),)


def test_an_exception_is_its_status_and_a_body_of_json(made: Corpus) -> None:
    found = answer_of(made["bad-request"])

    assert found.status == 400
    assert json.loads(found.body)["error"]["message"] == "the image is not valid"


@pytest.mark.parametrize(
    ("message", "status", "said"),
    [
        (
            "Error code: 429 - {'error': {'message': 'slow down', 'code': None}}",
            429,
            {"message": "slow down", "code": None},
        ),
        ("Error code: 429 - {'error': [", 429, {"message": "{'error': [", "type": "recorded_exception"}),
        ("Error code: 429 - {1: {2}}", 429, {"message": "{1: {2}}", "type": "recorded_exception"}),
        ("it broke", 500, {"message": "it broke", "type": "recorded_exception"}),
        ("Error code: 429 - " + "{" * 9000, 429, {"message": "{" * 9000, "type": "recorded_exception"}),
    ],
)
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_the_body_of_an_exception_is_taken_from_its_words(read: Loads, message: str, status: int, said: Any) -> None:
    response = {"body": None, "is_streaming": False, "is_exception": True, "exception_message": message}
    (recording,) = read({"test_id": "t", "request": {"body": {"model": "m"}}, "response": response})

    found = answer_of(recording)

    assert (found.status, json.loads(found.body)["error"]) == (status, said)


def test_reads_without_as_many_times_come_at_once() -> None:
    nan = float("nan")

    assert timed_reads(b"abcd", (2, 4), [1.0]) == (Read(0, b"abcd"),)
    assert timed_reads(b"abcd", (2, 4), [nan, nan]) == (Read(0, b"abcd"),)
    assert timed_reads(b"abcd", (2, 4), [1.0, nan]) == (Read(10**9, b"ab"), Read(10**9, b"cd"))
    assert timed_reads(b"", (), []) == ()
