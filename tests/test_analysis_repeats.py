"""Repeats in texts, against a search that looks at every character one by one."""

from __future__ import annotations

import random
import time
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.analysis import repeats as module
from recexplore.analysis.repeats import (
    LEAST_CHARS,
    LEAST_REPEATS,
    LONGEST_SEARCHED,
    LONGEST_UNIT,
    MANY_BLANKS,
    MANY_DIGITS,
    Repeat,
    repeats,
)

RULERS = " \t\r\n-=_*~.#|:+/<>·─━—"
SECONDS = 30.0


def naive(text: str) -> tuple[int, int, str] | None:
    """From where to where and what, character by character."""
    blanks = [(at, character.isspace()) for at, character in enumerate(text)]
    runs = [[at for at, _ in run] for is_space, run in groupby(blanks, key=lambda each: each[1]) if is_space]
    very = [run for run in runs if len(run) >= MANY_BLANKS or (run[-1] == len(text) - 1 and len(run) >= LEAST_CHARS)]
    if very:
        longest = max(very, key=len)
        return longest[0], longest[-1] + 1, ""
    for size in range(1, LONGEST_UNIT + 1):
        found = [run for run in every_run(text, size) if counts(text, *run, size)]
        wide = [widened(text, *run, size) for run in found]
        if wide:
            # Of white space that is the same run once widened, any part will do.
            return min(wide, key=lambda run: (run[0] - run[1], run[0]))
    return None


def every_run(text: str, size: int) -> list[tuple[int, int]]:
    found, at = [], 0
    while at + size < len(text):
        end = at
        while end + size < len(text) and text[end] == text[end + size]:
            end += 1
        if end + size - at >= max(LEAST_CHARS, LEAST_REPEATS * size):
            found.append((at, end + size))
        at = end + 1
    return found


def counts(text: str, start: int, end: int, size: int) -> bool:
    unit = text[start : start + size]
    if set(unit) == {" "}:
        return False  # counted above
    if len(unit) == 1 and unit.isalnum():
        return end - start >= MANY_DIGITS
    return not unit.strip() or not set(unit) <= set(RULERS)


def widened(text: str, start: int, end: int, size: int) -> tuple[int, int, str]:
    unit = text[start : start + size]
    if unit.strip():
        return start, end, unit
    while start and text[start - 1].isspace():
        start -= 1
    while end < len(text) and text[end].isspace():
        end += 1
    return start, end, ""


def one(text: str) -> tuple[int, int, str] | None:
    found = repeats([text])
    return (found[0].start, found[0].end, found[0].unit) if found else None


def some_text(rng: random.Random) -> str:
    """Pieces of few characters, some of them again and again."""
    alphabet = rng.choice(["ab", "a1-", " \n", " a\n", "-=|", "ab \t", "日a", "01", "\ud83d\udca9"])
    pieces = []
    for _ in range(rng.randint(0, 6)):
        unit = "".join(rng.choice(alphabet) for _ in range(rng.choice([1, 1, 2, 3, 5, 17, 63, 64, 65])))
        pieces.append(unit * rng.choice([1, 1, 2, 9, 10, 11, 30, 31, 100, 200]))
    return "".join(pieces)


@pytest.mark.parametrize("seed", range(12))
def test_as_a_naive_search_finds_them(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(25):
        text = some_text(rng)
        assert one(text) == naive(text), repr(text)


@given(st.lists(st.text(alphabet="a \n-", max_size=90).map(lambda text: text * 3), max_size=5))
def test_texts_together_are_as_each_alone(texts: list[str]) -> None:
    alone = [each._replace(text=at) for at, text in enumerate(texts) for each in repeats([text])]
    assert repeats(texts) == alone


def test_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(0)
    texts = [some_text(rng) for _ in range(60)]
    together = repeats(texts)
    monkeypatch.setattr(module, "_BATCH", 500)
    assert repeats(texts) == together


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", None),
        ("\n" * 30, (0, 30, "")),
        ("\n" * 29, None),
        ("x" + "\n" * 30 + " \t" * 5_000 + "y", (1, 10_031, "")),
        ("{\n" + " " * 190 + "}", None),
        ("{" + " \t\n  \r\n\u2003\t" * 3 + "  \t\n \n\n\t\t  ", (1, 39, "")),
        ("ha " * 10 + "and so" + "ha " * 500, (36, 1_536, "ha ")),
        ("The end. " * 12, (0, 108, "The end. ")),
    ],
)
def test_the_whole_run_is_told(text: str, found: tuple[int, int, str] | None) -> None:
    assert one(text) == found


def test_of_a_long_text_both_ends_are_searched() -> None:
    words = "".join(chr(ord("a") + at * at * 7919 % 1_000_003 % 26) for at in range(LONGEST_SEARCHED))
    loop = "ha " * 1_000
    assert repeats([loop + words]) == [Repeat(0, 0, len(loop), "ha ")]
    assert repeats([words + loop]) == [Repeat(0, len(words), len(words) + len(loop), "ha ")]
    assert repeats([words + loop + words]) == []


def test_a_run_is_followed_beyond_what_is_searched() -> None:
    n = 2 * LONGEST_SEARCHED
    assert repeats(["x" + "\n" * n]) == [Repeat(0, 1, n + 1, "")]
    assert repeats(["x" + "\n \t" * n]) == [Repeat(0, 1, 3 * n + 1, "")]
    assert repeats(["x" + "ha " * n]) == [Repeat(0, 1, 3 * n + 1, "ha ")]


@pytest.mark.parametrize("unit", ["a", "ab", "\n", "-", "- ", "a" * 28 + "b", "-" * 28 + "x"])
def test_no_text_takes_long(unit: str) -> None:
    started = time.process_time()
    repeats([unit * (5_000_000 // len(unit))])
    assert time.process_time() - started < SECONDS
