"""Rules about runs of one request with the same answer: what is said beside it should be the same, too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd

from recexplore.model.counts import count
from recexplore.model.severities import Severity
from recexplore.model.traits import Trait
from recexplore.rules.quoting import listed, quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.run_groups import alike, answers_of_runs, choice_digests, reference_value, together, unlike
from recexplore.rules.streams import OLD_CALL, Streams, rows

__all__ = ["RULES"]

_FEW_TOKENS: Final = 3
"""A template with today's date, another way to cut the same words into tokens, a last token that is counted or not."""
_COUNTS: Final = ["prompt_tokens", "completion_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens"]
_AGREEING: Final = 2
"""Runs with the very same count: had the model reasoned unseen, each would have another."""
_LEAST_CHARS: Final = 20
"""Shorter answers are the same by chance."""
_SHOWN: Final = 60
_CANNOT_BE: Final = " One of the two is wrong."


# --- usage ---------------------------------------------------------------------------------------------------------------


def _run_usage(streams: Streams) -> Iterator[Hit]:
    if len(streams.recordings) == 1:
        return
    reports = _reports(streams)
    if reports.empty:
        return
    odd: set[int] = set()
    has_state = reports["of"].isin(_with_state(streams)).to_numpy(dtype=bool)
    stateless = reports[~has_state & ~streams.has(reports["of"], Trait.PROMPT_LESS_CACHE)]
    differing = _perhaps_same(streams, unlike(stateless.dropna(subset=["prompt"]), ["peers", "said"], "prompt"))
    for runs in together(streams, differing, ["peers", "said"], "read"):
        for hit in _usage_hits(streams, runs, "prompt"):
            odd.add(hit.of)
            yield hit
    counts_all = ~reports["of"].isin(streams.tool_calls["of"]) & (reports["reasoning"].fillna(0) == 0)
    differing = unlike(reports[counts_all.to_numpy(dtype=bool)], ["peers", "said"], "completion")
    for runs in together(streams, differing.dropna(subset=["completion"]), ["peers", "said"]):
        agreeing = int((runs["completion"] == reference_value(runs, "completion")).sum())
        # A count of reasoning that is 0 says as much as several runs that agree.
        if agreeing >= _AGREEING or (runs["reasoning"] == 0).all():
            yield from (hit for hit in _usage_hits(streams, runs, "completion") if hit.of not in odd)


def _reports(streams: Streams) -> pd.DataFrame:
    """The answers that say what another one says, with the last figures of their reports: ``prompt`` with what came from
    the cache, ``completion``, ``reasoning``, and the ``chunk`` of the last report. Not those whose choices have one each."""
    answers = alike(streams.once(answers_of_runs), ["peers", "said"])
    last = streams.usage.drop_duplicates("of", keep="last").set_index("of")
    of_choices = streams.usage.loc[streams.usage["key"] >= 0, "of"]
    several = of_choices[of_choices.duplicated()]
    answers = answers[answers["is_done"] & answers["of"].isin(last.index) & ~answers["of"].isin(several)]
    facts = streams.recordings[_COUNTS].take(answers["of"].to_numpy())
    beside = ~last["prompt_includes_cached"].reindex(answers["of"]).fillna(True).to_numpy(dtype=bool)
    cached = (facts["cached_tokens"].fillna(0) + facts["cache_write_tokens"].fillna(0)).to_numpy(dtype=np.int64)
    return answers.assign(
        prompt=(facts["prompt_tokens"] + np.where(beside, cached, 0)).to_numpy(dtype=float, na_value=np.nan),
        completion=facts["completion_tokens"].to_numpy(dtype=float, na_value=np.nan),
        reasoning=facts["reasoning_tokens"].to_numpy(dtype=float, na_value=np.nan),
        chunk=last["chunk"].reindex(answers["of"]).to_numpy(dtype=np.int64),
    )


def _perhaps_same(streams: Streams, answers: pd.DataFrame) -> pd.DataFrame:
    """Those to whose requests, to the letter, there may be another answer: equal ones have an equal hash, unless they ask
    for it in other ways."""
    by = [answers["peers"], answers["said"]]
    of = answers["of"].to_numpy()
    ways = streams.requests[["stream", "include_usage", "continuous_usage"]].take(of)
    way = pd.util.hash_pandas_object(ways, index=False).set_axis(answers.index)
    equal = answers.assign(hash=streams.recordings["request_hash"].to_numpy()[of]).duplicated(
        ["peers", "said", "hash"], keep=False
    )
    return answers[equal | (way.groupby(by).transform("nunique") > 1)]


