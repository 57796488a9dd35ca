"""One colour a kind, light and dark."""

from __future__ import annotations

import pytest

from recexplore.model.kinds import KINDS
from recexplore.views.figures.theme import KIND_COLORS, THEMES, ThemeName, mixed, template


def _luminance(color: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [part / 255 for part in bytes.fromhex(color.removeprefix("#"))]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _contrast(a: str, b: str) -> float:
    lighter, darker = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_every_kind_has_a_colour() -> None:
    assert set(KIND_COLORS) == set(KINDS)


@pytest.mark.parametrize("name", THEMES)
def test_text_is_readable(name: ThemeName) -> None:
    theme = THEMES[name]
    assert _contrast(theme.text, theme.background) >= 7
    assert _contrast(theme.muted, theme.background) >= 4.5


@pytest.mark.parametrize("name", THEMES)
def test_template_has_the_themes_background(name: ThemeName) -> None:
    assert template(name).layout.paper_bgcolor == THEMES[name].background


def test_a_share_of_a_colour_on_a_ground() -> None:
    assert mixed("#ff0000", "#0000ff", 1) == "#ff0000"
    assert mixed("#ff0000", "#0000ff", 0) == "#0000ff"
    assert mixed("#ff8000", "#ffffff", 0.5) == "#ffc080"
