"""The summary of a report: what it tells, that it fits into a comment, and that no recorded text is Markdown."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import synthetic
import yaml
from hostile_text import HOSTILE
from run_kit import loaded
from test_ci_page import GH, ROOT, blocks

import recexplore as rx
import recexplore.cli as cli
from recexplore.checks.result import judge
from recexplore.corpus import Corpus
from recexplore.share.comment import MOST_CHARS
from recexplore.share.summary import MARK, shown_first


def summary(what: Any, folder: Path, **options: Any) -> str:
    return rx.report(what, folder / "summary.md", progress=False, **options).read_text("utf-8")


def test_it_tells_findings_lanes_and_runs(all_recordings: Corpus, tmp_path: Path) -> None:
    said = summary(all_recordings, tmp_path, title="Mixed", note="First.\n\nSecond.")

    assert said.startswith(
        f"{MARK}\n\n### Mixed\n\nFirst.\n\nSecond.\n\n2 errors, 8 warnings, 6 notes in 8 of 23 recordings"
    )
    assert "**choice-bleed**" in said
    assert "#### Recordings, 20 of 23" in said
    lanes = re.search(r"\*\*What&#39;s the name of the Sun in latin\?\*\*[^\n]*\n\n```text\n(.*?)```", said, re.DOTALL)
    assert lanes is not None
    assert [line.split()[:2] for line in lanes[1].splitlines()] == [["choice", "0"], ["choice", "1"]]
    assert said.index("Sun in latin") < said.index("US captial")
    assert "#### Runs of one request" in said


def test_of_a_recording_it_tells_that_one(bundled: Corpus, tmp_path: Path) -> None:
    said = summary(bundled["f27523"], tmp_path)

    assert "2 errors, 1 warning, 2 notes in 1 of 1 recording" in said
    assert "captial" not in said


def test_runs_that_differ_are_compared(tmp_path: Path) -> None:
    corpus = loaded(*(synthetic.stream(synthetic.says(text)) for text in ("one star", "one star", "one planet")))

    assert "one planet" in summary(corpus, tmp_path).replace("&#", "").replace("**", "")


def test_of_recordings_without_findings_those_with_the_most_choices_are_shown_first(tmp_path: Path) -> None:
    documents = [synthetic.stream(*(synthetic.says("a star", at) for at in range(n))) for n in (1, 3, 2)]
    corpus = loaded(*documents)
    shown = shown_first(replace(judge(corpus), new=()), list(corpus))

    assert [each.facts["n_choices"] for each in shown] == [3, 2, 1]
    worst = replace(judge(corpus), new=tuple(each for each in judge(corpus).new if each.label.recording == shown[2].id))
    assert worst.new
    assert shown_first(worst, list(corpus))[0].id == shown[2].id


def test_of_some_recordings_it_tells_no_problem_of_others(bundled_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(bundled_folder, tmp_path / "in")
    (tmp_path / "in" / "broken.json").write_bytes(b'{"request": {')
    corpus = rx.load([tmp_path / "in", tmp_path / "in" / "broken.json"], progress=False)

    assert "1 problem while reading" in summary(corpus, tmp_path)
    assert "problem" not in summary(corpus["f27523"], tmp_path)


def test_it_fits_into_a_comment(tmp_path: Path) -> None:
    documents = [
        synthetic.stream(*(synthetic.says(f"{n} 😀 " * 40, k) for k in range(12) for _ in range(9))) for n in range(30)
    ]
    said = summary(loaded(*documents), tmp_path, note="long " * 4_000)

    assert len(said.encode("utf-16-le")) // 2 <= MOST_CHARS
    assert (
        re.search(r"No room here for .*: `recexplore report --format html` has all\.\n$", said)
        or len(said) < MOST_CHARS
    )


def test_no_hostile_text_is_markdown(tmp_path: Path) -> None:
    everything = "\n".join(HOSTILE.values())
    asked = {"model": everything, "messages": [{"role": "user", "content": everything}], "stream": True}
    corpus = loaded(
        *(synthetic.recording([synthetic.wrapped(synthetic.says(text))], request=asked) for text in (everything, "x"))
    )
    said = summary(corpus, tmp_path, title=everything, note=everything)
    outside = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", said, flags=re.DOTALL | re.MULTILINE)

    assert set(re.findall(r"<(?!!-- recexplore )/?(\w*)", outside)) <= {"code", "details", "summary", "b"}
    assert not re.search(r"(?<!&)[@#](?=\w)(?!\d+;)", outside.replace("####", "").replace("###", ""))
    assert "](" not in outside


def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> SimpleNamespace:
    monkeypatch.setattr(sys, "argv", ["recexplore", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    return SimpleNamespace(code=int(ended.value.code or 0), out=out, err=err)


def test_the_command(bundled_folder: Path, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    place = str(bundled_folder)
    written = call(monkeypatch, capsys, "report", place, "--find", "rule:choice-bleed", "--title", "Mixed")
    assert (written.code, written.out) == (0, "")
    assert re.fullmatch(r"report\.html: 1 recording, 0\.\d\d MB\n", written.err)
    assert "<title>Mixed</title>" in Path("report.html").read_text("utf-8")

    said = call(monkeypatch, capsys, "report", place, "--format", "markdown")
    assert (said.code, said.out[: len(MARK)]) == (0, MARK)
    Path("mine.html").write_text("mine")
    kept = call(monkeypatch, capsys, "report", place, "-o", "mine.html")
    assert kept.code == 3
    assert Path("mine.html").read_text() == "mine"
    for wrong in (
        ["--find", "rule:no-such"],
        ["--recording", "zzz"],
        ["--format", "pdf"],
        ["--png", "p"],
        ["-o", "no/r.html"],
    ):
        ended = call(monkeypatch, capsys, "report", place, *wrong)
        assert (ended.code, ended.out, ended.err.count("\n")) == (3, "", 1), wrong


@pytest.mark.skipif(not all(map(shutil.which, ("bash", "jq"))), reason="bash or jq is not installed")
def test_the_recipe_writes_the_page_and_comments(bundled_folder: Path, tmp_path: Path) -> None:
    """The shell commands of docs/ci.md; `gh` notes what it is asked."""
    pages = [each for each in map(yaml.safe_load, blocks("yaml")) if isinstance(each, dict) and "permissions" in each]
    (job,) = [each["jobs"]["report"]["steps"] for each in pages if "report" in each["jobs"]]
    assert all(each["uses"].startswith("actions/") for each in job if "uses" in each), "no action of others"
    steps = {each["name"]: each for each in job if "name" in each}
    work, programs = tmp_path / "work", tmp_path / "bin"
    shutil.copytree(bundled_folder, work / "tests" / "recordings")
    programs.mkdir()
    for name, script in (
        ("gh", GH.replace("comparison.md", "comment.md")),
        ("recexplore", f'#!/bin/sh\nexec {sys.executable} -m recexplore "$@"\n'),
    ):
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    mine = {"id": 7, "user": {"login": "github-actions[bot]"}, "body": f"{MARK}\n"}
    (work / "comments.json").write_text(json.dumps([{**mine, "id": 1, "user": {"login": "ann"}}, mine]))
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_REPOSITORY": "ann/repository",
        "GITHUB_REF_NAME": "3/merge",
        "PAGE": "https://example.org/page",
        "COMMENTS": "repos/ann/repository/issues/3/comments",
        "MINE": steps["comment"]["env"]["MINE"],
    }
    for name in ("report", "comment"):
        subprocess.run(
            ["bash", "-e", "-c", steps[name]["run"]], check=True, cwd=work, env=environment, capture_output=True
        )
        assert "${{" not in steps[name]["run"], "nothing of the pull request becomes a command"

    assert "<title>ann/repository 3/merge</title>" in (work / "report.html").read_text("utf-8")
    assert "choice-bleed" in (tmp_path / "summary").read_text("utf-8")
    assert (work / "calls").read_text().splitlines()[-1] == (
        "api --method PATCH repos/ann/repository/issues/comments/7 --field body=@comment.md"
    )
    body = (work / "body").read_text("utf-8")
    assert body.startswith(MARK)
    assert body.endswith("\nThe page with all of it: https://example.org/page\n")
