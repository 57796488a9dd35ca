"""Where OpenAI's servers, and those that follow them, put each count of a usage report.

https://platform.openai.com/docs/api-reference/chat/object
"""

from __future__ import annotations

from typing import Final

from recexplore.read.extract.emit import UsageFields

__all__ = ["USAGE"]

USAGE: Final = UsageFields(
    prompt_includes_cached=True,
    completion_includes_reasoning=True,
    paths={
        "prompt": ((("prompt_tokens",),),),
        "completion": ((("completion_tokens",),),),
        "total": ((("total_tokens",),),),
        # OpenAI's own field; DeepSeek's; Anthropic's, through LiteLLM
        "cached": (
            (("prompt_tokens_details", "cached_tokens"),),
            (("prompt_cache_hit_tokens",),),
            (("cache_read_input_tokens",),),
        ),
        "cache_write": ((("prompt_tokens_details", "cache_write_tokens"),), (("cache_creation_input_tokens",),)),
        "reasoning": ((("completion_tokens_details", "reasoning_tokens"),), (("reasoning_tokens",),)),
        "audio": ((("prompt_tokens_details", "audio_tokens"), ("completion_tokens_details", "audio_tokens")),),
        "accepted_prediction": ((("completion_tokens_details", "accepted_prediction_tokens"),),),
        "rejected_prediction": ((("completion_tokens_details", "rejected_prediction_tokens"),),),
    },
)
