"""Keys of known forms in a text, however they are written: as they are, percent-encoded, or base64.

Takes a text, gives it with stars for each key. Never says that nothing else is left.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final
from urllib.parse import unquote

from recexplore.model.credentials import SECRET_FORMS

__all__ = ["without_keys"]

_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_QUOTED: Final = re.compile(r"(?<![\w.~-])[\w.~-]*+%[0-9A-Fa-f]{2}[\w.~%-]*")
_LEAST: Final = 8
_MOST_LOOKED_AT: Final = 1 << 20


def without_keys(text: str) -> tuple[str, int]:
    """The text, as long as it was, with stars for each key behind its prefix, and how many keys there were."""
    if len(text) < _LEAST:
        return text, 0
    new, n = SECRET_FORMS.subn(lambda found: found["prefix"] + "*" * len(found["secret"]), text)
    if "%" in new:
        new = _QUOTED.sub(lambda found: _masked_if(found[0], SECRET_FORMS.search(unquote(found[0])) is not None), new)
    if len(new) <= _MOST_LOOKED_AT:
        new = _BASE64.sub(lambda found: _masked_if(found[0], _holds_key(found[0])), new)
    return new, max(n, int(new != text))


def _masked_if(text: str, is_key: bool) -> str:
    return "*" * len(text) if is_key else text


def _holds_key(letters: str) -> bool:
    """Whether base64 stands for something with a key in it."""
    try:
        data = base64.b64decode(letters.rstrip("=").replace("-", "+").replace("_", "/") + "==", validate=False)
    except (binascii.Error, ValueError):
        return False
    text = data.decode("latin-1")
    return text[:16].isprintable() and SECRET_FORMS.search(text) is not None
