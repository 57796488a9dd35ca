"""What the explorer's page asks, and the answers: the one module behind every page, whoever carries its messages.

Takes a `Corpus` and its findings, gives plain values and buffers for the names in `QUESTIONS`; only ``accept`` writes a
file. Knows no Jupyter, no widget and no server: they carry a question's name and arguments here and its answer back. What
the list asks is answered by `searches`, what is asked about runs by `comparing`, what is shown of a recording by
`recording_view` and `panes`; how it is shown is known by ``web/``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache, wraps
from typing import Any, Final, Literal

import pandas as pd

from recexplore.analysis.price_table import Prices, read_prices
from recexplore.checks.accepting import NotAcceptable
from recexplore.checks.settings import Settings
from recexplore.corpus import Corpus, Recording
from recexplore.model.errors import RecordingNotFound
from recexplore.rules import known as catalogue
from recexplore.views.explorer import searches
from recexplore.views.explorer.accepted_findings import Acceptable, AcceptedFindings
from recexplore.views.explorer.coming import Coming, ComingStreams, Look
from recexplore.views.explorer.comparing import questions
from recexplore.views.explorer.comparing.comparisons import Comparisons
from recexplore.views.explorer.file_list import Files, files, n_unread
from recexplore.views.explorer.given_findings import checked_findings, most_severe
from recexplore.views.explorer.messages import Accepted, Answer, Opening, ProposalView, RecordingView, Start
from recexplore.views.explorer.panes import PANES
from recexplore.views.explorer.panes.raw import ChunkView, chunk_view
from recexplore.views.explorer.panes.rule_page import RulePage, rule_page
from recexplore.views.explorer.panes.tokens import tokens_pane
from recexplore.views.explorer.prompts import quick_prompt, readable_prompt
from recexplore.views.explorer.recording_findings import findings_of
from recexplore.views.explorer.recording_view import recording_view
from recexplore.views.explorer.searches import Searches
from recexplore.views.explorer.vocabulary import vocabulary
from recexplore.views.find.finder import Finder
from recexplore.views.find.request_groups import RequestGroups
from recexplore.views.text.copies import copied
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["QUESTIONS", "Answer", "Answers"]

_MOST_RECORDINGS: Final = 4
_MOST_PROMPTS: Final = 50
_GROUPING_S: Final = 1.0
"""So long may it take to say again which recordings are runs of one request; the rest is found out while pages ask."""


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
    is_growing
        Whether more is still being read: then what reads all files once more is done only where somebody asks for it.
    look
        Looks at the file of a stream without an end; None where nobody follows files: then nothing is said of such streams.
    clock
        The time of day in POSIX seconds.
    before
        The answers about the place when it was read before: where it was known which recordings are runs of one request, it
        soon is again.

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
        *,
        is_growing: bool = False,
        look: Look | None = None,
        clock: Callable[[], float] = time.time,
        before: Answers | None = None,
    ) -> None:
        self.corpus, self._clock = corpus, clock
        self._coming = None if look is None else ComingStreams(corpus, look)
        given = corpus.findings if findings is None else None if findings is False else findings
        self._prices = () if prices is None else read_prices(prices)
        self._every_finding, unknown = checked_findings(given, corpus)
        self._acceptance = AcceptedFindings(self._every_finding, corpus, settings, within)
        failed = [] if given is None else sorted(given.attrs.get("failed", ()))
        self._opening = _opening(corpus, unknown, failed)
        # One recording is asked about again and again: its frames are cut out once.
        self._kept = lru_cache(_MOST_RECORDINGS)(corpus.__getitem__)
        self._together: dict[str, Recording] = {}
        known = None if before is None else before._comparisons.groups
        groups = RequestGroups(corpus, is_growing=is_growing, before=known)
        if known is not None and known.is_known:
            groups.read_on(_GROUPING_S)
        self._comparisons: Comparisons = Comparisons(corpus, groups)
        self._searches: Searches = Searches(corpus, Finder(corpus, self.findings, groups), self.recording)

    @property
    def findings(self) -> pd.DataFrame | None:
        return self._acceptance.open

    def n_accepted(self, recordings: Collection[str]) -> int:
        """How many findings of these recordings somebody accepted."""
        accepted = self._acceptance.accepted
        return 0 if accepted is None else int(accepted["recording"].isin(recordings).sum())

    def recording(self, key: str) -> Recording:
        """The recording that questions are answered of: one, and kept for a while."""
        return self._together.get(key) or self._kept(key)

    def expect(self, recordings: Sequence[str]) -> None:
        """Everything will be asked of these recordings: what is derived of them is derived together."""
        self._together = {each.id: each for each in self.corpus.together(recordings)}

    def expect_comparisons(self, groups: Iterable[Sequence[str]]) -> None:
        """These recordings will be asked about, compared: they are compared together."""
        self._comparisons.expect(groups)

    @property
    def finder(self) -> Finder:
        return self._searches.finder

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

    def _ask_files(self) -> Answer[Files]:
        return files(self.corpus), []

    def _ask_coming(self) -> Answer[list[Coming]]:
        """The streams without an end, as they are now."""
        return [] if self._coming is None else self._coming.now(self._clock()), []

    def _show(self, *, recording: str) -> Answer[RecordingView]:
        chosen = self.recording(recording)
        mine = findings_of(chosen, self.findings, self._acceptance.accepted)
        return recording_view(chosen, self._prices, mine, self.findings is not None)

    def _ask_prompt(self, *, recording: str) -> Answer[str]:
        return readable_prompt(self.recording(recording)), []

    def _ask_prompts(self, *, recordings: Sequence[str]) -> Answer[dict[str, str]]:
        """What was asked in some recordings, as far as their files are quickly read again; "" elsewhere.

        Of those that are no longer there nothing is said.
        """
        chosen = [self.recording(id_) for id_ in recordings[:_MOST_PROMPTS] if id_ in self.corpus]
        return {each.id: quick_prompt(each) for each in chosen}, []

    def _pane(self, *, recording: str, name: str) -> Answer[Mapping[str, object]]:
        chosen = self.recording(recording)
        return tokens_pane(chosen, self._prices) if name == "tokens" else PANES[name](chosen), []

    def _chunk(self, *, recording: str, chunk: int) -> Answer[ChunkView]:
        return chunk_view(self.recording(recording), chunk), []

    def _copy(self, *, recording: str, what: str, chunk: int) -> Answer[str]:
        return copied(self.recording(recording), what, chunk), []

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
            self._searches.finder = Finder(self.corpus, self.findings, self._comparisons.groups)


def _answered_by(
    part: Callable[[Answers], Any], questions: Mapping[str, Callable[..., Answer[Any]]]
) -> dict[str, Callable[..., Answer[Any]]]:
    """Questions that a part of `Answers` answers, asked of the whole."""

    def of_whole(question: Callable[..., Answer[Any]]) -> Callable[..., Answer[Any]]:
        @wraps(question)
        def answered(answers: Answers, **given: Any) -> Answer[Any]:
            return question(part(answers), **given)

        return answered

    return {name: of_whole(question) for name, question in questions.items()}


QUESTIONS: Final[dict[str, Callable[..., Answer[Any]]]] = {
    "opening": Answers._open,
    **_answered_by(lambda answers: answers._searches, searches.QUESTIONS),
    "show": Answers._show,
    "files": Answers._ask_files,
    "coming": Answers._ask_coming,
    "prompt": Answers._ask_prompt,
    "prompts": Answers._ask_prompts,
    "pane": Answers._pane,
    "chunk": Answers._chunk,
    "copy": Answers._copy,
    **_answered_by(lambda answers: answers._comparisons, questions.QUESTIONS),
    "rule": Answers._rule,
    "proposal": Answers._proposal,
    "accept": Answers._accept,
}
"""What a page may ask, by name."""


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
