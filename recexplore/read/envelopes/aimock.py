"""Fixtures of aimock (once llmock), a mock server that records: ``{"fixtures": [{"match": …, "response": …}]}``.

Takes a JSON document, gives one exchange a fixture. Of a request only what it is matched by is known. Of a stream the
recorder keeps what it adds up to, and in ``recordedTimings`` when its frames came: milliseconds from the request to the
first frame, then from frame to frame. So the frames are chunks with a time that hold nothing (empty objects), and the
answer is one more behind them without a time, for nobody noted which frame brought what. Fixtures of AG-UI hold the events
of a stream. How fast a fixture is to be replayed (``latency``, ``streamingProfile``) was not measured; it is kept in
``extra``. Source of the fields: https://github.com/CopilotKit/aimock/blob/main/src/types.ts, and of what is recorded
https://github.com/CopilotKit/aimock/blob/main/src/recorder.ts and https://aimock.copilotkit.dev/record-replay.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import partial
from itertools import accumulate
from typing import Final

from recexplore.model.exchange import CHUNK, Exchange, Json, Problem
from recexplore.model.json_text import to_json_text
from recexplore.read.wire.content import Content
from recexplore.read.wire.http_exchange import object_in
from recexplore.read.wire.measured_clock import set_measured
from recexplore.read.wire.records import items_at, read_items

__all__ = ["NAME", "read", "sniff"]

NAME: Final = "aimock"

_FIXTURES: Final = ("fixtures",)
_HOLDS: Final = frozenset(["response", "events"])
_RECORDED: Final = frozenset(["recordedTimings", "metadata"])
_FAILED: Final = 500
"""With what status aimock answers an error that says none."""
_MOST_MS: Final = 1e13
_FILE: Final = re.compile(
    r"(?:(?:.*/)?(?P<test>[^/]+)/)?(?P<provider>openai|anthropic|gemini|gemini-interactions|vertexai|bedrock|azure|ollama"
    r"|cohere|elevenlabs|fal|openrouter|veo|grok|byteplus)(?P<stamp>-\d{4}-\d\d-\d\dT[\w-]+)?\.json"
)
"""``TEST/PROVIDER.json`` where a test named itself, else ``PROVIDER-TIME-ID.json``."""


def sniff(content: Content) -> float:
    if not content.looks_like_json or content.is_lines:
        return 0.0
    return float(any(map(_is_fixture, items_at(content.document, _FIXTURES))))


def _is_fixture(value: Json) -> bool:
    return isinstance(value, dict) and isinstance(value.get("match"), dict) and not _HOLDS.isdisjoint(value)


def read(content: Content) -> Iterator[Exchange | Problem]:
    beside = {name: value for name, value in content.document.value.items() if name not in _FIXTURES}
    fill = partial(_fill, _FILE.fullmatch(content.name))
    for exchange in read_items(content.document, _FIXTURES, NAME, fill, called="a fixture"):
        if isinstance(exchange, Exchange) and exchange.number == 0:
            exchange.extra = {**(exchange.extra or {}), **beside}
        yield exchange


def _fill(named: re.Match[str] | None, exchange: Exchange, fixture: dict[str, Json]) -> None:
    _read(exchange, fixture)
    if named is not None and ("turnIndex" in exchange.request or not _RECORDED.isdisjoint(fixture)):
        exchange.provider = named["provider"]
        exchange.test_id = None if named["stamp"] else named["test"]


def _note(exchange: Exchange, what: str, expected: str, found: Json, hint: str) -> None:
    exchange.problems.append(Problem(what, expected, to_json_text(found)[:80], hint))


def _read(exchange: Exchange, fixture: dict[str, Json]) -> None:
    exchange.request = object_in(exchange, fixture, "match")
    held = "events" if isinstance(fixture.get("events"), list) else "response"
    exchange.extra = {name: value for name, value in fixture.items() if name not in ("match", held)}
    if held == "events":
        exchange.chunks, exchange.streaming, exchange.chunk_path = fixture[held], True, (held, CHUNK)
    elif held in fixture:
        exchange.chunks, exchange.chunk_path = [fixture[held]], (held,)
        _status(exchange, fixture[held])
        _frames(exchange, fixture)
    else:
        expected, hint = "`response`, or `events`", "write it, or leave the fixture out"
        _note(exchange, "a fixture holds no answer", expected, sorted(fixture), hint)


def _status(exchange: Exchange, response: Json) -> None:
    if not isinstance(response, dict):
        _note(exchange, "`response` is not as recorded", "an object", response, "read as it stands")
        return
    status = response.get("status", _FAILED if response.get("error") else None)
    exchange.status = status if type(status) is int else None


def _frames(exchange: Exchange, fixture: dict[str, Json]) -> None:
    """The frames that the answer came in, where somebody timed them."""
    timings = fixture.get("recordedTimings")
    if timings is None:
        return
    first, gaps, whole = (
        timings.get(name) if isinstance(timings, dict) else None
        for name in ("ttftMs", "interChunkDelaysMs", "totalDurationMs")
    )
    if not isinstance(gaps, list) or not all(map(_is_time, [first, *gaps])):
        expected = "`ttftMs` and `interChunkDelaysMs`, milliseconds"
        _note(exchange, "`recordedTimings` are not as recorded", expected, timings, "kept in `extra`")
        return
    came_ms = list(accumulate([first, *gaps]))
    exchange.chunks = [*({} for _ in came_ms), *exchange.chunks]
    exchange.streaming = True
    set_measured(exchange, [*came_ms, None], 0, per_second=1e3)
    if whole is None or (_is_time(whole) and math.isclose(whole, came_ms[-1])):
        exchange.extra = {name: value for name, value in (exchange.extra or {}).items() if name != "recordedTimings"}


def _is_time(value: Json) -> bool:
    return type(value) in (int, float) and -_MOST_MS < value < _MOST_MS
