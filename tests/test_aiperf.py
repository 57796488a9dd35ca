from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import says

from recexplore.corpus import Corpus
from recexplore.model.exchange import Exchange
from recexplore.read.envelopes import aiperf, choose
from recexplore.read.wire.content import Content

START = 52_000_000_000
BEGAN = 1_735_732_800_000_000_000
CHUNKS = [says("Hel"), says("lo")]
ASKED = {"model": "gpt-x", "messages": [], "stream": True}


def event(after_ms: int, *packets: tuple[str, str | None]) -> dict[str, Any]:
    fields = [{"name": name, "value": value} for name, value in packets]
    return {"perf_ns": START + after_ms * 1_000_000, "packets": fields}


def says_at(after_ms: int, chunk: Any) -> dict[str, Any]:
    return event(after_ms, ("data", json.dumps(chunk)))


RESPONSES = [says_at(100, CHUNKS[0]), says_at(150, CHUNKS[1]), event(160, ("data", "[DONE]"))]


def record(responses: Any = RESPONSES, **fields: Any) -> dict[str, Any]:
    """As ``profile_export_raw.jsonl`` has it."""
    metadata = {"session_num": 0, "x_request_id": "r-1", "conversation_id": "s-1", "turn_index": 0, "worker_id": "w"}
    metadata |= {"request_start_ns": BEGAN, "request_end_ns": BEGAN + 160_000_000, "benchmark_phase": "profiling"}
    return {
        "metadata": metadata,
        "start_perf_ns": START,
        "payload": ASKED,
        "request_headers": {"Content-Type": "application/json"},
        "response_headers": None,
        "status": 200,
        "responses": responses,
        "error": None,
        **fields,
    }


def lines(*records: Any) -> bytes:
    return "".join(json.dumps(each) + "\n" for each in records).encode()


def exchanges(data: bytes) -> list[Exchange]:
    content = Content("profile_export_raw.jsonl", data)
    assert choose(content) is aiperf
    return list(aiperf.read(content))


def only(record_: Any) -> Exchange:
    (exchange,) = exchanges(lines(record_))
    return exchange


def test_a_streamed_answer_with_its_times(read: Callable[..., Corpus]) -> None:
    corpus = read(lines(record()), "profile_export_raw.jsonl")
    found = corpus["profile_expo"]

    assert found.facts[["envelope", "dialect", "streaming", "status", "model_requested"]].tolist() == [
        "aiperf",
        "openai_chat",
        True,
        200,
        "gpt-x",
    ]
    assert found.facts[["clock", "t_zero"]].tolist() == ["measured", "request"]
    assert found.text() == "Hello"
    assert [found.raw(at) for at in range(3)] == [*CHUNKS, "[DONE]"]
    assert found.chunks["t_s"].tolist() == pytest.approx([0.1, 0.15, 0.16])
    assert found.facts["ttfc_s"] == pytest.approx(0.1)
    assert [each.round("ms") for each in found.chunks["wall_time"]] == [
        pd.Timestamp(BEGAN + ms * 1_000_000, tz="UTC") for ms in (100, 150, 160)
    ]
    assert found.request == ASKED
    assert corpus.problems.empty


def test_what_else_was_noted_is_kept(read: Callable[..., Corpus]) -> None:
    extra = json.loads(read(lines(record(trace_data={"a": 1})), "raw.jsonl")["raw"].facts["extra"])

    assert extra["metadata"]["conversation_id"] == "s-1"
    assert extra["trace_data"] == {"a": 1}


def test_a_whole_answer(read: Callable[..., Corpus]) -> None:
    answer = {
        "object": "chat.completion",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}}],
    }
    response = {"perf_ns": START + 400_000_000, "text": json.dumps(answer), "content_type": "application/json"}
    corpus = read(lines(record([response])), "raw.jsonl")

    assert corpus["raw"].facts[["dialect", "streaming", "n_chunks"]].tolist() == ["openai_chat", False, 1]
    assert corpus["raw"].chunks["t_s"].tolist() == pytest.approx([0.4])
    assert corpus["raw"].text() == "Hello"


def test_the_fields_of_an_event() -> None:
    first = event(
        1, ("comment", "hi"), ("event", "delta"), ("id", "7"), ("retry", "3"), ("data", '{"a":'), ("data", "1}")
    )
    exchange = only(record([first, event(2, ("data", "x"), ("odd", None))]))

    assert exchange.chunks == [{"a": 1}, "x"]
    assert exchange.wire["event"] == ["delta", None]
    noted = json.loads(exchange.wire["framing"][0])
    assert (noted["id"], str(noted["retry"]), len(noted["before"])) == ("7", "3", 1)


def test_events_whose_name_brings_text_keep_it() -> None:
    pieces = ["There are ", "12", " or ", "[]", "{"]
    told = [event(at, ("event", "output"), ("data", piece)) for at, piece in enumerate(pieces)]
    exchange = only(record([*told, event(9, ("event", "done"), ("data", "{}"))]))

    assert exchange.chunks == [*pieces, {}]
    assert exchange.problems == []


def test_several_records(read: Callable[..., Corpus]) -> None:
    corpus = read(lines(record(), record(status=500, responses=[]), record()), "raw.jsonl")

    assert corpus.recordings[["recording", "exchange", "n_chunks"]].to_numpy().tolist() == [
        ["raw#0", 0, 3],
        ["raw#1", 1, 0],
        ["raw#2", 2, 3],
    ]
    assert [corpus[f"raw#{at}"].raw(1) for at in (0, 2)] == [CHUNKS[1], CHUNKS[1]]


