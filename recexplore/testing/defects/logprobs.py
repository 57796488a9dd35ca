"""Log probabilities: of another text, of another token, all 0, none."""

from __future__ import annotations

from random import Random
from typing import Any

from recexplore.testing.defects.planting import some_lane
from recexplore.testing.defects.positions import chat_choices
from recexplore.testing.defects.tapes import CHAT, Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


def _with_logprobs(tape: Tape) -> list[tuple[int, dict[str, Any]]]:
    return [
        (at, each)
        for at, each in chat_choices(tape)
        if tape.dialect == CHAT and (each.get("logprobs") or {}).get("content")
    ]


def logprobs(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    lane = some_lane(made, rng, "content") if made.dialect == CHAT else None
    if lane is None:
        return None
    told = [each for each in _with_logprobs(made) if each[1].get("index") == lane[0].choice]
    items = [(at, item) for at, each in told for item in each["logprobs"]["content"]]
    how = rng.random()
    if len(items) >= 6 and how < 0.2:
        for _, item in items:
            item["logprob"], item["top_logprobs"] = 0.0, []
        return Mutant(made, (items[0][0], items[-1][0]), lane[0].choice, "warning", exact=False)
    if len(items) >= 6 and how < 0.4:
        some = sorted(rng.sample(items, rng.randint(len(items) // 2, len(items))), key=lambda each: each[0])
        for _, item in some:
            alternatives = [{"token": "\u03a9", "logprob": -0.5}, {"token": "\u03a8", "logprob": -7.25}]
            item["logprob"], item["top_logprobs"] = -rng.random(), alternatives
        return Mutant(made, (some[0][0], some[-1][0]), lane[0].choice, "warning", exact=False)
    if told and how < 0.7:
        _, each = rng.choice(told)
        item = rng.choice(each["logprobs"]["content"])
        item["token"], item["bytes"] = "<|channel|>", None
        return Mutant(made, (told[0][0], told[-1][0]), lane[0].choice, "warning", exact=False)
    made.request["logprobs"] = True
    for _, each in chat_choices(made):
        each["logprobs"] = None
    return Mutant(made, (), lane[0].choice, "warning")


def short_by_a_token(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    told = _with_logprobs(made)
    if len(told) < 4:
        return None
    for _, each in told[-rng.randint(1, 2) :]:
        each["logprobs"] = None
    return Legal(made)


def bytes_of_half_characters(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    told = _with_logprobs(made)
    if not told:
        return None
    _, each = rng.choice(told)
    parts = "é".encode()
    each["delta"]["content"] += "é"
    each["logprobs"]["content"] += [{"token": "\\xc3", "logprob": -1.0, "bytes": [part]} for part in parts]
    return Legal(made)


def alternatives_without_the_token(tape: Tape, rng: Random) -> Legal | None:
    """A sampler took a token that is less probable than those that are listed."""
    made = tape.copy()
    told = _with_logprobs(made)
    if not told:
        return None
    for _, each in told:
        for item in each["logprobs"]["content"]:
            own = item.get("logprob") or 0.0
            item["top_logprobs"] = [{"token": "\u03a9", "logprob": own + rng.random()}]
    return Legal(made)


def a_few_certain_tokens(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    items = [item for _, each in _with_logprobs(made) for item in each["logprobs"]["content"]]
    if not items:
        return None
    unsure = rng.choice(items)
    for item in items:
        item["logprob"], item["top_logprobs"] = -0.001 if item is unsure else 0.0, []
    return Legal(made)


CASES = {
    "logprobs": Cases(
        logprobs, (short_by_a_token, bytes_of_half_characters, alternatives_without_the_token, a_few_certain_tokens)
    ),
}
