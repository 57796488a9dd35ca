"""Characters: lost, cut in two, read as others."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from recexplore.testing.defects.planting import joined_text, planted, some_lane
from recexplore.testing.defects.positions import slots
from recexplore.testing.defects.tapes import CHAT, Cases, Legal, Mutant, Tape

__all__ = ["CASES"]

_MEANT = ("It’s late", "a — b", "in Münster", "très été", "20 °C", "😀", "Привет", "日本語", "čeština, Łódź")


def _is_ascii(tape: Tape) -> bool:
    return joined_text(slots(tape)).isascii()


def unicode(tape: Tape, rng: Random) -> Mutant | None:
    if tape.dialect == CHAT and rng.random() < 0.3:
        # Half a pair: what a server does that cuts between the units of UTF-16.
        made = tape.copy()
        slot = rng.choice(slots(made) or [None])
        if slot is None:
            return None
        slot.text += rng.choice(["\ud83d", "\ude00", "\ude00\ud83d"])
        return Mutant(made, (slot.chunk,), slot.choice, "error", exact=False)
    if _is_ascii(tape) and rng.random() < 0.4:
        wrong = "".join(_misread(letter) for letter in rng.choice(_MEANT))
        found = planted(tape, rng, f" {wrong} ", "content", "reasoning")
        if found is None:
            return None
        odd = [slot.chunk for slot in slots(found.tape, choice=found.choice) if not slot.text.isascii()]
        return replace(found, chunks=(odd[0], odd[-1]), severity="warning")
    found = planted(tape, rng, "\ufffd" * rng.randint(1, 3), "content", "reasoning")
    return found and replace(found, severity="error")


def _misread(letter: str) -> str:
    """What a browser makes of its bytes that takes them for Windows-1252."""
    return "".join(bytes([byte]).decode("cp1252" if byte not in _UNUSED else "latin-1") for byte in letter.encode())


_UNUSED = (0x81, 0x8D, 0x8F, 0x90, 0x9D)


def accents(tape: Tape, rng: Random) -> Legal | None:
    """Letters that may begin a misread character, and what good text has behind them."""
    what = (
        "SÃO PAULO",
        "“A MANHÔ",
        "IRMÃ…",
        "«\u00a0voilà\u00a0»",
        "âge, Ã part",
        "“un café…”",
        "LIBERTÉ\u00a0»",
        "Universität…“",
        "MENÜ“",
        "CAFÉ®",
        "10 × 2²",
        "Ä… ich",
    )
    found = planted(tape, rng, f" {rng.choice(what)} ", "content")
    return found and Legal(found.tape)


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


CASES = {
    "unicode": Cases(unicode, (other_alphabets, accents, replacement_in_request)),
}
