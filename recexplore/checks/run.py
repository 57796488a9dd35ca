"""What is wrong with these recordings: the rules run over a corpus.

Takes a `Corpus` or a `Recording`, gives the frame ``findings``. The only module that joins recordings and rules.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pandas as pd

from recexplore import rules
from recexplore.checks.file_names import file_names
from recexplore.checks.partitioned import Partitioned, PartitionLook, join_looks, looks_at
from recexplore.corpus import Corpus, Recording
from recexplore.model.credentials import Credentials, masked_text
from recexplore.model.schema import FRAMES
from recexplore.read.workers import Progress, watched, with_progress
from recexplore.rules import Finding, Findings, Rule
from recexplore.rules.request_identity import RequestIdentities

__all__ = ["check", "find", "findings_of_parts"]

_MADE_HERE: Final = "findings"
_FEWEST_RUNS: Final = 2
_MOST_EVENTS: Final = 1 << 20
"""More are looked at in parts: what rules make of a million takes 1.5 GB."""


def check(
    corpus: Corpus | Recording | Partitioned,
    *,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    progress: Progress = None,
) -> pd.DataFrame:
    """Run the rules.

    Parameters
    ----------
    corpus
        What `load` gave, or one recording of it; or what `scan` gave. A scan, and a dataset that was opened, are judged in
        parts, one by one, and then those recordings together that are runs of one request (docs/exporting.md).
    select
        Ids of rules, or patterns such as ``"tool-*"``; ``"all"`` is every rule. Those that are on by themselves, if not
        given.
    ignore
        Rules that are not to run.
    progress
        Whether to show a bar, of rules or of parts: None shows one in a terminal, where it takes long.

    Returns
    -------
    pandas.DataFrame
        The frame ``findings``: one row a rule that fired at a place, recordings in their order. Empty where nothing is
        wrong. Rules that failed, and why, are in ``attrs["failed"]``, and warned of.

    Raises
    ------
    ValueError
        No rule has such an id.
    TypeError
        ``corpus`` is not what `load` gave.
    """
    # What a notebook shows it keeps: a bar that nobody asked for would be one output more on a slow machine.
    if progress is None and not sys.stderr.isatty():
        progress = False
    findings = find(corpus, select=select, ignore=ignore, progress=progress)
    for rule, why in findings.failed.items():
        warnings.warn(f"the rule {rule} failed: {why}", stacklevel=2)
    return findings.frame()


def find(
    corpus: Corpus | Recording | Partitioned,
    *,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    judged: Callable[[Finding], Finding | None] = lambda finding: finding,
    progress: Progress = False,
) -> Findings:
    """The same as objects: findings with their recordings, and the rules that failed; ``judged`` as `recexplore.rules.run`
    has it."""
    chosen = rules.chosen(select, ignore)
    if not isinstance(corpus, Corpus | Recording):
        if not isinstance(corpus, Partitioned):
            raise TypeError(f"check takes what recexplore.load or recexplore.scan gave, not {type(corpus).__name__}")
        return findings_of_parts(corpus, looks_at(corpus, chosen), chosen, judged)
    # Who does not ask for a bar of rules may be asked by a command that shows all it does.
    shown = watched if progress is False else partial(with_progress, show=progress)
    if isinstance(corpus, Corpus) and (corpus.is_parted or corpus.bounds("events")[-1] > _MOST_EVENTS):
        return _found_in_parts(corpus, chosen, judged, shown)
    frames = {name: getattr(corpus, name) for name in FRAMES if name != _MADE_HERE}
    names = file_names(corpus) if any("file name" in rule.needs for rule in chosen) else None
    identities = None
    if any("other runs" in rule.needs for rule in chosen):
        if isinstance(corpus, Corpus):
            identities = _identities(corpus)
        else:
            chosen = tuple(_beside_its_siblings(rule, corpus) for rule in chosen)
    running = partial(shown, total=len(chosen), unit="rule", doing="checking")
    found = rules.run(rules.Streams(frames, names, identities), chosen, judged, running)
    return _shown(found, (corpus.corpus if isinstance(corpus, Recording) else corpus).credentials)


def _found_in_parts(
    corpus: Corpus,
    chosen: Sequence[Rule],
    judged: Callable[[Finding], Finding | None],
    shown: Callable[..., Iterable[Any]],
) -> Findings:
    from recexplore.checks.corpus_in_parts import CorpusInParts

    parts = CorpusInParts(corpus, lambda each: shown(each, total=len(each), unit="part", doing="checking"))
    looks, compared = parts.looks(chosen), parts.looks_at_peers(chosen)
    return _shown(join_looks(parts, looks, chosen, judged, compared), corpus.credentials)


def findings_of_parts(
    scan: Partitioned,
    looks: Sequence[PartitionLook],
    chosen: Sequence[Rule],
    judged: Callable[[Finding], Finding | None] = lambda finding: finding,
) -> Findings:
    """What `find` gives of a scan, of whose partitions it is known what rules see in them."""
    return _shown(join_looks(scan, looks, chosen, judged), scan.credentials)


def _shown(found: Findings, credentials: Credentials) -> Findings:
    return found if credentials == "shown" else replace(found, found=[_masked(each) for each in found.found])


def _masked(finding: Finding) -> Finding:
    """The finding without keys in its words: it may quote what was recorded."""
    message, evidence = masked_text(finding.message), finding.evidence and masked_text(finding.evidence)
    if (message, evidence) == (finding.message, finding.evidence):
        return finding
    return replace(finding, message=message, evidence=evidence)


def _identities(corpus: Corpus) -> RequestIdentities | None:
    """Tells runs of one request, where there are several recordings."""
    if len(corpus) < _FEWEST_RUNS:
        return None
    from recexplore.checks.request_identities import CorpusIdentities

    return CorpusIdentities(corpus)


def _beside_its_siblings(rule: Rule, recording: Recording) -> Rule:
    """The rule, which says of a recording what it says of it in its corpus."""
    if "other runs" not in rule.needs or len(recording.corpus) < _FEWEST_RUNS:
        return rule
    from recexplore.checks.sibling_runs import beside_its_siblings

    return beside_its_siblings(rule, recording)
