"""What a comparison came to, for scripts: one JSON object.

Takes an `Outcome`, gives text. Keys are never renamed and never left out; new ones may come. What is missing is null. The
same recordings give the same bytes, but for the places' names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recexplore.comparison.changes import STATUSES
from recexplore.comparison.comparison import Comparison
from recexplore.comparison.run_table import RUN_COLUMNS
from recexplore.model.plain_values import records
from recexplore.model.schema import FRAMES
from recexplore.share.comparisons.aspect_values import values_in_words
from recexplore.share.comparisons.entry import Entry
from recexplore.share.comparisons.outcome import Outcome
from recexplore.share.reports.as_json import as_text

__all__ = ["report"]


def report(outcome: Outcome) -> str:
    """The outcome as JSON; ``docs/comparing.md`` lists the keys."""
    counts = {status: sum(each.status == status for each in outcome.entries) for status in STATUSES}
    document = {
        "differs": outcome.differs,
        "level": outcome.level,
        "words": outcome.words,
        "places": list(outcome.places),
        "counts": {
            "requests": len(outcome.entries),
            "differing": len(outcome.differing),
            "differing_below": len(outcome.lighter),
            **{status.replace(" ", "_"): n for status, n in counts.items() if outcome.is_of_sides},
            "alone": outcome.n_alone,
            "unknown": outcome.n_unknown,
            "problems": len(outcome.unread),
        },
        "requests": [_entry(each, outcome) for each in outcome.entries],
        "problems": [{name: getattr(each, name) for name in FRAMES["problems"].names} for each in outcome.unread],
    }
    return as_text(document)


def _entry(entry: Entry, outcome: Outcome) -> dict[str, Any]:
    comparison = entry.comparison
    return {
        "name": entry.name,
        "title": entry.title,
        "status": entry.status,
        "verdict": entry.verdict,
        "level": entry.level,
        "differs": entry.differs(outcome.level),
        "differing": list(entry.differing),
        "left_out": list(entry.left_out),
        "note": entry.note or None,
        "request": [_request(each) for each in entry.request],
        "stability": None if comparison is None else comparison.stability,
        "reference": None if comparison is None else comparison.reference,
        "runs": _runs(entry),
        "aspects": [] if comparison is None else _aspects(comparison, entry.differing),
        "divergences": [] if comparison is None else records(comparison.divergences),
    }


def _request(difference: Any) -> dict[str, Any]:
    before, after = difference.excerpts
    return {"path": difference.path, "kind": difference.kind, "before": before, "after": after}


def _runs(entry: Entry) -> list[dict[str, Any]]:
    sides = [side or None for side in entry.sides]
    if entry.comparison is not None:
        rows = records(entry.comparison.runs)
    else:
        # What is not compared has no classes and no verdict of its own.
        known = [{"recording": each.id, "path": each.facts["path"]} for each in entry.recordings]
        rows = [{**dict.fromkeys(RUN_COLUMNS), "run": run, **each} for run, each in enumerate(known)]
    return [{**row, "side": side} for row, side in zip(rows, sides, strict=True)]


def _aspects(comparison: Comparison, titles: Sequence[str]) -> list[dict[str, Any]]:
    """Those in which the runs or the sides differ, and what differs every time; with their values in words."""
    aspects = comparison.aspects
    chosen = aspects["title"].isin(titles) | (aspects["differs"] & (aspects["level"] == "incidental"))
    rows = records(aspects[chosen].drop(columns="differs"))
    return [{**row, "words": values_in_words(comparison, row["aspect"]) or None} for row in rows]
