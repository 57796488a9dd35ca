"""Which characters may stand for a character, so that nothing about it but its meaning changes.

Takes a character and a number, gives one of the same class, the same case and as many bytes in UTF-8. White space,
punctuation, symbols, marks and controls stand for themselves.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from string import ascii_lowercase, digits
from typing import Final

__all__ = ["is_word_by_itself", "stand_in"]

_BLOCK: Final = 128
_CHARACTER_SCRIPTS: Final = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")
"""Scripts that put no space between words: each character is filled by itself."""


def stand_in(character: str, number: int) -> str:
    """A character of the same kind, picked by a number."""
    if "a" <= character <= "z":
        return ascii_lowercase[number % 26]
    if "A" <= character <= "Z":
        return ascii_lowercase[number % 26].upper()
    if "0" <= character <= "9":
        return digits[number % 10]
    alike = _alike(character)
    return alike[number % len(alike)]


@lru_cache(maxsize=65_536)
def _alike(character: str) -> str:
    """The characters around it that differ in nothing but themselves."""
    code, category = ord(character), unicodedata.category(character)
    if category[0] not in "LN":
        return character
    start = code - code % _BLOCK
    size = len(character.encode("utf-8", "surrogatepass"))
    near = map(chr, range(start, start + _BLOCK))
    found = [each for each in near if _fits(each, category, size)]
    return "".join(found) or character


def _fits(character: str, category: str, size: int) -> bool:
    return (
        unicodedata.category(character) == category
        and len(character.encode("utf-8", "surrogatepass")) == size
        and unicodedata.normalize("NFKC", character) == character
        and (category not in ("Lu", "Ll") or _changes_case(character, size))
    )


def _changes_case(character: str, size: int) -> bool:
    """Whether a letter has a partner of the other case, of as many bytes, that leads back."""
    other = character.swapcase()
    return len(other) == 1 and len(other.encode("utf-8", "surrogatepass")) == size and other.swapcase() == character


@lru_cache(maxsize=65_536)
def is_word_by_itself(character: str) -> bool:
    """Whether a character is of a script that puts no space between words."""
    return ord(character) > 0xE00 and unicodedata.name(character, "").startswith(_CHARACTER_SCRIPTS)
