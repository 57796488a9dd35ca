"""The commands that judge recordings: ``check``, and ``rules`` and ``explain`` for what it looks for.

Takes arguments and the project's settings, prints, gives the exit code of `recexplore.cli.ExitCode`. Writes the report
and the baseline where it is told to, nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Final

import typer

from recexplore import rules as catalogue
from recexplore.api import load
from recexplore.checks.baseline import DEFAULT_FILE, write_baseline
from recexplore.checks.result import Verdict, baseline_of, judge
from recexplore.checks.settings import FAIL_ON, Settings, read_settings
from recexplore.cli.exit_codes import Ended, ExitCode
from recexplore.cli.printing import print_json, print_text
from recexplore.model.severities import SEVERITIES
from recexplore.rules import Rule
from recexplore.rules.examples import WHICH, example
from recexplore.share.reports import FORMATS
from recexplore.views.text.skipped import skipped_line

__all__ = ["check", "explain", "rules"]

_TABLE: Final = "tool.recexplore of pyproject.toml"
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
            help=f"Files, folders or globs; by default `paths` in {_TABLE}.", metavar="[PATH...]", show_default=False
        ),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="|".join(FORMATS), help="How to say it.", show_default=True)
    ] = "text",
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Write the report there.", show_default=False)
    ] = None,
    fail_on: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(FAIL_ON), help="The least severity that fails; error by default.", show_default=False
        ),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="RULES", help="Only these: ids or patterns, with commas or repeated.", show_default=False),
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="RULES", help="Not these.", show_default=False)] = None,
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
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing where nothing was found.")] = False,
    no_settings: Annotated[bool, typer.Option("--no-settings", help=f"Leave out {_TABLE}.")] = False,
) -> None:
    """Look for what is wrong with recordings."""
    if form not in FORMATS:
        raise ValueError(f"--format: expected one of {', '.join(FORMATS)}, found {form!r}")
    settings = _settings(Settings() if no_settings else read_settings(), fail_on, select, ignore, baseline)
    if not (places := list(paths or settings.paths)):
        raise ValueError(f"which recordings? Name files, folders or globs, or set `paths` in {_TABLE}")
    corpus = load(places, progress=None if sys.stderr.isatty() else False)
    if write:
        file = settings.baseline or DEFAULT_FILE
        verdict = judge(corpus, replace(settings, baseline=None))
        accepted = baseline_of(verdict, file)
        write_baseline(file, accepted)
        sys.stderr.write(f"{file} accepts {sum(accepted.counts.values()):,} findings\n")
        settings = replace(settings, baseline=file)
    verdict = judge(corpus, settings)
    if not len(corpus) and not verdict.problems and not any(each.kind == "empty" for each in corpus.skipped_files):
        beside = f"; {said}" if (said := skipped_line(corpus)) else ""
        sys.stderr.write(f"recexplore: no recording was found in {corpus.where}{beside}\n")
        raise Ended(ExitCode.UNREADABLE)
    _report(_shown(verdict, least), form, output, quiet)
    raise Ended(ExitCode(verdict.exit_code))


def _shown(verdict: Verdict, least: str) -> Verdict:
    """The findings that are at least so bad, and all that fail."""
    if least not in SEVERITIES:
        raise ValueError(f"--min-severity: expected one of {', '.join(SEVERITIES)}, found {least!r}")
    shown = SEVERITIES[: SEVERITIES.index(least) + 1]
    return replace(verdict, new=tuple(each for each in verdict.new if each.severity in shown or verdict.fails(each)))


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


def _settings(
    settings: Settings,
    fail_on: str | None,
    select: Sequence[str] | None,
    ignore: Sequence[str] | None,
    baseline: str | None,
) -> Settings:
    """The project's settings, and what the options say instead."""
    if fail_on is not None and fail_on not in FAIL_ON:
        raise ValueError(f"--fail-on: expected one of {', '.join(FAIL_ON)}, found {fail_on!r}")
    given = {"fail_on": fail_on, "select": _listed(select), "ignore": _listed(ignore), "baseline": baseline}
    changed: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if given["select"] is not None:
        # What was asked for here is not left out because of a file.
        changed.setdefault("ignore", ())
    merged = replace(settings, **changed)
    if not catalogue.chosen(merged.select, merged.ignore):
        raise ValueError("no rule is left to run: `select` and `ignore` leave none")
    return merged


def _listed(given: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(part.strip() for each in given for part in each.split(",") if part.strip())


def _report(verdict: Verdict, form: str, output: str | None, quiet: bool) -> None:
    from recexplore.share.reports.text import plain, summary

    is_clean = not (verdict.new or verdict.problems or verdict.failed or verdict.outdated)
    if output is not None:
        report = FORMATS[form](verdict)
        with open(output, "w", encoding="utf-8", newline="\n") as file:
            file.write(report if isinstance(report, str) else f"{plain(verdict, 140)}\n")
    elif form == "text":
        if not is_clean:
            print_text(FORMATS[form](verdict))
    else:
        sys.stdout.write(str(FORMATS[form](verdict)))
    if not quiet and ((is_clean and form == "text") or output is not None):
        sys.stderr.write(f"{summary(verdict)}\n")


def _as_json(rule: Rule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in _IN_RULE} | {"formats": rule.formats}


def _examples(rule: Rule) -> list[str]:
    """The files that show it."""
    return [str(path) for which in WHICH if (path := example(rule.id, which)) is not None]
