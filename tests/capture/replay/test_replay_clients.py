"""Official SDKs and curl get from a replay what they got from the server that was recorded: same bytes, same events."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
from captured import chat_events, document, written

import recexplore
from recexplore.capture.replay.faults import Faults
from recexplore.capture.replay.recorded_answer import answer_of
from recexplore.capture.replay.served import in_a_thread
from recexplore.capture.replay.server import Options, Replay
from recexplore.corpus import Corpus

CHAT = "https://api.openai.com/v1/chat/completions"
MESSAGES = "https://api.anthropic.com/v1/messages"
RESPONSES = "https://api.openai.com/v1/responses"
ASKED: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Say it"}], "stream": True}
TALK = ASKED | {"max_tokens": 9}
ERROR = b'data: {"error": {"message": "overloaded", "type": "server_error", "code": null, "param": null}}\n\n'


@contextmanager
def origin(reads: list[bytes], *, status: int, headers: dict[str, str], breaks: bool) -> Iterator[str]:
    """A server that sends bytes as they are and may end before the body does."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for data in reads:
                self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            if not breaks:
                self.wfile.write(b"0\r\n\r\n")
            self.close_connection = breaks

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def told(chunk: Any) -> Any:
    return chunk.model_dump(warnings=False) if hasattr(chunk, "model_dump") else chunk


def received(url: str, asked: dict[str, Any], client: str) -> list[Any]:
    """All that an SDK hands on, and what it raises last."""
    found: list[Any] = []
    try:
        _SDKS[client](url, asked, found)
    except (openai.OpenAIError, anthropic.AnthropicError, OSError) as error:
        found.append((type(error), str(error)))
    except Exception as error:  # what the HTTP library below raises where a stream breaks off
        found.append((type(error).__name__, str(error)))
    return found


def _openai(url: str, asked: dict[str, Any], found: list[Any]) -> None:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="k", max_retries=0) as client:
        call = client.responses.create if "input" in asked else client.chat.completions.create
        answer = call(**asked)
        found.extend(map(told, answer if asked.get("stream") else [answer]))


def _openai_async(url: str, asked: dict[str, Any], found: list[Any]) -> None:
    async def run() -> None:
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="k", max_retries=0) as client:
            call = client.responses.create if "input" in asked else client.chat.completions.create
            answer: Any = await call(**asked)
            if not asked.get("stream"):
                found.append(told(answer))
                return
            note = found.append  # what came before an error counts
            async for chunk in answer:
                note(told(chunk))

    asyncio.run(run())


def _anthropic(url: str, asked: dict[str, Any], found: list[Any]) -> None:
    with anthropic.Anthropic(base_url=url, api_key="k", max_retries=0) as client:
        found.extend(map(told, client.messages.create(**asked)))


def _anthropic_async(url: str, asked: dict[str, Any], found: list[Any]) -> None:
    async def run() -> None:
        async with anthropic.AsyncAnthropic(base_url=url, api_key="k", max_retries=0) as client:
            note = found.append
            async for event in await client.messages.create(**asked):
                note(told(event))

    asyncio.run(run())


def _curl(url: str, asked: dict[str, Any], found: list[Any]) -> None:
    path = "/v1/responses" if "input" in asked else "/v1/messages" if asked == TALK else "/v1/chat/completions"
    command = ["curl", "-sN", url + path, "-H", "content-type: application/json", "-d", json.dumps(asked)]
    ended = subprocess.run(command, capture_output=True, timeout=60)
    found += [ended.stdout, ended.returncode]


_SDKS: dict[str, Callable[[str, dict[str, Any], list[Any]], None]] = {
    "openai": _openai,
    "openai-async": _openai_async,
    "anthropic": _anthropic,
    "anthropic-async": _anthropic_async,
    "curl": _curl,
}


def _events(corpus: Corpus, name: str) -> list[bytes]:
    found = answer_of(corpus[name])
    borders = [0, *found.chunk_ends]
    return [found.body[a:b] for a, b in pairwise(borders)]


