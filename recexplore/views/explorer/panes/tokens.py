"""What usage was reported, whether it adds up, and why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypedDict

import pandas as pd

from recexplore.analysis import usage as usage_analysis
from recexplore.analysis.prices import Price
from recexplore.corpus import Recording
from recexplore.model.counts import count
from recexplore.model.errors import SourceChanged
from recexplore.model.plain_values import plain, records
from recexplore.model.traits import Trait
from recexplore.read.registry import known
from recexplore.views.explorer.panes.cost import Cost, cost_view
from recexplore.views.explorer.panes.note import Note
from recexplore.views.text.facts import TokenPart, model_of, tokens_of

__all__ = ["Position", "Report", "TokensPane", "tokens_pane"]

_MOST_REPORTS: Final = 200


class Position(TypedDict):
    """Where a figure stands among those of other recordings of the model; a percentile of 0 to 100."""

    figure: str
    percentile: float
    words: str


class Report(TypedDict):
    """A report as it came; ``choice`` is None where it counts all of them."""

    chunk: int
    choice: int | None
    source: str | None
    figures: dict[str, int | None]


class TokensPane(TypedDict):
    """What usage was reported; ``figures`` name those of ``reports``, of which the first are there."""

    parts: list[TokenPart]
    seen: str
    why: str
    figures: list[str]
    reports: list[Report]
    more: int
    model: str
    positions: list[Position]
    notes: list[Note]
    cost: Cost | None


def tokens_pane(recording: Recording, prices: Sequence[Price] = ()) -> TokensPane:
    view = tokens_of(recording)
    seen = view["seen"]
    usage = recording.usage
    figures = [name for name in usage_analysis.TOKEN_COUNTS if usage[name].notna().any()]
    reports = records(usage[["chunk", "choice", "source", *figures]].head(_MOST_REPORTS))
    said = [count(seen["n_text_events"], "text delta"), f"{count(seen['content_chars'], 'character')} of content"]
    for kind, word in (("reasoning_chars", "of reasoning"), ("tool_call_chars", "of tool arguments")):
        if seen[kind]:
            said.append(f"{seen[kind]:,} {word}")
    return {
        "parts": view["parts"],
        "seen": ", ".join(said),
        "why": _why_no_report(recording),
        "figures": figures,
        "reports": [
            {
                "chunk": row["chunk"],
                "choice": row["choice"],
                "source": row["source"],
                "figures": {name: row[name] for name in figures},
            }
            for row in reports
        ],
        "more": len(usage) - len(reports),
        "model": model_of(recording),
        "positions": _positions(recording),
        "notes": _arithmetic(recording),
        "cost": cost_view(recording, prices),
    }


def _why_no_report(recording: Recording) -> str:
    if plain(recording.requests["include_usage"].iloc[0]) is True:
        return "The request asked for usage (stream_options.include_usage), but no chunk reports it."
    facts = recording.facts
    dialect = known().named(facts["dialect"])
    speaker = " ".join(str(plain(facts[name]) or "") for name in ("provider", "model_served", "model_requested", "url"))
    if dialect.holds(Trait.USAGE_AT_END, speaker.lower()) and plain(facts["streaming"]) is True:
        how = f"in a stream {dialect.title} report it only with stream_options.include_usage"
        if _is_asked(recording):
            return f"The request did not ask for it: {how}."
        return f"No chunk reports usage, and no request was recorded: {how}."
    return "No chunk reports usage."


def _is_asked(recording: Recording) -> bool:
    """Whether there is a request that could have asked for something."""
    try:
        return bool(recording.request)
    except SourceChanged:
        return False


def _arithmetic(recording: Recording) -> list[Note]:
    """Whether the last report adds up, in its own terms."""
    final = recording.derive(usage_analysis.final, "usage")
    if final.empty:
        return []
    row = final.iloc[0]
    notes: list[Note] = []
    addends, total = usage_analysis.addends(row), row["total"]
    if addends and not pd.isna(total):
        sum_ = sum(addends.values())
        said = " + ".join(f"{tokens:,} {name.replace('_', ' ')}" for name, tokens in addends.items())
        ends = "as reported" if sum_ == total else f"but the total was reported as {total:,}"
        notes.append({"level": "note" if sum_ == total else "warning", "words": f"{said} = {sum_:,}, {ends}."})
    for part, whole, inside in (
        ("cached", "prompt", row["prompt_includes_cached"]),
        ("reasoning", "completion", row["completion_includes_reasoning"]),
    ):
        if not (pd.isna(row[part]) or pd.isna(row[whole]) or pd.isna(inside)) and inside and row[part] > row[whole]:
            words = f"{part} ({row[part]:,}) is said to be part of {whole} ({row[whole]:,}), but is more."
            notes.append({"level": "warning", "words": words})
    if row["n_reports"] > 1:
        notes.append(
            {
                "level": "note",
                "words": f"Of {row['n_reports']:,} reports the last that says a figure is shown; reports are never summed.",
            }
        )
    return notes


def _positions(recording: Recording) -> list[Position]:
    """Where the figures stand among those of the corpus' recordings of the same model."""
    found = recording.derive_among(usage_analysis.positions, "recordings")
    return [
        {
            "figure": row["figure"],
            "percentile": row["percentile"],
            "words": f"{row['tokens']:,}: more than {row['n_below']:,} of {row['n_others']:,} others"
            + (f", as many as {row['n_equal']:,}" if row["n_equal"] else ""),
        }
        for row in records(found)
    ]
