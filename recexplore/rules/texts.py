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
from recexplore.rules.json_texts import first_error, inside_fence, is_json, json_inside
from recexplore.rules.lanes import lanes_with, shown
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
_SPELLED: Final = 3
"""A token comes in one delta; a gateway's buffer may cut it once."""

_LEAST_SPACE: Final = 30
_LEAST_REPEATS: Final = 10
_LEAST_SPAN: Final = 30
_LONGEST_UNIT: Final = 64
_SAMPLES: Final = 4
_MANY_BLANKS: Final = 200
_MANY_DIGITS: Final = 100
_BEYOND_UNICODE: Final = 0x110000
_RULERS: Final = frozenset(" \t\r\n-=_*~.#|:+/<>·─━—")
"""What tables, rulers and indents are made of."""


def _special_token(streams: Streams) -> Iterator[Hit]:
    for key, what, events, text in lanes_with(streams, _TOKEN.pattern):
        found = list(_TOKEN.finditer(text))
        if not found:
            continue
        answer: Any = streams.answers.loc[key]
        tokens = list(dict.fromkeys(match.group() for match in found))
        excuse = _excuse(streams, answer, what, text, events, found)
        yield Hit(
            int(answer["of"]),
            f"Special tokens stand in {what} of choice {answer['choice']}: {listed(tokens)}{excuse}.",
            **stretches_of(events, shown([match.span() for match in found])).fields(),
            choice=int(answer["choice"]),
            evidence=excerpt(text, *found[0].span()),
            severity="note" if excuse else "error",
        )


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
        if row.meaning in ("length", "filter"):
            continue  # told by length-cut and filtered
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


def _loop(streams: Streams) -> Iterator[Hit]:
    choices = streams.choices
    for kind in ("content", "reasoning"):
        long = choices[(choices[f"{kind}_chars"] >= _LEAST_SPACE).to_numpy()]
        texts = long[kind].tolist()
        for at, start, end, unit in _repeats(texts):
            answer, text = long.iloc[at], texts[at]
            n = (end - start) // len(unit)
            blank = not unit.strip()
            what = (
                f"{count(end - start, 'character')} of white space in a row"
                if blank
                else f"{quoted(unit)} {n} times in a row"
            )
            yield Hit(
                int(answer["of"]),
                f"The {kind} of choice {answer['choice']} repeats itself: {what}.",
                **stretch_of(streams.spoken(int(answer["key"]), kind), start, end).fields(),
                choice=int(answer["choice"]),
                evidence=excerpt(text, start, min(end, start + 3 * len(unit))),
            )


def _repeats(texts: list[str]) -> list[tuple[int, int, int, str]]:
    """Of each text in which a unit repeats: which text, where from and to, and the unit; the shortest unit counts.

    All texts are looked at together. For each length of a unit, characters are compared with those that far behind, at first
    only a few: a run of equality that is long enough holds several of them in a row. Behind each text stands a code that
    equals no other, so that no run reaches from one text into the next, however alike they are.
    """
    joined = "".join(f"{text}\0" for text in texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).copy()
    ends = np.cumsum([len(text) + 1 for text in texts], dtype=np.int64)
    codes[ends - 1] = _BEYOND_UNICODE + np.arange(len(texts), dtype=np.uint32)
    found: dict[int, tuple[int, int, int, str]] = {}
    for size in range(1, _LONGEST_UNIT + 1):
        least = max(_LEAST_SPAN, _LEAST_REPEATS * size) - size
        for start, end in _runs_of_equality(codes, size, least):
            at = int(np.searchsorted(ends, start, side="right"))
            own = start - (int(ends[at]) - len(texts[at]) - 1)
            unit = texts[at][own : own + size]
            is_end = bool(codes[end + size] >= _BEYOND_UNICODE)
            if at not in found and _counts(unit, end - start + size, is_end=is_end):
                found[at] = (at, own, own + end - start + size, unit)
    return [found[at] for at in sorted(found)]


def _runs_of_equality(codes: np.ndarray, size: int, least: int) -> Iterator[tuple[int, int]]:
    """Where at least ``least`` characters in a row equal those ``size`` behind them."""
    step = least // (_SAMPLES + 1)
    places = np.arange(0, len(codes) - size, max(step, 1))
    if places.size < _SAMPLES:
        return
    same = codes[places] == codes[places + size]
    inside = np.logical_and.reduce([same[at : same.size - _SAMPLES + 1 + at] for at in range(_SAMPLES)])
    behind = -1
    for place in places[: inside.size][inside]:
        if place < behind:
            continue
        start, end = int(place), int(place)
        while start > 0 and codes[start - 1] == codes[start - 1 + size]:
            start -= 1
        while end + size < len(codes) and codes[end] == codes[end + size]:
            end += 1
        behind = end
        if end - start >= least:
            yield start, end


def _counts(unit: str, length: int, *, is_end: bool) -> bool:
    """White space counts, and so does what holds more than rulers and indents are made of.

    Blanks alone may be an indent or the rest of a table's cell: only very many, or those that the text ends with. One letter
    or digit again and again may be a number or a key.
    """
    if not unit.strip(" "):
        return is_end or length >= _MANY_BLANKS
    if len(unit) == 1 and unit.isalnum() and length < _MANY_DIGITS:
        return False
    return not unit.strip() or not _RULERS.issuperset(unit)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "special-token",
        "Special tokens in the text",
        "error",
        meaning="The reader sees the model's control marks, and what they mark (another channel, a call) is taken for "
        "text.",
        cause="The server's parser for the model's format failed or is missing; a stop token is not configured.",
        remedy="Configure the parser (reasoning, tools) and the stop tokens of the model at the server.",
        legal="Citations such as `<|file-…|>`. A note: a token that the request itself holds, or another of its kind; code; "
        "raw completions, whose prompt has no template; a token that is spelled in three deltas or more, which a model does "
        "that writes about it.",
        find=_special_token,
        sources=("https://github.com/NVIDIA/TensorRT-LLM/issues/9256",),
        covered_by=("tool-as-text",),
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
    Rule(
        "loop",
        "The text repeats itself",
        "warning",
        meaning="Tokens are paid for nothing until the limit is reached.",
        cause="The model degenerates: low temperature, a wrong template, a broken quantisation; white space without "
        "end where JSON is enforced.",
        remedy="Set a repetition penalty or a limit; look at the chat template.",
        legal="Rulers, tables and indents (`-`, `=`, `_`, `*`, blanks and the like). At least 30 characters of white "
        "space, or ten times the same unit of up to 64 characters, 30 in all; blanks alone count at the end of the "
        "text, or from 200.",
        find=_loop,
        sources=("https://github.com/ollama/ollama/issues/4446", "https://github.com/jundot/omlx/issues/2990"),
    ),
)
