"""Rules about usage reports: whether they came, how often, and whether they can be true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd

from recexplore.model.counts import count
from recexplore.model.notes import Note
from recexplore.model.severities import Severity
from recexplore.model.traits import Trait
from recexplore.rules.quoting import listed
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped, rows

__all__ = ["RULES"]

_MOST_EXTRA: Final = 8
_UNCOUNTED: Final = 1
"""Some servers leave the last token of an answer out of its report."""
_LEAST_BYTES: Final = 2.5
"""Of text in a chunk, on average: a gateway that types it out letter by letter brings less."""
_LONG: Final = 200
"""Characters of a text whose tokens can be estimated."""
_MOST_CHARS: Final = 20
_MOST_WORDS: Final = 3
"""Of one token, in the mean over a long text: four characters of a word are usual, and seldom more than one word."""
_WORD: Final = re.compile(r"[A-Za-z\u00c0-\u024f]+")
"""Of Latin script."""
_FIGURES: Final = ("completion", "prompt", "total")
"""Those that can only grow while an answer is written; the total follows the others."""


def _usage_missing(streams: Streams) -> Iterator[Hit]:
    recordings = streams.recordings
    asked = (streams.requests["include_usage"] == True).fillna(False).to_numpy(dtype=bool)  # noqa: E712
    at_end = streams.has(recordings.index, Trait.USAGE_AT_END)
    no_report = ~recordings.index.isin(streams.usage["of"]) & recordings["error"].isna().to_numpy()
    silent = asked & at_end & streams.streamed & no_report
    finished = streams.answers["key"].isin(streams.finishes["key"]).groupby(streams.answers["of"].to_numpy()).all()
    for row in rows(recordings[silent & recordings.index.isin(finished[finished].index)]):
        yield Hit(
            row.Index,
            "The request asked for a usage report at the end of the stream; none came.",
            chunk=row.n_chunks - 1,
            evidence='"stream_options": {"include_usage": true}',
        )
    yield from _no_prompt(streams)


def _no_prompt(streams: Streams) -> Iterator[Hit]:
    """Streams whose reports count the answer and never the prompt, though their API always counts both."""
    usage = streams.usage
    of = usage["of"].to_numpy()
    # Anthropic's counts the prompt when a message begins; where that was not recorded, nothing is known.
    begins = streams.has(of, Trait.BLOCK_EVENTS) & usage["of"].duplicated(keep=False).to_numpy()
    mine = usage[streams.streamed[of] & (streams.has(of, Trait.USAGE_AT_END) | begins)]
    counted = mine.groupby("of")[["prompt", "completion"]].max()
    half = counted.index[counted["prompt"].isna() & (counted["completion"] > 0).fillna(False)]
    mine = mine.loc[mine["of"].isin(half), ["of", "chunk", "completion"]]
    completion = dict(iter(mine["completion"].groupby(mine["of"])))
    for row in rows(mine.drop_duplicates("of")):
        yield Hit(
            row.of,
            "The usage reports count the tokens of the answer and never those of the prompt.",
            chunk=row.chunk,
            evidence=f"completion {listed(completion[row.of].dropna())}, prompt missing",
            severity="note",
        )


def _usage_repeated(streams: Streams) -> Iterator[Hit]:
    usage = streams.usage[streams.streamed[streams.usage["of"]] & streams.has(streams.usage["of"], Trait.USAGE_AT_END)]
    lane = usage["of"].where(usage["key"] < 0, usage["key"] + (1 << 60))
    again = usage.assign(lane=lane)[lane.duplicated(keep=False).to_numpy()]
    continuous = (streams.requests["continuous_usage"] == True).fillna(False).to_numpy(dtype=bool)  # noqa: E712
    for _, mine in grouped(again, "lane"):
        of, first, last = int(mine["of"].iloc[0]), mine.iloc[0], mine.iloc[-1]
        counts = {name: mine[name].dropna().astype("int64").tolist() for name in _FIGURES}
        falls = {name: fall for name in _FIGURES if (fall := _fall(counts[name])) > 0}
        if not falls and continuous[of]:
            continue
        figure = next(iter(falls), "completion")
        where = f"chunks {first['chunk']} {'and' if len(mine) == 2 else 'to'} {last['chunk']}"
        yield Hit(
            of,
            f"{count(len(mine), 'usage report')} came, in {where}; the last one counts, they must not be added up."
            + (f" The {figure} tokens fall on the way, which the count of one answer cannot do." if falls else ""),
            chunk=int(first["chunk"]),
            last_chunk=int(last["chunk"]),
            choice=None if pd.isna(first["choice"]) else int(first["choice"]),
            evidence=f"{figure} tokens {listed(counts[figure])}",
            severity=_how_bad(falls),
        )


def _fall(counts: list[int]) -> int:
    """By how much a count falls at most from one report to the next."""
    return max((before - after for before, after in pairwise(counts)), default=0)


def _how_bad(falls: dict[str, int]) -> Severity:
    """An estimate of the prompt that is put right, or a last token that is not counted, spoils no answer's count."""
    if not falls:
        return "note"
    of_answer = max((fall for figure, fall in falls.items() if figure != "prompt"), default=0)
    if "prompt" in falls and "completion" not in falls:
        of_answer -= falls["prompt"]
    return "error" if of_answer > _UNCOUNTED else "warning"


