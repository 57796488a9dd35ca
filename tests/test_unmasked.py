"""A credential that an answer says is said when the answer is written anywhere; what is masked, or not written, is not."""

from __future__ import annotations

import json
import shlex
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import recexplore as rx
import recexplore.cli as cli
from recexplore.share.exports.unmasked import unmasked_sentence

KEY = "sk-proj-" + "a1B2" * 8
PIECES = [KEY[at : at + 4] for at in range(0, len(KEY), 4)]


def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return json.dumps({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gpt-4o", "choices": [choice]})


def call(name: str, arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments} if name else {"arguments": arguments}
    said = {"id": "call_1", "type": "function"} if name else {}
    return {"tool_calls": [{"index": 0, **said, "function": function}]}


STREAMS: dict[str, list[dict[str, Any]]] = {
    "cut": [{"role": "assistant", "content": "Take "}, *({"content": each} for each in PIECES)],
    "whole": [{"role": "assistant", "content": f"Take {KEY}, please"}],
    "thought": [{"role": "assistant", "reasoning_content": f"The key is {KEY}."}, {"content": "Yes"}],
    "called": [call("log_in", ""), call("", '{"password": "AKIAIOSF'), call("", 'ODNN7EXAMPLE"}')],
    "clean": [{"role": "assistant", "content": "Take sk-..., please"}],
}
TOLD = {"cut", "whole", "thought", "called"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "some recordings"
    place.mkdir()
    for name, deltas in STREAMS.items():
        events = [*map(chunk, deltas), chunk({}, "stop"), "[DONE]"]
        (place / f"{name}.sse").write_text("".join(f"data: {each}\n\n" for each in events))
    return place


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*arguments: str | Path) -> str:
        monkeypatch.setattr(sys, "argv", ["recexplore", *map(str, arguments)])
        with pytest.raises(SystemExit):
            cli.main()
        return capsys.readouterr().err

    return run


@pytest.mark.parametrize(
    ("form", "options", "told"),
    [
        ("parquet", {}, TOLD),
        ("csv", {}, TOLD),
        ("jsonl", {"frames": ["events"]}, TOLD),
        ("csv", {"frames": ["usage", "chunks"]}, set()),
        ("sse", {}, TOLD - {"whole", "thought"}),  # in these the chunk itself is masked
        ("perfetto", {"untimed": "index"}, TOLD),
        ("perfetto", {}, None),
        ("otlp", {}, set()),
        ("otlp", {"content": True}, TOLD),
    ],
)
def test_an_export_notes_what_it_writes(
    folder: Path, tmp_path: Path, form: str, options: dict[str, Any], told: set[str] | None
) -> None:
    corpus = rx.load(folder, progress=False)
    if told is None:
        with pytest.raises(rx.ExportRefused):
            corpus.export(tmp_path / "out", form, **options)
    elif told:
        with pytest.warns(rx.CredentialsInAnswers):
            outcome = corpus.export(tmp_path / "out", form, **options)
        assert {note.recording for note in outcome.unmasked} == told
    else:
        assert corpus.export(tmp_path / "out", form, **options).unmasked == []


def test_which_texts_say_it(folder: Path, tmp_path: Path) -> None:
    with pytest.warns(rx.CredentialsInAnswers):
        outcome = rx.load(folder, progress=False).export(tmp_path / "out")

    assert {note.recording: note.what for note in outcome.unmasked} == {
        "cut": "choices.content",
        "whole": "choices.content",
        "thought": "choices.reasoning",
        "called": "tool_calls.arguments",
    }


def test_one_recording_is_told_alone(folder: Path, tmp_path: Path) -> None:
    corpus = rx.load(folder, progress=False)

    assert rx.export(corpus["clean"], tmp_path / "clean").unmasked == []
    with pytest.warns(rx.CredentialsInAnswers, match=r"said in the answer of 1 recording \(cut\)"):
        rx.export(corpus["cut"], tmp_path / "cut")


def test_a_report_and_a_cell_warn(folder: Path, tmp_path: Path) -> None:
    corpus = rx.load(folder, progress=False)

    with pytest.warns(rx.CredentialsInAnswers, match="said in answers of 4 recordings") as warned:
        rx.report(corpus, tmp_path / "report.html", progress=False)
    assert warned[0].filename == __file__, "it names the line of whoever asked for the report"
    with pytest.warns(rx.CredentialsInAnswers):
        rx.show(corpus["cut"])
    rx.report(corpus["clean"], tmp_path / "clean.html", progress=False)


def test_who_asked_to_see_credentials_is_not_told(folder: Path, tmp_path: Path) -> None:
    assert rx.load(folder, progress=False, credentials="shown").export(tmp_path / "out").unmasked == []


def test_the_commands_name_the_line_that_masks_it(folder: Path, tmp_path: Path, run: Callable[..., str]) -> None:
    for asked in (("report", folder, "-o", tmp_path / "report.html"), ("export", folder, "-o", tmp_path / "out")):
        said = [line for line in run(*asked).splitlines() if "credential" in line]
        assert len(said) == 1
        assert "4 recordings (cut, whole, thought …)" in said[0]
        assert KEY not in said[0]
        assert "AKIA" not in said[0]
        command = said[0].split("`")[1]
        assert command == f"recexplore redact {shlex.quote(str(folder))} -o FOLDER --texts kept"
    run(*(tmp_path / "copy" if each == "FOLDER" else each for each in shlex.split(command)[1:]))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outcome = rx.export(rx.load(tmp_path / "copy", progress=False), tmp_path / "again")
    assert len(outcome.files) == 12
    assert outcome.unmasked == []


def test_what_redact_cannot_read_is_not_named(folder: Path, tmp_path: Path) -> None:
    with pytest.warns(rx.CredentialsInAnswers):
        rx.load(folder, progress=False).export(tmp_path / "dataset")

    for place in (str(tmp_path / "dataset"), "<stdin>"):
        assert "`recexplore redact PATH -o FOLDER" in unmasked_sentence([place], ["cut"])


def test_a_scan_warns(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("dask.dataframe")
    with pytest.warns(rx.CredentialsInAnswers, match="answers of 4 recordings"):
        outcome = rx.scan(folder).to_parquet(tmp_path / "out")
    assert {note.recording for note in outcome.unmasked} == TOLD


def test_no_recording_of_ours_is_told_of(all_recordings: Any, tmp_path: Path) -> None:
    assert all_recordings.export(tmp_path / "out").unmasked == []


def test_a_summary_warns_only_where_it_quotes_a_key(folder: Path, tmp_path: Path) -> None:
    corpus = rx.load(folder, progress=False)

    rx.report(corpus["whole"], tmp_path / "summary.md", progress=False)
    assert KEY not in (tmp_path / "summary.md").read_text(encoding="utf-8")
