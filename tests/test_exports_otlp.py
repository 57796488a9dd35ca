"""Spans, against the official protobuf schema and the names of the conventions."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import hostile_text
import pytest
from google.protobuf import json_format
from opentelemetry.proto.trace.v1.trace_pb2 import Span, TracesData

import recexplore
from recexplore.corpus import Corpus, Recording
from recexplore.model.errors import ExportRefused
from recexplore.share.exports.otlp_values import any_value

CONVENTIONS = {
    "gen_ai.operation.name": str,
    "gen_ai.provider.name": str,
    "gen_ai.output.type": str,
    "gen_ai.request.choice.count": int,
    "gen_ai.request.frequency_penalty": float,
    "gen_ai.request.max_tokens": int,
    "gen_ai.request.model": str,
    "gen_ai.request.presence_penalty": float,
    "gen_ai.request.seed": int,
    "gen_ai.request.stop_sequences": list,
    "gen_ai.request.stream": bool,
    "gen_ai.request.temperature": float,
    "gen_ai.request.top_k": int,
    "gen_ai.request.top_p": float,
    "gen_ai.response.finish_reasons": list,
    "gen_ai.response.id": str,
    "gen_ai.response.model": str,
    "gen_ai.response.time_to_first_chunk": float,
    "gen_ai.usage.cache_read.input_tokens": int,
    "gen_ai.usage.cache_write.input_tokens": int,
    "gen_ai.usage.input_tokens": int,
    "gen_ai.usage.output_tokens": int,
    "gen_ai.usage.reasoning.output_tokens": int,
    "gen_ai.system_instructions": list,
    "gen_ai.input.messages": list,
    "gen_ai.output.messages": list,
    "error.type": str,
    "http.response.status_code": int,
    "server.address": str,
    "server.port": int,
}
"""Names and types of the span of a call, semantic conventions for generative AI 0.1.0."""


def exported(chosen: Corpus | Recording, **options: Any) -> dict[str, Any]:
    out = io.BytesIO()
    chosen.export(out, "otlp", **options)
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


def spans_in(document: dict[str, Any]) -> list[dict[str, Any]]:
    (resource,) = document["resourceSpans"]
    (scope,) = resource["scopeSpans"]
    return list(scope["spans"])


def as_messages(document: dict[str, Any]) -> list[Span]:
    """Read with the official schema, which refuses fields it does not know; OTLP writes ids in hexadecimal digits."""
    for span in spans_in(document):
        for name in ("traceId", "spanId"):
            span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    data = json_format.ParseDict(document, TracesData(), ignore_unknown_fields=False)
    return list(data.resource_spans[0].scope_spans[0].spans)


def python_value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [python_value(each) for each in value.array_value.values]
    if kind == "kvlist_value":
        return {each.key: python_value(each.value) for each in value.kvlist_value.values}
    return None if kind is None else getattr(value, kind)


def attributes(span: Any) -> dict[str, Any]:
    return {each.key: python_value(each.value) for each in span.attributes}


@pytest.mark.parametrize("content", [False, True])
def test_spans_are_valid(all_recordings: Corpus, content: bool) -> None:
    spans = as_messages(exported(all_recordings, content=content))

    assert len(spans) == len(all_recordings)
    assert len({span.trace_id for span in spans}) == len(spans)
    for span in spans:
        assert (len(span.trace_id), len(span.span_id), span.kind) == (16, 8, Span.SPAN_KIND_CLIENT)
        assert span.start_time_unix_nano <= span.end_time_unix_nano
        assert all(span.start_time_unix_nano <= each.time_unix_nano <= span.end_time_unix_nano for each in span.events)


@pytest.mark.parametrize("content", [False, True])
def test_names_and_types_are_those_of_the_conventions(all_recordings: Corpus, content: bool) -> None:
    for span in as_messages(exported(all_recordings, content=content)):
        for name, value in attributes(span).items():
            assert name.startswith("recexplore.") or type(value) is CONVENTIONS[name], name


def test_what_was_said_is_only_there_where_it_is_asked_for(all_recordings: Corpus) -> None:
    without, with_content = (json.dumps(exported(all_recordings, content=asked)) for asked in (False, True))
    told = [text for text in all_recordings.choices["content"].tolist() if len(text) > 20]

    for text in told:
        assert json.dumps(text)[1:-1] in with_content
        assert json.dumps(text)[1:-1] not in without
    assert "gen_ai.input.messages" not in without
    assert "evidence" not in without


def test_figures_are_those_of_the_frames(all_recordings: Corpus) -> None:
    for recording, span in zip(all_recordings, as_messages(exported(all_recordings)), strict=True):
        said, facts = attributes(span), recording.facts
        chunks = [each for each in span.events if each.name == "recexplore.chunk"]
        findings = [attributes(each) for each in span.events if each.name == "recexplore.finding"]

        assert said["recexplore.recording"] == recording.id
        assert len(chunks) == facts["n_chunks"]
        assert len(findings) == len(recording.findings)
        assert len(said.get("gen_ai.response.finish_reasons", ())) == facts["n_choices"]
        assert said.get("gen_ai.request.stream", False) is bool(facts["streaming"])
        if recording.recordings["completion_tokens"].notna().all():
            assert said["gen_ai.usage.output_tokens"] >= facts["completion_tokens"]


def test_a_call_of_one_recording(all_recordings: Corpus) -> None:
    (span,) = as_messages(exported(all_recordings["f27523"], content=True))
    said = attributes(span)

    assert span.name == f"chat {said['gen_ai.request.model']}"
    assert said["gen_ai.provider.name"] == "aws.bedrock"
    assert said["gen_ai.request.choice.count"] == 2
    assert [each["role"] for each in said["gen_ai.output.messages"]] == ["assistant", "assistant"]
    assert said["gen_ai.input.messages"][0]["role"] == "user"
    assert {part["type"] for each in said["gen_ai.output.messages"] for part in each["parts"]} == {"reasoning", "text"}


def test_tool_calls_have_their_arguments(made: Corpus) -> None:
    (span,) = as_messages(exported(made["tool-calls"], content=True))
    said = attributes(span)
    calls = [part for each in said["gen_ai.output.messages"] for part in each["parts"] if part["type"] == "tool_call"]

    assert [call["name"] for call in calls] == made["tool-calls"].tool_calls["name"].tolist()
    assert said["recexplore.tool_calls"] == [call["name"] for call in calls]
    assert all(isinstance(call["arguments"], dict) for call in calls)


def test_an_error_is_a_status(made: Corpus) -> None:
    (span,) = as_messages(exported(made["bad-request"]))

    assert span.status.code == 2
    assert span.status.message == made["bad-request"].facts["error"]
    assert re.fullmatch(r"4\d\d|_OTHER", attributes(span)["error.type"])


def test_times_are_those_of_the_wire() -> None:
    chunk = {"choices": [{"index": 0, "delta": {"content": "Hi"}}]}
    recording = recexplore.from_chunks([chunk, chunk], [7.25, 9.5], sent=7.0)
    (span,) = as_messages(exported(recording))

    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (0, 2_500_000_000)
    assert [each.time_unix_nano for each in span.events if each.name == "recexplore.chunk"] == [
        250_000_000,
        2_500_000_000,
    ]
    assert attributes(span)["gen_ai.response.time_to_first_chunk"] == 0.25
    assert [note.what for note in recording.export(io.BytesIO(), "otlp").added] == ["the time of day"]


def test_a_time_of_day_is_kept(formats: Corpus) -> None:
    recording = next(each for each in formats if each.chunks["wall_time"].notna().all())
    (span,) = as_messages(exported(recording))
    first = recording.chunks["wall_time"].iloc[0]

    assert span.events[0].time_unix_nano == pytest.approx(first.as_unit("ns").value, abs=1000)


def test_no_model_was_called(read: Any, tmp_path: Path) -> None:
    recording = recexplore.from_chunks({"object": "list", "data": [{"id": "model"}]}, url="http://host/v1/models")

    with pytest.raises(ExportRefused, match="it is no call of a model"):
        recording.export(tmp_path / "spans.otlp.json")


def test_input_counts_what_was_cached(read: Any) -> None:
    """Anthropic's input tokens leave out what came from a cache; the conventions count it."""
    usage = {"input_tokens": 3, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20, "output_tokens": 5}
    answer = {"type": "message", "id": "m", "role": "assistant", "model": "claude", "content": [], "usage": usage}
    recording = recexplore.from_chunks(answer, url="https://api.anthropic.com/v1/messages")
    said = attributes(as_messages(exported(recording))[0])

    assert said["gen_ai.usage.input_tokens"] == 123
    assert said["gen_ai.usage.cache_read.input_tokens"] == 100
    assert said["gen_ai.usage.cache_write.input_tokens"] == 20


