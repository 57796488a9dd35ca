"""`recexplore redact`: what is written and said, what fails, and `--check`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

import recexplore.cli as cli
from recexplore.cli.exit_codes import ExitCode
from recexplore.share.redact import run

Call: TypeAlias = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["recexplore", "redact", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


def test_a_folder_is_written_and_counted_and_checked(call: Call, bundled_folder: Path, tmp_path: Path) -> None:
    code, out, _ = call(bundled_folder, "-o", tmp_path / "out", "--key", tmp_path / "k.key")
    assert code == ExitCode.CLEAN
    assert "files written" in out
    assert call("--check", tmp_path / "out")[0] == ExitCode.CLEAN
    code, out, _ = call("--check", "--json", tmp_path / "out")
    assert (code, json.loads(out)) == (ExitCode.CLEAN, [])


def test_what_would_be_replaced_fails_and_is_named(call: Call, bundled_folder: Path) -> None:
    code, out, _ = call("--check", bundled_folder)
    assert code == ExitCode.FINDINGS
    assert ": text (content)" in out


def test_a_terminal_is_told_some_places_and_how_many_there_are(call: Call, bundled_folder: Path) -> None:
    code, out, _ = call("--check", bundled_folder)
    *lines, more, total = out.splitlines()
    assert (code, len(lines)) == (ExitCode.FINDINGS, 20)
    assert more.endswith("more lines: recexplore redact --check --all")
    assert total.startswith("5 files with something that redact would replace: id ")

    code, out, _ = call("--check", "--all", bundled_folder)
    *every, again = out.splitlines()
    assert (code, again) == (ExitCode.FINDINGS, total)
    assert len(every) == sum(int(each.split()[-1].replace(",", "")) for each in total.partition(": ")[2].split(", "))


def test_what_cannot_be_redacted_is_told_first(
    call: Call, bundled_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [*run.unredacted([bundled_folder]), run.Unredacted("z.json", reason="it is nested too deep")]
    monkeypatch.setattr(run, "unredacted", lambda *given: found)
    code, out, _ = call("--check", bundled_folder)
    assert code == ExitCode.UNREADABLE
    assert out.startswith("z.json: cannot be redacted: it is nested too deep\n")


def test_what_is_left_out_is_said_and_fails(call: Call, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"request": {"url": x')
    code, out, _ = call(bad, "-o", tmp_path / "out", "--key", tmp_path / "k.key")
    assert code == ExitCode.UNREADABLE
    assert "left out" in out


@pytest.mark.parametrize("more", [(), ("-o", "x", "--texts", "hidden"), ("-o", "x", "--check"), ("-o", "x", "--all")])
def test_arguments_that_do_not_go_together(call: Call, bundled_folder: Path, tmp_path: Path, more: tuple[str]) -> None:
    given = [tmp_path / each if each == "x" else each for each in more]
    assert call(bundled_folder, *given)[0] == ExitCode.MISUSE
    assert not (tmp_path / "x").exists()
