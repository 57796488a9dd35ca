"""Whether it is worth looking for credentials in a text at all.

Takes text, says quickly that there is none in nearly all that has none. Never says so of a text of which
`recexplore.model.credentials` would mask anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from recexplore.model.credentials import HEADER_BLOCKS, KEY_ENDINGS, KEY_NAMES

__all__ = ["suspicious"]

_WRITTEN_OTHERWISE: Final = ("\\", "=", "@")
"""What may hide a letter, what stands between the name and the value of a parameter, and before a host."""
_FORMS: Final = tuple(
    form.encode()
    for form in (
        "earer ", "asic ", "sk-", "ek_", "sk_", "rk_", "xai-", "pplx-", "nvapi-", "fw_", "hf_", "tvly-", "dapi", "AIza",
        "GOCSPX-", "AKIA", "ASIA", "ABSK", "api-key-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-",
        "xox", "npm_", "eyJ", "-----BEGIN",
    )
)  # fmt: skip
"""How the keys begin that `SECRET_FORMS` knows."""
_FORMS_WITH_DIGITS: Final = ("r8_", "ya29.")
_OF_NUMBERS: Final = b"0123456789.,"
_NOT_OF_NAMES: Final = bytes(range(256)).translate(None, b"abcdefghijklmnopqrstuvwxyz")


def _shortest(names: Iterable[str]) -> tuple[bytes, ...]:
    """The names that hold no other one: a text that has none of them has none at all."""
    names = frozenset(names)
    return tuple(sorted(name.encode() for name in names if not any(each in name for each in names - {name})))


_NAMES: Final = _shortest([*KEY_NAMES, *KEY_ENDINGS, *HEADER_BLOCKS])


def suspicious(texts: Iterable[str]) -> set[str]:
    """Those of some texts that may hold credentials: `masked_json_text` gives back the others as they are."""
    texts = set(texts)
    plain = [each for each in texts if each.isascii() and not any(mark in each for mark in _WRITTEN_OTHERWISE)]
    return texts.difference(plain).union(_among(plain))


def _among(texts: Sequence[str]) -> Iterator[str]:
    """The suspicious ones of texts without escapes: hardly ever is there any, so that one look at many is enough."""
    if not _may_hold('"'.join(texts)):
        return
    if len(texts) == 1:
        yield from texts
        return
    half = len(texts) // 2
    yield from _among(texts[:half])
    yield from _among(texts[half:])


def _may_hold(text: str) -> bool:
    """Whether a text without escapes may hold a name or a form; neither has a quote in it."""
    if any(form in text for form in _FORMS_WITH_DIGITS):
        return True
    # Most of a long text are numbers, or pieces that were there before.
    words = b".".join(set(text.encode().translate(None, _OF_NUMBERS).split(b'"')))
    if any(form in words for form in _FORMS):
        return True
    letters = words.lower().translate(None, _NOT_OF_NAMES)
    return any(name in letters for name in _NAMES)
