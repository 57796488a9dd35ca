"""What a search needs, as plain values: for a page that finds recordings where there is no Python.

Takes a `Finder` and the recordings that the page holds, gives a table (the language, texts of columns, numbers, flags,
facets, orders, the rows that are ready) and, apart from it, the texts of the answers. A page that follows them finds what
the `Finder` would find.
"""

from __future__ import annotations

from typing import Final, TypedDict

import numpy as np

from recexplore.rules import known
from recexplore.views.find.arrays import Arrays
from recexplore.views.find.facets import FACETS, MOST_VALUES
from recexplore.views.find.finder import Finder
from recexplore.views.find.orders import ALSO, SORTS, ranks
from recexplore.views.find.query import Language, language
from recexplore.views.find.rows import HIT, LEAD, SNIPPET, Row, rows

__all__ = ["AnswerTexts", "Members", "SearchTable", "SnippetRoom", "answer_texts", "search_table"]

_ANSWERS: Final = ("choices", "tool_calls")
"""Frames with a row for each part of an answer."""


class Members(TypedDict):
    """Different values, and for each the places of the recordings that have it."""

    values: list[str]
    members: list[list[int]]


class SnippetRoom(TypedDict):
    """Characters of what is shown of a text that was hit: in all, before the hit, of the hit."""

    whole: int
    lead: int
    hit: int


class SearchTable(TypedDict):
    """What is known of every recording, by its place among ``rows``.

    ``facets`` are null where nothing is known of them; ``requests`` number the requests, so that runs of one have the same;
    ``ranks`` order as the table's orders do, null comes last; ``also``
    are other names of orders; ``nowhere`` says of each rule that has no finding that it is so.
    """

    language: Language
    rows: list[Row]
    texts: dict[str, Members]
    numbers: dict[str, list[float | None]]
    flags: dict[str, list[int]]
    facets: dict[str, Members | None]
    requests: list[int]
    most_values: int
    ranks: dict[str, list[float | None]]
    also: dict[str, str]
    largest: dict[str, float]
    nowhere: dict[str, str]
    snippet: SnippetRoom


class AnswerTexts(TypedDict):
    """The texts of the answers, a row for each choice or call: whose it is (a place), its choice, and its columns."""

    owners: list[int]
    choices: list[int]
    columns: dict[str, list[str | None]]


def search_table(finder: Finder, kept: np.ndarray) -> SearchTable:
    """What a page has to know to search.

    Parameters
    ----------
    finder
        What would be asked where there is Python.
    kept
        Positions in ``corpus.recordings`` of the recordings that the page holds, ascending.
    """
    arrays, words = finder.arrays, language()
    # Whoever packs a page waits for it once: which recordings are runs of one request is then known to all that is asked.
    requests = arrays.request_groups.numbers[kept].tolist()
    columns = dict.fromkeys((*words["visible"], *(name for own in words["fields"].values() for name in own)))
    flags = dict.fromkeys(name for names in words["flags"].values() for name in names)
    return {
        "language": words,
        "rows": rows(arrays, kept, []),
        "texts": {name: _text_column(arrays, name, kept) for name in columns if name not in words["spoken"]},
        "numbers": {name: _numbers(arrays.numbers(name)[kept]) for name in words["numbers"]},
        "flags": {name: np.flatnonzero(arrays.flag(name)[kept]).tolist() for name in flags},
        "facets": {name: _facet(finder, name, kept) for name in FACETS},
        "requests": requests,
        "most_values": MOST_VALUES,
        "ranks": {name: _numbers(ranks(arrays, name)[kept]) for name in SORTS},
        "also": dict(ALSO),
        "largest": finder.largest(),
        "nowhere": {rule.id: said for rule in known() if (said := finder.nowhere(rule))},
        "snippet": {"whole": SNIPPET, "lead": LEAD, "hit": HIT},
    }


def answer_texts(finder: Finder, kept: np.ndarray) -> dict[str, AnswerTexts]:
    """The texts of the answers that a page searches, by frame; large, and asked for by few searches."""
    spoken = [name.split(".") for name in language()["spoken"]]
    made: dict[str, AnswerTexts] = {}
    for frame in _ANSWERS:
        arrays = finder.arrays
        at, owners = arrays.rows_of(frame, kept)
        made[frame] = {
            "owners": owners.tolist(),
            "choices": arrays.column(frame, "choice").to_numpy()[at].tolist(),
            "columns": {
                column: arrays.texts(frame, column).take(at).to_pylist() for each, column in spoken if each == frame
            },
        }
    return made


def _text_column(arrays: Arrays, name: str, kept: np.ndarray) -> Members:
    frame, _, column = name.partition(".")
    owners = arrays.owners(frame) if frame != "recordings" else np.arange(arrays.n)
    places = np.full(arrays.n, -1, dtype=np.int64)
    places[kept] = np.arange(kept.size)
    members: dict[str, dict[int, None]] = {}
    for text, place in zip(arrays.texts(frame, column).to_pylist(), places[owners].tolist(), strict=True):
        if text is not None and place >= 0:
            members.setdefault(text, {})[place] = None
    return {"values": list(members), "members": [list(each) for each in members.values()]}


def _facet(finder: Finder, name: str, kept: np.ndarray) -> Members | None:
    groups = finder.groups(name)
    if groups is None:
        return None
    places = [(value, np.flatnonzero(mask[kept]).tolist()) for value, mask in groups]
    return {"values": [value for value, _ in places], "members": [members for _, members in places]}


def _numbers(values: np.ndarray) -> list[float | None]:
    return [None if each != each else _short(each) for each in values.tolist()]


def _short(number: float) -> float:
    """A whole number without its point: the same number in JSON, and shorter."""
    return int(number) if number.is_integer() else number
