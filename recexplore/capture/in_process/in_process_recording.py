"""Recording what the HTTP clients of this process receive.

Takes a folder; while a recording is open, every exchange of httpx, httpx2 and aiohttp, in whatever thread or task and by
whatever client, becomes a file of the folder. Imports none of these libraries: those that are imported, or will be, have
their transports replaced by ones that tell, and get back what they had when the last recording is closed.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Final

from recexplore.capture.in_process import aiohttp_tap, httpx_transport
from recexplore.capture.in_process.import_watch import ImportWatch
from recexplore.capture.in_process.off_the_loop import off_the_loop
from recexplore.capture.in_process.recorder import Lost, Only, Recorder, warn_of
from recexplore.capture.in_process.replaced_method import ReplacedMethod
from recexplore.model.counts import count

if TYPE_CHECKING:
    from recexplore.corpus import Corpus

__all__ = ["InProcessRecording"]

_LIBRARIES: Final = {
    "httpx": httpx_transport.replaced_methods,
    "httpx2": httpx_transport.replaced_methods,
    "aiohttp": aiohttp_tap.replaced_methods,
}


class InProcessRecording:
    """Records while it is open, ``with`` or ``async with``; made by `recexplore.recording`.

    Attributes
    ----------
    folder
        Where the recordings are.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        load: Callable[[list[Path]], Corpus],
        *,
        test_id: str | None = None,
        only: Only = None,
    ) -> None:
        self.folder: Final = Path(folder)
        self._load, self._test_id, self._only = load, test_id, only
        self._recorder: Recorder | None = None
        self._process = 0

    @property
    def paths(self) -> list[Path]:
        """The recordings, in the order of the requests; while it is open, the journals that they will be made of."""
        return [] if self._recorder is None else self._recorder.paths

    @property
    def lost(self) -> Lost:
        """What clients received and no recording holds; to be asked when the recording is closed."""
        return Lost() if self._recorder is None else self._recorder.lost

    def corpus(self) -> Corpus:
        """Load just these recordings; while the recording is open, what there is of them."""
        return self._load(self.paths)

    def __repr__(self) -> str:
        return f"InProcessRecording: {count(len(self.paths), 'exchange')} in {self.folder}"

    def __enter__(self) -> InProcessRecording:
        if self._recorder is not None:
            raise RuntimeError(
                "expected a recording that was not opened before; make another with recexplore.recording()"
            )
        self._recorder, self._process = Recorder(self.folder, test_id=self._test_id, only=self._only), os.getpid()
        _PROCESS.add(self._recorder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if recorder := self._leave():
            warn_of(recorder.close(), error)

    async def __aenter__(self) -> InProcessRecording:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if recorder := self._leave():
            warn_of(await off_the_loop(recorder.close), error)

    def _leave(self) -> Recorder | None:
        """Take no new exchange; None in a child that was forked, whose recording it is not."""
        if self._recorder is None or self._process != os.getpid():
            return None
        _PROCESS.remove(self._recorder)
        return self._recorder


class _Process:
    """The recordings that are open in this process, and what makes its clients tell."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recorders: list[Recorder] = []
        self._methods: dict[ModuleType, list[ReplacedMethod]] = {}
        self._watch = ImportWatch(_LIBRARIES, self._replace)

    def add(self, recorder: Recorder) -> None:
        with self._lock:
            self._recorders.append(recorder)
            if len(self._recorders) > 1:
                return
            self._watch.start()
        for name in _LIBRARIES:
            if name in sys.modules:
                # One that another thread imports just now is waited for.
                self._replace(importlib.import_module(name))

    def remove(self, recorder: Recorder) -> None:
        with self._lock:
            if recorder in self._recorders:
                self._recorders.remove(recorder)
            if not self._recorders:
                self._watch.stop()
                for method in chain.from_iterable(self._methods.values()):
                    method.restore()

    def choose(self, url: str) -> list[Recorder]:
        """Who records the exchange with a URL."""
        with self._lock:
            recorders = tuple(self._recorders)
        return [recorder for recorder in recorders for _ in recorder.chosen(url)]

    def forget(self) -> None:
        """In a child that was forked: recordings are its parent's, and so is whoever held the lock."""
        self._lock = threading.Lock()
        self._recorders.clear()

    def _replace(self, module: ModuleType) -> None:
        with self._lock:
            if not self._recorders:
                return
            try:
                if module not in self._methods:
                    self._methods[module] = _LIBRARIES[module.__name__](module, self.choose)
                for method in self._methods[module]:
                    method.put()
            except (AttributeError, KeyError) as error:
                what = f"{module.__name__} is not made as expected, and was not recorded: {error!r}"
                for recorder in self._recorders:
                    recorder.failed(what)


_PROCESS: Final = _Process()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_PROCESS.forget)
