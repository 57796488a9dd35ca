"""The language of the explorer's search box: what the words of a query ask for.

Takes a query as it was typed, gives `Term`s, all of which a recording must fit, and notes. Every text is a query and none
raises: what is no field, flag or comparison is text to look for literally, and a note says so; a word not finished yet asks
for nothing. Names frames and columns, but never looks at one: finding is left to `finder`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from recexplore.model.kinds import CHOICE_TEXTS
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["NUMBERS", "Columns", "Term", "understood"]

Columns: TypeAlias = tuple[tuple[str, str], ...]
"""Columns of text, each by its frame and its name."""
Test: TypeAlias = Callable[[np.ndarray], np.ndarray]

_ABOUT: Final = {
    "id": ("recording",),
    "test": ("test_id",),
    "model": ("model_requested", "model_served"),
    **{name: (name,) for name in ("provider", "path", "dialect", "endpoint", "error")},
}
_VISIBLE: Final[Columns] = tuple(("recordings", name) for names in _ABOUT.values() for name in names)
_TEXT: Final[Columns] = tuple(("choices", name) for name in CHOICE_TEXTS)
_TOOL: Final[Columns] = (("tool_calls", "name"), ("tool_calls", "arguments"))
_FIELDS: Final[dict[str, Columns]] = {
    **{name: tuple(("recordings", column) for column in columns) for name, columns in _ABOUT.items()},
    "envelope": (("recordings", "envelope"),),
    "clock": (("recordings", "clock"),),
    "text": _TEXT,
    "content": (("choices", "content"),),
    "reasoning": (("choices", "reasoning"),),
    "tool": _TOOL,
    "finish": (("choices", "finish_reason"),),
    "rule": (("findings", "rule"),),
    "severity": (("findings", "severity"),),
}
NUMBERS: Final = {
    **{"n": "n_choices", "choices": "n_choices", "chunks": "n_chunks", "events": "n_events"},
    **{"prompt": "prompt_tokens", "completion": "completion_tokens", "tokens": "total_tokens"},
    **{"tools": "", "runs": "", "duration": "duration_s", "bytes": "bytes", "status": "status"},
}
_FLAGS: Final = {
    "has": ("reasoning", "tools", "refusal", "error", "usage", "time", "finish", "findings"),
    "is": ("stream", "whole"),
}
_COMPARED: Final = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq}

_ORDER: Final = "sort"
_REQUEST: Final = "request"

_MOST_WORDS: Final = 32
_LONGEST_WORD: Final = 200
"""Arrow compiles a word it looks for and refuses very long ones."""

_WORD: Final = re.compile(r'(?=\S)(-?)(?:([^\W\d]\w*):(?!:|//))?(?:"([^"]*)"?|(\S*))')


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a query: text in columns (those of the answer apart), a flag, a number that passes a test, an order
    (``negated``: the greatest first), or the beginning of a recording's id: all runs of its request."""

    negated: bool
    substring: str = ""
    visible: Columns = ()
    spoken: Columns = ()
    flag: str = ""
    number: str = ""
    passes: Test = np.isfinite
    order: str = ""
    run: str = ""


def understood(query: str) -> tuple[list[Term], list[str]]:
    """What a query asks for, and notes on what it may have meant otherwise.

    Parameters
    ----------
    query
        Words, all of which must fit, in any case: ``word``, ``"some words"``, ``-not``, ``field:value``,
        ``chunks:>100``, ``n:2..4``, ``has:tools``, ``is:stream``; ``request:ID`` are all runs of a recording's request;
        ``sort:tokens``, ``sort:-tokens`` is an order. Unfinished ones (``model:``) ask for nothing.
    """
    terms: list[Term] = []
    notes: list[str] = []
    for minus, name, phrase, word in _WORD.findall(without_lone_surrogates(query)):
        value = phrase or word
        if len(terms) == _MOST_WORDS:
            notes.append(f"only the first {_MOST_WORDS} words are searched")
            break
        if len(value) > _LONGEST_WORD:
            notes.append(f"only the first {_LONGEST_WORD} characters of `{value[:20]}…` are searched")
        if value:
            term, note = _term(bool(minus), name, value[:_LONGEST_WORD])
            terms += [term] if term else []
            notes += [note] if note else []
    return terms, notes


def _term(negated: bool, said: str, value: str) -> tuple[Term | None, str]:
    """What one word asks for, None while it is unfinished; and what to say of it."""
    name, note = said.lower(), ""
    if name == _ORDER:
        order = value.removeprefix("-")
        return (Term(negated ^ (order != value), order=order), "") if order else (None, "")
    if name == _REQUEST:
        return Term(negated, run=value), ""
    if name in _FLAGS:
        if value.lower() in _FLAGS[name]:
            return Term(negated, flag=value.lower()), ""
        known = ", ".join(_FLAGS[name])
        if negated:
            # Without what nobody has is everything, which reads like an answer.
            return None, f"no `{name}:{value}`: left out; there are {known}"
        note = f"no `{name}:{value}`: searched as text; there are {known}"
    elif name in NUMBERS:
        if not value.strip("<>="):
            return None, ""
        if passes := _comparison(value):
            return Term(negated, number=name, passes=passes), ""
        note = f"`{name}:{value}` compares with no number: searched as text; write {name}:2, {name}:>2 or {name}:2..4"
    elif name in _FIELDS:
        spoken = _FIELDS[name] if set(_FIELDS[name]) <= {*_TEXT, *_TOOL} else ()
        return Term(negated, value, () if spoken else _FIELDS[name], spoken), ""
    elif name:
        fields = ", ".join((*_FIELDS, *NUMBERS, *_FLAGS, _REQUEST, _ORDER))
        note = f"no field `{said[:20]}`: searched as text; fields are {fields}"
    return Term(negated, f"{said}:{value}"[:_LONGEST_WORD] if said else value, _VISIBLE, (*_TEXT, *_TOOL)), note


def _comparison(value: str) -> Test | None:
    """The test that a number has to pass; None where the value is none."""
    low, dots, high = value.partition("..")
    sign = next((each for each in _COMPARED if value.startswith(each)), "")
    try:
        if dots:
            least, most = float(low or "-inf"), float(high or "inf")
            return lambda numbers: (numbers >= least) & (numbers <= most)
        bound = float(value.removeprefix(sign))
    except ValueError:
        return None
    compare = _COMPARED[sign or "="]
    return lambda numbers: np.asarray(compare(numbers, bound))
