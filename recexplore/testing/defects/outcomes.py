"""Answers that ended properly: cut, filtered, refused or empty."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from recexplore.testing.defects.positions import (
    ANSWERS_BESIDE_TEXT,
    Slot,
    call_fragments,
    chat_choices,
    finishes,
    slots,
)
from recexplore.testing.defects.tapes import CHAT, RESPONSES, Cases, Legal, Mutant, Tape

__all__ = ["CASES"]

_LENGTH = {"anthropic": "max_tokens", "gemini": "MAX_TOKENS", RESPONSES: "incomplete"}


def _asks_json(tape: Tape) -> bool:
    return any(tape.request.get(name) for name in ("response_format", "text", "generationConfig"))


_SMALL_LIMIT = 100
"""Who allows no more wants a short answer."""
_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens", "num_predict")


def _limit(tape: Tape) -> float:
    asked = [tape.request, *(value for value in tape.request.values() if isinstance(value, dict))]
    found = [value for part in asked for name in _LIMITS if isinstance(value := part.get(name), int)]
    return min(found, default=float("inf"))


def length_cut(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    ends = finishes(made)
    if not ends:
        return None
    end = rng.choice(ends)
    severity = "note" if _limit(made) <= _SMALL_LIMIT else "warning"
    mine = [call for _, choice, call in call_fragments(made) if choice == end.choice]
    if mine:
        # The tail of the arguments is lost with the rest of the answer.
        mine[-1].setdefault("function", {})["arguments"] = ""
        severity = (
            "error" if not _whole([call for call in mine if call.get("index") == mine[-1].get("index")]) else severity
        )
        if severity != "error":
            return None
    elif _asks_json(made) or "code_interpreter" in json.dumps(made.chunks):
        return None
    elif made.dialect == CHAT and rng.random() < 0.3:
        made.request["response_format"] = {"type": "json_object"}
        severity = "error" if slots(made, "content", choice=end.choice) else severity
    end.holder[end.key] = _LENGTH.get(made.dialect, "length")
    if made.dialect == RESPONSES:
        made.chunks[end.chunk]["type"] = "response.incomplete"
        end.holder["incomplete_details"] = {"reason": "max_output_tokens"}
    return Mutant(made, (end.chunk,), end.choice, severity)


def _whole(fragments: list[dict[str, Any]]) -> bool:
    try:
        json.loads("".join((call.get("function") or {}).get("arguments") or "" for call in fragments) or "{}")
    except json.JSONDecodeError:
        return False
    return True


def filtered(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    ends = finishes(made)
    if made.dialect == CHAT and rng.random() < 0.5:
        at, each = rng.choice(list(chat_choices(made)))
        if rng.random() < 0.5 and each.get("delta"):
            each["delta"] = {**each["delta"], "refusal": "I cannot."}
        else:
            results = {
                "hate": {"filtered": False, "severity": "safe"},
                "violence": {"filtered": True, "severity": "high"},
            }
            each["content_filter_results"] = results
        return Mutant(made, (at,), each.get("index") or 0, "warning")
    if made.dialect == "gemini" and rng.random() < 0.4:
        made.chunks[0]["promptFeedback"] = {"blockReason": "SAFETY"}
        return Mutant(made, (0,), None, "warning")
    if not ends:
        return None
    end = rng.choice(ends)
    said = {"anthropic": "refusal", "gemini": rng.choice(["SAFETY", "RECITATION", "PROHIBITED_CONTENT"])}
    if made.dialect in (RESPONSES, "ollama"):
        return None
    end.holder[end.key] = said.get(made.dialect, "content_filter")
    return Mutant(made, (end.chunk,), end.choice, "warning")


def nothing_filtered(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != CHAT:
        return None
    safe = {name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")}
    for _, each in chat_choices(made):
        each["content_filter_results"] = rng.choice([safe, {}])
    return Legal(made)


_ENDED = ("stop", "end_turn", "completed", "STOP")


def empty_answer(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    ends = [end for end in finishes(made) if end.holder[end.key] in _ENDED]
    said = [slot.choice for slot in slots(made, "content")]
    ends = [end for end in ends if end.choice in said]
    if not ends or call_fragments(made) or made.dialect == RESPONSES:
        return None
    if any(word in json.dumps(made.chunks) for word in (*ANSWERS_BESIDE_TEXT, '"annotations": [{')):
        return None
    end = rng.choice(ends)
    for slot in slots(made, "content", choice=end.choice):
        slot.text = ""
    thought = any(slot.choice == end.choice for slot in slots(made, "reasoning"))
    if made.dialect == CHAT and thought and rng.random() < 0.5:
        made.request["chat_template_kwargs"] = {"enable_thinking": False}
        return Mutant(made, (end.chunk,), end.choice, "error")
    return Mutant(made, (end.chunk,), end.choice, None if thought else "warning")


def only_annotations(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    said = slots(made, "content")
    if made.dialect != CHAT or not said or call_fragments(made):
        return None
    for slot in said:
        slot.text = ""
    for number in {slot.choice for slot in said}:
        rng.choice([slot for slot in said if slot.choice == number]).holder["annotations"] = [{"type": "url_citation"}]
    return Legal(made)


def _words(tape: Tape) -> tuple[list[Slot], str] | None:
    """The pieces of one choice's text and the text itself, where it is long enough and no chunk brings another's."""
    said = slots(tape, "content")
    if not said or tape.dialect not in _STOPS or '"tool_' in json.dumps(tape.chunks):
        return None
    mine = [slot for slot in said if slot.choice == said[0].choice]
    text = "".join(slot.text for slot in mine)
    # Tags of reasoning are cut out of the text.
    return (mine, text) if len(text.split()) > 6 and "<" not in text else None


_STOPS = {CHAT: "stop", "openai_completions": "stop", "anthropic": "stop_sequences", "ollama": "stop"}


def _ask_stop(tape: Tape, sequences: Any) -> None:
    holder = tape.request.setdefault("options", {}) if tape.dialect == "ollama" else tape.request
    holder[_STOPS[tape.dialect]] = sequences


def stop_ignored(tape: Tape, rng: Random) -> Mutant | None:
    """The request asks for an end at words that stand in the middle of the text, wherever the chunks cut them; or those that
    it asks for are put there."""
    made = tape.copy()
    found = _words(made)
    if found is None:
        return None
    mine, text = found
    if asked := _asked_stops(made):
        return _goes_on_behind(made, mine, text, rng.choice(asked), rng)
    size = rng.randint(2, 12)
    start = rng.randrange(max(1, len(text) - size - 40))
    sequence = text[start : start + size]
    start = text.find(sequence)
    if not sequence.strip() or len(text[start + size :].strip()) < 20:
        return None
    if any(sequence in "".join(each.text for each in slots(made, "content", choice=other)) for other in _others(mine)):
        return None
    _ask_stop(made, rng.choice([[sequence], ["\n\n\n\n", sequence]]) if made.dialect == "anthropic" else sequence)
    end, chunks = 0, []
    for slot in mine:
        begin, end = end, end + len(slot.text)
        if begin < start + size and end > start:
            chunks.append(slot.chunk)
    return Mutant(made, (chunks[0], chunks[-1]), mine[0].choice, "error")


def _asked_stops(tape: Tape) -> list[str]:
    """The sequences that the request names and that are no blanks."""
    holder = tape.request.get("options") or {} if tape.dialect == "ollama" else tape.request
    asked = holder.get(_STOPS[tape.dialect])
    return [each for each in ([asked] if isinstance(asked, str) else asked or ()) if each.strip()]


def _goes_on_behind(made: Tape, mine: list[Slot], text: str, sequence: str, rng: Random) -> Mutant | None:
    """The sequence stands in the middle of the text that it should have ended."""
    if sequence in text:
        return None
    slot = rng.choice(mine[: len(mine) // 2 + 1])
    behind = "".join(each.text for each in mine[mine.index(slot) + 1 :])
    slot.text += sequence + ("" if len(behind.strip()) >= _FAR_BEHIND else " and then it went on for a while")
    return Mutant(made, (slot.chunk,), slot.choice, "error", exact=False)


_FAR_BEHIND = 20
"""How many characters behind a sequence show that it was passed over."""


def _others(mine: list[Slot]) -> list[int]:
    return [number for number in range(4) if number != mine[0].choice]


def stop_at_the_end(tape: Tape, rng: Random) -> Legal | None:
    """Blanks, words that never come, and those that end the text, which some servers send."""
    made = tape.copy()
    found = _words(made)
    if found is None or len({slot.choice for slot in slots(made, "content")}) > 1:
        return None
    mine, _ = found
    mine[-1].text += "|END|"
    _ask_stop(made, rng.choice([["|END|"], [" ", "|END|"], ["\n", "|NEVER|"]]))
    return Legal(made)


def stop_in_what_was_begun(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    found = _words(made)
    if found is None or made.dialect != CHAT:
        return None
    word = found[1][:8]
    if len(word.strip()) < 4:
        return None
    made.request["messages"] = [{"role": "user", "content": "Go on"}, {"role": "assistant", "content": f"{word}"}]
    _ask_stop(made, [word])
    return Legal(made)


CASES = {
    "length-cut": Cases(length_cut),
    "stop-ignored": Cases(stop_ignored, (stop_at_the_end, stop_in_what_was_begun)),
    "filtered": Cases(filtered, (nothing_filtered,)),
    "empty-answer": Cases(empty_answer, (only_annotations,)),
}
