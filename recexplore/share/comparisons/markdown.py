"""What a comparison came to, for a comment on a pull request or the summary of a job: Markdown as GitHub and GitLab show it.

Takes an `Outcome`, gives text: a sentence, a table of what differs, and folded below it what each says where. A comment
holds 65,536 characters: what has no room is left out, which is said. No text of a recording is Markdown there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from recexplore.model.counts import count
from recexplore.share.comparisons.answers import (
    Answer,
    Parting,
    answers,
    cut_of,
    partings_of,
    pieces_in_words,
    runs_in_words,
)
from recexplore.share.comparisons.aspect_values import aspect_rows
from recexplore.share.comparisons.entry import Entry
from recexplore.share.comparisons.excerpts import quoted, seen
from recexplore.share.comparisons.outcome import Outcome
from recexplore.views.text.markdown_text import block, escaped

__all__ = ["MOST_CHARS", "report"]

MOST_CHARS: Final = 65_536
"""So many UTF-16 units hold a comment on GitHub."""
_ROOM: Final = MOST_CHARS - 1_000
_MOST_ROWS: Final = 100
_MOST_ANSWERS: Final = 6
_MOST_REQUEST: Final = 6
_MOST_UNREAD: Final = 20
_MARK: Final = "<!-- recexplore compare -->"
"""By which a comment is known again, so that it can be written anew."""


def report(outcome: Outcome) -> str:
    """The outcome as Markdown of at most `MOST_CHARS`."""
    parts = [_MARK, "### recexplore compare", f"{_places(outcome)}{escaped(outcome.words)}"]
    differing = outcome.differing
    if differing and not (len(differing) == len(outcome.entries) == 1):
        parts.append(_table(differing))
    parts += _unread(outcome)
    left = _ROOM - sum(map(_size, parts))
    detailed = [each for each in differing if each.comparison is not None]
    for number, entry in enumerate(detailed):
        detail = _folded(entry, is_open=len(differing) == 1)
        if (left := left - _size(detail)) < 0:
            n = len(detailed) - number
            parts.append(f"The details of {count(n, 'more request')} have no room here; `--format html` has all.")
            break
        parts.append(detail)
    return "\n\n".join(parts) + "\n"


def _size(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2 + 2


def _places(outcome: Outcome) -> str:
    is_named = outcome.is_of_sides and len(outcome.places) == 2
    return f"{' → '.join(_code(each) for each in outcome.places)}: " if is_named else ""


def _code(text: str) -> str:
    return f"<code>{escaped(seen(text))}</code>"


def _table(entries: Sequence[Entry]) -> str:
    rows = [f"| {_status(each)} | {_code(each.name)} | {escaped(_where(each))} |" for each in entries[:_MOST_ROWS]]
    if len(entries) > _MOST_ROWS:
        rows.append(f"| … | and {len(entries) - _MOST_ROWS:,} more | |")
    return "\n".join(["| | request | differs in |", "|---|---|---|", *rows])


def _status(entry: Entry) -> str:
    return ", ".join(dict.fromkeys(filter(None, [entry.heading, entry.verdict])))


def _where(entry: Entry) -> str:
    request = [f"request: {', '.join(each.path for each in entry.request[:_MOST_REQUEST])}"] if entry.request else []
    return "; ".join([*request, *filter(None, [", ".join(entry.differing)])])


def _unread(outcome: Outcome) -> Iterator[str]:
    if outcome.unread:
        lines = [f"- {escaped(str(each))}" for each in outcome.unread[:_MOST_UNREAD]]
        more = len(outcome.unread) - _MOST_UNREAD
        yield "\n".join(["Could not be read:", "", *lines, *([f"- … and {more:,} more"] if more > 0 else [])])


def _folded(entry: Entry, *, is_open: bool) -> str:
    inner = "\n\n".join(_details(entry))
    name = f"<summary><b>{escaped(_status(entry))}</b> {_code(entry.name)}</summary>"
    return f"<details{' open' if is_open else ''}>{name}\n\n{inner}\n\n</details>"


def _details(entry: Entry) -> Iterator[str]:
    yield from map(escaped, entry.notes)
    if entry.request:
        rows = [
            f"| {_code(each.path)} | {' | '.join(_code(side) for side in each.excerpts)} |" for each in entry.request
        ]
        more = len(rows) - _MOST_REQUEST
        yield "\n".join(
            ["| request | before | after |", "|---|---|---|", *rows[:_MOST_REQUEST]]
            + ([f"| … and {more:,} more | | |"] if more > 0 else [])
        )
    every = answers(entry)
    if not entry.is_pair:
        yield _answers(entry, every)
    if values := _values(entry):
        yield values
    for answer in every[1 : _MOST_ANSWERS + 1]:
        if lines := list(_lines(entry, answer)):
            yield block("\n".join(lines), "diff")


def _answers(entry: Entry, every: Sequence[Answer]) -> str:
    rows = []
    for number, answer in enumerate(every[: _MOST_ANSWERS + 1]):
        why = "; ".join([*answer.why, *([answer.broken] if answer.broken else [])])
        verdict = answer.verdict if number else "the reference"
        runs = escaped(runs_in_words(entry, answer.runs))
        rows.append(f"| {len(answer.runs):,} | {runs} | {verdict} | {escaped(why)} |")
    if len(every) > len(rows):
        rows.append(f"| … | and {count(len(every) - len(rows), 'more answer')} | | |")
    return "\n".join(["| runs | | | differs in |", "|---:|---|---|---|", *rows])


def _values(entry: Entry) -> str:
    """What a pair has in each aspect."""
    if not entry.is_pair:
        return ""
    rows = [
        f"| {row.level} | {escaped(row.title)} | {' | '.join(escaped(words) for words, _ in row.values)} |"
        for row in aspect_rows(entry)
    ]
    return "\n".join(["| level | | before | after |", "|---|---|---|---|", *rows]) if rows else ""


def _lines(entry: Entry, answer: Answer) -> Iterator[str]:
    """Where texts part, as lines of a difference."""
    base, other = entry.labels[entry.reference], entry.labels[answer.runs[0]]
    for parting in partings_of(entry, answer):
        yield f"@@ {_at(parting)} @@"
        yield f"  {seen(parting.before)}"
        yield f"- {quoted(parting.base.text)}  {seen(base)}{_logprob(parting.base.logprob)}"
        yield f"+ {quoted(parting.other.text)}  {seen(other)}{_logprob(parting.other.logprob)}"
    if (cut := cut_of(entry, answer)) is not None:
        yield f"@@ {cut.place}, cut otherwise from character {cut.char:,} on @@"
        yield f"- {pieces_in_words(cut.base)}  {seen(base)}"
        yield f"+ {pieces_in_words(cut.other)}  {seen(other)}"


def _at(parting: Parting) -> str:
    chunks = ["the end" if each.chunk is None else f"chunk {each.chunk:,}" for each in (parting.base, parting.other)]
    return f"{seen(parting.place)}, character {parting.char:,}, {' and '.join(dict.fromkeys(chunks))}"


def _logprob(logprob: float | None) -> str:
    return "" if logprob is None else f"  logprob {logprob:.3g}"
