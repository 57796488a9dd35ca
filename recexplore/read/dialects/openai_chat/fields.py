"""What each field of a delta says: one reader a field.

Takes the values that a field has in deltas with the same keys, gives their events to `Deltas`, and back values that are true
where it said something. A field of a delta without a reader here is its vendor's own, and goes with the delta's first
event. Readers never look at other rows than they are given.
"""

from __future__ import annotations

from typing import Any, Final

from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text
from recexplore.model.kinds import kind_code
from recexplore.model.notes import Note, joined_notes
from recexplore.read.dialects.openai_chat.deltas import SAYS_NOTHING, Deltas, Reader, Values
from recexplore.read.dialects.openai_chat.usage import USAGE
from recexplore.read.extract import emit
from recexplore.read.extract.emit import is_index, joint_logprob

__all__ = ["CHOICE_READERS", "DELTA_READERS", "NOT_AN_OBJECT"]

NOT_AN_OBJECT: Final = "(not an object)"
"""The field under which a delta that is no object is handed on."""

_CONTENT: Final = kind_code("content")


def _read_role(deltas: Deltas, field: str, values: Values) -> Values:
    roles, emitted = deltas.strings(field, values)
    deltas.add("role", roles, text=roles)
    return emitted


def _read_finish(deltas: Deltas, field: str, values: Values) -> Values:
    reasons, emitted = deltas.strings(field, values)
    deltas.add("finish", reasons, finish_reason=reasons)
    return emitted


_FINISH_DETAILS: Final = {"max_tokens": "length"}
"""What OpenAI's first vision models called otherwise than `finish_reason` does."""


def _read_finish_details(deltas: Deltas, field: str, values: Values) -> Values:
    """``{"type": "max_tokens"}``, which those models sent in the place of a finish reason; it stays in ``extra``."""
    told = deltas.choice.get("finish_reason", (None,) * len(values))
    kinds = [
        value.get("type") if type(value) is dict and not own else None for value, own in zip(values, told, strict=True)
    ]
    reasons = [_FINISH_DETAILS.get(kind, kind) if type(kind) is str else None for kind in kinds]
    deltas.add("finish", reasons, finish_reason=reasons)
    return reasons


def _read_text(deltas: Deltas, field: str, values: Values) -> Values:
    """Content or refusal: strings, or lists of typed parts (Mistral, whole bodies)."""
    told = _read_parts(deltas, field, values)
    texts, emitted = deltas.strings(
        field, [None if type(value) is list else value for value in values] if told else values
    )
    cells: dict[str, Values] = {"text": texts}
    if field == "content" and "logprobs" in deltas.choice:
        cells["logprob"] = [
            joint_logprob(logprobs.get("content")) if type(logprobs) is dict else None
            for logprobs in deltas.choice["logprobs"]
        ]
    deltas.add(field, texts, **cells)
    return [told.get(at, value) for at, value in enumerate(emitted)] if told else emitted


def _read_parts(deltas: Deltas, field: str, values: Values) -> dict[int, bool]:
    """The lists among the values, part by part; for each, whether it said something."""
    if list not in set(map(type, values)):
        return {}
    return {
        at: sum(_read_part(deltas, at, part, field) for part in value) > 0
        for at, value in enumerate(values)
        if type(value) is list
    }


_PART_KINDS: Final = {
    "text": (None, "text"),
    "thinking": ("reasoning", "thinking"),
    "reasoning": ("reasoning", "summary"),
    "refusal": ("refusal", "refusal"),
}
"""Types of content parts that are text, with the kind of their event (None: that of the field) and the field it is in."""


def _read_part(deltas: Deltas, at: int, part: Json, field: str) -> bool:
    """One typed part of a content list; Mistral's ``thinking``, Databricks' ``reasoning``."""
    kind, text, rest = field, part, {}
    if type(part) is dict:
        name = str(part.get("type"))
        own, holder = _PART_KINDS.get(name, (None, ""))
        kind, text = own or field, part.get(holder)
        rest = {key: value for key, value in part.items() if key not in ("type", holder) and value not in SAYS_NOTHING}
        if type(text) is list and all(type(each) is dict and type(each.get("text")) is str for each in text):
            text = "".join(each["text"] for each in text)
    if type(text) is not str:
        deltas.add_one("unknown", at, text=to_json_text(part), rank=_CONTENT)
    elif text or rest:
        deltas.add_one(kind, at, text=text, rank=_CONTENT, extra=to_json_text(rest) if rest else None)
    return bool(text != "" or rest)


