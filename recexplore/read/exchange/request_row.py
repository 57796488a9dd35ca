"""What was asked: the row of ``requests``.

Takes an exchange, gives plain values. It follows the names under which providers put each setting, not the providers, and
never looks at the answer. What has a wrong type was not asked.
"""

from __future__ import annotations

import re
from typing import Any, Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.read.exchange.declared_tools import declared_in

__all__ = ["request_row"]

_CONFIGS: Final = ("generationConfig", "generation_config", "config", "options", "inferenceConfig")
"""Where Gemini, Ollama and Bedrock put settings."""
_LIMITS: Final = (
    "max_completion_tokens",
    "max_output_tokens",
    "max_tokens",
    "maxOutputTokens",
    "maxTokens",
    "num_predict",
)
_SPECIAL: Final = re.compile(
    rb"<\|[^<>|\s]{1,40}\|>|<\xef\xbd\x9c[^<>\s]{1,120}\xef\xbd\x9c>|<(?:start|end)_of_turn>|\[/?INST\]|\xef\xbf\xbd|\xed[\xa0-\xbf][\x80-\xbf]"
)
"""Tokens between ``<|`` and ``|>``, or DeepSeek's full-width bars; Gemma's and Mistral's; U+FFFD."""
_NOTHING: Final[dict[str, Json]] = {}


def request_row(exchange: Exchange, body: bytes | None) -> dict[str, Any]:
    """The row of ``requests``; all missing where no request was recorded. ``body`` is the request as JSON."""
    request = exchange.request
    options = _object(request, "stream_options")
    tools = [tool.name for tool in declared_in(request)]
    return {
        "stream": _is_true(request, "stream"),
        "include_usage": _is_true(options, "include_usage"),
        "continuous_usage": _is_true(options, "continuous_usage_stats"),
        "tools": to_json_text(list(dict.fromkeys(tools))) if tools else None,
        "tool_choice": _tool_choice(request),
        "response_format": _response_format(request),
        "logprobs": _asks_logprobs(request),
        "max_tokens": _limit(request),
        "special_tokens": _special_tokens(body or b""),
    }


def _object(where: dict[str, Json], key: str) -> dict[str, Json]:
    value = where.get(key)
    return value if isinstance(value, dict) else _NOTHING


def _is_true(where: dict[str, Json], key: str) -> bool | None:
    value = where.get(key)
    return value if type(value) is bool else None


def _settings(request: dict[str, Json]) -> list[dict[str, Json]]:
    return [request, *(found for name in _CONFIGS if (found := _object(request, name)))]


def _tool_choice(request: dict[str, Json]) -> str | None:
    """A word (`auto`, `none`, `required`, `any`), or the name of the tool that was forced."""
    choice = request.get("tool_choice")
    config = _object(request, "toolConfig") or _object(request, "tool_config") or _object(request, "config")
    for name in ("functionCallingConfig", "function_calling_config", "toolChoice"):
        choice = choice or config.get(name)
    if isinstance(choice, str):
        return choice
    if not isinstance(choice, dict):
        return None
    forced = _object(choice, "function") or _object(choice, "tool") or choice
    for value in (forced.get("name"), choice.get("mode"), choice.get("type"), *choice):
        if isinstance(value, str):
            return value.lower() if value.isupper() else value
    return None


def _response_format(request: dict[str, Json]) -> str | None:
    """``json_schema`` or ``json_object`` where the answer has to be JSON, else what the request calls it."""
    text = _object(_object(request, "text"), "format")
    kind = (_object(request, "response_format") or text).get("type")
    if isinstance(kind, str):
        return kind
    for settings in _settings(request):
        media = settings.get("responseMimeType", settings.get("response_mime_type"))
        if media == "application/json":
            names = ("responseSchema", "response_schema", "responseJsonSchema", "response_json_schema")
            return "json_schema" if any(settings.get(name) for name in names) else "json_object"
    kind = request.get("format")
    if isinstance(kind, dict) and kind:
        return "json_schema"
    return "json_object" if kind == "json" else None


def _asks_logprobs(request: dict[str, Json]) -> bool | None:
    """Completions ask by a number, of which 0 asks too; chat by true or false."""
    asked = next(
        (each for each in (request.get("logprobs"), request.get("responseLogprobs")) if each is not None), None
    )
    return None if asked is None else asked is True or type(asked) is int


def _limit(request: dict[str, Json]) -> int | None:
    found = (settings.get(name) for settings in _settings(request) for name in _LIMITS)
    return next((limit for limit in found if type(limit) is int and 0 <= limit < 2**63), None)


def _special_tokens(body: bytes) -> str | None:
    """What an answer may merely quote, as a JSON list."""
    found = dict.fromkeys(_SPECIAL.findall(body))
    return to_json_text([token.decode("utf-8", "replace") for token in found]) if found else None
