"""Hand-made sessions of OpenAI's Realtime: every event of the documentation, in the beta's names and in today's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import test_openai_responses
from dialect_kit import envelope, extracted, kinds, rows

import recexplore
from recexplore.corpus import Corpus
from recexplore.model.exchange import Exchange
from recexplore.read.dialects import openai_realtime, openai_responses
from recexplore.read.registry import known

ENDPOINT = "/v1/realtime"
USAGE = {
    "total_tokens": 30,
    "input_tokens": 10,
    "output_tokens": 20,
    "input_token_details": {
        "text_tokens": 6,
        "audio_tokens": 4,
        "cached_tokens": 3,
        "cached_tokens_details": {"text_tokens": 3, "audio_tokens": 0},
    },
    "output_token_details": {"text_tokens": 5, "audio_tokens": 15},
}
GENERATIONS = ("beta", "today")
NAMES = {
    "beta": {"text": "text", "transcript": "audio_transcript", "sound": "audio", "added": "created", "part": "audio"},
    "today": {
        "text": "output_text",
        "transcript": "output_audio_transcript",
        "sound": "output_audio",
        "added": "added",
        "part": "output_audio",
    },
}
LOGPROBS = [{"token": "ask", "logprob": -0.5, "bytes": [97]}]
MCP = {"id": "item_m", "object": "realtime.item", "type": "mcp_call", "name": "ask", "server_label": "wikilabel"}


def event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "event_id": "event_1", **fields}


def about(kind: str, response: int = 1, item: str = "item_1", index: int = 0, **fields: Any) -> dict[str, Any]:
    """An event about an output item."""
    return event(kind, response_id=f"resp_{response}", item_id=item, output_index=index, **fields)


def response(status: str = "in_progress", number: int = 1, **fields: Any) -> dict[str, Any]:
    facts = {"object": "realtime.response", "id": f"resp_{number}", "status": status, "status_details": None}
    return {**facts, "output": [], "conversation_id": "conv_1", "usage": None, "metadata": None, **fields}


def begins(number: int = 1) -> dict[str, Any]:
    return event("response.created", response=response(number=number))


def done(status: str = "completed", number: int = 1, **fields: Any) -> dict[str, Any]:
    return event("response.done", response=response(status, number, **{"usage": USAGE, **fields}))


def spoken(text: str | None, kind: str = "output_audio", **fields: Any) -> dict[str, Any]:
    return {"type": kind, "transcript": text, **fields}


def message(*content: Any, item: str = "item_1", role: str = "assistant", status: str = "completed") -> dict[str, Any]:
    return {
        "id": item,
        "object": "realtime.item",
        "type": "message",
        "status": status,
        "role": role,
        "content": list(content),
    }


def function(arguments: str = "", item: str = "item_2", call: str = "call_1") -> dict[str, Any]:
    kind = {"id": item, "object": "realtime.item", "type": "function_call", "status": "completed"}
    return {**kind, "name": "lookup", "call_id": call, "arguments": arguments}


def added(item: Any, number: int = 1, index: int = 0) -> dict[str, Any]:
    return event("response.output_item.added", response_id=f"resp_{number}", output_index=index, item=item)


def item_done(item: Any, number: int = 1, index: int = 0) -> dict[str, Any]:
    return event("response.output_item.done", response_id=f"resp_{number}", output_index=index, item=item)


def in_conversation(item: Any, state: str = "added") -> dict[str, Any]:
    return event(f"conversation.item.{state}", previous_item_id="item_0", item=item)


ASKED = message({"type": "input_audio", "transcript": None}, item="item_u", role="user")


def made(generation: str) -> list[dict[str, Any]]:
    """A session in which the model speaks and calls a tool."""
    name = NAMES[generation]
    empty, whole = message(status="in_progress"), message(spoken("Hello", name["part"]))
    part = {"response_id": "resp_1", "item_id": "item_1", "output_index": 0, "content_index": 0}
    ends = [in_conversation(whole, "done")] if generation == "today" else []
    return [
        event("session.created", session={"id": "sess_1", "object": "realtime.session", "model": "gpt-realtime"}),
        event("session.updated", session={"id": "sess_1", "object": "realtime.session", "model": "gpt-realtime"}),
        event("input_audio_buffer.speech_started", audio_start_ms=10, item_id="item_u"),
        event("input_audio_buffer.speech_stopped", audio_end_ms=900, item_id="item_u"),
        event("input_audio_buffer.committed", item_id="item_u", previous_item_id=None),
        in_conversation(ASKED, name["added"]),
        begins(),
        added(empty),
        in_conversation(empty, name["added"]),
        event("response.content_part.added", **part, part=spoken("", name["part"])),
        event(f"response.{name['transcript']}.delta", **part, delta="Hel"),
        event(f"response.{name['sound']}.delta", **part, delta="c291bmQ="),
        event("conversation.item.input_audio_transcription.completed", item_id="item_u", transcript="Hi there"),
        event(f"response.{name['transcript']}.delta", **part, delta="lo"),
        event(f"response.{name['sound']}.done", **part),
        event(f"response.{name['transcript']}.done", **part, transcript="Hello"),
        event("response.content_part.done", **part, part=spoken("Hello", name["part"])),
        *ends,
        item_done(whole),
        added(function(), index=1),
        about("response.function_call_arguments.delta", item="item_2", index=1, call_id="call_1", delta='{"q":"que'),
        about("response.function_call_arguments.delta", item="item_2", index=1, call_id="call_1", delta='ryword"}'),
        about(
            "response.function_call_arguments.done",
            item="item_2",
            index=1,
            call_id="call_1",
            name="lookup",
            arguments='{"q":"queryword"}',
        ),
        item_done(function('{"q":"queryword"}'), index=1),
        done(output=[whole, function('{"q":"queryword"}')]),
        event("rate_limits.updated", rate_limits=[{"name": "tokens", "limit": 100, "remaining": 70}]),
    ]


def written(number: int, *texts: str, item: str = "item_1") -> list[dict[str, Any]]:
    """A response of text."""
    deltas = [about("response.output_text.delta", number, item, content_index=0, delta=text) for text in texts]
    return [begins(number), added(message(item=item), number), *deltas, done(number=number)]


SAID = {"content_index": 0}
CLIENT: dict[str, dict[str, Any]] = {
    "session.update": {"session": {"type": "realtime", "instructions": "instructionword"}},
    "input_audio_buffer.append": {"audio": "YXVkaW8="},
    "input_audio_buffer.commit": {},
    "input_audio_buffer.clear": {},
    "output_audio_buffer.clear": {},
    "conversation.item.create": {"item": message({"type": "input_text", "text": "askedtext"}, role="user")},
    "conversation.item.retrieve": {"item_id": "item_1"},
    "conversation.item.truncate": {"item_id": "item_1", "content_index": 0, "audio_end_ms": 1500},
    "conversation.item.delete": {"item_id": "item_1"},
    "response.create": {"response": {"output_modalities": ["textmodality"], "instructions": "instructionword"}},
    "response.cancel": {"response_id": "resp_1"},
    "transcription_session.update": {"session": {"input_audio_format": "formatword"}},
}
STATES: dict[str, dict[str, Any]] = {
    **{
        f"{which}.{state}": {"session": {"id": "sess_1", "model": "gpt-realtime", "voice": "voiceword"}}
        for which in ("session", "transcription_session")
        for state in ("created", "updated")
    },
    "conversation.created": {"conversation": {"id": "conv_1", "object": "realtime.conversation"}},
    "conversation.item.done": {"item": message({"type": "input_text", "text": "askedtext"}, role="user")},
    "conversation.item.retrieved": {"item": message(spoken("saidtext", audio="c291bmQ="))},
    "conversation.item.truncated": {"item_id": "item_1", "content_index": 0, "audio_end_ms": 1500},
    "conversation.item.deleted": {"item_id": "item_1"},
    "conversation.item.input_audio_transcription.delta": {"item_id": "item_u", "delta": "askedtext", **SAID},
    "conversation.item.input_audio_transcription.segment": {"item_id": "item_u", "text": "askedtext", "speaker": "A1"},
    "input_audio_buffer.committed": {"item_id": "item_u", "previous_item_id": "item_0"},
    "input_audio_buffer.cleared": {},
    "input_audio_buffer.speech_started": {"item_id": "item_u", "audio_start_ms": 10},
    "input_audio_buffer.speech_stopped": {"item_id": "item_u", "audio_end_ms": 900},
    "input_audio_buffer.timeout_triggered": {"item_id": "item_u", "audio_start_ms": 10, "audio_end_ms": 900},
    "input_audio_buffer.dtmf_event_received": {"event": "nine", "received_at": 1763605109},
    **{f"output_audio_buffer.{state}": {"response_id": "resp_1"} for state in ("started", "stopped", "cleared")},
    **{f"mcp_list_tools.{state}": {"item_id": "item_m"} for state in ("in_progress", "completed", "failed")},
    **{
        f"response.mcp_call.{state}": {"item_id": "item_m", "output_index": 0}
        for state in ("in_progress", "completed", "failed")
    },
    "rate_limits.updated": {
        "rate_limits": [{"name": "tokensname", "limit": 100, "remaining": 70, "reset_seconds": 1.5}]
    },
    "session.avatar.connecting": {"server_sdp": "sdpword"},
}
PARTS = {"text": "text", "output_text": "text", "audio": "transcript", "output_audio": "transcript"}
SOUNDS = ("audio", "output_audio")
WHOLE_FIELDS = {
    "text": "text",
    "output_text": "text",
    "audio_transcript": "transcript",
    "output_audio_transcript": "transcript",
    "function_call_arguments": "arguments",
    "mcp_call_arguments": "arguments",
}

DOCUMENTED: dict[str, Any] = {
    **{f"{kind}, sent by the client": {"type": kind, **fields} for kind, fields in CLIENT.items()},
    **{kind: event(kind, **fields) for kind, fields in STATES.items()},
    "response.created": begins(),
    **{f"response.done, {status}": done(status) for status in ("completed", "in_progress")},
    "response.done, cancelled": done("cancelled", status_details={"type": "cancelled", "reason": "turn_detected"}),
    "response.done, incomplete": done(
        "incomplete", status_details={"type": "incomplete", "reason": "max_output_tokens"}
    ),
    "response.done, failed": done(
        "failed", status_details={"type": "failed", "error": {"type": "server_error", "code": "broken"}}, usage=None
    ),
    "response.done, with its output": done(
        output=[message(spoken("saidtext")), function('{"q":"queryword"}'), {**MCP, "arguments": '{"a":1}'}]
    ),
    "response.output_item.added": added(message(status="in_progress")),
    "response.output_item.added, a call": added(function()),
    "response.output_item.added, tools": added(
        {"id": "item_t", "type": "mcp_list_tools", "server_label": "wikilabel", "tools": [{"name": "toolname"}]}
    ),
    "response.output_item.added, a call of the server's": added({**MCP, "arguments": ""}),
    "response.output_item.done": item_done(
        message({"type": "output_text", "text": "saidtext"}, spoken("spokentext", audio="c291bmQ="))
    ),
    "response.output_item.done, a call": item_done(function('{"q":"queryword"}')),
    "response.output_item.done, a call of the server's": item_done(
        {
            **MCP,
            "arguments": '{"a":1}',
            "output": "foundword",
            "error": {"type": "http_error", "message": "messageword"},
        }
    ),
    "response.output_item.done, a request for approval": item_done(
        {"id": "item_a", "type": "mcp_approval_request", "name": "toolname", "arguments": '{"a":1}'}
    ),
    **{
        f"response.content_part.{state}, {kind}": about(
            f"response.content_part.{state}", **SAID, part={"type": kind, field: "parttext"}
        )
        for state in ("added", "done")
        for kind, field in (
            ("text", "text"),
            ("audio", "transcript"),
            ("output_text", "text"),
            ("output_audio", "transcript"),
        )
    },
    **{f"response.{name}.delta": about(f"response.{name}.delta", **SAID, delta="deltatext") for name in WHOLE_FIELDS},
    **{
        f"response.{name}.done": about(f"response.{name}.done", **SAID, **{field: "wholetext"})
        for name, field in WHOLE_FIELDS.items()
    },
    **{f"response.{name}.delta": about(f"response.{name}.delta", **SAID, delta="c291bmQ=") for name in SOUNDS},
    **{f"response.{name}.done": about(f"response.{name}.done", **SAID) for name in SOUNDS},
    "response.audio_timestamp.delta": about(
        "response.audio_timestamp.delta", **SAID, audio_offset_ms=10, text="wordtext", timestamp_type="word"
    ),
    "response.animation_viseme.delta": about(
        "response.animation_viseme.delta", **SAID, viseme_id=3, audio_offset_ms=10
    ),
    **{
        f"conversation.item.{state}, {whose}": in_conversation(item, state)
        for state in ("created", "added")
        for whose, item in (
            ("the user's", message({"type": "input_text", "text": "askedtext"}, role="user")),
            ("the model's", message(spoken("saidtext"))),
            ("a result", {"id": "item_r", "type": "function_call_output", "call_id": "call_1", "output": "resultword"}),
        )
    },
    "conversation.item.input_audio_transcription.completed": event(
        "conversation.item.input_audio_transcription.completed",
        item_id="item_u",
        transcript="askedtext",
        logprobs=LOGPROBS,
        usage={"type": "tokens", "total_tokens": 22, "input_tokens": 13, "output_tokens": 9},
        **SAID,
    ),
    "conversation.item.input_audio_transcription.failed": event(
        "conversation.item.input_audio_transcription.failed",
        item_id="item_u",
        error={"code": "audio_unintelligible", "message": "messageword"},
        **SAID,
    ),
    "error": event("error", error={"type": "invalid_request_error", "code": "codeword", "message": "messageword"}),
}
STREAMS = tuple(map(made, GENERATIONS))


def stream(*chunks: Any) -> Any:
    return envelope(list(chunks), endpoint=ENDPOINT)


def saved(folder: Path, name: str, chunks: list[Any]) -> Corpus:
    dumped = json.dumps(chunks) if name.endswith(".json") else "\n".join(map(json.dumps, chunks))
    (folder / name).write_text(dumped)
    return recexplore.load(folder, progress=False)


def findings(corpus: Corpus) -> list[str]:
    return list(recexplore.check(corpus, select=["all"])["rule"])


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_event_of_the_server_is_recognised(name: str) -> None:
    chosen = known().choose(Exchange("test", chunks=[{"event_id": "event_1", **DOCUMENTED[name]}]))

    assert chosen is openai_realtime.DIALECT


@pytest.mark.parametrize("generation", GENERATIONS)
def test_responses_alone_are_told_from_those_of_the_other_api(generation: str) -> None:
    """By their ids, though all their names are of the other's kind."""
    chunks = [chunk for chunk in made(generation) if chunk["type"].startswith("response.")]

    assert known().choose(Exchange("test", chunks=chunks)) is openai_realtime.DIALECT


