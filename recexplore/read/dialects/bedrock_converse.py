"""Bedrock's Converse and ConverseStream, as boto3 hands them over or as frames of the event stream; and Nova's own format.

Takes members of the stream's union (``{"contentBlockDelta": …}``) or a whole answer, gives events of choice 0; the content
block an event belongs to is in ``block``. Sources of the fields:
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html and, for Nova through InvokeModel,
which names caches and limits otherwise, https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.notes import Note
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.extract import emit
from recexplore.read.extract.bedrock_exceptions import EXCEPTIONS
from recexplore.read.extract.blocks import BlockKind, Blocks
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import UsageFields, is_index, items_in, objects, other_fields, share, text_in
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

USAGE: Final = UsageFields(
    prompt_includes_cached=False,
    completion_includes_reasoning=True,
    paths={
        "prompt": ((("inputTokens",),),),
        "completion": ((("outputTokens",),),),
        "total": ((("totalTokens",),),),
        "cached": ((("cacheReadInputTokens",),), (("cacheReadInputTokenCount",),)),
        "cache_write": ((("cacheWriteInputTokens",),), (("cacheWriteInputTokenCount",),)),
    },
)

_ASIDES: Final = frozenset(["image", "document", "video", "audio", "cachePoint"])
_WHOLE: Final = frozenset(["output", "stopReason", "usage", "metrics"])
_OPENED: Final[dict[str, BlockKind]] = {"toolUse": "call", "text": "text", "reasoningContent": "thinking"}
"""What a block holds by the member it is opened with. Only calls have to be opened; text and thoughts begin with a delta."""
_BROUGHT: Final[dict[str, BlockKind]] = {**_OPENED, "citation": "text"}
"""Into which blocks a delta belongs, by its member."""


def sniff(exchange: Exchange) -> float:
    return share(exchange.chunks, _belongs)


def _belongs(chunk: dict[str, Json]) -> bool:
    return (len(chunk) == 1 and (next(iter(chunk)) in MEMBERS or next(iter(chunk)) in EXCEPTIONS)) or _is_whole(chunk)


def _is_whole(chunk: dict[str, Json]) -> bool:
    output = chunk.get("output")
    return "stopReason" in chunk and type(output) is dict and type(output.get("message")) is dict


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    blocks, owner = Blocks(), None
    for row, chunk in objects(chunks, rows, columns):
        if columns.owner(row) != owner:
            blocks, owner = Blocks(), columns.owner(row)
        if _is_whole(chunk):
            beside = other_fields(chunk["output"], {"message"})
            emit.chunk(
                columns, row, n_choices=1, extra=other_fields(chunk, _WHOLE) | ({"output": beside} if beside else {})
            )
            _message(chunk["output"]["message"], row, columns, blocks)
            _finish(chunk, row, columns, blocks)
            _metadata({key: chunk.get(key) for key in ("usage", "metrics")}, row, columns, blocks)
            continue
        name = next(iter(chunk), "")
        padding = [said.get("p") for said in chunk.values() if type(said) is dict and type(said.get("p")) is str]
        obfuscation = padding[0] if padding else None
        emit.chunk(
            columns,
            row,
            n_choices=int(name.startswith("content")),
            object=name,
            obfuscation=obfuscation,
            block=_number_in(chunk.get(name)),
        )
        for member, said in chunk.items():
            if obfuscation is not None and type(said) is dict:
                said = {key: value for key, value in said.items() if key != "p"}
            if member in MEMBERS and type(said) is dict:
                MEMBERS[member](said, row, columns, blocks)
            elif member.endswith("Exception"):
                emit.event(columns, "error", row, to_json_text({member: said}), choice=None)
            else:
                emit.event(columns, "unknown", row, to_json_text({member: said}), choice=None)


def _number_in(said: Json) -> int | None:
    """The block that an event is about: one that is opened with nothing makes no event that could carry its number."""
    number = said.get("contentBlockIndex") if type(said) is dict else None
    return number if type(number) is int and is_index(number) else None


def _message(message: dict[str, Json], row: int, columns: Columns, blocks: Blocks) -> None:
    _start({key: value for key, value in message.items() if key != "content"}, row, columns, blocks)
    for number, block in enumerate(items_in(columns, row, message.get("content"), "`content`")):
        _block(block, {"block": number}, row, columns)


def _start(said: dict[str, Json], row: int, columns: Columns, blocks: Blocks) -> None:
    blocks.forget()
    emit.text(columns, "role", row, said, "role")


def _block_start(said: dict[str, Json], row: int, columns: Columns, blocks: Blocks) -> None:
    start, number = said.get("start"), said.get("contentBlockIndex")
    blocks.open(number, next((_OPENED.get(member) for member in start), None) if type(start) is dict else None)
    _part_of_block(said, "start", row, columns)


def _block_delta(said: dict[str, Json], row: int, columns: Columns, blocks: Blocks) -> None:
    delta, number = said.get("delta"), said.get("contentBlockIndex")
    brings = next((_BROUGHT.get(member) for member in delta), None) if type(delta) is dict else None
    note = blocks.misfit(number, brings)
    if brings == "call" and blocks.kind(number) is None and is_index(number):
        note = Note.UNOPENED_CALL
    _part_of_block(said, "delta", row, columns, note)


def _part_of_block(said: dict[str, Json], field: str, row: int, columns: Columns, note: Note | None = None) -> None:
    number = said.get("contentBlockIndex")
    if said.get(field):
        cells = {"block": number} if note is None else {"block": number, "notes": note}
        _block(said[field], cells, row, columns)
    if rest := other_fields(said, {field, "contentBlockIndex"}):
        emit.event(columns, "annotation", row, to_json_text(rest), block=number)


def _block(block: Json, cells: dict[str, Json], row: int, columns: Columns) -> None:
    """A block, or what is new of it: a union with one member."""
    if type(block) is not dict:
        emit.malformed(columns, row, "a content block", "an object", block, 0)
        return
    for member, said in block.items():
        if member == "text":
            if text := text_in(columns, row, said, "`text`"):
                emit.event(columns, "content", row, text, **cells)
        elif member == "toolUse" and type(said) is dict:
            _call(said, cells, row, columns)
        elif member == "reasoningContent" and type(said) is dict:
            _reasoning(said, cells, row, columns)
        elif member == "citationsContent" and type(said) is dict:
            for part in items_in(columns, row, said.get("content"), "`citationsContent.content`"):
                _block(part, cells, row, columns)
            emit.event(columns, "citation", row, to_json_text(other_fields(said, {"content"})), **cells)
        elif member == "citation":
            emit.event(columns, "citation", row, to_json_text(said), **cells)
        else:
            known = member.endswith(("Result", "Content")) or member in _ASIDES
            emit.event(columns, "annotation" if known else "unknown", row, to_json_text({member: said}), **cells)


def _call(said: dict[str, Json], cells: dict[str, Json], row: int, columns: Columns) -> None:
    given = said.get("input")
    kind = said.get("type")
    rest = other_fields(said, {"input", "toolUseId", "name"} | ({"type"} if type(kind) is str else set()))
    emit.event(
        columns,
        "tool_call",
        row,
        given if type(given) is str else "" if given is None else to_json_text(given),
        **cells,
        tool_call_id=said.get("toolUseId"),
        tool_name=said.get("name"),
        tool_type=kind if type(kind) is str and kind != "tool_use" else None,
        extra=to_json_text(rest) if rest else None,
    )


def _reasoning(said: dict[str, Json], cells: dict[str, Json], row: int, columns: Columns) -> None:
    whole = said.get("reasoningText")
    if type(whole) is dict:
        said = {**other_fields(said, {"reasoningText"}), **whole}
    elif whole is not None:
        emit.malformed(columns, row, "`reasoningText`", "an object", whole, 0)
    if text := text_in(columns, row, said.get("text"), "`reasoningContent.text`"):
        emit.event(columns, "reasoning", row, text, **cells)
    if rest := other_fields(said, {"text", "reasoningText"}):
        emit.event(columns, "annotation", row, to_json_text(rest), **cells)


def _nothing(said: dict[str, Json], row: int, columns: Columns, blocks: Blocks) -> None:
    rest = other_fields(said, {"contentBlockIndex"})
    text = to_json_text(rest) if rest else None
    emit.event(columns, "annotation" if rest else "empty", row, text, choice=None, block=said.get("contentBlockIndex"))


def _finish(said: dict[str, Json], row: int, columns: Columns, blocks: Blocks) -> None:
    rest = other_fields(said, _WHOLE | {"ResponseMetadata"})
    reason = text_in(columns, row, said.get("stopReason"), "`stopReason`")
    emit.event(columns, "finish", row, finish_reason=reason, extra=to_json_text(rest) if rest else None)


def _metadata(said: dict[str, Json], row: int, columns: Columns, blocks: Blocks) -> None:
    emit.usage(columns, [row], [said.get("usage")], USAGE, "usage")
    if rest := other_fields(said, {"usage"}):
        emit.event(columns, "annotation", row, to_json_text(rest), choice=None)


_Reader: TypeAlias = Callable[[dict[str, Json], int, Columns, Blocks], None]

MEMBERS: Final[dict[str, _Reader]] = {
    "messageStart": _start,
    "contentBlockStart": _block_start,
    "contentBlockDelta": _block_delta,
    "contentBlockStop": _nothing,
    "messageStop": _finish,
    "metadata": _metadata,
}


def _next_answers(chunks: Sequence[Json]) -> list[int]:
    """Where another message starts: what one cost follows its end."""
    starts = [at for at, chunk in enumerate(chunks) if type(chunk) is dict and "messageStart" in chunk]
    return starts[1:]


DIALECT: Final = Dialect(
    "bedrock_converse",
    "Bedrock Converse",
    sniff,
    extract,
    traits=frozenset({Trait.GENERATES, Trait.REPORTS_USAGE, Trait.CALL_IDS, Trait.CALLS_FINISH, Trait.UNION_EVENTS}),
    finish_reasons={
        "end_turn": "stop",
        "stop_sequence": "sequence",
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "content_filtered": "filter",
        "guardrail_intervened": "filter",
        "tool_use": "tool",
        "malformed_model_output": "malformed",
        "malformed_tool_use": "malformed",
    },
    usage=USAGE,
    request=RequestFields(
        settings=("inferenceConfig",),
        max_tokens=("maxTokens", "max_new_tokens"),
        stop=("stopSequences",),
        tool_choice=(("toolConfig", "toolChoice"), ("tool_config", "toolChoice")),
        tools=(("toolConfig", "tools"), ("tool_config", "tools")),
        tool_wrappings=("toolSpec", "tool_spec", "systemTool", "system_tool"),
        tool_schemas=("inputSchema",),
        no_tools=("cachePoint", "cache_point"),
        instructions=(("system",),),
        parts=(
            ("text", "text"),
            ("image", "image"),
            ("audio", "audio"),
            ("video", "file"),
            ("document", "file"),
            ("toolUse", "tool_call"),
            ("toolResult", "tool_result"),
            ("reasoningContent", "reasoning"),
        ),
        messages=("messages",),
        model=("modelId",),
        labels=("requestMetadata",),
        streamed_paths=(("/converse-stream", "/converse"),),
        conversation_ids=("toolUseId",),
        seals=(
            ("signature",),
            ("redactedContent",),
        ),
    ),
    answer_fields=("messageStart", "contentBlockDelta", "stopReason output"),
    ends_answer=_is_whole,
    end_fields=frozenset(["stopReason"]),
    next_answers=_next_answers,
    # An inference profile's ARN has a slash, which some recorders decode.
    model_in_path=r"/model/(.+)/converse",
    hosts={
        "bedrock*.amazonaws.com": "bedrock",
        "bedrock*.amazonaws.com.cn": "bedrock",
        "bedrock*.api.aws": "bedrock",
        "*.bedrock*.amazonaws.com": "bedrock",
    },
)
