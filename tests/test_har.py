from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from synthetic import says

from recexplore.corpus import Corpus
from recexplore.model.exchange import Exchange
from recexplore.read.envelopes import choose, har
from recexplore.read.wire.content import Content

URL = "https://api.openai.com/v1/chat/completions"
ASKED = {"model": "gpt-x", "messages": [], "stream": True}
CHUNKS = [says("Hel"), says("lo")]
SSE = "".join(f"data: {json.dumps(each)}\n\n" for each in CHUNKS) + "data: [DONE]\n\n"
STARTED = "2025-01-01T12:00:00.500Z"
STARTED_S = 1735732800.5
MESSAGES = [
    {"time": STARTED_S + after, "eventName": "message", "eventId": "", "data": data}
    for after, data in [(0.25, json.dumps(CHUNKS[0])), (0.75, json.dumps(CHUNKS[1])), (1.0, "[DONE]")]
]


def pairs(**headers: str) -> list[dict[str, str]]:
    return [{"name": name.replace("_", "-"), "value": value} for name, value in headers.items()]


def entry(content: Any = None, **fields: Any) -> dict[str, Any]:
    """As the specification has it."""
    said = {"size": 100, "mimeType": "text/event-stream", "text": SSE} if content is None else content
    posted = {"mimeType": "application/json", "text": json.dumps(ASKED)}
    return {
        "startedDateTime": STARTED,
        "time": 1200.5,
        "request": {"method": "POST", "url": URL, "httpVersion": "http/2.0", "headers": [], "postData": posted},
        "response": {
            "status": 200,
            "statusText": "OK",
            "headers": pairs(Content_Type="text/event-stream"),
            "content": said,
        },
        "cache": {},
        "timings": {"send": 0.1, "wait": 250, "receive": 950},
        **fields,
    }


