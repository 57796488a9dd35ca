"""The classes that the recorder of llama-stack (now OGX) labels what it recorded with.

Takes a dialect and whether it was streamed, gives the label; None where the recorder knows no class of it. By the label its
replay makes an SDK's object of what was recorded. Of an answer that is an error, or of a stream that ends with one, it makes
the exception that the SDK raised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from recexplore.model.exchange import Json

__all__ = [
    "has_classes",
    "labelled",
    "labelled_chunk",
    "message_in_stream",
    "ogx_exception",
    "ogx_label",
    "ogx_raised",
]

_OPENAI: Final = "openai.types."
_LABELS: Final[Mapping[tuple[str, bool], str]] = {
    ("openai_chat", True): f"{_OPENAI}chat.chat_completion_chunk.ChatCompletionChunk",
    ("openai_chat", False): f"{_OPENAI}chat.chat_completion.ChatCompletion",
    ("openai_completions", True): f"{_OPENAI}completion.Completion",
    ("openai_completions", False): f"{_OPENAI}completion.Completion",
    ("embeddings", False): f"{_OPENAI}create_embedding_response.CreateEmbeddingResponse",
    ("openai_responses", False): f"{_OPENAI}responses.response.Response",
}
_EVENTS: Final = "openai_responses"
"""The dialect whose streams have a class for each type of event, all named alike but for these words."""
_RENAMED: Final = {"output_text.delta": "text.delta", "output_text.done": "text.done"}
_SHORTENED: Final = ("image_generation_call", "image_gen_call")
_TYPE: Final = re.compile(r"(?:response\.)?([a-z_]+(?:\.[a-z_]+){0,3})")

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


def has_classes(dialect: str) -> bool:
    """Whether the recorder has classes for the chunks of a dialect's streams."""
    return dialect == _EVENTS or (dialect, True) in _LABELS


def labelled_chunk(chunk: Json, dialect: str) -> Json:
    """A chunk of a stream as the recorder writes it."""
    return labelled(chunk, _event_label(chunk) if dialect == _EVENTS else ogx_label(dialect, streaming=True))


def _event_label(event: Json) -> str | None:
    """The class of an event of Responses; None where it is none."""
    kind = event.get("type") if isinstance(event, Mapping) else None
    found = _TYPE.fullmatch(kind) if isinstance(kind, str) else None
    if found is None:
        return None
    words = _RENAMED.get(found[1], found[1]).replace(*_SHORTENED).replace(".", "_")
    module = f"response_{words}_event"
    return f"{_OPENAI}responses.{module}." + "".join(word.capitalize() for word in module.split("_"))


def message_in_stream(chunk: Json) -> str | None:
    """What the SDK says that raises an exception for a chunk; None for a chunk that it hands on."""
    error = chunk.get("error") if isinstance(chunk, Mapping) else None
    if not error:
        return None
    message = error.get("message") if isinstance(error, Mapping) else None
    return message if isinstance(message, str) and message else "An error occurred during streaming"


def labelled(chunk: Json, label: str | None) -> Json:
    """A chunk as the recorder writes it."""
    return chunk if label is None else {"__type__": label, "__data__": chunk}


def ogx_exception(status: int, body: Json) -> dict[str, Json]:
    """The response of an error as the recorder writes it: the exception that the official client of OpenAI raised."""
    error = body.get("error", body) if isinstance(body, Mapping) else body
    said = error.get("message") if isinstance(error, Mapping) else None
    message = f"Error code: {status}" + (f" - {said}" if isinstance(said, str) and said else "")
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


def ogx_raised(kind: str, message: str) -> dict[str, Json]:
    """What the recorder writes beside the chunks of a stream in which the SDK raised an exception; its replay raises it in
    their place."""
    data = {"category": "unknown", "type": kind, "message": message}
    return {"is_exception": True, "exception_data": data, "exception_message": message}
