"""What the explorer's page asks, and the answers: the one module behind every page, whoever carries its messages.

Takes a `Corpus` and its findings, gives plain values and buffers for the names in `QUESTIONS`; only ``accept`` writes a
file. Knows no Jupyter, no widget and no server: they carry a question's name and arguments here and its answer back. Which
recordings are meant is known by `views.find`, what is shown of one by `stream_view` and `panes`, how it is shown by
``web/``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias, TypeVar, cast

import numpy as np
import pandas as pd

from recexplore.analysis.price_table import Prices, read_prices
from recexplore.checks.accepting import NotAcceptable
from recexplore.checks.settings import Settings
from recexplore.corpus import Corpus, Recording
from recexplore.model.errors import RecordingNotFound, SourceChanged
from recexplore.model.plain_values import plain, records
from recexplore.model.severities import SEVERITIES
from recexplore.model.span import Span
from recexplore.rules import Rule
from recexplore.rules import known as catalogue
from recexplore.views.explorer.accepted_findings import Acceptable, AcceptedFindings
from recexplore.views.explorer.assembled_texts import AssembledTexts
from recexplore.views.explorer.comparing.alike import Alike, alike
from recexplore.views.explorer.comparing.branches import Branches, branches
from recexplore.views.explorer.comparing.comparisons import Comparisons
from recexplore.views.explorer.comparing.summary import ComparisonView, comparison_view
from recexplore.views.explorer.comparing.texts import AlignedTexts, aligned_texts
from recexplore.views.explorer.file_list import Files, files, n_unread
from recexplore.views.explorer.given_findings import checked_findings, most_severe
from recexplore.views.explorer.messages import (
    Accepted,
    AcceptedFinding,
    FacetValues,
    FindAnswer,
    Finding,
    FindingsOfRecording,
    Grouping,
    Opening,
    ProposalView,
    RecordingView,
    RuleWords,
    RunCount,
    Start,
)
from recexplore.views.explorer.panes import PANES
from recexplore.views.explorer.panes.cost import cost_facts
from recexplore.views.explorer.panes.logprobs import has_logprobs
from recexplore.views.explorer.panes.raw import ChunkView, chunk_view
from recexplore.views.explorer.panes.rule_page import RulePage, rule_page
from recexplore.views.explorer.panes.tokens import tokens_pane
from recexplore.views.explorer.stream_view import stream_view
from recexplore.views.explorer.vocabulary import vocabulary
from recexplore.views.find.finder import Finder, Found
from recexplore.views.find.request_groups import RequestGroups
from recexplore.views.find.rows import Row
from recexplore.views.text.copies import copied, copies_of
from recexplore.views.text.facts import facts_of, flow_of, glossary_of
from recexplore.views.text.prompt import prompt_of
from recexplore.views.text.safe_text import without_lone_surrogates
from recexplore.views.text.shapes import Shape, headline, shape_of
from recexplore.views.text.test_names import test_name

__all__ = ["QUESTIONS", "Answer", "Answers"]

_Value = TypeVar("_Value")

Answer: TypeAlias = tuple[_Value, list[bytes]]
"""A value that JSON can hold, and the buffers that travel beside it."""

_MOST_FINDINGS: Final = 1_000
_MOST_VIEWS: Final = 16
_MOST_RECORDINGS: Final = 4
_MOST_PROMPTS: Final = 50
_SMALL_BYTES: Final = 1_000_000


class Answers:
    """Answers about one corpus.

    Parameters
    ----------
    corpus
        What `recexplore.load` gave.
    findings
        What was found wrong with it: ``corpus.findings`` if None, nothing if False, or a frame of one's own.
    prices
        What a million tokens cost: a mapping, or the path of a table; nothing is said of money if None.
    settings
        Gives those of ``recexplore check``, which say what is accepted and where more can be; None: nothing is.
    within
        The folder below which accepting may write; anywhere, if None.

    Attributes
    ----------
    corpus : Corpus
    findings : pandas.DataFrame or None
        Those that nobody accepted, with every column that is read; None where no rules were run.
    opening : Opening
        What a page knows before it asks: the vocabulary, what was loaded, notes.

    Raises
    ------
    TypeError
        ``findings`` is no frame of findings.
    PricesNotReadable
        The price table cannot be read.
    """

    def __init__(
        self,
        corpus: Corpus,
        findings: pd.DataFrame | Literal[False] | None = None,
        prices: Prices | None = None,
        settings: Callable[[], Settings] | None = None,
        within: str | None = None,
    ) -> None:
        self.corpus = corpus
        given = corpus.findings if findings is None else None if findings is False else findings
        self._prices = () if prices is None else read_prices(prices)
        self._every_finding, unknown = checked_findings(given, corpus)
        self._acceptance = AcceptedFindings(self._every_finding, corpus, settings, within)
        failed = [] if given is None else sorted(given.attrs.get("failed", ()))
        self._opening = _opening(corpus, unknown, failed)
        # One recording is asked about again and again: its frames are cut out once.
        self._recording = lru_cache(_MOST_RECORDINGS)(corpus.__getitem__)
        groups = RequestGroups(corpus)
        self._comparisons = Comparisons(corpus, groups)
        self._finder = Finder(corpus, self.findings, groups)
        self._found: dict[str, tuple[int, Found]] = {}

    @property
    def findings(self) -> pd.DataFrame | None:
        return self._acceptance.open

    def n_accepted(self, recordings: Collection[str]) -> int:
        """How many findings of these recordings somebody accepted."""
        accepted = self._acceptance.accepted
        return 0 if accepted is None else int(accepted["recording"].isin(recordings).sum())

    @property
    def finder(self) -> Finder:
        return self._finder

    def rules_in(self, recordings: Collection[str]) -> list[str]:
        """The rules that found something in these recordings, accepted or not, in the order in which they come."""
        frames = [each for each in (self.findings, self._acceptance.accepted) if each is not None]
        rules = [frame.loc[frame["recording"].isin(recordings), "rule"].dropna() for frame in frames]
        return list(dict.fromkeys(rule for each in rules for rule in each))

    @property
    def opening(self) -> Opening:
        problem = without_lone_surrogates(self._acceptance.problem)
        return {**self._opening, "notes": [*self._opening["notes"], *filter(None, [problem])]}

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

    def _open(self, *, recording: str | None = None, chunk: int | None = None) -> Answer[Start]:
        """What a page opens with, and where it begins: at what was asked for, if it is there."""
        self._look_for_accepted()
        opening: Start = {**self.opening, "recording": "", "chunk": None}
        try:
            begin = (self.corpus[recording].id, chunk) if recording else self.first()
        except RecordingNotFound as error:
            begin = self.first()
            opening["notes"] = [without_lone_surrogates(str(error)), *opening["notes"]]
        if begin is not None:
            opening["recording"], opening["chunk"] = begin
        return opening, []

    def answer(self, question: str, given: Mapping[str, Any]) -> Answer[Any]:
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
        anchors: Sequence[str] = (),
    ) -> Answer[FindAnswer]:
        found = self._finder.find(query, facets or {}, sort, descending)
        # Each view of this explorer has its own; those that asked longest ago are let go.
        self._found.pop(view, None)
        self._found = dict([*self._found.items(), (view, (key, found))][-_MOST_VIEWS:])
        answer: FindAnswer = {
            "total": len(found.ordinals),
            "of": len(self.corpus),
            "at": self._place(recording, found),
            # What was in sight and still is somewhere: the page scrolls there when the corpus has changed below it.
            "anchor": next(((id_, at) for id_ in anchors if (at := self._place(id_, found)) >= 0), None),
            "facets": found.facets,
            "n_values": found.n_values,
            "sort": found.sort,
            "descending": found.descending,
            "largest": self._finder.largest(),
            "notes": found.notes,
            "nowhere": found.nowhere,
            "substrings": found.substrings,
            "rows": found.rows(found.ordinals[:count]),
        }
        return answer, []

    def _rows(self, *, view: str, key: int, first: int, count: int) -> Answer[list[Row]]:
        found = self._found_by(view, key)
        return found.rows(found.ordinals[first : first + count]), []

    def _values(self, *, view: str, key: int, facet: str, words: str) -> Answer[FacetValues]:
        """The values of a facet that hold some words: of very many, `find` lists only the most frequent."""
        values, n_values = self._found_by(view, key).values(facet, words)
        return {"values": values, "n_values": n_values}, []

    def _found_by(self, view: str, key: int) -> Found:
        asked, found = self._found.get(view, (None, None))
        if found is None or asked != key:
            raise LookupError("these rows are no longer known: search again")
        return found

    def _place(self, recording: str, found: Found) -> int:
        """Where a recording stands among those found; -1 where it is not, or is no longer in the corpus."""
        if not recording or recording not in self.corpus:
            return -1
        at = np.flatnonzero(found.ordinals == self._recording(recording).position)
        return int(at[0]) if at.size else -1

    def _ask_files(self) -> Answer[Files]:
        return files(self.corpus), []

    def _show(self, *, recording: str) -> Answer[RecordingView]:
        chosen = self._recording(recording)
        stream, buffers = stream_view(chosen)
        facts = chosen.facts
        name, parameters = test_name(str(plain(facts["test_id"]) or ""))
        shape, flow = shape_of(chosen), flow_of(chosen)
        view: RecordingView = {
            "id": chosen.id,
            "stream": stream,
            "shape": shape,
            "title": headline(chosen),
            # What was asked stands in the file: of a large one it comes by a question of its own.
            "prompt": _prompt(chosen) if facts["bytes"] <= _SMALL_BYTES else None,
            "test": plain(facts["test_id"]) or "",
            "test_name": {"name": name, "parameters": parameters},
            "path": facts["path"],
            "facts": [
                *_facts_beside(chosen, shape),
                ["tokens", _tokens_in_words(facts)],
                *cost_facts(chosen, self._prices),
            ],
            "about": plain(facts["error"]) if shape == "error" else None,
            "words": flow,
            "panes": _panes_of(chosen, shape),
            "copies": [{"name": each.name, "label": each.label} for each in copies_of(chosen)],
            "glossary": glossary_of(chosen, flow),
            "n_tool_calls": len(chosen.tool_calls),
            "has_logprobs": has_logprobs(chosen),
            **self._findings_of(chosen),
            "about_findings": _NO_FINDINGS if self.findings is None else "No finding names this recording.",
        }
        return view, buffers

    def _ask_prompt(self, *, recording: str) -> Answer[str]:
        return _prompt(self._recording(recording)), []

    def _ask_prompts(self, *, recordings: Sequence[str]) -> Answer[dict[str, str]]:
        """What was asked in some recordings, as far as their files are quickly read again; "" elsewhere."""
        chosen = [self._recording(id_) for id_ in recordings[:_MOST_PROMPTS]]
        return {each.id: _short_prompt(each) for each in chosen}, []

    def _pane(self, *, recording: str, name: str) -> Answer[Mapping[str, object]]:
        chosen = self._recording(recording)
        return tokens_pane(chosen, self._prices) if name == "tokens" else PANES[name](chosen), []

    def _chunk(self, *, recording: str, chunk: int) -> Answer[ChunkView]:
        return chunk_view(self._recording(recording), chunk), []

    def _copy(self, *, recording: str, what: str, chunk: int) -> Answer[str]:
        return copied(self._recording(recording), what, chunk), []

    def _ask_grouping(self, *, is_asked: bool) -> Answer[Grouping]:
        """Group recordings by their requests for a moment: the page asks again until all are grouped."""
        n_read, of = self._comparisons.group(is_asked)
        return {"n_read": n_read, "of": of}, []

    def _ask_runs(self, *, recording: str) -> Answer[RunCount]:
        return {
            "n_runs": self._comparisons.n_runs(recording),
            "is_costly": self._comparisons.groups.is_large,
        }, []

    def _compare(self, *, recordings: Sequence[str]) -> Answer[ComparisonView]:
        """These recordings compared; one alone stands for all runs of its request."""
        return comparison_view(self._comparisons.of(recordings)), []

    def _compare_texts(self, *, recordings: Sequence[str], runs: Sequence[int]) -> Answer[AlignedTexts]:
        compared = self._comparisons.of(recordings)
        return aligned_texts(compared.comparison, compared.places, runs)

    def _compare_tree(self, *, recordings: Sequence[str], choice: int, kind: str, tool: int | None) -> Answer[Branches]:
        return branches(self._comparisons.of(recordings).comparison, choice, kind, tool), []

    def _compare_alike(self, *, recordings: Sequence[str]) -> Answer[Alike]:
        return alike(self._comparisons.of(recordings).comparison), []

    def _rule(self, *, rule: str) -> Answer[RulePage]:
        about = next((each for each in catalogue() if each.id == rule), None)
        return rule_page(rule, about, self.findings, self.corpus), []

    def _proposal(
        self,
        *,
        recording: str,
        rule: str,
        severity: str,
        choice: int | None,
        way: str,
        reason: str = "",
        until: str = "",
    ) -> Answer[ProposalView]:
        """What accepting a finding would write, and where; or why it cannot be accepted so."""
        asked = Acceptable(recording, rule, severity, choice, way, reason, until)
        try:
            proposal = self._acceptance.propose(asked)
        except (ValueError, OSError) as error:
            return {"problem": without_lone_surrogates(str(error)), "file": "", "text": "", "words": ""}, []
        file, text, words = map(without_lone_surrogates, (proposal.file, proposal.text, proposal.words))
        return {"problem": None, "file": file, "text": text, "words": words}, []

    def _accept(
        self,
        *,
        recording: str,
        rule: str,
        severity: str,
        choice: int | None,
        way: str,
        shown: str,
        reason: str = "",
        until: str = "",
    ) -> Answer[Accepted]:
        """Write it, if it is what was shown to the reader; what goes wrong is raised."""
        proposal = self._acceptance.propose(Acceptable(recording, rule, severity, choice, way, reason, until))
        if without_lone_surrogates(proposal.text) != shown:
            raise NotAcceptable("what would be written has changed; read it again")
        proposal.write()
        self._look_for_accepted()
        return {
            "words": without_lone_surrogates(f"Accepted in {proposal.file}; delete the lines there to take it back.")
        }, []

    def _look_for_accepted(self) -> None:
        """Read again what is accepted; the files that say so are others' to change, too."""
        before = self.findings
        self._acceptance.refresh()
        if before is not None and self.findings is not None and not before.index.equals(self.findings.index):
            self._finder = Finder(self.corpus, self.findings, self._comparisons.groups)

    def _findings_of(self, recording: Recording) -> FindingsOfRecording:
        """The most severe findings of a recording, how many there are, and what the catalogue says of their rules."""
        accepted = self._acceptance.accepted
        if self.findings is None or accepted is None:
            return {"findings": [], "accepted": [], "more_findings": 0, "n_findings": {}, "rules": {}}
        counts = self.findings.loc[self.findings["recording"] == recording.id, "severity"].value_counts()
        mine = _findings_in(self.findings, recording)
        settled = cast(list[AcceptedFinding], _findings_in(accepted, recording))
        named = {finding["rule"] for finding in (*mine, *settled)}
        return {
            "findings": mine,
            "accepted": settled,
            "more_findings": int(counts.sum()) - len(mine),
            "n_findings": {str(name): int(n) for name, n in counts.items()},
            "rules": {rule.id: _about(rule) for rule in catalogue() if rule.id in named},
        }


