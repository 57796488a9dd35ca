"""A verdict for a pull request on GitHub: workflow commands, which its runner turns into annotations.

Takes a `Verdict`, gives text, one command a line, errors first: GitHub shows ten of a kind. The first of each rule also says
what to do. Escaped as the runner undoes it: ``%``, CR and LF everywhere, ``:`` and
``,`` in properties too (https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Final

from recexplore.checks.result import Verdict
from recexplore.model.location import place_of, relative
from recexplore.model.severities import Severity
from recexplore.rules import Finding
from recexplore.share.reports.advice import hint, remedies
from recexplore.share.reports.order import worst_first
from recexplore.share.reports.text import summary
from recexplore.share.reports.wording import excerpt, where
from recexplore.views.text.safe_text import one_line

__all__ = ["report"]

_COMMANDS: Final[Mapping[Severity, str]] = {"error": "error", "warning": "warning", "note": "notice"}
_EVIDENCE: Final = 400


def report(verdict: Verdict) -> str:
    """The verdict as workflow commands, and the line that sums it up."""
    return "\n".join([*_commands(verdict), f"recexplore: {summary(verdict)}"]) + "\n"


def _commands(verdict: Verdict) -> Iterator[str]:
    advice = remedies(verdict, verdict.new)
    for finding in worst_first(verdict.new):
        line, column = verdict.begin(finding)
        properties = {
            **_file(finding.label.path),
            **({"line": str(line)} if line else {}),
            **({"col": str(column)} if column else {}),
            "title": one_line(finding.rule),
        }
        yield _command(_COMMANDS[finding.severity], properties, _message(finding, advice.pop(finding.rule, None)))
    for problem in verdict.problems:
        yield _command("error", {**_file(problem.path), "title": "cannot be read"}, one_line(str(problem)))
    for rule, why in verdict.failed.items():
        yield _command("error", {"title": f"the rule {one_line(rule)} failed"}, one_line(why))
    for suppression in verdict.expired:
        yield _command(
            "warning", {**_file(suppression.source), "title": "suppression expired"}, one_line(suppression.over)
        )


def _message(finding: Finding, remedy: str | None) -> str:
    place = ", ".join(filter(None, (one_line(finding.label.recording), where(finding))))
    advice = "" if remedy is None else f"What to do: {remedy}\n{hint([finding.rule])}"
    return "\n".join(filter(None, (one_line(finding.message), place, excerpt(finding, _EVIDENCE), advice)))


def _file(path: str) -> dict[str, str]:
    """The file as seen from the working directory; none for what is at a URL."""
    place = place_of(path)
    return {} if place.kind == "url" else {"file": one_line(relative(place.file, os.getcwd()))}


def _command(name: str, properties: Mapping[str, str], message: str) -> str:
    said = ",".join(f"{key}={_escaped(value, {':': '%3A', ',': '%2C'})}" for key, value in properties.items())
    return f"::{name} {said}::{_escaped(message, {})}"


def _escaped(text: str, also: Mapping[str, str]) -> str:
    for character, code in {"%": "%25", "\r": "%0D", "\n": "%0A", **also}.items():
        text = text.replace(character, code)
    return text
