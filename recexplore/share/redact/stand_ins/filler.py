"""Filler: text of the same shape that says nothing.

Takes text, gives text of as many characters and bytes. Equal words become equal words whatever their case, so that what is
repeated, mixed up or different stays so; white space, punctuation, tags and special tokens stand as they were. JSON stays
JSON: keys that are names, literals and escapes stay. Who holds the key can make the same filler again; words that are
frequent enough can be guessed by anybody.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection
from itertools import product
from string import ascii_lowercase
from typing import Final, Literal, TypeAlias

from recexplore.share.redact.keys import Digest
from recexplore.share.redact.stand_ins.alphabets import is_word_by_itself, stand_in
from recexplore.share.redact.stand_ins.pseudonyms import ID_IN_TEXT

__all__ = ["Filler", "TextStyle", "looks_like_json"]

TextStyle: TypeAlias = Literal["filler", "masked"]

_WORD: Final = re.compile(r"[^\W_]+")
_MARKUP: Final = re.compile(
    r"""
      <\|/?(?:(?:begin|end|start|of|text|header|id|eot|eom|python|tag|channel|message|call|calls|return|constrain|im|sep
        |endoftext|endofprompt|assistant|user|system|think|tool|tools|section|argument|file|turn|thought|observation|fim
        |prefix|suffix|middle|pad|box|image|audio|video|vision|object|ref|quad|reserved|special|token|name|plus)_?)+\d*\|>
    | <｜(?:(?:begin|end|of|sentence|tool|calls?|outputs?|sep|User|Assistant)▁?)+｜>
    | </?(?:think|thinking|thought|thoughts|reasoning|reason|reflection|analysis|answer|final|output|seed:think)>
    | </?(?:tool_calls?|toolcall|function_calls|tool_use|start_function_call|end_function_call|tool_response|tools?
        |parameter|arguments?|invoke|function|[a-z]{2,20}:tool_call)\b(?:[=_ ][^<>\n]{0,100})?>
    | \[/?(?:THINK|TOOL_CALLS?|TOOL_RESULTS|AVAILABLE_TOOLS|INST|DONE|ARGS|CALL_ID)\] | </?s>
    | (?<!\w)(?:score|attributes|document_id)(?=:\s)
    | (?m:^)(?:user|assistant|system|human|model|bot|ai|tool|question|answer|q|a)(?=\s*:|\s*$|\s*\n)
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Tags and special tokens that models are trained on, roles on lines of their own, and what recorders of search results know
scores and documents by: they are structure, and rules and comparisons look for them."""
_LONG_FRACTION: Final = re.compile(r"(?<=\d\.)(?P<told>\d{5})(?P<next>\d)(?P<rest>\d*)(?!\w)")
"""A fraction with more digits than are compared: those, the one by which they are rounded, and the others."""
_MAY_BE_MARKUP: Final = re.compile(r"[<\[\n:]|^\w+$").search
_JSON_BEGINS: Final = re.compile(
    r'\s*(?:\{\s*(?:["}]|\Z)|\[\s*(?:["{\[]|\]\s*\Z|-?\d[\d.eE+-]*\s*(?:,|\]\s*\Z|\Z)|(?:true|false|null)\s*[,\]]|\Z))'
)
"""How JSON begins, and a note such as ``[1] see below`` does not."""
_JSON_TOKEN: Final = re.compile(
    r'"(?P<string>(?:[^"\\]++|\\.)*+)(?P<end>"(?P<is_key>\s*+:)?|\\?\Z)|(?P<number>-?\d[\d.eE+-]*+)|(?P<word>[^\W\d_]\w*+)',
    re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)", re.DOTALL)
_FIELD_NAME: Final = re.compile(r"[\w.$:/-]{0,64}", re.ASCII)
_LITERALS: Final = frozenset(["true", "false", "null"])
_SHORT: Final = 3


def looks_like_json(text: str) -> bool:
    """Whether a text begins as a JSON object or list does."""
    return _JSON_BEGINS.match(text) is not None


class Filler:
    """Makes filler with one key.

    Parameters
    ----------
    digest
        What the key gives.
    style
        ``filler``, or ``masked``: every letter ``x`` and every digit ``0``, the first of a number ``1``.
    fills_numbers
        Whether numbers in JSON are filled, too.
    pseudonym
        What makes another id of an id that stands in a text.
    """

    def __init__(
        self,
        digest: Digest,
        style: TextStyle = "filler",
        *,
        fills_numbers: bool = True,
        pseudonym: Callable[[str], str] = str,
    ) -> None:
        self._pseudonym = pseudonym
        self._digest, self._style, self._fills_numbers = digest, style, fills_numbers
        self._words: dict[str, str] = {}
        self._tables: dict[int, dict[str, str]] = {}

    def text(self, text: str, kept: Collection[str] = ()) -> str:
        """A text, which may hold JSON; ``kept`` are names that stay."""
        return self.json(text, kept) if looks_like_json(text) else self.prose(text, kept)

    def prose(self, text: str, kept: Collection[str] = ()) -> str:
        """A text in words."""
        names = _names(kept) if kept else None
        spans = [(each.start(), each[0], each[0]) for each in _MARKUP.finditer(text)] if _MAY_BE_MARKUP(text) else []
        spans += [(each.start(), each[0], each[0]) for each in names.finditer(text)] if names is not None else []
        spans += [(each.start(), each[0], self._pseudonym(each[0])) for each in ID_IN_TEXT.finditer(text)]
        spans += [(each.start(), each[0], self._fraction(each)) for each in _LONG_FRACTION.finditer(text)]
        made, at = [], 0
        for start, old, new in sorted(spans):
            if start >= at:
                made += [_WORD.sub(self._filled, text[at:start]), new]
                at = start + len(old)
        return "".join([*made, _WORD.sub(self._filled, text[at:])])

    def _fraction(self, found: re.Match[str]) -> str:
        return self.word(found["told"]) + found["next"] + (self.word(found["rest"]) if found["rest"] else "")

    def json(self, text: str, kept: Collection[str] = ()) -> str:
        """JSON, or the beginning of it, as it is written."""
        return _JSON_TOKEN.sub(lambda token: self._json_token(token, kept), text)

    def number(self, written: str) -> str:
        """A number as it is written, of as many digits; one of a single digit stays."""
        if not self._fills_numbers or sum(each.isdigit() for each in written) < 2:
            return written
        mantissa, exponent = re.match(r"([^eE]*)(.*)", written, re.DOTALL).groups()  # type: ignore[union-attr]
        return re.sub(r"\d+", lambda digits: self.word(digits[0]), mantissa) + exponent

    def word(self, word: str) -> str:
        """A word; of one digit, itself."""
        if word not in self._words:
            self._words[word] = self._made(word)
        return self._words[word]

    def _filled(self, found: re.Match[str]) -> str:
        return self.word(found[0])

    def _made(self, word: str) -> str:
        if self._style == "masked" and word.isdigit() and word.isascii() and word[0] != "0":
            return "1" + "0" * (len(word) - 1)  # a number with zeros in front is none in JSON
        if self._style == "masked":
            return "".join("0" if each.isdigit() and each.isascii() else _masked(each) for each in word)
        lower = word.lower()
        lower = lower if word.isascii() or _sizes(lower) == _sizes(word) else word
        if word.isascii() and len(word) <= _SHORT and (word.isalpha() or word.isdigit()):
            filled = self._short(lower)
        elif not word.isascii() and any(map(is_word_by_itself, word)):
            return self._by_character(word)
        else:
            numbers = self._digest.numbers("word", lower, len(word))
            filled = "".join(map(stand_in, lower, numbers))
        if word[0] != "0" and word.isascii() and word.isdigit() and filled[0] == "0":
            filled = f"{self._digest.numbers('digit', lower, 1)[0] % 9 + 1}{filled[1:]}"
        return filled if lower == word else "".join(map(_as_cased, word, filled))

    def _by_character(self, word: str) -> str:
        """Each character of a script without spaces by itself, what stands between by words."""
        made: list[str] = []
        rest = ""
        for each in word:
            if not is_word_by_itself(each):
                rest += each
                continue
            made += [self.word(rest)] if rest else []
            made.append(stand_in(each, self._digest.numbers("character", each, 1)[0]))
            rest = ""
        return "".join([*made, self.word(rest)] if rest else made)

    def _short(self, word: str) -> str:
        """A short word: there are so few that two could become one, so they change places among themselves."""
        if word.isdigit():
            if len(word) == 1 or word[0] == "0":
                return word
            kind, letters = -len(word), [str(each) for each in range(10 ** (len(word) - 1), 10 ** len(word))]
        else:
            kind, letters = len(word), []
        if kind not in self._tables:
            words = letters or ["".join(each) for each in product(ascii_lowercase, repeat=len(word))]
            shuffled = list(words)
            seed = self._digest.numbers("table", str(kind), 16)
            random.Random(repr(seed)).shuffle(shuffled)
            self._tables[kind] = dict(zip(words, shuffled, strict=True))
        return self._tables[kind][word]

    def _json_token(self, token: re.Match[str], kept: Collection[str]) -> str:
        if token["number"] is not None:
            return self.number(token[0])
        if token["word"] is not None:
            return (
                token[0]
                if token[0] in _LITERALS
                else self.word(token[0])
                if token[0].isalnum()
                else self.prose(token[0])
            )
        is_name = token["is_key"] is not None and _is_name(token["string"])
        if is_name or token["string"] in kept:
            return token[0]
        return f'"{self.escaped(token["string"], self.prose)}{token["end"]}'

    def escaped(self, written: str, fill: Callable[[str], str]) -> str:
        """The inside of a JSON string, its escapes as they are."""
        if "\\" not in written:
            return fill(written)
        made, at = [], 0
        for escape in _ESCAPE.finditer(written):
            made += [fill(written[at : escape.start()]), self._filled_escape(escape[0])]
            at = escape.end()
        return "".join([*made, fill(written[at:])])

    def _filled_escape(self, escape: str) -> str:
        """An escape; one that stands for a letter becomes another's."""
        if escape[1] != "u" or len(escape) < 6:
            return escape
        character = chr(int(escape[2:], 16))
        if 0xD800 <= ord(character) < 0xE000 or not character.isalnum():
            return escape
        return f"\\u{ord(self.word(character)):04x}"


def _is_name(key: str) -> bool:
    """Whether a key is a field's name, and not what somebody said."""
    return _FIELD_NAME.fullmatch(key) is not None and ID_IN_TEXT.fullmatch(key) is None


def _masked(character: str) -> str:
    return ("X" if character.isupper() else "x") if character.isascii() else stand_in(character, 0)


def _sizes(text: str) -> list[int]:
    return [len(each.encode("utf-8", "surrogatepass")) for each in text]


def _as_cased(model: str, character: str) -> str:
    upper = character.upper()
    return (
        upper if model.isupper() and len(upper) == 1 and len(upper.encode()) == len(character.encode()) else character
    )


def _names(kept: Collection[str]) -> re.Pattern[str] | None:
    """What finds any of the names as a whole word."""
    key = tuple(sorted(each for each in kept if len(each) > 2))
    if not key:
        return None
    if key not in _PATTERNS:
        _PATTERNS[key] = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, key))})(?!\w)")
    return _PATTERNS[key]


_PATTERNS: Final[dict[tuple[str, ...], re.Pattern[str]]] = {}