QUESTIONS: Final[dict[str, Callable[..., Answer[Any]]]] = {
    "opening": Answers._open,
    "find": Answers._find,
    "rows": Answers._rows,
    "values": Answers._values,
    "show": Answers._show,
    "files": Answers._ask_files,
    "prompt": Answers._ask_prompt,
    "prompts": Answers._ask_prompts,
    "pane": Answers._pane,
    "chunk": Answers._chunk,
    "copy": Answers._copy,
    "grouping": Answers._ask_grouping,
    "runs": Answers._ask_runs,
    "compare": Answers._compare,
    "compare_texts": Answers._compare_texts,
    "compare_tree": Answers._compare_tree,
    "compare_alike": Answers._compare_alike,
    "rule": Answers._rule,
    "proposal": Answers._proposal,
    "accept": Answers._accept,
}
"""What a page may ask, by name."""

_PANES_WITHOUT_CHOICES: Final = ("request", "tokens", "raw")


def _facts_beside(recording: Recording, shape: Shape) -> list[list[str]]:
    """The facts, without an error that is shown in full below them."""
    return [fact for fact in facts_of(recording) if shape != "error" or fact[0] != "error"]


def _panes_of(recording: Recording, shape: Shape) -> list[str]:
    """The panes that have something to say of a recording."""
    if shape in ("stream", "whole"):
        return list(PANES)
    without_usage = {"tokens"} if recording.usage.empty else set()
    return [name for name in PANES if name in _PANES_WITHOUT_CHOICES and name not in without_usage]


