"""Why a recording was not found, and what a collection needs, in a terminal.

Takes a `Why` or the frames of `recexplore.matching.upkeep`, gives rich renderables. Recorded text, paths and names become
``rich.text.Text`` without control characters, so that neither markup nor escape sequences reach the terminal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

import pandas as pd
from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from recexplore.matching import Why
from recexplore.matching.difference import Difference
from recexplore.matching.reason import Near
from recexplore.views.safe_text import one_line

__all__ = ["kept_up", "told"]

_MOST: Final = 12
"""Differences, or rows, that are shown of many."""
_WHAT: Final = {
    "whitespace": "white space only",
    "spelling": "the same JSON inside, other order of keys or white space",
    "type": "another type",
    "order": "the same items, another order",
    "added": "not in the recording",
    "missing": "not in the request",
    "depth": "nested too deeply to be compared",
}
"""What is said beside the two values."""


def told(why: Why) -> RenderableType:
    """The reason, the names that were looked for, and the nearest recordings with what differs."""
    style = "green" if why.is_found else "yellow" if why.found else "red"
    parts: list[RenderableType] = [Text(f"{'✓' if why.is_found else '✗'} {one_line(why.reason)}", f"bold {style}")]
    parts.extend(Text(one_line(note), "yellow") for note in why.notes)
    parts.append(Padding(_looked_for(why), (1, 0, 0, 0)))
    for rank, near in enumerate(why.nearest, 1):
        parts.extend(_near(rank, near))
    return Group(*parts)


def _looked_for(why: Why) -> Table:
    """What was asked, and the names that it may have."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bright_black", no_wrap=True)
    facts.add_column(overflow="fold")
    asked = why.request
    place = " of ".join(each for each in asked.tool[::-1] if each) or asked.url or asked.endpoint
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
    return facts


def _near(rank: int, near: Near) -> Iterator[RenderableType]:
    title = Text(f"\n{rank}. ", "bold").append(one_line(near.path), "bold underline")
    yield title.append(f"  {near.likeness:.0%} alike", "bright_black")
    yield Text(f"   named by: {near.fit or 'no recorder known here'}", "bright_black")
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
    if found.kind in _WHAT:
        text.append(f"  {_WHAT[found.kind]}", "bright_black")
    recorded, asked = found.excerpts
    if found.kind not in ("added", "order", "depth"):
        text.append("\n  recorded  ", "bright_black").append(one_line(recorded), "red")
    if found.kind not in ("missing", "order", "depth"):
        text.append("\n  asked     ", "bright_black").append(one_line(asked), "green")
    return text


def kept_up(
    stale: pd.DataFrame, duplicates: pd.DataFrame, unused: pd.DataFrame | None, unknown: pd.DataFrame | None
) -> RenderableType:
    """Counts, and the first rows of each question; ``unused`` and ``unknown`` are None where nobody said what is used."""
    n_groups, n_within = (0, 0) if duplicates.empty else _groups(duplicates)
    parts: list[RenderableType] = [
        _heading(len(stale), "recording", "recordings", " that today's recorder does not find")
    ]
    if len(stale):
        parts.append(_by_generation(stale))
        parts.append(_paths(stale[stale["generation"].isna()], "of these, no recorder known here gives the name of"))
    parts.append(_heading(n_groups, "request", "requests", " recorded several times", "cyan"))
    if n_groups:
        parts.append(
            Text(f"  {len(duplicates)} recordings; {n_within} of the requests twice for one test", "bright_black")
        )
    if unused is not None and unknown is not None:
        parts.append(_heading(len(unused), "recording", "recordings", " not used"))
        parts.append(_paths(unused, ""))
        parts.append(_heading(len(unknown), "used name", "used names", " without a recording"))
        parts.append(_paths(unknown.rename(columns={"name": "path"}), ""))
    return Group(*parts)


def _groups(duplicates: pd.DataFrame) -> tuple[int, int]:
    """How many requests were recorded several times, and how many of them within one test."""
    groups = duplicates.drop_duplicates("group")
    return len(groups), int((groups["n_tests"] < groups["n_recordings"]).sum())


def _heading(n: int, one: str, many: str, what: str, style: str = "yellow") -> Text:
    return Text(f"{n:,} {one if n == 1 else many}{what}", f"bold {style}" if n else "bold green")


def _by_generation(stale: pd.DataFrame) -> RenderableType:
    """How many names which older recorder gave."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=True, header_style="bright_black")
    table.add_column("named by")
    table.add_column("recordings", justify="right")
    table.add_column("remark")
    said = stale[["generation", "remark"]].fillna("")
    for (generation, remark), n in Counter(zip(said["generation"], said["remark"], strict=True)).most_common():
        table.add_row(Text(one_line(generation or "none")), f"{n:,}", Text(one_line(remark), "bright_black"))
    return table


def _paths(rows: pd.DataFrame, title: str) -> RenderableType:
    lines = [f"  {one_line(path)}" for path in rows["path"].head(_MOST)]
    if len(rows) > _MOST:
        lines.append(f"  … and {len(rows) - _MOST:,} more (--json lists all)")
    if title and lines:
        lines.insert(0, f"  {title}")
    return Text("\n".join(lines), "bright_black") if lines else Text("", end="")
