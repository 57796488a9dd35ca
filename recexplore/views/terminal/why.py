"""Why a recording was not found, and what a collection needs, in a terminal.

Takes a `Why` or the frames of `recexplore.matching.upkeep`, gives rich renderables. Recorded text, paths and names become
``rich.text.Text`` without control characters, so that neither markup nor escape sequences reach the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

import pandas as pd
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from recexplore.matching import Why
from recexplore.matching.difference import KINDS, Difference
from recexplore.matching.reason import Near
from recexplore.model.counts import count
from recexplore.model.credentials import masked_url
from recexplore.views.text.safe_text import one_line

__all__ = ["kept_up", "told"]

_MOST: Final = 12
"""Differences that are shown of many."""
_MOST_LINES: Final = 20
_LEAST_ROOM: Final = 16
_WIDE: Final = 160
"""From how many columns on a line holds a whole hash and a whole test."""
_HASH: Final = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{20,}")
_SAYS_LITTLE: Final = ("value", "method", "url", "endpoint", "tool", "test_id", "ignored", "key_order")
"""Kinds of difference that the two values show by themselves, or that are told elsewhere."""


def told(why: Why) -> RenderableType:
    """The reason, the names that were looked for, the nearest recordings with what differs, and what to do."""
    style = "green" if why.is_found else "yellow" if why.found else "red"
    parts: list[RenderableType] = [Text(f"{'✓' if why.is_found else '✗'} {one_line(why.reason)}", f"bold {style}")]
    parts.extend(Text(one_line(note), "yellow") for note in why.notes)
    facts = _looked_for(why)
    if facts.row_count:
        parts.append(Padding(facts, (1, 0, 0, 0)))
    for rank, near in enumerate(why.nearest, 1):
        parts.extend(_near(rank, near))
    if why.advice:
        parts.append(Text("\nwhat to do  ", "bold").append(one_line(why.advice), "not bold"))
    return Group(*parts)


def _looked_for(why: Why) -> Table:
    """What was asked, the names that it may have, and the file that has one."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bright_black", no_wrap=True)
    facts.add_column(overflow="fold")
    asked = why.request
    place = (
        " of ".join(each for each in asked.tool[::-1] if each)
        or (asked.url and masked_url(asked.url))
        or asked.endpoint
    )
    for name, value in (("asked", place), ("model", asked.model), ("test", asked.test_id)):
        if value:
            facts.add_row(name, Text(one_line(value)))
    names: dict[str, list[str]] = {}
    for generation, digits in why.hashes.items():
        names.setdefault(digits, []).append(generation)
    for number, (digits, generations) in enumerate(names.items()):
        who = "today's recorder" if number == 0 else ", ".join(generations)
        shown = Text(digits, "bold" if number == 0 else "bright_black").append(f"  {who}", "bright_black")
        facts.add_row("looked for" if number == 0 else "in older ones", shown)
    if why.path:
        facts.add_row("file", Text(one_line(why.path)))
    return facts


def _near(rank: int, near: Near) -> Iterator[RenderableType]:
    title = Text(one_line(near.place or near.path), "bold underline")
    title.append(f"  {near.likeness:.0%} alike", "not bold not underline bright_black")
    head = Table.grid(padding=(0, 1))
    head.add_column(style="bold", no_wrap=True)
    head.add_column(overflow="fold")
    head.add_row(f"{rank}.", title)
    yield Padding(head, (1, 0, 0, 0))
    if near.is_named:
        words = near.fit.words if near.fit else "no recorder known here gives it that name"
        yield Text(f"   {words}", "bright_black")
    if not near.mattering:
        yield Text("   the same request", "green")
    for each in near.mattering[:_MOST]:
        yield Padding(_difference(each), (0, 0, 0, 3))
    if len(near.mattering) > _MOST:
        yield Text(f"   … and {len(near.mattering) - _MOST} more", "bright_black")
    if unseen := [each.path for each in near.differences if not each.matters]:
        more = f" and {len(unseen) - _MOST} more" if len(unseen) > _MOST else ""
        yield Text(f"   the hash does not see: {one_line(', '.join(unseen[:_MOST]))}{more}", "bright_black")


