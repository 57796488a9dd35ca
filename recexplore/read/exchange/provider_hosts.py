"""Who answers at a URL.

Takes a URL, gives the provider's short name, else the host. Never guesses from a model's name.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

__all__ = ["provider_of"]

_HOSTS: Final = (
    ("api.openai.com", "openai"),
    (".openai.azure.com", "azure"),
    (".cognitiveservices.azure.com", "azure"),
    (".services.ai.azure.com", "azure"),
    (".inference.ai.azure.com", "azure"),
    ("api.anthropic.com", "anthropic"),
    ("generativelanguage.googleapis.com", "gemini"),
    ("aiplatform.googleapis.com", "vertexai"),
    ("api.fireworks.ai", "fireworks"),
    ("api.together.xyz", "together"),
    ("api.together.ai", "together"),
    ("api.groq.com", "groq"),
    ("api.mistral.ai", "mistral"),
    ("api.deepseek.com", "deepseek"),
    ("api.cerebras.ai", "cerebras"),
    ("api.sambanova.ai", "sambanova"),
    ("api.cohere.com", "cohere"),
    ("api.x.ai", "xai"),
    ("api.tavily.com", "tavily"),
    ("openrouter.ai", "openrouter"),
    ("router.huggingface.co", "huggingface"),
    (".nvidia.com", "nvidia"),
    (".ml.cloud.ibm.com", "watsonx"),
    (".databricks.com", "databricks"),
    (".azuredatabricks.net", "databricks"),
    (".llamameta.net", "llama-api"),
    ("api.llama.com", "llama-api"),
)
_PORTS: Final = {11434: "ollama", 8000: "vllm", 1234: "lmstudio"}
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "0.0.0.0", "::1", "host.docker.internal"})


@lru_cache(maxsize=4096)
def provider_of(url: str | None) -> str | None:
    """The provider behind a URL, by host; local servers by their usual port."""
    try:
        parts = urlsplit(url or "")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    if host.startswith("bedrock") and host.endswith((".amazonaws.com", ".api.aws")):
        return "bedrock"
    for suffix, provider in _HOSTS:
        if host == suffix or (suffix.startswith(".") and host.endswith(suffix)):
            return provider
    if host in _LOCAL and port in _PORTS:
        return _PORTS[port]
    return (f"{host}:{port}" if port else host) or None
