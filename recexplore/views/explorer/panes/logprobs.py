"""How probable the model found each token, and what it might have said instead."""

from __future__ import annotations

from typing import Any, Final

from recexplore.analysis import logprobs
from recexplore.corpus import Recording
from recexplore.model.plain_values import records

__all__ = ["has_logprobs", "logprobs_pane"]

_MOST_TOKENS: Final = 10_000
_MOST_ALTERNATIVES: Final = 10
_LEAST_SURE: Final = 8


def has_logprobs(recording: Recording) -> bool:
    """Whether log probabilities came at all."""
    events = recording.events
    return bool((events["kind"] == "logprobs").any() or events["logprob"].notna().any())


def logprobs_pane(recording: Recording) -> dict[str, Any]:
    """Tokens as lists of choice, chunk, token, log probability and alternatives; the least probable by their positions."""
    every = logprobs.tokens(recording.events, _MOST_TOKENS + 1)
    shown = every.head(_MOST_TOKENS)
    rows = zip(
        shown["choice"].astype(object).where(shown["choice"].notna(), None).tolist(),
        shown["chunk"].tolist(),
        shown["token"].tolist(),
        shown["logprob"].astype(object).where(shown["logprob"].notna(), None).tolist(),
        ([list(each) for each in some[:_MOST_ALTERNATIVES]] for some in shown["alternatives"]),
        strict=True,
    )
    unsure = shown["logprob"][shown["logprob"] < 0].nsmallest(_LEAST_SURE)
    return {
        "tokens": [list(row) for row in rows],
        "is_cut": len(every) > _MOST_TOKENS,
        "least_sure": unsure.index.tolist(),
        "choices": records(logprobs.per_choice(shown).drop(columns="recording")),
    }
