"""A verdict for code scanning: SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html).

Takes a `Verdict`, gives text. Files are named as seen from the working directory, which a CI job starts in its checkout. A
member of an archive is reported at its archive, a logical location says which. Every result has a line, because GitHub takes
no other: the first where nobody knows which. Where the stretch of the file is known, the region is exact and its snippet the
file's own text; the evidence, which a rule may have put together, is a property. What was accepted is left out: GitHub shows
suppressed results like any other.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from recexplore import __version__
from recexplore.checks.result import UNREADABLE, Verdict, key_of
from recexplore.model.location import place_of, relative
from recexplore.rules import RULES, Finding, Rule
from recexplore.rules.rule import SECTIONS
from recexplore.share.reports.fingerprints import fingerprints
from recexplore.share.reports.wording import where
from recexplore.views.text.safe_text import one_line, visible, without_lone_surrogates

__all__ = ["report"]

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_FINGERPRINT: Final = "recexplore/v1"
_MOST_TEXT: Final = 4_000
"""Characters of evidence, and of a snippet."""
_LINE_END: Final = re.compile("\r\n|\r")
_LONE_PERCENT: Final = re.compile("%(?![0-9a-fA-F]{2})")
_IN_URLS: Final = ":/?#[]@!$&'()*+,;=%~"


def report(verdict: Verdict) -> str:
    """The verdict as a SARIF log of one run."""
    driver = {
        "name": "recexplore",
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in verdict.rules],
        **({"informationUri": home} if (home := _repository()) else {}),
    }
    invocation = {
        "executionSuccessful": verdict.exit_code != UNREADABLE,
        "exitCode": verdict.exit_code,
        "toolExecutionNotifications": _notifications(verdict),
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "results": _results(verdict),
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return without_lone_surrogates(json.dumps(log, ensure_ascii=False, indent=2, allow_nan=False)) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    parts = [(title, getattr(rule, name)) for title, name in SECTIONS if getattr(rule, name)]
    help_uri = _help(rule)
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.meaning or rule.title},
        "help": {
            "text": "\n\n".join(f"{title}: {said}" for title, said in parts) or rule.title,
            "markdown": "\n\n".join(f"**{title}.** {said}" for title, said in parts) or rule.title,
        },
        "defaultConfiguration": {"level": rule.severity},
        **({"helpUri": help_uri} if help_uri else {}),
    }


def _help(rule: Rule) -> str | None:
    """The rule's page; where there is none, or nobody knows where the pages are, what it was seen in."""
    if rule in RULES and (home := _repository()):
        return f"{home}/blob/main/docs/rules/{rule.id}.md"
    return next((source for source in rule.sources if source.startswith("https://")), None)


@cache
def _repository() -> str | None:
    """Where the project lives, if its package says so."""
    try:
        urls = metadata("recexplore").get_all("Project-URL") or []
    except PackageNotFoundError:
        return None
    found = dict(each.split(", ", 1) for each in urls if ", " in each)
    home = found.get("Repository") or found.get("Source")
    return home.rstrip("/") if home else None


def _results(verdict: Verdict) -> list[dict[str, Any]]:
    numbers = {rule.id: number for number, rule in enumerate(verdict.rules)}
    return [
        {
            "ruleId": finding.rule,
            "ruleIndex": numbers[finding.rule],
            "level": finding.severity,
            "message": {"text": _message(finding)},
            "locations": [_location(finding, verdict)],
            "partialFingerprints": {_FINGERPRINT: fingerprint},
            **({"properties": {"evidence": visible(finding.evidence[:_MOST_TEXT])}} if finding.evidence else {}),
        }
        for finding, fingerprint in zip(verdict.new, fingerprints(map(key_of, verdict.new)), strict=True)
    ]


def _message(finding: Finding) -> str:
    place = where(finding)
    text = one_line(finding.message) + (f" ({place})" if place else "")
    return _literal(text)


def _literal(text: str) -> str:
    """A message's text as it stands: braces are placeholders (SARIF 3.11.5), brackets before a parenthesis a link."""
    return text.replace("](", "\\](").replace("{", "{{").replace("}", "}}")


def _location(finding: Finding, verdict: Verdict) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(finding.label.path)},
            "region": _region(finding, verdict),
        },
        "logicalLocations": _logical(finding),
    }


def _region(finding: Finding, verdict: Verdict) -> dict[str, Any]:
    if (found := verdict.region(finding)) is None:
        return {"startLine": verdict.line(finding) or 1}
    return {
        "startLine": found.start_line,
        "startColumn": found.start_column,
        "endLine": found.end_line,
        "endColumn": found.end_column,
        "snippet": {"text": visible(_LINE_END.sub("\n", found.text[:_MOST_TEXT]))},
    }


def _logical(finding: Finding) -> list[dict[str, Any]]:
    """The recording, and inside it the choice and the chunk."""
    about = finding.label
    name = about.recording
    found = [{"name": name, "fullyQualifiedName": name, "kind": "recording"}]
    if member := place_of(about.path).member:
        found.append({"name": member, "fullyQualifiedName": about.path, "kind": "member"})
    for kind, number in (("choice", finding.choice), ("chunk", finding.chunk)):
        if number is not None:
            found.append({"name": str(number), "fullyQualifiedName": f"{name}/{kind}/{number}", "kind": kind})
    return found


def _uri(path: str) -> str:
    place = place_of(path)
    if place.kind == "url":
        return quote(_LONE_PERCENT.sub("%25", without_lone_surrogates(place.file)), safe=_IN_URLS)
    if place.kind == "revision":
        return quote(without_lone_surrogates(place.file), safe="/~")
    seen = without_lone_surrogates(relative(place.file, os.getcwd()))
    if seen.startswith("../") or os.path.isabs(seen):
        return Path(without_lone_surrogates(os.path.abspath(place.file))).as_uri()
    return quote(seen, safe="/~")


def _notifications(verdict: Verdict) -> list[dict[str, Any]]:
    numbers = {rule.id: number for number, rule in enumerate(verdict.rules)}
    unread = [
        {
            "level": "error",
            "message": {"text": _literal(one_line(str(each)))},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(each.path)}}}],
        }
        for each in verdict.problems
    ]
    failed = [
        {
            "level": "error",
            "message": {"text": _literal(f"the rule {rule} failed: {one_line(why)}")},
            # What could not be imported is none of the rules that ran.
            **({"associatedRule": {"id": rule, "index": numbers[rule]}} if rule in numbers else {}),
        }
        for rule, why in verdict.failed.items()
    ]
    return unread + failed