def _read_reasoning(deltas: Deltas, field: str, values: Values) -> Values:
    """Reasoning in a field of its own. vLLM, SGLang and DeepSeek call it ``reasoning_content``, later vLLM, Ollama,
    OpenRouter and bedrock-mantle ``reasoning``; the same text under both names is one event."""
    if dict in set(map(type, values)):
        deltas.note([at for at, value in enumerate(values) if _is_wrapped(value)], Note.REASONING_IN_OBJECT)
    texts, emitted = deltas.strings(field, [_reasoning_text(value) for value in values])
    other_field = "reasoning" if field == "reasoning_content" else "reasoning_content"
    if other_field not in deltas.delta:
        deltas.add("reasoning", texts, text=texts)
        return emitted
    others = map(_reasoning_text, deltas.delta[other_field])
    is_twin = [bool(text) and text == other for text, other in zip(texts, others, strict=True)]
    if field == "reasoning":
        own = [None if twin else text for text, twin in zip(texts, is_twin, strict=True)]
        deltas.add("reasoning", own, text=own)
    else:
        notes = [Note.REASONING_TWICE if twin else None for twin in is_twin]
        deltas.add("reasoning", texts, text=texts, notes=notes)
    return emitted


def _is_wrapped(value: Json) -> bool:
    """Envoy and Bedrock send an object with ``text`` where others send a string."""
    return type(value) is dict and type(value.get("text")) is str


def _reasoning_text(value: Json) -> Json:
    return value["text"] if _is_wrapped(value) else value


def _read_reasoning_details(deltas: Deltas, field: str, values: Values) -> Values:
    """https://openrouter.ai/docs/use-cases/reasoning-tokens: text that is not told elsewhere; signatures as they are."""
    told = [deltas.delta[name] for name in ("reasoning", "reasoning_content") if name in deltas.delta]
    for at, details in enumerate(values):
        if not details:
            continue
        parts = details if type(details) is list else [details]
        texts = [part.get("text") or part.get("summary") for part in parts if type(part) is dict]
        text = "".join(each for each in texts if type(each) is str)
        if text and not any(other[at] for other in told):
            deltas.add_one("reasoning", at, text=text, extra=to_json_text({field: details}))
        else:
            deltas.add_one("annotation", at, text=to_json_text({field: details}))
    return values


def _read_tool_calls(deltas: Deltas, field: str, values: Values) -> Values:
    calls = [
        (at, place, call)
        for at, found in enumerate(values)
        if found
        for place, call in enumerate(found if type(found) is list else [found])
    ]
    calls = _told(deltas, calls)
    fragments = [(at, _fragment(deltas, at, place, call)) for at, place, call in calls]
    if good := [(at, cells) for at, cells in fragments if cells is not None]:
        positions, cells = zip(*good, strict=True)
        columns = {name: [fragment[name] for fragment in cells] for name in cells[0]}
        deltas.add_many("tool_call", positions, **columns)
    is_told = {at for at, _, _ in calls}
    return [at in is_told for at in range(len(values))]


def _told(deltas: Deltas, calls: list[tuple[int, int, Json]]) -> list[tuple[int, int, Json]]:
    """Without the calls of which no fragment says anything, as some servers send one with every delta."""
    silent = {n for n, (_, _, call) in enumerate(calls) if _says_nothing(call)}
    if not silent:
        return calls

    def key(at: int, place: int, call: Json) -> tuple[Any, ...]:
        index = call.get("index") if type(call) is dict else None
        return deltas.columns.owner(deltas.rows[at]), deltas.indices[at], index if is_index(index) else place

    is_told = {key(*call) for n, call in enumerate(calls) if n not in silent}
    return [call for n, call in enumerate(calls) if n not in silent or key(*call) in is_told]


def _says_nothing(call: Json) -> bool:
    """Whether a fragment is only the place of a call: no id, no name, no arguments."""
    if type(call) is not dict or call.get("id"):
        return False
    body = call.get("function")
    if (type(body) is dict and (body.get("arguments") or body.get("name"))) or not call.keys() <= _CALL_FIELDS:
        return False
    bodies = [call[name] for name in ("function", "custom") if call.get(name) is not None]
    return all(type(body) is dict and not any(body.values()) for body in bodies)


_CALL_FIELDS: Final = frozenset(["index", "id", "type", "function", "custom"])
_BODY_FIELDS: Final = frozenset(["name", "arguments", "input"])


