"""OpenAI text completions, streamed and whole: ``choices`` that hold ``text``.

Takes chunks, gives events. Source of the fields: https://platform.openai.com/docs/api-reference/completions. Answers of
``/v1/completions`` that hold deltas are chat answers, whatever the endpoint says: they are `openai_chat`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect, Variant
from recexplore.read.extract.emit import (
    UsageFields,
    is_error,
    is_index,
    joint_logprob,
    objects,
    other_fields,
    share,
    text_in,
)
from recexplore.read.extract.next_answer import Said, next_answers
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

USAGE: Final = UsageFields(
    prompt_includes_cached=True,
    completion_includes_reasoning=True,
    paths={
        "prompt": ((("prompt_tokens",),),),
        "completion": ((("completion_tokens",),),),
        "total": ((("total_tokens",),),),
        "cached": ((("prompt_tokens_details", "cached_tokens"),),),
        "reasoning": ((("completion_tokens_details", "reasoning_tokens"),),),
    },
)

_ENDPOINT: Final = "/completions"
_CHUNK: Final = frozenset(
    ["id", "object", "model", "created", "system_fingerprint", "service_tier", "choices", "usage", "error"]
)
_CHOICE: Final = frozenset(["index", "text", "logprobs", "finish_reason"])
_OBJECTS: Final = ("text_completion", "completion")
_BARE: Final = 0.9
"""How sure it is where choices have a text and nothing else of these: others have answers like that."""


def sniff(exchange: Exchange) -> float:
    belonging = share(exchange.chunks, lambda chunk: _is_text(chunk) or _is_last(chunk))
    texts = [chunk["choices"][0] for chunk in exchange.chunks if type(chunk) is dict and _is_text(chunk)]
    if texts:
        return belonging * (1.0 if any(len(_CHOICE & choice.keys()) > 1 for choice in texts) else _BARE)
    asked = (exchange.endpoint or "").endswith(_ENDPOINT) and not (exchange.endpoint or "").endswith(
        "/chat/completions"
    )
    return 0.6 if asked and share(exchange.chunks, lambda chunk: "error" in chunk or _is_last(chunk)) else 0.0


def _is_text(chunk: dict[str, Json]) -> bool:
    choices = chunk.get("choices")
    if type(choices) is not list or not choices or type(choices[0]) is not dict:
        return False
    if "delta" in choices[0] or "message" in choices[0]:
        # Together sends a delta along.
        return type(chunk.get("object")) is str and chunk["object"].startswith(_OBJECTS) and "text" in choices[0]
    return "text" in choices[0]


def _said(chunk: dict[str, Json]) -> Said | None:
    """What a chunk says of its answer, for files that hold several."""
    if not _is_text(chunk):
        return None
    choices = [each for each in chunk["choices"] if type(each) is dict]
    numbers = [each["index"] if is_index(each.get("index")) else place for place, each in enumerate(choices)]
    finished = (number for number, each in zip(numbers, choices, strict=True) if each.get("finish_reason"))
    return Said(frozenset(numbers), frozenset(finished), any(each.get("text") for each in choices))


def _is_last(chunk: dict[str, Json]) -> bool:
    """The chunk that reports usage holds no choice."""
    return chunk.get("object") == "text_completion" or (chunk.get("choices") == [] and "usage" in chunk)


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    for row, chunk in objects(chunks, rows, columns):
        choices = chunk.get("choices") or []
        emit.chunk(
            columns,
            row,
            n_choices=len(choices) if type(choices) is list else 0,
            extra=other_fields(chunk, _CHUNK),
            id=chunk.get("id"),
            object=chunk.get("object"),
            model=chunk.get("model"),
            created=chunk.get("created"),
            fingerprint=chunk.get("system_fingerprint"),
            service_tier=chunk.get("service_tier"),
        )
        if type(choices) is list:
            for place, choice in enumerate(choices):
                _choice(choice, place, row, columns)
        else:
            emit.malformed(columns, row, "`choices`", "a list", choices)
        if chunk.get("error"):
            emit.event(columns, "error", row, to_json_text(chunk["error"]), choice=None)
        elif not choices and not chunk.get("usage") and (rest := other_fields(chunk, _CHUNK)):
            emit.event(columns, "error" if is_error(chunk) else "unknown", row, to_json_text(rest), choice=None)
        emit.usage(columns, [row], [chunk.get("usage")], USAGE, "usage")


def _choice(choice: Json, place: int, row: int, columns: Columns) -> None:
    if type(choice) is not dict:
        emit.malformed(columns, row, "a choice", "an object", choice)
        return
    index = choice.get("index")
    number = index if is_index(index) else place
    # DeepSeek at Amazon Bedrock; others say by it which text or token stopped them.
    reason_field = "finish_reason" if "finish_reason" in choice else "stop_reason"
    logprobs, reason = choice.get("logprobs"), choice.get(reason_field)
    # The very first token of an echoed prompt has none.
    values = logprobs.get("token_logprobs") if type(logprobs) is dict else None
    tokens = [{"logprob": value} for value in values] if type(values) is list else None
    rest = other_fields(choice, _CHOICE | {reason_field})
    extra = to_json_text(rest) if rest else None
    text = text_in(columns, row, choice.get("text"), "`text`", number)
    if text:
        emit.event(
            columns, "content", row, text, choice=number, place=place, logprob=joint_logprob(tokens), extra=extra
        )
    if logprobs:
        own = extra if not text and not reason else None
        emit.event(columns, "logprobs", row, to_json_text(logprobs), choice=number, place=place, extra=own)
    if reason:
        own = None if text else extra
        emit.event(columns, "finish", row, choice=number, place=place, finish_reason=str(reason), extra=own)
    if not (text or logprobs or reason):
        emit.event(columns, "unknown" if rest else "empty", row, extra, choice=number, place=place)


DIALECT: Final = Dialect(
    "openai_completions",
    "text completions",
    sniff,
    extract,
    endpoints=(_ENDPOINT,),
    traits=frozenset(
        {
            Trait.GENERATES,
            Trait.PATH_TELLS_FORMAT,
            Trait.NUMBERS_CHOICES,
            Trait.ONE_ID,
            Trait.ONE_CREATED,
            Trait.DONE_MARK,
            Trait.REPORTS_USAGE,
            Trait.USAGE_AT_END,
            Trait.NO_EMPTY_CHUNKS,
            Trait.TOKEN_LOGPROBS,
            Trait.RAW_PROMPT,
        }
    ),
    variants=(
        Variant(("ollama",), has=frozenset({Trait.PROMPT_LESS_CACHE}), lacks=frozenset({Trait.ONE_CREATED})),
        # Amazon's frames end with the connection.
        Variant(("/invoke-with-response-stream",), lacks=frozenset({Trait.DONE_MARK})),
    ),
    finish_reasons={
        "stop": "stop",
        "length": "length",
        "content_filter": "filter",
        # What servers of the format document on top of OpenAI's: Mistral, DeepSeek, Together, vLLM, SGLang.
        "model_length": "length",
        "insufficient_system_resource": "failed",
        "eos": "stop",
        "error": "failed",
        "abort": "failed",
    },
    # Text Generation Inference's own API has the first two, vLLM its engine.
    undocumented_reasons={"eos_token": "stop", "stop_sequence": "sequence", "repetition": "other"},
    usage=USAGE,
    request=RequestFields(
        max_tokens=("max_tokens",),
        stop=("stop",),
        passes_stop=("echo", "min_tokens"),
        logprobs=("logprobs",),
        n=("n",),
        stream=(("stream",),),
        include_usage=(("stream_options", "include_usage"),),
        continuous_usage=(("stream_options", "continuous_usage_stats"),),
        messages=("prompt",),
        model=("model",),
        labels=("user", "cache_salt", "request_id"),
    ),
    answer_fields=("choices.0.text object", "choices.0.text model", "choices.0.text choices.0.finish_reason"),
    next_answers=partial(next_answers, read=_said),
)
