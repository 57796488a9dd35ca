"""Rules about the arguments of tool calls: whether they are what the API promises, and what the tool declares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import orjson
import pandas as pd

from recexplore.model.notes import Note
from recexplore.model.traits import Trait
from recexplore.rules.json_schemas import Fault, faults_in
from recexplore.rules.json_texts import is_json_object, second_object
from recexplore.rules.quoting import ends_with, listed, quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, call_of, grouped, rows
from recexplore.rules.stretches import stretch_of, stretches_of

__all__ = ["RULES"]

_TOLD_ELSEWHERE: Final = ("length", "filter")
_FAILED: Final = ("failed", "malformed")
_LONGEST_JUDGED: Final = 100_000
_MOST_JUDGED: Final = 200
"""Calls of an answer that are held against their schemas."""


def _tool_args(streams: Streams) -> Iterator[Hit]:
    odd = _no_text(streams)
    for _, mine in grouped(odd, "key"):
        yield _not_a_string(mine, streams)
    calls = streams.own_calls
    bad = calls[(calls["arguments_valid"] == False).fillna(False).to_numpy(dtype=bool)]  # noqa: E712
    bad = bad[(bad["arguments"].str.strip() != "") & ~call_of(bad).isin(call_of(odd))]
    failed = frozenset(streams.stray_errors["of"]) if len(bad) else frozenset()
    for row in rows(bad):
        answer = streams.answers.loc[row.key]
        if pd.isna(answer["finish_reason"]) or answer["meaning"] in _TOLD_ELSEWHERE:
            continue  # told by no-finish, length-cut and filtered
        if is_json_object(row.arguments) or second_object(row.arguments) is not None:
            continue  # half a character in an escape, which not every reader takes; told by tool-merged
        what, at = _fault(row.arguments)
        is_broken_off = at >= len(row.arguments.rstrip()) - 1
        if is_broken_off and (pd.notna(answer["error"]) or answer["meaning"] in _FAILED or row.of in failed):
            continue  # what broke it off is told by inband-error
        stretch = stretch_of(streams.fragments(row), at)
        last, limit = max(stretch.chunk, row.last_chunk), ""
        if is_broken_off and _used_up(answer, streams):
            last = max(last, int(streams.first_finish.loc[row.key, "chunk"]))
            limit = (
                f": the {answer['max_tokens']} tokens that the request allows were used up, although the answer finishes "
                f"with {quoted(answer['finish_reason'])}"
            )
        yield Hit(
            row.of,
            f"The arguments of {quoted(row.name)} (call {row.tool_index} of choice {row.choice}) are {what}{limit}.",
            **stretch._replace(last_chunk=last).fields(),
            choice=row.choice,
            evidence=quoted(row.arguments),
        )


def _no_text(streams: Streams) -> pd.DataFrame:
    """The fragments of functions whose arguments are JSON itself, where the API promises a text."""
    odd = streams.noted(Note.ODD_ARGUMENTS)
    odd = odd[streams.has(odd["of"], Trait.ARGUMENTS_ARE_TEXT)]
    return odd[call_of(odd).isin(call_of(streams.own_calls)).to_numpy(dtype=bool)]


def _not_a_string(fragments: pd.DataFrame, streams: Streams) -> Hit:
    """All calls of an answer together: a server that sends one so sends all so."""
    own = streams.own_calls
    calls = own[call_of(own).isin(call_of(fragments)).to_numpy(dtype=bool)]
    kind = _kind(orjson.loads(fragments["text"].iloc[0]))
    several = len(calls) > 1
    names = f"{listed(map(quoted, dict.fromkeys(calls['name'].dropna())))} " if calls["name"].notna().any() else ""
    return Hit(
        int(fragments["of"].iloc[0]),
        f"The arguments of {names}(call{'s' if several else ''} {listed(calls['tool_index'])} of choice "
        f"{fragments['choice'].iloc[0]}) are {kind} where the API promises a string that holds JSON; typed clients raise, "
        "others join no text.",
        **stretches_of(fragments, _places(fragments)).fields(),
        choice=int(fragments["choice"].iloc[0]),
        evidence=quoted(fragments["text"].iloc[0]),
    )


def _places(fragments: pd.DataFrame) -> list[tuple[int, int]]:
    ends = fragments["text"].str.len().cumsum().tolist()
    return list(zip([0, *ends[:-1]], ends, strict=True))


def _used_up(answer: Any, streams: Streams) -> bool:
    """Whether an answer, the only one of its request, took all tokens that it was allowed."""
    spent = streams.recordings["completion_tokens"].iloc[int(answer["of"])]
    allowed = answer["max_tokens"]
    return bool(answer["n_answers"] == 1 and pd.notna(spent) and pd.notna(allowed) and spent >= allowed > 0)


def _fault(arguments: str) -> tuple[str, int]:
    """What is wrong with arguments, and at which character."""
    try:
        value = orjson.loads(arguments)
    except orjson.JSONDecodeError as error:
        at = len(error.doc[: error.pos]) if isinstance(error.doc, str) else error.pos
        if at >= len(arguments.rstrip()):
            return f"JSON that breaks off after {quoted(ends_with(arguments, 40))}", max(at - 1, 0)
        return f"no JSON from character {at} on: {quoted(arguments[at : at + 40])}", at
    if isinstance(value, str) and is_json_object(value):
        return "encoded twice: a JSON string that holds the object, where the object itself is meant", 0
    return f"JSON, but no object: {quoted(ends_with(arguments, 40))} is {_kind(value)}", 0


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")


def _tool_schema(streams: Streams) -> Iterator[Hit]:
    calls = streams.own_calls
    declared = streams.requests["tool_parameters"].to_numpy(dtype=object)[calls["of"]]
    valid = calls["arguments_valid"].fillna(True).to_numpy(dtype=bool)
    judged = calls.assign(declared=declared)[valid & pd.notna(declared) & calls["name"].notna().to_numpy()]
    judged = judged[
        (judged["arguments"].str.len() <= _LONGEST_JUDGED) & (judged.groupby("key").cumcount() < _MOST_JUDGED)
    ]
    astray = frozenset(calls.loc[calls["name"].isna(), "key"])
    for row in rows(judged):
        if not row.arguments.strip() and row.key in astray:
            continue  # they came under a number that no name has; told by tool-id
        arguments = row.arguments if row.arguments.strip() else "{}"
        faults = faults_in(row.declared, row.name, orjson.loads(arguments))
        if not faults:
            continue
        answer = streams.answers.loc[row.key]
        if pd.isna(answer["finish_reason"]) or answer["meaning"] in _TOLD_ELSEWHERE:
            continue  # more of it may have been meant to come
        lacking = [fault for fault in faults if _is_lacking(fault, row.declared, row.name)]
        first, more = (lacking or faults)[0], len(faults) - 1
        others = f"; {more} more {'fault' if more == 1 else 'faults'}" if more else ""
        yield Hit(
            row.of,
            f"The arguments of {quoted(row.name)} (call {row.tool_index} of choice {row.choice}) do not fit the schema that "
            f"the request declares for them: `{first.path}` {first.what}{others}.",
            **stretch_of(streams.fragments(row), *_place_of(first.name, row.arguments)).fields(),
            choice=row.choice,
            evidence=quoted(row.arguments) if row.arguments.strip() else "no arguments",
            severity="error" if lacking else None,
        )


def _is_lacking(fault: Fault, declared: str, name: str) -> bool:
    """Whether a parameter is missing that a tool cannot do without: some schemas require what has a default, or may be null,
    because OpenAI's strict mode wants all to be required."""
    if fault.keyword != "required" or fault.path != f"$.{fault.missing}":
        return False
    properties = orjson.loads(declared)[name].get("properties")
    own = properties.get(fault.missing) if isinstance(properties, dict) else None
    return not (isinstance(own, dict) and ("default" in own or _may_be_null(own)))


