"""Findings as the explorer reads them, whoever found them.

Takes a frame of ``corpus.findings`` or of a user's own, gives one with every column that is read and whole ids. Severities,
chunks and spans that cannot be are made ones that can.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

import pandas as pd

from recexplore.corpus import Corpus
from recexplore.model.errors import RecordingNotFound
from recexplore.model.plain_values import plain_column
from recexplore.model.severities import SEVERITIES
from recexplore.model.span import spans_from_json
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["checked_findings", "most_severe"]

_TEXTS: Final = ("recording", "rule", "severity", "message", "evidence")
_NUMBERS: Final = ("chunk", "last_chunk", "choice")
_MOST_SPANS: Final = 200
"""Of one finding."""


def checked_findings(findings: pd.DataFrame | None, corpus: Corpus) -> tuple[pd.DataFrame | None, list[str]]:
    """The findings with every column that is read, recordings by their whole ids; and names that no recording has.

    Without the end of its range a finding is of one chunk.
    """
    if findings is None:
        return None, []
    if not isinstance(findings, pd.DataFrame) or "recording" not in findings:
        raise TypeError("findings is a frame with a row a finding: recording, rule, severity, chunk, choice, message …")
    given = findings.reindex(columns=[*_TEXTS, *_NUMBERS, "spans"]).reset_index(drop=True)
    texts = {name: map(_text_or_none, plain_column(given[name])) for name in _TEXTS}
    found = pd.DataFrame({name: pd.Series(cells, dtype="str") for name, cells in texts.items()})
    for name in _NUMBERS:
        found[name] = pd.Series(map(_whole_or_none, given[name]), dtype="Int64")
    found["spans"] = pd.Series([spans_from_json(cell)[:_MOST_SPANS] for cell in given["spans"]], dtype=object)
    found["severity"] = found["severity"].where(found["severity"].isin(SEVERITIES), "note")
    found["last_chunk"] = found["last_chunk"].fillna(found["chunk"])
    names = [str(name) for name in found["recording"].dropna().unique()]
    ids = _ids(names, corpus)
    found["recording"] = found["recording"].map(ids)
    return found.dropna(subset="recording").reset_index(drop=True), [name for name in names if name not in ids]


def most_severe(findings: pd.DataFrame | None, corpus: Corpus) -> tuple[str, int | None] | None:
    """The recording and the chunk of the first of the most severe findings; None where nothing was found."""
    if findings is None or findings.empty:
        return None
    worst = findings[findings["severity"] == min(findings["severity"], key=SEVERITIES.index)]
    first = min((corpus[each] for each in worst["recording"].unique()), key=lambda each: each.position)
    chunks = worst.loc[worst["recording"] == first.id, "chunk"].dropna()
    inside = chunks[chunks < first.facts["n_chunks"]]
    return first.id, int(inside.min()) if len(inside) else None


def _ids(names: Iterable[str], corpus: Corpus) -> dict[str, str]:
    """The whole ids of those names that a recording has."""
    ids = {}
    for name in names:
        with suppress(RecordingNotFound):
            ids[name] = corpus[name].id
    return ids


def _text_or_none(value: Any) -> str | None:
    return None if value is None else without_lone_surrogates(str(value))


def _whole_or_none(value: Any) -> int | None:
    try:
        return int(value) if 0 <= value < 2**31 and int(value) == value else None
    except (TypeError, ValueError, OverflowError):
        return None
