"""The verdict on some recordings tells of these alone."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

import recexplore as rx
from recexplore.checks.baseline import write_baseline
from recexplore.checks.narrowing import narrowed
from recexplore.checks.result import Verdict, baseline_of, judge
from recexplore.checks.settings import Settings

SUPPRESSIONS = """
[[suppress]]
rule = "choice-bleed"
reason = "meant"

[[suppress]]
rule = "think-tags"
reason = "for now"
until = 2020-01-01
"""
ACCEPTED = ("think-fragmented", "empty-chunk", "filtered")


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory, bundled_folder: Path) -> Verdict:
    """Of a folder in which findings are accepted, suppressed and suppressed no longer, and a file cannot be read."""
    folder = tmp_path_factory.mktemp("narrowed")
    for part in ("llama-stack", "made"):
        shutil.copytree(bundled_folder.parent / part, folder / part)
    (folder / "broken.json").write_bytes(min((folder / "llama-stack").rglob("*.json")).read_bytes()[:40])
    (folder / "recexplore.toml").write_text(SUPPRESSIONS)
    corpus = rx.load([folder, folder / "broken.json"], progress=False)
    settings = Settings(root=str(folder), baseline=str(folder / "accepted.json"))
    found = judge(corpus, replace(settings, baseline=None))
    found = replace(found, new=tuple(each for each in found.new if each.rule in ACCEPTED), problems=())
    baseline = baseline_of(found, str(settings.baseline))
    write_baseline(
        str(settings.baseline), replace(baseline, counts={kind: n + 1 for kind, n in baseline.counts.items()})
    )
    verdict = judge(corpus, replace(settings, max_warnings=2))
    return replace(verdict, unused=verdict.expired)


def told(verdict: Verdict) -> Counter[str]:
    """How much of everything a verdict tells."""
    names = ("recordings", "new", "accepted", "suppressed", "outdated", "problems", "expired", "unused")
    return Counter({name: len(getattr(verdict, name)) for name in names})


def test_everything_is_of_one_recording(verdict: Verdict) -> None:
    each = [narrowed(verdict, [label.recording]) for label in verdict.recordings]
    whole = told(verdict)
    assert min(whole.values()) > 0
    together = sum(map(told, each), Counter())
    for name in ("recordings", "new", "accepted", "suppressed", "outdated"):
        assert together[name] == whole[name], name
    # The file that cannot be read holds none of them, and nobody knows in which one something was to be suppressed.
    assert together["problems"] == together["unused"] == 0
    assert [bool(one.expired) for one in each] == [any(f.rule == "think-tags" for f in one.new) for one in each]
    for one in each:
        (label,) = one.recordings
        assert {found.label for found in (*one.new, *one.accepted, *(by.finding for by in one.suppressed))} <= {label}


def test_all_of_them_are_what_they_were(verdict: Verdict) -> None:
    same = narrowed(verdict, {each.recording for each in verdict.recordings})
    assert replace(same, unused=verdict.unused, problems=verdict.problems) == verdict


def test_what_cannot_be_read_of_an_exchange_is_of_its_recording(verdict: Verdict) -> None:
    (problem,), one, other = verdict.problems, *verdict.recordings[:2]
    problems = [replace(problem, path=one.path, exchange=at) for at in (None, one.exchange, 7)]
    both = replace(verdict, problems=tuple(problems), accepted_problems=tuple(problems))
    assert narrowed(both, [one.recording]).problems == narrowed(both, [one.recording]).accepted_problems
    assert narrowed(both, [one.recording]).problems == tuple(problems[:2])
    assert narrowed(both, [other.recording]).problems == ()


def test_a_rule_that_failed_elsewhere_did_not_fail(verdict: Verdict) -> None:
    one, other = (each.recording for each in verdict.recordings[:2])
    failed = replace(verdict, failed={"a": "why", "b": "why"}, failed_in={"a": (one, other), "b": (other,)})
    assert narrowed(failed, [one]).failed == {"a": "why"}
    assert narrowed(failed, [one]).failed_in == {"a": (one,)}


def test_warnings_are_too_many_where_their_own_are(verdict: Verdict) -> None:
    assert verdict.too_many_warnings
    assert not any(narrowed(verdict, [each.recording]).too_many_warnings for each in verdict.recordings)
