"""Hand-made answers of Ollama's own API, chat and generate: every field of the documentation, and what may go wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import envelope, extracted, kinds, rows

import recexplore
from recexplore.model.exchange import Exchange
from recexplore.read.dialects import ollama
from recexplore.read.registry import known
from recexplore.testing.extracted import lost_words

CHAT, GENERATE = "/api/chat", "/api/generate"
STAMPS = frozenset(["created_at"])
"""The clock's, not the dialect's."""

REPORT = {
    "total_duration": 5000000000,
    "load_duration": 100000000,
    "prompt_eval_count": 10,
    "prompt_eval_duration": 200000000,
    "eval_count": 20,
    "eval_duration": 3000000000,
}
LOGPROBS = [
    {"token": "tokenword", "logprob": -0.5, "bytes": [72], "top_logprobs": [{"token": "othertoken", "logprob": -1}]}
]
CALL = {"id": "call_1", "function": {"index": 0, "name": "lookup", "arguments": {"q": "queryword"}}}


def stamp(seconds: float) -> str:
    return f"2025-09-03T17:41:{seconds:09.6f}Z"


def chat(at: float = 0.0, *, done: bool = False, message: Any = None, **fields: Any) -> dict[str, Any]:
    said = {"role": "assistant", "content": ""} if message is None else {"role": "assistant", **message}
    return {"model": "llama-x", "created_at": stamp(at), "message": said, "done": done, **fields}


def generated(at: float = 0.0, *, done: bool = False, response: str = "", **fields: Any) -> dict[str, Any]:
    return {"model": "llama-x", "created_at": stamp(at), "response": response, "done": done, **fields}


DOCUMENTED: dict[str, dict[str, Any]] = {
    "chat": chat(message={"content": "saidtext"}),
    "chat thinking": chat(message={"content": "", "thinking": "thoughttext"}),
    "chat calling": chat(message={"content": "", "tool_calls": [CALL]}),
    "chat with an image": chat(message={"content": "", "images": ["aW1n"]}),
    "chat of a tool": chat(message={"role": "tool", "content": "toolsaid", "tool_name": "lookup"}),
    "chat with logprobs": chat(message={"content": "saidtext"}, logprobs=LOGPROBS),
    "chat done": chat(done=True, done_reason="stopword", **REPORT),
    "generate": generated(response="saidtext"),
    "generate thinking": generated(thinking="thoughttext"),
    "generate done": generated(done=True, done_reason="lengthword", context=[1, 2, 3], **REPORT),
    "generate with logprobs": generated(response="saidtext", logprobs=LOGPROBS),
    "generate for a remote": generated(response="a", remote_model="remoteword", remote_host="http://remote"),
    "generate an image": generated(done=True, image="aW1nZGF0YQ", completed=3, total=4),
    "an error": {"error": "model runner has stopped"},
    "a padded one": {
        **generated(response="saidtext"),
        **dict.fromkeys([*REPORT, "done_reason", "thinking", "context"]),
    },
}

STREAM = [
    chat(0, message={"content": "", "thinking": "because "}),
    chat(0.25, message={"content": "", "thinking": "so"}),
    chat(1, message={"content": "Hel"}),
    chat(1.5, message={"content": "lo"}),
    chat(2, message={"content": "", "tool_calls": [CALL]}),
    chat(2.5, done=True, done_reason="stop", **REPORT),
]

GENERATED = [
    generated(0, thinking="because "),
    generated(0.5, thinking="so"),
    generated(1, response="Hel"),
    generated(1.5, response="lo"),
    generated(2, done=True, done_reason="stop", **REPORT),
]


def stream(*chunks: Any, endpoint: str = CHAT) -> Any:
    return envelope(list(chunks), endpoint=endpoint, model="llama-x", stream=True)


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in DOCUMENTED if name != "an error"])
def test_every_answer_is_recognised(name: str) -> None:
    assert known().choose(Exchange("test", chunks=[DOCUMENTED[name]])) is ollama.DIALECT


@pytest.mark.parametrize("endpoint", [CHAT, GENERATE])
def test_an_error_in_place_of_an_answer(read, endpoint: str) -> None:
    corpus = read(envelope({"error": "model 'x' not found"}, endpoint=endpoint, streaming=False))

    assert corpus.recordings["dialect"].tolist() == ["ollama"]
    assert "not found" in corpus.recordings["error"].item()


# --- a stream --------------------------------------------------------------------------------------------------------


def test_a_stream_of_a_chat(read) -> None:
    corpus = read(stream(*STREAM))

    assert corpus.recordings[["dialect", "n_chunks", "n_choices", "model_served"]].to_numpy().tolist() == [
        ["ollama", 6, 1, "llama-x"]
    ]
    assert rows(corpus, "role", "content", "reasoning", "finish_reason", frame="choices") == [
        ("assistant", "Hello", "because so", "stop")
    ]
    assert rows(corpus, "tool_index", "id", "name", "arguments", frame="tool_calls") == [
        (0, "call_1", "lookup", '{"q":"queryword"}')
    ]
    assert "unknown" not in corpus.events["kind"].tolist()
    assert corpus.problems.empty


def test_a_stream_of_generated_text(read) -> None:
    chunks = [
        generated(0, thinking="because so"),
        generated(0.5, response="Hel"),
        generated(1, response="lo"),
        generated(1.5, done=True, done_reason="length", **REPORT),
    ]
    corpus = read(stream(*chunks, endpoint=GENERATE))

    assert corpus.recordings[["dialect", "n_chunks"]].to_numpy().tolist() == [["ollama", 4]]
    assert rows(corpus, "content", "reasoning", "finish_reason", frame="choices") == [("Hello", "because so", "length")]
    assert corpus.usage[["prompt", "completion"]].to_numpy().tolist() == [[10, 20]]


def test_what_it_cost_and_how_long_it_took(read) -> None:
    usage = read(stream(*STREAM)).usage

    assert usage[["chunk", "prompt", "completion"]].to_numpy().tolist() == [[5, 10, 20]]
    assert usage["total"].isna().all()
    extra = json.loads(usage["extra"].item())
    assert extra == {name: value for name, value in REPORT.items() if name.endswith("_duration")}


def test_a_report_without_counts_is_kept(read) -> None:
    """A prompt that was cached is not counted."""
    corpus = read(stream(STREAM[2], chat(1, done=True, done_reason="load", total_duration=5, load_duration=4)))

    assert corpus.usage.empty
    assert [json.loads(text) for text in corpus.events.loc[corpus.events["kind"] == "annotation", "text"]] == [
        {"load_duration": 4, "total_duration": 5}
    ]


def test_the_servers_clock(read) -> None:
    corpus = read(stream(*STREAM))

    assert corpus.recordings[["clock", "t_zero", "duration_s"]].to_numpy().tolist() == [["server", "first_chunk", 2.5]]
    assert corpus.chunks["t_s"].tolist() == pytest.approx([0, 0.25, 1, 1.5, 2, 2.5])
    assert corpus.chunks["wall_time"].notna().all()


@pytest.mark.parametrize("bad", ["yesterday", 5, ["wrongword"], {"k": "wrongword"}])
def test_a_stamp_that_is_none_is_not_dropped(read, bad: Any) -> None:
    chunks = [STREAM[0], {**STREAM[2], "created_at": bad}, STREAM[5]]
    corpus = read(stream(*chunks))
    found = (
        corpus.chunks.drop(columns=["t_s", "wall_time"]).to_csv() + corpus.events.to_csv() + corpus.problems.to_csv()
    )

    assert corpus.choices["content"].tolist() == ["Hel"]
    assert ("wrongword" if type(bad) in (list, dict) else f'"created_at"":{bad}' if bad == 5 else "yesterday") in found


@pytest.mark.parametrize(
    ("calls", "numbers"),
    [
        ([{"function": {"name": "f", "arguments": {}}}] * 2, [0, 1]),
        ([{"function": {"name": "f", "arguments": {}, "index": 1}}, {"function": {"name": "g", "index": 0}}], [0, 1]),
    ],
    ids=["unnumbered", "numbered"],
)
def test_several_calls(read, calls: Any, numbers: list[int]) -> None:
    corpus = read(stream(chat(message={"tool_calls": calls}), chat(1, done=True)))

    assert corpus.tool_calls["tool_index"].tolist() == numbers
    assert corpus.tool_calls["arguments"].tolist() == ["{}", "{}"]


def test_calls_of_several_chunks_are_calls_of_their_own(read) -> None:
    call = {"function": {"name": "f", "arguments": {"a": 1}}}
    corpus = read(
        stream(chat(message={"tool_calls": [call]}), chat(1, message={"tool_calls": [call]}), chat(2, done=True))
    )

    assert corpus.tool_calls["arguments"].tolist() == ['{"a":1}'] * 2


@pytest.mark.parametrize("reason", ["stop", "length", "load", "unload"])
def test_why_it_ends(read, reason: str) -> None:
    assert read(stream(STREAM[2], chat(1, done=True, done_reason=reason))).choices["finish_reason"].tolist() == [reason]


def test_an_end_without_a_reason(read) -> None:
    corpus = read(stream(STREAM[2], chat(1, done=True)))

    assert corpus.events["kind"].tolist()[-1] == "finish"
    assert corpus.choices["finish_reason"].isna().all()


def test_an_error_in_the_stream(read) -> None:
    corpus = read(stream(*STREAM[:4], {"error": "model runner has stopped"}))

    assert "runner" in corpus.recordings["error"].item()
    assert corpus.choices["content"].tolist() == ["Hello"]


@pytest.mark.parametrize("name", ["chat with logprobs", "generate with logprobs"])
def test_log_probabilities(name: str) -> None:
    columns = extracted(ollama, [DOCUMENTED[name]])
    told = dict(zip(kinds(columns), columns.events.column("logprob"), strict=True))

    assert "logprobs" in told
    assert told["content"] == -0.5


def test_a_chunk_padded_with_nulls_says_only_what_it_says() -> None:
    assert kinds(extracted(ollama, [DOCUMENTED["a padded one"]])) == ["content"]


# --- whole answers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "endpoint"),
    [
        (chat(done=True, done_reason="stop", message={"content": "so", "thinking": "why"}, **REPORT), CHAT),
        (generated(done=True, done_reason="stop", response="so", thinking="why", **REPORT), GENERATE),
    ],
    ids=["chat", "generate"],
)
def test_a_whole_answer(read, body: Any, endpoint: str) -> None:
    corpus = read(envelope(body, endpoint=endpoint, streaming=False))

    assert corpus.recordings[["dialect", "n_chunks", "streaming", "clock"]].to_numpy().tolist() == [
        ["ollama", 1, False, "none"]
    ]
    assert rows(corpus, "content", "reasoning", "finish_reason", frame="choices") == [("so", "why", "stop")]
    assert corpus.usage[["prompt", "completion"]].to_numpy().tolist() == [[10, 20]]


# --- nothing is lost -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call", [{**CALL, "type": "odd type"}, {"function": {**CALL["function"], "description": "odd"}}]
)
def test_what_a_call_says_of_itself_is_kept(call: Any) -> None:
    assert lost_words(ollama.DIALECT, chat(message={"tool_calls": [call]}), STAMPS) == []


@pytest.mark.parametrize("done", [{}, {"done": False}])
def test_a_reason_alone_ends_nothing(read: Any, done: dict[str, Any]) -> None:
    last = {key: value for key, value in chat(2, **REPORT).items() if key != "done"} | done
    corpus = read(stream(STREAM[0], last | {"done_reason": "stop"}))
    assert corpus.choices["finish_reason"].isna().all()
    findings = recexplore.check(corpus, select=["no-finish"])
    assert findings["severity"].tolist() == ["error"]
    assert "says why it ended" in findings["message"].iloc[0]