@pytest.mark.parametrize("generation", GENERATIONS)
def test_events_without_ids_are_told_by_their_names(generation: str) -> None:
    gone = ("event_id", "response_id")
    chunks = [{key: value for key, value in chunk.items() if key not in gone} for chunk in made(generation)]

    assert known().choose(Exchange("test", chunks=chunks)) is openai_realtime.DIALECT


@pytest.mark.parametrize("name", test_openai_responses.DOCUMENTED)
@pytest.mark.parametrize("is_numbered", [True, False])
def test_events_of_the_other_api_are_not_taken(name: str, is_numbered: bool) -> None:
    chunk = {**test_openai_responses.DOCUMENTED[name]}
    if not is_numbered:
        chunk.pop("sequence_number", None)

    assert openai_realtime.DIALECT.sniff(Exchange("test", chunks=[chunk])) == 0


@pytest.mark.parametrize(
    "first",
    [
        {"type": "response.create", "model": "gpt-x", "input": "Hi"},
        {"type": "response.inject.created", "response_id": "resp_1", "sequence_number": 1},
        {"type": "rate_limits.updated", "rate_limits": []},
        {"type": "session.updated", "properties": {}},
    ],
    ids=lambda chunk: chunk["type"],
)
def test_a_stream_of_the_other_api_with_something_else_in_it_is_not_taken(first: Any) -> None:
    exchange = Exchange("test", chunks=[first, *test_openai_responses.STREAM])

    assert known().choose(exchange) is openai_responses.DIALECT


