"""Redacting folders: what stays equal, what is written and what is refused."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
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


def found(one: Recording) -> list[tuple[Any, ...]]:
    return [
        tuple(map(str, row)) for row in one.findings[["rule", "severity", "chunk", "last_chunk", "choice"]].to_numpy()
    ]


def test_frames_findings_and_figures_are_equal_in_shape(every: tuple[Corpus, Corpus, Sheet]) -> None:
    before, after, sheet = every
    assert [row.name for row in sheet.rows if row.keeps_shape is not True] == []
    assert not sheet.left_out
    for old, new in pairs(before, after, sheet):
        for frame, columns in SHAPE.items():
            one, other = getattr(old, frame)[columns], getattr(new, frame)[columns]
            assert one.equals(other), (old.id, frame)
        assert found(old) == found(new), old.id
        for name in OF_RECORDINGS:
            if old.facts["n_chunks"]:
                drawn = [shape_of(getattr(rx.figures, name)(each)) for each in (old, new)]
                assert drawn[0] == drawn[1], (old.id, name)


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


def test_the_same_key_makes_the_same_bytes(bundled_folder: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        rx.redact(bundled_folder, tmp_path / name, key=KEY)
    first, second = ({path.relative_to(base): path.read_bytes() for path in base.rglob("*") if path.is_file()}
                     for base in (tmp_path / "a", tmp_path / "b"))  # fmt: skip
    assert first == second


def test_a_changed_file_among_redacted_ones_is_told(bundled_folder: Path, tmp_path: Path) -> None:
    rx.redact(bundled_folder, tmp_path / "out", key=KEY)
    document = recording([says("Hello there")])
    document["request"]["headers"] = {"Authorization": "Bearer abc"}
    (tmp_path / "out" / "new.json").write_text(json.dumps(document, indent=1))
    (told,) = unredacted(tmp_path / "out")
    assert told.path.endswith("new.json")
    places = {(place.kind.value, place.name) for place in told.places}
    assert ("header", "Authorization") in places
    (line,) = [place.line for place in told.places if place.name == "Authorization"]
    assert "Bearer abc" in (tmp_path / "out" / "new.json").read_text().splitlines()[line - 1]


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


def test_the_key_is_made_for_its_owner_alone_and_used_again(bundled_folder: Path, tmp_path: Path) -> None:
    key = tmp_path / "keys" / "redaction.key"
    one = bundled_folder.parent / "made" / "refusal.json"
    rx.redact(one, tmp_path / "a", key=key)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    rx.redact(one, tmp_path / "b", key=key)
    assert (tmp_path / "a" / "refusal.json").read_bytes() == (tmp_path / "b" / "refusal.json").read_bytes()
    rx.redact(one, tmp_path / "c", key=tmp_path / "other.key")
    assert (tmp_path / "a" / "refusal.json").read_bytes() != (tmp_path / "c" / "refusal.json").read_bytes()
    secret = key.read_bytes().strip()
    assert all(secret not in path.read_bytes() for path in (tmp_path / "a").rglob("*") if path.is_file())
    with pytest.raises(ValueError, match="stays with its owner"):
        rx.redact(one, tmp_path / "d", key=tmp_path / "d" / "k.key")
    with pytest.raises(ValueError, match="at least 16 bytes"):
        rx.redact(one, tmp_path / "d", key=b"short")


def test_where_it_may_not_write(bundled_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="not empty"):
        rx.redact(bundled_folder, tmp_path / "full", key=KEY)
    for inside in (bundled_folder, bundled_folder / "out", bundled_folder.parent):
        with pytest.raises((ValueError, FileExistsError)):
            rx.redact(bundled_folder, inside, key=KEY)
    with pytest.raises(ValueError, match="texts is one of"):
        rx.redact(bundled_folder, tmp_path / "out", "hidden", key=KEY)  # type: ignore[arg-type]


def test_its_own_folder_is_written_anew(bundled_folder: Path, tmp_path: Path) -> None:
    rx.redact(bundled_folder, tmp_path / "out", key=KEY)
    (tmp_path / "out" / "mine.txt").write_text("mine")
    rx.redact(bundled_folder.parent / "made" / "refusal.json", tmp_path / "out", key=KEY)
    left = sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert left == ["mine.txt", "redaction.json", "refusal.json"]


def test_what_cannot_be_redacted_is_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.json").write_text(json.dumps(recording([says("a")])))
    (folder / "bad.json").write_text(json.dumps(recording([says("secret words")])).replace('"choices"', "'choices'", 1))
    (folder / "README.md").write_text("# secret words")
    sheet = rx.redact(folder, tmp_path / "out", key=KEY)
    assert [row.name for row in sheet.rows] == ["good.json"]
    assert [Path(each.path).name for each in sheet.left_out] == ["bad.json"]
    assert "secret" not in "".join(path.read_text() for path in (tmp_path / "out").rglob("*") if path.is_file())


def test_what_is_no_recording_is_named_and_steers_no_terminal(bundled_folder: Path, tmp_path: Path) -> None:
    source = tmp_path / "in"
    shutil.copytree(bundled_folder, source)
    (source / "empty.json").write_bytes(b"")
    (source / "evil\x1b[2J\u202e.json").write_bytes(b'{"a": 1}')
    sheet = rx.redact(source, tmp_path / "out", key=KEY)
    assert len(sheet.foreign) == 2
    assert "not copied, for no recording can be read in them: " in str(sheet)
    assert "empty.json" in str(sheet)
    assert "\x1b" not in str(sheet)
    assert "\u202e" not in str(sheet)
    assert not list((tmp_path / "out").glob("e*.json"))


def test_a_corpus_and_a_recording_are_redacted_by_their_files(bundled: Corpus, tmp_path: Path) -> None:
    assert len(rx.redact(bundled, tmp_path / "all", key=KEY).rows) == len(bundled.checksums)
    assert len(rx.redact(bundled["f27523"], tmp_path / "one", key=KEY).rows) == 1


def test_real_recordings_keep_shape_and_findings(corpus_folder: Path, tmp_path: Path) -> None:
    files = sorted((corpus_folder / "ogx").rglob("*.json"))[::8] + sorted(corpus_folder.glob("vcr-*/*.yaml"))[::3]
    sheet = rx.redact(files, tmp_path / "out", key=KEY)
    assert not sheet.left_out
    assert [row.name for row in sheet.rows if row.keeps_shape is not True] == []
    before, after = rx.load(files), rx.load([tmp_path / "out" / row.name for row in sheet.rows])
    assert len(before) == len(after) > 100
    assert [found(one) for one in before] == [found(one) for one in after]
    assert before.findings["rule"].nunique() > 5


def test_known_forms_are_masked_whatever_is_kept(tmp_path: Path) -> None:
    secret = "sk-proj-" + "a1B2" * 8
    document = recording([says(f"It is {secret[:14]}"), says(f"{secret[14:]}, is it?")])
    (tmp_path / "a.json").write_text(json.dumps(document))
    kept = Policy(texts="kept", ids="kept", hosts="kept", media="kept")
    sheet = rx.redact(tmp_path / "a.json", tmp_path / "out", kept, key=KEY)
    (one,) = rx.load(tmp_path / "out")
    assert one.choices["content"][0] == f"It is sk-proj-{'*' * 32}, is it?"
    assert "looked like a key" in str(sheet)


def test_a_packed_file_and_an_archive_are_written_unpacked(tmp_path: Path) -> None:
    import gzip
    import zipfile

    data = json.dumps(recording([says("Hello there")])).encode()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "one.json.gz").write_bytes(gzip.compress(data))
    with zipfile.ZipFile(tmp_path / "in" / "two.zip", "w") as archive:
        archive.writestr("deep/two.json", data)
    rx.redact([tmp_path / "in" / "one.json.gz", tmp_path / "in" / "two.zip"], tmp_path / "out", key=KEY)
    assert len(rx.load(tmp_path / "out")) == 2
    assert b"Hello" not in b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*.json"))


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    given = [sys.executable, "-m", "recexplore", "redact", *map(str, arguments)]
    return subprocess.run(given, capture_output=True, text=True, check=False)


def test_the_command(bundled_folder: Path, tmp_path: Path) -> None:
    key = tmp_path / "k.key"
    done = command(bundled_folder, "-o", tmp_path / "out", "--key", key)
    assert done.returncode == 0, done.stderr
    assert "files written" in done.stdout
    assert command("--check", tmp_path / "out").returncode == 0
    checked = command("--check", bundled_folder)
    assert checked.returncode == 1
    assert ": text (content)" in checked.stdout
    assert json.loads(command("--check", "--json", tmp_path / "out").stdout) == []
    assert command(bundled_folder).returncode == 3
    assert command(bundled_folder, "-o", tmp_path / "x", "--texts", "hidden").returncode == 3
    bad = tmp_path / "bad.json"
    bad.write_text('{"request": {"url": x')
    done = command(bad, "-o", tmp_path / "y", "--key", key)
    assert done.returncode == 2
    assert "left out" in done.stdout
