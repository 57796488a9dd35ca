"""Takes apart a text into which a broken gateway merged the tokens of two answers, each in its own order.

Every character goes to one of two *strands*. A beam search over all ways to share them out keeps those in which what both
say is least surprising, given what is known of the two answers. What is surprising:

- *Letters*: the next one after up to seven others. Counted in the answers and in the English prose of ``pydoc_data.topics``,
  which comes with Python: without it a quarter fewer of the places where a strand goes on are found. It is read on first
  use. In another language, or where Python comes without it, the answers alone decide. Markup is no context, case and
  typography hardly any: ``called **_sol_**`` tells how ``called Sol`` goes on.
- *Words* that are not in the answers, more so if not in the prose either, and the same word twice.
- *Pairs*: quotes, brackets and ``**`` that are not closed as they were opened, or open where the answer ends.
- *Turns*: tokens begin with a space or a mark, so a strand rarely begins to speak inside a word.

It is a guess. Two answers to one question use the same words, and a tail given to the wrong strand may read as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["LONGEST", "SHUFFLED", "Unshuffled", "unshuffle"]

LONGEST: Final = 2_000
"""Longer texts are not taken apart: all of it stays with a, and nothing is gained."""

SHUFFLED: Final = 0.2
"""A gain that ordinary texts do not reach: of 1,500 pieces of real answers one did, JSON that its model had broken, and none
reached 0.24. Of real answers merged on purpose somewhat more than half do."""

_Codes: TypeAlias = npt.NDArray[np.uint64]
_Costs: TypeAlias = npt.NDArray[np.float64]
_Flags: TypeAlias = npt.NDArray[np.bool_]

_ORDER: Final = 7
_WORK: Final = 64_000
"""Characters times ways that are kept: long texts get a narrower beam, so that time is bounded."""
_BEAM: Final = 64
"""Ways that are kept at most: of 400 hardly any longer one turned out better, and they took five times as long."""
_READ: Final = 50_000
"""Characters read of each text of the answers."""
_END: Final = "\n\n"
"""What an answer begins after and ends with, as a paragraph does."""

# All costs are natural logarithms of odds.
_OWN: Final = 6.0
_DOUBT: Final = 48.0
"""How often a character of the answers counts against one of the prose, and how much room each *kind* of continuation
leaves to others: much, for the answers are short and what they never say next is no surprise."""
_ANY: Final = 1 / 500
_SWITCH, _INSIDE, _UNSPACED = 1.2, 5.0, 2.5
_STRANGE, _UNKNOWN, _TWICE, _UNPAIRED = 1.5, 5.0, 4.0, 8.0

_SAME: Final = str.maketrans("“”„«»’‘‚\xa0\u202f\u2009–‑—‐…", '"""""\'\'\'   ----.')
_MARKUP: Final = "*_`"
_SPACES: Final = " \xa0\u202f"


@dataclass(frozen=True)
class Unshuffled:
    """A text taken apart.

    Attributes
    ----------
    pieces
        ``(owner, text)`` in the order of the text, owner 0 for a and 1 for b; joined they are the text.
    gain
        The share of the surprise at the text as one of a's that goes away when it is taken apart, from 0 (it is best left
        alone) towards 1. See `SHUFFLED`.
    """

    pieces: tuple[tuple[int, str], ...]
    gain: float

    @property
    def texts(self) -> tuple[str, str]:
        """What a says and what b says."""
        a, b = ("".join(text for owner, text in self.pieces if owner == strand) for strand in (0, 1))
        return a, b


