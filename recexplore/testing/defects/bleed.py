"""Text of one choice that stands in another."""

from __future__ import annotations

from random import Random

from recexplore.testing.defects.legal_streams import azure_opening, other_turns
from recexplore.testing.defects.positions import chat_choices, choices_of, n_answers, slots
from recexplore.testing.defects.tapes import CHAT, Cases, Mutant, Tape

__all__ = ["CASES"]


def choice_bleed(tape: Tape, rng: Random) -> Mutant | None:
    """The first pieces of one choice are said, word by word, between those of another, in one delta of it."""
    made = tape.copy()
    if made.dialect != CHAT or n_answers(made) < 2:
        return None
    lanes = {number: slots(made, "content", choice=number) for number in choices_of(made)}
    lost = rng.choice([number for number, lane in lanes.items() if len(lane) >= 8] or [-1])
    others = [number for number, lane in lanes.items() if number != lost and len(lane) >= 8]
    if lost < 0 or not others:
        return None
    into = lanes[rng.choice(others)]
    n = rng.randint(4, len(lanes[lost]) - 3)
    head, rest = lanes[lost][:n], lanes[lost][n:]
    if not rest[0].text.lstrip()[:1].islower():
        return None
    before = [at for at, slot in enumerate(into) if slot.chunk < rest[0].chunk]
    if not before:
        return None
    place = rng.choice(before)
    mine = [slot.text for slot in into[place : place + n]]
    theirs = [slot.text for slot in head]
    mixed = []
    while mine or theirs:
        mixed.append((mine if not theirs or (mine and rng.random() < 0.5) else theirs).pop(0))
    usual = sorted(len(slot.text) for slot in into)[len(into) // 2]
    if len("".join(mixed)) < max(6 * usual, 30):
        return None
    into[place].text = "".join(mixed)
    for slot in into[place + 1 : place + n]:
        slot.text = ""
    for slot in head:
        slot.text = ""
    for _, each in chat_choices(made):
        if each.get("index") == lost and each.get("delta"):
            each["delta"]["role"] = None
    return Mutant(made, (into[place].chunk,), into[place].choice, "error")


CASES = {
    "choice-bleed": Cases(choice_bleed, (other_turns, azure_opening)),
}
