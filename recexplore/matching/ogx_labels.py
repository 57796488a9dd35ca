"""The classes that the recorder of llama-stack (now OGX) labels what it recorded with.

Takes a dialect and whether it was streamed, gives the label; None where the recorder knows no class of it. By the label its
replay makes an SDK's object of what was recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from recexplore.model.exchange import Json

__all__ = ["labelled", "ogx_label"]

_OPENAI: Final = "openai.types."
_LABELS: Final[Mapping[tuple[str, bool], str]] = {
    ("openai_chat", True): f"{_OPENAI}chat.chat_completion_chunk.ChatCompletionChunk",
    ("openai_chat", False): f"{_OPENAI}chat.chat_completion.ChatCompletion",
    ("openai_completions", True): f"{_OPENAI}completion.Completion",
    ("openai_completions", False): f"{_OPENAI}completion.Completion",
    ("embeddings", False): f"{_OPENAI}create_embedding_response.CreateEmbeddingResponse",
}


def ogx_label(dialect: str, *, streaming: bool) -> str | None:
    """The class of the recorded objects."""
    return _LABELS.get((dialect, streaming))


def labelled(chunk: Json, label: str | None) -> Json:
    """A chunk as the recorder writes it."""
    return chunk if label is None else {"__type__": label, "__data__": chunk}
