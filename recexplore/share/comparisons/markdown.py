"""What a comparison came to, for a comment on a pull request or the summary of a job: Markdown as GitHub and GitLab show it.

Takes an `Outcome`, gives text: a sentence, a table of what differs, and folded below it what each says where. A comment
holds so much: what has no room is left out, which is said. No text of a recording is Markdown there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from recexplore.model.counts import count
from recexplore.share.comment import MOST_CHARS, size_in_comment
from recexplore.share.comparisons.answers import (
    Answer,
    answers,
    cut_of,
    partings_of,
)
from recexplore.share.comparisons.aspect_values import aspect_rows
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
from recexplore.views.text.markdown_text import block, escaped

__all__ = ["parts", "report"]

_ROOM: Final = MOST_CHARS - 1_000
_MOST_ROWS: Final = 100
_MOST_ANSWERS: Final = 6
_MOST_REQUEST: Final = 6
_MOST_UNREAD: Final = 20
_MARK: Final = "<!-- recexplore compare -->"
"""By which a comment is known again, so that it can be written anew."""


def report(outcome: Outcome) -> str:
    """The outcome as Markdown of at most `MOST_CHARS`."""
    told = parts(outcome)
    said = [_MARK, "### recexplore compare", next(told)]
    left = _ROOM - sum(map(size_in_comment, said))
    for number, detail in enumerate(told):
        if (left := left - size_in_comment(detail)) < 0:
            n = sum(each.comparison is not None for each in outcome.differing) - number
            said.append(f"The details of {count(n, 'more request')} have no room here; `--format html` has all.")
            break
        said.append(detail)
    return "\n\n".join(said) + "\n"


def parts(outcome: Outcome) -> Iterator[str]:
    """All but the heading: what it came to and what differs, then the details, request by request."""
    differing = outcome.differing
    beginning = [f"{_places(outcome)}{escaped(outcome.words)}"]
    if differing and not (len(differing) == len(outcome.entries) == 1):
        beginning.append(_table(differing))
    yield "\n\n".join([*beginning, *_unread(outcome)])
    for entry in differing:
        if entry.comparison is not None:
            yield _folded(entry, is_open=len(differing) == 1)


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
    if stalls := [f"- {_code(label)}: {escaped(words)}" for label, words in stalls_in_words(entry)][:MOST_STALLS]:
        yield "\n".join(["Stalled:", "", *stalls])


def _answers(entry: Entry, every: Sequence[Answer]) -> str:
    rows = []
    for number, answer in enumerate(every[: _MOST_ANSWERS + 1]):
        verdict = answer.verdict if number else "the reference"
        runs = escaped(runs_in_words(entry, answer.runs))
        rows.append(f"| {len(answer.runs):,} | {runs} | {verdict} | {escaped(reasons_in_words(answer))} |")
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
    base, other = seen(entry.labels[entry.reference]), seen(entry.labels[answer.runs[0]])
    for parting in partings_of(entry, answer):
        yield f"@@ {seen(parting.place)}, character {parting.char:,}, {chunks_in_words(parting)} @@"
        yield f"  {seen(parting.before)}"
        for sign, each, name in (("-", parting.base, base), ("+", parting.other, other)):
            yield "  ".join(filter(None, [f"{sign} {quoted(each.text)}", name, logprob_in_words(each)]))
    if (cut := cut_of(entry, answer)) is not None:
        yield f"@@ {cut.place}, cut otherwise from character {cut.char:,} on @@"
        yield f"- {pieces_in_words(cut.base)}  {base}"
        yield f"+ {pieces_in_words(cut.other)}  {other}"
