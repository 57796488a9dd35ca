"""Answers of many APIs, each as documented or as servers were seen to send it: words and ids invented, shapes real.

For each API a module of `Sample`: the request, the body of the answer byte for byte, and by hand what it says.
"""

from __future__ import annotations

from typing import Final

from independent_samples import agents, assistants, bedrock, bedrock_agents, cohere, gemini, realtime, text_generation
from independent_samples.sample import Sample

__all__ = ["DIALECTS", "SAMPLES"]

DIALECTS: Final = {
    "cohere_v1": "cohere_v1",
    "cohere_v2": "cohere_v2",
    "bedrock_titan": "bedrock_invoke",
    "bedrock_llama": "bedrock_invoke",
    "bedrock_mistral": "bedrock_invoke",
    "bedrock_cohere": "cohere_v1",
    "bedrock_ai21": "bedrock_invoke",
    "bedrock_claude_text": "bedrock_invoke",
    "bedrock_converse": "bedrock_converse",
    "bedrock_agent": "bedrock_agents",
    "bedrock_knowledge_base": "bedrock_agents",
    "openai_assistants": "openai_assistants",
    "openai_realtime": "openai_realtime",
    "openai_completions": "openai_completions",
    "gemini": "gemini",
    "watsonx": "watsonx",
    "tgi": "tgi",
    "replicate": "replicate",
    "writer": "writer",
    "ag_ui": "ag_ui",
    "ai_sdk": "vercel_ui",
}
"""By the names of the independent readers: what recexplore calls the dialect."""

SAMPLES: Final[tuple[Sample, ...]] = (
    *cohere.SAMPLES,
    *bedrock.SAMPLES,
    *bedrock_agents.SAMPLES,
    *assistants.SAMPLES,
    *realtime.SAMPLES,
    *gemini.SAMPLES,
    *text_generation.SAMPLES,
    *agents.SAMPLES,
)
