"""Recordings as other recorders' files: what is written without a word lost is loaded as the very same frames."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import hostile_text
import openai
import pandas as pd
import pytest
import vcr
import yaml

import recexplore
from recexplore.corpus import Corpus, Recording
from recexplore.model.errors import ExportRefused

RECORDERS = ("llama-stack", "vcr")
FIELD = Path(__file__).parent / "field"
READ = ("recordings", "requests", "chunks", "events", "choices", "tool_calls", "usage")
OF_THE_FILE = ["recording", "path", "exchange", "envelope", "bytes"]


@pytest.fixture(scope="session")
def field() -> Corpus:
    """What users sent in, and what was found in the field."""
    return recexplore.load(FIELD, progress=False)


def told(corpus: Corpus | Recording, name: str) -> pd.DataFrame:
    """A frame without what says where a recording lies."""
    frame: pd.DataFrame = getattr(corpus, name)
    dropped = OF_THE_FILE if name == "recordings" else ["recording"]
    return frame.drop(columns=dropped).reset_index(drop=True)


def is_filled_in(before: pd.Series, after: pd.Series) -> bool:
    """Whether a column has all that it had, and perhaps more."""
    pairs = zip(before.tolist(), after.tolist(), strict=True)
    return all(pd.isna(was) or was == now for was, now in pairs)


def loaded_back(corpus: Corpus, tmp_path: Path, form: str) -> tuple[Corpus, list[Recording]]:
    """The export loaded again, and the recordings that are in it, in its order."""
    outcome = corpus.export(tmp_path / "out", form)
    left_out = {note.recording for note in outcome.left_out}
    kept = [recording for recording in corpus if recording.id not in left_out]
    assert len(outcome.files) == len(kept)
    assert outcome.lost == []
    return recexplore.load(outcome.files, progress=False), kept


@pytest.mark.parametrize("form", RECORDERS)
@pytest.mark.parametrize("name", ["all_recordings", "field"])
def test_what_loses_nothing_is_loaded_as_the_same_frames(
    request: pytest.FixtureRequest, tmp_path: Path, name: str, form: str
) -> None:
    corpus: Corpus = request.getfixturevalue(name)
    back, kept = loaded_back(corpus, tmp_path, form)

    expected = {("all_recordings", "llama-stack"): 19, ("field", "llama-stack"): 7}
    expected |= {("all_recordings", "vcr"): 3, ("field", "vcr"): 13}
    assert len(kept) == expected[name, form]
    for recording, again in zip(kept, back, strict=True):
        assert again.exchange.chunks == recording.exchange.chunks
        assert again.request == recording.request
        for frame in READ:
            before, after = told(recording, frame), told(again, frame)
            assert len(before) == len(after)
            for column in before.columns.drop("extra", errors="ignore"):
                assert is_filled_in(before[column], after[column]), (recording.id, frame, column)


@pytest.mark.thorough
def test_every_real_recording_is_written_as_its_recorder_does(ogx: Corpus, tmp_path: Path) -> None:
    back, kept = loaded_back(ogx, tmp_path, "llama-stack")

    assert len(kept) == len(ogx)
    for frame in READ:
        before, after = told(ogx, frame), told(back, frame)
        noted = before.columns.intersection(["extra"])
        pd.testing.assert_frame_equal(before.drop(columns=noted), after.drop(columns=noted))
        for column in noted:
            pairs = zip(before[column], after[column], strict=True)
            assert all((pd.isna(a) and pd.isna(b)) or json.loads(a) == json.loads(b) for a, b in pairs)


@pytest.mark.parametrize(("form", "n_lossy"), [("llama-stack", 4), ("vcr", 20)])
def test_what_would_be_lost_is_said(all_recordings: Corpus, tmp_path: Path, form: str, n_lossy: int) -> None:
    strict, lossy = (all_recordings.export(tmp_path / str(given), form, lossy=given) for given in (False, True))

    assert len(strict.left_out) == n_lossy
    assert {note.recording for note in strict.left_out} == {note.recording for note in lossy.lost}
    assert lossy.left_out == []
    assert len(lossy.files) == len(all_recordings)
    assert {note.what for note in strict.left_out} >= {f"it would lose {note.what}" for note in lossy.lost} - {
        "recordings.wire_format, chunks.bytes"
    }


def test_headers_are_never_lost_unsaid(all_recordings: Corpus, tmp_path: Path) -> None:
    outcome = all_recordings.export(tmp_path / "out", "vcr", lossy=True)
    lost = {note.recording: note.what for note in outcome.lost}

    for recording in all_recordings:
        keeps_headers = recording.facts["envelope"] in ("vcr", "har")
        assert lost.get(recording.id, "").startswith("headers") is keeps_headers


def test_times_are_never_lost_unsaid() -> None:
    chunk = {"choices": [{"index": 0, "delta": {"content": "Hi"}}]}
    recording = recexplore.from_chunks([chunk, chunk], [0.0, 1.0])

    with pytest.raises(ExportRefused, match="nothing was exported: stream: it would lose times"):
        recording.export(io.BytesIO(), "vcr")
    assert [note.what for note in recording.export(io.BytesIO(), "vcr", lossy=True).lost] == ["times"]


def test_times_that_a_recorder_measured_are_kept_beside_a_recording() -> None:
    chunk = {"choices": [{"index": 0, "delta": {"content": "Hi"}}]}
    out = io.BytesIO()
    recexplore.from_chunks([chunk, chunk], [0.5, 1.75], sent=0.25).export(out, "llama-stack")

    assert json.loads(out.getvalue())["timing"] == {
        "clock": "monotonic",
        "unit": "ns",
        "zero": "request sent",
        "request_sent": 0,
        "chunks": [250_000_000, 1_500_000_000],
    }


def test_a_stream_of_events_is_objects_for_the_sdk_and_the_body_as_it_came(read: Callable[..., Corpus]) -> None:
    events = 'data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n'
    label = "openai.types.chat.chat_completion_chunk.ChatCompletionChunk"
    body = [{"__type__": label, "__data__": {}}]
    stream = {"request": {"body": {}}, "response": {"body": body, "is_streaming": True}, "wire": {"lines": [events]}}
    document = json.dumps({**stream, "timing": {"chunks": [7], "end": "complete"}}).encode()
    out = io.BytesIO()
    next(iter(read(document))).export(out, "llama-stack")

    written = json.loads(out.getvalue())
    assert "".join(written["wire"]["lines"]) == events
    assert written["timing"]["chunks"] == [0]
    assert [item["__type__"] for item in written["response"]["body"]] == [label]


def test_a_file_has_the_name_that_its_recorder_looks_for(bundled: Corpus, tmp_path: Path) -> None:
    outcome = bundled.export(tmp_path / "out", "llama-stack")
    names = recexplore.stale(recexplore.load(tmp_path / "out", progress=False))

    assert len(outcome.files) == len(bundled)
    assert names.empty, names


def test_two_recordings_of_one_request_are_two_files(read: Callable[..., Corpus], tmp_path: Path) -> None:
    document = {
        "test_id": "t",
        "request": {"method": "POST", "url": "http://host/v1/chat/completions", "body": {"model": "m"}},
        "response": {"body": {"choices": []}, "is_streaming": False},
    }
    lines = b"".join(json.dumps(document).encode() + b"\n" for _ in range(2))
    outcome = read(lines, "two.jsonl").export(tmp_path / "out", "llama-stack")

    first, second = (Path(file).stem for file in outcome.files)
    assert second == f"{first}~2"


def test_a_stream_of_events_becomes_objects_where_a_loss_is_allowed(formats: Corpus, tmp_path: Path) -> None:
    """Only objects are replayed to an SDK; the lines of a stream lose nothing."""
    chunk = {"choices": [{"index": 0, "delta": {"content": "Hi"}}]}
    recording = recexplore.from_chunks(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n")
    bodies = []
    for lossy in (False, True):
        out = io.BytesIO()
        recording.export(out, "llama-stack", lossy=lossy)
        bodies.append(json.loads(out.getvalue())["response"]["body"])

    assert bodies[0] == [f"data: {json.dumps(chunk)}", "", "data: [DONE]", ""]
    assert bodies[1] == [{"__type__": "openai.types.chat.chat_completion_chunk.ChatCompletionChunk", "__data__": chunk}]


def test_a_cassette_is_http(made: Corpus) -> None:
    out = io.BytesIO()
    outcome = made["tool-calls"].export(out, "vcr", lossy=True)
    document = yaml.safe_load(out.getvalue())
    interaction = document["interactions"][0]

    assert document["version"] == 1
    assert interaction["request"].keys() == {"method", "uri", "body", "headers"}
    assert interaction["response"]["status"] == {"code": 200, "message": "OK"}
    assert interaction["response"]["headers"]["content-type"] == ["text/event-stream; charset=utf-8"]
    assert interaction["response"]["body"]["string"].startswith('data: {"id":')
    assert [note.what for note in outcome.added] == ["recordings.wire_format, recordings.status, chunks.bytes"]


@pytest.mark.parametrize("key", ["three-way", "tool-calls", "f6960cae871e", "whole-answer"])
def test_vcrpy_plays_a_cassette_to_the_sdk(all_recordings: Corpus, tmp_path: Path, key: str) -> None:
    recording = all_recordings[key]
    recording.export(tmp_path / "cassette.yaml", lossy=True)
    address = recording.facts["url"].removesuffix("/chat/completions")
    client = openai.OpenAI(api_key="none", base_url=address, max_retries=0)

    with vcr.use_cassette(str(tmp_path / "cassette.yaml"), record_mode="none") as cassette:
        answer = client.chat.completions.create(**recording.request)
        played = (
            [each.model_dump(exclude_unset=True) for each in answer] if recording.request.get("stream") else [answer]
        )
    client.close()

    assert cassette.play_count == 1
    assert len(played) == sum(chunk != "[DONE]" for chunk in recording.exchange.chunks)
    if recording.request.get("stream"):
        again = recexplore.from_chunks(played)
        pd.testing.assert_frame_equal(told(again, "choices"), told(recording, "choices"))


def test_one_cassette_may_hold_all(formats: Corpus, made: Corpus, tmp_path: Path) -> None:
    made.export(tmp_path / "all.yaml", lossy=True)
    back = recexplore.load(tmp_path / "all.yaml", progress=False)

    assert back.problems.empty
    assert [each.exchange.chunks for each in back] == [each.exchange.chunks for each in made]


def test_clients_that_go_by_names_of_events_find_them(read: Callable[..., Corpus]) -> None:
    chunks = [
        {"type": "message_start", "message": {"id": "m", "role": "assistant", "content": []}},
        {"type": "message_stop"},
    ]
    out = io.BytesIO()
    recexplore.from_chunks(chunks, url="https://api.anthropic.com/v1/messages").export(out, "vcr", lossy=True)
    body = yaml.safe_load(out.getvalue())["interactions"][0]["response"]["body"]["string"]

    assert body.startswith("event: message_start\ndata: {")


def test_frames_of_amazon_are_no_text(field: Corpus, tmp_path: Path) -> None:
    outcome = field.export(tmp_path / "out", "vcr", lossy=True)
    left_out = {field[note.recording].facts["wire_format"] for note in outcome.left_out}

    assert left_out == {"aws-event-stream"}
    assert {note.what for note in outcome.left_out} == {"vcr cannot hold such an answer"}


@pytest.mark.parametrize("form", [*RECORDERS, "sse"])
def test_hostile_text_comes_back(form: str) -> None:
    texts = [each for each in hostile_text.HOSTILE.values() if hostile_text.as_shown(each) == each]
    chunks = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in texts]
    out = io.BytesIO()
    recexplore.from_chunks(chunks).export(out, form, lossy=form == "vcr")
    again = recexplore.from_chunks(out.getvalue()) if form == "sse" else None

    if again is None:
        from recexplore.share.exports.read_back import read_back

        again = next(iter(read_back(out.getvalue(), "recording.yaml" if form == "vcr" else "recording.json")))
    assert again.text() == "".join(texts)
    assert again.exchange.chunks == chunks


def test_halves_of_characters_come_back() -> None:
    halves = ["a\ud83d", "\ude00b", "\udc00"]
    chunks = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in halves]
    recording = recexplore.from_chunks(chunks)
    for form in ("sse", "llama-stack"):
        out = io.BytesIO()
        recording.export(out, form, lossy=True)
        out.getvalue().decode()
        if form == "sse":
            assert recexplore.from_chunks(out.getvalue()).exchange.chunks == chunks


def test_a_recording_whose_file_is_gone_is_left_out(bundled_folder: Path, tmp_path: Path) -> None:
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for file, source in zip(files, sorted(bundled_folder.glob("*.json")), strict=False):
        file.write_bytes(source.read_bytes())
    corpus = recexplore.load(files, progress=False)
    files[0].unlink()
    outcome = corpus.export(tmp_path / "out", "llama-stack")

    assert len(outcome.files) == 1
    assert "cannot be read any more" in outcome.left_out[0].what


def test_nothing_that_would_be_true(formats: Corpus, tmp_path: Path) -> None:
    with pytest.raises(ExportRefused, match="written with lossy all the same"):
        formats["browser"].export(tmp_path / "out", "vcr")
    assert list(tmp_path.iterdir()) == []


def test_what_is_masked_is_said_and_is_no_loss(read: Callable[..., Corpus], tmp_path: Path) -> None:
    document = {
        "test_id": "t",
        "request": {"method": "POST", "url": "https://api.openai.com/v1/chat/completions?api_key=abcdefgh", "headers": {},
                    "endpoint": "/v1/chat/completions", "model": "m", "provider": "openai",
                    "body": {"model": "m", "api_key": "abcdefgh", "messages": [{"role": "user", "content": "hi"}]}},
        "response": {"body": [{"id": "x", "object": "chat.completion.chunk", "session": {"client_secret": "abcdefgh"},
                               "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}]}],
                     "is_streaming": True},
    }  # fmt: skip
    outcome = read(document).export(tmp_path / "masked", "llama-stack")
    assert [note.what for note in outcome.masked] == ["request, url, chunks"]
    assert (outcome.left_out, outcome.lost, outcome.added) == ([], [], [])
    (path,) = map(Path, outcome.files)
    assert "abcdefgh" not in path.read_text()

    shown = read(document, credentials="shown").export(tmp_path / "shown", "llama-stack")
    assert (shown.masked, shown.left_out) == ([], [])
    assert json.loads(Path(shown.files[0]).read_text()) == document
    assert Path(shown.files[0]).name == path.name, "the recorder looks it up by the request that it makes"


def test_streams_are_framed_as_their_api_frames_them(bundled_folder: Path, tmp_path: Path) -> None:
    corpus = recexplore.load(bundled_folder.parent, progress=False)
    unframed = corpus.recordings[corpus.recordings["wire_format"].isna() & corpus.recordings["streaming"]]
    for dialect, form in (("ollama", "application/x-ndjson"), ("openai_chat", "text/event-stream")):
        one = corpus[unframed.loc[unframed["dialect"] == dialect, "recording"].iloc[0]]
        recexplore.export(one, tmp_path / dialect, "vcr", lossy=True)
        (cassette,) = (tmp_path / dialect).rglob("*.yaml")
        assert form in cassette.read_text("utf-8")
