"""How evenly a stream came: the gap before each chunk, where it stalled, and what came in bursts.

Takes ``chunks`` and ``events``, gives a row a chunk or a mark. Never invents a time: chunks without one are left out.

Chunks at most `TOGETHER_S` apart came together. A stream's *usual gap* is the median of its positive gaps after the first
text; only of those between arrivals, where there are at least `LEAST_ARRIVALS`: choices that take turns, several tokens a
step and gateways that flush in beats bring chunks in clumps, and the gaps inside a clump say nothing of the pace.

A *stall* is a gap after the first text, longer than `LONG_S` and than `STALL_FACTOR` usual gaps. What comes before the first
text (Azure's prompt filter, a role) is the wait for the first token and no stall. A keep-alive does not end one.

A *burst* is at least `BURST_CHUNKS` chunks with text of one choice that came together, on average less than `BURST_PACE_S`
apart, after at least `LONG_S` without text: something held them back, mostly a proxy that buffers, but also Anthropic's API,
which sends a tool's arguments value by value. The wait before a burst belongs to it and is no stall. Where nobody timed the
request, how long the first chunk took is unknown, and what came together with it is no burst.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from recexplore.analysis.pace_words import mark_words
from recexplore.model.kinds import PAYLOAD_KINDS
from recexplore.model.silence import LONG_S, STALL_FACTOR, TOGETHER_S

__all__ = ["MARKS", "gaps", "marks", "usual_gaps", "with_text"]

LEAST_ARRIVALS: Final = 3
"""With fewer, what lies between arrivals may be the stalls themselves, of a stream that is faster than `TOGETHER_S`."""
BURST_CHUNKS: Final = 8
"""More than one speculative step or the end of an answer (last text, finish, usage) brings at once."""
BURST_PACE_S: Final = 0.0005
"""Two thousand chunks a second: faster than models write."""
MARKS: Final = ("stall", "burst")


def with_text(events: pd.DataFrame) -> pd.DataFrame:
    """The events in which a choice brings text, or the name of a tool; ``chars`` of text each."""
    chars = events["text"].str.len().fillna(0).astype("int64")
    says = (chars > 0) | events["tool_name"].notna()
    found = events.assign(chars=chars)[events["kind"].isin(PAYLOAD_KINDS) & events["choice"].notna() & says]
    return found[["recording", "choice", "chunk", "kind", "t_s", "chars"]]


def gaps(chunks: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The time of each chunk and how long it let wait.

    Returns
    -------
    pandas.DataFrame
        One row a chunk with a time, in wire order: ``recording``, ``chunk``, ``t_s``, ``gap_s`` (since the chunk with a time
        before it; missing for the first, negative where a clock went back), ``mark`` ("stall" on the chunk that ended
        one, "burst" on all that came in one, else missing).
    """
    return _timed(chunks, events)[["recording", "chunk", "t_s", "gap_s", "mark"]]


