"""A table of recordings in a terminal, each with a tiny picture of its interleaving.

Takes a `Corpus`, gives a rich renderable. The test comes first and stays readable: other columns give way to it, the least
important first. Recorded text is made safe to show, so that neither markup nor escape sequences reach the terminal.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd
from rich.console import Group, RenderableType
from rich.text import Text

from recexplore.analysis import interleaving
from recexplore.corpus import Corpus
from recexplore.model.counts import count
from recexplore.model.plain_values import records
from recexplore.model.severities import SEVERITIES
from recexplore.views.terminal.cells import Cell, cut, width_of
from recexplore.views.terminal.columns import GAP, Need, widths
from recexplore.views.terminal.pictures import error_picture, lanes, legend
from recexplore.views.terminal.problems import problem_lines, skipped_lines
from recexplore.views.terminal.table import Drawn, Pictures, Table
from recexplore.views.text.safe_text import one_line
from recexplore.views.text.severity_styles import STYLES
from recexplore.views.text.test_names import test_name

__all__ = ["listing"]

_STREAM: Final = "stream"
_MUTED: Final = "bright_black"
_MISSING: Final[Cell] = [("–", _MUTED)]
_WIDEST: Final = 240
"""No column is wider, whatever was recorded, for every row is as wide as the widest."""
_READABLE: Final = 40
"""A test's name as wide as most are: other columns give way to it."""
_NAME: Final = 60
_CUT: Final = {"model": (12, 28), "path": (_NAME,)}
"""Columns that may be cut, and the widths with which they say something."""
_PICTURE: Final = (20, 44)
_LEAST: Final = 12
_SORTED, _FINDINGS = 1, 2
"""How important a column is that is sorted by, and the findings."""
_NOTE: Final[Cell] = (("N", STYLES["note"]), (" note: `recexplore check` says which", _MUTED))

