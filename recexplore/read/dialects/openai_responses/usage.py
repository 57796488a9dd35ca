"""Where Responses put each count of a usage report: https://platform.openai.com/docs/api-reference/responses/object"""

from __future__ import annotations

from typing import Final

from recexplore.read.extract.emit import UsageFields

__all__ = ["USAGE"]

USAGE: Final = UsageFields(
    prompt_includes_cached=True,
    completion_includes_reasoning=True,
    paths={
        "prompt": ((("input_tokens",),),),
        "completion": ((("output_tokens",),),),
        "total": ((("total_tokens",),),),
        "cached": ((("input_tokens_details", "cached_tokens"),),),
        "cache_write": ((("input_tokens_details", "cache_write_tokens"),),),
        "reasoning": ((("output_tokens_details", "reasoning_tokens"),),),
    },
)
