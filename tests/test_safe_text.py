"""Text that cannot steer, and is not damaged by that."""

from __future__ import annotations

import pytest

from recexplore.views.text.safe_text import one_line, visible


@pytest.mark.parametrize(
    "text",
    ["a\tb\nc é 漢 🙂", "10\u00a0000\u202f000", "日本\u3000語", "👨\u200d👩", "می\u200cخواهم", "so\u2011ll", "\ufffd"],
)
def test_text_of_every_language_stays(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\r", "\x7f", "\x9b", "\ud83d", "\u202e", "\u2066"])
def test_what_steers_is_replaced(character: str) -> None:
    assert visible(f"a{character}b") == "a\ufffdb"


def test_one_line_is_one_line() -> None:
    assert one_line("a\n b\r\nc\td") == "a b c d"
