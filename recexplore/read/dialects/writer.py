"""Writer's own API: text generation, no-code agents and questions to Knowledge Graphs, streamed and whole.

Takes whole answers or the data of the stream's events, gives events; what an answer says stands in one of a few fields
(``value``, ``choices``, ``answer``, ``suggestion``, ``delta``), each with its reader. Answers name no reason for their end
and report no usage, and a stream ends with the connection. Writer's chat has OpenAI's shape: that is `openai_chat`'s.
Source of the fields: https://dev.writer.com/home/streaming, https://dev.writer.com/home/text-generation,
https://dev.writer.com/home/applications and https://dev.writer.com/home/kg-query.

Most of these fields are anybody's: a chunk is Writer's only where it was asked for at Writer, or at a path like Writer's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import items_in, joint_logprob, objects, other_fields, share, text_in
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

_HOST: Final = "api.writer.com"
_ENDPOINTS: Final = ("/completions", "/graphs/question")
_AGENTS: Final = "/applications/"
_PATHS: Final = {"value": "/completions", "answer": "/graphs/question", "suggestion": _AGENTS, "delta": _AGENTS}
"""Where answers say so; others say the same under other paths."""
_UNASKED: Final = 0.3
"""How sure it is of pieces of text where no request was recorded."""
_CHOICE: Final = frozenset(["text", "log_probs"])
_DELTA: Final = frozenset(["content", "stages", "title"])


def sniff(exchange: Exchange) -> float:
    place = f"{exchange.url or ''} {exchange.endpoint or ''}"
    unasked = 0.0 if place.strip() else _UNASKED * share(exchange.chunks, _is_piece)
    return share(exchange.chunks, lambda chunk: _belongs(chunk, place)) or unasked


def _belongs(chunk: dict[str, Json], place: str) -> bool:
    if _is_refusal(chunk):
        return _HOST in place
    choices = chunk.get("choices")
    if type(choices) is list and choices and type(choices[0]) is dict:
        return "log_probs" in choices[0] or (_HOST in place and choices[0].keys() <= _CHOICE)
    # The reference wraps the pieces of a graph's answer in `data`, the server does not.
    said = chunk["data"] if type(chunk.get("data")) is dict else chunk
    return any(field in said and path in place for field, path in _PATHS.items())


def _is_piece(chunk: dict[str, Json]) -> bool:
    return chunk.keys() == {"value"} and type(chunk["value"]) is str


def _is_refusal(chunk: dict[str, Json]) -> bool:
    return "errors" in chunk and "tpe" in chunk


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    for row, chunk in objects(chunks, rows, columns):
        said = chunk["data"] if type(chunk.get("data")) is dict else chunk
        known = [field for field in _FIELDS if said.get(field) is not None]
        extra = other_fields(said, _FIELDS.keys() | {"model", "errors"})
        if said is not chunk and (rest := other_fields(chunk, {"data"})):
            extra["beside"] = rest
        emit.chunk(columns, row, n_choices=int(bool(known)), extra=extra, model=said.get("model"))
        for field in known:
            _FIELDS[field](field, said[field], row, columns)
        if said.get("errors"):
            emit.event(columns, "error", row, to_json_text(said["errors"]), choice=None)
        elif extra and not known:
            emit.event(columns, "unknown", row, to_json_text(extra), choice=None)


def _text(field: str, value: Json, row: int, columns: Columns) -> None:
    if text := text_in(columns, row, value, f"`{field}`"):
        emit.event(columns, "content", row, text)


def _choices(field: str, value: Json, row: int, columns: Columns) -> None:
    for place, choice in enumerate(items_in(columns, row, value, f"`{field}`")):
        if type(choice) is not dict:
            emit.malformed(columns, row, "a choice", "an object", choice, place)
            continue
        tokens = choice.get("log_probs")
        logprob = joint_logprob(tokens.get("content") if type(tokens) is dict else None)
        emit.text(columns, "content", row, choice, "text", {"log_probs"}, choice=place, place=place, logprob=logprob)
        if tokens:
            emit.event(columns, "logprobs", row, to_json_text(tokens), choice=place, place=place)


def _delta(field: str, value: Json, row: int, columns: Columns) -> None:
    """What is new of a research agent's answer; its stages show how it thinks."""
    if type(value) is not dict:
        emit.malformed(columns, row, f"`{field}`", "an object", value, 0)
        return
    for stage in items_in(columns, row, value.get("stages"), "`stages`"):
        if type(stage) is not dict:
            emit.malformed(columns, row, "a stage", "an object", stage, 0)
            continue
        emit.text(columns, "reasoning", row, stage, "content", {"sources"})
        _sources("sources", stage.get("sources"), row, columns)
    emit.text(columns, "content", row, value, "content", _DELTA - {"title"})


def _sources(field: str, value: Json, row: int, columns: Columns) -> None:
    for source in items_in(columns, row, value, f"`{field}`"):
        if source is not None:
            emit.event(columns, "citation", row, to_json_text(source))


def _aside(field: str, value: Json, row: int, columns: Columns) -> None:
    if value not in ("", []):
        emit.event(columns, "annotation", row, to_json_text({field: value}))


_Reader: TypeAlias = Callable[[str, Json, int, Columns], None]

_FIELDS: Final[dict[str, _Reader]] = {
    "value": _text,
    "choices": _choices,
    "suggestion": _text,
    "delta": _delta,
    "answer": _text,
    "sources": _sources,
    "references": _aside,
    "subqueries": _aside,
    "title": _aside,
}


DIALECT: Final = Dialect(
    "writer",
    "Writer's own API",
    sniff,
    extract,
    endpoints=_ENDPOINTS,
    traits=frozenset({Trait.GENERATES, Trait.NO_FINISH}),
    request=RequestFields(
        max_tokens=("max_tokens",),
        stop=("stop",),
        stream=(("stream",),),
        messages=("prompt", "question"),
        model=("model",),
    ),
    answer_fields=("choices.0.log_probs model",),
    hosts={_HOST: "writer"},
)
