"""Rules about characters: those that were lost, and those that are others because bytes were decoded wrongly."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from recexplore.model.counts import count
from recexplore.rules.lanes import lanes_with, shown
from recexplore.rules.quoting import excerpt, listed
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams
from recexplore.rules.stretches import stretches_of

__all__ = ["RULES"]

_REPLACEMENT: Final = "\ufffd"
_MOST_BYTES: Final = 4
"""Of one character in UTF-8: bytes that are decoded one by one come as at most so many U+FFFD."""

_HIGH: Final = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
"""What Windows-1252 makes of the bytes 80 to 9F; where it has nothing, Latin-1 has a control character."""
_TAIL: Final = f"[\x80-\xbf{_HIGH}]"
_MISREAD: Final = f"[Â-ß]{_TAIL}|[à-ï]{_TAIL}{_TAIL}|[ð-ô]{_TAIL}{_TAIL}{_TAIL}|â€"
"""A character in UTF-8, read byte by byte; the last byte of a closing quote is none in Windows-1252, and often dropped."""
_MISREADS: Final = re.compile(_MISREAD)
_NOT_ASCII: Final = re.compile("[^\x00-\x7f]")
_AFTER_A_WORD: Final = frozenset("\xa0…‘’“”–—«»‹›™®©°·¹²³†‡•§¶ªº!?¡¿")
"""What good text has behind a letter, or behind another of these."""
_TYPOGRAPHY: Final = frozenset("\xa0…‘’“”–—«»‹›")
_ASKED: Final = re.compile("â€|ðŸ|Ã")
_TALK: Final = re.compile(
    r"(?i)mojibake|utf-?8|windows-?125\d|cp-?125\d|latin-?1\b|iso-?8859|unicode|charset|character set|(?:en|de)cod(?:e|ing)"
    r"|[ck]odi(?:er|fi)|кодиров|文字化け|乱码|编码"
)
_CODE: Final = re.compile(r"(?s)```.*?(?:```|\Z)|`[^`\n]*`")
_LEAST_SHARE: Final = 0.8
"""Where a text was decoded wrongly, all of it was: other letters beyond ASCII are as good as none."""


def _unicode(streams: Streams) -> Iterator[Hit]:
    for key, what, events, text in lanes_with(streams, f"{_REPLACEMENT}|{_MISREAD}"):
        answer: Any = streams.answers.loc[key]
        asked = str(answer["special_tokens"])
        if _REPLACEMENT in text and _REPLACEMENT not in asked:
            yield _lost(answer, what, events, text)
        elif not _ASKED.search(asked):
            yield from _misread(answer, what, events, text)


def _lost(answer: Any, what: str, events: pd.DataFrame, text: str) -> Hit:
    sizes = events["text"].str.len().fillna(0).to_numpy(dtype=np.int64)
    ends, chunks = sizes.cumsum(), events["chunk"].to_numpy()
    lost = [match.span() for match in re.finditer(f"{_REPLACEMENT}+", text)]
    borders = []
    for start, end in lost:
        first, last = (int(chunks[np.searchsorted(ends, at, side="right")]) for at in (start, end - 1))
        if first != last and end - start <= _MOST_BYTES:
            borders.append(f"{first} and {last}")
    said = []
    if borders:
        n = "one character" if len(borders) == 1 else count(len(borders), "character")
        said = [f"{n} cut at the border{'s' if len(borders) > 1 else ''} of chunks {listed(borders)}"]
    if n_whole := len(lost) - len(borders):
        said.append(f"{count(n_whole, 'place')} within a chunk" if borders else count(n_whole, "place"))
    return Hit(
        int(answer["of"]),
        f"Bytes of {what} of choice {answer['choice']} could not be decoded and came as U+FFFD: {listed(said)}.",
        **stretches_of(events, shown(lost)).fields(),
        choice=int(answer["choice"]),
        evidence=excerpt(text, *lost[0]),
    )


class _Misread(NamedTuple):
    """A stretch of a text that is UTF-8 read as Windows-1252: from where to where, and what it says there."""

    start: int
    end: int
    text: str


def _misread(answer: Any, what: str, events: pd.DataFrame, text: str) -> Iterator[Hit]:
    code = [match.span() for match in _CODE.finditer(text)]
    found = [
        _Misread(*match.span(), match.group())
        for match in _MISREADS.finditer(text)
        if _is_misread(match.group()) and not _is_inside(code, match.start())
    ]
    beyond_ascii = len(_NOT_ASCII.findall(text))
    if sum(end - start for start, end, _ in found) < _LEAST_SHARE * beyond_ascii or _TALK.search(text):
        return
    places = _joined(found)
    if not any(_is_unnatural(text, place, n) for *place, n in places):
        return
    spans = [(start, end) for start, end, _ in places]
    yield Hit(
        int(answer["of"]),
        f"UTF-8 was read as Windows-1252 or Latin-1 and encoded again: {count(len(places), 'place')} of {what} of choice "
        f"{answer['choice']} {'shows' if len(places) == 1 else 'show'} two characters or more for each that was meant.",
        **stretches_of(events, shown(spans)).fields(),
        choice=int(answer["choice"]),
        evidence=excerpt(text, *spans[0]),
        severity="warning",
    )


def _is_misread(text: str) -> bool:
    """Whether the characters are the bytes of one in UTF-8, or the beginning of a quote's."""
    raw = b"".join(bytes([ord(each)]) if ord(each) < 256 else each.encode("cp1252") for each in text)
    try:
        meant = raw.decode()
    except UnicodeDecodeError:
        return text == "â€"
    return meant.isprintable() or meant.isspace() or meant == "\ufeff" or "\u200b" <= meant <= "\u200f"


