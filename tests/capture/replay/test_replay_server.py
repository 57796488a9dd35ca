"""The server that answers with recordings, asked over a socket."""

from __future__ import annotations

import ast
import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from captured import ASKED, MS, chat_events, document, written
from wire_client import Got, ask

import recexplore
from recexplore.capture.local_server import STATUS_PATH
from recexplore.capture.replay.faults import Faults
from recexplore.capture.replay.served import in_a_thread
from recexplore.capture.replay.server import Options, Replay
from recexplore.corpus import Corpus
from recexplore.model.errors import RecexploreError

Serves = Callable[..., tuple[str, Replay]]
EVENTS = chat_events("One", " tŵo", " 三")
BODY = b"".join(EVENTS)
READS = [(10, EVENTS[0]), (30, EVENTS[1] + EVENTS[2][:9]), (60, EVENTS[2][9:] + EVENTS[3]), (60, EVENTS[4])]


@pytest.fixture
def serves(tmp_path: Path) -> Iterator[Serves]:
    """Serves a corpus, or documents, until the test ends."""
    with ExitStack() as stack:

        def serve(made: Corpus | dict[str, Any], **options: Any) -> tuple[str, Replay]:
            corpus = made if isinstance(made, Corpus) else recexplore.load(written(tmp_path, **made), progress=False)
            replay = Replay(corpus, Options(**options))
            return stack.enter_context(in_a_thread(replay)), replay

        yield serve


def got(url: str, body: Any = ASKED, **how: Any) -> Got:
    found = ask(url, body, **how)
    assert found is not None
    return found


def test_the_recorded_bytes_come_in_the_recorded_reads_and_never_early(serves: Serves) -> None:
    url, _ = serves({"a": document(READS)})

    found = got(url)

    assert (found.status, found.is_whole) == (200, True)
    assert found.chunks == [data for _, data in READS]
    assert all(came >= t / 1000 - 0.002 for came, (t, _) in zip(found.times_s, READS, strict=True))
    said = {name: found.headers.get(f"x-recexplore-{name}") for name in ("recording", "bytes", "run", "faults")}
    assert said == {"recording": "a", "bytes": "recorded", "run": None, "faults": None}
    assert found.headers["content-type"] == "text/event-stream"


def test_at_once_or_slower_the_bytes_are_the_same(serves: Serves) -> None:
    long = [(t * 10_000, data) for t, data in READS]  # ten minutes
    at_once, _ = serves({"a": document(long)}, speed=0)
    faster, _ = serves({"a": document(long)}, speed=10_000)

    assert got(at_once).body == got(faster).body == BODY


def test_a_recorded_length_is_said_again(serves: Serves) -> None:
    headers = {"content-type": "text/event-stream", "content-length": str(len(BODY))}

    whole, _ = serves({"a": document(READS, headers=headers)})
    dropped, _ = serves({"a": document(READS, headers=headers)}, faults=Faults(drop=1))
    cut, _ = serves({"a": document(READS, headers=headers)}, faults=Faults(cut_at=1))

    assert got(whole).headers["content-length"] == str(len(BODY))
    assert "content-length" not in got(dropped).headers
    assert (got(cut).headers["content-length"], got(cut).is_whole) == (str(len(BODY)), False)


@pytest.mark.parametrize("end", ["server broke off", "client gone", "stopped"])
def test_what_broke_off_breaks_off_again(serves: Serves, end: str) -> None:
    url, _ = serves({"a": document(READS[:2], end=end)})

    found = got(url)

    assert (found.body, found.is_whole) == (b"".join(data for _, data in READS[:2]), False)


def test_bodies_are_kept_where_that_is_asked_for(tmp_path: Path) -> None:
    corpus = recexplore.load(written(tmp_path, a=document(READS)), progress=False)
    for most, body in ((0, b""), (1000, json.dumps(ASKED).encode())):
        with in_a_thread(replay := Replay(corpus, Options(speed=0), most_body_bytes=most)) as url:
            got(url, json.dumps(ASKED).encode())
        assert [each.body for each in replay.asked] == [body]


