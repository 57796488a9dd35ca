"""The chunks of a body and what stood around each: what everything on the wire is read into.

Takes chunks one by one, hands them on to the exchange that they are the answer of. Never cuts bytes.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final, Literal

from recexplore.model.exchange import CHUNK, DONE_MARK, Exchange, Json, Problem, WireFormat
from recexplore.read.wire.json_text import decode_json

__all__ = ["Body", "packed"]

_DONE: Final = DONE_MARK.encode()


@dataclass(slots=True)
class Body:
    """The chunks of a body, and what stood around each; ``is_list`` where they are the items of one JSON list."""

    chunks: list[Json] = field(default_factory=list)
    streamed: bool = False
    wire_format: WireFormat | None = None
    is_list: bool = False
    names: list[str | None] = field(default_factory=list)
    framing: list[str | None] = field(default_factory=list)
    sizes: list[int | None] = field(default_factory=list)
    offsets: list[int | None] = field(default_factory=list)
    damage: Literal["cut", "unterminated"] | None = None
    lone_surrogates: bool = False
    problems: list[Problem] = field(default_factory=list)

    def add(
        self,
        chunk: Json,
        *,
        name: str | None = None,
        framing: str | None = None,
        size: int | None = None,
        at: int | None = None,
    ) -> None:
        self.chunks.append(chunk)
        self.names.append(name)
        self.framing.append(framing)
        self.sizes.append(size)
        self.offsets.append(at)

    def decode(self, data: bytes, at: str, *, may_be_cut: bool = False, may_be_text: bool = True) -> Json:
        """The JSON that ``data`` holds; the text itself where it holds none, which is told unless it may be text."""
        decoded = decode_json(data) if data.strip() else None
        if decoded is None or not decoded.readable or decoded.has_more or (decoded.is_cut and not may_be_cut):
            is_broken = data.lstrip()[:1] == b"{"
            if may_be_cut and is_broken:
                self.damage = "cut"
            if is_broken or not (may_be_text or data == _DONE):
                found = data[:80].decode("utf-8", "replace")
                self.problem(f"{at} is not JSON", "JSON", found, "kept as text")
            return data.decode("utf-8", "replace")
        self.lone_surrogates |= decoded.lone_surrogates
        if decoded.is_cut:
            self.damage = "cut"
        for problem in decoded.damage:
            self.problem(problem.what, problem.expected, problem.found, problem.hint)
        return decoded.value

    def problem(self, what: str, expected: str, found: str, hint: str) -> None:
        self.problems.append(Problem(what, expected, found, hint, chunk=len(self.chunks)))

    def cut(self, ends: Sequence[int]) -> list[Body]:
        """Several bodies, each up to and with one of the chunks at ``ends``; the last one takes what is left."""
        borders = [0, *(end + 1 for end in ends if end + 1 < len(self.chunks)), len(self.chunks)]
        parts = []
        for start, end in pairwise(borders):
            part = Body(self.chunks[start:end], self.streamed, self.wire_format)
            part.names, part.framing = self.names[start:end], self.framing[start:end]
            part.sizes, part.lone_surrogates = self.sizes[start:end], self.lone_surrogates
            part.offsets = self.offsets[start:end]
            is_last = end == borders[-1]
            part.problems = [
                replace(each, chunk=(each.chunk or 0) - start)
                for each in self.problems
                if start <= (each.chunk or 0) and ((each.chunk or 0) < end or is_last)
            ]
            parts.append(part)
        parts[-1].damage = self.damage
        return parts

    def fill(self, exchange: Exchange) -> None:
        """Hand everything on to the exchange it is the answer of."""
        exchange.chunks = self.chunks
        exchange.wire_format = self.wire_format
        known = [at for at in self.offsets if at is not None]
        exchange.offsets = known if len(known) == len(self.chunks) else None
        exchange.chunk_path += (CHUNK,) if self.is_list else ()
        exchange.lone_surrogates |= self.lone_surrogates
        for column, cells in (("event", self.names), ("framing", self.framing), ("bytes", self.sizes)):
            if any(cell is not None for cell in cells):
                exchange.wire[column] = cells
        if self.damage is not None and self.chunks:
            exchange.damaged_chunk, exchange.damage = len(self.chunks) - 1, self.damage
        exchange.problems += self.problems


def packed(data: bytes, kind: str) -> Body:
    """One chunk for what is no text: the bytes as base64."""
    body = Body()
    body.add({"media_type": kind, "base64": base64.b64encode(data).decode()}, size=len(data))
    return body
