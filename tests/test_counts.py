from __future__ import annotations

import pytest

from recexplore.model.counts import count, plural, size_in_words


@pytest.mark.parametrize(
    ("n", "noun", "said"),
    [
        (0, "chunk", "0 chunks"),
        (1, "chunk", "1 chunk"),
        (1136, "recording", "1,136 recordings"),
        (2, "entry", "2 entries"),
        (1, "entry", "1 entry"),
        (2, "key", "2 keys"),
        (2, "text delta", "2 text deltas"),
    ],
)
def test_a_count_in_words(n: int, noun: str, said: str) -> None:
    assert count(n, noun) == said
    assert said.endswith(plural(n, noun))


@pytest.mark.parametrize(
    ("n_bytes", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (2.5e9, "2.5 GB"), (3e13, "30,000.0 GB")],
)
def test_a_size_in_words(n_bytes: float, words: str) -> None:
    assert size_in_words(int(n_bytes)) == words
