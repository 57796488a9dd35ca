"""What the panes under the timeline show, as plain values that travel to the browser.

Takes a `Recording`, gives dicts and lists of strings, numbers and None. Figures come from `recexplore.analysis`; here they
are only put into words. No HTML is made here or anywhere: the browser shows recorded text by text nodes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from recexplore.analysis import reasoning, timing, tool_calls
from recexplore.analysis import usage as usage_analysis
from recexplore.corpus import Recording
from recexplore.model.counts import count
from recexplore.model.errors import SourceChanged
from recexplore.model.exchange import Json
from recexplore.model.plain_values import plain, records
from recexplore.model.traits import Trait
from recexplore.read.registry import known
from recexplore.views.figures.plotly_numbers import rounded
from recexplore.views.text.declared_tools import Declared, declared_tools, misfits
from recexplore.views.text.facts import model_of, tokens_of
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["PANES", "chunk_view", "readable_json"]

_HALVES: Final = re.compile("[\ud800-\udfff]")
_MOST_REPORTS: Final = 200
_MOST_PHASES: Final = 2_000
_MOST_MARKS: Final = 200
_BINS: Final = 24


def readable_json(value: Json) -> str:
    """Indented JSON, NaN and all; escaped where it holds halves of characters, which no message to the page may."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return json.dumps(value, indent=2) if _HALVES.search(text) else text


def chunk_view(recording: Recording, chunk: int) -> dict[str, Any]:
    """One chunk as recorded, and the events that were made of it."""
    try:
        raw, why = readable_json(recording.raw(chunk)), None
    except (SourceChanged, RecursionError) as error:
        raw, why = None, f"This chunk cannot be shown: {error}"
    events = recording.events
    made = events[events["chunk"] == chunk].dropna(axis="columns", how="all").drop(columns=["recording", "chunk"])
    shown = records(made)
    return {"raw": raw, "why": why, "events": [_event(row) for row in shown]}


def _event(row: dict[Any, Any]) -> dict[str, Any]:
    named = {name: row.pop(name, None) for name in ("kind", "choice", "text")}
    row = {name: value for name, value in row.items() if value is not None}
    return {**named, "more": ", ".join(f"{name} {value}" for name, value in row.items())}


def _reasoning(recording: Recording) -> dict[str, Any]:
    events = recording.events
    phases, split = reasoning.phases(events), reasoning.split(events)
    facts, chunks = recording.facts, recording.chunks.set_index("chunk")
    tokens = _tokens_of_phases(recording) if facts["n_choices"] == 1 else {}
    tags = events[events["kind"] == "tag"]
    choices = []
    for choice in sorted(split["choice"].unique()):
        mine = phases[phases["choice"] == choice].head(_MOST_PHASES)
        rows = split[split["choice"] == choice].to_dict("records")
        for row in rows:
            span = chunks["t_s"].get(row["last_chunk"], np.nan) - chunks["t_s"].get(row["first_chunk"], np.nan)
            row["seconds"], row["tokens"] = span, tokens.get(row["phase"])
        choices.append(
            {
                "name": f"choice {choice}",
                "words": _tags_in_words(tags[tags["choice"] == choice]),
                "phases": records(mine.drop(columns=["recording", "choice"])),
                "split": [{name: plain(value) for name, value in row.items()} for row in rows],
            }
        )
    return {"choices": choices, "notes": _hidden(recording)}


def _tokens_of_phases(recording: Recording) -> dict[str, Any]:
    """What was reported for each phase; a report counts all choices together, so only a single choice has its own."""
    row = usage_analysis.tokens(recording.recordings, recording.usage, recording.choices, recording.events).iloc[0]
    # What is left of the completion is the content's only if nothing else is in it.
    is_mixed = row["tool_call_chars"] > 0 or (row["reasoning_chars"] > 0 and not plain(row["reasoning"]))
    return {"reasoning": plain(row["reasoning"]), "content": None if is_mixed else plain(row["visible"])}


