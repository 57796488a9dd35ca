"""Calls of models as OpenTelemetry's spans, in OTLP JSON, which collectors and viewers of traces take.

Takes recordings, gives one file: a span a call, in a trace of its own. Names of attributes are those of the semantic
conventions for generative AI, version 0.1.0 (https://github.com/open-telemetry/semantic-conventions-genai), still in
development; what they have no name for stands under ``recexplore.``, the events of chunks and findings among it. Ids follow
from the recording, so that the same corpus gives the same file. What is said in messages, tools' arguments and findings is
in it only where it is asked for.

A span has to have times. Where nobody recorded the time of day, it begins at the epoch; where no times were recorded at all,
it has no duration and its events stand in order at one time. ``recexplore.clock`` says which.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO, Final

import orjson
import pandas as pd

from recexplore import __version__
from recexplore.corpus import Recording
from recexplore.model.plain_values import plain, records
from recexplore.model.traits import Trait
from recexplore.read.registry import known
from recexplore.share.exports.gen_ai_messages import input_messages, output_messages, system_instructions
from recexplore.share.exports.gen_ai_request import request_attributes
from recexplore.share.exports.options import Options
from recexplore.share.exports.otlp_values import attributes_of
from recexplore.share.exports.outcome import Note, Outcome
from recexplore.share.exports.selection import Selection
from recexplore.share.exports.target import File
from recexplore.share.exports.unmasked import note_unmasked

__all__ = ["files"]

_CLIENT: Final = 3
_ERROR: Final = 2
_PROVIDERS: Final[Mapping[str, str]] = {
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
    "moonshot": "moonshot_ai",
    "vertexai": "gcp.vertex_ai",
    "watsonx": "ibm.watsonx.ai",
    "xai": "x_ai",
}
"""What the conventions call a provider, where that is not what we do."""
_GENERATE_CONTENT: Final = frozenset({"gemini"})


def files(selection: Selection, options: Options, outcome: Outcome) -> Iterator[File]:
    """One file of all calls."""
    chosen: dict[str, str] = {}
    for recording in _recordings(selection):
        operation = _operation(str(recording.facts["dialect"]))
        if operation is None:
            outcome.left_out.append(Note(recording.id, "it is no call of a model"))
            continue
        if recording.chunks["wall_time"].isna().all():
            outcome.added.append(Note(recording.id, "the time of day"))
        chosen[recording.id] = operation
    if chosen:
        if options.content:
            note_unmasked(selection, outcome, chosen)
        yield File("spans.json", partial(_write, selection, chosen, options.content))


def _recordings(selection: Selection) -> Iterator[Recording]:
    """The recordings, as many at a time as have to be in memory."""
    for part in selection.parts():
        yield from (part,) if isinstance(part, Recording) else part


def _write(selection: Selection, chosen: Mapping[str, str], content: bool, out: BinaryIO) -> None:
    resource = {"attributes": attributes_of({"service.name": "recexplore"})}
    scope = {"name": "recexplore", "version": __version__}
    out.write(b'{"resourceSpans":[{"resource":' + orjson.dumps(resource))
    out.write(b',"scopeSpans":[{"scope":' + orjson.dumps(scope) + b',"spans":[')
    separator = b"\n"
    for each in _recordings(selection):
        if each.id in chosen:
            span = _span(each, chosen[each.id], selection.findings.get(each.id), content=content)
            out.write(separator + orjson.dumps(span))
            separator = b",\n"
    out.write(b"\n]}]}]}\n")


def _operation(dialect: str) -> str | None:
    """What the conventions call what was asked of a model; None where no model was asked."""
    traits = known().named(dialect).traits
    if Trait.EMBEDS in traits:
        return "embeddings"
    if Trait.GENERATES not in traits:
        return None
    if dialect in _GENERATE_CONTENT:
        return "generate_content"
    return "text_completion" if Trait.RAW_PROMPT in traits else "chat"


def _span(recording: Recording, operation: str, findings: pd.DataFrame | None, *, content: bool) -> dict[str, Any]:
    facts = {str(name): plain(value) for name, value in recording.facts.items()}
    begin_ns, times_ns = _times(recording)
    digest = hashlib.sha256("\0".join(str(facts[name]) for name in _IDENTITY).encode()).hexdigest()
    said = _attributes(recording, facts, operation)
    if content:
        said |= {
            "gen_ai.system_instructions": system_instructions(recording) or None,
            "gen_ai.input.messages": input_messages(recording) or None,
            "gen_ai.output.messages": output_messages(recording) or None,
        }
    status = facts["status"]
    is_error = bool(facts["is_exception"]) or facts["error"] is not None
    if is_error:
        said["error.type"] = str(status) if status is not None and status >= 400 else "_OTHER"
    return {
        "traceId": digest[:32],
        "spanId": digest[32:48],
        "name": " ".join(filter(None, (operation, facts["model_requested"]))),
        "kind": _CLIENT,
        "startTimeUnixNano": str(begin_ns),
        "endTimeUnixNano": str(max([begin_ns, *times_ns])),
        "attributes": attributes_of(said),
        "events": [
            *_chunk_events(recording, times_ns),
            *_finding_events(findings, times_ns, begin_ns, content=content),
        ],
        "status": {"code": _ERROR, **({"message": facts["error"]} if facts["error"] else {})} if is_error else {},
    }


_IDENTITY: Final = ("recording", "exchange", "request_hash")


def _times(recording: Recording) -> tuple[int, list[int]]:
    """When the call began and each chunk came, in nanoseconds of the epoch."""
    chunks = recording.chunks
    seconds = chunks["t_s"].fillna(0.0).tolist()
    stamps = chunks[chunks["wall_time"].notna() & chunks["t_s"].notna()]
    begin = 0
    if len(stamps):
        first = stamps.iloc[0]
        begin = first["wall_time"].as_unit("ns").value - round(first["t_s"] * 1e9)
    return begin, [begin + round(each * 1e9) for each in seconds]


def _attributes(recording: Recording, facts: Mapping[str, Any], operation: str) -> dict[str, Any]:
    provider = facts["provider"]
    answer_ids = recording.chunks["id"].dropna()
    is_json = str(plain(recording.requests["response_format"].iloc[0]) or "").startswith("json")
    reasons = [plain(each) or "error" for each in recording.choices["finish_reason"]]
    return {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": _PROVIDERS.get(provider, provider) if provider else None,
        **request_attributes(recording, facts),
        "gen_ai.output.type": "json" if is_json else None,
        "gen_ai.response.id": answer_ids.iloc[0] if len(answer_ids) else None,
        "gen_ai.response.model": facts["model_served"],
        "gen_ai.response.finish_reasons": reasons or None,
        "gen_ai.response.time_to_first_chunk": facts["ttfc_s"] if facts["streaming"] else None,
        **_usage(recording, facts),
        "http.response.status_code": facts["status"],
        "recexplore.recording": facts["recording"],
        "recexplore.test_id": facts["test_id"],
        "recexplore.clock": facts["clock"],
        "recexplore.request_hash": facts["request_hash"],
        "recexplore.tool_calls": [plain(each) or "" for each in recording.tool_calls["name"]] or None,
    }


def _usage(recording: Recording, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What was reported last; input with what was cached, output with the reasoning, as the conventions count."""
    prompt, completion = facts["prompt_tokens"], facts["completion_tokens"]
    cached, written, reasoning = (facts[f"{name}_tokens"] for name in ("cached", "cache_write", "reasoning"))
    usage = recording.usage
    if len(usage):
        last = usage.iloc[-1]
        if prompt is not None and plain(last["prompt_includes_cached"]) is False:
            prompt += (cached or 0) + (written or 0)
        if completion is not None and plain(last["completion_includes_reasoning"]) is False:
            completion += reasoning or 0
    return {
        "gen_ai.usage.input_tokens": prompt,
        "gen_ai.usage.output_tokens": completion,
        "gen_ai.usage.cache_read.input_tokens": cached,
        "gen_ai.usage.cache_write.input_tokens": written,
        "gen_ai.usage.reasoning.output_tokens": reasoning,
    }


