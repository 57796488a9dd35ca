"""The rule about Assistants: messages that are created and completed, texts that are the same in pieces and whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from recexplore.model.kinds import PAYLOAD_KINDS
from recexplore.model.traits import Trait
from recexplore.rules.quoting import quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, extras_of, grouped, object_in
from recexplore.rules.whole_and_deltas import Contradiction, Place, Texts, hit_of, texts_in

__all__ = ["RULES"]

_MESSAGE: Final = "thread.message"
_MESSAGE_DELTA: Final = "thread.message.delta"
_RUN: Final = "thread.run"
_CALL_TEXTS: Final = ("function", "code_interpreter")
"""The types of calls whose text comes in fragments."""


def _assistants(streams: Streams) -> Iterator[Hit]:
    finishes = streams.finishes
    completed = set(finishes.loc[finishes["meaning"] == "stop", "of"])
    ended = completed | set(finishes.loc[finishes["meaning"] == "tool", "of"])
    said = streams.events[streams.has(streams.events["of"], Trait.RUN_EVENTS)]
    events = dict(grouped(said, "of"))
    for of, chunks in streams.chunks_of_streams(Trait.RUN_EVENTS):
        if of not in events:
            continue
        yield from _messages(of, chunks, is_completed=of in completed)
        yield from _texts(of, chunks, events[of], is_whole=of in ended)


def _messages(of: int, chunks: pd.DataFrame, *, is_completed: bool) -> Iterator[Hit]:
    """A message is created before its deltas, and completed before its run; where the recording tells of messages at all."""
    known: dict[str, tuple[int, Any]] = {}
    lost: dict[str, int] = {}
    mine = chunks[chunks["object"].isin([_MESSAGE, _MESSAGE_DELTA, _RUN])]
    if not (mine["object"] == _MESSAGE).any():
        return
    columns = (mine[name].tolist() for name in ("chunk", "object", "item_id"))
    for at, kind, item, extra in zip(*columns, extras_of(mine), strict=True):
        if kind == _RUN and extra.get("status") == "completed" and is_completed:
            for name, (since, status) in known.items():
                if status == "in_progress":
                    yield Hit(
                        of,
                        f"The run is completed in chunk {at}, yet its message {quoted(name)} never is: clients that wait "
                        "for the whole message get none.",
                        chunk=since,
                        last_chunk=at,
                        choice=0,
                        evidence=f"{name} is in progress in chunk {since}, thread.run is completed in chunk {at}",
                    )
        elif isinstance(item, str) and kind == _MESSAGE:
            known[item] = (at, extra.get("status"))
        elif isinstance(item, str) and kind == _MESSAGE_DELTA and item not in known and item not in lost:
            lost[item] = at
            yield Hit(
                of,
                f"Chunk {at} brings a delta of message {quoted(item)}, which was never created: SDKs raise.",
                chunk=at,
                choice=0,
                evidence=f"{_MESSAGE_DELTA} of {item}",
            )


def _texts(of: int, chunks: pd.DataFrame, events: pd.DataFrame, *, is_whole: bool) -> Iterator[Hit]:
    """What whole messages and steps make of the texts that came in deltas."""
    names = dict(zip(chunks["chunk"].tolist(), chunks["object"].tolist(), strict=True))
    told, calls = Texts(), dict[str, int]()
    columns = (events[name].tolist() for name in ("chunk", "kind", "text", "block", "tool_call_id"))
    for row, (at, kind, text, block, call_id) in enumerate(zip(*columns, strict=True)):
        name = names.get(at)
        if not isinstance(name, str):
            continue
        found: list[tuple[str, bool, Contradiction | None]] = []
        if kind in PAYLOAD_KINDS and not pd.isna(block):
            if isinstance(call_id, str):
                calls.setdefault(call_id, int(block))
            if isinstance(text, str) and text:
                place = Place(0, 0, kind if kind in ("tool_call", "refusal") else "content")
                tell = told.delta if name.endswith(".delta") else told.begin
                tell(int(block), place, text, at, **({"row": row} if name.endswith(".delta") else {}))
        elif kind == "empty" and isinstance(text, str):
            whole = object_in(text)
            if "content" in whole and not pd.isna(block):
                texts = texts_in({"content": list(map(_part, _listed(whole["content"])))}, "content")
                found.append((f"message {block}", False, told.item(int(block), texts, name, at)))
            for call in _listed(whole.get("tool_calls")):
                number = calls.get(str(call.get("id"))) if isinstance(call, dict) else None
                if number is not None and told.has(number):
                    kinds = [call[each] for each in _CALL_TEXTS if isinstance(call.get(each), dict)]
                    texts = [text for each in kinds for text in texts_in(each)]
                    found.append((f"tool call {quoted(call['id'])}", True, told.item(number, texts, name, at)))
        for what, is_call, each in found:
            if each is None or (each.is_cut and not is_whole):
                continue
            if hit := hit_of(of, 0, what, each, events, is_json=is_call):
                yield hit


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _part(part: Any) -> Any:
    """A content part, its text where other APIs have it."""
    text = part.get("text") if isinstance(part, dict) else None
    return {**part, "text": text.get("value")} if isinstance(text, dict) else part


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "assistants-lifecycle",
        "Assistants' events do not agree",
        "error",
        meaning="Clients that show deltas show another text than those that wait for the whole message; SDKs raise at a "
        "delta of a message that they do not know.",
        cause="A gateway or a server of its own loses or repeats events, or builds the whole message otherwise.",
        remedy="Send thread.message.created before the deltas of a message, and thread.message.completed, with the text of "
        "all deltas, before the run is completed.",
        legal="Streams that tell of messages in deltas alone, parts under other numbers, arguments that are the same JSON "
        "written otherwise, and texts that are cut where the run is incomplete or failed. White space around a text that "
        "differs is a note.",
        find=_assistants,
        traits=frozenset({Trait.RUN_EVENTS}),
        sources=("https://platform.openai.com/docs/api-reference/assistants-streaming/events",),
    ),
)
