"""Which of the shown findings somebody accepted, and accepting others.

Takes findings as `given_findings` made them and the settings of a check, gives those that are still open, what accepts the
others, and proposals. What counts as accepted, and what is written, is known by `recexplore.checks.accepting`.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple, cast, get_args

import numpy as np
import pandas as pd

from recexplore.checks.accepting import Acceptance, NotAcceptable, Proposal, Way, acceptances, propose
from recexplore.checks.baseline import Kind
from recexplore.checks.settings import Settings
from recexplore.corpus import Corpus
from recexplore.model.plain_values import plain_column
from recexplore.model.severities import SEVERITIES

__all__ = ["Acceptable", "AcceptedFindings"]

_NO_SETTINGS: Final = "Nothing can be accepted here: no settings were handed over."


class Acceptable(NamedTuple):
    """Findings of a recording that are alike, as a page names them, and how they are to be accepted.

    ``way`` is one of `recexplore.checks.accepting.WAYS`; ``until`` a day such as 2027-01-31, or "".
    """

    recording: str
    rule: str
    severity: str
    choice: int | None
    way: str
    reason: str = ""
    until: str = ""


class AcceptedFindings:
    """The findings of a corpus, parted by whether they are accepted.

    Parameters
    ----------
    findings
        With every column that is read; None where no rules were run.
    corpus
        The recordings that they are of.
    read_settings
        Gives the settings of ``recexplore check`` where the reader would run it; None: nothing is accepted or can be.
    within
        The folder below which files may be written; anywhere, if None.

    Attributes
    ----------
    open : pandas.DataFrame or None
        The findings that nobody accepted.
    accepted : pandas.DataFrame or None
        The others, with ``accepted_in``, the file that says so, and ``reason``.
    problem : str
        Why it is not known what is accepted; "" where it is.
    """

    def __init__(
        self,
        findings: pd.DataFrame | None,
        corpus: Corpus,
        read_settings: Callable[[], Settings] | None,
        within: str | None = None,
    ) -> None:
        self._within = within
        self._findings, self._corpus, self._read_settings = findings, corpus, read_settings
        self._settings: Settings | None = None
        self.open, self.accepted = findings, None if findings is None else _with_acceptance(findings.head(0), [])
        self.problem = ""
        self._kinds: list[Kind | None] = []
        self._acceptances: list[Acceptance | None] = []
        self.refresh()

    def refresh(self) -> None:
        """Read again what is accepted."""
        if self._read_settings is None or self._findings is None:
            return
        try:
            self._settings = self._read_settings()
            self._kinds = self._kinds_of(self._findings, self._settings)
            known = [kind for kind in self._kinds if kind is not None]
            by = iter(acceptances(known, self._settings, self._corpus.places))
        except (ValueError, OSError) as error:
            self._settings, self.problem = None, f"what was accepted is not known: {error}"
            return
        self._acceptances = [None if kind is None else next(by) for kind in self._kinds]
        is_open = np.array([each is None for each in self._acceptances], dtype=bool)
        self.problem, self.open = "", self._findings[is_open]
        self.accepted = _with_acceptance(self._findings[~is_open], list(filter(None, self._acceptances)))

    def propose(self, asked: Acceptable) -> Proposal:
        """What would be written to accept the findings of a recording that are alike.

        Raises
        ------
        NotAcceptable
            They cannot be accepted in this way.
        """
        if self._settings is None or self._findings is None:
            raise NotAcceptable(self.problem or _NO_SETTINGS)
        if asked.way not in get_args(Way) or asked.severity not in SEVERITIES:
            raise NotAcceptable(f"no way {asked.way!r} to accept a finding that is {asked.severity!r}")
        kind = self._kind(*self._place(asked.recording), asked.choice, asked.rule, asked.severity, self._settings)
        mine = [acceptance for each, acceptance in zip(self._kinds, self._acceptances, strict=True) if each == kind]
        if not mine:
            raise NotAcceptable(f"there is no such finding any more: {kind}")
        if None not in mine:
            raise NotAcceptable(f"it is accepted already: {mine[0].file}" if mine[0] else "")
        return propose(
            kind,
            [each for each, acceptance in self._told() if acceptance is None or acceptance.reason is None],
            cast(Way, asked.way),
            self._settings,
            reason=asked.reason,
            until=_date(asked.until),
            within=self._within,
        )

    def _told(self) -> Iterator[tuple[Kind, Acceptance | None]]:
        """The kinds of findings of rules, and what accepts them."""
        for kind, acceptance in zip(self._kinds, self._acceptances, strict=True):
            if kind is not None:
                yield kind, acceptance

    def _kinds_of(self, findings: pd.DataFrame, settings: Settings) -> list[Kind | None]:
        """The kind of each finding; None of one without a rule."""
        places = self._places(findings["recording"])
        columns = (plain_column(findings[name]) for name in ("recording", "choice", "rule", "severity"))
        return [
            None if rule is None else self._kind(*places[recording], choice, rule, severity, settings)
            for recording, choice, rule, severity in zip(*columns, strict=True)
        ]

    def _kind(self, path: str, exchange: int, choice: int | None, rule: str, severity: Any, settings: Settings) -> Kind:
        return Kind(path, exchange, choice, rule, settings.severity_of(rule, severity))

    def _places(self, recordings: pd.Series[str]) -> dict[str, tuple[str, int]]:
        """The path and the exchange of each of these recordings."""
        about = self._corpus.recordings
        own = about.loc[about["recording"].isin(recordings), ["recording", "path", "exchange"]]
        places = zip(own["path"].tolist(), own["exchange"].tolist(), strict=True)
        return dict(zip(own["recording"].tolist(), places, strict=True))

    def _place(self, recording: str) -> tuple[str, int]:
        facts = self._corpus[recording].facts
        return facts["path"], int(facts["exchange"])


def _with_acceptance(findings: pd.DataFrame, acceptances: Sequence[Acceptance]) -> pd.DataFrame:
    return findings.assign(
        accepted_in=pd.Series([each.file for each in acceptances], index=findings.index, dtype="str"),
        reason=pd.Series([each.reason for each in acceptances], index=findings.index, dtype="str"),
    )


def _date(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError:
        raise NotAcceptable(f"expected a date such as 2027-01-31, found {text!r}") from None
