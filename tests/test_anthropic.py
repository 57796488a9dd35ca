"""Hand-made streams of Anthropic's Messages: every event and block of the documentation, and what may go wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import envelope, extracted, kinds, rows

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import anthropic
from recexplore.read.registry import known

ENDPOINT = "/v1/messages"
CITATION = {"type": "char_location", "cited_text": "citedtext", "document_index": 0, "document_title": "doctitle"}
USAGE = {
    "input_tokens": 10,
    "output_tokens": 20,
    "cache_read_input_tokens": 4,
    "cache_creation_input_tokens": 3,
    "output_tokens_details": {"thinking_tokens": 5},
    "server_tool_use": {"web_search_requests": 1},
}


def message(**fields: Any) -> dict[str, Any]:
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x", "content": []}
    return {
        **head,
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 1},
        **fields,
    }


def start(**fields: Any) -> dict[str, Any]:
    return {"type": "message_start", "message": message(**fields)}


def begins(block: Any, number: int = 0) -> dict[str, Any]:
    return {"type": "content_block_start", "index": number, "content_block": block}


def delta(kind: str, number: int = 0, **fields: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": number, "delta": {"type": kind, **fields}}


def stop(number: int = 0) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": number}


def end(reason: str | None = "end_turn", usage: Any = USAGE, **fields: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None, **fields}, "usage": usage}


CALL_BLOCKS: dict[str, dict[str, Any]] = {
    "tool_use": {"id": "toolu_1", "name": "lookup", "input": {}, "caller": {"type": "direct", "who": "callerword"}},
    "server_tool_use": {"id": "srvtoolu_1", "name": "web_search", "input": {}},
    "mcp_tool_use": {"id": "mcptoolu_1", "name": "ask", "input": {}, "server_name": "wiki"},
}
OTHER_BLOCKS: dict[str, dict[str, Any]] = {
    "redacted_thinking": {"data": "hiddendata"},
    "web_search_tool_result": {
        "tool_use_id": "srvtoolu_1",
        "content": [{"type": "web_search_result", "url": "http://a"}],
    },
    "web_fetch_tool_result": {"tool_use_id": "srvtoolu_1", "content": {"type": "web_fetch_result", "url": "http://b"}},
    "code_execution_tool_result": {"tool_use_id": "srvtoolu_1", "content": {"stdout": "codesaid", "return_code": 0}},
    "bash_code_execution_tool_result": {"tool_use_id": "srvtoolu_1", "content": {"stdout": "bashsaid"}},
    "text_editor_code_execution_tool_result": {"tool_use_id": "srvtoolu_1", "content": {"lines": ["editedline"]}},
    "tool_search_tool_result": {"tool_use_id": "srvtoolu_1", "content": {"tool_references": [{"tool_name": "rate"}]}},
    "advisor_tool_result": {"tool_use_id": "srvtoolu_1", "content": {"text": "advisedtext"}},
    "mcp_tool_result": {
        "tool_use_id": "mcptoolu_1",
        "is_error": False,
        "content": [{"type": "text", "text": "mcpsaid"}],
    },
    "mcp_tool_listing": {"mcp_server_name": "wiki", "tools": [{"name": "asktool"}]},
    "container_upload": {"file_id": "file_1"},
    "compaction": {"content": "compactedtext"},
    "fallback": {"from": {"model": "claude-y"}, "to": {"model": "claude-z"}},
}

WHOLE = message(
    content=[
        {"type": "thinking", "thinking": "whytext", "signature": "signedwith"},
        {"type": "text", "text": "answertext", "citations": [CITATION]},
        {"type": "tool_use", "id": "toolu_1", "name": "lookup", "input": {"q": "queryword"}},
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "searchword"}},
        {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "ask", "server_name": "wiki", "input": {}},
        *({"type": kind, **fields} for kind, fields in OTHER_BLOCKS.items()),
    ],
    stop_reason="stop_sequence",
    stop_sequence="ENDHERE",
    usage=USAGE,
    container={"id": "container_1"},
)

DOCUMENTED: dict[str, dict[str, Any]] = {
    "message_start": start(),
    "message_delta": end(),
    "message_delta with a stop sequence": end("stop_sequence", stop_sequence="ENDHERE"),
    "message_delta refusing": end("refusal", stop_details={"category": "cyberword"}),
    "message_delta with a container": end(None, container={"id": "container_1", "expires_at": "sometime"}),
    "message_delta managing": {
        **end(),
        "context_management": {"applied_edits": [{"type": "clear_tool", "n": "editword"}]},
    },
    "message_stop": {"type": "message_stop"},
    "ping": {"type": "ping"},
    "error": {"type": "error", "error": {"type": "overloaded_error", "message": "too busy"}, "request_id": "req_1"},
    "text": begins({"type": "text", "text": "atonce", "citations": [CITATION]}),
    "thinking": begins({"type": "thinking", "thinking": "atonce", "signature": "signedwith"}),
    "text_delta": delta("text_delta", text="saidtext"),
    "thinking_delta": delta("thinking_delta", thinking="thoughttext"),
    "thinking_delta that is hidden": delta("thinking_delta", thinking="", estimated_tokens=77),
    "input_json_delta": delta("input_json_delta", partial_json='{"q":'),
    "signature_delta": delta("signature_delta", signature="signedwith"),
    "citations_delta": delta("citations_delta", citation=CITATION),
    "compaction_delta": delta("compaction_delta", content="compactedtext", encrypted_content="encryptedtext"),
    "content_block_stop": stop(),
    **{kind: begins({"type": kind, **fields}) for kind, fields in (CALL_BLOCKS | OTHER_BLOCKS).items()},
    "completion": {
        "type": "completion",
        "id": "compl_1",
        "completion": "legacytext",
        "stop_reason": "stop_sequence",
        "stop": "\n\nHuman:",
        "model": "claude-2",
        "log_id": "log_1",
    },
    "whole": WHOLE,
}

STREAM = [
    start(),
    {"type": "ping"},
    begins({"type": "thinking", "thinking": "", "signature": ""}),
    delta("thinking_delta", thinking="because "),
    delta("thinking_delta", thinking="so"),
    delta("signature_delta", signature="signedwith"),
    stop(),
    begins({"type": "text", "text": ""}, 1),
    delta("text_delta", 1, text="Hel"),
    delta("text_delta", 1, text="lo"),
    delta("citations_delta", 1, citation=CITATION),
    stop(1),
    begins({"type": "tool_use", **CALL_BLOCKS["tool_use"]}, 2),
    delta("input_json_delta", 2, partial_json=""),
    delta("input_json_delta", 2, partial_json='{"q"'),
    delta("input_json_delta", 2, partial_json=":1}"),
    stop(2),
    end("tool_use"),
    {"type": "message_stop"},
]


def stream(*chunks: Any) -> Any:
    return envelope(list(chunks), endpoint=ENDPOINT, model="claude-x", stream=True)


def whole(body: Any) -> Any:
    return envelope(body, endpoint=ENDPOINT, streaming=False, model="claude-x")


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_event_is_recognised(name: str) -> None:
    assert known().choose(Exchange("test", chunks=[DOCUMENTED[name]], endpoint=ENDPOINT)) is anthropic.DIALECT
    assert known().choose(Exchange("test", chunks=[DOCUMENTED[name]])) is anthropic.DIALECT


def test_an_error_in_place_of_an_answer(read) -> None:
    corpus = read(whole({"error": {"type": "invalid_request_error", "message": "no such model"}}))

    assert corpus.recordings["dialect"].tolist() == ["anthropic"]
    assert "no such model" in corpus.recordings["error"].item()


# --- a stream --------------------------------------------------------------------------------------------------------


def test_a_stream(read) -> None:
    corpus = read(stream(*STREAM))

    assert corpus.recordings[["dialect", "n_chunks", "n_choices", "model_served"]].to_numpy().tolist() == [
        ["anthropic", len(STREAM), 1, "claude-x"]
    ]
    assert rows(corpus, "role", "content", "reasoning", "finish_reason", frame="choices") == [
        ("assistant", "Hello", "because so", "tool_use")
    ]
    assert rows(corpus, "id", "name", "arguments", "arguments_valid", frame="tool_calls") == [
        ("toolu_1", "lookup", '{"q":1}', True)
    ]
    figures = ("chunk", "prompt", "completion", "total", "cached", "cache_write", "reasoning", "prompt_includes_cached")
    assert rows(corpus, *figures, frame="usage") == [
        (0, 10, 1, None, None, None, None, False),
        (17, 10, 20, None, 4, 3, 5, False),
    ]
    assert "unknown" not in corpus.events["kind"].tolist()
    assert corpus.problems.empty


def test_what_belongs_to_which_block(read) -> None:
    events = read(stream(*STREAM)).events
    blocks = {kind: set(events.loc[events["kind"] == kind, "block"]) for kind in ("reasoning", "content", "tool_call")}

    assert blocks == {"reasoning": {0}, "content": {1}, "tool_call": {2}}


def test_two_calls_are_told_apart(read) -> None:
    def call(number: int, name: str, text: str) -> list[Any]:
        block = {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": {}}
        return [begins(block, number), delta("input_json_delta", number, partial_json=text), stop(number)]

    corpus = read(stream(start(), *call(0, "f", "{}"), *call(1, "g", '{"a":2}'), end("tool_use")))

    assert rows(corpus, "tool_index", "id", "name", "arguments", frame="tool_calls") == [
        (0, "toolu_0", "f", "{}"),
        (1, "toolu_1", "g", '{"a":2}'),
    ]


@pytest.mark.parametrize("kind", CALL_BLOCKS)
def test_every_kind_of_call(read, kind: str) -> None:
    block = {"type": kind, **CALL_BLOCKS[kind]}
    corpus = read(stream(start(), begins(block), delta("input_json_delta", partial_json='{"a":1}'), stop(), end()))

    assert rows(corpus, "id", "name", "arguments", frame="tool_calls") == [(block["id"], block["name"], '{"a":1}')]
    kinds = corpus.tool_calls["type"].dropna().tolist()
    assert kinds == ([] if kind == "tool_use" else [kind])


@pytest.mark.parametrize("kind", OTHER_BLOCKS)
def test_other_blocks_are_no_text_of_the_answer(read, kind: str) -> None:
    block = {"type": kind, **OTHER_BLOCKS[kind]}
    corpus = read(stream(start(), begins(block), stop(), end()))
    events = corpus.events[corpus.events["chunk"] == 1]

    assert events["kind"].tolist() == ["annotation"]
    assert json.loads(events["text"].item()) == block
    assert corpus.choices[["content", "reasoning"]].to_numpy().tolist() == [["", ""]]


@pytest.mark.parametrize(
    "kind",
    [
        "char_location",
        "page_location",
        "content_block_location",
        "web_search_result_location",
        "search_result_location",
    ],
)
def test_citations(kind: str) -> None:
    citation = {**CITATION, "type": kind}
    columns = extracted(anthropic, [delta("citations_delta", citation=citation)])

    assert kinds(columns) == ["citation"]
    assert json.loads(columns.events.column("text")[0]) == citation


@pytest.mark.parametrize(
    "reason",
    ["end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded"],
)
def test_why_it_ends(read, reason: str) -> None:
    assert read(stream(*STREAM[:-2], end(reason))).choices["finish_reason"].tolist() == [reason]


def test_an_error_in_the_stream(read) -> None:
    corpus = read(stream(*STREAM[:9], DOCUMENTED["error"]))

    assert json.loads(corpus.recordings["error"].item()) == {"type": "overloaded_error", "message": "too busy"}
    assert corpus.choices["content"].tolist() == ["Hel"]
    assert corpus.choices["finish_reason"].isna().all()


def test_hidden_thinking_is_counted() -> None:
    """Where thinking is not displayed, its deltas say only how long it is."""
    columns = extracted(anthropic, [DOCUMENTED["thinking_delta that is hidden"]])

    assert columns.events.column("text") == ['{"estimated_tokens":77}']


@pytest.mark.parametrize(
    "chunk",
    [
        {"type": "message_sparkle", "new": "newthing"},
        begins({"type": "hologram", "light": "newthing"}),
        delta("hologram_delta", light="newthing"),
    ],
    ids=lambda chunk: chunk["type"],
)
def test_what_is_unknown_is_kept_whole(read, chunk: Any) -> None:
    corpus = read(stream(*STREAM[:9], chunk, *STREAM[9:]))

    events = corpus.events[corpus.events["chunk"] == 9]
    assert events["kind"].tolist() == ["unknown"]
    assert "newthing" in events["text"].item()
    assert corpus.choices["content"].tolist() == ["Hello"]


def test_completions_the_predecessor(read) -> None:
    def says(text: str, **fields: Any) -> Any:
        return {
            "type": "completion",
            "id": "compl_1",
            "completion": text,
            "stop_reason": None,
            "model": "claude-2",
            **fields,
        }

    corpus = read(
        envelope(
            [says("Hel"), {"type": "ping"}, says("lo"), says("", stop_reason="max_tokens")], endpoint="/v1/complete"
        )
    )

    assert corpus.recordings[["dialect", "model_served"]].to_numpy().tolist() == [["anthropic", "claude-2"]]
    assert corpus.choices[["content", "finish_reason"]].to_numpy().tolist() == [["Hello", "max_tokens"]]


# --- whole answers ---------------------------------------------------------------------------------------------------


def test_a_whole_answer(read) -> None:
    corpus = read(whole(WHOLE))

    assert corpus.recordings[["dialect", "n_chunks", "streaming"]].to_numpy().tolist() == [["anthropic", 1, False]]
    assert rows(corpus, "role", "content", "reasoning", "finish_reason", frame="choices") == [
        ("assistant", "answertext", "whytext", "stop_sequence")
    ]
    assert rows(corpus, "name", "arguments", frame="tool_calls") == [
        ("lookup", '{"q":"queryword"}'),
        ("web_search", '{"query":"searchword"}'),
        ("ask", "{}"),
    ]
    assert corpus.usage[["prompt", "completion", "cached", "cache_write", "reasoning"]].to_numpy().tolist() == [
        [10, 20, 4, 3, 5]
    ]
    assert "unknown" not in corpus.events["kind"].tolist()
    assert corpus.problems.empty


# --- wrong types -----------------------------------------------------------------------------------------------------


def test_a_body_of_another_kind_is_not_refused_for_its_type(read) -> None:
    """A JSON schema: its `type` is a list."""
    corpus = read(envelope({"type": ["string", "null"]}, endpoint="/v1/schema", streaming=False))

    assert corpus.recordings["dialect"].tolist() == ["http"]
    assert corpus.problems.empty
