"""What the explorer's page asks, and the answers: the one module behind every page, whoever carries its messages.

Takes a `Corpus` and its findings, gives plain values and buffers for the names in `QUESTIONS`. Knows no
Jupyter, no widget and no server: they carry a question's name and arguments here and its answer back. Which recordings are
meant is known by `views.find`, what is shown of one by `stream_view` and `panes`, how it is shown by ``web/``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd

from recexplore.corpus import Corpus, Recording
from recexplore.model.counts import count
from recexplore.model.errors import SourceChanged
from recexplore.model.plain_values import records
from recexplore.model.severities import SEVERITIES
from recexplore.model.span import Span
from recexplore.rules import Rule
from recexplore.rules import known as catalogue
from recexplore.views.explorer.assembled_texts import AssembledTexts
from recexplore.views.explorer.given_findings import checked_findings, most_severe
from recexplore.views.explorer.panes import PANES
from recexplore.views.explorer.panes.raw import chunk_view
from recexplore.views.explorer.stream_view import stream_view
from recexplore.views.explorer.vocabulary import vocabulary
from recexplore.views.find.finder import Finder, Found
from recexplore.views.text.facts import facts_of, flow_of, glossary_of
from recexplore.views.text.prompt import prompt_of
from recexplore.views.text.safe_text import without_lone_surrogates
from recexplore.views.text.skipped import skipped_line

__all__ = ["QUESTIONS", "Answer", "Answers"]

Answer: TypeAlias = tuple[Any, list[bytes]]
"""A value that JSON can hold, and the buffers that travel beside it."""

_MOST_FINDINGS: Final = 1_000
_MOST_VIEWS: Final = 16
_SMALL_BYTES: Final = 1_000_000


class Answers:
    """Answers about one corpus.

    Parameters
    ----------
    corpus
        What `recexplore.load` gave.
    findings
        What was found wrong with it: ``corpus.findings`` if None, nothing if False, or a frame of one's own.

    Attributes
    ----------
    corpus : Corpus
    findings : pandas.DataFrame or None
        With every column that is read; None where no rules were run.
    opening : dict
        What a page knows before it asks: the vocabulary, what was loaded, notes.

    Raises
    ------
    TypeError
        ``findings`` is no frame of findings.
    """

    def __init__(self, corpus: Corpus, findings: pd.DataFrame | Literal[False] | None = None) -> None:
        self.corpus = corpus
        given = corpus.findings if findings is None else None if findings is False else findings
        self.findings, unknown = checked_findings(given, corpus)
        failed = [] if given is None else sorted(given.attrs.get("failed", ()))
        self.opening = _opening(corpus, unknown, failed)
        self._finder = Finder(corpus, self.findings)
        self._found: dict[str, tuple[int, Found]] = {}

    def first(self) -> tuple[str, int | None] | None:
        """Where to begin if nobody says: at the first of the most severe findings, else at the first stream.

        Returns
        -------
        tuple of str and int, or None
            A recording and a chunk of it, None where no chunk is meant; None where there is no recording.
        """
        if (worst := most_severe(self.findings, self.corpus)) is not None:
            return worst
        if not len(self.corpus):
            return None
        is_stream = self.corpus.recordings["streaming"].fillna(False).to_numpy(dtype=bool)
        return self.corpus.recordings["recording"].iloc[int(is_stream.argmax())], None

    def answer(self, question: str, given: Mapping[str, Any]) -> Answer:
        """The answer to one question of the page.

        Raises
        ------
        LookupError
            There is no such question, or what it asks about is not there.
        """
        if question not in QUESTIONS:
            raise LookupError(f"no question {question!r}: there are {', '.join(QUESTIONS)}")
        return QUESTIONS[question](self, **given)

    def _find(
        self,
        *,
        view: str,
        key: int,
        count: int,
        recording: str,
        query: str = "",
        facets: dict[str, list[str]] | None = None,
        sort: str | None = None,
        descending: bool = False,
    ) -> Answer:
        found = self._finder.find(query, facets or {}, sort, descending)
        # Each view of this explorer has its own; those that asked longest ago are let go.
        self._found.pop(view, None)
        self._found = dict([*self._found.items(), (view, (key, found))][-_MOST_VIEWS:])
        at = np.flatnonzero(found.ordinals == self.corpus[recording].position) if recording else np.empty(0)
        answer = {
            "total": len(found.ordinals),
            "of": len(self.corpus),
            "at": int(at[0]) if at.size else -1,
            "facets": found.facets,
            "notes": found.notes,
            "substrings": found.substrings,
            "rows": found.rows(found.ordinals[:count]),
        }
        return answer, []

    def _rows(self, *, view: str, key: int, first: int, count: int) -> Answer:
        asked, found = self._found.get(view, (None, None))
        if found is None or asked != key:
            raise LookupError("these rows are no longer known: search again")
        return found.rows(found.ordinals[first : first + count]), []

    def _show(self, *, recording: str) -> Answer:
        chosen = self.corpus[recording]
        stream, buffers = stream_view(chosen)
        facts = chosen.facts
        view = {
            "id": chosen.id,
            "stream": stream,
            # What was asked stands in the file: of a large one it comes by a question of its own.
            "prompt": _prompt(chosen) if facts["bytes"] <= _SMALL_BYTES else None,
            "test": facts["test_id"] if isinstance(facts["test_id"], str) else "",
            "path": facts["path"],
            "facts": [*facts_of(chosen), ["tokens", _tokens_in_words(facts)]],
            "words": flow_of(chosen),
            "glossary": glossary_of(chosen),
            "n_tool_calls": len(chosen.tool_calls),
            **self._findings_of(chosen),
            "about_findings": _NO_FINDINGS if self.findings is None else "No finding names this recording.",
            "link": [f"rx.explore(corpus, {chosen.id!r}, chunk=", ")"],
        }
        return view, buffers

    def _ask_prompt(self, *, recording: str) -> Answer:
        return _prompt(self.corpus[recording]), []

    def _pane(self, *, recording: str, name: str) -> Answer:
        return PANES[name](self.corpus[recording]), []

    def _chunk(self, *, recording: str, chunk: int) -> Answer:
        return chunk_view(self.corpus[recording], chunk), []

    def _findings_of(self, recording: Recording) -> dict[str, Any]:
        """The most severe findings of a recording, how many there are, and what the catalogue says of their rules."""
        if self.findings is None:
            return {"findings": [], "more_findings": 0, "n_findings": {}, "rules": {}}
        mine = self.findings[self.findings["recording"] == recording.id]
        counts = mine["severity"].value_counts()
        mine = mine.sort_values(["severity", "chunk"], key=_by_severity, kind="stable", na_position="first")
        mine = mine.head(_MOST_FINDINGS)
        rows = records(mine.drop(columns=["recording", "spans"]))
        places = _places_of(mine["spans"], recording)
        last = int(recording.facts["n_chunks"]) - 1
        rules = {rule.id: _about(rule) for rule in catalogue() if rule.id in {row["rule"] for row in rows}}
        return {
            "findings": [_placed(row, last) | {"spans": spans} for row, spans in zip(rows, places, strict=True)],
            "more_findings": int(counts.sum()) - len(rows),
            "n_findings": {name: int(n) for name, n in counts.items()},
            "rules": rules,
        }


QUESTIONS: Final[dict[str, Callable[..., Answer]]] = {
    "find": Answers._find,
    "rows": Answers._rows,
    "show": Answers._show,
    "prompt": Answers._ask_prompt,
    "pane": Answers._pane,
    "chunk": Answers._chunk,
}
"""What a page may ask, by name."""

_NO_FINDINGS: Final = "No rules were run: explore was called with findings=False."


def _about(rule: Rule) -> dict[str, str]:
    """What the catalogue says of a rule."""
    texts = {"title": rule.title, "meaning": rule.meaning, "cause": rule.cause, "remedy": rule.remedy}
    return {name: without_lone_surrogates(str(text)) for name, text in texts.items()}


def _opening(corpus: Corpus, lost: list[str], failed: list[str]) -> dict[str, Any]:
    n = len(corpus.problems)
    notes = [f"findings of {len(lost):,} unknown: no recording is {', '.join(lost[:3])}"] if lost else []
    notes += [f"rules that failed: {', '.join(failed)}"] if failed else []
    notes += [f"{count(n, 'problem')} while reading: see corpus.problems"] if n else []
    notes += [f"{skipped}: see corpus.skipped"] if (skipped := skipped_line(corpus)) else []
    empty = repr(corpus) if not len(corpus) else ""
    return {"where": corpus.where.strip("'"), "notes": notes, "empty": empty, **vocabulary()}


def _prompt(recording: Recording) -> str:
    try:
        return prompt_of(recording)
    except (SourceChanged, RecursionError) as error:
        return f"The request cannot be shown: {without_lone_surrogates(str(error))}"


def _tokens_in_words(facts: pd.Series[Any]) -> str:
    reported = {name: facts[f"{name}_tokens"] for name in ("total", "prompt", "completion")}
    known = [f"{value:,} {name}" for name, value in reported.items() if not pd.isna(value)]
    return f"{reported['total']:,}" if not pd.isna(reported["total"]) else ", ".join(known) or "not reported"


def _places_of(spans: Iterable[tuple[Span, ...]], recording: Recording) -> list[list[list[int]]]:
    """For each finding where its spans stand, as the page looks them up; what stands nowhere is left out."""
    texts = AssembledTexts(recording.events)
    return [[[*place] for span in mine if (place := texts.place(span)) is not None] for mine in spans]


def _by_severity(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.map(SEVERITIES.index) if column.name == "severity" else column


def _placed(finding: dict[str, Any], last: int) -> dict[str, Any]:
    """The finding on chunks that there are; one beyond them is of the whole recording, and says so."""
    chunk = finding["chunk"]
    if chunk is None or chunk <= last:
        end = finding["last_chunk"]
        return {**finding, "last_chunk": None if end is None else max(min(end, last), chunk or 0)}
    message = " ".join(filter(None, [finding["message"], f"(chunk {chunk:,} is not in this recording)"]))
    return {**finding, "message": message, "chunk": None, "last_chunk": None}
