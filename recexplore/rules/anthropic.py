"""The rule about the order of Anthropic's events: blocks one after the other, between message_start and message_stop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from recexplore.model.traits import Trait
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped

__all__ = ["RULES"]


def _anthropic(streams: Streams) -> Iterator[Hit]:
    failed, mixed = set(streams.of_kind("error")["of"]), _mixed_blocks(streams)
    finished = set(streams.finishes["of"])
    for of, chunks in streams.chunks_of_streams(Trait.BLOCK_EVENTS):
        chunks = chunks[chunks["damage"].isna()]
        kinds = chunks["object"].tolist()
        if not any(str(kind).startswith("content_block") or kind == "message_start" for kind in kinds):
            continue  # a whole message, or the older text completions
        blocks = [None if pd.isna(block) else int(block) for block in chunks["block"]]
        steps = list(zip(chunks["chunk"].tolist(), kinds, blocks, strict=True))
        broken = sorted(
            [
                *_broken_steps(steps, ended=of in failed or of not in finished or of in streams.damaged),
                *mixed.get(of, ()),
            ],
            key=lambda step: step[0],
        )
        if broken:
            chunk, said = broken[0]
            more = f" ({len(broken) - 1} more beside it or because of it)" if len(broken) > 1 else ""
            yield Hit(
                of, f"The order of events is broken: {said}{more}.", chunk, choice=0, evidence=_told(steps, chunk)
            )


def _mixed_blocks(streams: Streams) -> dict[int, list[tuple[int, str]]]:
    """Blocks that hold both a tool call and text: a delta of another kind than its block."""
    payload = streams.payload
    mine = payload[streams.has(payload["of"], Trait.BLOCK_EVENTS) & payload["block"].notna().to_numpy(dtype=bool)]
    is_call = (mine["kind"] == "tool_call").to_numpy(dtype=bool)
    calls = pd.Series(is_call, index=mine.index).groupby([mine["key"], mine["block"]])
    both = mine[calls.transform("any") & ~calls.transform("all")]
    found: dict[int, list[tuple[int, str]]] = {}
    for _, block in grouped(both, ["key", "block"]):
        odd = block[block["kind"] != block["kind"].iloc[0]].iloc[0]
        began, now = (_KINDS.get(str(kind), "text") for kind in (block["kind"].iloc[0], odd["kind"]))
        said = f"block {odd['block']} began as {began}, in chunk {odd['chunk']} it gets {now}"
        found.setdefault(int(odd["of"]), []).append((int(odd["chunk"]), said))
    return found


_KINDS: Final = {"tool_call": "a tool call", "reasoning": "thinking"}


def _broken_steps(steps: list[tuple[int, Any, Any]], *, ended: bool) -> Iterator[tuple[int, str]]:
    """Where blocks are not opened, filled and closed one after the other, and the message not begun and ended once."""
    is_open: Any = None
    seen: set[Any] = set()
    started = stopped = False
    for at, kind, block in steps:
        if stopped and kind in _OF_MESSAGE:
            yield at, f"{kind} in chunk {at} comes after message_stop"
        elif not started and kind in _OF_MESSAGE[:-1]:
            yield at, f"{kind} comes in chunk {at} before any message_start"
            started = True
        if kind == "message_start":
            if started:
                yield at, f"a second message_start in chunk {at}"
            started = True
        elif kind == "content_block_start":
            if is_open is not None:
                yield at, f"block {block} starts in chunk {at} while block {is_open} is open"
            if block in seen:
                yield at, f"block {block} starts a second time in chunk {at}"
            elif block != len(seen):
                yield at, f"block {block} starts in chunk {at} where {len(seen)} is next"
            is_open = block
            seen.add(block)
        elif kind == "content_block_delta" and block != is_open:
            what = "no block is open" if is_open is None else f"block {is_open} is"
            yield at, f"a delta for block {block} comes in chunk {at} while {what}"
        elif kind == "content_block_stop":
            if block != is_open:
                yield at, f"block {block} stops in chunk {at} without being open"
            is_open = None
        elif kind == "message_stop":
            if is_open is not None:
                yield at, f"message_stop comes in chunk {at} while block {is_open} is open"
            stopped = True
    if not stopped and not ended and steps:
        yield steps[-1][0], f"the recording ends at chunk {steps[-1][0]} without message_stop"


_OF_MESSAGE: Final = (
    "message_stop",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_start",
)


def _told(steps: list[tuple[int, Any, Any]], chunk: int) -> str:
    near = [step for step in steps if chunk - 2 <= step[0] <= chunk + 1]
    return ", ".join(f"{at}: {kind}{'' if block is None else f' (block {block})'}" for at, kind, block in near)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "anthropic-lifecycle",
        "Anthropic's events out of order",
        "error",
        meaning="SDKs raise, or put a delta into the wrong block.",
        cause="A gateway translates another API's stream and gets the blocks wrong, or the connection broke.",
        remedy="Each block is started, filled and stopped before the next; message_stop comes last.",
        legal="`ping`, and events that are not known. After an error the rest is not missed.",
        find=_anthropic,
        traits=frozenset({Trait.BLOCK_EVENTS}),
        sources=(
            "https://github.com/anthropics/anthropic-sdk-python/issues/1273",
            "https://docs.anthropic.com/en/docs/build-with-claude/streaming",
        ),
    ),
)
