"""How the choices of an answer took turns on the wire.

Takes ``events``, gives runs, figures a choice, and a picture small enough for a table cell. A *turn* is one chunk's part
for one choice; events that concern all choices (usage, prompt filters) are no turn.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

__all__ = ["THUMBNAIL_KINDS", "per_choice", "per_recording", "runs", "thumbnails"]

THUMBNAIL_KINDS: Final = {
    "role": "o",
    "reasoning": "r",
    "content": "c",
    "tag": "o",
    "refusal": "x",
    "tool_call": "t",
    "annotation": "o",
    "citation": "o",
    "unknown": "u",
    "finish": "f",
    "logprobs": "o",
    "filter": "o",
    "usage": "o",
    "error": "x",
    "empty": "o",
}
"""One letter a kind, for `thumbnails`: content, reasoning, tool call, unknown, finish, x for refusal and error, o other."""

_LOUDNESS: Final = "ofcrtux"
"""Of several kinds in one place of a thumbnail the one further right is shown: what is rare is what one looks for."""


def _turns(events: pd.DataFrame) -> pd.DataFrame:
    """One row a turn, in wire order; choices of one chunk in the order they stand in it."""
    spoken = events.loc[events["choice"].notna(), ["recording", "chunk", "choice"]]
    return spoken.drop_duplicates(ignore_index=True)


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
        ``n_turns``.
    """
    turns = _turns(events)
    changes = (turns["recording"] != turns["recording"].shift()) | (turns["choice"] != turns["choice"].shift())
    found = turns.groupby(changes.cumsum().to_numpy(), sort=False).agg(
        recording=("recording", "first"),
        choice=("choice", "first"),
        first_chunk=("chunk", "first"),
        last_chunk=("chunk", "last"),
        n_turns=("chunk", "size"),
    )
    found.insert(1, "run", found.groupby("recording", sort=False).cumcount())
    return found.reset_index(drop=True)


def per_recording(events: pd.DataFrame) -> pd.DataFrame:
    """Switches between choices, and how long one choice speaks before another does.

    Returns
    -------
    pandas.DataFrame
        One row a recording: ``recording``, ``n_choices``, ``n_turns``, ``n_switches``, ``mean_run_length`` (turns),
        ``fairness`` (of the choices' turns: 1 where all had as many, 1 / n where one had all; R. Jain's index, DEC TR-301,
        1984).
    """
    found = (
        runs(events)
        .groupby("recording", sort=False)
        .agg(n_choices=("choice", "nunique"), n_turns=("n_turns", "sum"), n_runs=("run", "size"))
        .reset_index()
    )
    found["n_switches"] = found["n_runs"] - 1
    found["mean_run_length"] = found["n_turns"] / found["n_runs"]
    squares = (_turns(events).groupby(["recording", "choice"]).size() ** 2).groupby("recording").sum()
    found["fairness"] = found["n_turns"] ** 2 / (found["n_choices"] * squares.reindex(found["recording"]).to_numpy())
    return found.drop(columns="n_runs")


def per_choice(events: pd.DataFrame) -> pd.DataFrame:
    """What each choice had of the wire.

    Returns
    -------
    pandas.DataFrame
        One row a choice: ``recording``, ``choice``, ``n_turns``, ``share`` (of the recording's turns, 0 to 1),
        ``finish_chunk`` (missing where no finish came), ``longest_run`` (turns), ``most_behind`` (turns that the choice
        ahead of all had more than this one, at most, before this one's last turn).
    """
    by = ["recording", "choice"]
    found = runs(events).groupby(by, sort=True).agg(n_turns=("n_turns", "sum"), longest_run=("n_turns", "max"))
    found = found.reset_index()
    found["share"] = found["n_turns"] / found.groupby("recording")["n_turns"].transform("sum")
    finish = events[(events["kind"] == "finish") & events["choice"].notna()].groupby(by)["chunk"].last().astype("Int64")
    found = found.merge(finish.rename("finish_chunk").reset_index(), on=by, how="left")
    found = found.merge(_most_behind(events), on=by, how="left")
    return found[[*by, "n_turns", "share", "finish_chunk", "longest_run", "most_behind"]]


def _most_behind(events: pd.DataFrame) -> pd.DataFrame:
    """How far each choice fell behind: it is furthest behind just before it speaks."""
    lags: dict[tuple[str, int], int] = {}
    spoke: dict[tuple[str, int], int] = {}
    leader: dict[str, int] = {}
    turns = _turns(events)
    for turn in zip(turns["recording"], turns["choice"], strict=True):
        recording, _ = turn
        count, ahead = spoke.get(turn, 0), leader.get(recording, 0)
        lags[turn] = max(lags.get(turn, 0), ahead - count)
        spoke[turn] = count + 1
        leader[recording] = max(ahead, count + 1)
    recordings, choices = zip(*lags, strict=True) if lags else ((), ())
    found = pd.DataFrame({"recording": pd.Series(recordings, dtype=turns["recording"].dtype)})
    found["choice"] = pd.Series(choices, dtype=turns["choice"].dtype)
    found["most_behind"] = pd.Series(list(lags.values()), dtype="int64")
    return found


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
        `THUMBNAIL_KINDS`, a space where the choice was silent.
    """
    if events.empty:
        return pd.DataFrame({"recording": pd.Series(dtype="str"), "choice": pd.Series(dtype="Int64"), "lane": []})
    letters = events["kind"].map(THUMBNAIL_KINDS).astype("str")
    loudness = letters.map({letter: rank for rank, letter in enumerate(_LOUDNESS, 1)}).to_numpy(dtype=np.int8)
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
            "loudness": loudness,
            "n_bins": n_bins,
        }
    )[shown]
    lanes = []
    for (recording, choice), lane in cells.groupby(["recording", "choice"], sort=False):
        heights = np.zeros(int(lane["n_bins"].iloc[0]), dtype=np.int8)
        np.maximum.at(heights, lane["place"].to_numpy(), lane["loudness"].to_numpy())
        lanes.append((recording, choice, "".join((" " + _LOUDNESS)[height] for height in heights)))
    found = pd.DataFrame(lanes, columns=["recording", "choice", "lane"])
    number = found["choice"].astype("Int64")
    found["choice"] = number.mask(number < 0)
    return found.sort_values(["recording", "choice"], kind="stable", ignore_index=True)
