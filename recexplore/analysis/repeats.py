"""Where texts repeat themselves: the same unit again and again, or white space without end.

Takes texts, gives at most one `Repeat` of each. Time grows with the text, whatever it holds, and is bounded: of a long text
only the first and the last part are searched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = [
    "LEAST_CHARS",
    "LEAST_REPEATS",
    "LONGEST_SEARCHED",
    "LONGEST_UNIT",
    "MANY_BLANKS",
    "MANY_DIGITS",
    "Repeat",
    "repeats",
]

LEAST_CHARS: Final = 30
"""A run of fewer characters is none."""
LEAST_REPEATS: Final = 10
LONGEST_UNIT: Final = 64
MANY_BLANKS: Final = 200
"""Blanks alone, or white space without a period, may be an indent or the rest of a table's cell: it takes as many, unless
the text ends with them."""
MANY_DIGITS: Final = 100
"""One letter or digit again and again may be a number or a key: it takes as many."""
LONGEST_SEARCHED: Final = 2_000_000
"""Of a longer text only as many characters are searched: half at its beginning, half at its end. A run that is found there
is followed through all of the text."""

_RULERS: Final = frozenset(" \t\r\n-=_*~.#|:+/<>·─━—")
"""What tables, rulers and indents are made of."""
_SAMPLES: Final = 4
_BATCH: Final = 4_000_000
"""Characters that are compared together: what is in memory at once stays small."""
_BEYOND_UNICODE: Final = 0x110000
_SPACES: Final = np.array([code for code in range(0x3001) if chr(code).isspace()], dtype=np.uint32)
_IS_SPACE: Final = np.isin(np.arange(0x3002, dtype=np.uint32), _SPACES)

_Codes: TypeAlias = npt.NDArray[np.uint32]


class Repeat(NamedTuple):
    """A run in one of the texts.

    Attributes
    ----------
    text
        The number of the text.
    start, end
        From which to which character, the end exclusive.
    unit
        What is said again and again; empty where it is white space, which may be mixed.
    """

    text: int
    start: int
    end: int
    unit: str


class _Part(NamedTuple):
    """What is searched of a text: its number, from which character on, and the characters."""

    text: int
    offset: int
    searched: str


def repeats(texts: Sequence[str]) -> list[Repeat]:
    """The repeat of each text in which there is one.

    The shortest unit counts, and of its runs the longest. A run has `LEAST_REPEATS` of a unit of up to `LONGEST_UNIT`
    characters and `LEAST_CHARS` in all; not where the unit is made of what rulers and tables are made of. White space around
    a unit of white space belongs to the run.
    """
    found: dict[int, Repeat] = {}
    for batch in _batches(texts):
        found |= _found(texts, batch)
    return [found[text] for text in sorted(found)]


def _batches(texts: Sequence[str]) -> Iterator[list[_Part]]:
    """Parts to search together; those of one text in one batch."""
    batch: list[_Part] = []
    size = 0
    for at, text in enumerate(texts):
        half = LONGEST_SEARCHED // 2
        is_long = len(text) > LONGEST_SEARCHED
        batch += (
            [_Part(at, 0, text[:half]), _Part(at, len(text) - half, text[-half:])] if is_long else [_Part(at, 0, text)]
        )
        size += min(len(text), LONGEST_SEARCHED)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _found(texts: Sequence[str], parts: list[_Part]) -> dict[int, Repeat]:
    """The repeats of a batch.

    All parts are looked at together. Behind each stands a code that equals no other, so that no run reaches from one into
    the next, however alike they are.
    """
    codes = _codes("".join(f"{part.searched}\0" for part in parts))
    ends = np.cumsum([len(part.searched) + 1 for part in parts], dtype=np.int64)
    codes[ends - 1] = _BEYOND_UNICODE + np.arange(len(parts), dtype=np.uint32)
    found = _white_space(texts, parts, codes, ends)
    for size in range(1, LONGEST_UNIT + 1):
        least = max(LEAST_CHARS, LEAST_REPEATS * size) - size
        new: dict[int, Repeat] = {}
        for at, low, high in _candidates(codes, ends, size, least):
            part = parts[at]
            if part.text in found:
                continue
            begin = int(ends[at]) - len(part.searched) - 1
            low, high = max(low, begin), min(high, int(ends[at]) - 1 - size)
            if low >= high:
                continue  # it was equal to what the next part holds
            starts, stops = _runs(codes[low:high] == codes[low + size : high + size], least)
            for which in np.argsort(starts - stops, kind="stable"):
                own = int(starts[which]) + low - begin
                run = _whole_run(texts[part.text], part, own, own + int(stops[which] - starts[which]) + size, size)
                if run is not None:
                    new[part.text] = max(new.get(part.text, run), run, key=lambda each: each.end - each.start)
                    break
        found |= new
    return found


def _codes(text: str) -> _Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32)


def _candidates(codes: _Codes, ends: npt.NDArray[np.int64], size: int, least: int) -> Iterator[tuple[int, int, int]]:
    """The parts that may hold at least ``least`` characters in a row that equal those ``size`` behind them, and between
    which places.

    At first only a few characters are compared: a run of equality that is long enough holds several of them in a row.
    """
    step = max(least // (_SAMPLES + 1), 1)
    places = np.arange(0, len(codes) - size, step)
    if places.size < _SAMPLES:
        return
    same = codes[places] == codes[places + size]
    inside = np.logical_and.reduce([same[at : same.size - _SAMPLES + 1 + at] for at in range(_SAMPLES)])
    likely = places[: inside.size][inside]
    if not likely.size:
        return
    of = np.searchsorted(ends, likely, side="right")
    first = np.flatnonzero(np.diff(of, prepend=-1))
    last = np.append(first[1:], of.size) - 1
    for at, low, high in zip(of[first].tolist(), likely[first].tolist(), likely[last].tolist(), strict=True):
        yield at, low - step, high + (_SAMPLES + 1) * step


def _runs(equal: npt.NDArray[np.bool_], least: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Where runs of at least ``least`` begin and where they end."""
    edges = np.flatnonzero(np.diff(equal, prepend=False, append=False))
    starts, stops = edges[::2], edges[1::2]
    is_long = stops - starts >= least
    return starts[is_long], stops[is_long]


