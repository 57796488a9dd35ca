"""What the explorer's parts show, as plain values that travel to the browser.

Takes a corpus or a recording, gives lists and dicts of strings and numbers. No HTML is made here or anywhere: the browser
sets recorded text by ``textContent``.
"""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from recexplore.analysis import interleaving
from recexplore.analysis import usage as usage_analysis
from recexplore.corpus import Corpus, Recording
from recexplore.views.asides import clipped

__all__ = ["answers_of", "picker_rows"]

_SHOWN_KINDS: Final = (
    "content",
    "reasoning",
    "tag",
    "refusal",
    "tool_call",
    "citation",
    "annotation",
    "unknown",
    "error",
)


def picker_rows(corpus: Corpus) -> list[dict[str, Any]]:
    """One row a recording for the table: id, model, test, provider, counts, tokens, lanes of its thumbnail."""
    about = corpus.recordings
    totals = usage_analysis.final(corpus.usage).set_index("recording")["total"]
    lanes: dict[str, list[str]] = {}
    thumbnails = interleaving.thumbnails(corpus.events)
    for recording, lane in zip(thumbnails["recording"], thumbnails["lane"], strict=True):
        lanes.setdefault(recording, []).append(lane)
    models = about["model_served"].fillna(about["model_requested"])
    columns = zip(
        about["recording"],
        models,
        about["test_id"].fillna(about["path"].map(_file_name)),
        about["provider"].fillna(about["dialect"]),
        about["n_choices"],
        about["n_chunks"],
        totals.reindex(about["recording"]),
        about["error"].notna(),
        about["path"],
        strict=True,
    )
    return [
        {
            "id": recording,
            "model": _text(model),
            "test": _text(test),
            "provider": _text(provider),
            "choices": int(n_choices),
            "chunks": int(n_chunks),
            "tokens": None if pd.isna(total) else int(total),
            "error": bool(failed),
            "path": path,
            "lanes": lanes.get(recording, []),
        }
        for recording, model, test, provider, n_choices, n_chunks, total, failed, path in columns
    ]


def answers_of(recording: Recording) -> list[dict[str, Any]]:
    """Every choice's text in order: a piece an event, with its chunk and kind."""
    events = recording.events
    shown = events[events["kind"].isin(_SHOWN_KINDS)]
    texts = (
        clipped(shown)
        .fillna("")
        .mask(
            shown["kind"].eq("tool_call") & shown["tool_name"].notna(),
            shown["tool_name"].fillna("") + " " + shown["text"].fillna(""),
        )
    )
    pieces: dict[int, list[list[Any]]] = {}
    numbers = shown["choice"].fillna(-1).astype("int64")
    begins_call = shown["tool_name"].notna()
    for choice, chunk, kind, text, begins in zip(
        numbers, shown["chunk"], shown["kind"], texts, begins_call, strict=True
    ):
        own = pieces.setdefault(choice, [])
        own.append([chunk, kind, f"\n{text}" if begins and own else text])
    choices = recording.choices
    answers: list[dict[str, Any]] = [
        {
            "name": f"choice {choice}",
            "role": _text(role),
            "finish": _text(finish),
            "pieces": pieces.get(choice, []),
        }
        for choice, role, finish in zip(choices["choice"], choices["role"], choices["finish_reason"], strict=True)
    ]
    if -1 in pieces:
        answers.append({"name": "all choices", "role": None, "finish": None, "pieces": pieces[-1]})
    return answers


def _file_name(path: str) -> str:
    """What tells a recording without a test's name apart."""
    return path.rpartition("/")[2]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
