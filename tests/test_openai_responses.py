"""Hand-made streams of OpenAI Responses: every event of the documentation, and what may go wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import envelope, extracted, kinds, rows

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import openai_responses
from recexplore.read.registry import known
from recexplore.testing.extracted import KIND_FIELDS, lost_words

ENDPOINT = "/v1/responses"
WHERE = {"output_index": 0, "item_id": "item_1"}
AT = {**WHERE, "content_index": 0}
LOGPROBS = [{"token": "He", "logprob": -0.5, "bytes": [72, 101], "top_logprobs": []}]
USAGE = {
    "input_tokens": 10,
    "input_tokens_details": {"cached_tokens": 4},
    "output_tokens": 20,
    "output_tokens_details": {"reasoning_tokens": 5},
    "total_tokens": 30,
}
CITATION = {"type": "url_citation", "url": "http://cited", "title": "citedtitle", "start_index": 0, "end_index": 2}


def event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "sequence_number": 7, **fields}


def response(status: str = "in_progress", **fields: Any) -> dict[str, Any]:
    facts = {"id": "resp_1", "object": "response", "created_at": 1700000000, "model": "gpt-x", "status": status}
    return {**facts, "output": [], "error": None, "incomplete_details": None, "usage": None, **fields}


def added(item: Any, number: int = 0) -> dict[str, Any]:
    return event("response.output_item.added", output_index=number, item=item)


def done(item: Any, number: int = 0) -> dict[str, Any]:
    return event("response.output_item.done", output_index=number, item=item)


def part(kind: str, which: str, **fields: Any) -> dict[str, Any]:
    where = {"summary_index": 0} if "summary" in kind else {"content_index": 0}
    return event(f"response.{kind}.{which}", **WHERE, **where, **fields)


MESSAGE = {"id": "item_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
REASONING = {"id": "item_0", "type": "reasoning", "summary": [], "encrypted_content": "secretthought"}
FUNCTION = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "lookup", "arguments": ""}
CUSTOM = {"id": "ctc_1", "type": "custom_tool_call", "call_id": "call_2", "name": "shout", "input": ""}
MCP = {"id": "mcp_1", "type": "mcp_call", "name": "ask", "server_label": "wiki", "arguments": ""}
CODE = {"id": "ci_1", "type": "code_interpreter_call", "code": "", "container_id": "cntr_1", "outputs": []}

SERVER_CALLS: dict[str, dict[str, Any]] = {
    "file_search_call": {"queries": ["which file"], "results": [{"file_id": "file_1", "text": "foundtext"}]},
    "web_search_call": {"action": {"type": "search", "query": "whichpage"}},
    "computer_call": {
        "call_id": "call_3",
        "action": {"type": "type", "text": "typedtext"},
        "pending_safety_checks": [],
    },
    "image_generation_call": {"result": "aW1hZ2U", "revised_prompt": "a red cat"},
    "local_shell_call": {"call_id": "call_4", "action": {"type": "exec", "command": ["ls"]}},
    "shell_call": {"call_id": "call_5", "action": {"commands": ["pwd"]}},
    "apply_patch_call": {"call_id": "call_6", "operation": {"type": "create_file", "path": "newfile", "diff": "+x"}},
    "tool_search_call": {"call_id": "call_7", "arguments": {"queries": ["exchange rate"]}, "execution": "client"},
}
OTHER_ITEMS: dict[str, dict[str, Any]] = {
    "function_call_output": {"call_id": "call_1", "output": "42degrees"},
    "computer_call_output": {
        "call_id": "call_3",
        "output": {"type": "computer_screenshot", "image_url": "http://shot"},
    },
    "program": {"call_id": "call_8", "code": "print(1)", "fingerprint": "fp_1"},
    "program_output": {"call_id": "call_8", "result": "onestdout"},
    "tool_search_output": {"call_id": "call_7", "execution": "server", "tools": [{"name": "get_rate"}]},
    "additional_tools": {"role": "developer", "tools": [{"name": "extratool"}]},
    "compaction": {"encrypted_content": "compacted"},
    "local_shell_call_output": {"output": "shellsaid"},
    "shell_call_output": {"call_id": "call_5", "output": [{"stdout": "shellstdout"}]},
    "apply_patch_call_output": {"call_id": "call_6", "output": "patched"},
    "mcp_list_tools": {"server_label": "wiki", "tools": [{"name": "ask", "description": "asks the wiki"}]},
    "mcp_approval_request": {"name": "ask", "server_label": "wiki", "arguments": '{"q":"may I"}'},
    "mcp_approval_response": {"approval_request_id": "apr_1", "approve": True, "reason": "becausewhy"},
    "custom_tool_call_output": {"call_id": "call_2", "output": "shouted"},
}

DELTAS: dict[str, tuple[dict[str, Any], str]] = {
    "response.output_text.delta": ({**AT, "delta": "said", "logprobs": []}, "content"),
    "response.refusal.delta": ({**AT, "delta": "refused"}, "refusal"),
    "response.reasoning_text.delta": ({**AT, "delta": "thought"}, "reasoning"),
    "response.reasoning_summary_text.delta": ({**WHERE, "summary_index": 0, "delta": "summed"}, "reasoning"),
    "response.function_call_arguments.delta": ({**WHERE, "delta": '{"a":1}'}, "tool_call"),
    "response.custom_tool_call_input.delta": ({**WHERE, "delta": "custominput"}, "tool_call"),
    "response.mcp_call_arguments.delta": ({**WHERE, "delta": '{"q":2}'}, "tool_call"),
    "response.code_interpreter_call_code.delta": ({**WHERE, "delta": "print(2)"}, "tool_call"),
    "response.audio.transcript.delta": ({"delta": "spoken"}, "content"),
}
"""Events that carry what is new, and what it is."""

REPEATS: dict[str, dict[str, Any]] = {
    "response.output_text.done": {**AT, "text": "saidall", "logprobs": []},
    "response.refusal.done": {**AT, "refusal": "refusedall"},
    "response.reasoning_text.done": {**AT, "text": "thoughtall"},
    "response.reasoning_summary_text.done": {**WHERE, "summary_index": 0, "text": "summedall"},
    "response.function_call_arguments.done": {**WHERE, "name": "lookup", "arguments": '{"a":1}'},
    "response.custom_tool_call_input.done": {**WHERE, "input": "custominput"},
    "response.mcp_call_arguments.done": {**WHERE, "arguments": '{"q":2}'},
    "response.code_interpreter_call_code.done": {**WHERE, "code": "print(2)"},
    "response.content_part.done": {**AT, "part": {"type": "output_text", "text": "saidall", "annotations": []}},
    "response.reasoning_summary_part.done": {
        **WHERE,
        "summary_index": 0,
        "part": {"type": "summary_text", "text": "summedall"},
    },
    "response.shell_call_command.done": {"output_index": 0, "command_index": 0, "command": "ls -l"},
    "response.shell_call_output_content.done": {**WHERE, "command_index": 0, "output": [{"stdout": "listed"}]},
}
"""Events that say again, whole, what deltas said."""

STATES = (
    "response.audio.done",
    "response.audio.transcript.done",
    "response.code_interpreter_call.in_progress",
    "response.code_interpreter_call.interpreting",
    "response.code_interpreter_call.completed",
    "response.compaction.compacting",
    "response.file_search_call.in_progress",
    "response.file_search_call.searching",
    "response.file_search_call.completed",
    "response.web_search_call.in_progress",
    "response.web_search_call.searching",
    "response.web_search_call.completed",
    "response.image_generation_call.in_progress",
    "response.image_generation_call.generating",
    "response.image_generation_call.completed",
    "response.mcp_call.in_progress",
    "response.mcp_call.completed",
    "response.mcp_call.failed",
    "response.mcp_list_tools.in_progress",
    "response.mcp_list_tools.completed",
    "response.mcp_list_tools.failed",
)
"""Events that only say how far something is."""

WHOLE = response(
    "completed",
    output=[
        {
            "id": "rs_1",
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "whysummary"}],
            "content": [{"type": "reasoning_text", "text": "whytext"}],
            "encrypted_content": "secretthought",
        },
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [
                {"type": "output_text", "text": "answertext", "annotations": [CITATION], "logprobs": LOGPROBS},
                {"type": "refusal", "refusal": "refusedtext"},
            ],
        },
        {**FUNCTION, "arguments": '{"a":1}'},
        {**CUSTOM, "input": "custominput"},
        {**MCP, "arguments": '{"q":2}', "output": "mcpsaid"},
        {**CODE, "code": "print(2)", "outputs": [{"type": "logs", "logs": "2printed"}]},
        *({"id": f"i_{kind}", "type": kind, **fields} for kind, fields in SERVER_CALLS.items()),
        *({"id": f"i_{kind}", "type": kind, **fields} for kind, fields in OTHER_ITEMS.items()),
    ],
    usage=USAGE,
    service_tier="default",
    metadata={"k": "metavalue"},
)

DOCUMENTED: dict[str, dict[str, Any]] = {
    "response.created": event("response.created", response=response()),
    "response.queued": event("response.queued", response=response("queued")),
    "response.in_progress": event("response.in_progress", response=response()),
    "response.completed": event("response.completed", response=WHOLE),
    "response.incomplete": event(
        "response.incomplete", response=response("incomplete", incomplete_details={"reason": "max_output_tokens"})
    ),
    "response.failed": event(
        "response.failed", response=response("failed", error={"code": "server_error", "message": "it broke"})
    ),
    "error": event("error", code="rate_limit", message="too fast", param="inputparam"),
    "response.output_text.annotation.added": event(
        "response.output_text.annotation.added", **AT, annotation_index=0, annotation=CITATION
    ),
    "response.audio.delta": event("response.audio.delta", delta="c291bmQ="),
    "response.image_generation_call.partial_image": event(
        "response.image_generation_call.partial_image", **WHERE, partial_image_index=0, partial_image_b64="aW1n"
    ),
    "response.shell_call_command.added": event(
        "response.shell_call_command.added", output_index=0, command_index=0, command="startedcommand"
    ),
    "response.shell_call_command.delta": event(
        "response.shell_call_command.delta", output_index=0, command_index=0, delta="ls"
    ),
    "response.shell_call_output_content.delta": event(
        "response.shell_call_output_content.delta", **WHERE, command_index=0, delta={"stdout": "listed"}
    ),
    **{
        f"response.content_part.added {kind}": part("content_part", "added", part={"type": kind, field: "atonce"})
        for kind, field in (("output_text", "text"), ("refusal", "refusal"), ("reasoning_text", "text"))
    },
    "response.reasoning_summary_part.added": part(
        "reasoning_summary_part", "added", part={"type": "summary_text", "text": "atonce"}
    ),
    **{kind: event(kind, **fields) for kind, (fields, _) in DELTAS.items()},
    **{kind: event(kind, **fields) for kind, fields in REPEATS.items()},
    **{kind: event(kind, **WHERE) for kind in STATES},
    **{
        f"{make.__name__} {item['type']}": make(item)
        for make in (added, done)
        for item in (MESSAGE, REASONING, FUNCTION, CUSTOM, MCP, CODE)
    },
    **{
        f"{make.__name__} {kind}": make({"id": f"i_{kind}", "type": kind, "status": "completed", **fields})
        for make in (added, done)
        for kind, fields in (SERVER_CALLS | OTHER_ITEMS).items()
    },
    "whole": WHOLE,
}
"""One chunk of every kind that the documentation names."""

IGNORED = KIND_FIELDS | {"status"}
"""Fields of items that later events repeat, which are kept whole."""

STREAM = [
    DOCUMENTED["response.created"],
    added(REASONING),
    part("reasoning_summary_part", "added", part={"type": "summary_text", "text": ""}),
    part("reasoning_summary_text", "delta", delta="because "),
    part("reasoning_summary_text", "delta", delta="so"),
    part("reasoning_summary_text", "done", text="because so"),
    done(REASONING),
    added(MESSAGE, 1),
    event("response.content_part.added", **AT, part={"type": "output_text", "text": "", "annotations": []}),
    event("response.output_text.delta", **AT, delta="He", logprobs=LOGPROBS, obfuscation="xyz"),
    event("response.output_text.delta", **AT, delta="llo", logprobs=[]),
    DOCUMENTED["response.output_text.annotation.added"],
    event("response.output_text.done", **AT, text="Hello"),
    added(FUNCTION, 2),
    event("response.function_call_arguments.delta", item_id="fc_1", output_index=2, delta='{"a"'),
    event("response.function_call_arguments.delta", item_id="fc_1", output_index=2, delta=":1}"),
    event("response.function_call_arguments.done", item_id="fc_1", output_index=2, arguments='{"a":1}'),
    done({**FUNCTION, "arguments": '{"a":1}'}, 2),
    event("response.completed", response=response("completed", usage=USAGE, service_tier="default")),
]


def stream(*chunks: Any) -> Any:
    return envelope(list(chunks), endpoint=ENDPOINT, model="gpt-x", stream=True)


def whole(body: Any) -> Any:
    return envelope(body, endpoint=ENDPOINT, streaming=False, model="gpt-x")


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_event_is_recognised(name: str) -> None:
    chunk = DOCUMENTED[name]
    assert known().choose(Exchange("test", chunks=[chunk], endpoint=ENDPOINT)) is openai_responses.DIALECT
    assert known().choose(Exchange("test", chunks=[chunk])) is openai_responses.DIALECT


def test_an_error_in_place_of_an_answer_is_known_by_its_endpoint(read) -> None:
    corpus = read(whole({"error": {"message": "no such model", "code": "model_not_found"}}))

    assert corpus.recordings["dialect"].tolist() == ["openai_responses"]
    assert "no such model" in corpus.recordings["error"].item()


# --- a stream --------------------------------------------------------------------------------------------------------


def test_a_stream(read) -> None:
    corpus = read(stream(*STREAM))

    assert corpus.recordings[["dialect", "n_chunks", "n_choices", "model_served"]].to_numpy().tolist() == [
        ["openai_responses", len(STREAM), 1, "gpt-x"]
    ]
    assert rows(corpus, "role", "content", "reasoning", "refusal", "finish_reason", frame="choices") == [
        ("assistant", "Hello", "because so", "", "completed")
    ]
    assert rows(corpus, "id", "name", "arguments", "arguments_valid", frame="tool_calls") == [
        ("call_1", "lookup", '{"a":1}', True)
    ]
    assert rows(corpus, "chunk", "prompt", "completion", "total", "cached", "reasoning", "source", frame="usage") == [
        (len(STREAM) - 1, 10, 20, 30, 4, 5, "usage")
    ]
    assert "unknown" not in corpus.events["kind"].tolist()
    assert corpus.problems.empty


def test_facts_of_the_chunks(read) -> None:
    chunks = read(stream(*STREAM)).chunks

    assert chunks["object"].tolist() == [chunk["type"] for chunk in STREAM]
    assert chunks["obfuscation"].dropna().tolist() == ["xyz"]
    assert chunks["service_tier"].dropna().tolist() == ["default"]
    assert chunks["id"].dropna().tolist() == ["resp_1", "resp_1"]
    assert chunks["created"].dropna().tolist() == [1700000000, 1700000000]


def test_what_belongs_to_which_item(read) -> None:
    events = read(stream(*STREAM)).events

    assert set(events.loc[events["kind"] == "tool_call", "block"]) == {2}
    assert events.loc[events["chunk"] == 9, ["kind", "block", "logprob"]].to_numpy().tolist()[0] == ["content", 0, -0.5]


@pytest.mark.parametrize("name", DELTAS)
def test_what_is_new_is_text(name: str) -> None:
    fields, kind = DELTAS[name]
    columns = extracted(openai_responses, [event(name, **fields)])

    assert kinds(columns) == [kind]
    assert columns.events.column("text") == [fields["delta"]]


@pytest.mark.parametrize("name", DELTAS)
def test_what_repeats_is_not_the_answer_once_more(name: str) -> None:
    fields, kind = DELTAS[name]
    last = name.removesuffix("delta") + "done"
    columns = extracted(openai_responses, [event(name, **fields), event(last, **REPEATS.get(last, WHERE))])

    assert kinds(columns)[0] == kind
    assert set(kinds(columns)[1:]) <= {"annotation", "empty"}


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("response.output_text.done", "content", "saidall"),
        ("response.refusal.done", "refusal", "refusedall"),
        ("response.reasoning_text.done", "reasoning", "thoughtall"),
        ("response.reasoning_summary_text.done", "reasoning", "summedall"),
        ("response.function_call_arguments.done", "tool_call", '{"a":1}'),
        ("response.custom_tool_call_input.done", "tool_call", "custominput"),
        ("response.mcp_call_arguments.done", "tool_call", '{"q":2}'),
        ("response.code_interpreter_call_code.done", "tool_call", "print(2)"),
        ("response.content_part.done", "content", "saidall"),
        ("response.reasoning_summary_part.done", "reasoning", "summedall"),
    ],
)
def test_what_no_delta_told_is_the_answer(name: str, kind: str, text: str) -> None:
    columns = extracted(openai_responses, [event(name, **REPEATS[name])])

    assert (kinds(columns), columns.events.column("text")) == ([kind], [text])


def test_a_stream_that_sends_only_its_end_has_an_answer(read) -> None:
    end = event("response.completed", response=WHOLE)
    corpus = read(stream(DOCUMENTED["response.created"], end))

    assert rows(corpus, "role", "content", "reasoning", frame="choices") == [
        ("assistant", "answertext", "whysummarywhytext")
    ]


@pytest.mark.parametrize("item", [FUNCTION, CUSTOM, MCP, CODE], ids=lambda item: item["type"])
def test_a_call_of_which_only_the_finished_item_is_sent(read, item: Any) -> None:
    finished = {key: "abcd" if value == "" else value for key, value in item.items()}
    corpus = read(stream(DOCUMENTED["response.created"], done(finished)))

    assert rows(corpus, "id", "name", "arguments", frame="tool_calls") == [
        (item.get("call_id") or item["id"], item.get("name", "code_interpreter"), "abcd")
    ]


@pytest.mark.parametrize("name", STATES)
def test_what_only_says_how_far_it_is(name: str) -> None:
    assert kinds(extracted(openai_responses, [event(name, **WHERE)])) == ["empty"]


@pytest.mark.parametrize("kind", SERVER_CALLS)
def test_a_call_of_a_tool_of_the_server_is_its_finished_item(read, kind: str) -> None:
    item = {"id": "i_1", "type": kind, "status": "completed", **SERVER_CALLS[kind]}
    begun = {key: item[key] for key in ("id", "type", "call_id") if key in item}
    corpus = read(stream(DOCUMENTED["response.created"], added(begun), done(item)))
    calls = rows(corpus, "id", "name", "arguments", frame="tool_calls")

    assert [call[:2] for call in calls] == [(item.get("call_id", "i_1"), kind.removesuffix("_call"))]
    said = json.loads(calls[0][2])
    assert said == {key: value for key, value in SERVER_CALLS[kind].items() if key != "call_id"}


@pytest.mark.parametrize("make", [added, done])
@pytest.mark.parametrize("kind", OTHER_ITEMS)
def test_other_items_are_kept_beside_the_answer(make: Any, kind: str) -> None:
    columns = extracted(openai_responses, [make({"type": kind, **OTHER_ITEMS[kind]})])

    assert len(kinds(columns)) == 1
    assert set(kinds(columns)) <= {"annotation", "empty"}


@pytest.mark.parametrize(
    ("item", "delta"),
    [
        (CUSTOM, "custom_tool_call_input"),
        (MCP, "mcp_call_arguments"),
        (MCP, "mcp_call.arguments"),
        (CODE, "code_interpreter_call_code"),
        (CODE, "code_interpreter_call.code"),
        (FUNCTION, "function_call_arguments"),
    ],
    ids=lambda value: value if type(value) is str else value["type"],
)
def test_calls_whose_text_comes_in_deltas(read, item: Any, delta: str) -> None:
    fragments = [event(f"response.{delta}.delta", output_index=0, item_id="i", delta=text) for text in ("ab", "cd")]
    finished = {key: "abcd" if value == "" else value for key, value in item.items()}
    corpus = read(stream(added(item), *fragments, done(finished)))

    assert rows(corpus, "id", "name", "arguments", frame="tool_calls") == [
        (item.get("call_id") or item["id"], item.get("name", "code_interpreter"), "abcd")
    ]


def test_two_calls_at_once_are_told_apart(read) -> None:
    def fragment(number: int, text: str) -> Any:
        return event("response.function_call_arguments.delta", output_index=number, item_id="i", delta=text)

    second = {**FUNCTION, "call_id": "call_9", "name": "other"}
    corpus = read(stream(added(FUNCTION, 4), added(second, 5), fragment(5, "x"), fragment(4, "y"), fragment(5, "z")))

    assert rows(corpus, "tool_index", "name", "arguments", frame="tool_calls") == [
        (0, "lookup", "y"),
        (1, "other", "xz"),
    ]


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (CITATION, "citation"),
        ({"type": "file_citation", "file_id": "file_1", "filename": "cited.txt", "index": 3}, "citation"),
        ({"type": "container_file_citation", "container_id": "c", "file_id": "file_1"}, "citation"),
        ({"type": "file_path", "file_id": "file_1", "index": 3}, "annotation"),
    ],
    ids=lambda value: value if type(value) is str else value["type"],
)
def test_annotations(annotation: Any, kind: str) -> None:
    chunk = event("response.output_text.annotation.added", **AT, annotation_index=0, annotation=annotation)
    columns = extracted(openai_responses, [chunk])

    assert kinds(columns) == [kind]
    assert json.loads(columns.events.column("text")[0]) == annotation


@pytest.mark.parametrize(
    ("name", "fields", "reason"),
    [
        ("completed", {}, "completed"),
        ("cancelled", {}, "cancelled"),
        ("failed", {"error": {"code": "server_error", "message": "it broke"}}, "failed"),
        ("incomplete", {"incomplete_details": {"reason": "max_output_tokens"}}, "max_output_tokens"),
        ("incomplete", {"incomplete_details": {"reason": "content_filter"}}, "content_filter"),
    ],
)
def test_how_it_ends(read, name: str, fields: Any, reason: str) -> None:
    corpus = read(stream(*STREAM[:-1], event(f"response.{name}", response=response(name, usage=USAGE, **fields))))

    assert corpus.choices["finish_reason"].tolist() == [reason]
    assert corpus.usage["total"].tolist() == [30]
    assert corpus.recordings["error"].isna().tolist() == [name != "failed"]


def test_an_error_event(read) -> None:
    corpus = read(stream(DOCUMENTED["response.created"], DOCUMENTED["error"]))

    assert json.loads(corpus.recordings["error"].item()) == {
        "code": "rate_limit",
        "message": "too fast",
        "param": "inputparam",
    }


def test_a_stream_without_sequence_numbers_says_the_same(read) -> None:
    """Older servers, and others that speak Responses, number nothing."""
    bare = [{key: value for key, value in chunk.items() if key != "sequence_number"} for chunk in STREAM]
    numbered, unnumbered = read(stream(*STREAM)), read(stream(*bare))

    for frame in ("events", "choices", "tool_calls", "usage"):
        left, right = (getattr(corpus, frame).drop(columns="recording") for corpus in (numbered, unnumbered))
        assert left.equals(right), frame
    assert numbered.chunks["n_choices"].tolist() == unnumbered.chunks["n_choices"].tolist()


def test_what_the_end_repeats_is_kept_without_sequence_numbers_too() -> None:
    chunk = {"type": "response.completed", "response": WHOLE}

    assert lost_words(openai_responses.DIALECT, chunk) == []


def test_an_unknown_event_is_kept_whole() -> None:
    chunk = event("response.hologram.delta", delta="newthing", output_index=0)
    columns = extracted(openai_responses, [chunk])

    assert kinds(columns) == ["unknown"]
    assert json.loads(columns.events.column("text")[0]) == chunk


# --- whole answers ---------------------------------------------------------------------------------------------------


def test_a_whole_answer(read) -> None:
    corpus = read(whole(WHOLE))

    assert corpus.recordings[["dialect", "n_chunks", "streaming"]].to_numpy().tolist() == [
        ["openai_responses", 1, False]
    ]
    assert rows(corpus, "role", "content", "reasoning", "refusal", "finish_reason", frame="choices") == [
        ("assistant", "answertext", "whysummarywhytext", "refusedtext", "completed")
    ]
    calls = rows(corpus, "name", "arguments", frame="tool_calls")
    assert calls[:4] == [
        ("lookup", '{"a":1}'),
        ("shout", "custominput"),
        ("ask", '{"q":2}'),
        ("code_interpreter", "print(2)"),
    ]
    assert [name for name, _ in calls[4:]] == [kind.removesuffix("_call") for kind in SERVER_CALLS]
    assert corpus.usage[["prompt", "completion", "total"]].to_numpy().tolist() == [[10, 20, 30]]
    assert "unknown" not in corpus.events["kind"].tolist()
    assert corpus.problems.empty


def test_a_whole_answer_that_is_incomplete(read) -> None:
    body = response("incomplete", incomplete_details={"reason": "max_output_tokens"}, usage=USAGE)

    assert read(whole(body)).choices["finish_reason"].tolist() == ["max_output_tokens"]


# --- nothing is lost -------------------------------------------------------------------------------------------------


def test_the_phase_of_a_message_is_kept() -> None:
    assert lost_words(openai_responses.DIALECT, added({**MESSAGE, "phase": "commentary"}), IGNORED) == []


def test_an_id_that_is_a_number_is_no_text() -> None:
    chunk = {"type": "response.queued", "response": {"id": 1}, "sequence_number": 1}
    assert lost_words(openai_responses.DIALECT, chunk) == []


def delta(text: str, place: int, number: int = 0) -> dict[str, Any]:
    return event(
        "response.output_text.delta", output_index=number, item_id=f"item_{number}", content_index=place, delta=text
    )


def message(*texts: str, item_id: str = "item_0") -> dict[str, Any]:
    parts = [{"type": "output_text", "text": text, "annotations": []} for text in texts]
    return {"id": item_id, "type": "message", "role": "assistant", "status": "completed", "content": parts}


@pytest.mark.parametrize(
    ("chunks", "content"),
    [
        ([delta("A ", 1), delta("wren.", 1), done(message("A wren."))], "A wren."),
        ([delta("A wren.", 2), done(message("A robin."))], "A wren."),
        ([delta("Two.", 1), done(message("One.", "Two."))], "Two.One."),
        ([delta("One.", 0), done(message("One.", "Two."))], "One.Two."),
        ([delta("One.", 0), delta("Two.", 1), done(message("Two.", "One."))], "One.Two."),
        ([delta("A wren.", 1), part("output_text", "done", text="A wren.")], "A wren."),
        ([delta("A wren.", 1), part("content_part", "done", part=message("A wren.")["content"][0])], "A wren."),
        ([delta("A wren.", 0, 3), event("response.completed", response=response("completed", output=[message("A wren.")]))],
         "A wren."),
    ],
)  # fmt: skip
def test_a_part_told_at_another_place_is_told_once(read, chunks: list[Any], content: str) -> None:
    ours = [{**chunk, "item_id": "item_0"} if chunk.get("item_id") == "item_1" else chunk for chunk in chunks]

    assert read(envelope(ours, endpoint=ENDPOINT)).choices["content"].tolist() == [content]


def test_calls_told_under_another_number_are_told_once(read) -> None:
    asked = {**FUNCTION, "arguments": '{"a":1}'}
    told = event("response.function_call_arguments.delta", output_index=4, item_id="x", delta='{"a":1}')
    end = event("response.completed", response=response("completed", output=[asked]))

    corpus = read(envelope([told, end], endpoint=ENDPOINT))

    assert corpus.tool_calls["arguments"].tolist() == ['{"a":1}']
