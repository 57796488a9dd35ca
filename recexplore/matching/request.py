"""A request as its recorder saw it, whoever brings it.

Takes a `Recording`, a dict or the path of a JSON file, gives a `Request`. Knows the four shapes in which llama-stack (now
OGX) notes requests: inference (``body``), HTTP (``payload``), tools (``tool_name``, ``kwargs``) and files (``api``). Never
walks deeper than `MAX_DEPTH`: what is nested deeper is neither hashed nor compared, and says so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args
from urllib.parse import urlparse

from recexplore.corpus import Corpus, Recording
from recexplore.matching.noted_url import noted_url
from recexplore.model.errors import NotLoadable, SourceChanged
from recexplore.model.exchange import Ended, Json
from recexplore.read.workers import watched

__all__ = ["MAX_DEPTH", "Asked", "Kind", "Request", "is_too_deep", "request_of", "requests_of", "url_path"]

MAX_DEPTH: Final = 200
"""Levels of nesting that are looked into: far more than any API takes, far less than Python's stack holds."""

Kind: TypeAlias = Literal["inference", "http", "tool", "file"]
"""By which of its ways the recorder hashes a request."""

Asked: TypeAlias = "Recording | Request | Mapping[str, Json] | str | os.PathLike[str]"
"""What may stand for a request: a recording, a dict, the path of a JSON file with either in it, or what it was read as."""

_HTTP_URLS: Final = ("/v1/messages", "/interactions", "/rerank")
"""In whose URLs the recorder catches plain HTTP (``_patched_httpx_async_post``, ``_patched_aiohttp_post``)."""
_FACTS: Final = ("method", "url", "endpoint", "test_id", "provider", "envelope", "ended")
_OF_AN_SDK: Final = "llama-stack"
_ENDS: Final[frozenset[Json]] = frozenset(get_args(Ended))
_PLACES: Final = frozenset({"method", "url", "endpoint"})


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One request.

    Attributes
    ----------
    body
        What was sent: the JSON body, an HTTP payload, or the arguments of a tool. None where it is nested too deeply.
    url, endpoint
        As recorded; the recorder hashes the URL's path, which may hold more than the endpoint.
    is_sent_url
        Whether the URL is the one that was asked over the network; else it is the one that the recorder notes.
    test_id
        The test that asked; None outside of tests.
    tool
        Provider and name of the tool, for requests of that kind.
    """

    kind: Kind
    body: Json
    method: str | None = None
    url: str | None = None
    endpoint: str | None = None
    test_id: str | None = None
    tool: tuple[str | None, str | None] = (None, None)
    is_too_deep: bool = False
    is_sent_url: bool = False

    @property
    def noted_url(self) -> str | None:
        """The URL as llama-stack's recorder notes it, whoever recorded the request."""
        return noted_url(self.url) if self.url is not None and self.is_sent_url else self.url

    @property
    def is_told(self) -> bool:
        """Whether there is anything of a request: a recorder may have kept the answer only."""
        return bool(self.body or self.url or self.endpoint or self.is_too_deep)

    @property
    def model(self) -> str | None:
        return _text(self.body.get("model")) if isinstance(self.body, dict) else None


def request_of(asked: Asked) -> Request:
    """The request that something stands for.

    Parameters
    ----------
    asked
        A `Recording`; a dict as the recorder writes it (``{"request": …, "test_id": …}``), its ``request`` alone
        (``method``, ``url``, ``body``, perhaps ``test_id``) or just a body; the path of a JSON file that holds one; or a
        `Request`, which is given back.

    Raises
    ------
    NotLoadable
        It is not JSON, or no request.
    SourceChanged
        The file behind a recording is gone or is not what was loaded.
    """
    if isinstance(asked, Request):
        return asked
    if isinstance(asked, Recording):
        return _recorded(asked, tuple(asked.facts[list(_FACTS)]))
    if isinstance(asked, Mapping):
        return _from_document(asked, "the request")
    if isinstance(asked, str | os.PathLike):
        return _from_document(_read(asked), os.fspath(asked))
    raise TypeError(f"a request is a recording, a dict or a path, not {type(asked).__name__}")


def requests_of(corpus: Corpus, positions: Sequence[int] | None = None) -> Iterator[tuple[Recording, Request | None]]:
    """Every recording, or those at some positions, with its request; None where its file is not what was loaded any more."""
    chosen = range(len(corpus)) if positions is None else positions
    facts = corpus.recordings[list(_FACTS)].iloc[list(chosen)] if len(chosen) else None
    rows = iter(()) if facts is None else facts.itertuples(index=False, name=None)
    pairs = zip(map(corpus.__getitem__, chosen), rows, strict=True)
    for recording, row in watched(pairs, total=len(chosen), unit="recording", doing="reading requests"):
        try:
            yield recording, _recorded(recording, row)
        except SourceChanged:
            yield recording, None


