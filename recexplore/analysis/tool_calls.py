"""How the arguments of each tool call grew on the wire, and where they stopped being JSON.

Takes ``events``, gives one row a fragment with the state of the arguments up to and including it. Every character is looked
at once, whatever the number of fragments. What JSON is follows RFC 8259 alone: no limit of depth or of numbers and no
``NaN``. ``tool_calls.arguments_valid`` says what a reader made of the whole; it also refuses lone surrogates in escapes,
numbers beyond the floats and more than 1,024 levels.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final

import pandas as pd

__all__ = ["STATES", "assembly"]

STATES: Final = ("empty", "incomplete", "complete", "not an object", "broken")
"""What the arguments can be after a fragment. ``empty``: nothing but white space. ``incomplete``: the beginning of JSON
that could still be completed. ``complete``: a whole JSON object. ``not an object``: whole JSON, but another value (a
number may still go on). ``broken``: nothing that follows can make it JSON any more."""


def assembly(events: pd.DataFrame) -> pd.DataFrame:
    """The fragments of all tool calls, and what was there after each of them.

    Some providers' own tools take text, code or a command instead of JSON; these calls are mostly ``broken``, and rightly.

    Parameters
    ----------
    events
        The ``events`` frame of one or more recordings.

    Returns
    -------
    pandas.DataFrame
        One row a fragment in wire order: ``recording``, ``choice``, ``tool_index``, ``chunk``, ``name`` and ``id`` (missing
        where this fragment carries none), ``text``, ``chars`` (length of the arguments so far), ``state`` (one of
        `STATES`), ``broken_at`` (offset in the arguments of the first character that breaks them; missing unless broken).
    """
    by = ["recording", "choice", "tool_index"]
    # What has an end belongs to a choice, so it has a number too.
    found = events[(events["kind"] == "tool_call") & events["end"].notna()]
    found = found[[*by, "chunk", "tool_name", "tool_call_id", "text", "end"]]
    found = found.rename(columns={"tool_name": "name", "tool_call_id": "id", "end": "chars"}).reset_index(drop=True)
    found = found.astype({"choice": "int64", "tool_index": "int64", "chars": "int64"})
    scanners: defaultdict[tuple[str, int, int], _Scanner] = defaultdict(_Scanner)
    states: list[str] = []
    breaks: list[int | None] = []
    calls = zip(found["recording"], found["choice"], found["tool_index"], strict=True)
    for call, text in zip(calls, found["text"].fillna(""), strict=True):
        scanner = scanners[call]
        scanner.feed(text)
        states.append(scanner.state)
        breaks.append(scanner.broken_at)
    found["state"] = pd.array(states, dtype="str")
    found["broken_at"] = pd.array(breaks, dtype="Int64")
    return found


_SPACE: Final = " \t\n\r"
_DIGITS: Final = "0123456789"


def _table() -> dict[str, dict[str, str]]:
    """For each place inside JSON, the characters that may follow and the place each leads to.

    Brackets, commas and quotes lead to a step of `_Scanner`: what follows them depends on what they stand in. A number
    ends with the character behind it, so its places go on as the one after a value does.
    """
    after = {**dict.fromkeys(_SPACE, "after"), ",": "next", "}": "close", "]": "close"}
    digits = {**dict.fromkeys(_DIGITS[1:], "digits"), "0": "zero"}
    starts = {'"': "text", "{": "object", "[": "array", "-": "minus", **digits, "t": "rue", "f": "alse", "n": "ull"}
    power = {"e": "power", "E": "power"}
    exponent = dict.fromkeys(_DIGITS, "exponent")
    table = {
        "start": {**starts, **dict.fromkeys(_SPACE, "start")},
        "value": {**starts, **dict.fromkeys(_SPACE, "value")},
        "first value": {**starts, **dict.fromkeys(_SPACE, "first value"), "]": "close"},
        "first key": {**dict.fromkeys(_SPACE, "first key"), '"': "name", "}": "close"},
        "key": {**dict.fromkeys(_SPACE, "key"), '"': "name"},
        "colon": {**dict.fromkeys(_SPACE, "colon"), ":": "value"},
        "after": after,
        "string": {'"': "quote", "\\": "escape"},
        "escape": {**dict.fromkeys('"\\/bfnrt', "string"), "u": "4 hex"},
        "minus": digits,
        "zero": {**after, **power, ".": "point"},
        "digits": {**after, **power, ".": "point", **dict.fromkeys(_DIGITS, "digits")},
        "point": dict.fromkeys(_DIGITS, "fraction"),
        "fraction": {**after, **power, **dict.fromkeys(_DIGITS, "fraction")},
        "power": {**exponent, "+": "sign", "-": "sign"},
        "sign": exponent,
        "exponent": {**after, **exponent},
    }
    for left, then in ((4, "3 hex"), (3, "2 hex"), (2, "1 hex"), (1, "string")):
        table[f"{left} hex"] = dict.fromkeys(_DIGITS + "abcdefABCDEF", then)
    for word in ("rue", "alse", "ull"):
        for at, letter in enumerate(word):
            table[word[at:]] = {letter: word[at + 1 :] or "after"}
    return table


_TABLE: Final = _table()
_ENDS: Final = frozenset({"after", "zero", "digits", "fraction", "exponent"})
"""Places where a value may end."""

_SPECIAL: Final = re.compile(r'["\\\x00-\x1f]')
"""What a string does not hold as it is."""


class _Scanner:
    """Reads JSON piece by piece, cut anywhere, and knows what it has so far."""

    def __init__(self) -> None:
        self.broken_at: int | None = None
        self._place = "start"
        self._open: list[str] = []
        self._is_name = False
        self._is_object = False
        self._length = 0

    @property
    def state(self) -> str:
        if self.broken_at is not None:
            return "broken"
        if self._place == "start":
            return "empty"
        if self._open or self._place not in _ENDS:
            return "incomplete"
        return "complete" if self._is_object else "not an object"

    def feed(self, text: str) -> None:
        """Takes the next piece; after the first character that breaks it there is nothing more to see."""
        if self.broken_at is not None:
            return
        at = 0
        while at < len(text):
            if self._place == "string":
                special = _SPECIAL.search(text, at)
                if special is None:
                    break
                at = special.start()
            place = self._behind(text[at])
            if place is None:
                self.broken_at = self._length + at
                return
            self._place = place
            at += 1
        self._length += len(text)

    def _behind(self, character: str) -> str | None:
        """The place behind a character; None where it cannot stand here."""
        step = _TABLE[self._place].get(character)
        match step:
            case "text" | "name":
                self._is_name = step == "name"
                return "string"
            case "quote":
                return "colon" if self._is_name else "after"
            case "object" | "array":
                self._is_object |= self._place == "start" and step == "object"
                self._open.append("}" if step == "object" else "]")
                return "first key" if step == "object" else "first value"
            case "close":
                return "after" if self._open and self._open.pop() == character else None
            case "next":
                return ("key" if self._open[-1] == "}" else "value") if self._open else None
        return step