_FACTS: Final = (
    "recording", "path", "test_id", "provider", "method", "url", "endpoint", "model_requested", "model_served", "n_choices",
    "n_chunks", "duration_s", "prompt_tokens", "completion_tokens", "total_tokens", "bytes", "error",
)  # fmt: skip

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what ``--sort`` calls it, its heading, its importance, a row's cell, and whether it is a number.

    Those that are shown only where they are sorted by have the rank None.
    """

    name: str
    heading: str
    rank: int | None
    cell: Callable[[Row], Cell]
    is_number: bool = False


def _text(value: Any, style: str = "") -> Cell:
    return [(_short(value), style)] if isinstance(value, str) and value.strip() else _MISSING


@lru_cache(maxsize=4_096)
def _short(value: str) -> str:
    """The text as it is shown: models and tests stand in many rows."""
    return one_line(value[: 4 * _WIDEST])


def _number(value: int | None) -> Cell:
    return _MISSING if value is None else [(f"{value:,}", "")]


def _seconds(value: float | None) -> Cell:
    return _MISSING if value is None else [(f"{value:,.2f} s", "")]


def _moment(value: str | None) -> Cell:
    """A time in ISO 8601, to the second."""
    return _MISSING if value is None else [(value[:19].replace("T", " "), "")]


def _exchange(row: Row) -> str:
    """Method and path of what is no answer of a model."""
    return "" if _model_name(row) else " ".join(each for each in (row["method"], row["endpoint"] or row["url"]) if each)


def _model_name(row: Row) -> str | None:
    name: str | None = row["model_served"] or row["model_requested"]
    return name


def _model(row: Row) -> Cell:
    """The model; in its place what was asked instead, unless that stands in the place of the test already."""
    return _text(_model_name(row)) if _model_name(row) else _text(_exchange(row) if row["test_id"] else None, _MUTED)


def _test(row: Row, has_model: bool = True) -> Cell:
    """The test's function and, apart, its parameters; where there is no test, what else tells the recording apart.

    Without a column of models, what is no answer of a model says so here.
    """
    file, exchange = row["path"].rpartition("/")[2], _exchange(row)
    if not row["test_id"]:
        return [*_text(exchange), ("  ", ""), *_text(file, _MUTED)] if exchange else _text(file)
    function, parameters = test_name(row["test_id"][: 4 * _WIDEST])
    asked = [("  ", ""), *_text(exchange, _MUTED), ("  ", "")] if exchange and not has_model else []
    return [*_text(function), *asked, *(_text(f"[{parameters}]", _MUTED) if parameters else [])]


def _findings(row: Row) -> Cell:
    """How many of each severity, ``E2 W1``; nothing where nothing was found."""
    said = [
        (f"{name[0].upper()}{n:,}", STYLES[name]) for name, n in zip(SEVERITIES, row["n_findings"], strict=True) if n
    ]
    return [piece for each in said for piece in ((" ", ""), each)][1:]


COLUMNS: Final = (
    Column("test", "test", 0, _test),
    Column("model", "model", 4, _model),
    Column("provider", "provider", 8, lambda row: _text(row["provider"])),
    Column("findings", "findings", _FINDINGS, _findings),
    Column("choices", "choices", 7, lambda row: _number(row["n_choices"]), is_number=True),
    Column("chunks", "chunks", 3, lambda row: _number(row["n_chunks"]), is_number=True),
    Column("tokens", "tokens", 5, lambda row: _number(row["total_tokens"]), is_number=True),
    Column("prompt", "prompt", None, lambda row: _number(row["prompt_tokens"]), is_number=True),
    Column("completion", "completion", None, lambda row: _number(row["completion_tokens"]), is_number=True),
    Column("duration", "duration", None, lambda row: _seconds(row["duration_s"]), is_number=True),
    Column("runs", "runs", None, lambda row: _number(row.get("n_runs")), is_number=True),
    Column("recorded", "recorded (UTC)", None, lambda row: _moment(row.get("recorded")), is_number=True),
    Column("bytes", "bytes", None, lambda row: _number(row["bytes"]), is_number=True),
    Column("id", "id", 1, lambda row: _text(row["recording"], "bold")),
    Column(_STREAM, "stream", 6, lambda row: []),
    Column("path", "path", None, lambda row: _text(row["path"])),
)
"""In their order on the page."""


def listing(
    corpus: Corpus,
    width: int | None = 160,
    *,
    about: pd.DataFrame | None = None,
    findings: pd.DataFrame | None = None,
    sort: str = "",
    descending: bool = False,
) -> RenderableType:
    """A table of recordings, each with a picture of its interleaving: a line a choice.

    Parameters
    ----------
    corpus
        Where they are.
    width
        Columns of the terminal. None: any number, for a pipe; nothing is cut then.
    about
        The rows of ``corpus.recordings`` that are listed, in their order; all, if not given. With a column ``n_runs`` the
        listing can say how many runs the request of each has, with ``recorded`` when it was recorded.
    findings
        What was found wrong, counted in a column of its own; without them there is none.
    sort, descending
        By which column the rows are sorted, which stays, and how.
    """
    rows = _rows(corpus.recordings if about is None else about, findings)
    shown = [column for column in COLUMNS if _is_shown(column, sort, findings is not None)]
    cells = {column.name: [column.cell(row) for row in rows] for column in shown}
    headings = {column.name: f"{column.heading}{_arrow(descending) if column.name == sort else ''}" for column in shown}
    needs = [_need(column, cells[column.name], headings[column.name], sort) for column in shown]
    given = widths(_with_readable_tests(needs, width), width)
    if "model" not in given:
        cells["test"] = [_test(row, has_model=False) for row in rows]
    drawn = [
        Drawn(given[column.name], headings[column.name], column.is_number, cells[column.name])
        for column in shown
        if column.name in given and column.name != _STREAM
    ]
    pictures = Pictures(_STREAM, _pictures(corpus, rows, given[_STREAM])) if _STREAM in given else None
    parts: list[RenderableType] = []
    if rows:
        parts = [Table(drawn, pictures, is_ruled=width is not None), *_legend(given), Text()]
    parts.append(Text(_summary(len(rows), len(corpus), findings, rows), style=_MUTED))
    return Group(*parts, *problem_lines(corpus.unread), *skipped_lines(corpus))


def _rows(about: pd.DataFrame, findings: pd.DataFrame | None) -> list[Row]:
    """The facts of each recording, and how many findings of each severity it has."""
    rows = records(about[[*_FACTS, *(name for name in ("n_runs", "recorded") if name in about.columns)]])
    pairs = () if findings is None else zip(findings["recording"], findings["severity"], strict=True)
    counts = Counter(pairs)
    for row in rows:
        row["n_findings"] = tuple(counts[row["recording"], name] for name in SEVERITIES)
    return rows


def _is_shown(column: Column, sort: str, is_judged: bool) -> bool:
    """Whether there may be room for a column: what is sorted by has some."""
    return (column.rank is not None or column.name == sort) and (is_judged or column.name != "findings")


def _arrow(descending: bool) -> str:
    return " ↓" if descending else " ↑"


def _need(column: Column, cells: Sequence[Cell], heading: str, sort: str) -> Need:
    """How much room a column needs: whole for a number or an id, step by step for what may be cut."""
    widest = max(width_of([(heading, "")]), *(min(width_of(cell), _WIDEST) for cell in cells), 0)
    steps: tuple[int, ...] = (widest,)
    if column.name == "test":
        # Behind a name stands the sign that its parameters are cut.
        names = max((min(width_of(cell[:1]) + (len(cell) > 1), _WIDEST) for cell in cells), default=0)
        steps = (min(names, _READABLE), min(names, _NAME), names, widest)
    elif column.name == _STREAM:
        steps = _PICTURE
    elif column.name in _CUT:
        steps = (*(min(widest, step) for step in _CUT[column.name]), widest)
    rank = column.rank if column.rank is not None and column.name != sort else min(column.rank or _SORTED, _SORTED)
    return Need(column.name, rank, steps)


def _with_readable_tests(needs: Sequence[Need], width: int | None) -> list[Need]:
    """The same, the test as wide as it can be read beside what is as important."""
    beside = sum(need.steps[0] + GAP for need in needs if need.name != "test" and need.rank <= _FINDINGS)
    least = _LEAST if width is None else max(width - beside, _LEAST)
    return [
        replace(need, steps=(min(need.steps[0], least), *need.steps[1:])) if need.name == "test" else need
        for need in needs
    ]


def _pictures(corpus: Corpus, rows: Sequence[Row], width: int) -> list[list[Cell]]:
    """The lines of each recording's picture, and below it an error where there is one."""
    wanted = {row["recording"] for row in rows}
    drawn: dict[str, list[str]] = defaultdict(list)
    for part in corpus.parts():
        events = part.events[["recording", "chunk", "choice", "kind"]]
        if len(rows) < len(corpus):
            events = events[events["recording"].isin(wanted)]
        # Rows of a recording stand together; numbers are grouped several times as quickly as ids.
        begins = events["recording"].ne(events["recording"].shift()).to_numpy(dtype=bool, na_value=True)
        ids = events["recording"][begins].tolist()
        thumbnails = interleaving.thumbnails(events.assign(recording=np.cumsum(begins) - 1), width)
        for number, letters in zip(thumbnails["recording"], thumbnails["lane"], strict=True):
            drawn[ids[number]].append(letters)
    return [
        [*lanes(drawn.get(row["recording"], [])), *([cut(error_picture(row["error"]), width)] if row["error"] else [])]
        for row in rows
    ]


