"""The numbers of a plotly figure, the same on every processor.

Takes numbers, frames and figures, gives them with each float rounded to `DIGITS` significant digits. Integers, texts, dates,
NaN and infinities stay as they are; of the two zeros one is left.

A logarithm or a sum of many numbers ends in another last bit, the sixteenth digit, where the processor takes more of them at
a time. Twelve digits are written, more than a screen shows. What a figure is drawn from is rounded as it comes in, so that
the difference of two times is one of the same two numbers; what is drawn is rounded as it goes out.

Numbers lie halfway between two roundings more often than chance has it: odd multiples of 1/8192 do. So the limit between
rounding down and up is moved a little below the half, by `_NUDGE`, where no such number lies: a half, and what is a few last
bits off it, is rounded away from zero. Any other number is that near a limit about once in ten thousand times; its last bit
still turns the twelfth digit, which is why notebooks are compared with a tolerance (`recexplore.testing.notebooks`).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go
from plotly.basedatatypes import BasePlotlyType

__all__ = ["DIGITS", "decade", "rounded", "rounded_figure", "rounded_frame"]

DIGITS: Final = 12

_NUDGE: Final = 1 + 2.0**-48
_LOWEST: Final = -323
_POWERS: Final = np.array([float(f"1e{exponent}") for exponent in range(_LOWEST, 309)])
"""Powers of ten: the nearest doubles. They are read, since not every C library computes them alike."""
_MOST_EXACT: Final = 22
"""The exponent of the largest power of ten that a double holds exactly."""
_ONE_BY_ONE: Final = Context(prec=DIGITS, rounding=ROUND_HALF_UP)


def decade(value: float) -> int:
    """The exponent of the power of ten at or below a positive number: of 0.001 exactly -3."""
    return int(_exponents(np.float64(value)))


def rounded(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Numbers of any size in `DIGITS` significant digits: each the double that is nearest to a decimal of so many.

    Returns
    -------
    numpy.ndarray
        float64, of the shape of ``values``.
    """
    numbers = np.array(values, dtype=np.float64)
    shift = DIGITS - 1 - _exponents(np.abs(numbers))
    finite = np.isfinite(numbers) & (numbers != 0)
    exact = finite & (np.abs(shift) <= _MOST_EXACT)
    # Powers up to 10**22 are exact and one of the two is 1: only the last step rounds, to the double nearest to the decimal.
    up, down = (_power(np.maximum(each, 0)) for each in (shift[exact], -shift[exact]))
    numbers[exact] = np.rint(numbers[exact] * up / down * _NUDGE) / up * down
    others = finite & ~exact
    numbers[others] = [float(_ONE_BY_ONE.create_decimal_from_float(each)) for each in numbers[others].tolist()]
    numbers[numbers == 0] = 0.0  # which zero a maximum of both is depends on the processor
    return numbers


def rounded_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame with its float columns rounded; the others are not copied."""
    return frame.assign(**{str(name): rounded(frame[name]) for name in frame.columns[frame.dtypes == np.float64]})


def rounded_figure(figure: go.Figure) -> go.Figure:
    """The figure itself, after every float of its traces and its layout was rounded."""
    for part in (*figure.data, figure.layout):
        # Property by property: plotly copies and checks all that is set, and hover texts are most of a large trace.
        for name in part:
            if _has_floats(value := _plain(part[name])):
                part[name] = _rounded_parts(value)
    return figure


def _plain(value: Any) -> Any:
    """Arrays, lists, dictionaries and scalars, where plotly wraps them in objects of its own."""
    if isinstance(value, BasePlotlyType):
        return value.to_plotly_json()
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _has_floats(part: Any) -> bool:
    if isinstance(part, dict):
        return any(map(_has_floats, part.values()))
    if isinstance(part, list) or (isinstance(part, np.ndarray) and part.dtype == object):
        return any(map(_has_floats, part))
    return isinstance(part, float) or (isinstance(part, np.ndarray) and part.dtype.kind == "f")


def _rounded_parts(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _rounded_parts(value) for key, value in part.items()}
    if isinstance(part, list) or (isinstance(part, np.ndarray) and part.dtype == object):
        return [_rounded_parts(value) for value in part]
    if isinstance(part, np.ndarray):
        return rounded(part) if part.dtype.kind == "f" else part
    return float(rounded(part)) if isinstance(part, float) else part


def _exponents(sizes: npt.ArrayLike) -> npt.NDArray[np.intp]:
    """The decimal exponent of each positive number; of the others, any."""
    return np.asarray(np.searchsorted(_POWERS, sizes, side="right") - 1 + _LOWEST)


def _power(exponents: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    powers: npt.NDArray[np.float64] = _POWERS[np.minimum(exponents, _MOST_EXACT) - _LOWEST]
    return powers