def _usage_arith(streams: Streams) -> Iterator[Hit]:
    usage = streams.usage
    if usage.empty:
        return
    # xAI counts reasoning on top of completion, though its API is OpenAI's.
    on_top = (usage["total"] == usage["prompt"] + usage["completion"] + usage["reasoning"]).fillna(False)
    inside = usage["completion_includes_reasoning"].fillna(True).astype(bool) & ~on_top
    cached_inside = usage["prompt_includes_cached"].fillna(True).astype(bool)
    extra = usage["reasoning"].fillna(0).where(~inside, 0)
    extra += (usage["cached"].fillna(0) + usage["cache_write"].fillna(0)).where(~cached_inside, 0)
    expected = usage["prompt"] + usage["completion"] + extra
    wrong = usage.assign(expected=expected)[(expected != usage["total"]).fillna(False).to_numpy(dtype=bool)]
    for row in rows(wrong):
        parts = _sums_of(row)
        if row.total not in parts and not _explains(row.extra, row.total - max(parts)) and not _thinks(row, streams):
            yield _arith_hit(row, f"the total is {row.total:,}, its parts add up to {max(parts):,}")
    more = usage[((usage["reasoning"] > usage["completion"]) & inside).fillna(False).to_numpy(dtype=bool)]
    for row in rows(more):
        if streams.has(row.of, Trait.REASONING_BESIDE_COMPLETION):
            continue
        yield _arith_hit(row, f"{row.reasoning:,} reasoning tokens are part of {row.completion:,} completion tokens")
    for name in _NAMES:
        is_negative = (usage[name] < 0).fillna(False).to_numpy(dtype=bool)
        for row in rows(usage[is_negative]) if is_negative.any() else ():
            yield _arith_hit(row, f"{getattr(row, name):,} {name.replace('_', ' ')} tokens")
    yield from _prompt_gone(streams)
    told = list(_fewer_than_deltas(streams))
    yield from told
    yield from _fewer_than_words(streams, {hit.of for hit in told})


def _prompt_gone(streams: Streams) -> Iterator[Hit]:
    """The prompt is what it was: a later report that counts none of it takes back what an earlier one counted."""
    usage = streams.usage
    usage = usage[usage["of"].isin(usage.loc[(usage["prompt"] == 0).fillna(False).to_numpy(dtype=bool), "of"])]
    if usage.empty:
        return
    usage = usage[usage["prompt"].notna() & ~streams.has(usage["of"], Trait.USAGE_AT_END)]
    # Of the several answers of a session, each has a prompt of its own.
    lane = usage["of"].where(usage["key"] < 0, usage["key"] + (1 << 60))
    most = usage["prompt"].groupby(lane).cummax()
    for row in rows(usage.assign(most=most, lane=lane)[((usage["prompt"] == 0) & (most > 0)).to_numpy(dtype=bool)]):
        in_cache = (0 if pd.isna(row.cached) else row.cached) + (0 if pd.isna(row.cache_write) else row.cache_write)
        if in_cache == 0:
            said = f"it counts 0 prompt tokens, an earlier report of the same answer {row.most:,}"
            yield _arith_hit(row, said, "warning")


