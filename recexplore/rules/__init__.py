"""What is wrong with a stream: a catalogue of rules, and what they find.

A rule is data and one function (`recexplore.rules.rule`); the modules beside this one hold them by subject, each in a
literal tuple ``RULES``. Rules see frames, `recexplore.analysis`, and what the registry knows of APIs. Others add theirs
through the entry point ``recexplore.rules``: a `Rule`, or several in a list or tuple.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final, TypeAlias

from recexplore.model.plugins import brought
from recexplore.model.severities import SEVERITIES, Severity
from recexplore.rules import (
    anthropic,
    arguments,
    assistants,
    bleed,
    characters,
    choices,
    converse,
    deltas,
    drift,
    embeddings,
    endings,
    failures,
    formats,
    logprobs,
    loops,
    names,
    outcomes,
    pace,
    realtime,
    responses,
    run_texts,
    runs,
    sse,
    texts,
    thinking,
    tool_use,
    tools,
    turns,
    usage,
    written_calls,
)
from recexplore.rules.covering import uncovered
from recexplore.rules.finding import Finding, Findings, RecordingLabel
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams

__all__ = [
    "RULES",
    "Finding",
    "Findings",
    "Hit",
    "Look",
    "Placed",
    "Rule",
    "Severity",
    "Streams",
    "chosen",
    "joined",
    "known",
    "looked",
    "run",
]

RULES: Final[tuple[Rule, ...]] = (
    *failures.RULES,
    *endings.RULES,
    *outcomes.RULES,
    *choices.RULES,
    *bleed.RULES,
    *deltas.RULES,
    *arguments.RULES,
    *tools.RULES,
    *tool_use.RULES,
    *written_calls.RULES,
    *texts.RULES,
    *characters.RULES,
    *turns.RULES,
    *loops.RULES,
    *thinking.RULES,
    *usage.RULES,
    *logprobs.RULES,
    *embeddings.RULES,
    *drift.RULES,
    *formats.RULES,
    *anthropic.RULES,
    *converse.RULES,
    *responses.RULES,
    *realtime.RULES,
    *assistants.RULES,
    *sse.RULES,
    *runs.RULES,
    *run_texts.RULES,
    *names.RULES,
    *pace.RULES,
)
"""Ours, in the order of the catalogue."""


@lru_cache(maxsize=1)
def known() -> tuple[Rule, ...]:
    """Ours, and those that other packages bring; an id that is taken already is left out with a warning."""
    return (*RULES, *brought("recexplore.rules", Rule, "id", RULES))


def chosen(select: Iterable[str] | None = None, ignore: Iterable[str] = ()) -> tuple[Rule, ...]:
    """The rules to run.

    Parameters
    ----------
    select
        Ids, or patterns such as ``tool-*``; ``all`` is every rule. None: those that are on by themselves.
    ignore
        The same; what is ignored does not run, selected or not.

    Raises
    ------
    ValueError
        No rule has such an id.
    """
    rules = known()
    wanted = {rule.id for rule in rules if rule.on} if select is None else _matching(select, rules)
    return tuple(rule for rule in rules if rule.id in wanted - _matching(ignore, rules))


def _matching(patterns: Iterable[str], rules: Sequence[Rule]) -> set[str]:
    if isinstance(patterns, str):
        patterns = [patterns]
    ids = [rule.id for rule in rules]
    found: set[str] = set()
    for pattern in patterns:
        matching = ids if pattern == "all" else [each for each in ids if fnmatchcase(each, pattern)]
        if not matching:
            near = difflib.get_close_matches(pattern, ids, n=3, cutoff=0.5)
            hint = f"near: {', '.join(near)}" if near else "`recexplore rules` lists them"
            raise ValueError(f"there is no rule {pattern!r}; {hint}")
        found.update(matching)
    return found


Placed: TypeAlias = tuple[int, int, int, Finding]
"""A finding behind what orders it: its recording, its chunk (-1: the whole recording), its rule's place in the catalogue."""


@dataclass(frozen=True, slots=True)
class Look:
    """What rules see in some recordings, before one of two findings at the same place is left out.

    Attributes
    ----------
    placed
        The findings, in no order.
    labels
        The recordings, in their order.
    errors
        For each rule that failed, by id, why, by recording; nothing where it only cannot look at several together.
    """

    placed: Sequence[Placed]
    labels: Sequence[RecordingLabel]
    errors: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def looked(streams: Streams, rules: Iterable[tuple[int, Rule]]) -> Look:
    """What some rules see, each given with its place in the catalogue."""
    placed: list[Placed] = []
    errors: dict[str, dict[str, str]] = {}
    for rank, rule in rules:
        try:
            placed += [_placed(hit, rule, rank, streams) for hit in _hits(rule, streams)]
        except Exception:  # one rule's mistake must not hide what all others found, nor what it finds elsewhere
            elsewhere, errors[rule.id] = _one_by_one(rule, rank, streams)
            placed += elsewhere
    return Look(placed, streams.labels, errors)


