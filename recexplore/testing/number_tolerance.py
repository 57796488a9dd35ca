"""When two outputs of a notebook show the same numbers.

Takes what a notebook keeps and what running it gave, JSON or text; says where they differ, or gives the fresh text in the
notebook's digits. A float agrees with the notebook's where it is off by at most `RELATIVE` of it, a million times what
another processor makes of a sum or a logarithm. Integers, whole numbers in floats, NaN, infinities and all that is no number
are compared exactly; with zero only zero agrees.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["RELATIVE", "json_differences", "text_as_kept"]

RELATIVE: Final = 1e-9
_SINGLE: Final = 4
"""Of arrays of single precision, whose last bit is more than `RELATIVE`: so many last bits."""
_WHOLE: Final = 2.0**43
"""Of whole numbers below, a difference of one is hundreds of last bits: something was counted, not rounded."""
_FLOAT: Final = re.compile(r"(?<![\w.])([-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][-+]?\d+)?)(?!\w|\.\w)")
"""A number with a point or an exponent that stands alone: no part of a name, a version, an address, a size like 3.5ms."""


def json_differences(kept: Any, fresh: Any, place: str = "") -> Iterator[str]:
    """Where the fresh JSON differs from what the notebook keeps, in words; plotly's typed arrays count as arrays.

    Yields
    ------
    str
        The place, what is kept and what is fresh: ``data[0].y[3]: 0.25 in the notebook, 0.26 now``.
    """
    if isinstance(kept, dict) and isinstance(fresh, dict):
        if (old := _typed_array(kept)) is not None and (new := _typed_array(fresh)) is not None:
            yield from _array_differences(old, new, place)
        else:
            for key in kept | fresh:
                inner = f"{place}.{key}" if place else str(key)
                if key in kept and key in fresh:
                    yield from json_differences(kept[key], fresh[key], inner)
                else:
                    yield f"{inner}: {'only in the notebook' if key in kept else 'not in the notebook'}"
    elif isinstance(kept, list) and isinstance(fresh, list):
        if len(kept) != len(fresh):
            yield f"{place}: {len(kept)} items in the notebook, {len(fresh)} now"
        else:
            for index, pair in enumerate(zip(kept, fresh, strict=True)):
                yield from json_differences(*pair, f"{place}[{index}]")
    elif not _same(kept, fresh):
        yield f"{place}: {kept!r} in the notebook, {fresh!r} now"


def text_as_kept(kept: str, fresh: str) -> str:
    """The fresh text with each float that agrees with the notebook's written as it is there.

    Only digits that rounding can have changed are replaced: a number of the same value that is written otherwise stays.
    """
    old, new = _FLOAT.split(kept), _FLOAT.split(fresh)
    if len(old) != len(new):
        return fresh
    # Every other part is a number.
    new[1::2] = [
        before if float(before) != float(now) and _agree(float(before), float(now)) else now
        for before, now in zip(old[1::2], new[1::2], strict=True)
    ]
    return "".join(new)


def _same(kept: Any, fresh: Any) -> bool:
    if isinstance(kept, float) and isinstance(fresh, float):
        return kept == fresh or bool(_agree(kept, fresh))
    return bool(kept == fresh) and isinstance(kept, bool) == isinstance(fresh, bool)


def _agree(kept: npt.ArrayLike, fresh: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Which floats agree, of two or of arrays of the same shape and precision."""
    old, new = np.asarray(kept), np.asarray(fresh)
    relative = max(RELATIVE, _SINGLE * float(np.finfo(old.dtype).eps))
    whole = (np.rint(old) == old) & (np.rint(new) == new) & (np.abs(old) < _WHOLE)
    near = np.isclose(new, old, rtol=relative, atol=0, equal_nan=True)
    return np.asarray(np.where(whole, old == new, near))


def _typed_array(part: dict[str, Any]) -> npt.NDArray[Any] | None:
    """What plotly writes as ``{"dtype": …, "bdata": …}``, or ``None`` where it is something else."""
    if not {"dtype", "bdata"} <= set(part) <= {"dtype", "bdata", "shape"}:
        return None
    try:
        data = binascii.a2b_base64(part["bdata"], strict_mode=True)
        array = np.frombuffer(data, dtype=np.dtype(part["dtype"]).newbyteorder("<"))
        return array.reshape([int(size) for size in str(part.get("shape", array.size)).split(",")])
    except (TypeError, ValueError):
        return None


def _array_differences(kept: npt.NDArray[Any], fresh: npt.NDArray[Any], place: str) -> Iterator[str]:
    if (kept.dtype, kept.shape) != (fresh.dtype, fresh.shape):
        yield f"{place}: {_kind(kept)} in the notebook, {_kind(fresh)} now"
        return
    same = _agree(kept, fresh) if kept.dtype.kind == "f" else kept == fresh
    for index in np.argwhere(~same).tolist():
        old, new = kept[tuple(index)].item(), fresh[tuple(index)].item()
        yield f"{place}{''.join(f'[{each}]' for each in index)}: {old!r} in the notebook, {new!r} now"


def _kind(array: npt.NDArray[Any]) -> str:
    return f"an array of {' by '.join(map(str, array.shape))} {array.dtype.name}"
