"""What each run has in an aspect, in words.

Takes an `Entry`, gives rows: an aspect in which runs differ, and which runs have what. Aspects whose values are no words (a
text, a digest of many events) say only which runs agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from recexplore.comparison.comparison import Comparison
from recexplore.model.kinds import CHOICE_TEXTS
from recexplore.model.plain_values import plain
from recexplore.share.comparisons.entry import Entry
from recexplore.share.comparisons.excerpts import seen

__all__ = ["AspectRow", "aspect_rows", "values_in_words"]

_MOST_CHARS: Final = 80


@dataclass(frozen=True, slots=True)
class AspectRow:
    """An aspect in which runs differ.

    Attributes
    ----------
    aspect, title, level
        As `recexplore.comparison.aspects` has them.
    values
        For each group of runs that agree what they have ("" where that is no word), and which runs they are; of a pair
        first that of before.
    """

    aspect: str
    title: str
    level: str
    values: tuple[tuple[str, tuple[int, ...]], ...]


def aspect_rows(entry: Entry) -> list[AspectRow]:
    """Those of `Entry.differing`."""
    comparison = entry.comparison
    if comparison is None:
        return []
    aspects = comparison.aspects[comparison.aspects["title"].isin(entry.differing)]
    rows = []
    for aspect, title, level, groups in aspects[["aspect", "title", "level", "values"]].itertuples(index=False):
        words = values_in_words(comparison, aspect)
        values = [(words[group[0]] if words else "", tuple(group)) for group in groups]
        values = sorted(values, key=lambda each: each[1]) if entry.is_pair else values
        rows.append(AspectRow(aspect, title, level, tuple(values)))
    return rows


def values_in_words(comparison: Comparison, aspect: str) -> list[str]:
    """For each run what it has; empty where that is no word."""
    if aspect not in _WORDS:
        return []
    return [_short(each) for each in _WORDS[aspect](comparison)]


def _short(text: str) -> str:
    line = seen(text)
    return line if len(line) <= _MOST_CHARS else f"{line[: _MOST_CHARS - 1]}…"


def _column(frame: str, name: str, missing: str = "none") -> Callable[[Comparison], list[str]]:
    def words(comparison: Comparison) -> list[str]:
        rows = comparison.runs if frame == "runs" else comparison.frames.recordings
        return [missing if (value := plain(each)) is None else str(value) for each in rows[name]]

    return words


def _calls(comparison: Comparison) -> list[str]:
    words: list[list[str]] = [[] for _ in comparison.recordings]
    columns = ["run", "name", "arguments"]
    for run, name, arguments in comparison.frames.tool_calls[columns].itertuples(index=False):
        words[run].append(f"{plain(name) or 'no name'}({plain(arguments) or ''})")
    return [", ".join(each) or "none" for each in words]


def _usage(comparison: Comparison) -> list[str]:
    """The counts of the last report that are not the same in all runs."""
    last = comparison.frames.usage.groupby("run").tail(1).set_index("run").reindex(range(len(comparison.recordings)))
    names = [name for name in ("prompt", "completion", "cached", "reasoning") if last[name].nunique(dropna=False) > 1]
    rows = [list(zip(names, row, strict=True)) for row in last[names].itertuples(index=False)]
    return [", ".join(f"{name} {plain(n):,}" for name, n in row if plain(n) is not None) or "none" for row in rows]


def _kinds_of_text(comparison: Comparison) -> list[str]:
    names = CHOICE_TEXTS
    words: list[list[str]] = [[] for _ in comparison.recordings]
    for run, *texts in comparison.choices[["run", *names]].itertuples(index=False):
        here = [name for name, text in zip(names, texts, strict=True) if plain(text)]
        words[run].append(" + ".join(here) or "no text")
    return [", ".join(each) or "no choice" for each in words]


def _numbers_of_choices(comparison: Comparison) -> list[str]:
    words: list[list[str]] = [[] for _ in comparison.recordings]
    for run, choice, own in comparison.choices[["run", "choice", "own_choice"]].itertuples(index=False):
        if choice != own:
            words[run].append(f"{own} is {choice}")
    return [", ".join(each) or "as numbered" for each in words]


def _events(kind: str) -> Callable[[Comparison], list[str]]:
    def words(comparison: Comparison) -> list[str]:
        words: list[list[str]] = [[] for _ in comparison.recordings]
        events = comparison.frames.events
        for run, text in events.loc[events["kind"] == kind, ["run", "text"]].itertuples(index=False):
            words[run].append(plain(text) or "")
        return [", ".join(each) or "none" for each in words]

    return words


_WORDS: Final[Mapping[str, Callable[[Comparison], Sequence[Any]]]] = {
    "error-text": _column("recordings", "error", "no error"),
    "choices": _column("runs", "n_choices"),
    "finish": _column("runs", "finish"),
    "tool-calls": _calls,
    "kinds-of-text": _kinds_of_text,
    "usage": _usage,
    "model": _column("recordings", "model_served"),
    "numbers-of-choices": _numbers_of_choices,
    "roles": _events("role"),
    "chunks": _column("runs", "n_chunks"),
    "framing": _column("recordings", "wire_format"),
}
"""An aspect's values in words, by its name."""