def _tags_in_words(tags: pd.DataFrame) -> str:
    # Of a tag that chunk boundaries cut, only the last piece ends it.
    whole = tags[tags["text"].str.endswith((">", "]"))]
    said = [f"{n} {role}" for role, n in whole["tag"].value_counts().items() if n]
    return f"tags in the text: {', '.join(said)}" if said else "no tags in the text"


def _hidden(recording: Recording) -> list[dict[str, str]]:
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


def _tokens(recording: Recording) -> dict[str, Any]:
    view = tokens_of(recording)
    seen = view["seen"]
    usage = recording.usage
    figures = [name for name in usage_analysis.TOKEN_COUNTS if usage[name].notna().any()]
    reports = usage[["chunk", "choice", "source", *figures]].head(_MOST_REPORTS)
    said = [f"{seen['n_text_events']:,} text deltas", f"{seen['content_chars']:,} characters of content"]
    for kind, word in (("reasoning_chars", "of reasoning"), ("tool_call_chars", "of tool arguments")):
        if seen[kind]:
            said.append(f"{seen[kind]:,} {word}")
    return {
        "parts": view["parts"],
        "seen": ", ".join(said),
        "why": _why_no_report(recording),
        "figures": figures,
        "reports": records(reports),
        "more": len(usage) - len(reports),
        "model": model_of(recording),
        "positions": _positions(recording),
        "notes": _arithmetic(recording),
    }


def _why_no_report(recording: Recording) -> str:
    if plain(recording.requests["include_usage"].iloc[0]) is True:
        return "The request asked for usage (stream_options.include_usage), but no chunk reports it."
    on_request = Trait.USAGE_AT_END in known().named(recording.facts["dialect"]).traits
    if on_request and plain(recording.facts["streaming"]) is True:
        return "The request did not ask for it: such an API reports only with stream_options.include_usage."
    return "No chunk reports usage."


def _arithmetic(recording: Recording) -> list[dict[str, str]]:
    """Whether the last report adds up, in its own terms."""
    final = usage_analysis.final(recording.usage)
    if final.empty:
        return []
    row, notes = final.iloc[0], []
    addends, total = usage_analysis.addends(row), row["total"]
    if addends and not pd.isna(total):
        sum_ = sum(addends.values())
        said = " + ".join(f"{tokens:,} {name.replace('_', ' ')}" for name, tokens in addends.items())
        ends = "as reported" if sum_ == total else f"but the total was reported as {total:,}"
        notes.append({"level": "note" if sum_ == total else "warning", "words": f"{said} = {sum_:,}, {ends}."})
    for part, whole, inside in (
        ("cached", "prompt", row["prompt_includes_cached"]),
        ("reasoning", "completion", row["completion_includes_reasoning"]),
    ):
        if not (pd.isna(row[part]) or pd.isna(row[whole]) or pd.isna(inside)) and inside and row[part] > row[whole]:
            words = f"{part} ({row[part]:,}) is said to be part of {whole} ({row[whole]:,}), but is more."
            notes.append({"level": "warning", "words": words})
    if row["n_reports"] > 1:
        notes.append(
            {"level": "note", "words": f"The last of {row['n_reports']:,} reports is shown; reports are never summed."}
        )
    return notes


def _positions(recording: Recording) -> list[dict[str, Any]]:
    """Where the figures stand among those of the corpus' recordings of the same model."""
    found = usage_analysis.positions(recording.corpus.recordings, recording.id)
    return [
        {
            "figure": row["figure"],
            "percentile": row["percentile"],
            "words": f"{row['tokens']:,}: more than {row['n_below']:,} of {row['n_others']:,} others"
            + (f", as many as {row['n_equal']:,}" if row["n_equal"] else ""),
        }
        for row in records(found)
    ]


