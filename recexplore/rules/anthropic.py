"""The rule about the order of Anthropic's events: blocks one after the other, between message_start and message_stop, and
in each block what it was opened for."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any, Final

import pandas as pd

from recexplore.model.json_text import to_json_text
from recexplore.model.notes import Note
from recexplore.model.traits import Trait
from recexplore.rules.blocks import Misfits, Step, misfits, steps_near
from recexplore.rules.quoting import quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, object_in
from recexplore.rules.stretches import stretch_of

__all__ = ["RULES"]


def _anthropic(streams: Streams) -> Iterator[Hit]:
    failed, finished = set(streams.of_kind("error")["of"]), set(streams.finishes["of"])
    misplaced = misfits(streams)
    headless, retold = (set(streams.noted(note)["of"]) for note in (Note.NO_CONTENT_LIST, Note.RETOLD))
    reasons: dict[int, dict[int, Any]] = {}
    for of, at, reason in streams.finishes[["of", "chunk", "finish_reason"]].itertuples(index=False, name=None):
        reasons.setdefault(of, {})[at] = reason
    for of, chunks in streams.chunks_of_streams(Trait.BLOCK_EVENTS):
        chunks = chunks[chunks["damage"].isna()]
        kinds = chunks["object"].tolist()
        if not any(str(kind).startswith("content_block") or kind == "message_start" for kind in kinds):
            continue  # a whole message, or the older text completions
        blocks = [None if pd.isna(block) else int(block) for block in chunks["block"]]
        steps = list(zip(chunks["chunk"].tolist(), kinds, blocks, strict=True))
        yield from _headless(streams, of, steps) if of in headless else ()
        yield from _retold(streams, of) if of in retold else ()
        yield from _taken_back(of, steps, reasons.get(of, {}))
        ended = of in failed or of not in finished or of in streams.damaged or streams.is_open_ended[of]
        broken: list[tuple[int, str, Misfits | None]] = [
            *((at, said, None) for at, said in _broken_steps(steps, ended=ended)),
            *((each.chunk, each.said, each) for each in misplaced.get(of, ())),
        ]
        if broken:
            chunk, said, misfit = min(broken, key=itemgetter(0))
            more = f" ({len(broken) - 1} more beside it or because of it)" if len(broken) > 1 else ""
            if misfit is None:
                message = f"The order of events is broken: {said}{more}."
                yield Hit(of, message, chunk, choice=0, evidence=steps_near(steps, chunk))
            else:
                message = f"A delta is not of its block's kind: {said}{more}."
                yield Hit(of, message, chunk, misfit.last_chunk, choice=0, evidence=misfit.evidence, spans=misfit.spans)


def _headless(streams: Streams, of: int, steps: list[Step]) -> Iterator[Hit]:
    """A message that blocks cannot be added to."""
    starts = streams.noted(Note.NO_CONTENT_LIST)
    for at in starts.loc[starts["of"] == of, "chunk"].tolist():
        if any(kind == "content_block_start" and n > at for n, kind, _ in steps):
            yield Hit(
                of,
                f"message_start in chunk {at} has no message with a list `content`; SDKs add each block to that list, and "
                "raise at the first.",
                chunk=int(at),
                choice=0,
                evidence=steps_near(steps, at),
            )


def _retold(streams: Streams, of: int) -> Iterator[Hit]:
    """Input that a block begins with, and that its deltas tell again."""
    retold = streams.noted(Note.RETOLD)
    retold = retold[(retold["of"] == of).to_numpy()]
    at, block, text = int(retold["chunk"].iloc[0]), int(retold["block"].iloc[0]), retold["text"].iloc[0]
    calls = streams.of_kind("tool_call")
    is_mine = (calls["of"] == of) & (calls["block"] == block) & (calls["chunk"] > at) & (calls["text"] != "")
    again = calls[is_mine.fillna(False).to_numpy(dtype=bool)]
    others = f" ({len(retold) - 1} more blocks are the same)" if len(retold) > 1 else ""
    yield Hit(
        of,
        f"content_block_start in chunk {at} has the input of block {block} already, and deltas tell it again from chunk "
        f"{again['chunk'].min()} on; some SDKs put the deltas in its place, others behind it, which is no JSON{others}.",
        chunk=at,
        last_chunk=int(again["chunk"].max()),
        choice=0,
        evidence=quoted(to_json_text(object_in(text)["input"])),
        severity="warning",
        spans=stretch_of(again).spans,
    )


def _taken_back(of: int, steps: list[Step], finishes: dict[int, Any]) -> Iterator[Hit]:
    """A stop reason that a later message_delta leaves out."""
    told: int | None = None
    for at, kind, _ in steps:
        if kind == "message_start":
            told = None
        elif kind == "message_delta" and at in finishes:
            told = at
        elif kind == "message_delta" and told is not None:
            yield Hit(
                of,
                f"message_delta in chunk {at} has no stop_reason, after the one in chunk {told} said "
                f"{quoted(finishes[told])}; SDKs keep what the last one says, and the message seems never to have stopped.",
                chunk=at,
                choice=0,
                evidence=f"{finishes[told]} → none",
                severity="warning",
            )
            return


def _broken_steps(steps: list[Step], *, ended: bool) -> Iterator[tuple[int, str]]:
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


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "anthropic-lifecycle",
        "Anthropic's events out of order",
        "error",
        meaning="SDKs raise, put a delta into the wrong block, or drop it: thinking that comes for a text block is lost.",
        cause="A gateway translates another API's stream and gets the blocks wrong, or the connection broke.",
        remedy="message_start brings an empty `content`; each block is started, filled with deltas of its own kind and "
        "stopped before the next; message_delta tells the reason once, and message_stop comes last.",
        legal="`ping`, events, blocks and deltas that are not known, and numbers of blocks that skip some. After an error "
        "the rest is not missed. Input that stands in its block's start as well as in deltas, and a stop reason that a "
        "later message_delta leaves out, are warnings: SDKs differ.",
        find=_anthropic,
        traits=frozenset({Trait.BLOCK_EVENTS}),
        sources=(
            "https://github.com/anthropics/anthropic-sdk-python/issues/1273",
            "https://github.com/anthropics/anthropic-sdk-python/issues/1940",
            "https://github.com/trpc-group/trpc-agent-go/issues/1649",
            "https://github.com/BerriAI/litellm/issues/33224",
            "https://docs.anthropic.com/en/docs/build-with-claude/streaming",
        ),
    ),
)
