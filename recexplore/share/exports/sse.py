"""One recording as the stream of its server-sent events: the least file that shows what is wrong with it.

Takes recordings, gives a file each: their chunks as events, named and terminated as they were, and nothing else. Loaded
again they have the same events, choices, tool calls and usage; the request, the times and who recorded are told no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recexplore.corpus import Recording
from recexplore.model.exchange import Exchange
from recexplore.share.exports.conversion import conversions, numbered
from recexplore.share.exports.options import Options
from recexplore.share.exports.outcome import Outcome
from recexplore.share.exports.selection import Selection
from recexplore.share.exports.target import File
from recexplore.share.exports.wire_text import event_streams

__all__ = ["files"]

_SUFFIX: Final = ".sse"
_SAME: Final = ("events.", "choices.", "tool_calls.", "usage.")
_TIMES: Final = ("t_s", "t_first_s", "t_last_s")


def files(selection: Selection, options: Options, outcome: Outcome) -> Iterator[File]:
    """A stream of events for each recording that is the same as one."""
    made = conversions(selection, options, outcome, _attempts, _SUFFIX, _matters)
    return numbered((each.recording.id, _SUFFIX, each.data) for each in made)


def _attempts(recording: Recording, exchange: Exchange) -> Iterator[bytes]:
    if exchange.chunks:
        yield from (text.encode() for text in event_streams(exchange))


def _matters(column: str) -> bool:
    return column == "recordings.dialect" or (column.startswith(_SAME) and not column.endswith(_TIMES))