def _chunk_events(recording: Recording, times_ns: list[int]) -> Iterator[dict[str, Any]]:
    """An event a chunk: which choices it was about, and what kinds of things it brought; the conventions have none."""
    events = recording.events
    kinds: dict[int, dict[str, None]] = {}
    choices: dict[int, dict[int, None]] = {}
    for chunk, kind, choice in zip(
        events["chunk"].tolist(), events["kind"].tolist(), map(plain, events["choice"].tolist()), strict=True
    ):
        kinds.setdefault(chunk, {})[kind] = None
        if choice is not None:
            choices.setdefault(chunk, {})[choice] = None
    for row in records(recording.chunks[["chunk", "t_s", "bytes"]]):
        number = row["chunk"]
        said = {
            "recexplore.chunk.index": number,
            "recexplore.chunk.kinds": list(kinds.get(number, ())) or None,
            "recexplore.chunk.choices": list(choices.get(number, ())) or None,
            "recexplore.chunk.bytes": row["bytes"],
        }
        yield {
            "timeUnixNano": str(times_ns[number]),
            "name": "recexplore.chunk",
            "attributes": attributes_of(said),
        }


def _finding_events(
    findings: pd.DataFrame | None, times_ns: list[int], begin_ns: int, *, content: bool
) -> Iterator[dict[str, Any]]:
    for row in records(findings) if findings is not None else ():
        chunk = row["chunk"]
        said = {
            f"recexplore.finding.{name}": row[name] for name in ("rule", "severity", "chunk", "last_chunk", "choice")
        }
        if content:
            said |= {f"recexplore.finding.{name}": row[name] for name in ("message", "evidence")}
        yield {
            "timeUnixNano": str(begin_ns if chunk is None else times_ns[chunk]),
            "name": "recexplore.finding",
            "attributes": attributes_of(said),
        }
