"""What a delta says, field by field.

Takes deltas with the same keys, all at once, gives their events. Each field has one reader in `READERS`; a field without
one is an ``unknown`` event. Readers never look at other rows than they are given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, Final, TypeAlias

from recexplore.columns import Columns
from recexplore.decoding import to_json_text
from recexplore.dialects.openai_chat.rows import odd, read_usage
from recexplore.model import Json
from recexplore.schema import kind_code

__all__ = ["MAX_INDEX", "NOT_AN_OBJECT", "READERS", "READ_FIELDS", "Deltas"]

MAX_INDEX: Final = 1 << 20
"""A larger choice or tool index is no index but a mistake."""

NOT_AN_OBJECT: Final = "(not an object)"
"""The field under which a delta that is no object is handed on."""

_CONTENT: Final = kind_code("content")
_STRINGS: Final = frozenset({str, type(None)})
_CALL_FIELDS: Final = frozenset(["index", "id", "type", "function", "custom"])


@dataclass(slots=True)
class Deltas:
    """Deltas with the same keys, and what their choices say beside them: the k-th belongs to ``indices[k]`` of the chunk
    at ``rows[k]``. ``fields`` holds only fields that say something."""

    rows: Sequence[int]
    indices: Sequence[int]
    places: Sequence[int] | None
    extra: Sequence[str | None] | None
    fields: dict[str, Sequence[Json]]
    columns: Columns

    def read(self, delta_fields: set[str]) -> None:
        voices = []
        for field, values in self.fields.items():
            if read := READERS.get(field):
                voices.append(read(self, field, values))
            elif field in delta_fields:
                voices.append(self._unknown(field, values))
        silent = list(range(len(self.rows)))
        # the most talkative first: nearly nothing is left for the others
        for said in sorted(voices, key=lambda said: sum(map(bool, said)), reverse=True):
            silent = [at for at in silent if not said[at]]
        if silent:
            self.add("empty", mask(silent, len(self.rows)))

    def add(self, kind: str, present: Sequence[Any], **cells: Any) -> None:
        """One event for each delta where ``present`` is true; sequences in ``cells`` have a value for each delta."""
        rows = list(compress(self.rows, present))
        if not rows:
            return
        events = self.columns.events
        picked = {
            name: list(compress(cell, present)) if type(cell) in (list, tuple) else cell for name, cell in cells.items()
        }
        if self.places is not None:
            picked["place"] = list(compress(self.places, present))
        if self.extra is not None and "extra" not in picked:
            picked["extra"] = self._extra_once(present)
        events.add(len(rows), row=rows, choice=list(compress(self.indices, present)), kind=kind_code(kind), **picked)

    def add_one(self, kind: str, at: int, **cells: Any) -> None:
        """One event for the delta at ``at``."""
        self.add_many(kind, [at], **{name: [value] for name, value in cells.items()})

    def add_many(self, kind: str, positions: Sequence[int], **cells: list[Any]) -> None:
        """Events for the deltas at the positions, any number each, in this order."""
        if self.extra is not None:
            given = cells.get("extra") or [None] * len(positions)
            cells["extra"] = [value or self._take_extra(at) for at, value in zip(positions, given, strict=True)]
        if self.places is not None:
            cells["place"] = [self.places[at] for at in positions]
        self.columns.events.add(
            len(positions),
            row=[self.rows[at] for at in positions],
            choice=[self.indices[at] for at in positions],
            kind=kind_code(kind),
            **cells,
        )

    def _take_extra(self, at: int) -> str | None:
        return self._extra_once(mask([at], len(self.rows)))[0]

    def odd(self, at: int, field: str, expected: str, found: Json) -> None:
        odd(self.columns, self.rows[at], f"`{field}`", expected, found, self.indices[at])

    def _extra_once(self, present: Sequence[Any]) -> list[str | None]:
        """What a vendor said beside the delta goes with the first event that came of it."""
        extra = list(self.extra or ())
        self.extra = [None if here else value for here, value in zip(present, extra, strict=True)]
        return list(compress(extra, present))

    def _unknown(self, field: str, values: Sequence[Json]) -> Sequence[Any]:
        texts = [to_json_text({field: value}) if value not in _SAYS_NOTHING else None for value in values]
        self.add("unknown", texts, text=texts)
        return texts


_SAYS_NOTHING: Final[tuple[Json, ...]] = (None, "", [], {})


def mask(positions: list[int], n: int) -> list[bool]:
    mask = [False] * n
    for at in positions:
        mask[at] = True
    return mask


def _read_role(deltas: Deltas, field: str, values: Sequence[Json]) -> Sequence[Any]:
    deltas.add("role", values, text=values)
    return values


def _read_finish(deltas: Deltas, field: str, values: Sequence[Json]) -> Sequence[Any]:
    deltas.add("finish", values, finish_reason=values)
    return values


def _read_text(deltas: Deltas, field: str, values: Sequence[Json]) -> Sequence[Any]:
    """Content or refusal: strings, or lists of typed parts (Mistral, whole bodies)."""
    voices = values
    if set(map(type, values)) - _STRINGS:
        values = list(values)
        for at, value in enumerate(voices):
            if type(value) is list:
                for part in value:
                    _read_part(deltas, at, part, field)
            elif type(value) not in _STRINGS:
                deltas.odd(at, field, "a string or a list of parts", value)
            else:
                continue
            values[at] = None
    cells: dict[str, Any] = {"text": values}
    if field == "content" and "logprobs" in deltas.fields:
        cells["logprob"] = [_joint_logprob(logprobs) for logprobs in deltas.fields["logprobs"]]
    deltas.add(field, values, **cells)
    return voices


def _read_part(deltas: Deltas, at: int, part: Json, field: str) -> None:
    """One typed part of a content list; https://docs.mistral.ai/capabilities/reasoning/ for ``thinking``."""
    kind, text = field, part
    if type(part) is dict:
        name = str(part.get("type"))
        kind = {"thinking": "reasoning", "refusal": "refusal"}.get(name, field)
        text = part.get(name)
        if type(text) is list:
            text = "".join(each["text"] for each in text if type(each) is dict and type(each.get("text")) is str)
    if type(text) is not str:
        deltas.add_one("unknown", at, text=to_json_text(part), rank=_CONTENT)
    elif text:
        deltas.add_one(kind, at, text=text, rank=_CONTENT)


