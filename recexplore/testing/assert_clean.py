"""One line that fails where recordings are not clean: for a test, or a notebook that runs in CI.

Takes a `Corpus` or a `Recording`; raises, or says nothing. Looks at no project's settings: what holds stands in the call,
and beside the recordings, where a ``recexplore.toml`` suppresses findings with a reason.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace

from recexplore.checks.missing import with_missing_rules
from recexplore.checks.result import CLEAN, judge
from recexplore.checks.settings import FAIL_ON, LEVELS, FailOn, Level, Settings, severities
from recexplore.corpus import Corpus, Recording

__all__ = ["assert_clean"]


def assert_clean(
    corpus: Corpus | Recording,
    *,
    fail_on: FailOn = "error",
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    severity: Mapping[str, Level] | None = None,
    exclude: Iterable[str] = (),
    max_warnings: int | None = None,
    baseline: str | os.PathLike[str] | None = None,
    suppressed: bool = True,
) -> None:
    """Fail where something is wrong with these recordings, or something of them could not be read.

    Parameters
    ----------
    corpus
        What `load` gave, or one recording of it.
    fail_on
        The least severity that fails: ``"error"``, ``"warning"`` (and errors), ``"note"`` (whatever is found), or
        ``"never"``, which leaves what could not be read.
    select, ignore
        Rules to run, and not to, as `check` takes them.
    severity
        How bad findings of a rule, or of rules that fit a pattern, are here: ``{"tool-*": "warning"}``; ``"off"``: not run.
    exclude
        Globs of files to leave out, as seen from the working directory.
    max_warnings
        More warnings fail, whatever ``fail_on`` says.
    baseline
        A file with what was accepted, as ``recexplore check --write-baseline`` writes it.
    suppressed
        Whether findings may be suppressed by a ``recexplore.toml`` beside the recordings.

    Raises
    ------
    AssertionError
        What fails, in words; or there is nothing to look at.
    ValueError
        No rule has such an id, ``fail_on`` or a severity is none of these, or the baseline, or a file beside the
        recordings, cannot be read.
    """
    if fail_on not in FAIL_ON:
        raise ValueError(f"fail_on is one of {', '.join(FAIL_ON)}, not {fail_on!r}")
    try:
        levels = severities(severity or {})
    except TypeError:
        raise ValueError(f"a severity is one of {', '.join(LEVELS)}; found {severity!r}") from None
    settings = Settings(
        select=None if select is None else _several(select),
        ignore=_several(ignore),
        fail_on=fail_on,
        max_warnings=max_warnings,
        severity=levels,
        exclude=_several(exclude),
        baseline=None if baseline is None else os.fspath(baseline),
        looks_beside=suppressed,
    )
    verdict = with_missing_rules(judge(corpus, settings))
    if not (verdict.recordings or verdict.problems or verdict.accepted_problems):
        raise AssertionError("there is no recording to look at")
    if verdict.exit_code != CLEAN:
        verdict = replace(verdict, new=tuple(filter(verdict.fails, verdict.new)))
        from recexplore.share.reports.text import plain

        raise AssertionError("\n" + plain(verdict))


def _several(given: Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