def test_an_error() -> None:
    error = {"code": 503, "type": "HTTPError", "message": "overloaded", "cause": None}
    exchange = only(record([], status=None, error=error))

    assert (exchange.error, exchange.status, exchange.chunks, exchange.clock) == ("overloaded", 503, [], "none")


def test_an_error_without_a_message_is_named_by_its_type() -> None:
    assert only(record([], error={"type": "Cancelled", "message": ""})).error == "Cancelled"


@pytest.mark.parametrize("start", [None, "x", 1.5, START + 10**12])
def test_without_a_start_the_first_answer_is_zero(start: Any) -> None:
    exchange = only(record(start_perf_ns=start))

    assert (exchange.clock, exchange.t_zero) == ("measured", "first_chunk")
    assert exchange.times_s == pytest.approx([0, 0.05, 0.06])
    assert exchange.wall_times is None


@pytest.mark.parametrize("stamp", [None, "x", [1], True])
def test_an_answer_without_a_stamp_has_no_time_and_says_so(stamp: Any) -> None:
    exchange = only(record([*RESPONSES[:2], {**RESPONSES[2], "perf_ns": stamp}]))

    assert (exchange.clock, len(exchange.chunks)) == ("measured", 3)
    assert exchange.times_s is not None
    assert [math.isnan(each) for each in exchange.times_s] == [False, False, True]
    assert [problem.what for problem in exchange.problems] == ["`perf_ns` is not as recorded"]


def test_broken_json_in_an_event_is_kept_and_said() -> None:
    exchange = only(record([event(1, ("data", '{"choices": [')), RESPONSES[1]]))

    assert exchange.chunks == ['{"choices": [', CHUNKS[1]]
    assert [(each.what, each.chunk) for each in exchange.problems] == [("an event's data is not JSON", 0)]


def test_a_cut_last_line_keeps_what_stands_before_the_cut(read: Callable[..., Corpus]) -> None:
    data = lines(record(), record())
    corpus = read(data[: data.rindex(b"lo\\")], "raw.jsonl")

    assert corpus["raw#0"].text() == "Hello"
    assert corpus["raw#0"].chunks["damage"].isna().all()
    assert corpus["raw#1"].text() == "Hel"
    assert corpus["raw#1"].chunks["damage"].tolist()[-1] == "cut"
    assert ["the file breaks off", 1] in corpus.problems[["what", "exchange"]].to_numpy().tolist()


@pytest.mark.parametrize("cut", range(1, len(lines(record())) - 2, 41))
def test_a_line_cut_anywhere_leaves_the_line_before_as_it_is(cut: int) -> None:
    first, *_ = exchanges(lines(record()) + lines(record())[:cut])

    assert (first.chunks, first.problems) == ([*CHUNKS, "[DONE]"], [])


@pytest.mark.parametrize("line", [b"5", b"null", b"[1]", b'"x"', b"nonsense", b"{", b"\xff"])
def test_a_line_that_is_no_record_is_a_problem(line: bytes) -> None:
    _, second, third = exchanges(lines(record()) + line + b"\n" + lines(record()))

    assert (second.chunks, len(second.problems)) == ([], 1)
    assert (third.number, len(third.chunks), third.problems) == (2, 3, [])


def test_empty_lines_are_no_records() -> None:
    assert len(exchanges(lines(record()) + b"\n\r\n" + lines(record()))) == 2


def test_a_pair_that_two_chunks_share_is_joined(read: Callable[..., Corpus]) -> None:
    responses = [says_at(1, says("a\ud83d")), says_at(2, says("\ude00b"))]

    assert read(lines(record(responses)), "raw.jsonl")["raw"].text() == "a\N{GRINNING FACE}b"


ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("data"),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["perf_ns", "packets", "text", "name", "value", "code", "message"]), inner)
    ),
    max_leaves=6,
)
FIELDS = ["metadata", "start_perf_ns", "payload", "request_headers", "status", "responses", "error", "url", "x"]


@given(st.dictionaries(st.sampled_from(FIELDS), ANY))
def test_no_field_makes_it_raise(fields: dict[str, Any]) -> None:
    exchange = only(record() | fields)

    assert exchange.times_s is None or len(exchange.times_s) == len(exchange.chunks)
    assert all(len(cells) == len(exchange.chunks) for cells in exchange.wire.values())


@pytest.mark.parametrize("stamp", [10**400, -(10**400), 2**63], ids=["huge", "huge below zero", "64 bits"])
def test_stamps_that_are_none_do_not_stop_the_load(read: Callable[..., Corpus], stamp: int) -> None:
    corpus = read(lines(record([{**RESPONSES[0], "perf_ns": stamp}])), "raw.jsonl")

    assert corpus.recordings["n_chunks"].tolist() == [1]


def test_files_it_does_not_know() -> None:
    for name, data in [
        ("x.jsonl", b'{"start_perf_ns": 1}\n'),
        ("x.jsonl", b'{"responses": []}\n{"start_perf_ns": 1}\n'),
        ("x.json", json.dumps(record(), indent=1).encode()),
        ("x.jsonl", b""),
    ]:
        assert choose(Content(name, data)) is not aiperf
