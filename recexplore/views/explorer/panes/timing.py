"""When chunks came: the published figures of every choice, gaps, stalls and bursts; or why nothing is known of time."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, TypedDict, cast

import numpy as np
import pandas as pd

from recexplore.analysis import timing
from recexplore.corpus import Recording
from recexplore.model.counts import count
from recexplore.model.plain_values import plain, records

__all__ = ["Bin", "Distribution", "Mark", "Metric", "NoTiming", "Timing", "TimingChoice", "timing_pane"]

_MOST_MARKS: Final = 200
_STEPS: Final = (1, 1.3, 1.8, 2.4, 3.2, 4.2, 5.6, 7.5)
"""The edges of bins in each power of ten: of nearly the same ratio, and read and written exactly."""

_FROM_REQUEST: Final = ("ttfc_s", "ttft_s", "ttfo_s")
_METRICS: Final = (
    *_FROM_REQUEST,
    "first_text_s",
    "first_output_s",
    "itl_s",
    "gap_p50_s",
    "gap_p95_s",
    "gap_max_s",
    "chars_per_s",
)
_OF_GAPS: Final = {
    "gap_p50_s": ("own gap p50", "half of the gaps between the choice's own chunks with text are shorter"),
    "gap_p95_s": (
        "p95",
        "of twenty of the choice's own gaps nineteen are shorter, interpolated between the two around",
    ),
    "gap_max_s": ("max", "the longest of the choice's own gaps"),
}
_LABELS: Final = {
    "ttfc_s": "TTFC",
    "ttft_s": "TTFT",
    "ttfo_s": "TTFO",
    "first_text_s": "first text",
    "first_output_s": "first output",
    "itl_s": "ITL",
    "chars_per_s": "chars/s",
}
_UNITS: Final = {"chars_per_s": ""}
"""Where the label says it."""
_WHY_MISSING: Final = {
    **dict.fromkeys(_FROM_REQUEST, "nobody recorded when the request was sent"),
    "itl_s": "needs a usage report with completion tokens, and one choice only",
}

Bin = TypedDict("Bin", {"from": float, "to": float, "n": int})
Bin.__doc__ = "How many gaps were as long."

_MarkName: TypeAlias = Literal["stall", "burst"]


class Metric(TypedDict):
    """A published figure: how it is called and defined, and why it may be missing."""

    name: str
    label: str
    full: str
    definition: str
    source: str
    unit: str
    missing: str | None


class TimingChoice(TypedDict):
    """The figures of a choice, by the names of metrics."""

    name: str
    values: dict[str, float | None]


class Mark(TypedDict):
    """A stall or a burst, as `recexplore.analysis.timing.marks` finds them."""

    mark: _MarkName
    first_chunk: int
    last_chunk: int
    t_s: float
    duration_s: float
    wait_s: float
    n_chunks: int
    usual_s: float
    words: str


class Distribution(TypedDict):
    """How long the gaps of a choice were."""

    name: str
    bins: list[Bin]


class NoTiming(TypedDict):
    """Why nothing is known of time."""

    has_time: Literal[False]
    why: str


class Timing(TypedDict):
    """When chunks came.

    ``usual`` is the usual gap in seconds; ``gap_marks`` are runs of chunks, the first, the last, and what they are;
    ``marks`` are the first stalls and bursts, and ``more_marks`` says how many follow.
    """

    has_time: Literal[True]
    words: str
    metrics: list[Metric]
    choices: list[TimingChoice]
    usual: float | None
    about_usual: str
    gap_marks: list[tuple[int, int, _MarkName]]
    marks: list[Mark]
    more_marks: int
    distributions: list[Distribution]


def timing_pane(recording: Recording) -> Timing | NoTiming:
    facts = recording.facts
    if facts["clock"] == "none":
        why = "The recorder kept no arrival times and the provider stamped no chunk."
        return {"has_time": False, "why": f"{why} Nothing is drawn against an invented time."}
    choices = recording.derive(timing.per_choice, "recordings", "events", "usage")
    own, marks = recording.derive(timing.own_gaps, "events"), recording.derive(timing.marks, "chunks", "events")
    usual = recording.derive(timing.usual_gaps, "chunks", "events")["usual_s"]
    # Where the request was timed, first text and output are TTFT and TTFO.
    timed = ("first_text_s", "first_output_s") if facts["t_zero"] == "request" else ()
    metrics = [name for name in _METRICS if name not in timed]
    since = (
        "the request was sent"
        if facts["t_zero"] == "request"
        else "the first chunk came (when the request was sent is not recorded)"
    )
    clock = (
        "a recorder stamped each arrival"
        if facts["clock"] == "measured"
        else "the provider stamped each chunk: its pace, not the network's"
    )
    return {
        "has_time": True,
        "words": f"Seconds since {since}. {facts['clock'].capitalize()} clock: {clock}.",
        "metrics": [_metric(name) for name in metrics],
        "choices": [
            {"name": f"choice {row['choice']}", "values": {name: plain(row[name]) for name in metrics}}
            for row in choices.to_dict("records")
        ],
        "usual": plain(usual.iloc[0]) if len(usual) else None,
        "about_usual": timing.DEFINITIONS["usual_s"].meaning,
        "gap_marks": _runs(marks),
        "marks": cast(list[Mark], records(marks.drop(columns="recording").head(_MOST_MARKS))),
        "more_marks": max(len(marks) - _MOST_MARKS, 0),
        "distributions": _distributions(own),
    }


def _runs(marks: pd.DataFrame) -> list[tuple[int, int, _MarkName]]:
    """Of each stall the chunks that ended it, of each burst those that came in it: the first, the last, and which it was."""
    first = marks["first_chunk"] + (marks["mark"] == "stall")
    return list(zip(first.tolist(), marks["last_chunk"].tolist(), marks["mark"].tolist(), strict=True))


def _metric(name: str) -> Metric:
    if name in _OF_GAPS:
        label, meaning = _OF_GAPS[name]
        definition = timing.DEFINITIONS["inter_chunk_gap"]
        return {
            "name": name,
            "label": label,
            "full": meaning,
            "definition": definition.meaning,
            "source": definition.source,
            "unit": "s",
            "missing": None,
        }
    definition = timing.DEFINITIONS[name]
    return {
        "name": name,
        "label": _LABELS[name],
        "full": definition.full_name,
        "definition": definition.meaning,
        "source": definition.source,
        "unit": _UNITS.get(name, "s"),
        "missing": _WHY_MISSING.get(name),
    }


def _distributions(own: pd.DataFrame) -> list[Distribution]:
    """Each choice's gaps in bins of a logarithmic axis from one power of ten to another, all choices in the same; gaps of
    nothing have no bin."""
    known = own.dropna(subset="gap_s")
    some = known.loc[known["gap_s"] > 0, "gap_s"]
    edges = _edges(float(some.min()), float(some.max())) if len(some) else np.empty(0)
    found: list[Distribution] = []
    for choice, gaps in known.groupby("choice"):
        n_none = int((gaps["gap_s"] == 0).sum())
        counts = np.histogram(gaps.loc[gaps["gap_s"] > 0, "gap_s"], edges)[0] if len(some) else np.empty(0)
        bins: list[Bin] = [
            {"from": float(start), "to": float(end), "n": int(n)}
            for start, end, n in zip(edges, edges[1:], counts, strict=False)
        ]
        none = f", {n_none:,} of them of nothing: chunks that came together" if n_none else ""
        found.append({"name": f"choice {choice}, {count(len(gaps), 'gap')}{none}", "bins": bins})
    return found


def _edges(least: float, most: float) -> np.ndarray:
    """The edges of bins, as many to each power of ten, of whole powers of ten."""
    from recexplore.views.figures.plotly_numbers import decade  # with plotly: only where times are looked at

    powers = range(decade(least), decade(most) + 1)
    return np.array([*(float(f"{step}e{power}") for power in powers for step in _STEPS), float(f"1e{powers.stop}")])
