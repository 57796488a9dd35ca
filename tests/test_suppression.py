"""What is suppressed beside the recordings, and when that is over, or of no use."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from verdict_kit import a_rule, broken_rule, finding, use_rules

import recexplore
from recexplore.checks.baseline import write_baseline
from recexplore.checks.result import Verdict, baseline_of, judge
from recexplore.checks.settings import Settings, read_settings
from recexplore.checks.suppression import Suppression, folders_above, suppress
from recexplore.rules import Hit

TODAY = datetime.date(2027, 1, 31)
FIRST, SECOND = "94d11daee205.json", "f6960cae871e1fb2f6a749488d9bab55d3575489400bc517d40822048496c36b.json"


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, bundled_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording, one in a folder further down, and a rule that finds something in both."""
    (tmp_path / "recordings" / "deep").mkdir(parents=True)
    (tmp_path / "recordings" / FIRST).write_bytes((bundled_folder / FIRST).read_bytes())
    (tmp_path / "recordings" / "deep" / SECOND).write_bytes((bundled_folder / SECOND).read_bytes())
    monkeypatch.chdir(tmp_path)
    use_rules(monkeypatch, a_rule("one", Hit("94d1", "a", choice=0), Hit("f696", "b", choice=1)), a_rule("two"))


def beside(folder: str, *entries: str) -> None:
    text = "".join(f"[[suppress]]\n{entry}\n" for entry in entries)
    Path(folder, "recexplore.toml").write_text(text, encoding="utf-8")


def judged(*places: str, settings: Settings | None = None, today: datetime.date = TODAY) -> Verdict:
    return judge(recexplore.load(places or ["recordings"], progress=False), settings, today=today)


def left(verdict: Verdict) -> str:
    return "".join(each.message for each in verdict.new)


def test_a_file_is_about_its_folder_and_those_below() -> None:
    beside("recordings/deep", 'rule = "one"\nreason = "meant"')
    verdict = judged()
    assert left(verdict) == "a"
    ((suppressed,),) = (verdict.suppressed,)
    assert (suppressed.finding.message, suppressed.by.reason) == ("b", "meant")
    assert suppressed.by.source == "recordings/deep/recexplore.toml"
    beside("recordings", 'rule = "o*"\nreason = "all of them"')
    assert left(judged()) == ""
    assert judged().suppressed[1].by.reason == "meant", "the nearest says why"
    assert judged().exit_code == 0


@pytest.mark.parametrize(
    ("entry", "stay"),
    [
        ('files = ["94d1*"]', "b"),
        ('files = ["deep/*"]', "a"),
        ('files = ["deep"]', "a"),
        ('files = ["x.json"]', "ab"),
        ("choice = 1", "a"),
        ('choice = 0\nfiles = ["deep/*"]', "ab"),
        ("until = 2027-01-31", ""),
        ("until = 2027-01-30", "ab"),
    ],
)
def test_what_an_entry_is_about(entry: str, stay: str) -> None:
    beside("recordings", f'rule = "one"\nreason = "meant"\n{entry}')
    assert left(judged()) == stay


def test_what_is_over_is_told_where_it_matters() -> None:
    entry = 'rule = "one"\nreason = "for now"\nuntil = 2027-01-30'
    beside("recordings", entry)
    assert [each.number for each in judged().expired] == [1]
    assert judged(today=datetime.date(2027, 1, 30)).expired == ()
    beside("recordings", entry, 'rule = "one"\nreason = "for good"')
    assert judged().expired == (), "what is suppressed otherwise is not back"
    assert left(judged()) == ""


def test_what_suppresses_nothing_is_told_where_the_check_was_wide_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    beside("recordings", 'rule = "two"\nreason = "once"', f'rule = "two"\nreason = "there"\nfiles = ["{FIRST}"]')
    assert [each.number for each in judged().unused] == [1, 2]
    assert [each.number for each in judged(f"recordings/{FIRST}").unused] == [2]
    assert judged("recordings/deep").unused == ()
    assert judged(settings=Settings(select=("one",))).unused == (), "the rule did not run"
    Path("recordings/broken.json").write_text("{")
    assert [each.number for each in judged().unused] == [2], "nobody knows what is in the file"
    use_rules(monkeypatch, a_rule("one"), broken_rule("two"))
    assert judged().unused == ()


