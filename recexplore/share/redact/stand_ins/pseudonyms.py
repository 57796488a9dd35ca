"""Pseudonyms: ids, hosts and names that stand for others, everywhere the same.

Takes an id, gives one of the same prefix, length and classes of characters. Counters in it (``call_1``) stay.
"""

from __future__ import annotations

import re
from typing import Final

from recexplore.share.redact.keys import Digest
from recexplore.share.redact.stand_ins.alphabets import stand_in

__all__ = ["ID_IN_TEXT", "Pseudonyms"]

_PREFIXES: Final = (
    r"(?:chatcmpl|cmpl|resp|msg|call|toolu|mcptoolu|srvtoolu|tooluse|req|org|proj|user|run|thread|asst|file|vs|batch|step|item"
    r"|event|evt|sess|fc|ftc|rs|ws|ig|ci|mcp|mcpl|mcpr|lsh|cntr|conv|fp|rec|gen|ft|job|embd|modr)(?:_tmp)?[_-]"
)
_PREFIX: Final = re.compile(_PREFIXES)
ID_IN_TEXT: Final = re.compile(
    r"(?<![\w-])(?:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    rf"|{_PREFIXES}(?=[\w-]*\d)[A-Za-z0-9_-]{{8,}}|[0-9a-f]{{24,}})(?!\w)"
)
"""What is an id wherever it stands."""
_HEX: Final = re.compile(r"[0-9a-f-]+|[0-9A-F-]+")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_PART: Final = re.compile(r"[^\W_]+|[\W_]+")
_COUNTER: Final = re.compile(r"[A-Za-z]?\d{1,3}")
"""So few digits by themselves, or behind a letter, are a counter, not an id."""


class Pseudonyms:
    """Makes pseudonyms with one key."""

    def __init__(self, digest: Digest) -> None:
        self._digest = digest
        self._known: dict[str, str] = {}

    def of(self, value: str) -> str:
        """The pseudonym of an id."""
        if value not in self._known:
            self._known[value] = self._made(value)
        return self._known[value]

    def name(self, value: str) -> str:
        """The pseudonym of a name, however short: part of a host or a path."""
        return self._shaped(value, "name", value)

    def _made(self, value: str) -> str:
        prefix = found[0] if (found := _PREFIX.match(value)) else ""
        shaped = self._shaped(value[len(prefix) :], "id", value)
        # Counters stay: of so few two could become one, and they tell nobody anything.
        made = [
            old if _COUNTER.fullmatch(old) else new
            for old, new in zip(_PART.findall(value[len(prefix) :]), _PART.findall(shaped), strict=True)
        ]
        return prefix + "".join(made)

    def _shaped(self, text: str, purpose: str, seed: str) -> str:
        numbers = self._digest.numbers(purpose, seed, len(text))
        letters = _LETTERS[:6] if _HEX.fullmatch(text) and any(each.isdigit() for each in text) else _LETTERS
        return "".join(_stand_in(each, number, letters) for each, number in zip(text, numbers, strict=True))


def _stand_in(character: str, number: int, letters: str) -> str:
    if "a" <= character <= "z":
        return letters[number % len(letters)]
    if "A" <= character <= "Z":
        return letters[number % len(letters)].upper()
    return stand_in(character, number)
