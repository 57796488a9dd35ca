"""The command line, as a user types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import recexplore


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from recexplore.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


def test_ls_is_plain_when_piped(bundled_folder: Path) -> None:
    done = run("ls", str(bundled_folder))
    assert done.returncode == 0
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    assert "f27523f3fec8" in done.stdout
    assert not any(line != line.rstrip() for line in done.stdout.splitlines())


def test_ls_in_a_pipe_is_cut_nowhere(bundled_folder: Path) -> None:
    """A row has whole names, whatever the terminal is that the pipe was opened in."""
    command = f"COLUMNS=40 {sys.executable} -m recexplore ls {bundled_folder} | cat"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    garbled = next(line for line in done.stdout.splitlines() if "f27523f3fec8" in line)
    assert garbled.startswith(
        "openai_chat_completion_streaming_with_n[client_with_models-txt=bedrock-inference/openai.gpt"
    )
    assert (
        ":streaming_01]  openai.gpt-oss-20b-1:0  bedrock   E2 W1 N2        2      86       –  f27523f3fec8  ▓█"
        in garbled
    )
    assert "…" not in done.stdout
    assert "─" not in done.stdout


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


def test_ls_finds_in_the_words_of_the_explorer(call: Any, bundled_folder: Path) -> None:
    code, out, err = call("ls", str(bundled_folder), "--find", "model:gpt-4o -has:usage chunks:>30")
    assert (code, err) == (0, "")
    assert "007c4711219f" in out
    assert "f27523f3fec8" not in out
    assert "\n1 of 5 recordings" in out
    found = json.loads(call("ls", str(bundled_folder), "--find", "rule:choice-bleed", "--json")[1])
    assert [row["recording"] for row in found["recordings"]] == ["f27523f3fec8"]
    assert list(found) == ["recordings", "problems", "skipped"]


def test_ls_says_what_it_did_not_understand_and_that_nothing_fits(call: Any, bundled_folder: Path) -> None:
    code, out, err = call("ls", str(bundled_folder), "--find", "nonsuch:bar")
    assert code == 0
    assert err.startswith("--find: no field `nonsuch`: searched as text; fields are ")
    assert err.endswith("--find nonsuch:bar: nothing fits, of 5 recordings\n")
    assert out.startswith("0 of 5 recordings\n")
    assert json.loads(call("ls", str(bundled_folder), "--find", "nonsuch", "--json")[1])["recordings"] == []


def _ids(out: str) -> list[str]:
    return [row["recording"] for row in json.loads(out)["recordings"]]


def test_ls_sorts_as_the_explorer_does(call: Any, bundled_folder: Path) -> None:
    chunks = ["7ac0267de2ef", "007c4711219f", "f6960cae871e", "94d11daee205", "f27523f3fec8"]
    assert _ids(call("ls", str(bundled_folder), "--sort", "chunks", "--json")[1]) == chunks
    assert _ids(call("ls", str(bundled_folder), "--sort", "-chunks", "--json")[1]) == chunks[::-1]
    assert _ids(call("ls", str(bundled_folder), "--sort", "-findings", "--json")[1])[0] == "f27523f3fec8"
    assert "tokens ↓" in call("ls", str(bundled_folder), "--sort", "-tokens")[1]
    # A column by the name that it has in JSON.
    assert _ids(call("ls", str(bundled_folder), "--sort", "-n_chunks", "--json")[1]) == chunks[::-1]
    assert "duration ↓" in call("ls", str(bundled_folder), "--sort", "-duration_s")[1]
    code, out, err = call("ls", str(bundled_folder), "--sort", "nonsuch")
    assert (code, out) == (3, "")
    assert err.startswith("recexplore: --sort: expected one of test, model, provider, ")


def test_ls_without_findings_runs_no_rule(call: Any, bundled_folder: Path, monkeypatch: Any) -> None:
    assert "E2 W1 N2" in call("ls", str(bundled_folder))[1]

    def refuse(*_: Any) -> None:
        raise AssertionError("a rule was run")

    monkeypatch.setattr("recexplore.rules.run", refuse)
    code, out, _ = call("ls", str(bundled_folder), "--no-findings", "--sort", "-tokens")
    assert code == 0
    assert "findings" not in out
    assert call("ls", str(bundled_folder), "--json", "--sort", "-tokens")[0] == 0


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


def test_show_says_where_a_suffix_told_nothing_apart(call: Any, bundled_folder: Path) -> None:
    code, out, err = call("show", "94d11daee205~0000", "--in", str(bundled_folder))
    assert code == 0
    assert out.startswith("94d11daee205\n")
    assert err == (
        "94d11daee205~0000: ~0000 is left out, for it tells files apart that begin alike and here is one: 94d11daee205\n"
    )


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
