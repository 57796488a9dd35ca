"""Deltas: repeated, cumulative, empty or missing."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from itertools import pairwise
from random import Random
from typing import Any

from recexplore.testing.defects.legal_streams import azure_opening
from recexplore.testing.defects.planting import blank_chunk, joined_text, may_hold_tags, some_lane
from recexplore.testing.defects.positions import (
    Slot,
    chat_choices,
    finishes,
    is_of_one_choice,
    n_answers,
    slots,
    usage_chunk,
)
from recexplore.testing.defects.tapes import CHAT, COMPLETIONS, Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


def stutter(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if n_answers(made) != 1:
        return None
    lane = some_lane(made, rng, "content", "reasoning", least=8)
    if lane is None or len({slot.text for slot in lane}) < 6 or may_hold_tags(lane):
        return None
    if any(one.text == other.text for one, other in pairwise(lane)):
        return None
    once = set(rng.sample([slot.chunk for slot in lane], rng.randint(0, len(lane) // 10)))
    twice = {slot.chunk for slot in lane} - once
    chunks, places = [], []
    for at, chunk in enumerate(made.chunks):
        chunks.append(chunk)
        if at in twice:
            chunks.append(deepcopy(chunk))
            places.append(len(chunks) - 1)
    made.chunks, made.times = chunks, None
    return Mutant(made, (places[0], places[-1]), lane[0].choice, "warning", exact=False)


def one_word_again_and_again(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    lane = some_lane(made, rng, "content", least=10)
    if lane is None or may_hold_tags(lane):
        return None
    word = rng.choice([" no", " 7", "ha"])
    for slot in lane:
        slot.text = word
    return Legal(made)


def some_words_twice(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    lane = some_lane(made, rng, "content", least=10)
    if lane is None or may_hold_tags(lane):
        return None
    for n in rng.sample(range(1, len(lane)), len(lane) // 6):
        lane[n].text = lane[n - 1].text
    pairs = sum(one.text == other.text for one, other in pairwise(lane))
    return Legal(made) if pairs <= len(lane) // 4 else None


def cumulative_delta(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    lane = some_lane(made, rng, "content", "reasoning", least=7)
    if lane is None or len(joined_text(lane)) < 10 or may_hold_tags(lane):
        return None
    if rng.random() < 0.5:
        return _said_again_at_its_end(made, lane)
    text = ""
    for slot in lane:
        text += slot.text
        slot.text = text
    return Mutant(made, (lane[0].chunk, lane[-1].chunk), lane[0].choice, "error", exact=False)


def _said_again_at_its_end(made: Tape, lane: list[Slot]) -> Mutant | None:
    text = joined_text(lane[:-1])
    unit = text.strip()
    if len(unit) < 30 or unit in (unit + unit)[1:-1]:
        return None
    lane[-1].text = text
    bad = "error" if lane[0].kind == "content" else "warning"
    return Mutant(made, (lane[-1].chunk,), lane[0].choice, bad, exact=False)


def snapshot_beside(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != CHAT or n_answers(made) != 1:
        return None
    said = ""
    for slot in slots(made, "content"):
        said += slot.text
        choice = made.chunks[slot.chunk]["choices"][0]
        choice["message"] = {"role": "assistant", "content": said}
    return Legal(made)


def dup_chunk(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    said = [slot for slot in slots(made) if is_of_one_choice(made, slot.chunk)]
    ends = {end.chunk for end in finishes(made)}
    said = [slot for slot in said if slot.chunk not in ends and not may_hold_tags([slot])]
    said = [slot for slot in said if any(letter.isalpha() for letter in slot.text)]
    if not said:
        return None
    slot = rng.choice(said)
    slot.text += " and then some"
    again = deepcopy(made.chunks[slot.chunk])
    if made.dialect == CHAT and again.get("obfuscation"):
        again["obfuscation"] = "other"
    made.insert(slot.chunk + 1, again)
    return Mutant(made, (slot.chunk + 1,), slot.choice, "note")


def digits_and_punctuation(tape: Tape, rng: Random) -> Legal | None:
    """Chunks that are equal because the text is."""
    made = tape.copy()
    said = [slot for slot in slots(made) if is_of_one_choice(made, slot.chunk)]
    ends = {end.chunk for end in finishes(made)}
    said = [slot for slot in said if slot.chunk not in ends and not may_hold_tags([slot])]
    if not said:
        return None
    slot = rng.choice(said)
    slot.text = rng.choice(["0", "77", "\n", " ", "_ ", "--", "\n\n", "?", "、"])
    made.insert(slot.chunk + 1, deepcopy(made.chunks[slot.chunk]))
    return Legal(made)


def echoes(tape: Tape, rng: Random) -> Legal | None:
    """A word that is said twice, or something longer again and again."""
    made = tape.copy()
    said = [slot for slot in slots(made, "content") if is_of_one_choice(made, slot.chunk)]
    ends = {end.chunk for end in finishes(made)}
    said = [slot for slot in said if slot.chunk not in ends and not may_hold_tags([slot])]
    if not said or re.search(r"okens|_count|okenCount", json.dumps(made.chunks)):
        return None
    slot = rng.choice(said)
    slot.text, n = rng.choice([(" very", 1), ("哈哈", 1), ("666", 3), ("Hip, hip, hooray!\n", 2), ("ha ha", 1)])
    for _ in range(n):
        made.insert(slot.chunk + 1, deepcopy(made.chunks[slot.chunk]))
    return Legal(made)


def counted_twice(tape: Tape, rng: Random) -> Legal | None:
    """A word that is said twice, each chunk a token of the report."""
    made = tape.copy()
    at = usage_chunk(made)
    said = [slot for slot in slots(made, "content") if is_of_one_choice(made, slot.chunk)]
    said = [slot for slot in said if not re.search(r"\w\s+\w", slot.text) and not may_hold_tags([slot])]
    if at is None or not said or made.dialect != CHAT:
        return None
    slot = rng.choice(said)
    usage = made.chunks[at]["usage"]
    usage["completion_tokens"] = max(usage["completion_tokens"], len(made.chunks) + 1)
    usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"]
    made.insert(slot.chunk + 1, deepcopy(made.chunks[slot.chunk]))
    return Legal(made)


def same_text_otherwise(tape: Tape, rng: Random) -> Legal | None:
    """A chunk that says the same as the one before, but is another."""
    made = tape.copy()
    said = [slot for slot in slots(made) if made.dialect == CHAT and is_of_one_choice(made, slot.chunk)]
    if not said:
        return None
    slot = rng.choice(said)
    again = deepcopy(made.chunks[slot.chunk])
    if rng.random() < 0.5:
        again["created"] = (again.get("created") or 0) + 1
    else:
        again["choices"][0]["logprobs"] = {"content": [{"token": slot.text, "logprob": -0.25, "bytes": None}]}
    made.insert(slot.chunk + 1, again)
    return Legal(made)


def empty_chunk(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    said = slots(made)
    if made.dialect not in (CHAT, COMPLETIONS) or not said:
        return None
    slot = rng.choice(said)
    if rng.random() < 0.5:
        at = rng.randint(0, len(made.chunks))
        made.insert(at, {**blank_chunk(made), "choices": []})
        return Mutant(made, (at,), None, "warning")
    nothing = rng.choice([{}, {"content": None}, {"content": ""}])
    empty = {
        "index": slot.choice,
        "finish_reason": None,
        **({"delta": nothing} if made.dialect == CHAT else {"text": ""}),
    }
    made.insert(slot.chunk + 1, {**blank_chunk(made), "choices": [empty]})
    return Mutant(made, (slot.chunk + 1,), slot.choice, "note")


def chunk_with_a_reason(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != CHAT or not slots(made):
        return None
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    logprobs = {"content": [{"token": "a", "logprob": -1.0, "bytes": [97]}]}
    silent = {"index": 0, "delta": {}, "finish_reason": None, "logprobs": logprobs}
    aside: dict[str, Any] = rng.choice([{"choices": [], "usage": usage}, {"choices": [silent]}])
    made.insert(rng.randint(1, len(made.chunks)), {**blank_chunk(made), **aside})
    return Legal(made)


def delta_missing(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect != CHAT:
        return None
    at, each = rng.choice(list(chat_choices(made)))
    if rng.random() < 0.5:
        each.pop("delta", None)
    else:
        each["delta"] = None
    each.pop("content_filter_results", None)
    aside = rng.random() < 0.4
    if aside:
        # What Azure's asynchronous filter sends.
        each["content_filter_offsets"] = {"check_offset": 0, "start_offset": 0, "end_offset": 9}
        each["content_filter_results"] = {"hate": {"filtered": False, "severity": "safe"}}
        each["finish_reason"] = None
    return Mutant(made, (at,), each.get("index") or 0, "note" if aside else "warning")


def delta_is_an_empty_object(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != CHAT:
        return None
    _, each = rng.choice(list(chat_choices(made)))
    each["delta"] = {}
    return Legal(made)


CASES = {
    "stutter": Cases(stutter, (one_word_again_and_again, some_words_twice)),
    "cumulative-delta": Cases(cumulative_delta, (snapshot_beside,)),
    "dup-chunk": Cases(dup_chunk, (same_text_otherwise, digits_and_punctuation, echoes, counted_twice)),
    "empty-chunk": Cases(empty_chunk, (azure_opening, chunk_with_a_reason)),
    "delta-missing": Cases(delta_missing, (delta_is_an_empty_object,)),
}
