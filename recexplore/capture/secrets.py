"""The keys of a request, kept out of what is recorded of its answer.

Takes the header fields and the URL of a request, then the answer read by read; gives each read with stars in place of any
key that the server sent back, as long as it was. The client's own bytes are never touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from recexplore.model.credentials import is_key_parameter, is_open_header

__all__ = ["KeyMask"]

_SHORTEST: Final = 12
"""Shorter values are no keys: they would be found in texts."""
_LEAST_BEGINNING: Final = 8
"""A read that ends with so much of a key is masked there, before anybody knows how it goes on."""
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]* +")


class KeyMask:
    """Stars in place of the keys of one request."""

    def __init__(self, headers: Iterable[tuple[str, str]], url: str) -> None:
        keys = {_SCHEME.sub("", value, count=1) for name, value in headers if not is_open_header(name)}
        keys |= {value for name, value in parse_qsl(urlsplit(url).query) if is_key_parameter(name)}
        self._keys = sorted((key.encode() for key in keys if len(key) >= _SHORTEST), key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, self._keys))) if self._keys else None
        self._tail = b""
        """The end of what came before, in which a key may have begun."""

    def masked(self, data: bytes) -> bytes:
        """A read without keys, as many bytes as it has."""
        if self._pattern is None:
            return data
        text, n_before = self._tail + data, len(self._tail)
        shown = self._pattern.sub(lambda found: b"*" * len(found[0]), text)
        beginning = max((_beginning_at_end(text, key) for key in self._keys), default=0)
        if beginning >= _LEAST_BEGINNING:
            shown = shown[: len(shown) - beginning] + b"*" * beginning
        self._tail = text[-(len(self._keys[0]) - 1) :]
        return shown[n_before:]


def _beginning_at_end(text: bytes, key: bytes) -> int:
    """How much of a key stands at the end of a text."""
    longest = min(len(key) - 1, len(text))
    return next((n for n in range(longest, 0, -1) if text.endswith(key[:n])), 0)
