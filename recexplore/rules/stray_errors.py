"""Errors that a server wrote into a stream of events without making them the data of an event that its API knows.

Takes chunks and the events that nobody understands, gives one row an error. A client does not see them for what they are: a
line with an unknown field belongs to no event, an event of a foreign name reaches no listener, a text is no JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd

__all__ = ["stray_errors"]

_COLUMNS: Final = ["of", "chunk", "last_chunk", "place", "text"]
_FIELDS: Final = frozenset(["error", "err", "exception"])
_HINT: Final = r"(?i)error|exception|timeout|time-out|unavailable|gateway|too many|connection|traceback"
_FAILURE: Final = re.compile(
    r"(?i)\b(?:internal server error|bad gateway|gateway time-?out|service (?:temporarily )?unavailable|too many requests"
    r"|upstream (?:connect error|request timeout)|connection (?:reset|refused|terminated)"
    r"|traceback \(most recent call last\))"
)
"""What servers and proxies write where they give up, in plain text or as a page of HTML."""


def stray_errors(chunks: pd.DataFrame, unknown: pd.DataFrame) -> pd.DataFrame:
    """One row a recording with such errors, its first: ``of``, ``chunk``, ``last_chunk``, ``place`` in words, ``text``.

    Parameters
    ----------
    chunks
        `recexplore.rules.streams.Streams.chunks`.
    unknown
        Their events that nobody understands.
    """
    is_noted = chunks["framing"].notna().to_numpy()
    if not is_noted.any() and unknown.empty:
        return pd.DataFrame({name: [] for name in _COLUMNS}).astype({"of": np.int64})
    noted = chunks[is_noted]
    noted = noted[noted["framing"].str.contains(_HINT, regex=True).to_numpy(dtype=bool)]
    found = [
        each
        for of, chunk, framing in zip(noted["of"], noted["chunk"], noted["framing"], strict=True)
        for each in _lines(int(of), int(chunk), orjson.loads(framing))
    ]
    for of, chunk, text in _events(chunks, unknown):
        found.append((of, chunk, chunk, f"in chunk {chunk}", text))
    found.sort(key=lambda each: each[:2])
    return pd.DataFrame(found, columns=_COLUMNS).drop_duplicates("of")


def _events(chunks: pd.DataFrame, unknown: pd.DataFrame) -> Iterator[tuple[int, int, str]]:
    """The errors among the events: named so, or plain text where an object is meant."""
    if unknown.empty:
        return
    named = chunks.loc[(chunks["event"].str.lower() == "error").fillna(False).to_numpy(dtype=bool), ["of", "chunk"]]
    is_named = pd.MultiIndex.from_frame(unknown[["of", "chunk"]]).isin(pd.MultiIndex.from_frame(named))
    hinted = unknown["text"].str.contains(_HINT, regex=True).fillna(False).to_numpy(dtype=bool)
    for of, chunk, text in zip(*(unknown.loc[is_named, name] for name in ("of", "chunk", "text")), strict=True):
        yield int(of), int(chunk), str(text)
    for of, chunk, text in zip(
        *(unknown.loc[hinted & ~is_named, name] for name in ("of", "chunk", "text")), strict=True
    ):
        said = _plain(str(text))
        if said is not None and _is_error(said):
            yield int(of), int(chunk), said


def _plain(text: str) -> str | None:
    """The data as it came, where it is a text: what is no JSON is kept as a JSON string; None where it is JSON."""
    if text.startswith("{"):
        return None
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text.strip()
    return value.strip() if isinstance(value, str) else None


def _lines(of: int, chunk: int, framing: Any) -> Iterator[tuple[int, int, int, str, str]]:
    """The first error among the lines that belong to no event, with the chunks between which it stands."""
    between = f"between chunks {chunk - 1} and {chunk}" if chunk else "before chunk 0"
    for name, first, place in (("before", max(0, chunk - 1), between), ("after", chunk, f"behind chunk {chunk}")):
        lines = framing.get(name) if isinstance(framing, dict) else None
        for line in lines if isinstance(lines, list) else ():
            if isinstance(line, str) and _is_error(line.strip()):
                yield of, first, chunk, place, line.strip()
                return


def _is_error(line: str) -> bool:
    field, _, value = line.partition(":")
    match field.strip().lower():
        case "":
            return False  # a comment
        case name if name in _FIELDS:
            return bool(value.strip())
        case "event":
            return value.strip().lower() == "error"
        case "data" | "id" | "retry":
            return False
    if line.startswith("{"):
        return _holds_error(line)
    return _FAILURE.search(line) is not None


def _holds_error(line: str) -> bool:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(value, dict) and (bool(value.get("error")) or "error" in (value.get("object"), value.get("type")))
