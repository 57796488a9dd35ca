"""Why an answer ended: the values that each API documents, and what they mean.

Data only. Rules about endings, tools and texts go by it.
"""

from __future__ import annotations

from typing import Final

__all__ = ["FILTER_REASONS", "GOOD_REASONS", "LENGTH_REASONS", "REASONS"]

LENGTH_REASONS: Final = (
    "length",
    "max_tokens",
    "MAX_TOKENS",
    "max_output_tokens",
    "model_length",
    "model_context_window_exceeded",
    "incomplete",
)
FILTER_REASONS: Final = (
    "content_filter",
    "content_filtered",
    "guardrail_intervened",
    "refusal",
    "sensitive",
    "SAFETY",
    "RECITATION",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "LANGUAGE",
    "MODEL_ARMOR",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
)
GOOD_REASONS: Final = ("stop", "end_turn", "completed", "STOP", "stop_sequence")

REASONS: Final = {
    dialect: frozenset(reasons.split())
    for dialect, reasons in {
        # The last five are what Mistral, DeepSeek and Zhipu document on top of OpenAI's.
        "openai_chat": (
            "stop length tool_calls content_filter function_call model_length error "
            "insufficient_system_resource sensitive network_error"
        ),
        "openai_completions": "content_filter length stop",
        "openai_responses": "cancelled completed content_filter failed in_progress incomplete max_output_tokens queued",
        "anthropic": (
            "compaction end_turn max_tokens model_context_window_exceeded pause_turn refusal stop_sequence tool_use"
        ),
        "gemini": (
            "BLOCKLIST FINISH_REASON_UNSPECIFIED IMAGE_OTHER IMAGE_PROHIBITED_CONTENT IMAGE_RECITATION "
            "IMAGE_SAFETY LANGUAGE MALFORMED_FUNCTION_CALL MALFORMED_RESPONSE MAX_TOKENS "
            "MISSING_THOUGHT_SIGNATURE MODEL_ARMOR NO_IMAGE OTHER PROHIBITED_CONTENT RECITATION SAFETY SPII "
            "STOP TOO_MANY_TOOL_CALLS UNEXPECTED_TOOL_CALL"
        ),
        "gemini_interactions": "cancelled completed failed in_progress incomplete requires_action",
        "ollama": "length load stop unload",
        "bedrock_converse": (
            "content_filtered end_turn guardrail_intervened malformed_model_output malformed_tool_use "
            "max_tokens model_context_window_exceeded stop_sequence tool_use"
        ),
    }.items()
}
"""The values that each dialect documents."""
