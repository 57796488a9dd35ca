"""Gemini ``generateContent`` and ``streamGenerateContent``, of Google AI and Vertex, as JSON or as the SDK's own objects.

Takes responses with ``candidates``, gives events; a candidate is a choice. Fields are read in both spellings, the API's
``finishReason`` and the Python SDK's ``finish_reason``. Source of the fields:
https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse.

Function calls come whole, one a part, or grow from part to part (``partialArgs``, ``willContinue``); nobody numbers them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.dialects.gemini.calls import Calls
from recexplore.read.dialects.gemini.candidates import Candidate, snake
from recexplore.read.dialects.gemini.enum_names import named_feedback
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import UsageFields, confidence, is_index, objects, other_fields, share
from recexplore.read.extract.next_answer import Said, next_answers
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

USAGE: Final = UsageFields(
    prompt_includes_cached=True,
    completion_includes_reasoning=False,
    paths={
        "prompt": ((("prompt_token_count",),),),
        "completion": ((("candidates_token_count",),),),
        "total": ((("total_token_count",),),),
        "cached": ((("cached_content_token_count",),),),
        "reasoning": ((("thoughts_token_count",),),),
    },
)

_ENDPOINTS: Final = ("enerateContent", "generate_content", "generate_content_stream")
_CHUNK: Final = frozenset(
    ["candidates", "usage_metadata", "model_version", "response_id", "prompt_feedback", "error", "object"]
)
_TELLING: Final = frozenset(["candidates", "promptFeedback", "prompt_feedback"])
_USAGE: Final = frozenset(["usageMetadata", "usage_metadata"])


def sniff(exchange: Exchange) -> float:
    """Usage alone tells nothing: a cache that was made reports it, too."""
    endpoint = exchange.endpoint
    is_answer = endpoint is None or endpoint.endswith(_ENDPOINTS) or share(exchange.chunks, _tells)
    return confidence(exchange, _tells_or_counts if is_answer else _tells, _ENDPOINTS)


def _tells(chunk: dict[str, Json]) -> bool:
    return not _TELLING.isdisjoint(chunk)


def _tells_or_counts(chunk: dict[str, Json]) -> bool:
    return _tells(chunk) or not _USAGE.isdisjoint(chunk)


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    calls = Calls(columns)
    reports = [(row, _chunk(snake(chunk), row, columns, calls)) for row, chunk in objects(chunks, rows, columns)]
    calls.end_all()
    # Every chunk reports usage: together they cost less to read.
    emit.usage(columns, [row for row, _ in reports], [report for _, report in reports], USAGE, "usageMetadata")


def _chunk(chunk: dict[str, Json], row: int, columns: Columns, calls: Calls) -> dict[str, Json] | None:
    """Everything that a chunk says, except its usage report, which is given back."""
    candidates = chunk.get("candidates") or []
    extra = other_fields(chunk, _CHUNK)
    usage = chunk.get("usage_metadata")
    report = _report(usage) if type(usage) is dict else None
    if report is None and usage:
        extra["usage_metadata"] = usage
    emit.chunk(
        columns,
        row,
        n_choices=len(candidates) if type(candidates) is list else 0,
        extra=extra,
        id=chunk.get("response_id"),
        model=chunk.get("model_version"),
    )
    if type(candidates) is list:
        for place, candidate in enumerate(candidates):
            if type(candidate) is dict:
                Candidate(snake(candidate), place, row, columns, calls).read()
            else:
                emit.malformed(columns, row, "a candidate", "an object", candidate)
    else:
        emit.malformed(columns, row, "`candidates`", "a list", candidates)
    if feedback := chunk.get("prompt_feedback"):
        named = named_feedback(feedback, columns.provider(row))
        extra_text = to_json_text({"prompt_feedback": feedback}) if named != feedback else None
        emit.event(columns, "filter", row, to_json_text(named), choice=None, extra=extra_text)
    if chunk.get("error"):
        emit.event(columns, "error", row, to_json_text(chunk["error"]), choice=None)
    return report


def _report(usage: dict[str, Json]) -> dict[str, Json] | None:
    """The report; None where it says nothing of tokens."""
    report = snake(usage)
    return report if any(name.endswith("_count") and type(each) is int for name, each in report.items()) else None


def _said(chunk: dict[str, Json]) -> Said | None:
    """What a chunk says of its answer, for files that hold several."""
    said = snake(chunk)
    candidates = said.get("candidates")
    if type(candidates) is not list:
        return None
    own = [(place, snake(each)) for place, each in enumerate(candidates) if type(each) is dict]
    numbers = [each["index"] if is_index(each.get("index")) else place for place, each in own]
    finished = (number for number, (_, each) in zip(numbers, own, strict=True) if each.get("finish_reason"))
    return Said(frozenset(numbers), frozenset(finished), any(each.get("content") for _, each in own))


DIALECT: Final = Dialect(
    "gemini",
    "Gemini generateContent",
    sniff,
    extract,
    endpoints=_ENDPOINTS,
    traits=frozenset(
        {
            Trait.GENERATES,
            Trait.NUMBERS_CHOICES,
            Trait.REPORTS_USAGE,
            Trait.FINISH_IN_EVERY_CHUNK,
            Trait.THOUGHTS_IN_TOTAL_ALONE,
        }
    ),
    finish_reasons={
        "STOP": "stop",
        "MAX_TOKENS": "length",
        **dict.fromkeys(
            (
                "SAFETY",
                "RECITATION",
                "BLOCKLIST",
                "PROHIBITED_CONTENT",
                "SPII",
                "LANGUAGE",
                "MODEL_ARMOR",
                "IMAGE_SAFETY",
                "IMAGE_PROHIBITED_CONTENT",
                "IMAGE_RECITATION",
            ),
            "filter",
        ),
        **dict.fromkeys(("MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL"), "malformed"),
        **dict.fromkeys(
            (
                "FINISH_REASON_UNSPECIFIED",
                "IMAGE_OTHER",
                "MISSING_THOUGHT_SIGNATURE",
                "NO_IMAGE",
                "OTHER",
                "TOO_MANY_TOOL_CALLS",
            ),
            "other",
        ),
    },
    usage=USAGE,
    request=RequestFields(
        settings=("generationConfig", "generation_config", "config"),
        max_tokens=("maxOutputTokens", "max_output_tokens"),
        stop=("stopSequences", "stop_sequences"),
        logprobs=("responseLogprobs",),
        n=("candidateCount", "candidate_count"),
        tool_choice=tuple(
            (config, choice)
            for config in ("toolConfig", "tool_config", "config")
            for choice in ("functionCallingConfig", "function_calling_config")
        ),
        media_type=("responseMimeType", "response_mime_type"),
        response_schema=("responseSchema", "response_schema", "responseJsonSchema", "response_json_schema"),
        tools=(("tools",),),
        tool_groups=("functionDeclarations", "function_declarations"),
        tool_schemas=("parameters", "parametersJsonSchema", "parameters_json_schema"),
        reasoning=tuple(
            (config, thinking, budget)
            for config in ("generationConfig", "generation_config", "config")
            for thinking, budget in (("thinkingConfig", "thinkingBudget"), ("thinking_config", "thinking_budget"))
        ),
        instructions=tuple(
            (*outer, name) for outer in ((), ("config",)) for name in ("systemInstruction", "system_instruction")
        ),
        parts=(
            ("thought", "reasoning"),
            ("text", "text"),
            ("functionCall", "tool_call"),
            ("function_call", "tool_call"),
            ("executableCode", "tool_call"),
            ("executable_code", "tool_call"),
            ("functionResponse", "tool_result"),
            ("function_response", "tool_result"),
            ("codeExecutionResult", "tool_result"),
            ("code_execution_result", "tool_result"),
            ("inlineData", "file"),
            ("inline_data", "file"),
            ("fileData", "file"),
            ("file_data", "file"),
        ),
        messages=("contents",),
        model=("model",),
        labels=("labels",),
        streamed_paths=((":streamGenerateContent", ":generateContent"),),
        conversation_ids=("id",),
        seals=(
            ("thoughtSignature",),
            ("thought_signature",),
        ),
    ),
    answer_fields=(
        "candidates.0.content",
        "candidates.0.finishReason",
        "candidates.0.finish_reason",
        "candidates usageMetadata",
        "candidates usage_metadata",
        "promptFeedback.blockReason",
    ),
    next_answers=partial(next_answers, read=_said, id_fields=("responseId", "response_id")),
    model_in_path=r"/models/([^/:]+)(?::|$)",
    hosts={
        "generativelanguage.googleapis.com": "gemini",
        # Vertex answers at a host for the world, one a region, and one for several regions.
        "aiplatform.googleapis.com": "vertexai",
        "*-aiplatform.googleapis.com": "vertexai",
        "aiplatform.*.rep.googleapis.com": "vertexai",
    },
)
