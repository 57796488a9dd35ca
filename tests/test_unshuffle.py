"""Texts into which two answers were merged are taken apart: the real ones first, then made ones, then anything."""

from __future__ import annotations

import random
import re
import time
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recexplore.analysis import unshuffle as module
from recexplore.analysis.unshuffle import LONGEST, SHUFFLED, Unshuffled, unshuffle
from recexplore.corpus import Corpus

SECONDS = 20.0
"""For machines that are busy with other things too; alone it is a tenth of that."""

ORDINARY = (
    """The harbour was built in the nineteenth century. It was the largest of its kind, and ships from many countries
came to unload coffee and cotton. Today it is a park with gardens, and the ships have moved down the river.""",
    """I would take the train. The station is close to the hotel, the tickets are cheap, and you can look at the
mountains on the way. If you travel with children, ask for a seat at the window; it is often full in summer.""",
)


def shuffled(a: list[str], b: list[str], pattern: str, seed: int) -> list[tuple[int, str]]:
    """The tokens of two answers in one line, each with its owner."""
    rng, waiting, owner = random.Random(seed), (a[:], b[:]), 0
    merged: list[tuple[int, str]] = []
    while waiting[0] or waiting[1]:
        owner = rng.randrange(2) if pattern == "random" else 1 - owner
        count = rng.randint(1, 4) if pattern == "bursts" else 1
        merged += [(owner, token) for token in waiting[owner][:count]]
        del waiting[owner][:count]
    return merged


def follows(owners: list[int]) -> dict[int, int]:
    """Behind which character each one comes in the same answer, where the other answer stands between them."""
    last: dict[int, int] = {}
    found = {}
    for at, owner in enumerate(owners):
        if last.get(owner, at - 1) != at - 1:
            found[at] = last[owner]
        last[owner] = at
    return found


def spoken(corpus: Corpus, chunk: int, kind: str) -> str:
    events = corpus["f27523"].events
    text = events.loc[(events["chunk"] == chunk) & (events["kind"] == kind), "text"].iloc[0]
    assert isinstance(text, str)
    return text


def clean(corpus: Corpus) -> tuple[str, str, str]:
    """What of the two answers was not merged: the content of either, and the reasoning of the second."""
    choices = corpus["f27523"].choices
    return (*choices["content"].str.removesuffix(spoken(corpus, 81, "content")), choices["reasoning"].iloc[1])


def test_an_end_and_a_beginning_that_a_gateway_merged(bundled: Corpus) -> None:
    text, (a, b, _) = spoken(bundled, 81, "content"), clean(bundled)
    # With the second reasoning alone it is a close call, which other versions of Python, with other prose, decide otherwise.
    found = unshuffle(text, before=(a, ""), after=("", b), reference=list(bundled["f27523"].choices["reasoning"]))
    assert found.texts == ("\u0325, “sun.”", "The Sun in Latin is called **Sol**\u202f")
    assert found.gain > SHUFFLED
    assert "".join(piece for _, piece in found.pieces) == text


def test_two_beginnings_that_a_gateway_merged(bundled: Corpus) -> None:
    text, (a, b, reasoning) = spoken(bundled, 1, "reasoning"), clean(bundled)
    found = unshuffle(text, before=("", ""), after=("", reasoning), reference=[a, b])
    first, second = found.texts
    assert first.startswith("We need")
    assert second.startswith("We need")
    assert first.endswith(" explanation.")
    assert second.endswith(" In Roman")
    assert '"sidereus" is star' in first + second
    assert found.gain > SHUFFLED


