"""All that a page may ask about one recording, answered.

Takes `Answers` and an id, gives plain values by question, and the buffers of its stream. What goes wrong is said where it
would be asked for, as a kernel says it.
"""

from __future__ import annotations

from typing import Any, Final, NotRequired, TypedDict

from recexplore.views.explorer.answers import Answers
from recexplore.views.explorer.messages import RecordingView
from recexplore.views.explorer.panes.raw import ChunkView, chunk_views
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["PackedRecording", "Said", "recording_answers"]

_MADE_BY_THE_PAGE: Final = ("link", "chunk")
"""What can be taken away and is no answer of its own: the page knows its address, and has the chunks."""


class Said(TypedDict):
    """An answer, or why there is none."""

    value: NotRequired[Any]
    error: NotRequired[str]


class PackedRecording(TypedDict):
    """The answers about a recording; ``panes`` and ``copies`` by name, ``chunks`` in their order."""

    show: RecordingView
    prompt: str
    panes: dict[str, Said]
    copies: dict[str, Said]
    chunks: list[ChunkView]


def recording_answers(answers: Answers, recording: str) -> tuple[PackedRecording, list[bytes]]:
    """The answers, and the buffers that travel beside ``show``."""
    by = {"recording": recording}
    view, buffers = answers.answer("show", by)
    names = [each["name"] for each in view["copies"] if each["name"] not in _MADE_BY_THE_PAGE]
    return {
        "show": view,
        "prompt": view["prompt"] if view["prompt"] is not None else answers.answer("prompt", by)[0],
        "panes": {name: _said(answers, "pane", {**by, "name": name}) for name in view["panes"]},
        "copies": {name: _said(answers, "copy", {**by, "what": name, "chunk": 0}) for name in names},
        "chunks": chunk_views(answers.recording(recording)),
    }, buffers


def _said(answers: Answers, question: str, given: dict[str, Any]) -> Said:
    try:
        value = answers.answer(question, given)[0]
        return {"value": without_lone_surrogates(value) if isinstance(value, str) else value}
    except Exception as error:  # a page that has no answer says why, as one that asks is told
        return {"error": without_lone_surrogates(str(error)) or type(error).__name__}
