"""`recexplore check`, `rules` and `explain`, as a user types them."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias
from xml.etree import ElementTree

import pytest
import typer
from synthetic import says, stream
from typer.testing import CliRunner
from verdict_kit import a_rule, broken_rule, use_rules

from recexplore import rules
from recexplore.cli.application import application
from recexplore.cli.exit_codes import ExitCode
from recexplore.rules import Hit
from recexplore.share.reports import FORMATS, STATISTICS

FORMATS_FOLDER = Path(__file__).parent.parent / "recordings" / "formats"
Call: TypeAlias = Callable[..., tuple[int, str, str]]


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
    assert "What to do\n  one\n           remedy in other words\n  two\n" in out
    assert "  `recexplore explain RULE` says what it means" in out
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
        (("check", "recordings", "--format", "xml"), "--format: expected one of text, concise, json, sarif, github, "),
        (
            ("check", "recordings", "--format", "sarif", "--statistics"),
            "--statistics: expected one of text, json, found",
        ),
        (("check", "recordings", "--severity", "one=bad"), "--severity: expected RULE=SEVERITY with one of error, "),
        (("check", "recordings", "--severity", "one"), "--severity: expected RULE=SEVERITY with one of error, "),
        (("check", "recordings", "--severity", "nine=off"), "there is no rule 'nine'"),
        (("check", "recordings", "--config", "none.toml"), "none.toml: expected a file with settings, found none"),
        (("check", "recordings", "--config", "none.toml", "--no-settings"), "give one of them"),
        (("check", "recordings", "--stdin-filename", "a.json"), "no PATH is -"),
        (
            ("check", "recordings", "--fail-on", "all"),
            "--fail-on: expected one of error, warning, note, never, found 'all'",
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
    "options",
    [
        ["--select", ""],
        ["--select", ","],
        ["--ignore", "all"],
        ["--select", "one", "--ignore", "o*"],
        ["--severity", "all=off"],
    ],
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
    assert ("; 1 finding not told" in out) == (least == "error")
    said = call("check", "recordings", "--select", "two", "--min-severity", "error")
    assert said == (ExitCode.CLEAN, "", "5 recordings, nothing so bad found; 1 finding not told\n")
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
    named = '--baseline recexplore-baseline.json, or baseline = "recexplore-baseline.json" in the settings'
    assert err == (
        f"recexplore-baseline.json accepts 3 findings; a check uses it with {named}\n"
        "5 recordings, nothing new found; 3 findings accepted\n"
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


@pytest.mark.parametrize("folder", ["", "recordings/"])
def test_a_baseline_that_nobody_named_is_told(call: Call, folder: str) -> None:
    file = f"{folder}recexplore-baseline.json"
    call("check", "recordings", "--write-baseline", "--baseline", file)
    unused = f'{file} is not used: --baseline {file}, or baseline = "{file}" in the settings\n'
    for form in ("text", "json"):
        code, out, err = call("check", "recordings", "--format", form)
        assert code == ExitCode.FINDINGS
        assert err.startswith(unused)
        assert "is not used" not in out
    assert "is not used" not in call("check", "recordings", "-q")[2]
    assert "is not used" not in call("check", "recordings", "--no-settings")[2]
    assert "is not used" not in call("check", "recordings", "--baseline", file)[2]
    Path("pyproject.toml").write_text(f'[tool.recexplore]\nbaseline = "{file}"')
    assert "is not used" not in call("check", "recordings")[2]


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
    [
        *((name, json.loads) for name in ("json", "sarif", "gitlab")),
        ("junit", ElementTree.fromstring),
        *((name, str) for name in ("github", "text", "concise", "markdown")),
    ],
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
        assert _without_times(out) == _without_times(written)


def test_the_command_knows_every_format() -> None:
    assert set(FORMATS) == {"text", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown"}
    assert set(STATISTICS) == {"text", "json"}


def test_only_who_asks_for_annotations_gets_them(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert "::error" not in call("check", "recordings")[1]
    assert call("check", "recordings", "--format", "github")[1].startswith("::error file=recordings/")


def _without_times(report: str) -> str:
    return re.sub(r' time="[\d.]+"', "", report)


def test_every_option_says_what_it_does() -> None:
    command = typer.main.get_group(application(["check"])).commands["check"]
    assert not [each.name for each in command.params if not each.help]
    told = CliRunner().invoke(application(), ["check", "--help"], terminal_width=200).output
    assert all(each.opts[0] in told for each in command.params if each.name != "paths")


def test_statistics_replace_the_report(call: Call) -> None:
    code, out, err = call("check", "recordings", "--statistics")
    assert (code, err) == (ExitCode.FINDINGS, "")
    lines = [line.split() for line in out.splitlines()]
    assert ["2", "2", "error", "one"] in lines
    assert ["1", "1", "warning", "two"] in lines
    assert out.endswith("\n2 errors, 1 warning in 3 of 5 recordings\n")
    found = json.loads(call("check", "recordings", "--statistics", "--format", "json")[1])
    assert found["by_rule"][0] == {"rule": "one", "severity": "error", "count": 2, "recordings": 2}
    assert sum(each["count"] for each in found["by_model"]) == 3
    assert {"rule", "provider", "model", "severity", "count", "recordings"} == found["by_model"][0].keys()
    assert call("check", "recordings", "--statistics", "--select", "three")[1] == ""
    call("check", "recordings", "--statistics", "-o", "table")
    assert "warning" in Path("table").read_text()


def test_concise_lines_are_places_to_go_to(call: Call) -> None:
    Path("recordings/broken.json").write_text("{")
    out = call("check", "recordings", "--format", "concise")[1].splitlines()
    assert re.fullmatch(r"recordings/007c\w+\.json:51:21: error one This is bad\. \(chunk 1, choice 0\)", out[0])
    assert [line.split(": ")[1].split()[0] for line in out[:-1]] == ["error", "error", "warning", "error"]
    assert out[3].startswith("recordings/broken.json: error unread not JSON: ")
    assert out[-1] == "recexplore: 2 errors, 1 warning in 3 of 5 recordings; 1 problem while reading"


def test_severities_on_the_command_line(call: Call) -> None:
    assert "1 warning, 2 notes in" in call("check", "recordings", "--severity", "o*=note")[1]
    assert "1 warning in 1 of" in call("check", "recordings", "--severity", "one=off")[1]
    assert call("check", "recordings", "--severity", "one=off,two=off")[:2] == (ExitCode.CLEAN, "")
    Path("recexplore.toml").write_text('severity = {one = "off", two = "error"}')
    assert "1 error in 1 of" in call("check", "recordings")[1]
    assert "1 note in 1 of" in call("check", "recordings", "--severity", "two=note")[1]
    assert "2 errors in 2 of" in call("check", "recordings", "--select", "one")[1], "what is asked for runs"


def test_notes_and_many_warnings_may_fail(call: Call) -> None:
    two = ("check", "recordings", "--select", "two")
    assert call(*two, "--severity", "two=note", "--fail-on", "note")[0] == ExitCode.FINDINGS
    assert call(*two, "--max-warnings", "1")[0] == ExitCode.CLEAN
    code, out, _ = call(*two, "--max-warnings", "0", "--min-severity", "error")
    assert code == ExitCode.FINDINGS
    assert out.endswith("\n1 warning in 1 of 5 recordings; more than 0 warnings fail\n")
    assert json.loads(call(*two, "--max-warnings", "0", "--format", "json")[1])["exit_code"] == ExitCode.FINDINGS
    assert 'failures="1"' in call(*two, "--max-warnings", "0", "--format", "junit")[1]
    Path("recexplore.toml").write_text("max-warnings = 0")
    assert call(*two)[0] == ExitCode.FINDINGS
    assert call(*two, "--max-warnings", "7")[0] == ExitCode.CLEAN
    assert call(*two, "--max-warnings", "-1")[0] == ExitCode.MISUSE


def test_excluded_files_are_not_loaded(call: Call) -> None:
    Path("recordings/broken.json").write_text("{")
    code, out, _ = call("check", "recordings", "--exclude", "broken.*", "--exclude", "recordings/f69*")
    assert code == ExitCode.FINDINGS
    assert out.endswith("2 errors, 1 warning in 3 of 4 recordings; 2 other files are excluded\n")
    Path("recexplore.toml").write_text('exclude = ["recordings/bro*"]')
    assert call("check", "recordings")[1].endswith("of 5 recordings; 1 other file is excluded\n")
    code, out, err = call("check", "recordings/broken.json")
    assert (code, out, err) == (ExitCode.CLEAN, "", "0 recordings, nothing found; 1 other file is excluded\n")
    code, _, err = call("check", "recordings", "--exclude", "recordings/")
    assert code == ExitCode.UNREADABLE, "a pattern that leaves nothing is no clean bill"
    assert "no recording was found in 'recordings'; 6 other files are excluded" in err


def test_globs_of_the_command_line_count_from_the_working_directory(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("recexplore.toml").write_text('exclude = ["recordings/94d1*"]')
    Path("deep").mkdir()
    monkeypatch.chdir("deep")
    assert "of 3 recordings; 2 other files" in call("check", "../recordings", "--exclude", "../recordings/f6*")[1]


def test_standard_input_is_a_recording() -> None:
    data = next(Path("recordings").glob("007c*")).read_bytes()
    told = CliRunner().invoke(application(), ["check", "-", "--format", "concise"], input=data)
    assert told.exit_code == ExitCode.FINDINGS
    assert told.output.startswith("<stdin>:51:21: error one This is bad.")
    as_file = ["check", "-", "--format", "concise", "--stdin-filename", "recordings/new.json"]
    told = CliRunner().invoke(application(), as_file, input=data)
    assert told.output.startswith("recordings/new.json:51:21: error one This is bad.")
    assert CliRunner().invoke(application(), [*as_file, "--exclude", "new.*"], input=data).exit_code == ExitCode.CLEAN
    assert CliRunner().invoke(application(), ["check", "-"], input=b"{").exit_code == ExitCode.UNREADABLE
    assert CliRunner().invoke(application(), ["check", "-"], input=b"").exit_code == ExitCode.UNREADABLE
    for name in ("messages.sse", "ollama.ndjson", "responses.yaml", "browser.har"):
        other = (FORMATS_FOLDER / name).read_bytes()
        assert (
            CliRunner().invoke(application(), ["check", "-", "--select", "three"], input=other).exit_code
            == ExitCode.CLEAN
        )
    packed = [*as_file[:-1], "a.json.gz", "--select", "three"]
    assert CliRunner().invoke(application(), packed, input=gzip.compress(data)).exit_code == ExitCode.CLEAN


def test_settings_of_a_file_that_is_named(call: Call) -> None:
    Path("ci").mkdir()
    Path("ci/strict.toml").write_text('paths = ["../recordings"]\nselect = ["two"]\nfail-on = "warning"')
    assert call("check", "--config", "ci/strict.toml")[0] == ExitCode.FINDINGS
    Path("ci/pyproject.toml").write_text('[tool.recexplore]\npaths = ["../recordings"]\nselect = ["three"]')
    assert call("check", "--config", "ci/pyproject.toml")[0] == ExitCode.CLEAN
    Path("ci/strict.toml").write_text("fail_on = 1")
    code, _, err = call("check", "recordings", "--config", "ci/strict.toml")
    assert code == ExitCode.MISUSE
    assert "strict.toml: expected one of paths, exclude, select, " in err


def test_what_is_suppressed_beside_the_recordings(call: Call) -> None:
    beside = Path("recordings/recexplore.toml")
    beside.write_text('[[suppress]]\nrule = "one"\nreason = "the test wants it"\nfiles = ["007c*"]')
    code, out, _ = call("check", "recordings")
    assert code == ExitCode.FINDINGS
    assert out.endswith("\n1 error, 1 warning in 2 of 5 recordings; 1 finding suppressed\n")
    found = json.loads(call("check", "recordings", "--format", "json")[1])
    assert [each["suppression"]["reason"] for each in found["suppressed"]] == ["the test wants it"]
    assert found["counts"]["suppressed"] == 1
    assert "2 errors, 1 warning in" in call("check", "recordings", "--no-settings")[1]
    beside.write_text('[[suppress]]\nrule = "one"\nreason = "for now"\nuntil = 2020-01-31')
    out = call("check", "recordings")[1]
    assert "  expired  recordings/recexplore.toml, entry 1: one (for now): over since 2020-01-31, " in out
    assert out.endswith("\n2 errors, 1 warning in 3 of 5 recordings; 1 suppression expired\n")
    beside.write_text('[[suppress]]\nrule = "three"\nreason = "once"')
    out = call("check", "recordings")[1]
    assert "  outdated recordings/recexplore.toml, entry 1: three (once): suppresses nothing\n" in out
    beside.write_text('[[suppress]]\nrule = "three"')
    code, _, err = call("check", "recordings")
    assert code == ExitCode.MISUSE
    assert "recexplore.toml: suppress: " in err
    assert "entry 1: reason: expected why, in words, found nothing" in err


def test_a_baseline_accepts_what_cannot_be_read(call: Call) -> None:
    broken = Path("recordings/broken.json")
    broken.write_text("{")
    code, _, err = call("check", "recordings", "--write-baseline")
    assert code == ExitCode.CLEAN
    assert err.splitlines() == [
        (
            "recexplore-baseline.json accepts 3 findings and 1 problem while reading; a check uses it with "
            '--baseline recexplore-baseline.json, or baseline = "recexplore-baseline.json" in the settings'
        ),
        "5 recordings, nothing new found; 3 findings accepted; 1 problem accepted",
    ]
    accept = ("check", "recordings", "--baseline", "recexplore-baseline.json")
    assert call(*accept)[0] == ExitCode.CLEAN
    assert len(json.loads(call(*accept, "--format", "json")[1])["accepted_problems"]) == 1
    Path("recordings/new.json").write_text("[")
    code, out, _ = call(*accept)
    assert code == ExitCode.UNREADABLE
    assert "unread   recordings/new.json: " in out
    assert "broken.json" not in out
    Path("recordings/new.json").unlink()
    broken.unlink()
    code, out, _ = call(*accept)
    assert code == ExitCode.CLEAN
    assert "outdated not JSON in recordings/broken.json: 1 accepted, 0 found" in out


def test_recurring_notes_are_told_once_unless_all_are_wanted(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    use_rules(monkeypatch, a_rule("one", *(Hit(0, f"Odd {n}.", chunk=n) for n in range(4)), severity="note"))
    out = call("check", "recordings")[1]
    assert "  note     one  ×4, " in out
    assert ", in 1 recording\n           Odd 0.\n           first in recordings/007c" in out
    assert "Odd 1." not in out
    assert out.endswith("\n4 notes in 1 of 5 recordings\n")
    assert "Odd 3." in call("check", "recordings", "--no-fold")[1]
    assert len(json.loads(call("check", "recordings", "--format", "json")[1])["findings"]) == 4
    assert call("check", "recordings", "--format", "concise")[1].count(" note one ") == 4
    Path("recexplore.toml").write_text("fold = false")
    assert "Odd 3." in call("check", "recordings")[1]


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


def test_a_report_that_cannot_be_written_is_misuse(call: Call) -> None:
    Path("folder").mkdir()
    for name, why in {"nodir/x": "there is no folder nodir", "folder": "it cannot be written: Is a directory"}.items():
        code, out, err = call("check", "recordings", "-o", name)
        assert (code, out, err) == (ExitCode.MISUSE, "", f"recexplore: --output {name}: {why}\n")


def test_globs_with_commas_and_those_that_exclude_nothing(call: Call) -> None:
    names = sorted(path.name for path in Path("recordings").glob("*.json"))
    code, _, err = call("check", "recordings", "--exclude", f"{names[0]},{names[2]}, nonsuch*", "--select", "one")
    assert err.startswith("--exclude nonsuch*: no file is left out by it\n")
    assert "2 other files are excluded" in err or code
    assert "nonsuch" not in call("check", "recordings", "--exclude", "nonsuch*", "--quiet")[2]


def test_runs_that_differ_are_pointed_to_a_comparison(call: Call) -> None:
    """One line beside a report for people, and none in what machines read."""
    for word in ("here", "there"):
        asked = {"model": "m", "messages": [{"role": "user", "content": "Where?"}], "stream": True}
        Path(f"recordings/{word}.json").write_text(json.dumps(stream(says(word), request=asked)))

    said = "1 request was recorded several times and the answers differ: recexplore compare recordings\n"
    assert call("check", "recordings", "--select", "three")[2] == f"7 recordings, nothing found\n{said}"
    assert call("check", "recordings")[2] == said
    assert call("check", "recordings", "--quiet")[2] == ""
    assert call("check", "recordings", "--statistics")[2] == ""
    for form in {*FORMATS} - {"text"}:
        assert said not in "".join(map(str, call("check", "recordings", "--format", form)))
