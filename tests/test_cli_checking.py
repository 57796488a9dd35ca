"""`recexplore check`, `rules` and `explain`, as a user types them."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias
from xml.etree import ElementTree

import pytest
from verdict_kit import a_rule, broken_rule, use_rules

import recexplore.cli as cli
from recexplore import rules
from recexplore.cli.exit_codes import ExitCode
from recexplore.rules import Hit
from recexplore.share.reports import FORMATS

Call: TypeAlias = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["recexplore", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, bundled_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project with five recordings, and three rules of which two find something."""
    shutil.copytree(bundled_folder, tmp_path / "recordings")
    monkeypatch.chdir(tmp_path)
    one = a_rule("one", Hit(0, "This is bad.", chunk=1, choice=0), Hit(2, "This too."))
    use_rules(monkeypatch, one, a_rule("two", Hit(1, "Doubtful."), severity="warning"), a_rule("three"))


def test_what_is_found_is_said_and_fails(call: Call) -> None:
    code, out, err = call("check", "recordings")
    assert code == ExitCode.FINDINGS
    assert "recordings/007c4711219f0fe25bd410d6dd8b18eae1251c3e83ab1f8d1d85ce86f5e197f3.json\n" in out
    assert "  error    one  chunk 1, choice 0, line 51\n           This is bad.\n" in out
    assert out.endswith("\n2 errors, 1 warning in 3 of 5 recordings\n")
    assert err == ""
    assert "\x1b" not in out


def test_nothing_found_is_one_line_or_none(call: Call) -> None:
    assert call("check", "recordings", "--select", "three") == (0, "", "5 recordings, nothing found\n")
    assert call("check", "recordings", "--select", "three", "--quiet") == (0, "", "")


def test_rules_are_chosen_with_commas_and_repeated(call: Call) -> None:
    assert call("check", "recordings", "--ignore", "one, tw*", "--ignore", "two")[0] == ExitCode.CLEAN
    assert "1 warning in 1 of" in call("check", "recordings", "--select", "three, tw*")[1]


@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 1), ("never", 0)])
def test_what_fails(call: Call, fail_on: str, code: int) -> None:
    assert call("check", "recordings", "--select", "two", "--fail-on", fail_on)[0] == code


def test_unreadable_counts_more_than_findings(call: Call) -> None:
    Path("recordings/broken.json").write_text("{")
    code, out, _ = call("check", "recordings", "--fail-on", "never")
    assert code == ExitCode.UNREADABLE
    assert "unread   recordings/broken.json: " in out
    assert out.endswith("; 1 problem while reading\n")


