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
    """What a chunk says of its answer: the answer's id, the choices it speaks of, those that it finishes, and whether it
    says anything that an answer could begin with."""

    id: Json
    choices: frozenset[int] = frozenset()
    finished: frozenset[int] = frozenset()
    says_something: bool = False


_Reader: TypeAlias = Callable[[dict[str, Json]], "Said | None"]


@dataclass(slots=True)
class _Answer:
    ids: set[str | int] = field(default_factory=set)
    choices: set[int] = field(default_factory=set)
    finished: set[int] = field(default_factory=set)


def next_answers(chunks: Sequence[Json], read: _Reader) -> list[int]:
    """The positions at which another answer begins.

    Parameters
    ----------
    chunks
        All chunks of a file.
    read
        What a chunk says of its answer; None where it is no chunk of the API.
    """
    starts: list[int] = []
    answer = _Answer()
    for at, chunk in enumerate(chunks):
        said = read(chunk) if type(chunk) is dict else None
        if said is None or type(said.id) not in (str, int) or not said.id:
            continue
        # Where ids change from chunk to chunk they tell nothing.
        is_over = len(answer.ids) == 1 and answer.choices and answer.choices == answer.finished
        if is_over and said.id not in answer.ids and said.says_something:
            starts.append(at)
            answer = _Answer()
        answer.ids.add(said.id)
        answer.choices |= said.choices
        answer.finished |= said.finished
    return starts
