"""How the choices of an answer took turns on the wire.

Takes ``events``, gives runs, figures a choice, and a picture small enough for a table cell. They count chunk shares
(`recexplore.analysis.shares`), but not those of events that concern all choices (usage, prompt filters).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from recexplore.analysis import shares
from recexplore.model.kinds import LETTERS, TABLE

__all__ = ["DEFINITIONS", "per_choice", "per_recording", "runs", "thumbnails"]

_LETTERS: Final = "".join(each.letter for each in LETTERS)

DEFINITIONS: Final = {
    "choice": "One of the answers to a request that asked for n of them, numbered from 0; all come in one stream.",
    "turn": "Chunks of one choice in a row, until another's comes.",
    "switches": "How often the wire went from one choice to another.",
    "run length": "How many chunks a turn has, on average and at most; 1.00 where the choices alternate strictly.",
    "share": "Each choice's part of all chunks; a chunk that brings something to two choices counts for both.",
    "fairness": "How evenly the chunks are shared (Jain's index): 1 where all choices have as many, 1/n where one of n has "
    "all. Neither is right or wrong.",
    "lag": "How many chunks of its own a choice was behind the one ahead of all, at most, before it finished.",
    "own chunks": "The chunks that brought something to the choice.",
    "finished": "The chunk that said why a choice ended; never where none did.",
    "all choices": "The lane of what concerns no single choice: usage, prompt filters, empty chunks.",
    "boundaries": "Where the text of one chunk ends and that of the next begins.",
}
"""What the figures of this module are called where they are shown, and what they mean."""


def _spoken(events: pd.DataFrame) -> pd.DataFrame:
    """Whose each chunk share is, without what concerns all choices."""
    return shares.owners(events.loc[events["choice"].notna(), ["recording", "chunk", "choice"]])


def runs(events: pd.DataFrame) -> pd.DataFrame:
    """Stretches of the wire in which one choice speaks alone.

    Parameters
    ----------
    events
        The ``events`` frame of one or more recordings.

    Returns
    -------
    pandas.DataFrame
        One row a run in wire order: ``recording``, ``run`` (from zero), ``choice``, ``first_chunk``, ``last_chunk``,
        ``n_shares``.
    """
    return _runs(_spoken(events))


def _runs(spoken: pd.DataFrame) -> pd.DataFrame:
    changes = (spoken["recording"] != spoken["recording"].shift()) | (spoken["choice"] != spoken["choice"].shift())
    first = np.flatnonzero(changes)
    n_shares = np.diff(first, append=len(spoken))
    found = spoken.iloc[first].rename(columns={"chunk": "first_chunk"}).reset_index(drop=True)
    found.insert(1, "run", found.groupby("recording", sort=False).cumcount())
    found["last_chunk"] = spoken["chunk"].to_numpy()[first + n_shares - 1]
    found["n_shares"] = n_shares
    return found[["recording", "run", "choice", "first_chunk", "last_chunk", "n_shares"]]


def per_recording(events: pd.DataFrame) -> pd.DataFrame:
    """Switches between choices, and how long one choice speaks before another does.

    Returns
    -------
    pandas.DataFrame
        One row a recording: ``recording``, ``n_choices``, ``n_shares``, ``n_switches``, ``mean_run_length`` (shares),
        ``fairness`` (of the choices' shares: 1 where all had as many, 1 / n where one had all; R. Jain's index, DEC TR-301,
        1984).
    """
    spoken = _spoken(events)
    each = _runs(spoken)
    by = each.groupby("recording", sort=False)
    n_runs, n_shares = by.size(), by["n_shares"].sum()
    of_choice = spoken.groupby(["recording", "choice"], sort=False).size()
    n_choices = of_choice.groupby("recording", sort=False).size()
    found = pd.DataFrame({"n_choices": n_choices, "n_shares": n_shares, "n_switches": n_runs - 1})
    found["mean_run_length"] = n_shares / n_runs
    found["fairness"] = n_shares**2 / (found["n_choices"] * (of_choice**2).groupby("recording", sort=False).sum())
    return found.reset_index()


def per_choice(events: pd.DataFrame) -> pd.DataFrame:
    """What each choice had of the wire.

    Returns
    -------
    pandas.DataFrame
        One row a choice: ``recording``, ``choice``, ``n_shares``, ``share`` (of the recording's shares, 0 to 1),
        ``finish_chunk`` (missing where no finish came), ``longest_run`` (shares), ``most_behind`` (shares that the choice
        ahead of all had more than this one, at most, before this one's last share; to the end of the stream where it
        never finished).
    """
    by = ["recording", "choice"]
    spoken = _spoken(events)
    each = _runs(spoken).groupby(by, sort=True)["n_shares"]
    found = pd.DataFrame({"n_shares": each.sum(), "longest_run": each.max()})
    found["share"] = found["n_shares"] / found.groupby("recording")["n_shares"].transform("sum")
    is_finish = (events["kind"] == "finish") & events["choice"].notna()
    found["finish_chunk"] = events.loc[is_finish, [*by, "chunk"]].groupby(by)["chunk"].last().astype("Int64")
    found["most_behind"] = _most_behind(spoken, found.index[found["finish_chunk"].notna()])
    return found[["n_shares", "share", "finish_chunk", "longest_run", "most_behind"]].reset_index()


def _most_behind(spoken: pd.DataFrame, finished: pd.Index) -> pd.Series[int]:
    """How far each choice fell behind: it is furthest behind just before it speaks."""
    by = ["recording", "choice"]
    before = spoken.groupby(by, sort=False).cumcount().to_numpy()
    # Recordings stand one behind the other: an offset that grows with each keeps the greatest of one out of the next.
    offset = spoken.groupby("recording", sort=False).ngroup().to_numpy() * (len(spoken) + 1)
    leader = np.maximum.accumulate(np.append(0, before + 1 + offset))[:-1] - offset
    behind = np.maximum(leader - before, 0)
    most: pd.Series[int] = spoken[by].assign(most_behind=behind).groupby(by, sort=False)["most_behind"].max()
    # One that never finished is behind until the end.
    counts = spoken.groupby(by, sort=False).size()
    at_end = counts.groupby("recording", sort=False).transform("max") - counts
    return most.where(most.index.isin(finished), np.maximum(most, at_end))


def thumbnails(events: pd.DataFrame, width: int = 44) -> pd.DataFrame:
    """A picture of each recording's interleaving, one line of letters a choice.

    Parameters
    ----------
    events
        The ``events`` frame of one or more recordings.
    width
        Most letters a line; longer streams are binned, shorter ones have one letter a chunk.

    Returns
    -------
    pandas.DataFrame
        ``recording``, ``choice`` (missing in the one line of a recording without any), ``lane``: letters of
        `recexplore.model.kinds.LETTERS`, a space where the choice was silent.
    """
    if events.empty:
        return pd.DataFrame({"recording": pd.Series(dtype="str"), "choice": pd.Series(dtype="Int64"), "lane": []})
    ranks = {kind.name: _LETTERS.index(kind.letter) + 1 for kind in TABLE}
    rank = events["kind"].map(ranks).to_numpy(dtype=np.int8)
    n_chunks = events.groupby("recording", sort=False)["chunk"].transform("max").to_numpy() + 1
    n_bins = np.minimum(n_chunks, width)
    place = (events["chunk"].to_numpy() * n_bins) // n_chunks
    mute = events.groupby("recording", sort=False)["choice"].transform("count").to_numpy() == 0
    shown = events["choice"].notna().to_numpy() | mute
    cells = pd.DataFrame(
        {
            "recording": events["recording"],
            "choice": events["choice"].fillna(-1),
            "place": place,
            "rank": rank,
            "n_bins": n_bins,
        }
    )[shown]
    lane = cells.groupby(["recording", "choice"], sort=False).ngroup().to_numpy()
    found = cells[["recording", "choice"]].iloc[np.unique(lane, return_index=True)[1]].reset_index(drop=True)
    ends = np.cumsum(cells["n_bins"].to_numpy()[np.unique(lane, return_index=True)[1]])
    starts = np.append(0, ends[:-1])
    heights = np.zeros(int(ends[-1]) if ends.size else 0, dtype=np.int8)
    np.maximum.at(heights, starts[lane] + cells["place"].to_numpy(), cells["rank"].to_numpy())
    picture = np.frombuffer((" " + _LETTERS).encode(), dtype=np.uint8)[heights].tobytes().decode()
    found["lane"] = [picture[start:end] for start, end in zip(starts, ends, strict=True)]
    number = found["choice"].astype("Int64")
    found["choice"] = number.mask(number < 0)
    ordered: pd.DataFrame = found.sort_values(["recording", "choice"], kind="stable", ignore_index=True)
    return ordered
