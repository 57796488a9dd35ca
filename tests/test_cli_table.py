"""What every command does where there is nothing, something broken, or standard input: one table for all of them.

``docs/commands.md`` shows it to users.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TypeAlias

import pytest

import recexplore.cli as cli

ROOT = Path(__file__).parent.parent
CALL: TypeAlias = Callable[..., tuple[int, str, str]]

COMMANDS = {
    "ls": ("ls", "{place}"),
    "ls --json": ("ls", "{place}", "--json"),
    "show": ("show", "{place}"),
    "check": ("check", "{place}"),
    "why": ("why", "{request}", "{place}"),
    "upkeep": ("upkeep", "{place}"),
    "compare": ("compare", "one.json", "{place}"),
    "report": ("report", "{place}", "--format", "markdown"),
}
"""Each command as it is typed for a place where recordings are looked for."""


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CALL:
    def call(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["recexplore", *arguments])
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin), read=stdin.decode))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, bundled_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Places of every kind, in the working directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("empty", "foreign", "broken", "gone", "mixed", "nothing"):
        (tmp_path / name).mkdir()
    one = bundled_folder / "94d11daee205.json"
    (tmp_path / "one.json").write_bytes(one.read_bytes())
    (tmp_path / "asked.json").write_text('{"url": "http://localhost/v1/x", "body": {"model": "other"}}')
    (tmp_path / "foreign" / "package.json").write_text('{"name": "x"}')
    (tmp_path / "foreign" / "README.md").write_text("# no recording")
    (tmp_path / "broken" / "broken.json").write_text("{")
    (tmp_path / "gone" / "gone.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "mixed" / "one.json").write_bytes(one.read_bytes())
    (tmp_path / "mixed" / "broken.json").write_text("{")
    (tmp_path / "nothing" / "test_x.yaml").write_text("interactions: []\nversion: 1\n")
    (tmp_path / "zero.sse").write_bytes(b"")


def typed(command: str, place: str) -> list[str]:
    return [each.format(place=place, request="asked.json") for each in COMMANDS[command]]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("empty", "recexplore: no recording was found in 'empty'\n"),
        (
            "foreign",
            "no recording was found in 'foreign'; 1 other file was not looked at, 1 other file holds no recording",
        ),
        ("nowhere/", "'nowhere/' does not exist"),
        ("nowhere.json", "'nowhere.json' does not exist"),
        ("*.har", "no file matches '*.har'"),
    ],
)
def test_where_nothing_is_every_command_says_so(call: CALL, command: str, place: str, said: str) -> None:
    code, out, err = call(*typed(command, place))
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    if command == "ls --json" and place in ("empty", "foreign"):
        assert json.loads(out)["recordings"] == []
    else:
        assert out == ""


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("broken", "not JSON: expected a JSON document"),
        ("gone", "No such file or directory"),
        ("zero.sse", "the file is empty: expected a recording, found nothing but white space; record it again"),
    ],
)
def test_what_cannot_be_read_is_told(call: CALL, command: str, place: str, said: str) -> None:
    code, out, err = call(*typed(command, place))
    assert code == 2
    assert said in out + err if command != "ls --json" else json.loads(out)["problems"]
    assert "corpus." not in err


@pytest.mark.parametrize(
    ("command", "code"),
    [("ls", 2), ("ls --json", 2), ("show", 0), ("check", 2), ("why", 2), ("upkeep", 2), ("compare", 2), ("report", 2)],
)
def test_beside_something_broken_the_rest_is_looked_at(call: CALL, command: str, code: int) -> None:
    """The exit code of ``show`` is about the recording that it shows."""
    ended, out, _ = call(*typed(command, "mixed"))
    assert ended == code
    assert out


@pytest.mark.parametrize(
    ("command", "code"),
    [("ls", 0), ("ls --json", 0), ("show", 2), ("check", 0), ("why", 1), ("upkeep", 0), ("compare", 1), ("report", 0)],
)
def test_a_cassette_in_which_nothing_was_recorded_is_no_empty_folder(call: CALL, command: str, code: int) -> None:
    ended, _, err = call(*typed(command, "nothing"))
    assert ended == code
    assert "no recording was found" not in err


@pytest.mark.parametrize("command", COMMANDS)
def test_standard_input_is_a_place(call: CALL, command: str) -> None:
    """Of the same bytes it says the same as of the file."""
    data = Path("one.json").read_bytes()
    of_a_file = call(*typed(command, "one.json"))
    of_stdin = call(*typed(command, "-"), "--stdin-filename", "one.json", stdin=data)
    # A verdict says how long it took, in words that may differ.
    assert of_stdin[0] == of_a_file[0]
    assert of_stdin[1].replace("check -", "check one.json").replace("→ -:", "→ one.json:") == of_a_file[1]
    assert call(*typed(command, "-"), stdin=data)[0] == of_a_file[0]
    assert call(*typed(command, "-"), stdin=b"")[0] == 2
    code, _, err = call(*typed(command, "one.json"), "--stdin-filename", "x.json")
    assert (code, err) == (3, "recexplore: --stdin-filename names what - reads, and no PATH is -\n")


def test_standard_input_is_one_thing(call: CALL) -> None:
    code, _, err = call("why", "-", "-", stdin=b"{}")
    assert code == 3
    assert "either the request or the recordings" in err
    several = (ROOT / "recordings" / "formats" / "responses.yaml").read_bytes()
    code, _, err = call("show", "-", stdin=several)
    assert code == 3
    assert "'<stdin>' holds 2 recordings; name one with --in -, such as '<stdin>#0'" in err
    assert call("show", "<stdin>#1", "--in", "-", stdin=several)[0] == 0


def test_a_recording_that_is_called_like_a_folder_may_be_an_id(call: CALL) -> None:
    """Only what is to be shown may be an id; everything else is a place."""
    assert call("show", "nowhere")[0] == 3
    for command in ("ls", "check", "upkeep"):
        code, _, err = call(command, "nowhere")
        assert code == 2
        assert err.startswith("recexplore: 'nowhere' does not exist; the nearest folder that does is ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "zzz", "--in", "one.json"), "no recording has the id, the id's beginning or the path 'zzz'"),
        (("show", "zzz"), "no recording has the id"),
        (("why", "zzz", "one.json"), "zzz is no file, and among RECORDINGS no recording has the id"),
    ],
)
def test_an_unknown_id_is_misuse(call: CALL, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = call(*arguments)
    assert (code, out) == (3, "")
    assert said in err
    assert "`recexplore ls` lists" in err
    assert "corpus." not in err


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_mistyped_is_misuse(call: CALL, command: str) -> None:
    assert call(*typed(command, "one.json"), "--nonsuch")[0] == 3
    assert call(COMMANDS[command][0], "--help")[0] == 0


def test_an_empty_request_is_like_nothing(call: CALL) -> None:
    for asked in (b"{}", b'{"request": {}}', b'{"test_id": "tests/test_x.py::test_x"}'):
        code, out, err = call("why", "-", "one.json", stdin=asked)
        assert (code, out) == (2, "")
        assert err == "recexplore: standard input holds no request: neither a body nor a URL or an endpoint\n"


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "name.json\n".encode("utf-16")])
def test_names_that_are_no_text_are_refused(call: CALL, data: bytes) -> None:
    Path("used.txt").write_bytes(data)
    code, out, err = call("upkeep", "one.json", "--used", "used.txt")
    assert (code, out) == (2, "")
    assert err == "recexplore: used.txt is no text: --used takes a text file in UTF-8, one name a line\n"


def _imported(*arguments: str) -> set[str]:
    """The modules that a command imports."""
    command = [sys.executable, "-X", "importtime", "-m", "recexplore", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("ls", "--help"),
        ("check", "--help"),
        ("ls",),
        ("ls", "nowhere"),
        ("nonsuch",),
        ("compare", "--help"),
    ],
)
def test_help_and_mistakes_import_no_pandas(arguments: tuple[str, ...]) -> None:
    imported = _imported(*arguments)
    assert "recexplore.cli.application" in imported
    assert not {"pandas", "plotly", "recexplore.rules", "recexplore.read.load"} & imported


@pytest.mark.parametrize("place", ["typer.Typer.__call__", "recexplore.api.load"])
def test_an_interrupt_is_no_traceback(call: CALL, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Neither while a command works nor before it is there."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(place, interrupt)
    assert call("check", "one.json") == (130, "", "")


def test_the_page_has_the_whole_table() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in page for name in {command.split()[0] for command in COMMANDS})
    assert all(f"| {code} |" in page for code in (0, 1, 2, 3, 130))
    assert "docs/commands.md" in (ROOT / "README.md").read_text(encoding="utf-8")
