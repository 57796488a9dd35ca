"""How reports of comparisons call the files of runs whose ids do not say them."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path

import pytest
from compared_kit import TEXT, recorded

import recexplore
from recexplore.comparison.runs import runs
from recexplore.share.comparisons import html, markdown, text
from recexplore.share.comparisons.file_names import short_names
from recexplore.share.comparisons.outcome import outcome_of_runs

STEM = "c5baedfb0ebb" + "0123456789" * 4


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        ([], []),
        (["x/a.json"], ["a.json"]),
        (["x/a.json", "x/b.json"], ["a.json", "b.json"]),
        (["x/a/r.json", "x/b/r.json", "x/b/s.json"], ["a/r.json", "b/r.json", "b/s.json"]),
        (["x/a.json", "x/a.json"], ["a.json", "a.json"]),
        ([f"x/{STEM}.json", f"x/{STEM}-00000002.json"], ["c5baedfb0ebb….json", "c5baedfb0ebb…-00000002.json"]),
        ([f"a/{STEM}.json", f"b/{STEM}.json"], ["a/c5baedfb0ebb….json", "b/c5baedfb0ebb….json"]),
        (["0123456789abc.json", "0123456789abd.json"], ["0123456789abc.json", "0123456789abd.json"]),
        (["r.json", "a/r.json"], ["r.json", "a/r.json"]),
    ],
)
def test_a_name_tells_files_apart_as_briefly_as_may_be(paths: list[str], names: list[str]) -> None:
    assert short_names(paths) == names


def test_files_stand_beside_ids_that_do_not_say_them(tmp_path: Path) -> None:
    for end, said in (("", TEXT), ("-00000002", TEXT), ("-00000003", TEXT.replace("star", "planet"))):
        (tmp_path / f"{STEM}{end}.json").write_text(json.dumps(recorded(said)))
    corpus = recexplore.load(tmp_path, progress=False)
    outcome = outcome_of_runs(runs(corpus), [str(tmp_path)], "text")

    for report in (text.plain(outcome, 300), markdown.report(outcome), html.report(outcome)):
        for each in corpus:
            end = each.facts["path"].rpartition(STEM)[2]
            assert f"{each.id} (c5baedfb0ebb…{end})" in unescape(report)


def test_an_id_that_says_its_file_stands_alone(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.json").write_text(json.dumps(recorded()))

    said = text.plain(outcome_of_runs(runs(recexplore.load(tmp_path, progress=False)), ["x"], "text"))

    assert "one, two" in said
    assert ".json" not in said
