"""Which recording answers a request.

Takes a corpus and requests, gives a `Match` or a `Miss`. A request is answered by a recording with the same body, by the
hash of llama-stack's recorder (now OGX), the same endpoint, wherever that was, the same method and the same query. Several
such recordings are runs of one request: they answer in turn, in the order of their names.

llama-stack's recorder notes calls of an SDK: without a body its ``POST`` may have been any method, and a URL without a query
may have had one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from threading import Lock
from typing import Any, Final

from recexplore.capture.replay.asked import as_sent, key_of
from recexplore.capture.replay.places import is_same_place
from recexplore.capture.replay.queries import is_same_query, query_of, shown_query
from recexplore.corpus import Corpus, Recording
from recexplore.matching.difference import Difference, differences
from recexplore.matching.nearest import Entry, index_of
from recexplore.matching.request import MAX_DEPTH, Request, url_path
from recexplore.matching.run_order import run_order

__all__ = ["Match", "Matches", "Miss", "Near"]

_MOST: Final = 3
_FAR: Final = 0.5
"""Of the best's likeness: what is less alike says nothing beside it."""
_OF_AN_SDK: Final = "llama-stack"
_NOTED_FOR_ANY: Final = "POST"
_OVER_HTTP: Final = ("inference", "http")


@dataclass(frozen=True, slots=True)
class Match:
    """The recording that answers, which run it is of how many (from 1), and how like its request is (1 for the same)."""

    recording: Recording
    run: int = 1
    n_runs: int = 1
    likeness: float = 1.0


@dataclass(frozen=True, slots=True)
class Near:
    """A recording near to a request, how like it is, in what it differs, and of how many runs of its request it is the
    first."""

    recording: str
    path: str
    likeness: float
    differences: tuple[Difference, ...]
    n_runs: int = 1

    def as_json(self) -> dict[str, Any]:
        found = [str(each) for each in self.differences]
        return {
            "recording": self.recording,
            "path": self.path,
            "runs": self.n_runs,
            "likeness": self.likeness,
            "differences": found,
        }


@dataclass(frozen=True, slots=True)
class Miss:
    """Why no recording answers, in a sentence, and the nearest ones."""

    reason: str
    nearest: tuple[Near, ...] = ()


