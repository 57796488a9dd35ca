"""`recexplore.toml`, and `[tool.recexplore]` of pyproject.toml."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from verdict_kit import a_rule, use_rules

from recexplore.checks.settings import Settings, read_settings, suppressions_in
from recexplore.checks.suppression import Suppression


@pytest.fixture(autouse=True)
def _rules(monkeypatch: pytest.MonkeyPatch) -> None:
    use_rules(monkeypatch, a_rule("one"), a_rule("tool-a"), a_rule("tool-b"))


def write(folder: Path, text: str) -> Path:
    file = folder / "pyproject.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(
        tmp_path,
        """
        [tool.recexplore]
        paths = ["recordings", "more/*.json", "https://h.invalid/a.json", "/there"]
        exclude = ["old", "*.bak.json"]
        select = ["all"]
        ignore = ["tool-*"]
        fail-on = "warning"
        max-warnings = 3
        baseline = "ci/baseline.json"
        severity = {one = "note", "tool-*" = "off"}
        per-file-ignores = {"old/*" = ["one", "tool-*"]}
        fold = false

        [[tool.recexplore.suppress]]
        rule = "tool-*"
        files = ["recordings/*"]
        choice = 1
        reason = "meant"
        until = 2027-01-31
        """,
    )
    assert read_settings() == Settings(
        select=("all",),
        ignore=("tool-*",),
        fail_on="warning",
        max_warnings=3,
        exclude=("old", "*.bak.json"),
        fold=False,
        suppress=(
            Suppression(
                "tool-*",
                "meant",
                files=("recordings/*",),
                choice=1,
                until=datetime.date(2027, 1, 31),
                source="pyproject.toml",
                folder=str(tmp_path),
            ),
        ),
        baseline="ci/baseline.json",
        severity={"one": "note", "tool-*": "off"},
        per_file_ignores={"old/*": ("one", "tool-*")},
        paths=("recordings", "more/*.json", "https://h.invalid/a.json", "/there"),
        root=str(tmp_path),
    )


def test_the_nearest_file_counts_and_its_paths_count_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    write(tmp_path, '[tool.recexplore]\npaths = ["recordings"]\nbaseline = "b.json"')
    monkeypatch.chdir(inner)
    assert read_settings().paths == ("../../recordings",)
    assert read_settings().baseline == "../../b.json"
    write(tmp_path / "a", "[project]\nname = 'x'")
    assert read_settings() == Settings(root=str(tmp_path / "a"))


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    if not any((each / "pyproject.toml").exists() for each in tmp_path.parents):
        assert read_settings(tmp_path) == Settings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fail_on = 'error'", "per-file-ignores, suppress, fold, found the key 'fail_on'; did you mean 'fail-on'?"),
        ("fail_on = 'error'", "[tool.recexplore]: expected one of paths, exclude, select, ignore, fail-on, "),
        ("zzz = 1", "found the key 'zzz'"),
        ("fail-on = 'all'", "[tool.recexplore] fail-on: expected one of error, warning, note, never, found 'all'"),
        ("fail-on = []", "fail-on: expected one of error, warning, note, never, found []"),
        ("max-warnings = -1", "max-warnings: expected a number of warnings, found -1"),
        ("max-warnings = true", "max-warnings: expected a number of warnings, found True"),
        ("exclude = 'a'", "exclude: expected a list of globs, found 'a'"),
        ("fold = 1", "fold: expected true or false, found 1"),
        ("suppress = {}", "suppress: expected a list of tables with rule, reason and, if need be, files, choice, until"),
        ("suppress = [{rule = 'one'}]", "entry 1: reason: expected why, in words, found nothing"),
        ("suppress = [{rule = 'one', reason = ' '}]", "entry 1: reason: expected why, in words, found ' '"),
        ("suppress = [{rule = 'nine', reason = 'x'}]", "there is no rule 'nine'"),
        ("suppress = [{rule = 'one', reason = 'x'}, {reason = 'x'}]", "entry 2: rule: expected a rule or a pattern"),
        ("suppress = [{rule = 'one', reasons = 'x'}]", "found the key 'reasons'; did you mean 'reason'?"),
        ("suppress = [{rule = 'one', reason = 'x', until = '2027-01-31'}]", "until: expected a date without quotes"),
        ("suppress = [{rule = 'one', reason = 'x', until = 2027-01-31T00:00:00}]", "until: expected a date without"),
        ("suppress = [{rule = 'one', reason = 'x', files = 'a'}]", "files: expected a list of globs, found 'a'"),
        ("suppress = [{rule = 'one', reason = 'x', choice = true}]", "choice: expected a choice's number, found True"),
        ("select = 'one'", "select: expected a list of rules (`recexplore rules` lists them), found 'one'"),
        ("select = [1]", "found [1]"),
        ("ignore = ['tool-c']", "there is no rule 'tool-c'; near: tool-"),
        ("baseline = 3", "baseline: expected a path, found 3"),
        ("baseline = ''", "baseline: expected a path, found ''"),
        ("paths = ['a', 2]", "paths: expected a list of paths"),
        ("severity = {one = 'bad'}", "severity: expected a table of rules, each error, warning, note or off, found {"),
        ("severity = {one = ['note']}", "severity: expected a table of rules"),
        ("severity = {nine = 'note'}", "there is no rule 'nine'"),
        ("per-file-ignores = ['a']", "per-file-ignores: expected a table of globs"),
        ("per-file-ignores = {'a' = 'one'}", "per-file-ignores: expected a table of globs"),
        ("per-file-ignores = {'a' = ['nine']}", "there is no rule 'nine'"),
        ("paths = [", "expected TOML"),
    ],
)  # fmt: skip
def test_a_mistake_names_file_key_expected_and_found(tmp_path: Path, text: str, said: str) -> None:
    file = write(tmp_path, f"[tool.recexplore]\n{text}")
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - looked at below
        read_settings(tmp_path)
    assert str(raised.value).startswith(f"{file}: ")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_table_may_not_be_something_else(tmp_path: Path) -> None:
    write(tmp_path, "[tool]\nrecexplore = 3")
    with pytest.raises(ValueError, match="expected a table, found 3"):
        read_settings(tmp_path)


def test_severities_of_patterns_and_rules() -> None:
    settings = Settings(severity={"all": "warning", "tool-*": "note", "tool-b": "error"})
    assert [settings.severity_of(rule, "error") for rule in ("one", "tool-a", "tool-b")] == ["warning", "note", "error"]
    assert Settings().severity_of("one", "note") == "note"


def test_rules_that_are_off_do_not_run() -> None:
    settings = Settings(severity={"tool-*": "off", "tool-b": "note"})
    assert [rule.id for rule in settings.rules()] == ["one", "tool-b"]
    with pytest.raises(ValueError, match="no rule 'nine'"):
        Settings(severity={"nine": "off"}).rules()


def own(folder: Path, text: str) -> Path:
    file = folder / "recexplore.toml"
    file.write_text(text, encoding="utf-8")
    return file


SUPPRESSES = '[[suppress]]\nrule = "one"\nreason = "meant"\n'


def test_its_own_file_wins_over_the_project_s_beside_it_and_the_nearest_over_both(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    write(tmp_path, '[tool.recexplore]\nfail-on = "note"')
    own(tmp_path, 'fail-on = "warning"\n' + SUPPRESSES)
    assert read_settings(inner).fail_on == "warning"
    assert read_settings(inner).root == str(tmp_path)
    assert len(read_settings(inner).suppress) == 1
    write(tmp_path / "a", '[tool.recexplore]\nfail-on = "never"')
    assert read_settings(inner).fail_on == "never"
    own(inner, SUPPRESSES)
    assert read_settings(inner).fail_on == "never", "what only suppresses is no project's settings"
    assert len(suppressions_in(str(inner / "recexplore.toml"))) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fail-on = 3", "recexplore.toml: fail-on: expected one of error, "),
        ("[tool.recexplore]\nfail-on = 'note'", "recexplore.toml: expected one of paths, "),
        ("fail-on", "recexplore.toml: expected TOML"),
    ],
)
def test_its_own_file_is_refused_as_the_project_s_is(tmp_path: Path, text: str, said: str) -> None:
    file = own(tmp_path, text)
    for read in (lambda: read_settings(tmp_path), lambda: read_settings(file=file), lambda: suppressions_in(str(file))):
        with pytest.raises(ValueError) as raised:  # noqa: PT011 - looked at below
            read()
        assert said in str(raised.value)


def test_an_entry_of_its_own_file_is_refused(tmp_path: Path) -> None:
    file = own(tmp_path, SUPPRESSES + "untill = 2027-01-31")
    with pytest.raises(ValueError, match=r"recexplore\.toml: suppress: .* entry 1: .*did you mean 'until'\?"):
        suppressions_in(str(file))


@pytest.mark.parametrize(
    ("glob", "path", "is_excluded"),
    [
        ("old", "/p/old/a.json", True),
        ("old/", "/p/old/a.json", True),
        ("old", "/p/new/old/a.json", True),
        ("old", "/p/older/a.json", False),
        ("./old/*", "/p/old/a.json", True),
        ("**/a.json", "/p/a.json", True),
        ("**/deep/*", "/p/x/deep/a.json", True),
        ("x.zip", "/p/x.zip!/m.json", True),
        ("/p/old", "/p/old/a.json", True),
        ("new/a.json", "/p/old/a.json", False),
    ],
)
def test_files_are_excluded(glob: str, path: str, is_excluded: bool) -> None:
    assert Settings(exclude=(glob,), root="/p").is_excluded(path) is is_excluded


@pytest.mark.parametrize(
    ("glob", "path", "is_ignored"),
    [
        ("old/*", "/p/old/a.json", True),
        ("old/*", "/p/old/deep/a.json", True),
        ("a.json", "/p/old/a.json", True),
        ("old/*", "/p/new/a.json", False),
        ("*.zip!/m*", "/p/x.zip!/m.json", True),
        ("*", "/p/a.json", True),
    ],
)
def test_rules_are_ignored_by_file(glob: str, path: str, is_ignored: bool) -> None:
    settings = Settings(per_file_ignores={glob: ("tool-*",)}, root="/p")
    assert settings.is_ignored("tool-a", path) is is_ignored
    assert not settings.is_ignored("one", path)