def archive(*entries: Any, **log: Any) -> dict[str, Any]:
    return {"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "pages": [], "entries": entries, **log}}


def only(entry_: Any) -> Exchange:
    content = Content("x.har", json.dumps(archive(entry_)).encode())
    assert choose(content) is har
    (exchange,) = har.read(content)
    return exchange


def assert_streamed_hello(corpus: Corpus, name: str = "saved") -> None:
    facts = corpus[name].facts

    assert facts[["envelope", "dialect", "provider", "method", "url", "endpoint"]].tolist() == [
        "har",
        "openai_chat",
        "openai",
        "POST",
        URL,
        "/v1/chat/completions",
    ]
    assert facts[["status", "model_requested", "streaming", "n_chunks"]].tolist() == [200, "gpt-x", True, 3]
    assert corpus[name].text() == "Hello"
    assert [corpus[name].raw(at) for at in range(3)] == [*CHUNKS, "[DONE]"]
    assert corpus[name].request == ASKED


# --- Chrome ------------------------------------------------------------------------------------------------------------


def chromes(**fields: Any) -> dict[str, Any]:
    content = {"size": 0, "mimeType": "text/event-stream"}
    about = {"_initiator": {"type": "script"}, "_priority": "High", "_resourceType": "eventsource", "connection": "443"}
    found = entry(content, **about, _eventSourceMessages=MESSAGES, **fields)
    found["response"] |= {"_transferSize": 300, "_error": None, "_fetchedViaServiceWorker": False}
    return found


def test_the_times_that_chrome_noted(read: Callable[..., Corpus]) -> None:
    corpus = read(archive(chromes()), "saved.har")
    facts, chunks = corpus["saved"].facts, corpus["saved"].chunks

    assert_streamed_hello(corpus)
    assert facts[["clock", "t_zero"]].tolist() == ["measured", "request"]
    assert chunks["t_s"].tolist() == pytest.approx([0.25, 0.75, 1.0])
    assert facts["ttfc_s"] == pytest.approx(0.25)
    assert facts["duration_s"] == pytest.approx(1.0)
    assert [each.round("ms") for each in chunks["wall_time"]] == [
        pd.Timestamp(f"2025-01-01T12:00:0{at}Z") for at in ("0.750", "1.250", "1.500")
    ]
    assert chunks["bytes"].isna().all()
    assert corpus.problems.empty


def test_times_in_milliseconds() -> None:
    messages = [{**each, "time": each["time"] * 1000} for each in MESSAGES]

    assert only(chromes() | {"_eventSourceMessages": messages}).times_s == pytest.approx([0.25, 0.75, 1.0])


@pytest.mark.parametrize("started", [None, "soon", 5, "2031-01-01T00:00:00Z"])
def test_without_a_start_the_first_event_is_zero(started: Any) -> None:
    exchange = only(chromes() | {"startedDateTime": started})

    assert (exchange.clock, exchange.t_zero) == ("measured", "first_chunk")
    assert exchange.times_s == pytest.approx([0, 0.5, 0.75])


@pytest.mark.parametrize(
    "started", ["2025-01-01T13:00:00.500+01:00", "2025-01-01T07:00:00.5-05:00", "2025-01-01T12:00:00.500000Z"]
)
def test_the_start_may_be_told_in_any_zone(started: str) -> None:
    assert only(chromes() | {"startedDateTime": started}).times_s == pytest.approx([0.25, 0.75, 1.0])


@pytest.mark.parametrize("time", [None, "now", [1], {}, True])
def test_an_event_without_a_time_has_none_and_says_so(time: Any) -> None:
    exchange = only(chromes() | {"_eventSourceMessages": [*MESSAGES[:2], {**MESSAGES[2], "time": time}]})

    assert (exchange.clock, len(exchange.chunks)) == ("measured", 3)
    assert exchange.times_s == pytest.approx([0.25, 0.75, float("nan")], nan_ok=True)
    assert [problem.what for problem in exchange.problems] == ["`time` of an event is not as recorded"]


def test_times_that_go_back_are_none(read: Callable[..., Corpus]) -> None:
    messages = [MESSAGES[0], {**MESSAGES[1], "time": 1}, MESSAGES[2]]
    corpus = read(archive(chromes() | {"_eventSourceMessages": messages}), "saved.har")

    assert corpus.recordings["clock"].tolist() == ["none"]
    assert corpus.chunks["t_s"].isna().all()
    assert corpus.problems["found"].tolist() == ["times that go back"]


def test_a_time_beyond_the_calendar_is_none(read: Callable[..., Corpus]) -> None:
    messages = [*MESSAGES[:2], {**MESSAGES[2], "time": 9e12}]
    corpus = read(archive(chromes() | {"_eventSourceMessages": messages}), "saved.har")

    assert corpus.chunks["wall_time"].isna().tolist() == [False, False, True]
    assert corpus.chunks["t_s"].isna().tolist() == [False, False, True]
    assert corpus.problems[["chunk", "what"]].values.tolist() == [[2, "times beyond the calendar"]]


def test_names_and_ids_of_events() -> None:
    messages = [{**MESSAGES[0], "eventName": "delta", "eventId": "7"}, MESSAGES[1]]
    wire = only(chromes() | {"_eventSourceMessages": messages}).wire

    assert wire["event"] == ["delta", None]
    assert [each and json.loads(each) for each in wire["framing"]] == [{"id": "7"}, None]


def test_text_under_a_name_is_kept_as_it_came() -> None:
    messages = [
        {**MESSAGES[0], "eventName": name, "data": data}
        for name, data in [("output", "2"), ("output", " + 2"), ("output", None), ("done", "{}"), ("message", "12")]
    ]
    exchange = only(chromes() | {"_eventSourceMessages": messages})

    assert exchange.chunks == ["2", " + 2", "", {}, 12]
    assert exchange.wire["event"] == ["output", "output", "output", "done", None]


def test_times_and_text_of_a_stream_together() -> None:
    found = chromes()
    found["response"]["content"]["text"] = SSE
    exchange = only(found)

    assert exchange.chunks == [*CHUNKS, "[DONE]"]
    assert exchange.times_s == pytest.approx([0.25, 0.75, 1.0])
    assert sum(exchange.wire["bytes"]) == len(SSE)


def test_more_events_than_times_have_no_clock() -> None:
    found = chromes() | {"_eventSourceMessages": MESSAGES[:2]}
    found["response"]["content"]["text"] = SSE
    exchange = only(found)

    assert (len(exchange.chunks), exchange.clock, exchange.times_s) == (3, "none", None)


def test_an_event_that_is_no_json_is_kept_and_said() -> None:
    messages = [{**MESSAGES[0], "data": '{"choices": ['}, MESSAGES[1]]
    exchange = only(chromes() | {"_eventSourceMessages": messages})

    assert exchange.chunks == ['{"choices": [', CHUNKS[1]]
    assert [(each.what, each.chunk) for each in exchange.problems] == [("an event's data is not JSON", 0)]


def test_an_error_that_is_streamed_with_an_error_status() -> None:
    found = chromes()
    found["response"]["status"] = 529

    assert (only(found).status, only(found).error) == (529, None)


@pytest.mark.parametrize("encoding", ["br", "gzip", "deflate", "zstd"])
def test_chrome_undoes_the_compression_and_keeps_the_header(read: Callable[..., Corpus], encoding: str) -> None:
    found = entry()
    found["response"]["headers"] += pairs(content_encoding=encoding)
    corpus = read(archive(found), "saved.har")

    assert_streamed_hello(corpus)
    assert corpus.problems.empty


def test_a_type_that_chrome_does_not_know_does_not_hide_the_headers() -> None:
    exchange = only(entry({"size": 9, "mimeType": "x-unknown", "text": SSE}))

    assert exchange.chunks == [*CHUNKS, "[DONE]"]


def test_a_request_that_failed(read: Callable[..., Corpus]) -> None:
    found = entry({"size": 0, "mimeType": "x-unknown"})
    found["response"] |= {"status": 0, "statusText": "", "headers": [], "_error": "net::ERR_ABORTED"}
    facts = read(archive(found), "saved.har")["saved"].facts

    assert facts["error"] == "net::ERR_ABORTED"
    assert pd.isna(facts["status"])


# --- others ------------------------------------------------------------------------------------------------------------


def test_a_stream_saved_as_text(read: Callable[..., Corpus]) -> None:
    corpus = read(archive(entry()), "saved.har")

    assert_streamed_hello(corpus)
    assert corpus["saved"].facts["clock"] == "none"
    assert corpus["saved"].chunks["t_s"].isna().all()
    assert corpus["saved"].chunks["bytes"].sum() == len(SSE)
    assert corpus.problems.empty


def test_a_body_in_base64(read: Callable[..., Corpus]) -> None:
    content = {"size": 9, "mimeType": "text/event-stream", "encoding": "base64"}
    content["text"] = base64.b64encode(SSE.encode()).decode()

    assert_streamed_hello(read(archive(entry(content)), "saved.har"))


def test_what_firefox_saves(read: Callable[..., Corpus]) -> None:
    found = entry({"mimeType": "text/event-stream; charset=utf-8", "size": len(SSE), "text": SSE}, pageref="page_1")
    found["request"]["postData"]["params"] = []
    found["startedDateTime"] = "2025-01-01T13:00:00.500+01:00"
    found["connection"] = "443"

    assert_streamed_hello(read(archive(found, browser={"name": "Firefox", "version": "130"}), "saved.har"))


def test_what_mitmproxy_saves(read: Callable[..., Corpus]) -> None:
    found = entry({"size": len(SSE), "compression": 12, "mimeType": "text/event-stream", "text": SSE})
    found["response"]["headers"] = [*pairs(server="x"), *pairs(content_type="text/event-stream", content_encoding="br")]
    found["serverIPAddress"] = "10.0.0.1"

    assert_streamed_hello(read(archive(found), "saved.har"))


def test_what_playwright_saves(read: Callable[..., Corpus]) -> None:
    found = entry({"size": len(SSE), "mimeType": "text/event-stream", "text": SSE}, pageref="page@1", _frameref="f")
    found["response"] |= {"_transferSize": -1, "headersSize": -1, "bodySize": -1, "redirectURL": ""}

    assert_streamed_hello(read(archive(found), "saved.har"))


def test_why_a_request_failed_in_playwright() -> None:
    found = entry({"size": -1, "mimeType": "x-unknown"})
    found["response"] |= {"status": -1, "_failureText": "net::ERR_FAILED"}
    exchange = only(found)

    assert (exchange.status, exchange.error, exchange.problems) == (None, "net::ERR_FAILED", [])


@pytest.mark.parametrize(
    "content",
    [
        {"size": 100, "mimeType": "text/event-stream"},
        {"size": 100, "mimeType": "application/json", "text": ""},
        {"size": 100, "mimeType": "application/json", "_file": "1f3a.json"},
        {"size": 100, "mimeType": "application/json", "comment": "Response bodies are not included."},
    ],
)
def test_a_body_that_was_not_saved_is_said(read: Callable[..., Corpus], content: Any) -> None:
    corpus = read(archive(entry(content)), "saved.har")

    assert corpus.problems[["what", "exchange"]].to_numpy().tolist() == [["the answer was not saved", 0]]
    assert ("1f3a.json" if "_file" in content else "100 bytes") in corpus.problems["found"][0]
    assert corpus.recordings["model_requested"].tolist() == ["gpt-x"]
    assert corpus.chunks.empty


@pytest.mark.parametrize(
    "content", [{"size": 0, "mimeType": "text/event-stream"}, {"size": -1, "_file": "a.dat"}, {"_file": "a.dat"}]
)
def test_a_stream_that_was_let_go_or_stands_elsewhere_is_said(read: Callable[..., Corpus], content: Any) -> None:
    assert read(archive(entry(content)), "saved.har").problems["what"].tolist() == ["the answer was not saved"]


def test_an_empty_body_that_was_saved_is_no_problem(read: Callable[..., Corpus]) -> None:
    assert read(archive(entry({"size": 0, "mimeType": "text/event-stream", "text": ""})), "saved.har").problems.empty


def test_an_answer_without_a_body_is_no_problem() -> None:
    found = entry({"size": 0, "mimeType": ""})
    found["response"] |= {"status": 204}
    exchange = only(found)

    assert (exchange.status, exchange.chunks, exchange.problems) == (204, [], [])


def test_a_question_in_base64() -> None:
    found = entry()
    found["request"]["postData"] = {"text": base64.b64encode(json.dumps(ASKED).encode()).decode(), "encoding": "base64"}

    assert only(found).request == ASKED


def test_several_entries_of_all_kinds(read: Callable[..., Corpus]) -> None:
    page = entry({"size": 6, "mimeType": "text/html", "text": "<html>"})
    page["request"] = {"method": "GET", "url": "https://example.com/", "headers": []}
    corpus = read(archive(page, entry(), chromes()), "saved.har")

    assert corpus.recordings[["recording", "streaming", "clock"]].to_numpy().tolist() == [
        ["saved#0", False, "none"],
        ["saved#1", True, "none"],
        ["saved#2", True, "measured"],
    ]
    assert_streamed_hello(corpus, "saved#2")


def test_framing_of_a_stream_saved_as_text(read: Callable[..., Corpus]) -> None:
    text = f"retry: 3000\n\nevent: first\ndata: {json.dumps(CHUNKS[0])}\n\ndata: {json.dumps(CHUNKS[1])}\n\n: bye\n"
    chunks = read(archive(entry({"size": 9, "mimeType": "text/event-stream", "text": text})), "saved.har").chunks

    assert chunks["event"][0] == "first"
    assert [json.loads(each) for each in chunks["framing"]] == [{"before": ["retry: 3000"]}, {"after": [": bye"]}]


# --- what is not as it should be ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [None, 5, "x", [], True])
def test_an_entry_of_the_wrong_type_is_a_problem(read: Callable[..., Corpus], wrong: Any) -> None:
    corpus = read(archive(wrong, entry()), "saved.har")

    assert corpus.problems[["what", "exchange"]].to_numpy().tolist() == [["an entry is not as recorded", 0]]
    assert_streamed_hello(corpus, "saved#1")


@pytest.mark.parametrize("part", ["request", "response"])
@pytest.mark.parametrize("wrong", [None, 5, "x", [1], True])
def test_a_part_of_the_wrong_type_is_a_problem(part: str, wrong: Any) -> None:
    (problem,) = only(entry(**{part: wrong})).problems

    assert problem.what == f"`{part}` is not as recorded"


ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 600) | st.floats() | st.text(max_size=5) | st.just("base64"),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["text", "encoding", "size", "mimeType", "name", "value", "time", "data"]), inner
        )
    ),
    max_leaves=5,
)


