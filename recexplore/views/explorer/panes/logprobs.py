"""How probable the model found each token, and what it might have said instead."""

from __future__ import annotations

from typing import Final, TypeAlias, TypedDict, cast

from recexplore.analysis import logprobs
from recexplore.corpus import Recording
from recexplore.model.plain_values import records

__all__ = ["LogprobsPane", "SureChoice", "has_logprobs", "logprobs_pane"]

_MOST_TOKENS: Final = 10_000
_MOST_ALTERNATIVES: Final = 10
_LEAST_SURE: Final = 8

_Token: TypeAlias = tuple[int | None, int, str, float | None, list[tuple[str, float]]]


class SureChoice(TypedDict):
    """How sure the model was of a choice."""

    choice: int | None
    n_tokens: int
    mean_logprob: float
    perplexity: float


class LogprobsPane(TypedDict):
    """Tokens as choice, chunk, token, log probability and alternatives; the least probable by their positions."""

    tokens: list[_Token]
    is_cut: bool
    least_sure: list[int]
    choices: list[SureChoice]


def has_logprobs(recording: Recording) -> bool:
    """Whether log probabilities came at all."""
    events = recording.events
    return bool((events["kind"] == "logprobs").any() or events["logprob"].notna().any())


def logprobs_pane(recording: Recording) -> LogprobsPane:
    if not has_logprobs(recording):
        return {"tokens": [], "is_cut": False, "least_sure": [], "choices": []}
    every = logprobs.tokens(recording.events, _MOST_TOKENS + 1)
    shown = every.head(_MOST_TOKENS)
    rows = zip(
        shown["choice"].astype(object).where(shown["choice"].notna(), None).tolist(),
        shown["chunk"].tolist(),
        shown["token"].tolist(),
        shown["logprob"].astype(object).where(shown["logprob"].notna(), None).tolist(),
        (list(some[:_MOST_ALTERNATIVES]) for some in shown["alternatives"]),
        strict=True,
    )
    unsure = shown["logprob"][shown["logprob"] < 0].nsmallest(_LEAST_SURE)
    return {
        "tokens": list(rows),
        "is_cut": len(every) > _MOST_TOKENS,
        "least_sure": unsure.index.tolist(),
        "choices": cast(list[SureChoice], records(logprobs.per_choice(shown).drop(columns="recording"))),
    }
