"""The places that are open, by the path that pages know them by.

Takes paths below the server's folder, gives `OpenCorpus`es; opens each once, and closes what nobody has looked at for long.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from recexplore.model.credentials import Credentials
from recexplore.read.workers import without_collector
from recexplore.server.errors import OutsideRoot

if TYPE_CHECKING:
    from recexplore.checks.settings import Settings
    from recexplore.server.open_corpus import OpenCorpus

__all__ = ["OpenCorpora"]

_OWN: Final = ""
_KEPT_UNHEARD_S: Final = 600
_LOOK_EVERY_S: Final = 60
_MOST_COUNTED: Final = 1_000


def _settings_below(root: str, place: str) -> Settings:
    """The settings that hold for a place; none of a folder above the server's, where a page has nothing to write."""
    from recexplore.checks.settings import Settings, read_settings

    settings = read_settings(place if os.path.isdir(place) else os.path.dirname(place))
    is_below = settings.root and os.path.commonpath([os.path.realpath(settings.root), root]) == root
    return settings if is_below else Settings(root=root)


class OpenCorpora:
    """Places below a folder, and the one that the server was started with.

    Parameters
    ----------
    root
        The server's folder; paths of pages are relative to it.
    own
        The places the server was started with, wherever they are; none where it was started for something else.
    rev
        A git revision of them.
    credentials
        As `recexplore.load` has it, for these places.
    """

    def __init__(
        self,
        root: str,
        own: Sequence[str] = (),
        *,
        rev: str | None = None,
        prices: str | None = None,
        credentials: Credentials = "masked",
    ) -> None:
        self._root, self._places = os.path.realpath(root), tuple(own)
        self._rev, self._prices, self._credentials = rev, prices, credentials
        self._open: dict[str, OpenCorpus] = {}
        self._unheard_s: dict[str, float] = {}
        self._sweeping: asyncio.Task[None] | None = None

    @property
    def has_own(self) -> bool:
        return bool(self._places)

    def opened(self, path: str) -> OpenCorpus:
        """The place of a path, opened if it is not; has to be called where an event loop runs.

        Raises
        ------
        OutsideRoot
            The path leads out of the server's folder.
        FileNotFoundError
            There is no such file or folder.
        """
        # With pandas: only where somebody looks at recordings. What is imported stays: nothing of it is garbage.
        with without_collector():
            from recexplore.checks.settings import read_settings
            from recexplore.server.open_corpus import OpenCorpus

        if path not in self._open:
            if path == _OWN and self._places:
                self._open[path] = OpenCorpus(
                    self._places,
                    rev=self._rev,
                    prices=self._prices,
                    settings=read_settings,
                    credentials=self._credentials,
                )
            else:
                inside = self._inside(path)
                settings = partial(_settings_below, self._root, inside)
                self._open[path] = OpenCorpus([inside], settings=settings, within=self._root)
        self._sweeping = self._sweeping or asyncio.ensure_future(self._sweep())
        return self._open[path]

    def folders(self, path: str) -> dict[str, Any]:
        """What there is to choose from in a folder.

        Returns
        -------
        dict
            ``path``, relative to the server's folder; ``folders`` and ``files`` (those that a search would read), names.
        """
        from recexplore.read.sources.paths import is_searched_for

        inside = self._inside(path)
        with os.scandir(inside) as entries:
            mine = sorted(
                (each for each in entries if not each.name.startswith(".")), key=lambda each: each.name.lower()
            )
        names = {is_folder: [each.name for each in mine if each.is_dir() == is_folder] for is_folder in (True, False)}
        return {
            "path": os.path.relpath(inside, self._root).replace(os.sep, "/").removeprefix("."),
            "folders": names[True][:_MOST_COUNTED],
            "files": [name for name in names[False] if is_searched_for(name)][:_MOST_COUNTED],
        }

    async def close(self) -> None:
        if self._sweeping is not None:
            self._sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._sweeping
        await asyncio.gather(*(each.close() for each in self._open.values()))
        self._open.clear()

    def _inside(self, path: str) -> str:
        inside = os.path.realpath(os.path.join(self._root, path.lstrip("/")))
        if os.path.commonpath([inside, self._root]) != self._root:
            raise OutsideRoot(f"{path} is not below the folder of this server")
        if not os.path.exists(inside):
            raise FileNotFoundError(f"there is no {path} in the folder of this server")
        return inside

    async def _sweep(self) -> None:
        """Close what nobody has listened to for a while; the server's own place stays."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            for path, corpus in list(self._open.items()):
                waited = 0.0 if corpus.is_heard else self._unheard_s.get(path, 0.0) + _LOOK_EVERY_S
                self._unheard_s[path] = waited
                if waited >= _KEPT_UNHEARD_S and not (path == _OWN and self._places):
                    del self._open[path], self._unheard_s[path]
                    await corpus.close()
