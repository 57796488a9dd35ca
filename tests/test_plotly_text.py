"""Hostile text in figures: shown as it is, never read as markup."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.views.figures.plotly_text import excerpt, label, passage, signed
from recexplore.views.text.safe_text import visible

HOSTILE = (
    "<b>bold</b>",
    "<a href='javascript:alert(1)'>x</a>",
    "<script>alert(1)</script>",
    "$\\href{javascript:alert(1)}{x}$",
    "&lt;b&gt;",
    "a & b",
    "<br>",
    '"><img src=x onerror=alert(1)>',
)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_markup_survives_and_nothing_is_lost(text: str) -> None:
    for shown in (label(text), passage(text), signed(text), excerpt(text)):
        assert "<" not in shown.replace("<br>", "")
        assert "$" not in shown
        assert html.unescape(shown.replace("<br>", "")) == text


@given(st.text(max_size=200))
def test_a_passage_gives_back_what_it_shows(text: str) -> None:
    shown = html.unescape(passage(text).replace("<br>", ""))
    expected = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "↵").replace("\t", "→ ")
    assert shown == visible(expected)


def test_long_text_is_cut_and_its_length_told() -> None:
    assert "1,000 characters in all" in passage("x" * 1000)
    assert len(label("x" * 1000, 60)) == 60


def test_what_is_missing_is_a_dash() -> None:
    assert label(float("nan")) == "–"
    assert passage(None) == ""


@given(st.text(max_size=200))
def test_a_stretch_has_a_sign_for_each_character(text: str) -> None:
    shown = html.unescape(signed(text))
    assert len(shown) == len(text)
    assert shown == visible(text.replace("\n", "↵").replace("\r", "␍").replace("\t", "→"))


@pytest.mark.parametrize(("ends", "shown"), [((1, 1), "abcd…56789"), ((1, 0), "abcdefghi…"), ((1, 2), "abc…456789")])
def test_a_long_excerpt_is_shortened_inside(ends: tuple[int, int], shown: str) -> None:
    text = "abcdefghijklmnopqrstuvwxyz0123456789"
    assert excerpt(text, 36) == text
    assert excerpt(text, 10, ends) == shown
