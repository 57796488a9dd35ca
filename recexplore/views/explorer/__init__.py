"""The explorer: choose a recording, see how it flowed, read what came, look at the wire.

Takes a `Corpus`, gives a widget for JupyterLab. This module answers what the page asks (`_ANSWERS`) and nothing else: which
recordings are meant is known by `finder`, what is shown of one by `stream_view` and `panes`, how it is shown by ``web/``.
The page keeps what it was told: stepping, hovering, playing and zooming wait for nothing; only the raw chunk is asked for,
where the cursor comes to rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Literal

import anywidget
import numpy as np
import pandas as pd
import plotly.io as pio
import traitlets

from recexplore.corpus import Corpus, Recording
from recexplore.model.counts import count
from recexplore.model.errors import SourceChanged
from recexplore.model.plain_values import plain, records
from recexplore.model.severities import SEVERITIES
from recexplore.model.span import Span, spans_from_json
from recexplore.rules import Rule
from recexplore.rules import known as catalogue
from recexplore.views.explorer import web
from recexplore.views.explorer.assembled_texts import AssembledTexts
from recexplore.views.explorer.finder import Finder, Found
from recexplore.views.explorer.panes import PANES, chunk_view
from recexplore.views.explorer.stream_view import stream_view
from recexplore.views.explorer.vocabulary import vocabulary
from recexplore.views.figures.interleaving import interleaving
from recexplore.views.text.facts import facts_of, flow_of
from recexplore.views.text.prompt import prompt_of
from recexplore.views.text.safe_text import without_lone_surrogates
from recexplore.views.text.skipped import skipped_line

__all__ = ["Explorer", "explore"]

_Answer = tuple[Any, list[bytes]]
_FINDING_TEXTS: Final = ("recording", "rule", "severity", "message", "evidence")
_FINDING_NUMBERS: Final = ("chunk", "last_chunk", "choice")
_MOST_FINDINGS: Final = 1_000
_MOST_SPANS: Final = 200
"""Of one finding."""
_MOST_VIEWS: Final = 16
_SMALL_BYTES: Final = 1_000_000


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
    ) -> None:
        self.corpus = corpus
        given = corpus.findings if findings is None else None if findings is False else findings
        self._findings, lost = _checked(given, corpus)
        failed = [] if given is None else sorted(given.attrs.get("failed", ()))
        self._finder = Finder(corpus, self._findings)
        self._found: dict[str, tuple[int, Found]] = {}
        super().__init__(opening=_opening(corpus, lost, failed))
        if len(corpus):
            if recording is None:
                recording, chunk = self._first(chunk, is_given=isinstance(findings, pd.DataFrame))
            self.select(recording, chunk)
        self.on_msg(self._on_ask)

    def _first(self, chunk: int | None, *, is_given: bool) -> tuple[str, int | None]:
        """Where to begin if nobody says: at the first of the most severe findings that were given, else at the first one."""
        found = self._findings
        if is_given and chunk is None and found is not None and len(found):
            found = found[found["severity"] == min(found["severity"], key=SEVERITIES.index)]
            first = min((self.corpus[each] for each in found["recording"].unique()), key=lambda each: each.position)
            chunks = found.loc[found["recording"] == first.id, "chunk"].dropna()
            inside = chunks[chunks < first.facts["n_chunks"]]
            return first.id, int(inside.min()) if len(inside) else None
        return next(iter(self.corpus)).id, chunk

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
            value, parts = _ANSWERS[message["ask"]](self, **message.get("given", {}))
            self.send({**reply, "value": value}, parts)
        except Exception as error:  # a page that waits for ever would say less than any error
            self.send({**reply, "error": without_lone_surrogates(str(error)) or type(error).__name__})

    def _find(
        self,
        *,
        view: str,
        key: int,
        count: int,
        recording: str,
        query: str = "",
        facets: dict[str, list[str]] | None = None,
        sort: str | None = None,
        descending: bool = False,
    ) -> _Answer:
        found = self._finder.find(query, facets or {}, sort, descending)
        # Each view of this explorer has its own; those that asked longest ago are let go.
        self._found.pop(view, None)
        self._found = dict([*self._found.items(), (view, (key, found))][-_MOST_VIEWS:])
        at = np.flatnonzero(found.ordinals == self.corpus[recording].position) if recording else np.empty(0)
        answer = {
            "total": len(found.ordinals),
            "of": len(self.corpus),
            "at": int(at[0]) if at.size else -1,
            "facets": found.facets,
            "notes": found.notes,
            "substrings": found.substrings,
            "rows": found.rows(found.ordinals[:count]),
        }
        return answer, []

    def _rows(self, *, view: str, key: int, first: int, count: int) -> _Answer:
        asked, found = self._found.get(view, (None, None))
        if found is None or asked != key:
            raise LookupError("these rows are no longer known: search again")
        return found.rows(found.ordinals[first : first + count]), []

    def _show(self, *, recording: str) -> _Answer:
        chosen = self.corpus[recording]
        stream, buffers = stream_view(chosen)
        facts = chosen.facts
        view = {
            "id": chosen.id,
            "stream": stream,
            # What was asked stands in the file: of a large one it comes by a question of its own.
            "prompt": _prompt(chosen) if facts["bytes"] <= _SMALL_BYTES else None,
            "test": facts["test_id"] if isinstance(facts["test_id"], str) else "",
            "path": facts["path"],
            "facts": [*facts_of(chosen), ["tokens", _tokens_in_words(facts)]],
            "words": flow_of(chosen),
            "n_tool_calls": len(chosen.tool_calls),
            **self._findings_of(chosen),
            "about_findings": _NO_FINDINGS if self._findings is None else "No finding names this recording.",
            "link": [f"rx.explore(corpus, {chosen.id!r}, chunk=", ")"],
        }
        return view, buffers

    def _ask_prompt(self, *, recording: str) -> _Answer:
        return _prompt(self.corpus[recording]), []

    def _pane(self, *, recording: str, name: str) -> _Answer:
        return PANES[name](self.corpus[recording]), []

    def _chunk(self, *, recording: str, chunk: int) -> _Answer:
        return chunk_view(self.corpus[recording], chunk), []

    def _findings_of(self, recording: Recording) -> dict[str, Any]:
        """The most severe findings of a recording, how many there are, and what the catalogue says of their rules."""
        if self._findings is None:
            return {"findings": [], "more_findings": 0, "n_findings": {}, "rules": {}}
        mine = self._findings[self._findings["recording"] == recording.id]
        counts = mine["severity"].value_counts()
        mine = mine.sort_values(["severity", "chunk"], key=_by_severity, kind="stable", na_position="first")
        mine = mine.head(_MOST_FINDINGS)
        rows = records(mine.drop(columns=["recording", "spans"]))
        places = _places_of(mine["spans"], recording)
        last = int(recording.facts["n_chunks"]) - 1
        rules = {rule.id: _about(rule) for rule in catalogue() if rule.id in {row["rule"] for row in rows}}
        return {
            "findings": [_placed(row, last) | {"spans": spans} for row, spans in zip(rows, places, strict=True)],
            "more_findings": int(counts.sum()) - len(rows),
            "n_findings": {name: int(n) for name, n in counts.items()},
            "rules": rules,
        }

    def __repr__(self) -> str:
        if not self.selected:
            return f"Explorer of {len(self.corpus)} recordings"
        return f"Explorer of {len(self.corpus)} recordings, showing {self.selected}, chunk {self.chunk}"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget; with a picture beside it where plotly's renderer was told to make pictures."""
        made = super()._repr_mimebundle_(**kwargs)
        bundle: dict[str, Any] = dict(made[0] if isinstance(made, tuple) else made or {})
        bundle["text/plain"] = repr(self)
        if (recording := self.recording) is not None and "png" in str(pio.renderers.default):
            picture = interleaving(recording, cursor=self.chunk)
            made = pio.renderers["png"].to_mimebundle(picture.to_dict())
            bundle |= {key: value for key, value in made.items() if key == "image/png"}
        return bundle