# --- a session -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_session(read: Callable[..., Corpus], generation: str) -> None:
    chunks = made(generation)
    corpus = read(stream(*chunks))

    assert corpus.recordings[["dialect", "n_chunks", "n_choices", "model_served"]].to_numpy().tolist() == [
        ["openai_realtime", len(chunks), 1, "gpt-realtime"]
    ]
    assert rows(corpus, "role", "content", "finish_reason", frame="choices") == [("assistant", "Hello", "completed")]
    assert rows(corpus, "id", "name", "arguments", "arguments_valid", "block", frame="tool_calls") == [
        ("call_1", "lookup", '{"q":"queryword"}', True, 1)
    ]
    figures = ("choice", "prompt", "completion", "total", "cached", "audio")
    assert rows(corpus, *figures, frame="usage") == [(0, 10, 20, 30, 3, 19)]
    assert findings(corpus) == []
    assert "unknown" not in corpus.events["kind"].tolist()
    assert corpus.problems.empty


@pytest.mark.parametrize("generation", GENERATIONS)
def test_sound_and_what_the_user_said_stand_beside(read: Callable[..., Corpus], generation: str) -> None:
    corpus = read(stream(*made(generation)))
    beside = [json.loads(each) for each in corpus.events.loc[corpus.events["kind"] == "annotation", "text"]]

    assert [each["item"] for each in beside if "item" in each] == [ASKED]
    assert [each["transcript"] for each in beside if "transcript" in each] == ["Hi there"]
    assert [each["delta"] for each in beside if "delta" in each] == ["c291bmQ="]
    assert len(beside) == 3


