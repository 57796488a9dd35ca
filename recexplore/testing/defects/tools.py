"""The fragments of tool calls: their numbers, ids and names."""

from __future__ import annotations

from random import Random
from typing import Any

from recexplore.testing.defects.positions import call_fragments, chat_choices, delta_of, finishes, opening_fragments
from recexplore.testing.defects.tapes import Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


def tool_merged(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    numbers = _numbers(call_fragments(made))
    if len(numbers) < 2:
        return None
    second = rng.choice(numbers[1:])
    opening = next(each for each in opening_fragments(made) if each[2].get("index") == second)
    for _, _, call in call_fragments(made):
        if call.get("index") == second:
            call["index"] = second - 1
    if rng.random() < 0.4:
        mine = [each for each in call_fragments(tape) if each[1] == opening[1] and each[2].get("index") == second]
        begin = next((at for at, _, call in mine if (call.get("function") or {}).get("arguments")), None)
        if begin is None:
            return None
        opening[2]["id"] = None
        opening[2]["function"]["name"] = None
        return Mutant(made, (begin,), opening[1], "error")
    return Mutant(made, (opening[0],), opening[1], "error")


def id_again(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if not call_fragments(made):
        return None
    ids = {(choice, call.get("index")): call.get("id") for _, choice, call in opening_fragments(made)}
    opened = [id(call) for _, _, call in opening_fragments(made)]
    again = rng.random() < 0.5
    for _, choice, call in call_fragments(made):
        if id(call) not in opened:
            call["id"] = ids[choice, call.get("index")] if again else rng.choice(["", None])
            call["function"]["name"] = rng.choice(["", None])
    return Legal(made)


def tool_index(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    mine = call_fragments(made)
    if not mine:
        return None
    if rng.random() < 0.5:
        at, choice, call = rng.choice(mine)
        how = rng.choice(["gone", None, "0", 1.5])
        if how == "gone":
            call.pop("index", None)
        else:
            call["index"] = how
        return Mutant(made, (at,), choice, "warning", exact=False)
    number = rng.choice(_numbers(mine))
    above = [call for _, _, call in mine if call["index"] >= number]
    by = rng.randint(1, 3)
    for call in above:
        call["index"] += by
    highest = max(opening_fragments(made), key=lambda each: each[2]["index"])
    return Mutant(made, (highest[0],), highest[1], "warning")


def whole_without_index(tape: Tape, rng: Random) -> Legal | None:
    """A whole call with an id of its own, or several as Mistral sends them."""
    made = tape.copy()
    opened = opening_fragments(made)
    if not opened or len({choice for _, choice, _ in opened}) > 1:
        return None
    texts: dict[int, str] = {}
    for _, _, call in call_fragments(made):
        texts[call["index"]] = texts.get(call["index"], "") + (call["function"].get("arguments") or "")
    for _, choice in chat_choices(made):
        delta_of(choice).pop("tool_calls", None)
    calls = [
        {"id": f"call{number}", "function": {"name": "f", "arguments": text}} for number, text in sorted(texts.items())
    ]
    first = next(choice for at, choice in chat_choices(made) if at == opened[0][0])
    first["delta"]["tool_calls"] = calls
    if len(calls) > 1 or rng.random() < 0.5:
        made.url = "https://api.mistral.ai/v1/chat/completions"
    return Legal(made, "note")


def tool_id(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    opened = opening_fragments(made)
    if not opened:
        return None
    at, choice, first = rng.choice(opened)
    later = [each for each in call_fragments(made) if each[1] == choice and each[2].get("index") == first["index"]][1:]
    if later and rng.random() < 0.4:
        at, choice, call = rng.choice(later)
        call["id"] = "call_another"
        return Mutant(made, (at,), choice, "error")
    lost = rng.choice(["id", "name", "both"])
    if lost in ("id", "both"):
        first["id"] = rng.choice([None, ""])
    if lost in ("name", "both"):
        first["function"]["name"] = rng.choice([None, ""])
    return Mutant(made, (at,), choice, "error")


def function_call(tape: Tape, rng: Random) -> Legal | None:
    """The predecessor of tool calls has no id."""
    made = tape.copy()
    if not opening_fragments(made):
        return None
    for _, each in chat_choices(made):
        calls = delta_of(each).pop("tool_calls", None)
        if calls and calls[0].get("index") == 0:
            each["delta"]["function_call"] = calls[0]["function"]
    for end in finishes(made):
        end.holder[end.key] = "function_call"
    return Legal(made)


def tool_name(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    opened = opening_fragments(made)
    if not opened:
        return None
    _, choice, first = rng.choice(opened)
    mine = [each for each in call_fragments(made) if each[1] == choice and each[2].get("index") == first.get("index")]
    if len(mine) < 2:
        return None
    name = first["function"]["name"]
    if rng.random() < 0.5:
        again = rng.sample(mine[1:], rng.randint(1, len(mine) - 1))
        for _, _, call in again:
            call["function"]["name"] = name
        return Mutant(made, (min(at for at, *_ in again), max(at for at, *_ in again)), choice, "warning", exact=False)
    cut = rng.randint(1, len(name) - 1)
    at, _, second = mine[1]
    first["function"]["name"], second["function"]["name"] = name[:cut], name[cut:]
    return Mutant(made, (at,), choice, "warning")


def _numbers(fragments: list[tuple[int, int, dict[str, Any]]]) -> list[int]:
    """The numbers of the calls, each once."""
    return sorted({call["index"] for _, _, call in fragments})


CASES = {
    "tool-merged": Cases(tool_merged, (id_again,)),
    "tool-index": Cases(tool_index, (whole_without_index,)),
    "tool-id": Cases(tool_id, (id_again, function_call)),
    "tool-name": Cases(tool_name, (id_again,)),
}
