"""The texts of some runs on one axis, and the pieces in which they came.

Takes a `Comparison` and a few of its runs, gives facts as plain values and columns as buffers, little-endian. Texts of one
place stand behind one another on the axis as they do in an answer; lengths are counted as JavaScript counts (UTF-16 units),
positions of the axis in characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple, TypedDict

import numpy as np
import pandas as pd

from recexplore.comparison.alignment import Alignment, aligned
from recexplore.comparison.answer_texts import NO_PIECES, TextPieces, TextPlace, pieces_of, texts_of
from recexplore.comparison.comparison import Comparison
from recexplore.comparison.run_frames import RunFrames
from recexplore.model.plain_values import plain
from recexplore.views.explorer.stream_view import ColumnType
from recexplore.views.explorer.vocabulary import legend_code
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["AlignedTexts", "TextPart", "TextPlaceView", "TextSection", "aligned_texts", "own_choices_of", "text_places"]

_BEFORE: Final = ("reasoning",)
"""Comes before what is said, whatever the order of the columns."""
_COLUMNS: Final = ("length", "chunk", "left", "right", "position")


class TextPlaceView(TypedDict):
    """A text that runs have: of a choice, of a kind, of tool arguments also of which call; it has ``n_values``."""

    choice: int
    kind: str
    tool: int | None
    label: str
    n_values: int


class TextPart(TypedDict):
    """The text of one run in a section: its tool's name, how many pieces and UTF-16 units, and the stretches (start and
    end in these) that are not as in the first run, of the first run what any other has not. ``own_choice`` is the number
    that the run gave the choice, None where it has none of it."""

    own_choice: int | None
    tool_name: str
    n_pieces: int
    n_units: int
    differing: list[tuple[int, int]]


class TextSection(TextPlaceView):
    """A text of all shown runs, a part each; ``legend`` is what it is drawn as, ``start`` and ``end`` are on the axis."""

    legend: int
    start: int
    end: int
    parts: list[TextPart]


class AlignedTexts(TypedDict):
    """The texts of some runs; ``columns`` are pairs of name and type, in the order of the buffers."""

    runs: list[int]
    sections: list[TextSection]
    columns: list[tuple[str, ColumnType]]


def text_places(comparison: Comparison) -> list[TextPlaceView]:
    """The texts that any run has, as they stand in an answer: choice by choice, reasoning first, tool calls last."""
    places = _in_order(comparison.places)
    several = len({place.choice for place in places}) > 1
    return [
        {
            "choice": place.choice,
            "kind": place.kind,
            "tool": place.tool_index,
            "label": _label(place, several),
            "n_values": len(set(comparison.texts(*place))),
        }
        for place in places
    ]


def aligned_texts(
    comparison: Comparison, places: Sequence[TextPlaceView], runs: Sequence[int]
) -> tuple[AlignedTexts, list[bytes]]:
    """Those texts that some runs have; the first run is what the others are aligned with.

    Returns
    -------
    AlignedTexts
    list of bytes
        Section by section and run by run: of pieces ``length`` (UTF-16 units), ``chunk``, ``left`` and ``right`` (on the
        axis); of units ``position`` (on the axis); ``text``.

    Raises
    ------
    IndexError
        There is no such run.
    """
    for run in runs:
        if not 0 <= run < len(comparison):
            raise IndexError(f"there is no run {run}: there are {len(comparison)}")
    frames = _frames_of(comparison, runs)
    names, own_choices = _tool_names(frames), own_choices_of(comparison)
    sections: list[TextSection] = []
    columns: dict[str, list[np.ndarray]] = {name: [np.empty(0)] for name in _COLUMNS}
    texts: list[str] = []
    for view in places:
        place = TextPlace(view["choice"], view["kind"], view["tool"])
        said, cut = texts_of(frames, place), pieces_of(frames, place)
        whole = [said.get(run, "") for run in runs]
        if not any(whole):
            continue
        start = sections[-1]["end"] if sections else 0
        alignment = aligned(whole)
        parts = [
            _Part.of(alignment, number, text, cut.get(run, NO_PIECES), start)
            for number, (run, text) in enumerate(zip(runs, whole, strict=True))
        ]
        for part in parts:
            for name in _COLUMNS:
                columns[name].append(getattr(part, name))
        texts += whole
        sections.append(
            {
                **view,
                "legend": legend_code(place.kind),
                "start": start,
                "end": start + alignment.width,
                "parts": [
                    {
                        "own_choice": own_choices.get((run, place.choice)),
                        "tool_name": names.get((run, place.choice, place.tool_index), ""),
                        "n_pieces": len(part.length),
                        "n_units": len(part.position),
                        "differing": part.differing,
                    }
                    for run, part in zip(runs, parts, strict=True)
                ],
            }
        )
    answer: AlignedTexts = {
        "runs": list(runs),
        "sections": sections,
        "columns": [*((name, "int32") for name in _COLUMNS), ("text", "utf8")],
    }
    buffers = [np.concatenate(columns[name]).astype("<i4").tobytes() for name in _COLUMNS]
    return answer, [*buffers, "".join(texts).encode()]


class _Part(NamedTuple):
    """The columns of one run's text."""

    length: np.ndarray
    chunk: np.ndarray
    left: np.ndarray
    right: np.ndarray
    position: np.ndarray
    differing: list[tuple[int, int]]

    @classmethod
    def of(cls, alignment: Alignment, number: int, text: str, pieces: TextPieces, start: int) -> _Part:
        units = _units(text)
        ends = np.append(0, np.cumsum(units))
        # What is assembled may be shorter than its pieces: a text is what the frames say it is.
        first, behind = (np.minimum(each, len(text)) for each in (pieces.starts, pieces.ends))
        left, right = alignment.extent(number, first, behind)
        return cls(
            length=ends[behind] - ends[first],
            chunk=pieces.chunks,
            left=start + left,
            right=start + right,
            position=start + np.repeat(alignment.positions[number], units),
            differing=[(int(ends[one]), int(ends[other])) for one, other in alignment.differing[number]],
        )


