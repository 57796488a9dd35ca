"""Hand-made runs of OpenAI's Assistants: every event of the documentation, whole objects, and what others make of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from dialect_kit import envelope, extracted, kinds, rows

import recexplore
from recexplore.corpus import Corpus
from recexplore.model.exchange import Exchange
from recexplore.read.dialects import http, openai_assistants
from recexplore.read.registry import known

ENDPOINT = "/v1/threads/thread_1/runs"
NUMBERS = frozenset(["index"])
USAGE = {
    "prompt_tokens": 10,
    "completion_tokens": 20,
    "total_tokens": 30,
    "prompt_token_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 5},
}
STEP_USAGE = {"prompt_tokens": 7, "completion_tokens": 8, "total_tokens": 15}
CITATION = {
    "index": 0,
    "type": "file_citation",
    "text": "【4:0†sourcename】",
    "start_index": 2,
    "end_index": 9,
    "file_citation": {"file_id": "file-cited", "quote": "quotedword"},
}
FILE_PATH = {"index": 1, "type": "file_path", "text": "sandbox:/made.csv", "file_path": {"file_id": "file-made"}}
LOGS = {"index": 0, "type": "logs", "logs": "printedword"}
PLOT = {"index": 1, "type": "image", "image": {"file_id": "file-plot"}}

Event = tuple[str, Any]


def run(status: str, **fields: Any) -> dict[str, Any]:
    facts = {"id": "run_1", "object": "thread.run", "created_at": 1700000000, "status": status, "model": "gpt-x"}
    about = {"assistant_id": "asst_1", "thread_id": "thread_1", "instructions": "instructionword", "tools": []}
    empty = {"required_action": None, "last_error": None, "incomplete_details": None, "usage": None}
    return {**facts, **about, **empty, **fields}


def step(status: str, details: Any, number: int = 1, **fields: Any) -> dict[str, Any]:
    facts = {"id": f"step_{number}", "object": "thread.run.step", "created_at": 1700000001, "run_id": "run_1"}
    return {**facts, "type": details["type"], "status": status, "step_details": details, "usage": None, **fields}


def message(status: str, *content: Any, number: int = 1, **fields: Any) -> dict[str, Any]:
    facts = {"id": f"msg_{number}", "object": "thread.message", "created_at": 1700000002, "thread_id": "thread_1"}
    about = {"run_id": "run_1", "role": "assistant", "status": status, "content": list(content)}
    return {**facts, **about, "incomplete_details": None, "attachments": [], "metadata": {}, **fields}


def calls(*made: Any) -> dict[str, Any]:
    return {"type": "tool_calls", "tool_calls": list(made)}


def writes(number: int = 1) -> dict[str, Any]:
    return {"type": "message_creation", "message_creation": {"message_id": f"msg_{number}"}}


def text(value: str, *notes: Any, **fields: Any) -> dict[str, Any]:
    return {"type": "text", "text": {"value": value, "annotations": list(notes)}, **fields}


def says(value: str, *notes: Any, number: int = 1, index: int = 0) -> dict[str, Any]:
    return delta({"index": index, **text(value, *notes)}, number=number)


def delta(*parts: Any, number: int = 1, **fields: Any) -> dict[str, Any]:
    return {"id": f"msg_{number}", "object": "thread.message.delta", "delta": {"content": list(parts), **fields}}


def calling(*made: Any, number: int = 1) -> dict[str, Any]:
    return {"id": f"step_{number}", "object": "thread.run.step.delta", "delta": {"step_details": calls(*made)}}


def function(arguments: str | None, name: str | None = "lookup", **fields: Any) -> dict[str, Any]:
    said = {"name": name, "arguments": arguments, "output": None}
    return {"type": "function", "function": {key: value for key, value in said.items() if value is not None}, **fields}


def code(given: str | None, *outputs: Any, **fields: Any) -> dict[str, Any]:
    said = {} if given is None else {"input": given}
    return {"type": "code_interpreter", "code_interpreter": {**said, "outputs": list(outputs)}, **fields}


def search(*results: Any, **fields: Any) -> dict[str, Any]:
    found = {"ranking_options": {"ranker": "rankerword", "score_threshold": 0.5}, "results": list(results)}
    return {"type": "file_search", "file_search": found if results else {}, **fields}


FOUND = {
    "file_id": "file-found",
    "file_name": "foundname",
    "score": 0.5,
    "content": [{"type": "text", "text": "foundtext"}],
}
WANTED = function('{"q":"queryword"}', id="call_1")
ACTION = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": [WANTED]}}

ANSWERING: list[Event] = [
    ("thread.created", {"id": "thread_1", "object": "thread", "created_at": 1700000000, "metadata": {}}),
    ("thread.run.created", run("queued")),
    ("thread.run.queued", run("queued")),
    ("thread.run.in_progress", run("in_progress")),
    ("thread.run.step.created", step("in_progress", calls())),
    ("thread.run.step.in_progress", step("in_progress", calls())),
    ("thread.run.step.delta", calling(code("", index=0, id="call_0"))),
    ("thread.run.step.delta", calling(code("print", index=0))),
    ("thread.run.step.delta", calling(code("(1)", index=0))),
    ("thread.run.step.delta", calling(code(None, LOGS, index=0))),
    ("thread.run.step.completed", step("completed", calls(code("print(1)", LOGS, id="call_0")), usage=STEP_USAGE)),
    ("thread.run.step.created", step("in_progress", writes(), 2)),
    ("thread.message.created", message("in_progress")),
    ("thread.message.in_progress", message("in_progress")),
    ("thread.message.delta", says("Hel")),
    ("thread.message.delta", says("lo", CITATION)),
    ("thread.message.delta", delta({"index": 1, "type": "image_file", "image_file": {"file_id": "file-plot"}})),
    (
        "thread.message.completed",
        message("completed", text("Hello", CITATION), {"type": "image_file", "image_file": {"file_id": "file-plot"}}),
    ),
    ("thread.run.step.completed", step("completed", writes(), 2, usage=STEP_USAGE)),
    ("thread.run.step.created", step("in_progress", writes(2), 3)),
    ("thread.message.created", message("in_progress", number=2)),
    ("thread.message.delta", says(" there", number=2)),
    ("thread.message.completed", message("completed", text(" there"), number=2)),
    ("thread.run.step.completed", step("completed", writes(2), 3, usage=STEP_USAGE)),
    ("thread.run.completed", run("completed", usage=USAGE)),
]
WAITING: list[Event] = [
    ("thread.run.created", run("queued")),
    ("thread.run.step.created", step("in_progress", calls())),
    ("thread.run.step.delta", calling(function("", index=0, id="call_1"))),
    ("thread.run.step.delta", calling(function('{"q":"query', None, index=0))),
    ("thread.run.step.delta", calling(function('word"}', None, index=0))),
    ("thread.run.step.delta", calling(function("", "count", index=1, id="call_2"))),
    ("thread.run.step.delta", calling(function('{"n":1}', None, index=1))),
    ("thread.run.requires_action", run("requires_action", required_action=ACTION)),
]
REFUSING: list[Event] = [
    ("thread.run.created", run("queued")),
    ("thread.message.created", message("in_progress")),
    ("thread.message.delta", delta({"index": 0, "type": "refusal", "refusal": "I can"})),
    ("thread.message.delta", delta({"index": 0, "type": "refusal", "refusal": "not"})),
    ("thread.message.completed", message("completed", {"type": "refusal", "refusal": "I cannot"})),
    ("thread.run.incomplete", run("incomplete", incomplete_details={"reason": "max_prompt_tokens"}, usage=USAGE)),
]
RUNS = {"answering": ANSWERING, "waiting": WAITING, "refusing": REFUSING}
STREAM = [said for _, said in ANSWERING]
CALLING = [said for _, said in WAITING]

DOCUMENTED: dict[str, Any] = {
    **{
        f"thread.run.{status}": run(status)
        for status in ("queued", "in_progress", "cancelling", "cancelled", "expired")
    },
    "thread.created": ANSWERING[0][1],
    "thread.run.completed": run("completed", usage=USAGE),
    "thread.run.incomplete": run("incomplete", incomplete_details={"reason": "max_completion_tokens"}, usage=USAGE),
    "thread.run.failed": run("failed", last_error={"code": "server_error", "message": "it broke"}),
    "thread.run.requires_action": run("requires_action", required_action=ACTION),
    "thread.run.step.created": step("in_progress", writes()),
    **{
        f"thread.run.step.{status}": step(status, calls(code("print(2)", LOGS, PLOT, id="call_0")), usage=STEP_USAGE)
        for status in ("in_progress", "completed", "cancelled", "expired")
    },
    "thread.run.step.failed": step("failed", writes(), last_error={"code": "server_error", "message": "a step broke"}),
    "a step that called a function": step("completed", calls(function('{"q":"queryword"}', id="call_1", output="42"))),
    "a step that searched": step("completed", calls(search(FOUND, id="call_3"))),
    "thread.run.step.delta of a message": {
        "id": "step_1",
        "object": "thread.run.step.delta",
        "delta": {"step_details": writes()},
    },
    "thread.run.step.delta of a function": calling(function('{"q":"queryword"}', index=0, id="call_1")),
    "thread.run.step.delta of code": calling(code("print(3)", LOGS, PLOT, index=0, id="call_0")),
    "thread.run.step.delta of a search": calling(search(index=0, id="call_3")),
    "thread.run.step.delta of Azure's own tool": calling(
        {"index": 0, "id": "call_4", "type": "bing_grounding", "bing_grounding": {"requesturl": "http://asked"}}
    ),
    **{
        f"thread.message.{status}": message(status, text("wholetext", CITATION, FILE_PATH))
        for status in ("created", "in_progress", "completed")
    },
    "thread.message.incomplete": message("incomplete", text("cut"), incomplete_details={"reason": "content_filter"}),
    "a message with images": message(
        "completed",
        {"type": "image_file", "image_file": {"file_id": "file-plot", "detail": "lowdetail"}},
        {"type": "image_url", "image_url": {"url": "http://image"}},
    ),
    "a message of the user": message("completed", text("askedtext"), role="user", run_id=None),
    "thread.message.delta": delta(
        {"index": 0, **text("saidtext", CITATION, FILE_PATH)},
        {"index": 1, "type": "image_file", "image_file": {"file_id": "file-plot"}},
        {"index": 2, "type": "image_url", "image_url": {"url": "http://image"}},
        role="assistant",
    ),
    "thread.message.delta of a refusal": delta({"index": 0, "type": "refusal", "refusal": "refusedtext"}),
    "error": {"code": "rate_limit_exceeded", "message": "too fast", "param": "paramword", "type": "tokens"},
    "an event as the SDK hands it on": {"event": "thread.message.delta", "data": says("saidtext"), "enabled": None},
    "messages, listed": {
        "object": "list",
        "data": [
            message("completed", text("latertext"), number=2),
            message("completed", text("saidtext")),
            message("completed", text("askedtext"), role="user", run_id=None),
        ],
        "first_id": "msg_2",
        "last_id": "msg_0",
        "has_more": False,
    },
}


def stream(*chunks: Any) -> Any:
    return envelope(list(chunks), endpoint=ENDPOINT, assistant_id="asst_1", stream=True)


def sent(events: list[Event], *, url: str = "https://api.openai.com") -> bytes:
    """A cassette of the stream, as the server sends it."""
    lines = [f"event: {name}\ndata: {json.dumps(said)}\n\n" for name, said in events]
    body = "".join(lines) + "event: done\ndata: [DONE]\n\n"
    request = {
        "method": "POST",
        "uri": url + ENDPOINT,
        "headers": {},
        "body": '{"assistant_id":"asst_1","stream":true}',
    }
    headers = {"content-type": ["text/event-stream"]}
    response = {"status": {"code": 200, "message": ""}, "headers": headers, "body": {"string": body}}
    return json.dumps({"interactions": [{"request": request, "response": response}], "version": 1}).encode()


def nameless(events: list[Event]) -> list[Event]:
    """What servers send that name an object in the event's name alone."""
    gone = ("object", "status")
    return [(name, {key: value for key, value in said.items() if key not in gone}) for name, said in events]


