"""The text of an answer: special tokens, JSON that is none."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import accumulate
from random import Random

from recexplore.testing.defects.planting import joined_text, planted, rewrite_lane, some_lane
from recexplore.testing.defects.positions import ANSWERS_BESIDE_TEXT, call_fragments, n_answers, slots
from recexplore.testing.defects.tapes import CHAT, COMPLETIONS, Cases, Legal, Mutant, Tape

__all__ = ["CASES"]

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
    if found is None:
        return None
    is_excused = tape.dialect == COMPLETIONS or _in_how_many_pieces(found, token) >= 3
    return replace(found, severity="note" if is_excused else "error")


def _in_how_many_pieces(found: Mutant, token: str) -> int:
    """Over how many deltas a token is spread."""
    for kind in ("content", "reasoning"):
        lane = slots(found.tape, kind, choice=found.choice)
        at = joined_text(lane).find(token)
        if at >= 0:
            ends = list(accumulate(len(slot.text) for slot in lane))
            return sum(
                end > at and end - len(slot.text) < at + len(token) for slot, end in zip(lane, ends, strict=True)
            )
    return 0


def no_token(tape: Tape, rng: Random) -> Legal | None:
    what = rng.choice(
        ["<|file-3Xk2|>", "<|", "|>", "a <| b |> c", "<| |>", "< |end| >", "<end>", "[inst]", "|message|", "<turn>"]
    )
    found = planted(tape, rng, what, "content")
    return found and Legal(found.tape)


def no_channel(tape: Tape, rng: Random) -> Legal | None:
    what = rng.choice([" analysis ", " assistant final", " `assistantfinal` ", "(assistantFinal)", "/assistantfinal/"])
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
    "special-token": Cases(special_token, (no_token, no_channel, token_that_was_asked_about)),
    "json-format": Cases(json_format, (json_as_asked,)),
}
