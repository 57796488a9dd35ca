"""What is wrong with a recording, in a few lines of a terminal.

Takes a `Recording`, gives rich renderables. The whole of a finding, with its evidence, is told by ``recexplore check``.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from rich.cells import cell_len
from rich.text import Text

from recexplore.analysis.tool_calls import assembly
from recexplore.corpus import Recording
from recexplore.model.counts import count
from recexplore.model.plain_values import records
from recexplore.model.severities import SEVERITIES
from recexplore.views.terminal.cells import cut
from recexplore.views.text.safe_text import one_line
from recexplore.views.text.severity_styles import STYLES

__all__ = ["finding_lines", "unlike_json"]

_MUTED: Final = "bright_black"
_MOST: Final = 12
_STDIN: Final = "<stdin>"
_MOST_CHARS: Final = 1_000


def finding_lines(recording: Recording, width: int | None) -> Iterator[Text]:
    """How many findings there are, one line each, the most severe first, and what to type to know more.

    Parameters
    ----------
    width
        Columns of the terminal, to which lines are cut; None: none is.
    """
    findings = records(recording.findings)
    findings.sort(key=lambda each: SEVERITIES.index(each["severity"]))
    if not findings:
        return
    counts = Counter(each["severity"] for each in findings)
    worst = findings[0]["severity"]
    said = ", ".join(count(counts[name], name) for name in SEVERITIES if counts[name])
    yield Text(f"\n{said}", style=f"bold {STYLES[worst].removeprefix('bold ')}")
    rules = max(cell_len(one_line(each["rule"])) for each in findings[:_MOST])
    places = max(len(_place(each)) for each in findings[:_MOST])
    for each in findings[:_MOST]:
        pieces = (
            (f"  {each['severity']:<9}", STYLES[each["severity"]]),
            (f"{one_line(each['rule']):<{rules}}  ", "bold"),
            (f"{_place(each):<{places}}", _MUTED),
            (one_line(each["message"][:_MOST_CHARS]), ""),
        )
        yield Text.assemble(*(pieces if width is None else cut(pieces, width)), no_wrap=True, overflow="ignore")
    if len(findings) > _MOST:
        yield Text(f"  … and {len(findings) - _MOST:,} more", style=_MUTED)
    for command, said in _next_steps(recording, findings).items():
        yield Text.assemble(("  ", ""), (command, "bold"), (f"  {said}", _MUTED), overflow="fold")


def _place(finding: dict[str, Any]) -> str:
    """Where it is: ``chunks 4–9, choice 1``."""
    first, last = finding["chunk"], finding["last_chunk"]
    several = last is not None and last != first
    parts = [] if first is None else [f"chunks {first}–{last}" if several else f"chunk {first}"]
    parts += [] if finding["choice"] is None else [f"choice {finding['choice']}"]
    return f"{', '.join(parts)}  " if parts else ""


def _next_steps(recording: Recording, findings: list[dict[str, Any]]) -> dict[str, str]:
    """What to type, and what for."""
    path = recording.facts["path"]
    place = "-" if path == _STDIN else one_line(shlex.quote(path))
    rule = one_line(shlex.quote(findings[0]["rule"]))
    return {f"recexplore check {place}": "shows the evidence", f"recexplore explain {rule}": "says what it means"}


_WORDS: Final = {
    "broken": "are no JSON: nothing can follow their first {at}",
    "incomplete": "are no JSON: they end before they are whole",
    "not an object": "are JSON, but no object",
}
_OTHERWISE: Final = "cannot be read as a JSON object"
"""What is said of arguments by their state after the last fragment, see `recexplore.analysis.tool_calls`."""


def unlike_json(recording: Recording, choice: int) -> Iterator[Text]:
    """The tool calls of a choice whose arguments are no JSON object, and where they stop being one.

    Calls of a provider's own tools take text, code or a command, so nothing is said of them.
    """
    calls = recording.tool_calls
    odd = calls[
        (calls["choice"] == choice) & calls["type"].isna() & ~calls["arguments_valid"].fillna(True).astype(bool)
    ]
    if odd.empty:
        return
    ends = {(each["choice"], each["tool_index"]): each for each in records(assembly(recording.events))}
    for call in records(odd):
        end = ends[call["choice"], call["tool_index"]]
        said = _WORDS.get(end["state"], _OTHERWISE).format(at=count(end["broken_at"] or 0, "character"))
        name = f"{one_line(call['name'][:_MOST_CHARS])}, " if call["name"] else ""
        yield Text(f"  {name}call {call['tool_index']}: its arguments {said}", style="bold red")
