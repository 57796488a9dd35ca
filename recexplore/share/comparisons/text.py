"""What a comparison came to, for people: a sentence, then what differs, the weightiest first.

Takes an `Outcome`, gives a rich renderable that fits itself to the console; `plain` gives the same as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from recexplore.comparison.levels import COMPARED, outcome_of
from recexplore.model.colours import GREEN, GREY, VERMILION
from recexplore.model.counts import count
from recexplore.read.workers import watched
from recexplore.share.comparisons.answers import (
    Answer,
    Continuation,
    Parting,
    answers,
    cut_of,
    partings_of,
)
from recexplore.share.comparisons.aspect_values import AspectRow, aspect_rows
from recexplore.share.comparisons.entry import Entry
from recexplore.share.comparisons.excerpts import quoted, seen
from recexplore.share.comparisons.outcome import Outcome
from recexplore.share.comparisons.stalls import MOST_STALLS, stalls_in_words
from recexplore.share.comparisons.wording import (
    chunks_in_words,
    logprob_in_words,
    pieces_in_words,
    reasons_in_words,
    runs_in_words,
)
from recexplore.share.reports.text import printed

__all__ = ["plain", "report"]

_MUTED: Final = GREY.terminal
_BEFORE, _AFTER = VERMILION.terminal, GREEN.terminal
_MOST_ENTRIES: Final = 50
_MOST_ANSWERS: Final = 8
_MOST_REQUEST: Final = 6
_MOST_VALUES: Final = 4
_LABEL: Final = 11


def report(outcome: Outcome) -> RenderableType:
    """The outcome for a console of any width."""
    differing = outcome.differing
    parts: list[RenderableType] = [_headline(outcome)]
    shown = differing[:_MOST_ENTRIES]
    for entry in watched(shown, total=len(shown), unit="request", doing="reporting"):
        parts += [Text(), *_entry(entry)]
    if len(differing) > _MOST_ENTRIES:
        parts += [Text(), Text(f"… and {len(differing) - _MOST_ENTRIES:,} more; --format json has all.", _MUTED)]
    if not differing and len(outcome.entries) == 1:
        parts += [Text(), *_entry(outcome.entries[0])]
    return Group(*parts, *_unread(outcome))


def plain(outcome: Outcome, width: int = 100) -> str:
    """The outcome as text without colour."""
    return printed(report(outcome), width)


def _headline(outcome: Outcome) -> RenderableType:
    places = f"{' → '.join(map(seen, outcome.places))}: " if len(outcome.places) == 2 and outcome.is_of_sides else ""
    return Text.assemble(
        (places, "bold"), (outcome.words, f"bold {VERMILION.terminal if outcome.differs else GREEN.terminal}")
    )


def _unread(outcome: Outcome) -> Iterator[RenderableType]:
    if outcome.unread:
        yield Text()
    for problem in outcome.unread:
        yield Text.assemble((f"{'unread':<{_LABEL}}", f"bold {VERMILION.terminal}"), seen(str(problem)))


def _entry(entry: Entry) -> Iterator[RenderableType]:
    yield _heading(entry)
    for line in entry.notes:
        yield _indented(seen(line), _MUTED)
    yield from _request(entry)
    if entry.comparison is None:
        return
    every = answers(entry)
    n_more = len(every) - _MOST_ANSWERS - 1
    if not entry.is_pair:
        yield from _listed(entry, every)
    for answer in every[1 : _MOST_ANSWERS + 1]:
        yield from _parted(entry, answer)
    if n_more > 0:
        yield _indented(f"… and {count(n_more, 'more answer')}", _MUTED)
    yield from _aspects(entry, has_more_answers=n_more > 0)
    yield from _stalls(entry)


def _stalls(entry: Entry) -> Iterator[RenderableType]:
    """Stalls, which are told and make no run differ."""
    every = list(stalls_in_words(entry))
    for label, words in every[:MOST_STALLS]:
        yield _row("stalled", Text.assemble((seen(label), "bold"), f"  {seen(words)}"))
    if len(every) > MOST_STALLS:
        yield _row("", Text(f"… and {count(len(every) - MOST_STALLS, 'more stall')}", _MUTED))


def _heading(entry: Entry) -> Text:
    heading = Text.assemble((f"{entry.heading}  ", f"bold {entry.colour.terminal}"), (seen(entry.name), "bold"))
    if entry.verdict is not None and entry.verdict != entry.heading:
        heading.append(f"  {entry.verdict}", f"not bold {outcome_of(entry.verdict).colour.terminal}")
    return heading


def _request(entry: Entry) -> Iterator[RenderableType]:
    for part in entry.request[:_MOST_REQUEST]:
        before, after = part.excerpts
        yield _row("request", Text.assemble((seen(part.path), "bold"), f"  {seen(before)} → {seen(after)}"))
    if len(entry.request) > _MOST_REQUEST:
        yield _row("", Text(f"… and {count(len(entry.request) - _MOST_REQUEST, 'more difference')}", _MUTED))


def _listed(entry: Entry, every: Sequence[Answer]) -> Iterator[RenderableType]:
    """Which runs gave which answer, and why it is odd."""
    assert entry.comparison is not None
    for number, answer in enumerate(every[: _MOST_ANSWERS + 1]):
        ways = f", sent in {answer.n_ways:,} ways" if answer.n_ways > 1 else ""
        line = Text(runs_in_words(entry, answer.runs), "bold")
        why = _why(answer)
        if number == 0:
            line.append(f"  the {'reference' if len(every) > 1 else 'same'}{ways}{why}", "not bold")
        else:
            line.append(f"  {answer.verdict}{ways}{why}", f"not bold {outcome_of(answer.verdict).colour.terminal}")
        yield _row(count(len(answer.runs), "run"), line)
    scores = ", ".join(f"{level} {share:.0%}" for level, share in entry.comparison.stability.items())
    yield _row("stability", Text(scores))


def _why(answer: Answer) -> str:
    reasons = reasons_in_words(answer)
    return f": {reasons}" if reasons else ""


def _parted(entry: Entry, answer: Answer) -> Iterator[RenderableType]:
    base, other = seen(entry.labels[entry.reference]), seen(entry.labels[answer.runs[0]])
    for parting in partings_of(entry, answer):
        yield _row("parts", _where(parting))
        yield _indented(seen(parting.before) or "at the beginning", _MUTED)
        yield _continuation("−", parting.base, base, _BEFORE)
        yield _continuation("+", parting.other, other, _AFTER)
    if (cut := cut_of(entry, answer)) is not None:
        yield _row("cut", Text(f"{cut.place}, from character {cut.char:,} on"))
        for sign, pieces, name, style in (("−", cut.base, base, _BEFORE), ("+", cut.other, other, _AFTER)):
            yield _indented(Text.assemble((f"{sign} {pieces_in_words(pieces)}", style), (f"  {name}", _MUTED)))


def _where(parting: Parting) -> Text:
    where = f"{parting.place}, at character {parting.char:,} (word {parting.word:,})"
    return Text(f"{where}, {chunks_in_words(parting)}")


def _continuation(sign: str, each: Continuation, name: str, style: str) -> RenderableType:
    beside = "  ".join(filter(None, [name, logprob_in_words(each)]))
    return _indented(Text.assemble((f"{sign} {quoted(each.text)}", style), (f"  {beside}", _MUTED)))


def _aspects(entry: Entry, *, has_more_answers: bool) -> Iterator[RenderableType]:
    """What differs, a line a level; who has what where there are more answers than are listed."""
    rows = aspect_rows(entry)
    for level in COMPARED:
        mine = [row for row in rows if row.level == level]
        if entry.is_pair and mine:
            yield _row(level, Text("; ".join(map(_change, mine))))
        elif mine and level == entry.level and has_more_answers:
            for number, row in enumerate(mine):
                yield _row("" if number else level, Text.assemble(row.title, (f"  {_values(entry, row)}", _MUTED)))
        elif mine:
            yield _row(level, Text(", ".join(row.title for row in mine), _MUTED))


def _change(row: AspectRow) -> str:
    values = [words for words, _ in row.values]
    return f"{row.title} {' → '.join(values)}" if all(values) else row.title


def _values(entry: Entry, row: AspectRow) -> str:
    parts = []
    for number, (words, runs) in enumerate(row.values[:_MOST_VALUES]):
        who = runs_in_words(entry, runs) if number or len(runs) == 1 else count(len(runs), "run")
        parts.append(f"{words}: {who}" if words else who)
    more = len(row.values) - _MOST_VALUES
    return "; ".join([*parts, *([count(more, "more value")] if more > 0 else [])])


def _row(label: str, content: RenderableType) -> RenderableType:
    grid = Table.grid(padding=(0, 0))
    grid.add_column(width=_LABEL, style=_MUTED, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(label, content)
    return Padding(grid, (0, 0, 0, 2), expand=False)


def _indented(content: str | Text, style: str = "") -> RenderableType:
    text = content if isinstance(content, Text) else Text(content, style)
    text.overflow = "fold"
    return Padding(text, (0, 0, 0, _LABEL + 2), expand=False)