def test_hostile_text_is_valid() -> None:
    chunks = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in hostile_text.HOSTILE.values()]
    recording = recexplore.from_chunks(chunks)
    (span,) = as_messages(exported(recording, content=True))
    (message,) = attributes(span)["gen_ai.output.messages"]

    assert message["parts"][0]["content"] == recording.choices["content"].iloc[0]


def test_equal_corpora_give_equal_bytes(bundled: Corpus, bundled_folder: Path) -> None:
    outs = [io.BytesIO(), io.BytesIO()]
    for out, corpus in zip(outs, (bundled, recexplore.load(bundled_folder, progress=False)), strict=True):
        corpus.export(out, "otlp", content=True)

    assert outs[0].getvalue() == outs[1].getvalue()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, {}),
        (True, {"boolValue": True}),
        (3, {"intValue": "3"}),
        (1 << 70, {"doubleValue": float(1 << 70)}),
        (0.5, {"doubleValue": 0.5}),
        ("a\ud83d", {"stringValue": "a\ufffd"}),
        (["a"], {"arrayValue": {"values": [{"stringValue": "a"}]}}),
        ({"a": None}, {"kvlistValue": {"values": [{"key": "a", "value": {}}]}}),
    ],
)
def test_values(value: Any, written: dict[str, Any]) -> None:
    assert any_value(value) == written