def test_a_long_request_is_found(serves: Serves) -> None:
    asked = ASKED | {"messages": [{"role": "user", "content": "x" * (1 << 17)}]}
    url, _ = serves({"a": document(READS, body=asked)}, speed=0)

    assert got(url, asked).body == BODY


def test_a_loss_is_told(serves: Serves) -> None:
    url, _ = serves({"a": document(READS, timing={"lost": {"reads": 1, "bytes": 9}, "gaps": [[2, 1, 9]]})})

    found = got(url)

    assert (found.body, found.is_whole) == (READS[0][1] + READS[1][1], False)
    assert found.headers["x-recexplore-bytes"] == "recorded up to where 1 read got lost"


def test_where_nobody_answered_nobody_does(serves: Serves) -> None:
    made = document([], end="no connection", timing={"ended": 5 * MS})
    made["wire"]["status"] = None
    url, replay = serves({"a": made})

    assert ask(url, ASKED) is None
    assert replay.status["hits"] == 1


def test_a_miss_says_what_is_nearest(serves: Serves) -> None:
    url, replay = serves({"a": document(READS)})
    asked = ASKED | {"messages": [{"role": "user", "content": "Say \x1b[31mthat <script>"}]}

    found = got(url, asked)

    assert found.status == 404
    assert found.error["type"] == "recexplore_no_recording"
    assert found.error["message"] == (
        "No recording answers POST '/v1/chat/completions'. The nearest recording, a, differs in one part: "
        "messages[0].content differs at character 4: recorded 'Say it', asked 'Say \\x1b[31mthat <script>'."
    )
    (near,) = found.error["nearest"]
    assert (near["recording"], 0 < near["likeness"] < 1, len(near["differences"])) == ("a", True, 1)
    assert near["path"].endswith("a.json")
    assert [(each.recording, each.reason is None) for each in replay.asked] == [(None, False)]


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/", "GET"),
        ("/%00/%0d%0aX:y", "POST"),
        ("/" + "a" * 5000, "DELETE"),
        ("//evil.example/", "OPTIONS"),
        ("/x", "PROPFIND"),
    ],
)
def test_odd_requests_are_misses(serves: Serves, path: str, method: str) -> None:
    url, _ = serves({"a": document(READS)})

    assert got(url, b"\xff\x00", path=path, method=method).status == 404


def test_odd_ids_are_no_fields_of_their_own(serves: Serves) -> None:
    made = document(READS)
    name = "ŵ\u202e\r\nX-Evil: 1"
    url, _ = serves({name: made})

    found = got(url)

    assert (found.status, "x-evil" in found.headers) == (200, False)
    assert found.headers["x-recexplore-recording"].isascii()


@pytest.mark.parametrize(
    "headers",
    [
        "Host: evil.example\r\n",
        "Host: 127.0.0.1.evil.example\r\n",
        "Origin: https://evil.example\r\n",
        "Origin: null\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
    ],
)
@pytest.mark.parametrize("path", ["/v1/chat/completions", STATUS_PATH])
def test_a_rebound_name_and_another_site_are_refused(serves: Serves, headers: str, path: str) -> None:
    url, replay = serves({"a": document(READS)})

    found = got(url, headers=headers, path=path, method="GET" if path == STATUS_PATH else "POST")

    assert found.status == (421 if headers.startswith("Host") else 403)
    assert found.error["type"] == "recexplore_refused"
    assert (replay.status["requests"], replay.status["refused"]) == (0, 1)


def test_the_status_counts(serves: Serves) -> None:
    url, _ = serves({"a": document(READS), "b": document(READS)})
    got(url)
    got(url)
    got(url, {"model": "other"})

    found = got(url, None, path=STATUS_PATH, method="GET")

    status = json.loads(found.body)
    told = {name: status[name] for name in ("recordings", "requests", "hits", "misses", "refused", "open")}
    assert told == {"recordings": 2, "requests": 3, "hits": 2, "misses": 1, "refused": 0, "open": 0}