def own_choices_of(comparison: Comparison) -> dict[tuple[int, int], int]:
    """By run and the reference's number of a choice the number that the run gave it."""
    choices = comparison.choices[["run", "choice", "own_choice"]].itertuples(index=False)
    return {(int(run), int(choice)): int(own) for run, choice, own in choices}


def _frames_of(comparison: Comparison, runs: Sequence[int]) -> RunFrames:
    """The frames that texts are made of, of these runs alone."""
    frames = comparison.frames
    mine = {name: getattr(frames, name) for name in ("events", "choices", "tool_calls")}
    return replace(frames, **{name: frame[frame["run"].isin(runs)] for name, frame in mine.items()})


def _in_order(places: Sequence[TextPlace]) -> list[TextPlace]:
    return sorted(places, key=lambda place: (place.choice, place.kind not in _BEFORE))


def _label(place: TextPlace, several: bool) -> str:
    of_choice = f"choice {place.choice} · " if several else ""
    return f"{of_choice}{place.kind.replace('_', ' ')}{'' if place.tool_index is None else f' {place.tool_index}'}"


def _tool_names(frames: RunFrames) -> dict[tuple[int, int, int | None], str]:
    calls = frames.tool_calls[["run", "choice", "tool_index", "name"]].itertuples(index=False)
    return {
        (int(run), int(choice), int(tool)): without_lone_surrogates(str(plain(name) or ""))
        for run, choice, tool, name in calls
        if not pd.isna(choice) and not pd.isna(tool)
    }


def _units(text: str) -> np.ndarray:
    """How many UTF-16 units each character takes."""
    return np.where(np.frombuffer(text.encode("utf-32-le"), "<u4") > 0xFFFF, 2, 1)
