"""The rule about Realtime sessions: responses that are created, items that are added, texts that are the same in pieces and
whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from recexplore.model.counts import count
from recexplore.model.kinds import PAYLOAD_KINDS
from recexplore.model.traits import Trait
from recexplore.rules.item_events import CREATED, Event, Repeat, events_of, is_call, object_of, output_of
from recexplore.rules.quoting import quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped, object_in
from recexplore.rules.whole_and_deltas import Place, Texts, hit_of, texts_in

__all__ = ["RULES"]


def _realtime(streams: Streams) -> Iterator[Hit]:
    finishes = streams.finishes
    cut = set(finishes.loc[~finishes["meaning"].isin(["stop", "tool"]), "key"])
    # How it would have finished nobody knows.
    choices = streams.choices
    is_left = ~choices["key"].isin(finishes["key"]) & streams.is_open_ended[choices["of"]]
    cut |= set(choices.loc[is_left, "key"])
    said = streams.events[streams.has(streams.events["of"], Trait.SESSION_EVENTS)]
    events = dict(grouped(said, "of"))
    for of, chunks in streams.chunks_of_streams(Trait.SESSION_EVENTS):
        if of in events:
            yield from _responses(of, chunks)
            yield from _items(of, chunks, events[of])
            yield from _texts(of, chunks, events[of], cut)
            yield from _without_items(of, chunks, events[of])


def _responses(of: int, chunks: pd.DataFrame) -> Iterator[Hit]:
    """A response is created before it is done; one that began before the recording did is not missed."""
    created, seen = set[str](), set[str]()
    of_responses = chunks[chunks["id"].notna() & chunks["object"].notna()]
    for at, kind, name in zip(*(of_responses[column].tolist() for column in ("chunk", "object", "id")), strict=True):
        if kind == CREATED:
            created.add(name)
        elif kind == "response.done" and name not in created and name not in seen and created:
            yield Hit(
                of,
                f"Response {quoted(name)} is done in chunk {at}, but was never created: nothing says what was done.",
                chunk=at,
                evidence=f"response.done of {name}; created: {', '.join(sorted(created)[:3])}",
            )
        # Of a response that began before the first that the recording saw created, nobody knows.
        if not created:
            seen.add(name)


def _items(of: int, chunks: pd.DataFrame, events: pd.DataFrame) -> Iterator[Hit]:
    """An item is added to its response, or to the conversation, before it is told in deltas."""
    objects = chunks["object"]
    if not (objects == "response.output_item.added").any():
        return
    known = set(chunks.loc[objects.isin(["response.output_item.added"]), "item_id"].dropna())
    beside = events[
        events["chunk"].isin(chunks.loc[objects.str.startswith("conversation.item.").fillna(False), "chunk"])
    ]
    known |= {
        str(item.get("id")) for text in beside["text"].dropna() if isinstance(item := object_in(text).get("item"), dict)
    }
    created = set(chunks.loc[objects == CREATED, "id"].dropna())
    deltas = chunks[
        objects.str.endswith(".delta").fillna(False) & chunks["item_id"].notna() & chunks["id"].isin(created)
    ]
    for item, mine in grouped(deltas[~deltas["item_id"].isin(known)], "item_id"):
        first, last = int(mine["chunk"].iloc[0]), int(mine["chunk"].iloc[-1])
        yield Hit(
            of,
            f"Chunk {first} brings a delta of item {quoted(item)}, which was never added to its response.",
            chunk=first,
            last_chunk=last,
            evidence=f"{mine['object'].iloc[0]}, item {item}",
        )


def _without_items(of: int, chunks: pd.DataFrame, events: pd.DataFrame) -> Iterator[Hit]:
    """A response that is done whole, and has none of the items that it brought, though it began with a list of them."""
    begun = chunks[(chunks["object"] == CREATED).fillna(False).to_numpy(dtype=bool)]
    listing = {
        name for name, extra in zip(begun["id"], begun["extra"], strict=True) if isinstance(output_of(extra), list)
    }
    if not listing:
        return
    choices = events.dropna(subset=["choice"]).drop_duplicates("chunk").set_index("chunk")["choice"]
    brought = events[events["kind"].isin(PAYLOAD_KINDS).to_numpy() & events["choice"].notna().to_numpy()]
    ended = chunks[(chunks["object"] == "response.done").fillna(False).to_numpy(dtype=bool)]
    for at, name, extra in zip(*(ended[column].tolist() for column in ("chunk", "id", "extra")), strict=True):
        response = object_of(extra).get("response")
        if name not in listing or output_of(extra) or at not in choices.index:
            continue
        if not isinstance(response, dict) or response.get("status") != "completed":
            continue
        choice = int(choices[at])
        told = brought[(brought["choice"] == choice).to_numpy(dtype=bool) & (brought["chunk"] < at).to_numpy()]
        if told.empty:
            continue
        n = told["block"].nunique()
        yield Hit(
            of,
            f"The response at the end, in chunk {at}, has no items in `output`, though the stream told "
            f"{count(n, 'item')}; a client that takes calls or text from there gets none.",
            chunk=at,
            choice=choice,
            evidence=f"{count(n, 'item')} told up to chunk {told['chunk'].max()}, none at the end",
        )


class _Session:
    """What was told in one session so far. Items are known by their ids: a number that two share joins no texts."""

    def __init__(self) -> None:
        self._texts = Texts()
        self._numbers: dict[Any, int] = {}

    def take(self, event: Event) -> Iterator[Repeat]:
        """Take what an event tells; gives the texts that it tells again."""
        if event.kind == "finish":
            yield from self._at_its_end(event)
        elif not pd.isna(event.block):
            number = int(event.block)
            item = event.item_id if isinstance(event.item_id, str) else (event.key, number)
            self._numbers.setdefault(item, number)
            if event.kind in PAYLOAD_KINDS and isinstance(event.text, str) and event.text:
                self._say(item, event)
            elif event.kind == "empty" and isinstance(event.text, str) and event.name.endswith(".done"):
                yield from self._done(item, number, event)

    def _say(self, item: Any, event: Event) -> None:
        if event.name.endswith(".delta"):
            self._texts.delta(item, _place(event.name, event.extra), event.text, event.chunk, event.row)
        else:
            self._texts.begin(item, Place(2, event.row), event.text, event.chunk)

    def _done(self, item: Any, number: int, event: Event) -> Iterator[Repeat]:
        whole = object_in(event.text)
        if "item" in whole:
            yield self._whole(item, number, whole["item"], event)
        elif texts := texts_in(whole.get("part", whole)):
            place = _place(event.name, event.extra)
            yield Repeat(number, "arguments" in whole, self._texts.part(item, place, texts[0], event.name, event.chunk))

    def _at_its_end(self, event: Event) -> Iterator[Repeat]:
        output = output_of(event.extra)
        for n, whole in enumerate(output if isinstance(output, list) else ()):
            own = whole.get("id") if isinstance(whole, dict) else None
            item = own if isinstance(own, str) else (event.key, n)
            yield self._whole(item, self._numbers.get(item, n), whole, event)

    def _whole(self, item: Any, number: int, whole: Any, event: Event) -> Repeat:
        texts = texts_in(whole, *_lists(whole))
        return Repeat(number, is_call(whole), self._texts.item(item, texts, event.name, event.chunk))


def _texts(of: int, chunks: pd.DataFrame, events: pd.DataFrame, cut: set[int]) -> Iterator[Hit]:
    """What the events that repeat a text make of it: those of its part, of its item, and of the response."""
    session = _Session()
    for event in events_of(chunks, events):
        if pd.isna(event.choice):
            continue
        for number, is_json, found in session.take(event):
            # What is interrupted may be told shorter.
            if found is None or (found.is_cut and event.key in cut):
                continue
            if hit := hit_of(of, int(event.choice), f"output item {number}", found, events, is_json=is_json):
                yield hit


def _place(name: str, extra: Any) -> Place:
    """Where the part stands that an event is about; today's names and the beta's are never mixed."""
    number, base = object_of(extra).get("content_index"), name.removeprefix("response.").rpartition(".")[0]
    return Place(1, number if isinstance(number, int) else 0, "" if base.endswith("_part") else base)


def _lists(item: Any) -> tuple[str, ...]:
    return () if is_call(item) else ("content",)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "realtime-lifecycle",
        "Realtime's events do not agree",
        "error",
        meaning="Clients that show deltas show another text than those that wait for the end; SDKs raise at a delta of an "
        "item that they do not know.",
        cause="A gateway or a server of its own loses or repeats deltas, or makes new ids for the same item.",
        remedy="Compare the deltas with the text at the end, at the character where they part; add every item before its "
        "deltas, create every response before it is done.",
        legal="Responses and items that began before the recording did, items that the conversation was told of, responses "
        "that overlap, and texts that are cut where a response was cancelled or is incomplete. Sound without words is not "
        "compared. White space around a text that differs is a note.",
        find=_realtime,
        traits=frozenset({Trait.SESSION_EVENTS}),
        sources=(
            "https://platform.openai.com/docs/api-reference/realtime-server-events",
            "https://github.com/huggingface/speech-to-speech/issues/439",
        ),
    ),
)
