"""The text of a recorded chat stream, cut as it was, as other APIs would have sent it: of theirs, few streams are public."""

from __future__ import annotations

from random import Random
from typing import Any

from recexplore.testing.defects.tapes import CHAT, Tape

__all__ = ["ASSISTANTS", "as_assistants", "as_converse", "as_realtime", "pieces_of"]

ASSISTANTS = "openai_assistants"
_FEWEST = 4


def pieces_of(tape: Tape) -> list[str]:
    """The deltas of the first answer's content; none where there are too few, or tags in them."""
    if tape.dialect != CHAT or not tape.streaming or tape.times is not None or tape.framed is not None:
        return []
    choices = [
        each
        for chunk in tape.chunks
        if isinstance(chunk, dict)
        for each in chunk.get("choices") or ()
        if isinstance(each, dict) and not each.get("index")
    ]
    deltas = [each.get("delta") or {} for each in choices]
    said = [delta["content"] for delta in deltas if isinstance(delta.get("content"), str) and delta["content"]]
    return said if len(said) >= _FEWEST and "".join(said).strip() and not set("<[") & set("".join(said)) else []


def _told(tape: Tape, dialect: str, endpoint: str, chunks: list[Any]) -> Tape:
    return Tape(tape.name, dialect, chunks, {"stream": True}, endpoint=endpoint, url=f"http://localhost{endpoint}")


def as_converse(tape: Tape, rng: Random) -> Tape | None:
    """Thoughts, text and a call, one block each; text and thoughts are not opened."""
    pieces = pieces_of(tape)
    if not pieces:
        return None
    cut = rng.randint(1, len(pieces) - 1)
    call = {"toolUse": {"toolUseId": "tooluse_1", "name": "note"}}
    blocks = [
        [_converse_delta(0, {"reasoningContent": {"text": text}}) for text in pieces[:cut]],
        [_converse_delta(1, {"text": text}) for text in pieces[cut:]],
        [
            {"contentBlockStart": {"start": call, "contentBlockIndex": 2}},
            *[_converse_delta(2, {"toolUse": {"input": text}}) for text in ('{"a":', "1}")],
        ],
    ]
    chunks: list[Any] = [{"messageStart": {"role": "assistant"}}]
    for number, block in enumerate(blocks):
        chunks += [*block, {"contentBlockStop": {"contentBlockIndex": number}}]
    chunks.append({"messageStop": {"stopReason": "tool_use"}})
    chunks.append({"metadata": {"usage": {"inputTokens": 9, "outputTokens": 99, "totalTokens": 108}}})
    return _told(tape, "bedrock_converse", "/model/m/converse-stream", chunks)


def _converse_delta(number: int, delta: dict[str, Any]) -> dict[str, Any]:
    return {"contentBlockDelta": {"delta": delta, "contentBlockIndex": number}}


def as_realtime(tape: Tape, rng: Random) -> Tape | None:
    """A session with one response, which speaks."""
    pieces = pieces_of(tape)
    if not pieces:
        return None
    whole, where = "".join(pieces), {"response_id": "resp_1", "item_id": "item_1", "output_index": 0}
    item = {"id": "item_1", "object": "realtime.item", "type": "message", "role": "assistant"}
    name = f"response.{rng.choice(['output_audio_transcript', 'audio_transcript'])}"
    done = {**item, "status": "completed", "content": [{"type": "output_audio", "transcript": whole}]}
    part = {**where, "content_index": 0}
    response = {"object": "realtime.response", "id": "resp_1"}
    chunks: list[Any] = [
        {"type": "session.created", "session": {"model": "m"}},
        {"type": "response.created", "response": {**response, "status": "in_progress", "output": []}},
        {
            "type": "response.output_item.added",
            **_of_item(where),
            "item": {**item, "status": "in_progress", "content": []},
        },
        *[{"type": f"{name}.delta", **part, "delta": text} for text in pieces],
        {"type": f"{name}.done", **part, "transcript": whole},
        {"type": "response.output_item.done", **_of_item(where), "item": done},
        {"type": "response.done", "response": {**response, "status": "completed", "output": [done]}},
    ]
    chunks = [{"event_id": f"event_{n}", **chunk} for n, chunk in enumerate(chunks)]
    return _told(tape, "openai_realtime", "/v1/realtime", chunks)


def _of_item(where: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in where.items() if name != "item_id"}


def as_assistants(tape: Tape) -> Tape | None:
    """A run that writes one message."""
    pieces = pieces_of(tape)
    if not pieces:
        return None
    run = {"id": "run_1", "object": "thread.run", "model": "m"}
    message = {"id": "msg_1", "object": "thread.message", "run_id": "run_1", "role": "assistant"}
    chunks: list[Any] = [
        {**run, "status": "queued"},
        {**run, "status": "in_progress"},
        {**message, "status": "in_progress", "content": []},
        *[
            {
                "id": "msg_1",
                "object": "thread.message.delta",
                "delta": {"content": [{"index": 0, "type": "text", "text": {"value": text}}]},
            }
            for text in pieces
        ],
        {**message, "status": "completed", "content": [{"type": "text", "text": {"value": "".join(pieces)}}]},
        {**run, "status": "completed", "usage": {"prompt_tokens": 9, "completion_tokens": 99, "total_tokens": 108}},
    ]
    return _told(tape, ASSISTANTS, "/v1/threads/t/runs", chunks)