def test_settings_suppress_too() -> None:
    Path("recexplore.toml").write_text(
        'paths = ["recordings"]\n[[suppress]]\nrule = "one"\nreason = "meant"\nfiles = ["recordings/deep/*"]\n'
        '[[suppress]]\nrule = "two"\nreason = "once"'
    )
    verdict = judged(settings=read_settings())
    assert left(verdict) == "a"
    assert [each.number for each in verdict.unused] == [2]
    assert judged("recordings/deep", settings=read_settings()).unused == ()
    Path("recexplore.toml").unlink()
    Path("pyproject.toml").write_text('[[tool.recexplore.suppress]]\nrule = "one"\nreason = "meant"')
    assert left(judged(settings=read_settings())) == ""


def test_how_far_up_is_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside(".", 'rule = "one"\nreason = "meant"')
    assert left(judged()) == "", "up to the project's folder"
    assert left(judged(f"recordings/{FIRST}")) == ""
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    assert left(judged("../recordings")) == "ab", "what lies above the searched folder is not about it"
    beside("../recordings", 'rule = "one"\nreason = "meant"')
    assert left(judged("../recordings")) == ""
    assert left(judged(str(tmp_path / "recordings"))) == ""
    assert left(judged("../recordings", settings=Settings(looks_beside=False))) == "ab"
    assert list(folders_above("https://h.invalid/a.json", str(tmp_path), ())) == []


def test_settings_further_down_hide_nothing_of_what_was_searched() -> None:
    beside("recordings", 'rule = "one"\nreason = "meant"')
    Path("recordings/deep/recexplore.toml").write_text('fail-on = "never"')
    assert left(judged(settings=read_settings("recordings/deep"))) == ""
    assert left(judged("recordings/deep", settings=read_settings("recordings/deep"))) == "b"


def test_archives_are_files_of_their_folder() -> None:
    import zipfile

    with zipfile.ZipFile("recordings/deep/x.zip", "w") as archive:
        archive.write(f"recordings/{FIRST}", "m.json")
    Path("recordings", FIRST).unlink()
    use = Path("recordings/deep/recexplore.toml")
    use.write_text('[[suppress]]\nrule = "one"\nreason = "meant"\nfiles = ["x.zip"]')
    corpus = recexplore.load("recordings/deep/x.zip", progress=False)
    assert len(judge(corpus, today=TODAY).recordings) == 1
    assert suppress([finding(path="recordings/deep/x.zip!/m.json")], {}, TODAY)[0]
    assert Suppression("one", "x", files=("x.zip",), folder=str(use.parent)).covers("recordings/deep/x.zip!/m.json")


def test_a_baseline_accepts_nothing_that_is_suppressed() -> None:
    beside("recordings/deep", 'rule = "one"\nreason = "meant"')
    write_baseline("b.json", baseline_of(judged(), "b.json"))
    verdict = judged(settings=Settings(baseline="b.json"))
    assert (len(verdict.accepted), len(verdict.suppressed), verdict.new, verdict.outdated) == (1, 1, (), ())


def test_the_file_itself_is_no_file_that_was_passed_over() -> None:
    beside("recordings", 'rule = "one"\nreason = "meant"')
    assert recexplore.load("recordings", progress=False).skipped.empty


def test_lines_are_found_whatever_the_order() -> None:
    verdict = judged()
    again = judged()
    backwards = [again.line(each) for each in reversed(again.new)]
    assert [verdict.line(each) for each in verdict.new] == backwards[::-1]
    assert None not in backwards


def test_what_is_over_and_accepted_is_told_no_longer_as_back() -> None:
    beside("recordings", 'rule = "one"\nreason = "for now"\nuntil = 2027-01-30')
    write_baseline("b.json", baseline_of(judged(), "b.json"))
    verdict = judged(settings=Settings(baseline="b.json"))
    assert (verdict.new, verdict.expired) == ((), ())
    assert [each.number for each in verdict.unused] == [1]


def test_a_file_that_there_is_not_is_told() -> None:
    beside("recordings", 'rule = "one"\nreason = "a typo"\nfiles = ["x.json"]')
    assert [each.number for each in judged().unused] == [1]
    assert judged(f"recordings/{FIRST}").unused == ()
    Path("recordings/recexplore.toml").unlink()
    Path("recexplore.toml").write_text(
        "".join(
            f'[[suppress]]\nrule = "one"\nreason = "a typo"\nfiles = ["{each}"]\n'
            for each in ("recordings/x.json", "recordings/x*/y.json", "x.json", "other/x.json")
        )
    )
    settings = read_settings(file="recexplore.toml")
    assert [each.number for each in judged(settings=settings).unused] == [1, 2], "the others may be elsewhere"
