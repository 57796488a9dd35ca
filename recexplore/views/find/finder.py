"""Which recordings are meant: what stands behind the explorer's search box, facets, order and pages.

Takes a corpus' frames and a query, gives positions in ``corpus.recordings``; makes rows only for the page that is shown.
What a query means is said by `query`; here its words are looked for literally, whatever they hold, and none raises. Nothing
is computed before it is asked for; what every question needs is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from recexplore.corpus import Corpus
from recexplore.model.counts import count
from recexplore.rules import Rule, known
from recexplore.views.find.arrays import Arrays
from recexplore.views.find.facets import FACETS, Facets, FacetValue
from recexplore.views.find.orders import SORTS, order_named, ranks
from recexplore.views.find.query import Term, note, understood
from recexplore.views.find.request_groups import RequestGroups
from recexplore.views.find.rows import Row, largest, rows

__all__ = ["FACETS", "SORTS", "Finder", "Found"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a query found.

    Attributes
    ----------
    ordinals
        Positions in ``corpus.recordings``, in the order to show.
    facets
        For each facet its values as ``{"value", "count"}``, always the same and in the same order: how many recordings
        choosing it alone in this facet would find, under the query and what is chosen in the others. Nothing for those of
        findings where no rules were run; no counts of runs until requests have been grouped.
    n_values
        For each facet how many values there are; of very many not all are in ``facets``.
    notes
        What was not understood.
    nowhere
        Where nothing was found: rules that were asked for and that no recording has.
    sort
        The order that was meant, one of `SORTS`; None as loaded.
    descending
        Whether the greatest stand first.
    """

    ordinals: np.ndarray
    facets: dict[str, list[FacetValue]]
    n_values: dict[str, int]
    notes: list[str]
    nowhere: list[str]
    sort: str | None
    descending: bool
    _finder: Finder = field(repr=False)
    _terms: Sequence[Term] = field(repr=False)
    _tallies: Mapping[str, tuple[np.ndarray, Sequence[str]]] = field(repr=False)

    @property
    def substrings(self) -> list[str]:
        """The words that were looked for in the answers."""
        return [term.substring for term in self._terms if term.spoken and not term.negated]

    @property
    def n_runs(self) -> np.ndarray:
        """For each recording that was found, how many runs its request has; all requests are read for it."""
        return np.asarray(self._finder.arrays.request_groups.n_runs[self.ordinals])

    @property
    def recorded(self) -> pd.Series[Any]:
        """For each recording that was found, when it was recorded, in UTC."""
        micros = pd.Series(self._finder.arrays.recorded[self.ordinals] * 1e6).round().astype("Int64")
        return pd.to_datetime(micros, unit="us", utc=True)

    def values(self, facet: str, words: str = "") -> tuple[list[FacetValue], int]:
        """The values of a facet that hold some words, as `facets` has them, and how many there are.

        Raises
        ------
        LookupError
            There is no such facet.
        """
        if facet not in self._tallies:
            raise LookupError(f"no facet `{facet}`: there are {', '.join(FACETS)}")
        return self._finder.tally(facet, *self._tallies[facet], words)

    def rows(self, ordinals: Sequence[int] | np.ndarray) -> list[Row]:
        """One page: what the table shows of each of these recordings, and where the query hit its text."""
        return rows(self._finder.arrays, np.asarray(ordinals, dtype=np.int64), self._terms)


