"""The texts of some runs on one axis, and the pieces in which they came.

Takes a `Comparison` and a few of its runs, gives facts as plain values and columns as buffers, little-endian. Texts of one
place stand behind one another on the axis as they do in an answer; lengths are counted as JavaScript counts (UTF-16 units),
positions of the axis in characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final, NamedTuple, TypedDict

import numpy as np
import pandas as pd

from recexplore.comparison.alignment import aligned
from recexplore.comparison.comparison import Comparison
from recexplore.model.kinds import CHOICE_TEXTS, KINDS
from recexplore.model.plain_values import plain
from recexplore.views.explorer.stream_view import ColumnType
from recexplore.views.explorer.vocabulary import legend_code
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["AlignedTexts", "RunTexts", "TextPart", "TextPlaceView", "TextSection"]

_FIRST: Final = "reasoning"
"""Comes before what is said, whatever the order of the columns."""


class TextPlaceView(TypedDict):
    """A text that runs have: of a choice, of a kind, of tool arguments also of which call; ``n_values`` differ in it."""

    choice: int
    kind: str
    tool: int | None
    label: str
    n_values: int


class TextPart(TypedDict):
    """The text of one run in a section: its tool's name, how many pieces and UTF-16 units, and the stretches (start and
    end in these) that are not as in the first run, of the first run what any other has not."""

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


class _Key(NamedTuple):
    choice: int
    kind: str
    tool: int


class RunTexts:
    """The texts of all runs of a comparison."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison

    @cached_property
    def pieces(self) -> pd.DataFrame:
        """The events that texts are made of, in wire order: ``run``, ``choice``, ``kind``, ``tool_index`` (-1 of what is no
        tool's), ``chunk``, ``text``, ``logprob``."""
        events = self.comparison.frames.events
        columns = ["run", "choice", "kind", "tool_index", "chunk", "text", "logprob"]
        mine = events.loc[events["start"].notna() & events["choice"].notna(), columns]
        whole = {"choice": mine["choice"].astype("int64"), "tool_index": mine["tool_index"].fillna(-1).astype("int64")}
        return mine.assign(text=mine["text"].fillna(""), kind=mine["kind"].astype("str"), **whole)

    @cached_property
    def by_place(self) -> dict[_Key, dict[int, str]]:
        """Every text by its place and its run; places in the order in which they are read."""
        found: dict[_Key, dict[int, str]] = {}
        texts = self.pieces.groupby(["choice", "kind", "tool_index", "run"], sort=False)["text"].agg("".join)
        for (choice, kind, tool, run), text in texts.items():
            found.setdefault(_Key(int(choice), str(kind), int(tool)), {})[int(run)] = text
        return dict(sorted(found.items(), key=lambda each: _order(each[0])))

    @cached_property
    def places(self) -> list[TextPlaceView]:
        """The texts that any run has, as they stand in an answer: choice by choice, reasoning first, tool calls last."""
        several = len({key.choice for key in self.by_place}) > 1
        n = len(self.comparison)
        return [
            {
                "choice": key.choice,
                "kind": key.kind,
                "tool": None if key.tool < 0 else key.tool,
                "label": _label(key, several),
                "n_values": len({*texts.values()}) + (len(texts) < n),
            }
            for key, texts in self.by_place.items()
        ]

    def texts(self, choice: int, kind: str, tool: int | None) -> list[str]:
        """A text of every run, "" where it has none."""
        said = self.by_place.get(_Key(choice, kind, -1 if tool is None else tool), {})
        return [said.get(run, "") for run in range(len(self.comparison))]

    @cached_property
    def whole(self) -> list[str]:
        """All that each run says."""
        said: list[list[str]] = [[] for _ in range(len(self.comparison))]
        for texts in self.by_place.values():
            for run, text in texts.items():
                said[run].append(text)
        return ["\n".join(each) for each in said]

    def aligned(self, runs: Sequence[int]) -> tuple[AlignedTexts, list[bytes]]:
        """The texts of some runs, the first of which is what the others are aligned with.

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
            if not 0 <= run < len(self.comparison):
                raise IndexError(f"there is no run {run}: there are {len(self.comparison)}")
        pieces = self.pieces[self.pieces["run"].isin(runs)]
        names = _tool_names(self.comparison)
        mine: dict[_Key, dict[int, pd.DataFrame]] = {}
        for (choice, kind, tool, run), rows in pieces.groupby(["choice", "kind", "tool_index", "run"], sort=False):
            mine.setdefault(_Key(int(choice), str(kind), int(tool)), {})[int(run)] = rows
        sections: list[TextSection] = []
        columns: dict[str, list[np.ndarray]] = {name: [] for name in ("length", "chunk", "left", "right", "position")}
        texts: list[str] = []
        end = 0
        for place, key in zip(self.places, self.by_place, strict=True):
            if key not in mine:
                continue
            said = [mine[key].get(run) for run in runs]
            whole = ["" if rows is None else "".join(rows["text"]) for rows in said]
            alignment = aligned(whole)
            parts: list[TextPart] = []
            for number, (run, rows, text) in enumerate(zip(runs, said, whole, strict=True)):
                units = _units(text)
                ends = np.append(0, np.cumsum(units))
                lengths = np.fromiter(map(len, [] if rows is None else rows["text"]), np.int64)
                behind = np.cumsum(lengths)
                left, right = alignment.extent(number, behind - lengths, behind)
                columns["length"].append(ends[behind] - ends[behind - lengths])
                columns["chunk"].append(np.empty(0) if rows is None else rows["chunk"].to_numpy())
                columns["left"].append(end + left)
                columns["right"].append(end + right)
                columns["position"].append(end + np.repeat(alignment.positions[number], units))
                texts.append(text)
                parts.append(
                    {
                        "tool_name": names.get((run, key.choice, key.tool), ""),
                        "n_pieces": len(lengths),
                        "n_units": int(ends[-1]),
                        "differing": [(int(ends[one]), int(ends[other])) for one, other in alignment.differing[number]],
                    }
                )
            section: TextSection = {
                **place,
                "legend": legend_code(key.kind),
                "start": end,
                "end": end + alignment.width,
                "parts": parts,
            }
            sections.append(section)
            end += alignment.width
        buffers = [np.concatenate([np.empty(0), *parts]).astype("<i4").tobytes() for parts in columns.values()]
        view: AlignedTexts = {
            "runs": list(runs),
            "sections": sections,
            "columns": [*((name, "int32") for name in columns), ("text", "utf8")],
        }
        return view, [*buffers, "".join(texts).encode()]


def _order(key: _Key) -> tuple[int, int, int, int]:
    rank = -1 if key.kind == _FIRST else CHOICE_TEXTS.index(key.kind) if key.kind in CHOICE_TEXTS else len(CHOICE_TEXTS)
    return key.choice, rank, key.tool, KINDS.index(key.kind)


def _label(key: _Key, several: bool) -> str:
    of_choice = f"choice {key.choice} · " if several else ""
    return f"{of_choice}{key.kind.replace('_', ' ')}{'' if key.tool < 0 else f' {key.tool}'}"


def _tool_names(comparison: Comparison) -> dict[tuple[int, int, int], str]:
    calls = comparison.frames.tool_calls[["run", "choice", "tool_index", "name"]].itertuples(index=False)
    return {
        (int(run), int(choice), int(tool)): without_lone_surrogates(str(plain(name) or ""))
        for run, choice, tool, name in calls
        if not pd.isna(choice) and not pd.isna(tool)
    }


def _units(text: str) -> np.ndarray:
    """How many UTF-16 units each character takes."""
    codes = np.frombuffer(text.encode("utf-32-le"), "<u4")
    return np.where(codes > 0xFFFF, 2, 1)
