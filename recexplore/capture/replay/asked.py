"""What a client asked for, as `recexplore.matching` takes it.

Takes method, target and body as they came, gives a `Request`; takes a recorded one, gives it as its client must have sent
it: the recorder of llama-stack (now OGX) notes the arguments of the SDK, which are not all sent as they are called. Never
raises for what a client sends.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

from recexplore.matching.generations import CURRENT
from recexplore.matching.ogx_hash import hash_of
from recexplore.matching.request import Request, is_too_deep
from recexplore.model.exchange import Json

__all__ = ["as_sent", "asked_request", "key_of"]

_OF_THE_SDK: Final = ("extra_headers", "extra_query", "timeout")
"""Arguments of SDKs that are no part of the body."""
_MERGED: Final = "extra_body"
_ANYWHERE: Final = "//recorded/"
"""Stands for every URL: places are compared apart from bodies."""


def asked_request(method: str, target: str, body: bytes) -> Request:
    """The request that came; ``target`` is a path, and perhaps a query."""
    path = target.partition("?")[0]
    value = _decoded(body)
    if isinstance(value, RecursionError) or is_too_deep(value):
        return Request("inference", None, method, target, path, is_too_deep=True)
    return Request("inference", value if isinstance(value, dict) else {"body": value}, method, target, path)


def _decoded(body: bytes) -> Json:
    """The JSON of a body, its text where it is none; an empty object where there is nothing."""
    if not body.strip():
        return {}
    try:
        return json.loads(body)
    except RecursionError as error:
        return error
    except ValueError:
        return body.decode("utf-8", "replace")


def as_sent(recorded: Request) -> Request:
    """A recorded request as its client sent it, told as one of HTTP; without its test, which no client tells."""
    body = recorded.body
    if isinstance(body, dict) and (_MERGED in body or any(name in body for name in _OF_THE_SDK)):
        more = body.get(_MERGED)
        body = {name: value for name, value in body.items() if name not in (*_OF_THE_SDK, _MERGED)}
        body |= more if isinstance(more, dict) else {}
    return replace(recorded, kind="inference", body=body, test_id=None)


def key_of(request: Request) -> str | None:
    """The hash of method and body, wherever they go; None where the request is nested too deeply.

    Without a body it is the same for all methods: some recorders note every call as ``POST``, and who knows them compares
    the others.
    """
    method = (request.method or "POST") if request.body else "GET"
    return hash_of(replace(request, kind="inference", method=method, url=_ANYWHERE, test_id=None), CURRENT)
