"""Reasoning: between tags in the content, told twice, not counted."""

from __future__ import annotations

from copy import deepcopy
from random import Random

from recexplore.testing.defects.planting import joined_text, may_hold_tags, planted, some_lane
from recexplore.testing.defects.positions import Slot, call_fragments, finishes, slots, usage_chunk
from recexplore.testing.defects.tapes import CHAT, COMPLETIONS, Cases, Legal, Mutant, Tape

__all__ = ["CASES"]

_TAGS = (("<think>", "</think>"), ("<reasoning>", "</reasoning>"), ("<thought>", "</thought>"), ("[THINK]", "[/THINK]"))


def _untagged(tape: Tape, rng: Random, least: int = 4) -> tuple[Tape, list[Slot]] | None:
    made = tape.copy()
    lane = some_lane(made, rng, "content", least=least)
    return None if lane is None or may_hold_tags(lane) else (made, lane)


def think_tags(tape: Tape, rng: Random) -> Mutant | None:
    found = _untagged(tape, rng)
    if found is None:
        return None
    made, lane = found
    opening, closing = rng.choice(_TAGS)
    first = rng.randint(0, len(lane) - 2)
    last = rng.randint(first, len(lane) - 1)
    lane[first].text = opening + lane[first].text
    lane[last].text += closing
    return Mutant(made, (lane[first].chunk, lane[last].chunk), lane[0].choice, "warning", exact=False)


def quoted_tags(tape: Tape, rng: Random) -> Legal | None:
    if may_hold_tags(slots(tape)):
        return None
    found = planted(
        tape, rng, rng.choice(["`<think>`", '"</think>"', "'<reasoning>'", "< think >", "<thinks>"]), "content"
    )
    return found and Legal(found.tape)


def think_orphan(tape: Tape, rng: Random) -> Mutant | None:
    found = _untagged(tape, rng)
    if (
        found is None
        or slots(tape, "reasoning")
        or any(end.holder[end.key] in ("length", "load") for end in finishes(tape))
    ):
        return None
    made, lane = found
    opening, closing = rng.choice(_TAGS)
    if rng.random() < 0.6:
        slot = rng.choice(lane)
        slot.text = opening + slot.text
        return Mutant(made, (slot.chunk,), slot.choice, "warning")
    # A pair, and a closing tag too many behind it.
    first, last, slot = sorted(rng.sample(lane, 3), key=lambda each: each.chunk)
    first.text, last.text, slot.text = opening + first.text, last.text + closing, slot.text + closing
    return Mutant(made, (slot.chunk,), slot.choice, "warning")


