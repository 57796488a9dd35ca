"""What the terminal says of journals whose recorder died."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from journal_kit import journal_bytes
from scripted_streams import chat_text

import recexplore
from recexplore.capture.journal.file_lock import lock
from recexplore.cli.left_streams import is_left, tell_left

Call = Callable[..., tuple[int, str, str]]


def journal(path: Path, *, ended: bool = False) -> Path:
    reads = [(number + 1, event) for number, event in enumerate(chat_text(["A", " wren"])[:2])]
    body = json.dumps({"model": path.name, "stream": True}).encode()
    url = "http://localhost/v1/chat/completions"
    path.write_bytes(journal_bytes(url, body, reads, sent_ns=0, end=(9, "complete") if ended else None))
    return path


def said(folder: Path, n: int) -> str:
    words = (
        "1 stream has no end, for its recorder died",
        f"{n} streams have no end, for their recorders died",
    )[n > 1]
    return f"{words}: the next `recexplore capture --out {folder}` finishes {'it' if n == 1 else 'them'}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such locks")
@pytest.mark.parametrize("n", [1, 2])
def test_ls_and_check_say_which_streams_were_left(tmp_path: Path, call: Call, n: int) -> None:
    for number in range(n):
        journal(tmp_path / f"{number}.journal.jsonl")
    journal(tmp_path / "whole.journal.jsonl", ended=True)
    with journal(tmp_path / "coming.journal.jsonl").open("rb") as file:
        lock(file.fileno())

        assert call("ls", str(tmp_path))[2] == said(tmp_path, n)
        assert call("check", str(tmp_path))[2].count(said(tmp_path, n)) == 1
        for form in ("json", "sarif"):
            _, out, err = call("check", "--format", form, str(tmp_path))
            json.loads(out)
            assert said(tmp_path, n) in err
        _, out, err = call("ls", "--json", str(tmp_path))
        assert err == said(tmp_path, n)
        json.loads(out)
        assert call("check", "--quiet", str(tmp_path))[2] == ""

        shown = {name: call("show", str(tmp_path / f"{name}.journal.jsonl"))[1] for name in ("0", "whole", "coming")}
    assert "not yet: its recorder died; the next `recexplore capture` into its folder finishes it\n" in shown["0"]
    assert "not yet: it is still coming\n" in shown["coming"]
    assert "not yet" not in shown["whole"]


def test_nothing_is_said_of_files_that_no_capture_finishes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Packed, renamed, changed meanwhile, gone, or of a folder that cannot be named in a line."""
    data = journal(tmp_path / "a.journal.jsonl").read_bytes()
    (tmp_path / "a.journal.jsonl").unlink()
    (tmp_path / "b.journal.jsonl.gz").write_bytes(gzip.compress(data))
    (tmp_path / "c.jsonl").write_bytes(data)
    more, gone = journal(tmp_path / "d.journal.jsonl"), journal(tmp_path / "e.journal.jsonl")
    corpus = recexplore.load(tmp_path, progress=False)
    with more.open("ab") as file:
        file.write(b"\n")
    gone.unlink()
    tell_left(corpus)

    assert corpus.recordings["ended"].tolist() == ["not yet"] * 4
    assert capsys.readouterr().err == ""
    assert [is_left(each) for each in corpus] == [None, None, False, None]


def test_what_finishes_streams_of_several_folders_is_said_without_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recexplore.server.file_now.is_written", lambda path: False)
    for folder in ("a b", "c"):
        (tmp_path / folder).mkdir()
        journal(tmp_path / folder / "a.journal.jsonl")

    for place, out in ((".", "FOLDER"), ("a b", f"'{tmp_path / 'a b'}'"), ("c", None)):
        tell_left(recexplore.load(tmp_path / place, progress=False))
        err = capsys.readouterr().err
        assert out is None or f"capture --out {out}` finishes" in err
        assert err.count("\n") == 1
