"""The results of a batch as a file: one answer a line, told apart by the id that its request was given.

Takes lines, gives one exchange for each (`recexplore.read.wire.batch_results`, which names the sources). The requests of a
batch, as they are uploaded, are no recordings. Requests of a batch are posted, whoever answers them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recexplore.model.exchange import Exchange
from recexplore.read.wire.batch_results import are_results, opened
from recexplore.read.wire.content import Content
from recexplore.read.wire.json_text import decode_json
from recexplore.read.wire.line_body import read_lines

__all__ = ["NAME", "read", "sniff"]

NAME: Final = "batch"

_LINES_LOOKED_AT: Final = 10


def sniff(content: Content) -> float:
    if not content.is_lines:
        return 0.0
    return float(are_results([decode_json(line).value for line in content.first_lines(_LINES_LOOKED_AT)]))


def read(content: Content) -> Iterator[Exchange]:
    batch = Exchange(NAME, method="POST", path=0)
    read_lines(content.data).fill(batch)
    yield from opened(batch)
