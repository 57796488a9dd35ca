"""Redacting folders: what stays equal, what is written and what is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from synthetic import recording, says

import recexplore as rx
from recexplore.corpus import Corpus, Recording
from recexplore.matching import stale
from recexplore.read.sources.paths import REDACTION_SHEET
from recexplore.share.redact import Policy, unredacted
from recexplore.share.redact.sheet import Sheet

KEY = b"a key of sixteen bytes and more"
OF_COMPARISONS = ("aligned_lanes", "divergence_tree", "first_divergences", "side_by_side", "similarity_matrix")
OF_RECORDINGS = ("interleaving", "overview", "reasoning_split", "timing", "tokens")
MANY_RUNS = 10
"""So many runs of one request differ in every way, and every figure has something to draw."""
SHAPE = {
    "recordings": ["exchange", "dialect", "envelope", "method", "streaming", "wire_format", "n_requested", "n_choices",
                   "n_chunks", "n_events", "clock", "t_zero", "duration_s", "status", "is_exception", "model_requested",
                   "model_served", "test_id", "prompt_tokens", "completion_tokens"],
    "chunks": ["chunk", "t_s", "event", "n_choices", "damage", "bytes"],
    "events": ["chunk", "seq", "choice", "kind", "start", "end", "finish_reason", "tool_index", "notes", "logprob"],
    "choices": ["choice", "finish_reason", "content_chars", "reasoning_chars"],
    "tool_calls": ["choice", "name", "arguments_valid"],
    "usage": ["prompt", "completion", "total", "reasoning"],
}  # fmt: skip


@pytest.fixture(scope="module")
def redacted(bundled_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Corpus, Corpus, Sheet, Path]:
    out = tmp_path_factory.mktemp("redacted") / "out"
    sheet = rx.redact(bundled_folder, out, key=KEY)
    return rx.load(bundled_folder), rx.load(out), sheet, out


@pytest.fixture(scope="module")
def every(bundled_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Corpus, Corpus, Sheet]:
    """All recordings that come with the project, before and after."""
    out = tmp_path_factory.mktemp("every") / "out"
    sheet = rx.redact(bundled_folder.parent, out, key=KEY)
    return rx.load(bundled_folder.parent), rx.load(out), sheet


def findings(corpus: Corpus, ids: list[str]) -> list[list[tuple[str, ...]]]:
    """What is found in each recording, told of all in one look."""
    found: dict[str, list[tuple[str, ...]]] = {one: [] for one in ids}
    columns = ["rule", "severity", "chunk", "last_chunk", "choice"]
    for one, row in zip(corpus.findings["recording"], corpus.findings[columns].to_numpy(), strict=True):
        found[one].append(tuple(map(str, row)))
    return [found[one] for one in ids]


def pairs(before: Corpus, after: Corpus, sheet: Sheet) -> list[tuple[Recording, Recording]]:
    """Recordings before and after, by the sheet's order of files."""
    old, new = list(before), {}
    for one in after:
        new[(one.facts["path"], one.facts["exchange"])] = one
    names = [row.name for row in sheet.rows]
    files = list(dict.fromkeys(before.recordings["path"]))
    assert len(files) == len(names)
    place = dict(zip(files, names, strict=True))
    where = Path(str(after.places[0]))
    return [(one, new[(str(where / place[one.facts["path"]]), one.facts["exchange"])]) for one in old]


def test_frames_and_findings_are_equal(every: tuple[Corpus, Corpus, Sheet]) -> None:
    before, after, sheet = every
    assert [row.name for row in sheet.rows if row.keeps_shape is not True] == []
    assert not sheet.left_out
    both = pairs(before, after, sheet)
    for old, new in both:
        for frame, columns in SHAPE.items():
            assert getattr(old, frame)[columns].equals(getattr(new, frame)[columns]), (old.id, frame)
    said = [
        findings(corpus, [one.id for one in ones])
        for corpus, ones in zip(every[:2], zip(*both, strict=True), strict=True)
    ]
    assert said[0] == said[1]
    assert len(list(filter(None, said[0]))) > 5