@pytest.mark.parametrize("generation", GENERATIONS)
def test_what_is_repeated_whole_is_kept_and_not_joined(read: Callable[..., Corpus], generation: str) -> None:
    corpus = read(stream(*made(generation)))
    repeated = corpus.events[(corpus.events["kind"] == "empty") & corpus.events["choice"].notna()]

    assert [json.loads(each) for each in repeated["text"].dropna()] == [
        {"transcript": "Hello"},
        {"part": spoken("Hello", NAMES[generation]["part"])},
        {"item": message(spoken("Hello", NAMES[generation]["part"]))},
        {"arguments": '{"q":"queryword"}', "name": "lookup", "call_id": "call_1"},
        {"item": function('{"q":"queryword"}')},
    ]


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("left", [".done", "item.done", "response.done"])
def test_what_no_delta_told_is_told_by_what_comes_first(
    read: Callable[..., Corpus], generation: str, left: str
) -> None:
    gone = ("delta", "done") if left == "response.done" else ("delta",)
    chunks = [chunk for chunk in made(generation) if not chunk["type"].endswith(gone) or chunk["type"].endswith(left)]
    corpus = read(stream(*chunks))

    assert rows(corpus, "content", "finish_reason", frame="choices")[0][0] == "Hello"
    assert rows(corpus, "id", "name", "arguments", frame="tool_calls") == [("call_1", "lookup", '{"q":"queryword"}')]


