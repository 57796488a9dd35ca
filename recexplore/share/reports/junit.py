"""A verdict for build servers: JUnit's XML, a test case for every recording.

Takes a `Verdict`, gives text. What fails (`Settings.fail_on`) is a failure and says what to do; what is found and does not
fail is in the test case's output; a file that could not be read, and a rule that failed, is an error. The suite has the
time that the check took, where it was measured; a case has none: rules look at all recordings together. Characters that no
XML may hold are left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final
from xml.etree import ElementTree

from recexplore.checks.result import Verdict
from recexplore.rules import Finding
from recexplore.share.reports import text
from recexplore.share.reports.advice import hint, remedies
from recexplore.share.reports.wording import in_short

__all__ = ["report"]

# https://www.w3.org/TR/xml/#charsets
_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def report(verdict: Verdict) -> str:
    """The verdict as one test suite."""
    suite = ElementTree.Element("testsuite", name="recexplore")
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in verdict.new:
        found[finding.label.recording].append(finding)
    n_failures = 0
    for about in verdict.recordings:
        case = _case(suite, about.name, about.test_id or about.recording)
        if findings := found[about.recording]:
            failing = [finding for finding in findings if verdict.fails(finding)]
            n_failures += bool(failing)
            if failing:
                failure = ElementTree.SubElement(case, "failure", message=_legal(in_short(failing)))
                failure.text = _legal("\n".join([text.told(failing), *_advice(verdict, failing)]))
            if passing := [finding for finding in findings if not verdict.fails(finding)]:
                ElementTree.SubElement(case, "system-out").text = _legal(text.told(passing))
    errors = [(each.path, "cannot be read", str(each)) for each in verdict.problems]
    errors += [("recexplore", f"the rule {rule} failed", why) for rule, why in verdict.failed.items()]
    for path, what, said in errors:
        error = ElementTree.SubElement(_case(suite, path, what), "error", message=_legal(said))
        error.text = _legal(said)
    suite.attrib |= {"tests": str(len(suite)), "failures": str(n_failures), "errors": str(len(errors))}
    if verdict.seconds is not None:
        suite.set("time", f"{verdict.seconds:.3f}")
    suites = ElementTree.Element("testsuites", suite.attrib)
    suites.append(suite)
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _case(suite: ElementTree.Element, file: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=_legal(file), name=_legal(name))


def _advice(verdict: Verdict, failing: list[Finding]) -> list[str]:
    if not (said := remedies(verdict, failing)):
        return []
    return ["", "What to do", *(f"  {rule}: {remedy}" for rule, remedy in said.items()), f"  {hint(list(said))}"]


def _legal(text: str) -> str:
    return _ILLEGAL.sub("", text)
