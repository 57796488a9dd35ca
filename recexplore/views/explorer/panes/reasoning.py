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
_NO_TAGS: Final = "no tags in the text"


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
    phases = _by_choice(recording.derive(reasoning.phases, "events"))
    split = _by_choice(recording.derive(reasoning.split, "events"))
    chunks = recording.chunks
    times = dict(zip(chunks["chunk"].tolist(), chunks["t_s"].tolist(), strict=True)) if split else {}
    tokens = _tokens_of_phases(recording) if recording.facts["n_choices"] == 1 else {}
    tags = events.loc[events["kind"] == "tag", ["choice", "text", "tag"]]
    choices: list[ReasoningChoice] = []
    for choice, rows in sorted(split.items()):
        rows.sort(key=_in_order_of_thought)
        for row in rows:
            span = times.get(row["last_chunk"], np.nan) - times.get(row["first_chunk"], np.nan)
            row["seconds"], row["tokens"] = plain(span), tokens.get(row["phase"])
        choices.append(
            {
                "name": f"choice {choice}",
                "words": _tags_in_words(tags[tags["choice"] == choice]),
                "phases": cast(list[Phase], phases[choice][:_MOST_PHASES]),
                "split": cast(list[PhaseShare], rows),
            }
        )
    return {"choices": choices, "notes": _hidden(recording)}


def _by_choice(found: pd.DataFrame) -> dict[int, list[dict[str, Any]]]:
    """The rows of each choice, without what they have in common."""
    rows: dict[int, list[dict[str, Any]]] = {}
    for row in records(found.drop(columns="recording")):
        rows.setdefault(row.pop("choice"), []).append(row)
    return rows


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
    if tags.empty:
        return _NO_TAGS
    # Of a tag that chunk boundaries cut, only the last piece ends it.
    whole = tags[tags["text"].str.endswith((">", "]"))]
    said = [f"{n} {role}" for role, n in whole["tag"].value_counts().items() if n]
    return f"tags in the text: {', '.join(said)}" if said else _NO_TAGS


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