def assert_drawn_alike(both: list[tuple[Recording, Recording]]) -> None:
    assert both
    for old, new in both:
        for name in OF_RECORDINGS if old.facts["n_chunks"] else ():
            drawn = [shape_of(getattr(rx.figures, name)(each)) for each in (old, new)]
            assert drawn[0] == drawn[1], (old.id, name)


@pytest.mark.thorough
def test_figures_are_equal_in_shape(every: tuple[Corpus, Corpus, Sheet]) -> None:
    """Drawing is slow: one recording of each recorder and of each dialect, and the first of the runs."""
    before, _, _ = every
    kinds = before.recordings.drop_duplicates(["envelope", "dialect", "streaming"])["recording"]
    both = [each for each in pairs(*every) if each[0].id in set(kinds)]
    assert_drawn_alike(both)


@pytest.mark.thorough
def test_figures_of_all_are_equal_in_shape(every: tuple[Corpus, Corpus, Sheet]) -> None:
    assert_drawn_alike(pairs(*every))


def test_every_figure_is_one_of_them() -> None:
    assert sorted([*OF_RECORDINGS, *OF_COMPARISONS]) == rx.figures.__all__


@pytest.mark.parametrize("name", OF_COMPARISONS)
def test_figures_of_comparisons_are_equal_in_shape(
    flaky: Corpus, every: tuple[Corpus, Corpus, Sheet], name: str
) -> None:
    where = Path(str(every[1].places[0])) / "runs"
    for old, new in zip(rx.runs(flaky), rx.runs(rx.load(where)), strict=True):
        drawn = [shape_of(getattr(rx.figures, name)(rx.compare(each))) for each in (old, new)]
        if name == "divergence_tree":
            # A branch is as long as its words are wide, and other letters are of other widths.
            drawn = [[without_lengths(trace) for trace in each] for each in drawn]
        assert drawn[0] == drawn[1]
        assert any(drawn[0]) or len(old) < MANY_RUNS


def without_lengths(trace: dict[str, Any]) -> dict[str, Any]:
    along = {key: len(value.get("bdata", "")) if isinstance(value, dict) else len(value)
             for key, value in trace.items() if key in ("x", "base")}  # fmt: skip
    return {**trace, **along}


def test_figures_of_a_corpus_are_equal_in_shape(every: tuple[Corpus, Corpus, Sheet]) -> None:
    before, after, sheet = every
    both = list(pairs(before, after, sheet))
    paths = [[one.facts["path"] for one in corpus] for corpus in zip(*both, strict=True)]
    for name in ("overview", "tokens"):
        drawn = [shape_of(getattr(rx.figures, name)(rx.load(list(dict.fromkeys(each))))) for each in paths]
        assert drawn[0] == drawn[1], name


def shape_of(figure: Any) -> list[Any]:
    """What a figure draws: everything but words."""

    def numbers(value: Any) -> Any:
        if isinstance(value, dict):
            words = ("text", "customdata", "hovertext", "title", "name", "hovertemplate", "meta")
            return {key: numbers(each) for key, each in value.items() if key not in words}
        if isinstance(value, list):
            return [numbers(each) for each in value]
        return value

    return numbers(json.loads(figure.to_json())["data"])


def test_no_text_is_what_it_was(redacted: tuple[Corpus, Corpus, Sheet, Path]) -> None:
    before, after, _, _ = redacted
    said = " ".join(before.choices["content"].dropna()).lower()
    filled = " ".join(after.choices["content"].dropna()).lower()
    words = {word for word in said.split() if word.isalpha() and len(word) > 6}
    assert len(words) > 15
    assert words & set(filled.split()) == set()


