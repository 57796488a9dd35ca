"""A place that is open: loaded, asked about, and loaded again when its files change.

Takes what `recexplore.load` takes, gives answers to a page's questions and tells listeners what happened. Reading goes on in
one thread and answering in another, so that a page is answered while its folder is read again; what is answered is always
one state of the place, told by its revision. While a place is first read, what is read so far is such a state, without
findings.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, Final

import watchfiles

from recexplore.checks.run import check
from recexplore.checks.settings import Settings
from recexplore.corpus import Corpus
from recexplore.model.credentials import Credentials
from recexplore.model.exchange import NOT_YET
from recexplore.read.load import read_corpus
from recexplore.read.workers import Amount, ProgressListener, without_collector
from recexplore.server.changes import Snapshot, difference, snapshot, watched_folders
from recexplore.server.errors import OutOfDate
from recexplore.server.file_now import file_now
from recexplore.server.finished_journals import ids_by_place, recordings_of_journals
from recexplore.server.notices import ChangedRecordings, Loading, Notice
from recexplore.views.explorer.answers import Answer, Answers
from recexplore.views.explorer.coming import Look

__all__ = ["OpenCorpus"]

_LOOK_ANYWAY_S: Final = 5
"""Not every disk tells what changes on it, and no disk tells everything: so often is looked without being told."""
_LOOK_AGAIN_S: Final = 0.1
_QUIET_MS: Final = 150
_MOST_NAMED: Final = 1_000
_TELL_EVERY_S: Final = 0.25
"""Between two words on how far reading is."""

_STARTING: Final[Loading] = {"state": "loading", "words": "", "share": 0.0, "revision": None, "changes": {}}


class OpenCorpus:
    """One place, open.

    Parameters
    ----------
    places
        Files, folders, globs, archives, URLs.
    rev
        A git revision of them.
    prices
        The path of a table of what tokens cost.
    settings
        Gives those of ``recexplore check``, which say what is accepted; None: nothing is.
    within
        The folder below which accepting may write; anywhere, if None.
    credentials
        As `recexplore.load` has it.

    Attributes
    ----------
    notice : Notice
        What was told last.
    """

    def __init__(
        self,
        places: Sequence[str],
        *,
        rev: str | None = None,
        prices: str | None = None,
        settings: Callable[[], Settings] | None = None,
        within: str | None = None,
        credentials: Credentials = "masked",
    ) -> None:
        self._places, self._rev, self._prices = tuple(places), rev, prices
        self._settings, self._within, self._credentials = settings, within, credentials
        self._states: deque[tuple[int, Answers]] = deque(maxlen=2)
        self._seen: Snapshot = {}
        self._listeners: set[Callable[[Notice], None]] = set()
        self._reading: Executor = ThreadPoolExecutor(1, "recexplore-reading")
        self._answering: Executor = ThreadPoolExecutor(1, "recexplore-answering")
        self._loop = asyncio.get_running_loop()
        self.notice: Notice = _STARTING
        self._is_whole = False
        # Of the reading thread: what it handed on last; the loop may not have come to it yet.
        self._grown: Corpus | None = None
        self._told_s = 0.0
        self._following = asyncio.ensure_future(self._follow())

    async def answer(
        self, question: str, given: Mapping[str, Any], revision: int | None = None
    ) -> tuple[int, Answer[Any]]:
        """The answer, and the revision that it is about; the newest one if none is named.

        Raises
        ------
        OutOfDate
            The revision is let go of.
        LookupError
            Nothing is loaded yet, or what is asked about is not there.
        """
        if not self._states:
            failed = self.notice["words"] if self.notice["state"] == "failed" else None
            raise LookupError(failed or "the recordings are still being read")
        for number, answers in reversed(self._states):
            if revision in (None, number):
                return number, await self._loop.run_in_executor(self._answering, answers.answer, question, given)
        raise OutOfDate(f"revision {revision} is no longer known, {self._states[-1][0]} is")

    def listen(self, listener: Callable[[Notice], None]) -> Callable[[], None]:
        """Tell ``listener`` what happened last and what will; gives a function that ends it."""
        self._listeners.add(listener)
        listener(self.notice)
        return lambda: self._listeners.discard(listener)

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    async def close(self) -> None:
        """Read and follow no longer."""
        self._following.cancel()
        with suppress(asyncio.CancelledError):
            await self._following
        self._reading.shutdown(wait=False, cancel_futures=True)
        self._answering.shutdown(wait=False, cancel_futures=True)

    def _tell(self, notice: Notice) -> None:
        self.notice = notice
        for listener in tuple(self._listeners):
            listener(notice)

    async def _follow(self) -> None:
        await self._read()
        while self._rev is None and watched_folders(self._places):
            async for _ in self._hints():
                while await self._read():
                    await asyncio.sleep(_LOOK_AGAIN_S)

    async def _hints(self) -> AsyncIterator[object]:
        """Comes whenever something may have changed."""
        folders = watched_folders(self._places)
        hint = asyncio.Event()
        watching = [asyncio.ensure_future(_watch(paths, is_deep, hint)) for is_deep, paths in folders.items()]
        try:
            # One turn of the loop, and they watch; what happened before that is looked for now.
            await asyncio.sleep(0)
            yield None
            while folders == watched_folders(self._places):
                with suppress(TimeoutError):
                    await asyncio.wait_for(hint.wait(), _LOOK_ANYWAY_S)
                hint.clear()
                yield None
        finally:
            for each in watching:
                each.cancel()
            await asyncio.gather(*watching, return_exceptions=True)

    async def _read(self) -> bool:
        """Load the place if it is not as it was; gives whether it was not."""
        seen = await self._in_reading(snapshot, self._places)
        if self._is_whole and not difference(self._seen, seen):
            return False
        self._seen = seen
        try:
            answers = await self._in_reading(self._load)
        except Exception as error:  # whatever a place does to whoever reads it, what was read before stays
            # Nothing equals this, so that it is tried again at the next hint.
            self._seen = {"": object()}
            self._tell({"state": "failed", "words": f"{error}" or type(error).__name__})
            return False
        changes = self._changes(answers.corpus)
        if not self._is_whole or changes or self.notice["state"] != "ready":
            self._is_whole, self._grown = True, None
            self._tell({"state": "ready", "revision": self._keep(answers), "changes": changes})
        return True

    def _keep(self, answers: Answers) -> int:
        """Answer with these from now on; gives their revision."""
        revision = self._states[-1][0] + 1 if self._states else 1
        self._states.append((revision, answers))
        return revision

    def _changes(self, corpus: Corpus) -> ChangedRecordings:
        """What pages that show the newest state are told of the next; of one that only grows, what became of ids."""
        if not self._states:
            return {}
        _, newest = self._states[-1]
        if self._is_whole:
            return _changes_of_recordings(newest.corpus, corpus)
        return {"renamed": _renamed(newest.corpus, corpus)}

    @without_collector()
    def _load(self) -> Answers:
        corpus = read_corpus(
            list(self._places),
            check=partial(check, progress=self._listener("looking for what is wrong:")),
            progress=self._listener("reading"),
            rev=self._rev,
            credentials=self._credentials,
            growing=None if self._is_whole else self._grow,
        )
        if self._grown is not None and not self._is_whole:
            # Reading took long; so do the rules, and meanwhile everything can be looked at.
            self._grow(corpus)
        return Answers(
            corpus,
            prices=self._prices,
            settings=self._settings,
            within=self._within,
            look=self._look,
            before=self._states[-1][1] if self._states else None,
        )

    @property
    def _look(self) -> Look | None:
        """What looks at files; those of a revision never change."""
        return file_now if self._rev is None else None

    def _grow(self, corpus: Corpus) -> None:
        """Show what is read so far."""
        before = self._grown
        # What is read once more, because something failed, is shown when it is more than what is there.
        if self._is_whole or len(corpus) <= (0 if before is None else len(before)):
            return
        self._grown = corpus
        answers = Answers(corpus, False, self._prices, is_growing=True, look=self._look)
        changes: ChangedRecordings = {} if before is None else {"renamed": _renamed(before, corpus)}
        self._loop.call_soon_threadsafe(self._tell_growth, answers, changes)

    def _tell_growth(self, answers: Answers, changes: ChangedRecordings) -> None:
        self._tell({**self._loading, "revision": self._keep(answers), "changes": changes})

    def _listener(self, doing: str) -> ProgressListener:
        """What tells how far this is."""
        return ProgressListener(partial(self._hear, doing))

    def _hear(self, doing: str, amount: Amount) -> None:
        """Tell how far something is, now and then."""
        now_s = time.monotonic()
        if not self._is_whole and (now_s - self._told_s > _TELL_EVERY_S or amount.n == amount.of):
            self._told_s = now_s
            words = ", ".join(filter(None, [f"{doing} {amount.words}", amount.words_of_rest]))
            self._loop.call_soon_threadsafe(self._tell_share, words, amount.share)

    def _tell_share(self, words: str, share: float) -> None:
        self._tell({**self._loading, "words": words, "share": share, "changes": {}})

    @property
    def _loading(self) -> Loading:
        """What was told last of how far reading is."""
        return self.notice if self.notice["state"] == "loading" else _STARTING

    async def _in_reading(self, work: Callable[..., Any], *given: Any) -> Any:
        return await self._loop.run_in_executor(self._reading, work, *given)


async def _watch(folders: Sequence[str], is_deep: bool, hint: asyncio.Event) -> None:
    """Sets ``hint`` on every change; where the disk tells nothing, `OpenCorpus` looks anyway."""
    with suppress(OSError, RuntimeError):
        async for _ in watchfiles.awatch(
            *folders,
            recursive=is_deep,
            watch_filter=None,
            debounce=_QUIET_MS * 2,
            step=_QUIET_MS,
            ignore_permission_denied=True,
        ):
            hint.set()


def _renamed(before: Corpus, after: Corpus) -> dict[str, str | None]:
    """What became of the ids of recordings that have others now, None of those that are gone. A journal that is gone became
    the recording that came in its place."""
    old, new, became = ids_by_place(before), ids_by_place(after), recordings_of_journals(before, after)
    now = {place: new.get(place if place in new else became.get(place, place)) for place in old}
    return {id_: now[place] for place, id_ in old.items() if now[place] != id_}


def _changes_of_recordings(before: Corpus, after: Corpus) -> ChangedRecordings:
    """What pages are told: how many files are new, changed or gone, what became of recordings by the ids they had; nothing
    where a file was only touched. A journal that goes on is not another one."""
    changes = difference(before.checksums, after.checksums)
    if not changes and _beside(before) == _beside(after):
        return {}
    touched = {*changes.new, *changes.changed}
    return {
        "new": len(changes.new),
        "changed": len({*changes.changed} - _coming(before)),
        "gone": len(changes.gone),
        "recordings": [id_ for place, id_ in ids_by_place(after).items() if place[0] in touched][:_MOST_NAMED],
        "renamed": _renamed(before, after),
    }


def _beside(corpus: Corpus) -> tuple[object, ...]:
    """What was met beside recordings."""
    return corpus.unread, corpus.skipped_files


def _coming(corpus: Corpus) -> set[str]:
    """The paths of recordings without an end."""
    about = corpus.recordings
    return {*about.loc[about["ended"] == NOT_YET, "path"]}
