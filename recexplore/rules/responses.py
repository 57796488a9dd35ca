"""The rule about Responses: numbers that rise by one, items that keep their id, texts that agree in pieces and whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from recexplore.model.counts import count
from recexplore.model.kinds import OUTPUT_KINDS, PAYLOAD_KINDS
from recexplore.model.notes import Note, notes_in
from recexplore.model.traits import Trait
from recexplore.rules.item_events import CREATED, output_of
from recexplore.rules.quoting import listed, quoted
from recexplore.rules.response_texts import text_contradictions
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped, object_in
from recexplore.rules.stretches import stretch_of
from recexplore.rules.whole_and_deltas import texts_in

__all__ = ["RULES"]


def _responses(streams: Streams) -> Iterator[Hit]:
    finishes = streams.finishes
    whole = set(finishes.loc[finishes["meaning"].isin(["stop", "tool"]), "of"]) | (
        set(streams.recordings.index) - set(finishes["of"])
    )
    said = streams.events[streams.has(streams.events["of"], Trait.ITEM_EVENTS)]
    events = dict(grouped(said, "of"))
    for of, chunks in streams.chunks_of_streams(Trait.ITEM_EVENTS):
        if not chunks["object"].str.startswith("response.").fillna(False).any():
            continue
        mine = events[of]
        resumed = _is_resumed(chunks)
        numbered = chunks[chunks["sequence"].notna()]
        texts = list(text_contradictions(of, chunks, mine, is_whole=of in whole, only_added=resumed))
        yield from _sequence(of, numbered)
        yield from _items(of, chunks, is_resumed=resumed)
        yield from _with_gaps(of, texts, _gaps(numbered))
        yield from _deltas_astray(of, chunks, mine)
        if of in whole:
            yield from _left_out(of, chunks, mine)


def _is_resumed(chunks: pd.DataFrame) -> bool:
    """Whether the stream begins in the middle of its response, as one does that goes on after a given number."""
    first = chunks["sequence"].dropna().head(1)
    return len(first) > 0 and int(first.iloc[0]) > 1 and not (chunks["object"] == CREATED).any()


# --- the numbers of events ------------------------------------------------------------------------------------------------


class _Gap(NamedTuple):
    """Numbers that are missing between two chunks."""

    before: int
    chunk: int
    numbers: range


def _sequence(of: int, numbered: pd.DataFrame) -> Iterator[Hit]:
    if len(numbered) > 1 and numbered["sequence"].nunique() == 1:
        first, last, number = numbered["chunk"].iloc[1], numbered["chunk"].iloc[-1], numbered["sequence"].iloc[0]
        yield Hit(
            of,
            f"sequence_number is {number} in each of {len(numbered):,} events; a client that passes over what it has seen "
            "drops all but the first.",
            chunk=int(first),
            last_chunk=int(last),
            evidence=f"{number} → {number}",
            severity="warning",
        )
        return
    for (_, before, _), (at, number, kind) in pairwise(_numbers(numbered)):
        if number <= before and kind != CREATED:
            message = f"sequence_number does not rise in chunk {at}: {number} follows {before}."
            yield Hit(of, message, chunk=at, evidence=f"{before} → {number}")
            return


def _numbers(numbered: pd.DataFrame) -> Iterator[tuple[int, int, Any]]:
    return zip(numbered["chunk"].tolist(), numbered["sequence"].tolist(), numbered["object"].tolist(), strict=True)


def _gaps(numbered: pd.DataFrame) -> list[_Gap]:
    """Where numbers are missing; none where so many are that the server counts something else, or events were left out
    by kind."""
    gaps = []
    for (last, before, _), (at, number, kind) in pairwise(_numbers(numbered)):
        # Chunks between that carry no number known here may have had the missing ones.
        if kind != CREATED and number - before > at - last:
            gaps.append(_Gap(last, at, range(before + 1, number)))
    return gaps if len(gaps) < 3 or len(gaps) * 4 <= len(numbered) else []


def _with_gaps(of: int, texts: list[Hit], gaps: list[_Gap]) -> Iterator[Hit]:
    """Texts that differ, with the numbers that are missing among their chunks; and the gaps that explain none of them."""
    explaining: set[_Gap] = set()
    for hit in texts:
        inside = [gap for gap in gaps if (hit.chunk or 0) <= gap.chunk <= (hit.last_chunk or 0)]
        explaining |= set(inside)
        why = f" An event was lost: {_missing(inside)}." if inside else ""
        yield replace(hit, message=f"{hit.message}{why}")
    others = [gap for gap in gaps if gap not in explaining]
    if others:
        n = sum(len(gap.numbers) for gap in others)
        yield Hit(
            of,
            f"{count(n, 'event')} of the stream {'is' if n == 1 else 'are'} not there: {_missing(others)}. Either lost on "
            "the way, or left out by whoever recorded.",
            chunk=others[0].before,
            last_chunk=others[-1].chunk,
            evidence=", ".join(f"{gap.numbers.start - 1} → {gap.numbers.stop}" for gap in others[:6]),
            severity="warning",
        )


def _missing(gaps: list[_Gap]) -> str:
    """``sequence_number 4 is missing before chunk 4``."""
    places = [
        f"{gap.numbers.start}{f' to {gap.numbers.stop - 1}' if len(gap.numbers) > 1 else ''} before chunk {gap.chunk}"
        for gap in gaps
    ]
    return f"sequence_number {listed(places)} is missing"


# --- items ----------------------------------------------------------------------------------------------------------------


def _items(of: int, chunks: pd.DataFrame, *, is_resumed: bool) -> Iterator[Hit]:
    """An output item is added before anything is told of it, and keeps its id to its end."""
    ids: dict[int, tuple[int, str]] = {}
    added: set[int] = set()
    told = chunks[(chunks["block"].notna() & chunks["item_id"].notna()) | (chunks["object"] == CREATED)]
    told = told[told["object"].notna()]
    columns = (told[name].tolist() for name in ("chunk", "object", "block", "item_id"))
    for at, kind, place, item in zip(*columns, strict=True):
        if kind == CREATED:
            ids, added = {}, set()
            continue
        added |= {place} if kind == "response.output_item.added" else set()
        first_at, known = ids.setdefault(place, (at, item))
        if item != known:
            yield Hit(
                of,
                f"Output item {place} is {quoted(known)} in chunk {first_at} and {quoted(item)} in chunk {at}.",
                chunk=at,
                evidence=f"{known} → {item}",
            )
            return
        if kind.endswith(".delta") and place not in added and not is_resumed:
            message = f"Chunk {at} brings a delta of output item {place}, which was never added."
            yield Hit(of, message, chunk=at, evidence=f"{kind}, item {item}")
            return


# --- deltas that have no place, or come too often --------------------------------------------------------------------------


def _deltas_astray(of: int, chunks: pd.DataFrame, events: pd.DataFrame) -> Iterator[Hit]:
    """Deltas that no client can append, or that it appends to what they say again."""
    notes = events["notes"]
    is_noted = notes.notna().to_numpy(dtype=bool)
    names = chunks.set_index("chunk")["object"]
    is_delta = names.reindex(events["chunk"]).str.endswith(".delta").fillna(False).to_numpy(dtype=bool)
    is_odd = is_delta & (events["kind"] == "unknown").to_numpy() & events["key"].ge(0).to_numpy()
    if not is_noted.any() and not is_odd.any():
        return
    has = {
        note: is_noted & np.array([isinstance(cell, str) and note in notes_in(cell) for cell in notes], dtype=bool)
        for note in (Note.TEXT_IN_OBJECT, Note.UNADDED_PART, Note.RETOLD)
    }
    odd = events[has[Note.TEXT_IN_OBJECT] | is_odd]
    if len(odd):
        first, last = int(odd["chunk"].iloc[0]), int(odd["chunk"].iloc[-1])
        n = odd["chunk"].nunique()
        yield Hit(
            of,
            f"`delta` of {names[first]} is no string in {count(n, 'event')}, from chunk {first} on; a client that appends "
            "it raises, or shows it as an object.",
            chunk=first,
            last_chunk=last,
            choice=0,
            evidence=quoted(odd["text"].iloc[0]),
        )
    partless = events[has[Note.UNADDED_PART]]
    if len(partless):
        row = partless.iloc[0]
        yield Hit(
            of,
            f"Chunk {row['chunk']} brings text for a part of output item {row['block']} that was never added: "
            "response.content_part.added is missing, and a client that looks for the part raises.",
            chunk=int(row["chunk"]),
            choice=0,
            evidence=quoted(row["text"]),
            severity="warning",
        )
    retold = events[has[Note.RETOLD]]
    deltas = events[events["kind"].isin(PAYLOAD_KINDS).to_numpy() & is_delta]
    for at, block, text in retold[["chunk", "block", "text"]].itertuples(index=False, name=None):
        again = deltas[((deltas["block"] == block).fillna(False) & (deltas["chunk"] > at)).to_numpy(dtype=bool)]
        if again.empty:
            continue  # told twice at its beginning
        yield Hit(
            of,
            f"{names[at]} in chunk {at} has the text of output item {block} already, and deltas tell it again from chunk "
            f"{again['chunk'].min()} on; a client that appends them has it twice{_and_more(len(retold) - 1)}.",
            chunk=int(at),
            last_chunk=int(again["chunk"].max()),
            choice=0,
            evidence=quoted("".join(texts_in(object_in(text)))),
            spans=stretch_of(again).spans,
        )
        return


def _and_more(n: int) -> str:
    return f" ({n} more such {'event' if n == 1 else 'events'})" if n else ""


# --- the items of the response at its end ----------------------------------------------------------------------------------


def _left_out(of: int, chunks: pd.DataFrame, events: pd.DataFrame) -> Iterator[Hit]:
    """What was told, and is not among the items of the response that ends it."""
    created = chunks.loc[(chunks["object"] == CREATED).to_numpy(dtype=bool), "chunk"].tolist()
    extras = dict(zip(chunks["chunk"].tolist(), chunks["extra"].tolist(), strict=True))
    answer = events[events["kind"].isin(OUTPUT_KINDS).to_numpy()]
    for at, notes in events.loc[events["kind"] == "finish", ["chunk", "notes"]].itertuples(index=False, name=None):
        begin = max((each for each in created if each <= at), default=-1)
        told = answer[((answer["chunk"] < at) & (answer["chunk"] > begin)).to_numpy()]
        n_texts, n_calls = _counted(told)
        if not n_texts and not n_calls:
            continue
        known = notes_in(notes) if isinstance(notes, str) else frozenset[Note]()
        output = output_of(extras[at])
        if Note.EMPTY_OUTPUT in known:
            yield _without(of, at, told, "has no items in `output`", n_texts, n_calls)
        elif Note.NO_OUTPUT in known:
            yield replace(_without(of, at, told, "has no `output`", n_texts, n_calls), severity="warning")
        elif isinstance(output, list):
            kinds = [str(item.get("type")) for item in output if isinstance(item, dict)]
            n_texts = 0 if "message" in kinds else n_texts
            n_calls = max(0, n_calls - sum(kinds.count(kind) for kind in _CLIENTS_CALLS))
            if n_texts or n_calls:
                yield _without(of, at, told, "leaves items out of `output`", n_texts, n_calls)
            else:
                yield from _other_ids(of, at, told, _item_ids(chunks, begin, at), output)


def _item_ids(chunks: pd.DataFrame, begin: int, at: int) -> pd.Series[Any]:
    """The id of each item that was told between two chunks, by its number."""
    told = chunks[(chunks["chunk"] > begin) & (chunks["chunk"] < at) & chunks["item_id"].notna()]
    return told[told["block"].notna()].drop_duplicates("block").set_index("block")["item_id"]


def _other_ids(of: int, at: int, told: pd.DataFrame, item_ids: pd.Series[Any], output: list[Any]) -> Iterator[Hit]:
    """Items that the response at the end calls by other ids than the stream; by those of calls results are sent back."""
    ends = [item for item in output if isinstance(item, dict) and item.get("type") in ("message", *_CLIENTS_CALLS)]
    calls = [item for item in ends if item["type"] in _CLIENTS_CALLS]
    own = told[(told["kind"] == "tool_call").to_numpy() & told["tool_call_id"].notna().to_numpy()]
    pairs = (
        ("call_id", list(own.drop_duplicates("block")["tool_call_id"]), calls),
        ("id", list(item_ids.reindex(told["block"].dropna().unique()).dropna()), ends),
    )
    for name, streamed, items in pairs:
        at_end = [item.get(name) for item in items]
        new = [each for each in at_end if isinstance(each, str) and each and each not in streamed]
        old = [each for each in streamed if each not in at_end]
        if len(streamed) != len(at_end) or len(new) != len(old) or not new:
            continue
        what = "a call" if name == "call_id" else "an item"
        why = (
            "a result that is sent back under one is unknown under the other"
            if name == "call_id"
            else ("a client that knows items by their ids has two")
        )
        yield Hit(
            of,
            f"The response at the end, in chunk {at}, gives {what} the {name} {quoted(new[0])} that the stream called "
            f"{quoted(old[0])}{_and_more(len(new) - 1)}; {why}.",
            chunk=int(at),
            choice=0,
            evidence=f"{name} {old[0]} → {new[0]}",
            severity="error" if name == "call_id" else "warning",
        )
        return


_CLIENTS_CALLS: Final = ("function_call", "custom_tool_call")
"""Items that the client runs; those of the server's own tools come with their results."""


