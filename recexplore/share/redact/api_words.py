"""Words that an API says in fields in which people write, too: roles, reasons, states, actions, codes.

Takes the name of a field and a text, says whether the text is such a word. Finish reasons are those of all dialects, phrases
those of HTTP. What is not listed is somebody's text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from recexplore.read.registry import known

__all__ = ["has_closed_vocabulary", "is_api_word", "is_http_phrase"]

_CLOSED: Final = frozenset(["author", "role", "detail", "code", "category", "statustext"])
_CLOSED_NAME: Final = re.compile(r".*(?:[Rr]eason|[Ss]tatus|[Aa]ction)")
_ROLES: Final = (
    "user", "assistant", "system", "developer", "tool", "function", "model", "agent", "chatbot", "ipython", "reasoning",
    "activity",
)  # fmt: skip
_STATES: Final = (
    "cancelling", "created", "deleted", "deprecated", "done", "finalizing", "generally-available", "generating",
    "interpreting", "live", "ok", "pending", "preview", "ready", "running", "searching", "validating", "working",
)  # fmt: skip
_ACTIONS: Final = ("accept", "anonymized", "blocked", "cancel", "click", "decline", "intervened", "search")
_DETAILS: Final = ("auto", "low", "high", "original")
_CAUSES: Final = ("client_cancelled", "provider_sdk", "turn_detected")
_CODES: Final = (
    # of gRPC, but for those that are phrases of HTTP
    "already_exists", "data_loss", "deadline_exceeded", "failed_precondition", "internal", "invalid_argument",
    "out_of_range", "permission_denied", "resource_exhausted", "unauthenticated", "unavailable", "unimplemented",
    # of providers
    "authentication_error", "batch_expired", "content_policy_violation", "context_length_exceeded", "insufficient_quota",
    "internal_error", "invalid_api_key", "invalid_base64", "invalid_function_parameters", "invalid_image",
    "invalid_image_url", "invalid_prompt", "invalid_request", "invalid_request_error", "invalid_type", "invalid_value",
    "json_validate_failed", "missing_required_parameter", "model_decommissioned", "model_not_found",
    "model_not_supported", "overloaded", "overloaded_error", "permission_error", "previous_response_not_found",
    "rate_limit", "rate_limit_error", "rate_limit_exceeded", "request_too_large", "server_error", "session_expired",
    "string_above_max_length", "tool_use_failed", "unknown_parameter", "unsupported_country_region_territory",
    "unsupported_parameter", "unsupported_value", "validation_error", "wrong_api_key",
)  # fmt: skip
_LISTED: Final = (*_ROLES, *_STATES, *_ACTIONS, *_DETAILS, *_CAUSES, *_CODES)
_PHRASES: Final = frozenset(each.phrase for each in HTTPStatus)
_HTTP_CODE: Final = re.compile(r"[1-5][0-9][0-9]")
_ENUM: Final = re.compile(r"[A-Z0-9]+(?:_[A-Z0-9]+)+")
_LEAST_OF_A_NAME: Final = 4


def has_closed_vocabulary(name: str) -> bool:
    """Whether people write in a field as often as an API does: only `is_api_word` tells then."""
    return name.lower() in _CLOSED or _CLOSED_NAME.fullmatch(name) is not None


def is_http_phrase(value: str) -> bool:
    """Whether a text is what HTTP says of a status, its number before it or not."""
    code, _, phrase = value.partition(" ")
    return value in _PHRASES or (_HTTP_CODE.fullmatch(code) is not None and phrase in _PHRASES)


def is_api_word(name: str, value: str) -> bool:
    """Whether a text is a word that some API says in a field of closed vocabulary."""
    if not value.isascii():
        return False
    is_number = _HTTP_CODE.fullmatch(value) is not None
    return (
        is_number or is_http_phrase(value) or _plain(value) in _words(known().finish_words) or _is_enum_of(name, value)
    )


def _is_enum_of(name: str, value: str) -> bool:
    """Whether a text is a value as protocol buffers name them, after its field: ``HARM_CATEGORY_HARASSMENT``."""
    if _ENUM.fullmatch(value) is None:
        return False
    words = (word.lower() for word in value.split("_")[:-1])
    return any(len(word) >= _LEAST_OF_A_NAME and name.lower().endswith(word) for word in words)


@lru_cache(maxsize=1)
def _words(finish_words: frozenset[str]) -> frozenset[str]:
    return frozenset(map(_plain, (*_LISTED, *_PHRASES, *finish_words)))


def _plain(word: str) -> str:
    """A word however an API spells it: ``Not Found``, ``NOT_FOUND``, ``NotFound``."""
    return re.sub(r"[ _-]", "", word).lower()
