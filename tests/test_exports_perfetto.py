"""The trace, against what the Trace Event Format documents, and in Perfetto's own trace processor where there is one."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import hostile_text
import pytest

import recexplore
from recexplore.analysis.pace import marks
from recexplore.corpus import Corpus, Recording
from recexplore.model.errors import ExportRefused

NEEDED = {
    "X": {"pid", "tid", "name", "ts", "dur"},
    "i": {"pid", "tid", "name", "ts", "s"},
    "C": {"pid", "name", "ts", "args"},
}
NEEDED |= {"M": {"pid", "name", "args"}}
NAMES = {"process_name", "process_labels", "process_sort_index", "thread_name", "thread_sort_index"}


def trace_of(chosen: Corpus | Recording, **options: Any) -> dict[str, Any]:
    out = io.BytesIO()
    chosen.export(out, "perfetto", **options)
    trace: dict[str, Any] = json.loads(out.getvalue())
    return trace


def text(content: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": content}}]}


def of_kind(trace: dict[str, Any], phase: str) -> list[dict[str, Any]]:
    return [event for event in trace["traceEvents"] if event["ph"] == phase]


def track_names(trace: dict[str, Any]) -> dict[int, str]:
    return {each["tid"]: each["args"]["name"] for each in of_kind(trace, "M") if each["name"] == "thread_name"}


@pytest.fixture(scope="module")
def paced() -> Recording:
    """A stream that stalls after its eleventh chunk: the request was sent at 100 s."""
    times = [100.5 + 0.02 * n for n in range(11)] + [110.0 + 0.02 * n for n in range(11)]
    return recexplore.from_chunks([text(f"word {n} ") for n in range(22)], times, sent=100.0)


@pytest.mark.parametrize("untimed", ["leave-out", "index"])
def test_every_event_is_as_the_format_has_it(all_recordings: Corpus, untimed: str) -> None:
    trace = trace_of(all_recordings, untimed=untimed)
    processes = {each["pid"] for each in of_kind(trace, "M") if each["name"] == "process_name"}

    assert trace["displayTimeUnit"] == "ms"
    for event in trace["traceEvents"]:
        assert event.keys() >= NEEDED[event["ph"]], event
        assert event["pid"] in processes
        assert event.get("ts", 0) >= 0
        assert event.get("dur", 0) >= 0
    assert {each["name"] for each in of_kind(trace, "M")} <= NAMES
    assert {each["s"] for each in of_kind(trace, "i")} <= {"g", "p", "t"}
    for counter in of_kind(trace, "C"):
        assert all(isinstance(value, int) for value in counter["args"].values())


def test_tracks_are_one_process_alone(all_recordings: Corpus) -> None:
    owners: dict[int, set[int]] = {}
    for event in trace_of(all_recordings, untimed="index")["traceEvents"]:
        if "tid" in event:
            owners.setdefault(event["tid"], set()).add(event["pid"])

    assert {len(pids) for pids in owners.values()} == {1}


def test_slices_of_a_track_never_overlap(all_recordings: Corpus) -> None:
    """A viewer would nest them, or refuse the trace."""
    tracks: dict[int, list[tuple[float, float]]] = {}
    for each in of_kind(trace_of(all_recordings, untimed="index"), "X"):
        tracks.setdefault(each["tid"], []).append((each["ts"], each["ts"] + each["dur"]))

    for slices in tracks.values():
        assert all(before[1] <= after[0] for before, after in pairwise(slices))
        assert all(begin < end and type(begin) is type(end) is int for begin, end in slices)


def test_there_is_a_slice_for_each_chunk_and_each_share(all_recordings: Corpus) -> None:
    trace = trace_of(all_recordings, untimed="index")
    tracks = track_names(trace)
    slices = [each for each in [*of_kind(trace, "X"), *of_kind(trace, "i")] if not each["cat"].startswith("finding")]
    events = all_recordings.events.dropna(subset=["choice"])

    assert sum(tracks[each["tid"]] == "chunks" for each in slices) == len(all_recordings.chunks)
    n_shares = len(events.drop_duplicates(["recording", "chunk", "choice"]))
    assert sum(tracks[each["tid"]].startswith("choice") for each in slices) == n_shares
    findings = [each for each in of_kind(trace, "i") if each["cat"].startswith("finding")]
    assert len(findings) == len(all_recordings.findings) - sum(
        recording.findings.shape[0] for recording in all_recordings if not len(recording.chunks)
    )
    assert len(of_kind(trace, "C")) == len(all_recordings.usage)


def test_a_slice_is_the_wait_that_a_chunk_ended(paced: Recording) -> None:
    trace = trace_of(paced)
    tracks = track_names(trace)
    chunks = [each for each in of_kind(trace, "X") if tracks[each["tid"]] == "chunks"]
    first, second, stalled = chunks[0], chunks[1], chunks[11]

    assert (first["ts"], first["dur"]) == (0, 500_000)
    assert (second["ts"], second["dur"]) == (500_000, 20_000)
    assert stalled["dur"] == pytest.approx(9_300_000)


def test_a_stall_is_seen(paced: Recording) -> None:
    trace = trace_of(paced)
    stalls = [each for each in of_kind(trace, "X") if each["name"] == "stall"]
    expected = marks(paced.chunks, paced.events).query("mark == 'stall'")

    assert len(stalls) == len(expected) == 1
    assert stalls[0]["dur"] == pytest.approx(expected["duration_s"].iloc[0] * 1e6)
    assert track_names(trace)[stalls[0]["tid"]] == "stalls and bursts"


def test_kinds_are_categories_and_findings_instants(all_recordings: Corpus) -> None:
    trace = trace_of(all_recordings["f27523"], untimed="index")
    tracks = track_names(trace)
    kinds = {each["cat"] for each in of_kind(trace, "X") if tracks[each["tid"]].startswith("choice")}
    texts = [each["args"]["text"] for each in of_kind(trace, "X") if tracks[each["tid"]] == "choice 0"]
    bleed = next(each for each in of_kind(trace, "i") if each["name"] == "choice-bleed")

    assert {"content", "reasoning", "finish"} <= kinds
    assert "".join(texts) == all_recordings["f27523"].text(0)
    assert bleed["cat"] == "finding,error"
    assert bleed["ts"] == (bleed["args"]["chunk"] + 1) * 1000


def test_what_has_no_times_is_left_out_and_said(all_recordings: Corpus) -> None:
    outcome = all_recordings.export(io.BytesIO(), "perfetto")
    untimed = {each.id for each in all_recordings if each.chunks["t_s"].isna().all()}

    assert {note.recording for note in outcome.left_out} == untimed
    assert trace_of(all_recordings)["otherData"]["left_out"] == len(untimed)
    with pytest.raises(ExportRefused, match="nobody recorded when its chunks came"):
        all_recordings["f27523"].export(io.BytesIO(), "perfetto")


def test_a_number_that_stands_for_a_time_is_said(all_recordings: Corpus) -> None:
    recording = all_recordings["f27523"]
    out = io.BytesIO()
    outcome = recording.export(out, "perfetto", untimed="index")
    trace = json.loads(out.getvalue())

    assert [note.recording for note in outcome.added] == [recording.id]
    assert trace["otherData"]["chunk_number_for_time"] == [recording.id]
    assert any(each["name"] == "process_labels" for each in of_kind(trace, "M"))
    assert "stall" not in {each["name"] for each in of_kind(trace, "X")}


def test_hostile_text_stays_text() -> None:
    chunks = [text(each) for each in hostile_text.HOSTILE.values()]
    recording = recexplore.from_chunks(chunks, list(range(len(chunks))))
    trace = trace_of(recording)
    tracks = track_names(trace)
    texts = [
        each["args"]["text"]
        for each in trace["traceEvents"]
        if tracks.get(each.get("tid")) == "choice 0" and "dur" in each
    ]
    first = next(each for each in of_kind(trace, "i") if tracks[each["tid"]] == "choice 0")
    texts.insert(0, first["args"]["text"])

    assert texts == recording.events["text"].tolist()


def test_equal_corpora_give_equal_bytes(bundled: Corpus, bundled_folder: Path) -> None:
    outs = [io.BytesIO(), io.BytesIO()]
    for out, corpus in zip(outs, (bundled, recexplore.load(bundled_folder, progress=False)), strict=True):
        corpus.export(out, "perfetto", untimed="index")

    assert outs[0].getvalue() == outs[1].getvalue()


def test_the_trace_processor_reads_the_same_slices(all_recordings: Corpus, tmp_path: Path) -> None:
    program = shutil.which("trace_processor_shell") or shutil.which("trace_processor")
    if program is None:
        pytest.skip("Perfetto's trace_processor_shell is not installed; no package registry has it")
    path, query = tmp_path / "all.perfetto.json", tmp_path / "query.sql"
    all_recordings.export(path, untimed="index")
    query.write_text("select count(*) as n, sum(dur) as total from slice where dur >= 0;")
    done = subprocess.run([program, "-q", query, path], capture_output=True, text=True, check=True)

    slices = [*of_kind(json.loads(path.read_text()), "X"), *of_kind(json.loads(path.read_text()), "i")]
    n, total = done.stdout.strip().splitlines()[-1].split(",")
    assert int(n) == len(slices)
    assert int(total) == pytest.approx(sum(each.get("dur", 0) for each in slices) * 1000)
