"""Where a recording lies, taken apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from recexplore.model.location import place_of, relative


@pytest.mark.parametrize(
    ("path", "file", "member", "kind"),
    [
        ("a/b.json", "a/b.json", None, "disk"),
        ("/a/b.json", "/a/b.json", None, "disk"),
        ("a/b.zip!/c/d.json", "a/b.zip", "c/d.json", "disk"),
        ("a.tar.zst!/x.zip!/d.json", "a.tar.zst", "x.zip!/d.json", "disk"),
        ("wow!/c.json", "wow!/c.json", None, "disk"),
        ("https://h/a.json", "https://h/a.json", None, "url"),
        ("s3://bucket/a.tgz!/b.json", "s3://bucket/a.tgz", "b.json", "url"),
        ("HEAD~1:rec/a.json", "rec/a.json", None, "revision"),
        ("C:/rec/a.json", "C:/rec/a.json", None, "disk"),
    ],
)
def test_a_path_is_taken_apart(path: str, file: str, member: str | None, kind: str) -> None:
    place = place_of(path)
    assert (place.file, place.member, place.kind) == (file, member, kind)


def test_a_file_may_look_like_a_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("HEAD:a.json").write_text("{}")
    assert place_of("HEAD:a.json").kind == "disk"


@pytest.mark.parametrize(
    ("path", "base", "seen"),
    [
        ("/p/rec/a.json", "/p", "rec/a.json"),
        ("/p/a.json", "/p/rec", "../a.json"),
        ("/p/a.zip!/m/x.json", "/p", "a.zip!/m/x.json"),
        ("https://h/a.json", "/p", "https://h/a.json"),
        ("HEAD:rec/a.json", "/p", "HEAD:rec/a.json"),
    ],
)
def test_a_path_as_seen_from_a_folder(path: str, base: str, seen: str) -> None:
    assert relative(path, base) == seen
