"""What a delta says, field by field.

Takes deltas with the same keys, all at once, gives their events. Each field has one reader, in `DELTA_READERS` or, for
what stands beside the delta in its choice, in `CHOICE_READERS`; a field of a delta without one is an ``unknown`` event.
Readers never look at other rows than they are given. A reader gives back values that are true where it said something.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, Final, TypeAlias

from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text
from recexplore.model.kinds import kind_code
from recexplore.model.notes import Note, joined_notes
from recexplore.read.dialects.openai_chat.usage import USAGE
from recexplore.read.extract import emit
from recexplore.read.extract.emit import is_index, joint_logprob
from recexplore.tables.builders import Columns

__all__ = ["CHOICE_READERS", "DELTA_READERS", "NOT_AN_OBJECT", "Deltas"]

NOT_AN_OBJECT: Final = "(not an object)"
"""The field under which a delta that is no object is handed on."""

_CONTENT: Final = kind_code("content")
_STRINGS: Final = frozenset({str, type(None)})
_SAYS_NOTHING: Final[tuple[Json, ...]] = (None, "", [], {})

_VENDOR_FIELDS: Final = frozenset(
    ["obfuscation", "stop_reason", "token_ids", "matched_stop", "native_finish_reason", "content_filter_offsets"]
)
"""Fields beside a delta that are known to say nothing of the answer; the readers' own come on top."""

Values: TypeAlias = Sequence[Any]


@dataclass(slots=True)
class Deltas:
    """Deltas with the same keys: the k-th belongs to choice ``indices[k]`` of the chunk at ``rows[k]``.

    ``delta`` and ``choice`` hold the fields of the delta and those beside it that say something; ``extra`` is what a
    vendor put beside the delta, as JSON, and goes with the first event that comes of it, as ``notes`` do; ``is_whole`` says
    that they are messages of answers that were not streamed.
    """

    rows: Sequence[int]
    indices: Sequence[int | None]
    places: Sequence[int] | None
    extra: list[str | None] | None
    choice: dict[str, Values]
    delta: dict[str, Values]
    columns: Columns
    is_whole: bool = False
    notes: list[str | None] | None = None

    def read(self) -> None:
        for values, note in (
            (self.choice.get("finish_reason", ()), Note.EMPTY_FINISH),
            (self.delta.get("role", ()), Note.EMPTY_ROLE),
        ):
            if "" in values:
                self.note([at for at, value in enumerate(values) if value == ""], note)
        if "content_filter_offsets" in self.choice:
            offsets = self.choice["content_filter_offsets"]
            self.note([at for at, value in enumerate(offsets) if value is not None], Note.FILTER_OFFSETS)
        emitted = [
            DELTA_READERS[field](self, field, values) if field in DELTA_READERS else self._unknown(field, values)
            for field, values in self.delta.items()
        ]
        emitted += [
            CHOICE_READERS[field](self, field, values)
            for field, values in self.choice.items()
            if field in CHOICE_READERS
        ]
        without_event: Sequence[int] = range(len(self.rows))
        for said in emitted:
            without_event = [at for at in without_event if not said[at]]
        if without_event:
            self._say_little(without_event)

    def _say_little(self, without_event: Sequence[int]) -> None:
        """Deltas that say nothing that is known: what stands beside them is unknown, or they are empty."""
        beside = {
            field: values
            for field, values in self.choice.items()
            if field not in _VENDOR_FIELDS | CHOICE_READERS.keys()
        }
        unread = [at for at in without_event if any(values[at] not in _SAYS_NOTHING for values in beside.values())]
        texts = [to_json_text({field: values[at] for field, values in beside.items()}) for at in unread]
        self.add_many("unknown", unread, text=texts)
        self.add_many("empty", [at for at in without_event if at not in set(unread)])

    def note(self, positions: Sequence[int], note: Note) -> None:
        """Keep beside the deltas at the positions what was sent but makes no event: it may trip a client."""
        if self.notes is None:
            self.notes = [None] * len(self.rows)
        for at in positions:
            self.notes[at] = joined_notes(self.notes[at], note)

    def add(self, kind: str, present: Values, **cells: Values) -> None:
        """One event for each delta where ``present`` is true; ``cells`` have a value for each delta."""
        if self.extra is not None or self.notes is not None or self.places is not None:
            chosen = [at for at, here in enumerate(present) if here]
            self.add_many(kind, chosen, **{name: [cell[at] for at in chosen] for name, cell in cells.items()})
        elif rows := list(compress(self.rows, present)):
            self.columns.events.add(
                len(rows),
                {
                    "row": rows,
                    "choice": list(compress(self.indices, present)),
                    **{name: list(compress(cell, present)) for name, cell in cells.items()},
                },
                kind=kind_code(kind),
            )

    def add_many(self, kind: str, positions: Sequence[int], **cells: list[Any]) -> None:
        """Events for the deltas at the positions, any number each, in this order."""
        if not positions:
            return
        if self.extra is not None:
            given = cells.get("extra") or [None] * len(positions)
            cells["extra"] = [_merged(own, _taken(self.extra, at)) for at, own in zip(positions, given, strict=True)]
        if self.notes is not None:
            own_notes = cells.get("notes") or [None] * len(positions)
            cells["notes"] = [
                joined_notes(own, _taken(self.notes, at)) for at, own in zip(positions, own_notes, strict=True)
            ]
        if self.places is not None:
            cells["place"] = [self.places[at] for at in positions]
        self.columns.events.add(
            len(positions),
            {
                "row": [self.rows[at] for at in positions],
                "choice": [self.indices[at] for at in positions],
                **cells,
            },
            kind=kind_code(kind),
        )

    def add_one(self, kind: str, at: int, **cells: Any) -> None:
        """One event for the delta at ``at``."""
        self.add_many(kind, [at], **{name: [value] for name, value in cells.items()})

    def malformed(self, at: int, field: str, expected: str, found: Json) -> None:
        """Keep what has the wrong type as it is, and say so."""
        text = to_json_text(found)
        self.add_one("unknown", at, text=text)
        self.problem(at, field, expected, text, "kept as an unknown event")

    def problem(self, at: int, field: str, expected: str, found: str, hint: str) -> None:
        self.columns.problem(self.rows[at], f"`{field}` has the wrong type", expected, found, hint)

    def _unknown(self, field: str, values: Values) -> Values:
        texts = [to_json_text({field: value}) if value not in _SAYS_NOTHING else None for value in values]
        self.add("unknown", texts, text=texts)
        return texts

    def strings(self, field: str, values: Values) -> tuple[Values, Values]:
        """The strings among the values, and where something was said: what is no string is kept as odd."""
        if set(map(type, values)) <= _STRINGS:
            return values, values
        strings = [value if type(value) is str else None for value in values]
        emitted: list[Any] = list(strings)
        for at, value in enumerate(values):
            if type(value) not in _STRINGS:
                self.malformed(at, field, "a string", value)
                emitted[at] = True
        return strings, emitted


