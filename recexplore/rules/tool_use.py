"""Rules about the use of tools: whether the answer ends as it calls, calls what was declared, and calls at all."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import orjson

from recexplore.model.traits import Trait
from recexplore.rules.quoting import ends_with, listed, quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, rows
from recexplore.rules.stretches import stretch_of

__all__ = ["RULES"]

_FORCED: Final = ("required", "any")
_NAMELESS: Final = ("auto", "none", "validated")
"""Words of `tool_choice` that name no tool."""
_MARKERS: Final = re.compile(
    r"(?<!`)(?:<tool_call>(?=\s*[{<\[])|<\|python_tag\|>|\[TOOL_CALLS\](?=\s*[\w{\[])"
    r"|<function[=_]\w|<\|tool_call|<｜tool▁call)"
)
"""What models write around a call; between backticks, or without a call behind it, it is only spoken of."""
_FENCES: Final = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_PYTHONIC: Final = re.compile(r"\[?\s*[A-Za-z_][\w.]*\(.*\)\s*\]?\s*\Z", re.DOTALL)
_BEGINS_CALL: Final = re.compile(
    r'\[?\s*\{[^{}]{0,80}"name"\s*:\s*"([\w.-]+)"\s*,\s*"(?:parameters|arguments|args|input)"\s*:'
)
_LONGEST_CALL: Final = 10_000
_ARGUMENTS: Final = ("arguments", "parameters", "args", "input")


def _tool_finish(streams: Streams) -> Iterator[Hit]:
    answers = streams.answers
    answers = answers[answers["finish_reason"].notna()]
    own = set(streams.own_calls["key"])
    every = set(streams.tool_calls["key"])
    called = answers[answers["key"].isin(own).to_numpy() & (answers["meaning"] == "stop").to_numpy(dtype=bool)]
    for row in rows(called):
        forced = isinstance(row.tool_choice, str) and row.tool_choice not in _NAMELESS
        if not forced:
            yield Hit(
                row.of,
                f"Choice {row.choice} calls a tool but finishes with {quoted(row.finish_reason)}; a client that looks "
                "for the finish reason never runs it.",
                chunk=int(streams.first_finish.loc[row.key, "chunk"]),
                choice=row.choice,
                evidence=f"finish_reason {row.finish_reason}",
            )
    idle = (answers["tool_choice"].isin(_FORCED) & ~answers["key"].isin(every)).to_numpy(dtype=bool)
    spoken = ((answers["meaning"] == "stop") & (answers["content_chars"] > 0)).to_numpy(dtype=bool)
    for row in rows(answers[idle & spoken]):
        yield Hit(
            row.of,
            f"The request demanded a tool call (tool_choice {quoted(row.tool_choice)}), choice {row.choice} makes "
            "none.",
            chunk=int(streams.first_finish.loc[row.key, "chunk"]),
            choice=row.choice,
            evidence=f"finish_reason {row.finish_reason}; content {quoted(ends_with(row.content or ''))}",
        )
    # What the provider runs itself, or a custom tool, is a call to chat, and none to the others' `tool_use`.
    any_counts = streams.has(answers["of"], Trait.PROVIDER_CALLS_FINISH)
    calls_none = ~answers["key"].isin(own).to_numpy() & ~(any_counts & answers["key"].isin(every).to_numpy())
    promised = answers[(answers["meaning"] == "tool").to_numpy(dtype=bool) & calls_none]
    for row in rows(promised):
        yield Hit(
            row.of,
            f"Choice {row.choice} finishes with {quoted(row.finish_reason)} and calls no tool.",
            chunk=int(streams.first_finish.loc[row.key, "chunk"]),
            choice=row.choice,
            evidence=f"finish_reason {row.finish_reason}; content {quoted(ends_with(row.content or ''))}",
        )


@lru_cache(maxsize=512)
def _names(tools: str) -> frozenset[str]:
    return frozenset(orjson.loads(tools))


def _tool_unknown(streams: Streams) -> Iterator[Hit]:
    calls = streams.own_calls
    calls = calls[calls["name"].notna()]
    offered = streams.requests["tools"].to_numpy(dtype=object)[calls["of"]]
    for row, tools in zip(rows(calls), offered, strict=True):
        known = _names(tools) if isinstance(tools, str) else None
        if "<|" in row.name:
            message = f"Choice {row.choice} calls {quoted(row.name)}: a special token stands in the name."
        elif known is not None and row.name not in known and not streams.has(row.of, Trait.OWN_TOOLS):
            message = f"Choice {row.choice} calls {quoted(row.name)}, which the request does not declare."
        else:
            continue
        evidence = f"declared: {listed(sorted(known))}" if known else str(row.name)
        yield Hit(row.of, message, chunk=row.first_chunk, choice=row.choice, evidence=evidence)


def _tool_as_text(streams: Streams) -> Iterator[Hit]:
    answers = streams.answers
    offered = answers[answers["tools"].notna() & (answers["content_chars"] > 0)]
    offered = offered[~offered["key"].isin(streams.tool_calls["key"]) & (offered["tool_choice"] != "none")]
    content = offered["content"].str.strip()
    looks = content.str.match(r"[\[{`]|[\w.-]+\(") | content.str.contains(
        r"<tool_call>|<\||TOOL_CALLS|<function|<｜", regex=True
    )
    for row in rows(offered[looks.to_numpy(dtype=bool)]):
        asked = row.response_format in ("json_object", "json_schema")
        how = _called_in(row.content.strip(), _names(row.tools), is_json_asked=asked)
        if how is None:
            continue
        start = len(row.content) - len(row.content.lstrip())
        stretch = stretch_of(streams.spoken(row.key, "content"), start, len(row.content.rstrip()))
        yield Hit(
            row.of,
            f"Choice {row.choice} writes a tool call into its text instead of calling a tool: {how}.",
            **stretch.fields(),
            choice=row.choice,
            evidence=quoted(row.content.strip()),
        )


def _called_in(text: str, names: frozenset[str], *, is_json_asked: bool) -> str | None:
    """What a text calls, in words, if a call is all it is or a marker of one stands in it."""
    text = _FENCES.sub("", text).strip()
    if marker := _MARKERS.search(text):
        return f"the marker {quoted(marker.group())} stands in it"
    if name := _called_in_python(text, names):
        return f"a call of {quoted(name)} is all it says"
    if is_json_asked or text[:1] not in "[{":
        return None
    name = _called_in_json(text, names)
    return None if name is None else f"it begins with JSON that calls {quoted(name)}"


def _called_in_python(text: str, names: frozenset[str]) -> str | None:
    """The first of one or several calls written as in Python, as Llama's models do: ``[weather(city="Oslo")]``."""
    if not _PYTHONIC.match(text) or len(text) > _LONGEST_CALL:
        return None
    try:
        written = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    calls = written.elts if isinstance(written, ast.List | ast.Tuple) else [written]
    called = [ast.unparse(call.func) if isinstance(call, ast.Call) else "" for call in calls]
    return called[0] if called and all(name in names for name in called) else None


