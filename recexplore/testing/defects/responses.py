"""The events of OpenAI's responses: lost, repeated, misnumbered."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

from recexplore.testing.defects.tapes import RESPONSES, Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


def responses_lifecycle(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect != RESPONSES or len(made.chunks) < 5:
        return None
    how = rng.choice(["lose", "repeat", "sequence", "id", "alter", "item", "gap", "output"])
    if how == "sequence":
        numbered = [at for at, chunk in enumerate(made.chunks) if "sequence_number" in chunk]
        if len(numbered) < 3:
            return None
        at = rng.randint(1, len(numbered) - 1)
        before = made.chunks[numbered[at - 1]]["sequence_number"]
        made.chunks[numbered[at]]["sequence_number"] = before - rng.randint(0, before)
        return Mutant(made, (numbered[at],), None, "error")
    if how == "id":
        having = [at for at, chunk in enumerate(made.chunks) if "item_id" in chunk and "output_index" in chunk]
        place = rng.choice([made.chunks[at]["output_index"] for at in having] or [None])
        mine = [at for at in having if made.chunks[at]["output_index"] == place]
        if len(mine) < 2:
            return None
        at = rng.choice(mine[1:])
        made.chunks[at]["item_id"] = "msg_another"
        return Mutant(made, (at,), None, "error")
    if how == "item":
        return _another_item(made, rng)
    if how == "gap":
        return _lost_event(made, rng)
    if how == "output":
        return _emptied(made)
    # What only loses white space is the same JSON, or the same but for its ends.
    spoken = [
        at
        for at, chunk in enumerate(made.chunks)
        if str(chunk.get("type")).endswith(".delta") and isinstance(chunk.get("delta"), str) and chunk["delta"].strip()
    ]
    if not spoken:
        return None
    at = rng.choice(spoken)
    delta = made.chunks[at]
    done = delta["type"].removesuffix("delta") + "done"
    if how == "lose":
        del made.chunks[at]
    elif how == "repeat":
        made.chunks.insert(at + 1, deepcopy(delta))
        for n, chunk in enumerate(made.chunks):
            chunk["sequence_number"] = n
    else:
        delta["delta"] = delta["delta"][:-1] + "☃"
    end = next(
        (
            n
            for n in range(at, len(made.chunks))
            if made.chunks[n].get("type") == done and _same_part(made.chunks[n], delta)
        ),
        None,
    )
    return None if end is None else Mutant(made, (end,), 0, "error", exact=False)


def _another_item(made: Tape, rng: Random) -> Mutant | None:
    """The whole item says something that neither its deltas nor its parts said."""
    done = [
        at
        for at, chunk in enumerate(made.chunks)
        if chunk.get("type") == "response.output_item.done" and _texts(chunk["item"])
    ]
    told = [at for at in done if any(_is_told(chunk, made.chunks[at]["output_index"]) for chunk in made.chunks[:at])]
    if not told:
        return None
    at = rng.choice(told)
    holder, field = _texts(made.chunks[at]["item"])[0]
    holder[field] += "☃"
    return Mutant(made, (at,), 0, "error", exact=False)


def _emptied(made: Tape) -> Mutant | None:
    """The response at the end has forgotten its items."""
    last = made.chunks[-1]
    output = last["response"].get("output") if last.get("type") == "response.completed" else None
    told = any(chunk.get("type") in _ANSWERS and chunk.get("delta") for chunk in made.chunks)
    if not output or not told:
        return None
    last["response"]["output"] = []
    return Mutant(made, (len(made.chunks) - 1,), 0, "error")


_ANSWERS = ("response.output_text.delta", "response.refusal.delta", "response.function_call_arguments.delta")


def _texts(item: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    parts = [(part, "text") for part in item.get("content") or () if isinstance(part.get("text"), str)]
    return [(item, "arguments")] if isinstance(item.get("arguments"), str) else parts


def _is_told(chunk: dict[str, Any], number: int) -> bool:
    return (
        str(chunk.get("type")).endswith(".delta") and chunk.get("output_index") == number and bool(chunk.get("delta"))
    )


def _lost_event(made: Tape, rng: Random) -> Mutant | None:
    """An event that repeats nothing and is needed by nothing is gone: its number tells."""
    numbers = [chunk.get("sequence_number") for chunk in made.chunks]
    silent = [
        at
        for at, chunk in enumerate(made.chunks[1:-1], 1)
        if str(chunk.get("type")).endswith((".in_progress", "_part.done", "_text.done"))
    ]
    if not silent or numbers != list(range(len(numbers))):
        return None
    at = rng.choice(silent)
    del made.chunks[at]
    return Mutant(made, (at,), None, "warning", exact=False)


def _same_part(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(
        one.get(name) == other.get(name) for name in ("output_index", "item_id", "content_index", "summary_index")
    )


def new_events(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != RESPONSES:
        return None
    for _ in range(rng.randint(1, 5)):
        made.chunks.insert(rng.randint(1, len(made.chunks) - 1), {"type": "response.something.new", "detail": 1})
    step = rng.randint(1, 3)
    for n, chunk in enumerate(made.chunks):
        chunk["sequence_number"] = n * step
    return Legal(made)


def told_later(tape: Tape, rng: Random) -> Legal | None:
    """A stream that goes on where another broke off, or whose whole items are the same JSON, or lack their texts."""
    made = tape.copy()
    if made.dialect != RESPONSES or len(made.chunks) < 8 or not all("sequence_number" in each for each in made.chunks):
        return None
    if rng.random() < 0.5:
        del made.chunks[: rng.randint(3, len(made.chunks) - 3)]
        return None if made.chunks[0]["sequence_number"] < 2 else Legal(made)
    for chunk in made.chunks:
        item = chunk.get("item")
        if chunk.get("type") == "response.output_item.done" and isinstance(item, dict):
            item["content"] = []
            if isinstance(item.get("arguments"), str) and item["arguments"].startswith("{"):
                item["arguments"] = item["arguments"].replace("{", "{ ", 1)
        if isinstance(chunk.get("response"), dict):
            told = chunk["response"]
            chunk["response"] = {name: told[name] for name in ("id", "model", "status", "usage") if name in told}
    return Legal(made)


CASES = {
    "responses-lifecycle": Cases(responses_lifecycle, (new_events, told_later)),
}
