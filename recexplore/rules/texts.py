"""Rules about the text of an answer: what should not stand in it, and what it should be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd

from recexplore.model.counts import count
from recexplore.model.traits import Trait
from recexplore.rules.json_texts import first_error, inside_fence, is_json, json_inside, json_type
from recexplore.rules.lanes import THE_TEXT, Lane, lanes_with, shown
from recexplore.rules.quoting import excerpt, listed, quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, rows
from recexplore.rules.stretches import stretch_of, stretches_of

__all__ = ["RULES"]

_TOKEN: Final = re.compile(
    r"<\|(?:channel|message|start|end|constrain|return|call|im_start|im_end|im_sep|eot_id|eom_id|python_tag|endoftext"
    r"|begin_of_text|end_of_text|start_header_id|end_header_id|assistant|user|system|tool_calls?_(?:begin|end)"
    r"|tool_calls_section_(?:begin|end)|observation)\|>"
    r"|<｜[^｜<>]{1,40}｜>|<(?:start|end)_of_turn>|\[/?INST\]"
)
"""Tokens by which models mark turns, channels and calls: Harmony, ChatML, Llama 3, Kimi, GLM, DeepSeek, Gemma, Mistral."""
_CHANNELS: Final = re.compile(
    r"\A\s*analysis(?=(?:We|The|User|I|It|Let|Need|They|This|Just|So|Okay|OK|Simple|Must|Should|Provide|Probably)\b"
    r"(?:[’']\w| [\w\"“'(])|(?![\x00-\x7f])\w)"
    r"|(?:\A\s*|(?<=[\w.!?…:;,)\]}\"'”’`*。！？）」]))assistant"
    r"(?:commentary to=functions|(?:analysis|commentary|final)(?![/_-]|\.\w|\Z))"
)
"""Harmony's roles and channels once their tokens are stripped: words that stick to the text on both sides."""
_MAY_HOLD: Final = _TOKEN.pattern + r"|\A\s*analysis[^ a-z]|assistant(?:analysis|commentary|final)"
_QUOTES: Final = frozenset("\"'`“”‘’«»„*")
_WORD_BEFORE: Final = re.compile(r"[^\W\d_] \Z")
_WORD_BEHIND: Final = re.compile(r" [^\W\d_]|[,;.)?!](?:\s|\Z)")
_SPELLED: Final = 3
"""A token comes in one delta; a gateway's buffer may cut it once."""


def _special_token(streams: Streams) -> Iterator[Hit]:
    for lane in lanes_with(streams, _MAY_HOLD):
        if tokens := list(_TOKEN.finditer(lane.text)):
            yield _tokens_in(streams, lane, tokens)
            continue
        words = [each for each in _CHANNELS.finditer(lane.text) if not _is_quoted(lane.text, each)]
        if words and lane.what == THE_TEXT and not _are_code(lane.text, words):
            yield _channels_in(streams, lane, words)


def _tokens_in(streams: Streams, lane: Lane, found: list[re.Match[str]]) -> Hit:
    answer: Any = streams.answers.loc[lane.key]
    tokens = list(dict.fromkeys(match.group() for match in found))
    excuse = _excuse(streams, answer, lane.what, lane.text, lane.events, found)
    is_spoken = not excuse and all(_is_spoken_of(lane.text, match) for match in found)
    if is_spoken:
        excuse = ", between words, as if they were spoken of"
    return Hit(
        int(answer["of"]),
        f"Special tokens stand in {lane.what} of choice {answer['choice']}: {listed(tokens)}{excuse}.",
        **stretches_of(lane.events, shown([match.span() for match in found])).fields(),
        choice=int(answer["choice"]),
        evidence=excerpt(lane.text, *found[0].span()),
        severity="warning" if is_spoken else "note" if excuse else "error",
    )


