"""Rules about the text of an answer: what should not stand in it, and what it should be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import orjson
import pandas as pd

from recexplore.model.counts import count
from recexplore.model.kinds import CHOICE_TEXTS, TEXT_KINDS
from recexplore.rules.json_texts import inside_fence, is_json
from recexplore.rules.quoting import ends_with, excerpt, listed, quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped, rows
from recexplore.rules.stretches import stretches_of

__all__ = ["RULES"]

_TOKEN: Final = re.compile(
    r"<\|(?:channel|message|start|end|constrain|return|call|im_start|im_end|im_sep|eot_id|eom_id|python_tag|endoftext"
    r"|begin_of_text|end_of_text|start_header_id|end_header_id|assistant|user|system|tool_calls?_(?:begin|end)"
    r"|tool_calls_section_(?:begin|end)|observation)\|>"
    r"|<｜[^｜<>]{1,40}｜>|<(?:start|end)_of_turn>|\[/?INST\]"
)
"""Tokens by which models mark turns, channels and calls: Harmony, ChatML, Llama 3, Kimi, GLM, DeepSeek, Gemma, Mistral."""
_REPLACEMENT: Final = "\ufffd"


def _written(streams: Streams, pattern: str) -> pd.DataFrame:
    """The events of text, refusals and calls of the choices in which a pattern stands, cut by chunks or not."""
    choices, calls, tags = streams.choices, streams.tool_calls, streams.of_kind("tag")
    places = [*((choices, name) for name in CHOICE_TEXTS), (calls, "arguments"), (tags, "text")]
    keys = [frame.loc[_holds(frame[name], pattern), "key"] for frame, name in places if len(frame)]
    return streams.payload[streams.payload["key"].isin(pd.concat(keys))] if keys else streams.payload.head(0)


def _holds(texts: pd.Series[str], pattern: str) -> Any:
    return texts.str.contains(pattern, regex=True).fillna(False).to_numpy(dtype=bool)


def _lanes(events: pd.DataFrame) -> Iterator[tuple[int, str, pd.DataFrame, str]]:
    """The joined texts among events: those of the answer together, refusals and each tool call by themselves."""
    lane = events["kind"].astype(str).where(~events["kind"].isin(TEXT_KINDS), "text")
    lane = lane + events["tool_index"].astype(str).where(events["kind"] == "tool_call", "")
    for (key, _), mine in grouped(events, [events["key"].to_numpy(), lane.to_numpy()]):
        mine = mine.sort_values("seq", kind="stable")
        what = {"tool_call": "the arguments of a tool call", "refusal": "the refusal"}.get(
            mine["kind"].iloc[0], "the text"
        )
        yield key, what, mine, "".join(mine["text"].fillna(""))


def _special_token(streams: Streams) -> Iterator[Hit]:
    for key, what, events, text in _lanes(_written(streams, _TOKEN.pattern)):
        found = list(_TOKEN.finditer(text))
        if not found:
            continue
        answer: Any = streams.answers.loc[key]
        asked = str(answer["special_tokens"])
        tokens = list(dict.fromkeys(match.group() for match in found))
        is_quoted = all(token in asked for token in tokens)
        is_code = what.startswith("the arguments") or _are_code(text, found)
        yield Hit(
            int(answer["of"]),
            f"Special tokens of the model's own format stand in {what} of choice {answer['choice']}: {listed(tokens)}"
            + (", which the request holds too." if is_quoted else ", as code." if is_code else "."),
            **stretches_of(events, [match.span() for match in found]).fields(),
            choice=int(answer["choice"]),
            evidence=excerpt(text, *found[0].span()),
            severity="note" if is_quoted or is_code else "error",
        )


def _are_code(text: str, tokens: list[re.Match[str]]) -> bool:
    """Whether each of some tokens, in their order, stands between backticks, or in a fence."""
    fences, at = 0, 0
    for token in tokens:
        fences, at = fences + text.count("```", at, token.start()), token.start()
        is_quoted = text[at - 1 : at] == "`" and text[token.end() : token.end() + 1] == "`"
        if not is_quoted and fences % 2 == 0:
            return False
    return True


def _unicode(streams: Streams) -> Iterator[Hit]:
    for key, what, events, text in _lanes(_written(streams, _REPLACEMENT)):
        answer: Any = streams.answers.loc[key]
        if _REPLACEMENT not in text or _REPLACEMENT in str(answer["special_tokens"]):
            continue
        lost = [match.span() for match in re.finditer(f"{_REPLACEMENT}+", text)]
        yield Hit(
            int(answer["of"]),
            f"{count(text.count(_REPLACEMENT), 'character')} of {what} of choice {answer['choice']} could not be "
            "decoded and came as U+FFFD.",
            **stretches_of(events, lost).fields(),
            choice=int(answer["choice"]),
            evidence=excerpt(text, *lost[0]),
        )


def _json_format(streams: Streams) -> Iterator[Hit]:
    for row in rows(streams.not_json):
        if row.meaning in ("length", "filter"):
            continue  # told by length-cut and filtered
        fenced = inside_fence(row.content)
        how = "JSON in a code fence" if fenced is not None and is_json(fenced) else _why_no_json(row.content)
        yield Hit(
            row.of,
            f"The request asked for JSON ({row.response_format}), choice {row.choice} is {how}.",
            chunk=row.first_chunk,
            last_chunk=row.last_chunk,
            choice=row.choice,
            evidence=quoted(row.content),
        )


def _why_no_json(text: str) -> str:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()):
            return f"JSON that breaks off after {quoted(ends_with(text, 40))}"
        return f"no JSON from character {error.pos} on: {quoted(text[error.pos : error.pos + 40])}"
    return "JSON"


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "special-token",
        "Special tokens in the text",
        "error",
        meaning="The reader sees the model's control marks, and what they mark (another channel, a call) is taken for "
        "text.",
        cause="The server's parser for the model's format failed or is missing; a stop token is not configured.",
        remedy="Configure the parser (reasoning, tools) and the stop tokens of the model at the server.",
        legal="Citations such as `<|file-…|>`. A token that the request itself holds is a note: the answer may quote "
        "it.",
        find=_special_token,
        sources=("https://github.com/NVIDIA/TensorRT-LLM/issues/9256",),
    ),
    Rule(
        "unicode",
        "Text that could not be decoded",
        "error",
        meaning="Characters are lost for good, mostly emoji and Chinese, Japanese or Korean.",
        cause="The server decodes token by token, or a client each network read, though a character may span two.",
        remedy="Decode incrementally, at the place that cuts: bytes that arrive together tell which.",
        legal="U+FFFD that the request holds too; bytes beside log probabilities may be parts of characters.",
        find=_unicode,
        sources=("https://github.com/continuedev/continue/issues/13181",),
    ),
    Rule(
        "json-format",
        "JSON was asked for and did not come",
        "error",
        meaning="Structured output cannot be parsed.",
        cause="The server ignores `response_format`, or wraps the JSON in a fence or in words.",
        remedy="Use a server that constrains its output, or cut the fence off at the gateway.",
        legal="Reasoning before it, in tags or a field of its own, is left out. Answers cut at a limit are told as "
        "that; refusals and tool calls are no text.",
        find=_json_format,
        needs=("request",),
    ),
)
