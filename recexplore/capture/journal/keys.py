"""The keys of a request, kept out of what is recorded of it and of its answer.

Takes the header fields, the URL and the body of a request, then the answer read by read; gives texts and reads with stars in
place of any key, as many as it had letters. The client's own bytes are never touched. Does not look into a body that is
compressed (`recexplore.capture.journal.kept_body`).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from copy import copy
from typing import Final
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

from recexplore.capture.journal.slices import replaced
from recexplore.model.credentials import is_key_parameter, is_open_header

__all__ = ["KeyMask"]

_SHORTEST: Final = 12
"""Shorter values are no keys: they would be found in texts."""
_LEAST_BEGINNING: Final = 8
"""A read that ends with so much of a key is masked there, before anybody knows how it goes on."""
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]* +")
_TELLS_OF_A_KEY: Final = re.compile(r"auth|key|token|secret|cookie|pass|credential|signature|session", re.IGNORECASE)
"""Names of header fields that hold keys. Another one that is not known may name a model, as bodies do."""


class KeyMask:
    """Stars in place of the keys of one request."""

    def __init__(self, headers: Iterable[tuple[str, str]], url: str, body: bytes = b"") -> None:
        keys = {each for name, value in headers for each in _keys_in_field(name, value, body) if len(each) >= _SHORTEST}
        query = parse_qsl(urlsplit(url).query)
        keys |= {value for name, value in query if is_key_parameter(name) and len(value) >= _SHORTEST}
        written = {form for key in keys for form in _forms(key)}
        self._keys = sorted(written, key=len, reverse=True)
        self.pattern: Final = re.compile(b"|".join(map(re.escape, self._keys))) if written else None
        """Finds any key, however it is written; None where there is none."""
        self._tail = b""
        """The end of what came before, as far as a key may have begun in it."""
        self._behind_gap: bytes | None = None
        """What came since reads went missing, as long as it may be the inside of a key."""

    def anew(self) -> KeyMask:
        """The same keys, for another body read by read."""
        other = copy(self)
        other._tail, other._behind_gap = b"", None
        return other

    def note_gap(self) -> None:
        """Reads of the answer are missing: the next one may begin inside a key."""
        self._tail, self._behind_gap = b"", b""

    def masked(self, data: bytes) -> bytes:
        """A text without keys, as many bytes as it has."""
        return data if self.pattern is None else replaced(self.pattern, _stars, data, len(self._keys[0]))

    def masked_text(self, text: str) -> str:
        """The same of a text that is not encoded yet."""
        return self.masked(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")

    def next_masked(self, data: bytes) -> bytes:
        """The next read of the answer without keys, those that began in the read before included."""
        if self.pattern is None:
            return data
        text, n_before = self._tail + data, len(self._tail)
        shown = self.masked(text)
        beginning = max(_beginning_at_end(text, key) for key in self._keys)
        if beginning >= _LEAST_BEGINNING:
            shown = shown[: len(shown) - beginning] + b"*" * beginning
        if self._behind_gap is not None:
            inside = self._inside_at_beginning(self._behind_gap, data)
            shown = shown[:n_before] + b"*" * inside + shown[n_before + inside :]
        self._tail = text[len(text) - beginning :]
        return shown[n_before:]

    def _inside_at_beginning(self, before: bytes, data: bytes) -> int:
        """With how much of the inside of a key a read begins that follows what came behind a gap."""
        text = before + data
        inside = max(_inside(text, key) for key in self._keys)
        self._behind_gap = text if inside == len(text) else None
        return max(inside - len(before), 0) if inside >= _LEAST_BEGINNING else 0


def _keys_in_field(name: str, value: str, body: bytes) -> Iterator[str]:
    """What may be a key in a header field: its value, what stands behind a scheme, a user's password, each cookie's."""
    if is_open_header(name):
        return
    if not _TELLS_OF_A_KEY.search(name):
        if value.encode("utf-8", "surrogateescape") not in body:
            yield value
        return
    said = _SCHEME.sub("", value, count=1)
    yield said
    if value[:6].lower() == "basic ":
        try:
            yield base64.b64decode(said, validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return
    if "cookie" in name.lower():
        yield from (each.partition("=")[2] for each in said.split("; "))


def _forms(key: str) -> Iterator[bytes]:
    """How a key may be written: as it is, in a URL, in JSON, in base64."""
    plain = key.encode("utf-8", "surrogateescape")
    yield from (plain, quote(plain, safe="").encode(), quote_plus(plain).encode())
    yield json.dumps(key)[1:-1].encode()
    yield base64.b64encode(plain).rstrip(b"=")


def _stars(found: re.Match[bytes]) -> bytes:
    return b"*" * len(found[0])


def _beginning_at_end(text: bytes, key: bytes) -> int:
    """How much of a key stands at the end of a text."""
    end = text[-(len(key) - 1) :]
    at = end.find(key[:_LEAST_BEGINNING])
    while at >= 0:
        if key.startswith(end[at:]):
            return len(end) - at
        at = end.find(key[:_LEAST_BEGINNING], at + 1)
    return next((n for n in range(_LEAST_BEGINNING - 1, 0, -1) if end.endswith(key[:n])), 0)


def _inside(text: bytes, key: bytes) -> int:
    """How much of a key, up to its end or to that of the text, a text begins with."""
    found, at = 0, key.find(text[:_LEAST_BEGINNING])
    while at >= 0:
        rest = key[at : at + len(text)]
        if text.startswith(rest):
            found = max(found, len(rest))
        at = key.find(text[:_LEAST_BEGINNING], at + 1)
    return found
