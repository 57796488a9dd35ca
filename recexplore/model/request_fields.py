"""Where requests say what they ask for: names and paths of fields, which each dialect declares for its API.

Holds data only; `recexplore.read.exchange` reads requests by it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final, TypeAlias

__all__ = ["PART_KINDS", "FieldPath", "RequestFields", "joined"]

PART_KINDS: Final = ("text", "image", "audio", "file", "tool_call", "tool_result", "reasoning", "json")
"""What a part of a message can be; ``json``: something that no dialect knows."""

FieldPath: TypeAlias = tuple[str, ...]
"""Keys from the request's body inwards."""


@dataclass(frozen=True, slots=True)
class RequestFields:
    """Fields of a request's body.

    Attributes
    ----------
    settings
        Objects that hold settings beside the body itself.
    max_tokens, logprobs, n
        Names of settings, in the body or in one of ``settings``: the most tokens of an answer, whether log probabilities
        were asked for, how many answers.
    stream, include_usage, continuous_usage
        Where true or false says whether a stream, a usage report at its end, one with every chunk was asked for.
    streamed_paths
        Endings of paths where the answer is streamed, each with the ending where the same answer comes whole; for APIs whose
        bodies do not say which.
    tool_choice
        Where it says whether and which tool has to be called.
    response_format
        Where an object with a ``type`` says which format the answer has to have.
    json_format
        Where the word ``json``, or a JSON schema, says so.
    json_schema
        Where the JSON schema of the answer stands.
    media_type, response_schema
        Names of settings: the format as a media type, and the schema that goes with it.
    tools
        Where tools are declared, in a list or alone.
    parallel_calls, single_call
        Where true or false says whether several tools may be called in one turn; whether only one may.
    reasoning
        Where it says whether the model is to reason: true or false, a word (``none``, ``disabled``), or how many tokens.
    stop
        Names of settings: the sequences at which the answer has to stop, a list or one text.
    passes_stop
        Names of settings that let such a sequence stand in the answer: true, or a number above 0.
    dimensions
        Names of settings: how long an embedding is to be.
    encoding
        Names of settings: how an embedding is to be written.
    inputs
        Names of what is to be embedded: a text or its tokens, or a list of either.
    other_models
        Where models are listed that may answer in place of the one that was asked.
    tool_groups, tool_wrappings, tool_schemas
        Names inside a declaration: lists of tools that it groups, the object that it wraps a
        tool in, the schema of its arguments.
    no_tools
        Names inside a declaration that look like a tool and are none.
    message_tools
        Types of what stands among the messages and declares tools, each with the field that lists them, or names one: what a
        search for tools brought, what a server of tools lists.
    messages
        What the user said: messages, a prompt, or what stands for them; the first that holds text counts.
    instructions
        Where the system's words stand apart from the messages.
    earlier
        Names of lists of messages that came before.
    images
        Names of lists of images that go with a prompt, beside it.
    parts
        What messages are made of: the type of a part, or the one field that says what it is, with the kind of it (one of
        `PART_KINDS`). What is not among them is shown as it is.
    message_parts
        Fields of a message beside its content, with the kind of what they hold.
    model
        Names of the model.
    labels
        Names of settings that say who asks, or what to cache or keep, and change no answer: users, cache keys, metadata.
    conversation_ids
        Names of fields, wherever they stand, with ids made up for one conversation: of calls, items, answers, sessions.
    seals
        Fields, wherever they stand, with what an earlier answer sealed (signatures, encrypted reasoning): a name, or the
        ``type`` of the object it has to stand in and the name.
    """

    settings: tuple[str, ...] = ()
    max_tokens: tuple[str, ...] = ()
    logprobs: tuple[str, ...] = ()
    n: tuple[str, ...] = ()
    stream: tuple[FieldPath, ...] = ()
    streamed_paths: tuple[tuple[str, str], ...] = ()
    include_usage: tuple[FieldPath, ...] = ()
    continuous_usage: tuple[FieldPath, ...] = ()
    tool_choice: tuple[FieldPath, ...] = ()
    response_format: tuple[FieldPath, ...] = ()
    json_format: tuple[FieldPath, ...] = ()
    json_schema: tuple[FieldPath, ...] = ()
    media_type: tuple[str, ...] = ()
    response_schema: tuple[str, ...] = ()
    tools: tuple[FieldPath, ...] = ()
    tool_groups: tuple[str, ...] = ()
    tool_wrappings: tuple[str, ...] = ()
    tool_schemas: tuple[str, ...] = ()
    no_tools: tuple[str, ...] = ()
    message_tools: tuple[FieldPath, ...] = ()
    parallel_calls: tuple[FieldPath, ...] = ()
    single_call: tuple[FieldPath, ...] = ()
    reasoning: tuple[FieldPath, ...] = ()
    stop: tuple[str, ...] = ()
    passes_stop: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    encoding: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    other_models: tuple[FieldPath, ...] = ()
    messages: tuple[str, ...] = ()
    instructions: tuple[FieldPath, ...] = ()
    earlier: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    parts: tuple[FieldPath, ...] = ()
    message_parts: tuple[FieldPath, ...] = ()
    model: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    conversation_ids: tuple[str, ...] = ()
    seals: tuple[FieldPath, ...] = ()


def joined(declared: Iterable[RequestFields]) -> RequestFields:
    """The fields of several APIs together, each once, in the order in which they are met.

    Gateways pass fields of one API on to another, so a request is read by all that are known.
    """
    every = list(declared)
    return RequestFields(
        **{
            each.name: tuple(dict.fromkeys(name for fields_of in every for name in getattr(fields_of, each.name)))
            for each in fields(RequestFields)
        }
    )
