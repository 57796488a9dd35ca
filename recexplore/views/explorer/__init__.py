"""The explorer: choose a recording, see how it flowed, read what came, look at the wire.

Takes a `Corpus`, gives a widget for JupyterLab. The parts (table, head, reader) are anywidget modules that show recorded
text by ``textContent`` only; the lanes are a plotly ``FigureWidget``. This module is the wiring between them and nothing
else: what they show is made in `recexplore.views.explorer.rows`, what they draw in `recexplore.views.figures`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import anywidget
import ipywidgets
import plotly.graph_objects as go
import plotly.io as pio
import traitlets

from recexplore.corpus import Corpus, Recording
from recexplore.errors import SourceChanged
from recexplore.model import Json
from recexplore.views import figures
from recexplore.views.explorer.rows import answers_of, picker_rows
from recexplore.views.facts import facts_of, tokens_of
from recexplore.views.lanes import move_cursor
from recexplore.views.question import question_of
from recexplore.views.theme import THEMES, ThemeName

__all__ = ["Explorer", "explore"]

_HERE: Final = Path(__file__).parent
_HALVES: Final = re.compile("[\ud800-\udfff]")


class _Part(anywidget.AnyWidget):
    _css = _HERE / "style.css"


class Picker(_Part):
    """The table of recordings: search, sort, choose."""

    _esm = _HERE / "picker.js"
    rows: Any = traitlets.List().tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    selected = traitlets.Unicode("").tag(sync=True)


class Head(_Part):
    """Question, facts and tokens of the chosen recording; tells whether the page is dark."""

    _esm = _HERE / "head.js"
    view = traitlets.Dict().tag(sync=True)
    dark = traitlets.Bool(False).tag(sync=True)


class Reader(_Part):
    """The text of every choice, and the raw JSON of one chunk."""

    _esm = _HERE / "reader.js"
    recording = traitlets.Unicode("").tag(sync=True)
    answers: Any = traitlets.List().tag(sync=True)
    n_chunks = traitlets.Int(0).tag(sync=True)
    chunk = traitlets.Int(0).tag(sync=True)
    raw = traitlets.Unicode("").tag(sync=True)
    stepped: Any = traitlets.Dict().tag(sync=True)
    wants_focus = traitlets.Int(0).tag(sync=True)


class Explorer(ipywidgets.Box):  # type: ignore[misc]  # ipywidgets has no types
    """What `explore` gives.

    Attributes
    ----------
    recording : Recording or None
        The chosen one.
    chunk : int
        The chosen chunk.
    """

    def __init__(self, corpus: Corpus, recording: str | None = None, chunk: int | None = None) -> None:
        self.corpus = corpus
        self.recording: Recording | None = None
        self._is_changing = False
        self._picker = Picker(rows=picker_rows(corpus), note=_note(corpus))
        self._head = Head()
        self._reader = Reader()
        self._figure = go.FigureWidget()
        self._figure._config = {**self._figure._config, "displayModeBar": False, "responsive": True}
        right = ipywidgets.VBox([self._head, self._figure, self._reader])
        super().__init__([self._picker, right])
        self.add_class("rx-explorer")
        right.add_class("rx-right")
        if len(corpus):
            first = corpus[recording] if recording is not None else next(iter(corpus))
            self._show(first, chunk)
        else:
            right.children = ()
        self._picker.observe(self._on_selected, "selected")
        self._reader.observe(self._on_chunk, "chunk")
        self._reader.observe(self._on_stepped, "stepped")
        self._head.observe(self._on_theme, "dark")

    @property
    def chunk(self) -> int:
        return int(self._reader.chunk)

    def select(self, recording: str, chunk: int | None = None) -> None:
        """Show another recording, as if it had been clicked."""
        self._show(self.corpus[recording], chunk)

    def _show(self, recording: Recording, chunk: int | None = None) -> None:
        n_chunks = int(recording.facts["n_chunks"])
        if chunk is not None and not 0 <= chunk < max(n_chunks, 1):
            raise IndexError(f"recording {recording.id} has {n_chunks} chunks, there is no chunk {chunk}")
        self.recording = recording
        # With the cursor at the end the whole answer has arrived and nothing is pale.
        chunk = max(n_chunks - 1, 0) if chunk is None else chunk
        self._is_changing = True
        try:
            with self._reader.hold_sync():
                self._reader.recording = recording.id
                self._reader.n_chunks = n_chunks
                self._reader.answers = answers_of(recording)
                self._reader.chunk = chunk
                self._reader.raw = self._raw(chunk)
        finally:
            self._is_changing = False
        self._head.view = self._about(recording)
        self._picker.selected = recording.id
        self._draw()

    def _on_selected(self, change: Any) -> None:
        if self.recording is None or change["new"] != self.recording.id:
            self._show(self.corpus[change["new"]])

    def _on_stepped(self, change: Any) -> None:
        # A step made before another recording was chosen may arrive after it.
        if self.recording is not None and change["new"].get("recording") == self.recording.id:
            self._reader.chunk = change["new"]["chunk"]

    def _on_chunk(self, change: Any) -> None:
        if self._is_changing:
            return
        chunk = min(max(change["new"], 0), max(self._reader.n_chunks - 1, 0))
        if chunk != change["new"]:
            # The page was still at a longer recording.
            self._reader.chunk = chunk
            return
        self._reader.raw = self._raw(chunk)
        self._mark_cursor()

    def _on_theme(self, change: Any) -> None:
        self._draw()

    def _on_click(self, trace: Any, points: Any, state: Any) -> None:
        if points.point_inds:
            self._reader.chunk = int(trace.customdata[points.point_inds[0]][0])
            # So that the arrow keys go on from here.
            self._reader.wants_focus += 1

    def _raw(self, chunk: int) -> str:
        if self.recording is None or not self._reader.n_chunks:
            return ""
        try:
            return _readable_json(self.recording.raw(chunk))
        except (SourceChanged, RecursionError) as error:
            return f"This chunk cannot be shown: {error}"

    def _about(self, recording: Recording) -> dict[str, Any]:
        try:
            question = question_of(recording)
        except (SourceChanged, RecursionError) as error:
            question = f"The request cannot be shown: {error}"
        facts = recording.facts
        return {
            "id": recording.id,
            "question": question,
            "test": facts["test_id"] if isinstance(facts["test_id"], str) else "",
            "path": facts["path"],
            "facts": facts_of(recording),
            "tokens": tokens_of(recording),
        }

    @property
    def _theme(self) -> ThemeName:
        return "dark" if self._head.dark else "light"

    def _drawn(self) -> go.Figure:
        assert self.recording is not None
        figure = figures.interleaving(self.recording, cursor=self.chunk, theme=self._theme)
        clear = "rgba(0,0,0,0)"
        return figure.update_layout(
            title=None, margin={"t": 30, "l": 8, "r": 8}, paper_bgcolor=clear, plot_bgcolor=clear
        )

    def _draw(self) -> None:
        """Put the recording's figure into the widget that is already on the page."""
        if self.recording is None:
            return
        drawn, shown = self._drawn(), self._figure
        with shown.batch_update():
            shown.data = ()
            shown.add_traces(drawn.data)
            # Merged, not replaced: the width is the browser's.
            shown.update_layout(drawn.layout)
            shown.layout.shapes, shown.layout.annotations = drawn.layout.shapes, drawn.layout.annotations
        for trace in shown.data:
            if trace.customdata is not None and trace.hoverinfo != "skip":
                trace.on_click(self._on_click)

    def _mark_cursor(self) -> None:
        """Move the cursor without drawing anew."""
        if self.recording is not None and self._reader.n_chunks:
            with self._figure.batch_update():
                move_cursor(self._figure, self.chunk, THEMES[self._theme])

    def __repr__(self) -> str:
        if self.recording is None:
            return f"Explorer of {len(self.corpus)} recordings"
        return f"Explorer of {len(self.corpus)} recordings, showing {self.recording.id}, chunk {self.chunk}"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """The widget; with a picture beside it where plotly's renderer was told to make pictures."""
        bundle: dict[str, Any] = dict(super()._repr_mimebundle_(**kwargs) or {})
        bundle["text/plain"] = repr(self)
        if self.recording is not None and "png" in str(pio.renderers.default):
            picture = figures.interleaving(self.recording, cursor=self.chunk)
            bundle |= {key: value for key, value in _picture(picture).items() if key == "image/png"}
        return bundle


