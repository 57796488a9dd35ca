"""What the rules of several subjects have to let pass."""

from __future__ import annotations

from random import Random
from typing import Any

from recexplore.testing.defects.positions import n_answers, slots
from recexplore.testing.defects.tapes import CHAT, COMPLETIONS, Legal, Tape

__all__ = ["azure_opening", "other_turns"]


def azure_opening(tape: Tape, rng: Random) -> Legal | None:
    """A first chunk with the prompt filter's results: no id, no model, no choice."""
    made = tape.copy()
    if made.dialect != CHAT or not slots(made):
        return None
    blank = {"id": "", "object": "", "created": 0, "model": "", "choices": [], "usage": None}
    made.insert(0, {**blank, "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]})
    return Legal(made)


def other_turns(tape: Tape, rng: Random) -> Legal | None:
    """The choices take other turns; each keeps its own order."""
    made = tape.copy()
    if made.dialect not in (CHAT, COMPLETIONS) or n_answers(made) < 2:
        return None
    own = [
        at for at, chunk in enumerate(made.chunks) if isinstance(chunk, dict) and len(chunk.get("choices") or []) == 1
    ]
    lanes: dict[int, list[Any]] = {}
    for at in own:
        lanes.setdefault(made.chunks[at]["choices"][0]["index"], []).append(made.chunks[at])
    for at in own:
        lane = rng.choice([lane for lane in lanes.values() if lane])
        made.chunks[at] = lane.pop(0)
    return Legal(made)
