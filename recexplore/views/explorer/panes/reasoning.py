"""Reasoning and content of every choice: phases along the chunks; characters, events, time and tokens of each."""

from __future__ import annotations

from typing import Any, Final, TypedDict, cast

import numpy as np
import pandas as pd

from recexplore.analysis import reasoning
from recexplore.analysis import usage as usage_analysis
from recexplore.corpus import Recording
from recexplore.model.plain_values import plain, records
from recexplore.views.explorer.panes.note import Note

__all__ = ["Phase", "PhaseShare", "ReasoningChoice", "ReasoningPane", "reasoning_pane"]

_MOST_PHASES: Final = 2_000


class Phase(TypedDict):
    """A run of chunks in which a choice only reasoned, or only answered."""

    phase: str
    first_chunk: int
    last_chunk: int
    n_events: int
    chars: int


class PhaseShare(Phase):
    """All phases of one sort together; ``share`` is of the choice's characters, 0 to 1."""

    n_phases: int
    share: float
    seconds: float | None
    tokens: int | None


class ReasoningChoice(TypedDict):
    """How a choice went from reasoning to content and back; ``words`` tell of its tags."""

    name: str
    words: str
    phases: list[Phase]
    split: list[PhaseShare]


class ReasoningPane(TypedDict):
    """Every choice, and what is odd about the reasoning of all."""

    choices: list[ReasoningChoice]
    notes: list[Note]


def reasoning_pane(recording: Recording) -> ReasoningPane:
    events = recording.events
    phases, split = recording.derive(reasoning.phases, "events"), recording.derive(reasoning.split, "events")
    facts, chunks = recording.facts, recording.chunks.set_index("chunk")
    tokens = _tokens_of_phases(recording) if facts["n_choices"] == 1 else {}
    tags = events[events["kind"] == "tag"]
    choices: list[ReasoningChoice] = []
    for choice in sorted(split["choice"].unique()):
        mine = phases[phases["choice"] == choice].head(_MOST_PHASES)
        own = split[split["choice"] == choice].drop(columns=["recording", "choice"])
        rows = sorted(own.to_dict("records"), key=_in_order_of_thought)
        for row in rows:
            span = chunks["t_s"].get(row["last_chunk"], np.nan) - chunks["t_s"].get(row["first_chunk"], np.nan)
            row["seconds"], row["tokens"] = span, tokens.get(row["phase"])
        choices.append(
            {
                "name": f"choice {choice}",
                "words": _tags_in_words(tags[tags["choice"] == choice]),
                "phases": cast(list[Phase], records(mine.drop(columns=["recording", "choice"]))),
                "split": [cast(PhaseShare, {name: plain(value) for name, value in row.items()}) for row in rows],
            }
        )
    return {"choices": choices, "notes": _hidden(recording)}


def _in_order_of_thought(row: dict[Any, Any]) -> bool:
    """Reasoning comes first, as it does on the wire."""
    return bool(row["phase"] != "reasoning")


def _tokens_of_phases(recording: Recording) -> dict[str, Any]:
    """What was reported for each phase; a report counts all choices together, so only a single choice has its own."""
    row = recording.derive(usage_analysis.tokens, "recordings", "usage", "choices", "events").iloc[0]
    # What is left of the completion is the content's only if nothing else is in it.
    is_mixed = row["tool_call_chars"] > 0 or (row["reasoning_chars"] > 0 and not plain(row["reasoning"]))
    return {"reasoning": plain(row["reasoning"]), "content": None if is_mixed else plain(row["visible"])}


def _tags_in_words(tags: pd.DataFrame) -> str:
    # Of a tag that chunk boundaries cut, only the last piece ends it.
    whole = tags[tags["text"].str.endswith((">", "]"))]
    said = [f"{n} {role}" for role, n in whole["tag"].value_counts().items() if n]
    return f"tags in the text: {', '.join(said)}" if said else "no tags in the text"


def _hidden(recording: Recording) -> list[Note]:
    """Reasoning that was paid for and not shown."""
    reported = plain(recording.facts["reasoning_tokens"])
    shown = int(recording.choices["reasoning_chars"].sum())
    if reported and not shown:
        words = f"Hidden reasoning: {reported:,} reasoning tokens were reported, but no reasoning text came."
        return [{"level": "warning", "words": words}]
    if shown and not reported:
        said = "its tokens were not reported" if reported is None else "0 reasoning tokens were reported"
        return [{"level": "note", "words": f"{shown:,} characters of reasoning came; {said}."}]
    return []
