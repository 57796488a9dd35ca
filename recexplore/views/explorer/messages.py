"""What the explorer's page is answered, question by question: the shapes that `answers` gives.

What a pane, the stream, the files and the rows of the table look like is said where they are made. `tools/messages.py`
writes all of them as ``web/messages.d.ts``, by which the page's own code is checked.
"""

from __future__ import annotations

from typing import TypeAlias, TypedDict, TypeVar

from recexplore.model.severities import Severity
from recexplore.views.explorer.stream_view import StreamView
from recexplore.views.explorer.vocabulary import Vocabulary
from recexplore.views.find.facets import FacetValue
from recexplore.views.find.rows import Row
from recexplore.views.text.shapes import Shape

__all__ = [
    "Accepted",
    "AcceptedFinding",
    "Answer",
    "CopyChoice",
    "FacetValues",
    "FindAnswer",
    "Finding",
    "FindingsOfRecording",
    "Grouping",
    "NamedTest",
    "Opening",
    "ProposalView",
    "RecordingView",
    "RuleWords",
    "RunCount",
    "Start",
]

_Value = TypeVar("_Value")

Answer: TypeAlias = tuple[_Value, list[bytes]]
"""A value that JSON can hold, and the buffers that travel beside it."""


class Opening(Vocabulary):
    """What a page knows before it asks: the vocabulary, what was loaded, and what to say where there is nothing."""

    where: str
    notes: list[str]
    empty: str
    n_unread: int
    n_skipped: int


class Start(Opening):
    """An opening, and where it begins; "" and None where there is no recording, or no chunk is meant."""

    recording: str
    chunk: int | None


class FindAnswer(TypedDict):
    """What a search found.

    ``at`` is the place of the recording that is shown, -1 where it is not among them; ``anchor`` the first of those asked
    for that still is, and its place; ``largest`` the largest number of each column in the whole corpus.
    """

    total: int
    of: int
    at: int
    anchor: tuple[str, int] | None
    facets: dict[str, list[FacetValue]]
    n_values: dict[str, int]
    sort: str | None
    descending: bool
    largest: dict[str, float]
    notes: list[str]
    nowhere: list[str]
    substrings: list[str]
    rows: list[Row]


class Grouping(TypedDict):
    """How many recordings have been grouped by their requests, and of how many."""

    n_read: int
    of: int


class RunCount(TypedDict):
    """How many runs a recording's request has; None until recordings have been grouped, which ``is_costly`` if it is only
    done for who asks for it."""

    n_runs: int | None
    is_costly: bool


class FacetValues(TypedDict):
    """Values of a facet that hold some words, and how many there are."""

    values: list[FacetValue]
    n_values: int


class Finding(TypedDict):
    """A finding; ``spans`` are places in assembled texts: the text's number, start and end in UTF-16 units."""

    rule: str | None
    severity: Severity
    message: str | None
    evidence: str | None
    chunk: int | None
    last_chunk: int | None
    choice: int | None
    spans: list[list[int]]


class AcceptedFinding(Finding):
    """A finding that somebody accepted: the file that says so, and the reason that stands there."""

    accepted_in: str
    reason: str | None


class ProposalView(TypedDict):
    """What accepting a finding would write: the file, the lines that it gains, and what follows; else ``problem`` says why
    nothing can be written, and the others are ""."""

    problem: str | None
    file: str
    text: str
    words: str


class Accepted(TypedDict):
    """That it is written, in words."""

    words: str


class RuleWords(TypedDict):
    """What the catalogue says of a rule."""

    title: str
    meaning: str
    cause: str
    remedy: str


class FindingsOfRecording(TypedDict):
    """The most severe findings, how many there are more, how many of each severity, and what is known of their rules."""

    findings: list[Finding]
    accepted: list[AcceptedFinding]
    more_findings: int
    n_findings: dict[str, int]
    rules: dict[str, RuleWords]


class NamedTest(TypedDict):
    """A test's function, and what it was run with."""

    name: str
    parameters: str


class CopyChoice(TypedDict):
    """Something to take away."""

    name: str
    label: str


class RecordingView(FindingsOfRecording):
    """What is shown of a recording.

    ``prompt`` is None where it is asked for apart; ``facts`` are pairs of label and value, ``words`` have a meaning too, and
    are ``words_if_left`` where the recorder of a stream without an end died; ``about`` is the error of a recording that is
    nothing else; one that ``is_open`` has no end yet.
    """

    id: str
    stream: StreamView
    shape: Shape
    title: str
    prompt: str | None
    test: str
    test_name: NamedTest
    path: str
    facts: list[list[str]]
    about: str | None
    is_open: bool
    words: list[list[str]]
    words_if_left: list[list[str]]
    panes: list[str]
    copies: list[CopyChoice]
    glossary: list[list[str]]
    n_tool_calls: int
    has_logprobs: bool
    about_findings: str
