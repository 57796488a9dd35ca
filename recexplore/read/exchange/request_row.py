"""What was asked: the row of ``requests``.

Takes a request and where requests say what they ask for, gives plain values. Never looks at the answer. What has a wrong
type was not asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text
from recexplore.model.request_fields import FieldPath, RequestFields
from recexplore.read.exchange.declared_tools import declared_in

__all__ = ["RequestReader", "n_requested"]

_MODEL_ROLES: Final = ("assistant", "model")
_NO_REASONING: Final = ("none", "disabled", "off", "false")
_REMEMBERED_KEYS: Final = 1_000
_SPECIAL: Final = re.compile(
    rb"<\|[^<>|\s]{1,40}\|>|<\xef\xbd\x9c[^<>\s]{1,120}\xef\xbd\x9c>|<(?:start|end)_of_turn>|\[/?INST\]"
    rb"|<(?:tool_call|function_calls)>|<function=|<invoke name=|\[TOOL_CALLS\]"
    rb"|\xef\xbf\xbd|\xed[\xa0-\xbf][\x80-\xbf]"
    rb"|\xc3\xa2\xe2\x82\xac|\xc3\xb0\xc5\xb8|\xc3\x83(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2})"
)
"""Tokens between ``<|`` and ``|>``, or DeepSeek's full-width bars; Gemma's and Mistral's; the marks before calls; U+FFFD;
how UTF-8 begins that was read as Windows-1252: for typographic marks, emoji, and letters with accents."""


class RequestReader:
    """Reads requests by some fields.

    A fact is looked for only where the body has a field that it can stand in: most requests have few of all that any
    API has.
    """

    def __init__(self, fields: RequestFields) -> None:
        self._fields = fields
        self._facts_by_key: dict[str, list[str]] = {}
        for column, fact in _FACTS.items():
            for key in _first_keys(fields, (*fact.fields, "settings")):
                self._facts_by_key.setdefault(key, []).append(column)
        self._facts_by_keys: dict[tuple[str, ...], list[str]] = {}
        self._tool_keys = _first_keys(fields, ("tools",))
        self._tool_marks = [kind.encode() for kind, *_ in fields.message_tools]

    def row(self, request: dict[str, Json], body: bytes | None) -> dict[str, Any]:
        """The row of ``requests``; all missing where no request was recorded. ``body`` is the request as JSON."""
        row: dict[str, Any] = dict.fromkeys(_FACTS)
        for column in self._facts_of(tuple(request)):
            row[column] = _FACTS[column].read(request, self._fields)
        declared = declared_in(request, self._fields) if self._may_declare_tools(request, body or b"") else ()
        schemas = {tool.name: tool.parameters for tool in declared if tool.parameters}
        row["tools"] = to_json_text(list(dict.fromkeys(tool.name for tool in declared))) if declared else None
        row["tool_parameters"] = to_json_text(schemas) if schemas else None
        row["special_tokens"] = _special_tokens(body or b"")
        return row

    def _facts_of(self, keys: tuple[str, ...]) -> list[str]:
        """The facts that a body with these keys may hold; most bodies have those of another."""
        facts = self._facts_by_keys.get(keys)
        if facts is None:
            facts = list({column for key in keys for column in self._facts_by_key.get(key, ())})
            if len(self._facts_by_keys) < _REMEMBERED_KEYS:
                self._facts_by_keys[keys] = facts
        return facts

    def _may_declare_tools(self, request: dict[str, Json], body: bytes) -> bool:
        return not self._tool_keys.isdisjoint(request) or any(mark in body for mark in self._tool_marks)


def _first_keys(fields: RequestFields, names: Iterable[str]) -> frozenset[str]:
    """The keys of a body where some fields, or the paths to them, begin."""
    declared = (each for name in names for each in getattr(fields, name))
    return frozenset(each if isinstance(each, str) else each[0] for each in declared)


def _encoding(request: dict[str, Json], fields: RequestFields) -> str | None:
    return next((each for each in _settings(request, fields, fields.encoding) if isinstance(each, str)), None)


def _input_fields(request: dict[str, Json], fields: RequestFields) -> str | None:
    return " ".join(name for name in fields.messages if request.get(name)) or None


def _n_inputs(request: dict[str, Json], fields: RequestFields) -> int | None:
    """How many texts, or lists of tokens, an input is; None for mixed ones, which servers count as they like."""
    given = next((value for name in fields.inputs if (value := request.get(name))), None)
    if isinstance(given, str):
        return 1
    if not isinstance(given, list):
        return None
    if all(isinstance(each, str) for each in given):
        return len(given)
    if all(type(each) is int for each in given):
        return 1
    is_batch = all(isinstance(each, list) and each and all(type(token) is int for token in each) for each in given)
    return len(given) if is_batch else None


def n_requested(request: dict[str, Json], fields: RequestFields) -> int | None:
    """How many answers were asked for; None where the request does not say."""
    n = next((value for value in _settings(request, fields, fields.n) if value is not None), None)
    return n if type(n) is int else None


def _at(request: dict[str, Json], path: FieldPath) -> Json:
    """The value at a path; None where there is none."""
    value: Json = request.get(path[0])
    for key in path[1:]:
        if value is None:
            return None
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _values(request: dict[str, Json], paths: Iterable[FieldPath]) -> Iterator[Json]:
    # Most requests hold few of all the fields that any API has.
    return (value for path in paths if path[0] in request and (value := _at(request, path)) is not None)


def _settings(request: dict[str, Json], fields: RequestFields, names: Iterable[str]) -> Iterator[Json]:
    """The values of some settings, in the body first, then in the objects that hold settings."""
    for name in names:
        if name in request:
            yield request[name]
    for holder in fields.settings:
        if holder in request and isinstance(settings := request[holder], dict):
            yield from (settings[name] for name in names if name in settings)


def _is_true(request: dict[str, Json], paths: Iterable[FieldPath]) -> bool | None:
    return next((value for value in _values(request, paths) if type(value) is bool), None)


def _tool_choice(request: dict[str, Json], fields: RequestFields) -> str | None:
    """A word (`auto`, `none`, `required`, `any`), or the name of the tool that was forced."""
    choice = next((value for value in _values(request, fields.tool_choice) if value), None)
    said: Iterable[Json] = (choice,)
    if isinstance(choice, dict):
        forced = next((inner for key in ("function", "tool") if isinstance(inner := choice.get(key), dict)), choice)
        said = (forced.get("name"), choice.get("mode"), choice.get("type"), *choice)
    for value in said:
        if isinstance(value, str):
            return value.lower() if value.isupper() else value
    return None


def _response_format(request: dict[str, Json], fields: RequestFields) -> str | None:
    """``json_schema`` or ``json_object`` where the answer has to be JSON, else what the request calls it."""
    for value in _values(request, fields.response_format):
        if isinstance(value, dict) and isinstance(kind := value.get("type"), str):
            return kind
    if "application/json" in _settings(request, fields, fields.media_type):
        return "json_schema" if any(_settings(request, fields, fields.response_schema)) else "json_object"
    for value in _values(request, fields.json_format):
        if value == "json":
            return "json_object"
        if isinstance(value, dict) and value:
            return "json_schema"
    return None


def _json_type(request: dict[str, Json], fields: RequestFields) -> str | None:
    """What the schema of the answer says of its root; an object where JSON was asked for by such a name alone."""
    response_format = _response_format(request, fields)
    if response_format not in ("json_schema", "json_object"):
        return None
    schemas = (*_values(request, fields.json_schema), *_settings(request, fields, fields.response_schema))
    schema = next((each for each in schemas if isinstance(each, dict)), None)
    if schema is None:
        # A media type says that JSON comes, not which.
        is_named = response_format == "json_object" and not any(_settings(request, fields, fields.media_type))
        return "object" if is_named else None
    kind = schema.get("type")
    return kind.lower() if isinstance(kind, str) and schema.get("nullable") is not True else None


def _stop(request: dict[str, Json], fields: RequestFields) -> str | None:
    """The sequences at which the answer has to stop, as a JSON list: those that it cannot rightly hold."""
    if any(type(value) in (bool, int) and value > 0 for value in _settings(request, fields, fields.passes_stop)):
        return None
    asked = next((value for value in _settings(request, fields, fields.stop) if value), None)
    sequences = [each for each in (asked if isinstance(asked, list) else [asked]) if isinstance(each, str) and each]
    begun = _begun_answer(request, fields) if sequences else ""
    sequences = [each for each in sequences if each not in begun]
    return to_json_text(sequences) if sequences else None


def _begun_answer(request: dict[str, Json], fields: RequestFields) -> str:
    """What the last message says where it is the model's: the answer goes on with it, and some servers repeat it."""
    messages = next((value for name in fields.messages if isinstance(value := request.get(name), list) and value), None)
    last = messages[-1] if messages else None
    is_begun = isinstance(last, dict) and last.get("role") in _MODEL_ROLES
    return "\n".join(_strings(last)) if is_begun else ""


