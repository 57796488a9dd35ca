from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from recorded_files import documents, wire_bytes

from recexplore.capture.in_process import exchange_tap
from recexplore.capture.in_process.exchange_tap import ExchangeTap
from recexplore.capture.in_process.recorder import Recorder

ASKED = ("POST", "http://host/v1", [("content-type", "application/json")])
HEAD = [("Content-Type", "text/event-stream")]


class TimeoutException(Exception):
    """As httpx calls it."""


class ReadTimeout(TimeoutException):
    pass


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path)


def recorded(recorder: Recorder) -> dict[str, Any]:
    """The one exchange of a recorder."""
    assert recorder.close() == ""
    [document] = documents(recorder.paths)
    return document


def answered(tap: ExchangeTap, *reads: bytes, headers: Any = ()) -> None:
    tap.sent()
    tap.headers(200, [*HEAD, *headers])
    for data in reads:
        tap.read(data)


def test_a_body_in_parts(recorder: Recorder) -> None:
    tap = ExchangeTap([recorder], *ASKED)
    tap.body(b'{"model": ')
    tap.body(b'"m"}')
    answered(tap, b"a", b"", b"b")
    tap.body(b"too late")
    tap.completed()

    document = recorded(recorder)
    assert document["request"]["body"] == {"model": "m"}
    assert wire_bytes(document) == b"ab"
    assert [size for _, size in document["timing"]["reads"]] == [1, 1]


def test_an_exchange_is_on_disk_before_it_is_sent(recorder: Recorder) -> None:
    ExchangeTap([recorder], *ASKED, body=b"{}")
    recorder._writer.close()

    assert [path.name.endswith(".journal.jsonl") for path in recorder.paths] == [True]
    recorder.close()


@pytest.mark.parametrize(
    ("reads", "headers", "how"),
    [
        ([b"data: 1\n\n"], [], "client gone"),
        ([b"data: 1\n\n", b"data: [DO", b"NE]\n\n"], [], "complete"),
        ([b"data: [DONE]"], [], "complete"),
        ([b"data: [DONE]\n\ndata: 1\n\n"], [], "client gone"),
        ([b"12", b"3"], [("Content-Length", "3")], "complete"),
        ([b"12"], [("Content-Length", "3")], "client gone"),
        ([b"12"], [("Content-Length", "many")], "client gone"),
        ([], [], "client gone"),
        ([], [("content-length", "0")], "complete"),
    ],
)
def test_whether_an_answer_that_is_closed_was_whole(
    recorder: Recorder, reads: list[bytes], headers: list[tuple[str, str]], how: str
) -> None:
    tap = ExchangeTap([recorder], *ASKED)
    answered(tap, *reads, headers=headers)
    tap.closed()

    assert recorded(recorder)["timing"]["end"] == how


@pytest.mark.parametrize(
    ("error", "unsent", "sent"),
    [
        (OSError("gone"), "no connection", "server broke off"),
        (ReadTimeout("late"), "no connection", "client gone"),
        (TimeoutError(), "no connection", "client gone"),
        (asyncio.CancelledError(), "client gone", "client gone"),
        (KeyboardInterrupt(), "client gone", "client gone"),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, BaseException) else each,
)
@pytest.mark.parametrize("is_sent", [False, True])
def test_how_an_exchange_failed(
    recorder: Recorder, error: BaseException, unsent: str, sent: str, is_sent: bool
) -> None:
    tap = ExchangeTap([recorder], *ASKED)
    if is_sent:
        tap.sent()
    tap.broke(error)

    timing = recorded(recorder)["timing"]
    assert timing["end"] == (sent if is_sent else unsent)
    assert timing["error"] == (f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def test_the_first_end_counts_and_nothing_comes_after_it(recorder: Recorder) -> None:
    tap = ExchangeTap([recorder], *ASKED)
    answered(tap, b"a")
    tap.completed()
    tap.read(b"b")
    tap.broke(OSError("gone"))
    tap.closed()

    document = recorded(recorder)
    assert (wire_bytes(document), document["timing"]["end"]) == (b"a", "complete")


def test_an_answer_before_the_request_is_sent_counts_from_when_it_was_asked(recorder: Recorder) -> None:
    tap = ExchangeTap([recorder], *ASKED)
    tap.headers(413, HEAD)
    tap.sent()
    tap.completed()

    timing = recorded(recorder)["timing"]
    assert (timing["request_received"], timing["request_sent"]) == (0, 0)


def test_a_websocket_is_not_recorded(recorder: Recorder) -> None:
    tap = ExchangeTap([recorder], *ASKED)
    tap.headers(101, HEAD)
    tap.read(b"frame")

    timing = recorded(recorder)["timing"]
    assert (timing["end"], timing["reads"]) == ("stopped", [])
    assert "WebSocket" in timing["error"]


def test_all_recorders_are_told(tmp_path: Path) -> None:
    recorders = [Recorder(tmp_path / name) for name in "ab"]
    tap = ExchangeTap(recorders, *ASKED)
    answered(tap, b"a")
    tap.completed()

    assert [wire_bytes(recorded(each)) for each in recorders] == [b"a", b"a"]


def test_a_body_that_is_too_large_is_cut_and_told(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange_tap, "MOST_WAITING_BYTES", 3)
    tap = ExchangeTap([recorder], *ASKED)
    tap.body(b"ab")
    tap.body(b"cd")
    tap.body(b"e")
    tap.completed()

    assert "no more than 3 bytes" in recorder.close()
    assert documents(recorder.paths)[0]["request"]["body"] == {"body": "abc"}


@pytest.mark.parametrize(
    "tell",
    [
        lambda tap: tap.sent(),
        lambda tap: tap.headers(200, HEAD),
        lambda tap: tap.headers("200", [("content-length", None)]),
        lambda tap: tap.read(b"a"),
        lambda tap: tap.completed(),
        lambda tap: tap.closed(),
        lambda tap: tap.broke(OSError()),
        lambda tap: tap.gave_up(OSError()),
    ],
)
def test_nothing_is_raised_into_the_client(
    recorder: Recorder, tell: Callable[[ExchangeTap], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise LookupError("broken")

    monkeypatch.setattr(recorder, "begin", fail)
    tell(ExchangeTap([recorder], *ASKED, body=b""))
    assert "broken" in recorder.close()
