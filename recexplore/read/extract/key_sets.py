"""Objects with the same keys, transposed together.

Takes JSON objects, gives columns. The chunks of a stream nearly all have the same keys, so a table of
their values costs one pass in C instead of one lookup a field and object. Never copies a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import TypeAlias, TypeVar

from recexplore.model.exchange import Json

__all__ = ["Cells", "by_shape", "pick"]

T = TypeVar("T")

Cells: TypeAlias = dict[str, tuple[Json, ...]]
"""A value for each object, a key."""


@lru_cache(maxsize=1024)
def _getter(keys: tuple[str, ...]) -> Callable[[dict[str, Json]], tuple[Json, ...]]:
    """Gives an object's values in the order of the keys."""
    if len(keys) > 1:
        return itemgetter(*keys)
    return lambda each: tuple(each[key] for key in keys)


def by_shape(objects: Sequence[dict[str, Json]]) -> Iterator[tuple[list[int] | None, Cells]]:
    """For each distinct tuple of keys: the positions of the objects that have it, and their values a key.

    Positions are None where all objects are meant, so that what goes with them need not be picked.
    """
    if not objects:
        return
    sizes = list(map(len, objects))
    distinct = set(sizes)
    if len(distinct) == 1:
        if (cells := _transposed(objects)) is not None:
            yield None, cells
        else:
            yield from _by_keys(objects, range(len(objects)))
        return
    # What differs nearly always differs in size too, and sizes are cheap to tell apart.
    for size in distinct:
        positions = [at for at, each in enumerate(sizes) if each == size]
        if (cells := _transposed([objects[at] for at in positions])) is not None:
            yield positions, cells
        else:
            yield from _by_keys(objects, positions)


def _transposed(objects: Sequence[dict[str, Json]]) -> Cells | None:
    """The values a key of objects of one size; None where their keys are not all the same."""
    keys = tuple(objects[-1])
    try:
        return dict(zip(keys, zip(*map(_getter(keys), objects), strict=True), strict=True))
    except KeyError:
        return None


def _by_keys(objects: Sequence[dict[str, Json]], among: Iterable[int]) -> Iterator[tuple[list[int], Cells]]:
    positions: dict[tuple[str, ...], list[int]] = {}
    for at in among:
        positions.setdefault(tuple(objects[at]), []).append(at)
    for places in positions.values():
        cells = _transposed([objects[at] for at in places])
        assert cells is not None
        yield places, cells


def pick(values: Sequence[T], positions: list[int] | None) -> Sequence[T]:
    """The values at the positions; all of them for None."""
    return values if positions is None else [values[at] for at in positions]
