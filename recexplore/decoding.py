"""Decoding JSON with care: fast where it is sound, a readable prefix where it is not.

Takes bytes, gives a `Decoded`; `Content` is a file's bytes with their decoding, made on first use. Never raises for
what the bytes hold, never drops what could be read, and never hides that it had to be lenient: ``damage`` says so in
words.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import jiter
import orjson

from recexplore.model import Json, Problem

__all__ = ["Content", "Decoded", "decode_json", "has_lone_surrogate", "to_json_text"]

P = ParamSpec("P")
T = TypeVar("T")

_BOM = b"\xef\xbb\xbf"
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


_LINE_SUFFIXES: Final = (".jsonl", ".ndjson")
_LINES_LOOKED_AT: Final = 10
_FIRST_LINE: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?P<first>[^\[\s][^\n]*)(?:\n\s*(?P<more>\{)?)?")
"""A line that begins no array, and whether the next line with anything on it begins an object."""


class Content:
    """What a file holds: the bytes, and what they are as JSON, found out when first asked."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name, self.data = name, data
        head = data[:64].removeprefix(_BOM).lstrip()
        self.is_lines = self._is_lines()
        """Whether it is one JSON object a line, not one document; the first line may be a broken one."""
        self.looks_like_json = self.is_lines or head[:1] in (b"{", b"[") or not head
        """Whether it is lines, or the first character can begin an object or an array."""
        self._document: Decoded | None = None
        self._made: dict[tuple[Any, ...], Any] = {}

    def _is_lines(self) -> bool:
        # The content may be large: it is looked at, never copied.
        found = _FIRST_LINE.match(self.data)
        if found is None:
            return False
        is_named_so = self.name.lower().endswith(_LINE_SUFFIXES)
        if not found["more"] and not is_named_so:
            return False
        if _is_object(found["first"]):
            return True
        # Where the first line is broken, those behind it tell; the only line may be the one that breaks off.
        behind = self.first_lines(_LINES_LOOKED_AT)[1:]
        if not behind:
            return is_named_so and found["first"].startswith(b"{")
        return 2 * sum(map(_is_object, behind)) > len(behind)

    def first_lines(self, n: int) -> list[bytes]:
        """The first lines that hold something."""
        lines = self.data.removeprefix(_BOM).split(b"\n", 2 * n)[: 2 * n]
        return [line for line in lines if line.strip()][:n]

    @property
    def document(self) -> Decoded:
        """The content as one JSON document."""
        if self._document is None:
            self._document = decode_json(self.data)
        return self._document

    def once(self, make: Callable[Concatenate[Content, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a function makes of it and of further arguments, made when first asked and kept."""
        key = (make, *args, *kwargs.items())
        if key not in self._made:
            self._made[key] = make(self, *args, **kwargs)
        found: T = self._made[key]
        return found


def _is_object(line: bytes) -> bool:
    """Whether a line is a whole JSON object."""
    try:
        return line.startswith(b"{") and isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


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


def to_json_text(value: Json) -> str:
    """Compact JSON text of a decoded value, which any reader takes.

    Lone surrogates are kept. NaN and Infinity, which JSON lacks, are null; an integer that no float can hold is its
    digits as a text.
    """
    try:
        return orjson.dumps(value).decode()
    except (TypeError, orjson.JSONEncodeError):
        pass
    try:
        return json.dumps(_portable(value), ensure_ascii=False, separators=(",", ":"), default=_as_text)
    except RecursionError:
        return '"(nested too deep to be written as text)"'
    except (TypeError, ValueError) as error:
        return json.dumps(f"(cannot be written as text: {error})")


def _portable(value: Json) -> Json:
    """The value with no number that a reader of JSON may refuse."""
    if isinstance(value, dict):
        return {key: _portable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_portable(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value) if isinstance(value, int) and value.bit_length() > _LARGEST_BITS else value


def _as_text(value: object) -> str:
    """What no JSON has, such as the bytes of a YAML document."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _decode_lenient(data: bytes) -> Decoded | None:
    """What Python's reader accepts beyond the standard; None where it refuses too."""
    constants: list[str] = []

    def constant(name: str) -> float:
        constants.append(name)
        return float(name)

    try:
        text = data.removeprefix(_BOM).decode()
        value: Any = json.loads(text, parse_constant=constant)
    except (ValueError, RecursionError):
        return None
    surrogates = has_lone_surrogate(value)
    reasons = {
        "a byte order mark": data.startswith(_BOM),
        "NaN or Infinity": bool(constants),
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


def _decode_prefix(data: bytes, error: orjson.JSONDecodeError) -> Decoded:
    """The readable prefix of a document that breaks off or breaks."""
    text, replaced = _utf8(data.removeprefix(_BOM))
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
