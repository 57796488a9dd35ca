"""When chunks came: the published figures of every choice, gaps, stalls and bursts; or why nothing is known of time."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from recexplore.analysis import timing
from recexplore.corpus import Recording
from recexplore.model.plain_values import plain, records
from recexplore.views.figures.plotly_numbers import rounded

__all__ = ["timing_pane"]

_MOST_MARKS: Final = 200
_BINS: Final = 24

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
    "gap_p50_s": ("gap p50", "half of the gaps between the choice's own chunks with text are shorter"),
    "gap_p95_s": ("gap p95", "of twenty gaps nineteen are shorter, interpolated between the two around"),
    "gap_max_s": ("gap max", "the longest gap"),
}
_LABELS: Final = {
    "ttfc_s": "TTFC",
    "ttft_s": "TTFT",
    "ttfo_s": "TTFO",
    "first_text_s": "first text",
    "first_output_s": "first output",
    "itl_s": "ITL",
    "chars_per_s": "speed",
}
_UNITS: Final = {"chars_per_s": "characters/s"}
_WHY_MISSING: Final = {
    **dict.fromkeys(_FROM_REQUEST, "nobody recorded when the request was sent"),
    "itl_s": "needs a usage report with completion tokens, and one choice only",
}


def timing_pane(recording: Recording) -> dict[str, Any]:
    facts, chunks, events = recording.facts, recording.chunks, recording.events
    if facts["clock"] == "none":
        why = "The recorder kept no arrival times and the provider stamped no chunk."
        return {"has_time": False, "why": f"{why} Nothing is drawn against an invented time."}
    choices = timing.per_choice(recording.recordings, events, recording.usage)
    own, marks = timing.own_gaps(events), timing.marks(chunks, events)
    gaps = timing.gaps(chunks, events).set_index("chunk").reindex(chunks["chunk"])
    longest = chunks["gap_s"].max()
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
        "longest": 0.0 if pd.isna(longest) else float(longest),
        "gaps": [plain(gap) for gap in gaps["gap_s"].tolist()],
        "gap_marks": gaps["mark"].astype(object).where(gaps["mark"].notna(), None).tolist(),
        "marks": records(marks.drop(columns="recording").head(_MOST_MARKS)),
        "more_marks": max(len(marks) - _MOST_MARKS, 0),
        "distributions": _distributions(own),
    }


def _metric(name: str) -> dict[str, Any]:
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


def _distributions(own: pd.DataFrame) -> list[dict[str, Any]]:
    """Each choice's gaps in bins that grow by the same factor, all choices in the same; gaps of nothing have no bin."""
    known = own.dropna(subset="gap_s")
    some = known.loc[known["gap_s"] > 0, "gap_s"]
    edges = np.empty(0)
    if len(some):
        edges = rounded(np.geomspace(min(some.min(), some.max() / 2), some.max(), _BINS + 1))
        # Rounding must not leave the shortest and the longest out.
        edges[0], edges[-1] = min(edges[0], some.min()), some.max()
    found = []
    for choice, gaps in known.groupby("choice"):
        n_none = int((gaps["gap_s"] == 0).sum())
        own_s = gaps.loc[gaps["gap_s"] > 0, "gap_s"]
        counts = np.histogram(own_s, edges)[0] if len(some) else np.empty(0)
        bins = [
            {"from": float(start), "to": float(end), "n": int(n)}
            for start, end, n in zip(edges, edges[1:], counts, strict=False)
        ]
        none = f", {n_none:,} of them of nothing: chunks that came together" if n_none else ""
        found.append({"name": f"choice {choice}, {len(gaps):,} gaps{none}", "bins": bins})
    return found
