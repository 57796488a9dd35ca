"""Rules about tool calls."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import orjson
import pandas as pd

from recexplore.model.notes import Note
from recexplore.model.traits import Trait
from recexplore.rules.json_texts import is_json_object
from recexplore.rules.quoting import ends_with, listed, quoted, says
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import OLD_CALL, Streams, call_of, grouped, rows
from recexplore.rules.stretches import stretch_of

__all__ = ["RULES"]

_SPACE: Final = re.compile(r"\s*")
_SEVERAL: Final = 2
_TOLD_ELSEWHERE: Final = ("length", "filter")


def _documents(arguments: str) -> int:
    """How many whole JSON values stand one behind the other: 0, 1, or 2 for several."""
    decoder, at, n = json.JSONDecoder(), 0, 0
    while n < _SEVERAL:
        at = _SPACE.match(arguments, at).end()  # type: ignore[union-attr]
        if at >= len(arguments):
            break
        try:
            _, at = decoder.raw_decode(arguments, at)
        except (ValueError, RecursionError):
            break
        n += 1
    return n


def _tool_args(streams: Streams) -> Iterator[Hit]:
    calls = streams.own_calls
    bad = calls[(calls["arguments_valid"] == False).fillna(False).to_numpy(dtype=bool)]  # noqa: E712
    bad = bad[bad["arguments"].str.strip() != ""]
    for row in rows(bad):
        reason: Any = streams.answers.at[row.key, "finish_reason"]
        meaning = streams.answers.at[row.key, "meaning"]
        if pd.isna(reason) or meaning in _TOLD_ELSEWHERE or _documents(row.arguments) > 1:
            continue  # told by length-cut, filtered, no-finish and tool-merged
        if is_json_object(row.arguments):
            continue  # half a character in an escape, which not every reader takes
        what, at = _fault(row.arguments)
        stretch = stretch_of(streams.fragments(row), at)
        stretch = stretch._replace(last_chunk=max(stretch.chunk, row.last_chunk))
        yield Hit(
            row.of,
            f"The arguments of {quoted(row.name)} (call {row.tool_index} of choice {row.choice}) are {what}.",
            **stretch.fields(),
            choice=row.choice,
            evidence=quoted(row.arguments),
        )


def _fault(arguments: str) -> tuple[str, int]:
    """What is wrong with arguments, and at which character."""
    try:
        value = orjson.loads(arguments)
    except orjson.JSONDecodeError as error:
        at = len(error.doc[: error.pos]) if isinstance(error.doc, str) else error.pos
        if at >= len(arguments.rstrip()):
            return f"JSON that breaks off after {quoted(ends_with(arguments, 40))}", max(at - 1, 0)
        return f"no JSON from character {at} on: {quoted(arguments[at : at + 40])}", at
    return f"JSON, but no object: {quoted(ends_with(arguments, 40))} is {_kind(value)}", 0


def _kind(value: Any) -> str:
    kinds = {list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")


def _tool_merged(streams: Streams) -> Iterator[Hit]:
    named = streams.of_kind("tool_call")
    named = named[named["tool_call_id"].notna() & (named["key"] >= 0)]
    distinct = named.assign(call=call_of(named)).drop_duplicates(["call", "tool_call_id"])
    second = distinct[distinct.duplicated("call") & distinct["tool_name"].notna()].drop_duplicates("call")
    told = set(second["call"])
    for row in rows(streams.noted(Note.SHARED_CALL_INDEX)):
        yield Hit(
            row.of,
            f"Two tool calls share a number in choice {row.choice}: chunk {row.chunk} begins {quoted(row.tool_name)} "
            "with an id of its own under the number of another; a client takes the two for one.",
            chunk=row.chunk,
            choice=int(row.choice),
            evidence=f"id {quoted(row.tool_call_id)}",
        )
    for row in rows(second):
        ids = distinct.loc[distinct["call"] == row.call, "tool_call_id"]
        yield Hit(
            row.of,
            f"Two tool calls share the number {row.tool_index} in choice {row.choice}: chunk {row.chunk} begins "
            f"{quoted(row.tool_name)} with an id of its own; their arguments run together.",
            chunk=row.chunk,
            choice=int(row.choice),
            evidence=f"ids {listed(ids)}",
        )
    calls = streams.own_calls
    bad = calls[(calls["arguments_valid"] == False).fillna(False).to_numpy(dtype=bool)]  # noqa: E712
    for row, call in zip(rows(bad), call_of(bad), strict=True):
        if call not in told and _documents(row.arguments) > 1:
            yield Hit(
                row.of,
                f"The arguments of {quoted(row.name)} (call {row.tool_index} of choice {row.choice}) are several "
                "JSON documents one behind the other: calls that share a number.",
                chunk=row.first_chunk,
                last_chunk=row.last_chunk,
                choice=row.choice,
                evidence=quoted(row.arguments),
            )


def _tool_index(streams: Streams) -> Iterator[Hit]:
    for (_, lacks), mine in grouped(_unnumbered(streams), ["key", "lacks"]):
        first = mine.iloc[0]
        what = "no index" if lacks else "an index that is no small number"
        yield Hit(
            int(first["of"]),
            f"{says(len(mine), 'fragment', 'has', 'have')} {what} among the tool calls of choice {first['choice']}; "
            "which call is meant is a guess.",
            chunk=int(first["chunk"]),
            last_chunk=int(mine["chunk"].iloc[-1]),
            choice=int(first["choice"]),
            evidence="no index" if lacks else str(first["extra"]),
        )
    calls = streams.tool_calls[streams.streamed[streams.tool_calls["of"]]]
    by = calls.groupby("key", sort=False)
    span = pd.DataFrame({"n": by.size(), "low": by["tool_index"].min(), "high": by["tool_index"].max()})
    for key in span[(span["low"] > 0) | (span["high"] != span["n"] - 1)].index:
        mine = calls[calls["key"] == key]
        numbers = mine["tool_index"].tolist()
        first = mine.loc[mine["tool_index"].idxmax()]
        yield Hit(
            int(first["of"]),
            f"The tool calls of choice {first['choice']} are numbered {listed(numbers)}; numbers run from 0 without a "
            "gap.",
            chunk=int(first["first_chunk"]),
            choice=int(first["choice"]),
            evidence=f"indices {listed(numbers)}",
        )


def _unnumbered(streams: Streams) -> pd.DataFrame:
    """Fragments of streams without an index that is one, and whether they lack any."""
    missing, odd = streams.noted(Note.MISSING_CALL_INDEX), streams.noted(Note.ODD_CALL_INDEX)
    fragments = pd.concat([missing.assign(lacks=True), odd.assign(lacks=False)]).sort_index()
    return fragments[streams.streamed[fragments["of"]]]


def _tool_id(streams: Streams) -> Iterator[Hit]:
    fragments = streams.of_kind("tool_call")
    fragments = fragments[(fragments["key"] >= 0) & streams.has(fragments["of"], Trait.CALL_IDS)]
    fragments = fragments.assign(call=call_of(fragments))
    old_calls = set(call_of(fragments[fragments["tool_type"] == OLD_CALL]))
    first = fragments.drop_duplicates("call")
    for row in rows(first[first["tool_call_id"].isna() | first["tool_name"].isna()]):
        lacks = [what for what, value in (("id", row.tool_call_id), ("name", row.tool_name)) if pd.isna(value)]
        if row.call in old_calls and lacks == ["id"]:
            continue  # the predecessor of tool calls had none
        yield Hit(
            row.of,
            f"The first fragment of tool call {row.tool_index} in choice {row.choice} has no {' and no '.join(lacks)}.",
            chunk=row.chunk,
            choice=int(row.choice),
            evidence=quoted(row.text) if isinstance(row.text, str) and row.text else f"no {' and no '.join(lacks)}",
        )
    identified = fragments[fragments["tool_call_id"].notna()]
    distinct = identified.drop_duplicates(["call", "tool_call_id"])
    for row in rows(distinct[distinct.duplicated(["key", "tool_call_id"])]):
        yield Hit(
            row.of,
            f"Two tool calls of choice {row.choice} have the same id: number {row.tool_index} in chunk {row.chunk} "
            f"takes {quoted(row.tool_call_id)} again.",
            chunk=row.chunk,
            choice=int(row.choice),
            evidence=str(row.tool_call_id),
        )
    moved = distinct[distinct.duplicated("call") & distinct["tool_name"].isna()]
    for row in rows(moved.drop_duplicates("call")):
        ids = distinct.loc[distinct["call"] == row.call, "tool_call_id"].tolist()
        yield Hit(
            row.of,
            f"The id of tool call {row.tool_index} in choice {row.choice} changes in chunk {row.chunk}.",
            chunk=row.chunk,
            choice=int(row.choice),
            evidence=f"ids {listed(ids)}",
        )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "tool-args",
        "Tool arguments are not a JSON object",
        "error",
        meaning="The client cannot run the tool; most raise.",
        cause="Fragments were lost or put into the wrong call, or the model wrote something else and nobody checked.",
        remedy="Look at the fragment that breaks it: if text is missing, it was lost on the way; else it is the "
        "model's.",
        legal="No arguments at all, for a tool without parameters; custom tools and a provider's own take text or "
        "code. Where the answer was cut at a limit or never finished, that is told instead.",
        find=_tool_args,
        sources=(
            "https://github.com/vllm-project/vllm/issues/45256",
            "https://github.com/vllm-project/vllm/issues/32152",
        ),
    ),
    Rule(
        "tool-merged",
        "Two tool calls under one number",
        "error",
        meaning="Arguments of two calls are joined into one that no client can parse; one call is lost.",
        cause="A gateway numbers all calls 0, or drops the number.",
        remedy="Number calls by their ids at the gateway.",
        legal="The same id in every fragment.",
        find=_tool_merged,
        sources=(
            "https://github.com/vercel/ai/issues/14277",
            "https://github.com/BerriAI/litellm/issues/33678",
            "https://github.com/ogx-ai/ogx/issues/4430",
        ),
    ),
    Rule(
        "tool-index",
        "Tool calls are numbered wrongly",
        "warning",
        meaning="Clients that put fragments together by index raise or mix calls.",
        cause="The server leaves the index out (it is a required field of a streamed call), or counts from 1.",
        remedy="Add it at the gateway.",
        legal="Answers that were not streamed have none; Ollama's own API keeps it elsewhere.",
        find=_tool_index,
        traits=frozenset({Trait.CALL_INDICES}),
        sources=("https://github.com/openai/openai-python/issues/2806",),
    ),
    Rule(
        "tool-id",
        "A tool call without its id or name",
        "error",
        meaning="The client cannot say which call its result answers, or which tool to run.",
        cause="The server sends id or name late or not at all, or a new id with every fragment.",
        remedy="Send both with the first fragment, and the id once.",
        legal='`""` or nothing in later fragments; the same id in all fragments of a call; the older `function_call`, which '
        "has no id.",
        find=_tool_id,
        traits=frozenset({Trait.CALL_IDS}),
        sources=("https://github.com/hyperagent/pool/issues/9",),
    ),
)
