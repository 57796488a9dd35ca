"""Answers as streams that can be changed: what stays has its bytes and its time, what is new is written like it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from captured import MS, chat_events, document, written

import recexplore
from recexplore.capture.replay.answer import Answer
from recexplore.capture.replay.recorded_answer import answer_of
from recexplore.corpus import Corpus
from recexplore.testing.replayed_defects.wire_tape import WireTape

EVENTS = chat_events("One", " two", " three")
READS = [(10 * n, each) for n, each in enumerate(EVENTS)]


def wire_of(folder: Path, recorded: dict[str, Any], **options: Any) -> tuple[WireTape, Answer]:
    (recording,) = recexplore.load(written(folder, a=recorded), progress=False)
    answer = answer_of(recording, unpacked=True)
    return WireTape(recording, answer, **options), answer


def test_what_nobody_changed_is_as_it_was(all_recordings: Corpus) -> None:
    for recording in all_recordings:
        answer = answer_of(recording, unpacked=True)
        wire = WireTape(recording, answer)
        made = wire.answer_with(wire.tape)
        if made is not None:
            assert made.body == answer.body or json.loads(made.body) == json.loads(answer.body), recording.id
            assert (made.ended_ns, made.ending) == (answer.ended_ns, answer.ending)
            assert made.is_recorded == (answer.is_recorded and made.body == answer.body)


def test_what_was_put_in_comes_with_the_chunk_before_it(tmp_path: Path) -> None:
    wire, _ = wire_of(tmp_path, document(READS))
    wire.tape.insert(2, wire.tape.chunks[1] | {"id": "other"})

    made = wire.answer_with(wire.tape)

    assert made is not None
    assert [read.t_ns // MS for read in made.reads] == [0, 10, 20, 30, 40]
    assert made.reads[1].data == EVENTS[1] + EVENTS[1].replace(b'"c1"', b'"other"')
    assert len(made.chunk_ends) == len(EVENTS) + 1
    assert not made.is_recorded


def test_what_is_left_out_leaves_the_times_of_the_others(tmp_path: Path) -> None:
    wire, answer = wire_of(tmp_path, document(READS, timing={"ended": 55 * MS}))
    del wire.tape.chunks[1]
    one_less = wire.answer_with(wire.tape)
    wire.tape.keep(2)
    cut = wire.answer_with(wire.tape)

    assert one_less is not None
    assert cut is not None
    assert one_less.reads == (answer.reads[0], *answer.reads[2:])
    assert one_less.ended_ns == 55 * MS
    assert (cut.reads, cut.ended_ns // MS) == ((answer.reads[0], answer.reads[2]), 20 + 15)


def test_times_are_the_tapes_where_they_are_asked_for(tmp_path: Path) -> None:
    wire, answer = wire_of(tmp_path, document(READS), has_times=True)
    assert wire.tape.times == [0.0, 0.01, 0.02, 0.03, 0.04]
    wire.tape.times = [time * 2 for time in wire.tape.times]

    made = wire.answer_with(wire.tape)

    assert made is not None
    assert [read.t_ns // MS for read in made.reads] == [0, 20, 40, 60, 80]
    assert made.body == answer.body


def test_a_tape_without_a_clock_has_no_times(tmp_path: Path) -> None:
    wire, _ = wire_of(tmp_path, document([(0, b"".join(EVENTS))]), has_times=True)

    assert wire.tape.times is None


def test_lines_of_json_stay_lines(tmp_path: Path) -> None:
    lines = [b'{"model": "m", "response": "a", "done": false}\n', b'{"model": "m", "response": "", "done": true}\n']
    asked = document(
        [(0, lines[0]), (9, lines[1])],
        url="http://localhost:11434/api/generate",
        body={"model": "m", "prompt": "Say it"},
        headers={"content-type": "application/x-ndjson"},
    )
    wire, _ = wire_of(tmp_path, asked)
    wire.tape.chunks[0]["response"] = "b\u00e9"

    made = wire.answer_with(wire.tape)

    assert made is not None
    assert made.body == '{"model": "m", "response": "b\u00e9", "done": false}\n'.encode() + lines[1]


def test_a_whole_answer_stays_one_value(tmp_path: Path) -> None:
    whole = {"id": "c", "object": "chat.completion", "choices": [{"index": 0, "message": {"content": "a"}}]}
    recorded = document([(5, json.dumps(whole).encode())], headers={"content-type": "application/json"})
    wire, _ = wire_of(tmp_path, recorded)
    wire.tape.chunks[0]["id"] = "other"
    made = wire.answer_with(wire.tape)
    wire.tape.chunks.append({})

    assert made is not None
    assert json.loads(made.body) == whole | {"id": "other"}
    assert wire.answer_with(wire.tape) is None


def test_a_streamed_list_stays_a_list(tmp_path: Path) -> None:
    items = [{"candidates": [{"index": 0, "content": {"role": "model", "parts": [{"text": text}]}}]} for text in "ab"]
    url = "https://generativelanguage.googleapis.com/v1beta/models/gemini:streamGenerateContent"
    recorded = document([(5, json.dumps(items).encode())], url=url, headers={"content-type": "application/json"})
    wire, _ = wire_of(tmp_path, recorded)
    wire.tape.chunks.insert(1, wire.tape.chunks[0])

    made = wire.answer_with(wire.tape)

    assert made is not None
    assert json.loads(made.body) == [items[0], items[0], items[1]]


def test_bytes_that_are_framed_already_are_sent_as_they_are(tmp_path: Path) -> None:
    wire, _ = wire_of(tmp_path, document(READS))
    wire.tape.framed = b"".join(EVENTS[:2]) + b"error: it broke\n\n" + b"".join(EVENTS[2:])

    made = wire.answer_with(wire.tape)

    assert made is not None
    assert made.body == wire.tape.framed
    assert made.reads[-1].t_ns == 40 * MS


def test_a_failure_is_a_status_and_an_error(tmp_path: Path) -> None:
    wire, _ = wire_of(tmp_path, document(READS))
    wire.tape.response = {"is_exception": True, "exception_data": {"type": "E", "message": "no", "status_code": 429}}
    in_mid_stream = wire.answer_with(wire.tape)
    wire.tape.keep(0)

    made = wire.answer_with(wire.tape)

    assert in_mid_stream is None
    assert made is not None
    assert (made.status, json.loads(made.body)) == (429, {"error": {"message": "no", "type": "E"}})
    assert made.content_length == len(made.body)


def test_another_format_is_no_answer(tmp_path: Path) -> None:
    wire, _ = wire_of(tmp_path, document(READS))
    changed = wire.tape.copy()
    changed.dialect = "openai_assistants"

    assert wire.answer_with(changed) is None


@pytest.mark.parametrize("body", [b"", b"plain text", b"\xff\xfe\x00", b"[DONE]"])
def test_what_is_no_json_is_left_alone(tmp_path: Path, body: bytes) -> None:
    reads = [(0, body)] if body else []
    wire, _ = wire_of(tmp_path, document(reads, headers={"content-type": "text/plain"}, packed=True))
    wire.tape.chunks.append({"a": 1})

    wire.answer_with(wire.tape)
