"""What becomes of findings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from synthetic import recording, says
from verdict_kit import a_rule, broken_rule, use_rules

import recexplore
from recexplore.checks import result
from recexplore.checks.baseline import Baseline, Kind, read_baseline, write_baseline
from recexplore.checks.result import baseline_of, judge
from recexplore.checks.settings import Settings
from recexplore.cli.exit_codes import ExitCode
from recexplore.corpus import Corpus
from recexplore.rules import Hit

HITS = tuple(
    Hit(of, message, **where)
    for of, message, where in (
        ("94d1", "first", {"choice": 0}),
        ("94d1", "second", {"choice": 0, "chunk": 3, "last_chunk": 5}),
        ("f696", "third", {}),
    )
)


@pytest.fixture
def folder(tmp_path: Path, bundled_folder: Path) -> Path:
    """Two recordings, in a folder of their own."""
    for name in ("94d11daee205.json", "f6960cae871e1fb2f6a749488d9bab55d3575489400bc517d40822048496c36b.json"):
        (tmp_path / name).write_bytes((bundled_folder / name).read_bytes())
    return tmp_path


@pytest.fixture
def corpus(folder: Path) -> Corpus:
    return recexplore.load(folder, progress=False)


def test_the_exit_codes_are_those_of_the_command_line() -> None:
    assert (result.CLEAN, result.FINDINGS, result.UNREADABLE) == (
        ExitCode.CLEAN,
        ExitCode.FINDINGS,
        ExitCode.UNREADABLE,
    )


def test_nothing_found(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    use_rules(monkeypatch, a_rule("one"))
    judged = judge(corpus)
    assert judged.exit_code == ExitCode.CLEAN
    assert len(judged.recordings) == 2
    assert [rule.id for rule in judged.rules] == ["one"]


def test_findings_are_plain_values_with_what_they_are_about(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    use_rules(monkeypatch, a_rule("one", *HITS))
    first, second, third = judge(corpus).new
    assert (first.chunk, first.last_chunk, first.choice, first.evidence) == (None, None, 0, None)
    assert (second.chunk, second.last_chunk) == (3, 5)
    assert type(second.chunk) is int
    assert third.label.recording == "f6960cae871e"
    assert first.label.name == first.label.path == corpus.recordings["path"][0]
    assert first.label.test_id is None


def test_recordings_of_one_file_are_told_apart(read: Callable[..., Corpus], bundled_folder: Path) -> None:
    corpus = recexplore.load(bundled_folder.parent / "formats" / "aiperf.jsonl", progress=False)
    names = [about.name.rpartition("/")[2] for about in judge(corpus).recordings]
    assert names == [f"aiperf.jsonl#{number}" for number in range(len(corpus))]
    assert len(names) > 1


@pytest.mark.parametrize(
    ("severity", "fail_on", "code"),
    [
        ("error", "error", 1),
        ("warning", "error", 0),
        ("note", "error", 0),
        ("error", "warning", 1),
        ("warning", "warning", 1),
        ("note", "warning", 0),
        ("error", "never", 0),
    ],
)
def test_what_fails(corpus: Corpus, monkeypatch: pytest.MonkeyPatch, severity: str, fail_on: str, code: int) -> None:
    use_rules(monkeypatch, a_rule("one", *HITS, severity=severity))
    judged = judge(corpus, Settings(fail_on=fail_on))  # type: ignore[arg-type]
    assert judged.exit_code == code
    assert judged.counts[severity] == 3


def test_severities_may_differ_here(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    use_rules(monkeypatch, a_rule("one", Hit(0, "a", severity="note"), Hit(1, "b")), a_rule("two", Hit(0, "c")))
    assert judge(corpus).counts == {"error": 2, "warning": 0, "note": 1}
    assert judge(corpus, Settings(severity={"one": "warning"})).counts == {"error": 1, "warning": 2, "note": 0}


def test_rules_are_left_out_by_file(corpus: Corpus, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_rules(monkeypatch, a_rule("one", *HITS), a_rule("two", *HITS))
    settings = Settings(per_file_ignores={"94*.json": ("one",), "f6*": ("all",)}, root=str(folder))
    assert {(each.rule, each.label.recording) for each in judge(corpus, settings).new} == {("two", "94d11daee205")}


@pytest.mark.parametrize("fail_on", ["error", "warning", "never"])
def test_what_cannot_be_read_counts_always(folder: Path, monkeypatch: pytest.MonkeyPatch, fail_on: str) -> None:
    use_rules(monkeypatch, a_rule("one", *HITS))
    (folder / "broken.json").write_text("{")
    judged = judge(recexplore.load(folder, progress=False), Settings(fail_on=fail_on))  # type: ignore[arg-type]
    assert judged.exit_code == ExitCode.UNREADABLE
    assert [each.path.rpartition("/")[2] for each in judged.problems] == ["broken.json"]
    assert "expected a JSON document" in str(judged.problems[0])


def test_a_rule_that_fails_counts_as_unreadable(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    use_rules(monkeypatch, broken_rule(), a_rule("one", *HITS))
    judged = judge(corpus, Settings(fail_on="never"))  # and no warning of Python's
    assert list(judged.failed) == ["broken"]
    assert judged.failed["broken"].startswith("RuntimeError: broken does not work, in ")
    assert set(judged.failed_in["broken"]) == set(corpus.recordings["recording"])
    assert len(judged.new) == 3
    assert judged.exit_code == ExitCode.UNREADABLE


def test_a_recording_alone(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    use_rules(monkeypatch, a_rule("one", *HITS))
    judged = judge(corpus["f6960"])
    assert [each.recording for each in judged.recordings] == ["f6960cae871e"]
    assert judged.corpus is corpus


def test_the_line_of_a_finding(corpus: Corpus, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_rules(monkeypatch, a_rule("one", *HITS, Hit(0, "far", chunk=10_000)))
    judged = judge(corpus)
    assert judged.line(judged.new[1]) == corpus["94d1"].line(3)
    assert judged.line(judged.new[1])
    assert judged.line(judged.new[2]) is None, "there is no such chunk"
    for file in folder.iterdir():
        file.write_text("{}")
    assert judged.line(judged.new[-1]) is None, "it is not what was loaded"


def test_a_baseline_accepts_and_then_only_new_ones_fail(
    corpus: Corpus, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_rules(monkeypatch, a_rule("one", *HITS))
    file = str(folder / "accepted.baseline")
    write_baseline(file, baseline_of(judge(corpus), file))
    settings = Settings(baseline=file)
    judged = judge(corpus, settings)
    assert (judged.exit_code, judged.new, len(judged.accepted), judged.outdated) == (0, (), 3, ())
    use_rules(monkeypatch, a_rule("one", *HITS, Hit(1, "new")), a_rule("two", HITS[0]))
    judged = judge(corpus, settings)
    assert [each.message for each in judged.new] == ["first", "third", "new"]
    assert judged.exit_code == ExitCode.FINDINGS
    use_rules(monkeypatch, a_rule("one", HITS[0]))
    judged = judge(corpus, settings)
    assert [(each.kind.file, each.accepted, each.found) for each in judged.outdated] == [
        ("94d11daee205.json", 2, 1),
        ("f6960cae871e1fb2f6a749488d9bab55d3575489400bc517d40822048496c36b.json", 1, 0),
    ]
    assert judged.exit_code == ExitCode.CLEAN


def test_a_check_of_less_says_nothing_of_the_rest(
    corpus: Corpus, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = a_rule("one", *HITS)
    use_rules(monkeypatch, one, a_rule("two"))
    file = str(folder / "accepted.baseline")
    write_baseline(file, baseline_of(judge(corpus), file))
    before = read_baseline(file)
    assert judge(corpus, Settings(baseline=file, select=("two",))).outdated == ()
    assert baseline_of(judge(corpus, Settings(select=("two",))), file) == before
    part = recexplore.load(folder / "94d11daee205.json", progress=False)
    assert judge(part, Settings(baseline=file)).outdated == ()
    assert baseline_of(judge(part), file) == before
    (folder / "94d11daee205.json").write_text("{")
    damaged = recexplore.load(folder, progress=False)
    assert judge(damaged, Settings(baseline=file)).outdated == ()
    (folder / "94d11daee205.json").unlink()
    less = recexplore.load(folder, progress=False)
    assert [each.kind.file[:4] for each in judge(less, Settings(baseline=file)).outdated] == ["94d1"]
    assert {kind.file[:4] for kind in baseline_of(judge(less), file).counts} == {"f696"}


def test_entries_of_a_rule_that_is_no_more_are_outdated(corpus: Corpus, folder: Path) -> None:
    file = str(folder / "accepted.baseline")
    write_baseline(file, Baseline(str(folder), {Kind("94d11daee205.json", 0, None, "once"): 1}))
    assert [each.kind.rule for each in judge(corpus, Settings(baseline=file)).outdated] == ["once"]


def test_a_new_recording_of_the_same_stays_accepted(
    read: Callable[..., Corpus], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, answer = tmp_path / "a.json", tmp_path / "accepted"
    use_rules(monkeypatch, a_rule("one", Hit(0, "it said “Hi”", chunk=1, choice=0, evidence="Hi")))
    import json

    file.write_text(json.dumps(recording([says("Hi"), says(" there")])))
    write_baseline(str(answer), baseline_of(judge(recexplore.load(file, progress=False)), str(answer)))
    use_rules(monkeypatch, a_rule("one", Hit(0, "it said “Hello”", chunk=0, choice=0, evidence="Hello")))
    file.write_text(json.dumps(recording([says("Hello")])))
    assert judge(recexplore.load(file, progress=False), Settings(baseline=str(answer))).new == ()


def test_a_baseline_that_does_not_exist_is_no_empty_one(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        judge(corpus, Settings(baseline=str(tmp_path / "none.json")))
