"""What runs come to: the verdict, the runs one by one, and the aspects in which they agree or differ.

Takes a `Compared`, gives plain values.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypedDict

import pandas as pd

from recexplore.comparison.aspects import LEVELS
from recexplore.comparison.comparison import VERDICTS, Comparison
from recexplore.model.plain_values import plain
from recexplore.views.explorer.comparing.comparisons import Compared
from recexplore.views.explorer.comparing.texts import TextPlaceView
from recexplore.views.text.safe_text import without_lone_surrogates
from recexplore.views.text.test_names import test_name

__all__ = ["AspectView", "ComparisonView", "LevelView", "PartingView", "RunView", "VerdictView", "comparison_view"]

_LONGEST: Final = 2_000


class VerdictView(TypedDict):
    """A verdict by its name, and what it means."""

    name: str
    meaning: str


class LevelView(TypedDict):
    """A level, how many classes of equal runs it has, and which share of all pairs of runs agrees in it."""

    name: str
    n_classes: int
    stability: float


class PartingView(TypedDict):
    """Where a run first parts from the reference: in which text, after how many characters, and what both say there."""

    text: str
    char: int
    says: str
    reference_says: str


class RunView(TypedDict):
    """A run; ``classes`` are by level: runs with equal numbers are equal in it and all above it, the reference has 0."""

    id: str
    path: str
    name: str
    test: str
    model: str
    verdict: str
    classes: list[int]
    finish: str
    broken: str | None
    chunks: int
    tokens: int | None
    parting: PartingView | None


class AspectView(TypedDict):
    """An aspect in which runs differ, and which runs share a value, the most frequent value first."""

    title: str
    level: str
    values: list[list[int]]


class ComparisonView(TypedDict):
    """What runs come to.

    ``sentences`` are the verdict in words, the runs first; ``verdicts`` are all there can be, the worst first; ``alike`` the
    titles of the aspects in which all agree; ``swapped`` says which choices were matched under another number.
    """

    title: str
    sentences: list[str]
    verdict: str
    verdicts: list[VerdictView]
    levels: list[LevelView]
    left_out: list[str]
    is_one_request: bool
    reference: int
    runs: list[RunView]
    aspects: list[AspectView]
    alike: list[str]
    swapped: list[str]
    texts: list[TextPlaceView]


def comparison_view(compared: Compared) -> ComparisonView:
    """What the page is told first of a comparison."""
    comparison = compared.comparison
    aspects, places = comparison.aspects, compared.places
    return {
        "title": _title(comparison),
        "sentences": [_text(each) for each in comparison.sentences],
        "verdict": comparison.verdict,
        "verdicts": [{"name": name, "meaning": meaning} for name, meaning in VERDICTS.items()],
        "levels": [
            {"name": level, "n_classes": int(comparison.runs[level].nunique()), "stability": share}
            for level, share in comparison.stability.items()
        ],
        "left_out": [_text(each) for each in compared.left_out],
        "is_one_request": compared.is_one_request,
        "reference": comparison.reference,
        "runs": _runs(comparison, places),
        "aspects": [
            {"title": title, "level": level, "values": values}
            for title, level, values in aspects.loc[aspects["differs"], ["title", "level", "values"]].itertuples(
                index=False
            )
        ],
        "alike": [
            str(title) for title in aspects.loc[~aspects["differs"] & aspects["level"].isin(LEVELS[:-1]), "title"]
        ],
        "swapped": _swapped(comparison),
        "texts": places,
    }


def _title(comparison: Comparison) -> str:
    facts = comparison.recordings[comparison.reference].facts
    asked = " ".join(filter(None, (plain(facts["method"]), plain(facts["endpoint"]))))
    return _text(" · ".join(filter(None, (plain(facts["model_requested"]), asked or plain(facts["path"])))))


def _runs(comparison: Comparison, places: Sequence[TextPlaceView]) -> list[RunView]:
    partings = _partings(comparison, places)
    tokens = comparison.frames.recordings["total_tokens"].tolist()
    paths = comparison.runs["path"].tolist()
    names, levels = _tellings(paths), [*comparison.stability]
    made: list[RunView] = []
    for row in comparison.runs.to_dict("records"):
        run = int(row["run"])
        made.append(
            {
                "id": row["recording"],
                "path": _text(row["path"]),
                "name": _text(names[run]),
                "test": _text(" ".join(filter(None, test_name(str(plain(row["test_id"]) or ""))))),
                "model": _text(row["model"]),
                "verdict": row["verdict"],
                "classes": [int(row[level]) for level in levels],
                "finish": _text(row["finish"]),
                "broken": _text(row["broken"]) or None,
                "chunks": int(row["n_chunks"]),
                "tokens": None if pd.isna(tokens[run]) else int(tokens[run]),
                "parting": partings.get(run),
            }
        )
    return made


def _partings(comparison: Comparison, places: Sequence[TextPlaceView]) -> dict[int, PartingView]:
    """Where each run first parts from the reference, in the first of its texts that do."""
    order = {(each["choice"], each["kind"], each["tool"]): number for number, each in enumerate(places)}

    def place_of(row: Mapping[Any, Any]) -> int:
        return order[int(row["choice"]), row["kind"], plain(row["tool_index"])]

    found: dict[int, PartingView] = {}
    for row in sorted(comparison.divergences.to_dict("records"), key=place_of):
        found.setdefault(
            int(row["run"]),
            {
                "text": places[place_of(row)]["label"],
                "char": int(row["char"]),
                "says": _text(row["says"]),
                "reference_says": _text(row["reference_says"]),
            },
        )
    return found


def _tellings(paths: Sequence[str]) -> list[str]:
    """What tells each path from the others: without the folders that all are in."""
    folders = [os.path.dirname(path) for path in paths]
    shared = os.path.commonpath(folders) if len({folder.startswith("/") for folder in folders}) == 1 else ""
    return [path.removeprefix(f"{shared}/") if shared else path for path in paths]


def _swapped(comparison: Comparison) -> list[str]:
    choices = comparison.choices[comparison.choices["choice"] != comparison.choices["own_choice"]]
    return [
        f"choice {own} of run {run} is the reference's choice {choice}"
        for run, choice, own in choices[["run", "choice", "own_choice"]].itertuples(index=False)
    ]


def _text(value: Any) -> str:
    text = without_lone_surrogates(str(plain(value) or ""))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
