"""Roles, and the numbers of choices."""

from __future__ import annotations

from copy import deepcopy
from random import Random

from rule_cases.legal_streams import azure_opening, other_turns
from rule_cases.positions import call_fragments, chat_choices, delta_of, n_answers, slots
from rule_cases.tapes import CHAT, COMPLETIONS, Cases, Legal, Mutant, Tape


def role_missing(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    said = slots(made)
    if made.dialect != CHAT or not said:
        return None
    number = rng.choice([slot.choice for slot in said])
    mine = [(at, each) for at, each in chat_choices(made) if (each.get("index") or 0) == number]
    named = [(at, each) for at, each in mine if delta_of(each).get("role")]
    late = rng.random() < 0.4
    first = min(
        [slot.chunk for slot in said if slot.choice == number]
        + [at for at, n, _ in call_fragments(made) if n == number]
    )
    for _, each in named:
        if rng.random() < 0.5:
            del each["delta"]["role"]
        else:
            each["delta"]["role"] = None
    later = [each for at, each in mine if at > first and each.get("delta") is not None]
    if late and later:
        rng.choice(later)["delta"]["role"] = "assistant"
    return Mutant(made, (first,), number, "error" if n_answers(made) > 1 else "warning")


def role_repeated(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect != CHAT:
        return None
    said = [(at, each) for at, each in chat_choices(made) if isinstance(each.get("delta"), dict)]
    named = {each.get("index") for _, each in said if delta_of(each).get("role")}
    first = {each.get("index"): at for at, each in reversed(said)}
    later = [(at, each) for at, each in said if each.get("index") in named and at > first[each.get("index")]]
    if not later:
        return None
    at, each = rng.choice(later)
    is_empty = rng.random() < 0.4
    each["delta"]["role"] = "" if is_empty else "assistant"
    return Mutant(made, (at,), each.get("index") or 0, "warning" if is_empty else "note")


def role_is_null(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != CHAT:
        return None
    for _, each in chat_choices(made):
        if each.get("delta") and not each["delta"].get("role"):
            each["delta"]["role"] = None
    return Legal(made)


def choice_index(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect not in (CHAT, COMPLETIONS, "gemini"):
        return None
    name = "candidates" if made.dialect == "gemini" else "choices"
    items = [
        (at, each) for at, chunk in enumerate(made.chunks) if isinstance(chunk, dict) for each in chunk.get(name) or []
    ]
    if len(items) < 5:
        return None
    numbers = sorted({each.get("index") or 0 for _, each in items})
    how = rng.random()
    if how < 0.35 and made.dialect == CHAT:
        for n, (_, each) in enumerate(items):
            each["index"] = n
        return Mutant(made, None, severity="error")
    if how < 0.6 and made.dialect == CHAT:
        # A choice too many, or one that was lost.
        if len(numbers) > 1 and rng.random() < 0.5:
            made.chunks = [
                chunk
                for chunk in made.chunks
                if not (
                    isinstance(chunk, dict) and any(each.get("index") == numbers[-1] for each in chunk.get(name) or [])
                )
            ]
        else:
            made.insert(items[-1][0] + 1, deepcopy(made.chunks[items[-1][0]]))
            extra = made.chunks[items[-1][0] + 1][name]
            extra[0]["index"], extra[1:] = len(numbers), []
        return Mutant(made, None, severity="error")
    moved, by = rng.choice(numbers), rng.randint(1, 5)
    new = numbers[-1] + by + (1 if moved != numbers[-1] else 0)
    for _, each in items:
        if (each.get("index") or 0) == moved:
            each["index"] = new
    if moved == numbers[-1] and len(numbers) == 1 and new == 0:
        return None
    first = next(at for at, each in items if each.get("index") == new)
    return Mutant(made, (first,), None, "error")


CASES = {
    "role-missing": Cases(role_missing, (azure_opening, other_turns)),
    "role-repeated": Cases(role_repeated, (role_is_null,)),
    "choice-index": Cases(choice_index, (other_turns, azure_opening)),
}
