"""Gemini ``generateContent`` and ``streamGenerateContent``, of Google AI and Vertex, as JSON or as the SDK's own objects.

Takes responses with ``candidates``, gives events; a candidate is a choice. Fields are read in both spellings, the API's
``finishReason`` and the Python SDK's ``finish_reason``. Source of the fields:
https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse.

Function calls come whole, one a part, unnumbered: each is a tool call of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import UsageFields, confidence, is_index, items_in, objects, other_fields, text_in
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
_TELLING: Final = frozenset(["candidates", "usageMetadata", "usage_metadata", "promptFeedback", "prompt_feedback"])
_CANDIDATE: Final = frozenset(["content", "index", "finish_reason", "finish_message"])
_SNAKE: Final = re.compile(r"(?<=[a-z0-9])([A-Z])")


def sniff(exchange: Exchange) -> float:
    return confidence(exchange, lambda chunk: not _TELLING.isdisjoint(chunk), _ENDPOINTS)


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    reports = [(row, _chunk(_snake(chunk), row, columns)) for row, chunk in objects(chunks, rows, columns)]
    # Every chunk reports usage: together they cost less to read.
    emit.usage(columns, [row for row, _ in reports], [report for _, report in reports], USAGE, "usageMetadata")


@lru_cache(maxsize=1024)
def _snake_name(name: str) -> str:
    return _SNAKE.sub(r"_\1", name).lower()


def _snake(fields: dict[str, Json]) -> dict[str, Json]:
    """The fields by the SDK's names; one that is there in both spellings keeps its own beside."""
    found: dict[str, Json] = {}
    for name, value in fields.items():
        snake = _snake_name(name)
        found[f"{name} (again)" if snake in found else snake] = value
    return found


def _chunk(chunk: dict[str, Json], row: int, columns: Columns) -> dict[str, Json] | None:
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
                _Candidate(_snake(candidate), place, row, columns).read()
            else:
                emit.malformed(columns, row, "a candidate", "an object", candidate)
    else:
        emit.malformed(columns, row, "`candidates`", "a list", candidates)
    if chunk.get("prompt_feedback"):
        emit.event(columns, "filter", row, to_json_text(chunk["prompt_feedback"]), choice=None)
    if chunk.get("error"):
        emit.event(columns, "error", row, to_json_text(chunk["error"]), choice=None)
    return report


def _report(usage: dict[str, Json]) -> dict[str, Json] | None:
    """The report; None where it says nothing of tokens."""
    report = _snake(usage)
    return report if any(name.endswith("_count") and type(each) is int for name, each in report.items()) else None


class _Candidate:
    """One answer in one chunk."""

    def __init__(self, said: dict[str, Json], place: int, row: int, columns: Columns) -> None:
        index = said.get("index")
        self.choice = index if is_index(index) else place
        self.said, self.place, self.row, self.columns = said, place, row, columns

    def say(self, kind: str, text: str | None = None, **cells: Any) -> None:
        emit.event(self.columns, kind, self.row, text, choice=self.choice, place=self.place, **cells)

    def read(self) -> None:
        content = self.said.get("content") or {}
        if type(content) is not dict:
            content = {"parts": [content]}
        beside = {"choice": self.choice, "place": self.place}
        emit.text(self.columns, "role", self.row, content, "role", {"parts"}, **beside)
        for part in items_in(self.columns, self.row, content.get("parts"), "`parts`", self.choice):
            if type(part) is dict:
                self._part(_snake(part))
            else:
                emit.malformed(self.columns, self.row, "a part", "an object", part, self.choice)
        for field, kind in _BESIDE.items():
            if self.said.get(field):
                self.say(kind, to_json_text({field: self.said[field]}))
        self._finish()

    def _finish(self) -> None:
        reason = self.said.get("finish_reason")
        extra = other_fields(self.said, _CANDIDATE | _BESIDE.keys())
        if self.said.get("finish_message"):
            extra["finish_message"] = self.said["finish_message"]
        if reason:
            text = reason if type(reason) is str else to_json_text(reason)
            self.say("finish", finish_reason=text, extra=to_json_text(extra) if extra else None)
        elif extra:
            self.say("annotation", to_json_text(extra))

    def _part(self, part: dict[str, Json]) -> None:
        if part.get("text") == "" and any(part.get(field) is not None for field in _PARTS if field != "text"):
            part = {name: value for name, value in part.items() if name != "text"}
        for field, reader in _PARTS.items():
            if part.get(field) is not None:
                reader(self, part, field, other_fields(part, {field, "thought"}))
                return
        signed = other_fields(part, {"thought"})
        if signed:
            self.say("annotation" if "thought_signature" in signed else "unknown", to_json_text(signed))

    def _text(self, part: dict[str, Json], field: str, rest: dict[str, Json]) -> None:
        text = text_in(self.columns, self.row, part[field], "`text` of a part", self.choice)
        extra = to_json_text(rest) if rest else None
        if text:
            self.say("reasoning" if part.get("thought") is True else "content", text, extra=extra)
        elif rest:
            self.say("annotation", extra)

    def _call(self, part: dict[str, Json], field: str, rest: dict[str, Json]) -> None:
        call = part[field] if type(part[field]) is dict else {"args": part[field]}
        rest |= other_fields(call, {"id", "name", "args"})
        given = call.get("args")
        self.say(
            "tool_call",
            given if type(given) is str else to_json_text({} if given is None else given),
            tool_call_id=call.get("id"),
            tool_name=call.get("name"),
            extra=to_json_text(rest) if rest else None,
        )

    def _server_call(self, part: dict[str, Json], field: str, rest: dict[str, Json]) -> None:
        """A tool that runs on the provider's side."""
        call = part[field]
        name = call.get("tool_type") or call.get("toolType") if type(call) is dict else None
        own = call.get("id") if type(call) is dict else None
        extra = to_json_text(rest) if rest else None
        self.say(
            "tool_call", to_json_text(call), tool_call_id=own, tool_name=name or field, tool_type=field, extra=extra
        )

    def _aside(self, part: dict[str, Json], field: str, rest: dict[str, Json]) -> None:
        self.say("annotation", to_json_text({field: part[field], **rest}))


_PartReader: TypeAlias = Callable[[_Candidate, dict[str, Json], str, dict[str, Json]], None]

_PARTS: Final[dict[str, _PartReader]] = {
    "text": _Candidate._text,
    "function_call": _Candidate._call,
    "executable_code": _Candidate._server_call,
    "tool_call": _Candidate._server_call,
    "function_response": _Candidate._aside,
    "code_execution_result": _Candidate._aside,
    "tool_response": _Candidate._aside,
    "inline_data": _Candidate._aside,
    "file_data": _Candidate._aside,
    "video_metadata": _Candidate._aside,
}
"""What a part is, told by the first of these fields that it has."""

_BESIDE: Final = {
    "safety_ratings": "filter",
    "citation_metadata": "citation",
    "grounding_metadata": "citation",
    "url_context_metadata": "annotation",
    "logprobs_result": "logprobs",
}


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
        messages=("contents",),
        model=("model",),
    ),
    answer_fields=("candidates",),
    model_in_path=r"/models/([^/:]+)(?::|$)",
    hosts={"generativelanguage.googleapis.com": "gemini", "aiplatform.googleapis.com": "vertexai"},
)
