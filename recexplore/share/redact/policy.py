"""What is replaced, and by what.

Plain data. A policy has a digest, by which a folder that was redacted is known to have been redacted as strictly.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Literal, TypeAlias

import orjson

__all__ = ["TEXTS", "Policy", "Texts", "policy_of"]

Texts: TypeAlias = Literal["filler", "masked", "kept"]
TEXTS: Final[tuple[Texts, ...]] = ("filler", "masked", "kept")

_VERSION: Final = 3
"""Raised whenever the same policy begins to replace more."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What is replaced.

    Attributes
    ----------
    texts
        What somebody said: prompts, answers, reasoning, arguments, descriptions. ``filler`` of the same shape, ``masked``
        (``xxxx``), or ``kept``.
    names
        Names of tools and of their arguments: ``kept`` or ``filler``.
    numbers
        Numbers of two digits and more in tool arguments, and lists of tokens: ``filler`` or ``kept``.
    ids, hosts
        Ids of calls, answers, requests, users, projects …; hosts and resource names: ``pseudonyms`` or ``kept``.
    media
        Images, audio and files: ``dropped`` or ``kept``.
    headers
        Header fields, in lower case, that stay beside those that always do.
    """

    texts: Texts = "filler"
    names: Literal["kept", "filler"] = "kept"
    numbers: Literal["filler", "kept"] = "filler"
    ids: Literal["pseudonyms", "kept"] = "pseudonyms"
    hosts: Literal["pseudonyms", "kept"] = "pseudonyms"
    media: Literal["dropped", "kept"] = "dropped"
    headers: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        for name, allowed in _ALLOWED.items():
            if (value := getattr(self, name)) not in allowed:
                raise ValueError(f"policy: {name} is one of {', '.join(allowed)}, not {value!r}")

    @property
    def digest(self) -> str:
        """Equal for equal policies of one version of this package's rules."""
        said = {**asdict(self), "headers": sorted(self.headers), "version": _VERSION}
        return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]

    def as_json(self) -> dict[str, Any]:
        """As the count sheet tells it."""
        return {**asdict(self), "headers": sorted(self.headers)}


_ALLOWED: Final[dict[str, tuple[str, ...]]] = {
    "texts": TEXTS,
    "names": ("kept", "filler"),
    "numbers": ("filler", "kept"),
    "ids": ("pseudonyms", "kept"),
    "hosts": ("pseudonyms", "kept"),
    "media": ("dropped", "kept"),
}


def policy_of(given: Policy | Texts | None) -> Policy:
    """A policy: one as it is, or the usual one with texts treated so."""
    if isinstance(given, Policy):
        return given
    return Policy() if given is None else replace(Policy(), texts=given)
