"""Endings: none, two, an unknown one, something behind or beside it."""

from __future__ import annotations

from copy import deepcopy
from random import Random

from recexplore.testing.defects.legal_streams import other_turns
from recexplore.testing.defects.planting import STRAY_EVENTS, STRAY_LINES, blank_chunk, framed
from recexplore.testing.defects.positions import chat_choices, finishes, is_of_one_choice, n_answers, slots
from recexplore.testing.defects.tapes import CHAT, COMPLETIONS, RESPONSES, Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


def no_finish(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    ends = finishes(made)
    if not ends or not slots(made):
        return None
    if rng.random() < 0.3 and made.dialect in (CHAT, COMPLETIONS, "gemini"):
        end = rng.choice(ends)
        end.holder[end.key] = None
        last = max([slot.chunk for slot in slots(made, choice=end.choice)], default=end.chunk)
        if made.dialect == CHAT and rng.random() < 0.3 and made.chunks[-1] != "[DONE]":
            # A mark of the end does not make half an answer whole.
            made.chunks.append("[DONE]")
            made.times = None
        return Mutant(made, (), end.choice, "error") if last <= end.chunk else None
    end = rng.choice(ends)
    before = [slot.chunk for slot in slots(made, choice=end.choice) if slot.chunk < end.chunk]
    if not before:
        return None
    made.keep(rng.choice(before) + 1)
    return Mutant(made, (len(made.chunks) - 1,) if n_answers(made) == 1 else (), end.choice, "error")


def broken_file(tape: Tape, rng: Random) -> Legal | None:
    """A stream of events that breaks off inside one of them: the file is at fault, as far as anybody knows."""
    made = tape.copy()
    ends = finishes(made)
    if made.dialect != CHAT or not ends:
        return None
    made.keep(min(end.chunk for end in ends) + 1)
    made.framed = framed(made).rstrip()[: -rng.randint(1, 40)]
    return Legal(made, "warning")


def ended_by_a_stray_error(tape: Tape, rng: Random) -> Legal | None:
    """An error that the server wrote between the events."""
    made = tape.copy()
    said = slots(made)
    if made.dialect != CHAT or not said:
        return None
    made.keep(rng.choice(said).chunk + 1)
    made.framed = framed(made) + rng.choice(STRAY_LINES + STRAY_EVENTS)
    return Legal(made)


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


def finish_repeated(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    ends = {end.choice: end for end in finishes(made)}
    if made.dialect not in (CHAT, COMPLETIONS) or not ends:
        return None
    end = rng.choice(list(ends.values()))
    again = deepcopy(made.chunks[end.chunk])
    mine = next(choice for choice in again["choices"] if (choice.get("index") or 0) == end.choice)
    mine["delta" if made.dialect == CHAT else "text"] = {} if made.dialect == CHAT else ""
    again["choices"] = [mine]
    at = rng.randint(end.chunk + 1, len(made.chunks) - (made.chunks[-1] == "[DONE]"))
    made.insert(at, again)
    return Mutant(made, (at,), end.choice, "note")


def finish_in_every_chunk(tape: Tape, rng: Random) -> Legal | None:
    """As older Gemini models do."""
    made = tape.copy()
    if made.dialect != "gemini":
        return None
    for chunk in made.chunks:
        for candidate in chunk.get("candidates") or []:
            candidate["finishReason"] = "STOP"
    return Legal(made)


def only_a_report_after_finish(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    ends = finishes(made)
    if made.dialect != CHAT or not ends:
        return None
    end = rng.choice(ends)
    aside = {"index": end.choice, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
    usage = {"prompt_tokens": 1, "completion_tokens": 100_000, "total_tokens": 100_001}
    made.insert(rng.randint(end.chunk + 1, len(made.chunks)), {**blank_chunk(made), "choices": [aside], "usage": usage})
    return Legal(made)


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


_OF_OTHER_APIS = ("eos_token", "stop_sequence", "repetition")
"""Values that servers of chat are known to send, and document elsewhere."""
_REASONS = ("end_turn", "aborted", "max_length", "STOP!", "end-turn", "tool_call", "finish", "null", "unknown")


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
    if made.dialect == CHAT and rng.random() < 0.2:
        end.holder[end.key] = rng.choice(_OF_OTHER_APIS)
        return Mutant(made, (end.chunk,), end.choice, "warning")
    end.holder[end.key] = rng.choice(_REASONS)
    # Ollama's clients take any text.
    return Mutant(made, (end.chunk,), end.choice, "warning" if made.dialect == "ollama" else "error")


_DOCUMENTED = {
    CHAT: (
        "stop",
        "length",
        "tool_calls",
        "content_filter",
        "function_call",
        "model_length",
        "insufficient_system_resource",
        "eos",
        "abort",
        "content_filter: SAFETY",
        "function_call_filter: MALFORMED_FUNCTION_CALL",
        "model_context_window_exceeded",
    ),
    COMPLETIONS: ("stop", "length", "content_filter", "eos", "abort"),
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
    "no-finish": Cases(no_finish, (broken_file, ended_by_an_error, ended_by_a_stray_error, ollama_without_reason)),
    "after-finish": Cases(after_finish, (nothing_after_finish, other_turns, finish_in_every_chunk)),
    "finish-repeated": Cases(finish_repeated, (only_a_report_after_finish, finish_in_every_chunk)),
    "payload-in-finish": Cases(payload_in_finish, (says_nothing_in_finish,)),
    "finish-value": Cases(finish_value, (documented_reason,)),
}
