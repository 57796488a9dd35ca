"""The commands that judge recordings: ``check``, and ``rules`` and ``explain`` for what it looks for.

Takes arguments and the project's settings, prints, gives the exit code of `recexplore.cli.ExitCode`. Writes the report
and the baseline where it is told to, nothing else.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from recexplore.checks.baseline import DEFAULT_FILE, write_baseline
from recexplore.cli.exit_codes import Ended, ExitCode
from recexplore.cli.left_streams import tell_left
from recexplore.cli.printing import print_json, print_text, progress
from recexplore.cli.recordings import STDIN, AsJson, ShowCredentials, StdinName, load_recordings, require_recordings
from recexplore.model.location import fits_glob
from recexplore.model.severities import FAIL_ON, LEVELS, SEVERITIES
from recexplore.share.reports import FORMATS, STATISTICS

if TYPE_CHECKING:
    from recexplore.checks.result import Verdict
    from recexplore.corpus import Corpus
    from recexplore.rules import Rule
    from recexplore.share.reports import Report

__all__ = ["check", "explain", "rules"]

_SETTINGS: Final = "the settings"
_IN_RULE: Final = (
    "id",
    "title",
    "severity",
    "meaning",
    "cause",
    "remedy",
    "legal",
    "needs",
    "sources",
    "on",
)


def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help=f"Files, folders or globs, {STDIN} for standard input; by default `paths` of {_SETTINGS}.",
            metavar="[PATH...]",
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="|".join(FORMATS), help="How to say it.", show_default=True)
    ] = "text",
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Write the report there.", show_default=False)
    ] = None,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="Say how many there are: by rule, and by rule, provider and model.")
    ] = False,
    fail_on: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(FAIL_ON), help="The least severity that fails; error by default.", show_default=False
        ),
    ] = None,
    max_warnings: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Fail where there are more warnings.", show_default=False)
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="RULES", help="Only these: ids or patterns, with commas or repeated.", show_default=False),
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="RULES", help="Not these.", show_default=False)] = None,
    severity: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULES=LEVEL",
            help=f"How bad a rule's findings are here: {', '.join(LEVELS)}; may be repeated.",
            show_default=False,
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GLOB", help="Leave out such files, and folders; commas, or repeated.", show_default=False
        ),
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(metavar="FILE", help="Accept the findings listed there.", show_default=False)
    ] = None,
    write: Annotated[
        bool, typer.Option("--write-baseline", help=f"Accept all of today's: write --baseline, or {DEFAULT_FILE}.")
    ] = False,
    least: Annotated[
        str,
        typer.Option("--min-severity", metavar="|".join(SEVERITIES), help="Tell only these and worse, and what fails."),
    ] = "note",
    no_fold: Annotated[
        bool, typer.Option("--no-fold", help="Tell every note, also those that recur with one model.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing where nothing was found.")] = False,
    stdin_name: StdinName = None,
    show_credentials: ShowCredentials = False,
    config: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Settings: a recexplore.toml or a pyproject.toml.", show_default=False),
    ] = None,
    no_settings: Annotated[
        bool, typer.Option("--no-settings", help=f"Leave out {_SETTINGS}, and what is suppressed.")
    ] = False,
) -> None:
    """Look for what is wrong with recordings."""
    reports = STATISTICS if statistics else FORMATS
    if form not in reports:
        option = "--statistics" if statistics else "--format"
        raise ValueError(f"{option}: expected one of {', '.join(reports)}, found {form!r}")
    from recexplore.cli.check_settings import chosen_settings, overridden

    settings = overridden(
        chosen_settings(config, no_settings),
        fail_on=fail_on,
        max_warnings=max_warnings,
        select=select,
        ignore=ignore,
        severity=severity,
        exclude=exclude,
        baseline=baseline,
        fold=not no_fold,
    )
    if not (places := list(paths or settings.paths)):
        raise ValueError("which recordings? Name files, folders or globs, or set `paths` in recexplore.toml")
    if output is not None and not os.path.isdir(folder := os.path.dirname(output) or "."):
        raise ValueError(f"--output {output}: there is no folder {folder}")
    started = time.perf_counter()
    corpus = load_recordings(
        places, stdin_name=stdin_name, exclude=settings.is_excluded, show_credentials=show_credentials
    )
    from recexplore.checks.missing import missing_rules, with_missing_rules
    from recexplore.checks.result import baseline_of, judge

    if not quiet:
        _tell_idle(exclude, corpus)
        if settings.baseline is None and not (write or no_settings):
            _tell_unused_baselines(places)
    if write:
        if missing := missing_rules():
            said = "; ".join(f"{name}: {why}" for name, why in missing.items())
            raise ValueError(f"--write-baseline would drop what is accepted of rules that are missing: {said}")
        file = settings.baseline or DEFAULT_FILE
        verdict = judge(corpus, replace(settings, baseline=None), progress=progress())
        accepted = baseline_of(verdict, file)
        write_baseline(file, accepted)
        needs = "" if settings.baseline else f"; a check uses it with {_naming(file)}"
        sys.stderr.write(f"{file} accepts {accepted.in_words}{needs}\n")
        settings = replace(settings, baseline=file)
    verdict = judge(corpus, settings, progress=progress())
    verdict = replace(with_missing_rules(verdict), seconds=time.perf_counter() - started)
    require_recordings(corpus, places)
    _report(_shown(verdict, least), reports[form], form, output, quiet)
    if not quiet:
        tell_left(corpus)
    if form == "text" and output is None and not (quiet or statistics):
        _tell_differing_runs(corpus, places)
    raise Ended(ExitCode(verdict.exit_code))


def _tell_idle(exclude: list[str] | None, corpus: Corpus) -> None:
    """Say which globs of the command line left out nothing: one may be misspelt."""
    from recexplore.cli.check_settings import listed

    excluded = [each.path for each in corpus.skipped_files if each.kind == "excluded"]
    for glob in listed(exclude) or ():
        if not any(fits_glob(path, glob, os.getcwd()) for path in excluded):
            sys.stderr.write(f"--exclude {glob}: no file is left out by it\n")


def _tell_unused_baselines(places: list[str]) -> None:
    """Say of baselines in the working folder, and in the folders that are checked, that nobody named them."""
    from recexplore.views.text.safe_text import one_line

    there = [os.path.join(folder, DEFAULT_FILE) for folder in ("", *places)]
    for file in dict.fromkeys(os.path.normpath(each) for each in there if os.path.isfile(each)):
        sys.stderr.write(f"{one_line(file)} is not used: {one_line(_naming(file))}\n")


def _naming(baseline: str) -> str:
    return f"--baseline {shlex.quote(baseline)}, or baseline = {json.dumps(baseline)} in the settings"


def _tell_differing_runs(corpus: Corpus, places: list[str]) -> None:
    """Say where a comparison shows more than rules judge: what answers the same request in other words is no finding."""
    from recexplore.checks.differing_runs import n_requests_that_differ
    from recexplore.model.counts import count
    from recexplore.views.text.safe_text import one_line

    if n := n_requests_that_differ(corpus):
        where = shlex.join(places)
        is_shown = all(map(os.path.exists, places)) and one_line(where) == where
        said = f"{count(n, 'request')} {'was' if n == 1 else 'were'} recorded several times and the answers differ"
        sys.stderr.write(f"{said}: recexplore compare {where if is_shown else 'PATH'}\n")


def _shown(verdict: Verdict, least: str) -> Verdict:
    """The findings that are at least so bad, and all that fail; how many others there are is told."""
    if least not in SEVERITIES:
        raise ValueError(f"--min-severity: expected one of {', '.join(SEVERITIES)}, found {least!r}")
    shown = SEVERITIES[: SEVERITIES.index(least) + 1]
    new = tuple(each for each in verdict.new if each.severity in shown or verdict.fails(each))
    return replace(verdict, new=new, hidden=len(verdict.new) - len(new))


def rules(as_json: AsJson = False) -> None:
    """List the rules: id, severity, and what is wrong where one fires."""
    from recexplore.rules import known as catalogue

    known = catalogue()
    if as_json:
        print_json([_as_json(rule) for rule in known])
        return
    from recexplore.views.text.catalogue import listed

    print_text(listed(known))


def explain(
    rule: Annotated[str, typer.Argument(help="A rule's id, or a pattern.", metavar="RULE")], as_json: AsJson = False
) -> None:
    """Say all about a rule: what it means, where it comes from, what to do, what is right and not reported."""
    from recexplore.rules import chosen

    found = chosen([rule])
    if as_json:
        print_json([{**_as_json(each), "examples": _examples(each)} for each in found])
        return
    from rich.console import Group

    from recexplore.views.text.catalogue import explained

    parts = [part for each in found for part in ("", explained(each, _examples(each)))]
    print_text(Group(*parts[1:]))


def _report(verdict: Verdict, report: Report, form: str, output: str | None, quiet: bool) -> None:
    from recexplore.share.reports.text import printed, summary

    told = (verdict.new, verdict.problems, verdict.failed, verdict.outdated, verdict.expired, verdict.unused)
    is_clean = not any(told)
    if output is not None:
        said = report(verdict)
        try:
            with open(output, "w", encoding="utf-8", newline="\n") as file:
                file.write(said if isinstance(said, str) else f"{printed(said, 140)}\n")
        except OSError as error:
            raise ValueError(f"--output {output}: it cannot be written: {error.strerror or error}") from None
    elif form == "text":
        if not is_clean:
            print_text(report(verdict))
    else:
        sys.stdout.write(str(report(verdict)))
    if not quiet and ((is_clean and form == "text") or output is not None):
        sys.stderr.write(f"{summary(verdict)}\n")


def _as_json(rule: Rule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in _IN_RULE} | {"formats": rule.formats}


def _examples(rule: Rule) -> list[str]:
    """The files that show it."""
    from recexplore.rules.examples import WHICH, example

    return [str(path) for which in WHICH if (path := example(rule.id, which)) is not None]