def any_of(*names: str) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from(names), ANY) | ANY


@given(
    any_of("method", "url", "headers", "postData"),
    any_of("status", "headers", "content", "_error"),
    ANY | st.lists(any_of("time", "data", "eventName", "eventId"), max_size=3),
    ANY,
)
def test_no_field_makes_it_raise(request_: Any, response: Any, messages: Any, started: Any) -> None:
    found = {"request": request_, "response": response, "_eventSourceMessages": messages, "startedDateTime": started}
    exchange = only(found)

    assert exchange.times_s is None or len(exchange.times_s) == len(exchange.chunks)
    assert all(len(cells) == len(exchange.chunks) for cells in exchange.wire.values())


@pytest.mark.parametrize("time", [10**400, float("nan"), float("inf"), -5], ids=["huge", "nan", "inf", "negative"])
def test_times_that_are_none_do_not_stop_the_load(read: Callable[..., Corpus], time: float) -> None:
    corpus = read(archive(entry({}, _eventSourceMessages=[{"time": time, "data": "1"}])), "saved.har")

    assert corpus.recordings["n_chunks"].tolist() == [1]
    assert len(corpus.chunks["wall_time"]) == 1


def test_a_cut_archive_keeps_what_stands_before_the_cut(read: Callable[..., Corpus]) -> None:
    text = json.dumps(archive(entry(), entry())).encode()
    corpus = read(text[: text.rindex(b"lo\\")], "saved.har")

    assert_streamed_hello(corpus, "saved#0")
    assert corpus["saved#0"].chunks["damage"].isna().all()
    assert corpus["saved#1"].text() == "Hel"
    assert corpus["saved#1"].chunks["damage"].tolist()[-1] == "cut"
    assert "the file breaks off" in corpus.problems["what"].tolist()


