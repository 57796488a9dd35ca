"""Anthropic Messages, streamed and whole, of Anthropic and of the servers that speak it.

Takes the stream's events (``message_start``, ``content_block_delta`` and so on) or a whole message, gives events. A stream
has one answer, choice 0; the content block an event belongs to is in ``block``. Source of the fields:
https://docs.anthropic.com/en/docs/build-with-claude/streaming and https://docs.anthropic.com/en/api/messages.

Results of the server's own tools are ``annotation`` events with their JSON: they are no text of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.notes import Note
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.extract import emit
from recexplore.read.extract.blocks import BlockKind, Blocks
from recexplore.read.extract.dialect import Dialect, Variant
from recexplore.read.extract.emit import (
    UsageFields,
    confidence,
    is_index,
    items_in,
    objects,
    other_fields,
    share,
    text_in,
)
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

USAGE: Final = UsageFields(
    prompt_includes_cached=False,
    completion_includes_reasoning=True,
    paths={
        "prompt": ((("input_tokens",),),),
        "completion": ((("output_tokens",),),),
        "cached": ((("cache_read_input_tokens",),),),
        "cache_write": ((("cache_creation_input_tokens",),),),
        "reasoning": ((("output_tokens_details", "thinking_tokens"),),),
    },
)

_ENDPOINTS: Final = ("/messages", "/v1/complete")
_MESSAGE: Final = frozenset(
    ["type", "id", "role", "model", "content", "usage", "stop_reason", "stop_sequence", "error", "message"]
)
_ANSWERED: Final = frozenset(["model", "stop_reason", "usage"])
_CALLS: Final = frozenset(["tool_use", "server_tool_use", "mcp_tool_use"])
_ASIDES: Final = frozenset(
    ["redacted_thinking", "mcp_tool_listing", "container_upload", "compaction", "fallback", "image", "document"]
)
"""Blocks that hold no text of the answer; so do all whose type ends in ``_result``."""
_BLOCKS: Final[dict[str, BlockKind]] = {
    "text": "text",
    "thinking": "thinking",
    **dict.fromkeys(_CALLS, "call"),
    **dict.fromkeys(("redacted_thinking", "compaction", "container_upload", "mcp_tool_result"), "whole"),
    **dict.fromkeys((f"{tool}_tool_result" for tool in ("web_search", "web_fetch", "tool_search")), "whole"),
    **dict.fromkeys((f"{what}code_execution_tool_result" for what in ("", "bash_", "text_editor_")), "whole"),
}
"""What the documented types of blocks hold."""


def sniff(exchange: Exchange) -> float:
    # An error is anybody's whose other chunks tell more.
    telling = [chunk for chunk in exchange.chunks if type(chunk) is dict and "error" not in chunk]
    if telling and not share(telling, _belongs):
        return 0.0
    return confidence(exchange, _belongs, _ENDPOINTS)


def _belongs(chunk: dict[str, Json]) -> bool:
    kind = chunk.get("type")
    if type(kind) is not str:
        return False
    if kind == "message":
        return _is_whole(chunk)
    return kind in READERS and (kind != "error" or "error" in chunk)


def _is_whole(chunk: dict[str, Json]) -> bool:
    """Whether it is an answer: what was asked has a message's type, too, but no model's name and no end."""
    return chunk.get("role") != "user" and "content" in chunk and not _ANSWERED.isdisjoint(chunk)


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    retold = _retold_inputs(chunks, rows, columns)
    blocks, owner = Blocks(), None
    for row, chunk in objects(chunks, rows, columns):
        if columns.owner(row) != owner:
            blocks, owner = Blocks(), columns.owner(row)
        if row in retold:
            _retold_start(chunk, row, columns, blocks)
            continue
        kind = chunk.get("type")
        reader = READERS.get(kind) if type(kind) is str else None
        if reader is not None:
            reader(chunk, row, columns, blocks)
        elif chunk.get("error"):
            _error(chunk, row, columns, blocks)
        else:
            emit.chunk(columns, row, n_choices=0, object=kind if type(kind) is str else None)
            emit.event(columns, "unknown", row, to_json_text(chunk), choice=None)


def _message(message: dict[str, Json], row: int, columns: Columns, blocks: Blocks) -> None:
    """A whole message, or the one that a stream begins with."""
    blocks.forget()
    extra = other_fields(message, _MESSAGE)
    if message.get("stop_sequence") and not message.get("stop_reason"):
        extra["stop_sequence"] = message["stop_sequence"]
    emit.chunk(
        columns,
        row,
        n_choices=1,
        extra=extra,
        id=message.get("id"),
        model=message.get("model"),
        object=message.get("type"),
    )
    if message.get("role"):
        emit.event(columns, "role", row, text_in(columns, row, message["role"], "`role`"))
    content = message.get("content") or []
    if type(content) is not list:
        content = [{"type": "text", "text": content}]
    for number, block in enumerate(content):
        _block(block, number, row, columns, is_whole=True)
    if message.get("stop_reason"):
        _finish(
            message["stop_reason"], other_fields({"stop_sequence": message.get("stop_sequence")}, set()), row, columns
        )
    emit.usage(columns, [row], [message.get("usage")], USAGE, "usage")
    if message.get("error"):
        emit.event(columns, "error", row, to_json_text(message["error"]), choice=None)


def _retold_inputs(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> frozenset[int]:
    """The rows that open a block with the whole input of its call, which deltas tell again."""
    found: set[int] = set()
    begun: dict[tuple[int | None, int], int] = {}
    for row, chunk in zip(rows, chunks, strict=True):
        kind = chunk.get("type") if type(chunk) is dict else None
        if type(chunk) is not dict or not (kind == "content_block_start" or begun):
            continue
        number = chunk.get("index")
        if kind == "message_start":
            begun.clear()
        elif type(number) is not int:
            continue
        elif kind == "content_block_start":
            block = chunk.get("content_block")
            begun.pop((columns.owner(row), number), None)
            if type(block) is dict and str(block.get("type")) in _CALLS and block.get("input"):
                begun[columns.owner(row), number] = row
        elif kind == "content_block_delta" and (columns.owner(row), number) in begun:
            delta = chunk.get("delta")
            if type(delta) is dict and delta.get("type") == "input_json_delta" and delta.get("partial_json"):
                found.add(begun.pop((columns.owner(row), number)))
    return frozenset(found)


def _retold_start(chunk: dict[str, Json], row: int, columns: Columns, blocks: Blocks) -> None:
    """SDKs put what the deltas tell in the place of the input that a block begins with."""
    block, number = chunk["content_block"], chunk["index"]
    _block_start({**chunk, "content_block": {**block, "input": {}}}, row, columns, blocks)
    emit.event(columns, "empty", row, to_json_text({"input": block["input"]}), block=number, notes=Note.RETOLD)


def _message_start(chunk: dict[str, Json], row: int, columns: Columns, blocks: Blocks) -> None:
    message = chunk.get("message")
    if type(message) is not dict or type(message.get("content")) is not list:
        emit.event(columns, "empty", row, notes=Note.NO_CONTENT_LIST)
    if type(message) is not dict:
        _odd_part(chunk, "message", row, columns)
        return
    _message({**message, "type": chunk["type"], **other_fields(chunk, _MESSAGE)}, row, columns, blocks)


def _block_start(chunk: dict[str, Json], row: int, columns: Columns, blocks: Blocks) -> None:
    _describe_delta(chunk, row, columns, {"type", "index", "content_block"})
    block, number = chunk.get("content_block"), chunk.get("index")
    kind = block.get("type") if type(block) is dict else None
    blocks.open(number, _BLOCKS.get(kind) if type(kind) is str else None)
    _block(block, number, row, columns, is_whole=False)


def _block(block: Json, number: Json, row: int, columns: Columns, *, is_whole: bool) -> None:
    if type(block) is not dict:
        emit.malformed(columns, row, "a content block", "an object", block, 0)
        return
    kind = block.get("type") if type(block.get("type")) is str else None
    cells: dict[str, Any] = {"block": number}
    if kind == "text":
        emit.text(columns, "content", row, block, "text", {"citations"}, **cells)
        for citation in items_in(columns, row, block.get("citations"), "`citations`"):
            emit.event(columns, "citation", row, to_json_text(citation), **cells)
    elif kind == "thinking":
        emit.text(columns, "reasoning", row, block, "thinking", {"signature"}, **cells)
        if block.get("signature"):
            emit.event(columns, "annotation", row, to_json_text({"signature": block["signature"]}), **cells)
    elif kind in _CALLS:
        given = block.get("input")
        text = to_json_text(given) if given or (is_whole and given is not None) else ""
        rest = other_fields(block, {"type", "id", "name", "input"})
        emit.event(
            columns,
            "tool_call",
            row,
            text,
            tool_call_id=block.get("id"),
            tool_name=block.get("name"),
            tool_type=None if kind == "tool_use" else kind,
            extra=to_json_text(rest) if rest else None,
            **cells,
        )
    else:
        known = kind in _ASIDES or str(kind).endswith("_result")
        emit.event(columns, "annotation" if known else "unknown", row, to_json_text(block), **cells)


def _block_delta(chunk: dict[str, Json], row: int, columns: Columns, blocks: Blocks) -> None:
    delta = chunk.get("delta")
    if type(delta) is not dict:
        _odd_part(chunk, "delta", row, columns)
        return
    _describe_delta(chunk, row, columns, {"type", "index", "delta"})
    kind, field, brings = _DELTAS.get(str(delta.get("type")), _UNKNOWN_DELTA)
    number = chunk.get("index")
    cells: dict[str, Any] = {"block": number}
    if misfit := blocks.misfit(number, brings):
        cells["notes"] = misfit
    if kind in ("content", "reasoning", "tool_call"):
        emit.text(columns, kind, row, delta, field, **cells)
    else:
        told = delta[field] if field and field in delta and not other_fields(delta, {"type", field}) else delta
        emit.event(columns, kind, row, to_json_text(told), **cells)


_DELTAS: Final[dict[str, tuple[str, str, BlockKind | None]]] = {
    "text_delta": ("content", "text", "text"),
    "thinking_delta": ("reasoning", "thinking", "thinking"),
    "input_json_delta": ("tool_call", "partial_json", "call"),
    "citations_delta": ("citation", "citation", "text"),
    "signature_delta": ("annotation", "", "thinking"),
    "compaction_delta": ("annotation", "", None),
}
"""Which kind a delta is, which of its fields says so (the whole delta where none is named), and into which blocks it
belongs."""
_UNKNOWN_DELTA: Final[tuple[str, str, BlockKind | None]] = ("unknown", "", None)


def _message_delta(chunk: dict[str, Json], row: int, columns: Columns, blocks: Blocks) -> None:
    delta = chunk.get("delta")
    if type(delta) is not dict:
        _odd_part(chunk, "delta", row, columns)
        return
    _describe_delta(chunk, row, columns, {"type", "delta", "usage"})
    if delta.get("stop_reason"):
        _finish(delta["stop_reason"], other_fields(delta, {"stop_reason"}), row, columns)
    elif delta := other_fields(delta, set()):
        emit.event(columns, "annotation", row, to_json_text(delta))
    emit.usage(columns, [row], [chunk.get("usage")], USAGE, "usage")


def _finish(said: Json, rest: dict[str, Json], row: int, columns: Columns) -> None:
    reason = text_in(columns, row, said, "`stop_reason`")
    emit.event(columns, "finish", row, finish_reason=reason, extra=to_json_text(rest) if rest else None)


def _error(chunk: dict[str, Json], row: int, columns: Columns, blocks: Blocks) -> None:
    _describe_delta(chunk, row, columns, {"type", "error"})
    emit.event(columns, "error", row, to_json_text(chunk.get("error")), choice=None)


def _lifecycle(chunk: dict[str, Json], row: int, columns: Columns, blocks: Blocks) -> None:
    _describe_delta(chunk, row, columns, {"type", "index"})
    emit.event(columns, "empty", row, choice=None, block=chunk.get("index"))


def _completion(chunk: dict[str, Json], row: int, columns: Columns, blocks: Blocks) -> None:
    """Text completions, the predecessor."""
    known = {"type", "id", "model", "completion", "stop_reason", "stop"}
    emit.chunk(
        columns,
        row,
        n_choices=1,
        extra=other_fields(chunk, known),
        id=chunk.get("id"),
        model=chunk.get("model"),
        object="completion",
    )
    if text := text_in(columns, row, chunk.get("completion"), "`completion`"):
        emit.event(columns, "content", row, text)
    if chunk.get("stop_reason"):
        _finish(chunk["stop_reason"], other_fields({"stop": chunk.get("stop")}, set()), row, columns)


def _describe_delta(chunk: dict[str, Json], row: int, columns: Columns, known: set[str]) -> None:
    has_answer = chunk["type"].startswith("content_block") if type(chunk.get("type")) is str else False
    # Kept beside the chunk, too: the start of an empty block is no event that could carry it.
    index = chunk.get("index")
    place = {} if index is None or is_index(index) else {"index": index}
    emit.chunk(
        columns,
        row,
        n_choices=int(has_answer),
        extra=place | other_fields(chunk, known),
        object=chunk.get("type"),
        block=index if is_index(index) else None,
    )


def _odd_part(chunk: dict[str, Json], field: str, row: int, columns: Columns) -> None:
    emit.chunk(columns, row, n_choices=0, object=chunk.get("type"))
    emit.malformed(columns, row, f"`{field}` of {chunk.get('type')}", "an object", chunk)


_Reader: TypeAlias = Callable[[dict[str, Json], int, Columns, Blocks], None]

READERS: Final[dict[str, _Reader]] = {
    "message": _message,
    "message_start": _message_start,
    "content_block_start": _block_start,
    "content_block_delta": _block_delta,
    "content_block_stop": _lifecycle,
    "message_delta": _message_delta,
    "message_stop": _lifecycle,
    "ping": _lifecycle,
    "error": _error,
    "completion": _completion,
}


def _ends_answer(chunk: dict[str, Json]) -> bool:
    kind = chunk.get("type")
    return kind == "message_stop" or (kind == "message" and _is_whole(chunk))


DIALECT: Final = Dialect(
    "anthropic",
    "Anthropic Messages",
    sniff,
    extract,
    endpoints=_ENDPOINTS,
    traits=frozenset(
        {
            Trait.GENERATES,
            Trait.PATH_TELLS_FORMAT,
            Trait.REPORTS_USAGE,
            Trait.CALL_IDS,
            Trait.CALLS_FINISH,
            Trait.NAMED_EVENTS,
            Trait.BLOCK_EVENTS,
        }
    ),
    # Amazon's frames have names of their own.
    variants=(Variant(("/invoke-with-response-stream",), lacks=frozenset({Trait.NAMED_EVENTS})),),
    finish_reasons={
        "end_turn": "stop",
        "stop_sequence": "sequence",
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "refusal": "filter",
        "tool_use": "tool",
        "pause_turn": "other",
        "compaction": "other",
    },
    usage=USAGE,
    request=RequestFields(
        max_tokens=("max_tokens",),
        stop=("stop_sequences",),
        stream=(("stream",),),
        tool_choice=(("tool_choice",),),
        tools=(("tools",),),
        tool_groups=("tools",),
        tool_schemas=("input_schema",),
        message_tools=(("tool_reference", "tool_name"),),
        single_call=(("tool_choice", "disable_parallel_tool_use"),),
        reasoning=(("thinking", "type"),),
        instructions=(("system",),),
        parts=(
            ("text", "text"),
            ("image", "image"),
            ("document", "file"),
            ("container_upload", "file"),
            ("thinking", "reasoning"),
            ("redacted_thinking", "reasoning"),
            ("tool_use", "tool_call"),
            ("server_tool_use", "tool_call"),
            ("mcp_tool_use", "tool_call"),
            ("tool_result", "tool_result"),
            ("mcp_tool_result", "tool_result"),
            ("web_search_tool_result", "tool_result"),
            ("web_fetch_tool_result", "tool_result"),
            ("code_execution_tool_result", "tool_result"),
            ("bash_code_execution_tool_result", "tool_result"),
            ("text_editor_code_execution_tool_result", "tool_result"),
            ("tool_search_tool_result", "tool_result"),
            ("advisor_tool_result", "tool_result"),
        ),
        messages=("messages", "prompt"),
        model=("model",),
        labels=("metadata",),
        conversation_ids=("id", "tool_use_id", "container"),
        seals=(
            ("signature",),
            ("redacted_thinking", "data"),
            ("encrypted_content",),
            ("encrypted_index",),
        ),
    ),
    answer_fields=(
        "type message.role",
        "type delta.type index",
        "type delta.stop_reason",
        "type content_block index",
        "type role content stop_reason",
        "type completion stop_reason",
    ),
    ends_answer=_ends_answer,
    end_fields=frozenset(["type"]),
    hosts={"api.anthropic.com": "anthropic"},
)
