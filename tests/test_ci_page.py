"""What docs/ci.md tells is what there is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from compared_kit import TEXT, recorded
from git_kit import commit, forget_settings, git

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
    assert len([yaml.safe_load(block) for block in blocks("yaml")]) == 6


def steps() -> dict[str, dict[str, Any]]:
    """The steps of the job that comments on a pull request, by name."""
    pages = [each for each in map(yaml.safe_load, blocks("yaml")) if isinstance(each, dict) and "permissions" in each]
    (page,) = [each for each in pages if "recordings" in each["jobs"]]
    assert page["permissions"] == {"contents": "read", "pull-requests": "write"}
    job = page["jobs"]["recordings"]["steps"]
    assert all(each["uses"].startswith("actions/") for each in job if "uses" in each), "no action of others"
    assert job[0]["with"] == {"fetch-depth": 2}
    return {each["name"]: each for each in job if "name" in each}


GH = """#!/bin/sh
printf '%s\\n' "$*" >> calls
case "$*" in
  *--jq*) while [ "$1" != --jq ]; do shift; done; jq "$2" comments.json ;;
  *) cp comparison.md body ;;
esac
"""


@pytest.mark.skipif(not all(map(shutil.which, ("git", "bash", "jq"))), reason="git, bash or jq is not installed")
def test_the_comment_on_a_pull_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shell commands of the page, in a repository with a merge as GitHub makes it; `gh` notes what it is asked."""
    forget_settings(monkeypatch, tmp_path.parent)
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "-q")
    commit(work, {"tests/recordings/a.json": json.dumps(recorded()).encode(), "README": b""})
    git(work, "checkout", "-q", "-b", "change")
    commit(work, {"tests/recordings/a.json": json.dumps(recorded(TEXT.replace("star", "planet"))).encode()})
    git(work, "checkout", "-q", "main")
    commit(work, {"README": b"more"})
    git(work, "merge", "-q", "--no-ff", "change", "-m", "merge")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, script in (("gh", GH), ("recexplore", f'#!/bin/sh\nexec {sys.executable} -m recexplore "$@"\n')):
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    comment = steps()["comment"]
    mine = {"id": 7, "user": {"login": "github-actions[bot]"}, "body": "<!-- recexplore compare -->\n"}
    others = [{**mine, "id": 1, "user": {"login": "ann"}}, {**mine, "id": 2, "body": "else"}]
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_REPOSITORY": "ann/repository",
        "COMMENTS": "repos/ann/repository/issues/3/comments",
        "MINE": comment["env"]["MINE"],
    }

    def run(step: str) -> None:
        subprocess.run(["bash", "-e", "-c", step], check=True, cwd=work, env=environment, capture_output=True)

    run(steps()["compare"]["run"])
    assert "− “star.”" not in (tmp_path / "summary").read_text()
    assert "- “star.”  before\n+ “planet.”  after" in (tmp_path / "summary").read_text()
    for comments, method in ((others, "--method POST repos/ann/repository/issues/3/comments"),
                             ([*others, mine], "--method PATCH repos/ann/repository/issues/comments/7")):  # fmt: skip
        (work / "comments.json").write_text(json.dumps(comments))
        run(comment["run"])
        last = (work / "calls").read_text().split("\n")[-2]
        assert last == f"api {method} --field body=@comparison.md"
        assert (work / "body").read_text().startswith("<!-- recexplore compare -->\n")
    assert comment["if"] == "github.event.pull_request.head.repo.full_name == github.repository"
    assert comment["env"].keys() == {"GH_TOKEN", "COMMENTS", "MINE"}
    assert "${{" not in comment["run"] + steps()["compare"]["run"], "nothing of the pull request becomes a command"


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
