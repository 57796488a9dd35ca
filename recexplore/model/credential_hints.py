"""Whether it is worth looking for credentials in a text at all.

Takes text, says quickly that there is none in nearly all that has none. Never says so of a text of which
`recexplore.model.credentials` would mask anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from recexplore.model.credentials import HEADER_BLOCKS, KEY_ENDINGS, KEY_NAMES

__all__ = ["may_hold_credentials"]

_WRITTEN_OTHERWISE: Final = ("\\", "=", "@")
"""What may hide a letter, what stands between the name and the value of a parameter, and before a host."""
_FORMS_WITH_DIGITS: Final = ("r8_", "ya29.")
_FORMS: Final = tuple(
    form.encode()
    for form in (
        "earer ", "asic ", "sk-", "ek_", "sk_", "rk_", "xai-", "pplx-", "nvapi-", "fw_", "hf_", "tvly-", "dapi", "AIza",
        "GOCSPX-", "AKIA", "ASIA", "ABSK", "api-key-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-",
        "xox", "npm_", "eyJ", "-----BEGIN",
    )
)  # fmt: skip
"""How the keys begin that `SECRET_FORMS` knows."""

_LETTERS: Final = b"abcdefghijklmnopqrstuvwxyz"
_ALL_BYTES: Final = bytes(range(256))
_NOT_OF_FORMS: Final = _ALL_BYTES.translate(None, _LETTERS + _LETTERS.upper() + b"-_ ")
_NOT_OF_NAMES: Final = _ALL_BYTES.translate(None, _LETTERS)


def _shortest(names: Iterable[str]) -> tuple[bytes, ...]:
    """The names that hold no other one: a text that has none of them has none at all."""
    names = frozenset(names)
    return tuple(sorted(name.encode() for name in names if not any(each in name for each in names - {name})))


_NAMES: Final = _shortest([*KEY_NAMES, *KEY_ENDINGS, *HEADER_BLOCKS])


def may_hold_credentials(text: str) -> bool:
    """Whether `masked_json_text` has to look at a text; where not, it would give it back as it is."""
    # What is beyond ASCII may become a letter of a name in lower case.
    if not text.isascii() or any(mark in text for mark in _WRITTEN_OTHERWISE):
        return True
    # Most of a large text are numbers, which no name and hardly a form has: the rest is searched many times faster.
    words = text.encode().translate(None, _NOT_OF_FORMS)
    if any(form in words for form in _FORMS) or any(form in text for form in _FORMS_WITH_DIGITS):
        return True
    letters = words.lower().translate(None, _NOT_OF_NAMES)
    return any(name in letters for name in _NAMES)
