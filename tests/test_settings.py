"""`[tool.recexplore]` of pyproject.toml."""

from __future__ import annotations

from pathlib import Path

import pytest
from verdict_kit import a_rule, use_rules

from recexplore.checks.settings import Settings, read_settings


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
        select = ["all"]
        ignore = ["tool-*"]
        fail-on = "warning"
        baseline = "ci/baseline.json"
        severity = {one = "note"}
        per-file-ignores = {"old/*" = ["one", "tool-*"]}
        """,
    )
    assert read_settings() == Settings(
        select=("all",),
        ignore=("tool-*",),
        fail_on="warning",
        baseline="ci/baseline.json",
        severity={"one": "note"},
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
        ("fail_on = 'error'", "baseline, severity, per-file-ignores, found the key 'fail_on'; did you mean 'fail-on'?"),
        ("fail_on = 'error'", "[tool.recexplore]: expected one of paths, select, ignore, fail-on, "),
        ("zzz = 1", "found the key 'zzz'"),
        ("fail-on = 'note'", "[tool.recexplore] fail-on: expected one of error, warning, never, found 'note'"),
        ("fail-on = []", "fail-on: expected one of error, warning, never, found []"),
        ("select = 'one'", "select: expected a list of rules (`recexplore rules` lists them), found 'one'"),
        ("select = [1]", "found [1]"),
        ("ignore = ['tool-c']", "there is no rule 'tool-c'; near: tool-"),
        ("baseline = 3", "baseline: expected a path, found 3"),
        ("baseline = ''", "baseline: expected a path, found ''"),
        ("paths = ['a', 2]", "paths: expected a list of paths"),
        ("severity = {one = 'bad'}", "severity: expected a table of rules, each error, warning or note, found {"),
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
