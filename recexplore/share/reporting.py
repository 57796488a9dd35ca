"""A report of recordings, as a page or as a summary, from what its author asked for.

Takes a `Subject` and `Wishes`, gives text; pictures of a summary are written where they are wanted.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import quote

import pandas as pd

from recexplore.analysis.price_table import Prices
from recexplore.checks.narrowing import narrowed
from recexplore.checks.result import judge
from recexplore.checks.settings import Settings
from recexplore.corpus import Recording
from recexplore.model.written_keys import without_keys
from recexplore.share.exports.outcome import Outcome
from recexplore.share.exports.selection import Selection
from recexplore.share.exports.unmasked import note_unmasked
from recexplore.share.page.document import is_document
from recexplore.share.page.report import MOST_RECORDINGS, Watched, Words, answers_for, report_page
from recexplore.share.page.subject import Subject
from recexplore.share.summary import MARK, shown_first, summary
from recexplore.views.explorer.answers import Answers
from recexplore.views.explorer.picture import still_page, still_picture

__all__ = ["FORMATS", "NoPictures", "Watched", "Wishes", "is_report", "page", "report_text", "unmasked_answers"]

FORMATS: Final = ("html", "markdown")
_MARKDOWN: Final = (".md", ".markdown")


class NoPictures(ValueError):
    """Pictures were asked for, and no browser is there to make them."""


@dataclass(frozen=True)
class Wishes:
    """What an author asked for; as `recexplore.report` has them."""

    title: str = ""
    note: str = ""
    recording: str | None = None
    chunk: int | None = None
    max_recordings: int = MOST_RECORDINGS
    findings: pd.DataFrame | Literal[False] | None = None
    prices: Prices | None = None
    settings: Settings = field(default_factory=Settings)
    pictures: str | None = None


def is_report(content: bytes) -> bool:
    """Whether a file is a report that recexplore wrote."""
    return is_document(content) or content.startswith(MARK.encode())


def report_text(subject: Subject, wishes: Wishes, path: str, form: str | None, watched: Watched) -> str:
    """The report.

    Parameters
    ----------
    subject
        What it is about.
    wishes
        What was asked for.
    path
        The file that it is for; its end says the format where none is named.
    form
        One of `FORMATS`, or None.
    watched
        Told of the recordings, and of the comparisons, as their turn comes.

    Raises
    ------
    ValueError
        There is no such format, or room for no recording.
    RecordingNotFound
        No recording, or more than one, answers to the one that is to be shown.
    NoPictures
        Pictures were asked for, and cannot be made.
    """
    if wishes.max_recordings < 1:
        raise ValueError(f"max_recordings: expected at least 1, found {wishes.max_recordings}")
    if form is not None and form not in FORMATS:
        raise ValueError(f"format: expected one of {', '.join(FORMATS)}, found {form!r}")
    if form == "markdown" or (form is None and path.lower().endswith(_MARKDOWN)):
        return _summary(subject, wishes, os.path.dirname(path))
    if wishes.pictures is not None:
        raise ValueError("pictures are for a summary in Markdown: the page draws its own")
    return page(subject, wishes, watched)


def unmasked_answers(subject: Subject, wishes: Wishes, text: str) -> list[str]:
    """The ids of the recordings whose answers say what looks like a credential, of a report, ``text``, that has them as
    recorded: a page, or a summary with pictures; another summary only where it quotes one."""
    is_page = text[:9].lower().startswith("<!doctype")
    if not (is_page or wishes.pictures is not None or without_keys(text)[1]):
        return []
    outcome = Outcome("report")
    note_unmasked(Selection(subject.corpus), outcome, subject.wanted)
    return [note.recording for note in outcome.unmasked]


def page(subject: Subject, wishes: Wishes, watched: Watched) -> str:
    """The page as HTML."""
    return report_page(
        _answers(subject, wishes),
        Words(wishes.title or subject.corpus.where.strip("'"), wishes.note),
        wanted=subject.wanted,
        compared=subject.compared,
        most=wishes.max_recordings,
        recording=wishes.recording,
        chunk=wishes.chunk,
        settings=wishes.settings if wishes.findings is None else None,
        watched=watched,
    )


def _answers(subject: Subject, wishes: Wishes) -> Answers:
    return answers_for(subject.corpus, wishes.findings, wishes.prices, wishes.settings)


def _summary(subject: Subject, wishes: Wishes, folder: str) -> str:
    corpus = subject.corpus
    recordings = list(corpus) if subject.wanted is None else [corpus[each] for each in subject.wanted]
    verdict = judge(corpus, wishes.settings)
    if subject.wanted is not None:
        verdict = narrowed(verdict, subject.wanted)
    pictures: Mapping[str, str] = {}
    if wishes.pictures is not None:
        pictures = _pictures(_answers(subject, wishes), shown_first(verdict, recordings), wishes.pictures, folder)
    return summary(verdict, recordings, wishes.title, wishes.note, pictures)


def _pictures(answers: Answers, recordings: Sequence[Recording], where: str, folder: str) -> dict[str, str]:
    """Pictures of recordings in a folder, and their addresses as seen from the summary's."""
    os.makedirs(where, exist_ok=True)
    addresses = {}
    for each in recordings:
        chunk = max(int(each.facts["n_chunks"]) - 1, 0)
        picture = still_picture(still_page(answers, each.id, chunk))
        if picture is None:
            raise NoPictures(
                "no picture could be made: it takes an installed Chrome or Chromium (BROWSER_PATH names one)"
            )
        name = f"{quote(each.id, safe='')}.png"
        with open(os.path.join(where, name), "wb") as file:
            file.write(picture)
        addresses[each.id] = quote(os.path.relpath(os.path.join(where, name), folder or ".").replace(os.sep, "/"))
    return addresses
