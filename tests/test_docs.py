"""Documentation that is made from the code is current, and what it shows runs."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_column_dictionary_is_current() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "columns.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_usage_page_is_current() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "usage.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_usage_page_tells_of_every_dialect_that_reports_usage() -> None:
    from recexplore.read.dialects import DIALECTS

    page = (ROOT / "docs" / "usage.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^## `(\w+)`", page, re.MULTILINE))
    assert named == {dialect.name for dialect in DIALECTS if dialect.usage is not None}


def test_formats_page_has_a_row_for_every_recorder_and_every_api() -> None:
    from recexplore.read.dialects import DIALECTS
    from recexplore.read.envelopes import ENVELOPES

    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    recorders, apis = (
        re.findall(r"^\| `([\w-]+)` \|", part, re.MULTILINE)
        for part in re.split(r"^## (?:Recorders|APIs)$", page, flags=re.MULTILINE)[1:]
    )
    # Memory is no file, so nothing has to be unwrapped.
    assert sorted(recorders) == sorted(["memory", *(envelope.NAME for envelope in ENVELOPES)])
    assert sorted(apis) == sorted(dialect.name for dialect in DIALECTS)


def test_rows_of_the_formats_page_are_whole() -> None:
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|.*$", page, re.MULTILINE)
    assert {row.count("|") for row in rows} == {7}


def test_catalogue_of_rules_is_current() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "rules.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_rule_has_a_page() -> None:
    from recexplore import rules

    pages = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "rules").glob("*.md")}
    assert set(pages) == {rule.id for rule in rules.RULES}
    assert all(text.startswith(f"# {rule}\n") for rule, text in pages.items())
    catalogue = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\(rules/([^)]+)\.md\)", catalogue)) == set(pages)


def test_python_in_the_readme_runs_and_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    there = {path.name for path in ROOT.iterdir()}
    readme = (ROOT / "README.md").read_text(encoding="utf-8").replace('"/tmp/', f'"{tmp_path.as_posix()}/')
    blocks = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})
    assert {path.name for path in tmp_path.iterdir()} == {"captured", "config", "redacted", "report.html"}
    assert {path.name for path in ROOT.iterdir()} == there


def test_links_in_the_documents_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), ROOT / "recordings" / "README.md"]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_design_names_rooms_that_exist() -> None:
    page = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    rooms = {
        room for row in re.findall(r"^\| (`.+?) \|", page, re.MULTILINE) for room in re.findall(r"`([a-z_/]+)`", row)
    }
    assert len(rooms) > 10
    for room in rooms:
        assert (ROOT / "recexplore" / room).is_dir() or (ROOT / "recexplore" / f"{room}.py").is_file(), room


def test_examples_in_docstrings_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from recexplore import api

    monkeypatch.chdir(ROOT)
    assert doctest.testmod(api).failed == 0
