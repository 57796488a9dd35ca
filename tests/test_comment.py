"""The size of a comment, as it is counted where it is posted."""

from __future__ import annotations

import pytest

from recexplore.share.comment import MOST_CHARS, size_in_comment


@pytest.mark.parametrize(("part", "size"), [("", 2), ("abc", 5), ("é日", 4), ("\N{GRINNING FACE}", 4), ("a\ud83d", 4)])
def test_units_of_utf_16_count_and_the_empty_line_behind(part: str, size: int) -> None:
    assert size_in_comment(part) == size


def test_parts_that_fit_are_no_more_than_a_comment_holds() -> None:
    parts = ["\N{GRINNING FACE}" * 7] * (MOST_CHARS // size_in_comment("\N{GRINNING FACE}" * 7))
    assert len("\n\n".join(parts).encode("utf-16-le")) // 2 <= MOST_CHARS
