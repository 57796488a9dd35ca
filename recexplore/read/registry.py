"""What other packages add: found by entry point, held to the same contract as ours.

Takes the name of a group, gives what is installed under it. One that cannot be imported is left out with a warning: a
broken plugin never keeps anybody from loading recordings.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import entry_points
from typing import Any, Protocol

from recexplore.model.exchange import Exchange, Json, Problem
from recexplore.read.wire.content import Content
from recexplore.tables.builders import Columns

__all__ = ["Dialect", "Envelope", "installed", "line_of", "score"]


class Envelope(Protocol):
    """How a recorder wrapped what it saw; the contract stands in `recexplore.read.envelopes`.

    It may have a third function, ``line_of``, which is asked through `line_of` of this module.
    """

    @property
    def NAME(self) -> str: ...  # noqa: N802 - a module's constant

    def sniff(self, content: Content, /) -> float: ...

    def read(self, content: Content, /) -> Iterator[Exchange | Problem]: ...


class Dialect(Protocol):
    """What a provider meant; the contract stands in `recexplore.read.dialects`."""

    @property
    def NAME(self) -> str: ...  # noqa: N802 - a module's constant

    def sniff(self, exchange: Exchange, /) -> float: ...

    def extract(self, chunks: Sequence[Json], rows: Sequence[int], columns: Columns, /) -> None: ...


def score(plugin: Envelope | Dialect, subject: Any) -> float:
    """How sure a plugin says it is, 0 to 1; one that cannot say is not sure at all."""
    try:
        said = float(plugin.sniff(subject))
    except Exception as error:  # whatever a stranger's code does, the load goes on
        warnings.warn(f"{getattr(plugin, 'NAME', plugin)} could not be asked: {error!r}", stacklevel=2)
        return 0.0
    return said if said > 0 else 0.0


def line_of(envelope: Envelope, content: Content, exchange: int, chunk: int | None) -> int | None:
    """The line where a chunk or an exchange begins; None where the envelope cannot say."""
    find: Callable[[Content, int, int | None], Any] | None = getattr(envelope, "line_of", None)
    try:
        said = find(content, exchange, chunk) if find is not None else None
    except Exception as error:  # whatever a file does to whoever reads it, a finding without a line is still one
        warnings.warn(f"{envelope.NAME} could not say where a chunk stands: {error!r}", stacklevel=2)
        return None
    return said if type(said) is int and said > 0 else None


def installed(group: str) -> tuple[Any, ...]:
    """Everything that installed packages offer under an entry point group, in the order of the names."""
    return tuple(_loaded(group))


def _loaded(group: str) -> Iterator[Any]:
    for point in sorted(entry_points(group=group), key=lambda point: point.name):
        try:
            yield point.load()
        except (Exception, SystemExit) as error:  # whatever a stranger's import does
            warnings.warn(f"{group}: {point.name!r} ({point.value}) is left out: {error!r}", stacklevel=2)
