"""A table of recordings in a terminal, each with a tiny picture of its interleaving.

Takes a `Corpus`, gives a rich renderable. The test comes first and stays readable: other columns give way to it, the least
important first. Recorded text is made safe to show, so that neither markup nor escape sequences reach the terminal.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from typing import Any, Final

import numpy as np
import pandas as pd
from rich.console import Group, RenderableType
from rich.text import Text

from recexplore.analysis import interleaving
from recexplore.corpus import Corpus
from recexplore.model.counts import count
from recexplore.model.plain_values import plain_column
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
_MISSING: Final[Cell] = (("–", _MUTED),)
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

_RECORDED: Final = (
    "recording", "path", "test_id", "provider", "n_choices", "n_chunks", "duration_s", "prompt_tokens", "completion_tokens",
    "total_tokens", "bytes", "error",
)  # fmt: skip
_ASKED_FOR: Final = ("n_runs", "recorded")
"""Facts that are found out only where they are sorted by."""

Facts = Mapping[str, Sequence[Any]]
"""What is known of the recordings, a value a row."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what ``--sort`` calls it, its heading, its importance, what makes a cell of which facts, and whether it is a
    number.

    Those that are shown only where they are sorted by have the rank None.
    """

    name: str
    heading: str
    rank: int | None
    cell: Callable[..., Cell]
    of: tuple[str, ...]
    is_number: bool = False

    def cells(self, facts: Facts) -> list[Cell]:
        """A cell a row; of what thousands of rows say, little is different."""
        return list(map(cache(self.cell), *(facts[name] for name in self.of)))


def _text(value: str | None, style: str = "") -> Cell:
    return ((_short(value), style),) if value and not value.isspace() else _MISSING


@lru_cache(maxsize=4_096)
def _short(value: str) -> str:
    """The text as it is shown: models and tests stand in many rows."""
    return one_line(value[: 4 * _WIDEST])


def _number(value: int | None) -> Cell:
    return _MISSING if value is None else ((f"{value:,}", ""),)


def _seconds(value: float | None) -> Cell:
    return _MISSING if value is None else ((f"{value:,.2f} s", ""),)


def _moment(value: str | None) -> Cell:
    """A time in ISO 8601, to the second."""
    return _MISSING if value is None else ((value[:19].replace("T", " "), ""),)


def _model(model: str | None, asked: str, test: str | None) -> Cell:
    """The model; in its place what was asked instead, unless that stands in the place of the test already."""
    return _text(model) if model else _text(asked if test else None, _MUTED)


def _test(test: str | None, path: str, asked: str, has_model: bool = True) -> Cell:
    """The test's function and, apart, its parameters; where there is no test, what else tells the recording apart.

    Without a column of models, what is no answer of a model says so here.
    """
    file = path.rpartition("/")[2]
    if not test:
        return (*_text(asked), ("  ", ""), *_text(file, _MUTED)) if asked else _text(file)
    function, parameters = test_name(test[: 4 * _WIDEST])
    said = (("  ", ""), *_text(asked, _MUTED), ("  ", "")) if asked and not has_model else ()
    return (*_text(function), *said, *(_text(f"[{parameters}]", _MUTED) if parameters else ()))


def _findings(counts: Sequence[int]) -> Cell:
    """How many of each severity, ``E2 W1``; nothing where nothing was found."""
    said = [(f"{name[0].upper()}{n:,}", STYLES[name]) for name, n in zip(SEVERITIES, counts, strict=True) if n]
    return tuple(piece for each in said for piece in ((" ", ""), each))[1:]


COLUMNS: Final = (
    Column("test", "test", 0, _test, ("test_id", "path", "asked")),
    Column("model", "model", 4, _model, ("model", "asked", "test_id")),
    Column("provider", "provider", 8, _text, ("provider",)),
    Column("findings", "findings", _FINDINGS, _findings, ("n_findings",)),
    Column("choices", "choices", 7, _number, ("n_choices",), is_number=True),
    Column("chunks", "chunks", 3, _number, ("n_chunks",), is_number=True),
    Column("tokens", "tokens", 5, _number, ("total_tokens",), is_number=True),
    Column("prompt", "prompt", None, _number, ("prompt_tokens",), is_number=True),
    Column("completion", "completion", None, _number, ("completion_tokens",), is_number=True),
    Column("duration", "duration", None, _seconds, ("duration_s",), is_number=True),
    Column("runs", "runs", None, _number, ("n_runs",), is_number=True),
    Column("recorded", "recorded (UTC)", None, _moment, ("recorded",), is_number=True),
    Column("bytes", "bytes", None, _number, ("bytes",), is_number=True),
    Column("id", "id", 1, partial(_text, style="bold"), ("recording",)),
    Column(_STREAM, "stream", 6, lambda _: (), ("recording",)),
    Column("path", "path", None, _text, ("path",)),
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
    about = corpus.recordings if about is None else about
    facts = _facts(about, findings)
    shown = [column for column in COLUMNS if _is_shown(column, sort, findings is not None)]
    cells = {column.name: column.cells(facts) for column in shown}
    headings = {column.name: f"{column.heading}{_arrow(descending) if column.name == sort else ''}" for column in shown}
    needs = [_need(column, cells[column.name], headings[column.name], sort) for column in shown]
    given = widths(_with_readable_tests(needs, width), width)
    if "model" not in given:
        cells["test"] = list(map(partial(_test, has_model=False), *(facts[name] for name in COLUMNS[0].of)))
    drawn = [
        Drawn(given[column.name], headings[column.name], column.is_number, cells[column.name])
        for column in shown
        if column.name in given and column.name != _STREAM
    ]
    pictures = Pictures(_STREAM, _pictures(corpus, facts, given[_STREAM])) if _STREAM in given else None
    parts: list[RenderableType] = []
    if len(about):
        parts = [Table(drawn, pictures, is_ruled=width is not None), *_legend(given), Text()]
    parts.append(Text(_summary(corpus, facts, is_judged=findings is not None), style=_MUTED))
    return Group(*parts, *problem_lines(corpus.unread), *skipped_lines(corpus))


def _facts(about: pd.DataFrame, findings: pd.DataFrame | None) -> Facts:
    """What was recorded, the model that answered, or else method and path of what was asked, and how many findings of each
    severity there are."""
    facts: dict[str, Sequence[Any]] = {name: plain_column(about[name]) for name in _RECORDED}
    served, requested = (plain_column(about[name]) for name in ("model_served", "model_requested"))
    facts["model"] = [one or other for one, other in zip(served, requested, strict=True)]
    asked = zip(facts["model"], *(plain_column(about[name]) for name in ("method", "endpoint", "url")), strict=True)
    facts["asked"] = [
        "" if model else " ".join(filter(None, (method, endpoint or url))) for model, method, endpoint, url in asked
    ]
    for name in _ASKED_FOR:
        facts[name] = plain_column(about[name]) if name in about.columns else [None] * len(about)
    counts = Counter(() if findings is None else zip(findings["recording"], findings["severity"], strict=True))
    facts["n_findings"] = [tuple([counts[name, each] for each in SEVERITIES]) for name in facts["recording"]]
    return facts


def _is_shown(column: Column, sort: str, is_judged: bool) -> bool:
    """Whether there may be room for a column: what is sorted by has some."""
    return (column.rank is not None or column.name == sort) and (is_judged or column.name != "findings")


def _arrow(descending: bool) -> str:
    return " ↓" if descending else " ↑"


def _need(column: Column, cells: Sequence[Cell], heading: str, sort: str) -> Need:
    """How much room a column needs: whole for a number or an id, step by step for what may be cut."""
    different = {*cells}
    widest = max(width_of(((heading, ""),)), *(min(width_of(cell), _WIDEST) for cell in different), 0)
    steps: tuple[int, ...] = (widest,)
    if column.name == "test":
        # Behind a name stands the sign that its parameters are cut.
        names = max((min(width_of(cell[:1]) + (len(cell) > 1), _WIDEST) for cell in different), default=0)
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


def _pictures(corpus: Corpus, facts: Facts, width: int) -> list[list[Cell]]:
    """The lines of each recording's picture, and below it an error where there is one."""
    wanted = {*facts["recording"]}
    drawn: dict[str, list[str]] = defaultdict(list)
    for part in corpus.parts():
        events = part.events[["recording", "chunk", "choice", "kind"]]
        if len(wanted) < len(corpus):
            events = events[events["recording"].isin(wanted)]
        # Rows of a recording stand together; numbers are grouped several times as quickly as ids.
        begins = events["recording"].ne(events["recording"].shift()).to_numpy(dtype=bool, na_value=True)
        ids = events["recording"][begins].tolist()
        thumbnails = interleaving.thumbnails(events.assign(recording=np.cumsum(begins) - 1), width)
        for number, letters in zip(thumbnails["recording"], thumbnails["lane"], strict=True):
            drawn[ids[number]].append(letters)
    return [
        [*lanes(drawn.get(name, ())), *([cut(error_picture(error), width)] if error else [])]
        for name, error in zip(facts["recording"], facts["error"], strict=True)
    ]