def _sums_of(row: Any) -> set[int]:
    """What the parts may add up to: with and without what some count on top (the cache, reasoning, Mistral's audio)."""
    known = {name: 0 if pd.isna(value := getattr(row, name)) else int(value) for name in _NAMES}
    bare = known["prompt"] + known["completion"]
    on_top = (known["cached"] + known["cache_write"], known["reasoning"], known["audio"])
    return {bare + sum(some) for n in range(len(on_top) + 1) for some in combinations(on_top, n)}


def _thinks(row: Any, streams: Streams) -> bool:
    """Whether what is missing in the parts may be reasoning that only the total counts."""
    return row.total > max(_sums_of(row)) and bool(streams.has(row.of, Trait.THOUGHTS_IN_TOTAL_ALONE))


def _arith_hit(row: Any, said: str, severity: Severity = "error") -> Hit:
    counts = [f"{name} {value}" for name in _NAMES if not pd.isna(value := getattr(row, name))]
    choice = None if pd.isna(row.choice) else int(row.choice)
    message = f"The usage report cannot be true: {said}."
    return Hit(row.of, message, row.chunk, choice=choice, evidence=", ".join(counts), severity=severity)


_NAMES: Final = ("prompt", "completion", "total", "cached", "cache_write", "reasoning", "audio")


def _explains(extra: Any, difference: int) -> bool:
    """Whether counts that no column holds (tokens of tools, of citations) make up a difference."""
    if not isinstance(extra, str):
        return False
    counts = [value for value in _numbers(orjson.loads(extra)) if value > 0][:_MOST_EXTRA]
    return any(sum(some) == difference for n in range(1, len(counts) + 1) for some in combinations(counts, n))


def _numbers(value: Any) -> Iterator[int]:
    if type(value) is int:
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _numbers(each)


def _fewer_than_deltas(streams: Streams) -> Iterator[Hit]:
    """A delta brings a token or more; only where one choice has the report to itself, and the last report counts."""
    alone = streams.recordings["n_choices"].to_numpy() == 1
    last = streams.usage.drop_duplicates("of", keep="last")
    last = last[alone[last["of"]] & streams.streamed[last["of"]] & streams.has(last["of"], Trait.USAGE_AT_END)]
    payload = streams.payload
    chunks = payload.loc[(payload["kind"] == "content").to_numpy(dtype=bool), ["of", "chunk"]].groupby("of")["chunk"]
    deltas = chunks.nunique()
    seen = deltas.reindex(last["of"]).fillna(0).to_numpy()
    # A report that came before the text is not about it.
    end = chunks.max().reindex(last["of"]).fillna(-1).to_numpy()
    seen = np.where(last["chunk"].to_numpy() >= end, seen, 0)
    counted = last["completion"].fillna(0).to_numpy(dtype=np.int64)
    few = (counted < seen - _UNCOUNTED) | ((counted == 0) & (seen > 0))
    content = streams.choices.set_index("of")["content"]
    for row in rows(last[last["completion"].notna().to_numpy(dtype=bool) & (counted >= 0) & few]):
        n_bytes = len(content[row.of].encode("utf-8", "surrogatepass"))
        if row.completion > 0 and n_bytes < _LEAST_BYTES * deltas[row.of]:
            continue
        said = (
            f"it counts {count(int(row.completion), 'completion token')}, but {count(int(deltas[row.of]), 'chunk')} "
            "came with content, and each of them brings at least one token; a gateway probably estimated the figures"
        )
        yield _arith_hit(row, said, "warning")


