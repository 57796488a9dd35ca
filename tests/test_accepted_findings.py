"""Which findings the explorer shows as accepted: those that a check with the same settings accepts."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

import recexplore
from recexplore.checks.accepting import NotAcceptable
from recexplore.checks.baseline import write_baseline
from recexplore.checks.result import baseline_of, judge
from recexplore.checks.settings import Settings, read_settings
from recexplore.corpus import Corpus
from recexplore.views.explorer.accepted_findings import Acceptable, AcceptedFindings
from recexplore.views.explorer.answers import Answers
from recexplore.views.explorer.given_findings import checked_findings


@pytest.fixture
def corpus(tmp_path: Path, bundled_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    shutil.copytree(bundled_folder, tmp_path / "recordings")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.recexplore]\nbaseline = "accepted.json"\nseverity = {think-tags = "note"}\n'
    )
    monkeypatch.chdir(tmp_path)
    return recexplore.load("recordings", progress=False)


def parted(corpus: Corpus, settings: Settings | None = None) -> AcceptedFindings:
    findings, _ = checked_findings(corpus.findings, corpus)
    return AcceptedFindings(findings, corpus, partial(read_settings) if settings is None else lambda: settings)


def test_the_explorer_and_a_check_say_the_same(corpus: Corpus) -> None:
    everything = judge(corpus, replace(read_settings(), baseline=None))
    errors = [each for each in everything.new if each.severity == "error"]
    assert errors
    accepted = baseline_of(everything, "accepted.json")
    write_baseline("accepted.json", accepted)
    Path("recordings/recexplore.toml").write_text('[[suppress]]\nrule = "choice-bleed"\nreason = "meant"\n')
    verdict = judge(corpus, read_settings())
    found = parted(corpus)
    assert found.open is not None
    assert found.accepted is not None
    assert (len(found.open), len(found.accepted)) == (len(verdict.new), len(verdict.accepted) + len(verdict.suppressed))
    assert len(verdict.new) == 0
    by_reason = found.accepted.groupby("reason", dropna=False).size()
    assert by_reason["meant"] == len(verdict.suppressed) > 0
    assert set(found.accepted["accepted_in"]) == {"accepted.json", "recordings/recexplore.toml"}


def test_without_settings_nothing_is_accepted_and_nothing_can_be(corpus: Corpus) -> None:
    findings, _ = checked_findings(corpus.findings, corpus)
    found = AcceptedFindings(findings, corpus, None)
    assert found.open is findings
    with pytest.raises(NotAcceptable, match="no settings"):
        found.propose(Acceptable("f27523", "choice-bleed", "error", 0, "baseline"))
    assert AcceptedFindings(None, corpus, read_settings).accepted is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"way": "nowhere"}, "no way 'nowhere'"),
        ({"severity": "fatal"}, "'fatal'"),
        ({"rule": "stall"}, "no such finding any more"),
        ({"way": "file", "until": "soon"}, "expected a date such as 2027-01-31, found 'soon'"),
    ],
)
def test_what_no_page_of_ours_would_ask(corpus: Corpus, given: dict[str, str], expected: str) -> None:
    asked = {"recording": "f27523", "rule": "choice-bleed", "severity": "error", "choice": 0, "way": "baseline"}
    with pytest.raises(NotAcceptable, match=expected):
        parted(corpus).propose(Acceptable(**{**asked, **given}))  # type: ignore[arg-type]


def test_a_severity_is_the_one_of_the_settings(corpus: Corpus) -> None:
    proposal = parted(corpus).propose(Acceptable("f27523", "think-tags", "warning", None, "baseline"))
    assert '"severity": "note"' in proposal.text


def test_what_is_accepted_already_is_not_accepted_again(corpus: Corpus) -> None:
    found = parted(corpus)
    asked = Acceptable("f27523", "choice-bleed", "error", 0, "baseline")
    found.propose(asked).write()
    found.refresh()
    with pytest.raises(NotAcceptable, match=r"accepted already: accepted\.json"):
        found.propose(asked._replace(way="file", reason="x"))


def test_only_what_was_shown_is_written(corpus: Corpus) -> None:
    answers = Answers(corpus, settings=read_settings)
    asked = {"recording": "f27523", "rule": "choice-bleed", "severity": "error", "choice": 0, "way": "folder"}
    proposal, _ = answers.answer("proposal", {**asked, "reason": "meant"})
    with pytest.raises(NotAcceptable, match="has changed; read it again"):
        answers.answer("accept", {**asked, "reason": "meant", "way": "file", "shown": proposal["text"]})
    assert not list(Path("recordings").rglob("recexplore.toml"))
    answers.answer("accept", {**asked, "reason": "meant", "shown": proposal["text"]})
    rule, _ = answers.answer("rule", {"rule": "choice-bleed"})
    assert rule["n_findings"] == 0


def test_what_others_write_is_seen_when_a_page_opens(corpus: Corpus) -> None:
    answers = Answers(corpus, settings=read_settings)
    before = answers.answer("show", {"recording": "f27523"})[0]
    assert (before["n_findings"]["error"], before["accepted"]) == (2, [])
    write_baseline(
        "accepted.json", baseline_of(judge(corpus, replace(read_settings(), baseline=None)), "accepted.json")
    )
    opening, _ = answers.answer("opening", {})
    after = answers.answer("show", {"recording": "f27523"})[0]
    assert (after["findings"], after["n_findings"], len(after["accepted"])) == ([], {}, len(before["findings"]))
    stream = next(id_ for id_, is_one in zip(*_streams(corpus), strict=True) if is_one)
    assert (opening["recording"], opening["chunk"]) == (stream, None), "nothing is open: at the first stream"


def _streams(corpus: Corpus) -> tuple[pd.Series, pd.Series]:  # type: ignore[type-arg]
    return corpus.recordings["recording"], corpus.recordings["streaming"].fillna(False)
