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
from typing import Final, TypeAlias, TypedDict

import numpy as np

from recexplore.model.kinds import CHOICE_TEXTS
from recexplore.rules import known as known_rules
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["NUMBERS", "Columns", "Language", "Term", "language", "note", "understood"]

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
    "ended": (("recordings", "ended"),),
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
_OF_RULES: Final = "has"
"""The flag that takes the name of a rule, too: what has a finding of it."""
_FLAGS_IN_WORDS: Final = {
    name: ", ".join(values) + (", and the name of every rule" if name == _OF_RULES else "")
    for name, values in _FLAGS.items()
}
_COMPARED: Final = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq}

_ORDER: Final = "sort"
_REQUEST: Final = "request"

_MOST_WORDS: Final = 32
_LONGEST_WORD: Final = 200
"""Arrow compiles a word it looks for and refuses very long ones."""

_NUMBER: Final = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?inf|nan"
"""What is a number, in words that every language of programming has."""

_NOTES: Final = {
    "words": "only the first {most} words are searched",
    "length": "only the first {most} characters of `{beginning}…` are searched",
    "left out": "no `{name}:{value}`: left out; there are {known}",
    "as text": "no `{name}:{value}`: searched as text; there are {known}",
    "no number": "`{name}:{value}` compares with no number: searched as text; write {name}:2, {name}:>2 or {name}:2..4",
    "no field": "no field `{beginning}`: searched as text; fields are {known}",
    "no facet": "no facet `{name}`: there are {known}",
    "no order": "no order `{beginning}`: as loaded; there are {known}",
}
"""What is said of a query that was not understood."""

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
        ``chunks:>100``, ``n:2..4``, ``has:tools``, ``is:stream``; ``has:RULE`` is ``rule:RULE`` where a rule is called so;
        ``request:ID`` are all runs of a recording's request;
        ``sort:tokens``, ``sort:-tokens`` is an order. Unfinished ones (``model:``) ask for nothing.
    """
    terms: list[Term] = []
    notes: list[str] = []
    for minus, name, phrase, word in _WORD.findall(without_lone_surrogates(query)):
        value = phrase or word
        if len(terms) == _MOST_WORDS:
            notes.append(note("words", most=_MOST_WORDS))
            break
        if len(value) > _LONGEST_WORD:
            notes.append(note("length", most=_LONGEST_WORD, beginning=value[:20]))
        if value:
            term, said = _term(bool(minus), name, value[:_LONGEST_WORD])
            terms += [term] if term else []
            notes += [said] if said else []
    return terms, notes


def _term(negated: bool, said: str, value: str) -> tuple[Term | None, str]:
    """What one word asks for, None while it is unfinished; and what to say of it."""
    name, noted = said.lower(), ""
    if name == _ORDER:
        order = value.removeprefix("-")
        return (Term(negated ^ (order != value), order=order), "") if order else (None, "")
    if name == _REQUEST:
        return Term(negated, run=value), ""
    if name in _FLAGS:
        flag, known = value.lower(), _FLAGS_IN_WORDS[name]
        if flag in _FLAGS[name]:
            return Term(negated, flag=flag), ""
        if name == _OF_RULES and flag in _rule_names():
            return Term(negated, flag, _FIELDS["rule"]), ""
        if negated:
            # Without what nobody has is everything, which reads like an answer.
            return None, note("left out", name=name, value=value, known=known)
        noted = note("as text", name=name, value=value, known=known)
    elif name in NUMBERS:
        if not value.strip("<>="):
            return None, ""
        if passes := _comparison(value):
            return Term(negated, number=name, passes=passes), ""
        noted = note("no number", name=name, value=value)
    elif name in _FIELDS:
        spoken = _FIELDS[name] if set(_FIELDS[name]) <= {*_TEXT, *_TOOL} else ()
        return Term(negated, value, () if spoken else _FIELDS[name], spoken), ""
    elif name:
        noted = note("no field", beginning=said[:20], known=", ".join((*_FIELDS, *NUMBERS, *_FLAGS, _REQUEST, _ORDER)))
    return Term(negated, f"{said}:{value}"[:_LONGEST_WORD] if said else value, _VISIBLE, (*_TEXT, *_TOOL)), noted


def _rule_names() -> list[str]:
    return [rule.id for rule in known_rules()]


def _comparison(value: str) -> Test | None:
    """The test that a number has to pass; None where the value is none."""
    low, dots, high = value.partition("..")
    sign = next((each for each in _COMPARED if value.startswith(each)), "")
    if dots:
        least, most = _number(low or "-inf"), _number(high or "inf")
        return None if least is None or most is None else lambda numbers: (numbers >= least) & (numbers <= most)
    if (bound := _number(value.removeprefix(sign))) is None:
        return None
    compare = _COMPARED[sign or "="]
    return lambda numbers: np.asarray(compare(numbers, bound))


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(_NUMBER, text) else None


def note(name: str, /, **said: object) -> str:
    """One of the notes on a query."""
    return _NOTES[name].format(**said)


class Language(TypedDict):
    """The language as data, for whoever understands queries where there is no Python.

    Fields are columns, each as ``frame.name``; ``visible`` and ``spoken`` those that a word without a field is looked for
    in. The flag ``of_rules`` takes the name of a rule, too. ``number`` is a pattern; ``notes`` hold names in braces.
    """

    fields: dict[str, list[str]]
    visible: list[str]
    spoken: list[str]
    numbers: list[str]
    flags: dict[str, list[str]]
    flags_in_words: dict[str, str]
    of_rules: str
    rules: list[str]
    compared: list[str]
    order: str
    request: str
    most_words: int
    longest_word: int
    number: str
    notes: dict[str, str]


def language() -> Language:
    """What `understood` knows."""
    return {
        "fields": {name: _named(columns) for name, columns in _FIELDS.items()},
        "visible": _named(_VISIBLE),
        "spoken": _named((*_TEXT, *_TOOL)),
        "numbers": list(NUMBERS),
        "flags": {name: list(values) for name, values in _FLAGS.items()},
        "flags_in_words": _FLAGS_IN_WORDS,
        "of_rules": _OF_RULES,
        "rules": _rule_names(),
        "compared": list(_COMPARED),
        "order": _ORDER,
        "request": _REQUEST,
        "most_words": _MOST_WORDS,
        "longest_word": _LONGEST_WORD,
        "number": _NUMBER,
        "notes": dict(_NOTES),
    }


def _named(columns: Columns) -> list[str]:
    return [".".join(column) for column in columns]
