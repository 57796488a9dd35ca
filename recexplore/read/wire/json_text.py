"""Decoding JSON with care: fast where it is sound, a readable prefix where it is not.

Takes bytes, gives a `Decoded`. Never raises for what the bytes hold, never drops what could be read, and never hides that
it had to be lenient: ``damage`` says so in words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import jiter
import orjson

from recexplore.model.exchange import Json, Problem
from recexplore.model.json_text import to_json_text

__all__ = ["BYTE_ORDER_MARK", "Decoded", "decode_json", "has_lone_surrogate"]

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_NOTHING = object()
_LARGEST_BITS: Final = 1023
_REPLACEMENT = b"\\ufffd"


@dataclass(slots=True)
class Decoded:
    """A decoded document.

    Attributes
    ----------
    value
        The JSON value, or the readable prefix of it; None where nothing could be read.
    readable
        Whether ``value`` means anything.
    is_cut
        The value is only a prefix; its very last leaf is unreliable.
    has_more
        The value is whole, but more stands behind it.
    lone_surrogates
        Some string holds a surrogate without its partner.
    damage
        What had to be forgiven, ready to be shown.
    """

    value: Json
    readable: bool = True
    is_cut: bool = False
    has_more: bool = False
    lone_surrogates: bool = False
    damage: tuple[Problem, ...] = ()


def decode_json(data: bytes) -> Decoded:
    """Decode one JSON document.

    orjson reads what the standard allows. What it refuses is tried again with Python's reader, which accepts NaN,
    byte order marks and lone surrogates, then as the prefix of a truncated document.
    """
    try:
        return Decoded(orjson.loads(data))
    except orjson.JSONDecodeError as error:
        strict_error = error
    if not data.strip():
        return _unreadable("the file is empty", "a JSON document", f"{len(data)} bytes", "record it again")
    return _decode_lenient(data) or _decode_prefix(data, strict_error)


def _decode_lenient(data: bytes) -> Decoded | None:
    """What Python's reader accepts beyond the standard; None where it refuses too."""
    constants: list[str] = []

    def constant(name: str) -> float:
        constants.append(name)
        return float(name)

    try:
        text = data.removeprefix(BYTE_ORDER_MARK).decode()
        value, has_commas = _loads(text, constant)
    except (ValueError, RecursionError):
        return None
    surrogates = has_lone_surrogate(value)
    reasons = {
        "a byte order mark": data.startswith(BYTE_ORDER_MARK),
        "NaN or Infinity": bool(constants),
        "commas behind the last item": has_commas,
        "surrogates without a partner": surrogates,
    }
    found = ", ".join(name for name, seen in reasons.items() if seen) or "JSON beyond the standard"
    return Decoded(
        value,
        lone_surrogates=surrogates,
        damage=(
            Problem(
                what="not standard JSON, read leniently",
                expected="JSON as RFC 8259 defines it",
                found=found,
                hint="nothing is missing; other readers may refuse the file",
            ),
        ),
    )


# A string, so that commas inside it are passed over, or a comma that nothing follows. One that does not end goes to the end
# of the text: were it none, each quote in it would be tried as the beginning of another.
_LAST_COMMA: Final = re.compile(r'("(?:[^"\\]|\\.)*\\?(?:"|\Z))|,(?=\s*[}\]])', re.DOTALL)


def _loads(text: str, constant: Callable[[str], float]) -> tuple[Any, bool]:
    """The value of a text, and whether commas had to be left out for it."""
    try:
        return json.loads(text, parse_constant=constant), False
    except json.JSONDecodeError:
        without = _LAST_COMMA.sub(r"\1", text)
        if without == text:
            raise
        return json.loads(without, parse_constant=constant), True


