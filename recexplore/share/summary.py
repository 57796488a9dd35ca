"""What a reviewer reads first: findings, lanes and comparisons as Markdown for a pull request.

Takes a verdict and the recordings that are meant, gives text of at most `MOST_CHARS`: what has no room is left out, which is
said. No text of a recording is Markdown there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import pandas as pd

from recexplore.analysis import interleaving
from recexplore.checks.result import Verdict
from recexplore.comparison.runs import runs
from recexplore.corpus import Recording
from recexplore.model.counts import count
from recexplore.model.severities import SEVERITIES
from recexplore.share.comment import MOST_CHARS, size_in_comment
from recexplore.share.comparisons.markdown import parts as comparison_parts
from recexplore.share.comparisons.outcome import outcome_of_runs
from recexplore.share.reports.markdown import parts as verdict_parts
from recexplore.share.reports.text import summary as verdict_in_words
from recexplore.views.terminal.pictures import lane, legend
from recexplore.views.text.facts import facts_of
from recexplore.views.text.markdown_text import block, escaped
from recexplore.views.text.prompt import prompt_of

__all__ = ["MARK", "MOST_SHOWN", "shown_first", "summary"]

MARK: Final = "<!-- recexplore report -->"
"""By which a comment is known again, so that it can be written anew."""
MOST_SHOWN: Final = 20
"""Recordings whose lanes are shown."""

_FACTS: Final = ("provider", "model", "choices", "chunks", "error")
_RESERVE: Final = 1_000
"""For what is said of what has no room, and for a line that somebody adds."""
_MOST_LANES: Final = 12
_WIDTH: Final = 90


def shown_first(verdict: Verdict, recordings: Sequence[Recording]) -> list[Recording]:
    """The recordings whose lanes are shown: the worst findings first, of equally bad ones the most choices."""
    ranks: dict[str, int] = {}
    for finding in verdict.new:
        rank = SEVERITIES.index(finding.severity)
        ranks[finding.label.recording] = min(rank, ranks.get(finding.label.recording, rank))

    def place(recording: Recording) -> tuple[int, int]:
        return ranks.get(recording.id, len(SEVERITIES)), -int(recording.facts["n_choices"])

    return sorted(recordings, key=place)[:MOST_SHOWN]


def summary(
    verdict: Verdict,
    recordings: Sequence[Recording],
    title: str = "",
    note: str = "",
    pictures: Mapping[str, str] | None = None,
) -> str:
    """The summary as Markdown.

    Parameters
    ----------
    verdict
        What was found in them, and what was accepted.
    recordings
        Those that are meant.
    title, note
        What the author says: text, never Markdown.
    pictures
        Of some recordings, by id, the address of a picture.
    """
    said = [
        MARK,
        f"### {escaped(title or 'recexplore')}",
        *(escaped(line) for line in note.splitlines() if line.strip()),
    ]
    said.append(escaped(verdict_in_words(verdict)))
    left = MOST_CHARS - _RESERVE - sum(map(size_in_comment, said))
    missing: dict[str, int] = {}
    for kind, part in _parts(verdict, recordings, pictures or {}):
        if kind not in missing and (size := size_in_comment(part)) <= left:
            said.append(part)
            left -= size
        else:
            missing[kind] = missing.get(kind, 0) + 1
    if missing:
        told = ", ".join(count(n, kind) for kind, n in missing.items())
        said.append(f"No room here for {told}: `recexplore report --format html` has all.")
    return "\n\n".join(said) + "\n"


def _parts(verdict: Verdict, recordings: Sequence[Recording], pictures: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is told, and what each is called where it has no room."""
    for part in verdict_parts(verdict):
        yield "findings section", part
    shown = shown_first(verdict, recordings)
    if shown:
        heading = "#### Recordings" + (f", {len(shown)} of {len(recordings):,}" if len(shown) < len(recordings) else "")
        key = "   ".join("".join(mark for mark, _ in entry) for entry in legend())
        yield "heading", f"{heading}\n\n{block(key)}"
    for each in shown:
        yield "recording", _recording(each, pictures.get(each.id))
    yield from _comparison(recordings)


def _recording(recording: Recording, picture: str | None) -> str:
    path = f"<code>{escaped(recording.facts['path'])}</code>"
    head = f"**{escaped(_asked(recording) or recording.id)}** {path}, {escaped(_few_facts(recording))}"
    drawn = f"\n\n![the stream of {escaped(recording.id)}]({picture})" if picture else ""
    return f"{head}\n\n{block(_lanes(recording))}{drawn}"


def _few_facts(recording: Recording) -> str:
    told = [(name, value) for name, value in facts_of(recording) if name in _FACTS]
    return ", ".join(value if name in ("provider", "model") else f"{name} {value}" for name, value in told)


def _asked(recording: Recording) -> str:
    try:
        return prompt_of(recording)
    except Exception:  # its file has changed, or is too deep: the id names it as well
        return ""


def _lanes(recording: Recording) -> str:
    thumbnails = interleaving.thumbnails(recording.events, _WIDTH)
    lines = []
    for choice, letters in zip(thumbnails["choice"], thumbnails["lane"], strict=True):
        name = "all choices" if pd.isna(choice) else f"choice {choice}"
        lines.append(f"{name:<12}{''.join(mark for mark, _ in lane(letters))}".rstrip())
    more = [f"and {count(len(lines) - _MOST_LANES, 'more choice')}"] if len(lines) > _MOST_LANES else []
    return "\n".join([*lines[:_MOST_LANES], *more]) or "nothing came"


def _comparison(recordings: Sequence[Recording]) -> Iterator[tuple[str, str]]:
    """What differs between runs of one request; nothing where there are none."""
    groups = runs(recordings)
    if len(groups):
        beginning, *details = comparison_parts(outcome_of_runs(groups, [], "text", []))
        yield from (("comparison", each) for each in (f"#### Runs of one request\n\n{beginning}", *details))
