"""How far two texts are the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recexplore.analysis.common_prefix import common_prefix_chars

texts = st.text(alphabet="ab cé.\n🙂_1", max_size=40)


@given(texts, texts)
def test_common_prefix(one: str, other: str) -> None:
    n = common_prefix_chars(one, other)
    assert one[:n] == other[:n]
    assert n == min(len(one), len(other)) or one[n] != other[n]
