"""What every object of a run says of itself: when it was made, and whatever else it holds.

Takes an object and which of its fields are read elsewhere, gives the row of its chunk. Never looks at what they mean.
"""

from __future__ import annotations

import math
from collections.abc import Set
from typing import Any

from recexplore.model.exchange import Json
from recexplore.read.extract import emit
from recexplore.read.extract.emit import other_fields
from recexplore.tables.builders import Columns

__all__ = ["describe"]


def describe(said: dict[str, Json], row: int, columns: Columns, known: Set[str], **cells: Any) -> None:
    """The row of a chunk; the fields that are not ``known`` are kept beside it."""
    created: Json = said.get("created_at")
    is_time = type(created) is int or (type(created) is float and math.isfinite(created))
    rest = other_fields(said, known | {"object"} | ({"created_at"} if is_time else set()))
    time = int(created) if is_time else None
    emit.chunk(columns, row, extra=rest, object=said.get("object"), created=time, **cells)