def _readable_json(value: Json) -> str:
    """Indented JSON, NaN and all; escaped where it holds halves of characters, which no message to the page may."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return json.dumps(value, indent=2) if _HALVES.search(text) else text


def _picture(figure: go.Figure) -> dict[str, Any]:
    return dict(pio.renderers["png"].to_mimebundle(figure.to_dict()))


def _note(corpus: Corpus) -> str:
    n = len(corpus.problems)
    problems = f"{n:,} problem{'' if n == 1 else 's'} while reading: corpus.problems" if n else ""
    return problems if len(corpus) else " · ".join(filter(None, [repr(corpus), problems]))


def explore(corpus: Corpus | Recording, recording: str | None = None, chunk: int | None = None) -> Explorer:
    """Open the explorer.

    Parameters
    ----------
    corpus
        What `load` gave, or one recording of it.
    recording
        The recording to begin with: an id, its beginning or a path. The one given, or the first.
    chunk
        The chunk to begin with. The last one, if not given: all has arrived.

    Returns
    -------
    Explorer
        A widget; show it by making it the last line of a cell.

    Raises
    ------
    RecordingNotFound
        No recording, or more than one, answers to ``recording``.
    IndexError
        The recording has no such chunk.
    """
    if isinstance(corpus, Recording):
        one = corpus
        corpus, recording = one.corpus, recording or one.id
    if not isinstance(corpus, Corpus):
        raise TypeError(f"explore takes what recexplore.load gave, not {type(corpus).__name__}")
    return Explorer(corpus, recording, chunk)
