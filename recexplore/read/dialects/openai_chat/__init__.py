"""OpenAI chat completions, streamed and whole, of every server that speaks them.

Takes chunks that hold ``choices`` with a ``delta`` (or a ``message``), gives events, chunk facts and usage. Source of
the fields: https://platform.openai.com/docs/api-reference/chat-streaming; vendor fields are named where they are read.

A stream is columns, so it is read as columns. Objects with the same keys, which is nearly all of a stream, are
transposed together: chunks, then the choices in them, then the deltas in those. Each field has one reader, found in a
table, that is given the field's values for all its rows at once.

What has the wrong type is kept as an ``unknown`` event with its JSON and noted as a problem; what is not known here is
kept in ``extra``. An empty string where text could be is no event of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.read.dialects.openai_chat.chunks import CHUNK_FIELDS, read_chunks
from recexplore.tables.builders import Columns

__all__ = ["NAME", "extract", "sniff"]

NAME: Final = "openai_chat"

_ENDPOINT: Final = "/chat/completions"


def sniff(exchange: Exchange) -> float:
    """Share of the telling chunks that are chat chunks; the endpoint decides only where no chunk tells anything."""
    asked = (exchange.endpoint or "").endswith(_ENDPOINT)
    chunks = exchange.chunks
    try:
        firsts = [choices[0] for chunk in chunks if (choices := chunk["choices"])]
        chat = sum(["delta" in first for first in firsts])
        if not chat:
            chat = sum(["message" in first for first in firsts])
    except (KeyError, TypeError):
        firsts = [_first_choice(chunk) for chunk in chunks if type(chunk) is dict and chunk.get("choices")]
        chat = sum(["delta" in first or "message" in first for first in firsts])
    if firsts:
        return chat / len(firsts) if chat else 0.3 if asked else 0.0
    belongs = all(type(chunk) is dict and not CHUNK_FIELDS.isdisjoint(chunk) for chunk in chunks)
    return 0.6 if asked and belongs else 0.0


def _first_choice(chunk: dict[str, Json]) -> dict[str, Json]:
    choices = chunk["choices"]
    return choices[0] if type(choices) is list and type(choices[0]) is dict else {}


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    read_chunks(chunks, rows, columns)
