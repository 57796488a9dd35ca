"""`recexplore.check` of a scan: the findings of a load, in their order, whatever the partitions are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import recexplore
from recexplore import rules
from recexplore.checks.run import find
from recexplore.corpus import Corpus

EXAMPLES = Path(rules.__file__).parent / "examples"


def test_findings_are_those_of_a_load(bundled_folder: Path) -> None:
    where = bundled_folder.parent
    scan = recexplore.scan(where, max_partition_bytes=250_000)
    assert len(scan.partitions) == 3

    expected = recexplore.check(recexplore.load(where, progress=False), select="all")
    assert len(expected) > 20
    pd.testing.assert_frame_equal(recexplore.check(scan, select="all"), expected)


def test_runs_in_several_partitions_are_held_against_one_another(scattered_runs: Path) -> None:
    n_bytes = sum(path.stat().st_size for path in scattered_runs.glob("0/*"))
    scan = recexplore.scan(scattered_runs, max_partition_bytes=n_bytes)
    assert len(scan.partitions) == 3

    expected = recexplore.check(recexplore.load(scattered_runs, progress=False))
    assert set(expected["rule"]) >= {each.name.partition(".")[0] for each in EXAMPLES.glob("run-*.yaml")}
    pd.testing.assert_frame_equal(recexplore.check(scan), expected)


def test_runs_of_many_requests_are_read_in_batches(scattered_runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = recexplore.scan(scattered_runs)
    whole = recexplore.check(scan, select="run-*")
    parts: list[int] = []
    part = type(scan).part

    def noted(self, paths):
        made = part(self, paths)
        parts.append(made.n_files)
        return made

    monkeypatch.setattr(type(scan), "part", noted)
    monkeypatch.setattr(type(scan), "batch_bytes", 1)

    pd.testing.assert_frame_equal(recexplore.check(scan, select="run-*"), whole)
    assert len(parts) > 5
    assert set(parts) <= {2, 3}


def test_findings_are_judged_before_they_cover_one_another(bundled_folder: Path, bundled: Corpus) -> None:
    scan = recexplore.scan(bundled_folder, max_partition_bytes=60_000)

    def judged(finding: rules.Finding) -> rules.Finding | None:
        return None if finding.severity == "note" else replace(finding, severity="error")

    assert find(scan, judged=judged) == find(bundled, judged=judged)


def test_a_rule_that_fails_is_named_with_all_recordings(
    bundled_folder: Path, bundled: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(streams: rules.Streams):
        raise ValueError("it is Sunday")

    failing = replace(rules.RULES[0], id="failing", find=fail)
    monkeypatch.setattr(rules, "chosen", lambda select, ignore: (failing, *rules.RULES[1:9]))
    found = find(recexplore.scan(bundled_folder, max_partition_bytes=60_000))

    assert found == find(bundled)
    assert found.failed["failing"].startswith("ValueError: it is Sunday, in ")
    assert len(found.failed_in["failing"]) == len(bundled)


def test_what_is_neither_loaded_nor_scanned(bundled: Corpus) -> None:
    with pytest.raises(TypeError, match=r"check takes what recexplore\.load or recexplore\.scan gave, not DataFrame"):
        recexplore.check(bundled.recordings)  # type: ignore[arg-type]
