"""What the official SDKs receive is the same with a recording and without, event for event; and so is what is recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
from answers import CHAT, CHATS, MESSAGE_STREAMS, MESSAGES
from recorded_files import documents, wire_bytes
from scripted_server import Script, ScriptedServer

import recexplore as rx

ASKED: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Which bird?"}]}
BROKEN = {"cut off", "cut off in a character", "torn down", "nothing"}
GIVEN_UP = {"an error in the stream": {"client gone", "complete"}}
"""A client closes the stream when it reads of an error; whether the end had come is a matter of time."""

Received = list[Any]


def told(error: Exception) -> tuple[str, str]:
    return type(error).__name__, str(error)


def chat(url: str, stream: bool) -> Received:
    received: Received = []
    with openai.OpenAI(base_url=f"{url}/v1", api_key="key", max_retries=0) as client:
        try:
            answer = client.chat.completions.create(**ASKED, n=2, stream=stream)
            for each in answer if stream else [answer]:
                received.append(each.model_dump())
        except openai.APIError as error:
            received.append(told(error))
        except Exception as error:  # of the HTTP library, in the middle of a stream
            received.append(told(error))
    return received


def chat_async(http_client: Callable[[], Any] | None) -> Callable[[str, bool], Received]:
    async def ask(url: str, stream: bool) -> Received:
        received: Received = []
        options = {"http_client": http_client()} if http_client else {}
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="key", max_retries=0, **options) as client:
            try:
                answer = await client.chat.completions.create(**ASKED, n=2, stream=stream)
                if not stream:
                    return [answer.model_dump()]
                async for each in answer:
                    received.append(each.model_dump())
            except Exception as error:
                received.append(told(error))
        return received

    return lambda url, stream: asyncio.run(ask(url, stream))


CHAT_CLIENTS = {
    "sync": chat,
    "async": chat_async(None),
    "aiohttp": chat_async(openai.DefaultAioHttpClient),
}


def messages(url: str) -> Received:
    received: Received = []
    with anthropic.Anthropic(base_url=url, api_key="key", max_retries=0) as client:
        try:
            received += [each.model_dump() for each in client.messages.create(**ASKED, max_tokens=9, stream=True)]
        except Exception as error:
            received.append(told(error))
    return received


def messages_async(http_client: Callable[[], Any] | None) -> Callable[[str], Received]:
    async def ask(url: str) -> Received:
        received: Received = []
        options = {"http_client": http_client()} if http_client else {}
        async with anthropic.AsyncAnthropic(base_url=url, api_key="key", max_retries=0, **options) as client:
            try:
                async for each in await client.messages.create(**ASKED, max_tokens=9, stream=True):
                    received.append(each.model_dump())
            except Exception as error:
                received.append(told(error))
        return received

    return lambda url: asyncio.run(ask(url))


MESSAGE_CLIENTS = {
    "sync": messages,
    "async": messages_async(None),
    "aiohttp": messages_async(anthropic.DefaultAioHttpClient),
}


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer({}) as running:
        yield running


def check(name: str, script: Script, ask: Callable[[], Received], folder: Path) -> None:
    without = ask()
    with rx.recording(folder) as recording:
        within = ask()

    assert within == without
    assert within, "something was received, be it an error"
    [document] = documents(recording.paths)
    assert document["wire"]["status"] == script.status
    assert wire_bytes(document) == script.body
    assert document["timing"]["end"] in GIVEN_UP.get(name, {"server broke off" if name in BROKEN else "complete"})
    assert recording.lost == (0, 0, 0)
    assert recording.corpus().problems.empty or name == "cut off in a character"


@pytest.mark.parametrize("name", CHATS)
@pytest.mark.parametrize("client", CHAT_CLIENTS)
def test_chat_completions(client: str, name: str, server: ScriptedServer, tmp_path: Path) -> None:
    script = server.scripts[CHAT] = CHATS[name]

    check(name, script, lambda: CHAT_CLIENTS[client](server.url, name != "a whole answer"), tmp_path)


@pytest.mark.parametrize("name", MESSAGE_STREAMS)
@pytest.mark.parametrize("client", MESSAGE_CLIENTS)
def test_messages(client: str, name: str, server: ScriptedServer, tmp_path: Path) -> None:
    script = server.scripts[MESSAGES] = MESSAGE_STREAMS[name]

    check(name, script, lambda: MESSAGE_CLIENTS[client](server.url), tmp_path)