def _may_be_null(schema: dict[str, Any]) -> bool:
    kinds = schema.get("type")
    is_null = schema.get("nullable") is True or "null" in (kinds if isinstance(kinds, list) else [kinds])
    parts = [part for name in ("anyOf", "oneOf") if isinstance(each := schema.get(name), list) for part in each]
    return is_null or any(isinstance(part, dict) and part.get("type") == "null" for part in parts)


def _place_of(name: str | None, arguments: str) -> tuple[int, int]:
    """Where a property stands, if it stands there once; else all of it."""
    found = [match.start() for match in re.finditer(re.escape(f'"{name}"') + r"\s*:", arguments)] if name else []
    if len(found) != 1:
        return 0, len(arguments)
    behind = arguments.index(":", found[0] + len(name or "")) + 1
    value = re.compile(r'\s*(?:"(?:[^"\\]|\\.)*"|[^\s,{}\[\]"]+)').match(arguments, behind)
    return found[0], value.end() if value else len(arguments)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "tool-args",
        "Tool arguments are not a JSON object",
        "error",
        meaning="The client cannot run the tool; most raise.",
        cause="Fragments were lost or put into the wrong call, or the model wrote something else and nobody checked; the "
        "server sends JSON itself in place of its text, or encodes it twice; a token limit was met, and the finish reason "
        "does not say so.",
        remedy="Look at the fragment that breaks it: if text is missing, it was lost on the way; else it is the "
        "model's. Where the limit is named, raise it.",
        legal="No arguments at all, for a tool without parameters; custom tools and a provider's own take text or "
        "code. Where the answer was cut at a limit, never finished, or broke off with an error, that is told instead. "
        "Objects where the API has "
        "them: Ollama's, Gemini's, Anthropic's and Mistral's own.",
        find=_tool_args,
        kinds=("tool_call",),
        sources=(
            "https://github.com/vllm-project/vllm/issues/45256",
            "https://github.com/vllm-project/vllm/issues/32152",
            "https://github.com/vllm-project/vllm/issues/53269",
            "https://github.com/can1357/oh-my-pi/issues/1779",
        ),
    ),
    Rule(
        "tool-schema",
        "Tool arguments do not fit their schema",
        "warning",
        meaning="A client that checks them raises, one that does not hands the tool the wrong types.",
        cause='The model writes `"true"` for true, JSON inside a string or null for what it leaves out, and nothing at the '
        "server holds it to the schema.",
        remedy="Let the server constrain arguments (`strict`), or check them before the tool runs and tell the model.",
        legal="What the schema allows. Not judged are `pattern`, `format`, `not`, conditions and references to elsewhere; "
        "schemas inside themselves from the third time on; schemas of more than 2,000 nodes, arguments of more than 100,000 "
        "characters, and more than 200 calls of an answer. Arguments that are no JSON are told by `tool-args`. A required "
        "parameter that is missing is an error, unless it has a default or may be null.",
        find=_tool_schema,
        kinds=("tool_call",),
        needs=("request",),
        sources=("https://json-schema.org/draft/2020-12/json-schema-validation",),
        covered_by=("tool-args",),
    ),
)
