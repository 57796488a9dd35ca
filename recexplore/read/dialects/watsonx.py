"""IBM watsonx text generation, streamed and whole: ``results`` that hold ``generated_text``.

Takes whole answers or the data of the stream's events, gives events; each result is a choice. Source of the fields:
https://cloud.ibm.com/apidocs/watsonx-ai#text-generation. Its chat has OpenAI's shape: that is `openai_chat`'s.

Every event of a stream reports how many tokens were generated so far, and the first one alone those of the input: the zeros
that follow are no counts, and stand with the event. The stamp of each event is the recording's clock
(`recexplore.read.exchange.server_clock`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import FinishMeaning, Trait
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import (
    UsageFields,
    is_stamp,
    items_in,
    joint_logprob,
    objects,
    other_fields,
    share,
    text_in,
)
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

USAGE: Final = UsageFields(
    prompt_includes_cached=True,
    completion_includes_reasoning=True,
    paths={"prompt": ((("input_token_count",),),), "completion": ((("generated_token_count",),),)},
)

_ENDPOINTS: Final = ("/text/generation", "/text/generation_stream", "/generation/text", "/generation/text_stream")
"""As it is, and before there was a version 1."""
_REFUSING: Final = (*_ENDPOINTS, "/text/chat", "/text/chat_stream")
"""Where watsonx answers with its own errors, whatever format was asked for."""
_CHUNK: Final = frozenset(["results", "model_id", "created_at", "id", "errors"])
_COUNTS: Final = ("generated_token_count", "input_token_count")
_TOKENS: Final = ("generated_tokens", "input_tokens")
_RESULT: Final = frozenset(["stop_reason", "moderations", *_COUNTS, *_TOKENS])
_GOES_ON: Final = "not_finished"

_STOP_REASONS: Final[dict[str, FinishMeaning]] = {
    "eos_token": "stop",
    "stop_sequence": "sequence",
    "max_tokens": "length",
    "token_limit": "length",
    "time_limit": "other",
    "cancelled": "other",
    "error": "failed",
}


def sniff(exchange: Exchange) -> float:
    asked = (exchange.endpoint or "").endswith(_REFUSING)
    refused = 0.6 if asked and share(exchange.chunks, lambda chunk: "errors" in chunk) else 0.0
    return share(exchange.chunks, _belongs) or refused


def _belongs(chunk: dict[str, Json]) -> bool:
    results = chunk.get("results")
    first = results[0] if type(results) is list and results else None
    return type(first) is dict and "generated_text" in first


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    for row, chunk in objects(chunks, rows, columns):
        results = items_in(columns, row, chunk.get("results"), "`results`")
        extra = other_fields(chunk, _CHUNK)
        if not is_stamp(chunk.get("created_at")):
            extra |= other_fields({"created_at": chunk.get("created_at")}, set())
        emit.chunk(columns, row, n_choices=len(results), extra=extra, id=chunk.get("id"), model=chunk.get("model_id"))
        for place, result in enumerate(results):
            if type(result) is dict:
                _result(result, place, row, columns)
            else:
                emit.malformed(columns, row, "a result", "an object", result, place)
        if chunk.get("errors"):
            emit.event(columns, "error", row, to_json_text(chunk["errors"]), choice=None)
        elif extra and "results" not in chunk:
            emit.event(columns, "unknown", row, to_json_text(extra), choice=None)


def _result(result: dict[str, Json], place: int, row: int, columns: Columns) -> None:
    logprob = joint_logprob(result.get("generated_tokens"))
    emit.text(columns, "content", row, result, "generated_text", _RESULT, choice=place, place=place, logprob=logprob)
    if tokens := {field: result[field] for field in _TOKENS if result.get(field)}:
        emit.event(columns, "logprobs", row, to_json_text(tokens), choice=place, place=place)
    if result.get("moderations"):
        emit.event(columns, "filter", row, to_json_text(result["moderations"]), choice=place, place=place)
    reason = text_in(columns, row, result.get("stop_reason"), "`stop_reason`", place)
    if reason and reason.lower() != _GOES_ON:
        emit.event(columns, "finish", row, choice=place, place=place, finish_reason=reason)
    counts = {field: result[field] for field in _COUNTS if result.get(field) is not None}
    uncounted = {"input_token_count": 0} if counts.get("input_token_count") == 0 else {}
    report = other_fields(counts, uncounted.keys())
    beside = to_json_text(uncounted) if uncounted else None
    emit.usage(columns, [row], [report], USAGE, "results", choices=[place], beside=[beside])


def _ends_answer(chunk: dict[str, Json]) -> bool:
    """Whether it is a whole answer. A stream's last result ends nothing: an event of nothing may come behind it."""
    results: list[Json] = chunk["results"] if _belongs(chunk) else []
    return bool(results) and all(type(each) is dict and _is_whole(each) for each in results)


def _is_whole(result: dict[str, Json]) -> bool:
    """Only a whole result both counts the input and says why it ended."""
    return bool(result.get("input_token_count")) and str(result.get("stop_reason", _GOES_ON)).lower() != _GOES_ON


DIALECT: Final = Dialect(
    "watsonx",
    "watsonx text generation",
    sniff,
    extract,
    endpoints=_ENDPOINTS,
    traits=frozenset({Trait.GENERATES, Trait.PATH_TELLS_FORMAT, Trait.REPORTS_USAGE}),
    # Older answers have them in capitals: the reference asks to compare them without case.
    finish_reasons={reason: meaning for name, meaning in _STOP_REASONS.items() for reason in (name, name.upper())},
    usage=USAGE,
    request=RequestFields(
        settings=("parameters",),
        max_tokens=("max_new_tokens",),
        stop=("stop_sequences",),
        passes_stop=("min_new_tokens",),
        tool_choice=(("tool_choice_option",),),
        messages=("input",),
        model=("model_id",),
        labels=("project_id", "space_id"),
        conversation_ids=("id", "tool_call_id"),
    ),
    answer_fields=("results.0.generated_text",),
    ends_answer=_ends_answer,
    end_fields=frozenset(["results"]),
    stamps=("created_at",),
)