def findings(corpus: Corpus) -> list[str]:
    return list(recexplore.check(corpus, select=["all"])["rule"])


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_event_is_recognised(name: str) -> None:
    exchange = Exchange("test", chunks=[DOCUMENTED[name]], endpoint=ENDPOINT, streaming=True)

    assert known().choose(exchange) is openai_assistants.DIALECT


@pytest.mark.parametrize(
    "body",
    [
        {"id": "thread_1", "object": "thread", "created_at": 1, "metadata": {}},
        {"id": "asst_1", "object": "assistant", "model": "gpt-x"},
        run("queued"),
        run("in_progress"),
        step("completed", writes()),
        message("completed", text("askedtext"), role="user", run_id=None),
        {"object": "list", "data": [message("completed", text("askedtext"), role="user")]},
        {"object": "list", "data": [step("completed", writes())]},
        {"object": "list", "data": []},
        {"id": "thread_1", "object": "thread.deleted", "deleted": True},
    ],
    ids=lambda body: f"{body['object']} {body.get('status', '')}",
)
def test_a_body_that_is_no_part_of_an_answer_is_any_body(read: Callable[..., Corpus], body: Any) -> None:
    corpus = read(envelope(body, endpoint=ENDPOINT, streaming=False))

    assert corpus.recordings[["dialect", "n_choices"]].to_numpy().tolist() == [[http.DIALECT.name, 0]]
    assert findings(corpus) == []


