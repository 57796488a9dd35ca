"""A finding: a rule's hit, with its severity and the recording it is about; and all that a run of rules gives.

Made once from hits, as it is judged, reported and shown; the frame ``findings`` is made from it and never taken apart again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from recexplore.model.location import numbered_paths
from recexplore.model.plain_values import records
from recexplore.model.schema import FRAMES
from recexplore.model.severities import Severity
from recexplore.model.span import Span, spans_as_json

__all__ = ["Finding", "Findings", "RecordingLabel", "labels_of"]


@dataclass(frozen=True, slots=True)
class RecordingLabel:
    """A recording, as far as a report names it: columns of ``recordings``, None where missing.

    ``name`` is its path, with its number where the file holds several.
    """

    recording: str
    path: str
    exchange: int
    test_id: str | None
    model: str | None
    name: str


def labels_of(recordings: pd.DataFrame) -> tuple[RecordingLabel, ...]:
    """The label of each row of ``recordings``."""
    facts = recordings[["recording", "path", "exchange", "test_id"]].assign(
        model=recordings["model_served"].fillna(recordings["model_requested"])
    )
    names = numbered_paths(recordings["path"].tolist(), recordings["exchange"].tolist())
    return tuple(RecordingLabel(*row.values()) for row in records(facts.assign(name=names)))


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule fired. Fields as the columns of ``findings``, None where missing; ``spans`` as objects."""

    rule: str
    severity: Severity
    label: RecordingLabel
    chunk: int | None
    last_chunk: int | None
    choice: int | None
    message: str
    evidence: str | None
    spans: tuple[Span, ...] = ()

    def row(self) -> dict[str, Any]:
        """Its row of the frame."""
        own = {name: getattr(self, name) for name in FRAMES["findings"].names if name != "recording"}
        return own | {"recording": self.label.recording, "spans": spans_as_json(self.spans)}


@dataclass(frozen=True, slots=True)
class Findings:
    """What a run of rules found.

    Attributes
    ----------
    found
        Recordings in their order, what concerns a whole recording first, then by chunk.
    labels
        All recordings that were looked at, in their order.
    failed
        Rules that failed, and why.
    failed_in
        The ids of the recordings in which they failed.
    """

    found: Sequence[Finding]
    labels: Sequence[RecordingLabel]
    failed: Mapping[str, str] = field(default_factory=dict)
    failed_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def frame(self) -> pd.DataFrame:
        """The frame ``findings``; what failed is in ``attrs["failed"]`` and ``attrs["failed_in"]``."""
        rows = [finding.row() for finding in self.found]
        frame = pd.DataFrame({name: _column(name, [row[name] for row in rows]) for name in FRAMES["findings"].names})
        if self.failed:
            frame.attrs |= {"failed": dict(self.failed), "failed_in": dict(self.failed_in)}
        return frame


def _column(name: str, values: Iterable[Any]) -> Any:
    declared = next(column for column in FRAMES["findings"].columns if column.name == name)
    if declared.dtype == "category":
        return pd.Categorical(list(values), categories=list(declared.categories))
    return pd.Series(list(values), dtype="str" if declared.dtype == "str" else "Int64")
