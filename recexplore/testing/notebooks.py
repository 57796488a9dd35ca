"""A plugin that lets nbval see numbers, not digits: ``pytest -p recexplore.testing.notebooks --nbval notebooks/``.

Takes a cell's outputs, fresh and kept, before nbval compares them; gives it the fresh ones in which floats that differ in
nothing but rounding are as the notebook keeps them: in JSON such as plotly's, in texts, in HTML, in what was printed. Where
JSON differs all the same it says at which places, beside what nbval says. All that is known of nbval's inside is that a cell
is compared by ``IPyNbCell.compare_outputs(fresh, kept)`` and explains itself in ``comparison_traceback``.
"""

from __future__ import annotations

import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any, Final

import pytest

from recexplore.testing.number_tolerance import json_differences, text_as_kept

__all__ = ["pytest_itemcollected"]

_MOST_DIFFERENCES: Final = 10


def pytest_itemcollected(item: pytest.Item) -> None:
    """Stand before nbval's comparison of a cell."""
    nbval = sys.modules.get("nbval.plugin")
    if nbval is not None and isinstance(item, nbval.IPyNbCell):
        item.compare_outputs = partial(compare_outputs, item, item.compare_outputs)


def compare_outputs(item: Any, compare: Callable[..., bool], fresh: Iterable[Any], kept: Iterable[Any]) -> bool:
    """What nbval says of the outputs once their numbers agree."""
    kept = list(kept)
    differences: list[str] = []
    if compare(_as_kept(fresh, kept, differences), kept):
        return True
    item.comparison_traceback.extend(differences)
    return False


def _as_kept(fresh: Iterable[Any], kept: Iterable[Any], differences: list[str]) -> list[Any]:
    """The fresh outputs in the notebook's numbers where these agree; ``differences`` gets the places where JSON does not."""
    waiting: defaultdict[str, deque[Any]] = defaultdict(deque)
    for output in kept:
        for name, value in _parts(output):
            waiting[name].append(value)

    def part_as_kept(name: str, value: Any) -> Any:
        # nbval, too, compares the first of a kind with the first of the kind.
        return _value_as_kept(name, waiting[name].popleft(), value, differences) if waiting[name] else value

    found = []
    for output in fresh:
        parts = {name: part_as_kept(name, value) for name, value in _parts(output)}
        changed = {"text": parts[output["name"]]} if output["output_type"] == "stream" else {"data": parts}
        found.append(type(output)({**output, **changed}) if parts else output)
    return found


def _parts(output: Any) -> Iterator[tuple[str, Any]]:
    """What an output shows, by media type; what was printed by the stream's name."""
    if output["output_type"] == "stream":
        yield output["name"], output["text"]
    else:
        yield from output.get("data", {}).items()


def _value_as_kept(name: str, kept: Any, fresh: Any, differences: list[str]) -> Any:
    if isinstance(kept, str) and isinstance(fresh, str):
        return text_as_kept(kept, fresh) if name.startswith("text/") or "/" not in name else fresh
    found = list(islice(json_differences(kept, fresh), _MOST_DIFFERENCES + 1))
    differences += [f"{name} {each}" for each in found[:_MOST_DIFFERENCES]]
    differences += [f"{name} differs in more than these places"] if len(found) > _MOST_DIFFERENCES else []
    return fresh if found else kept
