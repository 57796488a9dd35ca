"""The rule about Responses: numbers that rise, items that keep their id, a text that is the same in pieces and whole."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import orjson
import pandas as pd

from recexplore.findings.quoting import count, quoted
from recexplore.findings.rule import Hit, Rule
from recexplore.findings.streams import Streams, extras_of, rows

__all__ = ["RULES"]

_ENDED: Final = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")


def _responses(streams: Streams) -> Iterator[Hit]:
    for of, chunks in streams.chunks_of_streams("openai_responses"):
        if not chunks["object"].str.startswith("response.").fillna(False).any():
            continue
        steps = list(zip(chunks["chunk"].tolist(), chunks["object"].tolist(), extras_of(chunks), strict=True))
        yield from _sequence(of, steps)
        yield from _items(of, steps)
        yield from _whole_text(of, steps, streams)
    yield from _done_texts(streams)


_Steps = list[tuple[int, Any, dict[str, Any]]]


def _sequence(of: int, steps: _Steps) -> Iterator[Hit]:
    numbers = [(at, beside["sequence_number"]) for at, _, beside in steps if type(beside.get("sequence_number")) is int]
    for (_, before), (at, number) in pairwise(numbers):
        if number <= before:
            message = f"sequence_number does not rise in chunk {at}: {number} follows {before}."
            yield Hit(of, message, chunk=at, evidence=f"{before} → {number}")
            return


def _items(of: int, steps: _Steps) -> Iterator[Hit]:
    """An output item is added before anything is told of it, and keeps its id to its end."""
    ids: dict[Any, tuple[int, Any]] = {}
    added = set()
    for at, kind, beside in steps:
        place, item = beside.get("output_index"), beside.get("item_id")
        if place is None or not isinstance(item, str) or not isinstance(kind, str):
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
        if kind.endswith(".delta") and place not in added:
            message = f"Chunk {at} brings a delta of output item {place}, which was never added."
            yield Hit(of, message, chunk=at, evidence=f"{kind}, item {item}")
            return


def _whole_text(of: int, steps: _Steps, streams: Streams) -> Iterator[Hit]:
    """The text of the response as a whole, at its end, is what came before."""
    for at, kind, beside in steps:
        response = beside.get("response")
        output = response.get("output") if kind in _ENDED and isinstance(response, dict) else None
        whole = "".join(_output_texts(output))
        said = "".join(streams.choices.loc[streams.choices["of"] == of, "content"])
        if whole and said and whole != said:
            apart = _part_at(whole, said)
            yield Hit(
                of,
                f"The text in {kind} is not what came in deltas: they part at character {apart} "
                f"({count(len(said), 'character')} in deltas, {len(whole):,} at the end).",
                chunk=at,
                choice=0,
                evidence=f"deltas {_near(said, apart)}, end {_near(whole, apart)}",
            )


def _output_texts(output: Any) -> Iterator[str]:
    items = output if isinstance(output, list) else []
    parts = [item.get("content") for item in items if isinstance(item, dict) and item.get("type") == "message"]
    for part in (each for found in parts if isinstance(found, list) for each in found):
        if isinstance(part, dict) and part.get("type") == "output_text" and isinstance(part.get("text"), str):
            yield part["text"]


def _part_at(one: str, other: str) -> int:
    """The first character at which two texts differ."""
    apart = (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(apart, min(len(one), len(other)))


def _near(text: str, at: int) -> str:
    return quoted(text[max(0, at - 20) : at + 20])


def _done_texts(streams: Streams) -> Iterator[Hit]:
    """What is told whole at the end of a text is what its deltas said."""
    events = streams.events[streams.is_dialect(streams.events["of"], "openai_responses")]
    repeated = events[(events["kind"] == "empty") & events["text"].notna() & events["block"].notna()]
    if repeated.empty:
        return
    objects = streams.chunks.set_index(["of", "chunk"])["object"]
    for row in rows(repeated):
        kind = objects.get((row.of, row.chunk))
        if kind not in _DONE:
            continue
        spoken, field = _DONE[kind]
        whole = orjson.loads(row.text).get(field)
        before = events[(events["of"] == row.of) & (events["block"] == row.block) & (events["chunk"] < row.chunk)]
        parts = _since_last_done(before[before["kind"] == spoken], objects, row.of, kind, before)
        said = "".join(parts["text"].fillna(""))
        if isinstance(whole, str) and whole != said:
            at = _part_at(whole, said)
            yield Hit(
                row.of,
                f"The deltas of output item {row.block} are not what {kind} says at the end: they part at character "
                f"{at} ({count(len(said), 'character')} in deltas, {len(whole):,} at the end).",
                chunk=int(parts["chunk"].iloc[0]) if len(parts) else row.chunk,
                last_chunk=row.chunk,
                choice=0,
                evidence=f"deltas {_near(said, at)}, end {_near(whole, at)}",
            )


_DONE: Final = {
    "response.output_text.done": ("content", "text"),
    "response.refusal.done": ("refusal", "refusal"),
    "response.reasoning_text.done": ("reasoning", "text"),
    "response.reasoning_summary_text.done": ("reasoning", "text"),
    "response.function_call_arguments.done": ("tool_call", "arguments"),
    "response.mcp_call_arguments.done": ("tool_call", "arguments"),
    "response.custom_tool_call_input.done": ("tool_call", "input"),
    "response.code_interpreter_call_code.done": ("tool_call", "code"),
}


def _since_last_done(
    spoken: pd.DataFrame, objects: pd.Series[Any], of: int, kind: Any, before: pd.DataFrame
) -> pd.DataFrame:
    """An item may have several parts, each with an end of its own."""
    ends = [at for at in before.loc[before["kind"] == "empty", "chunk"].unique() if objects.get((of, at)) == kind]
    return spoken[spoken["chunk"] > ends[-1]] if ends else spoken


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
        dialects=("openai_responses",),
        sources=("https://github.com/EricLBuehler/mistral.rs/issues/1944", "https://github.com/ogx-ai/ogx/issues/5309"),
    ),
)
