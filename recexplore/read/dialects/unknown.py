"""What no dialect understands: kept whole.

Takes any chunks, gives one event of kind ``unknown`` each, or ``error`` where it says that it is one, with the chunk's own
JSON as text (the string itself where the chunk is one).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.kinds import kind_code
from recexplore.read.extract.dialect import Dialect
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]


def sniff(exchange: Exchange) -> float:
    return 0.01


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    n = len(chunks)
    columns.chunks.add(n, {"row": rows, "model": [_model(chunk) for chunk in chunks]}, n_choices=0)
    texts = [chunk if isinstance(chunk, str) else to_json_text(chunk) for chunk in chunks]
    kinds = [kind_code("error" if _is_error(chunk) else "unknown") for chunk in chunks]
    columns.events.add(n, {"row": rows, "text": texts, "kind": kinds})


def _is_error(chunk: Json) -> bool:
    """Whether a chunk says of itself that it is an error, as those of most APIs do."""
    if not isinstance(chunk, dict):
        return False
    error = chunk.get("error")
    return (isinstance(error, str | dict) and bool(error)) or "error" in (chunk.get("object"), chunk.get("type"))


def _model(chunk: Json) -> str | None:
    model = chunk.get("model") if isinstance(chunk, dict) else None
    return model if isinstance(model, str) else None


DIALECT: Final = Dialect("unknown", "unknown", sniff, extract)
