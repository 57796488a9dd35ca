"""Takes a text apart into which a broken gateway merged the tokens of two answers, each in its own order.

Every character goes to one of two *voices*; of all ways to share them out, a beam search keeps those in which both voices
are likeliest to be somebody's text. What makes a voice likely:

- Its letters: counts of up to seven characters and the next one, from what is known of the two answers and, at a seventh of
  the weight, from the English prose of ``pydoc_data.topics``, which comes with Python. Half of what can be found out is lost
  without that prose; it is read on first use only. Where it is missing or of another language, the answers alone decide.
- Its words: better one of these answers than any, better any than none, and not the same one twice.
- Its pairs: quotes, brackets and ``**`` are closed as they were opened, and at the end of an answer all are.
- Its tokens: a voice takes its turn with a space or a mark, rarely inside a word.

Markup is no context, typography and case hardly: ``called **_sol_**`` tells how ``called Sol`` goes on.
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
"""Longer texts are not taken apart: all of it stays with a, and the gain is zero."""

SHUFFLED: Final = 0.4
"""The gain from which on a text is no ordinary one. XXX"""

_Codes: TypeAlias = npt.NDArray[np.uint64]
_Floats: TypeAlias = npt.NDArray[np.float64]

_ORDER: Final = 7
_BEAM: Final = 400
_REFERENCE: Final = 50_000
"""Characters of the reference that are read; the first ones."""

OWN, KINDS = 6.0, 18.0
FLOOR: float = 1 / 500
SWITCH, INSIDE, UNSPACED = 0.8, 5.0, 2.5
STRANGE, UNKNOWN, TWICE, UNPAIRED = 1.5, 5.0, 4.0, 6.0

_SAME: Final = str.maketrans("“”„«»’‘‚\xa0\u202f\u2009–‑—‐…", "\"\"\"\"\"'''   ----.")
_MARKUP: Final = "*_`"
_OPENERS: Final = "\"'([{*_`-/$#<"


@dataclass(frozen=True)
class Unshuffled:
    pieces: tuple[tuple[int, str], ...]
    gain: float

    @property
    def texts(self) -> tuple[str, str]:
        return ("".join(t for o, t in self.pieces if o == 0), "".join(t for o, t in self.pieces if o == 1))


def unshuffle(text: str, *, before: tuple[str, str], after: tuple[str, str], reference: Sequence[str]) -> Unshuffled:
    whole = Unshuffled(((0, text),) if text else (), 0.0)
    if not 1 < len(text) <= LONGEST:
        return whole
    language = _Language([*before, *after, *reference])
    owners, best = _search(text, before, after, language)
    ends = [(end or _END)[: _ORDER + 1] for end in after]
    alone = language.cost(_voice(before[0]), text + ends[0]) + language.cost(_voice(before[1]), ends[1])
    if best >= alone:
        return whole
    runs = groupby(zip(owners, text, strict=True), key=lambda pair: pair[0])
    pieces = tuple((owner, "".join(character for _, character in run)) for owner, run in runs)
    return Unshuffled(pieces, (alone - best) / len(text))


_END: Final = "\n\n"

# ---------------------------------------------------------------- letters

_CHARACTER: Final = np.uint64((1 << 21) - 1)
_ODD: Final = np.array([pow(0x9E3779B97F4A7C15, k, 1 << 64) for k in range(1, 25)], dtype=np.uint64)


def _codes(text: str) -> _Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)


def _fold(text: str) -> str:
    return "".join(c if len(c) == 1 else c[0] for c in map(str.lower, text.translate(_SAME)))


@lru_cache(4096)
def _kind(character: str) -> int:
    """letters of either case, digits, else itself"""
    category = unicodedata.category(character)
    if category in ("Lu", "Lt"):
        return 2
    if category[0] in "LM":
        return 1
    return 3 if category[0] == "N" else 10 + ord(character.translate(_SAME)[0])


def _kinds(text: str) -> _Codes:
    return np.array([_kind(c) for c in text], dtype=np.uint64)


def _mixed(codes: _Codes) -> _Codes:
    codes = (codes ^ (codes >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    return (codes ^ (codes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)


def _contexts(last: _Codes, kinds: _Codes) -> _Codes:
    """One hash a context: case, nothing, kinds of the last three, last character, last two ..."""
    n = len(last)
    shape = kinds @ _ODD[20:23]
    sums = np.cumsum((last[:, ::-1] + np.uint64(1)) * _ODD[:_ORDER], axis=1, dtype=np.uint64)
    hashes = np.column_stack([shape, np.zeros(n, np.uint64), shape, sums])
    return _mixed(hashes + _ODD[: hashes.shape[1]] * np.uint64(0xD6E8FEB86659FD93)) & ~_CHARACTER


class _Counts:
    def __init__(self, texts: Iterable[str]) -> None:
        parts = [np.zeros(0, np.uint64)]
        for text in texts:
            parts.append(self._read(text))
        grams = np.sort(np.concatenate(parts))
        first = np.flatnonzero(np.append(True, grams[1:] != grams[:-1])) if len(grams) else np.zeros(0, np.int64)
        self._grams = np.append(grams[first], np.uint64(2**64 - 1))
        self._before = np.append(first, [len(grams), len(grams)])

    @staticmethod
    def _read(text: str) -> _Codes:
        text += _END
        folded, kinds = _codes(_fold(text)), _kinds("\n\n\n" + text)
        kept = ~np.isin(folded, _codes(_MARKUP))
        line = np.concatenate([np.full(_ORDER, 10, np.uint64), folded[kept]])
        seen = np.cumsum(kept) - kept
        last = np.lib.stride_tricks.sliding_window_view(line, _ORDER)[seen]
        shapes = np.lib.stride_tricks.sliding_window_view(kinds, 3)[:-1]
        contexts = _contexts(last, shapes)
        cased = kinds[3:]
        letters = (cased == 1) | (cased == 2)
        return np.concatenate([contexts[letters, 0] | cased[letters], (contexts[:, 1:] | folded[:, None]).ravel()])

    def __call__(self, contexts: _Codes, codes: _Codes) -> tuple[_Floats, _Floats, _Floats]:
        low = np.searchsorted(self._grams, contexts)
        high = np.searchsorted(self._grams, contexts | _CHARACTER, side="right")
        high = np.minimum(high, len(self._grams) - 1)
        grams = contexts | codes
        at = np.searchsorted(self._grams, grams)
        hit = self._grams[at] == grams
        found = np.where(hit, self._before[at + hit] - self._before[at], 0)
        return found.astype(float), (self._before[high] - self._before[low]).astype(float), (high - low).astype(float)


def _hash(word: str) -> int:
    h = 0
    for c in word:
        h = (h * 0x2545F4914F6CDD1D + ord(c) + 7) % (1 << 64)
    return h


def _words(texts: Iterable[str]) -> _Codes:
    words = {w for t in texts for w in re.findall(r"[^\W_]+", _fold(t))}
    return np.array(sorted({_hash(w) for w in words} | {1}), dtype=np.uint64)


def _within(sorted_: _Codes, values: _Codes) -> npt.NDArray[np.bool_]:
    return sorted_[np.minimum(np.searchsorted(sorted_, values), len(sorted_) - 1)] == values


@lru_cache(1)
def _english() -> tuple[_Counts, _Codes]:
    try:
        from pydoc_data.topics import topics
    except ImportError:
        topics = {}
    text = "\n\n".join(topics[name] for name in sorted(topics))
    paragraphs = [re.sub(r"\s*\n\s*", " ", p.strip()) for p in re.split(r"\n\s*\n", text)]
    prose = "\n\n".join(p for p in paragraphs if len(p) > 80 and "::=" not in p)
    return _Counts([prose] if prose else []), _words([prose])


# ---------------------------------------------------------------- voices
# columns: context, last three characters as kinds, last three raw folded?, open, word, previous word
_KIND, _RAW, _OPEN, _WORD, _PREVIOUS, _WIDTH = _ORDER, _ORDER + 3, _ORDER + 5, _ORDER + 6, _ORDER + 7, _ORDER + 8
_PAIRS: Final = {'"': (0, 2), "“": (1, 0), "”": (1, 1), "(": (2, 0), ")": (2, 1), "[": (3, 0), "]": (3, 1), "`": (4, 2)}


def _voice(before: str) -> _Codes:
    """One row: what a voice that has said this is like."""
    row = np.zeros((1, _WIDTH), np.uint64)
    row[:, :_ORDER] = row[:, _RAW : _RAW + 2] = row[0, 0]
    row[:, :_ORDER] = 10
    row[:, _KIND : _KIND + 3] = 20
    row[:, _RAW : _RAW + 2] = 10
    for character in before[-300:]:
        row = _said(row, character)[0]
    return row


def _said(rows: _Codes, character: str) -> tuple[_Codes, _Floats]:
    """Voices after this character, and pair/word... cost of marks"""
    code = _codes(_fold(character))[0]
    kind = _kind(character)
    new = rows.copy()
    if character not in _MARKUP:
        new[:, : _ORDER - 1] = rows[:, 1:_ORDER]
        new[:, _ORDER - 1] = code
    new[:, _KIND : _KIND + 2] = rows[:, _KIND + 1 : _KIND + 3]
    new[:, _KIND + 2] = kind
    new[:, _RAW] = rows[:, _RAW + 1]
    new[:, _RAW + 1] = code
    new[:, _OPEN], cost = _marks(rows, character)
    if kind <= 3:
        new[:, _WORD] = rows[:, _WORD] * np.uint64(0x2545F4914F6CDD1D) + code + np.uint64(7)
    else:
        done = rows[:, _WORD] != 0
        new[:, _PREVIOUS] = np.where(done, rows[:, _WORD], rows[:, _PREVIOUS])
        if character not in " *_\xa0":
            new[:, _PREVIOUS] = 0
        new[:, _WORD] = 0
    return new, cost


def _marks(rows: _Codes, character: str) -> tuple[_Codes, _Floats]:
    opened, p, pp = rows[:, _OPEN], rows[:, _RAW + 1], rows[:, _RAW]
    zero = np.zeros(len(rows))

    def is_open(bit: int) -> npt.NDArray[np.bool_]:
        return (opened >> np.uint64(bit)) & np.uint64(1) == 1

    if character == "\n":
        return np.zeros_like(opened), (opened > 0) * UNPAIRED
    if character in " \xa0\u202f":
        bad = ((p == 34) & (is_open(0) | is_open(1))) | ((p == 40) & is_open(2)) | ((p == 91) & is_open(3))
        bad |= ((p == 96) & is_open(4)) | ((p == 42) & (pp == 42) & is_open(5))
        return opened, bad * UNPAIRED
    if character == "*":
        third = (p == 42) & (pp == 42)
        two = (p == 42) & ~third
        # where the run began is not known any more: kinds say it
        k = rows[:, _KIND + 1]
        apart = np.isin(k, np.array([10 + x for x in (10, 32, 34, 40, 45)], np.uint64))
        return np.where(two, opened ^ np.uint64(32), opened), (two & (apart == is_open(5)) | third) * UNPAIRED
    if character not in _PAIRS:
        return opened, zero
    bit, mode = _PAIRS[character]
    on, mask = is_open(bit), np.uint64(1 << bit)
    mate = {1: {"”": 34, ")": 40, "]": 91}.get(character, 0), 2: ord(character), 0: 0}[mode]
    empty = on & (p == mate)
    if mode == 0:
        return opened | mask, on * UNPAIRED
    if mode == 1:
        return opened & ~mask, (~on | empty | (p == 32)) * UNPAIRED
    apart = np.isin(p, np.array([10, 32, 34, 40, 45, 42], np.uint64))
    return opened ^ mask, ((apart == on) | empty) * UNPAIRED


class _Language:
    def __init__(self, texts: Sequence[str]) -> None:
        texts = [t[:_REFERENCE] for t in dict.fromkeys(texts) if t]
        self._own, self._known = _Counts(texts), _words(texts)
        self._english, self._vocabulary = _english()

    def say(self, rows: _Codes, character: str) -> tuple[_Codes, _Floats]:
        """What the voices are after this character, and the cost (nats)"""
        new, cost = _said(rows, character)
        kind = _kind(character)
        contexts = _contexts(rows[:, :_ORDER], rows[:, _KIND : _KIND + 3])
        codes = np.full(contexts.shape[1], _codes(_fold(character))[0])
        codes[0] = kind
        c, n, d = self._own(contexts, codes)
        c2, n2, d2 = self._english(contexts, codes)
        c, n, d = OWN * c + c2, OWN * n + n2, np.maximum(KINDS * d, d2)
        chances = np.full(len(rows), FLOOR)
        for k in range(1, contexts.shape[1]):
            chances = np.where(n[:, k] > 0, (c[:, k] + d[:, k] * chances) / np.maximum(n[:, k] + d[:, k], 1), chances)
        cost = cost - np.log(chances)
        if kind in (1, 2):
            cost -= np.log((c[:, 0] + 1) / (n[:, 0] + 2))
        elif kind > 3:
            word = rows[:, _WORD]
            done = word != 0
            cost += done * np.where(_within(self._known, word), 0, np.where(_within(self._vocabulary, word), STRANGE, UNKNOWN))
            cost += (done & (word == rows[:, _PREVIOUS])) * TWICE
        return new, cost

    def cost(self, row: _Codes, text: str) -> float:
        return float(self.costs(row, text)[0])

    def costs(self, rows: _Codes, text: str) -> _Floats:
        total = np.zeros(len(rows))
        for character in text:
            rows, cost = self.say(rows, character)
            total += cost
        return total


def _turn(rows: _Codes, character: str, previous: str) -> _Floats:
    """What it costs to go on with this voice where the other one spoke"""
    p, k = rows[:, _RAW + 1], rows[:, _KIND + 2]
    cost = np.full(len(rows), SWITCH)
    if _kind(character) <= 3:
        opener = np.isin(p, _codes(_OPENERS))
        cost += np.where(k <= 3, INSIDE, np.where(p == 10, 0.0, np.where(opener, UNSPACED, INSIDE)))
    elif previous == character != " ":
        cost += INSIDE
    return cost


def _search(text: str, before: tuple[str, str], after: tuple[str, str], language: _Language) -> tuple[list[int], float]:
    rows = np.concatenate([_voice(before[0]), _voice(before[1])])
    voices, owners, costs = np.array([[0, 1], [0, 1]]), np.array([0, 1]), np.zeros(2)
    back = []
    weights = _mixed(_ODD[:_WIDTH])
    for i, character in enumerate(text):
        new, cost = language.say(rows, character)
        turn = _turn(rows, character, text[i - 1] if i else "") if i else np.full(len(rows), 1e9)
        n, m = len(costs), len(rows)
        total = costs[:, None] + cost[voices] + np.where(owners[:, None] == [0, 1], 0, turn[voices])
        total = total.ravel()
        both = np.concatenate([rows, new])
        _, first, ids = np.unique(both @ weights, return_index=True, return_inverse=True)
        nxt = np.repeat(voices, 2, axis=0).reshape(n, 2, 2)
        nxt[:, 0, 0] += m
        nxt[:, 1, 1] += m
        nxt = ids[nxt.reshape(2 * n, 2)]
        who = np.tile([0, 1], n)
        order = np.argsort(total, kind="stable")
        _, distinct = np.unique(((nxt[:, 0] * len(first) + nxt[:, 1]) * 2 + who)[order], return_index=True)
        pick = order[np.sort(distinct)[:_BEAM]]
        back.append((pick // 2, who[pick]))
        owners, costs, voices = who[pick], total[pick], nxt[pick]
        used, voices = np.unique(voices, return_inverse=True)
        rows, voices = both[first[used]], voices.reshape(-1, 2)
    for w in (0, 1):
        costs = costs + language.costs(rows, (after[w] or _END)[: _ORDER + 1])[voices[:, w]]
    j = int(np.argmin(costs))
    best = float(costs[j])
    out = []
    for source, who in reversed(back):
        out.append(int(who[j]))
        j = source[j]
    return out[::-1], best
