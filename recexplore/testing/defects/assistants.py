"""The events of Assistants' runs: deltas lost or repeated, messages never created or never completed."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

from recexplore.testing.defects.retelling import ASSISTANTS, as_assistants
from recexplore.testing.defects.tapes import Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


def assistants_lifecycle(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy() if tape.dialect == ASSISTANTS else as_assistants(tape)
    if made is None:
        return None
    how = rng.choice(["lose", "repeat", "alter", "uncreated", "uncompleted"])
    messages = [at for at, chunk in enumerate(made.chunks) if isinstance(chunk, dict) and _is_message(chunk)]
    if how == "uncreated":
        del made.chunks[messages[0]]
        return Mutant(made, (messages[0],), 0, "error")
    if how == "uncompleted":
        del made.chunks[messages[-1]]
        return Mutant(made, (len(made.chunks) - 1,), 0, "error", exact=False)
    at = rng.choice([at for at, chunk in enumerate(made.chunks) if "delta" in chunk and _text(chunk)["value"].strip()])
    if how == "lose":
        del made.chunks[at]
    elif how == "repeat":
        made.chunks.insert(at, deepcopy(made.chunks[at]))
    else:
        _text(made.chunks[at])["value"] += "☃"
    return Mutant(made, (len(made.chunks) - 2,), 0, "error", exact=False)


def _is_message(chunk: dict[str, Any]) -> bool:
    return chunk.get("object") == "thread.message"


def _text(chunk: dict[str, Any]) -> dict[str, Any]:
    text: dict[str, Any] = chunk["delta"]["content"][0]["text"]
    return text


def deltas_alone(tape: Tape, rng: Random) -> Legal | None:
    """A recording that kept no whole message; or one whose text stands in two parts that deltas told as one."""
    made = as_assistants(tape)
    if made is None:
        return None
    if rng.random() < 0.5:
        made.chunks = [chunk for chunk in made.chunks if chunk["object"] != "thread.message"]
        return Legal(made)
    whole = made.chunks[-2]["content"][0]["text"]["value"]
    cut = rng.randint(0, len(whole))
    parts = (whole[:cut], whole[cut:])
    made.chunks[-2]["content"] = [{"type": "text", "text": {"value": part, "annotations": []}} for part in parts]
    return Legal(made)


CASES = {
    "assistants-lifecycle": Cases(assistants_lifecycle, (deltas_alone,)),
}
