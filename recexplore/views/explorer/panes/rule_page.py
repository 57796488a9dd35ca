"""All that can be said of one rule in a corpus: its words from the catalogue, what it fired on, and how often a model.

Takes the rule (None where no catalogue has it), the findings and the corpus.
"""

from __future__ import annotations

from typing import Any, Final, TypedDict, cast

import pandas as pd

from recexplore.corpus import Corpus
from recexplore.model.plain_values import NOT_NAMED, records
from recexplore.model.severities import SEVERITIES, Severity
from recexplore.rules import Rule
from recexplore.rules.rule import SECTIONS
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["ConcernedRecording", "RulePage", "rule_page"]

_MOST_RECORDINGS: Final = 300
_MOST_MODELS: Final = 100


class ConcernedRecording(TypedDict):
    """A recording that a rule fired on: how many findings, the first chunk and the worst severity."""

    recording: str
    test_id: str | None
    n: int
    chunk: int | None
    severity: Severity
    model: str


class RulePage(TypedDict):
    """All that can be said of one rule in a corpus.

    ``title`` and ``severity`` are None where no catalogue has it; ``sections`` are pairs of heading and text; ``of`` says
    how many recordings there are; ``recordings`` are the first 300 in the order of the corpus; ``models`` are name,
    recordings with a finding and recordings in all, the most concerned first.
    """

    name: str
    title: str | None
    severity: Severity | None
    sections: list[list[str]]
    n_findings: int
    n_recordings: int
    of: int
    recordings: list[ConcernedRecording]
    models: list[tuple[str, int, int]]


def rule_page(name: str, rule: Rule | None, findings: pd.DataFrame | None, corpus: Corpus) -> RulePage:
    """What the page of a rule shows.

    Parameters
    ----------
    name
        As findings say it.
    rule
        Its entry in the catalogue.
    findings
        With every column that is read; None where no rules were run.
    corpus
        The recordings that the findings are of.
    """
    mine = pd.DataFrame(columns=["recording", "severity", "chunk"]) if findings is None else findings
    mine = mine[mine["rule"] == name] if "rule" in mine else mine
    ids = corpus.recordings["recording"]
    per = pd.DataFrame(
        {
            "n": mine.groupby("recording").size(),
            "chunk": mine.groupby("recording")["chunk"].min(),
            "severity": mine.groupby("recording")["severity"].agg(lambda each: min(each, key=SEVERITIES.index)),
        }
    )
    told = corpus.recordings[ids.isin(per.index)]
    shown = told.head(_MOST_RECORDINGS).set_index("recording").join(per)
    models = _models(corpus.recordings)
    return {
        "name": name,
        "title": _text(rule.title) if rule else None,
        "severity": rule.severity if rule else None,
        "sections": _sections(rule),
        "n_findings": len(mine),
        "n_recordings": len(told),
        "of": len(corpus),
        "recordings": [
            cast(ConcernedRecording, {**row, "model": model})
            for row, model in zip(
                records(shown.reset_index()[["recording", "test_id", "n", "chunk", "severity"]]),
                models[told.index[:_MOST_RECORDINGS]],
                strict=True,
            )
        ],
        "models": [
            (str(model), int(n), int(of)) for model, n, of in _shares(models[told.index], models).itertuples(name=None)
        ],
    }


def _sections(rule: Rule | None) -> list[list[str]]:
    if rule is None:
        return []
    said = [[heading, _text(getattr(rule, field))] for heading, field in SECTIONS if getattr(rule, field)]
    said.append(["Looks at", ", ".join(rule.formats) or "whatever was recorded"])
    return said + ([["Needs", f"recorded: {', '.join(rule.needs)}"]] if rule.needs else [])


def _models(recordings: pd.DataFrame) -> pd.Series[Any]:
    return recordings["model_served"].fillna(recordings["model_requested"]).fillna(NOT_NAMED)


def _shares(concerned: pd.Series[Any], every: pd.Series[Any]) -> pd.DataFrame:
    """How many recordings of each model a rule fired on, and how many there are."""
    n = concerned.value_counts().head(_MOST_MODELS)
    return pd.DataFrame({"n": n, "of": every.value_counts().reindex(n.index)})


def _text(said: object) -> str:
    return without_lone_surrogates(str(said))
