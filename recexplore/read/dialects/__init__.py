"""What a provider meant: everything that is known of an API stands in one module here.

A dialect is one value, `recexplore.read.extract.dialect.Dialect`: two functions that read its answers, and data that says
how the API behaves. Dialects never look at bytes, never split tags out of text, and never import each other. A new provider
is one module here with a ``DIALECT``, one entry in `DIALECTS`, one recording and one test file, whose chunks are run through
the dialect contract (`recexplore.testing.dialect_contract`). Others add theirs through the entry point
``recexplore.dialects``; they are asked after ours and have to be surer.
"""

from __future__ import annotations

from typing import Final

from recexplore.read.dialects import (
    ag_ui,
    aimock,
    anthropic,
    bedrock_agents,
    bedrock_converse,
    bedrock_invoke,
    cohere,
    embeddings,
    gemini,
    gemini_interactions,
    http,
    llama_cpp,
    ollama,
    openai_assistants,
    openai_chat,
    openai_completions,
    openai_realtime,
    openai_responses,
    replicate,
    tgi,
    unknown,
    vercel_data,
    vercel_ui,
    watsonx,
    writer,
)
from recexplore.read.extract.dialect import Dialect

__all__ = ["DIALECTS"]

DIALECTS: Final[tuple[Dialect, ...]] = (
    openai_chat.DIALECT,
    openai_realtime.DIALECT,
    openai_responses.DIALECT,
    anthropic.DIALECT,
    gemini.DIALECT,
    gemini_interactions.DIALECT,
    ollama.DIALECT,
    openai_completions.DIALECT,
    bedrock_agents.DIALECT,
    bedrock_converse.DIALECT,
    aimock.DIALECT,
    bedrock_invoke.DIALECT,
    tgi.DIALECT,
    llama_cpp.DIALECT,
    replicate.DIALECT,
    ag_ui.DIALECT,
    vercel_ui.DIALECT,
    vercel_data.DIALECT,
    openai_assistants.DIALECT,
    cohere.V1,
    cohere.V2,
    watsonx.DIALECT,
    writer.DIALECT,
    embeddings.DIALECT,
    http.DIALECT,
    unknown.DIALECT,
)
"""Asked in this order; of equals the first wins: a session's events have names that those of Responses have too. `unknown`
takes whatever nobody else wants."""