def test_an_archive_cut_inside_its_last_event_marks_it(read: Callable[..., Corpus]) -> None:
    text = json.dumps(archive(chromes())).encode()
    corpus = read(text[: text.rindex(b"lo\\")], "saved.har")

    assert corpus["saved"].chunks["damage"].tolist()[-1] == "cut"


def test_an_archive_without_entries_holds_nothing(read: Callable[..., Corpus]) -> None:
    corpus = read(archive(), "saved.har", named=True)

    assert corpus.problems.empty
    assert corpus.skipped["reason"].tolist() == ["har: nothing was recorded"]


def test_a_file_that_is_no_archive_is_a_problem(read: Callable[..., Corpus]) -> None:
    assert len(read(b"not json", "saved.har", named=True).problems) == 1
    assert len(read({"log": {}}, "saved.har", named=True).problems) == 1
    assert len(read({"log": {}}, "saved.har").skipped) == 1


@pytest.mark.parametrize(
    "value", [{"log": {"entries": []}}, {"log": {"entries": [1], "version": "1.1"}, "comment": "x"}]
)
def test_files_it_knows(value: Any) -> None:
    assert choose(Content("x.json", json.dumps(value).encode())) is har


@pytest.mark.parametrize(
    "value",
    [None, 5, [], {}, {"log": 5}, {"log": {}}, {"log": {"entries": {}}}, {"entries": []}, {"log": [{"entries": []}]}],
)
def test_files_it_does_not_know(value: Any) -> None:
    assert choose(Content("x.har", json.dumps(value).encode())) is not har


