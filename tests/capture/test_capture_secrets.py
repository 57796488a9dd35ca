"""The keys of a request: they stand in no file, no status and nothing that is printed, however an answer echoes them."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import string
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random
from urllib.parse import quote

import httpx
import orjson
import pytest
from capture_kit import capture_process, running_proxy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_server import Asked, Script, ScriptedServer, script_of

from recexplore.capture.journal import slices
from recexplore.capture.journal.keys import KeyMask
from recexplore.capture.journal.lines import request_noted
from recexplore.capture.journal.writer import Writer

_KEY = "Sentinel+key/0123=4567-89"
_MASK = KeyMask([("Authorization", f"Bearer {_KEY}")], "http://h/")


def test_everything_a_client_sends_is_kept_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    keys = {
        "header": "SentinelHeader-0123456789", "api-key": "SentinelApiKey-0123456789", "query": "SentinelQuery-0123456789",
        "cookie": "SentinelCookie-0123456789", "user": "SentinelUserPassword-0123", "unknown": "SentinelUnknownField-0123",
    }  # fmt: skip
    in_body = "SentinelBodyField-012345"
    basic = base64.b64encode(f"user:{keys['user']}".encode()).decode()

    def answer(asked: Asked) -> Script:
        echoed = b"".join(b"data: %s\n\n" % json.dumps({"you said": key}).encode() for key in keys.values())
        echoed += b"data: " + asked.head.replace(b"\r\n", b" ") + b"\n\n"
        pieces = [echoed[n : n + 11] for n in range(0, len(echoed), 11)]
        return script_of(
            pieces, 0.001, fields=(("Content-Type", "text/event-stream"), ("X-Request-Id", keys["header"]))
        )

    with caplog.at_level(logging.DEBUG):
        with ScriptedServer(answer) as server, running_proxy(server.url, tmp_path) as proxy:
            got = httpx.post(
                f"{proxy.url}/v1/chat/completions?key={keys['query']}&x=1",
                headers=[
                    ("Authorization", f"Bearer {keys['header']}"), ("api-key", keys["api-key"]),
                    ("Cookie", f"a=b; session={keys['cookie']}"), ("X-Authorization", f"Basic {basic}"),
                    ("X-Whatever", keys["unknown"]),
                ],
                json={"model": "m", "api_key": in_body, "stream": True},
            ).content  # fmt: skip
            proxy.wait_for(lambda status: status["ended"] == 1)
            (journal,) = tmp_path.iterdir()
            written = journal.read_text()
            told = json.dumps(proxy.status()) + "".join(
                each.getMessage() for each in caplog.records if not each.name.startswith("http")
            )
        (recording,) = tmp_path.iterdir()
    assert proxy.outcome is not None
    told += recording.read_text() + recording.name + journal.name + str(list(proxy.outcome.failures()))

    # The client and the server have them whole.
    assert all(key.encode() in got for key in keys.values())
    assert keys["query"] in server.requests[0].target
    assert in_body.encode() in server.requests[0].body
    # No form of them stands anywhere else.
    assert "Sentinel" not in written + told
    assert basic not in written + told
    assert "you said" in written


def test_an_answer_that_is_none_tells_no_key(tmp_path: Path) -> None:
    """An HTTP library names the whole URL in its message, and the line that it does not understand."""
    header, short = "SentinelHeader-0123456789", "Sentinel0"
    server = ScriptedServer(lambda asked: script_of((), status=f"what {header}"))
    with server, capture_process(server.url, tmp_path) as capture:
        with pytest.raises(httpx.HTTPError):
            httpx.post(
                f"{capture.url}/v1/chat/completions/{header}?key={short}&x=1",
                headers={"Authorization": f"Bearer {header}"},
            )
        _, out, err = capture.stop()
    (recording,) = tmp_path.iterdir()
    error = json.loads(recording.read_text())["timing"]["error"]

    assert short in server.requests[0].target
    assert "Sentinel" not in out + err + recording.read_text()
    assert f"({' '.join(error.split())})" in out
    assert "key=***&x=1" in error


@pytest.mark.parametrize(
    "form",
    [
        _KEY,
        quote(_KEY, safe=""),
        base64.b64encode(_KEY.encode()).decode().rstrip("="),
        json.dumps(_KEY)[1:-1],
    ],
)
def test_every_form_is_masked(form: str) -> None:
    data = f"before {form} after".encode()

    masked = _MASK.masked(data)
    assert form.encode() not in masked
    assert (masked[:7], masked[-6:], len(masked)) == (b"before ", b" after", len(data))


@given(st.lists(st.integers(1, 40), max_size=30))
def test_a_key_is_masked_wherever_reads_cut_it(sizes: list[int]) -> None:
    text = f"one {_KEY} two {_KEY}{_KEY} three Sentinel four".encode()
    mask, reads, at = KeyMask([("x-api-key", _KEY)], "http://h/"), [], 0
    for size in [*sizes, len(text)]:
        reads.append(mask.next_masked(text[at : at + size]))
        at += size
    shown = b"".join(reads)

    assert len(shown) == len(text)
    # What stands before a key may be seven letters of it, at the end of a read.
    assert _KEY[8:].encode() not in shown
    assert shown.startswith(b"one ")
    assert b" two " in shown


_WRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in a URL": lambda key: quote(key, safe=""),
    "in JSON": lambda key: json.dumps(key)[1:-1],
    "in base64": lambda key: base64.b64encode(key.encode()).decode().rstrip("="),
}
_LENGTHS = st.integers(1, 70_000) | st.sampled_from([11, 12, 12_288, 16_384, 16_385, 17_000, 28_672, 28_673, 70_000])
_PLACES = st.integers(0, 70_000) | st.sampled_from([0, 4_000, 12_000, 12_287, 12_288, 65_000])


def _of_length(n_letters: int) -> str:
    return "".join(Random(n_letters).choices(string.ascii_letters + string.digits + "+/=\\-", k=n_letters))


@pytest.fixture
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "_PAUSE_S", 0)


@pytest.mark.usefixtures("without_pauses")
@pytest.mark.parametrize("written", _WRITTEN)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(n_letters=_LENGTHS, n_before=_PLACES, cuts=st.lists(_PLACES, max_size=9))
def test_a_key_of_any_length_is_masked(written: str, n_letters: int, n_before: int, cuts: list[int]) -> None:
    """Of what is long enough for a key only its first seven letters may be told, where reads cut it there."""
    key = _of_length(n_letters)
    form = _WRITTEN[written](key).encode()
    text = b" " * n_before + form + b" " * 20_000
    begin, end = n_before, n_before + len(form)
    keys = KeyMask([("Authorization", f"Bearer {key}")], "http://h/")
    ends = sorted({*cuts, begin + 3, begin + 9, end - 1, len(text)})
    shown = b"".join(keys.next_masked(text[at:to]) for at, to in pairwise([0, *ends]))
    noted = orjson.loads(orjson.dumps(request_noted("POST", "http://h/", [], text, keys)))["text"].encode()

    masked = text if n_letters < 12 else text[:begin] + b"*" * len(form) + text[end:]
    is_masked = noted == masked, shown[:begin] == masked[:begin], shown[begin + 7 :] == masked[begin + 7 :]
    assert is_masked == (True, True, True)


@pytest.mark.parametrize("n_letters", [16_384, 17_000, 18_000, 70_000])
@pytest.mark.parametrize("n_before", [0, 4_000, 12_000, 12_287])
def test_no_journal_holds_a_long_key(n_letters: int, n_before: int, tmp_path: Path) -> None:
    key = _of_length(n_letters)
    said = json.dumps({"before": " " * n_before, "said": key, "after": ""}).encode()
    writer = Writer(tmp_path)
    journal = writer.open("POST", "http://h/", [("Authorization", f"Bearer {key}")], said, received_ns=writer.clock())
    journal.headers(writer.clock(), 200, [("Content-Type", "application/json"), ("X-Request-Id", key)])
    journal.read(writer.clock(), said)
    journal.end(writer.clock(), "server broke off", f"no {key}")
    assert writer.close().lost_reads == 0
    assert journal.path is not None
    written = journal.path.read_text()

    assert written.count("before") == 2
    n_told = sum(key[at : at + 8] in written for at in range(0, n_letters - 8, n_letters // 200))
    assert n_told == 0


def test_words_are_no_keys() -> None:
    body = b'{"model": "meta-llama/Llama-3.3-70B-Instruct"}'
    fields = [
        ("X-Model", "meta-llama/Llama-3.3-70B-Instruct"),
        ("Authorization", "Bearer short"),
        ("Accept", "text/plain"),
    ]
    mask = KeyMask(fields, "http://h/?key=short&model=meta-llama", body)

    assert mask.next_masked(body) == body


def test_an_answer_without_keys_is_given_back_as_it_is() -> None:
    data = b"x" * 100
    assert KeyMask([], "http://h/").next_masked(data) is data


def test_a_compressed_answer_tells_no_key(tmp_path: Path) -> None:
    """The client has its bytes as they came; in the recording the answer is unpacked, with stars."""
    echoed = [f'data: {{"n": {n}, "you said": "{_KEY if n == 3 else "nothing"}"}}\n\n'.encode() for n in range(6)]
    packed = gzip.compress(b"".join(echoed), mtime=0)
    fields = (("Content-Type", "text/event-stream"), ("Content-Encoding", "gzip"))
    pieces = [packed[n : n + 5] for n in range(0, len(packed), 5)]
    with (
        ScriptedServer(lambda asked: script_of(pieces, 0.001, fields=fields)) as server,
        running_proxy(server.url, tmp_path) as proxy,
        httpx.stream(
            "POST", f"{proxy.url}/v1/chat/completions", headers={"Authorization": f"Bearer {_KEY}"}, json={"model": "m"}
        ) as response,
    ):
        got = b"".join(response.iter_raw())
        proxy.wait_for(lambda status: status["ended"] == 1)
        (journal,) = tmp_path.iterdir()
        written = journal.read_text()
    (recording,) = tmp_path.iterdir()
    wire = json.loads(recording.read_text())["wire"]

    assert got == packed
    assert response.headers["content-encoding"] == "gzip"
    assert _KEY[8:] not in written + recording.read_text()
    kept = "".join(wire["lines"])
    assert len(kept) == len(b"".join(echoed))
    assert kept.endswith(b"".join(echoed[4:]).decode())
    assert (wire["unpacked"], "content-encoding" in wire["headers"]) == ("gzip", False)
