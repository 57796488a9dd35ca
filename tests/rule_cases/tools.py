"""Tool calls: their arguments, numbers, ids and names."""

from __future__ import annotations

import json
from random import Random

from rule_cases.positions import call_fragments, chat_choices, delta_of, finishes, opening_fragments, slots
from rule_cases.tapes import Cases, Legal, Mutant, Tape


def tool_args(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    mine = [each for each in call_fragments(made) if (each[2].get("function") or {}).get("arguments")]
    if not mine:
        return None
    _, choice, call = rng.choice(mine)
    text = call["function"]["arguments"]
    how = rng.random()
    if how < 0.4:
        call["function"]["arguments"] = ""
    elif how < 0.8:
        cut = rng.randint(0, len(text))
        call["function"]["arguments"] = text[:cut] + rng.choice(["}", "]", ",,", '"x" ', "None"]) + text[cut:]
    else:
        others = [each for each in mine if each[1] == choice and each[2].get("index") == call.get("index")]
        for _, _, other in others:
            other["function"]["arguments"] = ""
        others[0][2]["function"]["arguments"] = rng.choice(["[1]", '"text"', "5", "null", "true"])
    every = [each for each in call_fragments(made) if each[1] == choice and each[2].get("index") == call.get("index")]
    joined = "".join((each[2].get("function") or {}).get("arguments") or "" for each in every)
    try:
        if not joined or isinstance(json.loads(joined), dict):
            return None
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            return None  # that is another rule's
    return Mutant(made, (every[-1][0],), choice, "error", exact=False)


def no_arguments(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    opened = opening_fragments(made)
    if not opened:
        return None
    _, choice, first = rng.choice(opened)
    for _, number, call in call_fragments(made):
        if number == choice and call.get("index") == first.get("index"):
            call["function"]["arguments"] = rng.choice(["", None])
    return Legal(made)


def custom_tool(tape: Tape, rng: Random) -> Legal | None:
    """A custom tool takes text."""
    made = tape.copy()
    opened = opening_fragments(made)
    if not opened:
        return None
    _, choice, first = rng.choice(opened)
    for _, number, call in call_fragments(made):
        if number == choice and call.get("index") == first.get("index"):
            function = call.pop("function", None) or {}
            text = "SELECT 1" if call is first else " + 1"
            call["type"], call["custom"] = "custom", {"name": function.get("name"), "input": text}
    return Legal(made)


def arguments_cut(tape: Tape, rng: Random) -> Legal | None:
    """The answer was cut, or broke off: that is told instead."""
    made = tape.copy()
    with_arguments = [
        (at, call) for at, _, call in call_fragments(made) if (call.get("function") or {}).get("arguments")
    ]
    if not with_arguments:
        return None
    at, _ = rng.choice(with_arguments)
    if rng.random() < 0.5:
        made.keep(at)
        return Legal(made) if slots(made) or call_fragments(made) else None
    for later, call in with_arguments:
        if later >= at:
            call["function"]["arguments"] = ""
    for end in finishes(made):
        end.holder[end.key] = "length"
    return Legal(made)


def tool_merged(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    numbers = sorted({call.get("index") for _, _, call in call_fragments(made)})
    if len(numbers) < 2:
        return None
    second = rng.choice(numbers[1:])
    opening = next(each for each in opening_fragments(made) if each[2].get("index") == second)
    for _, _, call in call_fragments(made):
        if call.get("index") == second:
            call["index"] = second - 1
    if rng.random() < 0.4:
        opening[2]["id"] = None
        opening[2]["function"]["name"] = None
        first = next(each for each in opening_fragments(made) if each[2].get("index") == second - 1)
        return Mutant(made, (first[0], opening[0]), opening[1], "error", exact=False)
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
    number = rng.choice(sorted({call.get("index") for _, _, call in mine}))
    above = [call for _, _, call in mine if call.get("index") >= number]
    by = rng.randint(1, 3)
    for call in above:
        call["index"] += by
    highest = max(opening_fragments(made), key=lambda each: each[2]["index"])
    return Mutant(made, (highest[0],), highest[1], "warning")


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


CASES = {
    "tool-args": Cases(tool_args, (no_arguments, custom_tool, arguments_cut)),
    "tool-merged": Cases(tool_merged, (id_again,)),
    "tool-index": Cases(tool_index),
    "tool-id": Cases(tool_id, (id_again, function_call)),
}
