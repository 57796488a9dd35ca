"""What is shown of one recording before any of its panes is opened.

Takes a recording and its findings, gives plain values and the buffers of its stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from recexplore.analysis.prices import Price
from recexplore.corpus import Recording
from recexplore.model.exchange import NOT_YET
from recexplore.model.plain_values import plain
from recexplore.views.explorer.messages import Answer, FindingsOfRecording, RecordingView
from recexplore.views.explorer.panes import PANES
from recexplore.views.explorer.panes.cost import cost_facts
from recexplore.views.explorer.panes.logprobs import has_logprobs
from recexplore.views.explorer.prompts import first_prompt
from recexplore.views.explorer.stream_view import stream_view
from recexplore.views.text.copies import copies_of
from recexplore.views.text.facts import facts_of, flow_of, glossary_of
from recexplore.views.text.shapes import Shape, headline, shape_of
from recexplore.views.text.test_names import test_name

__all__ = ["recording_view"]

_PANES_WITHOUT_CHOICES: Final = ("request", "tokens", "raw")
_NO_FINDINGS: Final = "No rules were run: explore was called with findings=False."


def recording_view(
    recording: Recording, prices: Sequence[Price], findings: FindingsOfRecording, were_judged: bool
) -> Answer[RecordingView]:
    """What is shown of a recording; ``were_judged`` says whether rules were run at all."""
    stream, buffers = stream_view(recording)
    facts = recording.facts
    name, parameters = test_name(str(plain(facts["test_id"]) or ""))
    shape, flow = shape_of(recording), flow_of(recording)
    view: RecordingView = {
        "id": recording.id,
        "stream": stream,
        "shape": shape,
        "title": headline(recording),
        # What was asked stands in the file: of a large one it comes by a question of its own.
        "prompt": first_prompt(recording),
        "test": plain(facts["test_id"]) or "",
        "test_name": {"name": name, "parameters": parameters},
        "path": facts["path"],
        "facts": [
            *_facts_beside(recording, shape),
            ["tokens", _tokens_in_words(facts)],
            *cost_facts(recording, prices),
        ],
        "about": plain(facts["error"]) if shape == "error" else None,
        "is_open": plain(facts["ended"]) == NOT_YET,
        "words": flow,
        "words_if_left": flow_of(recording, is_left=True),
        "panes": _panes_of(recording, shape),
        "copies": [{"name": each.name, "label": each.label} for each in copies_of(recording)],
        "glossary": glossary_of(recording, flow),
        "n_tool_calls": len(recording.tool_calls),
        "has_logprobs": has_logprobs(recording),
        **findings,
        "about_findings": "No finding names this recording." if were_judged else _NO_FINDINGS,
    }
    return view, buffers


def _facts_beside(recording: Recording, shape: Shape) -> list[list[str]]:
    """The facts, without an error that is shown in full below them."""
    return [fact for fact in facts_of(recording) if shape != "error" or fact[0] != "error"]


def _panes_of(recording: Recording, shape: Shape) -> list[str]:
    """The panes that have something to say of a recording."""
    if shape in ("stream", "whole"):
        return list(PANES)
    without_usage = {"tokens"} if recording.usage.empty else set()
    return [name for name in PANES if name in _PANES_WITHOUT_CHOICES and name not in without_usage]


def _tokens_in_words(facts: pd.Series[Any]) -> str:
    reported = {name: facts[f"{name}_tokens"] for name in ("total", "prompt", "completion")}
    known = [f"{value:,} {name}" for name, value in reported.items() if not pd.isna(value)]
    return f"{reported['total']:,}" if not pd.isna(reported["total"]) else ", ".join(known) or "not reported"