def test_chunks_of_chat_completions_behind_the_names_of_events() -> None:
    """As IBM's agents send them."""
    chunk = {"object": "thread.message.delta", "choices": [{"delta": {"role": "assistant", "content": "a"}}]}

    assert known().choose(Exchange("test", chunks=[chunk])).name == "openai_chat"


def test_an_error_in_place_of_a_stream(read: Callable[..., Corpus]) -> None:
    corpus = read(envelope({"error": {"message": "no such assistant"}}, endpoint=ENDPOINT, streaming=False))

    assert corpus.recordings["dialect"].tolist() == ["openai_assistants"]
    assert "no such assistant" in corpus.recordings["error"].item()


def test_an_answer_below_the_path_of_messages_has_the_right_format(read: Callable[..., Corpus]) -> None:
    """Anthropic's endpoint has the same last word."""
    corpus = read(envelope(DOCUMENTED["messages, listed"], endpoint="/v1/threads/thread_1/messages", streaming=False))

    assert findings(corpus) == []


# --- a stream --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["https://api.openai.com", "https://me.openai.azure.com/openai"])
def test_a_stream(read: Callable[..., Corpus], url: str) -> None:
    corpus = read(sent(ANSWERING, url=url), "run.json")

    assert corpus.recordings[["dialect", "n_chunks", "n_choices", "model_served"]].to_numpy().tolist() == [
        ["openai_assistants", len(ANSWERING) + 1, 1, "gpt-x"]
    ]
    assert rows(corpus, "role", "content", "finish_reason", frame="choices") == [
        ("assistant", "Hello there", "completed")
    ]
    assert rows(corpus, "id", "name", "type", "arguments", frame="tool_calls") == [
        ("call_0", "code_interpreter", "code_interpreter", "print(1)")
    ]
    assert findings(corpus) == []
    assert "unknown" not in corpus.events["kind"].tolist()
    assert corpus.problems.empty


