"""Are two pictures the same picture, drawn on two machines?

Takes PNG bytes (or the base64 text a notebook keeps), gives ``None`` or a sentence that says how they differ. Fonts,
anti-aliasing and with them the margins differ from machine to machine; so ink is looked for a few pixels around
its place, and the size may differ by two per cent. Measured with plotly's figures: another font loses at most
8 % of the ink and no coloured ink at all; other data under the same title lose 10 % of the coloured ink or more, while
the mean difference, which finds a blank picture, hardly sees a thin line.
"""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageFilter

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE_TOLERANCE = 0.02
MEAN_TOLERANCE = 6.0  # of 255, at an eighth of the size
INK_TOLERANCE = 0.15  # of the ink, text among it
COLOUR_TOLERANCE = 0.05  # of the coloured ink, which is data
SPECK = 12  # pixels; fewer than these are never a difference

SEARCH = 4  # pixels around, at half the size
SAME_SHADE = 40  # of 255
COLOURED = 80  # of 255, between the strongest and the weakest of red, green and blue


PAGE_TOLERANCE = 16.0  # of 255, at an eighth of the size


def difference(baked: bytes | str, fresh: bytes | str, *, is_page: bool = False) -> str | None:
    """How ``fresh`` differs from ``baked``, or ``None`` where both show the same.

    A page is nearly all text, which breaks into lines elsewhere with other fonts: of it only size and mean are compared.
    """
    old, new = _opened(baked), _opened(fresh)
    for side, before, after in zip(("width", "height"), old.size, new.size, strict=True):
        if abs(before - after) > SIZE_TOLERANCE * before:
            return f"the {side} was {before} pixels and is {after}"
    mean = float(np.abs(_pixels(_shrunk(old, 8, old.size)) - _pixels(_shrunk(new, 8, old.size))).mean())
    if mean >= (PAGE_TOLERANCE if is_page else MEAN_TOLERANCE):
        return f"the mean difference is {mean:.1f} of 255"
    if is_page:
        return None
    first, second = _shrunk(old, 2, old.size), _shrunk(new, 2, old.size)
    return _missing(first, second, "lost") or _missing(second, first, "new")


def _missing(there: Image.Image, here: Image.Image, word: str) -> str | None:
    """What ink of ``there`` has no counterpart near its place in ``here``."""
    low = high = here
    for _ in range(SEARCH):
        low, high = low.filter(ImageFilter.MinFilter(3)), high.filter(ImageFilter.MaxFilter(3))
    pixels = _pixels(there)
    gone = ((pixels < _pixels(low) - SAME_SHADE) | (pixels > _pixels(high) + SAME_SHADE)).any(axis=2)
    background = np.median(pixels.reshape(-1, 3), axis=0)
    ink = (np.abs(pixels - background) > SAME_SHADE).any(axis=2)
    coloured = pixels.max(axis=2) - pixels.min(axis=2) > COLOURED
    for mask, limit, name in ((coloured, COLOUR_TOLERANCE, "coloured ink"), (ink, INK_TOLERANCE, "ink")):
        count = int((gone & mask).sum())
        if count > SPECK and count > limit * int(mask.sum()):
            return f"{count / int(mask.sum()):.0%} of the {name} is {word}, {limit:.0%} may be"
    return None


def _opened(picture: bytes | str) -> Image.Image:
    data = base64.b64decode(picture) if isinstance(picture, str) else picture
    with Image.open(io.BytesIO(data)) as image:
        flat = Image.new("RGBA", image.size, "white")
        flat.alpha_composite(image.convert("RGBA"))
    return flat.convert("RGB")


def _shrunk(image: Image.Image, by: int, size: tuple[int, int]) -> Image.Image:
    return image.resize((max(1, size[0] // by), max(1, size[1] // by)), Image.Resampling.BOX)


def _pixels(image: Image.Image) -> NDArray[Any]:
    return np.asarray(image, dtype=np.int16)
