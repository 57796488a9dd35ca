"""`recexplore export`, as a user types it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import recexplore.cli as cli
from recexplore.corpus import Corpus


@pytest.fixture
def call(monkeypatch: Any, capfdbinary: Any) -> Callable[..., tuple[int, bytes, str]]:
    """Runs a command in this process; gives exit code and output."""

    def call(*arguments: str | Path) -> tuple[int, bytes, str]:
        monkeypatch.setattr(sys, "argv", ["recexplore", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return int(ended.value.code or 0), out, err.decode()

    return call


def test_a_folder_of_frames(call: Any, bundled: Corpus, bundled_folder: Path, tmp_path: Path) -> None:
    code, out, err = call("export", bundled_folder, "-o", tmp_path / "out")

    assert (code, err) == (0, "")
    assert out.decode() == f"{tmp_path / 'out'}: 12 files of parquet\n"
    assert len(pd.read_parquet(tmp_path / "out" / "events")) == len(bundled.events)
    assert call("export", bundled_folder, "-o", tmp_path / "out")[0] == 0, "what an export wrote, an export may replace"


def test_standard_output_holds_the_file_and_nothing_else(call: Any, bundled: Corpus, bundled_folder: Path) -> None:
    code, out, err = call("export", bundled_folder, "-o", "-", "--format", "csv", "--frame", "usage")

    assert (code, err) == (0, "")
    assert out.startswith(b'"recording","chunk"')
    assert out.count(b"\n") == len(bundled.usage) + 1


def test_one_recording_from_standard_input(bundled_folder: Path) -> None:
    source = next(bundled_folder.glob("f27523*"))
    command = [sys.executable, "-m", "recexplore", "export", "-", "-o", "-", "--format", "jsonl", "--frame", "choices"]
    done = subprocess.run(command, input=source.read_bytes(), capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b"\n") == 2


def test_only_one_recording(call: Any, bundled_folder: Path, tmp_path: Path) -> None:
    code, _, _ = call("export", bundled_folder, "-o", tmp_path / "out", "--recording", "f27523")

    assert code == 0
    assert set(pd.read_parquet(tmp_path / "out" / "events")["recording"]) == {"f27523f3fec8"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "{}/out.txt"], "does not say its format"),
        (["-o", "-"], "a stream does not say its format"),
        (["-o", "{}/out", "--format", "excel"], "there is no format 'excel'"),
        (["-o", "{}/out", "--frame", "text"], "there is no frame 'text'"),
        (["-o", "{}/out.csv"], "choose one with --frame"),
        (["-o", "{}"], "which no export of recexplore wrote: name a new folder, or replace files with --force"),
        (["-o", "{}/out", "--recording", "none"], "no recording has the id"),
        ([], ""),
    ],
)
def test_misuse_writes_nothing(
    call: Any, bundled_folder: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "mine").touch()
    code, out, err = call("export", bundled_folder, *(each.format(tmp_path) for each in arguments))

    assert (code, out) == (3, b"")
    assert said in err
    assert os.listdir(tmp_path) == ["mine"]


def test_places_without_recordings(call: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.json").write_bytes(b'{"request": {')
    for place in ("empty", "none", "broken.json"):
        assert call("export", tmp_path / place, "-o", tmp_path / "out")[0] == 2
    assert call("export", tmp_path / "empty", "-o", tmp_path / "there" / "out")[0] == 2


def test_what_is_left_out_is_said_and_fails(call: Any, formats: Corpus, bundled_folder: Path, tmp_path: Path) -> None:
    folder = bundled_folder.parent / "formats"
    code, _, err = call("export", folder, "-o", tmp_path / "strict", "--format", "llama-stack")
    assert code == 1
    assert "left out: browser: it would lose headers" in err
    assert "left out: responses#0, responses#1: it would lose headers\n" in err
    assert "write them all the same with --lossy" in err

    code, _, err = call("export", folder, "-o", tmp_path / "lossy", "--format", "llama-stack", "--lossy")
    assert code == 0
    assert "lost: browser: headers" in err
    assert len(list((tmp_path / "lossy").iterdir())) == len(formats) + 1

    code, _, err = call("export", folder, "--recording", "browser", "-o", "-", "--format", "vcr")
    assert code == 3
    assert "nothing was exported: browser: it would lose headers" in err


def test_what_is_said_of_many_is_said_once(call: Any, bundled: Corpus, bundled_folder: Path, tmp_path: Path) -> None:
    code, _, err = call("export", bundled_folder, "-o", tmp_path / "spans.otlp.json")

    assert code == 0
    assert re.fullmatch(rf"filled in: {len(bundled)} recordings \(\w+, \w+, \w+ …\): the time of day\n", err)


def test_a_trace_of_what_has_no_times(call: Any, bundled_folder: Path) -> None:
    arguments = ("export", bundled_folder, "--recording", "f27523", "-o", "-", "--format", "perfetto")
    code, out, err = call(*arguments)
    assert (code, out) == (3, b"")
    assert "nobody recorded when its chunks came" in err

    code, out, err = call(*arguments, "--untimed", "index")
    assert code == 0
    assert out.startswith(b'{"displayTimeUnit"')
    assert "filled in: f27523f3fec8: times" in err


def test_spans_with_what_was_said(call: Any, bundled_folder: Path) -> None:
    arguments = ("export", bundled_folder, "-o", "-", "--format", "otlp")
    without, with_content = call(*arguments)[1], call(*arguments, "--content")[1]

    assert b"gen_ai.output.messages" not in without
    assert b"gen_ai.output.messages" in with_content


def test_a_stream_on_standard_output(call: Any, bundled_folder: Path) -> None:
    code, out, _ = call("export", bundled_folder, "--recording", "f27523", "-o", "-", "--format", "sse")

    assert code == 0
    assert out.startswith(b'data: {"')
    assert out.endswith(b"\n\n")


def test_what_could_not_be_read_is_said_beside_what_could(call: Any, bundled_folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_bytes(b'{"request": {')
    code, _, err = call("export", bundled_folder, broken, "-o", tmp_path / "out")

    assert code == 2
    assert "1 problem while reading" in err
    assert len(pd.read_parquet(tmp_path / "out" / "problems")) == 1
