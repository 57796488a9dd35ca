from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.read.exchange.provider_hosts import provider_of


@pytest.mark.parametrize(
    ("url", "provider"),
    [
        ("https://api.openai.com/v1/chat/completions", "openai"),
        ("https://API.OpenAI.com/v1", "openai"),
        ("https://shan.cognitiveservices.azure.com/openai/v1", "azure"),
        ("https://x.openai.azure.com/", "azure"),
        ("https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1", "bedrock"),
        ("https://bedrock-mantle.us-east-1.api.aws/v1", "bedrock"),
        ("https://generativelanguage.googleapis.com/v1beta/openai", "gemini"),
        ("https://us-central1.ml.cloud.ibm.com/ml", "watsonx"),
        ("http://localhost:11434/api/chat", "ollama"),
        ("http://127.0.0.1:8000/v1", "vllm"),
        ("http://[::1]:11434/", "ollama"),
        ("http://localhost:9999/v1", "localhost:9999"),
        ("https://llm.example.org/v1", "llm.example.org"),
        ("https://llm.example.org:8443/v1", "llm.example.org:8443"),
        ("http://example.org:11434/", "example.org:11434"),
    ],
)
def test_hosts(url: str, provider: str) -> None:
    assert provider_of(url) == provider


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com.example.org/",
        "https://notapi.openai.com/",
        "https://evilopenai.azure.com/",
        "https://bedrock.example.org/",
        "https://user:api.openai.com@example.org/",
    ],
)
def test_a_host_that_only_looks_like_one_is_not(url: str) -> None:
    assert provider_of(url) not in {"openai", "azure", "bedrock"}


@pytest.mark.parametrize("url", [None, "", "/v1/models", "http://[", "http://x:port/", "nonsense"])
def test_no_host_no_provider(url: str | None) -> None:
    assert provider_of(url) is None


@given(st.text())
def test_no_url_makes_it_raise(url: str) -> None:
    provider_of(url)
    provider_of(f"https://{url}/v1")


def test_bundled_providers(bundled) -> None:
    providers = bundled.recordings.set_index("recording")["provider"].to_dict()

    assert providers == {
        "94d11daee205": "azure",
        "f6960cae871e": "openai",
        "2c7ef062cd35": "openai",
        "007c4711219f": "openai",
        "f27523f3fec8": "bedrock",
    }
