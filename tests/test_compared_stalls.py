"""Stalls of compared runs: told to people, and no reason for runs to differ."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from journal_kit import journal_bytes
from scripted_streams import chat_text
from typer.testing import CliRunner

import recexplore
from recexplore.cli.application import application
from recexplore.comparison.comparison import compare
from recexplore.comparison.stalls import stalls
from recexplore.views.explorer.answers import Answers

MS = 1_000_000
URL = "http://localhost/v1/chat/completions"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Three runs of one request, the second of which waits two seconds for its sixth chunk."""
    events = chat_text(["A", " wren", " sings", " before", " dawn", "."])
    for name, stall_ms in (("a", 0), ("b", 2_000), ("c", 0)):
        reads = [((at + 1) * 20 * MS + (stall_ms * MS if at > 4 else 0), event) for at, event in enumerate(events)]
        journal = journal_bytes(URL, json.dumps({"model": "m"}).encode(), reads, end=(3_000 * MS, "complete"))
        (tmp_path / f"{name}.journal.jsonl").write_bytes(journal)
    return tmp_path


@pytest.mark.parametrize("form", ["text", "html"])
def test_the_run_that_stalled_is_named(runs: Path, form: str) -> None:
    told = CliRunner().invoke(application(), ["compare", str(runs), "--format", form])

    assert told.exit_code == 0, told.output
    assert "b.journal" in told.output
    assert "Nothing came for 2.02 s between chunks 4 and 5" in " ".join(told.output.split())


def test_the_explorer_says_the_same(runs: Path) -> None:
    corpus = recexplore.load(runs, progress=False)
    told = CliRunner().invoke(application(), ["compare", str(runs), "--format", "text"])

    view = Answers(corpus).answer("compare", {"recordings": corpus.recordings["recording"].tolist()})[0]

    stalls = {run["name"]: run["stalls"] for run in view["runs"]}
    [words] = stalls["b.journal.jsonl"]
    assert words in " ".join(told.output.split())
    assert [each for name, each in stalls.items() if name != "b.journal.jsonl"] == [[], []]


def test_a_recording_that_is_named_twice_stalls_twice(runs: Path) -> None:
    corpus = recexplore.load(runs, progress=False)
    once, twice = (next(each for each in corpus if "b.journal" in each.facts["path"]) for _ in "ab")

    found = stalls(compare([once, twice]))

    assert [run for run, _ in found] == [0, 1]
    assert len({words for _, words in found}) == 1
