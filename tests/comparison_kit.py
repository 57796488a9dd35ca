"""Comparisons made for a test: of texts that are cut into chunks, and of many runs that part word after word."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Final

import plotly.graph_objects as go
from run_kit import loaded
from synthetic import choice, chunk, pieces, says, stream

from recexplore.comparison.comparison import Comparison, compare

__all__ = ["SUN", "answer", "compared", "many", "named", "words"]

SUN: Final = "The Sun is called Sol in Latin. It is a star, and it is at the centre of our system."


def answer(text: str, cut: int = 5, finish: str | None = "stop", logprobs: Sequence[float] = ()) -> Any:
    """A recording of one choice, its text in pieces of so many characters, the first with log probabilities."""
    parts = pieces(text, range(cut, len(text), cut)) if text else []
    sent = [chunk(choice({"role": "assistant", "content": ""}))]
    for part, logprob in zip(parts, [*logprobs, *[None] * len(parts)], strict=False):
        token = {"token": part, "logprob": logprob, "bytes": None, "top_logprobs": []}
        sent.append(says(part) if logprob is None else chunk(_with_logprob(part, token)))
    return stream(*sent, *([chunk(choice({}, 0, finish))] if finish else []))


def _with_logprob(part: str, token: dict[str, Any]) -> dict[str, Any]:
    return choice({"content": part}, logprobs={"content": [token], "refusal": None})


def compared(*texts: str, **options: Any) -> Comparison:
    """A comparison of runs with these texts."""
    return compare(loaded(*(answer(text, **options) for text in texts)))


def many(n: int, seed: int = 1) -> Comparison:
    """A comparison of runs that now and then have another word, or end early."""
    chance = random.Random(seed)
    texts = []
    for _ in range(n):
        spoken = [word if chance.random() > 0.03 else chance.choice(["gold", "light", "warm"]) for word in SUN.split()]
        texts.append(" ".join(spoken[: chance.choice([len(spoken)] * 9 + [7])]))
    return compared(*texts)


def words(figure: go.Figure) -> str:
    """All that a figure's notes say."""
    return " ".join(annotation.text for annotation in figure.layout.annotations)


def named(figure: go.Figure, name: str) -> Any:
    """The trace of a name."""
    return next(trace for trace in figure.data if trace.name == name)