def _summary(corpus: Corpus, facts: Facts, is_judged: bool) -> str:
    """How many are listed, and what was found in them."""
    n, n_all = len(facts["recording"]), len(corpus)
    said = f"{n:,} of {count(n_all, 'recording')}" if n < n_all else count(n_all, "recording")
    if not is_judged or not n:
        return said
    totals = map(sum, zip(*facts["n_findings"], strict=True))
    found = ", ".join(count(total, name) for total, name in zip(totals, SEVERITIES, strict=True) if total)
    return f"{said}: {found or 'nothing found'}"


def _legend(given: Mapping[str, int]) -> Iterator[Text]:
    """What is not said by a heading, of the columns that are shown."""
    told: dict[str, list[Cell]] = {
        _STREAM: legend(),
        "findings": [
            (("E", STYLES["error"]), (" error  ", _MUTED), ("W", STYLES["warning"]), (" warning  ", _MUTED), *_NOTE)
        ],
        "tokens": [(("tokens: prompt and completion as the provider reported them, – not reported", _MUTED),)],
    }
    for name, entries in told.items():
        if name in given:
            line = Text("\n" if name == next(each for each in told if each in given) else "")
            for number, entry in enumerate(entries):
                line.append("   " if number else "").append_text(Text.assemble(*entry))
            yield line