def _read_reasoning(deltas: Deltas, field: str, values: Sequence[Json]) -> Sequence[Any]:
    """Reasoning in a field of its own. vLLM, SGLang and DeepSeek call it ``reasoning_content``, later vLLM, Ollama,
    OpenRouter and bedrock-mantle ``reasoning``; the same text under both names is one event."""
    texts = [_reasoning_text(value) for value in values]
    for at, text in enumerate(texts):
        if type(text) not in _STRINGS:
            texts[at] = None
            deltas.odd(at, field, "a string", text)
    twins: list[str | None] | None = None
    if field == "reasoning" and "reasoning_content" in deltas.fields:
        for at, other in enumerate(map(_reasoning_text, deltas.fields["reasoning_content"])):
            if texts[at] and texts[at] == other:
                texts[at] = None
    elif field == "reasoning_content" and "reasoning" in deltas.fields:
        others = map(_reasoning_text, deltas.fields["reasoning"])
        noted = to_json_text({"same_text_in": "reasoning"})
        twins = [noted if text and text == other else None for text, other in zip(texts, others, strict=True)]
    cells: dict[str, Any] = {"extra": twins} if twins and any(twins) else {}
    deltas.add("reasoning", texts, text=texts, **cells)
    return values


def _reasoning_text(value: Json) -> Json:
    """Envoy and Bedrock send an object with ``text`` where others send a string."""
    return value["text"] if type(value) is dict and type(value.get("text")) is str else value


def _read_reasoning_details(deltas: Deltas, field: str, values: Sequence[Json]) -> Sequence[Any]:
    """https://openrouter.ai/docs/use-cases/reasoning-tokens: text that is not told elsewhere; signatures as they are."""
    told = [deltas.fields.get(name, ()) for name in ("reasoning", "reasoning_content")]
    for at, details in enumerate(values):
        if not details:
            continue
        parts = details if type(details) is list else [details]
        texts = [part.get("text") or part.get("summary") for part in parts if type(part) is dict]
        text = "".join(each for each in texts if type(each) is str)
        if text and not any(other and other[at] for other in told):
            deltas.add_one("reasoning", at, text=text, extra=to_json_text({field: details}))
        else:
            deltas.add_one("annotation", at, text=to_json_text({field: details}))
    return values


