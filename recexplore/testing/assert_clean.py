"""One line that fails where recordings are not clean: for a test, or a notebook that runs in CI.

Takes a `Corpus` or a `Recording`; raises, or says nothing. Looks at no settings file: what holds stands in the call.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace

from recexplore.checks.result import CLEAN, judge
from recexplore.checks.settings import FAIL_ON, FailOn, Settings
from recexplore.corpus import Corpus, Recording

__all__ = ["assert_clean"]


def assert_clean(
    corpus: Corpus | Recording,
    *,
    fail_on: FailOn = "error",
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    baseline: str | os.PathLike[str] | None = None,
) -> None:
    """Fail where something is wrong with these recordings, or something of them could not be read.

    Parameters
    ----------
    corpus
        What `load` gave, or one recording of it.
    fail_on
        The least severity that fails: ``"error"``, ``"warning"`` (and errors), or ``"never"``, which leaves what could not
        be read.
    select, ignore
        Rules to run, and not to, as `check` takes them.
    baseline
        A file with findings that were accepted, as ``recexplore check --write-baseline`` writes it.

    Raises
    ------
    AssertionError
        What fails, in words; or there is nothing to look at.
    ValueError
        No rule has such an id, ``fail_on`` is none of these, or the baseline cannot be read.
    """
    if fail_on not in FAIL_ON:
        raise ValueError(f"fail_on is one of {', '.join(FAIL_ON)}, not {fail_on!r}")
    settings = Settings(
        select=None if select is None else _rules(select),
        ignore=_rules(ignore),
        fail_on=fail_on,
        baseline=None if baseline is None else os.fspath(baseline),
    )
    verdict = judge(corpus, settings)
    if not verdict.recordings and not verdict.problems:
        raise AssertionError("there is no recording to look at")
    if verdict.exit_code != CLEAN:
        verdict = replace(verdict, new=tuple(filter(verdict.fails, verdict.new)))
        from recexplore.share.reports.text import plain

        raise AssertionError("\n" + plain(verdict))


def _rules(given: Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
