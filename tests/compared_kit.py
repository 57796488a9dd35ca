"""Recordings to compare: one request answered in several ways, and the request that asks something else."""

from __future__ import annotations

from typing import Any

from run_kit import loaded
from synthetic import choice, chunk, says, stream

from recexplore.corpus import Corpus

__all__ = ["TEXT", "asked", "recorded", "seven_runs"]

TEXT = "The Sun is called Sol in Latin. It is a star."


def asked(question: str = "hello", **fields: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": question}], "stream": True, **fields}


def recorded(
    text: str = TEXT,
    *,
    cut: int = 5,
    finish: str | None = "stop",
    request: Any = None,
    id_: str = "chatcmpl-1",
    **top: Any,
) -> Any:
    """A recording of one answer, cut into pieces of so many characters."""
    pieces = [text[start : start + cut] for start in range(0, len(text), cut)]
    chunks = [{**says(each), "id": id_} for each in pieces]
    ending = [] if finish is None else [{**chunk(choice({}, 0, finish)), "id": id_}]
    return stream(*chunks, *ending, request=asked() if request is None else request, **top)


def seven_runs() -> Corpus:
    """Three that are alike, and one each with other words, cuts, finish reason, and without an end."""
    return loaded(
        recorded(),
        recorded(),
        recorded(TEXT.replace("star", "planet")),
        recorded(cut=7),
        recorded(finish=None),
        recorded(),
        recorded(finish="length"),
    )
