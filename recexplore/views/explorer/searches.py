"""What the page's list asks, and the answers: which recordings a query means, rows of them, values of a facet.

Takes a `Finder`, gives plain values. Each view of an explorer walks through what it found itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from recexplore.corpus import Corpus, Recording
from recexplore.views.explorer.messages import Answer, FacetValues, FindAnswer
from recexplore.views.find.finder import Finder, Found
from recexplore.views.find.rows import Row

__all__ = ["QUESTIONS", "Searches"]

_MOST_VIEWS: Final = 16


class Searches:
    """The searches of all views of an explorer.

    Attributes
    ----------
    finder : Finder
        Another one takes its place when other findings are shown; what was found stays.
    """

    def __init__(self, corpus: Corpus, finder: Finder, recording: Callable[[str], Recording]) -> None:
        self.corpus, self.finder = corpus, finder
        self._recording = recording
        self._found: dict[str, tuple[int, Found]] = {}

    def find(
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
        anchors: Sequence[str] = (),
    ) -> Answer[FindAnswer]:
        found = self.finder.find(query, facets or {}, sort, descending)
        # Each view of this explorer has its own; those that asked longest ago are let go.
        self._found.pop(view, None)
        self._found = dict([*self._found.items(), (view, (key, found))][-_MOST_VIEWS:])
        answer: FindAnswer = {
            "total": len(found.ordinals),
            "of": len(self.corpus),
            "at": self._place(recording, found),
            # What was in sight and still is somewhere: the page scrolls there when the corpus has changed below it.
            "anchor": next(((id_, at) for id_ in anchors if (at := self._place(id_, found)) >= 0), None),
            "facets": found.facets,
            "n_values": found.n_values,
            "sort": found.sort,
            "descending": found.descending,
            "largest": self.finder.largest(),
            "notes": found.notes,
            "nowhere": found.nowhere,
            "substrings": found.substrings,
            "rows": found.rows(found.ordinals[:count]),
        }
        return answer, []

    def rows(self, *, view: str, key: int, first: int, count: int) -> Answer[list[Row]]:
        found = self._found_by(view, key)
        return found.rows(found.ordinals[first : first + count]), []

    def values(self, *, view: str, key: int, facet: str, words: str) -> Answer[FacetValues]:
        """The values of a facet that hold some words: of very many, `find` lists only the most frequent."""
        values, n_values = self._found_by(view, key).values(facet, words)
        return {"values": values, "n_values": n_values}, []

    def _found_by(self, view: str, key: int) -> Found:
        asked, found = self._found.get(view, (None, None))
        if found is None or asked != key:
            raise LookupError("these rows are no longer known: search again")
        return found

    def _place(self, recording: str, found: Found) -> int:
        """Where a recording stands among those found; -1 where it is not, or is no longer in the corpus."""
        if not recording or recording not in self.corpus:
            return -1
        at = np.flatnonzero(found.ordinals == self._recording(recording).position)
        return int(at[0]) if at.size else -1


QUESTIONS: Final[dict[str, Callable[..., Answer[Any]]]] = {
    "find": Searches.find,
    "rows": Searches.rows,
    "values": Searches.values,
}
"""What a page may ask about its list, by name."""
