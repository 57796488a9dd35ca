"""What is wrong with these recordings: the rules run over a corpus.

Takes a `Corpus` or a `Recording`, gives the frame ``findings``. The only module that joins recordings and rules.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Final

import pandas as pd

from recexplore import rules
from recexplore.corpus import Corpus, Recording
from recexplore.model.credentials import masked_text
from recexplore.model.schema import FRAMES
from recexplore.read.workers import Progress, watched, with_progress
from recexplore.rules import Finding, Findings, Rule
from recexplore.rules.request_identity import RequestIdentities

__all__ = ["check", "find"]

_MADE_HERE: Final = "findings"
_FEWEST_RUNS: Final = 2


def check(
    corpus: Corpus | Recording,
    *,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    progress: Progress = None,
) -> pd.DataFrame:
    """Run the rules.

    Parameters
    ----------
    corpus
        What `load` gave, or one recording of it.
    select
        Ids of rules, or patterns such as ``"tool-*"``; ``"all"`` is every rule. Those that are on by themselves, if not
        given.
    ignore
        Rules that are not to run.
    progress
        Whether to show a bar, as `load` takes it: of rules.

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
    findings = find(corpus, select=select, ignore=ignore, progress=progress)
    for rule, why in findings.failed.items():
        warnings.warn(f"the rule {rule} failed: {why}", stacklevel=2)
    return findings.frame()


def find(
    corpus: Corpus | Recording,
    *,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    judged: Callable[[Finding], Finding | None] = lambda finding: finding,
    progress: Progress = False,
) -> Findings:
    """The same as objects: findings with their recordings, and the rules that failed; ``judged`` as `recexplore.rules.run`
    has it."""
    if not isinstance(corpus, Corpus | Recording):
        raise TypeError(f"check takes what recexplore.load gave, not {type(corpus).__name__}")
    chosen = rules.chosen(select, ignore)
    frames = {name: getattr(corpus, name) for name in FRAMES if name != _MADE_HERE}
    names = _file_names(corpus) if any("file name" in rule.needs for rule in chosen) else None
    identities = None
    if any("other runs" in rule.needs for rule in chosen):
        if isinstance(corpus, Corpus):
            identities = _identities(corpus)
        else:
            chosen = tuple(_beside_its_siblings(rule, corpus) for rule in chosen)
    # Who does not ask for a bar of rules may be asked by a command that shows all it does.
    shown = watched if progress is False else partial(with_progress, show=progress)
    running = partial(shown, total=len(chosen), unit="rule", doing="checking")
    found = rules.run(rules.Streams(frames, names, identities), chosen, judged, running)
    of = corpus.corpus if isinstance(corpus, Recording) else corpus
    return found if of.credentials == "shown" else replace(found, found=[_masked(each) for each in found.found])


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


def _file_names(corpus: Corpus | Recording) -> pd.DataFrame:
    """What a recorder's own hash says of the names; asked only where a rule needs it, for every file is read again."""
    from recexplore.matching import stale

    if isinstance(corpus, Corpus):
        return stale(corpus)
    found = stale(corpus.corpus)
    return found[found["recording"] == corpus.id]