def test_the_usage_of_steps_is_a_part_of_the_run_s(read: Callable[..., Corpus]) -> None:
    corpus = read(stream(*STREAM))
    figures = ("chunk", "prompt", "completion", "total", "cached", "reasoning")

    assert rows(corpus, *figures, frame="usage") == [(len(STREAM) - 1, 10, 20, 30, 4, 5)]
    beside = json.loads(corpus.chunks.loc[corpus.chunks["chunk"] == 10, "extra"].item())
    assert beside["usage"] == STEP_USAGE


def test_what_is_repeated_whole_is_kept_and_not_joined(read: Callable[..., Corpus]) -> None:
    corpus = read(stream(*STREAM))
    repeated = corpus.events[(corpus.events["kind"] == "empty") & corpus.events["text"].notna()]

    assert [json.loads(each) for each in repeated["text"]] == [
        {"tool_calls": STREAM[10]["step_details"]["tool_calls"]},
        {"content": STREAM[17]["content"]},
        {"content": STREAM[22]["content"]},
    ]


def test_notes_of_a_text_and_images(read: Callable[..., Corpus]) -> None:
    corpus = read(stream(*STREAM))
    beside = corpus.events[corpus.events["kind"].isin(["citation", "annotation"])]

    assert [(kind, json.loads(each)) for kind, each in beside[["kind", "text"]].to_numpy()] == [
        ("annotation", {"outputs": [LOGS]}),
        ("citation", CITATION),
        ("annotation", {"type": "image_file", "image_file": {"file_id": "file-plot"}}),
    ]


