"""Which recordings of one side are those of the other: equal files, the same request, or a file that asks another one.

Takes the recordings of two sides, gives matches; each recording is in exactly one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, TypeAlias

from recexplore.comparison.runs import BY, By
from recexplore.corpus import Recording
from recexplore.matching.difference import Difference, differences
from recexplore.matching.request import Request, request_of
from recexplore.model.errors import SourceChanged

__all__ = ["Match", "matches"]

_UNSEEN: Final = ("ignored", "key_order", "test_id")
"""Differences of requests that make no other request of one."""

_Content: TypeAlias = tuple[int, int, int]
"""The CRC-32 and the size of a file, and which exchange of it."""


@dataclass(frozen=True, slots=True)
class Match:
    """Recordings that belong together.

    Attributes
    ----------
    before, after
        Those of each side; one of them may be empty.
    is_same_file
        Whether they are one recording in files that are equal byte by byte.
    is_other_request
        Whether they are of one file and of different requests.
    request
        In what the requests differ, then: ``recorded`` before, ``asked`` after.
    left_out
        What their requests hold and are not compared by; nothing where they are equal to the letter.
    """

    before: tuple[Recording, ...]
    after: tuple[Recording, ...]
    is_same_file: bool = False
    is_other_request: bool = False
    request: tuple[Difference, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def needs_comparison(self) -> bool:
        """Whether each side has something, in files that differ."""
        return bool(self.before and self.after) and not self.is_same_file


def matches(
    before: Sequence[Recording], after: Sequence[Recording], by: By, *, as_runs: bool = False
) -> Iterator[Match]:
    """Which recordings belong together; where each side holds exactly one, these do in any case.

    A file that is called alike and asks the same is the file that it was. What is left belongs together where files are
    equal byte by byte, then where the same is asked, then where files are called alike. ``as_runs``: names say nothing until
    the end, and all that asks the same is one match.
    """
    places = {each: place for side in (before, after) for place, each in enumerate(side)}
    named: list[Match] = [] if as_runs else list(_same_files(before, after, by))
    yield from named
    rest = _without(before, (each.before for each in named)), _without(after, (each.after for each in named))
    equal = _equal_files(*rest)
    leftovers = [each for each in rest[0] if each not in equal], _without(rest[1], [equal.values()])
    groups: dict[Hashable, _Sides] = {}
    alone: _Sides = ([], [])
    for number, side in enumerate(leftovers):
        for recording in side:
            asked = _asked(recording, by)
            sides = alone if asked.key is None else groups.setdefault(asked.key, ([], []))
            sides[number].append(asked)
    yield from _equal_alone(equal, groups if as_runs else {}, by)
    for sides in groups.values():
        if all(sides):
            yield _match(*(sorted(each, key=lambda one: places[one.recording]) for each in sides))
        else:
            for mine, more in zip(alone, sides, strict=True):
                mine.extend(more)
    yield from _by_name(*alone, is_pair=len(before) == len(after) == 1)


def _without(recordings: Sequence[Recording], matched: Iterable[Iterable[Recording]]) -> list[Recording]:
    gone = set(chain.from_iterable(matched))
    return [each for each in recordings if each not in gone]


def _same_files(before: Sequence[Recording], after: Sequence[Recording], by: By) -> Iterator[Match]:
    """Recordings that are called alike on both sides, each name once, and ask the same."""
    contents = dict(zip([*before, *after], [*_contents(before), *_contents(after)], strict=True))
    for one, other in _called_alike(before, after):
        if contents[one] is not None and contents[one] == contents[other]:
            yield Match((one,), (other,), is_same_file=True)
            continue
        sides = _asked(one, by), _asked(other, by)
        if sides[0].key is not None and sides[0].key == sides[1].key:
            yield _match(*([each] for each in sides))


def _called_alike(before: Sequence[Recording], after: Sequence[Recording]) -> Iterator[tuple[Recording, Recording]]:
    names: list[dict[str, list[Recording]]] = [defaultdict(list), defaultdict(list)]
    for known, side in zip(names, (before, after), strict=True):
        for recording in side:
            known[recording.name].append(recording)
    for name, own in names[0].items():
        if len(own) == len(names[1].get(name, ())) == 1:
            yield own[0], names[1][name][0]


def _equal_alone(equal: Mapping[Recording, Recording], groups: Mapping[Hashable, _Sides], by: By) -> Iterator[Match]:
    """The pairs of equal files whose request nothing else asks; the others join the group that asks it."""
    for one, other in equal.items():
        # Requests are read from the files again, which is for nothing where all files are equal.
        asked = _asked(one, by) if groups else None
        group = None if asked is None or asked.key is None else groups.get(asked.key)
        if asked is None or group is None:
            yield Match((one,), (other,), is_same_file=True)
        else:
            group[0].append(asked)
            group[1].append(replace(asked, recording=other))


def _equal_files(before: Sequence[Recording], after: Sequence[Recording]) -> dict[Recording, Recording]:
    """For each recording whose file is byte by byte one of the other side, that one; of several the one that is called
    alike."""
    known: dict[_Content, list[Recording]] = defaultdict(list)
    for recording, content in zip(after, _contents(after), strict=True):
        if content is not None:
            known[content].append(recording)
    equal: dict[Recording, Recording] = {}
    waiting = []
    for recording, content in zip(before, _contents(before), strict=True):
        same = known.get(content, []) if content is not None else []
        named = next((each for each in same if each.name == recording.name), None)
        if named is None:
            waiting.append((recording, same))
        else:
            equal[recording] = named
            same.remove(named)
    for recording, same in waiting:
        if same:
            equal[recording] = same.pop(0)
    return equal


def _contents(recordings: Sequence[Recording]) -> Iterator[_Content | None]:
    known: dict[int, list[tuple[int, int]]] = {}
    for each in recordings:
        if each.checksum is None:
            yield None
            continue
        if id(each.corpus) not in known:
            about = each.corpus.recordings
            known[id(each.corpus)] = list(zip(about["bytes"].tolist(), about["exchange"].tolist(), strict=True))
        yield each.checksum, *known[id(each.corpus)][each.position]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A recording, its request, by what it is grouped (None: by nothing), what that leaves out, and what is equal only where
    nothing that is left out differs."""

    recording: Recording
    request: Request | None
    key: Hashable
    left_out: tuple[str, ...] = ()
    exact: str = ""


