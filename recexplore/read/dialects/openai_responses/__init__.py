"""OpenAI Responses, streamed and whole, of every server that speaks it.

Takes the stream's events (``response.output_text.delta`` and so on) or a whole response, gives events of choice 0; the
output item an event belongs to is in ``block``. Source of the fields:
https://platform.openai.com/docs/api-reference/responses-streaming

A stream tells everything twice: in deltas, and again whole in ``….done``, ``output_item.done`` and
``response.completed``. The deltas are the answer; what repeats them is an ``empty`` event with its JSON, so that the two can
be compared. What no delta streamed, as with servers that send only the end, and with calls of the server's own tools (web
search, file search, computers …), is taken from where it is told first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.dialects.openai_responses.events import read_event
from recexplore.read.dialects.openai_responses.response import read_whole
from recexplore.read.dialects.openai_responses.retold import retold
from recexplore.read.dialects.openai_responses.streamed import Streamed
from recexplore.read.dialects.openai_responses.usage import USAGE
from recexplore.read.extract.dialect import Dialect, Variant
from recexplore.read.extract.emit import confidence, objects
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

_ENDPOINTS: Final = ("/responses",)


def sniff(exchange: Exchange) -> float:
    return confidence(exchange, _belongs, _ENDPOINTS)


def _belongs(chunk: dict[str, Json]) -> bool:
    kind = chunk.get("type")
    if type(kind) is str and kind.startswith("response."):
        return True
    return _is_whole(chunk) or (kind == "error" and "sequence_number" in chunk)


def _is_whole(chunk: dict[str, Json]) -> bool:
    """Whether it is a whole response; some clients leave out that it is an ``object``."""
    is_named = chunk.get("object") == "response"
    return is_named or (type(chunk.get("output")) is list and str(chunk.get("id")).startswith("resp_"))


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    streamed, owner = Streamed(), None
    streamed.retold = retold(chunks, rows, columns)
    for row, chunk in objects(chunks, rows, columns):
        if columns.owner(row) != owner:
            owner = columns.owner(row)
            streamed.forget()
        if _is_whole(chunk):
            read_whole(chunk, row, columns)
        else:
            read_event(chunk, row, columns, streamed)


_LAST_EVENTS: Final = frozenset(f"response.{end}" for end in ("completed", "failed", "incomplete"))


def _ends_answer(chunk: dict[str, Json]) -> bool:
    return _is_whole(chunk) or (type(chunk.get("type")) is str and chunk["type"] in _LAST_EVENTS)


_OWN_CALLS: Final = (
    "function",
    "custom_tool",
    "tool_search",
    "web_search",
    "file_search",
    "computer",
    "code_interpreter",
    "image_generation",
    "local_shell",
    "shell",
    "apply_patch",
    "mcp",
)
"""Items of an input are named after the tool: its call, and what that gave."""

DIALECT: Final = Dialect(
    "openai_responses",
    "Responses",
    sniff,
    extract,
    endpoints=_ENDPOINTS,
    traits=frozenset(
        {
            Trait.GENERATES,
            Trait.PATH_TELLS_FORMAT,
            Trait.ONE_ID,
            Trait.REPORTS_USAGE,
            Trait.COUNTS_REASONING,
            Trait.NAMED_EVENTS,
            Trait.ITEM_EVENTS,
            Trait.LAST_MESSAGE_ANSWERS,
        }
    ),
    variants=(
        Variant(("gemini", "generativelanguage"), has=frozenset({Trait.THOUGHTS_IN_TOTAL_ALONE})),
        Variant(("sonar", "perplexity"), has=frozenset({Trait.REASONING_BESIDE_COMPLETION})),
    ),
    finish_reasons={
        "completed": "stop",
        "incomplete": "length",
        "max_output_tokens": "length",
        "content_filter": "filter",
        "failed": "failed",
        "cancelled": "other",
        "in_progress": "other",
        "queued": "other",
    },
    usage=USAGE,
    request=RequestFields(
        max_tokens=("max_output_tokens",),
        stream=(("stream",),),
        tool_choice=(("tool_choice",),),
        response_format=(("text", "format"),),
        json_schema=(("text", "format", "schema"),),
        tools=(("tools",),),
        tool_groups=("tools",),
        tool_schemas=("parameters",),
        message_tools=(("tool_search_output", "tools"), ("mcp_list_tools", "tools")),
        parallel_calls=(("parallel_tool_calls",),),
        reasoning=(("reasoning", "effort"),),
        instructions=(("instructions",),),
        parts=(
            ("input_text", "text"),
            ("output_text", "text"),
            ("summary_text", "text"),
            ("reasoning_text", "text"),
            ("refusal", "text"),
            ("input_image", "image"),
            ("input_audio", "audio"),
            ("input_file", "file"),
            ("reasoning", "reasoning"),
            *((f"{name}_call", "tool_call") for name in _OWN_CALLS),
            *((f"{name}_call_output", "tool_result") for name in _OWN_CALLS),
            ("tool_search_output", "tool_result"),
            ("mcp_list_tools", "tool_result"),
        ),
        messages=("input",),
        model=("model",),
        labels=("user", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "metadata", "store"),
        conversation_ids=(
            "id",
            "call_id",
            "item_id",
            "response_id",
            "previous_response_id",
            "conversation",
            "approval_request_id",
        ),
        seals=(
            ("encrypted_content",),
            ("signature",),
        ),
    ),
    answer_fields=(
        "type sequence_number",
        "type delta item_id",
        "type response.output",
        "object output status",
        "id output usage",
    ),
    ends_answer=_ends_answer,
    end_fields=frozenset(["type", "object", "output"]),
)