def test_what_runs_say_alike_they_still_say_alike(tmp_path: Path) -> None:
    texts = ("The sun is a star.", "The sun is a star.", "The sun is a lamp.")
    for number, text in enumerate(texts):
        (tmp_path / "in").mkdir(exist_ok=True)
        document = recording([says(word + " ") for word in text.split()])
        (tmp_path / "in" / f"{number}.json").write_text(json.dumps(document))
    rx.redact(tmp_path / "in", tmp_path / "out", key=KEY)
    compared = [rx.compare(rx.runs(rx.load(tmp_path / each))[0]) for each in ("in", "out")]
    old, new = (each.divergences[["choice", "char", "word", "chunk"]].to_numpy().tolist() for each in compared)
    assert old == new
    assert len(old) == 1


def test_twice_is_once(redacted: tuple[Corpus, Corpus, Sheet, Path], tmp_path: Path) -> None:
    _, _, sheet, out = redacted
    again = rx.redact(out, tmp_path / "again", key=b"quite another key, of somebody else")
    assert again.counts == sheet.counts
    first, second = ({path.relative_to(base): path.read_bytes() for path in base.rglob("*") if path.is_file()}
                     for base in (out, tmp_path / "again"))  # fmt: skip
    assert {k: v for k, v in first.items() if k.name != REDACTION_SHEET} == {
        k: v for k, v in second.items() if k.name != REDACTION_SHEET
    }
    assert unredacted(out) == []


def test_only_what_has_to_change_changes(bundled_folder: Path, tmp_path: Path) -> None:
    policy = Policy(texts="kept", ids="kept", hosts="kept", media="kept")
    rx.redact(bundled_folder, tmp_path / "out", policy, key=KEY)
    for path in bundled_folder.rglob("*.*"):
        copy = tmp_path / "out" / path.relative_to(bundled_folder)
        if path.suffix != ".md":
            assert copy.read_bytes() == path.read_bytes()


def test_lengths_stay(redacted: tuple[Corpus, Corpus, Sheet, Path]) -> None:
    before, _, sheet, out = redacted
    sizes = {Path(path).name: os.path.getsize(path) for path in before.recordings["path"]}
    assert [(out / row.name).stat().st_size for row in sheet.rows] == [
        sizes[Path(path).name] for path in dict.fromkeys(before.recordings["path"])
    ]


def test_names_that_are_hashes_are_the_hashes_of_what_is_written(redacted: tuple[Corpus, Corpus, Sheet, Path]) -> None:
    before, after, _, _ = redacted
    old, new = (set(each.recordings["path"].map(lambda path: Path(path).name)) for each in (before, after))
    hashes = {name for name in old if len(name) > 60}
    assert hashes
    assert not hashes & new
    assert len(stale(after)) == len(stale(before))
    told = [[rx.why(each, corpus).is_found for each in corpus] for corpus in (before, after)]
    assert sorted(told[0]) == sorted(told[1])
    assert any(told[1])


def assert_real_recordings_keep_all(files: list[Path], out: Path) -> None:
    sheet = rx.redact(files, out, key=KEY)
    assert not sheet.left_out
    assert [row.name for row in sheet.rows if row.keeps_shape is not True] == []
    before, after = rx.load(files), rx.load([out / row.name for row in sheet.rows])
    assert len(before) == len(after) >= len(files)
    said = [findings(each, [one.id for one in each]) for each in (before, after)]
    assert said[0] == said[1]
    assert before.findings["rule"].nunique() > 3
    sizes = [sorted(map(len, rx.runs(each))) for each in (before, after)]
    assert sizes[0] == sizes[1]


def real(folder: Path, stride: int) -> list[Path]:
    return sorted((folder / "ogx").rglob("*.json"))[::stride] + sorted(folder.glob("vcr-*/*.yaml"))[:: stride // 2]


def test_real_recordings_keep_shape_findings_and_runs(corpus_folder: Path, tmp_path: Path) -> None:
    assert_real_recordings_keep_all(real(corpus_folder, 24), tmp_path / "out")


@pytest.mark.thorough
def test_all_real_recordings_keep_shape_findings_and_runs(corpus_folder: Path, tmp_path: Path) -> None:
    assert_real_recordings_keep_all(real(corpus_folder, 2), tmp_path / "out")