def _whole_run(text: str, part: _Part, start: int, end: int, size: int) -> Repeat | None:
    """A run of a part as one of the text; None where it does not count."""
    unit = part.searched[start : start + size]
    cut_before = start == 0 and part.offset > 0
    cut_after = end == len(part.searched) and part.offset + end < len(text)
    start, end = start + part.offset, end + part.offset
    if (cut_before or cut_after) and _counts(unit, len(text), is_end=True):
        start, end = _followed(text, start, end, size)
        unit = text[start : start + size]
    if not _counts(unit, end - start, is_end=end == len(text)):
        return None
    if unit.strip():
        return Repeat(part.text, start, end, unit)
    return _blank(part.text, text, start, end)


def _followed(text: str, start: int, end: int, size: int) -> tuple[int, int]:
    """How far a run with a period reaches to both sides."""
    codes = _codes(text)
    other = np.flatnonzero(codes[:-size] != codes[size:])
    at = int(np.searchsorted(other, start))
    return int(other[at - 1]) + 1 if at else 0, (int(other[at]) if at < other.size else len(text) - size) + size


def _blank(number: int, text: str, start: int, end: int) -> Repeat:
    """White space with all that stands around it."""
    return Repeat(number, len(text[:start].rstrip()), len(text) - len(text[end:].lstrip()), "")


def _white_space(
    texts: Sequence[str], parts: list[_Part], codes: _Codes, ends: npt.NDArray[np.int64]
) -> dict[int, Repeat]:
    """White space, mixed or not, that is very long or that a text ends with."""
    found: dict[int, Repeat] = {}
    starts, stops = _runs(_IS_SPACE[np.minimum(codes, _IS_SPACE.size - 1)], LEAST_CHARS)
    of = np.searchsorted(ends, starts, side="right")
    for at, start, stop in zip(of.tolist(), starts.tolist(), stops.tolist(), strict=True):
        part, text = parts[at], texts[parts[at].text]
        own = start - (int(ends[at]) - len(part.searched) - 1) + part.offset
        is_end = own + stop - start == len(text)
        if is_end or stop - start >= MANY_BLANKS:
            run = _blank(part.text, text, own, own + stop - start)
            found[part.text] = max(found.get(part.text, run), run, key=lambda each: each.end - each.start)
    return found


def _counts(unit: str, length: int, *, is_end: bool) -> bool:
    """White space counts, and so does what holds more than rulers and indents are made of."""
    if not unit.strip(" "):
        return is_end or length >= MANY_BLANKS
    if len(unit) == 1 and unit.isalnum() and length < MANY_DIGITS:
        return False
    return not unit.strip() or not _RULERS.issuperset(unit)
