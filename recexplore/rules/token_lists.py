"""Tokens as log probabilities list them: of chat with their bytes, of completions by name, and as vocabularies write them.

Takes the JSON of one event, gives tokens. Knows nothing of the text that they are to be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any, Final

__all__ = ["BLANK_MARKS", "Token", "from_byte_letters", "from_pieces", "name_meant", "tokens_in"]


def _byte_letters() -> dict[str, int]:
    """The letters in which byte-level vocabularies (GPT-2's and its heirs) write bytes: the printable ones of Latin-1 stand
    for themselves, all others for the letters from U+0100 on."""
    itself = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in itself]
    return {chr(byte): byte for byte in itself} | {chr(0x100 + n): byte for n, byte in enumerate(others)}


_BYTE_LETTERS: Final = _byte_letters()
_SPELLED_BYTE: Final = re.compile(r"<0x([0-9A-Fa-f]{2})>")
"""How SentencePiece writes a byte that is no piece of its own."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token's bytes (which may be parts of a character), its log probability, and those of its alternatives."""

    chunk: int
    text: bytes
    logprob: float | None
    alternatives: tuple[tuple[str, float], ...]


def tokens_in(chunk: int, value: Any) -> list[Token]:
    """The tokens of a chat choice (with their bytes, which may be parts of characters) or of a completion."""
    if not isinstance(value, dict):
        return []
    items = [each for name in ("content", "refusal") if isinstance(found := value.get(name), list) for each in found]
    tokens = [_of_chat(chunk, each) for each in items if isinstance(each, dict)]
    lists = [found if isinstance(found := value.get(name), list) else [] for name in _COMPLETION]
    cells = zip_longest(lists[0], lists[1][: len(lists[0])], lists[2][: len(lists[0])])
    tokens += [Token(chunk, _bytes(text), _number(own), _pairs(top)) for text, own, top in cells]
    return [token for token in tokens if token.text]


_COMPLETION: Final = ("tokens", "token_logprobs", "top_logprobs")


def _of_chat(chunk: int, item: dict[str, Any]) -> Token:
    top = item.get("top_logprobs")
    named = [each for each in top if isinstance(each, dict)] if isinstance(top, list) else []
    pairs = [(each.get("token"), _number(each.get("logprob"))) for each in named]
    alternatives = tuple((name, own) for name, own in pairs if isinstance(name, str) and own is not None)
    return Token(chunk, _bytes(item.get("token"), item.get("bytes")), _number(item.get("logprob")), alternatives)


def _pairs(top: Any) -> tuple[tuple[str, float], ...]:
    values = top.items() if isinstance(top, dict) else ()
    return tuple((name, number) for name, value in values if (number := _number(value)) is not None)


def _number(value: Any) -> float | None:
    return float(value) if type(value) in (int, float) else None


def _bytes(token: Any, parts: Any = None) -> bytes:
    if isinstance(parts, list) and all(type(part) is int and 0 <= part < 256 for part in parts):
        return bytes(parts)
    return token.encode("utf-8", "surrogatepass") if isinstance(token, str) else b""


def name_meant(name: str) -> str:
    """What a token is whose name is written by bytes."""
    return from_byte_letters(Token(0, _bytes(name), None, ())).text.decode("utf-8", "replace")


def from_byte_letters(token: Token) -> Token:
    """A token of a byte-level vocabulary as the bytes that it stands for."""
    letters = token.text.decode("utf-8", "surrogateescape")
    spelled = (
        bytes([_BYTE_LETTERS[letter]]) if letter in _BYTE_LETTERS else letter.encode("utf-8", "surrogateescape")
        for letter in letters
    )
    return replace(token, text=b"".join(spelled))


def from_pieces(token: Token) -> Token:
    """A piece of SentencePiece as the bytes that it stands for."""
    piece = token.text.decode("utf-8", "surrogateescape")
    if byte := _SPELLED_BYTE.fullmatch(piece):
        return replace(token, text=bytes([int(byte[1], 16)]))
    return replace(token, text=piece.replace("\u2581", " ").encode("utf-8", "surrogateescape"))


BLANK_MARKS: Final = (("\u0120", from_byte_letters), ("\u2581", from_pieces))
"""How vocabularies write the blank before a word, and how their tokens are read."""