def joined(looks: Iterable[Look], rules: Sequence[Rule], judged: Callable[[Finding], Finding | None]) -> Findings:
    """What rules find, of what they saw in recordings that follow each other; ``judged`` as `run` has it."""
    placed: list[Placed] = []
    labels: list[RecordingLabel] = []
    errors: dict[str, dict[str, str]] = {}
    for look in looks:
        placed += [(len(labels) + of, chunk, rank, finding) for of, chunk, rank, finding in look.placed]
        labels += look.labels
        for rule, mine in look.errors.items():
            errors.setdefault(rule, {}).update(mine)
    placed.sort(key=lambda each: each[:3])
    covering = {rule.id: rule.covered_by for rule in rules if rule.covered_by}
    wanted = [kept for *_, finding in placed if (kept := judged(finding)) is not None]
    failed = {rule.id: errors[rule.id] for rule in rules if rule.id in errors}
    return Findings(
        uncovered(wanted, covering),
        labels,
        {rule: _why_failed(mine) for rule, mine in failed.items()},
        {rule: tuple(mine) for rule, mine in failed.items()},
    )


def _why_failed(errors: Mapping[str, str]) -> str:
    if not errors:
        return "it cannot look at these recordings together, only at each alone"
    first, *others = errors
    return f"{errors[first]}, in {first}" + (f" and {len(others):,} more" if others else "")


def run(
    streams: Streams,
    rules: Iterable[Rule],
    judged: Callable[[Finding], Finding | None] = lambda finding: finding,
    watched: Callable[[Sequence[Rule]], Iterable[Rule]] = iter,
) -> Findings:
    """What the rules find.

    A rule that fails ends nothing: it looks at each recording alone, and is named in `Findings.failed`.

    Parameters
    ----------
    streams
        What they look at.
    rules
        Those to run, in the order of the catalogue.
    judged
        What is made of each finding, another severity or nothing, before one of two at the same place is left out: what
        is not told covers nothing.
    watched
        Gives the rules one by one, and may say how many have run.
    """
    rules = tuple(rules)
    return joined([looked(streams, enumerate(watched(rules)))], rules, judged)


def _one_by_one(rule: Rule, rank: int, streams: Streams) -> tuple[list[Placed], dict[str, str]]:
    """What a rule that failed finds in one recording after the other, and why it failed in which."""
    placed: list[Placed] = []
    errors: dict[str, str] = {}
    for of, recording in enumerate(streams.ids):
        try:
            alone = streams.alone(of)
            # Its label is the corpus', where a file with several recordings is known as such.
            placed += [_placed(replace(hit, of=of), rule, rank, streams) for hit in _hits(rule, alone)]
        except Exception as error:
            errors[recording] = f"{type(error).__name__}: {error}"
    return placed, errors


def _hits(rule: Rule, streams: Streams) -> Iterator[Hit]:
    """What a rule finds in recordings for which its traits hold."""
    fits = streams.fits(rule.traits)
    if "end" in rule.needs:
        fits = fits & ~streams.is_open_ended
    if "clock" in rule.needs:
        fits = fits & streams.has_clock
    may_be = fits.any() and (not rule.kinds or streams.has_kind(*rule.kinds))
    return (hit for hit in rule.find(streams) if fits[hit.of]) if may_be else iter(())


def _placed(hit: Hit, rule: Rule, rank: int, streams: Streams) -> Placed:
    severity = hit.severity or rule.severity
    if severity not in SEVERITIES:
        raise ValueError(f"a severity is one of {', '.join(SEVERITIES)}, not {severity!r}")
    finding = Finding(
        rule.id,
        severity,
        streams.labels[hit.of],
        chunk=hit.chunk,
        last_chunk=hit.chunk if hit.last_chunk is None else hit.last_chunk,
        choice=hit.choice,
        message=_without_half_characters(hit.message),
        evidence=None if hit.evidence is None else _without_half_characters(hit.evidence),
        spans=hit.spans,
    )
    return hit.of, -1 if hit.chunk is None else hit.chunk, rank, finding


def _without_half_characters(text: str) -> str:
    """The text as any column can hold it: a rule that reads JSON may come by halves of characters."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
