"""What every figure begins with."""

from __future__ import annotations

import pytest

from recexplore.views.figures.blank import blank, say
from recexplore.views.figures.theme import THEMES, ThemeName


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_begins_with_a_title_and_the_theme(theme: ThemeName) -> None:
    figure = blank(theme, "Tokens")
    assert figure.layout.title.text == "Tokens"
    assert figure.layout.template.layout.font.color == THEMES[theme].text
    assert not figure.data


def test_says_what_is_missing_and_why_instead_of_axes() -> None:
    figure = say(blank("light", "Timing"), "light", "time not recorded", "nobody stamped it")
    (said,) = figure.layout.annotations
    assert said.text == "<b>time not recorded</b><br>nobody stamped it"
    assert (figure.layout.xaxis.visible, figure.layout.yaxis.visible) == (False, False)
