"""`pytest --recexplore`, run as a user runs it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from verdict_kit import a_rule, broken_rule, use_rules

from recexplore.rules import Hit

pytest_plugins = ["pytester"]

BAD = "recordings/94d11daee205.json"


@pytest.fixture(autouse=True)
def _project(pytester: pytest.Pytester, bundled_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project with recordings, of which the second breaks a rule, and a test of its own."""
    recordings = pytester.path / "recordings"
    recordings.mkdir()
    for name in ("007c4711219f0fe25bd410d6dd8b18eae1251c3e83ab1f8d1d85ce86f5e197f3.json", "94d11daee205.json"):
        shutil.copy(bundled_folder / name, recordings)
    shutil.copy(bundled_folder.parent / "formats" / "aiperf.jsonl", recordings)
    pytester.makepyfile(test_own="def test_own(): pass")
    hits = (Hit("94d1", "This is bad.", chunk=2, choice=0, evidence="“it”"),)
    use_rules(monkeypatch, a_rule("one", *hits), a_rule("two", Hit("007c", "Doubtful."), severity="warning"))


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:randomly", *arguments)


def test_every_recording_is_a_test(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--recexplore", "recordings", "-v")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [
            "recordings/007c*.json::recording PASSED*",
            f"{BAD}::recording FAILED*",
            "recordings/aiperf.jsonl::recording#0 PASSED*",
            "recordings/aiperf.jsonl::recording#1 PASSED*",
        ]
    )