def _decode_prefix(data: bytes, error: orjson.JSONDecodeError) -> Decoded:
    """The readable prefix of a document that breaks off or breaks."""
    text, replaced = _utf8(data.removeprefix(BYTE_ORDER_MARK))
    whole = _partial(text, complete=True)
    if whole is not _NOTHING:
        return Decoded(whole, damage=replaced)
    end, is_end_of_file, is_extra = _break(text)
    value = _partial(text if is_end_of_file else text[:end])
    if value is _NOTHING or not isinstance(value, dict | list) or not value:
        return _unreadable("not JSON", "a JSON document", _excerpt(data), f"the reader says: {error.msg}")
    if is_extra:
        found, hint = f"something else from byte {end} of {len(data)}", "only the first document is loaded"
        extra = Problem("more than one document in the file", "end of file after the first", found, hint)
        return Decoded(value, has_more=True, damage=(extra, *replaced))
    what = "the file breaks off" if is_end_of_file else "the file is damaged"
    found = f"{'end of file' if is_end_of_file else 'something else'} at byte {end} of {len(data)}"
    hint = "what stands before is loaded, its last value may be cut; record it again"
    damage = Problem(what, "a complete JSON document", found, hint)
    return Decoded(value, is_cut=True, damage=(damage, *replaced))


def _utf8(data: bytes) -> tuple[bytes, tuple[Problem, ...]]:
    """The bytes as UTF-8 that any reader takes, and what had to be replaced for that.

    A character that the end of the file cuts in two is left out: the file breaks off before it.
    """
    whole, replaced = data, []
    try:
        data.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.end == len(data):
            whole = data[: error.start]
        else:
            whole = data.decode(errors="replace").encode()
            found = "invalid UTF-8, shown as U+FFFD"
            replaced.append(Problem("bytes that are not UTF-8", "UTF-8", found, "record it again"))
    before = whole.count(_REPLACEMENT)
    whole = _ESCAPES.sub(_without_partner, whole)
    if whole.count(_REPLACEMENT) > before:
        found = "surrogates whose partner is in another string or nowhere, shown as U+FFFD"
        replaced.append(Problem("characters cut in two", "valid Unicode", found, "record it again"))
    return whole, tuple(replaced)


# Escapes one after the other, so that a backslash that is itself escaped is not taken for the beginning of one.
_ESCAPES: Final = re.compile(
    rb"(?P<cut>\\u[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u[0-9a-fA-F]{0,3})?)?)\Z"
    rb"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<alone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\."
)


def _without_partner(escape: re.Match[bytes]) -> bytes:
    """U+FFFD for a surrogate that stands alone, which no reader of prefixes takes; nothing for one that is cut off."""
    return b"" if escape["cut"] else _REPLACEMENT if escape["alone"] else escape[0]


def _partial(data: bytes, *, complete: bool = False) -> Any:
    try:
        return jiter.from_json(
            data, partial_mode=False if complete else "trailing-strings", cache_mode="none", allow_inf_nan=True
        )
    except ValueError:
        return _NOTHING


def _break(text: bytes) -> tuple[int, bool, bool]:
    """Up to which byte the document is well formed; whether there the file ends, or another document begins."""
    characters = text.decode(errors="replace")
    try:
        json.loads(characters)
    except json.JSONDecodeError as error:
        rest = characters[error.pos :].strip()
        # An unfinished string or word is told by where it begins; nothing but the end of the file can follow it.
        is_end = error.msg.startswith("Unterminated string") or _UNFINISHED.fullmatch(rest) is not None
        at = len(characters[: error.pos].encode())
        return (len(text) if is_end else at), is_end, error.msg == "Extra data"
    except (ValueError, RecursionError):
        return 0, False, False
    return len(text), True, False


_UNFINISHED: Final = re.compile(r"[-+.\w]{0,32}|\\(u[0-9a-fA-F]{0,3})?")


def has_lone_surrogate(value: Json) -> bool:
    """Whether some string holds a surrogate without its partner."""
    try:
        to_json_text(value).encode()
    except UnicodeEncodeError:
        return True
    return False


def _unreadable(what: str, expected: str, found: str, hint: str) -> Decoded:
    return Decoded(None, readable=False, damage=(Problem(what, expected, found, hint),))


def _excerpt(data: bytes, length: int = 40) -> str:
    head = data[:length].decode(errors="replace")
    return f"{head!r}{'…' if len(data) > length else ''} ({len(data)} bytes)"
