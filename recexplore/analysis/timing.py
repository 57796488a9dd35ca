"""When a stream came: first chunk, first token, the pace after it, and where it stalled or came in bursts.

Takes ``recordings``, ``chunks``, ``events`` and ``usage``, gives figures a choice, gaps a chunk, stalls and bursts. Never
invents a time: without a clock all are missing, never zero. `DEFINITIONS` says what each figure means and who defines it.

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

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from recexplore.analysis import usage as usage_analysis
from recexplore.model.kinds import OUTPUT_KINDS, PAYLOAD_KINDS

__all__ = ["DEFINITIONS", "MARKS", "Definition", "gaps", "marks", "own_gaps", "per_choice"]

LONG_S: Final = 0.25
"""What is shorter may be the network: one lost packet costs a fifth of a second (Linux sends again after 200 ms)."""
STALL_FACTOR: Final = 10
"""A server that starts another's request in between takes several times its usual step, not ten times."""
TOGETHER_S: Final = 0.002
LEAST_ARRIVALS: Final = 3
"""With fewer, what lies between arrivals may be the stalls themselves, of a stream that is faster than `TOGETHER_S`."""
BURST_CHUNKS: Final = 8
"""More than one speculative step or the end of an answer (last text, finish, usage) brings at once."""
BURST_PACE_S: Final = 0.0005
"""Two thousand chunks a second: faster than models write."""
MARKS: Final = ("stall", "burst")


@dataclass(frozen=True, slots=True)
class Definition:
    """What a figure means: its column, its name in full, one sentence, its unit, and who defines it so."""

    name: str
    full_name: str
    meaning: str
    unit: str
    source: str


_AIPERF: Final = "NVIDIA AIPerf, Metrics Reference (https://docs.nvidia.com/aiperf/reference/ai-perf-metrics-reference)"
_OTEL: Final = "OpenTelemetry GenAI metrics (https://github.com/open-telemetry/semantic-conventions-genai)"

DEFINITIONS: Final = {
    each.name: each
    for each in (
        Definition(
            "ttfc_s",
            "Time to first chunk",
            "Seconds from sending the request to the first chunk, whatever is in it.",
            "s",
            f"{_OTEL}: gen_ai.client.operation.time_to_first_chunk",
        ),
        Definition(
            "ttft_s",
            "Time to first token",
            "Seconds to the choice's first chunk that brings something the model wrote; reasoning counts, a role does not.",
            "s",
            f"{_AIPERF}: TTFT; OpenTelemetry measures it at the server",
        ),
        Definition(
            "ttfo_s",
            "Time to first output token",
            "Seconds to the choice's first content, refusal or tool call: what comes after the reasoning.",
            "s",
            f"{_AIPERF}: TTFO",
        ),
        Definition(
            "first_text_s",
            "First text",
            "Seconds to the choice's first text, from the request where somebody timed it, else from the first chunk.",
            "s",
            "recexplore: TTFT, where the request was timed",
        ),
        Definition(
            "first_output_s",
            "First output",
            "Seconds to the choice's first content, refusal or tool call, counted as first text is.",
            "s",
            "recexplore: TTFO, where the request was timed",
        ),
        Definition(
            "itl_s",
            "Inter-token latency",
            "Seconds from first to last text, divided by the streamed tokens less one: one number an answer, only where one "
            "choice has a report to itself, since a report counts the tokens of all choices together.",
            "s/token",
            f"{_AIPERF}: ITL; vLLM's benchmark calls it TPOT and the gaps ITL",
        ),
        Definition(
            "inter_chunk_gap",
            "Gap between chunks",
            "Seconds from one chunk to the next, a list; a chunk may hold many tokens or none: no latency of tokens.",
            "s",
            f"{_AIPERF}: inter-chunk latency; {_OTEL}: gen_ai.client.operation.time_per_output_chunk",
        ),
        Definition(
            "duration_s",
            "Duration",
            "Seconds from sending the request, else from the first chunk, to the last chunk.",
            "s",
            f"{_AIPERF}: request latency; {_OTEL}: gen_ai.client.operation.duration",
        ),
        Definition(
            "chars_per_s",
            "Characters per second",
            "Characters that came after the choice's first text, divided by the seconds from first to last text.",
            "characters/s",
            "recexplore: the inverse of ITL (AIPerf's throughput per user) in characters, where no tokens are reported",
        ),
    )
}
"""The figures of this module (and `recordings.duration_s`) by name."""


def _spoken(events: pd.DataFrame) -> pd.DataFrame:
    """The events in which a choice brings text, or the name of a tool."""
    chars = events["text"].str.len().fillna(0).astype("int64")
    says = (chars > 0) | events["tool_name"].notna()
    spoken = events.assign(chars=chars)[events["kind"].isin(PAYLOAD_KINDS) & events["choice"].notna() & says]
    return spoken[["recording", "choice", "chunk", "kind", "t_s", "chars"]]


