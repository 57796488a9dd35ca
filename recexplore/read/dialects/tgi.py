"""Text Generation Inference's own API, streamed and whole, of its servers and of Hugging Face's inference endpoints.

Takes events with a ``token``, a whole answer with its ``generated_text``, or a list of whole ones; gives events of choice 0,
and of further choices for the other answers of a list and of ``best_of``. Source of the fields:
https://huggingface.github.io/text-generation-inference/. Chat completions of the same servers are chat's.

Special tokens are no text of the answer, as in the API's own ``generated_text``: each is an ``empty`` event with its JSON.
So is the ``generated_text`` that a stream repeats at its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import (
    UsageFields,
    is_index,
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
    paths={"prompt": ((("input_length",),),), "completion": ((("generated_tokens",),),)},
)

_ENDPOINTS: Final = ("/generate", "/generate_stream", "/invocations")
_STREAM: Final = frozenset(["index", "token", "top_tokens", "generated_text", "details", "error", "error_type"])
_COUNTS: Final = ("generated_tokens", "input_length")
_TOKENS: Final = ("prefill", "tokens", "top_tokens")
_DETAILS: Final = frozenset([*_COUNTS, *_TOKENS, "finish_reason", "best_of_sequences"])


def sniff(exchange: Exchange) -> float:
    chunks = [each for chunk in exchange.chunks for each in _answers(chunk) or [chunk]]
    if belonging := share(chunks, _belongs):
        return belonging
    path = exchange.endpoint or "/"
    asked = path == "/" or path.endswith(_ENDPOINTS)
    return 0.6 if asked and share(chunks, lambda chunk: {"error", "error_type"} <= chunk.keys()) else 0.0


def _belongs(chunk: dict[str, Json]) -> bool:
    token = chunk.get("token")
    is_token = type(token) is dict and "text" in token and "choices" not in chunk
    return is_token or _is_whole(chunk)


def _is_whole(answer: Json) -> bool:
    return type(answer) is dict and "generated_text" in answer and answer.keys().isdisjoint({"token", "choices"})


def _answers(chunk: Json) -> list[dict[str, Json]]:
    """The answers of a list of them: one a prompt, or a list of several for each; none where it holds anything else."""
    parts = [each for part in chunk for each in (part if type(part) is list else [part])] if type(chunk) is list else []
    return parts if all(map(_is_whole, parts)) else []


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    for row, chunk in zip(rows, chunks, strict=True):
        if answers := _answers(chunk) or [chunk] * _is_whole(chunk):
            _whole(answers, row, columns)
        else:
            for _, event in objects([chunk], [row], columns):
                _event(event, row, columns)


def _event(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    """One event of a stream: a token, with the last one how it ended, or an error."""
    index = chunk.get("index")
    place = {} if index is None or is_index(index) else {"index": index}
    emit.chunk(
        columns,
        row,
        n_choices=int("token" in chunk),
        extra=place | other_fields(chunk, _STREAM),
        sequence=index if is_index(index) else None,
    )
    if "token" in chunk:
        _token(chunk["token"], row, columns)
    if chunk.get("top_tokens"):
        emit.event(columns, "logprobs", row, to_json_text({"top_tokens": chunk["top_tokens"]}))
    if chunk.get("generated_text") is not None:
        emit.event(columns, "empty", row, to_json_text({"generated_text": chunk["generated_text"]}))
    if chunk.get("generated_text") is not None or chunk.get("details") is not None:
        _end(_object(chunk.get("details"), "`details`", row, columns), {}, 0, row, columns)
    if error := {key: chunk[key] for key in ("error", "error_type") if chunk.get(key) is not None}:
        emit.event(columns, "error", row, to_json_text(error), choice=None)


def _token(token: Json, row: int, columns: Columns) -> None:
    if type(token) is not dict:
        emit.malformed(columns, row, "`token`", "an object", token, 0)
        return
    text, logprob = text_in(columns, row, token.get("text"), "`text`", 0), joint_logprob([token])
    if not text or token.get("special") is True:
        emit.event(columns, "empty", row, to_json_text(token))
        return
    read = {"text"} | ({"logprob"} if logprob is not None else set())
    read |= {"special"} if token.get("special") is False else set()
    rest = other_fields(token, read)
    emit.event(columns, "content", row, text, logprob=logprob, extra=to_json_text(rest) if rest else None)


def _whole(answers: Sequence[dict[str, Json]], row: int, columns: Columns) -> None:
    sequences = list(_sequences(answers, row, columns))
    emit.chunk(columns, row, n_choices=len(sequences))
    for choice, (text, details, beside) in enumerate(sequences):
        if said := text_in(columns, row, text, "`generated_text`", choice):
            logprob = joint_logprob(_spoken(details.get("tokens")))
            emit.event(columns, "content", row, said, choice=choice, logprob=logprob)
        if tokens := {name: details[name] for name in _TOKENS if details.get(name)}:
            emit.event(columns, "logprobs", row, to_json_text(tokens), choice=choice)
        _end(details, beside, choice, row, columns)


def _sequences(
    answers: Sequence[dict[str, Json]], row: int, columns: Columns
) -> Iterator[tuple[Json, dict[str, Json], dict[str, Json]]]:
    """Text, details, and what stood beside them: of each answer, then of those that it was found better than."""
    for answer in answers:
        details = _object(answer.get("details"), "`details`", row, columns)
        yield answer["generated_text"], details, other_fields(answer, {"generated_text", "details"})
        for each in items_in(columns, row, details.get("best_of_sequences"), "`best_of_sequences`"):
            other = _object(each, "one of `best_of_sequences`", row, columns)
            yield other.get("generated_text"), other_fields(other, {"generated_text"}), {}


def _object(value: Json, what: str, row: int, columns: Columns) -> dict[str, Json]:
    """An object, empty where there is none; what is no object is kept as it is."""
    if type(value) is dict:
        return value
    if value is not None:
        emit.malformed(columns, row, what, "an object", value, 0)
    return {}


def _spoken(tokens: Json) -> Json:
    """The tokens whose text is part of the answer."""
    if type(tokens) is not list:
        return None
    return [token for token in tokens if type(token) is not dict or token.get("special") is not True]


def _end(details: dict[str, Json], beside: dict[str, Json], choice: int, row: int, columns: Columns) -> None:
    """Why it ended, where details were asked for, and what it cost."""
    reason = text_in(columns, row, details.get("finish_reason"), "`finish_reason`", choice)
    rest = other_fields(details, _DETAILS)
    extra = beside | ({"details": rest} if rest else {})
    emit.event(
        columns,
        "finish",
        row,
        choice=choice,
        finish_reason=reason or None,
        extra=to_json_text(extra) if extra else None,
    )
    report = {name: details[name] for name in _COUNTS if details.get(name) is not None}
    emit.usage(columns, [row], [report], USAGE, "details", choices=[choice])


def _ends_answer(chunk: dict[str, Json]) -> bool:
    return type(chunk.get("generated_text")) is str and "choices" not in chunk


DIALECT: Final = Dialect(
    "tgi",
    "Text Generation Inference",
    sniff,
    extract,
    endpoints=_ENDPOINTS,
    traits=frozenset({Trait.GENERATES, Trait.REPORTS_USAGE, Trait.RAW_PROMPT}),
    finish_reasons={"eos_token": "stop", "stop_sequence": "sequence", "length": "length"},
    usage=USAGE,
    request=RequestFields(
        settings=("parameters",),
        max_tokens=("max_new_tokens",),
        stream=(("stream",),),
        json_format=(("parameters", "grammar", "type"),),
        json_schema=(("parameters", "grammar", "value"),),
        stop=("stop", "stop_sequences"),
        passes_stop=("return_full_text",),
        messages=("inputs",),
    ),
    answer_fields=("token.text generated_text", "token.text details", "generated_text details"),
    ends_answer=_ends_answer,
    end_fields=frozenset(["generated_text"]),
    model_in_path=r"^(?:/hf-inference)?/models/([^/]+/[^/]+)(?:/v1/|$)",
    hosts={"api-inference.huggingface.co": "huggingface", "*.endpoints.huggingface.cloud": "huggingface"},
)