def unshuffle(text: str, *, before: tuple[str, str], after: tuple[str, str], reference: Sequence[str]) -> Unshuffled:
    """Gives every character of a text to one of two answers.

    Parameters
    ----------
    text
        What was recorded as one piece of a's answer.
    before
        What a and b said just before; empty at the start of an answer. Where both are, which of the two is a cannot be told
        from the beginning.
    after
        What they say right after; empty where nothing follows.
    reference
        Other clean text of the same answers. ``before`` and ``after`` are read too and need not be repeated.

    Returns
    -------
    Unshuffled
        The likeliest way to share it out. The same text gives the same result under the same version of Python, whose prose
        is read.
    """
    if not 1 < len(text) <= LONGEST:
        return Unshuffled(((0, text),) if text else (), 0.0)
    language = _Language([*before, *after, *reference])
    ends = [(end or _END)[: _ORDER + 1] for end in after]
    alone = language.surprise(_voice(before[0]), text + ends[0])[0] + language.surprise(_voice(before[1]), ends[1])[0]
    owners, surprise = _share_out(text, before, ends, language)
    if surprise >= alone:
        return Unshuffled(((0, text),), 0.0)
    runs = groupby(zip(owners, text, strict=True), key=lambda given: given[0])
    pieces = tuple((owner, "".join(character for _, character in run)) for owner, run in runs)
    return Unshuffled(pieces, float((alone - surprise) / alone))


_CHARACTER: Final = np.uint64((1 << 21) - 1)
_FACTOR: Final = 0x9E3779B97F4A7C15
_FACTORS: Final = np.array([pow(_FACTOR, power, 1 << 64) for power in range(1, 25)], dtype=np.uint64)
_LOWER, _UPPER, _DIGIT, _OTHER = 1, 2, 3, 10


@lru_cache(4096)
def _looks(character: str) -> tuple[int, int]:
    """Its code without case and typography, and its kind: a letter of either case, a digit, or itself."""
    plain = ord(character.translate(_SAME).lower()[0])
    category = unicodedata.category(character)
    if category in ("Lu", "Lt"):
        return plain, _UPPER
    return plain, {"L": _LOWER, "M": _LOWER, "N": _DIGIT}.get(category[0], _OTHER + plain)


def _codes(text: str) -> _Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)


def _read(text: str) -> tuple[_Codes, _Codes]:
    """Codes and kinds of all characters."""
    codes = _codes(text).astype(np.int64)
    table = np.zeros((int(codes.max(initial=0)) + 1, 2), np.uint64)
    for character in set(text):
        table[ord(character)] = _looks(character)
    return table[codes, 0], table[codes, 1]


