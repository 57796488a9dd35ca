"""What is wrong with recordings that are read in partitions: each looked at by itself, runs of one request together.

Takes a scan, gives the findings of a load. Rules that need no other run look at each partition. Of every partition it is
noted, too, which requests its recordings answer; of requests with several answers the files are read once more, a batch of
requests at a time, for the rules that hold runs against one another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, NamedTuple, Protocol, TypeAlias, TypeVar, runtime_checkable

import pandas as pd

from recexplore import rules
from recexplore.checks.file_names import file_names
from recexplore.checks.request_identities import CorpusIdentities
from recexplore.corpus import Corpus
from recexplore.model.credentials import Credentials
from recexplore.model.exchange import Skipped
from recexplore.model.schema import FRAMES
from recexplore.rules import Finding, Findings, Look, Rule
from recexplore.rules.request_identity import RequestIdentities, RequestIdentity
from recexplore.rules.run_groups import answers_of_runs, peer_digests

__all__ = ["CorpusPart", "PartitionLook", "Partitioned", "compare", "join_looks", "look_at", "looks_at"]

_Ranked: TypeAlias = Sequence[tuple[int, Rule]]
"""Rules with their places in the catalogue."""

_FEWEST_RUNS: Final = 2

T = TypeVar("T")


class CorpusPart(Protocol):
    """Some files, to be read wherever it is (`recexplore.scans.partition.Partition`)."""

    def corpus(self) -> Corpus:
        """What is in them."""


@runtime_checkable
class Partitioned(Protocol):
    """Recordings that are read in partitions (`recexplore.scans.Scan`).

    Attributes
    ----------
    credentials, where
        As a corpus has them.
    batch_bytes
        Files of so many bytes are read together to compare runs; one request with more is a batch of its own.
    """

    credentials: Credentials
    where: str | list[str]
    batch_bytes: int

    @property
    def partitions(self) -> Sequence[CorpusPart]:
        """Its files in their order, some in each."""

    @property
    def paths(self) -> Sequence[str]:
        """The files."""

    @property
    def skipped_files(self) -> Sequence[Skipped]:
        """The files that the search passed over."""

    def each(self, function: Callable[[Any], T], arguments: Iterable[Any]) -> list[T]:
        """What a function makes of each of some arguments, in their order."""

    def part(self, paths: Iterable[str]) -> CorpusPart:
        """Some of the files."""


class _Run(NamedTuple):
    """An answer that another one may be held against: those with an equal ``group`` are runs of one request."""

    group: tuple[int, str]
    recording: str
    path: str
    n_bytes: int
    identity: RequestIdentity


_Batch: TypeAlias = tuple[CorpusPart, Mapping[str, RequestIdentity]]
"""Files with runs of some requests, and what was asked, by recording."""


@dataclass(frozen=True, slots=True)
class PartitionLook:
    """What rules see in one partition, and the answers that may be runs of a request elsewhere."""

    look: Look
    runs: Sequence[_Run]


def looks_at(scan: Partitioned, chosen: Sequence[Rule]) -> list[PartitionLook]:
    """What rules see in each partition."""
    return scan.each(partial(_look_at_part, chosen=chosen), scan.partitions)


def _look_at_part(part: CorpusPart, chosen: Sequence[Rule]) -> PartitionLook:
    return look_at(part.corpus(), chosen)


def look_at(corpus: Corpus, chosen: Sequence[Rule], asked: RequestIdentities | None = None) -> PartitionLook:
    """What rules see in a partition that was read; ``asked`` says what its requests are the same in, else its files are read
    for it."""
    alone, beside = _split(chosen)
    names = file_names(corpus) if any("file name" in rule.needs for rule in chosen) else None
    streams = rules.Streams(_frames(corpus), names, asked or CorpusIdentities(corpus))
    return PartitionLook(rules.looked(streams, alone), _runs(corpus, streams) if beside else ())


def join_looks(
    scan: Partitioned,
    looks: Sequence[PartitionLook],
    chosen: Sequence[Rule],
    judged: Callable[[Finding], Finding | None],
    compared: Sequence[Look] = (),
) -> Findings:
    """The findings of all partitions, given what rules saw in each, and in runs that were ``compared`` already; credentials
    not masked. Other runs of one request are read here."""
    _, beside = _split(chosen)
    labels = [label for each in looks for label in each.look.labels]
    place = {label.recording: position for position, label in enumerate(labels)}
    batches = [
        (scan.part(each.path for each in batch), {each.recording: each.identity for each in batch})
        for batch in _batches((run for each in looks for run in each.runs), scan.batch_bytes)
    ]
    compared = [*compared, *scan.each(partial(_look_at_runs, beside=beside), batches)]
    # They are placed among all recordings already: before the first one, as it were.
    moved = [
        replace(
            look,
            placed=[(place[finding.label.recording], chunk, rank, finding) for _, chunk, rank, finding in look.placed],
            labels=(),
        )
        for look in compared
    ]
    return rules.joined([*moved, *(each.look for each in looks)], chosen, judged)


def _split(chosen: Sequence[Rule]) -> tuple[_Ranked, _Ranked]:
    """The rules that look at each recording by itself, and those that hold runs against one another."""
    ranked = list(enumerate(chosen))
    beside = [each for each in ranked if "other runs" in each[1].needs]
    return [each for each in ranked if each not in beside], beside


def _frames(corpus: Corpus) -> dict[str, pd.DataFrame]:
    return {name: getattr(corpus, name) for name in FRAMES if name not in ("findings", "problems")}


def _runs(corpus: Corpus, streams: rules.Streams) -> list[_Run]:
    of = answers_of_runs(streams)["of"].tolist()
    digests = peer_digests(streams.recordings, streams.requests).tolist()
    paths, n_bytes = (streams.recordings[name].tolist() for name in ("path", "bytes"))
    return [
        _Run((digests[each], identity.key), streams.ids[each], paths[each], n_bytes[each], identity)
        for each, identity in streams.asked(of).items()
    ]


def _batches(runs: Iterable[_Run], most_bytes: int) -> Iterator[list[_Run]]:
    """The runs of requests with several, those of one request together."""
    groups: dict[tuple[int, str], list[_Run]] = {}
    for run in runs:
        groups.setdefault(run.group, []).append(run)
    batch: list[_Run] = []
    n_bytes = 0
    for group in groups.values():
        if len(group) >= _FEWEST_RUNS:
            own_bytes = sum({run.path: run.n_bytes for run in group}.values())
            if batch and n_bytes + own_bytes > most_bytes:
                yield batch
                batch, n_bytes = [], 0
            batch += group
            n_bytes += own_bytes
    if batch:
        yield batch


def _look_at_runs(batch: _Batch, beside: _Ranked) -> Look:
    part, identities = batch

    def asked(ids: Sequence[str]) -> dict[str, RequestIdentity]:
        return {each: identities[each] for each in ids if each in identities}

    return rules.looked(rules.Streams(_frames(part.corpus()), None, asked), beside)


def compare(corpus: Corpus, chosen: Sequence[Rule]) -> Look:
    """What rules see that hold runs against one another, of all that may be runs of one request."""
    _, beside = _split(chosen)
    return rules.looked(rules.Streams(_frames(corpus), None, CorpusIdentities(corpus)), beside)
