"""The facts of a recording worth a glance, in words.

Takes a `Recording`, gives labels and values for any view. What was not recorded is a fact and is said.
"""

from __future__ import annotations

from typing import Final, TypedDict

import pandas as pd

from recexplore.analysis import interleaving
from recexplore.analysis import usage as usage_analysis
from recexplore.corpus import Recording
from recexplore.model.counts import count, plural
from recexplore.model.exchange import NOT_YET
from recexplore.model.kinds import COUNTED_KINDS, JOINED_KINDS, kind_named
from recexplore.model.plain_values import NOT_NAMED, plain
from recexplore.views.text.shapes import shape_of

__all__ = ["TokenPart", "Tokens", "facts_of", "flow_of", "glossary_of", "model_of", "tokens_of"]


class TokenPart(TypedDict):
    """A part of what was reported; drawn as a kind of text."""

    label: str
    tokens: int
    kind: str


class Tokens(TypedDict):
    """How many reports there were, the parts and the total of the last, and what was observed."""

    reports: int
    parts: list[TokenPart]
    total: int | None
    seen: dict[str, int]


_ENDS: Final = {
    "client gone": "by the client, which left",
    "stopped": "by the recorder, which was stopped",
    NOT_YET: "not yet: it is still coming, unless its recorder died",
    "not recorded": "unseen: its recorder died, or its disk was full",
}
"""Ends of which the answer itself does not tell."""
_NO_END: Final = {
    True: "not yet: its recorder died; the next `recexplore capture` into its folder finishes it",
    False: "not yet: it is still coming",
}
"""What is said where it is known whether the recorder died."""


def facts_of(recording: Recording, is_left: bool | None = None) -> list[list[str]]:
    """Label and value of every fact worth a glance; what was not recorded is said.

    ``is_left`` says whether the recorder of a stream without an end died; None where nobody knows.
    """
    facts, shape = recording.facts, shape_of(recording)
    came = {"stream": "stream", "whole": "whole answer", "exchange": "no choices"}.get(shape, "no answer")
    found = [
        ["provider", plain(facts["provider"]) or NOT_NAMED],
        ["model", model_of(recording)],
        ["dialect", str(facts["dialect"])],
        ["answer", came if facts["n_chunks"] else "no answer"],
    ]
    if facts["n_choices"]:
        found.append(["choices", f"{facts['n_choices']:,}"])
    if shape == "stream":
        found.append(["chunks", f"{facts['n_chunks']:,}"])
    if facts["n_chunks"]:
        found.append(["time", _time_in_words(recording)])
    if not pd.isna(facts["status"]):
        found.append(["status", str(facts["status"])])
    if error := plain(facts["error"]):
        found.append(["error", error])
    if (ended := plain(facts["ended"])) in _ENDS:
        is_known = ended == NOT_YET and is_left is not None
        found.append(["ended", _NO_END[bool(is_left)] if is_known else _ENDS[ended]])
    return found


def flow_of(recording: Recording, is_left: bool | None = None) -> list[list[str]]:
    """Label, value and meaning of every figure of how the choices took turns; of a single choice, or of an answer that came
    whole, of what was said. ``is_left`` is as in `facts_of`."""
    choices = recording.derive(interleaving.per_choice, "events")
    if choices.empty:
        return []
    finish = [
        "finished",
        _ends(choices["finish_chunk"], _unfinished(recording, is_left)),
        interleaving.DEFINITIONS["finished"],
    ]
    if recording.facts["n_chunks"] == 1:
        # There is no turn in one chunk; that a choice ended in it goes without saying.
        return [*_sizes(recording), *([finish] if choices["finish_chunk"].isna().any() else [])]
    if len(choices) == 1:
        own = f"{choices['n_shares'].iloc[0]:,}"
        return [*_sizes(recording), ["own chunks", own, interleaving.DEFINITIONS["own chunks"]], finish]
    whole = recording.derive(interleaving.per_recording, "events").iloc[0]
    parts = [f"{part:.0%}" for part in choices["share"]]
    values = {
        "switches": f"{whole['n_switches']:,}",
        "run length": f"{whole['mean_run_length']:.2f}, at most {choices['longest_run'].max():,}",
        "share": " / ".join(parts[:_MOST_CHOICES]),
        "fairness": f"{whole['fairness']:.2f}",
        "lag": count(choices["most_behind"].max(), "chunk"),
    }
    return [*([name, value, interleaving.DEFINITIONS[name]] for name, value in values.items()), finish]