def _read_tool_calls(deltas: Deltas, field: str, values: Sequence[Json]) -> Sequence[Any]:
    calls = [
        (at, place, call)
        for at, found in enumerate(values)
        if found
        for place, call in enumerate(found if type(found) is list else [found])
    ]
    fragments = [_fragment(deltas, at, place, call) for at, place, call in calls]
    at_and_cells = [(at, cells) for (at, _, _), cells in zip(calls, fragments, strict=True) if cells is not None]
    if at_and_cells:
        at, cells = zip(*at_and_cells, strict=True)
        text, index, call_id, name, extra = (list(column) for column in zip(*cells, strict=True))
        deltas.add_many("tool_call", at, text=text, tool_index=index, tool_call_id=call_id, tool_name=name, extra=extra)
    return values


_Fragment: TypeAlias = tuple[str, int, Json, Json, str | None]


def _fragment(deltas: Deltas, at: int, place: int, call: Json) -> _Fragment | None:
    """Text, index, id, name and extra of one fragment of a tool call."""
    body = call.get("function") or call.get("custom") or {} if type(call) is dict else None
    if type(body) is not dict:
        deltas.odd(at, "tool_calls", "an object with `function`", call)
        return None
    arguments = body.get("arguments", body.get("input"))
    text = arguments if type(arguments) is str else "" if arguments is None else to_json_text(arguments)
    index = call.get("index")
    if type(index) is not int or not 0 <= index < MAX_INDEX:
        index = place
    rest = {key: call[key] for key in call.keys() - _CALL_FIELDS if call[key] is not None}
    return text, index, call.get("id") or None, body.get("name") or None, to_json_text(rest) if rest else None


def _read_function_call(deltas: Deltas, field: str, values: Sequence[Json]) -> Sequence[Any]:
    """The predecessor of tool calls: one, unnumbered, without an id."""
    return _read_tool_calls(deltas, field, [[{"function": call}] if call else None for call in values])


def _read_annotations(deltas: Deltas, field: str, values: Sequence[Json]) -> Sequence[Any]:
    for at, notes in enumerate(values):
        for note in notes if type(notes) is list else [notes] if notes else ():
            is_citation = type(note) is dict and "citation" in str(note.get("type"))
            deltas.add_one("citation" if is_citation else "annotation", at, text=to_json_text(note))
    return values


def _read_logprobs(deltas: Deltas, field: str, values: Sequence[Json]) -> Sequence[Any]:
    return _read_verbatim(deltas, "logprobs", values)


def _read_filter(deltas: Deltas, field: str, values: Sequence[Json]) -> Sequence[Any]:
    return _read_verbatim(deltas, "filter", values)


def _read_verbatim(deltas: Deltas, kind: str, values: Sequence[Json]) -> Sequence[Any]:
    """Kept as JSON, unless all it says is that there is nothing to say."""
    texts = [
        to_json_text(value) if (any(value.values()) if type(value) is dict else value) else None for value in values
    ]
    deltas.add(kind, texts, text=texts)
    return texts


def _joint_logprob(logprobs: Json) -> float | None:
    """Log probability of a delta's text: the sum over its tokens."""
    tokens = logprobs.get("content") if type(logprobs) is dict else None
    if not tokens or type(tokens) is not list:
        return None
    values = [token.get("logprob") if type(token) is dict else None for token in tokens]
    numbers = [float(value) for value in values if isinstance(value, int | float)]
    return sum(numbers) if len(numbers) == len(values) else None


def _read_choice_usage(deltas: Deltas, field: str, values: Sequence[Json]) -> Sequence[Any]:
    """Moonshot reports usage inside the choice."""
    read_usage(deltas.columns, deltas.rows, values, "choices[].usage", deltas.indices)
    return values


def _read_wrapped(deltas: Deltas, field: str, values: Sequence[Json]) -> Sequence[Any]:
    for at, value in enumerate(values):
        deltas.odd(at, "delta", "an object", value)
    return [True] * len(values)


_Reader: TypeAlias = Callable[[Deltas, str, Sequence[Json]], Sequence[Any]]

READERS: Final[dict[str, _Reader]] = {
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
    "finish_reason": _read_finish,
    "logprobs": _read_logprobs,
    "content_filter_results": _read_filter,
    "usage": _read_choice_usage,
}
"""Who reads which field of a delta, or of the choice around it. A reader gives back values that are true where it said
something."""

READ_FIELDS: Final = frozenset(READERS)