def _taken(beside: list[str | None], at: int) -> str | None:
    """What stands beside a delta; it goes with one event only."""
    value, beside[at] = beside[at], None
    return value


def _merged(own: str | None, other: str | None) -> str | None:
    """One JSON object of two."""
    return f"{own[:-1]},{other[1:]}" if own and other else own or other


def _read_role(deltas: Deltas, field: str, values: Values) -> Values:
    roles, emitted = deltas.strings(field, values)
    deltas.add("role", roles, text=roles)
    return emitted


def _read_finish(deltas: Deltas, field: str, values: Values) -> Values:
    reasons, emitted = deltas.strings(field, values)
    deltas.add("finish", reasons, finish_reason=reasons)
    return emitted


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
        rest = {key: value for key, value in part.items() if key not in ("type", holder) and value not in _SAYS_NOTHING}
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
    fragments = [(at, _fragment(deltas, at, place, call)) for at, place, call in calls]
    if good := [(at, cells) for at, cells in fragments if cells is not None]:
        positions, cells = zip(*good, strict=True)
        columns = {name: [fragment[name] for fragment in cells] for name in cells[0]}
        deltas.add_many("tool_call", positions, **columns)
    return values


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
    index, rest, note = call.get("index"), {}, None
    if not is_index(index):
        if index is not None:
            hint = f"read as call {place}, its place in the delta"
            deltas.problem(at, "tool_calls[].index", "a small integer", to_json_text(index), hint)
            rest, note = {"index": index}, Note.ODD_CALL_INDEX
        elif not deltas.is_whole:  # in a whole answer no call is numbered
            note = Note.MISSING_CALL_INDEX
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
        "notes": note,
        "extra": to_json_text(rest) if rest else None,
    }


def _read_function_call(deltas: Deltas, field: str, values: Values) -> Values:
    """The predecessor of tool calls: one, unnumbered, without an id."""
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
    texts = [to_json_text({field: value}) if value not in _SAYS_NOTHING else None for value in values]
    deltas.add("annotation", texts, text=texts)
    return texts


def _read_audio(deltas: Deltas, field: str, values: Values) -> Values:
    """Spoken answers: the transcript is the answer's text, the sound stands beside it."""
    for at, value in enumerate(values):
        transcript = value.get("transcript") if type(value) is dict else None
        if type(transcript) is str and transcript:
            rest = {key: each for key, each in value.items() if key != "transcript" and each not in _SAYS_NOTHING}
            extra = to_json_text({field: rest}) if rest else None
            deltas.add_one("content", at, text=transcript, rank=_CONTENT, extra=extra)
        elif value not in _SAYS_NOTHING:
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


_Reader: TypeAlias = Callable[[Deltas, str, Values], Values]

DELTA_READERS: Final[dict[str, _Reader]] = {
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
CHOICE_READERS: Final[dict[str, _Reader]] = {
    "finish_reason": _read_finish,
    "logprobs": _read_logprobs,
    "content_filter_results": _read_filter,
    "usage": _read_choice_usage,
}