def test_what_the_client_sent_is_no_part_of_an_answer(read: Callable[..., Corpus]) -> None:
    sent = [{"type": kind, **fields} for kind, fields in CLIENT.items()]
    corpus = read(stream(*sent, *made("today")))

    assert rows(corpus, "content", frame="choices") == [("Hello",)]
    told = corpus.events.iloc[: len(sent)]
    assert set(told["kind"]) == {"empty"}
    assert [json.loads(each) for each in told["text"]] == list(CLIENT.values())
    assert findings(corpus) == []


def test_a_session_that_only_transcribes(read: Callable[..., Corpus]) -> None:
    heard = ("conversation.item.input_audio_transcription.delta", "transcription_session.created")
    corpus = read(
        stream(*(DOCUMENTED[name] for name in heard), DOCUMENTED[f"{heard[0].removesuffix('delta')}completed"])
    )

    assert corpus.recordings[["n_choices", "model_served"]].to_numpy().tolist() == [[0, "gpt-realtime"]]
    assert corpus.usage.empty
    assert findings(corpus) == []


# --- several responses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["session.jsonl", "session.json"])
def test_responses_of_one_session_are_apart(tmp_path: Path, name: str) -> None:
    costs = {"input_tokens": 40, "output_tokens": 2, "total_tokens": 42}
    said = message({"type": "output_text", "text": "Bye now"}, item="item_9")
    second = [*written(2, "Bye", " now", item="item_9")[:-1], done(number=2, usage=costs, output=[said])]
    corpus = saved(tmp_path, name, [*made("today"), *second])

    assert corpus.recordings[["dialect", "n_choices"]].to_numpy().tolist() == [["openai_realtime", 2]]
    assert rows(corpus, "choice", "content", "finish_reason", frame="choices") == [
        (0, "Hello", "completed"),
        (1, "Bye now", "completed"),
    ]
    assert rows(corpus, "choice", "total", frame="usage") == [(0, 30), (1, 42)]
    assert findings(corpus) == []


