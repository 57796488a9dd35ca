"""Where reasoning ends and content begins.

Takes ``events``, gives the phases of each choice along the stream and their sizes. What is reasoning was decided when the
recording was read (a provider's field, or tags in the text); nothing is decided here.
"""

from __future__ import annotations

import pandas as pd

from recexplore.model.kinds import TEXT_KINDS

__all__ = ["phases", "split"]


def phases(events: pd.DataFrame) -> pd.DataFrame:
    """Stretches of a choice in which only reasoning, or only content, came.

    Tags between two stretches of the same phase end the first: a stream whose every delta is wrapped in tags of its own
    has as many phases as deltas.

    Returns
    -------
    pandas.DataFrame
        One row a phase in ``seq`` order: ``recording``, ``choice``, ``phase``, ``first_chunk``, ``last_chunk``,
        ``n_events``, ``chars``.
    """
    by = ["recording", "choice"]
    text = events[events["kind"].isin(TEXT_KINDS) & events["choice"].notna()]
    text = text.sort_values([*by, "seq"], kind="stable")
    kind = text["kind"].astype("str")
    same = (
        (kind == kind.shift())
        & (text["recording"] == text["recording"].shift())
        & (text["choice"] == text["choice"].shift())
    )
    found = (
        text.assign(kind=kind, chars=text["text"].str.len().fillna(0).astype("int64"))
        .groupby((~same).cumsum().to_numpy(), sort=False)
        .agg(
            recording=("recording", "first"),
            choice=("choice", "first"),
            phase=("kind", "first"),
            first_chunk=("chunk", "first"),
            last_chunk=("chunk", "last"),
            n_events=("chunk", "size"),
            chars=("chars", "sum"),
        )
    )
    return found[found["phase"] != "tag"].reset_index(drop=True)


def split(events: pd.DataFrame) -> pd.DataFrame:
    """How much of each choice is reasoning and how much content.

    Returns
    -------
    pandas.DataFrame
        One row a choice and phase that has text: ``recording``, ``choice``, ``phase``, ``n_phases``, ``n_events``,
        ``chars``, ``share`` (of the choice's characters without tags, 0 to 1), ``first_chunk``, ``last_chunk``.
    """
    by = ["recording", "choice", "phase"]
    found = (
        phases(events)
        .groupby(by, sort=True)
        .agg(
            n_phases=("n_events", "size"),
            n_events=("n_events", "sum"),
            chars=("chars", "sum"),
            first_chunk=("first_chunk", "min"),
            last_chunk=("last_chunk", "max"),
        )
        .reset_index()
    )
    found["share"] = found["chars"] / found.groupby(["recording", "choice"])["chars"].transform("sum")
    return found[[*by, "n_phases", "n_events", "chars", "share", "first_chunk", "last_chunk"]]