def _channels_in(streams: Streams, lane: Lane, found: list[re.Match[str]]) -> Hit:
    answer: Any = streams.answers.loc[lane.key]
    words = dict.fromkeys(quoted(match.group().strip()) for match in found)
    is_raw = bool(streams.has(int(answer["of"]), Trait.RAW_PROMPT))
    why = "; the prompt went to the model as it is, so they may be part of its format" if is_raw else ""
    return Hit(
        int(answer["of"]),
        f"The text of choice {answer['choice']} holds names of Harmony's channels, {listed(words)}, that stick to what they "
        f"mark: the special tokens around them were stripped, so thoughts or calls of the model stand in the text{why}.",
        **stretches_of(lane.events, shown([match.span() for match in found])).fields(),
        choice=int(answer["choice"]),
        evidence=excerpt(lane.text, *found[0].span()),
        severity="note" if is_raw else "error",
    )


def _is_spoken_of(text: str, token: re.Match[str]) -> bool:
    """Whether a token stands in a sentence as a word does; one that leaked sticks to the text, or ends it."""
    return bool(
        _WORD_BEFORE.search(text, max(0, token.start() - 2), token.start()) and _WORD_BEHIND.match(text, token.end())
    )


def _is_quoted(text: str, match: re.Match[str]) -> bool:
    """Whether a word stands between quotes."""
    around = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    return all(mark in _QUOTES for mark in around)


def _excuse(
    streams: Streams, answer: Any, what: str, text: str, events: pd.DataFrame, found: list[re.Match[str]]
) -> str:
    """Why tokens may stand there without a parser having failed; nothing where it must have."""
    tokens = [match.group() for match in found]
    asked = answer["special_tokens"]
    asked = orjson.loads(asked) if isinstance(asked, str) else []
    if all(token in asked for token in tokens):
        return ", which the request holds too"
    if what.startswith("the arguments") or _are_code(text, found):
        return ", as code"
    families = {_family(token) for token in asked if _TOKEN.fullmatch(token)}
    if all(_family(token) in families for token in tokens):
        return "; the request holds others of their kind, which the answer may go on with"
    if streams.has(int(answer["of"]), Trait.RAW_PROMPT):
        return "; the prompt went to the model as it is, so they may be part of its format"
    if _are_spelled(events, found):
        return f", spelled in {_SPELLED} deltas or more: the model wrote them as text, none was emitted as a token"
    return ""


def _family(token: str) -> str:
    """What marks tokens of one format: ``<|``, ``<｜``, ``[`` or the name of a turn."""
    return token[:2] if token.startswith("<") and not token[1].isalpha() else token[0]


def _are_spelled(events: pd.DataFrame, found: list[re.Match[str]]) -> bool:
    """Whether each of some stretches of the joined text is cut into as many deltas as a token never is."""
    sizes = events["text"].str.len().fillna(0).to_numpy(dtype=np.int64)
    ends = sizes[sizes > 0].cumsum()
    first = np.searchsorted(ends, [match.start() for match in found], side="right")
    last = np.searchsorted(ends, [match.end() - 1 for match in found], side="right")
    return bool((last - first + 1 >= _SPELLED).all())


def _are_code(text: str, found: list[re.Match[str]]) -> bool:
    """Whether tokens stand between backticks, or in a fence."""
    n_fences, behind = 0, 0
    for token in found:
        n_fences, behind = n_fences + text.count("```", behind, token.start()), token.start()
        is_quoted = text[behind - 1 : behind] == "`" and text[token.end() : token.end() + 1] == "`"
        if not is_quoted and n_fences % 2 == 0:
            return False
    return True


