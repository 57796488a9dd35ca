"""Cohere's chat, version 1, and the older generate, streamed and whole, of Cohere and of Bedrock.

Takes the stream's events (``text-generation``, ``tool-calls-chunk`` and so on) or a whole answer, gives events of choice 0;
generate numbers its choices. Source of the fields: https://docs.cohere.com/reference/chat-v1,
https://docs.cohere.com/reference/chat-stream-v1 and https://docs.cohere.com/reference/generate-stream-v1; events without an
``event_type`` are those of https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-cohere-command.html.

An event brings some fields of an answer, so that one table of fields reads both. The last event repeats the whole answer:
what events told before is an ``empty`` event with its JSON, what none of them told is taken from there. The text beside
tool calls is their plan, and that is reasoning. The chat history, which an answer repeats, is kept beside the chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import FinishMeaning, Trait
from recexplore.read.dialects.cohere.errors import is_error, read_error, refusal_confidence, tell_error
from recexplore.read.dialects.cohere.numbers import whole_number
from recexplore.read.dialects.cohere.usage import REPORTS, USAGE, read_usage
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import confidence, is_index, items_in, objects, other_fields, text_in
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

_ENDPOINTS: Final = ("/v1/chat", "/v1/generate")
_PLANS: Final = frozenset(["tool-calls-chunk", "tool-calls-generation"])
_EVENTS: Final = _PLANS | {
    "stream-start",
    "text-generation",
    "citation-generation",
    "search-queries-generation",
    "search-results",
    "stream-end",
    "stream-error",
}
_REPEATING: Final = frozenset(["tool-calls-generation", "stream-end"])
"""Events that tell whole what others told in pieces."""
_FINISH_REASONS: Final[dict[str, FinishMeaning]] = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "sequence",
    "MAX_TOKENS": "length",
    "ERROR_LIMIT": "length",
    "ERROR_TOXIC": "filter",
    "ERROR": "failed",
    "USER_CANCEL": "other",
}
_LIKELIHOODS: Final = ("likelihood", "token_likelihoods")
_FACTS: Final = frozenset(
    [
        "event_type",
        "is_finished",
        "generation_id",
        "id",
        "index",
        "response",
        "generations",
        "finish_reason",
        "meta",
        "token_count",
        "prompt",
        "err",
        "error",
    ]
)
"""What is read of a chunk beside its parts."""


def sniff(exchange: Exchange) -> float:
    return confidence(exchange, _belongs, _ENDPOINTS) or refusal_confidence(exchange, _ENDPOINTS)


def _belongs(chunk: dict[str, Json]) -> bool:
    kind = chunk.get("event_type")
    if type(kind) is str:
        return kind in _EVENTS or (kind == "debug" and "prompt" in chunk)
    return _is_nameless_event(chunk) or _is_whole(chunk)


def _is_nameless_event(chunk: dict[str, Json]) -> bool:
    """Others say `is_finished`, too, but name no reason, or one of their own, with every piece of text."""
    if "is_finished" not in chunk:
        return False
    is_text = "text" in chunk and "finish_reason" not in chunk
    return is_text or "response" in chunk or str(chunk.get("finish_reason")) in _FINISH_REASONS


def _is_whole(chunk: dict[str, Json]) -> bool:
    is_chat = "text" in chunk and ("generation_id" in chunk or "response_id" in chunk)
    # Others that say a text and a `response_id` say what kind of event it is, too.
    return "event_type" not in chunk and "type" not in chunk and (is_chat or ("generations" in chunk and "id" in chunk))


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    told: set[str] = set()
    owner = None
    for row, chunk in objects(chunks, rows, columns):
        if columns.owner(row) != owner or chunk.get("event_type") == "stream-start":
            owner = columns.owner(row)
            told.clear()
        if _belongs(chunk):
            _read(chunk, row, columns, told)
        elif is_error(chunk):
            read_error(chunk, row, columns)
        else:
            emit.chunk(columns, row, n_choices=0)
            emit.event(columns, "unknown", row, to_json_text(chunk), choice=None)


def _read(chunk: dict[str, Json], row: int, columns: Columns, told: set[str]) -> None:
    """An event, or a whole answer. ``told`` is what the stream has said so far."""
    response = chunk.get("response")
    inner: dict[str, Json] = response if type(response) is dict else {}
    if response is not None and type(response) is not dict:
        emit.malformed(columns, row, "`response`", "an object", response, 0)
    outer = {field: value for field, value in chunk.items() if field != "response" and value not in (None, "")}
    said = {**inner, **outer}
    repeats = told if inner or str(said.get("event_type")) in _REPEATING else frozenset[str]()
    parts = {field: value for field in _PARTS if (value := said.get(field)) not in (None, "", [])}
    if repeated := {field: value for field, value in parts.items() if field in repeats}:
        emit.event(columns, "empty", row, to_json_text(repeated))
    for field, value in parts.items():
        if field not in repeated:
            _PARTS[field](field, value, row, columns, said)
    n_generations = _generations(said, row, columns, is_told="text" in repeats)
    if _is_whole(chunk) and "generations" not in chunk and not said.get("finish_reason"):
        # Answers of before 2024 are whole, and name no reason.
        emit.event(columns, "finish", row)
    told.update(*(_tells(field, value) for field, value in parts.items()))
    for field in ("err", "error"):
        tell_error(said.get(field), row, columns)
    if said.get("prompt"):
        emit.event(columns, "annotation", row, to_json_text({"prompt": said["prompt"]}), choice=None)
    extra = other_fields(outer, _KNOWN) | other_fields({"meta": _cost(said, row, columns)}, set())
    if rest := _unread(inner, outer):
        extra["response"] = rest
    emit.chunk(
        columns,
        row,
        n_choices=n_generations or int(bool(parts or said.get("finish_reason"))),
        extra=extra,
        id=said.get("generation_id") or said.get("id"),
        object=said.get("event_type"),
    )


def _tells(field: str, value: Json) -> set[str]:
    """Which parts of the answer a field brings a piece of."""
    if field != "tool_call_delta" or type(value) is not dict:
        return {field}
    return {"text" if name == "text" else "tool_calls" for name in other_fields(value, {"index"})}


def _unread(inner: dict[str, Json], outer: dict[str, Json]) -> dict[str, Json]:
    """What a response says that is not read, or that its event says otherwise."""
    return {
        field: value
        for field, value in inner.items()
        if value is not None and (field not in _KNOWN or outer.get(field, value) != value)
    }


def _cost(said: dict[str, Json], row: int, columns: Columns) -> Json:
    """What the answer cost, which stands in ``meta``; gives what else stands there."""
    meta = said.get("meta")
    report = {part: meta[part] for part in sorted(REPORTS & meta.keys())} if type(meta) is dict else {}
    source = "meta" if report else "token_count"
    if said.get("token_count") is not None:
        report["token_count"] = said["token_count"]
    read_usage(report, row, columns, source)
    return (other_fields(meta, REPORTS) or None) if type(meta) is dict else meta


def _number(said: dict[str, Json]) -> Json:
    """The number of a choice, which generate says where there are several."""
    return 0 if said.get("index") is None else whole_number(said["index"])


def _finish(reason: Json, number: Json, row: int, columns: Columns) -> None:
    if reason:
        said = text_in(columns, row, reason, "`finish_reason`")
        emit.event(columns, "finish", row, choice=number, finish_reason=said)


def _generations(said: dict[str, Json], row: int, columns: Columns, *, is_told: bool) -> int:
    """The choices of generate, and why they ended, together or each; gives how many there are."""
    generations = items_in(columns, row, said.get("generations"), "`generations`")
    reason = said.get("finish_reason")
    reasons = [
        _generation(generation, place, row, columns, reason, is_told=is_told)
        for place, generation in enumerate(generations)
    ]
    if reason not in reasons:
        _finish(reason, _number(said), row, columns)
    return len(generations)


def _generation(generation: Json, place: int, row: int, columns: Columns, reason: Json, *, is_told: bool) -> Json:
    """A choice; gives the reason for which it ended, its own or that of all."""
    if type(generation) is not dict:
        emit.malformed(columns, row, "`generations`", "an object", generation)
        return None
    number = whole_number(generation.get("index"))
    number = number if is_index(number) else place
    cells = {"choice": number, "place": place}
    if is_told:
        text = to_json_text(other_fields(generation, {"finish_reason", *_LIKELIHOODS}))
        emit.event(columns, "empty", row, text, **cells)
    else:
        emit.text(columns, "content", row, generation, "text", {"index", "finish_reason", *_LIKELIHOODS}, **cells)
    if likelihoods := {field: generation[field] for field in _LIKELIHOODS if generation.get(field) is not None}:
        emit.event(columns, "logprobs", row, to_json_text(likelihoods), **cells)
    reason = generation.get("finish_reason") or reason
    _finish(reason, number, row, columns)
    return reason


def _text(field: str, value: Json, row: int, columns: Columns, said: dict[str, Json]) -> None:
    is_plan = bool(said.get("tool_calls")) or str(said.get("event_type")) in _PLANS
    if text := text_in(columns, row, value, f"`{field}`"):
        emit.event(columns, "reasoning" if is_plan else "content", row, text, choice=_number(said))


def _calls(field: str, value: Json, row: int, columns: Columns, said: dict[str, Json]) -> None:
    for call in items_in(columns, row, value, f"`{field}`"):
        if type(call) is dict:
            _call(call, None, row, columns)
        else:
            emit.malformed(columns, row, f"`{field}`", "an object", call, 0)


def _call_delta(field: str, value: Json, row: int, columns: Columns, said: dict[str, Json]) -> None:
    """A piece of a call, or of the plan that comes before the calls."""
    if type(value) is not dict:
        emit.malformed(columns, row, f"`{field}`", "an object", value, 0)
        return
    if plan := text_in(columns, row, value.get("text"), "`text`"):
        emit.event(columns, "reasoning", row, plan)
    if call := other_fields(value, {"text", "index"}):
        _call(call, whole_number(value.get("index")), row, columns)


def _call(call: dict[str, Json], number: Json, row: int, columns: Columns) -> None:
    given = call.get("parameters")
    rest = other_fields(call, {"name", "parameters"})
    if number is not None and not is_index(number):
        rest["index"] = number
    emit.event(
        columns,
        "tool_call",
        row,
        given if type(given) is str else "" if given is None else to_json_text(given),
        tool_index=number if is_index(number) else None,
        tool_name=call.get("name"),
        extra=to_json_text(rest) if rest else None,
    )


def _citations(field: str, value: Json, row: int, columns: Columns, said: dict[str, Json]) -> None:
    for citation in items_in(columns, row, value, f"`{field}`"):
        emit.event(columns, "citation", row, to_json_text(citation))


def _aside(field: str, value: Json, row: int, columns: Columns, said: dict[str, Json]) -> None:
    emit.event(columns, "annotation", row, to_json_text({field: value}))


_Reader: TypeAlias = Callable[[str, Json, int, Columns, dict[str, Json]], None]

_PARTS: Final[dict[str, _Reader]] = {
    "text": _text,
    "tool_calls": _calls,
    "tool_call_delta": _call_delta,
    "citations": _citations,
    "search_queries": _aside,
    "search_results": _aside,
    "documents": _aside,
}
"""What an answer says, whole or in the pieces that events bring."""
_KNOWN: Final = _FACTS | _PARTS.keys()


def _ends_answer(chunk: dict[str, Json]) -> bool:
    # A last event that names no type is known by what only it holds; `response` alone is others', too.
    unnamed = chunk.get("is_finished") is True and type(chunk.get("response")) is dict
    return chunk.get("event_type") == "stream-end" or _is_whole(chunk) or unnamed


DIALECT: Final = Dialect(
    "cohere_v1",
    "Cohere chat v1",
    sniff,
    extract,
    endpoints=_ENDPOINTS,
    traits=frozenset({Trait.GENERATES, Trait.ONE_ID, Trait.REPORTS_USAGE}),
    finish_reasons=_FINISH_REASONS,
    usage=USAGE,
    request=RequestFields(
        max_tokens=("max_tokens",),
        stop=("stop_sequences", "end_sequences"),
        n=("num_generations",),
        stream=(("stream",),),
        response_format=(("response_format",),),
        json_schema=(("response_format", "schema"),),
        tools=(("tools",),),
        instructions=(("preamble",),),
        earlier=("chat_history",),
        message_parts=(("message", "text"), ("tool_calls", "tool_call"), ("tool_results", "tool_result")),
        messages=("message", "prompt"),
        model=("model",),
        conversation_ids=("conversation_id", "generation_id"),
    ),
    answer_fields=(
        "event_type text",
        "event_type response",
        "text generation_id",
        "text is_finished",
        "finish_reason is_finished",
        "generations.0.text prompt",
    ),
    ends_answer=_ends_answer,
    end_fields=frozenset(["event_type", "generations", "is_finished", "text"]),
    hosts={"api.cohere.com": "cohere", "api.cohere.ai": "cohere"},
)
