"""A corpus as a search needs it: columns as Arrow or numpy arrays, and whose each row is.

Takes a corpus and what was found wrong with it, gives an array for a column, a number, a flag or a word. Nothing is computed
before it is asked for; what was asked for is kept.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from recexplore.corpus import Corpus
from recexplore.model.exchange import NOT_YET
from recexplore.model.plain_values import NOT_NAMED
from recexplore.model.schema import LAST_TIME_S
from recexplore.model.severities import SEVERITIES
from recexplore.views.find.query import NUMBERS, Columns
from recexplore.views.find.request_groups import RequestGroups
from recexplore.views.text.test_names import test_name

__all__ = ["Arrays", "request_line"]

_EARLIEST_S: Final = datetime(2015, 1, 1, tzinfo=UTC).timestamp()
_UNIQUE: Final = ("recording", "path")
"""Columns whose values hardly repeat; of the others each value is looked at once."""


class Arrays:
    """Arrays of a corpus, one entry a recording unless another frame is named.

    Parameters
    ----------
    corpus
        Its frames are asked for when a question first needs them.
    findings
        A row a finding: ``recording``, ``rule``, ``severity``; those of recordings that are not there are left out. None
        where no rules were run.
    requests
        Which recordings are runs of one request, where somebody has grouped them already.
    """

    def __init__(
        self, corpus: Corpus, findings: pd.DataFrame | None = None, requests: RequestGroups | None = None
    ) -> None:
        self.corpus, self.given = corpus, findings
        self.request_groups = RequestGroups(corpus) if requests is None else requests
        self.texts, self.coded = lru_cache(None)(self._read_texts), lru_cache(None)(self._encode)
        self.bounds, self.owners = lru_cache(None)(self._find_bounds), lru_cache(None)(self._find_owners)
        self.flag, self.numbers = lru_cache(None)(self._raise_flag), lru_cache(None)(self._read_numbers)
        self.hits = lru_cache(64)(self._search)

    @property
    def n(self) -> int:
        return len(self.corpus.recordings)

    def column(self, frame: str, name: str) -> pd.Series[Any]:
        """A column of a frame; no more than that is read for it."""
        return self.findings[0][name] if frame == "findings" else self.corpus.column(frame, name)

    @cached_property
    def has_sibling_test(self) -> np.ndarray:
        """Whether the test of a recording has other recordings, too."""
        tests = self.corpus.recordings["test_id"]
        return (tests.notna() & tests.duplicated(keep=False)).to_numpy(dtype=bool)

    @cached_property
    def findings(self) -> tuple[pd.DataFrame, np.ndarray]:
        """The findings on recordings that exist, and which these are."""
        if self.given is None or self.given.empty:
            return pd.DataFrame({"rule": [], "severity": []}, dtype="str"), np.empty(0, dtype=np.int64)
        place = pc.index_in(_arrow(self.given["recording"]), value_set=self.texts("recordings", "recording"))
        owners = pc.fill_null(place, -1).to_numpy()
        return self.given[owners >= 0], owners[owners >= 0]

    @cached_property
    def severities(self) -> dict[str, np.ndarray]:
        """How many findings of each severity a recording has."""
        severity = self.findings[0]["severity"]
        return {name: self._count("findings", (severity == name).to_numpy(dtype=bool)) for name in SEVERITIES}

    @cached_property
    def rules(self) -> tuple[Any, np.ndarray, np.ndarray]:
        """The rules that found something; and pairs, each once: which rule, which recording it names."""
        found, owners = self.findings
        encoded = pc.dictionary_encode(_arrow(found["rule"])).combine_chunks()
        rules = pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64)
        pairs = np.unique((rules * self.n + owners)[rules >= 0])
        return encoded.dictionary, pairs // max(self.n, 1), pairs % max(self.n, 1)

    def _find_bounds(self, frame: str) -> np.ndarray:
        """Where each recording's rows begin, and behind the last one the end: frames keep them together, in order."""
        return self.corpus.bounds(frame)

    def _find_owners(self, frame: str) -> np.ndarray:
        """For each row the position of its recording."""
        return self.findings[1] if frame == "findings" else np.repeat(np.arange(self.n), np.diff(self.bounds(frame)))

    def rows_of(self, frame: str, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The rows of some recordings, and for each whose it is: a position among these."""
        bounds = self.bounds(frame)
        sizes = bounds[at + 1] - bounds[at]
        whose = np.repeat(np.arange(at.size), sizes)
        return np.arange(whose.size) + np.repeat(bounds[at] - np.cumsum(sizes) + sizes, sizes), whose

    def cells(self, frame: str, column: str, rows: np.ndarray) -> list[str]:
        """Some texts, "" where there is none, one by one: Arrow's `take` would first join what it has in pieces."""
        texts = self.texts(frame, column)
        return [texts[row].as_py() or "" for row in rows.tolist()]

    def _count(self, frame: str, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """How many of these rows each recording has."""
        return np.bincount(self.owners(frame)[rows], minlength=self.n)

    def _read_texts(self, frame: str, column: str) -> Any:
        return _arrow(self.column(frame, column))

    def shown(self, name: str) -> Any:
        """What the table shows of every recording in one of its columns of text; of tests, see `names`."""
        texts = self.texts("recordings", {"id": "recording", "model": "model_served"}.get(name, name))
        if name != "model" or not texts.null_count:
            return texts
        return pc.coalesce(texts, self.texts("recordings", "model_requested"))

    @cached_property
    def recorded(self) -> np.ndarray:
        """When each was recorded, in POSIX seconds: the time of day of its first chunk that has one, else what its API says
        in ``created``; NaN where neither is told. Stand-ins of recorders (0) and of examples are no times."""
        walls = self.column("chunks", "wall_time").to_numpy(dtype="datetime64[us]")
        seen = np.where(np.isnat(walls), np.nan, walls.astype(np.int64) / 1e6)
        said = self.column("chunks", "created").to_numpy(dtype=np.float64, na_value=np.nan)
        said[~((said > _EARLIEST_S) & (said < LAST_TIME_S))] = np.nan
        first = self._first_numbers(seen)
        return np.where(np.isnan(first), self._first_numbers(said), first)

    def _first_numbers(self, numbers: np.ndarray) -> np.ndarray:
        """Of the numbers of chunks, the first of each recording that is one."""
        found = np.full(self.n, np.nan)
        rows = np.flatnonzero(~np.isnan(numbers))
        owners, places = np.unique(self.owners("chunks")[rows], return_index=True)
        found[owners] = numbers[rows[places]]
        return found

    @cached_property
    def names(self) -> tuple[Any, np.ndarray]:
        """The names by which the table knows recordings, and for each recording which one it has: its test's, else what was
        requested, else its file's."""
        tests, codes = self.coded("test_id", False)
        names = pa.array(["\0".join(test_name(test)) for test in tests.to_pylist()], pa.large_string())
        holes = np.flatnonzero(codes < 0)
        is_hole = pa.array(codes < 0)
        files = pc.replace_substring_regex(self.texts("recordings", "path").filter(is_hole), "(?s)^.*/", "")
        others = pc.coalesce(self.requests.filter(is_hole), files.combine_chunks())
        places = codes.astype(np.int64)
        places[holes] = len(names) + np.arange(holes.size)
        return pa.concat_arrays([names, others]), places

    @cached_property
    def requests(self) -> Any:
        """``POST /v1/files`` of what asked no model; null where one was asked, or the endpoint is not known."""
        is_asked = self.coded("model_served", False)[1] >= 0
        is_asked |= self.coded("model_requested", False)[1] >= 0
        (methods, method), (endpoints, endpoint) = (self.coded(name, False) for name in ("method", "endpoint"))
        # Many exchanges, few kinds of requests: each pair of method and endpoint is written once.
        pairs, which = np.unique(np.stack([method, endpoint])[:, ~is_asked], axis=1, return_inverse=True)
        first, second = ([*values.to_pylist(), ""] for values in (methods, endpoints))
        lines = pa.array([request_line(first[m], second[e]) or None for m, e in pairs.T.tolist()], pa.large_string())
        places = np.zeros(self.n, dtype=np.int64)
        places[~is_asked] = which.reshape(-1)
        return lines.take(pa.array(places, mask=is_asked))

    def _encode(self, name: str, shown: bool) -> tuple[Any, np.ndarray]:
        """A column's different values, and for each recording which one it has: -1 for none, unless as `shown`."""
        texts = pc.fill_null(self.shown(name), NOT_NAMED) if shown else self.texts("recordings", name)
        encoded = pc.dictionary_encode(texts).combine_chunks()
        return encoded.dictionary, pc.fill_null(encoded.indices, -1).to_numpy()

    def _read_numbers(self, name: str) -> np.ndarray:
        if name == "tools":
            return self._count("tool_calls").astype(np.float64)
        if name == "runs":
            return self.request_groups.n_runs.astype(np.float64)
        numbers: np.ndarray = self.column("recordings", NUMBERS[name]).to_numpy(dtype=np.float64, na_value=np.nan)
        return numbers

    def _raise_flag(self, name: str) -> np.ndarray:
        about = self.corpus.recordings
        if name in ("tools", "usage", "findings"):
            return self._count({"tools": "tool_calls"}.get(name, name)) > 0
        if name == "finish":
            return self._count("choices", self.column("choices", "finish_reason").notna().to_numpy()) > 0
        if name in ("reasoning", "refusal"):
            return self._count("choices", self.column("choices", f"{name}_chars").to_numpy() > 0) > 0
        if name == "no end yet":
            return (about["ended"] == NOT_YET).to_numpy(dtype=bool)
        if name == "no usage":
            return ~self.flag("usage")
        if name in ("stream", "whole"):
            return np.asarray((about["streaming"] == (name == "stream")).fillna(False), dtype=bool)
        if name == "error":
            return about["error"].notna().to_numpy()
        return ((about["n_choices"] > 1) if name == "several choices" else (about["clock"] != "none")).to_numpy()

    def runs_of(self, id_: str) -> np.ndarray:
        """Which recordings are runs of the request of one whose id begins so."""
        begins = pc.starts_with(self.texts("recordings", "recording"), pattern=id_, ignore_case=True)
        return self.request_groups.runs_of(np.flatnonzero(np.asarray(begins, dtype=bool)))

    def _search(self, columns: Columns, substring: str) -> np.ndarray:
        """Which recordings have the substring in one of the columns."""
        found = np.zeros(self.n, dtype=bool)
        for frame, column in columns:
            if frame == "recordings" and column not in _UNIQUE:
                values, codes = self.coded(column, False)
                found |= np.append(_holds(values, substring), False)[codes]
            elif frame == "recordings":
                found |= _holds(self.texts(frame, column), substring)
            else:
                found[self.owners(frame)[_holds(self.texts(frame, column), substring)]] = True
        return found


def request_line(method: str, endpoint: str) -> str:
    """A request as people write it; "" where the endpoint is not known."""
    return f"{method} {endpoint}".strip() if endpoint else ""


def _arrow(series: pd.Series[Any]) -> Any:
    """Its text as Arrow holds it, uncopied where it is Arrow's already."""
    texts = pa.chunked_array(series)
    return texts if pa.types.is_large_string(texts.type) else texts.cast(pa.large_string())


def _holds(texts: Any, substring: str) -> np.ndarray:
    found = pc.fill_null(pc.match_substring(texts, substring, ignore_case=True), False)
    return np.asarray(found, dtype=bool)