def test_a_failure_reads_like_the_report(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--recexplore", "recordings")
    result.stdout.fnmatch_lines(
        [
            "_* 94d11daee205.json: recording _*",
            "1 finding: one",
            BAD,
            "  error    one  chunk 2, choice 0",
            "           This is bad.",
            "           › “it”",
            f"FAILED {BAD}::recording - 1 finding: one",
        ],
        consecutive=False,
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*pytest_plugin*")


def test_what_does_not_fail_is_told_where_asked_for(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--recexplore", "recordings", "-rP")
    result.stdout.fnmatch_lines(["*recexplore*", "*Doubtful.*"])


def test_what_cannot_be_read_fails(pytester: pytest.Pytester) -> None:
    Path("recordings/broken.json").write_text("{\x1b")
    result = run(pytester, "--recexplore", "recordings", "-v")
    result.assert_outcomes(passed=3, failed=2)
    result.stdout.fnmatch_lines(["recordings/broken.json::reading FAILED*", "recordings/broken.json: not JSON: *"])


def test_a_file_an_item_and_an_archive(pytester: pytest.Pytester) -> None:
    run(pytester, "--recexplore", BAD).assert_outcomes(failed=1)
    run(pytester, "--recexplore", "recordings/aiperf.jsonl::recording#1").assert_outcomes(passed=1)
    shutil.make_archive("packed", "zip", "recordings")
    result = run(pytester, "--recexplore", "packed.zip", "-v")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["packed.zip::aiperf.jsonl#1 PASSED*"])


def test_python_tests_run_beside(pytester: pytest.Pytester) -> None:
    run(pytester, "--recexplore", "test_own.py", "recordings/aiperf.jsonl").assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("word", "found"), [("94d1", 1), ("aiperf", 2), ("aiperf and not 0", 1), ("llama and 8b", 2), ("gpt-5-mini", 1)]
)
def test_k_finds_files_ids_and_models(pytester: pytest.Pytester, word: str, found: int) -> None:
    result = run(pytester, "--recexplore", "recordings", "-k", word)
    result.assert_outcomes(
        **({"failed": 1} if found == 1 and "aiperf" not in word else {"passed": found}), deselected=4 - found
    )


def test_collecting_judges_nothing(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recexplore.checks.result.judge", None)
    result = run(pytester, "--recexplore", "recordings", "--collect-only", "-q")
    result.stdout.fnmatch_lines([f"{BAD}::recording", "4 tests collected*"])


def test_junit_xml(pytester: pytest.Pytester) -> None:
    run(pytester, "--recexplore", "recordings", "--junit-xml", "out.xml")
    cases = {case.get("name"): case for case in ElementTree.parse("out.xml").iter("testcase")}
    assert {"recording", "recording#0", "recording#1"} <= cases.keys()
    (failure,) = ElementTree.parse("out.xml").iter("failure")
    assert "This is bad." in (failure.text or "") + (failure.get("message") or "")


def test_ini_options_and_settings(pytester: pytest.Pytester) -> None:
    Path("pyproject.toml").write_text('[tool.recexplore]\nselect = ["two"]\nfail-on = "warning"')
    result = run(pytester, "--recexplore", "recordings")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*Doubtful.*"])
    pytester.makeini("[pytest]\nrecexplore_select = one\nrecexplore_fail_on = never")
    run(pytester, "--recexplore", "recordings").assert_outcomes(passed=4)
    pytester.makeini("[pytest]\nrecexplore_select = one,two\nrecexplore_ignore = one two")
    run(pytester, "--recexplore", "recordings").assert_outcomes(passed=4)


def test_a_baseline(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    import recexplore
    from recexplore.checks.baseline import write_baseline
    from recexplore.checks.result import baseline_of, judge

    verdict = judge(recexplore.load("recordings", progress=False))
    write_baseline("accepted.json", baseline_of(verdict, "accepted.json"))
    pytester.makeini("[pytest]\nrecexplore_baseline = accepted.json\nrecexplore_fail_on = warning")
    run(pytester, "--recexplore", "recordings").assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("ini", "said"),
    [
        ("recexplore_fail_on = all", "*recexplore_fail_on: expected one of error, warning, note, never, found 'all'*"),
        ("recexplore_select = nine", "*there is no rule 'nine'*"),
        ("recexplore_baseline = none.json", "*the baseline *none.json does not exist*"),
    ],
)
def test_wrong_options_end_the_run(pytester: pytest.Pytester, ini: str, said: str) -> None:
    pytester.makeini(f"[pytest]\n{ini}")
    result = run(pytester, "--recexplore", "recordings")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert re.search(said.strip("*").replace("*", ".*"), result.stderr.str() + result.stdout.str())
    result.stdout.no_fnmatch_line("*Traceback*")


def test_off_exclude_and_what_is_suppressed(pytester: pytest.Pytester) -> None:
    Path("recordings/broken.json").write_text("{")
    Path("recexplore.toml").write_text(
        'exclude = ["broken.json", "aiperf*"]\nseverity = {two = "off"}\nfail-on = "note"'
    )
    run(pytester, "--recexplore", "recordings").assert_outcomes(passed=1, failed=1)
    beside = Path("recordings/recexplore.toml")
    beside.write_text('[[suppress]]\nrule = "one"\nreason = "meant"')
    run(pytester, "--recexplore", "recordings").assert_outcomes(passed=2)
    beside.write_text('[[suppress]]\nrule = "one"')
    result = run(pytester, "--recexplore", "recordings")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*recexplore.toml: suppress: *entry 1: reason: expected why*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_an_accepted_problem_passes(pytester: pytest.Pytester) -> None:
    import recexplore
    from recexplore.checks.baseline import write_baseline
    from recexplore.checks.result import baseline_of, judge

    Path("recordings/broken.json").write_text("{")
    verdict = judge(recexplore.load("recordings", progress=False))
    write_baseline("accepted.json", baseline_of(verdict, "accepted.json"))
    pytester.makeini("[pytest]\nrecexplore_baseline = accepted.json")
    run(pytester, "--recexplore", "recordings").assert_outcomes(passed=5)


def test_wrong_settings_end_the_run(pytester: pytest.Pytester) -> None:
    Path("pyproject.toml").write_text("[tool.recexplore]\nfail_on = 'error'")
    result = run(pytester, "--recexplore", "recordings")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "did you mean 'fail-on'?" in result.stderr.str() + result.stdout.str()


def test_a_rule_that_fails_leaves_nothing_green(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    use_rules(monkeypatch, broken_rule())
    result = run(pytester, "--recexplore", "recordings")
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(["the rule broken failed: RuntimeError: broken does not work, in *"])


def test_paths_of_the_settings_are_looked_at_beside_the_tests(pytester: pytest.Pytester) -> None:
    Path("pyproject.toml").write_text(
        '[tool.recexplore]\npaths = ["recordings"]\n[tool.pytest.ini_options]\ntestpaths = ["tests"]'
    )
    Path("tests").mkdir()
    Path("tests/test_it.py").write_text("def test_it(): pass")
    Path("tests/fixture.json").write_text('{"no": "recording"}')
    run(pytester, "--recexplore").assert_outcomes(passed=4, failed=1)
    run(pytester).assert_outcomes(passed=1)


@pytest.mark.parametrize("arguments", [["-n1", "recordings"], ["-n2"]])
def test_processes_of_xdist_collect_the_same(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    # Other plugins take seconds to import, in every process.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    shutil.rmtree("recordings")
    Path("recordings").mkdir()
    Path("recordings/broken.json").write_text("{")
    shutil.copy(Path(__file__).parent.parent / "recordings/made/whole-answer.json", "recordings/")
    Path("test_own.py").unlink()
    Path("tests").mkdir()
    Path("tests/fixture.json").write_text('{"no": "recording"}')
    Path("pyproject.toml").write_text(
        '[tool.recexplore]\npaths = ["recordings"]\nfail-on = "never"\n[tool.pytest.ini_options]\ntestpaths = ["tests"]'
    )
    plugins = ("-p", "xdist", "-p", "recexplore.testing.pytest_plugin")
    result = pytester.runpytest_subprocess(*plugins, "--recexplore", *arguments)
    result.assert_outcomes(passed=1, failed=1)


def test_without_the_option_nothing_is_collected_or_imported(pytester: pytest.Pytester) -> None:
    run(pytester, "recordings", "test_own.py").assert_outcomes(passed=1)
    script = (
        "import sys, pytest\ncode = pytest.main(['-q', '-p', 'recexplore.testing.pytest_plugin', 'test_own.py'])\n"
        "loaded = [name for name in sys.modules if name.startswith('recexplore')]\n"
        "heavy = {'pandas', 'numpy', 'pyarrow', 'orjson', 'rich', 'typer'} & set(sys.modules)\n"
        "plugin = ['recexplore', 'recexplore.testing', 'recexplore.testing.pytest_plugin']\n"
        "assert code == 0 and loaded == plugin and not heavy, (loaded, heavy)"
    )
    # Alone: other plugins bring heavy things of their own.
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, env=alone)
    assert done.returncode == 0, done.stderr