def test_responses_that_take_turns_are_apart(read: Callable[..., Corpus]) -> None:
    """Responses outside of the conversation run beside those inside."""
    one, other = written(1, "Hel", "lo", item="item_1"), written(2, "By", "e", item="item_2")
    corpus = read(stream(*(chunk for pair in zip(one, other, strict=True) for chunk in pair)))

    assert corpus.choices["content"].tolist() == ["Hello", "Bye"]
    assert corpus.choices["finish_reason"].tolist() == ["completed", "completed"]


@pytest.mark.parametrize("with_ids", [True, False])
def test_responses_of_a_server_that_leaves_ids_and_numbers_out(read: Callable[..., Corpus], with_ids: bool) -> None:
    def bare(text: str, number: int) -> list[dict[str, Any]]:
        said = {"type": "response.audio_transcript.delta"}
        ends = {"id": f"resp_{number}", "status": "completed", "output": [message(spoken(text), item=f"item_{number}")]}
        begin = {"type": "response.created", **({"response": {"id": f"resp_{number}"}} if with_ids else {})}
        return [
            begin,
            {**said, "delta": text[:2]},
            {**said, "delta": text[2:]},
            {"type": "response.done", "response": ends},
        ]

    corpus = read(stream(*bare("Hello", 1), *bare("Bye", 2)))

    assert corpus.choices["content"].tolist() == ["Hello", "Bye"]
    assert findings(corpus) == []


def test_what_follows_the_end_of_a_response_belongs_to_no_other(read: Callable[..., Corpus]) -> None:
    after = [
        DOCUMENTED["output_audio_buffer.stopped"],
        DOCUMENTED["rate_limits.updated"],
        DOCUMENTED["response.mcp_call.failed"],
    ]
    corpus = read(stream(*written(1, "Hello"), *after))

    assert corpus.recordings["n_choices"].tolist() == [1]


