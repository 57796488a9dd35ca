"""The rule about Responses: numbers that rise, items that keep their id, a text that is the same in pieces and whole."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import pandas as pd

from recexplore.model.counts import count
from recexplore.model.kinds import PAYLOAD_KINDS, TEXT_KINDS
from recexplore.model.traits import Trait
from recexplore.rules.quoting import quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, extras_of, grouped, object_in, rows

__all__ = ["RULES"]

_ENDED: Final = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")


def _responses(streams: Streams) -> Iterator[Hit]:
    said = streams.events[streams.has(streams.events["of"], Trait.ITEM_EVENTS)]
    events = dict(grouped(said, "of"))
    for of, chunks in streams.chunks_of_streams(Trait.ITEM_EVENTS):
        if not chunks["object"].str.startswith("response.").fillna(False).any():
            continue
        steps = list(zip(chunks["chunk"].tolist(), chunks["object"].tolist(), extras_of(chunks), strict=True))
        items = chunks[chunks["block"].notna() & chunks["item_id"].notna() & chunks["object"].notna()]
        told = events[of].assign(object=chunks.set_index("chunk")["object"].reindex(events[of]["chunk"]).to_numpy())
        yield from _sequence(of, chunks[chunks["sequence"].notna()])
        yield from _items(of, items)
        yield from _done_texts(of, told)
        yield from _whole_text(of, steps, told)


_Steps = list[tuple[int, Any, dict[str, Any]]]


def _sequence(of: int, numbered: pd.DataFrame) -> Iterator[Hit]:
    steps = zip(numbered["chunk"].tolist(), numbered["sequence"].tolist(), strict=True)
    for (_, before), (at, number) in pairwise(steps):
        if number <= before:
            message = f"sequence_number does not rise in chunk {at}: {number} follows {before}."
            yield Hit(of, message, chunk=at, evidence=f"{before} → {number}")
            return


def _items(of: int, told: pd.DataFrame) -> Iterator[Hit]:
    """An output item is added before anything is told of it, and keeps its id to its end."""
    ids: dict[int, tuple[int, str]] = {}
    added: set[int] = set()
    columns = (told[name].tolist() for name in ("chunk", "object", "block", "item_id"))
    for at, kind, place, item in zip(*columns, strict=True):
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
        if kind.endswith(".delta") and place not in added:
            message = f"Chunk {at} brings a delta of output item {place}, which was never added."
            yield Hit(of, message, chunk=at, evidence=f"{kind}, item {item}")
            return


def _whole_text(of: int, steps: _Steps, events: pd.DataFrame) -> Iterator[Hit]:
    """The messages of the response as a whole, at its end, are what came before."""
    for at, kind, beside in steps:
        response = beside.get("response")
        output = response.get("output") if kind in _ENDED and isinstance(response, dict) else None
        if not isinstance(output, list):
            continue
        before = events[(events["chunk"] < at) & events["kind"].isin(TEXT_KINDS) & events["block"].notna()]
        texts = before.sort_values("seq", kind="stable").groupby("block")["text"].agg("".join)
        for place, whole in enumerate(map(_text_of, output)):
            said = texts.get(place, "")
            if whole and said and whole != said:
                yield _differs(of, place, kind, said, whole, at, at)


def _text_of(item: Any) -> str:
    """The text of an output item that is a message."""
    parts = item.get("content") if isinstance(item, dict) and item.get("type") == "message" else None
    parts = parts if isinstance(parts, list) else ()
    texts = [part.get("text") for part in parts if isinstance(part, dict) and part.get("type") == "output_text"]
    return "".join(text for text in texts if isinstance(text, str))


def _differs(of: int, place: Any, kind: Any, said: str, whole: str, first: int, last: int) -> Hit:
    apart = _part_at(whole, said)
    return Hit(
        of,
        f"The deltas of output item {place} are not what {kind} says at the end: they part at character {apart} "
        f"({count(len(said), 'character')} in deltas, {len(whole):,} at the end).",
        chunk=first,
        last_chunk=last,
        choice=0,
        evidence=f"deltas {_near(said, apart)}, end {_near(whole, apart)}",
    )


def _part_at(one: str, other: str) -> int:
    """The first character at which two texts differ."""
    apart = (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(apart, min(len(one), len(other)))


def _near(text: str, at: int) -> str:
    return quoted(text[max(0, at - 20) : at + 20])


def _done_texts(of: int, events: pd.DataFrame) -> Iterator[Hit]:
    """What is told whole at the end of a text is what the deltas of its kind said since the end before."""
    repeated = events[(events["kind"] == "empty") & events["text"].notna() & events["block"].notna()]
    ended: dict[tuple[str, Any], int] = {}
    payload = events[events["kind"].isin(PAYLOAD_KINDS)].sort_values(["chunk", "seq"], kind="stable")
    pieces: dict[tuple[Any, Any], tuple[list[int], list[str]]] = {}
    columns = (payload[name].tolist() for name in ("object", "block", "chunk"))
    for kind, block, chunk, text in zip(*columns, payload["text"].fillna("").tolist(), strict=True):
        chunks, texts = pieces.setdefault((kind, block), ([], []))
        chunks.append(chunk)
        texts.append(text)
    for row in rows(repeated[repeated["object"].isin(list(_DONE))]):
        chunks, texts = pieces.get((_delta_of(row.object), row.block), ([], []))
        first = bisect_right(chunks, ended.get((row.object, row.block), -1))
        last = max(first, bisect_left(chunks, row.chunk))
        ended[row.object, row.block] = row.chunk
        whole, said = object_in(row.text).get(_DONE[row.object]), "".join(texts[first:last])
        if isinstance(whole, str) and whole != said and last > first:
            yield _differs(of, row.block, row.object, said, whole, chunks[first], row.chunk)


def _delta_of(done: str) -> str:
    return f"{done.removesuffix('.done')}.delta"


_DONE: Final = {
    "response.output_text.done": "text",
    "response.refusal.done": "refusal",
    "response.reasoning_text.done": "text",
    "response.reasoning_summary_text.done": "text",
    "response.function_call_arguments.done": "arguments",
    "response.mcp_call_arguments.done": "arguments",
    "response.custom_tool_call_input.done": "input",
    "response.code_interpreter_call_code.done": "code",
}
"""In which field each kind of event repeats what its deltas said."""


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "responses-lifecycle",
        "Responses' events do not agree",
        "error",
        meaning="Clients that build the answer from deltas show another text than those that wait for the end.",
        cause="A gateway loses or repeats deltas, or makes new ids for the same item.",
        remedy="Compare the deltas with the text at the end, at the character where they part.",
        legal="Items that take turns.",
        find=_responses,
        traits=frozenset({Trait.ITEM_EVENTS}),
        sources=("https://github.com/EricLBuehler/mistral.rs/issues/1944", "https://github.com/ogx-ai/ogx/issues/5309"),
    ),
)