_NO_FINDINGS: Final = "No rules were run: explore was called with findings=False."


def _about(rule: Rule) -> RuleWords:
    """What the catalogue says of a rule."""
    title, meaning, cause, remedy = (
        without_lone_surrogates(str(text)) for text in (rule.title, rule.meaning, rule.cause, rule.remedy)
    )
    return {"title": title, "meaning": meaning, "cause": cause, "remedy": remedy}


def _opening(corpus: Corpus, lost: list[str], failed: list[str]) -> Opening:
    notes = [f"findings of {len(lost):,} unknown: no recording is {', '.join(lost[:3])}"] if lost else []
    notes += [f"rules that failed: {', '.join(failed)}"] if failed else []
    empty = repr(corpus) if not len(corpus) else ""
    return {
        **vocabulary(),
        "where": corpus.where.strip("'"),
        "notes": notes,
        "empty": empty,
        "n_unread": n_unread(corpus),
        "n_skipped": len(corpus.skipped_files),
    }


def _prompt(recording: Recording) -> str:
    try:
        return prompt_of(recording)
    except (SourceChanged, RecursionError) as error:
        return f"The request cannot be shown: {without_lone_surrogates(str(error))}"


def _short_prompt(recording: Recording) -> str:
    if recording.facts["bytes"] > _SMALL_BYTES:
        return ""
    try:
        return prompt_of(recording)
    except (SourceChanged, RecursionError):
        return ""


