"""The command ``compare``, as a user types it."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeAlias

import pytest
from compared_kit import TEXT, asked, recorded
from git_kit import commit, forget_settings, git

import recexplore.cli as cli

CALL: TypeAlias = Callable[..., tuple[int, str, str]]
PLANET = TEXT.replace("star", "planet")


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> CALL:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["recexplore", "compare", *arguments])
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin), read=stdin.decode))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


def write(documents: Mapping[str, Any]) -> None:
    for name, document in documents.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())


@pytest.mark.parametrize(
    ("after", "codes"),
    [
        (recorded(id_="x"), (0, 0, 0)),
        (recorded(cut=7), (0, 0, 1)),
        (recorded(PLANET), (0, 1, 1)),
        (recorded(finish="length"), (1, 1, 1)),
        (recorded(request=asked(seed=1)), (1, 1, 1)),
    ],
)
def test_two_files(call: CALL, after: Any, codes: tuple[int, ...]) -> None:
    write({"a.json": recorded(), "b.json": after})
    for level, expected in zip(("structure", "text", "wire"), codes, strict=True):
        code, out, err = call("a.json", "b.json", "--level", level)
        assert (code, err) == (expected, "")
        assert out.startswith("a.json → b.json: The ")
    assert call("a.json", "b.json")[0] == codes[1], "text is the level where none is named"


def test_the_same_file_twice_is_the_same(call: CALL) -> None:
    write({"a.json": recorded()})
    assert call("a.json", "a.json")[0] == 0
    code, out, _ = call("a.json", "a.json", "a.json")
    assert (code, out.split("\n")[0]) == (0, "3 runs, all alike.")


def test_two_folders(call: CALL) -> None:
    others = {"old/c.json": recorded(request=asked("c")), "new/d.json": recorded(request=asked("d"))}
    write({"old/a.json": recorded(), "new/a.json": recorded(PLANET), **others})
    code, out, _ = call("old", "new")
    assert code == 1
    assert out.startswith("old → new: 3 recordings: 1 answered otherwise, 1 added, 1 removed.\n")
    assert "other words  a.json" in out
    assert "added  d.json" in out
    assert "removed  c.json" in out


def test_the_runs_of_one_place(call: CALL) -> None:
    write(
        {
            "runs/1.json": recorded(),
            "runs/2.json": recorded(),
            "runs/3.json": recorded(PLANET),
            "runs/4.json": recorded(),
        }
    )
    code, out, _ = call("runs")
    assert code == 1
    assert out.startswith("4 runs: 3 alike; 1 says other words (3). They differ in content, ")
    assert "  1 run      3  other words: content\n" in out
    assert call("runs", "--level", "structure")[0] == 0
    write({"alone/1.json": recorded(), "alone/2.json": recorded(request=asked("b"))})
    nothing = "There is nothing to compare: no request was recorded more than once, of {}.\n"
    assert call("alone") == (2, nothing.format("2 requests"), "")
    assert call("alone", "--by", "messages")[0] == 2
    assert call("alone/1.json") == (2, nothing.format("1 request"), "")


def test_more_than_two_files_are_compared_in_any_case(call: CALL) -> None:
    write({"1.json": recorded(), "2.json": recorded(PLANET), "3.json": recorded(request=asked("b"))})
    code, out, _ = call("1.json", "2.json", "3.json")
    assert code == 1
    assert "They are of 2 different requests." in out
    code, out, _ = call("1.json", "2.json", "3.json", "--by", "request")
    assert out.startswith("2 runs: ")
    write({"more/1.json": recorded(request=asked("b")), "more/2.json": recorded("x")})
    assert "2 requests with 5 runs" in call("1.json", "2.json", "3.json", "more")[1]


def test_revisions(call: CALL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_settings(monkeypatch, tmp_path.parent)
    git(tmp_path, "init", "-q")
    data = {name: json.dumps(document).encode() for name, document in (("a", recorded()), ("b", recorded(PLANET)))}
    commit(tmp_path, {"README": b""})
    commit(tmp_path, {"tapes/one.json": data["a"]})
    commit(tmp_path, {"tapes/one.json": data["b"]})
    code, out, err = call("tapes", "--rev", "HEAD~1", "--rev", "HEAD")
    assert (code, err) == (1, "")
    assert out.startswith("HEAD~1 → HEAD: The answers differ in content, ")
    assert call("tapes", "--rev", "HEAD") == (
        0,
        "HEAD → working tree: The answers agree.\n\nidentical  one.json\n             POST /v1/chat/completions · m\n",
        "",
    )
    Path("tapes/one.json").write_bytes(data["a"])
    assert call("tapes", "--rev", "HEAD")[0] == 1
    code, out, err = call("tapes", "--rev", "HEAD~2", "--rev", "HEAD")
    assert (code, out.split("\n")[0]) == (1, "HEAD~2 → HEAD: 1 recording: added.")
    assert "nothing was at 'tapes'" in err
    code, out, _ = call("tapes", "--rev", "HEAD~1", "--rev", "HEAD", "--rev", "HEAD~1")
    assert out.startswith("3 runs: 2 alike; 1 says other words (HEAD:tapes/one.json).")
    code, out, err = call("tapes", "--rev", "nonsuch", "--rev", "HEAD")
    assert (code, out) == (2, "")
    assert "'nonsuch' is no revision" in err
    code, _, err = call("nowhere", "--rev", "HEAD~1", "--rev", "HEAD")
    assert code == 2
    assert err.endswith("recexplore: no recording was found in nowhere at HEAD~1 or HEAD\n")
    assert call("-", "--rev", "HEAD")[0] == 3


def test_what_is_not_there_any_more_was_removed(call: CALL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_settings(monkeypatch, tmp_path.parent)
    git(tmp_path, "init", "-q")
    commit(tmp_path, {"tapes/one.json": json.dumps(recorded()).encode()})
    Path("tapes/one.json").unlink()
    for place in ("tapes/one.json", "tapes/*.json"):
        code, out, err = call(place, "--rev", "HEAD")
        assert (code, out.split("\n")[0]) == (1, "HEAD → working tree: 1 recording: removed.")
        assert f"'{place}'" in err
    code, out, err = call("nowhere", "--rev", "HEAD")
    assert (code, out) == (2, "")
    assert err.endswith("recexplore: no recording was found in nowhere at HEAD or working tree\n")


def test_what_cannot_be_read_is_told_and_ends_with_2(call: CALL) -> None:
    write({"old/a.json": recorded(), "new/a.json": recorded(PLANET), "new/b.json": b"{"})
    code, out, _ = call("old", "new")
    assert code == 2
    assert "unread     new/b.json: not JSON" in out
    assert "other words  a.json" in out
    write({"empty/x.txt": b""})
    code, out, err = call("old", "empty")
    assert (code, out) == (2, "")
    assert "no recording was found in 'empty'" in err


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html"])
def test_a_report_is_written_where_told(call: CALL, form: str) -> None:
    write({"a.json": recorded(), "b.json": recorded(PLANET)})
    code, printed, _ = call("a.json", "b.json", "--format", form)
    assert code == 1
    code, out, err = call("a.json", "b.json", "--format", form, "-o", "report")
    assert (code, out) == (1, "")
    assert err == "The answers differ in content, where chunks are cut, number of chunks.\n"
    assert Path("report").read_text().split() == printed.split()
    code, _, err = call("a.json", "b.json", "-o", "nowhere/report")
    assert (code, err) == (3, "recexplore: --output nowhere/report: there is no folder nowhere\n")
    assert call("a.json", "b.json", "-o", ".")[0] == 3


def test_only_what_fits_a_query(call: CALL) -> None:
    files = {"a": recorded("Hello there."), "b": recorded("Bye now.", request=asked("b"))}
    write({f"old/{name}.json": document for name, document in files.items()})
    write({f"new/{name}.json": {**document, "x": 1} for name, document in files.items()})
    write({"new/b.json": recorded("Farewell.", request=asked("b"))})
    assert call("old", "new", "--find", "text:hello")[0] == 0
    code, out, _ = call("old", "new", "--find", "text:bye")
    assert (code, out.split("\n")[0]) == (1, "old → new: The answers differ in content, where chunks are cut.")


@pytest.mark.parametrize(
    "places", [["old", "new"], ["old"], ["old/a.json"], ["old/a.json", "old/b.json", "new/a.json"]]
)
def test_a_query_that_nothing_fits_passes_nowhere(call: CALL, places: list[str]) -> None:
    write({"old/a.json": recorded(), "old/b.json": recorded(PLANET), "new/a.json": recorded()})
    code, out, err = call(*places, "--find", "text:nonsuch")
    assert code == 2
    assert "There is nothing to compare" in out
    assert "--find text:nonsuch: nothing fits" in err
    assert call(*places, "--find", "text:nonsuch", "--format", "json")[0] == 2


def test_a_query_fits_requests_with_several_runs(call: CALL) -> None:
    write({"runs/a.json": recorded(), "runs/b.json": recorded(PLANET), "runs/c.json": recorded(request=asked("c"))})
    assert call("runs", "--find", "text:planet")[0] == 1
    code, out, _ = call("runs", "--find", "id:c")
    assert (code, out) == (2, "There is nothing to compare: no request that fits was recorded more than once.\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--level", "words"), "--level: expected one of structure, text, wire, found 'words'"),
        (("--by", "model"), "--by: expected one of request, streamed-or-whole, messages, test, found 'model'"),
        (("--format", "sarif"), "--format: expected one of text, json, markdown, html, found 'sarif'"),
        (("-", "-"), "standard input is one place"),
    ],
)
def test_misuse(call: CALL, arguments: tuple[str, ...], message: str) -> None:
    write({"a.json": recorded()})
    code, out, err = call("a.json", *arguments)
    assert (code, out) == (3, "")
    assert message in err
