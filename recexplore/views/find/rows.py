"""The rows of the table: what is shown of each recording, and where a query hit its text.

Takes the arrays of a corpus and positions, gives plain values. A row is made only for the page that is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, TypedDict, cast
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recexplore.analysis import interleaving
from recexplore.views.find.arrays import Arrays, request_line
from recexplore.views.find.query import Term
from recexplore.views.text.test_names import test_name

__all__ = ["HIT", "LEAD", "SNIPPET", "Match", "Row", "largest", "rows"]

_TEXTS: Final = (
    *("recording", "test_id", "model_served", "model_requested", "provider", "dialect", "path", "method", "endpoint"),
    "url",
)
_COUNTS: Final = ("choices", "chunks", "prompt", "completion", "tokens", "bytes")
SNIPPET, LEAD, HIT = 90, 24, 40
"""Characters of what is shown of a text that was hit: in all, before the hit, of the hit."""
_LINE_END: Final = re.compile(r"\r\n|[\n\v\f\r\x85\u2028\u2029]")


class Match(TypedDict):
    """Where a query's word stands in a text of the recording, and what stands around it."""

    before: str
    hit: str
    after: str
    where: str


class _Name(TypedDict):
    name: str
    detail: str
    named: Literal["test", "request", "file"]


class Row(_Name):
    """One row of the table.

    ``name`` and ``detail`` are what a person tells recordings apart by, and ``named`` says what they are: of a ``test``
    its function and parameters (and the id, where the test has several recordings), of a ``request`` without a model its
    line and host, else the ``file``'s name and nothing. ``model`` and ``provider`` are "" where nobody named them, counts
    and times None where none was recorded; ``recorded`` are seconds of POSIX. One that ``is_open`` has no end yet.
    """

    id: str
    test: str
    path: str
    request: str
    model: str
    provider: str
    dialect: str
    choices: int | None
    chunks: int | None
    prompt: int | None
    completion: int | None
    tokens: int | None
    bytes: int | None
    runs: int | None
    duration: float | None
    recorded: float | None
    clock: str
    error: bool
    is_open: bool
    findings: dict[str, int]
    lanes: list[str]
    match: Match | None


def rows(arrays: Arrays, at: np.ndarray, terms: Sequence[Term]) -> list[Row]:
    """One row for each position in ``corpus.recordings``."""
    about = arrays.corpus.recordings
    texts = {name: arrays.cells("recordings", name, at) for name in _TEXTS}
    models = [one or other for one, other in zip(texts["model_served"], texts["model_requested"], strict=True)]
    asked = zip(models, texts["method"], texts["endpoint"], strict=True)
    columns: dict[str, list[Any]] = {
        "id": texts["recording"],
        "test": texts["test_id"],
        "path": texts["path"],
        "request": ["" if model else request_line(method, endpoint) for model, method, endpoint in asked],
        "model": models,
        **{name: texts[name] for name in ("provider", "dialect")},
        **{name: [_whole(n) for n in arrays.numbers(name)[at].tolist()] for name in _COUNTS},
        "duration": [None if s != s else s for s in arrays.numbers("duration")[at].tolist()],
        "recorded": [None if s != s else s for s in arrays.recorded[at].tolist()],
        "runs": _n_runs(arrays, at),
        "clock": about["clock"].iloc[at].tolist(),
        "error": arrays.flag("error")[at].tolist(),
        "is_open": arrays.flag("no end yet")[at].tolist(),
        "findings": [{name: int(n[each]) for name, n in arrays.severities.items()} for each in at],
        "lanes": _lanes(arrays, at),
        "match": _matches(arrays, at, terms),
    }
    made = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    again = arrays.has_sibling_test[at].tolist()
    return [cast(Row, {**row, **_named(row, *more)}) for row, *more in zip(made, texts["url"], again, strict=True)]


def largest(arrays: Arrays) -> dict[str, float]:
    """The largest number of each column in the whole corpus, so that a table has room for every one."""
    columns = {
        **{name: arrays.numbers(name) for name in (*_COUNTS, "duration")},
        "recorded": arrays.recorded,
        **arrays.severities,
    }
    return {name: float(np.nanmax(numbers, initial=0)) for name, numbers in columns.items()}


def _named(row: dict[str, Any], url: str, is_one_of_several: bool) -> _Name:
    file = row["path"].rpartition("/")[2]
    if row["test"]:
        name, parameters = test_name(row["test"])
        detail = " · ".join(filter(None, [parameters, row["id"] if is_one_of_several else ""]))
        return {"name": name, "detail": detail, "named": "test"}
    if row["request"]:
        return {"name": row["request"], "detail": " · ".join(filter(None, [_host(url), file])), "named": "request"}
    return {"name": file, "detail": "", "named": "file"}


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def _whole(number: float) -> int | None:
    return None if number != number else int(number)


def _n_runs(arrays: Arrays, at: np.ndarray) -> list[int | None]:
    """How many runs the requests of these have; None until requests have been grouped."""
    groups = arrays.request_groups
    return groups.n_runs[at].tolist() if groups.is_known else [None] * at.size


def _lanes(arrays: Arrays, at: np.ndarray) -> list[list[str]]:
    _, whose = arrays.rows_of("events", at)
    events = arrays.corpus.rows_of(at.tolist(), "events", ("chunk", "choice", "kind"))
    lanes: list[list[str]] = [[] for _ in range(at.size)]
    drawn = interleaving.thumbnails(events.assign(recording=whose))
    for place, lane in zip(drawn["recording"], drawn["lane"], strict=True):
        lanes[place].append(lane)
    return lanes


def _matches(arrays: Arrays, at: np.ndarray, terms: Sequence[Term]) -> list[Match | None]:
    """For each recording where the first word that no visible field explains stands in its text."""
    found: list[Match | None] = [None] * at.size
    for term in terms:
        if term.spoken and not term.negated:
            explained = arrays.hits(term.visible, term.substring)[at]
            for column in term.spoken:
                open_ = np.asarray([match is None for match in found], dtype=bool) & ~explained
                for place, snippet in _snippets(arrays, np.flatnonzero(open_), at, column, term.substring):
                    found[place] = found[place] or snippet
    return found


def _snippets(
    arrays: Arrays, places: np.ndarray, at: np.ndarray, column: tuple[str, str], substring: str
) -> Iterator[tuple[int, Match]]:
    frame, name = column
    rows, whose = arrays.rows_of(frame, at[places])
    texts = arrays.cells(frame, name, rows)
    hits = pc.find_substring(pa.array(texts, pa.large_string()), substring, ignore_case=True).to_pylist()
    choices = arrays.column(frame, "choice").to_numpy()[rows].tolist()
    what = f"tool {name}" if frame == "tool_calls" else name
    for place, text, hit, choice in zip(places[whose].tolist(), texts, hits, choices, strict=True):
        if hit >= 0:
            start = len(text.encode()[:hit].decode())
            yield place, _snippet(text, start, len(substring), f"choice {choice}, {what}")


def _snippet(text: str, start: int, length: int, where: str) -> Match:
    before = text[:start] if start <= LEAD else "…" + text[start - LEAD + 1 : start]
    hit = _cut(text[start : start + length], HIT)
    room = SNIPPET - len(before) - len(hit)
    after = _cut(text[start + length : start + length + room + 1], room)
    return {"before": _one_line(before), "hit": _one_line(hit), "after": _one_line(after), "where": where}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _one_line(text: str) -> str:
    return _LINE_END.sub("↵", text).replace("\t", "⇥")