def _tokens_in_words(facts: pd.Series[Any]) -> str:
    reported = {name: facts[f"{name}_tokens"] for name in ("total", "prompt", "completion")}
    known = [f"{value:,} {name}" for name, value in reported.items() if not pd.isna(value)]
    return f"{reported['total']:,}" if not pd.isna(reported["total"]) else ", ".join(known) or "not reported"


def _findings_in(findings: pd.DataFrame, recording: Recording) -> list[Finding]:
    """The most severe findings of a recording, as the page shows them."""
    mine = findings[findings["recording"] == recording.id]
    mine = mine.sort_values(["severity", "chunk"], key=_by_severity, kind="stable", na_position="first")
    mine = mine.head(_MOST_FINDINGS)
    rows = records(mine.drop(columns=["recording", "spans"]))
    last = int(recording.facts["n_chunks"]) - 1
    places = _places_of(mine["spans"], recording)
    return [_placed({**row, "spans": spans}, last) for row, spans in zip(rows, places, strict=True)]


def _places_of(spans: Iterable[tuple[Span, ...]], recording: Recording) -> list[list[list[int]]]:
    """For each finding where its spans stand, as the page looks them up; what stands nowhere is left out."""
    texts = AssembledTexts(recording.events)
    return [[[*place] for span in mine if (place := texts.place(span)) is not None] for mine in spans]


def _by_severity(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.map(SEVERITIES.index) if column.name == "severity" else column


def _placed(finding: dict[str, Any], last: int) -> Finding:
    """The finding on chunks that there are; one beyond them is of the whole recording, and says so."""
    chunk = finding["chunk"]
    if chunk is None or chunk <= last:
        end = finding["last_chunk"]
        return cast(Finding, {**finding, "last_chunk": None if end is None else max(min(end, last), chunk or 0)})
    message = " ".join(filter(None, [finding["message"], f"(chunk {chunk:,} is not in this recording)"]))
    return cast(Finding, {**finding, "message": message, "chunk": None, "last_chunk": None})
