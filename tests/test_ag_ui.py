"""Hand-made runs of AG-UI: every event of the protocol, in both spellings, and snapshots that repeat what was streamed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from dialect_kit import envelope, extracted, kinds, rows

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import ag_ui
from recexplore.read.registry import known

ENDPOINT = "/agent"
USAGE = {
    "provider": "openai",
    "model": "gpt-x",
    "inputTokens": 10,
    "outputTokens": 20,
    "totalTokens": 30,
    "reasoningTokens": 5,
    "cachedInputTokens": 4,
    "cacheWriteInputTokens": 2,
}
CALL = {"id": "call_1", "type": "function", "function": {"name": "lookup", "arguments": '{"q":"queryword"}'}}


def event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "timestamp": 1735787045678, **fields}


def run(state: str, **fields: Any) -> dict[str, Any]:
    return event(f"RUN_{state}", threadId="thread_1", runId="run_1", **fields)


def message(*pieces: str, name: str = "msg_1", role: str = "assistant") -> list[dict[str, Any]]:
    return [
        event("TEXT_MESSAGE_START", messageId=name, role=role),
        *(event("TEXT_MESSAGE_CONTENT", messageId=name, delta=piece) for piece in pieces),
        event("TEXT_MESSAGE_END", messageId=name),
    ]


def call(*pieces: str, name: str = "call_1", tool: str = "lookup", **fields: Any) -> list[dict[str, Any]]:
    return [
        event("TOOL_CALL_START", toolCallId=name, toolCallName=tool, **fields),
        *(event("TOOL_CALL_ARGS", toolCallId=name, delta=piece) for piece in pieces),
        event("TOOL_CALL_END", toolCallId=name),
    ]


def thought(*pieces: str, name: str = "think_1") -> list[dict[str, Any]]:
    return [
        event("REASONING_START", messageId=name),
        event("REASONING_MESSAGE_START", messageId=name, role="reasoning"),
        *(event("REASONING_MESSAGE_CONTENT", messageId=name, delta=piece) for piece in pieces),
        event("REASONING_MESSAGE_END", messageId=name),
        event("REASONING_END", messageId=name),
    ]


def snapshot(*messages: Any) -> dict[str, Any]:
    return event("MESSAGES_SNAPSHOT", messages=list(messages))


ASKED = {"id": "user_1", "role": "user", "content": "askedtext"}
ANSWERED = {"id": "msg_1", "role": "assistant", "content": "Hello", "toolCalls": [CALL]}

DOCUMENTED: dict[str, dict[str, Any]] = {
    "RUN_STARTED": run("STARTED", parentRunId="run_0", input={"messages": [ASKED], "state": {"s": "stateword"}}),
    "RUN_STARTED of the Python SDK": {"type": "RUN_STARTED", "thread_id": "thread_1", "run_id": "run_1"},
    "RUN_FINISHED": run("FINISHED"),
    "RUN_FINISHED with a result": run("FINISHED", result={"r": "resultword"}, outcome={"type": "success"}),
    "RUN_FINISHED interrupted": run(
        "FINISHED",
        outcome={"type": "interrupt", "interrupts": [{"id": "int_1", "reason": "approvalword", "message": "May I"}]},
    ),
    "RUN_FINISHED cancelled": run("FINISHED", outcome={"type": "cancelled"}),
    "RUN_FINISHED of a draft": run("FINISHED", outcome="interruptword", interrupt={"id": "int_1", "reason": "because"}),
    "RUN_FINISHED with usage": run("FINISHED", outcome={"type": "success"}, usage=[USAGE, {**USAGE, "model": "other"}]),
    "RUN_FINISHED of TanStack": run(
        "FINISHED", metadata={"tanstack": {"finishReason": "tool_calls", "model": "gpt-x"}}, usage=[USAGE]
    ),
    "RUN_FINISHED of TanStack before": run(
        "FINISHED", model="gpt-x", finishReason="stopword", usage={"promptTokens": 10, "completionTokens": 20}
    ),
    "RUN_ERROR": run("ERROR", message="it broke", code="codeword", usage=[USAGE]),
    "RUN_ERROR in an object": event("RUN_ERROR", error={"message": "it broke"}),
    "STEP_STARTED": event("STEP_STARTED", stepName="stepword"),
    "STEP_FINISHED": event("STEP_FINISHED", stepName="stepword"),
    "TEXT_MESSAGE_START": event("TEXT_MESSAGE_START", messageId="msg_1", role="assistant", name="agentname"),
    "TEXT_MESSAGE_CONTENT": event("TEXT_MESSAGE_CONTENT", messageId="msg_1", delta="saidtext", rawEvent={"r": "raw"}),
    "TEXT_MESSAGE_CONTENT of the Python SDK": {
        "type": "TEXT_MESSAGE_CONTENT",
        "timestamp": None,
        "raw_event": None,
        "message_id": "msg_1",
        "delta": "saidtext",
    },
    "TEXT_MESSAGE_END": event("TEXT_MESSAGE_END", messageId="msg_1"),
    "TEXT_MESSAGE_CHUNK": event("TEXT_MESSAGE_CHUNK", messageId="msg_1", role="assistant", delta="saidtext"),
    "TEXT_MESSAGE_CHUNK of the user": event("TEXT_MESSAGE_CHUNK", messageId="msg_1", role="user", delta="saidtext"),
    "TEXT_MESSAGE_CHUNK that goes on": event("TEXT_MESSAGE_CHUNK", delta="saidtext"),
    "TOOL_CALL_START": event(
        "TOOL_CALL_START", toolCallId="call_1", toolCallName="lookup", parentMessageId="msg_1", subagentRunId="sub_1"
    ),
    "TOOL_CALL_ARGS": event("TOOL_CALL_ARGS", toolCallId="call_1", delta='{"q":'),
    "TOOL_CALL_END": event("TOOL_CALL_END", toolCallId="call_1"),
    "TOOL_CALL_CHUNK": event("TOOL_CALL_CHUNK", toolCallId="call_1", toolCallName="lookup", delta='{"q":'),
    "TOOL_CALL_CHUNK of the Python SDK": {
        "type": "TOOL_CALL_CHUNK",
        "tool_call_id": "call_1",
        "tool_call_name": "lookup",
        "parent_message_id": "msg_1",
        "delta": '{"q":',
    },
    "TOOL_CALL_RESULT": event(
        "TOOL_CALL_RESULT", messageId="msg_2", toolCallId="call_1", content="resulttext", role="tool"
    ),
    "REASONING_START": event("REASONING_START", messageId="think_1"),
    "REASONING_MESSAGE_START": event("REASONING_MESSAGE_START", messageId="think_1", role="reasoning"),
    "REASONING_MESSAGE_CONTENT": event("REASONING_MESSAGE_CONTENT", messageId="think_1", delta="thoughttext"),
    "REASONING_MESSAGE_END": event("REASONING_MESSAGE_END", messageId="think_1"),
    "REASONING_MESSAGE_CHUNK": event("REASONING_MESSAGE_CHUNK", messageId="think_1", delta="thoughttext"),
    "REASONING_END": event("REASONING_END", messageId="think_1"),
    "REASONING_ENCRYPTED_VALUE": event(
        "REASONING_ENCRYPTED_VALUE", subtype="messageword", entityId="think_1", encryptedValue="secretword"
    ),
    "THINKING_START": event("THINKING_START", title="titleword"),
    "THINKING_TEXT_MESSAGE_START": event("THINKING_TEXT_MESSAGE_START"),
    "THINKING_TEXT_MESSAGE_CONTENT": event("THINKING_TEXT_MESSAGE_CONTENT", delta="thoughttext"),
    "THINKING_TEXT_MESSAGE_END": event("THINKING_TEXT_MESSAGE_END"),
    "THINKING_END": event("THINKING_END"),
    "STATE_SNAPSHOT": event("STATE_SNAPSHOT", snapshot={"recipe": "stateword"}),
    "STATE_DELTA": event("STATE_DELTA", delta=[{"op": "replace", "path": "/recipe", "value": "newword"}]),
    "MESSAGES_SNAPSHOT": snapshot(ASKED, ANSWERED),
    "MESSAGES_SNAPSHOT of the Python SDK": snapshot(
        ASKED, {"id": "msg_1", "role": "assistant", "content": None, "tool_calls": [CALL]}
    ),
    "MESSAGES_SNAPSHOT of what was before": snapshot(ANSWERED, ASKED),
    "ACTIVITY_SNAPSHOT": event("ACTIVITY_SNAPSHOT", messageId="act_1", activityType="PLAN", content={"a": "planword"}),
    "ACTIVITY_DELTA": event(
        "ACTIVITY_DELTA", messageId="act_1", activityType="PLAN", patch=[{"op": "add", "path": "/b", "value": "more"}]
    ),
    "SUBAGENT_STARTED": event("SUBAGENT_STARTED", subagentRunId="sub_1", name="helpername"),
    "SUBAGENT_FINISHED": event("SUBAGENT_FINISHED", subagentRunId="sub_1", result="resultword"),
    "SUBAGENT_ERROR": event("SUBAGENT_ERROR", subagentRunId="sub_1", message="it broke"),
    "RAW": event("RAW", event={"choices": ["rawword"]}, source="providerword"),
    "CUSTOM": event("CUSTOM", name="customname", value={"v": "valueword"}),
    "META": event("META", metaType="thumbs_up", payload={"p": "payloadword"}),
}

STREAM = [
    run("STARTED"),
    *thought("because ", "so"),
    *message("Hel", "lo"),
    *call('{"q":', '"queryword"}', parentMessageId="msg_1"),
    event("TOOL_CALL_RESULT", messageId="msg_2", toolCallId="call_1", content="resulttext", role="tool"),
    *message(" there", name="msg_3"),
    snapshot(ASKED, ANSWERED, {"id": "msg_3", "role": "assistant", "content": " there"}),
    run("FINISHED", outcome={"type": "success"}, usage=[USAGE]),
]


def snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def in_python(chunk: dict[str, Any]) -> dict[str, Any]:
    """The event as the Python SDK dumps it by the names of its own fields."""
    return {snake(name): value for name, value in chunk.items()}


def streamed(*chunks: Any, **request: Any) -> Any:
    return envelope(list(chunks), endpoint=ENDPOINT, **request)


def told(corpus: Any) -> list[tuple[Any, ...]]:
    return rows(corpus, "content", "reasoning", "finish_reason", frame="choices")


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_event_is_recognised(name: str) -> None:
    assert known().choose(Exchange("test", chunks=[DOCUMENTED[name]])) is ag_ui.DIALECT


# --- a run -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunks", [STREAM, list(map(in_python, STREAM))], ids=["camelCase", "snake_case"])
def test_a_run(read, chunks: Sequence[Any]) -> None:
    corpus = read(streamed(*chunks))

    assert rows(corpus, "dialect", "n_chunks", "n_choices", "model_served", frame="recordings") == [
        ("ag_ui", len(STREAM), 1, "gpt-x")
    ]
    assert told(corpus) == [("Hello there", "because so", "success")]
    assert rows(corpus, "id", "name", "arguments", frame="tool_calls") == [("call_1", "lookup", '{"q":"queryword"}')]
    assert rows(corpus, "prompt", "completion", "total", "reasoning", "cached", "cache_write", frame="usage") == [
        (10, 20, 30, 5, 4, 2)
    ]
    assert corpus.choices["role"].tolist() == ["assistant"]
    assert corpus.chunks["id"].dropna().unique().tolist() == ["run_1"]
    assert corpus.problems.empty
    assert corpus.findings.empty


def test_parts_are_numbered_as_they_begin(read) -> None:
    events = read(streamed(*STREAM)).events
    told_of = events[events["kind"].isin(["content", "reasoning", "tool_call"])]

    assert told_of["block"].tolist() == [1, 1, 2, 2, 3, 3, 3, 4]


def test_earlier_thoughts_have_no_id(read) -> None:
    pieces = [event("THINKING_TEXT_MESSAGE_CONTENT", delta=piece) for piece in ("because ", "so")]
    corpus = read(
        streamed(
            run("STARTED"),
            event("THINKING_START"),
            event("THINKING_TEXT_MESSAGE_START"),
            *pieces,
            event("THINKING_TEXT_MESSAGE_END"),
            event("THINKING_END"),
            *message("Hello"),
            run("FINISHED"),
        )
    )

    assert told(corpus) == [("Hello", "because so", None)]
    assert corpus.findings.empty


def test_calls_that_take_turns_are_told_apart_by_their_ids(read) -> None:
    first, second = call('{"a":', "1}", name="call_1"), call('{"b":', "2}", name="call_2", tool="other")
    corpus = read(streamed(*(each for pair in zip(first, second, strict=True) for each in pair), run("FINISHED")))

    assert rows(corpus, "id", "name", "arguments", frame="tool_calls") == [
        ("call_1", "lookup", '{"a":1}'),
        ("call_2", "other", '{"b":2}'),
    ]


def test_a_call_that_takes_nothing(read) -> None:
    assert rows(read(streamed(*call())), "name", "arguments", frame="tool_calls") == [("lookup", "")]


def test_chunks_go_on_with_what_was_spoken_of_last(read) -> None:
    corpus = read(
        streamed(
            event("TEXT_MESSAGE_CHUNK", messageId="msg_1", role="assistant", delta="Hel"),
            event("TEXT_MESSAGE_CHUNK", delta="lo"),
            event("TOOL_CALL_CHUNK", toolCallId="call_1", toolCallName="lookup"),
            event("TOOL_CALL_CHUNK", delta='{"a":'),
            event("TOOL_CALL_CHUNK", delta="1}"),
            event("TOOL_CALL_CHUNK", toolCallId="call_2", toolCallName="lookup", delta="{}"),
            run("FINISHED"),
        )
    )

    assert corpus.choices["content"].tolist() == ["Hello"]
    assert rows(corpus, "id", "arguments", frame="tool_calls") == [("call_1", '{"a":1}'), ("call_2", "{}")]


@pytest.mark.parametrize("role", ["user", "system", "developer"])
def test_what_others_say_is_no_answer(read, role: str) -> None:
    corpus = read(streamed(*message("their", "text", name="msg_0", role=role), *message("Hello"), run("FINISHED")))

    assert corpus.choices["content"].tolist() == ["Hello"]
    assert corpus.choices["role"].tolist() == ["assistant"]
    assert "unknown" not in corpus.events["kind"].tolist()


def test_tools_that_the_request_does_not_declare_are_the_agents_own(read) -> None:
    tools = [{"name": "confirm", "description": "of the page", "parameters": {"type": "object"}}]
    corpus = read(streamed(*STREAM, tools=tools, messages=[ASKED]))

    assert corpus.requests["tools"].tolist() == ['["confirm"]']
    assert corpus.findings.empty


# --- snapshots -------------------------------------------------------------------------------------------------------


def test_what_a_snapshot_repeats_is_kept_beside_the_answer() -> None:
    columns = extracted(ag_ui, [*message("Hello"), snapshot(ASKED, ANSWERED)])

    assert kinds(columns) == ["role", "content", "empty"]
    assert json.loads(columns.events.column("text")[2]) == {"messages": [ASKED, ANSWERED]}


@pytest.mark.parametrize("name", ["msg_1", "another id"])
def test_a_snapshot_doubles_nothing(read, name: str) -> None:
    corpus = read(streamed(*message("Hello"), *call("{}"), snapshot(ASKED, {**ANSWERED, "id": name}), run("FINISHED")))

    assert corpus.choices["content"].tolist() == ["Hello"]
    assert len(corpus.tool_calls) == 1


def test_a_snapshot_before_the_answer_is_what_was_before(read) -> None:
    before = snapshot(ASKED, {**ANSWERED, "content": "before"})
    corpus = read(streamed(run("STARTED"), before, *message("Hello"), run("FINISHED")))

    assert corpus.choices["content"].tolist() == ["Hello"]
    assert corpus.tool_calls.empty


def test_a_run_that_streams_nothing_is_told_by_its_last_snapshot(read) -> None:
    thinking = {"id": "think_1", "role": "reasoning", "content": "because"}
    corpus = read(
        streamed(
            run("STARTED"),
            snapshot(ASKED),
            snapshot({**ANSWERED, "content": "before"}, ASKED, thinking, ANSWERED),
            run("FINISHED"),
        )
    )

    assert told(corpus) == [("Hello", "because", None)]
    assert rows(corpus, "id", "name", "arguments", frame="tool_calls") == [("call_1", "lookup", '{"q":"queryword"}')]
    assert corpus.chunks["n_choices"].tolist() == [0, 0, 1, 1]


def test_thoughts_that_were_streamed_are_not_told_again(read) -> None:
    thinking = {"id": "think_1", "role": "reasoning", "content": "because so"}
    corpus = read(streamed(*thought("because ", "so"), snapshot(ASKED, thinking, ANSWERED), run("FINISHED")))

    assert told(corpus) == [("Hello", "because so", None)]


# --- how it ends -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, None),
        ({"outcome": {"type": "success"}}, "success"),
        ({"outcome": {"type": "cancelled"}}, "cancelled"),
        ({"outcome": {"type": "interrupt", "interrupts": []}}, "interrupt"),
        ({"outcome": "interrupt"}, "interrupt"),
        ({"finishReason": "length", "outcome": {"type": "success"}}, "length"),
        ({"metadata": {"tanstack": {"finishReason": "stop"}}}, "stop"),
    ],
)
def test_why_it_ends(read, fields: Any, reason: str | None) -> None:
    corpus = read(streamed(*message("Hello"), run("FINISHED", **fields)))

    assert told(corpus) == [("Hello", "", reason)]
    assert corpus.findings["rule"].tolist() == (["length-cut"] if reason == "length" else [])


def test_what_a_run_waits_for_is_kept() -> None:
    columns = extracted(ag_ui, [DOCUMENTED["RUN_FINISHED interrupted"]])

    assert json.loads(columns.events.column("extra")[0])["outcome"]["interrupts"][0]["id"] == "int_1"


def test_usage_of_several_models(read) -> None:
    corpus = read(streamed(*message("Hello"), DOCUMENTED["RUN_FINISHED with usage"]))

    assert corpus.usage["prompt"].tolist() == [10, 10]
    assert [json.loads(extra)["model"] for extra in corpus.usage["extra"]] == ["gpt-x", "other"]


def test_a_run_that_fails(read) -> None:
    corpus = read(streamed(*message("Hel"), DOCUMENTED["RUN_ERROR"]))

    assert json.loads(corpus.recordings["error"].item()) == {"message": "it broke", "code": "codeword"}
    assert corpus.choices["content"].tolist() == ["Hel"]
    assert corpus.findings["rule"].tolist() == ["inband-error"]


def test_a_run_that_only_changes_the_state_is_not_empty(read) -> None:
    corpus = read(streamed(run("STARTED"), DOCUMENTED["STATE_DELTA"], run("FINISHED", outcome={"type": "success"})))

    assert corpus.findings.empty


def test_a_run_that_says_nothing_is_empty(read) -> None:
    corpus = read(streamed(run("STARTED"), DOCUMENTED["RAW"], run("FINISHED", outcome={"type": "success"})))

    assert corpus.findings["rule"].tolist() == ["empty-answer"]


def test_a_run_that_breaks_off(read) -> None:
    assert read(streamed(*STREAM[:8])).findings["rule"].tolist() == ["no-finish"]


def test_an_unknown_event_is_kept_whole() -> None:
    chunk = event("SPARKLE", new="newthing")
    columns = extracted(ag_ui, [STREAM[0], chunk])

    assert kinds(columns) == ["unknown"]
    assert json.loads(columns.events.column("text")[0]) == chunk


# --- as it is recorded -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["events", "lines"])
def test_runs_one_behind_the_other(read, form: str) -> None:
    chunks = [*STREAM, *STREAM]
    written = {
        "events": ("".join(f"data: {json.dumps(each)}\n\n" for each in chunks), "runs.sse"),
        "lines": ("".join(json.dumps(each) + "\n" for each in chunks), "runs.jsonl"),
    }
    text, name = written[form]
    corpus = read(text.encode(), name)

    assert rows(corpus, "dialect", "n_chunks", frame="recordings") == [("ag_ui", len(STREAM))] * 2
    assert corpus.choices["content"].tolist() == ["Hello there"] * 2
    assert corpus.findings.empty
