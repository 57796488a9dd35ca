"""What an answer cost in tokens: as reported, and beside it what was seen.

Takes ``usage``, ``choices`` and ``events``, gives one row a recording. Never estimates a token: where a provider reports
nothing the count is missing, and what was observed (deltas, characters) stands for itself.
"""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from recexplore.model.kinds import COUNTED_KINDS, JOINED_KINDS

__all__ = ["TOKEN_COUNTS", "addends", "final", "observed", "parts", "positions", "tokens"]

TOKEN_COUNTS: Final = (
    "prompt",
    "completion",
    "total",
    "cached",
    "cache_write",
    "reasoning",
    "audio",
    "accepted_prediction",
    "rejected_prediction",
)

_PLACED: Final = ("prompt", "completion", "reasoning", "total")
"""Counts that are worth a comparison."""

_INCLUDES: Final = ("prompt_includes_cached", "completion_includes_reasoning")


def final(usage: pd.DataFrame) -> pd.DataFrame:
    """The last value reported of each count.

    Reports repeat (some servers send one a chunk, some one a choice) and accumulate; they are never summed.

    Returns
    -------
    pandas.DataFrame
        One row a recording with a report: ``recording``, ``n_reports``, the counts in tokens, and whether ``prompt`` and
        ``completion`` include ``cached`` and ``reasoning``, as the provider counts.
    """
    by_recording = usage.sort_values(["recording", "chunk"], kind="stable").groupby("recording", sort=False)
    found = by_recording[[*TOKEN_COUNTS, *_INCLUDES]].last()
    found.insert(0, "n_reports", by_recording.size())
    return found.reset_index()


def observed(choices: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """What came over the wire: text deltas and characters, all choices together.

    Returns
    -------
    pandas.DataFrame
        One row a recording with a choice: ``recording``, ``n_text_events`` (content, reasoning, refusal and tool call
        events), ``content_chars``, ``reasoning_chars``, ``refusal_chars``, ``tool_call_chars``.
    """
    sizes = [f"{kind}_chars" for kind in COUNTED_KINDS if kind in JOINED_KINDS]
    found = choices.groupby("recording", sort=False)[sizes].sum()
    text = events[events["kind"].isin(JOINED_KINDS)]
    count = text.groupby("recording", sort=False).size().reindex(found.index, fill_value=0)
    found.insert(0, "n_text_events", count)
    return found.reset_index()


def tokens(recordings: pd.DataFrame, usage: pd.DataFrame, choices: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Reported against observed, with the parts that follow from the report.

    Returns
    -------
    pandas.DataFrame
        One row a recording: ``recording``, ``n_reports`` (0 where tokens were not reported), the figures of `final`,
        ``fresh_prompt`` (prompt without cached and cache_write), ``visible`` (completion without reasoning, audio
        included), and the columns of `observed`. A count that was not reported is missing, and so is a part that comes
        out negative: a server that counts otherwise than its API says.
    """
    return (
        parts(recordings, usage)
        .drop(columns="paid_completion")
        .merge(observed(choices, events), on="recording", how="left")
    )


def parts(recordings: pd.DataFrame, usage: pd.DataFrame) -> pd.DataFrame:
    """The figures of the last report, and the parts that follow from it.

    Returns
    -------
    pandas.DataFrame
        One row a recording: ``recording``, ``n_reports``, the figures of `final`, ``fresh_prompt`` and ``visible`` as
        `tokens` has them, and ``paid_completion`` (completion with reasoning, wherever that is counted; none where
        all tokens are those of the prompt, as of an embedding).
    """
    found = recordings[["recording"]].merge(final(usage), on="recording", how="left")
    found["n_reports"] = found["n_reports"].fillna(0).astype("int64")
    found["fresh_prompt"] = _without(found["prompt"], found["cached"], found["prompt_includes_cached"])
    found["fresh_prompt"] = _without(found["fresh_prompt"], found["cache_write"], found["prompt_includes_cached"])
    found["visible"] = _without(found["completion"], found["reasoning"], found["completion_includes_reasoning"])
    is_on_top = ~found["completion_includes_reasoning"].astype("boolean").fillna(True)
    on_top = found["reasoning"].where(is_on_top.astype(bool), 0).fillna(0)
    is_prompt_alone = found["completion"].isna() & (found["total"] == found["prompt"]).fillna(False)
    found["paid_completion"] = (found["completion"] + on_top).mask(is_prompt_alone, 0)
    return found


def addends(report: pd.Series[Any]) -> dict[str, int]:
    """The counts of a row of `final` whose sum is its total: what is counted on top of prompt and completion, too.

    Empty where prompt or completion was not reported.
    """
    names = ["prompt", "completion"]
    for whole, parts in (
        ("prompt_includes_cached", ("cached", "cache_write")),
        ("completion_includes_reasoning", ("reasoning",)),
    ):
        if not pd.isna(report[whole]) and not report[whole]:
            names += parts
    if pd.isna(report["prompt"]) or pd.isna(report["completion"]):
        return {}
    return {name: int(report[name]) for name in TOKEN_COUNTS if name in names and not pd.isna(report[name])}


def positions(recordings: pd.DataFrame) -> pd.DataFrame:
    """Where the counts of recordings stand among those of the recordings of the same model.

    The model is the one that served, else the one asked for.

    Returns
    -------
    pandas.DataFrame
        One row a recording and a figure that it and at least two others reported: ``recording``, ``figure``, ``tokens``,
        ``n_others``, ``n_below``, ``n_equal`` (of the others), ``percentile`` (0 to 1; those that are equal count half).
    """
    models = recordings["model_served"].fillna(recordings["model_requested"]).fillna("")
    found = []
    for figure in _PLACED:
        reported = recordings[f"{figure}_tokens"].dropna().astype("int64")
        by = reported.groupby(models[reported.index], sort=False)
        least, most = by.rank(method="min").astype("int64"), by.rank(method="max").astype("int64")
        place = pd.DataFrame(
            {"recording": recordings["recording"][reported.index], "figure": figure, "tokens": reported}
        )
        place["n_others"] = by.transform("size") - 1
        place["n_below"], place["n_equal"] = least - 1, most - least
        place["percentile"] = (place["n_below"] + place["n_equal"] / 2) / place["n_others"].where(place["n_others"] > 0)
        found.append(place[place["n_others"] >= 2])
    # Of equal indices, those of one recording, the figures keep their order.
    return pd.concat(found).sort_index(kind="stable").reset_index(drop=True)


def _without(whole: pd.Series[int], part: pd.Series[int], is_part: pd.Series[bool]) -> pd.Series[int]:
    """What is left of the whole: all of it where the part is counted on top; missing where it is more than the whole."""
    rest = whole - part.fillna(0).where(is_part.fillna(True).astype(bool), 0)
    return rest.mask(rest < 0)
