"""What the figures of a comparison have in common: what they are given, how runs are named, how verdicts look.

Takes a `Comparison` (anything with its public frames), gives words and marks. Recorded text leaves it escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from recexplore.comparison.levels import TABLE, Verdict
from recexplore.model.counts import count
from recexplore.model.kinds import JOINED_KINDS, kind_named
from recexplore.views.figures.blank import say
from recexplore.views.figures.plotly_text import label
from recexplore.views.figures.theme import ThemeName

__all__ = [
    "LEGEND_BELOW",
    "VERDICT_MARKS",
    "Compared",
    "Pieces",
    "RunLines",
    "VerdictMark",
    "checked_runs",
    "choice_of",
    "group_name",
    "matched_choices",
    "number_of",
    "run_names",
    "say_no_text",
    "text_name",
]

_MOST_NUMBERS: Final = 4
_MOST_NAMED: Final = 8
"""Runs that a hover label names one by one."""


class Place(Protocol):
    """Which text of a run: of a choice, of a kind; of tool arguments, also of which call."""

    @property
    def choice(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def tool_index(self) -> int | None: ...


class Pieces(Protocol):
    """How a text was cut, an item a piece."""

    @property
    def starts(self) -> NDArray[np.int64]: ...
    @property
    def ends(self) -> NDArray[np.int64]: ...
    @property
    def chunks(self) -> NDArray[np.int64]: ...


class Compared(Protocol):
    """What figures read of a `recexplore.Comparison`."""

    @property
    def reference(self) -> int: ...
    @property
    def runs(self) -> pd.DataFrame: ...
    @property
    def choices(self) -> pd.DataFrame: ...
    @property
    def divergences(self) -> pd.DataFrame: ...
    @property
    def pairs(self) -> pd.DataFrame: ...
    @property
    def places(self) -> Sequence[Place]: ...
    @property
    def whole_texts(self) -> Sequence[str]: ...
    def texts(self, choice: int | None = ..., kind: str = ..., tool_index: int | None = ...) -> Sequence[str]: ...
    def pieces(self, choice: int | None = ..., kind: str = ..., tool_index: int | None = ...) -> Sequence[Pieces]: ...
    def tree(self, choice: int | None = ..., kind: str = ..., tool_index: int | None = ...) -> pd.DataFrame: ...


class VerdictMark(NamedTuple):
    """How a run's verdict is drawn: the symbol says what the colour does."""

    symbol: str
    color: str


_SYMBOLS: Final[Mapping[Verdict, str]] = {
    "identical": "circle",
    "other wire": "square",
    "other words": "diamond",
    "other structure": "triangle-up",
    "broken": "x",
}
VERDICT_MARKS: Final[Mapping[str, VerdictMark]] = {
    each.verdict: VerdictMark(_SYMBOLS[each.verdict], each.colour.hex) for each in reversed(TABLE)
}
"""In the order of legends: as the reference first, then the more that differs."""


def text_name(comparison: Compared, choice: int | None, kind: str, tool_index: int | None) -> str:
    """What a text is called, with the number of its choice and its call where there are several.

    Raises
    ------
    ValueError
        There is no such kind of text.
    """
    if kind not in JOINED_KINDS:
        raise ValueError(f"kind is one of {', '.join(JOINED_KINDS)}, not {kind!r}")
    of_kind = [each for each in comparison.places if each.kind == kind]
    choices = {each.choice for each in comparison.places}
    chosen = choice_of(comparison, choice, kind)
    calls = {each.tool_index for each in of_kind if each.choice == chosen and each.tool_index is not None}
    parts = [kind_named(kind).label]
    if calls - {0} or tool_index:
        parts.append(f"{min(calls) if tool_index is None else tool_index}")
    return " ".join([*parts, *([f"of choice {chosen}"] if choices - {chosen} else [])])


def choice_of(comparison: Compared, choice: int | None, kind: str | None = None) -> int:
    """The choice that is meant: the first that has a text of a kind, or any text, if none is named."""
    fitting = (each.choice for each in comparison.places if kind in (None, each.kind))
    return choice if choice is not None else min(fitting, default=0)


def matched_choices(comparison: Compared, choice: int) -> dict[int, str]:
    """Of runs that gave a choice of the reference another number what that is, for behind their names."""
    own = comparison.choices.loc[comparison.choices["choice"] == choice, ["run", "own_choice"]]
    return {int(run): f"its choice {number}" for run, number in own.itertuples(index=False) if int(number) != choice}


def say_no_text(figure: go.Figure, theme: ThemeName, comparison: Compared, name: str) -> go.Figure:
    """A figure of a text that no run has, which says what texts there are."""
    kinds = dict.fromkeys(each.kind for each in comparison.places)
    others = f"the runs have other texts: kind={' or '.join(map(repr, kinds))}" if kinds else "the runs say nothing"
    return say(figure, theme, f"no {name} was recorded", others)


def checked_runs(comparison: Compared, runs: Sequence[int | str], least: int, most: int) -> list[int]:
    """The places of runs that a figure was asked for, by place or by name.

    Raises
    ------
    ValueError
        There is no such run, or there are too few or too many.
    """
    names = comparison.runs["name"].tolist()
    places = [names.index(run) if run in names else run for run in runs]
    if unknown := [run for run in places if isinstance(run, str) or not 0 <= run < len(names)]:
        raise ValueError(
            f"runs are named as in comparison.runs (name), or by their place, 0 to {len(names) - 1}; found {unknown[0]!r}"
        )
    if not least <= len(runs) <= most:
        raise ValueError(f"expected {least} to {most} runs, found {len(runs)}")
    return [int(run) for run in places]


def number_of(run: int) -> int:
    """What a run is called where people read it, page and figures alike; its place in frames counts from 0."""
    return run + 1


def run_names(runs: pd.DataFrame, limit: int = 20) -> list[str]:
    """A short name of each run: its number, and the id of its recording."""
    return [f"{number_of(run)} · {label(id_, limit)}" for run, id_ in zip(runs["run"], runs["recording"], strict=True)]


def group_name(runs: Sequence[int], names: Sequence[str], reference: int) -> str:
    """A short name of runs that are alike: of one its own, of several how many and which; bold with the reference."""
    numbers = sorted(runs)
    which = ", ".join(str(number_of(run)) for run in numbers[:_MOST_NUMBERS]) + (
        " …" if len(numbers) > _MOST_NUMBERS else ""
    )
    name = names[numbers[0]] if len(numbers) == 1 else f"{count(len(numbers), 'run')} · {which}"
    return f"<b>{name}</b>" if reference in numbers else name


class RunLines:
    """Runs for hover labels, a line each: number, verdict, path; of many the first, and how many they are."""

    def __init__(self, comparison: Compared) -> None:
        about = comparison.runs[["run", "verdict", "path"]].itertuples(index=False)
        self._lines = [
            f"run {number_of(run)}{' (reference)' if run == comparison.reference else ''}: {verdict} · {label(path, 72)}"
            for run, verdict, path in about
        ]

    def of(self, runs: Iterable[int]) -> str:
        """These runs, by their places."""
        chosen = sorted(runs)
        more = [f"… {count(len(chosen), 'run')} in all"] if len(chosen) > _MOST_NAMED else []
        return "<br>".join([*(self._lines[run] for run in chosen[:_MOST_NAMED]), *more])


LEGEND_BELOW: Final = {"x": 0, "xanchor": "left", "y": 0.01, "yanchor": "bottom", "yref": "container"}
"""Beside a title there is no room for all verdicts."""