def usual_gaps(chunks: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The usual gap of each stream, by which its stalls are measured.

    Returns
    -------
    pandas.DataFrame
        One row a recording with a time: ``recording``, ``usual_s`` (missing where no gap follows the first text).
    """
    return _timed(chunks, events)[["recording", "usual_s"]].drop_duplicates("recording", ignore_index=True)


def marks(chunks: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Every stall and burst.

    Returns
    -------
    pandas.DataFrame
        One row a stall or burst in wire order: ``recording``, ``mark``, ``first_chunk`` (of a stall: the one before it),
        ``last_chunk`` (of a stall: the one that ended it), ``t_s`` (of the first chunk), ``duration_s`` (to the last),
        ``wait_s`` (without text: a stall's duration, the time before a burst), ``n_chunks`` (that came: of a burst all, of
        a stall the last and keep-alives), ``usual_s`` (the stream's usual gap), ``words`` (all this in a sentence).
    """
    timed = _timed(chunks, events)
    by = timed.groupby("recording", sort=False)
    before = by[["chunk", "t_s", "mark", "speaks"]].shift()
    stall, burst = timed["mark"] == "stall", timed["mark"] == "burst"
    goes_on = stall & (before["mark"] == "stall") & ~before["speaks"].fillna(True).astype(bool)
    goes_on |= burst & (before["mark"] == "burst") & (timed["run"] == by["run"].shift())
    timed["start_chunk"] = before["chunk"].where(stall, timed["chunk"])
    timed["start_s"] = before["t_s"].where(stall, timed["t_s"])
    rows = timed[stall | burst]
    found = rows.groupby((~goes_on[rows.index]).cumsum().to_numpy(), sort=False).agg(
        recording=("recording", "first"),
        mark=("mark", "first"),
        first_chunk=("start_chunk", "first"),
        last_chunk=("chunk", "last"),
        t_s=("start_s", "first"),
        end_s=("t_s", "last"),
        wait_s=("wait_s", "first"),
        n_chunks=("chunk", "size"),
        usual_s=("usual_s", "first"),
    )
    found["first_chunk"] = found["first_chunk"].astype("int64")
    found.insert(5, "duration_s", found.pop("end_s") - found["t_s"])
    found["wait_s"] = found["wait_s"].where(found["mark"] == "burst", found["duration_s"])
    found["words"] = pd.Series([mark_words(row) for row in found.to_dict("records")], found.index, dtype="str")
    return found.reset_index(drop=True)


def _timed(chunks: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The chunks with a time, and what `gaps` and `marks` need of them."""
    timed = chunks.loc[chunks["t_s"].notna(), ["recording", "chunk", "t_s"]].reset_index(drop=True)
    spoken = with_text(events).drop_duplicates(["recording", "chunk", "choice"])[["recording", "chunk", "choice"]]
    speaks = spoken.drop_duplicates(["recording", "chunk"])[["recording", "chunk"]].assign(speaks=True)
    timed["speaks"] = timed.merge(speaks, how="left")["speaks"].fillna(False).astype(bool)
    by = timed.groupby("recording", sort=False)
    timed["gap_s"] = by["t_s"].diff()
    began = by["speaks"].cumsum() > timed["speaks"]
    timed["usual_s"] = _usual(timed, timed["gap_s"].where(began & (timed["gap_s"] > 0)))
    beats = timed[timed["speaks"]]
    wait = beats.groupby("recording", sort=False)["t_s"].diff().fillna(beats["t_s"])
    new = ~beats.duplicated("recording") | ~wait.between(0, TOGETHER_S)
    timed["run"] = new.cumsum().reindex(timed.index)
    timed["wait_s"] = wait.where(new).reindex(timed.index)
    runs = _runs(timed, spoken)
    last = timed.groupby("recording", sort=False)["run"].ffill()
    ahead = timed.groupby("recording", sort=False)["run"].bfill()
    burst = last.isin(runs.index) & (timed["chunk"] <= last.map(runs))
    leads_to_burst = ahead.isin(runs.index) & ~timed["speaks"]
    stall = began & (timed["gap_s"] > np.maximum(LONG_S, STALL_FACTOR * timed["usual_s"])) & ~leads_to_burst
    timed["run"] = last
    codes = np.select([burst, stall], [MARKS.index("burst"), MARKS.index("stall")], -1)
    timed["mark"] = pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(list(MARKS)))
    return timed


def _usual(timed: pd.DataFrame, between: pd.Series[float]) -> pd.Series[float]:
    """Each recording's usual gap, a value a chunk."""
    arrivals = between.where(between > TOGETHER_S).groupby(timed["recording"], sort=False)
    enough = arrivals.transform("count") >= LEAST_ARRIVALS
    every = between.groupby(timed["recording"], sort=False).transform("median")
    return arrivals.transform("median").where(enough, every)


def _runs(timed: pd.DataFrame, spoken: pd.DataFrame) -> pd.Series[int]:
    """The last chunk of each run of chunks that came together and are a burst."""
    beats = timed[timed["speaks"]]
    runs = beats.groupby("run").agg(
        wait=("wait_s", "first"), start=("t_s", "first"), end=("t_s", "last"), n=("t_s", "size"), last=("chunk", "last")
    )
    of_choice = spoken.merge(beats[["recording", "chunk", "run"]]).groupby(["run", "choice"]).size()
    runs["most"] = of_choice.groupby("run").max()
    pace = (runs["end"] - runs["start"]) / (runs["n"] - 1).clip(lower=1)
    return runs.loc[(runs["wait"] >= LONG_S) & (runs["most"] >= BURST_CHUNKS) & (pace < BURST_PACE_S), "last"]
