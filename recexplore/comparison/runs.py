"""Which recordings are runs of one request.

Takes recordings of one corpus or of several (folders, archives, git revisions), gives groups of those whose requests are the
same, and says of each what its key leaves out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, overload

import pandas as pd

from recexplore.comparison.groupings import Grouping
from recexplore.comparison.request_key import messages_key, request_key
from recexplore.corpus import Corpus, Recording
from recexplore.matching.nearest import places_of
from recexplore.matching.request import Request, request_of, requests_of
from recexplore.matching.run_order import run_order
from recexplore.model.counts import count
from recexplore.model.errors import SourceChanged
from recexplore.model.location import numbered_paths
from recexplore.model.plain_values import plain
from recexplore.read.registry import known

__all__ = ["BY", "By", "RunGroup", "Runs", "request_title", "runs"]

By: TypeAlias = Grouping | Callable[[Recording], Hashable]
"""What recordings of one group have in common: one of `BY`, or a function that gives a key, or None for no group."""

_Key: TypeAlias = tuple[Hashable, tuple[str, ...], str] | None
"""What is equal in a group, what it leaves out, and what is equal only where nothing that is left out differs."""


@dataclass(frozen=True, slots=True)
class RunGroup(Sequence[Recording]):
    """Runs of one request, in the order in which they were met.

    Attributes
    ----------
    runs
        At least two recordings; of different corpora they may have the same id.
    left_out
        What any of their requests holds and the key does not: it may differ. Nothing where the requests are equal to the
        letter.
    title
        What was asked, shortly: method and path, model.
    """

    runs: tuple[Recording, ...]
    left_out: tuple[str, ...] = ()
    title: str = ""

    @overload
    def __getitem__(self, place: int) -> Recording: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Recording, ...]: ...
    def __getitem__(self, place: int | slice) -> Recording | tuple[Recording, ...]:
        return self.runs[place]

    def __len__(self) -> int:
        return len(self.runs)

    def __repr__(self) -> str:
        left_out = f", without {', '.join(self.left_out)}" if self.left_out else ""
        return f"{count(len(self), 'run')} of {self.title}{left_out}"


@dataclass(frozen=True, slots=True)
class Runs(Sequence[RunGroup]):
    """Groups of recordings, the first met first.

    Attributes
    ----------
    groups
        Those with two recordings and more.
    n_alone
        Recordings of requests that were recorded once.
    n_unknown
        Recordings without a request that could be compared.
    """

    groups: tuple[RunGroup, ...]
    n_alone: int = 0
    n_unknown: int = 0

    @overload
    def __getitem__(self, place: int) -> RunGroup: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[RunGroup, ...]: ...
    def __getitem__(self, place: int | slice) -> RunGroup | tuple[RunGroup, ...]:
        return self.groups[place]

    def __len__(self) -> int:
        return len(self.groups)

    def of(self, recording: Recording) -> RunGroup | None:
        """The group of a recording; None where it is alone."""
        return next((group for group in self.groups if recording in group.runs), None)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a run: ``group`` and ``run`` (from 0), ``recording``, ``path`` (with ``#k`` for the k-th exchange of a
        file with several), ``test_id``, ``model``, ``n_runs`` of its group, ``left_out`` of its key, ``n_tests`` of its
        group."""
        rows = [row for number, group in enumerate(self.groups) for row in _rows(number, group)]
        frame = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)
        frame["n_tests"] = frame.groupby("group")["test_id"].transform(lambda tests: tests.nunique(dropna=False))
        return frame.astype({"n_tests": "int64"})

    def __repr__(self) -> str:
        n = sum(map(len, self.groups))
        unknown = f", {self.n_unknown:,} without a request" if self.n_unknown else ""
        return f"Runs: {count(len(self), 'request')} with {n:,} runs, {self.n_alone:,} recorded once{unknown}"


_COLUMNS: Final = {
    "group": "int64",
    "run": "int64",
    "recording": "str",
    "path": "str",
    "test_id": "str",
    "model": "str",
    "n_runs": "int64",
    "left_out": "str",
}


def _rows(number: int, group: RunGroup) -> Iterator[list[object]]:
    facts = [each.facts for each in group.runs]
    paths = numbered_paths([each["path"] for each in facts], [int(each["exchange"]) for each in facts])
    left_out = ", ".join(group.left_out)
    for run, (each, path) in enumerate(zip(facts, paths, strict=True)):
        model = plain(each["model_requested"])
        yield [number, run, each["recording"], path, plain(each["test_id"]), model, len(group), left_out]


