"""Gemini's Interactions API, streamed and whole.

Takes events with an ``event_type`` or a whole interaction, gives events of choice 0; the output an event belongs to is in
``block``. Read are both generations, ``content.*`` with ``outputs`` and ``step.*`` with ``steps``. Source of the fields:
https://ai.google.dev/gemini-api/docs/interactions
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import UsageFields, confidence, items_in, objects, other_fields, text_in
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

USAGE: Final = UsageFields(
    prompt_includes_cached=True,
    completion_includes_reasoning=False,
    paths={
        "prompt": ((("total_input_tokens",),),),
        "completion": ((("total_output_tokens",),),),
        "total": ((("total_tokens",),),),
        "cached": ((("total_cached_tokens",),),),
        "reasoning": ((("total_thought_tokens",),), (("total_reasoning_tokens",),)),
    },
)

_ENDPOINTS: Final = ("/interactions",)
_INTERACTION: Final = frozenset(["id", "object", "model", "usage", "outputs", "steps", "service_tier", "role", "error"])
_EVENT: Final = frozenset(["event_type", "index", "interaction", "content", "step", "delta", "error", "usage"])
_ENDED: Final = frozenset(["completed", "failed", "cancelled", "incomplete", "requires_action"])


def sniff(exchange: Exchange) -> float:
    return confidence(exchange, _belongs, _ENDPOINTS)


def _belongs(chunk: dict[str, Json]) -> bool:
    kind = chunk.get("event_type")
    is_event = type(kind) is str and (kind in READERS or kind.startswith(("interaction.", "content.", "step.")))
    return is_event or chunk.get("object") == "interaction"


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    for row, chunk in objects(chunks, rows, columns):
        kind = chunk.get("event_type")
        if chunk.get("object") == "interaction":
            _interaction(chunk, row, columns, kind="interaction", beside={}, is_whole=True)
            continue
        reader = READERS.get(kind) if type(kind) is str else None
        if reader is not None:
            reader(chunk, row, columns)
        elif chunk.get("error"):
            _error(chunk, row, columns)
        else:
            emit.chunk(columns, row, n_choices=0, object=kind if type(kind) is str else None)
            emit.event(columns, "unknown", row, to_json_text(chunk), choice=None)


def _interaction(
    said: dict[str, Json], row: int, columns: Columns, *, kind: Json, beside: dict[str, Json], is_whole: bool
) -> None:
    """Facts of an interaction; of a whole one its outputs too."""
    extra = {**beside, **other_fields(said, _INTERACTION)}
    outputs = [(field, said[field]) for field in ("outputs", "steps") if said.get(field)]
    if not is_whole:
        extra |= dict(outputs)
    emit.chunk(
        columns,
        row,
        n_choices=int(is_whole),
        extra=extra,
        id=said.get("id"),
        model=said.get("model"),
        object=kind,
        service_tier=said.get("service_tier"),
    )
    if said.get("role"):
        emit.event(columns, "role", row, text_in(columns, row, said["role"], "`role`"))
    if is_whole:
        for field, items in outputs:
            for number, output in enumerate(items_in(columns, row, items, f"`{field}`")):
                _output(output, number, row, columns)
    status = said.get("status")
    # Of a whole one, that it is not done yet is how it ends: it was asked to run in the background.
    if type(status) is str and (status in _ENDED or (is_whole and status)):
        emit.event(columns, "finish", row, finish_reason=status)
    elif not is_whole:
        emit.event(columns, "empty", row, choice=None)
    _cost_and_error(said, row, columns)


def _cost_and_error(said: dict[str, Json], row: int, columns: Columns) -> None:
    if said.get("error"):
        emit.event(columns, "error", row, to_json_text(said["error"]), choice=None)
    emit.usage(columns, [row], [said.get("usage")], USAGE, "usage")


def _lifecycle(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    said = chunk.get("interaction")
    if type(said) is dict:
        _interaction(said, row, columns, kind=chunk["event_type"], beside=other_fields(chunk, _EVENT), is_whole=False)
    else:
        _describe(chunk, row, columns)
        if said is not None:
            emit.malformed(columns, row, "`interaction`", "an object", said)
    _cost_and_error(chunk, row, columns)


def _describe(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    emit.chunk(
        columns,
        row,
        n_choices=int("index" in chunk),
        extra=other_fields(chunk, _EVENT | {"interaction_id"}),
        id=chunk.get("interaction_id"),
        object=chunk.get("event_type"),
    )


def _start(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    _describe(chunk, row, columns)
    for part in ("content", "step"):
        if chunk.get(part) is not None:
            _output(chunk[part], chunk.get("index"), row, columns)


def _delta(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    _describe(chunk, row, columns)
    _output(chunk.get("delta"), chunk.get("index"), row, columns)


def _stop(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    _describe(chunk, row, columns)
    emit.event(columns, "empty", row, choice=None, block=chunk.get("index"))
    _cost_and_error(chunk, row, columns)


def _error(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    _describe(chunk, row, columns)
    _cost_and_error(chunk, row, columns)


def _output(output: Json, number: Json, row: int, columns: Columns) -> None:
    """An output, whole, at its beginning, or what is new of it: told apart by ``type``."""
    if type(output) is not dict:
        emit.malformed(columns, row, "an output", "an object", output, 0)
        return
    kind = str(output.get("type"))
    reader = _OUTPUTS.get(kind) or (_call if kind.endswith("_call") else None)
    if reader is not None:
        reader(output, number, row, columns)
    elif rest := other_fields(output, {"type"}):
        emit.event(columns, "annotation", row, to_json_text({"type": kind, **rest}), block=number)


def _text(output: dict[str, Json], number: Json, row: int, columns: Columns) -> None:
    emit.text(columns, "content", row, output, "text", {"annotations"}, block=number)
    for note in items_in(columns, row, output.get("annotations"), "`annotations`"):
        emit.event(columns, "citation", row, to_json_text(note), block=number)


def _thought(output: dict[str, Json], number: Json, row: int, columns: Columns) -> None:
    """A thought: its text, or a summary in parts, or only the signature of one that stays hidden."""
    for field in ("summary", "content", "text"):
        given = output.get(field)
        for part in given if type(given) is list else [] if given is None else [given]:
            if type(part) is dict:
                emit.text(columns, "reasoning", row, part, "text", block=number)
            elif part != "":
                emit.text(columns, "reasoning", row, {"text": part}, "text", block=number)
    if rest := other_fields(output, {"type", "summary", "content", "text"}):
        emit.event(columns, "annotation", row, to_json_text(rest), block=number)


def _model_output(output: dict[str, Json], number: Json, row: int, columns: Columns) -> None:
    for part in items_in(columns, row, output.get("content"), "`content`"):
        _output(part, number, row, columns)
    if rest := other_fields(output, {"type", "content"}):
        emit.event(columns, "annotation", row, to_json_text(rest), block=number)


def _call(output: dict[str, Json], number: Json, row: int, columns: Columns) -> None:
    kind = str(output.get("type"))
    # The documentation says `arguments`, the SDK's types `partial_arguments`.
    given = output.get("arguments", output.get("partial_arguments"))
    rest: dict[str, Any] = other_fields(output, {"type", "id", "name", "arguments"})
    if given is rest.get("partial_arguments"):
        rest.pop("partial_arguments", None)
    is_own = kind in ("function_call", "arguments_delta")
    emit.event(
        columns,
        "tool_call",
        row,
        given if type(given) is str else to_json_text(given) if given else "",
        block=number,
        tool_call_id=output.get("id"),
        tool_name=output.get("name") or (None if is_own else kind.removesuffix("_call")),
        tool_type=None if is_own else kind,
        extra=to_json_text(rest) if rest else None,
    )


_OutputReader: TypeAlias = Callable[[dict[str, Json], Json, int, Columns], None]

_OUTPUTS: Final[dict[str, _OutputReader]] = {
    "text": _text,
    "text_annotation": _text,
    "text_annotation_delta": _text,
    "thought": _thought,
    "thought_summary": _thought,
    "model_output": _model_output,
    "arguments_delta": _call,
}
"""What is read field by field; every other type that ends in ``_call`` is a call too, the rest stands beside the answer."""

_Reader: TypeAlias = Callable[[dict[str, Json], int, Columns], None]

READERS: Final[dict[str, _Reader]] = {
    **{
        f"interaction.{state}": _lifecycle
        for state in ("start", "created", "status_update", "in_progress", "complete", "completed", "failed")
    },
    **{f"{part}.start": _start for part in ("content", "step")},
    **{f"{part}.delta": _delta for part in ("content", "step")},
    **{f"{part}.stop": _stop for part in ("content", "step")},
    "error": _error,
}


def _ends_answer(chunk: dict[str, Json]) -> bool:
    """Whether it is a whole interaction, or the event with which a stream of one is complete."""
    return (chunk.get("object") == "interaction" and "event_type" not in chunk) or (
        chunk.get("event_type") in ("interaction.complete", "interaction.completed", "interaction.failed")
    )


DIALECT: Final = Dialect(
    "gemini_interactions",
    "Gemini Interactions",
    sniff,
    extract,
    endpoints=_ENDPOINTS,
    traits=frozenset({Trait.GENERATES, Trait.REPORTS_USAGE, Trait.THOUGHTS_IN_TOTAL_ALONE}),
    finish_reasons={
        "completed": "stop",
        "incomplete": "length",
        "failed": "failed",
        "cancelled": "other",
        "in_progress": "other",
        "queued": "other",
        "requires_action": "other",
    },
    usage=USAGE,
    request=RequestFields(
        settings=("generation_config",),
        max_tokens=("max_output_tokens",),
        stop=("stop_sequences",),
        stream=(("stream",),),
        tools=(("tools",),),
        tool_schemas=("parameters",),
        instructions=(("system_instruction",),),
        parts=(
            ("text", "text"),
            ("image", "image"),
            ("audio", "audio"),
            ("video", "file"),
            ("document", "file"),
            ("thought", "reasoning"),
            ("function_call", "tool_call"),
            ("function_result", "tool_result"),
        ),
        messages=("input",),
        model=("model",),
        labels=("store",),
        conversation_ids=("id", "call_id", "previous_interaction_id"),
        seals=(("signature",),),
    ),
    answer_fields=(
        "event_type interaction",
        "event_type delta index",
        "object outputs status",
        "object steps status",
    ),
    ends_answer=_ends_answer,
    end_fields=frozenset(["event_type", "object"]),
)
