"""The server that answers with recordings: an application of aiohttp, for 127.0.0.1 alone.

Takes a corpus and `Options`, gives an application; clients get recorded bytes at recorded times, a miss a 404 that says what
is nearest. Times are kept against the moment when the request was there, so that no lateness adds up. Nobody else is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from aiohttp import web

from recexplore.capture.guards import refusal
from recexplore.capture.local_server import SERVER_NAME, STATUS_PATH, error_answer
from recexplore.capture.replay.answer import Answer, NotReplayable
from recexplore.capture.replay.asked import asked_request
from recexplore.capture.replay.faults import Faults, at_speed, with_faults
from recexplore.capture.replay.kept_requests import Asked, KeptRequests
from recexplore.capture.replay.matches import Match, Matches
from recexplore.capture.replay.recorded_answer import answer_of
from recexplore.corpus import Corpus, Recording
from recexplore.matching.request import Request
from recexplore.model.counts import count
from recexplore.model.errors import SourceChanged

__all__ = ["Change", "Options", "Replay"]

_NS: Final = 1e-9
_MOST_BYTES: Final = 1 << 28
"""Of a request: images travel in them."""
_KEPT_ANSWERS: Final = 256
_MOST_ON_THE_LOOP: Final = 1 << 16
"""Bytes of a request that is looked up between the reads of other answers; others are in a thread."""


Change: TypeAlias = Callable[[Recording, Answer], tuple[Answer, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Options:
    """How recordings are answered.

    Attributes
    ----------
    speed
        How many times as fast as recorded; 0: at once.
    loose
        Whether the nearest recording answers where none is the same.
    run
        Which run of a request always answers, from 1; None: all, in turn.
    faults
        What goes wrong in every answer that has room for it.
    change
        What makes another answer of each recording, and says in words what it did; None where they stay as they are.
    """

    speed: float = 1.0
    loose: bool = False
    run: int | None = None
    faults: Faults = field(default_factory=Faults)
    change: Change | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.speed < float("inf"):
            raise ValueError(f"speed takes a number from 0 on, not {self.speed}")
        if self.run is not None and self.run < 1:
            raise ValueError(f"run takes a number from 1 on, not {self.run}")


class Replay:
    """Answers requests with the recordings of a corpus.

    Parameters
    ----------
    most_body_bytes
        How many bytes of the latest requests' bodies are kept.

    Attributes
    ----------
    n_requests, n_misses, n_refused, n_open
        How many came, how many of them no recording answered, how many were refused, and how many are being answered.
    on_change
        Called whenever one of these changes.
    """

    def __init__(self, corpus: Corpus, options: Options = Options(), *, most_body_bytes: int = 0) -> None:
        _require_chunks(corpus, options.faults)
        self._corpus, self._options = corpus, options
        self._matches = Matches(corpus, loose=options.loose, run=options.run)
        self._is_cut_into_chunks = bool(options.faults.of_chunks) or options.change is not None
        self._lock = Lock()
        self._answer = lru_cache(_KEPT_ANSWERS)(self._made)
        self._requests, self._keeps_bodies = KeptRequests(most_body_bytes), most_body_bytes > 0
        self.n_requests = self.n_misses = self.n_refused = self.n_open = 0
        self.on_change: Callable[[], None] = lambda: None

    @property
    def asked(self) -> list[Asked]:
        """The latest requests, the last one last."""
        return self._requests.latest()

    def application(self) -> web.Application:
        """The application; one for each event loop."""
        app = web.Application(client_max_size=_MOST_BYTES, middlewares=[self._guarded])
        app.router.add_get(STATUS_PATH, self._status)
        app.router.add_route("*", "/{path:.*}", self._respond)
        return app

    @property
    def status(self) -> dict[str, Any]:
        """What ``GET /recexplore/status`` says."""
        return {
            "recordings": len(self._corpus),
            "requests": self.n_requests,
            "hits": self.n_requests - self.n_misses,
            "misses": self.n_misses,
            "refused": self.n_refused,
            "open": self.n_open,
            "speed": self._options.speed,
            "loose": self._options.loose,
        }

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Any) -> web.StreamResponse:
        port = request.get_extra_info("sockname", (None, 0))[1]
        refused = refusal(request.headers.items(), port)
        if refused is not None:
            self.n_refused += 1
            self.on_change()
            return error_answer(refused.status, "recexplore_refused", refused.reason)
        response: web.StreamResponse = await handler(request)
        return response

    async def _status(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self.status)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        began = asyncio.get_running_loop().time()
        self.n_requests += 1
        self.n_open += 1
        self.on_change()
        try:
            is_long = self._options.loose or len(body) > _MOST_ON_THE_LOOP
            of = (request.method, request.raw_path, body)
            asked, match = await asyncio.to_thread(self._found, *of) if is_long else self._found(*of)
            if match is None:
                miss = await asyncio.to_thread(self._matches.miss, asked)
                self._note(request, body, None, miss.reason)
                said = f"No recording answers {request.method} {request.path[:200]!r}. {miss.reason}"
                nearest = [each.as_json() for each in miss.nearest]
                return error_answer(404, "recexplore_no_recording", said, nearest=nearest)
            try:
                answer, faults = await asyncio.to_thread(self._answer, match.recording)
            except (NotReplayable, SourceChanged) as error:
                self._note(request, body, None, str(error))
                return error_answer(501, "recexplore_not_replayable", str(error))
            self._note(request, body, match.recording.id, None)
            # What took longer to make than its header takes to come is as much later, and its gaps stay.
            began = max(began, asyncio.get_running_loop().time() - answer.headers_ns * _NS)
            return await _play(request, answer, _headers(match, answer, faults), began)
        finally:
            self.n_open -= 1
            self.on_change()

    def _found(self, method: str, target: str, body: bytes) -> tuple[Request, Match | None]:
        asked = asked_request(method, target, body)
        return asked, self._matches.find(asked)

    def _made(self, recording: Recording) -> tuple[Answer, tuple[str, ...]]:
        with self._lock:  # a corpus keeps the file that it read last
            answer, changes = answer_of(recording, unpacked=self._is_cut_into_chunks), tuple[str, ...]()
            if self._options.change is not None:
                answer, changes = self._options.change(recording, answer)
        answer, faults = with_faults(at_speed(answer, self._options.speed), self._options.faults)
        return answer, (*changes, *faults)

    def _note(self, request: web.Request, body: bytes, recording: str | None, reason: str | None) -> None:
        kept = body if self._keeps_bodies else b""
        self._requests.add(Asked(request.method, request.path, kept, recording, reason))
        self.n_misses += recording is None
        self.on_change()


def _require_chunks(corpus: Corpus, faults: Faults) -> None:
    """Raise where no recording has a chunk that is to be tampered with."""
    counts = corpus.recordings["n_chunks"].tolist()
    most = max(counts, default=0)
    for name, needs in faults.of_chunks.items():
        if needs > most:
            longest = (
                f"{corpus.recordings['recording'].iloc[counts.index(most)]} has {most}" if counts else "there is none"
            )
            raise ValueError(
                f"{name.replace('_', '-')}: no recording has {needs} chunks or more; the longest, {longest}"
            )


def _headers(match: Match, answer: Answer, faults: tuple[str, ...]) -> Mapping[str, str]:
    """What is said beside the recorded header."""
    said = {
        "x-recexplore-recording": quote(match.recording.id, safe=" #/:;,()[]{}=+@!&'*~"),
        "x-recexplore-bytes": _bytes_in_words(answer),
    }
    if match.n_runs > 1:
        said["x-recexplore-run"] = f"{match.run} of {match.n_runs}"
    if match.likeness < 1:
        said["x-recexplore-likeness"] = f"{match.likeness:.2f}"
    if faults:
        said["x-recexplore-faults"] = "; ".join(faults)
    return said


def _bytes_in_words(answer: Answer) -> str:
    made = "recorded" if answer.is_recorded else "made again"
    return f"{made} up to where {count(answer.lost_reads, 'read')} got lost" if answer.lost_reads else made


async def _play(request: web.Request, answer: Answer, more: Mapping[str, str], began: float) -> web.StreamResponse:
    """Send the answer, each read at its time after the request was there."""
    loop = asyncio.get_running_loop()

    async def wait_for(t_ns: int) -> None:
        if (wait := began + t_ns * _NS - loop.time()) > 0:
            await asyncio.sleep(wait)

    if answer.ending == "unanswered":
        await wait_for(answer.ended_ns)
        return _hung_up(request, web.Response())
    response = web.StreamResponse(status=answer.status)
    for name, value in answer.headers:
        response.headers.add(name, value)
    response.headers.update(more)
    response.headers.setdefault("server", SERVER_NAME)
    response.content_length = _length(answer)
    await wait_for(answer.headers_ns)
    await response.prepare(request)
    for t_ns, data in answer.reads:
        await wait_for(t_ns)
        await response.write(data)
    if answer.ending == "complete":
        await wait_for(answer.ended_ns)
        await response.write_eof()
        return response
    await wait_for(answer.ended_ns)
    return _hung_up(request, response)


def _length(answer: Answer) -> int | None:
    """What the header says of the body's length: what was recorded, where it still holds."""
    n_bytes, said = sum(len(read.data) for read in answer.reads), answer.content_length
    if said is None or (said != n_bytes if answer.ending == "complete" else said <= n_bytes):
        return None
    return said


def _hung_up(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """End the connection behind what was sent, with nothing that says that it was all."""
    if request.transport is not None:
        request.transport.close()
    return response