# --- Polly.JS ----------------------------------------------------------------------------------------------------------


def of_polly(text: str, media_type: str, *headers: str, **content: Any) -> dict[str, Any]:
    """An entry as Polly.JS writes it."""
    found = entry({"mimeType": media_type, "size": len(text), "text": text, **content}, _id="1f0c", _order=0)
    found["response"]["headers"] = pairs(content_encoding=", ".join(headers)) if headers else []
    return found


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def pieces(data: bytes, pack: Callable[[bytes], str], *sizes: int) -> str:
    found, at = [], 0
    for size in (*sizes, len(data)):
        found.append(pack(data[at : at + size]))
        at += size
    return json.dumps(found, separators=(",", ":"))


@pytest.mark.parametrize("sizes", [(), (1,), (10, 0, 20)])
@pytest.mark.parametrize(
    ("pack", "mark"),
    [
        (base64_of, {"encoding": "base64"}),
        (bytes.hex, {"encoding": "hex"}),
        (bytes.hex, {"_isBinary": True}),
        (bytes.hex, {}),
    ],
    ids=["version 6", "version 5, updated", "version 5", "of old"],
)
def test_what_polly_packs_is_unpacked(
    read: Callable[..., Corpus], pack: Callable[[bytes], str], mark: Any, sizes: tuple[int, ...]
) -> None:
    text = pieces(gzip.compress(SSE.encode(), mtime=0), pack, *sizes)
    recorded = archive(
        of_polly(text, "text/event-stream", "gzip", **mark), _recordingName="x", creator={"name": "Polly.JS"}
    )
    corpus = read(recorded, "saved.har")

    assert_streamed_hello(corpus)
    assert corpus.problems.empty


