"""Where the next answer begins in a file that holds several, one behind the other, with no mark between them.

Takes chunks of any API, gives positions. An answer is over when each choice that it named has finished; a chunk that then
says something under another id begins the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from recexplore.model.exchange import Json

__all__ = ["Said", "next_answers"]


@dataclass(frozen=True, slots=True)
class Said:
    """What a chunk says of its answer: the choices it speaks of, those that it finishes, and whether it says anything that
    an answer could begin with."""

    choices: frozenset[int]
    finished: frozenset[int]
    says_something: bool


_Reader: TypeAlias = Callable[[dict[str, Json]], "Said | None"]


@dataclass(slots=True)
class _Answer:
    ids: set[str | int] = field(default_factory=set)
    choices: set[int] = field(default_factory=set)
    finished: set[int] = field(default_factory=set)


def next_answers(chunks: Sequence[Json], read: _Reader, id_fields: Sequence[str] = ("id",)) -> list[int]:
    """The positions at which another answer begins.

    Parameters
    ----------
    chunks
        All chunks of a file.
    read
        What a chunk says of its answer; None where it is no chunk of the API.
    id_fields
        Names of the field with which a chunk says whose it is.
    """
    named: list[tuple[int, str | int]] = [
        (at, chunk[name])
        for at, chunk in enumerate(chunks)
        if type(chunk) is dict
        for name in id_fields
        if chunk.get(name) and type(chunk[name]) in (str, int)
    ]
    if len({own for _, own in named}) < 2:
        return []
    starts: list[int] = []
    answer = _Answer()
    for at, own in named:
        said = read(chunks[at])
        if said is None:
            continue
        # Where ids change from chunk to chunk they tell nothing.
        is_over = len(answer.ids) == 1 and answer.choices and answer.choices == answer.finished
        if is_over and own not in answer.ids and said.says_something:
            starts.append(at)
            answer = _Answer()
        answer.ids.add(own)
        answer.choices |= said.choices
        answer.finished |= said.finished
    return starts
