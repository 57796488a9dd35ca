"""The events of OpenAI's responses: lost, repeated, misnumbered."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

from rule_cases.tapes import RESPONSES, Cases, Legal, Mutant, Tape


def responses_lifecycle(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect != RESPONSES or len(made.chunks) < 5:
        return None
    how = rng.choice(["lose", "repeat", "sequence", "id", "alter"])
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
    spoken = [
        at for at, chunk in enumerate(made.chunks) if str(chunk.get("type")).endswith(".delta") and chunk.get("delta")
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


CASES = {
    "responses-lifecycle": Cases(responses_lifecycle, (new_events,)),
}
