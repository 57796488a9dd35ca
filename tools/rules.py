"""Write the catalogue, docs/rules.md and a page a rule in docs/rules/, from the rules and their examples.

With --check only say whether they are current.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

import recexplore
from recexplore.read.dialects import DIALECTS
from recexplore.rules import RULES
from recexplore.rules.examples import FOLDER, example
from recexplore.rules.rule import SECTIONS, Rule

ROOT: Final = Path(__file__).parent.parent
CATALOGUE: Final = ROOT / "docs" / "rules.md"
PAGES: Final = ROOT / "docs" / "rules"
FROM_PAGE: Final = "../../recexplore/rules/examples"

INTRO: Final = """# The rules

Made from `recexplore/rules/` by `make docs`; change it there.

What `recexplore check` looks for in recorded streams. Each rule has a page: what it does to a client, where it comes from,
what to do, what looks like it and is right, and what it says of an example. `recexplore explain RULE` says the same in a
terminal.

| severity | what it says |
|---|---|
| **error** | A client gets a wrong answer, or none. |
| warning | It may, or the recording is doubtful. |
| *note* | Good to know. |

The severity of a rule is its usual one: where a case is better or worse, its finding says so. A rule that needs what was not
recorded, such as arrival times, is silent. Every rule comes with two small recordings, made by hand: in one it fires,
the other looks like it and is right.
"""

SUBJECTS: Final = {
    "failures": "Failures",
    "endings": "How an answer ends",
    "outcomes": "How an answer ends",
    "choices": "Roles and choices",
    "bleed": "Roles and choices",
    "deltas": "Repeated and empty deltas",
    "arguments": "Tool calls",
    "tools": "Tool calls",
    "tool_use": "Tool calls",
    "written_calls": "Tool calls",
    "texts": "The text",
    "characters": "The text",
    "turns": "The text",
    "loops": "The text",
    "thinking": "Reasoning",
    "usage": "Usage and probabilities",
    "logprobs": "Usage and probabilities",
    "embeddings": "Embeddings",
    "drift": "What should stay the same",
    "formats": "What should stay the same",
    "anthropic": "The order of events",
    "converse": "The order of events",
    "responses": "The order of events",
    "realtime": "The order of events",
    "assistants": "The order of events",
    "sse": "The order of events",
    "pace": "Time",
    "runs": "Runs of one request",
    "run_texts": "Runs of one request",
    "names": "Recorders",
}
"""The headings: what the rules of each module are about."""

NEEDS: Final = {
    "clock": "arrival times",
    "request": "the request",
    "wire": "the bytes of the stream",
    "end": "the stream to its end",
    "file name": "the file's name",
    "other runs": "other runs of the request",
}

STYLES: Final = {"error": "**error**", "warning": "warning", "note": "*note*"}
MOST_FINDINGS: Final = 3
WIDTH: Final = 110


def prose(text: str) -> str:
    """Text for Markdown: what stands between backticks as it is, brackets elsewhere not as HTML."""
    parts = text.split("`")
    return "`".join(part if at % 2 else part.replace("<", "&lt;") for at, part in enumerate(parts))


def formats_of(rule: Rule, every: str) -> str:
    """Those that a rule looks at; ``every`` for all in which a model answers, and for whatever was recorded."""
    return ", and ".join([every, *rule.formats[1:]]) if _is_general(rule) else ", ".join(rule.formats)


def _is_general(rule: Rule) -> bool:
    return not rule.formats or rule.formats[0] not in {dialect.title for dialect in DIALECTS}


def needs_of(rule: Rule) -> str:
    return ", ".join(NEEDS[need] for need in rule.needs)


def link(url: str) -> str:
    """A link with a short name: the issue's, or the site's."""
    if issue := re.fullmatch(r"https://github\.com/([^/]+/[^/]+)/(?:issues|pull)/(\d+)", url):
        return f"[{issue[1]}#{issue[2]}]({url})"
    return f"[{url.removeprefix('https://').partition('/')[0]}]({url})"


def subject(rule: Rule) -> str:
    module = rule.find.__module__.rpartition(".")[2]
    assert module in SUBJECTS, f"no heading for the rules of {module}"
    return SUBJECTS[module]


def by_subject() -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in RULES:
        found.setdefault(subject(rule), []).append(rule)
    return found


def table(rules: Sequence[Rule]) -> str:
    rows = [
        f"| [{rule.id}](rules/{rule.id}.md) | {prose(rule.title)} | {STYLES[rule.severity]} | {needs_of(rule)} "
        f"| {formats_of(rule, 'all')} |"
        for rule in rules
    ]
    return "\n".join(["| rule | what is wrong | severity | needs | in |", "|---|---|---|---|---|", *rows])


def page(rule: Rule) -> str:
    facts = [f"**{prose(rule.title)}**", f"`{rule.severity}`", f"in {formats_of(rule, 'every format')}"]
    if rule.needs:
        facts.append(f"needs {needs_of(rule)}")
    if not rule.on:
        facts.append("runs only when selected")
    said = [f"- **{heading}.** {prose(getattr(rule, name))}" for heading, name in SECTIONS]
    if rule.sources:
        said.append(f"- **Seen in, or defined by.** {', '.join(map(link, rule.sources))}")
    made = "Made from `recexplore/rules/` by `make docs`; change it there. [All rules](../rules.md)"
    parts = [f"# {rule.id}", " · ".join(facts), "\n".join(said), *shown(rule), made]
    return "\n\n".join(parts) + "\n"


def shown(rule: Rule) -> Iterator[str]:
    """What the rule says of its example, and where both examples are."""
    fires, silent = example(rule.id, "fires"), example(rule.id, "silent")
    if fires is None or silent is None:
        return
    found = recexplore.check(recexplore.load(fires, progress=False), select=[rule.id])
    assert not found.empty, f"{rule.id} is silent about {fires.name}"
    text = "\n\n".join(finding(row) for row in found.head(MOST_FINDINGS).itertuples())
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    yield f"What it says of the first example:\n\n{fence}text\n{text}\n{fence}"
    yield f"Examples: [it fires]({place(fires)}) · [it is silent]({place(silent)})"


def place(path: Path) -> str:
    return f"{FROM_PAGE}/{path.relative_to(FOLDER).as_posix()}"


def finding(row: Any) -> str:
    """A finding as it reads: where, what, and the evidence."""
    place = where(row)
    head = f"{row.severity}{', ' if place else ''}{place}: {row.message}"
    return "\n".join(
        [*wrapped(head, ""), *(line for part in row.evidence.splitlines() for line in wrapped(part, "  "))]
    )


def where(row: Any) -> str:
    choice = "" if pd.isna(row.choice) else f"choice {row.choice}"
    if pd.isna(row.chunk):
        return choice
    chunks = f"chunk {row.chunk}" if row.chunk == row.last_chunk else f"chunks {row.chunk} to {row.last_chunk}"
    return ", ".join(filter(None, [chunks, choice]))


def wrapped(text: str, indent: str) -> list[str]:
    lines = textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or [""]


def catalogue() -> str:
    groups = by_subject()
    parts = [INTRO]
    for heading, rules in groups.items():
        parts += [f"## {heading}", table(rules)]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def documents() -> dict[Path, str]:
    """What each file has to hold."""
    return {CATALOGUE: catalogue(), **{PAGES / f"{rule.id}.md": page(rule) for rule in RULES}}


def main() -> int:
    wanted = documents()
    gone = [path for path in PAGES.glob("*.md") if path not in wanted]
    if "--check" in sys.argv[1:]:
        stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
        for path in stale + gone:
            print(
                f"{path.relative_to(ROOT)} is not what the rules and their examples say; run `make docs`",
                file=sys.stderr,
            )
        return 1 if stale or gone else 0
    PAGES.mkdir(exist_ok=True)
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")
    for path in gone:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
