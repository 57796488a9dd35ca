"""llama.cpp's own ``/completion`` and ``/infill``, streamed and whole.

Takes objects with ``content`` and the flag ``stop``, or a list of them for several prompts; gives events of the choice that
their ``index`` names. Source of the fields: https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md. Its
servers' other endpoints speak chat and text completions.

Only the last object of an answer counts tokens for all of it. Before there was ``stop_type``, a flag said why it ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import (
    UsageFields,
    confidence,
    is_index,
    joint_logprob,
    objects,
    other_fields,
    text_in,
)
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

USAGE: Final = UsageFields(
    prompt_includes_cached=True,
    completion_includes_reasoning=True,
    paths={
        "prompt": ((("tokens_evaluated",),),),
        "completion": ((("tokens_predicted",),),),
        "cached": ((("timings", "cache_n"),),),
    },
)

_ENDPOINTS: Final = ("/completion", "/infill")
_REPORT: Final = ("tokens_evaluated", "tokens_predicted", "tokens_cached", "timings")
_FLAGS: Final = ("stopped_eos", "stopped_word", "stopped_limit")
_READ: Final = frozenset(["content", "model", "completion_probabilities", "error"])
_READ_AT_END: Final = frozenset([*_REPORT, *_FLAGS, "stop_type", "stopping_word", "truncated"])


def sniff(exchange: Exchange) -> float:
    whole = [each for chunk in exchange.chunks for each in _answers(chunk)]
    return 1.0 if whole and len(exchange.chunks) == 1 else confidence(exchange, _belongs, _ENDPOINTS)


def _belongs(chunk: dict[str, Json]) -> bool:
    is_said = type(chunk.get("content")) is str and type(chunk.get("stop")) is bool
    return is_said and chunk.keys().isdisjoint({"type", "role", "choices"})


def _answers(chunk: Json) -> list[dict[str, Json]]:
    """The answers of a list of them, one a prompt; none where it holds anything else."""
    items = chunk if type(chunk) is list else []
    return items if all(type(each) is dict and _belongs(each) for each in items) else []


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    for row, chunk in zip(rows, chunks, strict=True):
        if answers := _answers(chunk):
            model = answers[0].get("model")
            emit.chunk(columns, row, n_choices=len(answers), model=model)
            for place, answer in enumerate(answers):
                _answer(answer, place, row, columns)
                other = {} if answer.get("model") == model else {"model": answer.get("model")}
                if rest := other | _rest(answer):
                    emit.event(columns, "annotation", row, to_json_text(rest), choice=_choice(answer, place))
            continue
        for _, said in objects([chunk], [row], columns):
            emit.chunk(columns, row, n_choices=int("content" in said), extra=_rest(said), model=said.get("model"))
            _answer(said, 0, row, columns)


def _rest(said: dict[str, Json]) -> dict[str, Json]:
    """What no event tells."""
    read = set(_READ) | (_READ_AT_END if said.get("stop") is True else set())
    read |= {"stop"} if type(said.get("stop")) is bool else set()
    read |= {"index"} if is_index(said.get("index")) else set()
    return other_fields(said, read)


def _choice(said: dict[str, Json], place: int) -> int:
    index = said.get("index")
    return index if type(index) is int and is_index(index) else place


def _answer(said: dict[str, Json], place: int, row: int, columns: Columns) -> None:
    choice, tokens = _choice(said, place), said.get("completion_probabilities")
    if text := text_in(columns, row, said.get("content"), "`content`", choice):
        emit.event(columns, "content", row, text, choice=choice, logprob=joint_logprob(tokens))
    if tokens:
        told = {"completion_probabilities": tokens}
        emit.event(columns, "logprobs", row, to_json_text(told), choice=choice)
    if said.get("error"):
        emit.event(columns, "error", row, to_json_text(said["error"]), choice=None)
    if said.get("stop") is True:
        _end(said, choice, row, columns)


def _end(said: dict[str, Json], choice: int, row: int, columns: Columns) -> None:
    """Why it ended, and what it cost."""
    reason = text_in(columns, row, said.get("stop_type"), "`stop_type`", choice)
    flag = next((flag for flag in _FLAGS if said.get(flag) is True), None)
    beside = {name: said[name] for name in ("stopping_word", "truncated") if said.get(name)}
    extra = to_json_text(beside) if beside else None
    emit.event(columns, "finish", row, choice=choice, finish_reason=reason or flag, extra=extra)
    report = {name: said[name] for name in _REPORT if said.get(name) is not None}
    emit.usage(columns, [row], [report], USAGE, "tokens_predicted", choices=[choice])


def _ends_answer(chunk: dict[str, Json]) -> bool:
    return chunk.get("stop") is True and _belongs(chunk)


DIALECT: Final = Dialect(
    "llama_cpp",
    "llama.cpp completions",
    sniff,
    extract,
    endpoints=_ENDPOINTS,
    traits=frozenset({Trait.GENERATES, Trait.REPORTS_USAGE, Trait.RAW_PROMPT}),
    finish_reasons={
        "eos": "stop",
        "word": "sequence",
        "limit": "length",
        "none": "other",
        "stopped_eos": "stop",
        "stopped_word": "sequence",
        "stopped_limit": "length",
    },
    usage=USAGE,
    request=RequestFields(
        max_tokens=("n_predict",),
        n=("n_cmpl",),
        stream=(("stream",),),
        json_format=(("json_schema",),),
        json_schema=(("json_schema",),),
        stop=("stop",),
        messages=("prompt",),
        labels=("id_slot", "slot_id", "cache_prompt"),
    ),
    answer_fields=tuple(
        f"content stop {field}" for field in ("index", "id_slot", "slot_id", "multimodal", "tokens_predicted")
    ),
    ends_answer=_ends_answer,
    end_fields=frozenset(["stop"]),
)
