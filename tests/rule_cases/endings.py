"""Endings: none, two, an unknown one, something behind or beside it."""

from __future__ import annotations

from copy import deepcopy
from random import Random

from rule_cases.legal_streams import other_turns
from rule_cases.planting import blank_chunk
from rule_cases.positions import chat_choices, finishes, is_of_one_choice, n_answers, slots
from rule_cases.tapes import CHAT, COMPLETIONS, RESPONSES, Cases, Legal, Mutant, Tape


def no_finish(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    ends = finishes(made)
    if not ends or not slots(made):
        return None
    if rng.random() < 0.3 and made.dialect in (CHAT, COMPLETIONS, "gemini"):
        end = rng.choice(ends)
        end.holder[end.key] = None
        last = max([slot.chunk for slot in slots(made, choice=end.choice)], default=end.chunk)
        severity = "warning" if "[DONE]" in made.chunks else "error"
        return Mutant(made, (), end.choice, severity) if last <= end.chunk else None
    end = rng.choice(ends)
    before = [slot.chunk for slot in slots(made, choice=end.choice) if slot.chunk < end.chunk]
    if not before:
        return None
    made.keep(rng.choice(before) + 1)
    return Mutant(made, (len(made.chunks) - 1,) if n_answers(made) == 1 else (), end.choice, "error")


def done_without_finish(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != CHAT:
        return None
    for end in finishes(made):
        end.holder[end.key] = None
    if made.chunks[-1] != "[DONE]":
        made.chunks.append("[DONE]")
        made.times = None
    return Legal(made, "warning")


def ended_by_an_error(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    said = slots(made)
    if made.dialect not in (CHAT, COMPLETIONS) or not said:
        return None
    made.keep(rng.choice(said).chunk + 1)
    made.insert(len(made.chunks), {"error": {"message": "broke", "code": 500}})
    return Legal(made)


def ollama_without_reason(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != "ollama":
        return None
    made.chunks[-1].pop("done_reason", None)
    return Legal(made)


def after_finish(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    ends = {end.choice: end for end in finishes(made)}
    if not ends:
        return None
    end = rng.choice(list(ends.values()))
    if rng.random() < 0.25 and made.dialect in (CHAT, COMPLETIONS):
        again = deepcopy(made.chunks[end.chunk])
        mine = next(choice for choice in again["choices"] if (choice.get("index") or 0) == end.choice)
        mine["finish_reason"] = "length" if mine["finish_reason"] != "length" else "stop"
        again["choices"] = [mine]
        at = rng.randint(end.chunk + 1, len(made.chunks))
        made.insert(at, again)
        return Mutant(made, (at,), end.choice, "error")
    mine = [slot.chunk for slot in slots(made, choice=end.choice) if slot.chunk < end.chunk]
    mine = [at for at in mine if is_of_one_choice(made, at)]
    if not mine:
        return None
    moved = made.chunks[rng.choice(mine)]
    made.chunks.remove(moved)
    last = len(made.chunks)
    if made.chunks[-1] == "[DONE]":
        last -= 1
    at = rng.randint(end.chunk, last)
    made.chunks.insert(at, moved)
    blank = not "".join(slot.text for slot in slots(made) if slot.chunk == at).strip()
    return Mutant(made, (at,), end.choice, None if blank else "error", exact=False)


def nothing_after_finish(tape: Tape, rng: Random) -> Legal | None:
    """A report, a filter's result, an empty delta, or the same reason again."""
    made = tape.copy()
    ends = finishes(made)
    if made.dialect != CHAT or not ends:
        return None
    end = rng.choice(ends)
    same = end.holder[end.key]
    delta, reason = rng.choice(
        [({}, None), ({"content": ""}, None), ({"role": "assistant", "content": None}, None), ({}, same)]
    )
    aside = {"index": end.choice, "delta": delta, "finish_reason": reason}
    if rng.random() < 0.4:
        aside["content_filter_results"] = {"hate": {"filtered": False, "severity": "safe"}}
    made.insert(rng.randint(end.chunk + 1, len(made.chunks)), {**blank_chunk(made), "choices": [aside]})
    return Legal(made)


def payload_in_finish(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    ends = [end for end in finishes(made) if made.dialect == CHAT]
    if not ends:
        return None
    end = rng.choice(ends)
    before = [slot for slot in slots(made, choice=end.choice) if slot.chunk < end.chunk]
    if not before:
        return None
    last = before[-1]
    end.holder["delta"] = {**(end.holder.get("delta") or {}), last.key: last.text}
    last.text = ""
    return Mutant(made, (end.chunk,), end.choice, "note")


def says_nothing_in_finish(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    ends = [end for end in finishes(made) if made.dialect == CHAT]
    if not ends:
        return None
    end = rng.choice(ends)
    end.holder["delta"] = rng.choice(
        [{}, {"content": ""}, {"content": None, "tool_calls": None}, {"role": "assistant"}]
    )
    return Legal(made)


_REASONS = ("abort", "eos", "max_length", "STOP!", "end-turn", "tool_call", "finish", "null", "unknown")


def finish_value(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect == CHAT and rng.random() < 0.3:
        # One that stays in its place: a choice's deltas before its end.
        said = [(at, each) for at, each in chat_choices(made) if each.get("finish_reason") is None]
        if said:
            at, each = rng.choice(said)
            each["finish_reason"] = ""
            return Mutant(made, (at,), each.get("index") or 0, "warning")
    ends = finishes(made)
    if not ends:
        return None
    end = rng.choice(ends)
    end.holder[end.key] = rng.choice(_REASONS)
    return Mutant(made, (end.chunk,), end.choice, "error")


_DOCUMENTED = {
    CHAT: (
        "stop",
        "length",
        "tool_calls",
        "content_filter",
        "function_call",
        "model_length",
        "insufficient_system_resource",
    ),
    COMPLETIONS: ("stop", "length", "content_filter"),
    "anthropic": ("end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal"),
    "gemini": ("STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER", "PROHIBITED_CONTENT", "MALFORMED_FUNCTION_CALL"),
    "ollama": ("stop", "length", "load", "unload"),
    RESPONSES: ("completed", "incomplete", "failed", "cancelled"),
}


def documented_reason(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    for end in finishes(made):
        end.holder[end.key] = rng.choice(_DOCUMENTED[made.dialect])
    return Legal(made)


CASES = {
    "no-finish": Cases(no_finish, (done_without_finish, ended_by_an_error, ollama_without_reason)),
    "after-finish": Cases(after_finish, (nothing_after_finish, other_turns)),
    "payload-in-finish": Cases(payload_in_finish, (says_nothing_in_finish,)),
    "finish-value": Cases(finish_value, (documented_reason,)),
}