_FROM_REQUEST: Final = ("ttfc_s", "ttft_s", "ttfo_s")
_METRICS: Final = (
    *_FROM_REQUEST,
    "first_text_s",
    "first_output_s",
    "itl_s",
    "gap_p50_s",
    "gap_p95_s",
    "gap_max_s",
    "chars_per_s",
)
_OF_GAPS: Final = {
    "gap_p50_s": ("gap p50", "half of the gaps between the choice's own chunks with text are shorter"),
    "gap_p95_s": ("gap p95", "of twenty gaps nineteen are shorter, interpolated between the two around"),
    "gap_max_s": ("gap max", "the longest gap"),
}
_LABELS: Final = {
    "ttfc_s": "TTFC",
    "ttft_s": "TTFT",
    "ttfo_s": "TTFO",
    "first_text_s": "first text",
    "first_output_s": "first output",
    "itl_s": "ITL",
    "chars_per_s": "speed",
}
_UNITS: Final = {"chars_per_s": "characters/s"}
_WHY_MISSING: Final = {
    **dict.fromkeys(_FROM_REQUEST, "nobody recorded when the request was sent"),
    "itl_s": "needs a usage report with completion tokens, and one choice only",
}


def _timing(recording: Recording) -> dict[str, Any]:
    facts, chunks, events = recording.facts, recording.chunks, recording.events
    if facts["clock"] == "none":
        why = "The recorder kept no arrival times and the provider stamped no chunk."
        return {"has_time": False, "why": f"{why} Nothing is drawn against an invented time."}
    choices = timing.per_choice(recording.recordings, events, recording.usage)
    own, marks = timing.own_gaps(events), timing.marks(chunks, events)
    gaps = timing.gaps(chunks, events).set_index("chunk").reindex(chunks["chunk"])
    longest = chunks["gap_s"].max()
    # Where the request was timed, first text and output are TTFT and TTFO.
    timed = ("first_text_s", "first_output_s") if facts["t_zero"] == "request" else ()
    metrics = [name for name in _METRICS if name not in timed]
    since = (
        "the request was sent"
        if facts["t_zero"] == "request"
        else "the first chunk came (when the request was sent is not recorded)"
    )
    clock = (
        "a recorder stamped each arrival"
        if facts["clock"] == "measured"
        else "the provider stamped each chunk: its pace, not the network's"
    )
    return {
        "has_time": True,
        "words": f"Seconds since {since}. {facts['clock'].capitalize()} clock: {clock}.",
        "metrics": [_metric(name) for name in metrics],
        "choices": [
            {"name": f"choice {row['choice']}", "values": {name: plain(row[name]) for name in metrics}}
            for row in choices.to_dict("records")
        ],
        "longest": 0.0 if pd.isna(longest) else float(longest),
        "gaps": [plain(gap) for gap in gaps["gap_s"].tolist()],
        "gap_marks": gaps["mark"].astype(object).where(gaps["mark"].notna(), None).tolist(),
        "marks": records(marks.drop(columns="recording").head(_MOST_MARKS)),
        "more_marks": max(len(marks) - _MOST_MARKS, 0),
        "distributions": _distributions(own),
    }


def _metric(name: str) -> dict[str, Any]:
    if name in _OF_GAPS:
        label, meaning = _OF_GAPS[name]
        definition = timing.DEFINITIONS["inter_chunk_gap"]
        return {
            "name": name,
            "label": label,
            "full": meaning,
            "definition": definition.meaning,
            "source": definition.source,
            "unit": "s",
            "missing": None,
        }
    definition = timing.DEFINITIONS[name]
    return {
        "name": name,
        "label": _LABELS[name],
        "full": definition.full_name,
        "definition": definition.meaning,
        "source": definition.source,
        "unit": _UNITS.get(name, "s"),
        "missing": _WHY_MISSING.get(name),
    }


