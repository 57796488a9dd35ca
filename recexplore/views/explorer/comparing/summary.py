"""What runs come to: the verdict, the runs one by one, and the aspects in which they agree or differ.

Takes a `Compared`, gives plain values.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypedDict

import pandas as pd

from recexplore.comparison.comparison import Comparison
from recexplore.comparison.levels import COMPARED, LEVEL_MEANINGS, LEVELS, VERDICTS
from recexplore.comparison.runs import request_title
from recexplore.comparison.stalls import stalls
from recexplore.comparison.wording import RESPELLED
from recexplore.model.plain_values import plain
from recexplore.views.explorer.comparing.comparisons import Compared
from recexplore.views.explorer.comparing.texts import TextPlaceView, own_choices_of
from recexplore.views.text.safe_text import without_lone_surrogates
from recexplore.views.text.test_names import test_name

__all__ = ["AspectView", "ComparisonView", "LevelView", "PartingView", "RunView", "VerdictView", "comparison_view"]

_LONGEST: Final = 2_000


class VerdictView(TypedDict):
    """A verdict by its name, and what it means."""

    name: str
    meaning: str


class LevelView(TypedDict):
    """A level, what belongs to it, how many classes of equal runs it has, and which share of all pairs agrees in it."""

    name: str
    meaning: str
    n_classes: int
    stability: float


class PartingView(TypedDict):
    """Where a run first parts from the reference: in which text, after how many characters, and what both say there."""

    text: str
    char: int
    says: str
    reference_says: str


class RunView(TypedDict):
    """A run; ``classes`` are by level: runs with equal numbers are equal in it and all above it, the reference has 0.

    ``matched`` are its choices that are another choice of the reference: the run's number and the reference's.
    ``has_usage`` says whether a usage report came; ``other_spelling`` what differs, where the words are other ones and mean
    the same; ``stalls`` are sentences: no run differs by them.
    """

    id: str
    path: str
    name: str
    test: str
    model: str
    verdict: str
    classes: list[int]
    matched: list[tuple[int, int]]
    finish: str
    broken: str | None
    chunks: int
    tokens: int | None
    has_usage: bool
    parting: PartingView | None
    other_spelling: str | None
    stalls: list[str]


class AspectView(TypedDict):
    """An aspect in which runs differ, and which runs share a value, the most frequent value first."""

    title: str
    level: str
    values: list[list[int]]


class ComparisonView(TypedDict):
    """What runs come to.

    ``sentences`` are the verdict in words, the runs first; ``verdicts`` are all there can be, the worst first; ``alike`` the
    titles of the aspects in which all agree.
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
    texts: list[TextPlaceView]


def comparison_view(compared: Compared) -> ComparisonView:
    """What the page is told first of a comparison."""
    comparison = compared.comparison
    aspects, places = comparison.aspects, compared.places
    return {
        "title": _text(request_title(comparison.recordings[comparison.reference])),
        "sentences": [_text(each) for each in comparison.sentences],
        "verdict": comparison.verdict,
        "verdicts": [{"name": name, "meaning": meaning} for name, meaning in VERDICTS.items()],
        "levels": [
            {
                "name": level,
                "meaning": LEVEL_MEANINGS[level],
                "n_classes": int(comparison.runs[level].nunique()),
                "stability": comparison.stability[level],
            }
            for level in COMPARED
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
        "texts": places,
    }


def _runs(comparison: Comparison, places: Sequence[TextPlaceView]) -> list[RunView]:
    partings, matched = _partings(comparison, places), _matched(comparison)
    tokens = comparison.frames.recordings["total_tokens"].tolist()
    paths = comparison.runs["path"].tolist()
    reported, respelled = set(comparison.frames.usage["run"]), set(comparison.respelled)
    stalled = stalls(comparison)
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
                "matched": matched.get(run, []),
                "finish": _text(row["finish"]),
                "broken": _text(row["broken"]) or None,
                "chunks": int(row["n_chunks"]),
                "tokens": None if pd.isna(tokens[run]) else int(tokens[run]),
                "has_usage": run in reported,
                "parting": partings.get(run),
                "other_spelling": RESPELLED if run in respelled else None,
                "stalls": [words for stalling, words in stalled if stalling == run],
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


def _matched(comparison: Comparison) -> dict[int, list[tuple[int, int]]]:
    """By run its choices that are another choice of the reference: its own number and the reference's."""
    matched: dict[int, list[tuple[int, int]]] = {}
    for (run, choice), own in sorted(own_choices_of(comparison).items()):
        if own != choice:
            matched.setdefault(run, []).append((own, choice))
    return matched


def _text(value: Any) -> str:
    text = without_lone_surrogates(str(plain(value) or ""))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
