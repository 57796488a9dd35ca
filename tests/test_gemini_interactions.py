"""Hand-made streams of Gemini's Interactions, of both generations: ``content`` in ``outputs``, and ``steps``."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import envelope, extracted, kinds, rows

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import gemini_interactions
from recexplore.read.registry import known

ENDPOINT = "/v1beta/interactions"
NUMBERS = frozenset(["index"])
USAGE = {
    "total_tokens": 40,
    "total_input_tokens": 10,
    "input_tokens_by_modality": [{"modality": "textual", "tokens": 10}],
    "total_cached_tokens": 4,
    "total_output_tokens": 20,
    "total_tool_use_tokens": 6,
    "total_thought_tokens": 5,
}
NOTE = {"type": "url_citation", "url": "http://cited", "title": "citedtitle", "start_index": 0, "end_index": 2}
GENERATIONS = ("content", "step")


def interaction(status: str = "in_progress", **fields: Any) -> dict[str, Any]:
    return {"id": "v1_1", "object": "interaction", "model": "gemini-x", "status": status, **fields}


def about(state: str, status: str = "in_progress", **fields: Any) -> dict[str, Any]:
    """An event of the interaction as a whole."""
    return {"event_type": f"interaction.{state}", "interaction": interaction(status, **fields), "event_id": "evt_1"}


def starts(what: str, output: Any, index: int = 0) -> dict[str, Any]:
    return {"event_type": f"{what}.start", "index": index, what: output}


def delta(what: str, kind: str, index: int = 0, **fields: Any) -> dict[str, Any]:
    return {"event_type": f"{what}.delta", "index": index, "delta": {"type": kind, **fields}}


def stops(what: str, index: int = 0, **fields: Any) -> dict[str, Any]:
    return {"event_type": f"{what}.stop", "index": index, **fields}


CALLS: dict[str, dict[str, Any]] = {
    "function_call": {"id": "call_1", "name": "lookup", "arguments": {"q": "queryword"}},
    "code_execution_call": {"id": "call_2", "arguments": {"language": "pythonic", "code": "print(1)"}},
    "url_context_call": {"id": "call_3", "arguments": {"urls": ["http://context"]}},
    "google_search_call": {"id": "call_4", "arguments": {"queries": ["searchword"]}, "signature": "signedwith"},
    "mcp_server_tool_call": {"id": "call_5", "name": "ask", "server_name": "wiki", "arguments": {"q": "askedword"}},
    "file_search_call": {"id": "call_6", "signature": "signedwith"},
    "google_maps_call": {"id": "call_7", "arguments": {"queries": ["mapword"]}},
}
RESULTS: dict[str, dict[str, Any]] = {
    "function_result": {"call_id": "call_1", "name": "lookup", "result": "functionresult", "is_error": False},
    "code_execution_result": {"call_id": "call_2", "result": "coderesult", "signature": "signedwith"},
    "url_context_result": {"call_id": "call_3", "result": [{"url": "http://context", "status": "fetched"}]},
    "google_search_result": {"call_id": "call_4", "result": [{"url": "http://found", "title": "foundtitle"}]},
    "mcp_server_tool_result": {"call_id": "call_5", "name": "ask", "server_name": "wiki", "result": "mcpresult"},
    "file_search_result": {"result": [{"title": "filetitle", "text": "filetext"}]},
    "google_maps_result": {"result": [{"places": [{"name": "placename"}]}]},
    "image": {"data": "aW1n", "mime_type": "image/png"},
    "audio": {"data": "YXVk", "mime_type": "audio/wav", "channels": 1},
    "document": {"uri": "http://document"},
    "video": {"uri": "http://video"},
}
SUMMARY = [{"type": "text", "text": "because "}, {"type": "text", "text": "so"}]

DOCUMENTED: dict[str, dict[str, Any]] = {
    **{state: about(state) for state in ("start", "created", "in_progress")},
    **{state: about(state, "completed", usage=USAGE, role="modelrole") for state in ("complete", "completed")},
    "failed": about("failed", "failed", error={"code": "broken", "message": "it broke"}),
    "requires_action": about("completed", "requires_action", usage=USAGE, service_tier="standardtier"),
    "status_update": {"event_type": "interaction.status_update", "interaction_id": "v1_1", "status": "working"},
    "error": {
        "event_type": "error",
        "error": {"message": "deadline expired", "code": "gateway_timeout"},
        "event_id": "e_1",
    },
    "step.stop with usage": stops("step", usage=USAGE, step_usage={"total_tokens": 3}),
    "step.start model_output": starts(
        "step", {"type": "model_output", "content": [{"type": "text", "text": "atonce"}]}
    ),
    "step.start thought": starts("step", {"type": "thought", "summary": SUMMARY, "signature": "signedwith"}),
    "step.start user_input": starts("step", {"type": "user_input", "content": [{"type": "text", "text": "askedtext"}]}),
    "step.delta arguments_delta": delta("step", "arguments_delta", arguments='{"q":'),
    "step.delta arguments_delta of the SDK": delta("step", "arguments_delta", partial_arguments='{"q":'),
    "step.delta text_annotation_delta": delta("step", "text_annotation_delta", annotations=[NOTE]),
    "step.delta text_annotation": delta("step", "text_annotation", annotations=[NOTE]),
    **{
        f"{what}.{name}": chunk
        for what in GENERATIONS
        for name, chunk in (
            ("start text", starts(what, {"type": "text"})),
            ("start thought alone", starts(what, {"type": "thought"})),
            ("delta text", delta(what, "text", text="saidtext", annotations=[NOTE])),
            ("delta annotations alone", delta(what, "text", text="", annotations=[NOTE])),
            ("delta thought_summary", delta(what, "thought_summary", content={"type": "text", "text": "thoughttext"})),
            (
                "delta thought_summary with an image",
                delta(
                    what, "thought_summary", content={"type": "image", "data": "aW1nZGF0YQ", "mime_type": "image/png"}
                ),
            ),
            ("delta thought_signature", delta(what, "thought_signature", signature="signedwith")),
            ("stop", stops(what)),
            *((f"start {kind}", starts(what, {"type": kind, **fields})) for kind, fields in (CALLS | RESULTS).items()),
            *((f"delta {kind}", delta(what, kind, **fields)) for kind, fields in (CALLS | RESULTS).items()),
        )
    },
    "whole, of the first generation": interaction(
        "completed",
        role="modelrole",
        usage=USAGE,
        outputs=[
            {"type": "thought", "summary": SUMMARY, "signature": "signedwith"},
            {"type": "text", "text": "answertext", "annotations": [NOTE]},
            *({"type": kind, **fields} for kind, fields in (CALLS | RESULTS).items()),
        ],
        created="2026-01-01T00:00:00Z",
        previous_interaction_id="v1_0",
    ),
    "whole, of the second generation": interaction(
        "completed",
        usage=USAGE,
        steps=[
            {"type": "thought", "summary": SUMMARY, "signature": "signedwith"},
            *({"type": kind, **fields} for kind, fields in CALLS.items()),
            {"type": "model_output", "content": [{"type": "text", "text": "answertext", "annotations": [NOTE]}]},
        ],
    ),
}


def made(what: str) -> list[dict[str, Any]]:
    """A stream of one generation or the other."""
    is_first = what == "content"
    name, id_, arguments = "lookup", "call_1", {"q": "queryword"}
    call = {"type": "function_call", "id": id_, "name": name, "arguments": {}}
    fragments = (
        [delta(what, "function_call", 2, id=id_, name=name, arguments=arguments)]
        if is_first
        else [
            delta(what, "arguments_delta", 2, arguments='{"q":"que'),
            delta(what, "arguments_delta", 2, arguments='ryword"}'),
        ]
    )
    return [
        about("start" if is_first else "created"),
        {"event_type": "interaction.status_update", "interaction_id": "v1_1", "status": "in_progress"},
        starts(what, {"type": "thought"}),
        delta(what, "thought_summary", content={"type": "text", "text": "because "}),
        delta(what, "thought_summary", content={"type": "text", "text": "so"}),
        delta(what, "thought_signature", signature="signedwith"),
        stops(what),
        starts(what, {"type": "text" if is_first else "model_output"}, 1),
        delta(what, "text", 1, text="Hel"),
        delta(what, "text", 1, text="lo"),
        stops(what, 1),
        starts(what, {"type": "function_call"} if is_first else call, 2),
        *fragments,
        stops(what, 2),
        about("complete" if is_first else "completed", "requires_action", usage=USAGE),
    ]


ARGUMENTS_IN_CONTENT = [
    about("created"),
    starts("content", {"type": "function_call", "id": "call_1", "name": "lookup", "arguments": {}}, 2),
    delta("content", "arguments_delta", 2, arguments='{"q":"que'),
    delta("content", "arguments_delta", 2, arguments='ryword"}'),
    about("completed", "completed"),
]
"""The first generation with what only the second documents."""


def stream(*chunks: Any) -> Any:
    return envelope(list(chunks), endpoint=ENDPOINT, stream=True)


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_event_is_recognised(name: str) -> None:
    assert known().choose(Exchange("test", chunks=[DOCUMENTED[name]])) is gemini_interactions.DIALECT


def test_an_error_in_place_of_an_answer(read) -> None:
    corpus = read(envelope({"error": {"message": "no such model"}}, endpoint=ENDPOINT, streaming=False))

    assert corpus.recordings["dialect"].tolist() == ["gemini_interactions"]
    assert "no such model" in corpus.recordings["error"].item()


# --- a stream --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", GENERATIONS)
def test_a_stream(read, what: str) -> None:
    chunks = made(what)
    corpus = read(stream(*chunks, "[DONE]"))

    assert corpus.recordings[["dialect", "n_chunks", "n_choices", "model_served"]].to_numpy().tolist() == [
        ["gemini_interactions", len(chunks) + 1, 1, "gemini-x"]
    ]
    assert rows(corpus, "content", "reasoning", "finish_reason", frame="choices") == [
        ("Hello", "because so", "requires_action")
    ]
    assert rows(corpus, "id", "name", "arguments", "arguments_valid", frame="tool_calls") == [
        ("call_1", "lookup", '{"q":"queryword"}', True)
    ]
    figures = ("chunk", "prompt", "completion", "total", "cached", "reasoning", "completion_includes_reasoning")
    assert rows(corpus, *figures, frame="usage") == [(len(chunks) - 1, 10, 20, 40, 4, 5, False)]
    assert "unknown" not in corpus.events["kind"].tolist()
    assert corpus.problems.empty


@pytest.mark.parametrize("what", GENERATIONS)
@pytest.mark.parametrize("kind", CALLS)
def test_every_kind_of_call(read, what: str, kind: str) -> None:
    corpus = read(stream(about("created"), delta(what, kind, **CALLS[kind]), about("completed", "completed")))
    call = CALLS[kind]

    assert [row[:2] for row in rows(corpus, "id", "name", "arguments", frame="tool_calls")] == [
        (call["id"], call.get("name", kind.removesuffix("_call")))
    ]
    arguments = corpus.tool_calls["arguments"].item()
    assert (json.loads(arguments) if arguments else None) == call.get("arguments")


@pytest.mark.parametrize("what", GENERATIONS)
@pytest.mark.parametrize("kind", RESULTS)
def test_results_and_media_are_no_text_of_the_answer(what: str, kind: str) -> None:
    columns = extracted(gemini_interactions, [delta(what, kind, **RESULTS[kind])])

    assert kinds(columns) == ["annotation"]
    assert json.loads(columns.events.column("text")[0]) == {"type": kind, **RESULTS[kind]}


@pytest.mark.parametrize("field", ["arguments", "partial_arguments"])
def test_fragments_of_arguments_in_both_spellings(read, field: str) -> None:
    """The documentation says `arguments`, the SDK's types say `partial_arguments`."""
    call = {"type": "function_call", "id": "call_1", "name": "lookup", "arguments": {}}
    fragments = [delta("step", "arguments_delta", **{field: text}) for text in ('{"a"', ":1}")]
    corpus = read(stream(about("created"), starts("step", call), *fragments))

    assert rows(corpus, "name", "arguments", frame="tool_calls") == [("lookup", '{"a":1}')]


