"""The command line, as a user types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import recexplore
import recexplore.cli as cli
from recexplore.corpus import Corpus
from recexplore.views.terminal.recordings import listing


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from recexplore.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


@pytest.fixture
def call(monkeypatch: Any, capsys: Any) -> Any:
    """Runs a command in this process; gives exit code and output."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["recexplore", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


def test_ls_is_plain_when_piped(bundled_folder: Path) -> None:
    done = run("ls", str(bundled_folder))
    assert done.returncode == 0
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    assert "f27523f3fec8" in done.stdout
    assert not any(line != line.rstrip() for line in done.stdout.splitlines())


def test_ls_as_json(call: Any, bundled_folder: Path) -> None:
    code, out, _ = call("ls", str(bundled_folder), "--json")
    found = json.loads(out)
    assert code == 0
    assert {row["recording"]: row["n_chunks"] for row in found["recordings"]}["f27523f3fec8"] == 86
    assert found["recordings"][0]["duration_s"] is None
    assert found["problems"] == []


def test_ls_says_what_could_not_be_read(call: Any, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    code, out, _ = call("ls", str(tmp_path))
    assert code == 2
    assert "broken.json" in out


def test_show_a_file(call: Any, bundled_folder: Path) -> None:
    code, out, _ = call("show", str(bundled_folder / "94d11daee205.json"))
    assert code == 0
    assert "The capital of the United States is Washington, D.C. (officially the District of Columbia)." in out


def test_show_by_the_beginning_of_an_id(call: Any, bundled_folder: Path) -> None:
    _, out, _ = call("show", "f2752", "--in", str(bundled_folder))
    assert out.startswith("f27523f3fec8\n")


def test_show_as_json(call: Any, bundled_folder: Path) -> None:
    _, out, _ = call("show", "94d1", "--in", str(bundled_folder), "--json")
    found = json.loads(out)
    assert [choice["finish_reason"] for choice in found["choices"]] == ["stop", "stop"]
    assert len(found["chunks"]) == 43


def test_show_looks_below_the_current_folder(bundled_folder: Path) -> None:
    done = run("show", "94d1", cwd=bundled_folder)
    assert done.stdout.startswith("94d11daee205\n")


@pytest.mark.parametrize(
    ("expected", "arguments", "said"),
    [
        (2, ("ls", "/no/such/folder"), "'/no/such/folder' does not exist"),
        (3, ("show", "zzz", "--in", "{bundled}"), "no recording has the id"),
        (3, ("show", "", "--in", "{bundled}"), "no recording has the id"),
    ],
)
def test_mistakes_are_one_line(
    call: Any, bundled_folder: Path, expected: int, arguments: tuple[str, ...], said: str
) -> None:
    code, out, err = call(*(each.format(bundled=bundled_folder) for each in arguments))
    assert code == expected
    assert out == ""
    assert err.startswith("recexplore: ")
    assert said in err
    assert err.count("\n") == 1


def test_show_a_file_that_holds_no_recording(call: Any, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"a": 1}')
    code, _, err = call("show", str(tmp_path / "x.json"))
    assert code == 2
    assert "holds no recording" in err


def test_a_reader_that_has_seen_enough_is_no_error(bundled_folder: Path) -> None:
    command = f"{sys.executable} -c 'from recexplore.cli import main; main()' show f2752 --json --in {bundled_folder}"
    done = subprocess.run(f"{command} | head -1", shell=True, capture_output=True, text=True, check=False)
    assert done.stdout == "{\n"
    assert done.stderr == ""


def test_show_a_folder_leads_to_ls(call: Any, bundled_folder: Path) -> None:
    code, _, err = call("show", str(bundled_folder))
    assert code == 3
    assert "holds 5 recordings; `recexplore ls` lists them" in err


def test_version(call: Any) -> None:
    assert call("--version")[1] == f"{recexplore.__version__}\n"


def test_ls_keeps_ids_and_counts_whole_on_a_narrow_terminal(bundled: Corpus) -> None:
    console = Console(width=80, color_system=None)
    with console.capture() as printed:
        console.print(listing(bundled, 80))
    line = next(line for line in printed.get().splitlines() if "f6960cae871e" in line)
    assert " 39 " in line
    assert " 744 " in line
