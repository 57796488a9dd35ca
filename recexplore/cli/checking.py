"""The commands that judge recordings: ``check``, and ``rules`` and ``explain`` for what it looks for.

Takes arguments and the project's settings, prints, gives the exit code of `recexplore.cli.ExitCode`. Writes the report
and the baseline where it is told to, nothing else.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from typing import Annotated, Any, Final

import typer

from recexplore import rules as catalogue
from recexplore.api import load
from recexplore.checks.baseline import DEFAULT_FILE, write_baseline
from recexplore.checks.missing import missing_rules, with_missing_rules
from recexplore.checks.result import Verdict, baseline_of, judge
from recexplore.checks.settings import FAIL_ON, LEVELS
from recexplore.cli.check_settings import chosen_settings, listed, overridden
from recexplore.cli.exit_codes import Ended, ExitCode
from recexplore.cli.printing import print_json, print_text
from recexplore.corpus import Corpus
from recexplore.model.location import fits_glob
from recexplore.model.severities import SEVERITIES
from recexplore.read.load import MAX_FILE_BYTES
from recexplore.read.sources import held
from recexplore.rules import Rule
from recexplore.rules.examples import WHICH, example
from recexplore.share.reports import FORMATS, STATISTICS, Report
from recexplore.views.text.skipped import skipped_line

__all__ = ["check", "explain", "rules"]

_SETTINGS: Final = "the settings"
_STDIN: Final = "-"
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

AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts instead of text for people.")]


def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help=f"Files, folders or globs, {_STDIN} for standard input; by default `paths` of {_SETTINGS}.",
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
    stdin_name: Annotated[
        str | None,
        typer.Option("--stdin-filename", metavar="NAME", help=f"What {_STDIN} is called.", show_default=False),
    ] = None,
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
    corpus = load(
        _with_stdin(places, stdin_name),
        progress=None if sys.stderr.isatty() else False,
        exclude=settings.is_excluded,
    )
    if not quiet:
        _tell_idle(exclude, corpus)
    if write:
        if missing := missing_rules():
            said = "; ".join(f"{name}: {why}" for name, why in missing.items())
            raise ValueError(f"--write-baseline would drop what is accepted of rules that are missing: {said}")
        file = settings.baseline or DEFAULT_FILE
        verdict = judge(corpus, replace(settings, baseline=None))
        accepted = baseline_of(verdict, file)
        write_baseline(file, accepted)
        sys.stderr.write(f"{file} accepts {accepted.in_words}\n")
        settings = replace(settings, baseline=file)
    verdict = judge(corpus, settings)
    verdict = replace(with_missing_rules(verdict), seconds=time.perf_counter() - started)
    if _is_empty(corpus, places):
        beside = f"; {said}" if (said := skipped_line(corpus)) else ""
        sys.stderr.write(f"recexplore: no recording was found in {corpus.where}{beside}\n")
        raise Ended(ExitCode.UNREADABLE)
    _report(_shown(verdict, least), reports[form], form, output, quiet)
    raise Ended(ExitCode(verdict.exit_code))


def _with_stdin(places: list[str], name: str | None) -> list[Any]:
    """The places, and what standard input holds in the place of its sign."""
    if _STDIN not in places:
        if name is not None:
            raise ValueError(f"--stdin-filename names what {_STDIN} reads, and no PATH is {_STDIN}")
        return places
    data = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
    blob = held(data, "<stdin>", "stdin") if name is None else held(data, name)
    return [blob if each == _STDIN else each for each in places]


def _tell_idle(exclude: list[str] | None, corpus: Corpus) -> None:
    """Say which globs of the command line left out nothing: one may be misspelt."""
    excluded = [each.path for each in corpus.skipped_files if each.kind == "excluded"]
    for glob in listed(exclude) or ():
        if not any(fits_glob(path, glob, os.getcwd()) for path in excluded):
            sys.stderr.write(f"--exclude {glob}: no file is left out by it\n")


def _is_empty(corpus: Corpus, places: list[str]) -> bool:
    """Whether there was nothing to check: no recording, no damaged or empty one, nor a file that was named and excluded."""
    if len(corpus) or corpus.unread or any(each.kind == "empty" for each in corpus.skipped_files):
        return False
    excluded = sum(each.kind == "excluded" for each in corpus.skipped_files)
    return not excluded or not all(each == _STDIN or os.path.isfile(each) for each in places)


def _shown(verdict: Verdict, least: str) -> Verdict:
    """The findings that are at least so bad, and all that fail; how many others there are is told."""
    if least not in SEVERITIES:
        raise ValueError(f"--min-severity: expected one of {', '.join(SEVERITIES)}, found {least!r}")
    shown = SEVERITIES[: SEVERITIES.index(least) + 1]
    new = tuple(each for each in verdict.new if each.severity in shown or verdict.fails(each))
    return replace(verdict, new=new, hidden=len(verdict.new) - len(new))


def rules(as_json: AsJson = False) -> None:
    """List the rules: id, severity, and what is wrong where one fires."""
    known = catalogue.known()
    if as_json:
        print_json([_as_json(rule) for rule in known])
        return
    from recexplore.views.text.catalogue import listed

    print_text(listed(known))


def explain(
    rule: Annotated[str, typer.Argument(help="A rule's id, or a pattern.", metavar="RULE")], as_json: AsJson = False
) -> None:
    """Say all about a rule: what it means, where it comes from, what to do, what is right and not reported."""
    found = catalogue.chosen([rule])
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
    return [str(path) for which in WHICH if (path := example(rule.id, which)) is not None]
