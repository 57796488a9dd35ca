"""How answers end: what has to be said of an end that is none, that comes twice, or late, and what only looks like it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from synthetic import URL, calls, choice, chunk, fragment, says

import recexplore
from recexplore.corpus import Corpus
from recexplore.rules.endings import RULES

Read = Callable[..., Corpus]
IDS = [rule.id for rule in RULES]
ROLE = chunk(choice({"role": "assistant", "content": ""}))
STOP = chunk(choice({}, 0, "stop"))
CALL = calls(fragment('{"path": ', 0, id="call_1", type="function", name="read_file"))


def sse(*chunks: Any) -> bytes:
    return "".join(f"data: {each if isinstance(each, str) else json.dumps(each)}\n\n" for each in chunks).encode()


def told(corpus: Corpus | pd.DataFrame, *rules: str) -> list[tuple[Any, ...]]:
    """Rule, severity, first and last chunk, choice of each finding."""
    found = corpus if isinstance(corpus, pd.DataFrame) else recexplore.check(corpus, select=rules or IDS)
    assert "failed" not in found.attrs, found.attrs
    return [
        (row.rule, row.severity, *(None if pd.isna(at) else int(at) for at in (row.chunk, row.last_chunk, row.choice)))
        for row in found.itertuples()
    ]


def said(corpus: Corpus) -> str:
    (row,) = recexplore.check(corpus, select=IDS).itertuples()
    return f"{row.message} {row.evidence}"


def live(*chunks: Any, **request: Any) -> Any:
    return recexplore.from_chunks(
        list(chunks), request={"model": "m", "messages": [], "stream": True, **request}, url=URL
    )


def gemini(text: str | None, finish: str | None = None, index: int = 0, **part: Any) -> dict[str, Any]:
    parts = [] if text is None else [{"text": text, **part}]
    ends = {"finishReason": finish} if finish else {}
    candidate = {"content": {"parts": parts, "role": "model"}, "index": index, **ends}
    return {"candidates": [candidate], "modelVersion": "gemini-2.5-flash", "responseId": "r"}


# --- no-finish ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["[DONE]", None])
def test_half_an_answer_is_an_error_whether_the_stream_is_marked_as_done_or_not(read: Read, mark: str | None) -> None:
    corpus = read(sse(ROLE, says("Half "), says("a "), *([mark] if mark else [])), "half.sse")
    assert told(corpus, "no-finish") == [("no-finish", "error", 2, 2, 0)]
    assert ("marks the stream as done" in said(corpus)) == bool(mark)


def test_one_of_two_choices_ends() -> None:
    stream = live(says("a"), says("b", 1), chunk(choice({}, 1, "stop")), "[DONE]", n=2)
    assert told(stream, "no-finish") == [("no-finish", "error", 0, 0, 0)]


def test_the_last_arguments_are_shown_where_a_call_came_last() -> None:
    stream = live(ROLE, says("Let me look."), CALL, calls(fragment('"a.tx')))
    assert 'last arguments of read_file: “{"path": "a.tx”' in said(stream)
    (row,) = recexplore.check(stream, select=["no-finish"]).itertuples()
    assert json.loads(row.spans) == [{"choice": 0, "kind": "tool_call", "start": 0, "end": 14, "tool_index": 0}]


def test_an_answer_that_was_not_streamed_may_be_whole(read: Read) -> None:
    body = {
        "id": "c",
        "object": "chat.completion",
        "model": "m",
        "choices": [{"index": 0, "message": {"content": "Hi"}}],
    }
    corpus = read({"request": {"url": URL, "method": "POST", "body": {"model": "m"}}, "response": {"body": body}})
    assert told(corpus, "no-finish") == [("no-finish", "warning", 0, 0, 0)]
    assert "never finishes" not in said(corpus)


@pytest.mark.parametrize("cut", [1, 30, 100])
def test_a_file_that_breaks_off_is_the_files_fault(read: Read, cut: int) -> None:
    corpus = read(sse(ROLE, says("Half "), says("a sentence"))[: -1 - cut], "cut.sse")
    assert [each[:2] for each in told(corpus, "no-finish")] == [("no-finish", "warning")]
    assert "The file breaks off" in said(corpus)
    assert "never finishes" not in said(corpus)


def test_a_finish_that_the_damage_cut_is_no_odd_value(read: Read) -> None:
    whole = sse(ROLE, says("Hi"), STOP)
    assert told(read(whole[: whole.rindex(b"stop") + 2], "cut.sse"), "finish-value", "after-finish") == []


STRAY = {
    "a field": b'error: {"code":500,"message":"context shift is disabled"}\n\n',
    "words in a field": b"error: model crashed\n\n",
    "another case": b"ERROR: model crashed\n\n",
    "a page": b"<html>\n<head><title>504 Gateway Time-out</title></head>\n<body></body>\n</html>\n",
    "plain text": b"upstream connect error or disconnect/reset before headers. reset reason: connection termination\n",
    "a named event": b'event: error\ndata: {"reason":"boom"}\n\n',
    "a page as data": b"data: <h1>502 Bad Gateway</h1>\n\n",
    "words as data": b"data: error: model crashed\n\n",
}


@pytest.mark.parametrize("written", STRAY)
def test_an_error_that_is_no_event_of_the_api_is_told_and_not_the_missing_finish(read: Read, written: str) -> None:
    is_event = b"data:" in STRAY[written]
    corpus = read(sse(ROLE, says("Slate ")) + STRAY[written], "stray.sse")
    at = 2 if is_event else 1
    assert told(corpus, "no-finish", "inband-error") == [("inband-error", "error", at, at, None)]


def test_a_stray_error_in_the_middle_stands_between_two_chunks(read: Read) -> None:
    corpus = read(sse(ROLE, says("a")) + STRAY["a field"] + sse(says("b"), STOP, "[DONE]"), "stray.sse")
    assert told(corpus, "no-finish", "inband-error") == [("inband-error", "error", 1, 2, None)]


@pytest.mark.parametrize(
    "line",
    [b": error: keep-alive\n\n", b"retry: 500\n\n", b"error:\n\n", b"x-info: no errors so far\n\n", b"event: ping\n\n"],
)
def test_other_lines_between_events_are_no_errors(read: Read, line: bytes) -> None:
    corpus = read(sse(ROLE, says("a")) + line + sse(STOP, "[DONE]"), "lines.sse")
    assert told(corpus, "inband-error", "no-finish") == []


def test_what_cannot_be_read_may_hold_the_finish(read: Read) -> None:
    corpus = read(sse(ROLE, says("a"), "<<<garbled>>>"), "garbled.sse")
    assert told(corpus, "no-finish") == []


def test_an_error_in_the_answers_own_form_is_told_alone() -> None:
    stream = live(ROLE, says("a"), {"error": {"message": "boom", "code": 500}}, "[DONE]")
    assert told(stream, "no-finish", "inband-error") == [("inband-error", "error", 2, 2, None)]


IN_PROGRESS = {
    "Responses in the background": (
        "https://api.openai.com/v1/responses",
        {"id": "resp_1", "object": "response", "status": "queued", "background": True, "output": [], "model": "m"},
    ),
    "an interaction": (
        "https://generativelanguage.googleapis.com/v1beta/interactions",
        {"id": "v1_1", "status": "in_progress", "object": "interaction", "agent": "deep-x"},
    ),
    "a cache": (
        "https://generativelanguage.googleapis.com/v1beta/cachedContents",
        {"name": "cachedContents/1", "model": "models/gemini-2.5-flash", "usageMetadata": {"totalTokenCount": 4096}},
    ),
    "a count of tokens": (
        "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:countTokens",
        {"totalTokens": 12, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 12}]},
    ),
    "embeddings": (
        "https://generativelanguage.googleapis.com/v1beta/models/text-embedding-004:embedContent",
        {"embedding": {"values": [0.1, 0.2]}},
    ),
    "Writer's completions": (
        "https://api.writer.com/v1/completions",
        {"choices": [{"text": "Hi"}], "model": "palmyra"},
    ),
}


@pytest.mark.parametrize("name", IN_PROGRESS)
def test_what_has_no_finish_by_design_is_not_told(read: Read, name: str) -> None:
    url, body = IN_PROGRESS[name]
    corpus = read(
        {"request": {"url": url, "method": "POST", "body": {"model": "m"}}, "response": {"body": body, "status": 200}}
    )
    assert len(corpus) == 1
    assert told(corpus, "no-finish") == []


# --- after-finish ---------------------------------------------------------------------------------------------------------


def test_gemini_finishes_before_it_speaks() -> None:
    stream = recexplore.from_chunks(
        [gemini(None, "STOP"), gemini("Basalt "), gemini("cools."), gemini(None, "STOP")],
    )
    assert told(stream, "after-finish") == [("after-finish", "error", 1, 2, 0)]
    assert "13 characters in 2 chunks" in said(stream)


def test_gemini_calls_a_tool_after_its_finish() -> None:
    call = gemini(None)
    call["candidates"][0]["content"]["parts"] = [{"functionCall": {"name": "look", "args": {}}}]
    assert told(recexplore.from_chunks([gemini("a", "STOP"), call]), "after-finish") == [
        ("after-finish", "error", 1, 1, 0)
    ]


@pytest.mark.parametrize("last", ["STOP", "MAX_TOKENS", "SAFETY"])
def test_older_gemini_says_stop_with_every_chunk(last: str) -> None:
    stream = recexplore.from_chunks([gemini("Half ", "STOP"), gemini("a ", "STOP"), gemini("moon", last)])
    assert told(stream, "after-finish", "finish-repeated") == []


def test_the_spans_of_what_came_late_are_its_own() -> None:
    stream = live(ROLE, says("On time."), STOP, says(" Late."))
    (row,) = recexplore.check(stream, select=["after-finish"]).itertuples()
    assert json.loads(row.spans) == [{"choice": 0, "kind": "content", "start": 8, "end": 14, "tool_index": None}]


# --- finish-repeated ------------------------------------------------------------------------------------------------------


def test_the_finish_comes_again() -> None:
    end = chunk(choice({}, 0, "tool_calls"))
    assert told(live(ROLE, CALL, end, end, end), "finish-repeated") == [("finish-repeated", "note", 3, 4, 0)]


def test_another_reason_is_no_repetition() -> None:
    stream = live(ROLE, says("a"), STOP, chunk(choice({}, 0, "length")))
    assert told(stream) == [("after-finish", "error", 3, 3, 0)]


def test_each_choice_has_a_finish_of_its_own() -> None:
    assert told(live(says("a"), says("b", 1), STOP, chunk(choice({}, 1, "stop"))), "finish-repeated") == []


def test_anthropic_and_responses_say_once_how_they_end(all_recordings: Corpus) -> None:
    assert recexplore.check(all_recordings, select=["finish-repeated"]).empty


# --- finish-value ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reason",
    [
        "stop",
        "eos",
        "model_length",
        "insufficient_system_resource",
        "abort",
        "sensitive",
        "network_error",
        "content_filter: PROHIBITED_CONTENT",
        "function_call_filter: MALFORMED_FUNCTION_CALL",
    ],
)
def test_what_a_server_of_the_format_documents_is_known(reason: str) -> None:
    assert told(live(ROLE, says("a"), chunk(choice({}, 0, reason))), "finish-value") == []


@pytest.mark.parametrize("reason", ["eos_token", "stop_sequence", "repetition", "guardrail_intervened"])
def test_what_a_server_documents_for_another_api_alone_is_a_warning(reason: str) -> None:
    stream = [ROLE, says("a"), chunk(choice({}, 0, reason))]
    found = recexplore.check(live(*stream), select=["finish-value"])
    assert found["severity"].tolist() == ["warning"]
    assert "some servers send" in found["message"].iloc[0]


def test_clients_of_ollama_take_any_reason() -> None:
    said = {"model": "m", "created_at": "2026-05-04T08:00:01Z", "message": {"role": "assistant", "content": "a"}}
    lines = [said | {"done": False}, said | {"done": True, "done_reason": "tool_calls"}]
    found = recexplore.check(recexplore.from_chunks(lines), select=["finish-value"])
    assert found["severity"].tolist() == ["warning"]


@pytest.mark.parametrize("reason", ["end_turn", "STOP", "max_tokens", "null", "finished", "stop "])
def test_what_nobody_documents_for_chat_is_told(reason: str) -> None:
    stream = live(ROLE, says("a"), chunk(choice({}, 0, reason)))
    assert told(stream, "finish-value") == [("finish-value", "error", 2, 2, 0)]


@pytest.mark.parametrize(("number", "reason"), [(1, "STOP"), (2, "MAX_TOKENS"), (9, "MALFORMED_FUNCTION_CALL")])
def test_googles_numbers_are_read_by_name(number: int, reason: str) -> None:
    stream = recexplore.from_chunks([gemini("a"), gemini(None, number)])  # type: ignore[arg-type]
    assert stream.choices["finish_reason"].tolist() == [reason]
    assert told(stream, "finish-value") == []


def posted(read: Read, path: str, body: Any, status: int = 200, **asked: Any) -> list[tuple[Any, ...]]:
    asked = asked or {"model": "m", "messages": [{"role": "user", "content": "x"}]}
    answer = {"status": {"code": status, "message": ""}, "headers": {}, "body": {"string": json.dumps(body)}}
    sent = {"method": "POST", "uri": f"https://x.test{path}", "headers": {}, "body": json.dumps(asked)}
    cassette = {"version": 1, "interactions": [{"request": sent, "response": answer}]}
    return [row[:2] for row in told(read(json.dumps(cassette).encode(), "c.json"), "no-finish")]


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/bin/chat/completions", "/v1/messages"])
@pytest.mark.parametrize("body", ["OK", {"invalid": "response"}, {}, None])
def test_a_request_that_succeeded_and_brought_no_answer(read: Read, path: str, body: Any) -> None:
    assert posted(read, path, body) == [("no-finish", "warning")]


def test_what_is_no_answer_of_a_model_and_need_not_be(read: Read) -> None:
    assert posted(read, "/v1/chat/completions", {"request_id": "r"}, 202) == []
    assert posted(read, "/v1/messages/count_tokens", {"input_tokens": 3}) == []
    assert posted(read, "/v1/threads/t/messages", {"id": "m", "object": "x"}, role="user", content="x") == []
    assert posted(read, "/v1/moderations", {"results": []}, model="m", input="x") == []
    assert posted(read, "/v1/embeddings", {"data": []}, model="m", input="x") == []
    assert posted(read, "/v1/images/generations", {"data": []}, model="m", prompt="x") == []
    assert posted(read, "/v1/chat/completions", {"error": {"message": "no"}}, 400) == []


def test_a_whole_answer_among_events_has_no_finishing_chunk() -> None:
    """What is called a completion and has all of it is no chunk; a server that calls its chunks so has more of them."""
    message = {"role": "assistant", "content": "pong"}
    whole = {
        "object": "chat.completion",
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
    }
    error = {"error": {"message": "upstream stream ended", "type": "gateway_error"}}
    deltas = [
        {
            "object": "chat.completion",
            "model": "m",
            "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": end}],
        }
        for text, end in (("po", None), ("ng", "stop"))
    ]
    for chunks, n in (([whole, error], 0), (deltas, 1)):
        corpus = recexplore.from_chunks(chunks, request={"stream": True})
        assert len(recexplore.check(corpus, select=["payload-in-finish"])) == n