def only_a_closing_tag(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    lane = some_lane(made, rng, "content", least=3)
    if lane is None or may_hold_tags(lane) or slots(made, "reasoning"):
        return None
    lane[rng.randint(0, len(lane) - 1)].text += "</think>"
    return Legal(made)


def cut_while_thinking(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    lane = some_lane(made, rng, "content", least=3)
    if lane is None or may_hold_tags(lane) or made.dialect not in (CHAT, COMPLETIONS):
        return None
    lane[0].text = "<think>" + lane[0].text
    for end in finishes(made):
        end.holder[end.key] = "length"
    return Legal(made)


def think_fragmented(tape: Tape, rng: Random) -> Mutant | None:
    found = _untagged(tape, rng)
    if found is None:
        return None
    made, lane = found
    opening, closing = rng.choice(_TAGS)
    if rng.random() < 0.5:
        some = sorted(rng.sample(range(len(lane)), rng.randint(2, len(lane))))
        for at in some:
            lane[at].text = opening + lane[at].text + closing
        return Mutant(made, (lane[some[0]].chunk, lane[some[-1]].chunk), lane[0].choice, "note", exact=False)
    at, cut = rng.randint(0, len(lane) - 2), rng.randint(1, len(opening) - 1)
    lane[at].text += opening[:cut]
    lane[at + 1].text = opening[cut:] + lane[at + 1].text + closing
    return Mutant(made, (lane[at].chunk, lane[at + 1].chunk), lane[0].choice, "note", exact=False)


def one_whole_pair(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    lane = some_lane(made, rng, "content", least=3)
    if lane is None or may_hold_tags(lane):
        return None
    lane[0].text = "<think>" + lane[0].text
    lane[rng.randint(0, len(lane) - 1)].text += "</think>"
    return Legal(made)


def think_duplicate(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    lane = some_lane(made, rng, "content", "reasoning", least=2) if made.dialect == CHAT else None
    if lane is None:
        return None
    if lane[0].kind == "content" and not slots(made, "reasoning") and rng.random() < 0.3:
        return _thought_in_both(made, lane)
    some = rng.sample(lane, rng.randint(1, len(lane)))
    wrap = rng.random() < 0.4
    for slot in some:
        text = slot.text
        slot.holder[slot.key] = None
        if wrap:
            slot.holder["reasoning_content"] = {"text": text}
        else:
            slot.holder["reasoning_content"] = slot.holder["reasoning"] = text
    places = sorted(slot.chunk for slot in some)
    return Mutant(made, (places[0], places[-1]), lane[0].choice, "warning", exact=False)


def _thought_in_both(made: Tape, lane: list[Slot]) -> Mutant | None:
    if len(joined_text(lane).strip()) < 20 or may_hold_tags(lane):
        return None
    for slot in lane:
        slot.holder["reasoning_content"] = slot.text
    said = [slot for slot in lane if slot.text.strip()]
    return Mutant(made, (said[0].chunk, said[-1].chunk), lane[0].choice, "warning", exact=False)


def a_thought_as_short_as_the_answer(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    lane = some_lane(made, rng, "content", least=2) if made.dialect == CHAT else None
    if lane is None or may_hold_tags(slots(made)) or slots(made, "reasoning"):
        return None
    for slot in lane:
        slot.text = ""
    lane[0].holder["reasoning_content"], lane[1].text = "It is the river Po.", "It is the river Po."
    return Legal(made)


def reasoning_details(tape: Tape, rng: Random) -> Legal | None:
    """OpenRouter tells the text once, and once more with its format."""
    made = tape.copy()
    lane = some_lane(made, rng, "content", least=2) if made.dialect == CHAT else None
    if lane is None:
        return None
    for slot in lane[: rng.randint(1, len(lane))]:
        text, slot.holder["content"] = slot.text, ""
        slot.holder["reasoning"] = text
        slot.holder["reasoning_details"] = [{"type": "reasoning.text", "text": text, "format": None, "index": 0}]
    return Legal(made)


def think_usage(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    at = usage_chunk(made)
    lane = some_lane(made, rng, "content", "reasoning") if made.dialect == CHAT and at is not None else None
    if lane is None or at is None:
        return None
    for slot in lane[: rng.randint(1, len(lane))]:
        if slot.kind == "content":
            slot.holder["reasoning_content"], slot.holder["content"] = slot.text, None
    usage = made.chunks[at]["usage"]
    usage["completion_tokens_details"] = rng.choice([None, {"reasoning_tokens": 0}, {"reasoning_tokens": None}])
    usage.pop("reasoning_tokens", None)
    return Mutant(made, (at,), None, "note", exact=False)


def hidden_reasoning(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    at = usage_chunk(made)
    if at is None or made.dialect != CHAT or slots(made, "reasoning") or may_hold_tags(slots(made)):
        return None
    made.chunks[at]["usage"]["completion_tokens_details"] = {"reasoning_tokens": rng.randint(0, 9)}
    return Legal(made)


def think_nested(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    lane = some_lane(made, rng, "content", least=2) if made.dialect == CHAT else None
    if lane is None or may_hold_tags(slots(made)) or slots(made, "reasoning"):
        return None
    opening, closing = rng.choice(_TAGS[:3])
    some = lane[: rng.randint(1, len(lane))]
    for slot in some:
        text, slot.holder[slot.key] = slot.text, None
        slot.holder["reasoning"], slot.key = text, "reasoning"
    marked = rng.choice([some[0], some[-1]])
    marked.text = opening + marked.text if marked is some[0] else marked.text + closing
    return Mutant(made, (marked.chunk,), lane[0].choice, "note", exact=False)


def reasons_about_tags(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    lane = some_lane(made, rng, "content", least=4) if made.dialect == CHAT else None
    if lane is None or may_hold_tags(slots(made)) or slots(made, "reasoning"):
        return None
    for slot in lane[:3]:
        text, slot.holder[slot.key] = slot.text, None
        slot.holder["reasoning_content"], slot.key = text, "reasoning_content"
    lane[1].text += rng.choice([" a <think> tag ", " ends with </think>, so ", "`<reasoning>`"])
    return Legal(made)


def _three_answers(tape: Tape, rng: Random, finishes_: tuple[str, str, str], n_closing: int) -> Tape | None:
    """The same answer three times, the first few with a closing tag, as a template gives them that opens it itself."""
    made = tape.copy()
    lane = some_lane(made, rng, "content", least=3) if made.dialect == CHAT else None
    alike = all(len(each.get("choices") or []) <= 1 for each in made.chunks if isinstance(each, dict))
    if lane is None or not alike or may_hold_tags(slots(made)) or slots(made, "reasoning") or call_fragments(made):
        return None
    if len(finishes(made)) != 1 or made.request.get("response_format"):
        return None
    model, closed = f"made/thinker-{rng.randint(0, 1 << 30)}", rng.choice(lane[1:]).chunk
    made.request["n"] = 3
    for at, each in enumerate(made.chunks):
        if isinstance(each, dict):
            each["model"] = model
            if each.get("choices"):
                each["choices"] = [deepcopy(each["choices"][0]) | {"index": number} for number in range(3)]
                for number, answer in enumerate(each["choices"]):
                    if answer.get("finish_reason"):
                        answer["finish_reason"] = finishes_[number]
                    if at == closed and number < n_closing:
                        answer["delta"]["content"] = "</think>" + answer["delta"]["content"]
    return made


def think_untagged(tape: Tape, rng: Random) -> Mutant | None:
    made = _three_answers(tape, rng, ("stop", "stop", "length"), 2)
    if made is None:
        return None
    said = slots(made, "content", choice=2)
    return Mutant(made, (said[0].chunk, said[-1].chunk), 2, "warning")


def answers_without_thinking(tape: Tape, rng: Random) -> Legal | None:
    """One that is not cut, and one whose sibling does not think either."""
    made = _three_answers(tape, rng, *rng.choice([(("stop", "stop", "stop"), 2), (("stop", "stop", "length"), 1)]))
    return made and Legal(made)


CASES = {
    "think-tags": Cases(think_tags, (quoted_tags,)),
    "think-orphan": Cases(think_orphan, (only_a_closing_tag, cut_while_thinking, quoted_tags)),
    "think-fragmented": Cases(think_fragmented, (one_whole_pair,)),
    "think-duplicate": Cases(think_duplicate, (reasoning_details, a_thought_as_short_as_the_answer)),
    "think-nested": Cases(think_nested, (reasons_about_tags,)),
    "think-untagged": Cases(think_untagged, (answers_without_thinking,)),
    "think-usage": Cases(think_usage, (hidden_reasoning,)),
}
