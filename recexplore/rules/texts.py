"""Rules about the text of an answer: what should not stand in it, and what it should be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd

from recexplore.model.counts import count
from recexplore.model.kinds import CHOICE_TEXTS, TEXT_KINDS
from recexplore.rules.json_texts import inside_fence, is_json
from recexplore.rules.quoting import ends_with, excerpt, listed, quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped, rows
from recexplore.rules.stretches import stretch_of, stretches_of

__all__ = ["RULES"]

_TOKEN: Final = re.compile(
    r"<\|(?:channel|message|start|end|constrain|return|call|im_start|im_end|im_sep|eot_id|eom_id|python_tag|endoftext"
    r"|begin_of_text|end_of_text|start_header_id|end_header_id|assistant|user|system|tool_calls?_(?:begin|end)"
    r"|tool_calls_section_(?:begin|end)|observation)\|>"
    r"|<｜[^｜<>]{1,40}｜>|<(?:start|end)_of_turn>|\[/?INST\]"
)
"""Tokens by which models mark turns, channels and calls: Harmony, ChatML, Llama 3, Kimi, GLM, DeepSeek, Gemma, Mistral."""
_REPLACEMENT: Final = "\ufffd"

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
        is_code = what.startswith("the arguments") or all(_is_code(text, match) for match in found)
        yield Hit(
            int(answer["of"]),
            f"Special tokens of the model's own format stand in {what} of choice {answer['choice']}: {listed(tokens)}"
            + (", which the request holds too." if is_quoted else ", as code." if is_code else "."),
            **stretches_of(events, [match.span() for match in found]).fields(),
            choice=int(answer["choice"]),
            evidence=excerpt(text, *found[0].span()),
            severity="note" if is_quoted or is_code else "error",
        )


def _is_code(text: str, token: re.Match[str]) -> bool:
    """Whether a token stands between backticks, or in a fence."""
    if text[token.start() - 1 : token.start()] == "`" and text[token.end() : token.end() + 1] == "`":
        return True
    return text.count("```", 0, token.start()) % 2 == 1


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
        legal="Citations such as `<|file-…|>`. A token that the request itself holds is a note: the answer may quote "
        "it.",
        find=_special_token,
        sources=("https://github.com/NVIDIA/TensorRT-LLM/issues/9256",),
        covered_by=("tool-as-text",),
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
