"""What an API does, as far as rules and views need to know it.

A dialect declares its traits; rules and views ask for traits and never for names.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal, TypeAlias

__all__ = ["FINISH_MEANINGS", "FinishMeaning", "Trait"]


class Trait(StrEnum):
    """Something that holds for every sound answer of an API."""

    GENERATES = "a model answers"
    PATH_TELLS_FORMAT = "the path of the request tells the format of the answer"
    NUMBERS_CHOICES = "choices carry their number"
    NAMES_ROLE = "the first delta of each choice names a role"
    DELTAS = "each choice of a chunk has an object `delta`, whose end comes in a chunk of its own"
    ONE_ID = "all chunks carry the same id"
    ONE_CREATED = "all chunks carry the same time of creation, that of the answer"
    DONE_MARK = "a stream of events ends with `[DONE]`"
    USAGE_AT_END = "a stream reports usage once, at its end and only where it was asked to"
    NO_EMPTY_CHUNKS = "every chunk says something"
    TOKEN_LOGPROBS = "log probabilities come by token, and their tokens are the text"
    N_CHOICES = "an answer has as many choices as the request asked for"
    INTERLEAVES_CHOICES = "deltas of several choices share a stream, told apart by their number alone"
    CALL_IDS = "tool calls carry an id and a name in their first fragment"
    CALL_INDICES = "fragments of tool calls carry the number of their call"
    WHOLE_CALLS = "a tool call comes in one piece, and may do without its number"
    ARGUMENTS_ARE_TEXT = "arguments of tool calls are a text that holds JSON, never JSON itself"
    CALLS_FINISH = "an answer that calls tools says so by its finish reason"
    OWN_TOOLS = "an agent answers, which calls tools of its own that no request declares"
    PROVIDER_CALLS_FINISH = "so does one that calls only the provider's own tools"
    LINES = "a stream is lines of JSON, and no events"
    NAMED_EVENTS = "server-sent events are named like the `type` of their data"
    COUNTS_REASONING = "the usage report counts reasoning tokens"
    REASONING_FIELDS = "reasoning has fields of its own beside the content"
    FINISH_IN_EVERY_CHUNK = "a stream may say its finish reason with every chunk"
    LAST_MESSAGE_ANSWERS = "of several messages the last one is the answer"
    BLOCK_EVENTS = "a message begins, opens, fills and closes its blocks one by one, and stops"
    UNION_EVENTS = (
        "a message begins, fills and closes its blocks, of which only calls are opened, stops, and tells its cost"
    )
    ITEM_EVENTS = "events are numbered, items are added, told in deltas and repeated whole"
    SESSION_EVENTS = "responses of a session are created, told in deltas and repeated whole, and done"
    RUN_EVENTS = "a run is created, tells its messages and calls in deltas, repeats them whole, and ends"
    EMBEDS = "vectors come back, each as long as the request asked for"
    RAW_PROMPT = "the prompt goes to the model as it is, without a template: whoever asks writes its special tokens"
    OPEN_FINISH = "its finish reason is any text to its clients"
    NO_FINISH = "an answer may end without a reason"
    REPORTS_USAGE = "an answer reports usage"
    THOUGHTS_IN_TOTAL_ALONE = "reasoning tokens may be counted in the total and nowhere else"
    PROMPT_LESS_CACHE = "a prompt that was read before may be counted in part, or not at all"
    REASONING_BESIDE_COMPLETION = "reasoning tokens may be more than those of the completion"


FinishMeaning: TypeAlias = Literal["stop", "sequence", "length", "filter", "tool", "failed", "malformed", "other"]
"""What a finish reason says: the model was done, or met a stop sequence; a token limit; a filter or a refusal; a tool is
called; the model's side failed; what it made is no call or answer; anything else that the API documents."""

FINISH_MEANINGS: Final[tuple[FinishMeaning, ...]] = (
    "stop",
    "sequence",
    "length",
    "filter",
    "tool",
    "failed",
    "malformed",
    "other",
)