def test_a_rule_that_fails_is_no_clean_bill(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    use_rules(monkeypatch, broken_rule())
    code, out, err = call("check", "recordings", "--quiet")
    assert code == ExitCode.UNREADABLE
    assert "the rule broken: RuntimeError: broken does not work" in out
    assert err == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check",), "which recordings?"),
        (("check", "recordings", "--select", "nine"), "there is no rule 'nine'"),
        (("check", "recordings", "--format", "xml"), "--format: expected one of text, json, sarif, github, junit"),
        (
            ("check", "recordings", "--fail-on", "note"),
            "--fail-on: expected one of error, warning, never, found 'note'",
        ),
        (("check", "recordings", "--baseline", "none.json"), "the baseline none.json does not exist"),
        (("explain", "nine"), "there is no rule 'nine'"),
    ],
)
def test_mistakes_are_one_line(call: Call, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = call(*arguments)
    assert (code, out) == (ExitCode.MISUSE, "")
    assert err.startswith("recexplore: ")
    assert said in err
    assert err.count("\n") == 1


def test_an_option_that_there_is_not(call: Call) -> None:
    assert call("check", "recordings", "--zzz")[0] == ExitCode.MISUSE


def test_a_path_that_does_not_exist(call: Call) -> None:
    code, out, err = call("check", "nowhere")
    assert code >= ExitCode.UNREADABLE
    assert out == ""
    assert "'nowhere' does not exist" in err


def test_an_empty_folder_is_said_even_when_quiet(call: Call) -> None:
    Path("empty").mkdir()
    code, out, err = call("check", "empty", "--quiet")
    assert (code, out) == (ExitCode.UNREADABLE, "")
    assert err == "recexplore: no recording was found in 'empty'\n"


@pytest.mark.parametrize(
    "options", [["--select", ""], ["--select", ","], ["--ignore", "all"], ["--select", "one", "--ignore", "o*"]]
)
def test_a_selection_of_nothing_is_misuse(call: Call, options: list[str]) -> None:
    code, out, err = call("check", "recordings", *options)
    assert (code, out) == (ExitCode.MISUSE, "")
    assert "no rule is left to run" in err


@pytest.mark.parametrize(("least", "told"), [("note", "2 errors, 1 warning"), ("error", "2 errors")])
def test_what_is_less_bad_may_be_left_out(call: Call, least: str, told: str) -> None:
    code, out, _ = call("check", "recordings", "--min-severity", least)
    assert code == ExitCode.FINDINGS
    assert f"\n{told} in " in out
    assert "1 warning" in call("check", "recordings", "--min-severity", least, "--fail-on", "warning")[1]
    assert call("check", "recordings", "--min-severity", "bad")[0] == ExitCode.MISUSE


def test_settings_are_the_defaults_and_options_win(call: Call) -> None:
    Path("pyproject.toml").write_text(
        '[tool.recexplore]\npaths = ["recordings"]\nselect = ["two"]\nfail-on = "warning"'
    )
    assert call("check")[0] == ExitCode.FINDINGS
    assert call("check", "--fail-on", "error")[0] == ExitCode.CLEAN
    assert "2 errors in 2 of" in call("check", "--select", "one")[1]
    assert call("check", "--no-settings")[0] == ExitCode.MISUSE
    assert "2 errors, 1 warning in" in call("check", "recordings", "--no-settings")[1]
    assert "in 1 of 1 recording\n" in call("check", "recordings/94d11daee205.json", "--select", "one")[1]


def test_wrong_settings_are_misuse(call: Call) -> None:
    Path("pyproject.toml").write_text("[tool.recexplore]\nfail_on = 'error'")
    code, _, err = call("check", "recordings")
    assert code == ExitCode.MISUSE
    assert "did you mean 'fail-on'?" in err
    assert call("check", "recordings", "--no-settings")[0] == ExitCode.FINDINGS


def test_a_baseline_is_written_and_holds(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, err = call("check", "recordings", "--write-baseline")
    assert (code, out) == (ExitCode.CLEAN, "")
    assert err == (
        "recexplore-baseline.json accepts 3 findings\n5 recordings, nothing new found; 3 findings accepted\n"
    )
    assert call("check", "recordings", "--baseline", "recexplore-baseline.json", "-q")[:2] == (0, "")
    Path("pyproject.toml").write_text('[tool.recexplore]\nbaseline = "recexplore-baseline.json"')
    assert call("check", "recordings")[0] == ExitCode.CLEAN
    use_rules(monkeypatch, a_rule("one", Hit(3, "New.")))
    code, out, _ = call("check", "recordings")
    assert code == ExitCode.FINDINGS
    assert "1 error in 1 of 5 recordings; 3 entries of the baseline outdated\n" in out.replace("\n           ", " ")
    call("check", "recordings", "--write-baseline")
    accepted = json.loads(Path("recexplore-baseline.json").read_text())["accepted"]
    assert [(each["file"][:15], each["rule"]) for each in accepted] == [("recordings/f275", "one")]


def test_a_baseline_is_written_where_it_is_asked_for_and_over_nothing_else(call: Call) -> None:
    call("check", "recordings", "--write-baseline", "--baseline", "ci.json")
    assert '"file": "recordings/' in Path("ci.json").read_text()
    Path("ci.json").write_text("{}")
    code, _, err = call("check", "recordings", "--write-baseline", "--baseline", "ci.json")
    assert code == ExitCode.MISUSE
    assert "it is left as it is" in err
    assert Path("ci.json").read_text() == "{}"


@pytest.mark.parametrize(
    ("form", "parse"),
    [("json", json.loads), ("sarif", json.loads), ("junit", ElementTree.fromstring), ("github", str), ("text", str)],
)
def test_reports_in_files_and_on_the_output(call: Call, form: str, parse: Callable[[str], object]) -> None:
    code, out, err = call("check", "recordings", "--format", form, "--output", "report")
    assert (code, out) == (ExitCode.FINDINGS, "")
    assert err == "2 errors, 1 warning in 3 of 5 recordings\n"
    written = Path("report").read_text(encoding="utf-8")
    assert written
    assert parse(written) is not None
    assert written.endswith("\n")
    assert call("check", "recordings", "--format", form, "-o", "report", "--quiet")[1:] == ("", "")
    _, out, err = call("check", "recordings", "--format", form)
    assert parse(out) is not None
    assert err == ""
    if form != "text":
        assert out == written


def test_the_command_knows_every_format() -> None:
    assert set(FORMATS) == {"text", "json", "sarif", "github", "junit"}


def test_only_who_asks_for_annotations_gets_them(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert "::error" not in call("check", "recordings")[1]
    assert call("check", "recordings", "--format", "github")[1].startswith("::error file=recordings/")


def test_rules_are_listed(call: Call) -> None:
    code, out, _ = call("rules")
    assert code == 0
    assert "the title of three" in out
    assert not any(line != line.rstrip() for line in out.splitlines())
    found = json.loads(call("rules", "--json")[1])
    assert [(rule["id"], rule["severity"], rule["on"]) for rule in found] == [
        ("one", "error", True),
        ("two", "warning", True),
        ("three", "error", True),
    ]
    assert "find" not in found[0]


def test_a_rule_is_explained(call: Call) -> None:
    code, out, _ = call("explain", "two")
    assert code == 0
    assert out.startswith("two  warning\nthe title of two\n\nWhat it does to a client\n  meaning in other words\n")
    assert call("explain", "t*")[1].count("What to do about it") == 2
    assert json.loads(call("explain", "two", "--json")[1])[0]["examples"] == []


def test_the_rules_that_there_are(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    use_rules(monkeypatch, *rules.RULES)
    assert call("rules")[0] == ExitCode.CLEAN
    for rule in rules.RULES:
        found = json.loads(call("explain", rule.id, "--json")[1])
        assert [each["id"] for each in found] == [rule.id]
        assert all(f"/{rule.id}." in each for each in found[0]["examples"])
    assert call("check", "recordings")[0] in (ExitCode.CLEAN, ExitCode.FINDINGS)