class Matches:
    """The recordings of a corpus, by their requests.

    Parameters
    ----------
    loose
        Whether the nearest recording answers where none is the same.
    run
        The run that always answers, counted from 1; None: all of them, in turn.
    """

    def __init__(self, corpus: Corpus, *, loose: bool = False, run: int | None = None) -> None:
        self._corpus, self._loose, self._run = corpus, loose, run
        self._index = index_of(corpus)
        requests = (each.request for each in self._index.entries)
        self._sent = [as_sent(each) if each and each.kind in _OVER_HTTP else None for each in requests]
        told = zip(corpus.recordings["envelope"], corpus.recordings["ended"].isna(), strict=True)
        # Captures have the same envelope, and say how they ended.
        self._is_of_an_sdk = [envelope == _OF_AN_SDK and is_untold for envelope, is_untold in told]
        self._by_key: dict[str, list[int]] = defaultdict(list)
        for number in sorted(range(len(self._sent)), key=lambda each: run_order(self._index.entries[each].place)):
            request = self._sent[number]
            if request is not None and request.is_told and (key := key_of(request)) is not None:
                self._by_key[key].append(number)
        self._times: Counter[tuple[int, ...]] = Counter()
        self._lock = Lock()

    def find(self, asked: Request) -> Match | None:
        """The recording that answers a request; None where none does."""
        found, likeness = self._runs(asked, asked), 1.0
        if not found and self._loose:
            likeness, found = self._nearest(asked)
        if not found or (self._run or 1) > len(found):
            return None
        with self._lock:  # requests are looked up in several threads
            turn = (self._times[found] % len(found)) if self._run is None else self._run - 1
            self._times[found] += 1
        return Match(self._corpus[found[turn]], turn + 1, len(found), likeness)

    def miss(self, asked: Request) -> Miss:
        """Why no recording answers a request."""
        if found := self._runs(asked, asked):
            runs = "1 run" if len(found) == 1 else f"{len(found)} runs"
            return Miss(f"Run {self._run} was to answer, and there are {runs} of this request.")
        if asked.is_too_deep:
            return Miss(f"The request is nested deeper than {MAX_DEPTH} levels: no recording can be found for it.")
        if not any(request is not None and request.is_told for request in self._sent):
            return Miss(
                f"No recording of {self._corpus.where} holds its request; --loose answers with them all the same."
            )
        places = sorted({place for each in self._sent if each is not None and (place := _place(each))})
        if places and not any(is_same_place(asked.endpoint or "", place) for place in places):
            more = f" and {len(places) - _MOST} more places" if len(places) > _MOST else ""
            return Miss(f"No recording goes to {asked.endpoint!r}; they go to {', '.join(places[:_MOST])}{more}.")
        near = self._compared(asked)
        return Miss(_reason(near), near)

    def _runs(self, request: Request, asked: Request) -> tuple[int, ...]:
        """The recordings of a request that go where another one goes."""
        found = self._by_key.get(key_of(request) or "", ())
        return tuple(each for each in found if self._fits(each, asked) and self._is_same(each, request))

    def _is_same(self, number: int, request: Request) -> bool:
        """Whether a recording has the method and the query of a request, as far as its recorder tells them."""
        return self._has_method(number, request) and self._has_query(number, request)

    def _has_method(self, number: int, request: Request) -> bool:
        sent = self._sent[number]
        if sent is None or request.body:  # then it is in the hash
            return sent is not None
        recorded = (sent.method or _NOTED_FOR_ANY).upper()
        is_noted_for_any = recorded == _NOTED_FOR_ANY and (sent.method is None or self._is_of_an_sdk[number])
        return is_noted_for_any or recorded == (request.method or _NOTED_FOR_ANY).upper()

    def _has_query(self, number: int, request: Request) -> bool:
        sent = self._sent[number]
        if sent is None or sent.url is None:
            return sent is not None
        recorded = query_of(sent.url)
        return (not recorded and self._is_of_an_sdk[number]) or is_same_query(query_of(request.url), recorded)

    def _fits(self, number: int, asked: Request) -> bool:
        """Whether a recording goes where the request goes; one that tells no place goes everywhere."""
        sent = self._sent[number]
        if sent is None or asked.endpoint is None:
            return False
        place = _place(sent)
        return not place or is_same_place(asked.endpoint, place)

    def _nearest(self, asked: Request) -> tuple[float, tuple[int, ...]]:
        """The nearest recording that goes where the request goes and is streamed if that is; else all without a request."""
        for likeness, entry in self._index.nearest(self._there(asked), len(self._sent)):
            sent = self._sent[entry.position]
            if (
                sent is not None
                and sent.is_told
                and self._fits(entry.position, asked)
                and self._has_method(entry.position, asked)
                and _stream(sent) == _stream(asked)
            ):
                # All runs of the nearest request are as near.
                return likeness, self._runs(sent, asked) or (entry.position,)
        untold = [number for number, sent in enumerate(self._sent) if sent is not None and not sent.is_told]
        return 0.0, tuple(untold)

    def _there(self, asked: Request) -> Request:
        """The request, told to go where recordings go that it may be answered by."""
        fitting = (
            sent for number, sent in enumerate(self._sent) if sent and sent.is_told and self._fits(number, asked)
        )
        sent = next(fitting, None)
        return _sent_to(asked, sent) if sent is not None else asked

    def _compared(self, asked: Request) -> tuple[Near, ...]:
        found = list(islice(self._nearest_requests(asked), _MOST))
        best = found[0][0] if found else 0.0
        return tuple(
            Near(entry.id, entry.place, likeness, tuple(_mattering(self._differences(entry, asked))), n_runs)
            for likeness, entry, n_runs in found
            if likeness > 0 and likeness >= _FAR * best
        )

    def _nearest_requests(self, asked: Request) -> Iterator[tuple[float, Entry, int]]:
        """Likeness, first run and number of runs of each request, the nearest first."""
        told: set[int] = set()
        for likeness, entry in self._index.nearest(self._there(asked), len(self._sent)):
            if entry.position in told:
                continue
            sent = self._sent[entry.position]
            runs = (self._runs(sent, sent) if sent is not None else ()) or (entry.position,)
            told.update(runs)
            yield likeness, self._index.entries[runs[0]], len(runs)

    def _differences(self, entry: Entry, asked: Request) -> Sequence[Difference]:
        sent = self._sent[entry.position]
        if sent is None:
            return ()
        own: tuple[Difference, ...] = ()
        if self._fits(number := entry.position, asked):
            own = () if self._has_query(number, asked) else (_of_queries(sent, asked),)
            asked = _sent_to(asked, sent)
        return (
            *own,
            *differences(sent, replace(asked, method=sent.method) if self._has_method(number, asked) else asked),
        )


def _of_queries(sent: Request, asked: Request) -> Difference:
    recorded, now = (shown_query(query_of(each.url)) for each in (sent, asked))
    return Difference("query", "added" if not recorded else "missing" if not now else "url", recorded, now)


def _sent_to(asked: Request, sent: Request) -> Request:
    """A request as if it went where another one went."""
    return replace(asked, url=sent.url, endpoint=sent.endpoint, is_sent_url=sent.is_sent_url)


def _place(sent: Request) -> str | None:
    """Where a recorded request went; None where it does not tell."""
    return url_path(sent.url) or sent.endpoint


def _stream(request: Request) -> bool:
    return isinstance(request.body, dict) and request.body.get("stream") is True


def _mattering(found: Sequence[Difference]) -> list[Difference]:
    return [each for each in found if each.matters]


def _reason(near: Sequence[Near]) -> str:
    """Why none of the nearest answers, in the words of ``recexplore why``."""
    if not near:
        return "There is no recording to be compared with it."
    best, parts = near[0].recording, near[0].differences
    best += f" ({near[0].n_runs:,} runs)" if near[0].n_runs > 1 else ""
    if not parts:
        return f"The nearest recording, {best}, differs in nothing that is compared."
    count = "one part" if len(parts) == 1 else f"{len(parts)} parts"
    more = f"; and {len(parts) - _MOST} more" if len(parts) > _MOST else ""
    return f"The nearest recording, {best}, differs in {count}: {'; '.join(map(str, parts[:_MOST]))}{more}."
