"""OpenAI chat completions, streamed and whole, of every server that speaks them.

Takes chunks that hold ``choices`` with a ``delta`` (or a ``message``), gives events, chunk facts and usage. Source of
the fields: https://platform.openai.com/docs/api-reference/chat-streaming; vendor fields are named where they are read.

A stream is columns, so it is read as columns. Objects with the same keys, which is nearly all of a stream, are
transposed together: chunks, then the choices in them, then the deltas in those. Each field has one reader, found in a
table, that is given the field's values for all its rows at once.

What has the wrong type is kept as an ``unknown`` event with its JSON and noted as a problem; what is not known here is
kept in ``extra``. An empty string where text could be is no event of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.dialects.openai_chat.chunks import CHUNK_FIELDS, read_chunks
from recexplore.read.dialects.openai_chat.hosts import HOSTS
from recexplore.read.dialects.openai_chat.usage import USAGE
from recexplore.read.extract.dialect import Dialect, Variant
from recexplore.read.extract.emit import is_index
from recexplore.read.extract.next_answer import Said, next_answers
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

_ENDPOINT: Final = "/chat/completions"


def sniff(exchange: Exchange) -> float:
    """Share of the telling chunks that are chat chunks; the endpoint decides only where no chunk tells anything."""
    asked = (exchange.endpoint or "").endswith(_ENDPOINT)
    chunks = exchange.chunks
    try:
        firsts = [choices[0] for chunk in chunks if (choices := chunk["choices"])]
        chat = sum(["delta" in first for first in firsts])
        if not chat:
            chat = sum(["message" in first for first in firsts])
    except (KeyError, TypeError):
        firsts = [_first_choice(chunk) for chunk in chunks if type(chunk) is dict and chunk.get("choices")]
        chat = sum(["delta" in first or "message" in first for first in firsts])
    if firsts:
        if chat and "text" in firsts[0] and not _is_named_chat(chunks):
            return 0.5 * chat / len(firsts)
        return chat / len(firsts) if chat else 0.3 if asked else 0.0
    belongs = all(type(chunk) is dict and not CHUNK_FIELDS.isdisjoint(chunk) for chunk in chunks)
    return 0.6 if belongs and (asked or (_is_named_chat(chunks) and chunks)) else 0.0


def _is_named_chat(chunks: Sequence[Json]) -> bool:
    return all(str(chunk.get("object")).startswith("chat.completion") for chunk in chunks if type(chunk) is dict)


def _first_choice(chunk: dict[str, Json]) -> dict[str, Json]:
    choices = chunk["choices"]
    return choices[0] if type(choices) is list and type(choices[0]) is dict else {}


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    read_chunks(chunks, rows, columns)


def _ends_answer(chunk: dict[str, Json]) -> bool:
    """Whether it is a whole answer, each choice of which has its message.

    Some servers give the chunks of a stream the same ``object``, and Perplexity's have a message so far beside their delta.
    """
    choices = chunk.get("choices")
    if chunk.get("object") != "chat.completion" or type(choices) is not list or not choices:
        return False
    return all(type(each) is dict and type(each.get("message")) is dict and _is_over(each) for each in choices)


def _is_over(choice: dict[str, Json]) -> bool:
    return "delta" not in choice or bool(choice.get("finish_reason"))


def _said(chunk: dict[str, Json]) -> Said | None:
    """What a chunk says of its answer, for files that hold several."""
    choices = chunk.get("choices")
    if type(choices) is not list:
        return None
    own = {place: each for place, each in enumerate(choices) if type(each) is dict and not _SPEAKS.isdisjoint(each)}
    numbers = {place: each["index"] if is_index(each.get("index")) else place for place, each in own.items()}
    deltas = [each.get(field) for each in own.values() for field in _SPEAKS]
    return Said(
        frozenset(numbers.values()),
        frozenset(numbers[place] for place, each in own.items() if each.get("finish_reason")),
        any(type(delta) is dict and any(delta.get(name) for name in _BEGINNINGS) for delta in deltas),
    )


_SPEAKS: Final = frozenset(["delta", "message"])
_BEGINNINGS: Final = (
    "role",
    "content",
    "reasoning_content",
    "reasoning",
    "reasoning_details",
    "refusal",
    "tool_calls",
    "function_call",
)


_GEMINI_FILTERS: Final = (
    "SAFETY",
    "RECITATION",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "LANGUAGE",
    "IMAGE_SAFETY",
    "OTHER",
)
_GEMINI_CALL_FILTERS: Final = ("MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL")

DIALECT: Final = Dialect(
    "openai_chat",
    "chat completions",
    sniff,
    extract,
    endpoints=(_ENDPOINT,),
    traits=frozenset(
        {
            Trait.GENERATES,
            Trait.PATH_TELLS_FORMAT,
            Trait.NUMBERS_CHOICES,
            Trait.N_CHOICES,
            Trait.INTERLEAVES_CHOICES,
            Trait.NAMES_ROLE,
            Trait.DELTAS,
            Trait.ONE_ID,
            Trait.ONE_CREATED,
            Trait.DONE_MARK,
            Trait.REPORTS_USAGE,
            Trait.USAGE_AT_END,
            Trait.NO_EMPTY_CHUNKS,
            Trait.TOKEN_LOGPROBS,
            Trait.CALL_IDS,
            Trait.CALL_INDICES,
            Trait.ARGUMENTS_ARE_TEXT,
            Trait.CALLS_FINISH,
            Trait.PROVIDER_CALLS_FINISH,
            Trait.COUNTS_REASONING,
            Trait.REASONING_FIELDS,
        }
    ),
    variants=(
        # Ollama stamps every chunk anew, and its older versions do not count what of a prompt they had read before.
        Variant(("ollama",), has=frozenset({Trait.PROMPT_LESS_CACHE}), lacks=frozenset({Trait.ONE_CREATED})),
        # Amazon's frames end with the connection; Mistral's hold messages in place of deltas.
        Variant(("/invoke-with-response-stream",), lacks=frozenset({Trait.DONE_MARK})),
        Variant(("/model/mistral.",), lacks=frozenset({Trait.NAMES_ROLE, Trait.DELTAS})),
        # Mistral declares arguments as an object or a text.
        Variant(("mistral.ai",), lacks=frozenset({Trait.ARGUMENTS_ARE_TEXT})),
        Variant(("mistral", "codestral", "magistral", "ministral", "devstral"), has=frozenset({Trait.WHOLE_CALLS})),
        Variant(("gemini", "generativelanguage"), has=frozenset({Trait.THOUGHTS_IN_TOTAL_ALONE})),
        Variant(("sonar", "perplexity"), has=frozenset({Trait.REASONING_BESIDE_COMPLETION})),
        # Their streams end with the connection.
        Variant(("watsonx", "api.writer.com", "perplexity"), lacks=frozenset({Trait.DONE_MARK})),
    ),
    finish_reasons={
        "stop": "stop",
        "length": "length",
        "content_filter": "filter",
        "tool_calls": "tool",
        "function_call": "tool",
        # What servers of the format document on top of OpenAI's: Mistral, DeepSeek, Zhipu, watsonx,
        "model_length": "length",
        "error": "failed",
        "insufficient_system_resource": "failed",
        "sensitive": "filter",
        "network_error": "failed",
        "model_context_window_exceeded": "length",
        "time_limit": "other",
        "cancelled": "other",
        # Together, vLLM and SGLang.
        "eos": "stop",
        "abort": "failed",
        # Gemini's endpoint of this format adds its own word for it.
        **{f"content_filter: {reason}": "filter" for reason in _GEMINI_FILTERS},
        **{f"function_call_filter: {reason}": "malformed" for reason in _GEMINI_CALL_FILTERS},
    },
    undocumented_reasons={
        # Text Generation Inference's own API has these, vLLM its engine, Bedrock another of its APIs.
        "eos_token": "stop",
        "stop_sequence": "sequence",
        "repetition": "other",
        "guardrail_intervened": "filter",
    },
    usage=USAGE,
    request=RequestFields(
        max_tokens=("max_completion_tokens", "max_tokens"),
        logprobs=("logprobs",),
        n=("n",),
        stream=(("stream",),),
        include_usage=(("stream_options", "include_usage"),),
        continuous_usage=(("stream_options", "continuous_usage_stats"),),
        tool_choice=(("tool_choice",),),
        response_format=(("response_format",),),
        json_schema=(("response_format", "json_schema", "schema"), ("response_format", "schema")),
        stop=("stop",),
        passes_stop=("min_tokens",),
        tools=(("tools",), ("functions",)),
        tool_wrappings=("function", "custom"),
        tool_schemas=("parameters",),
        parallel_calls=(("parallel_tool_calls",),),
        reasoning=(
            ("chat_template_kwargs", "enable_thinking"),
            ("chat_template_kwargs", "thinking"),
            ("extra_body", "chat_template_kwargs", "enable_thinking"),
            ("enable_thinking",),
            ("reasoning", "enabled"),
            ("reasoning", "effort"),
            ("reasoning_effort",),
        ),
        other_models=(("models",),),
        parts=(
            ("text", "text"),
            ("refusal", "text"),
            ("image_url", "image"),
            ("input_audio", "audio"),
            ("audio_url", "audio"),
            ("video_url", "file"),
            ("file", "file"),
            ("thinking", "reasoning"),
            ("function", "tool_call"),
        ),
        message_parts=(
            ("reasoning", "reasoning"),
            ("reasoning_content", "reasoning"),
            ("refusal", "text"),
            ("tool_calls", "tool_call"),
            ("function_call", "tool_call"),
        ),
        messages=("messages",),
        model=("model",),
        labels=(
            "user",
            "safety_identifier",
            "prompt_cache_key",
            "prompt_cache_retention",
            "metadata",
            "store",
            "cache_salt",
            "request_id",
        ),
        conversation_ids=("id", "tool_call_id"),
        seals=(
            ("signature",),
            ("encrypted_content",),
            ("thought_signature",),
            ("reasoning.encrypted", "data"),
        ),
    ),
    answer_fields=("choices usage", "choices object", "choices model", "choices id"),
    choice_fields=("delta", "message"),
    ends_answer=_ends_answer,
    end_fields=frozenset(["choices"]),
    next_answers=partial(next_answers, read=_said),
    model_in_path=r"/deployments/([^/]+)/",
    hosts=HOSTS,
    local_ports={8000: "vllm", 1234: "lmstudio"},
    local_paths=("/v1/",),
)
