"""What providers seal for themselves (signatures, encrypted reasoning): another every time, and no part of an answer.

Takes JSON and what dialects declare as seals, gives it without them.
"""

from __future__ import annotations

from recexplore.model.exchange import Json
from recexplore.model.request_fields import RequestFields

__all__ = ["without_seals"]


def without_seals(value: Json, fields: RequestFields) -> Json:
    """JSON without the texts that a provider sealed, wherever they stand."""
    types: dict[str, set[str | None]] = {}
    for path in fields.seals:
        types.setdefault(path[-1], set()).add(path[0] if len(path) > 1 else None)
    return _without(value, types)


def _without(value: Json, types: dict[str, set[str | None]]) -> Json:
    """``types`` has for each name of a seal the types of objects in which it is one; None among them: in any."""
    if isinstance(value, list):
        return [_without(each, types) for each in value]
    if not isinstance(value, dict):
        return value
    own = value.get("type")
    sealed = {None, own} if isinstance(own, str) else {None}
    return {
        key: _without(each, types)
        for key, each in value.items()
        if not (isinstance(each, str) and types.get(key, set()) & sealed)
    }