class Finder:
    """Finds recordings of a corpus.

    Parameters
    ----------
    corpus
        What to search. Its frames are asked for when a question first needs them.
    findings
        What was found to be wrong with its recordings: ``recording``, ``rule``, ``severity``; others are ignored. None
        where no rules were run.
    requests
        Which recordings of the corpus are runs of one request, where somebody has grouped them already.
    """

    def __init__(
        self, corpus: Corpus, findings: pd.DataFrame | None = None, requests: RequestGroups | None = None
    ) -> None:
        self.arrays = Arrays(corpus, findings, requests)
        self._facets = Facets(self.arrays)
        self._ranks = lru_cache(None)(self._rank)
        self._largest: dict[str, float] | None = None

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
            One of `SORTS`; None leaves them as loaded. Equals stay as loaded, and what is missing comes last. A query that
            names an order (``sort:-tokens``) is asked instead.
        descending
            Whether to show the greatest first.
        """
        terms, notes = understood(query)
        notes += [note("no facet", name=name, known=", ".join(FACETS)) for name in facets if name not in FACETS]
        for term in terms:
            if term.order:
                sort, descending = term.order, term.negated
        terms = [term for term in terms if not term.order]
        if (order := None if sort is None else order_named(sort)) is None and sort is not None:
            notes.append(note("no order", beginning=sort[:20], known=", ".join(SORTS)))
        asked = np.ones(self.arrays.n, dtype=bool)
        for term in terms:
            asked &= self._fits(term) ^ term.negated
        chosen = {name: self._facets.having(name, facets[name]) for name in FACETS if facets.get(name)}
        tallies = {}
        for name in FACETS:
            others = [mask for other, mask in chosen.items() if other != name]
            tallies[name] = (np.logical_and.reduce([asked, *others]), tuple(facets.get(name, ())))
        values = {name: self.tally(name, *tallies[name]) for name in FACETS}
        ordinals = np.flatnonzero(np.logical_and.reduce([asked, *chosen.values()]))
        return Found(
            self._sorted(ordinals, order, descending),
            {name: listed for name, (listed, _) in values.items()},
            {name: n for name, (_, n) in values.items()},
            list(dict.fromkeys(notes)),
            [] if ordinals.size else list(self._nowhere(terms, facets.get("rule", ()))),
            order,
            descending and order is not None,
            self,
            terms,
            tallies,
        )

    def tally(
        self, facet: str, mask: np.ndarray, chosen: Sequence[str], words: str = ""
    ) -> tuple[list[FacetValue], int]:
        """The values of a facet that hold some words, with their counts under a mask, and how many there are."""
        return self._facets.tally(facet, mask, chosen, words), self._facets.n_values(facet, words)

    def groups(self, facet: str) -> list[tuple[str, np.ndarray]] | None:
        """Every value of a facet as it is listed, and which recordings have it; None where nothing is known of it."""
        return self._facets.groups(facet)

    def largest(self) -> dict[str, float]:
        """The largest number of each of the table's columns in the whole corpus."""
        if self._largest is None:
            self._largest = largest(self.arrays)
        return self._largest

    def _sorted(self, ordinals: np.ndarray, sort: str | None, descending: bool) -> np.ndarray:
        if sort is None:
            return ordinals
        keys = self._ranks(sort)[ordinals]
        return ordinals[np.argsort(-keys if descending else keys, kind="stable")]

    def _rank(self, sort: str) -> np.ndarray:
        return ranks(self.arrays, sort)

    def _fits(self, term: Term) -> np.ndarray:
        if term.flag:
            return self.arrays.flag(term.flag)
        if term.run:
            return self.arrays.runs_of(term.run)
        if term.number:
            return term.passes(self.arrays.numbers(term.number))
        found: np.ndarray = self.arrays.hits(term.visible, term.substring) | self.arrays.hits(
            term.spoken, term.substring
        )
        return found

    def _nowhere(self, terms: Sequence[Term], chosen: Sequence[str]) -> Iterator[str]:
        """Of each rule that was asked for by its whole name and that no recording has, that it is so."""
        words = [term.substring for term in terms if term.visible == (("findings", "rule"),) and not term.negated]
        rules = {rule.id: rule for rule in known()}
        yield from filter(None, map(self.nowhere, filter(None, map(rules.get, dict.fromkeys([*words, *chosen])))))

    def nowhere(self, rule: Rule) -> str:
        """That a rule fired nowhere, or was not looked for; "" where it did."""
        if not self._facets.is_known("rule"):
            return f"{rule.id} was not looked for: no rules were run"
        if self._facets.n_with("rule", rule.id):
            return ""
        is_off = "" if rule.on else "; it is off unless it is selected"
        return f"{rule.id} fired nowhere in {count(self.arrays.n, 'recording')}{is_off}"
