"""The text of an answer: special tokens, broken characters, JSON that is none."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random

from rule_cases.planting import planted, rewrite_lane, some_lane
from rule_cases.positions import ANSWERS_BESIDE_TEXT, call_fragments, n_answers, slots
from rule_cases.tapes import CHAT, Cases, Legal, Mutant, Tape

_TOKENS = (
    *(f"<|{name}|>" for name in ("channel", "message", "start", "end", "constrain", "im_start", "im_end", "eot_id")),
    *(
        "<|python_tag|>",
        "<｜tool▁calls▁begin｜>",
        "<start_of_turn>",
        "[INST]",
        "<|eom_id|>",
        "<|endoftext|>",
        "<|return|>",
    ),
)


def special_token(tape: Tape, rng: Random) -> Mutant | None:
    token = rng.choice(_TOKENS)
    if token in json.dumps(tape.request, ensure_ascii=False):
        return None
    found = planted(tape, rng, token, "content", "reasoning")
    return found and replace(found, severity="error")


def no_token(tape: Tape, rng: Random) -> Legal | None:
    what = rng.choice(
        ["<|file-3Xk2|>", "<|", "|>", "a <| b |> c", "<| |>", "< |end| >", "<end>", "[inst]", "|message|", "<turn>"]
    )
    found = planted(tape, rng, what, "content")
    return found and Legal(found.tape)


def token_that_was_asked_about(tape: Tape, rng: Random) -> Legal | None:
    token = rng.choice(
        ["<|im_start|>", "<|eot_id|>", "<|python_tag|>", "[INST]", "<start_of_turn>", "<｜tool▁calls▁begin｜>"]
    )
    found = planted(tape, rng, token, "content", "reasoning")
    if found is None or found.tape.dialect != CHAT:
        return None
    found.tape.request.setdefault("messages", []).append({"role": "user", "content": f"What does {token} mean?"})
    return Legal(found.tape, "note")


def unicode(tape: Tape, rng: Random) -> Mutant | None:
    if tape.dialect == CHAT and rng.random() < 0.3:
        # Half a pair: what a server does that cuts between the units of UTF-16.
        made = tape.copy()
        slot = rng.choice(slots(made) or [None])
        if slot is None:
            return None
        slot.text += rng.choice(["\ud83d", "\ude00", "\ude00\ud83d"])
        return Mutant(made, (slot.chunk,), slot.choice, "error", exact=False)
    found = planted(tape, rng, "\ufffd" * rng.randint(1, 3), "content", "reasoning")
    return found and replace(found, severity="error")


def other_alphabets(tape: Tape, rng: Random) -> Legal | None:
    """Characters of any plane, and one that a chunk's border cuts in two."""
    if rng.random() < 0.6:
        found = planted(
            tape, rng, rng.choice(["😀", "日本語", "é́", "👩‍👩‍👧", "\ufffc", "\ufeff", "\u202e", "𝔘"]), "content"
        )
        return found and Legal(found.tape)
    made = tape.copy()
    lane = some_lane(made, rng, "content", least=2)
    if lane is None or made.dialect != CHAT:
        return None
    at = rng.randint(0, len(lane) - 2)
    lane[at].text += "\ud83d"
    lane[at + 1].text = "\ude00" + lane[at + 1].text
    return Legal(made)


def replacement_in_request(tape: Tape, rng: Random) -> Legal | None:
    found = planted(tape, rng, "\ufffd", "content")
    if found is None or found.tape.dialect != CHAT:
        return None
    found.tape.request.setdefault("messages", []).append({"role": "user", "content": "What is \ufffd?"})
    return Legal(found.tape)


def json_format(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    lane = some_lane(made, rng, "content")
    if made.dialect not in (CHAT, "gemini", "ollama") or lane is None or call_fragments(made):
        return None
    if any(word in json.dumps(made.chunks) for word in (*ANSWERS_BESIDE_TEXT, 'tool_calls": [{')):
        return None
    if made.dialect == CHAT:
        made.request["response_format"] = rng.choice(
            [{"type": "json_object"}, {"type": "json_schema", "json_schema": {}}]
        )
    elif made.dialect == "gemini":
        made.request["generationConfig"] = {"responseMimeType": "application/json"}
    else:
        made.request["format"] = rng.choice(["json", {"type": "object"}])
    good = json.dumps({"answer": [1, {"deep": None}], "text": "ok"})
    cut = rng.randint(1, len(good) - 1)
    text = rng.choice(
        [good[:cut], f"```json\n{good}\n```", f"Here it is: {good}", good + "}", good[:cut] + "\x01" + good[cut:]]
    )
    rewrite_lane(rng, lane, text)
    if text[1:] == good[1:]:
        return None
    return Mutant(made, (), lane[0].choice, "error", exact=False)


def json_as_asked(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    lane = some_lane(made, rng, "content", least=2)
    if made.dialect != CHAT or lane is None or n_answers(made) != 1 or call_fragments(made):
        return None
    made.request["response_format"] = {"type": "json_object"}
    good = json.dumps(
        {"answer": [1, None, "ü"], "say": '"quoted"'}, ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 1])
    )
    before = rng.choice(["", "\n ", "<think>I think {so}.</think>\n"])
    rewrite_lane(rng, lane, before + good + rng.choice(["", "\n\n"]))
    return Legal(made)


CASES = {
    "special-token": Cases(special_token, (no_token, token_that_was_asked_about)),
    "unicode": Cases(unicode, (other_alphabets, replacement_in_request)),
    "json-format": Cases(json_format, (json_as_asked,)),
}
