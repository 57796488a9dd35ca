"""Text that moved in one run from a choice into another, as other runs of the same request show.

Takes the answers that may be runs, gives `Move`. Texts are compared only with those that several runs have, and of these
with the few that begin or end as they do, so that the time grows with the text and not with the pairs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TypeAlias

from recexplore.model.traits import Trait
from recexplore.rules.run_insertions import stretch_between, texts_of_runs
from recexplore.rules.streams import Streams, rows

__all__ = ["LEAST_CLEAN", "SHORTEST_MOVE", "Change", "Move", "moves"]

LEAST_CLEAN: Final = 2
"""Runs that have the right texts, for each one that has not."""
SHORTEST_MOVE: Final = 8
"""Characters. What models add or leave out from run to run may be as short as ``(MoE)``."""
_EDGE: Final = 8
"""Characters by which texts are found that begin or end alike; a stretch is in one place, so one of the two is left."""
_MOST_COMPARED: Final = 8
"""Texts of several runs, those of most runs first, for each beginning and each end."""
_MOST_SHIFTED: Final = 64
"""Characters that a stretch may begin earlier, where the same text follows it."""
_NEAR: Final = 40
_WORD: Final = re.compile(r"\w+")
_SENTENCE_ENDS: Final = (".", "!", "?", ":", "…", "。", "！", "？", "：")
_CLOSING: Final = " \t*_`\"'”’)]"

_Lane: TypeAlias = tuple[int, int, int, str]
"""Peers, how many choices there are, the number of the choice, the kind of text."""


class Change(NamedTuple):
    """A text of a run and that of other runs, which differ in one stretch.

    Attributes
    ----------
    key, choice, kind
        The choice, as `recexplore.rules.streams.Streams` numbers it, its own number, and the kind of text.
    longer, shorter
        The two texts.
    start, end
        Where the longer one has the stretch.
    """

    key: int
    choice: int
    kind: str
    longer: str
    shorter: str
    start: int
    end: int

    @property
    def stretch(self) -> str:
        return self.longer[self.start : self.end]

    def shifted(self) -> Iterator[Change]:
        """The same with each beginning that the stretch can have, the latest first."""
        start, end = self.start, self.end
        for shift in range(min(_MOST_SHIFTED, start, end - start) + 1):
            yield self._replace(start=start - shift, end=end - shift)
            if start == shift or self.longer[start - shift - 1] != self.longer[end - shift - 1]:
                return


class Move(NamedTuple):
    """A stretch that one choice of a run has too much and another one too little.

    Attributes
    ----------
    of
        The run.
    gained, lost
        What the two choices say in this run and in the others; both stretches are equal.
    clean
        The runs of the same request in which neither is so.
    """

    of: int
    gained: Change
    lost: Change
    clean: list[int]


class _Odd(NamedTuple):
    """A change, and where the runs are found that have the one text and the other."""

    change: Change
    own: tuple[_Lane, str]
    others: tuple[_Lane, str]


_Holders: TypeAlias = dict[tuple[_Lane, str], dict[int, int]]
"""The runs that have a text, each with the key of its choice."""


def moves(streams: Streams) -> Iterator[Move]:
    """All of them, in the order of the recordings; of answers that were streamed, held against others that were."""
    texts = streams.once(texts_of_runs)
    if texts.empty:
        return
    several = (texts["n"] > 1).to_numpy() & streams.has(texts["of"], Trait.NUMBERS_CHOICES)
    held: _Holders = defaultdict(dict)
    for row in rows(texts[several]):
        held[(row.peers, row.n, row.choice, row.kind), row.text][row.of] = row.key
    streamed = {one for of in held.values() for one in of if streams.streamed[one]}
    gained, lost = _changes(held, streamed)
    for of in sorted(gained.keys() & lost.keys()):
        yield from _moves_of(of, gained[of], lost[of], held, streamed, streams)


def _changes(held: _Holders, streamed: set[int]) -> tuple[dict[int, list[_Odd]], dict[int, list[_Odd]]]:
    """What each run says more and less than several others do."""
    usual: dict[Any, list[str]] = defaultdict(list)
    for (lane, text), of in sorted(held.items(), key=lambda item: -len(item[1])):
        if len(of.keys() & streamed) >= LEAST_CLEAN:
            for edge in _edges(lane, text):
                usual[edge].append(text)
    gained: dict[int, list[_Odd]] = defaultdict(list)
    lost: dict[int, list[_Odd]] = defaultdict(list)
    for (lane, text), of in held.items():
        near = {other: None for edge in _edges(lane, text) for other in usual.get(edge, ())[:_MOST_COMPARED]}
        for other in near:
            found, longer, shorter = (gained, text, other) if len(text) > len(other) else (lost, other, text)
            place = stretch_between(longer, shorter)
            if place is None or len(longer[slice(*place)].strip()) < SHORTEST_MOVE:
                continue
            for one in of.keys() & streamed:
                change = Change(of[one], lane[2], lane[3], longer, shorter, *place)
                found[one].append(_Odd(change, (lane, text), (lane, other)))
    return gained, lost


def _edges(lane: _Lane, text: str) -> tuple[Any, Any]:
    return (lane, "begins", text[:_EDGE]), (lane, "ends", text[-_EDGE:])


def _moves_of(
    of: int, gained: list[_Odd], lost: list[_Odd], held: _Holders, streamed: set[int], streams: Streams
) -> Iterator[Move]:
    by_letters: dict[Any, list[_Odd]] = defaultdict(list)
    for odd in lost:
        by_letters[_letters(odd)].append(odd)
    for more in gained:
        for less in by_letters.get(_letters(more), ()):
            both = _same_stretch(more.change, less.change)
            if both is None or _may_be_said(*both):
                continue
            clean = sorted(held[more.others].keys() & held[less.others].keys() & streamed)
            if len(clean) < LEAST_CLEAN:
                continue
            asked = streams.asked([of, *clean, *held[more.own]])
            same = {one for one, identity in asked.items() if of in asked and identity.key == asked[of].key}
            clean = [one for one in clean if one in same]
            if len(clean) >= LEAST_CLEAN * len(held[more.own].keys() & same) > 0:
                yield Move(of, *both, clean)
                break


def _letters(odd: _Odd) -> tuple[str, str]:
    """Equal for stretches that are equal when one of them is made to begin earlier."""
    return odd.change.kind, "".join(sorted(odd.change.stretch))


def _same_stretch(gained: Change, lost: Change) -> tuple[Change, Change] | None:
    """The two so that their stretches are equal, if they can be; begun at white space, as words are streamed, where that
    cannot be told."""
    if gained.choice == lost.choice:
        return None
    begun = {each.stretch: each for each in lost.shifted()}
    same = [(each, begun[each.stretch]) for each in gained.shifted() if each.stretch in begun]
    return next((both for both in same if both[0].stretch[0].isspace()), same[0] if same else None)


def _may_be_said(gained: Change, lost: Change) -> bool:
    """Whether a model may well have said the stretch in the one choice and left it out in the other, for once."""
    said = gained.stretch.strip()
    return (
        not _WORD.search(said)
        or gained.longer == lost.longer
        or gained.shorter == lost.shorter
        or said in gained.shorter
        or said in lost.shorter
        or (_is_sentence(gained) and _is_sentence(lost))
        or _around(gained) == _around(lost)
        or gained.start == lost.start == 0
        or (gained.end == len(gained.longer) and lost.end == len(lost.longer))
    )


def _is_sentence(change: Change) -> bool:
    """Whether the stretch is whole sentences, or lines, between others."""
    return _ends_sentence(change.longer[: change.start], change.stretch) and _ends_sentence(
        change.stretch, change.longer[change.end :]
    )


def _ends_sentence(text: str, following: str) -> bool:
    """Whether a sentence or a line ends between two texts."""
    between = text[len(text.rstrip()) :] + following[: len(following) - len(following.lstrip())]
    at_edge = not text.strip() or not following.strip()
    return at_edge or "\n" in between or text.rstrip(_CLOSING).endswith(_SENTENCE_ENDS)


def _around(change: Change) -> tuple[str, str]:
    """The words before and after the stretch."""
    before = _WORD.findall(change.longer[max(0, change.start - _NEAR) : change.start])
    after = _WORD.findall(change.longer[change.end : change.end + _NEAR])
    return (before or [""])[-1].lower(), (after or [""])[0].lower()
