"""What a host says beside the chunks of the models that it serves, whatever their format.

A host is a module with two functions:

``split(chunks) -> (chunks, fields)``
    The chunks as the model sent them, an empty object where nothing of one is left, and what the host said with each, by
    position. No fields where it said nothing, and the chunks themselves then.
``add_events(fields, columns, first_event, first_usage)``
    The events of what it said, by row, after the dialect's, which begin at ``first_…``.

Dialects never see these fields, so that no dialect has to know of a host. A new host is one module here and one entry in
`HOSTS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeAlias

from recexplore.model.exchange import Json
from recexplore.read.hosts import bedrock
from recexplore.tables.builders import Columns

__all__ = ["HOSTS", "Fields", "Host"]

Fields: TypeAlias = dict[str, Json]
"""What a host says with one chunk, by the names of its fields."""


class Host(Protocol):
    """What a host says beside chunks; the contract stands above."""

    def split(self, chunks: Sequence[Json], /) -> tuple[Sequence[Json], dict[int, Fields]]: ...

    def add_events(
        self, fields: Mapping[int, Fields], columns: Columns, first_event: int, first_usage: int, /
    ) -> None: ...


HOSTS: Final[tuple[Host, ...]] = (bedrock,)
