"""One chunk's part for one choice: a chunk share.

Takes ``events``, gives a row a share: what it mostly holds, how much text, how high it is drawn. Every view that shows which
choice came when draws these rows. What concerns no single choice (usage, prompt filters) has shares too, the choice missing.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from recexplore.model.kinds import KINDS, LEGEND, SIZED_KINDS, kind_code

__all__ = ["number", "owners", "per_chunk"]

_BY: Final = ["recording", "chunk", "choice"]
_KIND: Final = pd.CategoricalDtype(list(KINDS))
_USUAL: Final = 0.9
"""The quantile of lengths that counts as long but usual."""
_USUAL_HEIGHT: Final = 0.42
_LEAST_HEIGHT: Final = 0.09
_MOST_HEIGHT: Final = 0.94


def number(events: pd.DataFrame) -> np.ndarray:
    """For each event the row of its share in `owners` and `per_chunk`.

    Returns
    -------
    numpy.ndarray of shape (len(events),)
        Zero-based; shares are counted in the order in which they begin on the wire.
    """
    numbers: np.ndarray = events.groupby(_BY, sort=False, dropna=False).ngroup().to_numpy()
    return numbers


def owners(events: pd.DataFrame) -> pd.DataFrame:
    """Whose each share is.

    Returns
    -------
    pandas.DataFrame
        One row a share in wire order, choices of one chunk in the order they stand in it: ``recording``, ``chunk``,
        ``choice`` (missing for what concerns all of them).
    """
    return events[_BY].drop_duplicates(ignore_index=True)


def per_chunk(events: pd.DataFrame) -> pd.DataFrame:
    """What each chunk brought each choice.

    Parameters
    ----------
    events
        The ``events`` frame of one or more recordings.

    Returns
    -------
    pandas.DataFrame
        The columns of `owners`, and ``lane`` (zero-based: the recording's choices by their number, what concerns all of them
        last), ``kind`` (of those with an entry in legends the one with most characters, of equals the last; missing where
        there is none), ``chars`` (of the kinds whose text has a size), ``height`` (0 to 1, of a lane: grows with the square
        root of ``chars``, so scaled that long but usual shares of a recording fill half a lane and outliers nearly all),
        ``is_finish`` (whether the choice finishes in it).
    """
    found, of = owners(events), number(events)
    codes = events["kind"].cat.codes.to_numpy()
    chars = events["text"].str.len().where(events["kind"].isin(SIZED_KINDS), 0).fillna(0).to_numpy(dtype=np.int64)
    found["lane"] = _lanes(found)
    found["kind"] = pd.Categorical.from_codes(_foremost(codes, chars, of, len(found)), dtype=_KIND)
    found["chars"] = np.bincount(of, weights=chars, minlength=len(found)).astype(np.int64)
    found["height"] = _heights(found)
    found["is_finish"] = np.bincount(of[codes == kind_code("finish")], minlength=len(found)) > 0
    return found


def _lanes(found: pd.DataFrame) -> pd.Series[int]:
    behind = found["choice"].max() + 1 if found["choice"].notna().any() else 0
    place = found["choice"].fillna(behind).astype("int64")
    return place.groupby(found["recording"], sort=False).rank(method="dense").astype("int64") - 1


def _foremost(codes: np.ndarray, chars: np.ndarray, of: np.ndarray, n: int) -> npt.NDArray[np.int8]:
    """The kind that each share is drawn as, -1 for none."""
    drawn = np.flatnonzero(np.isin(codes, [kind_code(kind.name) for kind in LEGEND]))
    rising = drawn[np.argsort(chars[drawn], kind="stable")]
    kinds = np.full(n, -1, dtype=np.int8)
    # Of several values for one place the last one stays.
    kinds[of[rising]] = codes[rising]
    return kinds


def _heights(found: pd.DataFrame) -> pd.Series[float]:
    roots = np.sqrt(found["chars"])
    usual = roots.groupby(found["recording"], sort=False).transform(_usual)
    heights: pd.Series[float] = (roots / usual * _USUAL_HEIGHT).clip(_LEAST_HEIGHT, _MOST_HEIGHT)
    return heights


def _usual(roots: pd.Series[Any]) -> float:
    spoken = roots[roots > 0]
    return float(np.quantile(spoken, _USUAL)) if len(spoken) else 1.0