def _fewer_than_words(streams: Streams, told: set[int]) -> Iterator[Hit]:
    """Where the last report counts nothing beside an answer, or so little that a token held several words."""
    last = streams.usage.drop_duplicates("of", keep="last")
    chars = np.zeros(len(streams.recordings), dtype=np.int64)
    chars[streams.choices["of"]] = streams.choices["content_chars"]
    counted, prompt = (last[name].fillna(-1).to_numpy(dtype=np.int64) for name in ("completion", "prompt"))
    mine = chars[last["of"]]
    few = (counted >= 0) & (mine >= _LONG) & (mine > counted * _MOST_CHARS)
    spoken = (mine > 0) | last["of"].isin(streams.tool_calls["of"]).to_numpy()
    suspect = last[few | ((counted == 0) & (prompt == 0) & spoken)]
    suspect = suspect[~suspect["of"].isin(told)]
    if suspect.empty:
        return
    answers = streams.answers[streams.answers["of"].isin(suspect["of"]).to_numpy()]
    whole = answers[
        (answers["n_answers"] == 1) & answers["key"].isin(streams.finishes["key"]) & answers["error"].isna()
    ]
    # What a filter puts in an answer's place no model made; completions may repeat the prompt.
    replaced = (whole["meaning"] == "filter") | whole["key"].isin(streams.noted(Note.INTERVENED)["key"])
    whole = whole[~replaced.to_numpy(dtype=bool) & ~streams.has(whole["of"], Trait.RAW_PROMPT)].set_index("of")
    ends = streams.payload.groupby("of")["chunk"].max()
    for report in rows(suspect[suspect["of"].isin(whole.index)]):
        text, n = whole.at[report.of, "content"], int(report.completion)
        words = _WORD.findall(text) if isinstance(text, str) else []
        if report.chunk < ends.get(report.of, 0):
            continue  # it came before the text
        if n == 0 and report.prompt == 0:
            what = "text" if text else "a tool call"
            yield _arith_hit(report, f"it counts no token at all, and {what} came", "warning")
        elif len(words) > _MOST_WORDS * n and sum(map(len, words)) > _MOST_CHARS * n:
            said = f"it counts {count(n, 'completion token')} for {len(words)} words of {len(text):,} characters"
            yield _arith_hit(report, f"{said}; a token seldom holds more than one word", "warning")


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "usage-missing",
        "The usage report never came",
        "warning",
        meaning="Nobody can tell what the answer cost; clients that wait for the report hang or raise.",
        cause="The report comes in a last chunk of its own, whose `choices` are empty. A gateway between client and model "
        "drops that chunk, or does not hand on the request's `stream_options`, which ask for it.",
        remedy="Make the gateway hand on both: `stream_options` with the request, and the last chunk though its `choices` "
        "are empty. Where the server itself sends no report, count the tokens of the texts.",
        legal="A stream that broke off or failed. A report that counts the answer and not the prompt, where the API always "
        "counts both, is a note; Ollama leaves out a prompt that it had read before.",
        find=_usage_missing,
        traits=frozenset({Trait.REPORTS_USAGE}),
        needs=("request", "end"),
        sources=(
            "https://github.com/openai/openai-agents-python/issues/2126",
            "https://github.com/Portkey-AI/gateway/issues/1180",
        ),
    ),
    Rule(
        "usage-repeated",
        "More than one usage report",
        "note",
        meaning="Whoever adds them up counts tokens several times.",
        cause="Some servers report with every chunk (Databricks), some once a choice (Fireworks).",
        remedy="Take the last report. Never add them up.",
        legal="`continuous_usage_stats`; Gemini and Anthropic report several times by design. A count of the answer "
        "that falls is an error; where it falls by one only, or only that of the prompt does, a warning.",
        find=_usage_repeated,
        traits=frozenset({Trait.USAGE_AT_END}),
    ),
    Rule(
        "usage-arith",
        "A usage report that cannot be true",
        "error",
        meaning="Costs and limits are computed from wrong figures.",
        cause="The gateway estimates tokens, adds reasoning twice, or mixes reports of several requests.",
        remedy="Compare with the provider's own report of the same request.",
        legal="Tokens that come on top by design: Gemini's thoughts and tool prompts, Anthropic's cache, xAI's "
        "reasoning, Mistral's audio. Deltas may hold many tokens each, or letters; a report may leave the last token out; "
        "fewer tokens than chunks with content, told only of chat and completions, are a gateway's estimate and a "
        "warning, as are nothing at all beside an answer, one token for several words of a long text, and a prompt that a "
        "later report takes back to 0; not where a filter put its own words in an answer's place.",
        find=_usage_arith,
        traits=frozenset({Trait.REPORTS_USAGE}),
    ),
)
