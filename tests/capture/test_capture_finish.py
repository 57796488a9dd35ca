"""A journal becomes a recording: in the form that OGX's replay reads, with its times, once, and never over another."""

from __future__ import annotations

import base64
import json
import os
import re
import zlib
from pathlib import Path
from typing import Any, get_args

import pytest
from scripted_streams import DONE, chat_error_midway, chat_text, event, message_text

import recexplore as rx
from recexplore.capture.journal import file_lock
from recexplore.capture.journal.file_lock import lock
from recexplore.capture.journal.finish import finish, finish_left
from recexplore.capture.journal.keys import KeyMask
from recexplore.capture.journal.left_journals import left_journals
from recexplore.capture.journal.lines import end_line, gap_line, headers_line, read_line, sent_line
from recexplore.capture.journal.writer import Writer
from recexplore.matching.generations import CURRENT
from recexplore.matching.ogx_hash import hash_of
from recexplore.matching.ogx_labels import labelled_chunk
from recexplore.matching.request import request_of
from recexplore.matching.upkeep import stale
from recexplore.matching.why import why

_ASKED = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
_CHAT = "https://api.openai.com/v1/chat/completions"
_RESPONSES = "https://api.openai.com/v1/responses"
_MESSAGES = "https://api.anthropic.com/v1/messages"
_SSE = [("Content-Type", "text/event-stream")]
_JSON = [("Content-Type", "application/json")]
_CHUNK = "openai.types.chat.chat_completion_chunk.ChatCompletionChunk"


def _journal(
    folder: Path,
    reads: list[bytes],
    *,
    url: str = _CHAT,
    asked: dict[str, Any] = _ASKED,
    status: int = 200,
    headers: list[tuple[str, str]] = _SSE,
    how: str | None = "complete",
    error: str | None = None,
    test_id: str | None = None,
) -> Path:
    """The journal of an answer whose reads came a millisecond after one another."""
    writer = Writer(folder, clock=lambda: 0)
    journal = writer.open("POST", url, _JSON, json.dumps(asked).encode(), received_ns=0, test_id=test_id)
    if how != "no connection":
        journal.sent(500_000)
        journal.headers(700_000, status, headers)
    for number, read in enumerate(reads, 1):
        journal.read(number * 1_000_000, read)
    if how is not None:
        journal.end((len(reads) + 1) * 1_000_000, how, error)
    writer.close()
    assert journal.path is not None
    return journal.path


def _finished(folder: Path, reads: list[bytes], **options: Any) -> dict[str, Any]:
    path = finish(_journal(folder, reads, **options))
    return dict(json.loads(path.read_text()))


def test_a_recording_as_its_replay_reads_it(tmp_path: Path) -> None:
    reads = chat_text(["Grüße", "!"])
    document = _finished(tmp_path, reads, test_id="tests/test_x.py::test_y[a]")

    assert list(document) == ["test_id", "request", "response", "id_normalization_mapping", "timing", "wire"]
    assert document["test_id"] == "tests/test_x.py::test_y[a]"
    assert document["request"] == {
        "method": "POST", "url": _CHAT, "headers": {}, "body": _ASKED, "endpoint": "/v1/chat/completions", "model": "m",
    }  # fmt: skip
    assert document["id_normalization_mapping"] == {}
    response = document["response"]
    assert (list(response), response["is_streaming"]) == (["body", "is_streaming"], True)
    assert [item["__type__"] for item in response["body"]] == [_CHUNK] * 4
    assert [item["__data__"]["choices"][0]["delta"].get("content") for item in response["body"]] == [
        "",
        "Grüße",
        "!",
        None,
    ]


def test_when_what_happened(tmp_path: Path) -> None:
    reads = chat_text(["a"])
    two_in_one = [reads[0] + reads[1][:9], reads[1][9:] + reads[2], reads[3]]
    timing = _finished(tmp_path, two_in_one)["timing"]

    zero_at = timing.pop("zero_at")
    assert zero_at.endswith("+00:00")
    assert timing == {
        "clock": "monotonic", "unit": "ns", "zero": "request sent", "request_received": -500_000, "request_sent": 0,
        "headers_received": 200_000, "first_byte": 500_000, "ended": 3_500_000, "end": "complete",
        "chunks": [500_000, 1_500_000, 1_500_000, 2_500_000],
        "reads": [[500_000, len(two_in_one[0])], [1_500_000, len(two_in_one[1])], [2_500_000, len(two_in_one[2])]],
    }  # fmt: skip


