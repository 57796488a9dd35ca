"""recexplore's frames against the providers' own accumulators, on every recorded stream they accept.

`openai` and `anthropic` put streams together for their users. Where they and recexplore disagree, or where they refuse a
stream, it is in `DIFFERENCES` with the reason; anything else is an error of ours.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pytest
import test_openai_assistants
from dialect_kit import envelope
from independent_answers import exchanges_in, reader_of

import recexplore
from recexplore.corpus import Corpus

pytestmark = pytest.mark.long

anthropic_messages = pytest.importorskip("anthropic.lib.streaming._messages")
anthropic_beta = pytest.importorskip("anthropic.lib.streaming._beta_messages")
openai = pytest.importorskip("openai")
openai_models = pytest.importorskip("openai._models")
openai_chat = pytest.importorskip("openai.lib.streaming.chat")
openai_responses = pytest.importorskip("openai.lib.streaming.responses._responses")
chat_types = pytest.importorskip("openai.types.chat")
responses_types = pytest.importorskip("openai.types.responses")

TEXTS: Final = ("content", "reasoning", "tag")
PARTS: Final = ("ogx", "ogx-history", "vcr-pydantic-ai")

_GROQ: Final = "test_groq__test_groq_model_thinking_part_iter"
_MISTRAL: Final = "test_mistral__test_mistral_model_thinking_part_iter"
_MCP: Final = "test_anthropic__test_anthropic_mcp_servers_stream"

DIFFERENCES: Final[dict[tuple[str, int, str, str], str]] = {
    (_GROQ, 0, "by_openai_chat", "usage"): "Groq reports in `x_groq.usage`; the SDK looks at `usage` only",
    (_GROQ, 1, "by_openai_chat", "usage"): "Groq reports in `x_groq.usage`; the SDK looks at `usage` only",
    (_MISTRAL, 0, "by_openai_chat", "reasoning"): "Mistral thinks in a list of content parts; the SDK drops the list",
    (_MISTRAL, 0, "by_openai_chat", "warned: UserWarning"): "pydantic expects content to be a string",
    (_MCP, 0, "by_anthropic", "tools"): "only the beta accumulator knows `mcp_tool_use`; the other loses its input",
}
"""By recording, exchange, accumulator and what differs: why."""


def without_nulls(value: Any) -> Any:
    """Recorders wrote every field of the SDK's objects; the wire had none of the empty ones."""
    if isinstance(value, dict):
        return {key: without_nulls(each) for key, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value


# --- what the accumulators say ---------------------------------------------------------------------------------------


def by_openai_chat(chunks: list[Any]) -> dict[str, Any]:
    state = openai_chat.ChatCompletionStreamState()
    for chunk in chunks:
        state.handle_chunk(openai_models.construct_type(type_=chat_types.ChatCompletionChunk, value=chunk))
    snapshot = state.current_completion_snapshot
    choices, tools = {}, []
    for choice in snapshot.choices:
        message = choice.message
        choices[choice.index] = {
            "content": message.content or "",
            "reasoning": getattr(message, "reasoning_content", None) or getattr(message, "reasoning", None) or "",
            "refusal": message.refusal or "",
            "finish_reason": getattr(choice, "finish_reason", None),
        }
        calls = [call.function for call in message.tool_calls or []]
        tools += [(choice.index, call.name, call.arguments or "") for call in calls]
    usage = snapshot.usage
    figures = (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) if usage else None
    return {"choices": choices, "tools": tools, "usage": figures}


def by_openai_responses(chunks: list[Any]) -> dict[str, Any]:
    state = openai_responses.ResponseStreamState(input_tools=openai.omit, text_format=openai.omit)
    for chunk in chunks:
        state.handle_event(openai_models.construct_type(type_=responses_types.ResponseStreamEvent, value=chunk))
    response = state._completed_response
    tools, reasoning, refusal = [], "", ""
    for item in response.output:
        if item.type == "reasoning":
            reasoning += "".join(part.text for part in (*item.summary, *(item.content or [])))
        elif item.type == "message":
            refusal += "".join(part.refusal for part in item.content if part.type == "refusal")
        elif item.type in ("function_call", "mcp_call"):
            tools.append((0, item.name, item.arguments))
        elif item.type == "custom_tool_call":
            tools.append((0, item.name, item.input))
        elif item.type == "code_interpreter_call":
            tools.append((0, "code_interpreter", item.code))
        elif item.type.endswith("_call"):
            said = item.to_dict(exclude_unset=True)
            arguments = {k: v for k, v in said.items() if k not in ("id", "call_id", "type", "name", "status")}
            tools.append((0, item.type.removesuffix("_call"), json.dumps(without_nulls(arguments))))
    details, usage = response.incomplete_details, response.usage
    answer = {
        "content": response.output_text,
        "reasoning": reasoning,
        "refusal": refusal,
        "finish_reason": (details and details.reason) or response.status,
    }
    figures = (usage.input_tokens, usage.output_tokens, usage.total_tokens) if usage else None
    return {"choices": {0: answer}, "tools": tools, "usage": figures}


def by_anthropic(chunks: list[Any]) -> dict[str, Any]:
    return _messages(anthropic_messages.accumulate_event, chunks)


def by_anthropic_beta(chunks: list[Any]) -> dict[str, Any]:
    return _messages(anthropic_beta.accumulate_event, chunks, request_headers={})


def by_openai_assistants(events: list[tuple[str, Any]]) -> dict[str, Any]:
    assistants = pytest.importorskip("openai.lib.streaming._assistants")
    messages: dict[str, Any] = {}
    steps: dict[str, Any] = {}
    message = run = None
    for name, said in events:
        event = openai_models.construct_type(type_=assistants.AssistantStreamEvent, value={"event": name, "data": said})
        message, _ = assistants.accumulate_event(event=event, current_message_snapshot=message)
        assistants.accumulate_run_step(event=event, run_step_snapshots=steps)
        messages |= {} if message is None else {message.id: message}
        run = event.data if event.data.object == "thread.run" else run
    parts = [part for each in messages.values() for part in each.content]
    answer = {
        "content": "".join(part.text.value for part in parts if part.type == "text"),
        "reasoning": "",
        "refusal": "".join(part.refusal for part in parts if part.type == "refusal"),
        "finish_reason": (run.incomplete_details and run.incomplete_details.reason) or run.status,
    }
    made = [call for step in steps.values() for call in getattr(step.step_details, "tool_calls", [])]
    tools = [
        (0, call.function.name, call.function.arguments)
        if call.type == "function"
        else (0, call.type, call.code_interpreter.input)
        for call in made
    ]
    usage = run.usage
    figures = (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) if usage else None
    return {"choices": {0: answer}, "tools": tools, "usage": figures}


def _messages(accumulate: Callable[..., Any], chunks: list[Any], **more: Any) -> dict[str, Any]:
    snapshot: Any = None
    buffers: dict[int, bytes] = {}
    for chunk in chunks:
        if chunk["type"] != "ping":  # the SDK's decoder takes them out before
            snapshot = accumulate(event=chunk, current_snapshot=snapshot, json_bufs=buffers, **more)
    answer = {
        "content": "".join(block.text for block in snapshot.content if block.type == "text"),
        "reasoning": "".join(block.thinking for block in snapshot.content if block.type == "thinking"),
        "refusal": "",
        "finish_reason": snapshot.stop_reason,
    }
    tools = [(0, block.name, json.dumps(block.input)) for block in snapshot.content if block.type.endswith("tool_use")]
    figures = (snapshot.usage.input_tokens, snapshot.usage.output_tokens, None)
    return {"choices": {0: answer}, "tools": tools, "usage": figures}


ACCUMULATORS: Final = {
    "openai_chat": (by_openai_chat,),
    "openai_responses": (by_openai_responses,),
    "anthropic": (by_anthropic, by_anthropic_beta),
}


# --- what recexplore says --------------------------------------------------------------------------------------------


class _Frames:
    def __init__(self, corpus: Corpus) -> None:
        self.names = {(row.path, row.exchange): row.recording for row in corpus.recordings.itertuples()}
        frames = (corpus.events, corpus.choices, corpus.tool_calls, corpus.usage)
        self.events, self.choices, self.tools, self.usage = map(self._rows, frames)

    @staticmethod
    def _rows(frame: pd.DataFrame) -> dict[str, list[Any]]:
        plain = frame.astype(object).where(frame.notna(), None)
        rows: dict[str, list[Any]] = {}
        for row in plain.itertuples(index=False):
            rows.setdefault(row.recording, []).append(row)
        return rows

    def of(self, key: tuple[str, int]) -> dict[str, Any]:
        name = self.names[key]
        choices = {}
        for row in self.choices.get(name, []):
            mine = [event for event in self.events[name] if event.choice == row.choice]
            # To the SDKs, tags are content.
            is_tagged = any(event.kind == "tag" for event in mine)
            choices[row.choice] = {
                "content": "".join(event.text for event in mine if event.kind in TEXTS) if is_tagged else row.content,
                "reasoning": "" if is_tagged else row.reasoning,
                "refusal": row.refusal,
                "finish_reason": row.finish_reason,
            }
        reports = self.usage.get(name, [])
        return {
            "choices": choices,
            "tools": [(row.choice, row.name, row.arguments) for row in self.tools.get(name, [])],
            "usage": (reports[-1].prompt, reports[-1].completion, reports[-1].total) if reports else None,
        }


def _meant(arguments: str) -> Any:
    try:
        return json.loads(arguments or "{}")
    except ValueError:
        return arguments


def differences(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """What two readings do not agree about."""
    found = ["choices"] if ours["choices"].keys() != theirs["choices"].keys() else []
    for number in ours["choices"].keys() & theirs["choices"].keys():
        mine, other = ours["choices"][number], theirs["choices"][number]
        found += [field for field in mine if mine[field] != other[field] and field not in found]
    calls = [
        sorted(
            ((choice, name, _meant(arguments)) for choice, name, arguments in said["tools"]), key=lambda call: call[0]
        )
        for said in (ours, theirs)
    ]
    if calls[0] != calls[1]:
        found.append("tools")
    if ours["usage"] != theirs["usage"]:
        found.append("usage")
    return found


@pytest.mark.thorough
def test_the_frames_agree_with_the_providers_own_accumulators(corpus_folder: Path) -> None:
    frames = _Frames(recexplore.load(corpus_folder, progress=False))
    compared, found = dict.fromkeys(ACCUMULATORS, 0), set()
    paths = [path for part in PARTS for path in (corpus_folder / part).rglob("*") if path.suffix in (".json", ".yaml")]
    for path in paths:
        for number, (streamed, recorded) in enumerate(exchanges_in(path)):
            dialect = reader_of(recorded)
            if not streamed or dialect not in ACCUMULATORS:
                continue
            compared[dialect] += 1
            chunks = [without_nulls(chunk) for chunk in recorded if chunk != "[DONE]"]
            ours = frames.of((path.as_posix(), number))
            for accumulator in ACCUMULATORS[dialect]:
                with warnings.catch_warnings(record=True) as warned:
                    warnings.simplefilter("always")
                    try:
                        differing = differences(ours, accumulator(chunks))
                    except Exception as error:
                        differing = [f"refused: {type(error).__name__}"]
                differing += sorted({f"warned: {each.category.__name__}" for each in warned})
                found |= {(path.stem, number, accumulator.__name__, what) for what in differing}

    assert found == set(DIFFERENCES)
    assert compared == {"openai_chat": 616, "openai_responses": 15, "anthropic": 10}


@pytest.mark.parametrize("name", test_openai_assistants.RUNS)
def test_runs_agree_with_the_provider_s_own_accumulator(read: Callable[..., Corpus], name: str) -> None:
    """No corpus of ours holds one: these are made by hand."""
    events = [(event, without_nulls(said)) for event, said in test_openai_assistants.RUNS[name]]
    corpus = read(envelope([said for _, said in events], endpoint=test_openai_assistants.ENDPOINT))
    (recording,) = corpus.recordings.itertuples()

    assert differences(_Frames(corpus).of((recording.path, recording.exchange)), by_openai_assistants(events)) == []


def test_a_difference_would_be_seen() -> None:
    answer = {"content": "a", "reasoning": "", "refusal": "", "finish_reason": "stop"}
    said = {"choices": {0: answer}, "tools": [(0, "f", '{"a": 1}')], "usage": (1, 2, 3)}

    assert differences(said, {**said, "tools": [(0, "f", '{"a":1}')]}) == []
    assert differences(said, {**said, "choices": {0: {**answer, "content": "b"}}}) == ["content"]
    assert differences(said, {**said, "choices": {}}) == ["choices"]
    assert differences(said, {**said, "tools": []}) == ["tools"]
    assert differences(said, {**said, "usage": None}) == ["usage"]