def _difference(found: Difference) -> Text:
    """Where, and both values below each other, as a patch shows them."""
    text = Text(one_line(found.path), "cyan")
    if found.at is not None:
        where = " as it is hashed" if found.hashed else ""
        text.append(f"  at character {found.at}{where}", "bright_black")
    if found.kind not in _SAYS_LITTLE:
        text.append(f"  {KINDS[found.kind]}", "bright_black")
    recorded, asked = found.excerpts
    if found.kind not in ("added", "order", "depth"):
        text.append("\n  recorded  ", "bright_black").append(one_line(recorded), "red")
    if found.kind not in ("missing", "order", "depth"):
        text.append("\n  asked     ", "bright_black").append(one_line(asked), "green")
    return text


def kept_up(
    stale: pd.DataFrame,
    duplicates: pd.DataFrame,
    unused: pd.DataFrame | None,
    unknown: pd.DataFrame | None,
    *,
    width: int = 80,
    is_all: bool = False,
) -> RenderableType:
    """What each question found, file by file.

    Parameters
    ----------
    unused, unknown
        None where nobody said what is used.
    width
        How wide a line may be: where it is narrow, hashes in names are shortened and tests go without their file.
    is_all
        All lines, not the first twenty of each question.
    """
    frames = [frame for frame in (stale, duplicates, unused) if frame is not None]
    page = _Page(_common_folder([path for frame in frames for path in frame["path"]]), width, is_all)
    n_groups, n_within = (0, 0) if duplicates.empty else _groups(duplicates)
    parts: list[RenderableType] = [Text(f"in {one_line(page.folder)}\n", "bright_black")] if page.folder else []
    parts.append(_heading(len(stale), "recording", " that today's recorder does not find"))
    parts += page.by_reason(stale)
    parts.append(_heading(n_groups, "request", " recorded several times", "cyan", is_first=False))
    if n_groups:
        said = f"  {len(duplicates)} recordings; {n_within} of the requests twice for one test, or for none"
        parts += [Text(said, "bright_black"), *page.by_request(duplicates)]
    if unused is not None and unknown is not None:
        parts.append(_heading(len(unused), "recording", " not used", is_first=False))
        parts += page.listed(unused)
        parts.append(_heading(len(unknown), "used name", " without a recording", is_first=False))
        parts += page.names(unknown["name"].tolist())
    return Group(*parts)


def _groups(duplicates: pd.DataFrame) -> tuple[int, int]:
    """How many requests were recorded several times, and how many of them within one test."""
    groups = duplicates.drop_duplicates("group")
    return len(groups), int((groups["n_tests"] < groups["n_recordings"]).sum())


def _heading(n: int, noun: str, what: str, style: str = "yellow", is_first: bool = True) -> Text:
    text = f"{count(n, noun)}{what}"
    return Text("" if is_first else "\n").append(text, f"bold {style}" if n else "bold green")


def _common_folder(paths: Sequence[str]) -> str:
    """The folder in which all files are, said once; empty where there is none."""
    folders = [path.rpartition("/")[0].split("/") for path in paths]
    return "/".join(first for first, *_ in takewhile(lambda parts: len(set(parts)) == 1, zip(*folders, strict=False)))


