"""What recexplore's frames say of an answer, in the shape of the independent readings.

Takes a corpus, gives plain values that compare with what `independent_answers.read` gives.
"""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from recexplore.corpus import Corpus

__all__ = ["FIGURES", "Said", "by_recording", "meant"]

FIGURES = ("prompt", "completion", "total", "cached", "reasoning")
TEXTS = ("content", "reasoning", "tag")


def by_recording(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """The rows of each recording, None where a cell is missing."""
    plain = frame.astype(object).where(frame.notna(), None)
    rows: dict[str, list[Any]] = {}
    for row in plain.itertuples(index=False):
        rows.setdefault(row.recording, []).append(row)
    return rows


class Said:
    """What a corpus says of each of its recordings."""

    def __init__(self, corpus: Corpus) -> None:
        self.facts = {(row.path, row.exchange): row for row in corpus.recordings.itertuples(index=False)}
        self.events, self.choices, self.tools, self.usage = (
            by_recording(frame) for frame in (corpus.events, corpus.choices, corpus.tool_calls, corpus.usage)
        )

    def of(self, name: str) -> dict[str, Any]:
        choices = {}
        for row in self.choices.get(name, []):
            events = [event for event in self.events[name] if event.choice == row.choice]
            # Where a choice's content holds tags, its reasoning is part of its content.
            is_tagged = any(event.kind == "tag" for event in events)
            joined = "".join(event.text for event in events if event.kind in TEXTS) if is_tagged else row.content
            choices[row.choice] = {
                "content": joined,
                "reasoning": "" if is_tagged else row.reasoning,
                "refusal": row.refusal,
                "finish_reason": row.finish_reason,
            }
        return {
            "choices": choices,
            "tools": [(row.choice, row.name, row.arguments) for row in self.tools.get(name, [])],
            "usage": [{figure: getattr(row, figure) for figure in FIGURES} for row in self.usage.get(name, [])],
        }


def meant(said: dict[str, Any]) -> dict[str, Any]:
    """With the arguments of tools as what their JSON means: objects may be written in many ways."""

    def value(arguments: str) -> Any:
        try:
            return json.loads(arguments)
        except ValueError:
            return arguments

    tools = [(choice, name, value(arguments)) for choice, name, arguments in said["tools"]]
    return {**said, "tools": sorted(tools, key=lambda call: call[0])}