def _contexts(last: _Codes, kinds: _Codes) -> _Codes:
    """A hash for each context, a row a place: what decides case, then from nothing to the last seven characters.

    The bits of one character are left free, so that all that follows a context stands together when sorted.
    """
    shape = kinds @ _FACTORS[20:23]
    nothing = np.zeros(len(last), np.uint64)
    sums = np.cumsum((last[:, ::-1] + np.uint64(1)) * _FACTORS[:_ORDER], axis=1, dtype=np.uint64)
    hashes: _Codes = np.column_stack([shape, nothing, shape, sums])
    hashes += _FACTORS[: hashes.shape[1]] * np.uint64(0xD6E8FEB86659FD93)
    for shift, factor in ((31, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        hashes ^= hashes >> np.uint64(shift)
        hashes *= np.uint64(factor)
    hashes &= ~_CHARACTER
    return hashes


class _Counts:
    """What follows what in some texts, and how often."""

    def __init__(self, texts: Iterable[str]) -> None:
        found = np.sort(np.concatenate([np.zeros(0, np.uint64), *map(self._followed, texts)]))
        # What ends each table is no context and follows none.
        end = np.uint64(2**64 - 1)
        first = np.flatnonzero(np.diff(found, prepend=~found[:1]))
        self._found, self._times = np.append(found[first], end), np.diff(first, append=[len(found), len(found)])
        contexts = self._found[:-1] & ~_CHARACTER
        begins = np.flatnonzero(np.diff(contexts, prepend=~contexts[:1]))
        self._contexts = np.append(contexts[begins], end)
        self._kinds = np.diff(begins, append=[len(contexts), len(contexts)])
        self._all = np.diff(np.append(first, len(found))[np.append(begins, [len(contexts)] * 2)])

    @staticmethod
    def _followed(text: str) -> _Codes:
        codes, kinds = _read("\n\n\n" + text + _END)
        codes, window = codes[3:], np.lib.stride_tricks.sliding_window_view
        kept = ~np.isin(codes, _codes(_MARKUP))
        line = np.append(np.full(_ORDER, ord("\n"), np.uint64), codes[kept])
        contexts = _contexts(window(line, _ORDER)[np.cumsum(kept) - kept], window(kinds, 3)[:-1])
        letters = (kinds[3:] == _LOWER) | (kinds[3:] == _UPPER)
        return np.append(contexts[letters, 0] | kinds[3:][letters], (contexts[:, 1:] | codes[:, None]).ravel())

    def __call__(self, contexts: _Codes, character: _Codes) -> npt.NDArray[np.int64]:
        """How often the character follows, anything follows, and how many different ones do."""
        at = np.searchsorted(self._contexts, contexts)
        is_known = self._contexts[at] == contexts
        pairs = (contexts | character)[is_known]
        place = np.searchsorted(self._found, pairs)
        follows = np.zeros(contexts.shape, np.int64)
        follows[is_known] = np.where(self._found[place] == pairs, self._times[place], 0)
        return np.stack([follows, np.where(is_known, self._all[at], 0), np.where(is_known, self._kinds[at], 0)])


def _hashed(words: Iterable[str]) -> _Codes:
    """As a strand counts up the word that it is in; never empty."""
    hashes = {0}
    for word in words:
        value = 0
        for character in word:
            value = (value * _FACTOR + _looks(character)[0] + 7) % (1 << 64)
        hashes.add(value)
    return np.array(sorted(hashes), dtype=np.uint64)


def _among(values: _Codes, known: _Codes) -> _Flags:
    found: _Flags = known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values
    return found


def _words(texts: Iterable[str]) -> _Codes:
    # A word is what `_said` takes for one; a pattern would end it before a combining mark.
    text = "\n".join(texts)
    ends = {ord(character): " " for character in set(text) if _looks(character)[1] > _DIGIT}
    return _hashed(set(text.translate(ends).split(" ")) - {""})


@lru_cache(1)
def _prose() -> tuple[_Counts, _Codes]:
    try:
        from pydoc_data.topics import topics
    except ImportError:
        return _Counts([]), _words([])
    text = "\n\n".join(topics[name] for name in sorted(topics))
    paragraphs = dict.fromkeys(" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", text))
    # What is short is headings and code, what has "::=" is grammar.
    prose = "\n\n".join(paragraph for paragraph in paragraphs if len(paragraph) > 80 and "::=" not in paragraph)
    return _Counts([prose]), _words([prose])


# A strand is a row: its last characters without markup, the kinds of the last three and the codes of the last two with it,
# which pairs are open, the word that it is in and the one before.
_KINDS, _LAST, _OPEN, _WORD, _PREVIOUS, _WIDTH = (_ORDER + more for more in (0, 3, 5, 6, 7, 8))
_PAIRS: Final = {'"': 0, "“": 1, "”": 1, "(": 2, ")": 2, "[": 3, "]": 3, "`": 4}
_OPENING: Final = np.append(_codes('""([`'), [0])
_STRONG: Final = 5
_BEFORE_OPENING: Final = _codes('\n "(-*')


def _voice(before: str) -> _Codes:
    """The one that has said this."""
    row = np.zeros((1, _WIDTH), np.uint64)
    row[:, :_ORDER] = row[:, _LAST:_OPEN] = ord("\n")
    row[:, _KINDS:_LAST] = _OTHER + ord("\n")
    for character in before[-300:]:
        row = _said(row, character)
    return row


def _said(rows: _Codes, character: str) -> _Codes:
    """Voices after they have said a character."""
    code, kind = _looks(character)
    new = rows.copy()
    if character not in _MARKUP:
        new[:, :_ORDER] = np.roll(rows[:, :_ORDER], -1, axis=1)
        new[:, _ORDER - 1] = code
    new[:, _KINDS : _LAST - 1], new[:, _LAST - 1] = rows[:, _KINDS + 1 : _LAST], kind
    new[:, _LAST], new[:, _LAST + 1] = rows[:, _LAST + 1], code
    new[:, _OPEN] = _pairs(rows, character)[0]
    if kind <= _DIGIT:
        new[:, _WORD] = rows[:, _WORD] * np.uint64(_FACTOR) + np.uint64(code + 7)
    else:
        new[:, _PREVIOUS] = np.where(rows[:, _WORD] != 0, rows[:, _WORD], rows[:, _PREVIOUS])
        new[:, _PREVIOUS] *= np.uint64(code == ord(" ") or character in _MARKUP)
        new[:, _WORD] = 0
    return new


def _pairs(rows: _Codes, character: str) -> tuple[_Codes, _Flags]:
    """Which pairs are open after a character, one bit each, and whether it stands where it should not."""
    opened, last, other = rows[:, _OPEN], rows[:, _LAST + 1], rows[:, _LAST]
    if character == "\n":
        return np.zeros_like(opened), opened > 0
    if character in _SPACES:
        hanging = [(last == code) & (opened >> np.uint64(bit) & np.uint64(1) == 1) for bit, code in enumerate(_OPENING)]
        return opened, np.any(hanging, axis=0) | ((last == ord("*")) & (other == ord("*")) & (opened >= 1 << _STRONG))
    if character not in _PAIRS and character != "*":
        return opened, (last == ord(" ")) & (character in ".,;:!?")
    bit = np.uint64(_PAIRS.get(character, _STRONG))
    is_open, mask = opened >> bit & np.uint64(1) == 1, np.uint64(1) << bit
    if character == "*":
        run = last == ord("*")
        second, apart = run & (other != ord("*")), np.isin(rows[:, _KINDS + 1], _BEFORE_OPENING + np.uint64(_OTHER))
        return np.where(second, opened ^ mask, opened), (second & (apart == is_open)) | (run & ~second)
    if character in "“([":
        return opened | mask, is_open
    empty = is_open & (last == _OPENING[int(bit)])
    if character in "”)]":
        return opened & ~mask, ~is_open | empty | (last == ord(" "))
    return opened ^ mask, (np.isin(last, _BEFORE_OPENING) == is_open) | empty


def _log(numbers: _Costs) -> _Costs:
    """Natural logarithms without the last digits, which are others from processor to processor."""
    return np.asarray(np.log(numbers), dtype=np.float64).round(9)


class _Language:
    """How surprising it is what a strand says."""

    def __init__(self, answers: Iterable[str]) -> None:
        texts = [text[:_READ] for text in dict.fromkeys(answers) if text]
        self._counts, self._words = _Counts(texts), _words(texts)
        self._prose, self._all_words = _prose()

    def cost(self, rows: _Codes, character: str) -> _Costs:
        """What it costs each strand to say a character."""
        code, kind = _looks(character)
        contexts = _contexts(rows[:, :_ORDER], rows[:, _KINDS:_LAST])
        wanted = np.full(contexts.shape[1], code, np.uint64)
        wanted[0] = kind
        answers, prose = self._counts(contexts, wanted), self._prose(contexts, wanted)
        hits, all_ = _OWN * answers[:2] + prose[:2]
        # Where nothing was seen, the shorter context decides.
        room = np.maximum(np.maximum(_DOUBT * answers[2], prose[2]), 1e-9)
        chances = np.full(len(rows), _ANY)
        for order in range(1, contexts.shape[1]):
            chances = (hits[:, order] + room[:, order] * chances) / (all_[:, order] + room[:, order])
        cost: _Costs = _UNPAIRED * _pairs(rows, character)[1] - _log(chances)
        if kind <= _UPPER:
            cost -= _log((hits[:, 0] + 1) / (all_[:, 0] + 2))
        elif kind > _DIGIT:
            cost += self._of_words(rows[:, _WORD], rows[:, _PREVIOUS])
        return cost

    def _of_words(self, words: _Codes, previous: _Codes) -> _Costs:
        """What the words that end here cost; none is zero."""
        new = np.where(_among(words, self._all_words), _STRANGE, _UNKNOWN)
        cost: _Costs = np.where(_among(words, self._words), 0.0, new) + _TWICE * (words == previous)
        return np.where(words != 0, cost, 0.0)

    def surprise(self, rows: _Codes, text: str) -> _Costs:
        """What it costs each strand to say all of this."""
        places: dict[str, list[_Codes]] = {}
        for character in text:
            places.setdefault(character, []).append(rows)
            rows = _said(rows, character)
        total = np.zeros(len(rows))
        for character, said in places.items():
            total += self.cost(np.concatenate(said), character).reshape(len(said), -1).sum(axis=0)
        return total


_BEFORE_WORDS: Final = _codes("\"'([{*_`-/$#<")


def _turns(rows: _Codes, character: str, previous: str) -> _Costs:
    """What it costs to go on with each strand after the other one spoke."""
    last, kind = rows[:, _LAST + 1], rows[:, _LAST - 1]
    if _looks(character)[1] > _DIGIT:
        return np.full(len(rows), _SWITCH + _INSIDE * (previous == character != " "))
    unspaced = np.where(np.isin(last, _BEFORE_WORDS), _UNSPACED, _INSIDE)
    cost: _Costs = np.where(kind <= _DIGIT, _INSIDE, np.where(last == ord("\n"), 0.0, unspaced))
    return cost + _SWITCH


def _share_out(text: str, before: tuple[str, str], ends: list[str], language: _Language) -> tuple[list[int], float]:
    """The owner of each character in the best way that is found, and its cost."""
    rows = np.concatenate([_voice(before[0]), _voice(before[1])])
    # A way is the strands of a and b, by row, who spoke last, and what it cost so far.
    strands, owners, costs = np.array([[0, 1], [0, 1]]), np.array([0, 1]), np.zeros(2)
    steps, beam = [], min(_BEAM, _WORK // len(text))
    for at, character in enumerate(text):
        cost = language.cost(rows, character)[strands]
        turns = _turns(rows, character, text[at - 1])[strands] if at else np.inf
        total = (costs[:, None] + cost + np.where(owners[:, None] == [0, 1], 0.0, turns)).ravel()
        rows = np.concatenate([rows, _said(rows, character)])
        strands = np.repeat(strands, 2, axis=0)
        strands[0::2, 0] += len(rows) // 2
        strands[1::2, 1] += len(rows) // 2
        rows, strands = _distinct(rows, strands)
        owners = np.tile([0, 1], len(strands) // 2)
        order = np.argsort(total, kind="stable")
        _, first = np.unique(((strands[:, 0] * len(rows) + strands[:, 1]) * 2 + owners)[order], return_index=True)
        kept = order[np.sort(first)[:beam]]
        steps.append((kept // 2, owners[kept]))
        owners, costs = owners[kept], total[kept]
        rows, strands = _distinct(rows, strands[kept])
    for owner, end in enumerate(ends):
        costs = costs + language.surprise(rows, end)[strands[:, owner]]
    way = best = int(np.argmin(costs))
    found = []
    for sources, speakers in reversed(steps):
        found.append(int(speakers[way]))
        way = sources[way]
    return found[::-1], float(costs[best])


def _distinct(rows: _Codes, strands: npt.NDArray[np.int64]) -> tuple[_Codes, npt.NDArray[np.int64]]:
    """Each strand that is used once, and where it is now."""
    used, places = np.unique(strands, return_inverse=True)
    _, first, same = np.unique(rows[used] @ _FACTORS[:_WIDTH], return_index=True, return_inverse=True)
    return rows[used][first], same[places].reshape(-1, 2)
