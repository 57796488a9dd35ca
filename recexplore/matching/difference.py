"""In what two requests differ, part by part.

Takes a recorded request and an asked one, gives `Difference` after `Difference` in the order of the asked request, those
last that the recorder's hash does not see. Loses nothing: two requests hash alike today if and only if no difference
matters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from recexplore.matching.generations import CURRENT
from recexplore.matching.json_differences import MISSING, json_differences
from recexplore.matching.json_paths import shown_path
from recexplore.matching.normalisation import Drops, Leaf, as_sent
from recexplore.matching.request import MAX_DEPTH, Request, url_path
from recexplore.model.credentials import masked_json, masked_url
from recexplore.model.exchange import Json

__all__ = ["KINDS", "Difference", "differences"]

KINDS: Final = {
    "value": "another value",
    "type": "a value of another type",
    "missing": "in the recording, not in the request",
    "added": "in the request, not in the recording",
    "whitespace": "the same text but for white space",
    "spelling": "the same JSON, written differently inside a text: order of keys or white space",
    "order": "the same items in another order",
    "method": "another HTTP method",
    "url": "another URL",
    "endpoint": "another path of the URL, or another kind of request",
    "tool": "another tool, or another provider of it",
    "test_id": "recorded for another test",
    "depth": "nested too deeply to be compared",
    "ignored": "differs, but only in what the hash does not see",
    "key_order": "only keys of objects come in another order, which the hash does not see",
}
"""What kinds of difference there are."""

_UNSEEN: Final = ("ignored", "key_order")
_AROUND: Final = 24
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """One part in which two requests differ.

    Attributes
    ----------
    path
        Where: ``messages[1].content``. Positions are the asked request's; the recording's where it alone has the part.
    kind
        One of `KINDS`.
    recorded, asked
        Both values; None where there is none, which `kind` tells.
    at
        The first character that differs, where both are texts.
    hashed
        Both texts as they are hashed, where they differ earlier in what the hash does not see; ``at`` counts in these.
    """

    path: str
    kind: str
    recorded: Json = None
    asked: Json = None
    at: int | None = None
    hashed: tuple[str, str] | None = None

    @property
    def matters(self) -> bool:
        """Whether today's hash sees it."""
        return self.kind not in _UNSEEN

    @property
    def excerpts(self) -> tuple[str, str]:
        """Both values, recorded first, shortened to where they differ; unprintable characters are escaped."""
        if self.at is not None:
            recorded, asked = self.hashed or (self.recorded, self.asked)
            return _excerpt(recorded, self.at), _excerpt(asked, self.at)
        recorded, asked = _short(self.recorded), _short(self.asked)
        return ("nothing" if self.kind == "added" else recorded, "nothing" if self.kind == "missing" else asked)

    def __str__(self) -> str:
        recorded, asked = self.excerpts
        if self.kind == "missing":
            return f"{self.path} is missing; the recording has {recorded}"
        if self.kind == "added":
            return f"{self.path} is not in the recording: {asked}"
        if self.kind == "depth":
            return f"the bodies cannot be compared: nested deeper than {MAX_DEPTH} levels"
        if self.kind == "order":
            return f"{self.path} has the same items in another order"
        if self.kind == "key_order":
            return "keys come in another order, which makes no difference to the hash"
        where = "" if self.at is None else f" at character {self.at}"
        note = {
            "whitespace": " in white space only",
            "spelling": " in spelling only (the same JSON inside)",
            "type": " in type",
            "ignored": " in what the hash does not see",
        }.get(self.kind, "")
        return f"{self.path} differs{where}{note}: recorded {recorded}, asked {asked}"


def differences(recorded: Request, asked: Request) -> list[Difference]:
    """In what a recorded request and an asked one differ, what the hash sees first.

    What the asked request does not tell (no URL, no endpoint, neither URL nor test) is not compared.
    """
    found = [*_envelope(recorded, asked), *_bodies(recorded, asked)]
    return sorted(found, key=lambda each: not each.matters)


