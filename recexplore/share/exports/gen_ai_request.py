"""What a request asked for, in the attributes of OpenTelemetry's conventions for generative AI.

Takes a recording, gives attributes; what the request does not say is None.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from recexplore.corpus import Recording
from recexplore.model.errors import SourceChanged
from recexplore.model.exchange import Json
from recexplore.model.plain_values import plain
from recexplore.read.registry import known
from recexplore.views.text.without_credentials import shown_request

__all__ = ["request_attributes"]

_SAMPLING: Final[Mapping[str, tuple[tuple[str, ...], type]]] = {
    "seed": (("seed", "random_seed"), int),
    "temperature": (("temperature",), float),
    "top_p": (("top_p", "topP", "p"), float),
    "top_k": (("top_k", "topK", "k"), int),
    "frequency_penalty": (("frequency_penalty", "frequencyPenalty"), float),
    "presence_penalty": (("presence_penalty", "presencePenalty"), float),
}
"""Names of settings, as requests of today's APIs write them."""
_PORTS: Final = {"http": 80, "https": 443}


def request_attributes(recording: Recording, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Model, number of choices, limits, settings, and the server that was asked."""
    asked = {str(name): plain(value) for name, value in recording.requests.iloc[0].items()}
    n_choices = facts["n_requested"]
    return {
        "gen_ai.request.model": facts["model_requested"],
        "gen_ai.request.choice.count": None if n_choices == 1 else n_choices,
        "gen_ai.request.stream": True if facts["streaming"] else None,
        "gen_ai.request.max_tokens": asked["max_tokens"],
        "gen_ai.request.stop_sequences": json.loads(asked["stop"]) if asked["stop"] else None,
        **_sampling(_body(recording)),
        **_server(facts["url"]),
    }


def _body(recording: Recording) -> dict[str, Json]:
    try:
        return shown_request(recording)
    except SourceChanged:
        return {}


def _sampling(body: Mapping[str, Json]) -> dict[str, Any]:
    places = [body, *(body[name] for name in known().request.settings if isinstance(body.get(name), dict))]
    found: dict[str, Any] = {}
    for name, (names, kind) in _SAMPLING.items():
        said = (place[each] for place in places for each in names if type(place.get(each)) in (int, float))
        if (value := next(said, None)) is not None and (kind is float or float(value).is_integer()):
            found[f"gen_ai.request.{name}"] = kind(value)
    return found


def _server(url: str | None) -> dict[str, Any]:
    try:
        parts = urlsplit(url or "")
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return {}
    return {"server.address": host, "server.port": port} if host else {}
