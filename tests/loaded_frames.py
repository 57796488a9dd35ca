"""What loading gives, and whether the rules can judge it: two questions, since they cost so differently.

The rules take a tenth of a second however small a corpus is, fifty times as long as loading it. Tests that load many small
corpora therefore look at the frames of each (`LOADED`), and let the rules run once over all of them (`no_rule_fails`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import recexplore
from recexplore.model.schema import FRAMES

LOADED: Final = tuple(name for name in FRAMES if name != "findings")
"""The frames that loading fills; ``findings`` are computed from them."""

_ALONE: Final = 12


def no_rule_fails(paths: Sequence[Path]) -> None:
    """Runs the rules over all files together, and over every twelfth alone, where most of what they look at is not there."""
    for where in (paths, *paths[::_ALONE]):
        assert "failed" not in recexplore.check(recexplore.load(where, progress=False)).attrs, where