def streams(
    formats: Corpus, made: Corpus, flaky: Corpus
) -> dict[str, tuple[str, dict[str, Any], list[bytes], dict[str, Any]]]:
    """Where they come from, what was asked, what came, and how it ended."""
    messages, chat = _events(formats, "messages"), chat_events("One", " tŵo", " 三")
    return {
        "text": (CHAT, ASKED, chat, {}),
        "two choices": (CHAT, flaky["leap-year-01"].request, _events(flaky, "leap-year-01"), {}),
        "tool calls": (CHAT, made["tool-calls"].request, _events(made, "tool-calls"), {}),
        "reads across events": (CHAT, ASKED, [b"".join(chat)[:33], b"".join(chat)[33:110], b"".join(chat)[110:]], {}),
        "error in the stream": (CHAT, ASKED, [*chat[:2], ERROR], {}),
        "broken end": (CHAT, ASKED, [*chat[:2], chat[2][:20]], {"end": "server broke off"}),
        "refused": (CHAT, ASKED, [ERROR[6:]], {"status": 429, "headers": {"content-type": "application/json"}}),
        "comments": (CHAT, ASKED, [b": hello\n\n", *chat], {}),
        "messages": (MESSAGES, TALK, messages, {}),
        "messages, broken": (MESSAGES, TALK, messages[:9], {"end": "server broke off"}),
        "responses": (RESPONSES, formats["responses#0"].request, _events(formats, "responses#0"), {}),
    }


_NAMES = [
    *("text", "two choices", "tool calls", "reads across events", "error in the stream", "broken end", "refused"),
    *("comments", "messages", "messages, broken", "responses"),
]
_CLIENTS_OF = {
    name: ["anthropic", "anthropic-async"] if name.startswith("messages") else ["openai", "openai-async"]
    for name in _NAMES
}


@pytest.mark.parametrize(
    ("name", "client"), [(name, client) for name in _NAMES for client in [*_CLIENTS_OF[name], "curl"]]
)
def test_a_client_gets_from_a_replay_what_it_got_from_the_server(
    formats: Corpus, made: Corpus, flaky: Corpus, tmp_path: Path, name: str, client: str
) -> None:
    if client == "curl" and shutil.which("curl") is None:
        pytest.skip("there is no curl")
    url, asked, reads, how = streams(formats, made, flaky)[name]
    headers = how.get("headers") or {"content-type": "text/event-stream"}
    with origin(reads, status=how.get("status", 200), headers=headers, breaks="end" in how) as server:
        without = received(server, asked, client)
    kept = document([(n, data) for n, data in enumerate(reads)], url=url, body=asked, packed=True, **how)
    corpus = recexplore.load(written(tmp_path, one=kept), progress=False)

    with in_a_thread(Replay(corpus)) as server:
        assert received(server, asked, client) == without
    assert without


@pytest.mark.parametrize("client", ["openai", "openai-async"])
def test_recorded_objects_arrive_as_they_were(all_recordings: Corpus, client: str) -> None:
    chats = [
        each
        for each in all_recordings
        if each.facts["dialect"] == "openai_chat" and each.request.get("messages") and each.facts["n_chunks"]
    ]
    with in_a_thread(Replay(all_recordings, Options(speed=0))) as url:
        for recording in chats:
            found = received(url, recording.request, client)
            wanted = [recording.raw(at) for at in range(len(recording.chunks)) if recording.raw(at) != "[DONE]"]
            assert [_given(each) for each in found] == [_given(each) for each in wanted], recording.id
    assert len(chats) > 8


def _given(value: Any) -> Any:
    """Plain JSON without what is null: an SDK fills in all that its class has."""
    if isinstance(value, dict):
        return {name: _given(each) for name, each in value.items() if each is not None}
    return [_given(each) for each in value] if isinstance(value, list) else value


def test_a_recorded_exception_is_raised_again(made: Corpus) -> None:
    with in_a_thread(Replay(made)) as url:
        ((kind, message),) = received(url, made["bad-request"].request, "openai")

    assert kind is openai.BadRequestError
    assert "the image is not valid" in message


def test_a_miss_is_an_error_that_tells_the_difference(made: Corpus) -> None:
    asked = made["three-way"].request | {"n": 2}
    with in_a_thread(Replay(made)) as url:
        ((kind, message),) = received(url, asked, "openai")

    assert kind is openai.NotFoundError
    assert "The nearest recording, three-way, differs in one part: n differs: recorded 3, asked 2." in message


@pytest.mark.parametrize("client", ["openai", "openai-async"])
def test_a_client_that_is_sound_does_not_mind_how_bytes_are_cut(made: Corpus, client: str) -> None:
    asked = made["tool-calls"].request
    with in_a_thread(Replay(made)) as url:
        whole = received(url, asked, client)
    with in_a_thread(Replay(made, Options(faults=Faults(split_bytes=3)))) as url:
        assert received(url, asked, client) == whole


def test_a_cut_is_an_error_of_the_connection(made: Corpus) -> None:
    asked = made["tool-calls"].request
    with in_a_thread(Replay(made, Options(faults=Faults(cut_at=4)))) as url:
        *chunks, (kind, _) = received(url, asked, "openai")

    assert len(chunks) == 4
    assert kind in ("RemoteProtocolError", openai.APIConnectionError)