def _called_in_json(text: str, names: frozenset[str]) -> str | None:
    """The first call among the JSON values that a text begins with; a broken one is told by how it begins."""
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        begun = _BEGINS_CALL.match(text)
        return begun[1] if begun and begun[1] in names else None
    wrapped = value.get("tool_calls") if isinstance(value, dict) else None
    found = wrapped if isinstance(wrapped, list) else value
    return _named_in(found[0] if isinstance(found, list) and found else found, names)


def _named_in(value: Any, names: frozenset[str]) -> str | None:
    if not isinstance(value, dict):
        return None
    inner = value.get("function")
    call = inner if isinstance(inner, dict) else value
    name = call.get("name", inner if isinstance(inner, str) else call.get("tool"))
    has_arguments = any(field in call for field in _ARGUMENTS)
    return name if isinstance(name, str) and name in names and has_arguments else None


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "tool-finish",
        "Finish reason and tool calls disagree",
        "warning",
        meaning="Agents that go by the finish reason stop instead of running the tool, or look for a call that is not "
        "there.",
        cause="The server's tool parser and its finish logic do not know each other.",
        remedy="Go by the presence of calls in the client; fix the finish reason at the gateway.",
        legal="A forced tool ends with `stop` at OpenAI; Gemini always ends with STOP; tools that the provider runs "
        "itself.",
        find=_tool_finish,
        traits=frozenset({Trait.CALLS_FINISH}),
        sources=("https://github.com/BerriAI/litellm/issues/12862",),
    ),
    Rule(
        "tool-unknown",
        "A tool that was not declared",
        "warning",
        meaning="The client has no such tool: it raises, or tells the model so and pays for another turn.",
        cause="The model made the name up, or a special token of its format leaked into the name.",
        remedy="Check names before running them; look at the server's tool parser where the name holds tokens.",
        legal="Requests without tools, a provider's own tools, and those of an agent. Where no request was recorded, "
        "only a special token in a name is told.",
        find=_tool_unknown,
        sources=("https://github.com/vllm-project/vllm/issues/32587",),
    ),
    Rule(
        "tool-as-text",
        "A tool call written as text",
        "error",
        meaning="The tool never runs; the reader sees JSON.",
        cause="The server has no parser for the model's way of calling tools, or the wrong one.",
        remedy="Configure the tool parser that fits the model, or take the call out of the text at the gateway.",
        legal="JSON that was asked for, code in fences, and text that merely mentions a tool.",
        find=_tool_as_text,
        needs=("request",),
    ),
)
