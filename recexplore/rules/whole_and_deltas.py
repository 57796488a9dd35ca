"""What an answer says in deltas against what it says whole: for every API that tells its texts more than once.

Takes the texts of one answer in the order of the wire, gives where one contradicts those before. Knows no event by its name:
a rule says what is told in pieces, what is a part told whole, and what an item with all its parts.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final, NamedTuple

import orjson
import pandas as pd

from recexplore.model.counts import count
from recexplore.rules.quoting import quoted
from recexplore.rules.rule import Hit
from recexplore.rules.stretches import stretch_of

__all__ = ["Contradiction", "Place", "Texts", "hit_of", "texts_in"]


class Place(NamedTuple):
    """Where in its item a part stands: the rank of its list, its number there, and what its events call it."""

    rank: int = 0
    number: int = 0
    name: str = ""


class Contradiction(NamedTuple):
    """A text that is told otherwise than before.

    Attributes
    ----------
    before, now
        The texts.
    told_by
        The event that told the text before; None: deltas did.
    since
        The chunk of that event, or of the first delta.
    by, chunk
        The event that contradicts it, and its chunk.
    rows
        The positions of the deltas among the events, where they told the text before.
    """

    before: str
    now: str
    told_by: str | None
    since: int
    by: str
    chunk: int
    rows: tuple[int, ...] = ()

    @property
    def is_cut(self) -> bool:
        """Whether one of both is the beginning of the other."""
        return self.before.startswith(self.now) or self.now.startswith(self.before)


@dataclass(slots=True)
class _Part:
    """One part of an item: its deltas, and what was told of it whole."""

    head: str = ""
    pieces: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    first: int = -1
    whole: str | None = None
    told_by: str | None = None
    since: int = -1

    @property
    def said(self) -> str:
        if len(self.pieces) > 1:
            self.pieces = ["".join(self.pieces)]
        return self.head + "".join(self.pieces)

    @property
    def text(self) -> str:
        return self.said if self.whole is None else self.whole

    def versions(self) -> set[str]:
        """What was said of it so far."""
        return {self.said, self.text}


@dataclass(slots=True)
class _Item:
    parts: dict[tuple[int, int, int, str], _Part] = field(default_factory=dict)
    by_number: dict[tuple[int, int], list[tuple[str, _Part]]] = field(default_factory=dict)
    n_whole: dict[Place, int] = field(default_factory=dict)
    versions: set[str] = field(default_factory=set)
    told_by: str | None = None
    whole: str | None = None
    since: int = -1

    summed: tuple[str, str, frozenset[str]] | None = None

    def sums(self) -> tuple[str, str, frozenset[str]]:
        """The text of all parts, in deltas and as told last, and what was said of each; made once for many whole items."""
        if self.summed is None:
            parts = [part for _, part in sorted(self.parts.items(), key=itemgetter(0))]
            known = frozenset(version for part in parts for version in part.versions())
            self.summed = "".join(part.said for part in parts), "".join(part.text for part in parts), known
        return self.summed


class Texts:
    """The texts of one answer, as far as it has told them."""

    def __init__(self) -> None:
        self._items: dict[Hashable, _Item] = {}

    def has(self, item: Hashable) -> bool:
        """Whether a text of the item was told."""
        return item in self._items

    def begin(self, item: Hashable, place: Place, text: str, chunk: int) -> None:
        """A text that stands in an item or a part before its deltas, or that no delta tells."""
        part = self._part(item, place)
        if not part.pieces:
            part.head, part.first = part.head + text, part.first if part.head else chunk

    def delta(self, item: Hashable, place: Place, text: str, chunk: int, row: int = -1) -> None:
        """What is new of a part."""
        part = self._part(item, place)
        if not part.pieces and not part.head:
            part.first = chunk
        part.pieces.append(text)
        if row >= 0:
            part.rows.append(row)

    def part(self, item: Hashable, place: Place, text: str, by: str, chunk: int) -> Contradiction | None:
        """A part that is told whole; compared where deltas told it, those of its ``place.name`` or, without one, of any."""
        told = self._items.get(item)
        candidates = [
            part
            for name, part in (told.by_number.get(place[:2], ()) if told else ())
            if part.pieces and (not place.name or place.name == name)
        ]
        if told is not None:
            told.summed = None
        same = next((part for part in reversed(candidates) if text in part.versions()), None)
        if same is not None and same.whole is None:
            same.whole, same.told_by, same.since = text, by, chunk
        if same is not None or not candidates:
            return None
        part = candidates[-1]
        found = _contradiction(part.text, text, part.told_by if part.whole is not None else None, part.since, by, chunk)
        if part.whole is None:
            found = found._replace(told_by=None, since=part.first, rows=tuple(part.rows))
        part.whole, part.told_by, part.since = text, by, chunk
        return found

    def item(self, item: Hashable, texts: Sequence[str], by: str, chunk: int) -> Contradiction | None:
        """An item that is told whole, with the texts of all its parts.

        Parts that were told under other numbers, or of which the one or the other telling leaves some out, contradict
        nothing.
        """
        told, now = self._items.get(item), "".join(texts)
        if told is None or not texts:
            return None
        in_deltas, said, known = told.sums()
        is_known = now in (in_deltas, said) or now in told.versions
        is_new = not is_known and not (now and all(text in known for text in texts))
        found = None
        if is_new and told.whole is not None:
            found = _contradiction(told.whole, now, told.told_by, told.since, by, chunk)
        elif is_new:
            parts = list(told.parts.values())
            last = max(parts, key=lambda part: part.since)
            first = min(part.first for part in parts)
            rows = tuple(sorted(row for part in parts for row in part.rows)) if last.whole is None else ()
            since = first if last.whole is None else last.since
            found = _contradiction(said, now, last.told_by, since, by, chunk)._replace(rows=rows)
        if told.whole is None or is_new:
            told.whole, told.told_by, told.since = now, by, chunk
        told.versions.add(now)
        return found

    def _part(self, item: Hashable, place: Place) -> _Part:
        told = self._items.get(item)
        if told is None:
            told = self._items[item] = _Item()
        # What comes after a part was told whole, under the same number, is another part.
        n = told.n_whole.get(place, 0)
        part = told.parts.get((*place[:2], n, place.name))
        if part is not None and part.whole is not None:
            n = told.n_whole[place] = n + 1
            part = None
        if part is None:
            # What it began with was told without its name.
            begun = told.parts.get((*place[:2], 0, ""))
            if place.name and n == 0 and begun is not None and not begun.pieces and begun.whole is None:
                del told.parts[*place[:2], 0, ""]
                told.by_number[place[:2]].remove(("", begun))
                part = begun
            else:
                part = _Part()
            told.parts[*place[:2], n, place.name] = part
            told.by_number.setdefault(place[:2], []).append((place.name, part))
        told.summed = None
        return part


def _contradiction(before: str, now: str, told_by: str | None, since: int, by: str, chunk: int) -> Contradiction:
    return Contradiction(before, now, told_by, since, by, chunk)


_TEXT_FIELDS: Final = ("text", "transcript", "refusal", "arguments", "input", "code", "command")
"""Where a whole part, or a whole call, has its text."""


def texts_in(whole: Any, *lists: str) -> list[str]:
    """The texts of a whole item: of the parts in its lists, in their order, else its own."""
    if not isinstance(whole, dict):
        return []
    parts = [part for name in lists if isinstance(whole.get(name), list) for part in whole[name]]
    holders: Iterable[Any] = parts if any(name in whole for name in lists) else [whole]
    return [text for each in holders if isinstance(each, dict) for text in _own_text(each)]


def _own_text(whole: dict[str, Any]) -> list[str]:
    return [whole[name] for name in _TEXT_FIELDS if isinstance(whole.get(name), str)][:1]


def hit_of(of: int, choice: int, what: str, found: Contradiction, events: pd.DataFrame, *, is_json: bool) -> Hit | None:
    """What to say of a contradiction; None where both texts are the same JSON, written otherwise.

    Parameters
    ----------
    what
        The item, as a message names it: ``output item 3``.
    events
        The events in which `Contradiction.rows` count.
    is_json
        Whether it is the value that counts.
    """
    if is_json and _same_json(found.before, found.now):
        return None
    apart = _part_at(found.before, found.now)
    is_blank = found.before.strip() == found.now.strip()
    before = "deltas said" if found.told_by is None else f"{found.told_by} said in chunk {found.since}"
    beside = "; only white space around it differs" if is_blank else ""
    deltas = events.iloc[list(found.rows)]
    return Hit(
        of,
        f"{found.by} in chunk {found.chunk} does not say of {what} what {before}: they part at character {apart} "
        f"({count(len(found.before), 'character')} before, {len(found.now):,} now){beside}.",
        chunk=found.since,
        last_chunk=found.chunk,
        choice=choice,
        evidence=f"before {_near(found.before, apart)}, now {_near(found.now, apart)}",
        severity="note" if is_blank else None,
        spans=stretch_of(deltas, min(apart, max(0, len(found.before) - 1))).spans if len(deltas) else (),
    )


def _same_json(one: str, other: str) -> bool:
    try:
        values = [orjson.loads(text) for text in (one, other)]
        # Not by ==, which takes 1 for true.
        return len({orjson.dumps(value, option=orjson.OPT_SORT_KEYS) for value in values}) == 1
    except ValueError:
        return False
    except TypeError:  # nested deeper than can be written: told apart by all but white space
        return "".join(one.split()) == "".join(other.split())


def _part_at(one: str, other: str) -> int:
    """The first character at which two texts differ."""
    apart = (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(apart, min(len(one), len(other)))


def _near(text: str, at: int) -> str:
    return quoted(text[max(0, at - 20) : at + 20])
