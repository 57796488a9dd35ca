from __future__ import annotations

import pytest

from recexplore.model.counts import count, plural


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