@pytest.mark.parametrize("kind", ["file_path", "url_citation"])
def test_a_file_that_was_made_is_no_source(kind: str) -> None:
    columns = extracted(openai_assistants, [says("", {**FILE_PATH, "type": kind})])

    assert kinds(columns) == ["citation" if "citation" in kind else "annotation"]


def test_several_messages_have_numbers_of_their_own(read: Callable[..., Corpus]) -> None:
    corpus = read(stream(*STREAM))
    said = corpus.events[corpus.events["kind"] == "content"]

    assert said.groupby("block")["text"].sum().tolist() == ["Hello", " there"]
    assert corpus.chunks["item_id"].dropna().unique().tolist() == [
        "thread_1",
        "step_1",
        "step_2",
        "msg_1",
        "step_3",
        "msg_2",
    ]
    assert corpus.chunks["id"].dropna().unique().tolist() == ["run_1"]


def test_a_message_that_no_delta_told_is_told_by_its_end(read: Callable[..., Corpus]) -> None:
    told = [said for said in STREAM if not said["object"].endswith(".delta")]
    corpus = read(stream(*told))

    assert rows(corpus, "content", frame="choices") == [("Hello there",)]
    assert rows(corpus, "name", "arguments", frame="tool_calls") == [("code_interpreter", "print(1)")]
    assert corpus.events.loc[corpus.events["kind"] == "citation", "text"].map(json.loads).tolist() == [CITATION]


def test_a_part_that_is_elsewhere_in_the_whole_is_the_same(read: Callable[..., Corpus]) -> None:
    corpus = read(stream(says("Hello", index=1), message("completed", text("Hello")), run("completed")))

    assert rows(corpus, "content", frame="choices") == [("Hello",)]


def test_a_part_that_no_delta_told_is_told_by_the_whole(read: Callable[..., Corpus]) -> None:
    corpus = read(stream(says("Hel"), message("completed", text("Hel"), text("lo")), run("completed")))

    assert rows(corpus, "content", frame="choices") == [("Hello",)]


def test_a_refusal(read: Callable[..., Corpus]) -> None:
    corpus = read(sent(REFUSING), "run.json")

    assert rows(corpus, "content", "refusal", frame="choices") == [("", "I cannot")]