@pytest.mark.parametrize(
    "reads",
    [
        chat_text(["é", "\u2028\x85\r"]),
        [b": comment\r\n\r\ndata: x\r\n\r\ndata: [DONE]"],
        [b"data: \xff\xfe\n\n", DONE],
        [b"\n\n\n"],
    ],
)
def test_the_body_as_it_came(reads: list[bytes], tmp_path: Path) -> None:
    wire = _finished(tmp_path, reads, headers=[*_SSE, ("X-Request-Id", "r1"), ("Set-Cookie", "secret")])["wire"]

    body = "".join(wire["lines"]).encode() if "lines" in wire else base64.b64decode(wire["base64"])
    assert body == b"".join(reads)
    assert wire["status"] == 200
    assert wire["headers"] == {"content-type": "text/event-stream", "x-request-id": "r1", "set-cookie": "***"}


@pytest.mark.parametrize(
    ("options", "response"),
    [
        (
            {"reads": [b'{"id": "c", "object": "chat.completion", "choices": []}'], "headers": _JSON},
            {
                "body": {
                    "__type__": "openai.types.chat.chat_completion.ChatCompletion",
                    "__data__": {"id": "c", "object": "chat.completion", "choices": []},
                },
                "is_streaming": False,
            },
        ),
        (
            {"reads": [b'{"error": {"message": "slow down"}}'], "headers": _JSON, "status": 429},
            {
                "body": None,
                "is_streaming": False,
                "is_exception": True,
                "exception_data": {
                    "category": "provider_sdk",
                    "provider": "openai",
                    "type": "RateLimitError",
                    "message": "Error code: 429 - slow down",
                    "status_code": 429,
                    "body": {"message": "slow down"},
                },
                "exception_message": "Error code: 429 - slow down",
            },
        ),
        (
            {"reads": [b'{"error": 1}'], "headers": _JSON, "status": 529, "url": _MESSAGES},
            {"body": {"error": 1}, "is_streaming": False, "status": 529},
        ),
        (
            {"reads": [], "how": "no connection", "error": "refused"},
            {"body": None, "is_streaming": False, "is_exception": True, "exception_message": "no connection: refused"},
        ),
        ({"reads": [], "how": "client gone"}, {"body": [], "is_streaming": True}),
        ({"reads": [], "how": None}, {"body": [], "is_streaming": True}),
        (
            {"reads": [*chat_error_midway()[:1], chat_error_midway()[-1]]},
            {
                "body": [{"__type__": _CHUNK, "__data__": json.loads(chat_error_midway()[0][6:])}],
                "is_streaming": True,
                "is_exception": True,
                "exception_data": {
                    "category": "unknown",
                    "type": "APIError",
                    "message": "the model is overloaded",
                },
                "exception_message": "the model is overloaded",
            },
        ),
        (
            {"reads": [event({"error": "no words"})]},
            {"body": [], "is_exception": True, "exception_message": "An error occurred during streaming"},
        ),
        (
            {"reads": [], "how": "server broke off", "error": "reset"},
            {"is_exception": True, "exception_message": "server broke off: reset"},
        ),
        (
            {"reads": chat_text([])[:1], "how": "server broke off", "error": "reset"},
            {
                "is_streaming": True,
                "is_exception": True,
                "exception_data": {"category": "unknown", "type": "APIConnectionError", "message": "Connection error."},
                "exception_message": "Connection error.",
            },
        ),
        (
            {"reads": [b'{"id": "resp_1", "object": "response", "output": []}'], "headers": _JSON, "url": _RESPONSES},
            {
                "body": {
                    "__type__": "openai.types.responses.response.Response",
                    "__data__": {"id": "resp_1", "object": "response", "output": []},
                },
                "is_streaming": False,
            },
        ),
        (
            {"reads": message_text(["a"])[:1], "url": _MESSAGES},
            {"body": message_text(["a"])[0].decode().removesuffix("\n").split("\n"), "is_streaming": True},
        ),
    ],
    ids=[
        "whole",
        "429",
        "529",
        "no connection",
        "client gone",
        "killed",
        "an error in the stream",
        "an error without words",
        "nothing came",
        "broken off",
        "a whole response",
        "events of others",
    ],
)
def test_other_answers(options: dict[str, Any], response: dict[str, Any], tmp_path: Path) -> None:
    found = _finished(tmp_path, **options)["response"]

    assert {name: value for name, value in found.items() if name in response} == response


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        ("response.created", "response_created_event.ResponseCreatedEvent"),
        ("response.output_text.delta", "response_text_delta_event.ResponseTextDeltaEvent"),
        (
            "response.output_text.annotation.added",
            "response_output_text_annotation_added_event.ResponseOutputTextAnnotationAddedEvent",
        ),
        (
            "response.image_generation_call.partial_image",
            "response_image_gen_call_partial_image_event.ResponseImageGenCallPartialImageEvent",
        ),
        ("response.mcp_call.failed", "response_mcp_call_failed_event.ResponseMcpCallFailedEvent"),
        ("error", "response_error_event.ResponseErrorEvent"),
        ("response.<script>", None),
        (7, None),
    ],
)
def test_events_of_responses_have_the_label_of_their_type(kind: str, label: str | None, tmp_path: Path) -> None:
    created = {"type": "response.created", "response": {"object": "response", "output": []}, "sequence_number": 0}
    reads = [event(created, "response.created"), event({"type": kind, "sequence_number": 1})]
    items = _finished(tmp_path, reads, url=_RESPONSES)["response"]["body"]

    assert [item.get("__type__", "").removeprefix("openai.types.responses.") for item in items] == [
        "response_created_event.ResponseCreatedEvent",
        label or "",
    ]


