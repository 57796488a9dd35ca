"""Roles, and the numbers of choices."""

from __future__ import annotations

from copy import deepcopy
from random import Random

from recexplore.testing.defects.legal_streams import azure_opening, other_turns
from recexplore.testing.defects.positions import call_fragments, chat_choices, delta_of, finishes, n_answers, slots
from recexplore.testing.defects.tapes import CHAT, COMPLETIONS, Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


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


def _two_under_one_number(made: Tape, rng: Random) -> Mutant | None:
    """A second answer, chunk by chunk behind the first one's, with the same number."""
    ends = finishes(made)
    roles = [at for at, each in chat_choices(made) if delta_of(each).get("role")]
    texts = [slot.chunk for slot in slots(made) if slot.chunk not in roles]
    if n_answers(made) != 1 or len(roles) != 1 or len(ends) != 1 or not texts or made.request.get("n", 1) != 1:
        return None
    holding = [chunk for chunk in made.chunks if isinstance(chunk, dict) and chunk.get("choices")]
    if any(len(chunk["choices"]) != 1 for chunk in holding) or min(texts) <= roles[0] or max(texts) >= ends[0].chunk:
        return None
    is_known = rng.random() < 0.6
    if is_known:
        made.request["n"] = 2
    copies = [(chunk, deepcopy(chunk)) for chunk in made.chunks]
    made.chunks = [each for pair in copies for each in (pair if pair[0] in holding else pair[:1])]
    made.times = None
    again = [at for at, each in chat_choices(made) if delta_of(each).get("role")]
    return Mutant(made, (again[1], finishes(made)[-1].chunk), 0, "error" if is_known else "warning")


def role_and_finish_repeated(tape: Tape, rng: Random) -> Legal | None:
    """A role in every delta, and the finish told again in a last chunk."""
    made = tape.copy()
    if made.dialect != CHAT or n_answers(made) != 1:
        return None
    ends = finishes(made)
    if len(ends) != 1:
        return None
    how = rng.random()
    for _, each in chat_choices(made):
        if how < 0.5 and isinstance(each.get("delta"), dict):
            each["delta"]["role"] = "assistant"
    again = deepcopy(made.chunks[ends[0].chunk])
    again["choices"][0]["delta"] = {"role": "assistant", "content": ""}
    made.insert(ends[0].chunk + 1, again)
    return Legal(made)


def usage_with_choices(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    ends = finishes(made)
    if made.dialect != CHAT or not ends or not made.streaming:
        return None
    made.request["stream_options"] = {"include_usage": True}
    report = next((chunk["usage"] for chunk in made.chunks if isinstance(chunk, dict) and chunk.get("usage")), None)
    made.chunks = [chunk for chunk in made.chunks if not (isinstance(chunk, dict) and chunk.get("usage"))]
    ends = finishes(made)
    if not ends:
        return None
    made.chunks[ends[-1].chunk]["usage"] = report or {"prompt_tokens": 1, "completion_tokens": 900, "total_tokens": 901}
    return Mutant(made, (ends[-1].chunk,), None, "note")


def usage_nobody_asked_for(tape: Tape, rng: Random) -> Legal | None:
    made = usage_with_choices(tape, rng)
    if made is None:
        return None
    made.tape.request["stream_options"] = rng.choice([{}, {"include_usage": True, "continuous_usage_stats": True}])
    return Legal(made.tape)


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
    if made.dialect == CHAT and rng.random() < 0.3 and (shared := _two_under_one_number(made, rng)) is not None:
        return shared
    how = rng.random()
    if how < 0.35 and made.dialect == CHAT:
        for n, (_, each) in enumerate(items):
            each["index"] = n
        places = [at for at, _ in items]
        one_by_one = len(set(places)) == len(places)
        return Mutant(made, (places[1], places[-1]) if one_by_one else None, None, "error")
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
    "choice-index": Cases(choice_index, (other_turns, azure_opening, role_and_finish_repeated)),
    "usage-with-choices": Cases(usage_with_choices, (azure_opening, usage_nobody_asked_for)),
}