def _with_state(streams: Streams) -> np.ndarray:
    """Recordings whose prompt grows by what the server adds: its own tools' results, a thread, a session."""
    calls = streams.tool_calls
    hosted = calls.loc[calls["type"].notna() & (calls["type"] != OLD_CALL), "of"].unique()
    kept = streams.fits([Trait.RUN_EVENTS]) | streams.fits([Trait.SESSION_EVENTS]) | streams.fits([Trait.OWN_TOOLS])
    return np.union1d(hosted, np.flatnonzero(kept))


def _usage_hits(streams: Streams, runs: pd.DataFrame, figure: str) -> Iterator[Hit]:
    """One hit for each other count: the first recording that has it."""
    usual = reference_value(runs, figure)
    other = _first(runs, figure, usual)
    for row in rows(runs[runs[figure] != usual].drop_duplicates(figure)):
        here, there = int(getattr(row, figure)), int(getattr(other, figure))
        is_small = abs(here - there) <= _FEW_TOKENS
        if figure == "completion" and is_small:
            continue
        severity: Severity = "note" if is_small else "warning"
        yield Hit(
            row.of,
            f"The same request got the same answer in recording {streams.ids[other.of]}{_ways(row, other)}; there the usage "
            f"report counts {count(there, f'{figure} token')}, here {here:,}.{'' if is_small else _CANNOT_BE}",
            chunk=int(row.chunk),
            evidence=f"{figure} tokens {here}, in {streams.ids[other.of]} {there}",
            severity=severity,
        )


def _first(runs: pd.DataFrame, name: str, value: object) -> Any:
    return next(rows(runs[runs[name] == value]))


def _ways(row: Any, other: Any) -> str:
    """How both came, where one was streamed and the other was not."""
    if row.is_whole == other.is_whole:
        return ""
    return ", which came whole" if other.is_whole else ", which was streamed"


# --- finish reasons -------------------------------------------------------------------------------------------------------


def _run_finish(streams: Streams) -> Iterator[Hit]:
    answers = streams.once(answers_of_runs)
    answers = alike(answers[answers["is_done"].to_numpy(dtype=bool)], ["peers", "said"])
    if answers.empty:
        return
    ends = _ends(streams, answers["of"])
    finished = streams.answers[["of", "choice"]].loc[ends.index].assign(end=pd.factorize(ends)[0])
    ended = (
        pd.util.hash_pandas_object(finished[["choice", "end"]], index=False).groupby(finished["of"].to_numpy()).sum()
    )
    answers = answers.assign(ended=ended.reindex(answers["of"]).to_numpy())
    for runs in together(streams, unlike(answers, ["peers", "said"], "ended"), ["peers", "said"]):
        usual = reference_value(runs, "ended")
        other = _first(runs, "ended", usual)
        for row in rows(runs[runs["ended"] != usual].drop_duplicates("ended")):
            yield from _finish_hits(streams, row, other, ends)


def _ends(streams: Streams, of: pd.Series[int]) -> pd.Series[Any]:
    """What the finish of each choice of some recordings means, else the reason itself; a stop sequence is as good an end as
    any."""
    answers = streams.answers[streams.answers["of"].isin(of).to_numpy(dtype=bool)]
    ends: pd.Series[Any] = answers["meaning"].astype(object)
    return ends.where(ends.notna(), answers["finish_reason"].astype(object)).replace({"sequence": "stop"})


def _finish_hits(streams: Streams, row: Any, other: Any, ends: pd.Series[Any]) -> Iterator[Hit]:
    choices = streams.answers
    own, theirs = (choices[(choices["of"] == each.of).to_numpy()] for each in (row, other))
    finish = streams.first_finish
    for mine, their in zip(rows(own), rows(theirs), strict=True):
        differ = {ends[mine.Index], ends[their.Index]}
        # At a stop sequence the text ends before it; whoever met the limit there says so, and both are right.
        if len(differ) == 1 or (differ == {"stop", "length"} and isinstance(mine.stop, str)):
            continue
        here, there = quoted(mine.finish_reason), quoted(their.finish_reason)
        yield Hit(
            row.of,
            f"Choice {mine.choice} ends with the finish reason {here}; the very same answer to the same request ends with "
            f"{there} in recording {streams.ids[other.of]}{_ways(row, other)}. A client that acts on the reason does one "
            "thing today and another tomorrow.",
            chunk=int(finish["chunk"].loc[mine.Index]) if mine.Index in finish.index else None,
            choice=int(mine.choice),
            evidence=f"{here}, in {streams.ids[other.of]} {there}",
        )


# --- numbers of choices ---------------------------------------------------------------------------------------------------


def _run_swap(streams: Streams) -> Iterator[Hit]:
    answers = streams.once(answers_of_runs)
    by = ["peers", "unordered", "n"]
    answers = unlike(answers[((answers["n"] > 1) & answers["is_done"]).to_numpy(dtype=bool)], by, "said")
    if answers.empty:
        return
    said = dict(zip(streams.choices["key"], choice_digests(streams).tolist(), strict=True))
    for runs in together(streams, answers, by):
        usual = reference_value(runs, "said")
        other = _first(runs, "said", usual)
        theirs = _by_choice(streams, other.of, said)
        for row in rows(runs[runs["said"] != usual].drop_duplicates("said")):
            mine = _by_choice(streams, row.of, said)
            if sorted(mine.values()) == sorted(theirs.values()) and len(set(mine.values())) == len(mine):
                yield from _swap_hit(streams, row, other, mine, {each: number for number, each in theirs.items()})


def _by_choice(streams: Streams, of: int, said: dict[int, int]) -> dict[int, int]:
    """The digest of each choice of a recording, by its number."""
    choices = streams.choices[(streams.choices["of"] == of).to_numpy()]
    return {int(each.choice): said[each.key] for each in rows(choices)}


def _swap_hit(streams: Streams, row: Any, other: Any, mine: dict[int, int], theirs: dict[int, int]) -> Iterator[Hit]:
    moved = [number for number, digest in mine.items() if theirs[digest] != number]
    texts = streams.choices[(streams.choices["of"] == row.of).to_numpy()].set_index("choice")["content"]
    if min(len(texts[number]) for number in moved) < _LEAST_CHARS:
        return
    pairs = listed(f"choice {number} is choice {theirs[mine[number]]}" for number in moved)
    yield Hit(
        row.of,
        f"The answers are those of recording {streams.ids[other.of]} under other numbers: {pairs} there. Whoever compares "
        "choices by number takes them for other answers.",
        evidence=listed(f"choice {number} {quoted(texts[number][:_SHOWN])}" for number in moved),
    )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "run-usage",
        "The usage report differs for the same answer",
        "warning",
        meaning="The same request costs now this, now that; budgets and limits are kept by wrong figures.",
        cause="A gateway estimates the tokens of streams, counts them at another place than the provider, or adds something "
        "to the prompt on one of its ways.",
        remedy="Compare with the provider's own report; ask for it with `stream_options` and pass it on.",
        legal="Other words, another model or another host; a prompt that differs in ids or in what a search brought; a "
        "conversation that the server keeps; hosted tools; prompts at Ollama, which does not count what it had read "
        "before. Completion tokens of answers with calls, which servers write anew, with reasoning that is counted and not "
        "seen, and where no second run confirms a count. A prompt that differs by three tokens at most is a note: templates "
        "hold the date.",
        find=_run_usage,
        traits=frozenset({Trait.REPORTS_USAGE}),
        needs=("request", "other runs"),
        sources=(
            "https://github.com/BerriAI/litellm/issues/6488",
            "https://github.com/BerriAI/litellm/issues/1304",
            "https://github.com/QuantumNous/new-api/issues/6212",
        ),
        covered_by=("usage-arith",),
    ),
    Rule(
        "run-finish",
        "The same answer ends for another reason",
        "warning",
        meaning="A client runs the tools of one run and not those of the other, or takes a whole answer for a cut one.",
        cause="The reason is made up at the gateway, from other signs in streams than in whole answers; or a filter that "
        "runs beside the stream was slower this time.",
        remedy="Pass the provider's reason on; act on the calls that came, not on the reason alone.",
        legal="Reasons that mean the same; a limit met where another run met a stop sequence, if one was asked for. Answers "
        "in other words.",
        find=_run_finish,
        needs=("request", "other runs"),
        sources=(
            "https://github.com/googleapis/python-genai/issues/2868",
            "https://github.com/vllm-project/vllm/issues/9053",
        ),
        covered_by=("no-finish", "tool-finish", "finish-value"),
    ),
    Rule(
        "run-swap",
        "Two runs have the same answers under other numbers",
        "note",
        meaning="Tests that look at `choices[0]` are flaky though all answers are equal.",
        cause="The provider works on the choices side by side and numbers them as they are done.",
        remedy="Compare the choices as a set, or ask for one.",
        legal="It is: no API promises an order. It is told of answers of 20 characters and more, which are not the same by "
        "chance.",
        find=_run_swap,
        needs=("request", "other runs"),
    ),
)
