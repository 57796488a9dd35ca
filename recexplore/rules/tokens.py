"""Rules about usage reports and log probabilities: whether they came, and whether they can be true."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd

from recexplore.model.counts import count
from recexplore.model.kinds import TEXT_KINDS
from recexplore.model.traits import Trait
from recexplore.rules.quoting import listed, quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped, rows

__all__ = ["RULES"]

_SHORT_BY: Final = 2
"""A server may leave out the probability of a last token or two."""
_MOST_EXTRA: Final = 8


def _usage_missing(streams: Streams) -> Iterator[Hit]:
    recordings = streams.recordings
    asked = (streams.requests["include_usage"] == True).fillna(False).to_numpy(dtype=bool)  # noqa: E712
    silent = (
        asked & streams.streamed & ~recordings.index.isin(streams.usage["of"]) & recordings["error"].isna().to_numpy()
    )
    finished = streams.answers["key"].isin(streams.finishes["key"]).groupby(streams.answers["of"].to_numpy()).all()
    for row in rows(recordings[silent & recordings.index.isin(finished[finished].index)]):
        yield Hit(
            row.Index,
            "The request asked for a usage report at the end of the stream; none came.",
            chunk=row.n_chunks - 1,
            evidence='"stream_options": {"include_usage": true}',
        )


def _usage_repeated(streams: Streams) -> Iterator[Hit]:
    usage = streams.usage[streams.streamed[streams.usage["of"]] & streams.has(streams.usage["of"], Trait.USAGE_AT_END)]
    lane = usage["of"].where(usage["key"] < 0, usage["key"] + (1 << 60))
    again = usage.assign(lane=lane)[lane.duplicated(keep=False).to_numpy()]
    continuous = (streams.requests["continuous_usage"] == True).fillna(False).to_numpy(dtype=bool)  # noqa: E712
    for _, mine in grouped(again, "lane"):
        of, first, last = int(mine["of"].iloc[0]), mine.iloc[0], mine.iloc[-1]
        fallen = next(
            (
                name
                for name in ("completion", "prompt", "total")
                if (mine[name].dropna().astype("int64").diff() < 0).any()
            ),
            None,
        )
        if fallen is None and continuous[of]:
            continue
        counts = mine[fallen or "completion"].dropna().astype("int64").tolist()
        yield Hit(
            of,
            f"{count(len(mine), 'usage report')} came, in chunks {first['chunk']} to {last['chunk']}; the last one "
            "counts, they must not be added up" + (f". The {fallen} tokens fall on the way." if fallen else "."),
            chunk=int(first["chunk"]),
            last_chunk=int(last["chunk"]),
            choice=None if pd.isna(first["choice"]) else int(first["choice"]),
            evidence=f"{fallen or 'completion'} tokens {listed(counts)}",
            severity="error" if fallen else "note",
        )


def _usage_arith(streams: Streams) -> Iterator[Hit]:
    usage = streams.usage
    # xAI counts reasoning on top of completion, though its API is OpenAI's.
    on_top = (usage["total"] == usage["prompt"] + usage["completion"] + usage["reasoning"]).fillna(False)
    inside = usage["completion_includes_reasoning"].fillna(True).astype(bool) & ~on_top
    cached_inside = usage["prompt_includes_cached"].fillna(True).astype(bool)
    extra = usage["reasoning"].fillna(0).where(~inside, 0)
    extra += (usage["cached"].fillna(0) + usage["cache_write"].fillna(0)).where(~cached_inside, 0)
    expected = usage["prompt"] + usage["completion"] + extra
    wrong = usage.assign(expected=expected)[(expected != usage["total"]).fillna(False).to_numpy(dtype=bool)]
    for row in rows(wrong):
        parts = _sum_of(row)
        if row.total not in parts and not _explains(row.extra, row.total - max(parts)) and not _thinks(row, streams):
            yield _arith_hit(row, f"the total is {row.total:,}, its parts add up to {max(parts):,}")
    more = usage[((usage["reasoning"] > usage["completion"]) & inside).fillna(False).to_numpy(dtype=bool)]
    for row in rows(more):
        if streams.has(row.of, Trait.REASONING_BESIDE_COMPLETION):
            continue
        yield _arith_hit(row, f"{row.reasoning:,} reasoning tokens are part of {row.completion:,} completion tokens")
    for name in _NAMES:
        for row in rows(usage[(usage[name] < 0).fillna(False).to_numpy(dtype=bool)]):
            yield _arith_hit(row, f"{getattr(row, name):,} {name.replace('_', ' ')} tokens")
    yield from _fewer_than_deltas(streams)


def _sum_of(row: Any) -> set[int]:
    """What the parts may add up to: with and without what some count on top."""
    known = {name: 0 if pd.isna(value := getattr(row, name)) else int(value) for name in _NAMES}
    bare = known["prompt"] + known["completion"]
    cache = known["cached"] + known["cache_write"]
    return {bare, bare + known["reasoning"], bare + cache, bare + cache + known["reasoning"]}


def _thinks(row: Any, streams: Streams) -> bool:
    """Whether what is missing in the parts may be reasoning that only the total counts."""
    return row.total > max(_sum_of(row)) and bool(streams.has(row.of, Trait.THOUGHTS_IN_TOTAL_ALONE))


def _arith_hit(row: Any, said: str) -> Hit:
    counts = [f"{name} {value}" for name in _NAMES if not pd.isna(value := getattr(row, name))]
    choice = None if pd.isna(row.choice) else int(row.choice)
    return Hit(
        row.of, f"The usage report cannot be true: {said}.", row.chunk, choice=choice, evidence=", ".join(counts)
    )


_NAMES: Final = ("prompt", "completion", "total", "cached", "cache_write", "reasoning")


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
    deltas = payload[payload["kind"] == "content"].groupby("of")["chunk"].nunique()
    seen = deltas.reindex(last["of"]).fillna(0).to_numpy()
    # A report that came before the text is not about it.
    end = payload[payload["kind"] == "content"].groupby("of")["chunk"].max().reindex(last["of"]).fillna(-1).to_numpy()
    seen = np.where(last["chunk"].to_numpy() >= end, seen, 0)
    few = last[(last["completion"].notna() & (last["completion"].fillna(0) < seen)).to_numpy(dtype=bool) & (seen > 0)]
    for row in rows(few):
        yield _arith_hit(row, f"{row.completion:,} completion tokens came in {deltas[row.of]:,} chunks of content")


def _logprobs(streams: Streams) -> Iterator[Hit]:
    answers = streams.answers
    events = streams.of_kind("logprobs")
    events = events[(events["key"] >= 0) & streams.has(events["of"], Trait.TOKEN_LOGPROBS)]
    told = set(events["key"])
    asked = (answers["asked_logprobs"] == True).fillna(False).to_numpy(dtype=bool)  # noqa: E712
    spoken = answers[asked & (answers["content_chars"] > 0).to_numpy() & answers["error"].isna().to_numpy()]
    for row in rows(spoken[~spoken["key"].isin(told)]):
        message = f"The request asked for log probabilities; choice {row.choice} has none."
        yield Hit(row.of, message, chunk=row.first_chunk, choice=row.choice, evidence='"logprobs": true')
    payload = streams.payload[streams.payload["key"].isin(told)]
    for key, mine in grouped(events, "key"):
        tokens = [token for text in mine["text"] for token in _tokens(orjson.loads(text))]
        written = payload[payload["key"] == key].sort_values("seq", kind="stable")
        said = ["".join(written.loc[written["kind"].isin(kinds), "text"]) for kinds in _SPOKEN]
        if tokens and not any(_fits(tokens, text) for text in said):
            first = mine.iloc[0]
            yield Hit(
                int(first["of"]),
                f"The tokens of the log probabilities of choice {first['choice']}, joined, are not its text.",
                chunk=int(first["chunk"]),
                last_chunk=int(mine["chunk"].iloc[-1]),
                choice=int(first["choice"]),
                evidence=f"tokens {quoted(_joined(tokens))}, text {quoted(said[0])}",
            )


_SPOKEN: Final = (("content",), TEXT_KINDS, ("refusal",), ("tool_call",))
"""What tokens may be the tokens of: content, content with the reasoning that stood in it, a refusal, or a call."""


def _tokens(value: Any) -> Iterator[bytes]:
    """The tokens of a chat choice (with their bytes, which may be parts of characters) or of a completion."""
    if not isinstance(value, dict):
        return
    lists = [value.get("content"), value.get("refusal"), value.get("tokens")]
    for item in (each for found in lists if isinstance(found, list) for each in found):
        token = item.get("token") if isinstance(item, dict) else item
        parts = item.get("bytes") if isinstance(item, dict) else None
        if isinstance(parts, list) and all(type(part) is int and 0 <= part < 256 for part in parts):
            yield bytes(parts)
        elif isinstance(token, str):
            yield token.encode("utf-8", "surrogatepass")


def _joined(tokens: list[bytes]) -> str:
    return b"".join(tokens).decode("utf-8", "replace")


def _fits(tokens: list[bytes], text: str) -> bool:
    """Whether the tokens are the text, but for white space around it and a last token or two."""
    said = text.strip()
    return any(
        _joined(tokens[: len(tokens) - cut]).strip() == said
        or (
            cut
            and said.startswith(_joined(tokens).strip())
            and len(said) - len(_joined(tokens).strip()) <= _TOKEN_CHARS * cut
        )
        for cut in range(_SHORT_BY + 1)
    )


_TOKEN_CHARS: Final = 16

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "usage-missing",
        "The usage report never came",
        "warning",
        meaning="Costs cannot be told; clients that wait for it hang or raise.",
        cause="The gateway drops the last chunk, which has no choices, or does not know `stream_options`.",
        remedy="Pass chunks without choices on.",
        legal="A stream that broke off or failed.",
        find=_usage_missing,
        traits=frozenset({Trait.USAGE_AT_END}),
        needs=("request",),
        sources=("https://github.com/openai/openai-agents-python/issues/2126",),
    ),
    Rule(
        "usage-repeated",
        "More than one usage report",
        "note",
        meaning="Whoever adds them up counts tokens several times.",
        cause="Some servers report with every chunk (Databricks), some once a choice (Fireworks).",
        remedy="Take the last report. Never add them up.",
        legal="`continuous_usage_stats`; Gemini and Anthropic report several times by design. A figure that falls is "
        "an error.",
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
        "reasoning. Deltas may hold many tokens each; that content came in more chunks than there are tokens is told "
        "only of chat and completions.",
        find=_usage_arith,
        traits=frozenset({Trait.REPORTS_USAGE}),
    ),
    Rule(
        "logprobs",
        "Log probabilities do not fit the text",
        "warning",
        meaning="Scores are computed over other tokens than those that are shown, or not at all.",
        cause="They are of the model's raw output (Harmony tokens and all), or the server ignores the request for "
        "them.",
        remedy="Compare token by token before using them.",
        legal="Answers that only call tools; one or two tokens less than the text; bytes that are parts of characters.",
        find=_logprobs,
        traits=frozenset({Trait.TOKEN_LOGPROBS}),
    ),
)