@pytest.mark.parametrize("kind", ["text_annotation_delta", "text_annotation"])
def test_annotations_that_come_alone_are_citations(kind: str) -> None:
    assert kinds(extracted(gemini_interactions, [delta("step", kind, annotations=[NOTE])])) == ["citation"]


def test_usage_of_a_step(read) -> None:
    """Agents report after each step, as a running total."""
    corpus = read(stream(*made("step")[:10], stops("step", 1, usage=USAGE, step_usage={"total_tokens": 3})))

    assert corpus.usage[["chunk", "total"]].to_numpy().tolist() == [[10, 40]]


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled", "incomplete", "requires_action"])
def test_how_it_ends(read, status: str) -> None:
    corpus = read(stream(*made("step")[:-1], about("completed", status)))

    assert corpus.choices["finish_reason"].tolist() == [status]


def test_the_role_that_the_end_names(read) -> None:
    corpus = read(stream(*made("content")[:-1], about("complete", "completed", role="model")))

    assert corpus.choices["role"].tolist() == ["model"]


def test_an_error_in_the_stream(read) -> None:
    corpus = read(stream(*made("step")[:9], DOCUMENTED["error"]))

    assert json.loads(corpus.recordings["error"].item())["code"] == "gateway_timeout"
    assert corpus.choices["content"].tolist() == ["Hel"]