def test_every_event_of_the_sdk_has_its_label() -> None:
    """The classes are those of the SDK that is installed."""
    events = pytest.importorskip("openai.types.responses").ResponseStreamEvent
    for event_class in get_args(get_args(events)[0]):
        (kind,) = get_args(event_class.model_fields["type"].annotation)
        label = labelled_chunk({"type": kind}, "openai_responses")["__type__"]
        assert label == f"{event_class.__module__}.{event_class.__qualname__}"


def test_a_chunk_that_breaks_off_is_in_the_body_alone(tmp_path: Path) -> None:
    reads = [chat_text(["a"])[0], chat_text(["a"])[1][:40]]
    document = _finished(tmp_path, reads, how="server broke off", error="reset")

    assert len(document["response"]["body"]) == 1
    assert "".join(document["wire"]["lines"]).encode() == b"".join(reads)
    assert (document["timing"]["end"], document["timing"]["error"]) == ("server broke off", "reset")


@pytest.mark.parametrize("test_id", [None, "t.py::x"])
@pytest.mark.parametrize(
    ("url", "looked_up"),
    [
        # The recorder puts the API's path with its version behind the base URL of the SDK's client.
        (_CHAT, "https://api.openai.com/v1/v1/chat/completions"),
        ("https://h/api/v3/embeddings", "https://h/api/v3/v1/embeddings"),
        ("https://h/responses", "https://h/v1/responses"),
        ("https://h/v1/completions?key=sentinel-1234567890", "https://h/v1/v1/completions"),
        (_MESSAGES, _MESSAGES),
    ],
)
def test_a_recording_is_named_as_its_replay_looks_it_up(
    url: str, looked_up: str, test_id: str | None, tmp_path: Path
) -> None:
    journal = _journal(tmp_path, chat_text(["a"]), url=url, test_id=test_id)
    named = journal.name
    path = finish(journal)

    asked = {"request": {"method": "POST", "url": looked_up, "body": _ASKED}, "test_id": test_id}
    assert path.stem == hash_of(request_of(asked), CURRENT)
    # What was asked is kept, and the file found by its name.
    assert json.loads(path.read_text())["request"]["url"] == url.replace("sentinel-1234567890", "***")
    corpus = rx.load(tmp_path, progress=False)
    assert stale(corpus).empty
    assert why(asked, corpus).is_found
    # So do both begin with the same id.
    assert named.startswith(path.stem[:12])
    assert corpus[0].id == path.stem[:12]


