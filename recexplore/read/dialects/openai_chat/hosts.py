"""Who speaks chat completions: host names and the short names of the providers there."""

from __future__ import annotations

from typing import Final

__all__ = ["HOSTS"]

HOSTS: Final = {
    "api.openai.com": "openai",
    "*.openai.azure.com": "azure",
    "*.cognitiveservices.azure.com": "azure",
    "*.services.ai.azure.com": "azure",
    "*.inference.ai.azure.com": "azure",
    "api.fireworks.ai": "fireworks",
    "api.together.xyz": "together",
    "api.together.ai": "together",
    "api.groq.com": "groq",
    "api.mistral.ai": "mistral",
    "api.deepseek.com": "deepseek",
    "api.cerebras.ai": "cerebras",
    "api.perplexity.ai": "perplexity",
    "api.moonshot.ai": "moonshot",
    "api.moonshot.cn": "moonshot",
    "api.ai21.com": "ai21",
    "api.portkey.ai": "portkey",
    "models.github.ai": "github",
    "api.githubcopilot.com": "github-copilot",
    "api.deepinfra.com": "deepinfra",
    "api.hyperbolic.xyz": "hyperbolic",
    "api.studio.nebius.*": "nebius",
    "ai-gateway.vercel.sh": "vercel",
    "api.sambanova.ai": "sambanova",
    "api.x.ai": "xai",
    "openrouter.ai": "openrouter",
    "router.huggingface.co": "huggingface",
    "*.nvidia.com": "nvidia",
    "*.ml.cloud.ibm.com": "watsonx",
    "*.databricks.com": "databricks",
    "*.azuredatabricks.net": "databricks",
    "*.llamameta.net": "llama-api",
    "api.llama.com": "llama-api",
}
"""Patterns of host names, as `recexplore.read.extract.dialect.Dialect.hosts` has them."""
