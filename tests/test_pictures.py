"""The comparison that nbval and the bake use, proved on pictures drawn here."""

from __future__ import annotations

import base64
import io

import numpy as np
import pictures
import pytest
from PIL import Image, ImageDraw

SIZE = (700, 450)
UP_AND_DOWN = [(60, 380), (350, 60), (640, 380)]
DOWN_AND_UP = [(60, 60), (350, 380), (640, 60)]


def drawing(
    points: list[tuple[int, int]] = UP_AND_DOWN, *, size: tuple[int, int] = SIZE, shift: int = 0
) -> Image.Image:
    """A thin blue curve on white with a frame and a title, as plotly draws one."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((40 + shift, 40, 660 + shift, 400), outline="#2a3f5f")
    draw.text((60 + shift, 12), "Interleaving of two choices in a recording", fill="#2a3f5f")
    draw.line([(x + shift, y) for x, y in points], fill="#636efa", width=2)
    return image


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def noisy(image: Image.Image, by: int) -> Image.Image:
    drawn = np.asarray(image, dtype=int)
    shaken = drawn + np.random.default_rng(1).integers(-by, by, size=drawn.shape, endpoint=True)
    return Image.fromarray(shaken.clip(0, 255).astype(np.uint8))


BLANK = Image.new("RGB", SIZE, "white")
BAKED = png(drawing())


@pytest.mark.parametrize(
    "fresh",
    [
        pytest.param(drawing(), id="equal"),
        pytest.param(noisy(drawing(), 12), id="noise"),
        pytest.param(drawing(shift=3), id="margin moved by three pixels"),
        pytest.param(drawing().resize((706, 454)), id="size within two per cent"),
    ],
)
def test_the_same_picture_passes(fresh: Image.Image) -> None:
    assert pictures.difference(BAKED, png(fresh)) is None


@pytest.mark.parametrize(
    ("fresh", "reason"),
    [
        pytest.param(BLANK, "is lost", id="blank"),
        pytest.param(Image.new("RGB", SIZE, "black"), "mean difference", id="black"),
        pytest.param(drawing(DOWN_AND_UP), "coloured ink is lost", id="another curve under the same title"),
        pytest.param(drawing([]), "coloured ink is lost", id="curve lost"),
        pytest.param(drawing(size=(800, 450)), "width was 700 pixels and is 800", id="other size"),
    ],
)
def test_another_picture_fails(fresh: Image.Image, reason: str) -> None:
    assert reason in str(pictures.difference(BAKED, png(fresh)))


def test_a_curve_that_was_not_there_fails() -> None:
    assert "is new" in str(pictures.difference(png(drawing([])), BAKED))


def test_a_blank_picture_is_the_same_as_itself() -> None:
    assert pictures.difference(png(BLANK), png(BLANK)) is None


def test_text_of_a_notebook_is_read_like_bytes() -> None:
    text = base64.encodebytes(BAKED).decode()
    assert pictures.difference(text, BAKED) is None


def test_transparency_is_seen_on_white() -> None:
    clear = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    assert pictures.difference(png(clear), png(BLANK)) is None
