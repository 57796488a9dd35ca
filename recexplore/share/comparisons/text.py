"""What a comparison came to, for people: a sentence, then what differs, the weightiest first.

Takes an `Outcome`, gives a rich renderable that fits itself to the console; `plain` gives the same as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from recexplore.comparison.comparison import Verdict
from recexplore.model.colours import AMBER, BLUE, GREEN, GREY, VERMILION
from recexplore.model.counts import count
from recexplore.share.comparisons import LEVELS
from recexplore.share.comparisons.answers import (
    Answer,
    Parting,
    Said,
    answers,
    cut_of,
    partings_of,
    pieces_in_words,
    runs_in_words,
)
from recexplore.share.comparisons.aspect_values import AspectRow, aspect_rows
from recexplore.share.comparisons.excerpts import quoted, seen
from recexplore.share.comparisons.outcome import Entry, Outcome
from recexplore.share.reports.text import printed

__all__ = ["plain", "report"]

_MUTED: Final = GREY.terminal
_OF_VERDICT: Final[dict[Verdict, str]] = {
    "broken": VERMILION.terminal,
    "other structure": VERMILION.terminal,
    "other words": AMBER.terminal,
    "other wire": BLUE.terminal,
    "identical": GREEN.terminal,
}
_BEFORE, _AFTER = VERMILION.terminal, GREEN.terminal
_MOST_ENTRIES: Final = 50
_MOST_ANSWERS: Final = 8
_MOST_REQUEST: Final = 6
_MOST_VALUES: Final = 4
_LABEL: Final = 11


def report(outcome: Outcome) -> RenderableType:
    """The outcome for a console of any width."""
    told = outcome.differing
    parts: list[RenderableType] = [_headline(outcome)]
    for entry in told[:_MOST_ENTRIES]:
        parts += [Text(), *_entry(entry)]
    if len(told) > _MOST_ENTRIES:
        parts += [Text(), Text(f"… and {len(told) - _MOST_ENTRIES:,} more; --format json has all.", _MUTED)]
    if not told and len(outcome.entries) == 1:
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
    for line in (entry.title if entry.title != entry.name else "", entry.note):
        if line:
            yield _indented(seen(line), _MUTED)
    yield from _request(entry)
    if entry.comparison is None:
        return
    if not entry.is_pair:
        yield from _listed(entry)
    told = answers(entry)
    for answer in told[1 : _MOST_ANSWERS + 1]:
        yield from _parted(entry, answer)
    if len(told) > _MOST_ANSWERS + 1:
        yield _indented(f"… and {count(len(told) - _MOST_ANSWERS - 1, 'more answer')}", _MUTED)
    yield from _aspects(entry)


def _heading(entry: Entry) -> Text:
    style = _OF_VERDICT[entry.verdict] if entry.verdict is not None else AMBER.terminal
    verdict = entry.verdict if entry.status in (None, "changed", "same") else entry.status
    beside = f"  {entry.verdict}" if entry.status == "request changed" else ""
    return Text.assemble((f"{verdict}  ", f"bold {style}"), (seen(entry.name), "bold"), (beside, style))


def _request(entry: Entry) -> Iterator[RenderableType]:
    for part in entry.request[:_MOST_REQUEST]:
        before, after = part.excerpts
        yield _row("request", Text.assemble((seen(part.path), "bold"), f"  {seen(before)} → {seen(after)}"))
    if len(entry.request) > _MOST_REQUEST:
        yield _row("", Text(f"… and {count(len(entry.request) - _MOST_REQUEST, 'more difference')}", _MUTED))


def _listed(entry: Entry) -> Iterator[RenderableType]:
    """Which runs gave which answer, and why it is odd."""
    assert entry.comparison is not None
    told = answers(entry)
    for number, answer in enumerate(told[: _MOST_ANSWERS + 1]):
        ways = f", sent in {answer.n_ways:,} ways" if answer.n_ways > 1 else ""
        line = Text(runs_in_words(entry, answer.runs), "bold")
        why = _why(answer)
        if number == 0:
            line.append(f"  the {'reference' if len(told) > 1 else 'same'}{ways}{why}", "not bold")
        else:
            line.append(f"  {answer.verdict}{ways}{why}", f"not bold {_OF_VERDICT[answer.verdict]}")
        yield _row(count(len(answer.runs), "run"), line)
    scores = ", ".join(f"{level} {share:.0%}" for level, share in entry.comparison.stability.items())
    yield _row("stability", Text(scores))
    if entry.left_out:
        yield _row("left out", Text(seen(", ".join(entry.left_out)), _MUTED))


def _why(answer: Answer) -> str:
    said = [*answer.why, *([] if answer.broken is None else [answer.broken])]
    return f": {'; '.join(said)}" if said else ""


def _parted(entry: Entry, answer: Answer) -> Iterator[RenderableType]:
    base, other = seen(entry.labels[entry.baseline]), seen(entry.labels[answer.runs[0]])
    for parting in partings_of(entry, answer):
        yield _row("parts", _where(parting))
        yield _indented(seen(parting.before) or "at the beginning", _MUTED)
        yield _said("−", parting.base, base, _BEFORE)
        yield _said("+", parting.other, other, _AFTER)
    if (cut := cut_of(entry, answer)) is not None:
        yield _row("cut", Text(f"{cut.place}, from character {cut.char:,} on"))
        for sign, pieces, name, style in (("−", cut.base, base, _BEFORE), ("+", cut.other, other, _AFTER)):
            yield _indented(Text.assemble((f"{sign} {pieces_in_words(pieces)}", style), (f"  {name}", _MUTED)))


def _where(parting: Parting) -> Text:
    chunks = [_chunk(each) for each in (parting.base, parting.other)]
    chunk = chunks[0] if chunks[0] == chunks[1] else " and ".join(chunks)
    return Text(f"{parting.place}, at character {parting.char:,} (word {parting.word:,}), {chunk}")


def _chunk(said: Said) -> str:
    return "the end" if said.chunk is None else f"chunk {said.chunk:,}"


def _said(sign: str, said: Said, name: str, style: str) -> RenderableType:
    logprob = "" if said.logprob is None else f"  logprob {said.logprob:.3g}"
    return _indented(Text.assemble((f"{sign} {quoted(said.text)}", style), (f"  {name}{logprob}", _MUTED)))


def _aspects(entry: Entry) -> Iterator[RenderableType]:
    """What differs, a line a level; who has what where there are more answers than were told."""
    rows = aspect_rows(entry)
    for level in LEVELS:
        mine = [row for row in rows if row.level == level]
        if entry.is_pair and mine:
            yield _row(level, Text("; ".join(map(_change, mine))))
        elif mine and level == entry.level and len(answers(entry)) > _MOST_ANSWERS + 1:
            for number, row in enumerate(mine):
                yield _row("" if number else level, Text.assemble(row.title, (f"  {_values(entry, row)}", _MUTED)))
        elif mine:
            yield _row(level, Text(", ".join(row.title for row in mine), _MUTED))


def _change(row: AspectRow) -> str:
    values = [said for said, _ in row.values]
    return f"{row.title} {' → '.join(values)}" if all(values) else row.title


def _values(entry: Entry, row: AspectRow) -> str:
    told = []
    for number, (said, runs) in enumerate(row.values[:_MOST_VALUES]):
        who = runs_in_words(entry, runs) if number or len(runs) == 1 else count(len(runs), "run")
        told.append(f"{said}: {who}" if said else who)
    more = len(row.values) - _MOST_VALUES
    return "; ".join([*told, *([count(more, "more value")] if more > 0 else [])])


def _row(label: str, said: RenderableType) -> RenderableType:
    grid = Table.grid(padding=(0, 0))
    grid.add_column(width=_LABEL, style=_MUTED, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(label, said)
    return Padding(grid, (0, 0, 0, 2), expand=False)


def _indented(said: str | Text, style: str = "") -> RenderableType:
    text = said if isinstance(said, Text) else Text(said, style)
    text.overflow = "fold"
    return Padding(text, (0, 0, 0, _LABEL + 2), expand=False)
