"""One recording in a terminal, as coloured text.

Takes a `Recording`, gives a rich renderable. Recorded text becomes ``rich.text.Text`` with control characters
made visible, so that neither markup nor escape sequences of a recording reach the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pandas as pd
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from recexplore.analysis import interleaving
from recexplore.corpus import Recording
from recexplore.model.counts import count
from recexplore.model.errors import SourceChanged
from recexplore.model.kinds import TABLE, kind_named
from recexplore.views.terminal.findings import finding_lines, unlike_json
from recexplore.views.terminal.pictures import MOST_CHOICES, lane, legend
from recexplore.views.terminal.problems import problem_lines
from recexplore.views.text.asides import clipped
from recexplore.views.text.facts import facts_of, flow_of, tokens_of
from recexplore.views.text.prompt import prompt_of
from recexplore.views.text.safe_text import one_line, visible

__all__ = ["shown"]

_MOST_CHARS: Final = 50_000
_MOST_LINES: Final = 1_000
"""Of an answer, half of each at its beginning and half at its end: what is shown stays small, whatever was recorded."""
_KIND_STYLES: Final = {
    kind.name: "" if kind.look == "prose" else kind.colour.terminal for kind in TABLE if kind.is_read
}


def shown(
    recording: Recording, width: int = 100, *, is_cut: bool = True, is_left: bool | None = None
) -> RenderableType:
    """One recording: facts, findings, tokens, lanes, and the text of every choice with reasoning set apart.

    Parameters
    ----------
    width
        Columns of the terminal.
    is_cut
        Whether what is said of a finding is cut to one line of that width.
    is_left
        Whether the recorder of a stream without an end died; None where nobody knows.
    """
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bright_black")
    facts.add_column(overflow="fold")
    for name, value in facts_of(recording, is_left):
        facts.add_row(Text(one_line(name)), Text(one_line(value), style="bold red" if name == "error" else "bold"))
    for name, value, _ in flow_of(recording, is_left):
        facts.add_row(Text(name), Text(value, style="bold"))
    facts.add_row("tokens", Text(_tokens_in_words(recording)))
    facts.add_row("file", Text(one_line(recording.facts["path"])))
    if isinstance(test := recording.facts["test_id"], str):
        facts.add_row("test", Text(one_line(test)))
    if question := _question(recording):
        facts.add_row("asked", Text(one_line(question)))
    parts: list[RenderableType] = [Text(one_line(recording.id), style="bold underline"), facts]
    parts.extend(finding_lines(recording, width if is_cut else None))
    parts.append(Text())
    # Of many choices the first few have a picture and a text.
    few = recording.events["choice"].fillna(0).isin(recording.choices["choice"].head(MOST_CHOICES)).to_numpy(dtype=bool)
    thumbnails = interleaving.thumbnails(recording.events[few], min(max(width - 14, 20), 140))
    for choice, letters in zip(thumbnails["choice"], thumbnails["lane"], strict=True):
        name = "all choices" if pd.isna(choice) else f"choice {choice}"
        parts.append(Text.assemble((f"{name:<12}", "bright_black"), *lane(letters)))
    parts.append(Text("   ").join(Text.assemble(*entry) for entry in legend()))
    parts.extend(_answers(recording))
    parts.extend(problem_lines(recording.unread))
    return Group(*parts)


def _question(recording: Recording) -> str:
    try:
        return prompt_of(recording)
    except (SourceChanged, RecursionError) as error:
        return f"the request cannot be shown: {error}"


def _answers(recording: Recording) -> Iterator[RenderableType]:
    events = recording.events
    events = events[events["kind"].isin(list(_KIND_STYLES))]
    choices = recording.choices.head(MOST_CHOICES)
    for choice, role, finish in zip(choices["choice"], choices["role"], choices["finish_reason"], strict=True):
        said = [
            f"{name}: {value if isinstance(value, str) else 'none sent'}"
            for name, value in (("role", role), ("finish", finish))
        ]
        yield Text(visible(f"\nchoice {choice} · {' · '.join(said)}"), style="bold")
        yield Padding(_answer(events[events["choice"] == choice]), (0, 0, 0, 2), expand=False)
        yield from unlike_json(recording, choice)
    if more := len(recording.choices) - len(choices):
        yield Text(f"\n{count(more, 'more choice')} left out, `--json` has all of them", style="bright_black")
    whole = events[events["choice"].isna()]
    if len(whole):
        yield Text("\nall choices", style="bold")
        yield Padding(_answer(whole), (0, 0, 0, 2), expand=False)


def _answer(events: pd.DataFrame) -> Text:
    """Reasoning on lines of its own; every change of kind is marked, so that it shows without colour too."""
    parts: list[tuple[list[str], str]] = []
    before = ""
    for kind, words, tool in zip(events["kind"], clipped(events), events["tool_name"], strict=True):
        if kind == "tag":
            continue
        if kind != before or isinstance(tool, str):
            parts.append((["\n" if before else "", f"[{kind_named(kind).label}] "], "bright_black"))
            if isinstance(tool, str):
                parts.append(([f"{visible(tool)} "], "bold green"))
            parts.append(([], _KIND_STYLES[kind]))
        if isinstance(words, str):
            parts[-1][0].append(words)
        before = kind
    said = [("".join(texts), style) for texts, style in parts]
    return _shortened(said) if any(text for text, _ in said) else Text("no text", style="bright_black italic")


def _shortened(parts: list[tuple[str, str]]) -> Text:
    """Texts with their styles, as one; of a very long one its beginning and its end, and what is left out between them."""
    whole = "".join(text for text, _ in parts)
    head, tail = _beginning(whole), len(whole) - _beginning(whole[::-1])
    if head >= tail:
        return _cut(parts, 0, len(whole))
    lines = whole.count("\n", head, tail)
    of_lines = f" in {count(lines, 'line')}" if lines else ""
    note = f"\n[{count(tail - head, 'character')}{of_lines} left out, `--json` has all of them]\n"
    return _cut(parts, 0, head).append(note, "bright_black").append_text(_cut(parts, tail, len(whole)))


def _beginning(text: str) -> int:
    """How many characters of a text are shown from one of its ends."""
    at = -1
    for _ in range(_MOST_LINES // 2):
        at = text.find("\n", at + 1, _MOST_CHARS // 2)
        if at < 0:
            return min(len(text), _MOST_CHARS // 2)
    return at


def _cut(parts: list[tuple[str, str]], start: int, end: int) -> Text:
    cut, at = Text(), 0
    for text, style in parts:
        if piece := text[max(start - at, 0) : max(end - at, 0)]:
            cut.append(visible(piece), style)
        at += len(text)
    return cut


def _tokens_in_words(recording: Recording) -> str:
    tokens = tokens_of(recording)
    seen = tokens["seen"]
    deltas, characters = count(seen["n_text_events"], "text delta"), count(seen["content_chars"], "character")
    observed = f"seen: {deltas}, {characters} of content"
    if seen["reasoning_chars"]:
        observed += f", {seen['reasoning_chars']:,} of reasoning"
    if seen["tool_call_chars"]:
        observed += f", {seen['tool_call_chars']:,} of tool arguments"
    if not tokens["reports"]:
        return f"not reported ({observed})"
    parts = ", ".join(f"{part['tokens']:,} {part['label']}" for part in tokens["parts"])
    total = "total not reported" if tokens["total"] is None else f"{tokens['total']:,} in all"
    return f"{total}: {parts} ({observed})"
