"""The command ``cache``: what is kept, in words and as JSON, and that nothing else is removed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import recexplore as rx
from recexplore.cli import main
from recexplore.read.cache import stamps


def said(capsys: pytest.CaptureFixture[str], *arguments: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("sys.argv", ["recexplore", "cache", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (0, None)
    return capsys.readouterr().out


def test_what_is_kept_is_listed_and_cleared(
    bundled_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECEXPLORE_CACHE", str(tmp_path))
    monkeypatch.setattr(stamps, "_RACY_NS", 0)
    assert len(rx.load(bundled_folder, cache=True).findings) > 1
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / f"{'f' * 32}.recexplore").write_bytes(b"damaged")
    facts = json.loads(said(capsys, "--json", monkeypatch=monkeypatch))
    assert facts["folder"] == str(tmp_path)
    assert {(each["of"], each["recordings"]) for each in facts["kept"]} == {
        (str(bundled_folder.resolve()), 5),
        ("", 0),
    }
    lines = said(capsys, monkeypatch=monkeypatch).splitlines()
    assert lines[0].startswith(f"{tmp_path}: ")
    assert lines[0].endswith(" of 5.4 GB")
    assert any(line.endswith("of another version") for line in lines[1:])
    assert "removed" in said(capsys, "--clear", monkeypatch=monkeypatch)
    assert os.listdir(tmp_path) == ["mine.txt"]
    assert json.loads(said(capsys, "--clear", "--json", monkeypatch=monkeypatch))["removed_bytes"] == 0


def test_where_there_is_none(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert "RECEXPLORE_CACHE is off" in said(capsys, monkeypatch=monkeypatch)
    assert json.loads(said(capsys, "--json", monkeypatch=monkeypatch)) == {"folder": None, "kept": []}
