"""The exchange of a recording as it leaves: without credentials, unless it was loaded with them.

Takes a `Recording`, gives an `Exchange` and what in it was masked. Raises `SourceChanged` as reading the file again does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from recexplore.corpus import Recording
from recexplore.model.credentials import masked_json, masked_json_text, masked_text, masked_url
from recexplore.model.exchange import Exchange

__all__ = ["ShownExchange", "shown_exchange"]


@dataclass(frozen=True, slots=True)
class ShownExchange:
    """An exchange, and the names of its parts in which something was masked."""

    exchange: Exchange
    masked: tuple[str, ...] = ()


def shown_exchange(recording: Recording) -> ShownExchange:
    """The exchange, masked as all that is shown."""
    exchange = recording.exchange
    if recording.corpus.credentials == "shown":
        return ShownExchange(exchange)
    shown = {name: mask(value) for name, mask in _MASKS.items() if (value := getattr(exchange, name))}
    changed = {name: value for name, value in shown.items() if value != getattr(exchange, name)}
    if not changed:
        return ShownExchange(exchange)
    masked = tuple(changed)
    if "chunks" in changed:  # they are not as long as they were
        wire = changed.get("wire", exchange.wire)
        changed["wire"] = {name: values for name, values in wire.items() if name != "bytes"}
    return ShownExchange(replace(exchange, **changed, problems=list(exchange.problems)), masked)


def _masked_wire(wire: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    framing = wire.get("framing")
    return {**wire, "framing": [each and masked_json_text(each) for each in framing]} if framing else dict(wire)


_MASKS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "request": masked_json,
    "url": masked_url,
    "endpoint": masked_url,
    "chunks": masked_json,
    "wire": _masked_wire,
    "error": masked_text,
    "extra": masked_json,
}
"""What masks each part of an exchange that may hold credentials."""
