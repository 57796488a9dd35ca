"""What a converted recording lost: it is read again, and its frames are compared with those of the original.

Takes a recording and the bytes of its conversion, gives what was recorded and is not there any more, and what nobody
recorded and is there now, in names of columns. Nothing is guessed: a conversion is as true as what is read of it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import pyarrow as pa

from recexplore.corpus import Corpus, Recording
from recexplore.model.credentials import Credentials
from recexplore.model.schema import FRAMES
from recexplore.read.load import corpus_of, load_blobs
from recexplore.read.sources import held
from recexplore.share.exports.selection import Selection
from recexplore.share.exports.shown_exchange import ShownExchange

__all__ = ["Difference", "Original", "read_back"]

_READ: Final = ("recordings", "requests", "chunks", "events", "choices", "tool_calls", "usage")
_OF_THE_FILE: Final = frozenset(
    {"recording", "recordings.path", "recordings.exchange", "recordings.envelope", "recordings.bytes"}
)
"""Columns that say where a recording lies, not what was recorded."""
_TIMES: Final = frozenset(
    {"t_s", "gap_s", "wall_time", "t_first_s", "t_last_s", "clock", "t_zero", "duration_s", "ttfc_s"}
)
_WITH_HEADERS: Final = frozenset({"vcr", "har", "http-pair", "http-response", "http-text", "httprr", "nock"})
"""Envelopes whose files hold headers, of which no exchange keeps all."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What is lost, and what is added, in the order of frames and columns."""

    lost: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


class Original:
    """A recording as it is shown, to be compared with its conversions."""

    def __init__(self, selection: Selection, recording: Recording, shown: ShownExchange) -> None:
        self.recording, self.exchange = recording, shown.exchange
        # What was masked is no loss: then the frames are those of the masked exchange.
        again = (
            corpus_of(replace(shown.exchange), str(recording.facts["path"]), _judging_nothing) if shown.masked else None
        )
        self.tables = {
            name: selection.rows_of(recording, name) if again is None else again.table(name) for name in _READ
        }

    def difference(self, data: bytes, name: str, matters: Callable[[str], bool] = lambda column: True) -> Difference:
        """What is another in a conversion.

        Parameters
        ----------
        data, name
            The file, and what it is called.
        matters
            Whether a column, named ``frame.column``, has to be as it was; so are asked ``chunks``, ``request`` (the JSON
            itself) and ``headers``.
        """
        back = read_back(data, name, self.recording.corpus.credentials)
        if len(back) != 1:
            return Difference((f"the recording itself: the file would hold {len(back)}",))
        noted = dict.fromkeys(self._noted(next(iter(back)), matters))
        return Difference(
            tuple(what for what, is_lost in noted if is_lost), tuple(what for what, is_lost in noted if not is_lost)
        )

    def _noted(self, back: Recording, matters: Callable[[str], bool]) -> Iterator[tuple[str, bool]]:
        mine, found = self.exchange, back.exchange
        if matters("headers") and mine.envelope in _WITH_HEADERS:
            yield "headers", True
        if matters("request") and mine.request != found.request:
            yield "request", True
        if matters("chunks") and mine.chunks != found.chunks:
            yield "chunks", True
        for name in _READ:
            before, after = self.tables[name], back.corpus.table(name)
            columns = [
                column
                for column in FRAMES[name].names
                if column not in _OF_THE_FILE and f"{name}.{column}" not in _OF_THE_FILE and matters(f"{name}.{column}")
            ]
            if before.num_rows != after.num_rows and columns:
                yield f"{name} ({before.num_rows} rows became {after.num_rows})", True
                continue
            for column in columns:
                yield from _changes(name, column, before[column], after[column])


def read_back(data: bytes, name: str, credentials: Credentials = "masked") -> Corpus:
    """What would be loaded from a file that holds these bytes."""
    return load_blobs([held(data, name)], name, check=_judging_nothing, progress=False, credentials=credentials)


def _judging_nothing(chosen: object) -> Any:
    raise TypeError("what is read back is compared and not judged")


def _changes(frame: str, column: str, before: pa.ChunkedArray, after: pa.ChunkedArray) -> Iterator[tuple[str, bool]]:
    """What is another in a column: True where a value was lost or became another, False where one appeared that was
    missing."""
    if before.equals(after):
        return
    called = "times" if column in _TIMES else f"{frame}.{column}"
    for was, now in zip(before.to_pylist(), after.to_pylist(), strict=True):
        if column == "extra":
            yield from _changed_keys(called, json.loads(was or "{}"), json.loads(now or "{}"))
        elif _value(was) != _value(now):
            yield called, _value(was) is not None


def _changed_keys(called: str, was: dict[str, Any], now: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    for key in sorted(was.keys() | now.keys()):
        if was.get(key) != now.get(key):
            yield f"{called} ({key})", key in was


def _value(cell: Any) -> Any:
    """A cell that can be compared: NaN is missing."""
    return None if isinstance(cell, float) and math.isnan(cell) else cell
