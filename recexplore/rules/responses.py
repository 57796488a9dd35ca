"""The rule about Responses: numbers that rise by one, items that keep their id, texts that agree in pieces and whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final, NamedTuple

import pandas as pd

from recexplore.model.counts import count
from recexplore.model.kinds import PAYLOAD_KINDS
from recexplore.model.traits import Trait
from recexplore.rules.quoting import listed, quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped, object_in
from recexplore.rules.whole_and_deltas import Contradiction, Place, Texts, hit_of, texts_in

__all__ = ["RULES"]

_CREATED: Final = "response.created"


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
        resumed = _is_resumed(chunks)
        numbered = chunks[chunks["sequence"].notna()]
        texts = list(_texts(of, chunks, events[of], is_whole=of in whole, only_added=resumed))
        yield from _sequence(of, numbered)
        yield from _items(of, chunks, is_resumed=resumed)
        yield from _with_gaps(of, texts, _gaps(numbered))


def _is_resumed(chunks: pd.DataFrame) -> bool:
    """Whether the stream begins in the middle of its response, as one does that goes on after a given number."""
    first = chunks["sequence"].dropna().head(1)
    return len(first) > 0 and int(first.iloc[0]) > 1 and not (chunks["object"] == _CREATED).any()


# --- the numbers of events ------------------------------------------------------------------------------------------------


class _Gap(NamedTuple):
    """Numbers that are missing between two chunks."""

    before: int
    chunk: int
    numbers: range


def _sequence(of: int, numbered: pd.DataFrame) -> Iterator[Hit]:
    for (_, before, _), (at, number, kind) in pairwise(_numbers(numbered)):
        if number <= before and kind != _CREATED:
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
        if kind != _CREATED and number - before > at - last:
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
    told = chunks[(chunks["block"].notna() & chunks["item_id"].notna()) | (chunks["object"] == _CREATED)]
    told = told[told["object"].notna()]
    columns = (told[name].tolist() for name in ("chunk", "object", "block", "item_id"))
    for at, kind, place, item in zip(*columns, strict=True):
        if kind == _CREATED:
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


# --- texts, in pieces and whole -------------------------------------------------------------------------------------------

_LISTS: Final = {"message": ("content",), "reasoning": ("summary", "content")}
"""The lists of parts in which an item has its texts."""


def _texts(of: int, chunks: pd.DataFrame, events: pd.DataFrame, *, is_whole: bool, only_added: bool) -> Iterator[Hit]:
    """What the events that repeat a text make of it: those of its part, of its item, and of the response."""
    names = dict(zip(chunks["chunk"].tolist(), chunks["object"].tolist(), strict=True))
    extras = dict(zip(chunks["chunk"].tolist(), chunks["extra"].tolist(), strict=True))
    ids = dict(zip(chunks["chunk"].tolist(), chunks["item_id"].tolist(), strict=True))
    places: dict[tuple[str, Any], Place] = {}
    told, numbers = Texts(), dict[Any, int]()
    added: set[int] = set()
    columns = (events[name].tolist() for name in ("chunk", "kind", "text", "block"))
    for row, (at, kind, text, block) in enumerate(zip(*columns, strict=True)):
        name, found = names.get(at), list[tuple[int, bool, Contradiction | None]]()
        if not isinstance(name, str):
            continue
        if name == _CREATED:
            told, numbers, added = Texts(), {}, set()
        elif kind == "finish":
            response = _object_in(extras[at]).get("response")
            output = response.get("output") if isinstance(response, dict) else None
            for n, item in enumerate(output if isinstance(output, list) else ()):
                number = numbers.get(str(item.get("id")), n) if isinstance(item, dict) else n
                found.append((number, _is_call(item), _whole_item(told, number, item, name, at)))
        elif pd.isna(block):
            continue
        else:
            block = int(block)
            if isinstance(ids[at], str):
                numbers.setdefault(ids[at], block)
            if name == "response.output_item.added":
                added.add(block)
            if kind in PAYLOAD_KINDS and isinstance(text, str) and text:
                if name.endswith(".delta"):
                    key = (name, extras[at])
                    if key not in places:
                        places[key] = _place(name, extras[at])
                    told.delta(block, places[key], text, at, row)
                else:
                    told.begin(block, Place(2, row), text, at)
            elif kind == "empty" and isinstance(text, str) and name.endswith(".done"):
                whole = object_in(text)
                if name == "response.output_item.done":
                    found.append((block, _is_call(whole), _whole_item(told, block, whole, name, at)))
                else:
                    place = _place(name, extras[at])
                    found.append(
                        (
                            block,
                            not place.name.startswith("reasoning"),
                            _whole_part(told, block, place, whole, name, at),
                        )
                    )
        for number, is_call, each in found:
            if each is None or (each.is_cut and not is_whole) or (only_added and number not in added):
                continue
            if hit := hit_of(of, 0, f"output item {number}", each, events, is_json=is_call):
                yield hit


def _object_in(extra: Any) -> dict[str, Any]:
    return object_in(extra) if isinstance(extra, str) else {}


def _place(name: str, extra: Any) -> Place:
    """Where the part stands that an event is about."""
    beside, base = _object_in(extra), name.removeprefix("response.").rpartition(".")[0]
    in_summary = "summary_index" in beside or "summary" in base
    number = beside.get("summary_index" if in_summary else "content_index")
    return Place(
        0 if in_summary else 1, number if isinstance(number, int) else 0, "" if base.endswith("_part") else base
    )


def _whole_part(
    told: Texts, block: int, place: Place, whole: dict[str, Any], name: str, at: int
) -> Contradiction | None:
    texts = texts_in(whole.get("part", whole))
    # Servers that hide what was thought leave the whole empty.
    if not texts or (not texts[0] and "reasoning" in name):
        return None
    return told.part(block, place, texts[0], name, at)


def _whole_item(told: Texts, number: int, item: Any, name: str, at: int) -> Contradiction | None:
    if not isinstance(item, dict):
        return None
    kind = str(item.get("type"))
    if not (_is_call(item) or kind in _LISTS):
        return None
    texts = texts_in(item, *_LISTS.get(kind, ()))
    if kind == "reasoning" and not "".join(texts):
        return None
    found = told.item(number, texts, name, at)
    is_cut_short = item.get("status") in ("incomplete", "in_progress")
    return None if found is not None and found.is_cut and is_cut_short else found


def _is_call(item: Any) -> bool:
    return isinstance(item, dict) and str(item.get("type")).endswith("_call")


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "responses-lifecycle",
        "Responses' events do not agree",
        "error",
        meaning="Clients that build the answer from deltas show another text than those that wait for the end.",
        cause="A gateway loses or repeats deltas, or makes new ids for the same item.",
        remedy="Compare the deltas with the text at the end, at the character where they part.",
        legal="Items that take turns, parts that are told under another number, whole items without their texts, arguments "
        "that are the same JSON written otherwise, and texts that are cut where the response is incomplete. Numbers may "
        "begin anywhere and rise in larger steps. A single number that is missing is a warning where all texts agree; white "
        "space around a text that differs is a note.",
        find=_responses,
        traits=frozenset({Trait.ITEM_EVENTS}),
        sources=(
            "https://github.com/EricLBuehler/mistral.rs/issues/1944",
            "https://github.com/ogx-ai/ogx/issues/5309",
            "https://github.com/earendil-works/pi/issues/8959",
            "https://platform.openai.com/docs/api-reference/responses-streaming",
        ),
    ),
)
