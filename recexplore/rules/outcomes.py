"""Rules about what came of an answer that ended properly: cut, filtered, refused or empty, or not where it was to stop."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd

from recexplore.model.counts import count
from recexplore.model.kinds import BESIDE_KINDS, OUTPUT_KINDS
from recexplore.model.severities import Severity
from recexplore.model.traits import Trait
from recexplore.rules.intent import Outcome, as_wanted
from recexplore.rules.quoting import ends_with, excerpt, listed, quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, rows
from recexplore.rules.stretches import stretch_of

__all__ = ["RULES"]

_BLOCKED: Final = '"filtered":true|"block_?[rR]eason":"|"(?:GUARDRAIL_)?INTERVENED"'
"""How Azure, Gemini and Bedrock say that a filter held something back."""

_SMALL_LIMIT: Final = 100
"""Whoever allows no more tokens wants a short answer, or a cut one."""
_REST_OF_TOKEN: Final = 16
"""A server that looks for stop sequences in whole tokens sends what one holds behind them, seldom more characters."""
_SIGNED: Final = frozenset(
    ["signature", "thoughtsignature", "thought_signature", "redactedcontent", "redacted_thinking"]
)
_LABELS: Final = frozenset(["type", "index", "thought", "id", "data", "format"])


def _length_cut(streams: Streams) -> Iterator[Hit]:
    finishes = streams.finishes
    cut = finishes[finishes["meaning"] == "length"].drop_duplicates("key")
    yield from _cut(streams, cut) if len(cut) else ()
    yield from _cut_unsaid(streams)


def _cut(streams: Streams, cut: pd.DataFrame) -> Iterator[Hit]:
    calls = streams.own_calls
    broken = set(calls.loc[~calls["arguments_valid"].fillna(True).astype(bool), "key"])
    last = dict(zip(calls["key"], calls["arguments"], strict=True))
    bad_json = set(streams.not_json["key"])
    answers = streams.answers
    for row in rows(cut):
        answer: Any = answers.loc[row.key]
        limit = f" (max_tokens {answer['max_tokens']})" if pd.notna(answer["max_tokens"]) else ""
        is_meant = pd.notna(answer["max_tokens"]) and answer["max_tokens"] <= _SMALL_LIMIT
        what = "its tool arguments are" if row.key in broken else "its JSON is" if row.key in bad_json else ""
        text = (last[row.key] if row.key in broken else "") or answer["content"] or answer["reasoning"] or ""
        only_thought = not answer["content"] and answer["reasoning"]
        severity, why = _as_wanted(streams, "length", row.of, "error" if what else "note" if is_meant else "warning")
        yield Hit(
            row.of,
            f"Choice {row.choice} was cut at a token limit{limit}"
            + (f": {what} unfinished." if what else ": all of it went into reasoning." if only_thought else ".")
            + why,
            chunk=row.chunk,
            choice=int(row.choice),
            evidence=f"{row.finish_reason}; ends with {quoted(ends_with(text))}" if text else str(row.finish_reason),
            severity=severity,
        )


def _cut_unsaid(streams: Streams) -> Iterator[Hit]:
    """Answers that use up their limit to the last token and break off, though they are said to have come to their end."""
    answers = streams.answers
    limited = answers[
        (answers["max_tokens"].notna() & (answers["n_answers"] == 1) & answers["stop"].isna()).to_numpy(dtype=bool)
        & (answers["meaning"] == "stop").to_numpy()
        & (answers["content_chars"] > 0).to_numpy(dtype=bool)
    ]
    limited = limited[~limited["key"].isin(streams.tool_calls["key"]) & ~limited["key"].isin(streams.not_json["key"])]
    if limited.empty:
        return
    last = streams.usage.drop_duplicates("of", keep="last").set_index("of")["completion"]
    used = last.reindex(limited["of"]).to_numpy(dtype=float, na_value=np.nan)
    for row in rows(limited[used == limited["max_tokens"].to_numpy(dtype=float)]):
        if not _breaks_off(row.content):
            continue
        finish = streams.first_finish.loc[row.key]
        yield Hit(
            row.of,
            f"Choice {row.choice} ends with {quoted(row.finish_reason)} in the midst of a sentence, after exactly the "
            f"{count(int(row.max_tokens), 'token')} that it was allowed: it was probably cut at the limit, and nothing says "
            "so.",
            chunk=int(finish["chunk"]),
            choice=int(row.choice),
            evidence=f"{row.finish_reason}; ends with {quoted(ends_with(row.content))}",
            severity="warning",
        )


_LEAST_WORDS: Final = 5
_NO_PROSE: Final = re.compile(r"\s*(?:[-*+•#>|]|\d+[.)]|```|[\[{(<])")


def _breaks_off(text: str) -> bool:
    """Whether a text ends where no sentence does: lists, titles, verses and code need no mark at their end."""
    said = text.rstrip(" ")
    line = said.rpartition("\n")[2]
    if not said or len(line.split()) < _LEAST_WORDS or _NO_PROSE.match(line) or text.count("```") % 2:
        return False
    # Verses have a line of their own each.
    is_paragraph = line == said or "\n\n" in said or ". " in line
    return said[-1] in ",;-(" or (said[-1].islower() and is_paragraph)


def _as_wanted(streams: Streams, outcome: Outcome, of: int, severity: Severity) -> tuple[Severity, str]:
    return as_wanted(outcome, severity, *streams.recordings.loc[of, ["test_id", "path"]])


def _filtered(streams: Streams) -> Iterator[Hit]:
    for hit in _filters(streams):
        severity, why = _as_wanted(streams, "filter", hit.of, "warning")
        yield replace(hit, message=f"{hit.message}{why}", severity=severity)


def _filters(streams: Streams) -> Iterator[Hit]:
    seen: set[tuple[int, int]] = set()
    finishes, filters = streams.finishes, streams.of_kind("filter")
    blocked = filters[filters["text"].str.contains(_BLOCKED, regex=True)]
    last = dict(zip(blocked["key"], blocked["text"], strict=True))
    for row in rows(finishes[finishes["meaning"] == "filter"]):
        seen.add((row.of, int(row.choice)))
        message = f"Choice {row.choice} was stopped by a filter or a refusal: {quoted(row.finish_reason)}."
        told = last.get(row.key)
        evidence = f"{row.finish_reason}: {quoted(told)}" if told else str(row.finish_reason)
        yield Hit(row.of, message, chunk=row.chunk, choice=int(row.choice), evidence=evidence)
    for row in rows(blocked):
        choice = None if pd.isna(row.choice) else int(row.choice)
        if (row.of, -1 if choice is None else choice) not in seen:
            seen.add((row.of, -1 if choice is None else choice))
            whose = "The prompt" if choice is None else f"Text of choice {choice}"
            yield Hit(row.of, f"{whose} was filtered.", chunk=row.chunk, choice=choice, evidence=quoted(row.text))
    every = streams.of_kind("refusal")
    ends = every.groupby("key")["chunk"].max()
    refusals = every.drop_duplicates("key")
    for row in rows(refusals[refusals["key"] >= 0]):
        if (row.of, int(row.choice)) not in seen:
            text = streams.answers.at[row.key, "refusal"]
            message = f"Choice {row.choice} is a refusal."
            yield Hit(row.of, message, row.chunk, int(ends[row.key]), choice=int(row.choice), evidence=quoted(text))


def _empty_answer(streams: Streams) -> Iterator[Hit]:
    # Where the number of the choice rises with the chunks, the last chunk is no answer of its own.
    finishes = streams.finishes[~streams.finishes["of"].isin(streams.miscounted)]
    ended = finishes[finishes["meaning"].isin(["stop", "sequence"])].drop_duplicates("key")
    spoken = streams.payload[streams.payload["kind"].isin(OUTPUT_KINDS)]
    silent = ended[~ended["key"].isin(spoken["key"]) & ~ended["of"].isin(streams.of_kind("error")["of"])]
    if silent.empty:
        return
    beside = streams.of_kind(*BESIDE_KINDS)
    beside = beside[beside["key"].isin(silent["key"]).to_numpy(dtype=bool)]
    answered = {key for key, text in zip(beside["key"], beside["text"], strict=True) if not _is_thought(text)}
    for row in rows(silent[~silent["key"].isin(answered)]):
        answer: Any = streams.answers.loc[row.key]
        reasoning = answer["reasoning"]
        thought = f" but {count(len(reasoning), 'character')} of reasoning" if reasoning else ""
        off = bool(reasoning) and pd.notna(answer["asked_reasoning"]) and not answer["asked_reasoning"]
        why = ", though the request switched reasoning off" if off else ""
        stops = [] if off or not isinstance(answer["stop"], str) else orjson.loads(answer["stop"])
        named = f" The request asked for an end at {listed(map(quoted, stops))}: it may have begun with that."
        yield Hit(
            row.of,
            f"Choice {row.choice} ends with {quoted(row.finish_reason)} and says nothing{thought}{why}: no text, no tool "
            f"call, no refusal.{named if stops else ''}",
            chunk=row.chunk,
            choice=int(row.choice),
            evidence=f"reasoning ends with {quoted(ends_with(reasoning))}" if reasoning else str(row.finish_reason),
            severity="error" if off else "note" if stops else None,
        )


def _is_thought(text: Any) -> bool:
    """Whether what stands beside an answer is nothing but thoughts that nobody can read, or their signature."""
    try:
        value = orjson.loads(text)
    except (TypeError, orjson.JSONDecodeError):
        return False
    said = list(_leaves(value, ""))
    marks = {name for name, _ in said} | {str(leaf).lower() for name, leaf in said if name == "type"}
    return bool(_SIGNED & marks) and {name for name, _ in said} <= _SIGNED | _LABELS


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every plain value with the name of the field that holds it."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, str(key).lower())
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each, name)
    elif value is not None:
        yield name, value


def _stop_ignored(streams: Streams) -> Iterator[Hit]:
    answers = streams.answers
    asked = answers[answers["stop"].notna() & (answers["content_chars"] > 0)]
    for row in rows(asked[~streams.has(asked["of"], Trait.OWN_TOOLS)]):
        passed = _passed(row.content, orjson.loads(row.stop))
        if passed is None:
            continue
        start, end = passed
        behind = row.content[end:]
        spoken = streams.spoken(row.key, "content")
        stretch = stretch_of(spoken, start, end)
        is_last = spoken["chunk"].iloc[-1] == stretch.last_chunk
        is_rest = is_last and row.meaning in ("stop", "sequence") and len(behind) <= _REST_OF_TOKEN
        n_behind = count(len(behind), "character")
        how = (
            f"and {n_behind} more behind it, {quoted(behind)}, before it finishes with {quoted(row.finish_reason)}"
            if is_rest
            else f"and goes on for {n_behind} behind it"
        )
        yield Hit(
            row.of,
            f"The request asks for an end at {quoted(row.content[start:end])}; choice {row.choice} writes it {how}. The "
            "client gets text that it asked not to get.",
            **stretch.fields(),
            choice=row.choice,
            evidence=excerpt(row.content, start, end),
            severity="warning" if is_rest else None,
        )


def _passed(text: str, sequences: list[str]) -> tuple[int, int] | None:
    """Where the first stop sequence stands behind which the text goes on; servers treat blank ones as they like."""
    spoken = len(text.rstrip())
    places = [(text.find(each), len(each)) for each in sequences if each.strip()]
    passed = [(start, start + size) for start, size in places if start >= 0 and start + size < spoken]
    return min(passed, default=None)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "length-cut",
        "Cut at a token limit",
        "warning",
        meaning="The answer is incomplete; tool arguments or JSON that break off cannot be parsed.",
        cause="`max_tokens` or the context window was too small; reasoning counts too.",
        remedy="Raise the limit, or test for the finish reason before using the answer.",
        legal="A test may ask for it: with a limit of at most 100 tokens it is a note. An error only where tool arguments, "
        "or JSON that was asked for, are unfinished. Where the name of the test or of the file wants it (`max_tokens`, "
        "`truncated`) it is one degree less. An answer that is said to have come to its end is told of only where prose "
        "breaks off after exactly as many tokens as were allowed.",
        find=_length_cut,
    ),
    Rule(
        "filtered",
        "Filtered or refused",
        "warning",
        meaning="The text is missing or cut, though the request succeeded.",
        cause="A content filter or guardrail of the provider, or the model's own refusal.",
        remedy="Change the prompt of the test, or assert the refusal if that is what is tested.",
        legal="Azure attaches filter results to every chunk: only `filtered: true` counts. So does a guardrail of Bedrock: "
        "only `INTERVENED` counts. Where the name of the test or of the file wants it (`content_filter`, `safety`, "
        "`refusal`) it is a note.",
        find=_filtered,
        sources=("https://github.com/microsoft/semantic-kernel/issues/5289",),
    ),
    Rule(
        "empty-answer",
        "A good end of nothing",
        "warning",
        meaning="The client shows an empty answer and has no error to report.",
        cause="Everything went into reasoning, a parser swallowed a tool call, or the model ended at once.",
        remedy="Treat it as a failed answer: ask again, or look at the server's reasoning and tool parsers.",
        legal="Ollama's `load`; answers that consist of annotations, images (signed or not) or a provider's own tools; the "
        "last chunk of Gemini may be empty. Where there is reasoning alone although the request switched it off, a parser "
        "took the answer for it: an error. Where the request named stop sequences, the answer may have begun with one: a "
        "note.",
        find=_empty_answer,
        covered_by=("tool-as-text",),
        sources=(
            "https://github.com/sst/opencode/issues/37735",
            "https://github.com/pydantic/pydantic-ai/issues/3300",
            "https://github.com/vllm-project/vllm/issues/40816",
        ),
    ),
    Rule(
        "stop-ignored",
        "A stop sequence was passed over",
        "error",
        meaning="The client gets text that it asked not to get: the next turn, another example, whatever the model goes on "
        "with.",
        cause="The server does not know `stop` or its gateway drops it, or it looks for the sequence in single tokens, "
        "across which it lies.",
        remedy="Cut the text at the sequence in the client, and report it to whoever serves the stream.",
        legal="A sequence that ends the text: some servers send it too. Sequences in reasoning and in the arguments of "
        "tools, and those of blanks alone. What the beginning of an answer holds that the request gives; `echo`, and "
        "`min_tokens`, before which servers do not look for it. Where the answer ends properly a few characters behind it, "
        "it is the rest of a token, and a warning.",
        find=_stop_ignored,
        needs=("request",),
        sources=(
            "https://github.com/vllm-project/vllm/issues/3572",
            "https://github.com/vllm-project/vllm/issues/2577",
        ),
    ),
)
