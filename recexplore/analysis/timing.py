"""When a stream came: first chunk, first token, the pace after it, and where it stalled or came in bursts.

Takes ``recordings``, ``chunks``, ``events`` and ``usage``, gives figures a choice, gaps a chunk, stalls and bursts. Never
invents a time: without a clock all are missing, never zero. `DEFINITIONS` says what each figure means and who defines it.

What a gap, a stall and a burst are is said by `recexplore.analysis.pace`, whose `gaps` and `marks` are to be had here, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from recexplore.analysis import usage as usage_analysis
from recexplore.analysis.pace import MARKS, gaps, marks, usual_gaps, with_text
from recexplore.model.kinds import OUTPUT_KINDS

__all__ = ["DEFINITIONS", "MARKS", "Definition", "gaps", "marks", "own_gaps", "per_choice", "usual_gaps"]


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
            "usual_s",
            "Usual gap",
            "Half of the stream's gaps after its first text are shorter, whosever chunks they are between, without those of "
            "chunks that came together (at most 2 ms apart): what stalls are measured by.",
            "s",
            "recexplore",
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
    spoken = with_text(events)
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
    beats = with_text(events)[["recording", "choice", "chunk", "t_s"]].drop_duplicates(["recording", "choice", "chunk"])
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