@pytest.mark.parametrize(("pack", "mark"), [(base64_of, {"encoding": "base64"}), (bytes.hex, {})])
def test_what_polly_packs_and_breaks_off(pack: Callable[[bytes], str], mark: Any) -> None:
    text = pieces(gzip.compress(SSE.encode(), mtime=0), pack, 60)
    for end in range(len(text) - 40, len(text) - 20):
        exchange = only(of_polly(text[:end], "text/event-stream", "gzip", **mark))

        assert exchange.chunks[0]["id"] == CHUNKS[0]["id"]
        assert exchange.problems[0].what == "the body cannot be uncompressed"


def test_what_is_no_text_is_packed_in_one() -> None:
    data = b"\0\xff\1\2"
    expected = [{"media_type": "application/octet-stream", "base64": base64_of(data)}]

    for text, mark in ((base64_of(data), {"encoding": "base64"}), (data.hex(), {"_isBinary": True})):
        assert only(of_polly(text, "application/octet-stream", **mark)).chunks == expected


def test_what_is_not_packed_as_it_says_stays_text() -> None:
    for mark in (
        {"encoding": "base64"},
        {"encoding": "hex"},
        {"_isBinary": True},
        {"encoding": 5},
        {"encoding": "utf-7"},
    ):
        assert only(of_polly(SSE, "text/event-stream", **mark)).chunks == [*CHUNKS, "[DONE]"]


@pytest.mark.parametrize("text", ['["two","words"]', "[]", '["ab","cd"]', '["ab"'])
def test_lists_that_are_answers_stay_answers(text: str) -> None:
    (chunk,) = only(of_polly(text, "application/json")).chunks

    assert chunk == json.loads(text if text.endswith("]") else f"{text}]")


# --- as YAML ---------------------------------------------------------------------------------------------------------------


def test_an_archive_in_yaml(read: Callable[..., Corpus]) -> None:
    made = entry()
    made["request"]["postData"] = {"mimeType": "application/json", "textJSON": ASKED}
    data = yaml.dump(archive(made), width=9999)
    corpus = read(data.encode(), "recording.har.yaml")

    facts = corpus["recording.har"].facts
    assert facts[["envelope", "dialect", "model_requested", "n_chunks"]].tolist() == ["har", "openai_chat", "gpt-x", 3]
    assert (corpus["recording.har"].text(), corpus.problems.empty) == ("Hello", True)
    assert corpus["recording.har"].line() == data[: data.index("  - cache")].count("\n") + 1


def test_an_archive_in_yaml_that_breaks_off() -> None:
    data = yaml.dump(archive(entry(), entry()), width=9999).encode()
    content = Content("recording.har.yaml", data[: data.rindex(b"text:") + 90])
    assert choose(content) is har
    first, last = har.read(content)

    assert isinstance(first, Exchange)
    assert isinstance(last, Exchange)
    assert first.chunks == [*CHUNKS, "[DONE]"]
    assert [each.what for each in last.problems][:1] == ["not YAML that can be read"]


@pytest.mark.parametrize(
    "text", ["log:\n  level: info\n", "log:\n- a\n", "log:\n  entries: 5\n", "log:\n  entries:\n  - level: 1\n"]
)
def test_other_yaml_with_a_log(text: str) -> None:
    assert har.sniff(Content("a.yaml", text.encode())) == 0.0
