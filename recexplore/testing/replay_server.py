"""Recordings that answer the client of a test: what the fixture ``recexplore_replay`` gives.

Takes places of recordings and what is to go wrong, gives a server in a thread, which is gone when the test ends. Asks nobody
else: a request that was not recorded is a miss.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from recexplore.corpus import Corpus

if TYPE_CHECKING:
    from recexplore.capture.replay.kept_requests import Asked
    from recexplore.capture.replay.server import Replay

__all__ = ["ReplayServer", "Start", "replaying", "starting"]

_MOST_BODY_BYTES: Final = 1 << 28
Places: TypeAlias = "str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | Corpus"


class ReplayServer:
    """A server that answers with recordings.

    Attributes
    ----------
    url
        Its address, without a path: a client of OpenAI takes ``f"{server.url}/v1"``, one of Anthropic ``server.url``.
    """

    def __init__(self, url: str, replay: Replay) -> None:
        self.url, self._replay = url, replay

    @property
    def requests(self) -> list[Asked]:
        """The requests that came, each with its ``method``, ``path``, ``body`` (bytes) and the id of the ``recording`` that
        answered it: the latest 10,000, with bodies of 256 MB at most."""
        return list(self._replay.asked)

    @property
    def misses(self) -> list[Asked]:
        """Those that no recording answered; their ``reason`` says why."""
        return [each for each in self.requests if each.recording is None]

    def __repr__(self) -> str:
        return f"ReplayServer: {self.url}, {len(self.requests)} requests, {len(self.misses)} misses"


class Start(Protocol):
    """Starts a server for one test."""

    def __call__(self, recordings: Places, **options: Any) -> ReplayServer:
        """Answer with recordings.

        Parameters
        ----------
        recordings
            A place or several, as `recexplore.load` takes them, or a corpus.
        options
            Those of `recexplore.capture.replay.server.Options` and `recexplore.capture.replay.faults.Faults`: ``speed``,
            ``loose``, ``run``, ``stall_at``, ``stall_s``, ``cut_at``, ``drop``, ``duplicate``, ``swap``, ``split_bytes``,
            ``jitter_ms``, ``seed``; and ``defect``: the id of a rule, whose defect is put into every answer that has room
            for it.

        Raises
        ------
        ValueError
            No recording was found there, or none has the chunk that something is to happen to, or room for the defect.
        """


@contextmanager
def starting() -> Iterator[Start]:
    """What starts servers, which end when this does."""
    with ExitStack() as running:

        def start(recordings: Places, *, defect: str | None = None, **options: Any) -> ReplayServer:
            if find_spec("aiohttp") is None:
                raise ImportError("recexplore_replay needs aiohttp: install recexplore[capture]")
            from recexplore.capture.replay.faults import Faults
            from recexplore.capture.replay.served import in_a_thread
            from recexplore.capture.replay.server import Options, Replay

            of_faults = {each.name for each in fields(Faults)}
            faults = Faults(**{name: value for name, value in options.items() if name in of_faults})
            others = {name: value for name, value in options.items() if name not in of_faults}
            corpus = _corpus(recordings)
            if defect is not None:
                from recexplore.testing.replayed_defects.defect import defect_in

                others["change"] = defect_in(corpus, defect, faults.seed)
            replay = Replay(corpus, Options(faults=faults, **others), most_body_bytes=_MOST_BODY_BYTES)
            return ReplayServer(running.enter_context(in_a_thread(replay)), replay)

        yield start


@contextmanager
def replaying(recordings: Places, **options: Any) -> Iterator[ReplayServer]:
    """Answer any client with recordings, in recorded time, as long as this is open (docs/replaying.md).

    The server listens at 127.0.0.1, in a thread of its own, and asks nobody else: a request that was not recorded is
    answered with status 404 and what is nearest.

    Parameters
    ----------
    recordings
        A place or several, as `recexplore.load` takes them, or a corpus.
    options
        ``speed`` (times as fast as recorded, 0: at once), ``loose`` (the nearest recording answers), ``run`` (which run of a
        request, from 1), what goes wrong on purpose (``stall_at`` and ``stall_s``, ``cut_at``, ``drop``, ``duplicate``,
        ``swap``, ``split_bytes``, ``jitter_ms``, ``seed``), and ``defect``: the id of a rule, whose defect is put into every
        answer that has room for it.

    Yields
    ------
    ReplayServer
        Its ``url``, the ``requests`` that came, and the ``misses`` among them.

    Raises
    ------
    ImportError
        aiohttp is not installed: ``pip install 'recexplore[capture]'``.
    ValueError
        No recording was found there, or none has the chunk that something is to happen to, or room for the defect.

    Examples
    --------
    >>> import urllib.request, recexplore as rx
    >>> with rx.replaying("recordings/", speed=0) as server:
    ...     status = urllib.request.urlopen(f"{server.url}/recexplore/status").status
    >>> status
    200
    """
    with starting() as start:
        yield start(recordings, **options)


def _corpus(recordings: Places) -> Corpus:
    if isinstance(recordings, Corpus):
        return recordings
    from recexplore.api import load

    corpus = load(recordings, progress=False)
    if not len(corpus):
        problem = f": {corpus.unread[0]}" if corpus.unread else ""
        raise ValueError(f"no recording was found in {corpus.where}{problem}")
    return corpus