def _distributions(own: pd.DataFrame) -> list[dict[str, Any]]:
    """Each choice's gaps in bins that grow by the same factor, all choices in the same; gaps of nothing have no bin."""
    known = own.dropna(subset="gap_s")
    some = known.loc[known["gap_s"] > 0, "gap_s"]
    edges = np.empty(0)
    if len(some):
        edges = rounded(np.geomspace(min(some.min(), some.max() / 2), some.max(), _BINS + 1))
        # Rounding must not leave the shortest and the longest out.
        edges[0], edges[-1] = min(edges[0], some.min()), some.max()
    found = []
    for choice, gaps in known.groupby("choice"):
        n_none = int((gaps["gap_s"] == 0).sum())
        own_s = gaps.loc[gaps["gap_s"] > 0, "gap_s"]
        counts = np.histogram(own_s, edges)[0] if len(some) else np.empty(0)
        bins = [
            {"from": float(start), "to": float(end), "n": int(n)}
            for start, end, n in zip(edges, edges[1:], counts, strict=False)
        ]
        none = f", {n_none:,} of them of nothing: chunks that came together" if n_none else ""
        found.append({"name": f"choice {choice}, {len(gaps):,} gaps{none}", "bins": bins})
    return found


def _tools(recording: Recording) -> dict[str, Any]:
    declared = _declared(recording)
    fragments = tool_calls.assembly(recording.events)
    by = ["choice", "tool_index"]
    pieces = dict(iter(fragments.groupby(by))) if len(fragments) else {}
    calls = []
    for call in recording.tool_calls.to_dict("records"):
        name = call["name"] if isinstance(call["name"], str) else None
        mine = next((tool for tool in declared or [] if tool.name == name), None)
        own = pieces.get((call["choice"], call["tool_index"]))
        about = [f"choice {call['choice']}", f"call {call['tool_index']}"]
        if isinstance(call["id"], str):
            about.append(call["id"])
        if own is not None:
            about.append(count(len(own), "fragment"))
        calls.append(
            {
                "name": name,
                "about": " · ".join(about),
                "fragments": [] if own is None else records(own[["chunk", "text", "state", "broken_at"]]),
                "description": mine.description if mine else None,
                "schema": readable_json(mine.parameters) if mine and mine.parameters is not None else None,
                "misfits": list(map(without_lone_surrogates, misfits(call["arguments"], mine.parameters)))
                if mine and mine.parameters is not None
                else [],
                "undeclared": _undeclared(declared, mine),
            }
        )
    shown = [
        {
            "name": tool.name,
            "description": tool.description,
            "schema": None if tool.parameters is None else readable_json(tool.parameters),
        }
        for tool in declared or []
    ]
    why = "The request cannot be read any more: what it declared is not known." if declared is None else None
    return {"calls": calls, "declared": shown, "why": why}


def _declared(recording: Recording) -> list[Declared] | None:
    try:
        # The frames have no halves of characters either.
        return [
            replace(
                tool,
                name=without_lone_surrogates(tool.name),
                description=without_lone_surrogates(tool.description or "") or None,
            )
            for tool in declared_tools(recording)
        ]
    except (SourceChanged, RecursionError):
        return None


def _undeclared(declared: list[Declared] | None, mine: Declared | None) -> str:
    if declared is None:
        return "The request cannot be read any more: what was declared is not known."
    return "Declared without a schema." if mine else "The request declares no tool of this name."


def _raw(recording: Recording) -> dict[str, Any]:
    try:
        return {"request": readable_json(recording.request), "why": None}
    except (SourceChanged, RecursionError) as error:
        return {"request": None, "why": f"The request cannot be shown: {error}"}


PANES: Final[dict[str, Callable[[Recording], dict[str, Any]]]] = {
    "reasoning": _reasoning,
    "tokens": _tokens,
    "timing": _timing,
    "tools": _tools,
    "raw": _raw,
}
"""What the kernel is asked for when a pane is opened."""
