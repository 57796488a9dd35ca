"""The explorer as a widget for notebooks: carries the page's questions to `answers`, and where the reader is to Python."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final, Literal, TypeAlias

import anywidget
import pandas as pd
import plotly.io as pio
import traitlets

from recexplore.analysis.price_table import Prices
from recexplore.checks.settings import Settings, read_settings
from recexplore.corpus import Corpus, Recording
from recexplore.views.explorer import web
from recexplore.views.explorer.answers import Answers
from recexplore.views.explorer.picture import HINT, still_page, still_picture
from recexplore.views.figures.interleaving import interleaving
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["Compared", "Explorer"]

KEEPS_PICTURE: Final = "application/vnd.recexplore.explorer+json"
"""A mark in what a cell shows; other front ends pass over it."""


Compared: TypeAlias = str | Recording | Iterable[str | Recording]
"""Recordings, or their ids or paths; one alone stands for all runs of its request."""


class Explorer(anywidget.AnyWidget):
    """What `explore` gives.

    Attributes
    ----------
    recording : Recording or None
        The chosen one.
    chunk : int
        The chunk under the cursor.
    """

    _esm = web.widget()
    _css = web.style()
    opening = traitlets.Dict().tag(sync=True)
    selected = traitlets.Unicode("").tag(sync=True)
    cursor = traitlets.Int(0).tag(sync=True)
    sent = traitlets.Int(0).tag(sync=True)
    """Grows when the kernel, not the reader, chose ``selected`` and ``cursor``."""

    def __init__(
        self,
        corpus: Corpus,
        recording: str | None = None,
        chunk: int | None = None,
        findings: pd.DataFrame | Literal[False] | None = None,
        prices: Prices | None = None,
        height: int | None = None,
        settings: Callable[[], Settings] | None = read_settings,
        compare: Compared | None = None,
    ) -> None:
        self.corpus = corpus
        self.answers = Answers(corpus, findings, prices, settings)
        compared = _compared(corpus, compare)
        super().__init__(opening={**self.answers.opening, "height": height, "compared": compared})
        # Behind a comparison that is closed stands one of its runs.
        recording = recording if recording is not None or not compared else compared[0]
        if (first := (recording, chunk) if recording is not None else self.answers.first()) is not None:
            self.select(first[0], first[1] if chunk is None else chunk)
        self.on_msg(self._on_ask)

    @property
    def recording(self) -> Recording | None:
        return self.corpus[self.selected] if self.selected else None

    @property
    def chunk(self) -> int:
        return int(self.cursor)

    def select(self, recording: str, chunk: int | None = None) -> None:
        """Show another recording, as if it had been clicked; with the cursor at its end if no chunk is given.

        Raises
        ------
        RecordingNotFound
            No recording, or more than one, answers to ``recording``.
        IndexError
            The recording has no such chunk.
        """
        chosen = self.corpus[recording]
        n_chunks = int(chosen.facts["n_chunks"])
        if chunk is not None and not 0 <= chunk < max(n_chunks, 1):
            raise IndexError(f"recording {chosen.id} has {n_chunks} chunks, there is no chunk {chunk}")
        with self.hold_sync():
            self.selected = chosen.id
            self.cursor = max(n_chunks - 1, 0) if chunk is None else chunk
            self.sent += 1

    def _on_ask(self, _: Any, message: Any, buffers: list[bytes]) -> None:
        """Answer a question of the page; what goes wrong is said where it was asked."""
        if not isinstance(message, dict) or "ask" not in message:
            return
        reply = {"number": message.get("number"), "view": message.get("view")}
        try:
            if message["ask"] == "picture":
                self._send_picture(reply)
                return
            value, parts = self.answers.answer(message["ask"], message.get("given", {}))
            self.send({**reply, "value": value}, parts)
        except Exception as error:  # a page that waits for ever would say less than any error
            self.send({**reply, "error": without_lone_surrogates(str(error)) or type(error).__name__})

    def _send_picture(self, reply: dict[str, Any]) -> None:
        """Send a picture of what is shown; the browser that makes it is waited for by a thread, not by the kernel."""
        page, loop = self._still(), asyncio.get_running_loop()

        def make() -> None:
            picture = still_picture(page)
            parts = [] if picture is None else [picture]
            loop.call_soon_threadsafe(self.send, {**reply, "value": picture is not None}, parts)

        threading.Thread(target=make, name="recexplore-picture", daemon=True).start()

    def _still(self) -> str:
        return still_page(self.answers, self.selected, self.chunk)

    def __repr__(self) -> str:
        if not self.selected:
            return f"Explorer of {len(self.corpus)} recordings"
        return f"Explorer of {len(self.corpus)} recordings, showing {self.selected}, chunk {self.chunk}"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget, and beside it what a saved notebook shows of it: a picture where plotly's renderer was told to make
        them and a browser is at hand, else a figure that JupyterLab can draw."""
        made = super()._repr_mimebundle_(**kwargs)
        bundle: dict[str, Any] = dict(made[0] if isinstance(made, tuple) else made or {})
        bundle["text/plain"] = f"{self!r}\n{HINT}"
        if self.recording is None:
            return bundle
        # Read by recexplore's extension of JupyterLab: it shows the picture until the widget is alive.
        bundle[KEEPS_PICTURE] = {}
        wants_picture = "png" in str(pio.renderers.default)
        if wants_picture and (picture := still_picture(self._still())) is not None:
            bundle["image/png"] = base64.b64encode(picture).decode()
        elif wants_picture:
            figure = interleaving(self.recording, cursor=self.chunk)
            bundle |= pio.renderers["plotly_mimetype"].to_mimebundle(figure.to_dict())
        return bundle


def _compared(corpus: Corpus, compare: Compared | None) -> list[str]:
    """The ids of recordings of a corpus that are to be compared."""
    chosen = [] if compare is None else [compare] if isinstance(compare, str | Recording) else list(compare)
    ids = [corpus[each.id if isinstance(each, Recording) else each].id for each in chosen]
    if twice := next((id_ for id_ in ids if ids.count(id_) > 1), None):
        raise ValueError(f"recording {twice} is named twice: an explorer compares recordings of one corpus")
    return ids