def test_runs_answer_in_turn(serves: Serves) -> None:
    url, _ = serves({"a": document(READS), "b": document(READS[:1])})

    said = [got(url).headers for _ in range(3)]

    assert [each["x-recexplore-recording"] for each in said] == ["a", "b", "a"]
    assert [each["x-recexplore-run"] for each in said] == ["1 of 2", "2 of 2", "1 of 2"]


def test_the_nearest_says_how_near_it_is(serves: Serves) -> None:
    url, _ = serves({"a": document(READS)}, loose=True)

    found = got(url, ASKED | {"temperature": 1})

    assert found.body == BODY
    assert 0 < float(found.headers["x-recexplore-likeness"]) < 1


def test_faults_are_put_in_and_told(serves: Serves) -> None:
    url, _ = serves({"a": document(READS)}, faults=Faults(drop=0, split_bytes=5, stall_at=2, stall_s=0.1))

    found = got(url)

    assert found.body == b"".join(EVENTS[1:])
    assert max(map(len, found.chunks)) == 5
    assert found.times_s[-1] >= 0.15
    assert found.headers["x-recexplore-faults"] == "stall-at 2; drop 0; split-bytes 5"


def test_a_cut_ends_the_connection(serves: Serves) -> None:
    url, _ = serves({"a": document(READS)}, faults=Faults(cut_at=2))

    found = got(url)

    assert (found.body, found.is_whole) == (b"".join(EVENTS[:2]), False)


def test_a_fault_that_no_recording_has_room_for_is_refused(serves: Serves) -> None:
    with pytest.raises(ValueError, match=r"cut-at: no recording has 100 chunks or more; the longest, a has \d"):
        serves({"a": document(READS)}, faults=Faults(cut_at=99))


def test_a_file_that_is_gone_is_told(serves: Serves, tmp_path: Path) -> None:
    url, _ = serves({"a": document(READS)})
    (tmp_path / "a.json").unlink()

    found = got(url)

    assert (found.status, found.error["type"]) == (501, "recexplore_not_replayable")


def test_many_clients_are_answered_at_once(serves: Serves) -> None:
    url, replay = serves({"a": document([(t * 5, data) for t, data in READS])})
    with ThreadPoolExecutor(30) as clients:
        found = list(clients.map(lambda _: got(url), range(60)))

    assert {each.body for each in found} == {BODY}
    assert replay.status["hits"] == 60


def test_a_client_that_goes_ends_its_answer(serves: Serves) -> None:
    url, replay = serves({"a": document([(1, EVENTS[0]), (3_600_000, b"".join(EVENTS[1:]))])})
    host, _, port = url.removeprefix("http://").partition(":")
    sent = json.dumps(ASKED).encode()
    with socket.create_connection((host, int(port)), timeout=30) as client:
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {len(sent)}\r\n\r\n"
        client.sendall(head.encode() + sent)
        client.recv(1)
        assert replay.status["open"] == 1
        changed = Event()
        replay.on_change = changed.set
    assert changed.wait(30)
    assert replay.status["open"] == 0


def test_a_port_that_is_taken_is_told(serves: Serves) -> None:
    url, replay = serves({"a": document(READS)})
    port = int(url.rpartition(":")[2])

    with pytest.raises(RecexploreError, match=f"port {port} is in use"), in_a_thread(replay, port):
        pass


def test_nothing_of_the_room_asks_anybody() -> None:
    """No client of HTTP is imported or made where recordings are answered."""
    clients = {
        "ClientSession",
        "urlopen",
        "create_connection",
        "request",
        "httpx",
        "requests",
        "urllib.request",
        "socket",
    }
    for module in Path(recexplore.__file__).parent.joinpath("replay").rglob("*.py"):
        tree = ast.parse(module.read_text(encoding="utf-8"))
        imported = {
            name.name for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for name in node.names
        }
        called = {
            node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and hasattr(node.func, "attr")
        }
        assert not clients & (imported | called), module
