"""Rules about the fragments of tool calls: which call each belongs to, its number, id and name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd

from recexplore.model.notes import Note
from recexplore.model.traits import Trait
from recexplore.rules.json_texts import is_json_object, second_object
from recexplore.rules.quoting import ends_with, excerpt, listed, quoted, says
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import OLD_CALL, Streams, call_of, grouped, rows
from recexplore.rules.stretches import stretch_of

__all__ = ["RULES"]

_OF_CALLS: Final = [
    *("of", "key", "chunk", "choice", "block", "text", "start"),
    *("tool_index", "tool_call_id", "tool_name", "tool_type"),
]


def _tool_merged(streams: Streams) -> Iterator[Hit]:
    other = _other_ids(streams)
    second = other[other["tool_name"].notna() & ~other["goes_on"]].drop_duplicates("call")
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
        yield Hit(
            row.of,
            f"Two tool calls share the number {row.tool_index} in choice {row.choice}: chunk {row.chunk} begins "
            f"{quoted(row.tool_name)} with an id of its own; their arguments run together.",
            chunk=row.chunk,
            choice=int(row.choice),
            evidence=f"ids {listed(row.ids)}",
            spans=stretch_of(streams.fragments(row), int(row.start)).spans,
        )
    odd = set(call_of(streams.noted(Note.ODD_ARGUMENTS)))
    calls = streams.own_calls
    bad = calls[(calls["arguments_valid"] == False).fillna(False).to_numpy(dtype=bool)]  # noqa: E712
    for row, call in zip(rows(bad), call_of(bad), strict=True):
        begin = None if call in told or call in odd else second_object(row.arguments)
        if begin is None:
            continue
        stretch = stretch_of(streams.fragments(row), begin, len(row.arguments.rstrip()))
        is_placeholder = not row.arguments[:begin].strip("{} \t\r\n")
        how = "an empty object stands before them" if is_placeholder else "two calls share a number"
        yield Hit(
            row.of,
            f"A second JSON object begins in chunk {stretch.chunk} in the arguments of {quoted(row.name)} (call "
            f"{row.tool_index} of choice {row.choice}), which are no JSON together: {how}.",
            **stretch.fields(),
            choice=row.choice,
            evidence=excerpt(row.arguments, begin, len(row.arguments)),
        )


def _other_ids(streams: Streams) -> pd.DataFrame:
    """The first fragment of each further id that a call is sent under, with all its ids, and whether it goes on with the
    arguments of the same call: what came before is no JSON yet, and the whole is."""
    named = streams.of_kind("tool_call")[_OF_CALLS]
    # What stands in one output item is one call, whatever id it ends with: some get theirs when they are done.
    is_item = named["block"].notna() & named["tool_type"].notna()
    named = named[named["tool_call_id"].notna() & (named["key"] >= 0) & ~is_item]
    distinct = named.assign(call=call_of(named)).drop_duplicates(["call", "tool_call_id"])
    further = distinct[distinct.duplicated("call")]
    several = distinct[distinct["call"].isin(further["call"])]
    ids = {call: mine["tool_call_id"].tolist() for call, mine in grouped(several, "call")}
    calls = streams.tool_calls
    joined = dict(zip(call_of(calls), calls["arguments"], strict=True)) if len(further) else {}
    return further.assign(
        ids=pd.Series([ids[call] for call in further["call"]], index=further.index, dtype=object),
        goes_on=np.array(
            [
                is_json_object(joined[row.call]) and not is_json_object(joined[row.call][: row.start] or "{}")
                for row in rows(further)
            ],
            dtype=bool,
        ),
    )


def _tool_index(streams: Streams) -> Iterator[Hit]:
    for (_, lacks, is_whole), mine in grouped(_unnumbered(streams), ["key", "lacks", "is_whole"]):
        first = mine.iloc[0]
        what = "no index" if lacks else "an index that is no small number"
        is_one = len(mine) == 1
        meant = (
            f"{'it' if is_one else 'each'} is a whole call with an id of its own, so nothing is guessed, but a client that "
            "goes by the index raises"
            if is_whole
            else "which call is meant is a guess"
        )
        may_lack = is_whole and (is_one or bool(streams.has(first["of"], Trait.WHOLE_CALLS)))
        yield Hit(
            int(first["of"]),
            f"{says(len(mine), 'fragment', 'has', 'have')} {what} among the tool calls of choice {first['choice']}; "
            f"{meant}.",
            chunk=int(first["chunk"]),
            last_chunk=int(mine["chunk"].iloc[-1]),
            choice=int(first["choice"]),
            evidence="no index" if lacks else str(first["extra"]),
            severity="note" if may_lack else None,
        )
    calls = streams.tool_calls[streams.streamed[streams.tool_calls["of"]]]
    by = calls.groupby("key", sort=False)
    span = pd.DataFrame({"n": by.size(), "low": by["tool_index"].min(), "high": by["tool_index"].max()})
    odd = span[(span["low"] > 0) | (span["high"] != span["n"] - 1)].index
    for _, mine in grouped(calls[calls["key"].isin(odd)], "key"):
        numbers = mine["tool_index"].tolist()
        first = mine.iloc[int(mine["tool_index"].to_numpy(dtype=np.int64).argmax())]
        yield Hit(
            int(first["of"]),
            f"The tool calls of choice {first['choice']} are numbered {listed(numbers)}; numbers run from 0 without a "
            "gap.",
            chunk=int(first["first_chunk"]),
            choice=int(first["choice"]),
            evidence=f"indices {listed(numbers)}",
        )


def _unnumbered(streams: Streams) -> pd.DataFrame:
    """Fragments of streams without an index that is one: whether they lack any, and whether all of the choice are whole
    calls with ids of their own."""
    missing, odd = streams.noted(Note.MISSING_CALL_INDEX), streams.noted(Note.ODD_CALL_INDEX)
    fragments = pd.concat([missing.assign(lacks=True), odd.assign(lacks=False)]).sort_index()
    fragments = fragments[streams.streamed[fragments["of"]]]
    if fragments.empty:
        return fragments.assign(is_whole=False)
    calls = streams.tool_calls
    is_whole = (calls["n_events"] == 1) & calls["id"].notna() & calls["arguments_valid"].fillna(True).astype(bool)
    guessed = calls.loc[~is_whole | calls.duplicated(["key", "id"], keep=False), "key"]
    return fragments.assign(is_whole=fragments["lacks"] & ~fragments["key"].isin(guessed))


def _tool_id(streams: Streams) -> Iterator[Hit]:
    fragments = streams.of_kind("tool_call")[_OF_CALLS]
    fragments = fragments[(fragments["key"] >= 0) & streams.has(fragments["of"], Trait.CALL_IDS)]
    fragments = fragments.assign(call=call_of(fragments))
    old_calls = set(call_of(fragments[fragments["tool_type"] == OLD_CALL]))
    first = fragments.drop_duplicates("call")
    for row in rows(first[first["tool_call_id"].isna() | first["tool_name"].isna()]):
        lacks = [what for what, value in (("id", row.tool_call_id), ("name", row.tool_name)) if pd.isna(value)]
        if row.call in old_calls and lacks == ["id"]:
            continue  # the predecessor of tool calls had none
        whose = f"ool call {row.tool_index} in choice {row.choice}"
        whose = f"The first fragment of t{whose}" if streams.streamed[row.of] else f"T{whose}"
        yield _lacking(row, whose, lacks, row.text)
    calls = streams.own_calls
    nameless = calls.loc[
        (calls["name"].fillna("") == "").to_numpy(dtype=bool),
        ["of", "choice", "tool_index", "first_chunk", "arguments"],
    ]
    # Those with ids were looked at above; where an item has no name, that is told as an event that is missing.
    others = ~streams.has(nameless["of"], Trait.CALL_IDS) & ~streams.has(nameless["of"], Trait.ITEM_EVENTS)
    for row in rows(nameless.assign(chunk=nameless["first_chunk"])[others]):
        yield _lacking(row, f"Tool call {row.tool_index} in choice {row.choice}", ["name"], row.arguments)
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
    other = _other_ids(streams)
    moved = other[(other["tool_name"].isna() | other["goes_on"]) & streams.has(other["of"], Trait.CALL_IDS)]
    for row in rows(moved.drop_duplicates("call")):
        yield Hit(
            row.of,
            f"The id of tool call {row.tool_index} in choice {row.choice} changes in chunk {row.chunk}, to "
            f"{quoted(row.tool_call_id)}.",
            chunk=row.chunk,
            choice=int(row.choice),
            evidence=f"ids {listed(row.ids)}",
        )


def _lacking(row: Any, which: str, lacks: list[str], text: Any) -> Hit:
    what = f"no {' and no '.join(lacks)}"
    evidence = quoted(text) if isinstance(text, str) and text else what
    return Hit(row.of, f"{which} has {what}.", chunk=row.chunk, choice=int(row.choice), evidence=evidence)


def _tool_name(streams: Streams) -> Iterator[Hit]:
    again = pd.concat([streams.noted(Note.NAME_REPEATED), streams.noted(Note.NAME_PIECE)]).sort_index()
    again = again[streams.streamed[again["of"]]]
    names = dict(zip(call_of(streams.tool_calls), streams.tool_calls["name"], strict=True)) if len(again) else {}
    for call, mine in grouped(again, call_of(again)):
        row = mine.iloc[0]
        fragments = streams.fragments(row)
        if second_object("".join(fragments["text"].fillna(""))) is not None:
            continue  # the name is another call's: told by tool-merged
        pieces = fragments["tool_name"].dropna().tolist()
        joined, name = "".join(pieces), names[call]
        is_once = len(set(pieces)) == 1
        how = f"is sent {len(pieces)} times" if is_once else f"comes in {len(pieces)} pieces"
        trouble = (
            f"a client that takes the first alone calls {quoted(pieces[0])}"
            if name == joined
            else f"a client that joins pieces calls {quoted(ends_with(joined, 120))}"
        )
        yield Hit(
            int(row["of"]),
            f"The name of call {row['tool_index']} in choice {row['choice']} {how}; {trouble}, where {quoted(name)} is "
            "meant.",
            chunk=int(mine["chunk"].iloc[0]),
            last_chunk=int(mine["chunk"].iloc[-1]),
            choice=int(row["choice"]),
            evidence=f"names {listed(map(quoted, pieces))}",
        )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "tool-merged",
        "Two tool calls under one number",
        "error",
        meaning="Arguments of two calls are joined into one that no client can parse; one call is lost.",
        cause="A gateway numbers all calls 0, or drops the number; or it sends an empty object before the arguments.",
        remedy="Number calls by their ids at the gateway.",
        legal="The same id in every fragment; a provider's own item that gets another id when it is done.",
        find=_tool_merged,
        kinds=("tool_call",),
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
        remedy="Add the index of the call to every fragment at the gateway.",
        legal="Answers that were not streamed have none; Ollama's own API keeps it elsewhere. A whole call with an id "
        "of its own is a note, and so are several where the API sends them so, as Mistral's does.",
        find=_tool_index,
        kinds=("tool_call",),
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
        "has no id, and APIs without ids, as Gemini's: there only the name is asked for.",
        find=_tool_id,
        kinds=("tool_call",),
        covered_by=("anthropic-lifecycle", "converse-lifecycle"),
        sources=("https://github.com/hyperagent/pool/issues/9",),
    ),
    Rule(
        "tool-name",
        "The name of a tool call is sent again, or in pieces",
        "warning",
        meaning="Clients differ: OpenAI's own joins what is sent and calls `searchsearch`, others take the first name or "
        "the last.",
        cause="The server repeats the name with every fragment, or cuts it as it cuts text.",
        remedy="Send the whole name once, with the first fragment of the call.",
        legal='`""` or nothing in later fragments. A name that comes again with another id begins another call, which '
        "`tool-merged` tells.",
        find=_tool_name,
        kinds=("tool_call",),
        traits=frozenset({Trait.CALL_INDICES}),
        sources=("https://github.com/open-webui/open-webui/issues/22235",),
        covered_by=("tool-merged",),
    ),
)
