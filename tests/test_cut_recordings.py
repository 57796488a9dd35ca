"""Every recording there is, cut anywhere: what stands whole before the cut is read as it was, what it harms is told."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

import pytest

from recexplore.model.exchange import Exchange
from recexplore.read import envelopes
from recexplore.read.positions.find_line import find_line
from recexplore.read.wire.content import Content

PROJECT = Path(__file__).parent.parent
BUNDLED = sorted(
    path
    for folder in ("recordings", "recexplore/rules/examples")
    for path in (PROJECT / folder).rglob("*.*")
    if path.is_file() and path.suffix not in (".md", ".py", ".pyc")
)
LINES = re.compile(r"\.(jsonl|ndjson)$")
CUTS = 20
"""A file, evenly spread, and as many by chance."""


@dataclass
class Read:
    exchanges: list[Exchange]
    n_told: int


def read(content: Content) -> Read:
    envelope = envelopes.choose(content)
    found = [] if envelope is None else list(envelope.read(content))
    exchanges = [each for each in found if isinstance(each, Exchange)]
    return Read(exchanges, len(found) - len(exchanges) + sum(len(each.problems) for each in exchanges))


def spread_over_lines(path: Path) -> bytes:
    """The file; a document of JSON with each value on a line of its own, so that lines tell where a chunk ends."""
    content = Content(path.name, path.read_bytes())
    is_document = content.looks_like_json and not content.is_lines
    return json.dumps(content.document.value, indent=1).encode() if is_document else content.data


def whole_from(content: Content) -> dict[tuple[int, int], int]:
    """For each chunk, by its exchange and its place there: from which length of the file on it stands there whole.

    It does where the line is reached on which the next chunk begins; of the last one that is not known.
    """
    line_starts = [0, *(at + 1 for at, byte in enumerate(content.data) if byte == ord("\n"))]
    begins = [
        ((exchange.number, chunk), find_line(content, exchange, chunk))
        for exchange in read(content).exchanges
        for chunk in range(len(exchange.chunks))
    ]
    return {
        place: line_starts[following - 1]
        for (place, line), (_, following) in pairwise(begins)
        if line is not None and following is not None and following > line
    }


def harm(cut: Content, sound: Read, whole: dict[tuple[int, int], int]) -> Iterator[str]:
    """What is lost that stands whole before the cut, and what the cut changes without a word."""
    left = read(cut)
    for (number, chunk), length in whole.items():
        kept = left.exchanges[number].chunks[chunk : chunk + 1] if number < len(left.exchanges) else []
        if length <= len(cut.data) and kept != sound.exchanges[number].chunks[chunk : chunk + 1]:
            yield f"cut at {len(cut.data)}: chunk {chunk} of exchange {number} is lost"
    for before, after in zip(sound.exchanges, left.exchanges, strict=False):
        changed = [at for at, chunk in enumerate(after.chunks) if before.chunks[at : at + 1] != [chunk]]
        if changed not in ([], [after.damaged_chunk]) and left.n_told == sound.n_told:
            yield f"cut at {len(cut.data)}: chunks {changed} of exchange {after.number} are changed without a word"


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.name)
def test_a_recording_that_is_cut(path: Path) -> None:
    data = spread_over_lines(path)
    content, chance = Content(path.name, data), random.Random(path.name)
    sound, whole = read(content), whole_from(content)
    lengths = {*range(1, len(data), max(1, len(data) // CUTS)), *(chance.randrange(1, len(data)) for _ in range(CUTS))}
    found = [each for length in sorted(lengths) for each in harm(Content(path.name, data[:length]), sound, whole)]

    assert sound.exchanges
    assert found == []


@pytest.mark.parametrize("path", [path for path in BUNDLED if LINES.search(path.name)], ids=lambda path: path.name)
@pytest.mark.parametrize("broken", [b"", b"}", b'"}]}', b"{", b'{"a": 1', b"\xff\xfe", b"not JSON at all"])
def test_lines_of_which_the_first_is_broken(path: Path, broken: bytes) -> None:
    data = path.read_bytes()
    half = data.partition(b"\n")[0][len(data.partition(b"\n")[0]) // 2 :]
    sound = [*chain(*(exchange.chunks for exchange in read(Content(path.name, data)).exchanges))]

    assert sound
    for first in (broken, half):
        left = read(Content(path.name, first + b"\n" + data))
        assert [*chain(*(exchange.chunks for exchange in left.exchanges))][-len(sound) :] == sound
        assert left.n_told >= bool(first)


def test_most_chunks_are_looked_for() -> None:
    contents = [Content(path.name, spread_over_lines(path)) for path in BUNDLED]
    n_chunks = sum(len(exchange.chunks) for content in contents for exchange in read(content).exchanges)

    assert sum(len(whole_from(content)) for content in contents) > 0.8 * n_chunks