def test_further_runs_are_numbered(tmp_path: Path) -> None:
    paths = [finish(_journal(tmp_path, chat_text([f"{n}"]))) for n in range(11)]

    digits = paths[0].stem
    assert [path.stem for path in paths] == [digits, *(f"{digits}-{n:08x}" for n in range(2, 12))]
    assert len({path.read_text() for path in paths}) == 11


def test_a_journal_that_is_finished_already_is_not_written_twice(tmp_path: Path) -> None:
    journal = _journal(tmp_path, chat_text(["a"]))
    kept = journal.read_bytes()
    path = finish(journal)
    journal.write_bytes(kept)

    assert finish(journal) == path
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_journal_stays(tmp_path: Path) -> None:
    path = tmp_path / "x.journal.jsonl"
    path.write_text("{}")

    (error,) = finish_left(tmp_path)
    assert "expected a journal" in str(error)
    assert path.exists()


def test_a_journal_that_somebody_writes_stays(tmp_path: Path) -> None:
    journal = _journal(tmp_path, chat_text(["a"]))
    with journal.open("rb") as file:
        if not lock(file.fileno()):
            raise AssertionError
        assert list(finish_left(tmp_path)) == []
        with pytest.raises(ValueError, match="somebody else"):
            finish(journal)
    assert len(list(finish_left(tmp_path))) == 1


