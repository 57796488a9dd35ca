"""The rule about the order of Converse's events: blocks filled and closed between messageStart and messageStop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import pandas as pd

from recexplore.model.severities import Severity
from recexplore.model.span import Span
from recexplore.model.traits import Trait
from recexplore.rules.blocks import Step, misfits, steps_near
from recexplore.rules.quoting import listed
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams

__all__ = ["RULES"]

_CUT_SHORT: Final = ("filter", "failed", "malformed")
"""What may end a message in the middle of a block."""


class _Broken(NamedTuple):
    """A step that cannot be, or deltas in the wrong block."""

    chunk: int
    said: str
    last_chunk: int | None = None
    evidence: str | None = None
    spans: tuple[Span, ...] = ()
    severity: Severity | None = None


def _converse(streams: Streams) -> Iterator[Hit]:
    misplaced, finishes = misfits(streams), streams.finishes
    cut_short = set(finishes.loc[finishes["meaning"].isin(_CUT_SHORT), "of"])
    for of, chunks in streams.chunks_of_streams(Trait.UNION_EVENTS):
        chunks = chunks[chunks["damage"].isna()]
        blocks = [None if pd.isna(block) else int(block) for block in chunks["block"]]
        steps = list(zip(chunks["chunk"].tolist(), chunks["object"].tolist(), blocks, strict=True))
        broken = [
            *_broken_steps(steps, cut_short=of in cut_short),
            *(
                _Broken(each.chunk, each.said, each.last_chunk, each.evidence, each.spans)
                for each in misplaced.get(of, ())
            ),
        ]
        # What loses a part of the answer goes before what only comes early.
        if broken:
            worst = min(broken, key=lambda each: (each.severity is not None, each.chunk))
            more = f" ({len(broken) - 1} more beside it or because of it)" if len(broken) > 1 else ""
            yield Hit(
                of,
                f"The events of the message do not fit together: {worst.said}{more}.",
                worst.chunk,
                worst.last_chunk,
                choice=0,
                evidence=worst.evidence or steps_near(steps, worst.chunk),
                severity=worst.severity,
                spans=worst.spans,
            )


def _broken_steps(steps: list[Step], *, cut_short: bool) -> Iterator[_Broken]:
    """Where blocks are opened or closed twice, filled when closed, or left open, and the message not begun once.

    What comes after messageStop is told as what comes after a finish.
    """
    is_open: dict[int, int] = {}
    closed: dict[int, int] = {}
    began: int | None = None
    early: list[int] = []
    for at, kind, block in steps:
        if kind == "messageStart":
            if began is not None:
                yield _Broken(at, f"a second messageStart comes in chunk {at}, after the one in chunk {began}")
                is_open, closed = {}, {}
            began = at
        elif kind in _OF_MESSAGE and began is None:
            yield _Broken(at, f"{kind} comes in chunk {at} before any messageStart")
            began = at
        if kind == "metadata":
            early.append(at)
        elif kind == "messageStop":
            if is_open and not cut_short:
                numbers = f"block{'s' if len(is_open) > 1 else ''} {listed(is_open)}"
                said = f"messageStop comes in chunk {at}, and no contentBlockStop closed {numbers} before"
                yield _Broken(at, f"{said}; clients that keep a block when it is closed lose it")
            for where in early:
                yield _Broken(
                    where, f"metadata comes in chunk {where}, before messageStop in chunk {at}", severity="warning"
                )
            return
        if block is None:
            continue
        if kind == "contentBlockStart" and (block in is_open or block in closed):
            before = is_open.get(block, closed.get(block))
            yield _Broken(at, f"block {block} starts in chunk {at}, although chunk {before} told of it already")
        if kind in ("contentBlockStart", "contentBlockDelta"):
            if block in closed and kind == "contentBlockDelta":
                said = f"a delta for block {block} comes in chunk {at}, after chunk {closed[block]} closed the block"
                yield _Broken(at, said)
            elif block not in closed:
                is_open.setdefault(block, at)
        elif kind == "contentBlockStop":
            if block in closed and block not in is_open:
                yield _Broken(
                    at, f"block {block} is closed in chunk {at}, although chunk {closed[block]} closed it already"
                )
            closed.setdefault(block, at)
            is_open.pop(block, None)


_OF_MESSAGE: Final = ("contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop")


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "converse-lifecycle",
        "Converse's events out of order",
        "error",
        meaning="Clients keep a block when it is closed, and fill it by its number and kind: what comes for another block, "
        "or for one that is closed or never closes, is lost.",
        cause="A gateway or a local stand-in translates another API's stream into Converse's and gets the blocks wrong.",
        remedy="messageStart, then each block with its deltas and its contentBlockStop, then messageStop, then metadata. "
        "A tool call's block is opened with its id and name.",
        legal="Blocks of text and of reasoning begin without contentBlockStart. Blocks may take turns, skip numbers, and be "
        "closed without a delta. A guardrail may stop the message within a block. A missing messageStop is told as an "
        "answer that never finishes, what follows messageStop as one that goes on. Early metadata is a warning.",
        find=_converse,
        traits=frozenset({Trait.UNION_EVENTS}),
        sources=(
            "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html",
            "https://github.com/maximhq/bifrost/issues/4262",
        ),
    ),
)