def test_calls_in_fragments(read: Callable[..., Corpus]) -> None:
    corpus = read(sent(WAITING), "run.json")

    assert rows(corpus, "tool_index", "id", "name", "type", "arguments", "arguments_valid", frame="tool_calls") == [
        (0, "call_1", "lookup", None, '{"q":"queryword"}', True),
        (1, "call_2", "count", None, '{"n":1}', True),
    ]
    assert corpus.choices["finish_reason"].tolist() == ["requires_action"]
    assert findings(corpus) == []


def test_calls_of_several_steps_are_apart(read: Callable[..., Corpus]) -> None:
    made = [calling(code(f"print({n})", index=0, id=f"call_{n}"), number=n) for n in range(2)]
    corpus = read(stream(*made, run("completed")))

    assert rows(corpus, "tool_index", "id", "arguments", frame="tool_calls") == [
        (0, "call_0", "print(0)"),
        (1, "call_1", "print(1)"),
    ]


def test_calls_without_a_number(read: Callable[..., Corpus]) -> None:
    made = [function("", id="call_1"), function("{}", None), function("", "count", id="call_2"), function("[]", None)]
    corpus = read(stream(*map(calling, made), run("requires_action")))

    assert rows(corpus, "id", "name", "arguments", frame="tool_calls") == [
        ("call_1", "lookup", "{}"),
        ("call_2", "count", "[]"),
    ]


def test_calls_that_only_the_run_tells(read: Callable[..., Corpus]) -> None:
    corpus = read(stream(run("queued"), run("requires_action", required_action=ACTION)))

    assert rows(corpus, "id", "name", "arguments", frame="tool_calls") == [("call_1", "lookup", '{"q":"queryword"}')]


def test_calls_that_the_answer_before_made_are_no_calls_of_this(read: Callable[..., Corpus]) -> None:
    """The stream that outputs are submitted to begins with the step that asked for them."""
    answered = {**WANTED, "function": {**WANTED["function"], "output": "42"}}
    corpus = read(stream(step("completed", calls(answered)), run("queued"), says("It is 42."), run("completed")))

    assert corpus.tool_calls.empty
    assert corpus.choices["content"].tolist() == ["It is 42."]
    assert findings(corpus) == []