def _envelope(recorded: Request, asked: Request) -> Iterator[Difference]:
    """What differs beside the body."""
    if recorded.kind != asked.kind:
        yield Difference("kind", "endpoint", recorded.kind, asked.kind)
    elif asked.kind == "tool" and recorded.tool != asked.tool:
        yield _part("tool", "tool", " of ".join(map(str, recorded.tool[::-1])), " of ".join(map(str, asked.tool[::-1])))
    methods = [(each.method or "POST").upper() for each in (recorded, asked)]
    if methods[0] != methods[1]:
        yield _part("method", "method", *methods)
    yield from _places(recorded, asked)
    if recorded.test_id != asked.test_id and not (asked.test_id is None and asked.url is None):
        unseen = asked.kind == "tool" or _shared(asked)
        yield _part("test_id", "ignored" if unseen else "test_id", recorded.test_id, asked.test_id)


def _places(recorded: Request, asked: Request) -> Iterator[Difference]:
    if asked.kind == "tool" or recorded.kind == "tool":
        return
    if asked.url is None or recorded.url is None:
        if asked.endpoint and recorded.endpoint and asked.endpoint != recorded.endpoint:
            yield _part("endpoint", "endpoint", recorded.endpoint, asked.endpoint)
    elif asked.kind == "http":
        if asked.url != recorded.url:
            yield _part("url", "url", masked_url(recorded.url), masked_url(asked.url))
    elif url_path(asked.noted_url) != url_path(recorded.noted_url):
        yield _part("endpoint", "endpoint", url_path(recorded.url), url_path(asked.url))
    elif asked.noted_url != recorded.noted_url:
        yield _part("url", "ignored", masked_url(recorded.url), masked_url(asked.url))


def _shared(request: Request) -> bool:
    """Whether a request belongs to no single test."""
    path = url_path(request.url)
    return request.kind == "inference" and path is not None and CURRENT.shares is not None and CURRENT.shares(path)


def _bodies(recorded: Request, asked: Request) -> Iterator[Difference]:
    if recorded.is_too_deep or asked.is_too_deep:
        yield Difference("body", "depth")
        return
    leaf = CURRENT.leaf if asked.kind != "tool" else as_sent
    drops = (_dropped(recorded), _dropped(asked))
    for steps, kind, before, now in json_differences(recorded.body, asked.body, leaf, drops):
        values = (None if before is MISSING else before, None if now is MISSING else now)
        shown = [masked_json({str(steps[-1]): each})[str(steps[-1])] if steps else masked_json(each) for each in values]
        found = _part(shown_path(steps), kind, *shown)
        if shown != list(values):  # where texts part cannot be told without their keys
            yield replace(found, at=None)
            continue
        yield _as_hashed(found, leaf) if found.at is not None and found.matters else found


def _dropped(request: Request) -> Drops:
    """Keys of a body that the hash leaves out; HTTP is hashed as if its host were not known."""
    if request.kind == "tool":
        return Drops()
    has_host = request.kind == "inference" and url_path(request.url) is not None
    return CURRENT.drops(request.url if has_host and request.url else "")


def _part(path: str, kind: str, recorded: Json, asked: Json) -> Difference:
    both_text = isinstance(recorded, str) and isinstance(asked, str)
    return Difference(path, kind, recorded, asked, _first_difference(recorded, asked) if both_text else None)


def _as_hashed(found: Difference, leaf: Leaf) -> Difference:
    """The difference, told where the hash sees it."""
    recorded, asked = leaf(found.recorded), leaf(found.asked)
    at = _first_difference(recorded, asked)
    is_seen = at == found.at and recorded[:at] == found.recorded[:at] and asked[:at] == found.asked[:at]
    return found if is_seen else replace(found, at=at, hashed=(recorded, asked))


def _first_difference(recorded: str, asked: str) -> int:
    pairs = enumerate(zip(recorded, asked, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(recorded), len(asked)))


def _excerpt(text: str, at: int) -> str:
    """The text around one of its characters."""
    start, end = max(at - _AROUND, 0), at + _LONGEST - _AROUND
    return f"{'…' if start else ''}{text[start:end]!r}{'…' if end < len(text) else ''}"


def _short(value: Json) -> str:
    if isinstance(value, str):
        return f"{value[:_LONGEST]!r}{'…' if len(value) > _LONGEST else ''}"
    text = json.dumps(value, ensure_ascii=False)[: _LONGEST + 1]
    printable = "".join(each if each.isprintable() else repr(each)[1:-1] for each in text[:_LONGEST])
    return printable if len(text) <= _LONGEST else f"{printable}…"
