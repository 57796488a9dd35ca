"""Which recordings are meant: what stands behind the explorer's search box, facets, order and pages.

Takes a corpus' frames and a query, gives positions in ``corpus.recordings``; makes rows only for the page that is shown.
What a query means is said by `query`; here its words are looked for literally, whatever they hold, and none raises. Nothing
is computed before it is asked for; what every question needs is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from recexplore.analysis import interleaving
from recexplore.corpus import Corpus
from recexplore.model.severities import SEVERITIES
from recexplore.views.find.query import NUMBERS, Columns, Term, understood
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["FACETS", "SORTS", "Finder", "Found"]

FACETS: Final = ("provider", "model", "dialect", "severity", "rule", "shows")
_OF_SEVERAL: Final = ("severity", "shows")
"""Facets of which a recording can have several values, all of them known beforehand."""
SORTS: Final = ("id", "test", "model", "provider", "choices", "chunks", "tokens", "duration", "findings", "path")

_SHOWS: Final = ("several choices", "reasoning", "tools", "refusal", "error", "no usage", "clock")
_ON_A_ROW: Final = ("recording", "model_served", "model_requested", "test_id", "path", "provider", "dialect")
_UNIQUE: Final = ("recording", "path")
"""Columns whose values hardly repeat; of the others each value is looked at once."""

_NOT_NAMED: Final = "not named"
_MOST_VALUES: Final = 50
_SNIPPET, _LEAD, _HIT = 90, 24, 40
_LINE_END: Final = re.compile(r"\r\n|[\n\v\f\r\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Found:
    """What a query found.

    Attributes
    ----------
    ordinals
        Positions in ``corpus.recordings``, in the order to show.
    facets
        For each facet its values, the most frequent first, as ``{"value", "count"}``: how many recordings choosing it
        alone in this facet would find, under the query and what is chosen in the others. What is chosen is shown at 0 too.
    notes
        What was not understood.
    """

    ordinals: np.ndarray
    facets: dict[str, list[dict[str, Any]]]
    notes: list[str]
    _finder: Finder = field(repr=False)
    _terms: Sequence[Term] = field(repr=False)

    @property
    def substrings(self) -> list[str]:
        """The words that were looked for in the answers."""
        return [term.substring for term in self._terms if term.spoken and not term.negated]

    def rows(self, ordinals: Sequence[int] | np.ndarray) -> list[dict[str, Any]]:
        """One page: what the table shows of each of these recordings, and where the query hit its text."""
        return self._finder._page(np.asarray(ordinals, dtype=np.int64), self._terms)


class Finder:
    """Finds recordings of a corpus.

    Parameters
    ----------
    corpus
        What to search. Its frames are asked for when a question first needs them.
    findings
        What was found to be wrong with its recordings: ``recording``, ``rule``, ``severity``; others are ignored.
    """

    def __init__(self, corpus: Corpus, findings: pd.DataFrame | None = None) -> None:
        self._corpus, self._told = corpus, findings
        self._texts, self._coded = lru_cache(None)(self._read_texts), lru_cache(None)(self._encode)
        self._bounds = lru_cache(None)(self._find_bounds)
        self._owners, self._flag = lru_cache(None)(self._find_owners), lru_cache(None)(self._raise_flag)
        self._numbers, self._sort_key = lru_cache(None)(self._read_numbers), lru_cache(None)(self._rank)
        self._hits = lru_cache(64)(self._search)

    def find(
        self,
        query: str = "",
        facets: Mapping[str, Sequence[str]] = {},
        sort: str | None = None,
        descending: bool = False,
    ) -> Found:
        """The recordings that every word of the query fits and that have a chosen value of every facet.

        Parameters
        ----------
        query
            Words, as `query.understood` takes them.
        facets
            For each of `FACETS` the chosen values, any of which will do; none chosen asks for nothing.
        sort
            One of `SORTS`; None leaves them as loaded. Equals stay as loaded, and what is missing comes last.
        descending
            Whether to show the greatest first.
        """
        terms, notes = understood(query)
        notes += [f"no facet `{name}`: there are {', '.join(FACETS)}" for name in facets if name not in FACETS]
        asked = np.ones(self._n, dtype=bool)
        for term in terms:
            asked &= self._fits(term) ^ term.negated
        chosen = {name: self._having(name, facets[name]) for name in FACETS if facets.get(name)}
        counts = {}
        for name in FACETS:
            others = [mask for other, mask in chosen.items() if other != name]
            counts[name] = self._tally(name, np.logical_and.reduce([asked, *others]), facets.get(name, ()))
        ordinals = np.flatnonzero(np.logical_and.reduce([asked, *chosen.values()]))
        if sort in SORTS:
            keys = self._sort_key(sort)[ordinals]
            ordinals = ordinals[np.argsort(-keys if descending else keys, kind="stable")]
        elif sort is not None:
            notes.append(f"no order `{sort}`: as loaded; there are {', '.join(SORTS)}")
        return Found(ordinals, counts, list(dict.fromkeys(notes)), self, terms)

    @property
    def _n(self) -> int:
        return len(self._corpus.recordings)

    @cached_property
    def _findings(self) -> tuple[pd.DataFrame, np.ndarray]:
        """The findings on recordings that exist, and which these are."""
        if self._told is None or self._told.empty:
            return pd.DataFrame({"rule": [], "severity": []}, dtype="str"), np.empty(0, dtype=np.int64)
        place = pc.index_in(_arrow(self._told["recording"]), value_set=self._texts("recordings", "recording"))
        owners = pc.fill_null(place, -1).to_numpy()
        return self._told[owners >= 0], owners[owners >= 0]

    def _frame(self, name: str) -> pd.DataFrame:
        frame: pd.DataFrame = self._findings[0] if name == "findings" else getattr(self._corpus, name)
        return frame

    def _find_bounds(self, frame: str) -> np.ndarray:
        """Where each recording's rows begin, and behind the last one the end: frames keep them together, in order."""
        texts, sizes = self._texts(frame, "recording"), np.zeros(self._n, dtype=np.int64)
        changed = np.asarray(pc.not_equal(texts[1:], texts[:-1]), dtype=bool)
        starts = np.flatnonzero(np.append(True, changed)[: len(texts)])
        whose = pc.index_in(texts.take(pa.array(starts)), value_set=self._texts("recordings", "recording"))
        sizes[whose.to_numpy()] = np.diff(starts, append=len(texts))
        return np.append(0, np.cumsum(sizes))

    def _find_owners(self, frame: str) -> np.ndarray:
        """For each row the position of its recording."""
        return self._findings[1] if frame == "findings" else np.repeat(np.arange(self._n), np.diff(self._bounds(frame)))

    def _count(self, frame: str, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """How many of these rows each recording has."""
        return np.bincount(self._owners(frame)[rows], minlength=self._n)

    def _read_texts(self, frame: str, column: str) -> Any:
        return _arrow(self._frame(frame)[column])

    def _shown(self, name: str) -> Any:
        """What the table shows of every recording in one of its columns of text."""
        first, second = {
            "id": ("recording", ""),
            "model": ("model_served", "model_requested"),
            "test": ("test_id", "path"),
        }.get(name, (name, ""))
        texts = self._texts("recordings", first)
        if not second or not texts.null_count:
            return texts
        other = self._texts("recordings", second)
        return pc.coalesce(texts, pc.replace_substring_regex(other, "(?s)^.*/", "") if second == "path" else other)

    def _encode(self, name: str, shown: bool) -> tuple[Any, np.ndarray]:
        """A column's different values, and for each recording which one it has: -1 for none, unless as `_shown`."""
        texts = pc.fill_null(self._shown(name), _NOT_NAMED) if shown else self._texts("recordings", name)
        encoded = pc.dictionary_encode(texts).combine_chunks()
        return encoded.dictionary, pc.fill_null(encoded.indices, -1).to_numpy()

    def _read_numbers(self, name: str) -> np.ndarray:
        if name == "tools":
            return self._count("tool_calls").astype(np.float64)
        numbers: np.ndarray = self._frame("recordings")[NUMBERS[name]].to_numpy(dtype=np.float64, na_value=np.nan)
        return numbers

    def _raise_flag(self, name: str) -> np.ndarray:
        about = self._corpus.recordings
        if name in ("tools", "usage", "findings"):
            return self._count({"tools": "tool_calls"}.get(name, name)) > 0
        if name == "finish":
            return self._count("choices", self._corpus.choices["finish_reason"].notna().to_numpy()) > 0
        if name in ("reasoning", "refusal"):
            return self._count("choices", self._corpus.choices[f"{name}_chars"].to_numpy() > 0) > 0
        if name == "no usage":
            return ~self._flag("usage")
        if name in ("stream", "whole"):
            return np.asarray((about["streaming"] == (name == "stream")).fillna(False), dtype=bool)
        if name == "error":
            return about["error"].notna().to_numpy()
        return ((about["n_choices"] > 1) if name == "several choices" else (about["clock"] != "none")).to_numpy()

    @cached_property
    def _severities(self) -> dict[str, np.ndarray]:
        said = self._findings[0]["severity"]
        return {name: self._count("findings", (said == name).to_numpy(dtype=bool)) for name in SEVERITIES}

    @cached_property
    def _rules(self) -> tuple[Any, np.ndarray, np.ndarray]:
        """The rules that found something; and pairs, each once: which rule, which recording it names."""
        found, owners = self._findings
        encoded = pc.dictionary_encode(_arrow(found["rule"])).combine_chunks()
        rules = pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64)
        pairs = np.unique((rules * self._n + owners)[rules >= 0])
        return encoded.dictionary, pairs // max(self._n, 1), pairs % max(self._n, 1)

    def _rank(self, name: str) -> np.ndarray:
        """Numbers that order like the shown values; NaN where there is none."""
        if name == "findings":
            counts = np.stack([self._severities[each] for each in SEVERITIES])
            return np.asarray(np.minimum(counts, 99_999).T @ [1e10, 1e5, 1.0])
        if name in NUMBERS:
            return self._numbers(name)
        texts = pc.ascii_lower(self._shown(name))
        ranks = np.asarray(pc.rank(texts, tiebreaker="dense"), dtype=np.float64)
        ranks[np.asarray(pc.is_null(texts), dtype=bool)] = np.nan
        return ranks

    def _fits(self, term: Term) -> np.ndarray:
        if term.flag:
            return self._flag(term.flag)
        if term.number:
            return term.passes(self._numbers(term.number))
        found: np.ndarray = self._hits(term.visible, term.substring) | self._hits(term.spoken, term.substring)
        return found

    def _search(self, columns: Columns, substring: str) -> np.ndarray:
        """Which recordings have the substring in one of the columns."""
        found = np.zeros(self._n, dtype=bool)
        for frame, column in columns:
            if frame == "recordings" and column not in _UNIQUE:
                values, codes = self._coded(column, False)
                found |= np.append(_holds(values, substring), False)[codes]
            elif frame == "recordings":
                found |= _holds(self._texts(frame, column), substring)
            else:
                found[self._owners(frame)[_holds(self._texts(frame, column), substring)]] = True
        return found

    def _members(self, facet: str) -> dict[str, np.ndarray]:
        """The values of a facet of which a recording can have several, and which ones have them."""
        if facet == "shows":
            return {name: self._flag(name) for name in _SHOWS}
        return {name: counts > 0 for name, counts in self._severities.items()}

    def _having(self, facet: str, values: Sequence[str]) -> np.ndarray:
        if facet == "rule":
            labels, rules, owners = self._rules
            return np.bincount(owners[_among(labels, values)[rules]], minlength=self._n) > 0
        if facet in _OF_SEVERAL:
            masks = [mask for name, mask in self._members(facet).items() if name in values]
            return np.asarray(np.logical_or.reduce([np.zeros(self._n, dtype=bool), *masks]))
        labels, codes = self._coded(facet, True)
        return np.asarray(_among(labels, values)[codes])

    def _tally(self, facet: str, mask: np.ndarray, chosen: Sequence[str]) -> list[dict[str, Any]]:
        if facet == "rule":
            labels, rules, owners = self._rules
            counts = np.bincount(rules[mask[owners]], minlength=len(labels))
        elif facet in _OF_SEVERAL:
            members = self._members(facet)
            labels = pa.array(list(members), pa.large_string())
            counts = np.asarray([np.count_nonzero(mask & each) for each in members.values()])
        else:
            labels, codes = self._coded(facet, True)
            counts = np.bincount(codes[mask], minlength=len(labels))
        kept = _among(labels, chosen)
        most = np.lexsort((-counts, ~kept))[:_MOST_VALUES]
        most = most[(counts > 0)[most] | kept[most]]
        ordered = most[np.lexsort((most, -counts[most]))].tolist()
        return [{"value": labels[place].as_py(), "count": int(counts[place])} for place in ordered]

    def _page(self, at: np.ndarray, terms: Sequence[Term]) -> list[dict[str, Any]]:
        about = self._corpus.recordings
        said = {name: self._cells("recordings", name, at) for name in _ON_A_ROW}
        columns: dict[str, list[Any]] = {
            "id": said["recording"],
            "model": [one or other for one, other in zip(said["model_served"], said["model_requested"], strict=True)],
            "test": [one or path.rpartition("/")[2] for one, path in zip(said["test_id"], said["path"], strict=True)],
            "provider": [one or other for one, other in zip(said["provider"], said["dialect"], strict=True)],
            "dialect": said["dialect"],
            "choices": about["n_choices"].to_numpy()[at].tolist(),
            "chunks": about["n_chunks"].to_numpy()[at].tolist(),
            "tokens": [None if n != n else int(n) for n in self._numbers("tokens")[at].tolist()],
            "duration": [None if s != s else s for s in self._numbers("duration")[at].tolist()],
            "clock": about["clock"].iloc[at].tolist(),
            "error": self._flag("error")[at].tolist(),
            "path": said["path"],
            "findings": [{name: int(n[each]) for name, n in self._severities.items()} for each in at],
            "lanes": self._lanes(at),
            "match": self._matches(at, terms),
        }
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def _cells(self, frame: str, column: str, rows: np.ndarray) -> list[str]:
        """Some texts, "" where there is none, one by one: Arrow's `take` would first join what it has in pieces."""
        texts = self._texts(frame, column)
        return [texts[row].as_py() or "" for row in rows.tolist()]

    def _rows_of(self, frame: str, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The rows of some recordings, and for each whose it is: a position among these."""
        bounds = self._bounds(frame)
        sizes = bounds[at + 1] - bounds[at]
        whose = np.repeat(np.arange(at.size), sizes)
        return np.arange(whose.size) + np.repeat(bounds[at] - np.cumsum(sizes) + sizes, sizes), whose

    def _lanes(self, at: np.ndarray) -> list[list[str]]:
        rows, whose = self._rows_of("events", at)
        events = {name: self._corpus.events[name].array.take(rows) for name in ("chunk", "choice", "kind")}
        lanes: list[list[str]] = [[] for _ in range(at.size)]
        drawn = interleaving.thumbnails(pd.DataFrame({"recording": whose, **events}))
        for place, lane in zip(drawn["recording"], drawn["lane"], strict=True):
            lanes[place].append(lane)
        return lanes

    def _matches(self, at: np.ndarray, terms: Sequence[Term]) -> list[dict[str, str] | None]:
        """For each recording where the first word that no visible field explains stands in its text."""
        found: list[dict[str, str] | None] = [None] * at.size
        for term in terms:
            if term.spoken and not term.negated:
                explained = self._hits(term.visible, term.substring)[at]
                for column in term.spoken:
                    open_ = np.asarray([match is None for match in found], dtype=bool) & ~explained
                    for place, snippet in self._snippets(np.flatnonzero(open_), at, column, term.substring):
                        found[place] = found[place] or snippet
        return found

    def _snippets(
        self, places: np.ndarray, at: np.ndarray, column: tuple[str, str], substring: str
    ) -> Iterator[tuple[int, dict[str, str]]]:
        frame, name = column
        rows, whose = self._rows_of(frame, at[places])
        texts = self._cells(frame, name, rows)
        hits = pc.find_substring(pa.array(texts, pa.large_string()), substring, ignore_case=True).to_pylist()
        choices = self._frame(frame)["choice"].to_numpy()[rows].tolist()
        what = f"tool {name}" if frame == "tool_calls" else name
        for place, text, hit, choice in zip(places[whose].tolist(), texts, hits, choices, strict=True):
            if hit >= 0:
                start = len(text.encode()[:hit].decode())
                yield place, {**_snippet(text, start, len(substring)), "where": f"choice {choice}, {what}"}


def _arrow(series: pd.Series[Any]) -> Any:
    """Its text as Arrow holds it, uncopied where it is Arrow's already."""
    texts = pa.chunked_array(series)
    return texts if pa.types.is_large_string(texts.type) else texts.cast(pa.large_string())


def _holds(texts: Any, substring: str) -> np.ndarray:
    found = pc.fill_null(pc.match_substring(texts, substring, ignore_case=True), False)
    return np.asarray(found, dtype=bool)


def _among(labels: Any, values: Sequence[str]) -> np.ndarray:
    wanted = pa.array([without_lone_surrogates(each) for each in values], pa.large_string())
    return np.asarray(pc.is_in(labels, value_set=wanted), dtype=bool)


def _snippet(text: str, start: int, length: int) -> dict[str, str]:
    before = text[:start] if start <= _LEAD else "…" + text[start - _LEAD + 1 : start]
    hit = _cut(text[start : start + length], _HIT)
    room = _SNIPPET - len(before) - len(hit)
    after = _cut(text[start + length : start + length + room + 1], room)
    return {"before": _one_line(before), "hit": _one_line(hit), "after": _one_line(after)}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _one_line(text: str) -> str:
    return _LINE_END.sub("↵", text).replace("\t", "⇥")