# --- how it ends -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "details", "reason"),
    [
        ("completed", None, "completed"),
        ("cancelled", {"type": "cancelled", "reason": "turn_detected"}, "cancelled"),
        ("cancelled", {"type": "cancelled", "reason": "client_cancelled"}, "cancelled"),
        ("cancelled", None, "cancelled"),
        ("incomplete", {"type": "incomplete", "reason": "max_output_tokens"}, "max_output_tokens"),
        ("incomplete", {"type": "incomplete", "reason": "content_filter"}, "content_filter"),
        ("failed", {"type": "failed", "error": {"type": "server_error", "message": "it broke"}}, "failed"),
    ],
)
def test_how_a_response_ends(read: Callable[..., Corpus], status: str, details: Any, reason: str) -> None:
    corpus = read(stream(*written(1, "Hello")[:-1], done(status, status_details=details)))

    assert corpus.choices["finish_reason"].tolist() == [reason]
    assert reason in openai_realtime.DIALECT.finish_reasons
    assert ("it broke" in str(corpus.recordings["error"].item())) is (status == "failed")


def test_a_response_that_never_ends(read: Callable[..., Corpus]) -> None:
    assert findings(read(stream(*written(1, "Hello")[:-1]))) == ["no-finish"]


def test_an_error_leaves_the_session_open(read: Callable[..., Corpus]) -> None:
    one, other = written(1, "Hello"), written(2, "Bye", item="item_2")
    corpus = read(stream(*one, DOCUMENTED["error"], *other))

    assert json.loads(corpus.recordings["error"].item())["code"] == "codeword"
    assert corpus.choices["content"].tolist() == ["Hello", "Bye"]


def test_a_call_of_a_server_s_tool(read: Callable[..., Corpus]) -> None:
    where = {"item": "item_m", "index": 0}
    corpus = read(
        stream(
            begins(),
            added({**MCP, "arguments": ""}),
            about("response.mcp_call_arguments.delta", **where, delta='{"a"', obfuscation="padding"),
            about("response.mcp_call_arguments.delta", **where, delta=":1}", obfuscation="more"),
            about("response.mcp_call_arguments.done", **where, arguments='{"a":1}'),
            event("response.mcp_call.completed", item_id="item_m", output_index=0),
            item_done({**MCP, "arguments": '{"a":1}', "output": "foundword"}),
            done(),
        )
    )

    assert rows(corpus, "id", "name", "type", "arguments", frame="tool_calls") == [
        ("item_m", "ask", "mcp_call", '{"a":1}')
    ]
    assert corpus.events.loc[corpus.events["kind"] == "annotation", "text"].tolist() == ['{"output":"foundword"}']
    assert corpus.chunks["obfuscation"].dropna().tolist() == ["padding", "more"]


# --- what has the wrong form -----------------------------------------------------------------------------------------


def test_an_unknown_event_is_kept_whole() -> None:
    chunk = event("response.sparkle", new="newthing")
    columns = extracted(openai_realtime, [chunk])

    assert kinds(columns) == ["unknown"]
    assert json.loads(columns.events.column("text")[0]) == chunk


@pytest.mark.parametrize(
    "chunk",
    [
        event("response.done", response="wrongword"),
        event("response.created", response=["wrongword"]),
        added("wrongword"),
        added(message("wrongword")),
        about("response.content_part.done", part="wrongword"),
        about("response.output_text.delta", delta=["wrongword"]),
        about("response.function_call_arguments.done", arguments=["wrongword"]),
    ],
    ids=str,
)
def test_what_has_the_wrong_type_is_kept_and_noted(chunk: Any) -> None:
    columns = extracted(openai_realtime, [chunk])

    assert "wrongword" in str(columns.events.column("text"))
    assert "unknown" in kinds(columns)
    assert len(columns.problems) == 1
