"""Redacting a folder: where it may write, what it writes, leaves out and knows again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from synthetic import recording, says

import recexplore as rx
from recexplore.corpus import Corpus
from recexplore.share.redact import run, unredacted

KEY = b"a key of sixteen bytes and more"


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


def test_the_key_is_used_again_and_never_written_into_the_folder(bundled_folder: Path, tmp_path: Path) -> None:
    key = tmp_path / "keys" / "redaction.key"
    one = bundled_folder.parent / "made" / "refusal.json"
    rx.redact(one, tmp_path / "a", key=key)
    rx.redact(one, tmp_path / "b", key=key)
    assert (tmp_path / "a" / "refusal.json").read_bytes() == (tmp_path / "b" / "refusal.json").read_bytes()
    rx.redact(one, tmp_path / "c", key=tmp_path / "other.key")
    assert (tmp_path / "a" / "refusal.json").read_bytes() != (tmp_path / "c" / "refusal.json").read_bytes()
    secret = key.read_bytes().strip()
    assert all(secret not in path.read_bytes() for path in (tmp_path / "a").rglob("*") if path.is_file())
    with pytest.raises(ValueError, match="stays with its owner"):
        rx.redact(one, tmp_path / "d", key=tmp_path / "d" / "k.key")


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


@pytest.mark.parametrize("is_new", [True, False])
def test_what_is_interrupted_leaves_nothing(
    bundled_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_new: bool
) -> None:
    out = tmp_path / "out"
    if not is_new:
        rx.redact(bundled_folder, out, key=KEY)
        (out / "mine.txt").write_text("mine")
    write, left = run._write_file, iter(range(3))

    def interrupted(path: Path, data: bytes) -> None:
        write(path, data)
        if next(left) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(run, "_write_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        rx.redact(bundled_folder, out, key=KEY)
    assert [each.name for each in tmp_path.rglob("*")] == ([] if is_new else ["out", "mine.txt"])


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
