"""The classes that the recorder of llama-stack (now OGX) labels what it recorded with.

Takes a dialect and whether it was streamed, gives the label; None where the recorder knows no class of it. By the label its
replay makes an SDK's object of what was recorded. Of an answer that is an error it makes the SDK's exception.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from recexplore.model.exchange import Json

__all__ = ["labelled", "ogx_exception", "ogx_label"]

_OPENAI: Final = "openai.types."
_LABELS: Final[Mapping[tuple[str, bool], str]] = {
    ("openai_chat", True): f"{_OPENAI}chat.chat_completion_chunk.ChatCompletionChunk",
    ("openai_chat", False): f"{_OPENAI}chat.chat_completion.ChatCompletion",
    ("openai_completions", True): f"{_OPENAI}completion.Completion",
    ("openai_completions", False): f"{_OPENAI}completion.Completion",
    ("embeddings", False): f"{_OPENAI}create_embedding_response.CreateEmbeddingResponse",
}

_EXCEPTIONS: Final[Mapping[int, str]] = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}
"""What the official client of OpenAI raises, which providers are asked with."""
_SERVER_ERROR: Final = 500


def ogx_label(dialect: str, *, streaming: bool) -> str | None:
    """The class of the recorded objects."""
    return _LABELS.get((dialect, streaming))


def labelled(chunk: Json, label: str | None) -> Json:
    """A chunk as the recorder writes it."""
    return chunk if label is None else {"__type__": label, "__data__": chunk}


def ogx_exception(status: int, body: Json) -> dict[str, Json]:
    """The response of an error as the recorder writes it: the exception that the official client of OpenAI raised."""
    message = f"Error code: {status} - {body}"
    error = body.get("error", body) if isinstance(body, Mapping) else body
    return {
        "body": None,
        "is_streaming": False,
        "is_exception": True,
        "exception_data": {
            "category": "provider_sdk",
            "provider": "openai",
            "type": _EXCEPTIONS.get(status, "InternalServerError" if status >= _SERVER_ERROR else "APIStatusError"),
            "message": message,
            "status_code": status,
            "body": error,
        },
        "exception_message": message,
    }
