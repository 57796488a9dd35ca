"""The URL under which llama-stack's recorder looks for a call."""

from __future__ import annotations

import pytest

from recexplore.matching.noted_url import noted_url


@pytest.mark.parametrize(
    ("sent", "noted"),
    [
        ("https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1/v1/chat/completions"),
        ("https://api.groq.com/openai/v1/responses", "https://api.groq.com/openai/v1/v1/responses"),
        ("https://h/chat/completions?a=b", "https://h/v1/chat/completions?a=b"),
        ("http://127.0.0.1:11434/v1/embeddings", "http://127.0.0.1:11434/v1/v1/embeddings"),
        ("https://h/v1/completions", "https://h/v1/v1/completions"),
        # What the recorder does not catch in the SDK.
        ("https://api.anthropic.com/v1/messages", "https://api.anthropic.com/v1/messages"),
        ("https://h/v1/responses/resp_1", "https://h/v1/responses/resp_1"),
        ("https://h/my-embeddings", "https://h/my-embeddings"),
        ("http://[", "http://["),
        ("", ""),
    ],
)
def test_the_path_of_the_call_stands_behind_the_base_url(sent: str, noted: str) -> None:
    assert noted_url(sent) == noted