_ANSWERS: Final[dict[str, Callable[..., _Answer]]] = {
    "find": Explorer._find,
    "rows": Explorer._rows,
    "show": Explorer._show,
    "prompt": Explorer._ask_prompt,
    "pane": Explorer._pane,
    "chunk": Explorer._chunk,
}

_NO_FINDINGS: Final = "No rules were run: explore was called with findings=False."


def _about(rule: Rule) -> dict[str, str]:
    """What the catalogue says of a rule."""
    texts = {"title": rule.title, "meaning": rule.meaning, "cause": rule.cause, "remedy": rule.remedy}
    return {name: without_lone_surrogates(str(text)) for name, text in texts.items()}


def _opening(corpus: Corpus, lost: list[str], failed: list[str]) -> dict[str, Any]:
    n = len(corpus.problems)
    notes = [f"findings of {len(lost):,} unknown: no recording is {', '.join(lost[:3])}"] if lost else []
    notes += [f"rules that failed: {', '.join(failed)}"] if failed else []
    notes += [f"{count(n, 'problem')} while reading: see corpus.problems"] if n else []
    notes += [f"{skipped}: see corpus.skipped"] if (skipped := skipped_line(corpus)) else []
    empty = repr(corpus) if not len(corpus) else ""
    return {"where": corpus.where.strip("'"), "notes": notes, "empty": empty, **vocabulary()}