def test_a_search_is_told_with_what_it_found(read: Callable[..., Corpus]) -> None:
    corpus = read(
        stream(
            calling(search(index=0, id="call_3")),
            step("completed", calls(search(FOUND, id="call_3"))),
            run("completed"),
        )
    )

    assert rows(corpus, "id", "name", "type", frame="tool_calls") == [("call_3", "file_search", "file_search")]
    assert json.loads(corpus.tool_calls["arguments"].item())["results"] == [FOUND]


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (run("completed"), "completed"),
        (run("incomplete", incomplete_details={"reason": "max_prompt_tokens"}), "max_prompt_tokens"),
        (run("incomplete"), "incomplete"),
        (run("failed", last_error={"code": "server_error", "message": "it broke"}), "failed"),
        (run("cancelled"), "cancelled"),
        (run("expired"), "expired"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_how_a_run_ends(read: Callable[..., Corpus], ending: Any, reason: str) -> None:
    corpus = read(stream(*STREAM[:-1], ending))

    assert corpus.choices["finish_reason"].tolist() == [reason]
    assert reason in openai_assistants.DIALECT.finish_reasons
    assert (corpus.recordings["error"].item() == '{"code":"server_error","message":"it broke"}') is (reason == "failed")


@pytest.mark.parametrize("wrapped", [True, False])
def test_an_error_in_a_stream(read: Callable[..., Corpus], wrapped: bool) -> None:
    error = DOCUMENTED["error"]
    corpus = read(stream(*STREAM[:16], {"error": error} if wrapped else error))

    assert json.loads(corpus.recordings["error"].item()) == error
    assert corpus.choices["content"].tolist() == ["Hello"]


def test_an_error_that_only_the_event_names(read: Callable[..., Corpus]) -> None:
    corpus = read(sent([*ANSWERING[:16], ("error", {"message": "it broke"})]), "run.json")

    assert corpus.recordings["error"].tolist() == ['{"message":"it broke"}']


def test_a_stream_that_breaks_off(read: Callable[..., Corpus]) -> None:
    assert findings(read(stream(*STREAM[:16]))) == ["no-finish"]


# --- what others make of it ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RUNS)
def test_objects_that_only_the_event_names(read: Callable[..., Corpus], name: str) -> None:
    events = RUNS[name]
    named, bare = read(sent(events), "named.json"), read(sent(nameless(events)), "bare.json")

    assert bare.recordings["dialect"].tolist() == ["openai_assistants"]
    assert bare.chunks["event"].tolist() == named.chunks["event"].tolist()
    for frame in ("choices", "tool_calls", "usage"):
        assert getattr(bare, frame).drop(columns="recording").equals(getattr(named, frame).drop(columns="recording"))
    assert bare.problems.empty


def test_events_as_the_sdk_hands_them_on(read: Callable[..., Corpus]) -> None:
    corpus = read(stream(*({"event": name, "data": said} for name, said in ANSWERING)))

    assert rows(corpus, "role", "content", "finish_reason", frame="choices") == [
        ("assistant", "Hello there", "completed")
    ]
    assert "unknown" not in corpus.events["kind"].tolist()


@pytest.mark.parametrize("content", ["Hello", text("Hello"), {"type": "text", "text": "Hello"}])
def test_a_content_that_is_no_list(read: Callable[..., Corpus], content: Any) -> None:
    """Alibaba sends the only part without a list."""
    said = {"id": "msg_1", "object": "thread.message.delta", "delta": {"role": "assistant", "content": content}}
    corpus = read(stream(run("queued"), said, run("completed")))

    assert rows(corpus, "role", "content", frame="choices") == [("assistant", "Hello")]
    assert corpus.problems.empty


def test_runs_saved_one_behind_the_other(tmp_path: Any) -> None:
    lines = [f"event: {name}\ndata: {json.dumps(said)}\n\n" for name, said in [*WAITING, *ANSWERING]]
    (tmp_path / "two.sse").write_text("".join(lines) + "event: done\ndata: [DONE]\n\n")
    corpus = recexplore.load(tmp_path, progress=False)

    assert corpus.choices["finish_reason"].tolist() == ["requires_action", "completed"]
    assert corpus.recordings["n_chunks"].tolist() == [len(WAITING), len(ANSWERING) + 1]


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_objects_in_a_list_and_in_lines(tmp_path: Any, suffix: str) -> None:
    dumped = json.dumps(STREAM) if suffix == "json" else "\n".join(map(json.dumps, STREAM))
    (tmp_path / f"run.{suffix}").write_text(dumped)
    corpus = recexplore.load(tmp_path, progress=False)

    assert rows(corpus, "content", "finish_reason", frame="choices") == [("Hello there", "completed")]


# --- whole objects ---------------------------------------------------------------------------------------------------


def test_a_polled_run_that_has_ended_is_no_answer_and_has_its_cost(read: Callable[..., Corpus]) -> None:
    corpus = read(envelope(run("completed", usage=USAGE), endpoint=f"{ENDPOINT}/run_1", streaming=False))

    assert corpus.recordings[["dialect", "n_choices", "total_tokens"]].to_numpy().tolist() == [
        ["openai_assistants", 0, 30]
    ]
    assert findings(corpus) == []


def test_a_polled_run_that_failed_tells_its_error(read: Callable[..., Corpus]) -> None:
    corpus = read(envelope(DOCUMENTED["thread.run.failed"], endpoint=f"{ENDPOINT}/run_1", streaming=False))

    assert corpus.recordings["n_choices"].tolist() == [0]
    assert findings(corpus) == ["inband-error"]


def test_a_polled_run_that_waits_for_outputs_is_an_answer(read: Callable[..., Corpus]) -> None:
    corpus = read(envelope(DOCUMENTED["thread.run.requires_action"], endpoint=f"{ENDPOINT}/run_1", streaming=False))

    assert rows(corpus, "id", "name", "arguments", frame="tool_calls") == [("call_1", "lookup", '{"q":"queryword"}')]
    assert corpus.choices["finish_reason"].tolist() == ["requires_action"]
    assert findings(corpus) == []


def test_calls_that_wait_for_approval(read: Callable[..., Corpus]) -> None:
    call = {"id": "call_5", "type": "mcp", "name": "ask", "arguments": '{"q":1}', "server_label": "wiki"}
    action = {"type": "submit_tool_approval", "submit_tool_approval": {"tool_calls": [call]}}
    corpus = read(envelope(run("requires_action", required_action=action), endpoint=ENDPOINT, streaming=False))

    assert rows(corpus, "id", "name", "type", frame="tool_calls") == [("call_5", "ask", "mcp")]
    assert "wiki" in corpus.tool_calls["arguments"].item()
    assert corpus.choices["finish_reason"].tolist() == ["submit_tool_approval"]
    assert findings(corpus) == []


@pytest.mark.parametrize("newest_first", [True, False])
def test_listed_messages(read: Callable[..., Corpus], newest_first: bool) -> None:
    """The answer is what the latest run said, in the order in which it said it."""
    said = [
        message("completed", text("What?"), role="user", run_id=None, number=0, created_at=1),
        message("completed", text("Before."), run_id="run_0", number=1, created_at=2),
        message("completed", text("And?"), role="user", run_id=None, number=2, created_at=3),
        message("completed", text("First, "), number=3, created_at=4),
        message("completed", text("second."), number=4, created_at=4),
    ]
    listed = {"object": "list", "data": said[::-1] if newest_first else said, "has_more": False}
    corpus = read(envelope(listed, endpoint="/v1/threads/thread_1/messages", streaming=False))

    assert rows(corpus, "role", "content", "finish_reason", frame="choices") == [
        ("assistant", "First, second.", "completed")
    ]
    beside = " ".join(corpus.events.loc[corpus.events["kind"] == "annotation", "text"])
    assert all(words in beside for words in ("What?", "Before.", "And?"))
    assert findings(corpus) == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "completed"),
        ({"status": None}, None),
        ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, "content_filter"),
    ],
)
def test_a_message_alone(read: Callable[..., Corpus], fields: Any, reason: str | None) -> None:
    corpus = read(envelope({**message("completed", text("Hello")), **fields}, endpoint="/v1/x", streaming=False))

    assert rows(corpus, "content", "finish_reason", frame="choices") == [("Hello", reason)]
    assert "no-finish" not in findings(corpus)