_Sides: TypeAlias = tuple[list[_Asked], list[_Asked]]


def _asked(recording: Recording, by: By) -> _Asked:
    request: Request | None
    try:
        request = request_of(recording)
    except SourceChanged:
        request = None
    if callable(by):
        return _Asked(recording, request, by(recording))
    key = None if request is None else BY[by](recording, request)
    return _Asked(recording, request, None) if key is None else _Asked(recording, request, *key)


def _by_name(before: list[_Asked], after: list[_Asked], *, is_pair: bool) -> Iterator[Match]:
    """Recordings whose request is nowhere on the other side, or was not recorded."""
    named: dict[str, list[_Asked]] = defaultdict(list)
    for each in after:
        named["" if is_pair else each.recording.name].append(each)
    for one in before:
        counterparts = named.get("" if is_pair else one.recording.name)
        if not counterparts:
            yield _match([one], [])
            continue
        other = counterparts.pop(0)
        # Where either request was not recorded, nobody knows that it changed.
        is_other = one.key is not None and other.key is not None
        yield _match([one], [other], is_other_request=is_other)
    yield from (_match([], [each]) for each in chain.from_iterable(named.values()))


def _match(before: Sequence[_Asked], after: Sequence[_Asked], *, is_other_request: bool = False) -> Match:
    both = (*before, *after)
    is_exact = len({each.exact for each in both}) == 1
    left_out = () if is_exact else tuple(sorted({name for each in both for name in each.left_out}))
    parts: Iterable[Difference] = ()
    if is_other_request and before[0].request is not None and after[0].request is not None:
        parts = differences(before[0].request, after[0].request)
    compared = [each for each in parts if each.kind not in _UNSEEN and each.path.partition(".")[0] not in left_out]
    sides = [tuple(each.recording for each in side) for side in (before, after)]
    return Match(sides[0], sides[1], False, is_other_request, tuple(compared), left_out)
