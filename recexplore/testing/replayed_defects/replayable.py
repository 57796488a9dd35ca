"""Which defects a replay can put into its answers, and why not the others.

Takes the id of a rule, gives the `Rule`. A defect can be put in where it is the answer's alone: what the client asks,
and where, stays as it is.
"""

from __future__ import annotations

import difflib
from typing import Final

from recexplore.rules import RULES, Rule
from recexplore.rules.rule import Need
from recexplore.testing.defects import CASES

__all__ = ["REPLAYABLE", "WHY_NOT", "replayable_rule"]

_OF_NEEDS: Final[dict[Need, str]] = {
    "file name": "it is about the name of a file",
    "other runs": "it is about several runs of one request, each of which may be right",
}
_OF_THE_REQUEST: Final = "it is a request that asks for something else than came, and a client asks what it asks"
_OF_RULES: Final = {
    "dialect-mismatch": _OF_THE_REQUEST,
    "stream-mismatch": _OF_THE_REQUEST,
    "converse-lifecycle": "its events come in frames of Amazon's event stream, which are not made again",
    "realtime-lifecycle": "its events come over a WebSocket",
}
WHY_NOT: Final[dict[str, str]] = {
    rule.id: why
    for rule in RULES
    if (why := _OF_RULES.get(rule.id) or next((_OF_NEEDS[need] for need in rule.needs if need in _OF_NEEDS), ""))
}
"""Why a defect cannot be replayed, by the id of its rule."""
REPLAYABLE: Final[dict[str, Rule]] = {rule.id: rule for rule in RULES if rule.id in CASES and rule.id not in WHY_NOT}
"""The rules whose defects can be, by id."""


def replayable_rule(name: str) -> Rule:
    """The rule of a defect that can be replayed.

    Raises
    ------
    ValueError
        There is no such rule, or its defect cannot be replayed.
    """
    if name in REPLAYABLE:
        return REPLAYABLE[name]
    if name in WHY_NOT:
        raise ValueError(f"the defect of {name} cannot be replayed: {WHY_NOT[name]}")
    near = difflib.get_close_matches(name, REPLAYABLE, n=3, cutoff=0.5)
    hint = f"near: {', '.join(near)}" if near else "`recexplore replay --defect help` lists them"
    raise ValueError(f"there is no defect of a rule {name!r}; {hint}")
