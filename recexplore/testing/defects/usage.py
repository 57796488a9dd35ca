"""Usage reports: missing, repeated, impossible."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any

from recexplore.testing.defects.planting import blank_chunk, joined_text, may_hold_tags
from recexplore.testing.defects.positions import finishes, n_answers, slots, usage_chunk
from recexplore.testing.defects.tapes import CHAT, COMPLETIONS, Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


def usage_missing(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect not in (CHAT, COMPLETIONS) or not finishes(made):
        return None
    made.request["stream_options"] = {"include_usage": True}
    for chunk in made.chunks:
        if isinstance(chunk, dict):
            chunk.pop("usage", None)
            chunk.pop("x_groq", None)
    if rng.random() < 0.5:
        made.chunks = [chunk for chunk in made.chunks if not isinstance(chunk, dict) or chunk.get("choices")]
        made.times = None
    return Mutant(made, (len(made.chunks) - 1,), None, "warning")


def broke_before_usage(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    ends = finishes(made)
    if made.dialect not in (CHAT, COMPLETIONS) or not ends:
        return None
    made.request["stream_options"] = {"include_usage": True}
    for chunk in made.chunks:
        if isinstance(chunk, dict):
            chunk["usage"] = None
            chunk.pop("x_groq", None)
    made.keep(rng.randint(1, ends[0].chunk))
    return Legal(made)


def usage_repeated(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect not in (CHAT, COMPLETIONS) or usage_chunk(made) is not None:
        return None
    some = sorted(rng.sample(range(len(made.chunks)), min(len(made.chunks), rng.randint(2, 6))))
    some = [at for at in some if isinstance(made.chunks[at], dict)]
    if len(some) < 2:
        return None
    completion = sorted(rng.randint(1, 99) for _ in some)
    falls = rng.random() < 0.4 and completion[0] < completion[-1]
    if falls:
        completion.reverse()
    for at, figure in zip(some, completion, strict=True):
        made.chunks[at]["usage"] = {"prompt_tokens": 7, "completion_tokens": figure, "total_tokens": 7 + figure}
    if not falls:
        made.request.pop("stream_options", None)
    most = max(before - after for before, after in pairwise(completion))
    severity = ("error" if most > 1 else "warning") if falls else "note"
    return Mutant(made, (some[0], some[-1]), None, severity, exact=False)


def continuous_usage(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != CHAT or usage_chunk(made) is not None:
        return None
    made.request["stream_options"] = {"include_usage": True, "continuous_usage_stats": True}
    for n, chunk in enumerate(made.chunks):
        if isinstance(chunk, dict):
            chunk["usage"] = {"prompt_tokens": 9, "completion_tokens": n, "total_tokens": 9 + n}
    return Legal(made)


def usage_arith(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect not in (CHAT, COMPLETIONS):
        return None
    at = usage_chunk(made)
    if at is None:
        at = len(made.chunks) - 1 - (made.chunks[-1] == "[DONE]")
        made.insert(at + 1, {**blank_chunk(made), "choices": []} if slots(made) else {"choices": []})
        at += 1
        n = len(slots(made)) + 5
        made.chunks[at]["usage"] = {"prompt_tokens": 9, "completion_tokens": n, "total_tokens": 9 + n}
    usage = made.chunks[at]["usage"]
    how = rng.random()
    said = len({slot.chunk for slot in slots(made, "content")})
    if how < 0.4:
        usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"] + rng.choice([-3, -1, 1, 1000])
        usage.pop("completion_tokens_details", None)
        usage.pop("prompt_tokens_details", None)
    elif how < 0.7 or said < 2 or n_answers(made) > 1 or may_hold_tags(slots(made, "content")):
        usage["completion_tokens_details"] = {"reasoning_tokens": usage["completion_tokens"] + rng.randint(1, 50)}
        usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"]
    else:
        text = joined_text(slots(made, "content"))
        usage["completion_tokens"] = rng.randint(0, said - 2) if len(text) > 3 * said else 0
        usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"]
        usage["completion_tokens_details"] = None
        return Mutant(made, (at,), None, "warning")
    return Mutant(made, (at,), None, "error")


def tokens_on_top(tape: Tape, rng: Random) -> Legal | None:
    """Reasoning, tools or citations that are counted beside prompt and completion, and named."""
    made = tape.copy()
    if made.dialect != CHAT or not slots(made):
        return None
    n, more = len(slots(made)) + 5, rng.randint(1, 40)
    usage: dict[str, Any] = {"prompt_tokens": 9, "completion_tokens": n, "total_tokens": 9 + n + more}
    usage |= rng.choice([{"completion_tokens_details": {"reasoning_tokens": more}}, {"tool_tokens": more}])
    for chunk in made.chunks:
        if isinstance(chunk, dict):
            chunk["usage"] = None
    made.insert(len(made.chunks) - (made.chunks[-1] == "[DONE]"), {**blank_chunk(made), "choices": [], "usage": usage})
    return Legal(made)


def audio_on_top(tape: Tape, rng: Random) -> Legal | None:
    """Mistral counts sound beside the prompt."""
    made = tape.copy()
    at = usage_chunk(made)
    if made.dialect != CHAT or at is None:
        return None
    usage, heard = made.chunks[at]["usage"], rng.randint(1, 400)
    if usage.get("total_tokens") != usage["prompt_tokens"] + usage["completion_tokens"]:
        return None
    usage["total_tokens"] += heard
    usage["prompt_tokens_details"] = {"audio_tokens": heard}
    return Legal(made)


def one_token_short(tape: Tape, rng: Random) -> Legal | None:
    """A report that leaves the last token out."""
    made = tape.copy()
    at = usage_chunk(made)
    said = len({slot.chunk for slot in slots(made, "content")})
    if made.dialect != CHAT or at is None or said < 2 or n_answers(made) > 1:
        return None
    usage = made.chunks[at]["usage"]
    usage["completion_tokens"] = said - 1
    usage["total_tokens"] = usage["prompt_tokens"] + said - 1
    usage.pop("completion_tokens_details", None)
    return Legal(made)


CASES = {
    "usage-missing": Cases(usage_missing, (broke_before_usage,)),
    "usage-repeated": Cases(usage_repeated, (continuous_usage,)),
    "usage-arith": Cases(usage_arith, (tokens_on_top, audio_on_top, one_token_short)),
}