def _counted(told: pd.DataFrame) -> tuple[int, int]:
    """How many messages, and how many calls for the client to run, events tell."""
    is_call = (told["kind"] == "tool_call").to_numpy()
    own = told[is_call & told["block"].notna().to_numpy()]
    others = own.loc[~own["tool_type"].fillna(_CLIENTS_CALLS[0]).isin(_CLIENTS_CALLS), "block"]
    return told.loc[~is_call, "block"].nunique(), own.loc[~own["block"].isin(others), "block"].nunique()


def _without(of: int, at: int, told: pd.DataFrame, what: str, n_texts: int, n_calls: int) -> Hit:
    lost = [count(n, noun) for n, noun in ((n_texts, "message"), (n_calls, "call")) if n]
    return Hit(
        of,
        f"The response at the end, in chunk {at}, {what}, though the stream told {listed(lost)}; a client that takes the "
        "answer from there gets less, or nothing.",
        chunk=int(at),
        choice=0,
        evidence=f"told up to chunk {told['chunk'].max()}: {listed(lost)}",
    )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "responses-lifecycle",
        "Responses' events do not agree",
        "error",
        meaning="Clients that build the answer from deltas show another text than those that wait for the end, or none.",
        cause="A gateway loses or repeats deltas, makes new ids for the same item, or ends with a response that it never "
        "filled.",
        remedy="Compare the deltas with what the end says; the response of the last event is to hold all that was told.",
        legal="Items that take turns, parts that are told under another number, whole items without their texts, arguments "
        "that are the same JSON written otherwise, and texts that are cut where the response is incomplete. Numbers may "
        "begin anywhere and rise in larger steps. A single number that is missing is a warning where all texts agree; white "
        "space around a text that differs is a note. A number that never changes is a warning, as are a part that was never "
        "added and a response at the end without `output` where none had one. A response that is told by its id and status "
        "alone, and a beginning of a part that its deltas go on from, are nothing.",
        find=_responses,
        traits=frozenset({Trait.ITEM_EVENTS}),
        sources=(
            "https://github.com/EricLBuehler/mistral.rs/issues/1944",
            "https://github.com/ogx-ai/ogx/issues/5309",
            "https://github.com/earendil-works/pi/issues/8959",
            "https://github.com/QuantumNous/new-api/issues/4362",
            "https://github.com/PrimeIntellect-ai/verifiers/issues/2164",
            "https://platform.openai.com/docs/api-reference/responses-streaming",
        ),
    ),
)
