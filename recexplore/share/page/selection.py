"""Which recordings a page holds: those with the worst findings first, where there is not room for all.

Takes `Answers`, ids and a number, gives positions in ``corpus.recordings``.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from recexplore.model.severities import SEVERITIES
from recexplore.views.explorer.answers import Answers

__all__ = ["selected"]


def selected(answers: Answers, wanted: Collection[str], most: int, first: str | None) -> np.ndarray:
    """The positions of the recordings that are kept, ascending.

    Parameters
    ----------
    answers
        About the whole corpus.
    wanted
        Ids of the recordings that are meant.
    most
        How many there may be.
    first
        The recording that is kept in any case: the page opens with it.
    """
    ids = answers.corpus.recordings["recording"]
    places = np.flatnonzero(ids.isin(wanted).to_numpy(dtype=bool))
    if places.size <= most:
        return places
    worst = ids.map(_worst(answers)).fillna(len(SEVERITIES)).to_numpy()[places]
    worst[(ids.iloc[places] == first).to_numpy(dtype=bool)] = -1
    return np.sort(places[np.argsort(worst, kind="stable")[:most]])


def _worst(answers: Answers) -> dict[str, int]:
    """Of each recording with findings how bad the worst is: 0 for the most severe."""
    if answers.findings is None or answers.findings.empty:
        return {}
    ranks = answers.findings["severity"].map(SEVERITIES.index)
    return {str(id_): int(rank) for id_, rank in ranks.groupby(answers.findings["recording"]).min().items()}
