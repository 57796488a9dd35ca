"""What docs/ci.md tells is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from recexplore.checks.settings import _READERS, read_settings, suppressions_in
from recexplore.share.reports import FORMATS

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_tables_name_every_setting_and_every_format() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE)
    assert set(rows) - {"--format"} == {*_READERS, *FORMATS}


def test_the_settings_of_the_page_are_settings(tmp_path: Path) -> None:
    project, beside = blocks("toml")
    (tmp_path / "pyproject.toml").write_text(project)
    assert read_settings(tmp_path).fail_on == "warning"
    (tmp_path / "recexplore.toml").write_text(beside)
    assert len(suppressions_in(str(tmp_path / "recexplore.toml"))) == 1


def test_the_python_of_the_page_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for block in blocks("python"):
        exec(compile(block, "ci.md", "exec"), {})


def test_the_yaml_of_the_page_is_yaml() -> None:
    assert len([yaml.safe_load(block) for block in blocks("yaml")]) == 4


HOOKS = {
    "recexplore-check": ("ci.md", ["recexplore", "check"]),
    "recexplore-redact-check": ("redacting.md", ["recexplore", "redact", "--check"]),
}


@pytest.mark.parametrize("hook", yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")))
def test_a_hook_looks_at_recordings_and_is_told_of(hook: dict[str, str]) -> None:
    page, entry = HOOKS[hook["id"]]
    assert hook["id"] in (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert hook["entry"].split()[: len(entry)] == entry
    files = re.compile(hook["files"])
    assert files.search("tests/recordings/deep/a.json")
    assert files.search("recordings/b.har")
    assert not files.search("package.json")