def _json_format(streams: Streams) -> Iterator[Hit]:
    for row in rows(streams.not_json):
        if row.meaning in _TOLD_ELSEWHERE:
            continue
        how, start, end = _why_no_json(row.content)
        content = streams.spoken(row.key, "content")
        # Of several messages the last one is the answer.
        before = int(content["chars"].sum()) - len(row.content)
        where = stretch_of(content, before + start, before + end)
        yield Hit(
            row.of,
            f"The request asked for JSON ({row.response_format}); the content of choice {row.choice} is none: {how}.",
            chunk=stretch_of(content, before, before + 1).chunk,
            last_chunk=stretch_of(content, before).last_chunk,
            choice=row.choice,
            evidence=excerpt(row.content, start, end),
            spans=where.spans,
        )
    asked = streams.asked_json
    asked = asked[asked["json_type"].notna() & ~asked["meaning"].isin(_TOLD_ELSEWHERE)]
    for row in rows(asked):
        kind = json_type(row.content)
        if kind is None or kind == row.json_type or (kind, row.json_type) == ("integer", "number"):
            continue
        content = streams.spoken(row.key, "content")
        before = int(content["chars"].sum()) - len(row.content)
        by_schema = row.response_format == "json_schema"
        wants = "The schema of the request wants" if by_schema else "The request asked for"
        yield Hit(
            row.of,
            f"{wants} {_A_TYPE.get(row.json_type, row.json_type)} ({row.response_format}); the content of choice "
            f"{row.choice} is valid JSON, but {_A_TYPE[kind]}.",
            **stretch_of(content, before).fields(),
            choice=row.choice,
            evidence=excerpt(row.content, 0, len(row.content)),
            severity=None if by_schema else "warning",
        )


_TOLD_ELSEWHERE: Final = ("length", "filter", "failed", "malformed")
"""Meanings of ends of which length-cut, filtered and inband-error tell."""
_A_TYPE: Final = {
    "object": "a JSON object",
    "array": "an array",
    "string": "a string",
    "number": "a number",
    "integer": "a number",
    "boolean": "true or false",
    "null": "null",
}


def _why_no_json(text: str) -> tuple[str, int, int]:
    """What keeps a text from being JSON, in words, and from where to where it stands."""
    fenced = inside_fence(text)
    if fenced is not None and is_json(fenced):
        return "the JSON stands in a code fence", 0, len(text)
    inside = json_inside(text)
    if inside:
        start, end = inside
        before, behind = text[:start].strip(), text[end:].strip()
        odd = (0, start) if before else (end, len(text))
        where = [
            f"{count(len(part), 'character')} {'stands' if len(part) == 1 else 'stand'} {place} the JSON"
            for part, place in ((before, "before"), (behind, "behind"))
            if part
        ]
        return f"{listed(where)}; the rest is valid", *odd
    place = first_error(text)
    if place >= len(text.rstrip()):
        return "it breaks off at its end", max(0, len(text.rstrip()) - 1), len(text)
    return f"it is no JSON from character {place} on", place, len(text)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "special-token",
        "Special tokens, or what is left of them, in the text",
        "error",
        meaning="The reader sees the model's control marks, and what they mark (another channel, a call) is taken for "
        "text.",
        cause="The server's parser for the model's format failed or is missing; a stop token is not configured. Of Harmony "
        "(gpt-oss) the names of channels remain where a server decodes without special tokens and does not parse.",
        remedy="Configure the parser (reasoning, tools) and the stop tokens of the model at the server.",
        legal="Citations such as `<|file-…|>`. A note: a token that the request itself holds, or another of its kind; code; "
        "raw completions, whose prompt has no template; a token that is spelled in three deltas or more, which a model does "
        "that writes about it. Tokens that all stand between words, as words do, are a warning. Names of Harmony's channels "
        "that stand as words by themselves (`Analysis: …`) or between quotes.",
        find=_special_token,
        sources=(
            "https://github.com/NVIDIA/TensorRT-LLM/issues/9256",
            "https://github.com/Augustas11/macprovider/issues/743",
            "https://cookbook.openai.com/articles/openai-harmony",
        ),
        covered_by=("tool-as-text", "stop-ignored"),
    ),
    Rule(
        "json-format",
        "JSON was asked for and did not come",
        "error",
        meaning="Structured output cannot be parsed.",
        cause="The server ignores `response_format`, or wraps the JSON in a fence or in words.",
        remedy="Use a server that constrains its output, or cut the fence off at the gateway.",
        legal="Reasoning before it, in tags or a field of its own, is left out. Answers cut at a limit are told as "
        "that; refusals and tool calls are no text. JSON of another type than the request wants, such as a list where an "
        "object was asked for, is an error where a schema says so, else a warning; what stands inside is not judged.",
        find=_json_format,
        needs=("request",),
        sources=("https://github.com/waybarrios/vllm-mlx/issues/635",),
    ),
)
