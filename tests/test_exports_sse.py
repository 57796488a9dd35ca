"""A recording as its stream of events, and nothing else."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import recexplore
from recexplore.corpus import Corpus, Recording
from recexplore.model.errors import ExportRefused

SAME = ("events", "choices", "tool_calls", "usage")
TIMES = ["t_s", "t_first_s", "t_last_s"]


def as_events(recording: Recording) -> bytes:
    out = io.BytesIO()
    recording.export(out, "sse")
    return out.getvalue()


def test_every_stream_has_the_same_events(all_recordings: Corpus, tmp_path: Path) -> None:
    outcome = all_recordings.export(tmp_path / "out", "sse")
    back = recexplore.load(outcome.files, progress=False)
    left_out = {note.recording for note in outcome.left_out}

    assert left_out == {all_recordings["bad-request"].id}, "an exception has no chunk"
    kept = [recording for recording in all_recordings if recording.id not in left_out]
    for recording, again in zip(kept, back, strict=True):
        for name in SAME:
            before, after = (getattr(each, name).drop(columns="recording") for each in (recording, again))
            times = before.columns.intersection(TIMES)
            pd.testing.assert_frame_equal(before.drop(columns=times), after.drop(columns=times))


def test_what_is_wrong_is_still_found(all_recordings: Corpus, tmp_path: Path) -> None:
    """It is the least file that shows a defect; only what is said of the request needs more."""
    recording = all_recordings["f27523"]
    recording.export(tmp_path / "f27523.sse")
    again = recexplore.load(tmp_path / "f27523.sse", progress=False)
    columns = ["rule", "chunk", "choice", "message"]
    errors, found = (each.findings.query("severity == 'error'")[columns] for each in (recording, again))

    assert len(errors) > 0
    assert found.to_numpy().tolist() == errors.to_numpy().tolist()


@pytest.mark.parametrize(
    "text",
    [
        'data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\ndata: [DONE]\n\n',
        'data: {"choices": [{"index": 0, "delta": {"content": "Hi"}}]}\r\n\r\n',
        'data: {"choices":[{"index":0,"delta":{"content":"\\u00e9"}}]}\n\n',
        ': comment\n\nid: 7\nretry: 10\nevent: message\ndata: {"choices":[]}\n\n',
        'event: ping\n\ndata: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n',
        'data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n: the end\n',
        'data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n',
        "event: token\ndata: 12\n\nevent: token\ndata: yes\n\nevent: token\ndata: two\ndata: lines\n\n",
        'data: data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n',
        'data: {"choices":[]}\ndata: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n',
    ],
)
def test_a_stream_is_what_it_was(text: str) -> None:
    recording = recexplore.from_chunks(text)
    again = recexplore.from_chunks(as_events(recording))

    assert again.exchange.chunks == recording.exchange.chunks
    pd.testing.assert_frame_equal(again.events, recording.events)
    for column in ("event", "framing", "damage"):
        assert again.chunks[column].fillna("").tolist() == recording.chunks[column].fillna("").tolist()


def test_a_stream_that_was_saved_keeps_its_bytes(formats: Corpus, bundled_folder: Path) -> None:
    file = bundled_folder.parent / "formats" / "messages.sse"

    assert as_events(formats["messages"]) == file.read_bytes()


def test_a_stream_that_broke_off_breaks_off() -> None:
    whole = 'data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n'
    broken = whole + whole.rstrip("\n")

    assert as_events(recexplore.from_chunks(broken)).decode().rstrip("\n") == broken
    assert not as_events(recexplore.from_chunks(broken)).endswith(b"\n\n")
    assert as_events(recexplore.from_chunks(whole)) == whole.encode()


@given(st.lists(st.text(), min_size=1, max_size=6))
def test_any_text_comes_back(texts: list[str]) -> None:
    chunks = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in texts]
    data = as_events(recexplore.from_chunks(chunks))

    assert recexplore.from_chunks(data).exchange.chunks == chunks
    assert data.decode().count("\n\n") == len(texts)


def test_what_is_no_stream_is_refused(read: object) -> None:
    recording = recexplore.from_chunks({"object": "list", "data": [{"id": "model"}]}, url="http://host/v1/models")

    with pytest.raises(ExportRefused, match=r"it would lose recordings\.dialect"):
        as_events(recording)


def test_one_file_of_many_is_refused(all_recordings: Corpus, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="choose one recording"):
        all_recordings.export(tmp_path / "all.sse")
    all_recordings["f27523"].export(tmp_path / "one.sse")

    first = (tmp_path / "one.sse").read_text(encoding="utf-8").split("\n")[0]
    assert json.loads(first.removeprefix("data: ")) == all_recordings["f27523"].raw(0)
