"""What Cohere sends in place of an answer: an object with a ``message``, and in v2 an ``id``.

Source of the fields: https://docs.cohere.com/reference/errors.
"""

from __future__ import annotations

from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.read.extract import emit
from recexplore.read.extract.emit import other_fields, share
from recexplore.tables.builders import Columns

__all__ = ["is_error", "read_error", "refusal_confidence", "tell_error"]

_FIRST_ERROR: Final = 400


def is_error(chunk: dict[str, Json]) -> bool:
    """Whether a chunk that is no answer says why there is none; gateways say it in ``error``."""
    return type(chunk.get("message")) is str or bool(chunk.get("error"))


def refusal_confidence(exchange: Exchange, endpoints: tuple[str, ...]) -> float:
    """How likely an exchange that went to one of some endpoints was refused there.

    Other servers have chats under such paths, too: a status that is no error rules it out.
    """
    asked = (exchange.endpoint or "").endswith(endpoints) and (exchange.status or _FIRST_ERROR) >= _FIRST_ERROR
    return 0.6 if asked and share(exchange.chunks, is_error) else 0.0


def read_error(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    """The error, and beside it what else the chunk holds."""
    field = "error" if chunk.get("error") else "message"
    emit.chunk(columns, row, n_choices=0, extra=other_fields(chunk, {field, "id"}), id=chunk.get("id"))
    tell_error(chunk[field], row, columns)


def tell_error(error: Json, row: int, columns: Columns) -> None:
    """An error, which is mostly a sentence; what is falsy is none."""
    if error:
        emit.event(columns, "error", row, error if type(error) is str else to_json_text(error), choice=None)