def test_a_full_disk_leaves_no_half_recording(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    journal = _journal(tmp_path, chat_text(["a"]))
    monkeypatch.setattr("recexplore.capture.journal.finish.os.fsync", _full)
    with pytest.raises(OSError, match="full"):
        finish(journal)
    assert list(tmp_path.iterdir()) == [journal]


def _full(*_: object) -> None:
    raise OSError("the disk is full")


def test_without_links_names_are_kept_free_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("recexplore.capture.journal.finish.os.link", _full)
    paths = [finish(_journal(tmp_path, chat_text([f"{n}"]))) for n in range(3)]
    assert len({path.read_text() for path in paths}) == len(list(tmp_path.iterdir())) == 3


def test_the_events_of_a_journal_and_of_its_recording_are_the_same(tmp_path: Path) -> None:
    journal = _journal(
        tmp_path, [*message_text(["a", "b"]), event({"type": "error", "error": {}}, "error")], url=_MESSAGES
    )
    before = rx.load(tmp_path, progress=False)
    finish(journal)
    after = rx.load(tmp_path, progress=False)

    for name in ("events", "choices"):
        left, right = (getattr(each, name).drop(columns="recording") for each in (before, after))
        assert left.equals(right), name
    times = ["t_s", "gap_s"]
    assert before.chunks[times].round(9).equals(after.chunks[times].round(9))
    assert set(after.recordings["clock"]) == set(before.recordings["clock"]) == {"measured"}


@pytest.mark.parametrize("sent_ns", [None, 2_500_000])
@pytest.mark.parametrize("headers", [_SSE, [*_SSE, ("Content-Encoding", "gzip")], _JSON])
def test_an_answer_before_the_request_was_sent(
    sent_ns: int | None, headers: list[tuple[str, str]], tmp_path: Path
) -> None:
    journal = _journal(tmp_path, [], how="no connection").rename(tmp_path / "x.journal.jsonl")
    first = journal.read_bytes().splitlines(keepends=True)[0]
    reads = chat_text(["a", "b"]) if headers is not _JSON else [b'{"a": ', b"1", b"}"]
    if len(headers) > 1:
        packer = zlib.compressobj(wbits=31)
        reads = [packer.compress(read) + packer.flush(zlib.Z_SYNC_FLUSH) for read in reads]
    keys = KeyMask([], "")
    lines = [first, headers_line(700_000, 413, headers, keys)]
    for number, read in enumerate(reads, 1):
        lines.append(read_line(number * 1_000_000, read))
        lines += [sent_line(sent_ns)] if number == 2 and sent_ns is not None else []
    journal.write_bytes(b"".join([*lines, end_line(9_000_000, "server broke off", None, keys)]))
    before = rx.load(tmp_path, progress=False)
    timing = json.loads(finish(journal).read_text())["timing"]
    after = rx.load(tmp_path, progress=False)

    assert (timing["zero"], timing.get("request_sent")) == ("request received", sent_ns)
    assert [timing["first_byte"], timing["ended"]] == [1_000_000, 9_000_000]
    assert timing["chunks"][-1] == timing["reads"][-1][0] == len(reads) * 1_000_000
    assert list(before.chunks["t_s"].round(9)) == list(after.chunks["t_s"].round(9))
    assert list(before.recordings["t_zero"]) == list(after.recordings["t_zero"])


def test_where_reads_were_lost(tmp_path: Path) -> None:
    journal = _journal(tmp_path, [b"data: 1\n\n", b"data: 2\n\n"])
    lines = journal.read_bytes().splitlines(keepends=True)
    gaps = [gap_line(0, n, 10 * n) for n in (1, 2, 3)]
    journal.write_bytes(b"".join([*lines[:3], gaps[0], lines[3], gaps[1], *lines[4:-1], gaps[2], lines[-1]]))
    timing = json.loads(finish(journal).read_text())["timing"]

    assert timing["gaps"] == [[0, 1, 10], [1, 2, 20], [2, 3, 30]]
    assert timing["lost"] == {"reads": 6, "bytes": 60}


@pytest.mark.parametrize("number", ["-1", "9" * 30, "9" * 400, "1e400", "1.5", "true", '"x"'])
def test_numbers_that_no_recorder_writes(number: str, tmp_path: Path) -> None:
    journal = _journal(tmp_path, chat_text(["a"]))
    text = re.sub(rb'"t":\d+', b'"t":' + number.encode(), journal.read_bytes())
    text = re.sub(rb'"received_at":"[^"]+"', b'"received_at":"9999-12-31T23:59:59+00:00"', text)
    gap = f'{{"t":{number},"event":"gap","reads":{number},"bytes":{number}}}\n'
    journal.write_bytes(text + gap.encode())

    assert len(rx.load(tmp_path, progress=False)) == 1
    timing = json.loads(finish(journal).read_text())["timing"]
    assert 0 <= timing["first_byte"] < 2**53
    assert len(rx.load(tmp_path, progress=False)) == 1


def test_a_time_in_a_recording_that_nobody_measured(tmp_path: Path) -> None:
    path = finish(_journal(tmp_path, chat_text(["a"])))
    document = json.loads(path.read_text())
    document["timing"]["chunks"][1] = 10**400
    path.write_text(json.dumps(document))

    corpus = rx.load(tmp_path, progress=False)
    assert list(corpus.recordings["clock"]) == ["none"]
    assert "`timing.chunks` is not as recorded" in set(corpus.problems["what"])


def test_earlier_runs_are_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = finish(_journal(tmp_path, chat_text(["a"])))
    os.utime(first, (1, 1))
    read = Path.read_bytes

    def read_others(path: Path) -> bytes:
        assert path != first
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_others)
    assert finish(_journal(tmp_path, chat_text(["b"]))).stem == f"{first.stem}-00000002"


def test_without_links_a_full_disk_leaves_no_half_recording(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    journal = _journal(tmp_path, chat_text(["a"]))
    synced, sync = [0], os.fsync

    def fill(file: int) -> None:
        synced[0] += 1
        if synced[0] == 2:
            _full()
        sync(file)

    monkeypatch.setattr("recexplore.capture.journal.finish.os.link", _full)
    monkeypatch.setattr("recexplore.capture.journal.finish.os.fsync", fill)
    with pytest.raises(OSError, match="full"):
        finish(journal)
    assert list(tmp_path.iterdir()) == [journal]


def test_a_journal_that_another_process_finishes_meanwhile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    journal, other = (_journal(tmp_path, chat_text([text])) for text in "ab")

    def is_written(path: Path) -> bool:
        if path == gone:
            path.unlink()
        return asks(path)

    gone, asks = min(journal, other), file_lock.is_written
    monkeypatch.setattr("recexplore.capture.journal.left_journals.is_written", is_written)
    assert left_journals(tmp_path) == [max(journal, other)]

    def lock_late(file: int) -> bool:
        max(journal, other).unlink()
        return True

    monkeypatch.setattr("recexplore.capture.journal.finish.lock", lock_late)
    assert list(finish_left(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []
