"""Rules about the use of tools: whether the answer ends as it calls, calls what was declared, and no more than it may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import orjson
import pandas as pd

from recexplore.model.severities import Severity
from recexplore.model.traits import Trait
from recexplore.rules.quoting import ends_with, listed, quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped, rows
from recexplore.rules.stretches import stretch_of

__all__ = ["RULES"]

_OF_ANSWERS: Final = [
    *("of", "key", "choice", "meaning", "finish_reason", "content", "content_chars", "refusal_chars"),
    *("tool_choice", "tools"),
]
_FORCED: Final = ("required", "any")
_NAMELESS: Final = ("auto", "none", "validated")
"""Words of `tool_choice` that name no tool."""
_TOKEN: Final = re.compile(r"<\|[^|<>]{0,40}\|?>?|<｜[^｜<>]{0,40}")
"""How special tokens begin; in a name they may be cut."""
_FURTHER_WORD: Final = re.compile(r"[_\-.:/\dA-Z]")


def _tool_finish(streams: Streams) -> Iterator[Hit]:
    answers = streams.answers[_OF_ANSWERS]
    answers = answers[~answers["key"].isin(_ended_twice(streams))]
    own = streams.own_calls
    calls = answers["key"].isin(own["key"]).to_numpy()
    calls_any = answers["key"].isin(streams.tool_calls["key"]).to_numpy()
    is_stop = (answers["meaning"] == "stop").to_numpy(dtype=bool)
    first_call = own.drop_duplicates("key").set_index("key")[["name", "first_chunk"]]
    for row in rows(answers[calls & is_stop]):
        if isinstance(row.tool_choice, str) and row.tool_choice not in _NAMELESS:
            continue  # a call that was demanded may end so
        call = first_call.loc[row.key]
        name = quoted(call["name"]) if pd.notna(call["name"]) else "a tool"
        yield Hit(
            row.of,
            f"Choice {row.choice} calls {name} in chunk {call['first_chunk']} but finishes with "
            f"{quoted(row.finish_reason)}; a client that looks for the finish reason never runs it.",
            chunk=int(streams.first_finish.loc[row.key, "chunk"]),
            choice=row.choice,
            evidence=f"{name} from chunk {call['first_chunk']} on; finish_reason {row.finish_reason}",
        )
    choice = answers["tool_choice"]
    is_forced = (choice.notna() & ~choice.isin(_NAMELESS)).to_numpy(dtype=bool)
    is_text = (answers["content_chars"] > 0).to_numpy(dtype=bool)
    for row in rows(answers[~calls_any & is_stop & is_forced & is_text]):
        is_named = row.tool_choice in _names(row.tools)
        if is_named or row.tool_choice in _FORCED:
            what = "a call of" if is_named else "a tool call: tool_choice"
            message = (
                f"The request demanded {what} {quoted(row.tool_choice)}, choice {row.choice} answers with text alone."
            )
            yield _without_a_call(row, message, streams)
    # What the provider runs itself, or a custom tool, is a call to chat, and none to the others' `tool_use`.
    any_counts = streams.has(answers["of"], Trait.PROVIDER_CALLS_FINISH)
    is_promised = (answers["meaning"] == "tool").to_numpy(dtype=bool)
    spoken = answers["content_chars"] + answers["refusal_chars"]
    answers = answers.assign(n_spoken=spoken, calls_any=calls_any)
    for row in rows(answers[is_promised & ~calls & ~(any_counts & calls_any)]):
        message = f"Choice {row.choice} finishes with {quoted(row.finish_reason)} and calls no tool"
        if row.tool_choice in _FORCED:
            message += f", although the request demanded a call: tool_choice {quoted(row.tool_choice)}"
        elif row.tool_choice in _names(row.tools):
            message += f", although the request demanded a call of {quoted(row.tool_choice)}"
        is_demanded = row.tool_choice in _FORCED or row.tool_choice in _names(row.tools)
        is_nothing = row.n_spoken == 0 and not row.calls_any
        yield _without_a_call(row, f"{message}.", streams, "error" if is_demanded or is_nothing else None)


def _ended_twice(streams: Streams) -> pd.Series[int]:
    """Choices that finish for several reasons, where one is meant: `after-finish` tells it."""
    told = streams.finishes[streams.finishes["finish_reason"].notna()].drop_duplicates(["key", "finish_reason"])
    return told.loc[told.duplicated("key") & ~streams.has(told["of"], Trait.FINISH_IN_EVERY_CHUNK), "key"]


def _without_a_call(row: Any, message: str, streams: Streams, severity: Severity | None = None) -> Hit:
    """About the text that came in place of a call, at the end that does not fit it."""
    text = streams.spoken(row.key, "content")
    return Hit(
        row.of,
        message,
        chunk=int(streams.first_finish.loc[row.key, "chunk"]),
        choice=row.choice,
        evidence=f"finish_reason {row.finish_reason}; content {quoted(ends_with(row.content or ''))}",
        severity=severity,
        spans=stretch_of(text).spans if len(text) else (),
    )


@lru_cache(maxsize=512)
def _names(tools: Any) -> frozenset[str]:
    """The names that a cell of ``requests.tools`` lists."""
    return frozenset(orjson.loads(tools)) if isinstance(tools, str) else frozenset()


def _tool_unknown(streams: Streams) -> Iterator[Hit]:
    calls = streams.own_calls
    calls = calls[calls["name"].notna()]
    offered = streams.requests["tools"].to_numpy(dtype=object)[calls["of"]]
    for row, tools in zip(rows(calls), offered, strict=True):
        known = _names(tools)
        severity: Severity = "error"
        if token := _TOKEN.search(row.name):
            token_said = quoted(token.group())
            message = (
                f"Choice {row.choice} calls {quoted(row.name)}: the special token {token_said} stands in the name."
            )
        elif not known or row.name in known or streams.has(row.of, Trait.OWN_TOOLS):
            continue
        elif begun := _begun(row.name, known):
            message = (
                f"Choice {row.choice} calls {quoted(row.name)}, which the request does not declare: the name is "
                f"{quoted(begun)}, which it declares, and something behind it."
            )
        else:
            severity = "warning"
            message = f"Choice {row.choice} calls {quoted(row.name)}, which the request does not declare."
        evidence = f"declared: {listed(sorted(known))}" if known else str(row.name)
        yield Hit(row.of, message, chunk=row.first_chunk, choice=row.choice, evidence=evidence, severity=severity)


def _begun(name: str, known: frozenset[str]) -> str | None:
    """The longest declared name to which something was glued; a further word, as in ``search_docs``, makes another name."""
    glued = [each for each in known if each and name.startswith(each) and not _FURTHER_WORD.match(name, len(each))]
    return max(glued, key=len, default=None)


def _tool_parallel(streams: Streams) -> Iterator[Hit]:
    calls = streams.own_calls
    only_one = (streams.requests["parallel_calls"] == False).fillna(False).to_numpy(dtype=bool)  # noqa: E712
    calls = calls[only_one[calls["of"]] & ~streams.has(calls["of"], Trait.OWN_TOOLS)]
    for _, mine in grouped(calls[calls.duplicated("key", keep=False)], "key"):
        first = mine.iloc[0]
        names = [quoted(name) if pd.notna(name) else f"call {number}" for name, number in _named(mine)]
        yield Hit(
            int(first["of"]),
            f"Choice {first['choice']} calls {len(mine)} tools, {listed(names)}, although the request allows one at a "
            "time.",
            chunk=int(mine["first_chunk"].iloc[1]),
            last_chunk=int(mine["last_chunk"].iloc[1:].max()),
            choice=int(first["choice"]),
            evidence=f"calls {listed(names)}",
        )


def _named(calls: pd.DataFrame) -> Iterator[tuple[Any, int]]:
    return zip(calls["name"], calls["tool_index"], strict=True)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "tool-finish",
        "Finish reason and tool calls disagree",
        "warning",
        meaning="Agents that go by the finish reason stop instead of running the tool, or look for a call that is not "
        "there.",
        cause="The server's tool parser and its finish logic do not know each other.",
        remedy="Go by the presence of calls in the client; fix the finish reason at the gateway.",
        legal="A forced tool that is called ends with `stop` at OpenAI; Gemini always ends with STOP; tools that the "
        "provider runs itself. Where it finishes for two reasons, `after-finish` tells it. An end that promises a call "
        "which the request demanded is an error where none came, and so is one of an answer that says nothing.",
        find=_tool_finish,
        traits=frozenset({Trait.CALLS_FINISH}),
        sources=(
            "https://github.com/BerriAI/litellm/issues/12862",
            "https://github.com/vllm-project/vllm/issues/53363",
        ),
        covered_by=("tool-as-text",),
    ),
    Rule(
        "tool-unknown",
        "A tool that was not declared",
        "warning",
        meaning="The client has no such tool: it raises, or tells the model so and pays for another turn.",
        cause="The model made the name up, or a special token of its format leaked into the name.",
        remedy="Check names before running them; look at the server's tool parser where the name holds tokens.",
        legal="Requests without tools, a provider's own tools, and those of an agent. Where no request was recorded, "
        "only a special token in a name is told. A name that nobody declared is a warning; one that can only be a broken "
        "one, because a token stands in it or something is glued to a declared one, is an error.",
        find=_tool_unknown,
        kinds=("tool_call",),
        sources=("https://github.com/vllm-project/vllm/issues/32587",),
    ),
    Rule(
        "tool-parallel",
        "Several tool calls where one was allowed",
        "warning",
        meaning="A client that asked for one call at a time runs the first alone, or raises.",
        cause="The server ignores the request's setting: it cannot be held by every model's template.",
        remedy="Take the first call only, or let the server enforce it.",
        legal="One call, however many fragments it has; tools that the provider runs itself; the calls of an agent, which "
        "takes several turns in one answer.",
        find=_tool_parallel,
        kinds=("tool_call",),
        needs=("request",),
        sources=("https://platform.openai.com/docs/guides/function-calling",),
    ),
)
