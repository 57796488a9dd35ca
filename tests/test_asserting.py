"""`recexplore.assert_clean`."""

from __future__ import annotations

from pathlib import Path

import pytest
from verdict_kit import a_rule, use_rules

import recexplore
from recexplore.checks.baseline import write_baseline
from recexplore.checks.result import baseline_of, judge
from recexplore.corpus import Corpus
from recexplore.rules import Hit


def test_it_says_nothing_where_nothing_is_wrong(bundled: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    use_rules(monkeypatch, a_rule("one", Hit(0, "bad"), severity="warning"))
    assert recexplore.assert_clean(bundled) is None  # type: ignore[func-returns-value]


def test_it_raises_with_the_report(bundled: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    use_rules(monkeypatch, a_rule("one", Hit(0, "This is bad.", chunk=1, evidence="\x1b[31mred")))
    with pytest.raises(AssertionError) as raised:
        recexplore.assert_clean(bundled)
    assert "  error    one  chunk 1, line 51\n           This is bad.\n           › \ufffd[31mred\n" in str(
        raised.value
    )
    assert str(raised.value).endswith("\n1 error in 1 of 5 recordings")
    with pytest.raises(AssertionError):
        recexplore.assert_clean(next(iter(bundled)))


def test_its_arguments(bundled: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_rules(monkeypatch, a_rule("one", Hit(0, "a")), a_rule("two", Hit(0, "b"), severity="warning"))
    recexplore.assert_clean(bundled, fail_on="never")
    recexplore.assert_clean(bundled, ignore="one")
    recexplore.assert_clean(bundled, select=["two"])
    with pytest.raises(AssertionError, match="1 warning in 1 of 5"):
        recexplore.assert_clean(bundled, select="two", fail_on="warning")
    file = tmp_path / "baseline.json"
    write_baseline(str(file), baseline_of(judge(bundled), str(file)))
    recexplore.assert_clean(bundled, fail_on="warning", baseline=file)
    with pytest.raises(ValueError, match="fail_on is one of error, warning, note, never, not 'all'"):
        recexplore.assert_clean(bundled, fail_on="all")  # type: ignore[arg-type]
    recexplore.assert_clean(bundled, severity={"one": "off"})
    recexplore.assert_clean(bundled, severity={"one": "warning"}, max_warnings=2)
    with pytest.raises(AssertionError, match="2 warnings in 1 of 5 recordings; more than 1 warning fail"):
        recexplore.assert_clean(bundled, severity={"one": "warning"}, max_warnings=1)
    recexplore.assert_clean(bundled, exclude=str(bundled.recordings["path"][0]))
    with pytest.raises(ValueError, match="a severity is one of error, warning, note, off; found"):
        recexplore.assert_clean(bundled, severity={"one": "bad"})  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="no rule 'three'"):
        recexplore.assert_clean(bundled, ignore=["three"])
    with pytest.raises(TypeError, match="not str"):
        recexplore.assert_clean("recordings")  # type: ignore[arg-type]


def test_what_cannot_be_read_is_not_clean(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(AssertionError, match="1 problem while reading"):
        recexplore.assert_clean(recexplore.load(tmp_path, progress=False), fail_on="never")


def test_what_is_suppressed_beside_the_recordings_passes(
    bundled_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_rules(monkeypatch, a_rule("one", Hit(0, "This is bad.")))
    file = next(bundled_folder.glob("007c*"))
    (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "recexplore.toml").write_text('[[suppress]]\nrule = "one"\nreason = "meant"')
    corpus = recexplore.load(tmp_path, progress=False)
    recexplore.assert_clean(corpus)
    with pytest.raises(AssertionError, match=r"This is bad\."):
        recexplore.assert_clean(corpus, suppressed=False)
