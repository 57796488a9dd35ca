"""What makes two requests the same one: method, path and body, without what changes from run to run.

Takes a `Request` and what the dialects say of request bodies, gives a `RequestKey` and the names of what was left out of it.
Values of texts are compared as today's recorder of llama-stack (OGX) compares them, whatever generation named the file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import orjson

from recexplore.comparison.seals import without_seals
from recexplore.matching.generations import REWRITES
from recexplore.matching.normalisation import normalised, without_ids
from recexplore.matching.request import Request, url_path
from recexplore.model.exchange import Json
from recexplore.model.request_fields import RequestFields

__all__ = ["RequestKey", "messages_key", "request_key"]

_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_SHORTEST_ID: Final = 8
"""An id that is shorter may be a word of the text that it is looked for in."""
_ID_IN_PATH: Final = re.compile(
    r"(?<=/)(?:[a-z]{2,12}_(?=[A-Za-z]*\d)[A-Za-z0-9]{12,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?=/|:|$)"
)
"""``/v1/threads/thread_abc…/runs``."""
_SEARCHED_ID: Final = re.compile(
    r"(document_id:\s*|<\|)(?:file-[A-Za-z0-9-]{6,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?=\|>|[,\s]|$)"
)
"""What llama-stack's search calls a document, in its results and where the model is asked to cite it; the id is made anew in
every run, and its recorder takes only those for such that are UUIDs."""
_UNNAMED: Final = r"\1__NORMALIZED__"
_OGX: Final = "llama-stack"

_SEARCH: Final = "scores and ids of searches"
_DECIMALS: Final = "digits of decimals beyond five"
_IDS: Final = "ids of the conversation"
_SEALS: Final = "what earlier answers sealed"
_PATH: Final = "ids in the path"
_RENAMING: Final = "the renaming of llama-stack"
_STREAMED: Final = "whether it is streamed"


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Equal for requests that are the same.

    Attributes
    ----------
    digest
        SHA-256 of what was compared, in hex.
    left_out
        What the request holds and the key does not, by name, sorted.
    exact
        Equal for requests that are the same to the letter, what is left out included.
    """

    digest: str
    left_out: tuple[str, ...]
    exact: str = ""


def request_key(
    request: Request, fields: RequestFields, *, envelope: str = "", streamed_or_whole: bool = False
) -> RequestKey | None:
    """The key of a request; None where there is not enough of it to tell it from others.

    Parameters
    ----------
    request
        As it was recorded.
    fields
        What is known of request bodies (`recexplore.read.registry.Dialects.request_fields`).
    envelope
        Who recorded it: llama-stack's recordings were renamed with their project.
    streamed_or_whole
        Whether a request for a stream is the same as one for a whole answer.
    """
    if request.is_too_deep or not request.is_told:
        return None
    path = request.endpoint or url_path(request.url)
    # Without a body, only the path could tell it from others. Who posts sends a body, which was not kept then; llama-stack
    # keeps every body, and notes its requests for a list of models as posted.
    has_lost_body = envelope != _OGX and (request.method or "POST").upper() in _WITH_BODY
    if not request.body and (path is None or has_lost_body):
        return None
    left_out: set[str] = set()
    shown_path = _ID_IN_PATH.sub("{id}", path or "")
    left_out |= {_PATH} if shown_path != (path or "") else set()
    body = _stable(request.body, fields, envelope, left_out)
    if streamed_or_whole:
        left_out.add(_STREAMED)
        body, shown_path = _without_delivery(body, shown_path, fields)
    asked = [request.kind, (request.method or "POST").upper(), list(request.tool)]
    return _key([*asked, shown_path, body], left_out, [*asked, path, request.body])


def messages_key(request: Request, fields: RequestFields, *, envelope: str = "") -> RequestKey | None:
    """The key of what was asked alone: messages, prompt, instructions; whatever the model, the settings and the endpoint.

    None where nothing was asked in a field that a dialect knows.
    """
    body = request.body
    if request.is_too_deep or not isinstance(body, dict):
        return None
    names = {*fields.messages, *fields.earlier, *fields.images, *(path[0] for path in fields.instructions)}
    asked = {name: value for name, value in body.items() if name in names}
    if not any(asked.get(name) for name in fields.messages):
        return None
    left_out = {name for name in body if name not in asked}
    return _key(_stable(asked, fields, envelope, left_out), left_out, [request.endpoint or request.url, body])