def is_too_deep(value: Json) -> bool:
    """Whether a value is nested deeper than `MAX_DEPTH`, found without recursion."""
    waiting = [(value, 1)]
    while waiting:
        each, depth = waiting.pop()
        if isinstance(each, Mapping | list | tuple):
            if depth > MAX_DEPTH:
                return True
            inner = each.values() if isinstance(each, Mapping) else each
            waiting.extend((part, depth + 1) for part in inner if isinstance(part, Mapping | list | tuple))
    return False


def _recorded(recording: Recording, facts: tuple[Any, ...]) -> Request:
    method, url, endpoint, test_id, provider, envelope, ended = map(_text, facts)
    is_sent_url = _is_sent(envelope, ended)
    try:
        body: Json = recording.request
        # Frames hold URLs without credentials; what a recorder hashed may have had some.
        url = recording.url if url is not None else None
    except RecursionError:
        return Request("inference", None, method, url, endpoint, test_id, is_too_deep=True)
    if "tool_name" in body and "kwargs" in body:
        tool = (provider, _text(body["tool_name"]))
        return _shallow(Request("tool", body["kwargs"], endpoint=endpoint, test_id=test_id, tool=tool))
    if "api" in body and not url:
        return _shallow(Request("file", body, endpoint=endpoint, test_id=test_id))
    return _shallow(Request(_kind(url), body, method, url, endpoint, test_id, is_sent_url=is_sent_url))


def _is_sent(envelope: str | None, ended: Json) -> bool:
    """Whether the URL of a recording went over the network: captures, kept as llama-stack's recordings are, say how they
    ended."""
    return envelope != _OF_AN_SDK or (isinstance(ended, str) and ended in _ENDS)


def _from_document(document: Json, name: str) -> Request:
    """The request in a decoded document, in any of the shapes that a recorder or a person writes."""
    if not isinstance(document, Mapping):
        raise NotLoadable(f"{name} holds no request: expected an object, found {type(document).__name__}")
    request = document.get("request", document)
    if not isinstance(request, Mapping):
        raise NotLoadable(f"{name} holds no request: `request` is no object")
    found = _shallow(_in_shape(request, _text(document.get("test_id")) or _text(request.get("test_id"))))
    timing = document.get("timing")
    ended = timing.get("end") if isinstance(timing, Mapping) else None
    found = replace(found, is_sent_url=_is_sent(_OF_AN_SDK, ended))
    if not found.is_told:
        raise NotLoadable(f"{name} holds no request: neither a body nor a URL or an endpoint")
    try:
        return found if found.is_too_deep else replace(found, body=json.loads(json.dumps(found.body)))
    except TypeError as error:
        raise NotLoadable(f"{name} is not JSON: {error}") from error


def _in_shape(request: Mapping[str, Json], test_id: str | None) -> Request:
    """The request, by what it holds."""
    method, url, endpoint = (_text(request.get(key)) for key in ("method", "url", "endpoint"))
    if "tool_name" in request and "kwargs" in request:
        tool = (_text(request.get("provider")), _text(request["tool_name"]))
        return Request("tool", request["kwargs"], endpoint=tool[1], test_id=test_id, tool=tool)
    if "api" in request and not url:
        body = {key: value for key, value in request.items() if key not in ("test_id", "provider")}
        return Request("file", body, endpoint=_text(request["api"]), test_id=test_id)
    if "payload" in request:
        return Request("http", request["payload"], method, url, endpoint or url_path(url), test_id)
    if "body" in request or _PLACES & request.keys():
        return Request(_kind(url), request.get("body") or {}, method, url, endpoint or url_path(url), test_id)
    return Request("inference", {key: value for key, value in request.items() if key != "test_id"}, test_id=test_id)


def _read(path: str | os.PathLike[str]) -> Json:
    try:
        return json.loads(Path(path).read_bytes())
    except (ValueError, RecursionError) as error:
        found = "nested too deeply" if isinstance(error, RecursionError) else error
        raise NotLoadable(f"{os.fspath(path)} holds no request: not readable as JSON ({found})") from error


def _shallow(request: Request) -> Request:
    """The request, without its body where that is nested too deeply."""
    return replace(request, body=None, is_too_deep=True) if is_too_deep(request.body) else request


def _kind(url: str | None) -> Kind:
    return "http" if url is not None and any(part in url for part in _HTTP_URLS) else "inference"


def url_path(url: str | None) -> str | None:
    """The path of a URL, as it is hashed; None where it is no URL."""
    try:
        return urlparse(url).path if url is not None else None
    except ValueError:
        return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