def _strings(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)


def _asks_logprobs(request: dict[str, Json], fields: RequestFields) -> bool | None:
    """Completions ask by a number, of which 0 asks too; others by true or false."""
    wanted = next((value for value in _settings(request, fields, fields.logprobs) if value is not None), None)
    return None if wanted is None else wanted is True or type(wanted) is int


def _count(request: dict[str, Json], fields: RequestFields, names: Iterable[str]) -> int | None:
    counts = _settings(request, fields, names)
    return next((count for count in counts if type(count) is int and 0 <= count < 2**63), None)


def _parallel_calls(request: dict[str, Json], fields: RequestFields) -> bool | None:
    allowed = _is_true(request, fields.parallel_calls)
    only_one = _is_true(request, fields.single_call)
    return allowed if allowed is not None or only_one is None else not only_one


def _reasoning(request: dict[str, Json], fields: RequestFields) -> bool | None:
    """By true and false, by a number of tokens, or by a word."""
    for value in _values(request, fields.reasoning):
        if isinstance(value, bool | int):
            return bool(value)
        if isinstance(value, str) and value:
            return value.lower() not in _NO_REASONING
    return None


def _other_models(request: dict[str, Json], fields: RequestFields) -> str | None:
    listed = [each for value in _values(request, fields.other_models) if isinstance(value, list) for each in value]
    names = [each for each in listed if isinstance(each, str)]
    return to_json_text(names) if names else None


