"""Failures: exceptions that were recorded, errors inside a stream."""

from __future__ import annotations

from random import Random

from recexplore.testing.defects.planting import STRAY_EVENTS, STRAY_LINES, blank_chunk, framed, joined_text
from recexplore.testing.defects.positions import call_fragments, chat_choices, finishes, n_answers, slots
from recexplore.testing.defects.tapes import CHAT, COMPLETIONS, RESPONSES, Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


def recorded_exception(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    status = rng.choice([400, 401, 403, 404, 413, 415, 422, 429, 500, 502, 503, None])
    made.response = {
        "is_exception": True,
        "exception_data": {"type": "SomeError", "message": "it failed", **({"status_code": status} if status else {})},
        "exception_message": "it failed",
    }
    if rng.random() < 0.5:
        made.chunks, made.streaming, made.times = [], False, None
        return Mutant(made, None, severity="warning" if status in (400, 413, 415, 422) else "error")
    said = slots(made)
    if len(said) < 2:
        return None
    made.keep(rng.choice(said[1:]).chunk + 1)
    return Mutant(made, (len(made.chunks) - 1,), severity="error")


def not_streamed(tape: Tape, rng: Random) -> Legal | None:
    """Asked as a stream, answered as a whole."""
    if tape.dialect != CHAT or n_answers(tape) != 1 or call_fragments(tape):
        return None
    made = tape.copy()
    message = {"role": "assistant", "content": joined_text(slots(tape, "content"))}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    made.chunks = [{**blank_chunk(tape), "object": "chat.completion", "choices": [choice]}]
    made.request["stream"], made.streaming, made.times = True, False, None
    return Legal(made)


def inband_error(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    error = {"message": "upstream broke", "type": "server_error", "code": rng.choice([500, "overloaded", None])}
    ends = finishes(made)
    if made.dialect == CHAT and ends and rng.random() < 0.4:
        end = rng.choice(ends)
        end.holder[end.key] = rng.choice(["error", "network_error", "insufficient_system_resource", "abort"])
        return Mutant(made, (end.chunk,), end.choice, "error")
    if made.dialect == "gemini" and ends and rng.random() < 0.4:
        end = rng.choice(ends)
        end.holder[end.key] = rng.choice(["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL"])
        return Mutant(made, (end.chunk,), end.choice, "error")
    said = slots(made)
    if not said:
        return None
    if made.dialect == CHAT and rng.random() < 0.3:
        made.keep(rng.choice(said).chunk + 1)
        is_event = rng.random() < 0.4
        made.framed = framed(made) + rng.choice(STRAY_EVENTS if is_event else STRAY_LINES)
        return Mutant(made, (len(made.chunks) - (not is_event),), severity="error")
    chunk = {
        CHAT: {"error": error},
        COMPLETIONS: {"error": error},
        RESPONSES: {"type": "error", "code": "server_error", "message": "broke", "param": None, "sequence_number": 1},
        "anthropic": {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        "gemini": {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}},
        "ollama": {"error": "model runner has stopped"},
    }[made.dialect]
    at = rng.choice(said).chunk + 1
    if made.dialect == "ollama":
        # A clock that the chunk does not carry is no clock.
        made.chunks = made.chunks[:at]
    made.insert(at, chunk)
    if rng.random() < 0.5:
        made.keep(at + 1)
    return Mutant(made, (at,), severity="error")


def filter_error(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != CHAT:
        return None
    _, each = rng.choice(list(chat_choices(made)))
    each["content_filter_results"] = {
        "error": {"code": "content_filter_error", "message": "The contents are not filtered"}
    }
    return Legal(made, "note")


def comments(tape: Tape, rng: Random) -> Legal | None:
    """Keep-alives and other lines that belong to no event, whatever they say."""
    made = tape.copy()
    if made.dialect != CHAT:
        return None
    lines = [b": 504 Gateway Timeout", b": error", b"retry: 3000", b"x-note: no error at all", b"error:"]
    events = framed(made).split(b"\n\n")
    events.insert(rng.randrange(len(events)), rng.choice(lines))
    made.framed = b"\n\n".join(events)
    return Legal(made)


def error_is_null(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    for chunk in made.chunks:
        if isinstance(chunk, dict) and made.dialect in (CHAT, COMPLETIONS):
            chunk["error"] = rng.choice([None, {}, ""])
    return Legal(made)


CASES = {
    "recorded-exception": Cases(recorded_exception, (not_streamed,)),
    "inband-error": Cases(inband_error, (filter_error, error_is_null, comments)),
}