def glossary_of(recording: Recording, flow: list[list[str]] | None = None) -> list[list[str]]:
    """The words that stand beside a recording's timeline, each with its meaning; none where one chunk is all.

    ``flow`` is what `flow_of` says of it, where that is known already.
    """
    words = {name for name, *_ in flow or flow_of(recording)} & {*interleaving.DEFINITIONS}
    if not words or recording.facts["n_chunks"] == 1:
        return []
    words |= {"boundaries"}
    words |= {"choice", "turn"} if "switches" in words else set()
    words |= {"all choices"} if recording.events["choice"].isna().any() else set()
    return [[word, meaning] for word, meaning in interleaving.DEFINITIONS.items() if word in words]


def _sizes(recording: Recording) -> list[list[str]]:
    """How much of each kind of text was said, all choices together."""
    sizes = recording.choices[[f"{kind}_chars" for kind in COUNTED_KINDS if kind in JOINED_KINDS]].sum()
    return [
        [kind_named(kind).label, count(sizes[f"{kind}_chars"], "character"), f"text of kind {kind} in all"]
        for kind in COUNTED_KINDS
        if kind in JOINED_KINDS and sizes[f"{kind}_chars"]
    ]


def _unfinished(recording: Recording, is_left: bool | None) -> str:
    """What is said of a choice that has not finished; of a stream that nobody writes any more what lists say."""
    if recording.facts["ended"] != NOT_YET:
        return "never"
    return "no end" if is_left else NOT_YET


def _ends(finish_chunks: pd.Series[int], otherwise: str) -> str:
    """``at chunk 37``, ``at chunks 82, 85``, ``at chunk 2, 1 never``, ``never``; ``otherwise`` is what did not finish."""
    finished = [f"{chunk:,}" for chunk in finish_chunks.dropna()]
    unfinished = len(finish_chunks) - len(finished)
    if not finished:
        return otherwise
    shown = ", ".join([*finished[:_MOST_CHOICES], *(["…"] if len(finished) > _MOST_CHOICES else [])])
    return f"at {plural(len(finished), 'chunk')} {shown}" + (f", {unfinished:,} {otherwise}" if unfinished else "")


_MOST_CHOICES: Final = 8
_SILENCE_S: Final = 0.25
"""What is shorter is how connections end."""


def model_of(recording: Recording) -> str:
    """The model that served, else the one asked for."""
    facts = recording.facts
    return plain(facts["model_served"]) or plain(facts["model_requested"]) or NOT_NAMED


def _time_in_words(recording: Recording) -> str:
    facts = recording.facts
    if facts["clock"] == "none":
        return "not recorded"
    since = "from the request" if facts["t_zero"] == "request" else "from first chunk to last"
    more = (
        f", then nothing until {facts['ended_s']:.2f} s" if facts["ended_s"] - facts["duration_s"] > _SILENCE_S else ""
    )
    return f"{facts['duration_s']:.2f} s {since} ({facts['clock']} clock){more}"


def tokens_of(recording: Recording) -> Tokens:
    """Reported parts with their figures, and what was observed."""
    row = recording.derive(usage_analysis.tokens, "recordings", "usage", "choices", "events").iloc[0]
    is_mixed = (
        plain(row["completion_includes_reasoning"]) and not plain(row["reasoning"]) and plain(row["reasoning_chars"])
    )
    parts = (
        ("cached", "cached prompt", "cached"),
        ("cache_write", "written to the cache", "cache_write"),
        ("fresh_prompt", "prompt", "prompt"),
        ("reasoning", "reasoning", "reasoning"),
        ("visible", "completion with reasoning" if is_mixed else "visible completion", "content"),
    )
    reported: list[TokenPart] = [
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
