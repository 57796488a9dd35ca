"""Google's enums, which some clients ask for as numbers (``$alt=json;enum-encoding=int``), by their names.

Takes numbers and who answered, gives names: Vertex and Google AI number the same names differently. Sources: the enums of
https://cloud.google.com/vertex-ai/docs/reference/rpc/google.cloud.aiplatform.v1 and of
https://ai.google.dev/api/generate-content. What nobody names stays a number.
"""

from __future__ import annotations

from typing import Final

from recexplore.model.exchange import Json

__all__ = ["finish_name", "named_feedback", "named_ratings"]

_VERTEX: Final = "vertexai"
_GOOGLE_AI: Final = "gemini"

_FINISH_REASONS: Final = {
    _VERTEX: (
        "FINISH_REASON_UNSPECIFIED",
        "STOP",
        "MAX_TOKENS",
        "SAFETY",
        "RECITATION",
        "OTHER",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "MALFORMED_FUNCTION_CALL",
        "MODEL_ARMOR",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
        "IMAGE_OTHER",
        "UNEXPECTED_TOOL_CALL",
        "NO_IMAGE",
    ),
    _GOOGLE_AI: (
        "FINISH_REASON_UNSPECIFIED",
        "STOP",
        "MAX_TOKENS",
        "SAFETY",
        "RECITATION",
        "OTHER",
        "LANGUAGE",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "MALFORMED_FUNCTION_CALL",
        "IMAGE_SAFETY",
        "UNEXPECTED_TOOL_CALL",
        "TOO_MANY_TOOL_CALLS",
    ),
}
_CATEGORIES: Final = {
    _VERTEX: (
        "HARM_CATEGORY_UNSPECIFIED",
        "HARM_CATEGORY_HATE_SPEECH",
        "HARM_CATEGORY_DANGEROUS_CONTENT",
        "HARM_CATEGORY_HARASSMENT",
        "HARM_CATEGORY_SEXUALLY_EXPLICIT",
        "HARM_CATEGORY_CIVIC_INTEGRITY",
        "HARM_CATEGORY_JAILBREAK",
    ),
    _GOOGLE_AI: (
        "HARM_CATEGORY_UNSPECIFIED",
        "HARM_CATEGORY_DEROGATORY",
        "HARM_CATEGORY_TOXICITY",
        "HARM_CATEGORY_VIOLENCE",
        "HARM_CATEGORY_SEXUAL",
        "HARM_CATEGORY_MEDICAL",
        "HARM_CATEGORY_DANGEROUS",
        "HARM_CATEGORY_HARASSMENT",
        "HARM_CATEGORY_HATE_SPEECH",
        "HARM_CATEGORY_SEXUALLY_EXPLICIT",
        "HARM_CATEGORY_DANGEROUS_CONTENT",
        "HARM_CATEGORY_CIVIC_INTEGRITY",
    ),
}
_BLOCK_REASONS: Final = {
    _VERTEX: (
        "BLOCKED_REASON_UNSPECIFIED",
        "SAFETY",
        "OTHER",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "MODEL_ARMOR",
        "IMAGE_SAFETY",
        "JAILBREAK",
    ),
    _GOOGLE_AI: (
        "BLOCK_REASON_UNSPECIFIED",
        "SAFETY",
        "OTHER",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "IMAGE_SAFETY",
    ),
}
_PROBABILITIES: Final = ("HARM_PROBABILITY_UNSPECIFIED", "NEGLIGIBLE", "LOW", "MEDIUM", "HIGH")
_SEVERITIES: Final = (
    "HARM_SEVERITY_UNSPECIFIED",
    "HARM_SEVERITY_NEGLIGIBLE",
    "HARM_SEVERITY_LOW",
    "HARM_SEVERITY_MEDIUM",
    "HARM_SEVERITY_HIGH",
)


def _name(value: Json, names: tuple[str, ...]) -> Json:
    """The name that a number stands for; what is no number of a name stays as it is."""
    return names[value] if type(value) is int and 0 <= value < len(names) else value


def _of(provider: str | None, names: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    return names[_GOOGLE_AI if provider == _GOOGLE_AI else _VERTEX]


def finish_name(value: Json, provider: str | None) -> Json:
    """The name of a finish reason."""
    return _name(value, _of(provider, _FINISH_REASONS))


def named_ratings(ratings: Json, provider: str | None) -> Json:
    """Safety ratings with names in the place of numbers."""
    if type(ratings) is not list:
        return ratings
    names = {
        "category": _of(provider, _CATEGORIES),
        "probability": _PROBABILITIES,
        "severity": _SEVERITIES,
    }
    return [
        {field: _name(value, names[field]) if field in names else value for field, value in rating.items()}
        if type(rating) is dict
        else rating
        for rating in ratings
    ]


def named_feedback(feedback: Json, provider: str | None) -> Json:
    """What is said of a prompt, with names in the place of numbers, in either spelling."""
    if type(feedback) is not dict:
        return feedback
    named = dict(feedback)
    for field in ("blockReason", "block_reason"):
        if field in named:
            named[field] = _name(named[field], _of(provider, _BLOCK_REASONS))
    for field in ("safetyRatings", "safety_ratings"):
        if field in named:
            named[field] = named_ratings(named[field], provider)
    return named