def _prompt(recording: Recording) -> str:
    try:
        return prompt_of(recording)
    except (SourceChanged, RecursionError) as error:
        return f"The request cannot be shown: {without_lone_surrogates(str(error))}"


def _tokens_in_words(facts: pd.Series[Any]) -> str:
    reported = {name: facts[f"{name}_tokens"] for name in ("total", "prompt", "completion")}
    known = [f"{value:,} {name}" for name, value in reported.items() if not pd.isna(value)]
    return f"{reported['total']:,}" if not pd.isna(reported["total"]) else ", ".join(known) or "not reported"


def _checked(findings: pd.DataFrame | None, corpus: Corpus) -> tuple[pd.DataFrame | None, list[str]]:
    """The findings with every column that is read, recordings by their whole ids; and names that no recording has.

    Without the end of its range a finding is of one chunk.
    """
    if findings is None:
        return None, []
    if not isinstance(findings, pd.DataFrame) or "recording" not in findings:
        raise TypeError("findings is a frame with a row a finding: recording, rule, severity, chunk, choice, message …")
    given = findings.reindex(columns=[*_FINDING_TEXTS, *_FINDING_NUMBERS, "spans"]).reset_index(drop=True)
    found = pd.DataFrame({name: pd.Series(map(_text_or_none, given[name]), dtype="str") for name in _FINDING_TEXTS})
    for name in _FINDING_NUMBERS:
        found[name] = pd.Series(map(_whole_or_none, given[name]), dtype="Int64")
    found["spans"] = pd.Series([spans_from_json(cell)[:_MOST_SPANS] for cell in given["spans"]], dtype=object)
    found["severity"] = found["severity"].where(found["severity"].isin(SEVERITIES), "note")
    found["last_chunk"] = found["last_chunk"].fillna(found["chunk"])
    names = [str(name) for name in found["recording"].dropna().unique()]
    ids = {name: corpus[name].id for name in names if name in corpus}
    found["recording"] = found["recording"].map(ids)
    return found.dropna(subset="recording").reset_index(drop=True), [name for name in names if name not in ids]


def _places_of(spans: Iterable[tuple[Span, ...]], recording: Recording) -> list[list[list[int]]]:
    """For each finding where its spans stand, as the page looks them up; what stands nowhere is left out."""
    texts = AssembledTexts(recording.events)
    return [[[*place] for span in mine if (place := texts.place(span)) is not None] for mine in spans]


def _by_severity(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.map(SEVERITIES.index) if column.name == "severity" else column


def _placed(finding: dict[str, Any], last: int) -> dict[str, Any]:
    """The finding on chunks that there are; one beyond them is of the whole recording, and says so."""
    chunk = finding["chunk"]
    if chunk is None or chunk <= last:
        end = finding["last_chunk"]
        return {**finding, "last_chunk": None if end is None else max(min(end, last), chunk or 0)}
    message = " ".join(filter(None, [finding["message"], f"(chunk {chunk:,} is not in this recording)"]))
    return {**finding, "message": message, "chunk": None, "last_chunk": None}


def _text_or_none(value: Any) -> str | None:
    given = plain(value)
    return None if given is None else without_lone_surrogates(str(given))


def _whole_or_none(value: Any) -> int | None:
    try:
        return int(value) if 0 <= value < 2**31 and int(value) == value else None
    except (TypeError, ValueError, OverflowError):
        return None


def explore(
    corpus: Corpus | Recording,
    recording: str | None = None,
    chunk: int | None = None,
    *,
    findings: pd.DataFrame | Literal[False] | None = None,
) -> Explorer:
    """Open the explorer.

    Parameters
    ----------
    corpus
        What `load` gave, or one recording of it.
    recording
        The recording to begin with: an id, its beginning or a path. The one given, or that of the first of the most severe
        ``findings`` that were handed over, or the first.
    chunk
        The chunk to begin with. The last one, if not given: all has arrived.
    findings
        What was found wrong: ``corpus.findings`` if not given, nothing if False. A frame of your own has a row each:
        ``recording``, ``rule``, ``severity`` (error, warning, note), ``chunk``, ``last_chunk``, ``choice``, ``message``,
        ``evidence``, ``spans`` (what of the text is underlined; without them the text of the chunks); only ``recording`` has
        to be there. They are listed, marked on the timeline and underlined in the text.

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
    TypeError
        ``corpus`` is not what `load` gave, or ``findings`` not a frame of findings.
    """
    if isinstance(corpus, Recording):
        one = corpus
        corpus, recording = one.corpus, recording or one.id
    if not isinstance(corpus, Corpus):
        raise TypeError(f"explore takes what recexplore.load gave, not {type(corpus).__name__}")
    return Explorer(corpus, recording, chunk, findings)