def _summary(n: int, n_all: int, findings: pd.DataFrame | None, rows: Sequence[Row]) -> str:
    """How many are listed, and what was found in them."""
    said = f"{n:,} of {count(n_all, 'recording')}" if n < n_all else count(n_all, "recording")
    if findings is None or not rows:
        return said
    totals = [sum(row["n_findings"][at] for row in rows) for at in range(len(SEVERITIES))]
    found = ", ".join(count(total, name) for total, name in zip(totals, SEVERITIES, strict=True) if total)
    return f"{said}: {found or 'nothing found'}"


def _legend(given: Mapping[str, int]) -> Iterator[Text]:
    """What is not said by a heading, of the columns that are shown."""
    told: dict[str, list[Cell]] = {
        _STREAM: legend(),
        "findings": [
            [("E", STYLES["error"]), (" error  ", _MUTED), ("W", STYLES["warning"]), (" warning  ", _MUTED), *_NOTE]
        ],
        "tokens": [[("tokens: prompt and completion as the provider reported them, – not reported", _MUTED)]],
    }
    for name, entries in told.items():
        if name in given:
            line = Text("\n" if name == next(each for each in told if each in given) else "")
            for number, entry in enumerate(entries):
                line.append("   " if number else "").append_text(Text.assemble(*entry))
            yield line
