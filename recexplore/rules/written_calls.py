"""The rule about tool calls that come as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, TypeAlias

import orjson
import pandas as pd

from recexplore.rules.call_syntax import (
    RESEMBLES,
    Offered,
    Written,
    is_well_formed,
    marked_call,
    rest_of_call,
    unmarked_call,
)
from recexplore.rules.quoting import quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped, rows
from recexplore.rules.stretches import stretch_of

__all__ = ["RULES"]

_Call: TypeAlias = tuple[str, str]
_PROMPT: Final = "prompt"
_WANTS_JSON: Final = ("json_object", "json_schema")
_BLANK: Final = 20
_CUT: Final = ("length", "filter")


def _tool_as_text(streams: Streams) -> Iterator[Hit]:
    answers = streams.answers
    # A bare prompt may well ask for calls as text: its client reads them itself.
    is_asked = answers["input_fields"].notna() | answers["tools"].notna()
    may_call = (is_asked & (answers["input_fields"] != _PROMPT)).to_numpy(dtype=bool)
    spoken = answers[may_call & _resembles(answers["content"])]
    called = dict(_calls_by_key(streams, spoken["key"]))
    for row in rows(spoken):
        yield from _in_content(row, called.get(row.key), streams)
    # Blanks may stand before and behind the reasoning.
    is_silent = may_call & (answers["content_chars"] < _BLANK) & (answers["reasoning_chars"] > 0)
    silent = answers[is_silent & ~answers["key"].isin(streams.tool_calls["key"]).to_numpy()]
    silent = silent[_resembles(silent["reasoning"]) & silent["finish_reason"].notna() & ~silent["meaning"].isin(_CUT)]
    for row in rows(silent[silent["content"].str.strip() == ""]):
        yield from _in_reasoning(row, streams)


def _resembles(texts: pd.Series[str]) -> Any:
    return texts.str.contains(RESEMBLES, regex=True).fillna(False).to_numpy(dtype=bool)


def _calls_by_key(streams: Streams, keys: pd.Series[int]) -> Iterator[tuple[int, list[_Call]]]:
    """The calls that were made, by choice: their names and arguments."""
    calls = streams.tool_calls
    for key, mine in grouped(calls[calls["key"].isin(keys)], "key"):
        yield key, list(zip(mine["name"].fillna(""), mine["arguments"].fillna(""), strict=True))


def _in_content(row: Any, called: list[_Call] | None, streams: Streams) -> Iterator[Hit]:
    if called is not None and rest_of_call(row.content):
        stretch = stretch_of(streams.spoken(row.key, "content"))
        message = f"The rest of a tool call stands in the text of choice {row.choice}, beside the call that was parsed."
        yield Hit(
            row.of, message, **stretch.fields(), choice=row.choice, evidence=quoted(row.content), severity="warning"
        )
        return
    offered = _offered_to(row)
    written = marked_call(row.content, offered)
    if written is None and offered.names:
        is_json_asked = row.response_format in _WANTS_JSON
        written = unmarked_call(row.content, offered, is_json_asked=is_json_asked)
        if written is not None and called is not None and not written.is_whole:
            written = None
    if written is None:
        return
    is_quoted = _holds(row.special_tokens, written.mark)
    if not offered.names and (is_quoted or written.has_token or not written.is_whole):
        return  # a format of the request's own; told by special-token; spoken of
    if called is None:
        where = "instead of calling a tool" if offered.names else "although the request offers no tools"
    else:
        where = "beside the call it makes" if len(called) < 2 else "beside the calls it makes"
    is_certain = written.is_certain and (called is None or _is_lost(written, row.content, called, offered))
    yield _hit(row, written, "content", "text", where, streams, is_certain=is_certain, is_quoted=is_quoted)


def _is_lost(written: Written, text: str, called: list[_Call], offered: Offered) -> bool:
    """Whether a call that stands beside others was not made: none has its name, or it is all the text says, well formed,
    and none has its arguments."""
    arguments = [given for name, given in called if name == written.name]
    if not arguments:
        return True
    is_call = written.is_whole and written.name in offered.names and is_well_formed(text, written)
    said = _without_blanks(text[written.start : written.end])
    return is_call and not any(_without_blanks(given) in said for given in arguments)


def _without_blanks(text: str) -> str:
    return "".join(text.split())


def _in_reasoning(row: Any, streams: Streams) -> Iterator[Hit]:
    """A call that ends the reasoning of an answer that says nothing else and calls nothing."""
    offered = _offered_to(row)
    written = marked_call(row.reasoning, offered) if offered.names else None
    if written is not None and written.end >= len(row.reasoning.rstrip()) and written.name in offered.names:
        is_quoted = _holds(row.special_tokens, written.mark)
        where = "instead of calling a tool"
        hit = _hit(row, written, "reasoning", "reasoning", where, streams, is_certain=True, is_quoted=is_quoted)
        # Up to the end that comes without an answer.
        yield replace(hit, last_chunk=max(hit.last_chunk or 0, int(streams.first_finish.loc[row.key, "chunk"])))


def _hit(
    row: Any, written: Written, kind: str, what: str, where: str, streams: Streams, *, is_certain: bool, is_quoted: bool
) -> Hit:
    text = getattr(row, kind)
    probably = "" if is_certain or written.mark else "probably "
    again = "; the request holds this mark too" if is_quoted else ""
    return Hit(
        row.of,
        f"Choice {row.choice} {probably}writes a tool call into its {what} {where}: {written.how}{again}.",
        **stretch_of(streams.spoken(row.key, kind), written.start, written.end).fields(),
        choice=row.choice,
        evidence=quoted(text[written.start : written.end]),
        severity="note" if is_quoted else "error" if is_certain else "warning",
    )


def _holds(special_tokens: Any, mark: str | None) -> bool:
    return mark is not None and isinstance(special_tokens, str) and mark in orjson.loads(special_tokens)


def _offered_to(row: Any) -> Offered:
    """The tools that an answer may call."""
    if not isinstance(row.tools, str) or row.tool_choice == "none":
        return _NOTHING
    return _offered(row.tools, row.tool_parameters if isinstance(row.tool_parameters, str) else "{}")


_NOTHING: Final = Offered(frozenset(), {})


@lru_cache(maxsize=512)
def _offered(tools: str, parameters: str) -> Offered:
    schemas = orjson.loads(parameters)
    properties = {name: schema.get("properties") for name, schema in schemas.items() if isinstance(schema, dict)}
    return Offered(
        frozenset(orjson.loads(tools)),
        {name: frozenset(own) for name, own in properties.items() if isinstance(own, dict)},
    )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "tool-as-text",
        "A tool call written as text",
        "error",
        meaning="The tool never runs; the reader sees JSON or marks.",
        cause="The server has no parser for the model's way of calling tools, or the wrong one; the model broke the JSON, "
        "called while it was thinking, or called where no tools were offered.",
        remedy="Configure the tool parser that fits the model, or take the call out of the text at the gateway.",
        legal="JSON that was asked for, code in fences and between backticks, a call in the middle of a text or announced "
        "as an example, an answer that lists the tools or describes something with a `name` and `parameters`, and answers "
        "to a bare prompt. A mark that the request holds too is a note. Probable cases are warnings: a name that nobody "
        "declared, JSON at the end of a text, a call where no tools were offered, or beside real ones, unless the text is "
        "that call alone and none of them is it.",
        find=_tool_as_text,
        needs=("request",),
        sources=("https://github.com/vllm-project/vllm/issues/32587",),
    ),
)