def test_an_interaction_that_failed(read) -> None:
    corpus = read(stream(*made("step")[:9], DOCUMENTED["failed"]))

    assert json.loads(corpus.recordings["error"].item())["code"] == "broken"
    assert corpus.choices["finish_reason"].tolist() == ["failed"]


def test_an_interaction_that_failed_with_the_error_beside_it(read) -> None:
    chunk = {"event_type": "interaction.failed", "interaction_id": "v1_1", "error": {"message": "it broke"}}
    corpus = read(stream(*made("step")[:9], chunk))

    assert "it broke" in corpus.recordings["error"].item()


def test_an_unknown_event_is_kept_whole() -> None:
    chunk = {"event_type": "interaction.sparkle", "new": "newthing"}
    columns = extracted(gemini_interactions, [chunk])

    assert kinds(columns) == ["unknown"]
    assert json.loads(columns.events.column("text")[0]) == chunk


# --- whole answers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in DOCUMENTED if name.startswith("whole")])
def test_a_whole_answer(read, name: str) -> None:
    corpus = read(envelope(DOCUMENTED[name], endpoint=ENDPOINT, streaming=False))

    assert corpus.recordings[["dialect", "n_chunks", "streaming", "model_served"]].to_numpy().tolist() == [
        ["gemini_interactions", 1, False, "gemini-x"]
    ]
    assert rows(corpus, "content", "reasoning", "finish_reason", frame="choices") == [
        ("answertext", "because so", "completed")
    ]
    assert corpus.tool_calls["name"].tolist() == [
        call.get("name", kind.removesuffix("_call")) for kind, call in CALLS.items()
    ]
    assert corpus.usage[["prompt", "completion", "total"]].to_numpy().tolist() == [[10, 20, 40]]
    assert "unknown" not in corpus.events["kind"].tolist()
    assert corpus.problems.empty
