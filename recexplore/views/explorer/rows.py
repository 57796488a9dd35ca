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
from recexplore.model import Json

__all__ = ["answers_of", "facts_of", "picker_rows", "question_of", "tokens_of"]

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
_QUESTION_LENGTH: Final = 240


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
        about["test_id"],
        about["provider"],
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


def question_of(recording: Recording) -> str:
    """What was asked: the last user message of the request, or what stands for it."""
    request = recording.request
    for key in ("messages", "input", "contents", "prompt", "query", "kwargs"):
        if text := _last_text(request.get(key)):
            return text if len(text) <= _QUESTION_LENGTH else f"{text[:_QUESTION_LENGTH]}…"
    return ""


def _last_text(value: Json) -> str:
    """The last text in a message, a list of messages or of parts; the user's where roles are told."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return next((text for key in ("content", "text", "parts", "query") if (text := _last_text(value.get(key)))), "")
    if isinstance(value, list):
        users = [each for each in value if isinstance(each, dict) and each.get("role") == "user"]
        return next((text for each in reversed(users or value) if (text := _last_text(each))), "")
    return ""


def facts_of(recording: Recording) -> list[list[str]]:
    """Label and value of every fact worth a glance; what was not recorded is said."""
    facts = recording.facts
    model = _text(facts["model_served"]) or _text(facts["model_requested"]) or "not named"
    streaming = {True: "stream", False: "whole answer"}.get(facts["streaming"], "not known")
    turns = interleaving.per_recording(recording.events)
    switches = turns["n_switches"].iloc[0] if len(turns) else 0
    found = [
        [_text(facts["provider"]) or "provider", model],
        [_text(facts["dialect"]), streaming],
        ["choices", f"{facts['n_choices']:,}"],
        ["chunks", f"{facts['n_chunks']:,}"],
        ["time", _time_in_words(recording)],
    ]
    if facts["n_choices"] > 1:
        share = interleaving.per_choice(recording.events)["share"]
        found.insert(3, ["switches", f"{switches:,}"])
        found.insert(4, ["share", " / ".join(f"{part:.0%}" for part in share)])
    if not pd.isna(facts["status"]):
        found.append(["status", str(facts["status"])])
    if _text(facts["error"]):
        found.append(["error", _text(facts["error"])])
    return found


def _time_in_words(recording: Recording) -> str:
    facts = recording.facts
    if facts["clock"] == "none":
        return "not recorded"
    since = "from the request" if facts["t_zero"] == "request" else "from first chunk to last"
    return f"{facts['duration_s']:.2f} s {since} ({facts['clock']} clock)"


def tokens_of(recording: Recording) -> dict[str, Any]:
    """Reported parts with their figures, and what was observed."""
    row = usage_analysis.tokens(recording.recordings, recording.usage, recording.choices, recording.events).iloc[0]
    parts = (
        ("cached", "cached prompt", "cached"),
        ("fresh_prompt", "prompt", "prompt"),
        ("reasoning", "reasoning", "reasoning"),
        ("visible", "visible completion", "content"),
    )
    reported = [
        {"label": text, "tokens": int(row[column]), "kind": kind}
        for column, text, kind in parts
        if not pd.isna(row[column])
    ]
    seen = {
        name: 0 if pd.isna(row[name]) else int(row[name])
        for name in ("n_text_events", "content_chars", "reasoning_chars", "tool_call_chars")
    }
    total = None if pd.isna(row["total"]) else int(row["total"])
    return {"reports": int(row["n_reports"]), "parts": reported, "total": total, "seen": seen}


def answers_of(recording: Recording) -> list[dict[str, Any]]:
    """Every choice's text in order: a piece an event, with its chunk and kind."""
    events = recording.events
    shown = events[events["kind"].isin(_SHOWN_KINDS)]
    texts = (
        shown["text"]
        .fillna("")
        .mask(
            shown["kind"].eq("tool_call") & shown["tool_name"].notna(),
            shown["tool_name"].fillna("") + " " + shown["text"].fillna(""),
        )
    )
    pieces: dict[int, list[list[Any]]] = {}
    numbers = shown["choice"].fillna(-1).astype("int64")
    for choice, chunk, kind, text in zip(numbers, shown["chunk"], shown["kind"], texts, strict=True):
        pieces.setdefault(choice, []).append([chunk, kind, text])
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


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