def runs(recordings: Corpus | Iterable[Corpus | Recording], by: By = "request") -> Runs:
    """Group recordings by what they are runs of.

    Parameters
    ----------
    recordings
        What `recexplore.load` gave: one corpus, or several (folders, archives, revisions), or recordings of them.
    by
        ``"request"``: method, path and body, without what changes from run to run: options of the usage report, who asks,
        cache keys, ids that an earlier answer or the caller made up, signatures, scores of searches.
        ``"streamed-or-whole"``: also without whether a stream was asked for. ``"messages"``: what
        was asked, whatever the model, the settings and the endpoint. ``"test"``: the test and the path that it asked. Or
        a function of a recording that gives what is equal in a group, None for recordings of none.

    Returns
    -------
    Runs
        Groups of two and more, in the order in which their first recordings stand. Runs of whole corpora are in the order
        in which a replay counts them; recordings that were given one by one stay in theirs.

    Raises
    ------
    TypeError
        ``recordings`` is nothing that was loaded.
    ValueError
        There is no such ``by``.
    """
    if not callable(by) and by not in BY:
        raise ValueError(f"by: expected one of {', '.join(BY)} or a function, found {by!r}")
    groups: dict[Hashable, list[Recording]] = {}
    left_out: dict[Hashable, set[str]] = {}
    exact: dict[Hashable, set[str]] = {}
    n_unknown = 0
    given = [recordings] if isinstance(recordings, Corpus | Recording) else list(recordings)
    for recording, key in _keyed(given, by):
        if key is None:
            n_unknown += 1
            continue
        groups.setdefault(key[0], []).append(recording)
        left_out.setdefault(key[0], set()).update(key[1])
        exact.setdefault(key[0], set()).add(key[2])
    if all(isinstance(each, Corpus) for each in given):
        _put_in_order(list(groups.values()), [each for each in given if isinstance(each, Corpus)])
    several = [
        # Requests that are equal to the letter differ in nothing that is left out.
        RunGroup(tuple(each), tuple(sorted(left_out[key])) if len(exact[key]) > 1 else (), request_title(each[0]))
        for key, each in groups.items()
        if len(each) > 1
    ]
    sizes = Counter(len(each) for each in groups.values())
    return Runs(tuple(several), sizes[1], n_unknown)


def _put_in_order(groups: Sequence[list[Recording]], corpora: Sequence[Corpus]) -> None:
    """Sort the runs of each group: corpus by corpus as these were given, in each as runs are counted."""
    places = {id(corpus): (number, places_of(corpus)) for number, corpus in enumerate(corpora)}

    def order(recording: Recording) -> tuple[object, ...]:
        number, names = places[id(recording.corpus)]
        return number, run_order(names[recording.position])

    for group in groups:
        if len(group) > 1:
            group.sort(key=order)


def _keyed(recordings: Iterable[Corpus | Recording], by: By) -> Iterator[tuple[Recording, _Key]]:
    for recording, request in _requests(recordings):
        if callable(by):
            key = by(recording)
            yield recording, None if key is None else (key, (), "")
        else:
            yield recording, None if request is None else BY[by](recording, request)


def _requests(recordings: Iterable[Corpus | Recording]) -> Iterator[tuple[Recording, Request | None]]:
    for each in recordings:
        if isinstance(each, Corpus):
            yield from requests_of(each)
        elif isinstance(each, Recording):
            yield each, _request(each)
        else:
            raise TypeError(f"runs takes what recexplore.load gave, not {type(each).__name__}")


def _request(recording: Recording) -> Request | None:
    """None where its file is not what was loaded any more."""
    try:
        return request_of(recording)
    except SourceChanged:
        return None


def _by_request(recording: Recording, request: Request) -> _Key:
    key = request_key(request, known().request, envelope=recording.facts["envelope"])
    return None if key is None else (key.digest, key.left_out, key.exact)


def _by_request_however_sent(recording: Recording, request: Request) -> _Key:
    envelope = recording.facts["envelope"]
    key = request_key(request, known().request, envelope=envelope, streamed_or_whole=True)
    return None if key is None else (key.digest, key.left_out, key.exact)


def _by_messages(recording: Recording, request: Request) -> _Key:
    key = messages_key(request, known().request, envelope=recording.facts["envelope"])
    return None if key is None else (key.digest, key.left_out, key.exact)


def _by_test(recording: Recording, request: Request) -> _Key:
    return (
        None
        if request.test_id is None
        else (
            (request.test_id, request.endpoint),
            ("everything but test and path",),
            recording.id,
        )
    )


BY: Final[Mapping[Grouping, Callable[[Recording, Request], _Key]]] = {
    "request": _by_request,
    "streamed-or-whole": _by_request_however_sent,
    "messages": _by_messages,
    "test": _by_test,
}
"""How recordings are grouped, by name."""


def request_title(recording: Recording) -> str:
    """What a recording asked, shortly: method and path, or the file where no request was recorded, and the model."""
    facts = {name: plain(value) for name, value in recording.facts.items()}
    asked = " ".join(filter(None, [facts["method"], facts["endpoint"]])) or facts["path"]
    return " · ".join(filter(None, [asked, facts["model_requested"]]))
