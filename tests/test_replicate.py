"""Hand-made predictions of Replicate, whole and polled, and streams of their output, as events and as the SDKs' objects."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import envelope, extracted, kinds, rows

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import http, openai_chat, replicate, unknown
from recexplore.read.registry import known

ENDPOINT = "/v1/predictions"
URL = "https://stream.replicate.com/v1/files/abc"
STAMP = "2025-01-02T03:04:05.678Z"
METRICS = {"input_token_count": 10, "output_token_count": 3, "predict_time": 1.5, "tokens_per_second": 2.0}
PIECES = ["2", " + ", "2 =", " 4", "", "\n", '"yes"', "[]", " null"]


def prediction(status: str = "succeeded", **fields: Any) -> dict[str, Any]:
    return {
        "id": "gm3qorzdhgbfurvjtvhg6dckhu",
        "model": "meta/llama-x",
        "version": "versionword",
        "input": {"prompt": "askedtext", "max_tokens": 20},
        "logs": "",
        "output": None,
        "error": None,
        "status": status,
        "created_at": STAMP,
        "urls": {"get": "https://api.replicate.com/v1/predictions/x", "cancel": "https://api.replicate.com/cancelword"},
        **fields,
    }


def told(event: str, data: Any, **fields: Any) -> dict[str, Any]:
    """An event as the SDKs hand it on."""
    return {"event": event, "data": data, "id": "1690212292:0", **fields}


DOCUMENTED: dict[str, Any] = {
    "starting": prediction("starting", source="apiword"),
    "processing": prediction("processing", output=["partialtext"], started_at=STAMP, logs="loggedtext"),
    "succeeded with pieces": prediction(output=["firsttext", " secondtext"], metrics=METRICS, completed_at=STAMP),
    "succeeded with a text": prediction(output="wholetext", metrics={"predict_time": 1.5, "note": "measuredword"}),
    "succeeded with files": prediction(output=["https://replicate.delivery/one.png"]),
    "succeeded with an object": prediction(output={"text": "transcribed", "segments": ["segmentword"]}),
    "failed": prediction("failed", error="it broke"),
    "canceled": prediction("canceled"),
    "of Cog's own server": {
        "input": {"prompt": "askedtext"},
        "output": "saidtext",
        "id": None,
        "status": "succeeded",
        "logs": "",
        "error": None,
        "metrics": {"predict_time": 0.5},
    },
    "output": told("output", "saidtext"),
    "output with a time to come back": told("output", "saidtext", retry=5),
    "logs": told("logs", "loggedtext"),
    "an error": told("error", {"detail": "it broke"}),
    "an error in words": told("error", "it broke"),
    "done": told("done", {}),
    "done too soon": told("done", {"reason": "canceledword"}),
}

STREAM = [told("logs", "Running"), told("output", "Hel"), told("output", "lo"), told("output", ""), told("done", "{}")]


def events(*pieces: str, end: str = "{}", before: str = "") -> bytes:
    """A stream as the server writes it: several lines of data for a text of several lines."""
    written = [("output", piece) for piece in pieces] + [("done", end)]
    return (
        before
        + "".join(
            f"event: {name}\nid: 1690212292:{n}\n" + "".join(f"data: {line}\n" for line in data.split("\n")) + "\n"
            for n, (name, data) in enumerate(written)
        )
    ).encode()


def cassette(body: str, url: str = URL, media_type: str = "text/event-stream", method: str = "GET") -> Any:
    request = {"method": method, "uri": url, "body": ""}
    response = {"status": {"code": 200}, "headers": {"content-type": [media_type]}, "body": {"string": body}}
    return {"interactions": [{"request": request, "response": response}], "version": 1}


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_answer_is_recognised(name: str) -> None:
    assert known().choose(Exchange("test", chunks=[DOCUMENTED[name]])) is replicate.DIALECT


@pytest.mark.parametrize(
    ("chunks", "names"),
    [
        ([{"text": "Hi"}, {}], ["output", "done"]),
        (["Hi"], ["message"]),
        (["oops"], ["error"]),
        (["Hi", {"usage": 5}], ["progress", "done"]),
    ],
)
def test_events_of_others_are_not_claimed(chunks: Any, names: list[str]) -> None:
    exchange = Exchange("test", chunks=chunks, wire={"event": names}, streaming=True)

    assert known().choose(exchange) is unknown.DIALECT


def test_a_chat_stream_whose_events_are_named_stays_chats() -> None:
    chunk = {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "Hi"}}]}
    exchange = Exchange("test", chunks=[chunk, chunk], wire={"event": ["output", "output"]}, streaming=True)

    assert known().choose(exchange) is openai_chat.DIALECT


TRAINING = {"get": "https://api.replicate.com/v1/trainings/x"}


@pytest.mark.parametrize(
    "body", [prediction(output={"weights": "w"}, urls=TRAINING), {"results": [prediction()]}, {"status": "succeeded"}]
)
def test_other_bodies_of_replicate_are_no_predictions(body: Any) -> None:
    exchange = Exchange("test", chunks=[body], endpoint="/v1/trainings/x", method="GET", streaming=False)

    assert known().choose(exchange) is http.DIALECT


def test_a_refusal(read) -> None:
    body = {"title": "Unauthenticated", "detail": "You did not pass a token", "status": 401}
    corpus = read(envelope(body, endpoint=ENDPOINT, streaming=False))

    assert corpus.recordings["dialect"].tolist() == ["replicate"]
    assert "did not pass" in corpus.recordings["error"].item()
    assert "unknown" not in corpus.events["kind"].tolist()


# --- a stream --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["events", "a cassette", "a HAR file"])
def test_a_stream(read, form: str) -> None:
    written = events(*PIECES)
    if form == "events":
        corpus = read(written, "answer.sse")
    elif form == "a cassette":
        corpus = read(cassette(written.decode()))
    else:
        request = {"method": "GET", "url": URL, "headers": []}
        content = {"mimeType": "text/event-stream", "text": written.decode(), "size": len(written)}
        response = {"status": 200, "headers": [], "content": content}
        entry = {"startedDateTime": STAMP, "request": request, "response": response}
        corpus = read({"log": {"version": "1.2", "entries": [entry]}}, "saved.har")

    assert rows(corpus, "dialect", "n_chunks", "streaming", frame="recordings") == [("replicate", 10, True)]
    assert corpus.choices["content"].tolist() == ["".join(PIECES)]
    assert corpus.choices["finish_reason"].isna().all()
    assert corpus.events.loc[corpus.events["kind"] == "content", "text"].tolist() == list(filter(None, PIECES))
    assert corpus.problems.empty
    assert corpus.findings.empty


@pytest.mark.parametrize("text", ["4", "true", " 1.50", '"quoted"', "{ }, that is all", "a\n\nb"])
def test_a_stream_of_one_piece(read, text: str) -> None:
    assert read(events(text), "answer.sse").choices["content"].tolist() == [text]


def test_a_piece_that_is_an_object(read) -> None:
    """Where all of the output is one, nothing tells that it was text; its white space is lost, and nothing else."""
    corpus = read(cassette(events('{"a": "b  c"}').decode()))

    assert corpus.choices["content"].tolist() == ['{"a":"b  c"}']


@pytest.mark.parametrize("file", ["data:image/webp;base64,aW1n", "https://replicate.delivery/xezq/out-0.png"])
def test_a_stream_of_files(read, file: str) -> None:
    corpus = read(events(file), "answer.sse")

    assert corpus.choices["content"].tolist() == [""]
    assert {"output": file} in [json.loads(text) for text in corpus.events["text"].dropna()]


@pytest.mark.parametrize("reason", ["canceled", "error"])
def test_a_stream_that_ends_too_soon(read, reason: str) -> None:
    corpus = read(events("Hel", end=json.dumps({"reason": reason})), "answer.sse")

    assert rows(corpus, "content", "finish_reason", frame="choices") == [("Hel", reason)]
    assert corpus.findings["rule"].tolist() == (["inband-error"] if reason == "error" else [])


def test_an_error_in_the_stream(read) -> None:
    corpus = read(events("Hel", before='event: error\ndata: {"detail": "it broke"}\n\n'), "answer.sse")

    assert json.loads(corpus.recordings["error"].item()) == {"detail": "it broke"}


def test_logs_stand_beside_the_answer(read) -> None:
    corpus = read(events("Hello", before="event: logs\ndata: seed: 5\n\n"), "answer.sse")

    assert rows(corpus, "kind", "text")[:2] == [("annotation", '{"logs":"seed: 5"}'), ("content", "Hello")]


def test_a_stream_that_breaks_off(read) -> None:
    corpus = read(events("Hel", "lo")[: -len("event: done\nid: 1690212292:2\ndata: {}\n\n") - 1], "answer.sse")

    assert corpus.choices["content"].tolist() == ["Hello"]
    assert corpus.findings["rule"].tolist() == ["no-finish"]


def test_a_stream_of_the_sdks_objects(read) -> None:
    lines = "".join(json.dumps(each) + "\n" for each in [*STREAM, *STREAM])
    corpus = read(lines.encode(), "events.jsonl")

    assert rows(corpus, "dialect", "n_chunks", frame="recordings") == [("replicate", 5)] * 2
    assert corpus.choices["content"].tolist() == ["Hello"] * 2
    assert corpus.problems.empty


@pytest.mark.parametrize("data", ['{"reason": "canceled"}', {"reason": "canceled"}])
def test_the_end_as_text_and_as_object(data: Any) -> None:
    assert extracted(replicate, [told("done", data)]).events.column("finish_reason") == ["canceled"]


@pytest.mark.parametrize("data", ["finished", "5", "[]"])
def test_an_end_that_is_no_object_is_kept_and_said(data: str) -> None:
    columns = extracted(replicate, [told("done", data)])

    assert kinds(columns) == ["unknown", "finish"]
    assert [problem.what for _, problem in columns.problems] == ["the data of `done` has the wrong type"]


# --- predictions -----------------------------------------------------------------------------------------------------


def whole(body: Any, endpoint: str = ENDPOINT, **request: Any) -> Any:
    return envelope(body, endpoint=endpoint, url="https://api.replicate.com", streaming=False, **request)


@pytest.mark.parametrize("output", [["Hel", "", "lo"], "Hello"])
def test_a_whole_prediction(read, output: Any) -> None:
    asked = {"input": {"prompt": "Say hello", "max_new_tokens": 20}}
    corpus = read(whole(prediction(output=output, metrics=METRICS), "/v1/models/meta/llama-x/predictions", **asked))

    assert rows(
        corpus, "dialect", "provider", "model_requested", "model_served", "prompt_tokens", frame="recordings"
    ) == [("replicate", "replicate", "meta/llama-x", "meta/llama-x", 10)]
    assert rows(corpus, "content", "finish_reason", frame="choices") == [("Hello", "succeeded")]
    assert corpus.usage[["prompt", "completion"]].to_numpy().tolist() == [[10, 3]]
    assert corpus.requests["max_tokens"].tolist() == [20]
    assert corpus.problems.empty
    assert corpus.findings.empty


@pytest.mark.parametrize("status", ["starting", "processing"])
@pytest.mark.parametrize("output", [None, ["Hel"]])
def test_a_prediction_that_has_not_ended_is_no_failure(read, status: str, output: Any) -> None:
    corpus = read(whole(prediction(status, output=output)))

    assert corpus.choices["finish_reason"].tolist() == [status]
    assert corpus.findings.empty


def test_a_prediction_that_failed(read) -> None:
    corpus = read(whole(prediction("failed", error="CUDA out of memory")))

    assert corpus.recordings["error"].tolist() == ['"CUDA out of memory"']
    assert corpus.findings["rule"].tolist() == ["inband-error"]


def test_a_prediction_that_succeeded_with_nothing(read) -> None:
    assert read(whole(prediction(output=[]))).findings["rule"].tolist() == ["empty-answer"]


@pytest.mark.parametrize(
    "output", [["https://replicate.delivery/a.png"], "data:image/png;base64,aW1n", {"text": "t"}, [[0.5, 1.5]], 5]
)
def test_what_is_no_text_stands_beside_the_answer(read, output: Any) -> None:
    corpus = read(whole(prediction(output=output)))

    assert corpus.choices["content"].tolist() == [""]
    assert {"output": output} in [json.loads(text) for text in corpus.events["text"].dropna() if text[:1] == "{"]
    assert corpus.findings.empty


def test_an_address_among_words_is_text(read) -> None:
    pieces = ["See ", "https://example.com", "."]

    assert read(whole(prediction(output=pieces))).choices["content"].tolist() == ["".join(pieces)]


def test_a_prediction_that_is_polled(read) -> None:
    """Each poll is an answer of its own, and repeats what was there before."""
    polled = [prediction("starting"), prediction("processing", output=["Hel"]), prediction(output=["Hel", "lo"])]
    corpus = read("".join(json.dumps(each) + "\n" for each in polled).encode(), "polled.jsonl")

    assert corpus.choices["content"].tolist() == ["", "Hel", "Hello"]
    assert corpus.findings.empty