def _special_tokens(body: bytes) -> str | None:
    """What an answer may merely quote, as a JSON list."""
    # Most bodies are plain words, and a byte is found many times faster than a pattern.
    if body.isascii() and b"<" not in body and b"INST]" not in body and b"[TOOL_CALLS]" not in body:
        return None
    found = dict.fromkeys(_SPECIAL.findall(body))
    return to_json_text([token.decode("utf-8", "replace") for token in found]) if found else None


@dataclass(frozen=True, slots=True)
class _Fact:
    """How a fact is read, and from which of `RequestFields`."""

    read: Callable[[dict[str, Json], RequestFields], Any]
    fields: tuple[str, ...]


_FACTS: Final = {
    "stream": _Fact(lambda request, fields: _is_true(request, fields.stream), ("stream",)),
    "include_usage": _Fact(lambda request, fields: _is_true(request, fields.include_usage), ("include_usage",)),
    "continuous_usage": _Fact(
        lambda request, fields: _is_true(request, fields.continuous_usage), ("continuous_usage",)
    ),
    "parallel_calls": _Fact(_parallel_calls, ("parallel_calls", "single_call")),
    "tool_choice": _Fact(_tool_choice, ("tool_choice",)),
    "response_format": _Fact(_response_format, ("response_format", "media_type", "json_format")),
    "json_type": _Fact(_json_type, ("response_format", "media_type", "json_format")),
    "stop": _Fact(_stop, ("stop",)),
    "logprobs": _Fact(_asks_logprobs, ("logprobs",)),
    "max_tokens": _Fact(lambda request, fields: _count(request, fields, fields.max_tokens), ("max_tokens",)),
    "reasoning": _Fact(_reasoning, ("reasoning",)),
    "dimensions": _Fact(lambda request, fields: _count(request, fields, fields.dimensions), ("dimensions",)),
    "encoding": _Fact(_encoding, ("encoding",)),
    "n_inputs": _Fact(_n_inputs, ("inputs",)),
    "input_fields": _Fact(_input_fields, ("messages",)),
    "other_models": _Fact(_other_models, ("other_models",)),
}
"""The columns of ``requests``, but for those that tell of tools and of what the whole body holds."""