def test_what_is_merged_on_purpose_is_mostly_taken_apart(bundled: Corpus) -> None:
    content, other, reasoning = clean(bundled)
    a, b = (re.findall(r" ?\w+|\s+|[^\w\s]", text) for text in (content, reasoning))
    shares, gains = [], []
    for seed, (pattern, start) in enumerate(product(("alternating", "random", "bursts"), (0, 10, 20))):
        merged = shuffled(a[start : start + 20], b[start : start + 20], pattern, seed)
        text = "".join(token for _, token in merged)
        before, after = (("".join(a[cut]), "".join(b[cut])) for cut in (slice(start), slice(start + 20, None)))
        found = unshuffle(text, before=before, after=after, reference=[other])
        true = follows([owner for owner, token in merged for _ in token])
        guessed = follows([owner for owner, piece in found.pieces for _ in piece])
        shares.append(len(true.items() & guessed.items()) / len(true))
        gains.append(found.gain)
    # Given out at random, token by token, a quarter would be found at most.
    assert sum(shares) / len(shares) > 0.5
    assert sum(gain > SHUFFLED for gain in gains) > len(gains) / 2


def test_ordinary_texts_are_not_taken_for_shuffles(bundled: Corpus) -> None:
    a, b, reasoning = clean(bundled)
    for text in (a, reasoning, *ORDINARY):
        for start in range(0, len(text) - 60, 120):
            part, rest = text[start : start + 120], text[start + 120 :]
            found = unshuffle(part, before=(text[:start], ""), after=(rest, b), reference=[])
            assert found.gain < SHUFFLED, part


@pytest.mark.parametrize(
    "text",
    [
        "Der Der Mond Himmel ist ein ist Trabant blau der, weil Erde das. Licht gestreut wird.",
        "СолнцеЛуна —  это звезда спутник. Земли.",
        "月は太陽は地球の恒星です衛星です。",
        "सूर्य एकचंद्रमा तारा एक है।उपग्रह है।",
        "\ud800a\udc00b\x00\U0010ffff İﬁ",
        '**__``""“”((]]**** \n\n\n',
    ],
)
@pytest.mark.parametrize("with_prose", [True, False])
def test_any_language_and_no_language(text: str, with_prose: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not with_prose:
        empty = module._Counts([]), module._words([])
        monkeypatch.setattr(module, "_prose", lambda: empty)
    found = unshuffle(text, before=("", ""), after=("", ""), reference=[])
    assert "".join(piece for _, piece in found.pieces) == text
    assert 0 <= found.gain < 1


def test_what_is_too_long_stays_whole_and_what_is_long_takes_no_longer() -> None:
    text = " ".join(ORDINARY) * 5
    assert unshuffle(text[: LONGEST + 1], before=("", ""), after=("", ""), reference=[]) == Unshuffled(
        ((0, text[: LONGEST + 1]),), 0.0
    )
    started = time.process_time()
    found = unshuffle(text[:LONGEST], before=("", ""), after=("", ""), reference=[text] * 3)
    assert time.process_time() - started < SECONDS
    assert "".join(piece for _, piece in found.pieces) == text[:LONGEST]


@pytest.mark.parametrize("text", ["", "a", "\n"])
def test_what_is_too_short_stays_whole(text: str) -> None:
    found = unshuffle(text, before=("a", "b"), after=("c", "d"), reference=["e"])
    assert found == Unshuffled(((0, text),) if text else (), 0.0)
    assert found.texts == (text, "")


def test_a_text_of_the_other_one_is_given_to_it() -> None:
    a, b = ORDINARY
    found = unshuffle(b[60:120], before=(a, b[:60]), after=("", b[120:]), reference=[])
    assert found.texts == ("", b[60:120])


_TEXTS = st.text(alphabet=st.one_of(st.sampled_from(' \n"“”()[]*_`.,aAbé日\u0325\ud800'), st.characters()), max_size=30)


@given(
    text=_TEXTS,
    before=st.tuples(_TEXTS, _TEXTS),
    after=st.tuples(_TEXTS, _TEXTS),
    reference=st.lists(_TEXTS, max_size=2),
)
@settings(max_examples=40)
def test_nothing_is_lost_and_nothing_is_left_to_chance(
    text: str, before: tuple[str, str], after: tuple[str, str], reference: list[str]
) -> None:
    found = unshuffle(text, before=before, after=after, reference=reference)
    assert "".join(piece for _, piece in found.pieces) == text
    assert all(piece for _, piece in found.pieces)
    assert 0 <= found.gain < 1
    assert len("".join(found.texts)) == len(text)
    assert found == unshuffle(text, before=before, after=after, reference=reference)
