"""The facts of a recording worth a glance, in words.

Takes a `Recording`, gives labels and values for any view. What was not recorded is a fact and is said.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from recexplore.analysis import interleaving
from recexplore.analysis import usage as usage_analysis
from recexplore.corpus import Recording

__all__ = ["facts_of", "tokens_of"]


def facts_of(recording: Recording) -> list[list[str]]:
    """Label and value of every fact worth a glance; what was not recorded is said."""
    facts = recording.facts
    model = _text(facts["model_served"]) or _text(facts["model_requested"]) or "not named"
    streaming = {True: "stream", False: "whole answer"}.get(facts["streaming"], "not known")
    turns = interleaving.per_recording(recording.events)
    switches = turns["n_switches"].iloc[0] if len(turns) else 0
    found = [
        [_text(facts["provider"]) or "provider", model],
        [_text(facts["dialect"]), streaming],
        ["choices", f"{facts['n_choices']:,}"],
        ["chunks", f"{facts['n_chunks']:,}"],
        ["time", _time_in_words(recording)],
    ]
    if facts["n_choices"] > 1:
        share = interleaving.per_choice(recording.events)["share"]
        found.insert(3, ["switches", f"{switches:,}"])
        found.insert(4, ["share", " / ".join(f"{part:.0%}" for part in share)])
    if not pd.isna(facts["status"]):
        found.append(["status", str(facts["status"])])
    if _text(facts["error"]):
        found.append(["error", _text(facts["error"])])
    return found


def _time_in_words(recording: Recording) -> str:
    facts = recording.facts
    if facts["clock"] == "none":
        return "not recorded"
    since = "from the request" if facts["t_zero"] == "request" else "from first chunk to last"
    return f"{facts['duration_s']:.2f} s {since} ({facts['clock']} clock)"


def tokens_of(recording: Recording) -> dict[str, Any]:
    """Reported parts with their figures, and what was observed."""
    row = usage_analysis.tokens(recording.recordings, recording.usage, recording.choices, recording.events).iloc[0]
    parts = (
        ("cached", "cached prompt", "cached"),
        ("fresh_prompt", "prompt", "prompt"),
        ("reasoning", "reasoning", "reasoning"),
        ("visible", "visible completion", "content"),
    )
    reported = [
        {"label": text, "tokens": int(row[column]), "kind": kind}
        for column, text, kind in parts
        if not pd.isna(row[column])
    ]
    seen = {
        name: 0 if pd.isna(row[name]) else int(row[name])
        for name in ("n_text_events", "content_chars", "reasoning_chars", "tool_call_chars")
    }
    total = None if pd.isna(row["total"]) else int(row["total"])
    return {"reports": int(row["n_reports"]), "parts": reported, "total": total, "seen": seen}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