def _joined(found: list[_Misread]) -> list[tuple[int, int, int]]:
    """Neighbours together: from where to where, and of how many characters they are."""
    places: list[tuple[int, int, int]] = []
    for start, end, _ in found:
        if places and places[-1][1] == start:
            places[-1] = (places[-1][0], end, places[-1][2] + 1)
        else:
            places.append((start, end, 1))
    return places


def _is_unnatural(text: str, place: list[int], n: int) -> bool:
    """Whether no language writes so: a capital inside a word, a mark that no word ends with, several of them in a row."""
    start, end = place
    said = text[start:end]
    before, behind = text[start - 1 : start], text[end : end + 1]
    tails = [letter for letter in said if not "À" <= letter <= "ÿ"]
    if n > 1 or len(said) > 2:
        return not _AFTER_A_WORD.issuperset(tails)
    if said[0] in "×ß":
        return False
    if before.islower():
        return True
    if said[1] in _TYPOGRAPHY:
        return False
    return behind.islower() or not before.isalpha()


def _is_inside(stretches: list[tuple[int, int]], at: int) -> bool:
    """Whether a place is in one of these stretches, which are in order."""
    before = bisect_right(stretches, (at, at)) - 1
    return before >= 0 and at < stretches[before][1]


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "unicode",
        "Text that was decoded wrongly",
        "error",
        meaning="Characters are lost for good, mostly emoji and Chinese, Japanese or Korean; or the reader sees “â€”” for "
        "a dash.",
        cause="The server decodes token by token, or a client each network read, though a character may span two; or "
        "something takes UTF-8 for Windows-1252.",
        remedy="Decode incrementally, at the place that cuts: bytes that arrive together tell which. Name the charset "
        "in every header.",
        legal="U+FFFD and misread characters that the request holds too; bytes beside log probabilities may be parts of "
        "characters. Characters that are valid UTF-8 when taken for bytes are a warning, and only where no language "
        "writes so and nearly all of the text beyond ASCII is like that; not in code, nor in a text about encodings.",
        find=_unicode,
        sources=(
            "https://github.com/continuedev/continue/issues/13181",
            "https://github.com/waybarrios/vllm-mlx/issues/109",
            "https://encoding.spec.whatwg.org/#windows-1252",
        ),
    ),
)
