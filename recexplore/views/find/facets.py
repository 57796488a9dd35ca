"""The facets beside a search: which values there are, and how many recordings each would leave.

Takes the arrays of a corpus, gives masks and counts. Values keep their places whatever is asked for: they stand in the order
of how often they occur in the whole corpus, severities and traits in that of their tables, rules that never fired last.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, TypedDict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recexplore.rules import known
from recexplore.views.find.arrays import Arrays
from recexplore.views.find.request_groups import RUN_COUNTS
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["FACETS", "MOST_VALUES", "FacetValue", "Facets"]

FACETS: Final = ("provider", "model", "dialect", "runs", "shows", "severity", "rule")
MOST_VALUES: Final = 200
"""The most values of a facet that are listed; those that are chosen come on top."""

_OF_FINDINGS: Final = ("severity", "rule")
_OVERLAPPING: Final = ("runs", "shows", "severity")
"""Facets whose values are told by a mask each, in the order of their tables."""
_SHOWS: Final = ("several choices", "reasoning", "tools", "refusal", "error", "no usage", "clock", "no end yet")


class FacetValue(TypedDict):
    """A value of a facet, and how many recordings it would leave; None while that is not known."""

    value: str
    count: int | None


class Facets:
    """Facets of a corpus.

    Parameters
    ----------
    arrays
        The corpus, and its findings.
    """

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays
        self._members, self._places = lru_cache(None)(self._read_members), lru_cache(None)(self._order)
        self._labels = lru_cache(None)(self._read_labels)

    def having(self, facet: str, values: Sequence[str]) -> np.ndarray:
        """Which recordings have one of the values."""
        wanted = _among(self._labels(facet), values)
        if facet == "rule":
            _, rules, owners = self._arrays.rules
            return np.bincount(owners[wanted[rules]], minlength=self._arrays.n) > 0
        if facet in _OVERLAPPING:
            masks = [mask for mask, is_wanted in zip(self._members(facet), wanted, strict=True) if is_wanted]
            return np.asarray(np.logical_or.reduce([np.zeros(self._arrays.n, dtype=bool), *masks]))
        return np.asarray(wanted[self._arrays.coded(facet, True)[1]])

    def tally(self, facet: str, mask: np.ndarray, chosen: Sequence[str] = (), words: str = "") -> list[FacetValue]:
        """The values that hold some words, with their counts under a mask, 0 where there is none; of very many the most
        frequent, and those that are chosen."""
        if not self.is_known(facet):
            return []
        if facet == "runs" and not chosen and not self._arrays.request_groups.is_known:
            return [{"value": value, "count": None} for value in RUN_COUNTS if words.lower() in value]
        labels, counts = self._labels(facet), self._counts(facet, mask)
        kept = _among(labels, chosen)
        places = self._places(facet)
        if words:
            places = places[_holding(labels, words)[places]]
        listed = np.concatenate([places[:MOST_VALUES], (rest := places[MOST_VALUES:])[kept[rest]]])
        return [{"value": labels[place].as_py(), "count": int(counts[place])} for place in listed.tolist()]

    def n_values(self, facet: str, words: str = "") -> int:
        """How many values there are that hold some words, listed or not."""
        if not self.is_known(facet):
            return 0
        return int(np.count_nonzero(_holding(self._labels(facet), words)))

    def groups(self, facet: str) -> list[tuple[str, np.ndarray]] | None:
        """Every value as it is listed, and which recordings have it; None where nothing is known of it."""
        if not self.is_known(facet):
            return None
        listed = [self._labels(facet)[place].as_py() for place in self._places(facet).tolist()]
        return [(value, self.having(facet, [value])) for value in listed]

    def is_known(self, facet: str) -> bool:
        """Whether anything is known of it: where no rules were run, nothing is of findings."""
        return facet not in _OF_FINDINGS or self._arrays.given is not None

    def n_with(self, facet: str, value: str) -> int:
        """How many recordings of the whole corpus have a value."""
        return int(np.count_nonzero(self.having(facet, [value])))

    def _read_labels(self, facet: str) -> Any:
        if facet == "rule":
            fired = self._arrays.rules[0].to_pylist()
            return pa.array(dict.fromkeys([*fired, *(rule.id for rule in known())]), pa.large_string())
        if facet == "severity":
            return pa.array(list(self._arrays.severities), pa.large_string())
        if facet in ("runs", "shows"):
            return pa.array(RUN_COUNTS if facet == "runs" else _SHOWS, pa.large_string())
        return self._arrays.coded(facet, True)[0]

    def _read_members(self, facet: str) -> list[np.ndarray]:
        """For each value of a facet of which a recording can have several, which recordings have it."""
        if facet == "shows":
            return [self._arrays.flag(name) for name in _SHOWS]
        if facet == "runs":
            n_runs = self._arrays.request_groups.n_runs
            return [(n_runs >= least) & (n_runs <= most) for least, most in RUN_COUNTS.values()]
        return [counts > 0 for counts in self._arrays.severities.values()]

    def _counts(self, facet: str, mask: np.ndarray) -> np.ndarray:
        n_values = len(self._labels(facet))
        if facet == "rule":
            _, rules, owners = self._arrays.rules
            return np.bincount(rules[mask[owners]], minlength=n_values)
        if facet in _OVERLAPPING:
            return np.asarray([np.count_nonzero(mask & each) for each in self._members(facet)])
        return np.bincount(self._arrays.coded(facet, True)[1][mask], minlength=n_values)

    def _order(self, facet: str) -> np.ndarray:
        """The places of the values, as they are listed."""
        if facet in _OVERLAPPING:
            return np.arange(len(self._labels(facet)))
        return np.argsort(-self._counts(facet, np.ones(self._arrays.n, dtype=bool)), kind="stable")


def _holding(labels: Any, words: str) -> np.ndarray:
    """Which labels hold some words, whatever their case; all where there are none."""
    return np.asarray(pc.match_substring(labels, without_lone_surrogates(words), ignore_case=True), dtype=bool)


def _among(labels: Any, values: Sequence[str]) -> np.ndarray:
    wanted = pa.array([without_lone_surrogates(each) for each in values], pa.large_string())
    return np.asarray(pc.is_in(labels, value_set=wanted), dtype=bool)