def per_choice(recordings: pd.DataFrame, events: pd.DataFrame, usage: pd.DataFrame) -> pd.DataFrame:
    """The times of each choice.

    Times count from the request where somebody timed it, else from the first chunk; ``since`` says which, and ``ttfc_s``
    is then missing. An answer that was not streamed has no first token. Where a chunk has no time, neither has what it
    brings.

    Returns
    -------
    pandas.DataFrame
        One row a choice: ``recording``, ``choice``, ``clock``, ``t_zero``, ``since`` ("request", "first chunk", missing
        without a clock), ``ttfc_s``, ``ttft_s``, ``ttfo_s`` (since the request), ``first_text_s``, ``first_output_s`` (the
        same, counted from whatever ``since`` says), ``t_last_s`` (last text), ``itl_s``, ``output_tokens`` (those
        that were streamed: without reasoning where none was shown), ``n_gaps`` (between the choice's own chunks with
        text), ``gap_p50_s``, ``gap_p95_s``, ``gap_max_s``, ``chars_per_s``.
    """
    by = ["recording", "choice"]
    spoken = _spoken(events)
    answers = events.loc[events["choice"].notna(), by].drop_duplicates().sort_values(by)
    facts = recordings[["recording", "clock", "t_zero", "ttfc_s", "streaming", "n_choices"]]
    found = facts.merge(answers, on="recording").set_index(by)
    first = spoken.drop_duplicates(by).set_index(by)
    output = spoken[spoken["kind"].isin(OUTPUT_KINDS)].drop_duplicates(by).set_index(by)
    each = own_gaps(events).groupby(by, sort=False)
    found["since"] = found["t_zero"].str.replace("_", " ")
    found["first_text_s"], found["first_output_s"] = first["t_s"], output["t_s"]
    found.loc[~found["streaming"].fillna(True).astype(bool), ["first_text_s", "first_output_s"]] = np.nan
    for published, own in (("ttft_s", "first_text_s"), ("ttfo_s", "first_output_s")):
        found[published] = found[own].where(found["t_zero"] == "request")
    found["t_last_s"] = spoken.drop_duplicates(by, keep="last").set_index(by)["t_s"]
    span = found["t_last_s"] - found["first_text_s"]
    span = span.where(span > 0)
    found["output_tokens"] = _streamed_tokens(found, usage, spoken[spoken["kind"] == "reasoning"])
    counted = found["output_tokens"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    found["itl_s"] = span / np.where(counted > 1, counted - 1, np.nan)
    found["n_gaps"] = each["gap_s"].count().reindex(found.index).astype("Int64").where(found["clock"] != "none")
    found["gap_p50_s"], found["gap_p95_s"] = each["gap_s"].quantile(0.5), each["gap_s"].quantile(0.95)
    found["gap_max_s"] = each["gap_s"].max()
    later = spoken[spoken["chunk"] != spoken.groupby(by, sort=False)["chunk"].transform("first")]
    found["chars_per_s"] = later.groupby(by, sort=False)["chars"].sum().reindex(found.index) / span
    names = ["clock", "t_zero", "since", "ttfc_s", "ttft_s", "ttfo_s", "first_text_s", "first_output_s", "t_last_s"]
    return found[
        [*names, "itl_s", "output_tokens", "n_gaps", "gap_p50_s", "gap_p95_s", "gap_max_s", "chars_per_s"]
    ].reset_index()


def own_gaps(events: pd.DataFrame) -> pd.DataFrame:
    """How long each choice was silent between its own chunks with text, whatever the others said.

    Returns
    -------
    pandas.DataFrame
        One row a choice and chunk: ``recording``, ``choice``, ``chunk``, ``t_s``, ``gap_s`` (missing for the first and
        where a clock went back).
    """
    beats = _spoken(events)[["recording", "choice", "chunk", "t_s"]].drop_duplicates(["recording", "choice", "chunk"])
    between = beats.groupby(["recording", "choice"], sort=False)["t_s"].diff()
    return beats.assign(gap_s=between.where(between >= 0)).reset_index(drop=True)


def _streamed_tokens(answers: pd.DataFrame, usage: pd.DataFrame, reasoning: pd.DataFrame) -> pd.Series[Any]:
    """Output tokens of a recording's only choice; those of reasoning only where reasoning was shown."""
    report = usage_analysis.final(usage).set_index("recording").reindex(answers.index.get_level_values("recording"))
    report.index = answers.index
    thought = report["reasoning"].fillna(0)
    inside = report["completion_includes_reasoning"].fillna(True).astype(bool)
    shown = answers.index.isin(reasoning.set_index(["recording", "choice"]).index)
    tokens = report["completion"] + thought.where(~inside & shown, 0) - thought.where(inside & ~shown, 0)
    return tokens.where((answers["n_choices"] == 1) & (tokens >= 0))


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


def marks(chunks: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Every stall and burst.

    Returns
    -------
    pandas.DataFrame
        One row a stall or burst in wire order: ``recording``, ``mark``, ``first_chunk`` (of a stall: the one before it),
        ``last_chunk`` (of a stall: the one that ended it), ``t_s`` (of the first chunk), ``duration_s`` (to the last),
        ``wait_s`` (without text: a stall's duration, the time before a burst), ``n_chunks`` (that came: of a burst all, of
        a stall the last and keep-alives), ``usual_s`` (the stream's usual gap), ``words``.
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
    found["words"] = pd.Series([_words(row) for row in found.to_dict("records")], found.index, dtype="str")
    return found.reset_index(drop=True)


def _words(row: dict[Any, Any]) -> str:
    if row["mark"] == "burst":
        return f"{row['n_chunks']} chunks in {_time(row['duration_s'])} after {_time(row['wait_s'])} without text"
    return f"{_time(row['duration_s'])} without text; usually {_time(row['usual_s'])} between chunks"


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 0.9995 else f"{seconds * 1000:.3g} ms"


def _timed(chunks: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The chunks with a time, and what `gaps` and `marks` need of them."""
    timed = chunks.loc[chunks["t_s"].notna(), ["recording", "chunk", "t_s"]].reset_index(drop=True)
    spoken = _spoken(events).drop_duplicates(["recording", "chunk", "choice"])[["recording", "chunk", "choice"]]
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
