"""Rules about what went wrong openly: exceptions that were recorded, and errors inside a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pandas as pd

from recexplore.model.counts import count
from recexplore.model.severities import Severity
from recexplore.rules.quoting import quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, rows

__all__ = ["RULES"]

_ACCIDENTS: Final = (401, 403, 404, 407, 408, 409, 425, 429)
"""Refusals that say something of keys, addresses and load rather than of the request."""
_FAILED: Final = ("failed", "malformed")


def _recorded_exception(streams: Streams) -> Iterator[Hit]:
    recordings = streams.recordings
    refused = (recordings["status"].fillna(0) >= 400).to_numpy(dtype=bool)
    raised = recordings["is_exception"].fillna(False).to_numpy(dtype=bool)
    for row in rows(recordings[refused | raised]):
        status = None if pd.isna(row.status) else int(row.status)
        refusal = status is not None and 400 <= status < 500 and status not in _ACCIDENTS and row.n_events <= 1
        if row.n_events > 1:
            message = f"The recording breaks off with an exception after {count(row.n_chunks, 'chunk')}."
        elif refusal:
            message = f"The request was refused with status {status}: the recording holds that refusal and no answer."
        else:
            message = "The recording holds an exception and no answer" + (f" (status {status})." if status else ".")
        evidence = quoted(row.error) if isinstance(row.error, str) else f"status {status}"
        last = row.n_chunks - 1 if row.n_events > 1 else None
        yield Hit(row.Index, message, chunk=last, evidence=evidence, severity="warning" if refusal else "error")


def _inband_error(streams: Streams) -> Iterator[Hit]:
    recordings = streams.recordings
    refused = (recordings["status"].fillna(0) >= 400).to_numpy(dtype=bool)
    errors = streams.of_kind("error")
    errors = errors[~refused[errors["of"]]].drop_duplicates("of")
    for row in rows(errors):
        message = f"An error came inside the answer, in chunk {row.chunk}, though the request itself succeeded."
        yield Hit(row.of, message, chunk=row.chunk, evidence=quoted(row.text))
    finishes = streams.finishes[~streams.finishes["of"].isin(errors["of"])]
    for row in rows(finishes[finishes["meaning"].isin(_FAILED)]):
        message = f"Choice {row.choice} finishes with {quoted(row.finish_reason)}: the model's side failed."
        severity: Severity = "error" if row.meaning == "failed" else "warning"
        evidence = row.extra if isinstance(row.extra, str) else row.finish_reason
        yield Hit(row.of, message, row.chunk, choice=int(row.choice), evidence=quoted(evidence), severity=severity)
    filters = streams.of_kind("filter")
    skipped = filters[filters["text"].str.contains("content_filter_error", regex=False)].drop_duplicates("of")
    for row in rows(skipped):
        message = "The provider's content filter failed and was skipped; the answer is unfiltered."
        yield Hit(row.of, message, chunk=row.chunk, evidence=quoted(row.text), severity="note")


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "recorded-exception",
        "The recording holds an exception",
        "error",
        meaning="Replaying it raises instead of answering.",
        cause="The provider was down, overloaded or refused the request while the recording was made.",
        remedy="Record it again; keep it only where the test expects the exception.",
        legal="Tests that provoke a refusal record it on purpose: a status of 400, 413, 415, 422 and the like at "
        "connect is a warning. Statuses that speak of keys, addresses or load (401, 403, 404, 408, 429) and of the "
        "server (5xx), and exceptions in mid-stream, are errors. `stream: true` with an answer that was not streamed "
        "is no exception.",
        find=_recorded_exception,
        traits=frozenset(),
    ),
    Rule(
        "inband-error",
        "An error inside the answer",
        "error",
        meaning="The HTTP status was 200: clients that look only at it, or only at the text, miss that the answer "
        "failed.",
        cause="The model's server failed after it had begun to answer, or a gateway turned an error into an event.",
        remedy="Handle `error` in every chunk; record it again.",
        legal="Azure's `content_filter_error` only says that a filter was skipped: a note.",
        find=_inband_error,
        sources=("https://github.com/diegosouzapw/OmniRoute/issues/8210", "https://github.com/block/goose/issues/8027"),
    ),
)