@dataclass(frozen=True, slots=True)
class _Page:
    """How rows become lines: which folder goes without saying, how wide a line may be, whether all are shown."""

    folder: str
    width: int
    is_all: bool

    def by_reason(self, stale: pd.DataFrame) -> list[RenderableType]:
        """Each reason with its files, the commonest first; where not all are shown, each reason has its share."""
        groups = [(why, rows) for why, rows in stale.groupby(stale["why"].fillna("not known why"), sort=False)]
        groups.sort(key=lambda group: -len(group[1]))
        shares = [len(rows) for _, rows in groups]
        if not self.is_all:
            shares = _shared_out(shares, _MOST_LINES - len(groups))
        parts: list[RenderableType] = []
        for (why, rows), share in zip(groups, shares, strict=True):
            parts.append(Padding(Text(f"{len(rows):,} {one_line(str(why))}"), (0, 0, 0, 2), expand=False))
            parts += self._lines(rows.head(share), 4)
        return [*parts, *self._more(len(stale) - sum(shares))]

    def by_request(self, duplicates: pd.DataFrame) -> list[RenderableType]:
        """Each request with the files that have it, as many as there are lines for."""
        parts: list[RenderableType] = []
        left, n_shown = len(duplicates) * 2 if self.is_all else _MOST_LINES, 0
        for _, rows in duplicates.groupby("group", sort=False):
            if left < 2 or (n_shown and len(rows) >= left):
                break
            shown, model, n_tests = rows.head(left - 1), rows["model"].iloc[0], rows["test_id"].nunique()
            said = f"{one_line(model)}: " if isinstance(model, str) else ""
            tests = f" for {count(n_tests, 'test')}" if n_tests else ""
            parts += [Text(f"  {said}{len(rows)} recordings{tests}"), *self._lines(shown, 4)]
            left, n_shown = left - 1 - len(shown), n_shown + len(shown)
        return [*parts, *self._more(len(duplicates) - n_shown)]

    def listed(self, rows: pd.DataFrame) -> list[RenderableType]:
        shown = rows if self.is_all else rows.head(_MOST_LINES)
        return [*self._lines(shown, 2), *self._more(len(rows) - len(shown))]

    def names(self, names: Sequence[str]) -> list[RenderableType]:
        shown = names if self.is_all else names[:_MOST_LINES]
        return [*(Text(f"  {one_line(name)}") for name in shown), *self._more(len(names) - len(shown))]

    def _lines(self, rows: pd.DataFrame, indent: int) -> list[RenderableType]:
        """A line a recording: its file and, where it has one, its test, which is cut in its middle: parameters come last."""
        files = [self._file(place) for place in rows["place"]]
        column = max(map(cell_len, files), default=0)
        room = max(self.width - indent - column - 2, _LEAST_ROOM)
        lines: list[RenderableType] = []
        for file, test in zip(files, rows["test_id"], strict=True):
            line = Text(" " * indent, no_wrap=True, overflow="ellipsis").append(file)
            if isinstance(test, str):
                said = one_line(test)
                said = _cut((said.partition("::")[2] or said) if self._is_narrow else said, room)
                line.append(" " * (column - cell_len(file) + 2)).append(said, "bright_black")
            lines.append(line)
        return lines

    @property
    def _is_narrow(self) -> bool:
        return self.width < _WIDE

    def _file(self, place: str) -> str:
        """The file below the common folder; a hash is cut where lines are narrow, what is left of it still finds it."""
        file = one_line(place.removeprefix(f"{self.folder}/") if self.folder else place)
        return _HASH.sub(r"\1…", file) if self._is_narrow else file

    def _more(self, n: int) -> list[RenderableType]:
        return [Text(f"  … and {n:,} more: --all", "bright_black")] if n else []


def _cut(text: str, room: int) -> str:
    """The beginning and the end of a text that is too long."""
    half = (room - 1) // 2
    return text if len(text) <= room else f"{text[: room - 1 - half]}…{text[len(text) - half :]}"


def _shared_out(sizes: Sequence[int], n: int) -> list[int]:
    """So much for each that none goes without while another has more than it."""
    shares = [0] * len(sizes)
    while n > 0 and (waiting := [at for at, size in enumerate(sizes) if shares[at] < size]):
        for at in waiting[:n]:
            shares[at] += 1
        n -= len(waiting)
    return shares