# --- what has the wrong form -----------------------------------------------------------------------------------------


def test_an_unknown_object_is_kept_whole() -> None:
    chunk = {"object": "thread.sparkle", "new": "newthing"}
    columns = extracted(openai_assistants, [chunk])

    assert kinds(columns) == ["unknown"]
    assert json.loads(columns.events.column("text")[0]) == chunk


@pytest.mark.parametrize(
    "chunk",
    [
        {"id": "msg_1", "object": "thread.message.delta", "delta": "wrongword"},
        {"id": "step_1", "object": "thread.run.step.delta", "delta": ["wrongword"]},
        {"id": "step_1", "object": "thread.run.step.delta", "delta": {"step_details": "wrongword"}},
        calling("wrongword"),
        calling({"index": 0, "type": "function", "function": "wrongword"}),
        calling({"index": 0, "type": ["wrongword"]}),
        delta("wrongword"),
        delta({"index": 0, "type": "text", "text": ["wrongword"]}),
    ],
    ids=str,
)
def test_what_has_the_wrong_type_is_kept_and_noted(chunk: Any) -> None:
    columns = extracted(openai_assistants, [chunk])

    assert "wrongword" in str([columns.events.column("text"), columns.chunks.column("extra")])
    assert "unknown" in kinds(columns)
    assert len(columns.problems) == 1
