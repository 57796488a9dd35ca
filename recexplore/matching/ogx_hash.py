"""The hash by which the recorder of llama-stack (now OGX) names and finds recordings.

Takes a `Request`, gives hexadecimal digits, for one generation or for all; takes a file's name too, says which generation
gave it. A hash is None where it cannot be told: no URL was given, the generation knew no such requests, or the request is
nested too deeply. Files are never looked up by the recorder, so their requests have none.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

from recexplore.matching.generations import GENERATIONS, REWRITES, Generation, Rewrite
from recexplore.matching.normalisation import normalised
from recexplore.matching.request import Request, url_path
from recexplore.model.exchange import Json

__all__ = ["Fit", "file_hash", "fitting", "hash_of", "hashes"]

_NAME: Final = re.compile(r"(?:models-)?([0-9a-f]{12}|[0-9a-f]{16}|[0-9a-f]{64})(?:-[0-9a-f]{8})?")
"""The hash, whole or its beginning; lists of models also tell which models they list."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Which generation gives a file's name, and from which earlier wording of the request, if any.

    ``is_sent_url`` where the name is that of a call whose URL the request has as it went over the network.
    """

    generation: Generation
    rewrite: Rewrite | None = None
    is_sent_url: bool = False

    @property
    def words(self) -> str:
        """How the file came by its name, for people who do not know the generations."""
        if self.rewrite:
            return f"edited after it was named: {self.rewrite.did}"
        age = GENERATIONS.index(self.generation)
        if not age:
            return "named by today's recorder"
        return f"named by an older recorder (before {GENERATIONS[age - 1].change})"

    def __str__(self) -> str:
        return f"{self.generation.name}, before the {self.rewrite.name}" if self.rewrite else self.generation.name


def file_hash(path: str) -> str | None:
    """The hash in a recording's file name; None where the name holds none."""
    found = _NAME.fullmatch(PurePosixPath(path.replace("\\", "/")).name.removesuffix(".json"))
    return found[1] if found else None


def hash_of(request: Request, generation: Generation) -> str | None:
    """What one generation makes of a request."""
    if request.is_too_deep or request.kind == "file":
        return None
    hashed = _HASHED[request.kind](request, generation)
    if hashed is None:
        return None
    return hashlib.sha256(json.dumps(hashed, sort_keys=True).encode()).hexdigest()


def hashes(request: Request) -> dict[str, str]:
    """What every generation makes of a request, newest first; those that made nothing of it are left out."""
    told = {generation.name: hash_of(request, generation) for generation in GENERATIONS}
    return {name: found for name, found in told.items() if found is not None}


def fitting(request: Request, digits: str) -> Fit | None:
    """The newest generation whose hash begins with these digits, the request's older wordings tried last."""
    for rewrite, wording in _wordings(request):
        for generation in GENERATIONS:
            found = hash_of(wording, generation)
            if found is not None and found.startswith(digits):
                return Fit(generation, rewrite, wording.is_sent_url)
    return None


def _inference(request: Request, generation: Generation) -> Json:
    url = request.noted_url
    path = url_path(url)
    if url is None or path is None:
        return None
    body = normalised(request.body, generation.leaf, generation.drops(url))
    hashed = {"method": (request.method or "POST").upper(), "endpoint": path, "body": body}
    if generation.shares is not None and not generation.shares(path):
        hashed["test_id"] = request.test_id
    return hashed


def _http(request: Request, generation: Generation) -> Json:
    if request.url is None or url_path(request.url) is None or not generation.knows_http:
        return None
    return {
        "test_id": request.test_id,
        "url": request.url,
        "method": (request.method or "POST").upper(),
        "payload": normalised(request.body, generation.leaf, generation.drops("")),
    }


def _tool(request: Request, generation: Generation) -> Json:
    provider, name = request.tool
    return {"provider": provider, "tool_name": name, "kwargs": request.body}


_HASHED: Final = {"inference": _inference, "http": _http, "tool": _tool}
"""What is hashed, by the kind of request: inference by its path, HTTP by its whole URL, tools without test and rounding."""


def _wordings(request: Request) -> Sequence[tuple[Rewrite | None, Request]]:
    """The request as it stands, then as it may have been when it was hashed."""
    found: list[tuple[Rewrite | None, Request]] = [(None, request)]
    sent = replace(request, is_sent_url=True)
    if sent.noted_url != request.noted_url:
        found.append((None, sent))
    if not request.is_too_deep:
        for rewrite in REWRITES:
            earlier = _undone(request, rewrite)
            if earlier is not None:
                found.append((rewrite, earlier))
    return found


def _undone(request: Request, rewrite: Rewrite) -> Request | None:
    """The request before its texts were replaced; None where it holds none of them."""

    def undo(value: Json) -> Json:
        for now, before in rewrite.undo if isinstance(value, str) else ():
            value = value.replace(now, before)
        return value

    body, test_id = normalised(request.body, undo), undo(request.test_id)
    return None if (body, test_id) == (request.body, request.test_id) else replace(request, body=body, test_id=test_id)
