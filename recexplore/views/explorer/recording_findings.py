"""The findings of one recording as the page shows them: where they stand in its texts, what is known of their rules.

Takes frames of findings with every column that is read, gives plain values.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, cast

import pandas as pd

from recexplore.corpus import Recording
from recexplore.model.plain_values import records
from recexplore.model.severities import SEVERITIES
from recexplore.model.span import Span
from recexplore.rules import Rule
from recexplore.rules import known as catalogue
from recexplore.views.explorer.assembled_texts import AssembledTexts
from recexplore.views.explorer.messages import AcceptedFinding, Finding, FindingsOfRecording, RuleWords
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["findings_of"]

_MOST: Final = 1_000


def findings_of(
    recording: Recording, findings: pd.DataFrame | None, accepted: pd.DataFrame | None
) -> FindingsOfRecording:
    """The most severe findings of a recording, how many there are, and what the catalogue says of their rules.

    Parameters
    ----------
    recording
        Of a corpus.
    findings, accepted
        Those of the corpus that nobody accepted, and the others; None where no rules were run.
    """
    if findings is None or accepted is None:
        return {"findings": [], "accepted": [], "more_findings": 0, "n_findings": {}, "rules": {}}
    own = findings[findings["recording"] == recording.id]
    counts = own["severity"].value_counts()
    mine = _shown(own, recording)
    settled = cast(list[AcceptedFinding], _shown(accepted[accepted["recording"] == recording.id], recording))
    named = {finding["rule"] for finding in (*mine, *settled)}
    return {
        "findings": mine,
        "accepted": settled,
        "more_findings": int(counts.sum()) - len(mine),
        "n_findings": {str(name): int(n) for name, n in counts.items()},
        "rules": {rule.id: _about(rule) for rule in catalogue() if rule.id in named},
    }


def _about(rule: Rule) -> RuleWords:
    """What the catalogue says of a rule."""
    title, meaning, cause, remedy = (
        without_lone_surrogates(str(text)) for text in (rule.title, rule.meaning, rule.cause, rule.remedy)
    )
    return {"title": title, "meaning": meaning, "cause": cause, "remedy": remedy}


def _shown(own: pd.DataFrame, recording: Recording) -> list[Finding]:
    """The most severe of a recording's findings, as the page shows them."""
    if own.empty:
        return []
    mine = own.sort_values(["severity", "chunk"], key=_by_severity, kind="stable", na_position="first")
    mine = mine.head(_MOST)
    rows = records(mine.drop(columns=["recording", "spans"]))
    last = int(recording.facts["n_chunks"]) - 1
    places = _places_of(mine["spans"], recording)
    return [_placed({**row, "spans": spans}, last) for row, spans in zip(rows, places, strict=True)]


def _places_of(spans: Iterable[tuple[Span, ...]], recording: Recording) -> list[list[list[int]]]:
    """For each finding where its spans stand, as the page looks them up; what stands nowhere is left out."""
    spans = list(spans)
    if not any(spans):
        return [[] for _ in spans]
    texts = AssembledTexts(recording.events)
    return [[[*place] for span in mine if (place := texts.place(span)) is not None] for mine in spans]


def _by_severity(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.map(SEVERITIES.index) if column.name == "severity" else column


def _placed(finding: dict[str, Any], last: int) -> Finding:
    """The finding on chunks that there are; one beyond them is of the whole recording, and says so."""
    chunk = finding["chunk"]
    if chunk is None or chunk <= last:
        end = finding["last_chunk"]
        return cast(Finding, {**finding, "last_chunk": None if end is None else max(min(end, last), chunk or 0)})
    message = " ".join(filter(None, [finding["message"], f"(chunk {chunk:,} is not in this recording)"]))
    return cast(Finding, {**finding, "message": message, "chunk": None, "last_chunk": None})
