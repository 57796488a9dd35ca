"""What stands beside an answer: citations, annotations, signatures, images, results of a provider's own tools.

Takes events, gives their texts as long as they are worth a glance. The raw chunk has the rest.
"""

from __future__ import annotations

from typing import Final

import pandas as pd

from recexplore.model.kinds import TABLE

__all__ = ["clipped"]

_ASIDES: Final = tuple(kind.name for kind in TABLE if kind.look == "aside" and not kind.is_sized)
_LENGTH: Final = 400


def clipped(events: pd.DataFrame) -> pd.Series[str]:
    """The text of each event; JSON about the answer only as far as it is worth a glance."""
    text = events["text"]
    is_long = events["kind"].isin(_ASIDES) & (text.str.len() > _LENGTH)
    return text.mask(is_long, text.str.slice(0, _LENGTH) + "… (the raw chunk has the rest)")