def _fragment(deltas: Deltas, at: int, place: int, call: Json) -> dict[str, Any] | None:
    """The cells of one fragment of a tool call; None where it is none, and kept as it is."""
    body = call.get("function") or call.get("custom") or {} if type(call) is dict else None
    if type(body) is not dict:
        deltas.malformed(at, "tool_calls", "an object with `function`", call)
        return None
    arguments = body.get("arguments", body.get("input"))
    text = arguments if type(arguments) is str else "" if arguments is None else to_json_text(arguments)
    index, rest = call.get("index"), {}
    notes = [Note.ODD_ARGUMENTS] if arguments is not None and type(arguments) is not str else []
    if not is_index(index):
        if index is not None:
            hint = f"read as call {place}, its place in the delta"
            deltas.problem(at, "tool_calls[].index", "a small integer", to_json_text(index), hint)
            rest = {"index": index}
            notes.append(Note.ODD_CALL_INDEX)
        elif not deltas.is_whole:  # in a whole answer no call is numbered
            notes.append(Note.MISSING_CALL_INDEX)
        index = place
    rest |= {key: call[key] for key in sorted(call.keys() - _CALL_FIELDS) if call[key] is not None}
    kind = call.get("type")
    if kind is not None and type(kind) is not str:
        rest["type"] = kind
    if inner := {key: body[key] for key in sorted(body.keys() - _BODY_FIELDS) if body[key] is not None}:
        rest["function"] = inner
    return {
        "text": text,
        "tool_index": index,
        "tool_call_id": call.get("id") or None,
        "tool_name": body.get("name") or None,
        "tool_type": kind if type(kind) is str and kind != "function" else None,
        "notes": joined_notes(*notes) if notes else None,
        "extra": to_json_text(rest) if rest else None,
    }


def _read_function_call(deltas: Deltas, field: str, values: Values) -> Values:
    """The predecessor of tool calls: one, unnumbered, without an id. Some servers send both, for clients of either age."""
    if any(deltas.delta.get("tool_calls", ())):
        twins = deltas.delta["tool_calls"]
        values = [None if twin else value for value, twin in zip(values, twins, strict=True)]
    calls = [[{"index": 0, "type": field, "function": call}] if call else None for call in values]
    return _read_tool_calls(deltas, field, calls)


def _read_annotations(deltas: Deltas, field: str, values: Values) -> Values:
    for at, notes in enumerate(values):
        for note in notes if type(notes) is list else [notes] if notes else ():
            is_citation = type(note) is dict and "citation" in str(note.get("type"))
            deltas.add_one("citation" if is_citation else "annotation", at, text=to_json_text(note))
    return values


def _read_aside(deltas: Deltas, field: str, values: Values) -> Values:
    """What stands beside the answer: LiteLLM's copies of a provider's own fields, images, Azure's context."""
    texts = [to_json_text({field: value}) if value not in SAYS_NOTHING else None for value in values]
    deltas.add("annotation", texts, text=texts)
    return texts


def _read_audio(deltas: Deltas, field: str, values: Values) -> Values:
    """Spoken answers: the transcript is the answer's text, the sound stands beside it."""
    for at, value in enumerate(values):
        transcript = value.get("transcript") if type(value) is dict else None
        if type(transcript) is str and transcript:
            rest = {key: each for key, each in value.items() if key != "transcript" and each not in SAYS_NOTHING}
            extra = to_json_text({field: rest}) if rest else None
            deltas.add_one("content", at, text=transcript, rank=_CONTENT, extra=extra)
        elif value not in SAYS_NOTHING:
            deltas.add_one("annotation", at, text=to_json_text({field: value}))
    return values


def _read_wrapped(deltas: Deltas, field: str, values: Values) -> Values:
    for at, value in enumerate(values):
        deltas.malformed(at, "delta", "an object", value)
    return [True] * len(values)


def _read_logprobs(deltas: Deltas, field: str, values: Values) -> Values:
    return _read_verbatim(deltas, "logprobs", values)


def _read_filter(deltas: Deltas, field: str, values: Values) -> Values:
    return _read_verbatim(deltas, "filter", values)


def _read_verbatim(deltas: Deltas, kind: str, values: Values) -> Values:
    """Kept as JSON, unless all it says is that there is nothing to say."""
    texts = [
        to_json_text(value) if (any(value.values()) if type(value) is dict else value) else None for value in values
    ]
    deltas.add(kind, texts, text=texts)
    return texts


def _read_choice_usage(deltas: Deltas, field: str, values: Values) -> Values:
    """Moonshot reports usage inside the choice."""
    emit.usage(deltas.columns, deltas.rows, values, USAGE, "choices[].usage", deltas.indices, deltas.extra)
    return values


DELTA_READERS: Final[dict[str, Reader]] = {
    NOT_AN_OBJECT: _read_wrapped,
    "role": _read_role,
    "reasoning_content": _read_reasoning,
    "reasoning": _read_reasoning,
    "reasoning_details": _read_reasoning_details,
    "content": _read_text,
    "refusal": _read_text,
    "tool_calls": _read_tool_calls,
    "function_call": _read_function_call,
    "annotations": _read_annotations,
    "audio": _read_audio,
    **dict.fromkeys(("provider_specific_fields", "thinking_blocks", "images", "context"), _read_aside),
}
CHOICE_READERS: Final[dict[str, Reader]] = {
    "finish_reason": _read_finish,
    "finish_details": _read_finish_details,
    "logprobs": _read_logprobs,
    "content_filter_results": _read_filter,
    "usage": _read_choice_usage,
}