def _key(compared: Json, left_out: set[str], asked: Json) -> RequestKey:
    return RequestKey(_digest(compared), tuple(sorted(left_out)), _digest(asked))


def _digest(value: Json) -> str:
    try:
        data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # an integer beyond 64 bits, or half a surrogate pair
        data = repr(_sorted(value)).encode("utf-8", "backslashreplace")
    return hashlib.sha256(data).hexdigest()


def _sorted(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value


def _stable(body: Json, fields: RequestFields, envelope: str, left_out: set[str]) -> Json:
    """A body without what changes from run to run; what that is goes into ``left_out``."""
    if isinstance(body, dict):
        body = _without_labels(body, fields, left_out)
    names: dict[str, str] = {}
    for value in _ids_in(body, frozenset(fields.conversation_ids)):
        names.setdefault(value, f"id {len(names) + 1}")
    if names:
        left_out.add(_IDS)
    unsealed = without_seals(body, fields)
    left_out |= {_SEALS} if unsealed != body else set()
    body = unsealed
    long_ids = {value: name for value, name in names.items() if len(value) >= _SHORTEST_ID}
    within = re.compile("|".join(map(re.escape, sorted(long_ids, key=len, reverse=True)))) if long_ids else None

    def leaf(value: Json) -> Json:
        stable = without_ids(_SEARCHED_ID.sub(_UNNAMED, value) if isinstance(value, str) else value)
        if not isinstance(value, str):
            left_out.update({_DECIMALS} if stable != value else ())
            return stable
        if stable != value:
            left_out.add(_SEARCH if "__NORMALIZED__" in stable or "attributes:" in value else _DECIMALS)
        if envelope == _OGX:
            renamed = _renamed(stable)
            left_out.update({_RENAMING} if renamed != stable else ())
            stable = renamed
        return within.sub(lambda found: long_ids[found[0]], stable) if within is not None else stable

    return _with_ids_named(normalised(body, leaf), frozenset(fields.conversation_ids), names)


def _without_labels(body: dict[str, Json], fields: RequestFields, left_out: set[str]) -> dict[str, Json]:
    usage = {path[0] for path in (*fields.include_usage, *fields.continuous_usage) if len(path) > 1}
    dropped = {*fields.labels, *usage}
    kept = {}
    for name, value in body.items():
        if name in dropped:
            left_out.add(name)
        elif name in (*fields.settings, *_PASSED_ON) and isinstance(value, dict):
            left_out.update(f"{name}.{inner}" for inner in value if inner in dropped | _PROJECT)
            kept[name] = {inner: each for inner, each in value.items() if inner not in dropped | _PROJECT}
        else:
            kept[name] = value
    return {name: value for name, value in kept.items() if value or name not in _PASSED_ON}


_PASSED_ON: Final = ("extra_body", "extra_query", "extra_headers")
"""Where SDKs keep settings that they do not know."""
_PROJECT: Final = {"project_id"}


def _without_delivery(body: Json, path: str, fields: RequestFields) -> tuple[Json, str]:
    names = {each[0] for each in fields.stream if len(each) == 1}
    kept = {name: value for name, value in body.items() if name not in names} if isinstance(body, dict) else body
    for streamed, whole in fields.streamed_paths:
        if path.endswith(streamed):
            return kept, path.removesuffix(streamed) + whole
    return kept, path


def _ids_in(value: Json, names: frozenset[str]) -> Iterator[str]:
    """The ids of a conversation, in the order in which they stand."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key in names and isinstance(each, str) and each:
                yield each
            else:
                yield from _ids_in(each, names)
    elif isinstance(value, list):
        for each in value:
            yield from _ids_in(each, names)


def _with_ids_named(value: Json, fields: frozenset[str], names: dict[str, str]) -> Json:
    if isinstance(value, dict):
        return {
            key: names.get(each, each)
            if key in fields and isinstance(each, str)
            else _with_ids_named(each, fields, names)
            for key, each in value.items()
        }
    return [_with_ids_named(each, fields, names) for each in value] if isinstance(value, list) else value


def _renamed(text: str) -> str:
    """A text as it reads after the project's renaming."""
    for rewrite in REWRITES:
        for new, old in rewrite.undo:
            text = text.replace(old, new)
    return text
