"""Recordings in a terminal: a table with tiny pictures, and one recording as coloured text.

Takes a `Corpus` or a `Recording`, gives rich renderables. Recorded text becomes ``rich.text.Text`` with control characters
made visible, so that neither markup nor escape sequences of a recording reach the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd
from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from recexplore.analysis import interleaving
from recexplore.analysis import usage as usage_analysis
from recexplore.corpus import Corpus, Recording
from recexplore.model.counts import count
from recexplore.model.errors import SourceChanged
from recexplore.model.kinds import LETTERS, TABLE, kind_named
from recexplore.views.text.asides import clipped
from recexplore.views.text.facts import facts_of, flow_of, tokens_of
from recexplore.views.text.prompt import prompt_of
from recexplore.views.text.safe_text import one_line, visible
from recexplore.views.text.skipped import skipped_line

__all__ = ["listing", "shown"]

_LETTER_STYLES: Final = {" ": (" ", ""), **{each.letter: (each.mark, each.colour.terminal) for each in LETTERS}}
_LETTER_LABELS: Final = {each.letter: each.label for each in LETTERS}
_LEGEND: Final = "crtuof"
"""The letters that the legend explains."""
_MOST_CHARS: Final = 50_000
_MOST_LINES: Final = 1_000
"""Of an answer, half of each at its beginning and half at its end: what is shown stays small, whatever was recorded."""
_MOST_CHOICES: Final = 50
_KIND_STYLES: Final = {
    kind.name: "" if kind.look == "prose" else kind.colour.terminal for kind in TABLE if kind.is_read
}


def listing(corpus: Corpus, width: int = 160) -> RenderableType:
    """A table of recordings, each with a picture of its interleaving: a line a choice.

    Where ``width`` (columns of the terminal) is short, test names go first, then models and pictures get shorter; ids and
    counts stay whole.
    """
    if not len(corpus):
        return Group(Text(visible(repr(corpus))), *_problems(corpus.problems), *_skipped(corpus))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bright_black")
    has_tests = width >= 120
    table.add_column("recording", no_wrap=True, min_width=max(map(len, corpus.recordings["recording"])))
    table.add_column("model", no_wrap=True, overflow="ellipsis", max_width=28 if has_tests else 18)
    if has_tests:
        table.add_column("test", no_wrap=True, overflow="ellipsis")
    for name in ("n", "chunks", "tokens"):
        table.add_column(name, justify="right", no_wrap=True, min_width=len(name))
    table.add_column("stream", no_wrap=True)
    totals = usage_analysis.final(corpus.usage).set_index("recording")["total"]
    lanes = {
        key: list(group)
        for key, group in interleaving.thumbnails(corpus.events, _lane_width(width)).groupby("recording")["lane"]
    }
    about = corpus.recordings
    models = about["model_served"].fillna(about["model_requested"])
    for recording, model, test, n, chunks, error in zip(
        about["recording"],
        models,
        about["test_id"].fillna(about["path"].map(_file_name)),
        about["n_choices"],
        about["n_chunks"],
        about["error"],
        strict=True,
    ):
        total = totals.get(recording)
        picture = _error(error, _lane_width(width)) if isinstance(error, str) else _lanes(lanes.get(recording, []))
        table.add_row(
            Text(one_line(recording), style="bold"),
            _cell(model, 28),
            *([_cell(test.split("::")[-1] if isinstance(test, str) else None, width - 116)] if has_tests else []),
            str(n),
            f"{chunks:,}",
            "–" if total is None or pd.isna(total) else f"{int(total):,}",
            picture,
        )
    return Group(table, _legend(), *_problems(corpus.problems), *_skipped(corpus))


def _lane_width(width: int) -> int:
    """Letters of a picture, so that ids and counts stay whole beside it."""
    return min(44, max(width - 64, 12))


def _cell(value: Any, limit: int) -> Text:
    text = one_line(value) if isinstance(value, str) else "–"
    return Text(text if len(text) <= limit else f"{text[: limit - 1]}…", no_wrap=True, overflow="ellipsis")


def _error(error: str, limit: int) -> Text:
    return Text(f"× {one_line(error)}"[:limit], style="red", no_wrap=True, overflow="ellipsis")


def _lane(letters: str) -> Text:
    lane = Text()
    for letter in letters:
        lane.append(*_LETTER_STYLES[letter])
    return lane


def _lanes(lanes: list[str]) -> Text:
    more = [Text(f"and {count(len(lanes) - _MOST_CHOICES, 'more choice')}", style="bright_black")]
    return Text("\n").join([*map(_lane, lanes[:_MOST_CHOICES]), *(more if len(lanes) > _MOST_CHOICES else [])])


def _legend() -> Text:
    legend = Text()
    for letter in _LEGEND:
        mark, style = _LETTER_STYLES[letter]
        legend.append(mark, style).append(f" {_LETTER_LABELS[letter]}   ", "bright_black")
    return legend


def _skipped(corpus: Corpus) -> Iterator[RenderableType]:
    """What the search passed over, in one quiet line."""
    if said := skipped_line(corpus):
        yield Text(f"\n{said}", style="bright_black")


def _problems(problems: pd.DataFrame) -> Iterator[RenderableType]:
    """What could not be read, said at the end where it is seen."""
    if not len(problems):
        return
    yield Text(f"\n{count(len(problems), 'problem')} while reading", style="bold red")
    for row in problems.to_dict("records"):
        where = "" if pd.isna(row["chunk"]) else f", chunk {row['chunk']}"
        said = f"{row['what']}: expected {row['expected']}, found {row['found']}; {row['hint']}"
        yield Text(visible(f"  {row['path']}{where}: {said}"))


def shown(recording: Recording, width: int = 100) -> RenderableType:
    """One recording: facts, tokens, lanes, and the text of every choice with reasoning set apart."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bright_black")
    facts.add_column(overflow="fold")
    for name, value in facts_of(recording):
        facts.add_row(Text(one_line(name)), Text(one_line(value), style="bold red" if name == "error" else "bold"))
    for name, value, _ in flow_of(recording):
        facts.add_row(Text(name), Text(value, style="bold"))
    facts.add_row("tokens", Text(_tokens_in_words(recording)))
    facts.add_row("file", Text(one_line(recording.facts["path"])))
    if isinstance(test := recording.facts["test_id"], str):
        facts.add_row("test", Text(one_line(test)))
    if question := _question(recording):
        facts.add_row("asked", Text(one_line(question)))
    parts: list[RenderableType] = [Text(one_line(recording.id), style="bold underline"), facts, Text()]
    # Of many choices the first few have a picture and a text.
    few = (
        recording.events["choice"].fillna(0).isin(recording.choices["choice"].head(_MOST_CHOICES)).to_numpy(dtype=bool)
    )
    thumbnails = interleaving.thumbnails(recording.events[few], min(max(width - 14, 20), 140))
    for choice, lane in zip(thumbnails["choice"], thumbnails["lane"], strict=True):
        name = "all choices" if pd.isna(choice) else f"choice {choice}"
        parts.append(Text(f"{name:<12}", style="bright_black") + _lane(lane))
    parts.append(_legend())
    parts.extend(_answers(recording))
    parts.extend(_problems(recording.problems))
    return Group(*parts)


def _question(recording: Recording) -> str:
    try:
        return prompt_of(recording)
    except (SourceChanged, RecursionError) as error:
        return f"the request cannot be shown: {error}"


def _answers(recording: Recording) -> Iterator[RenderableType]:
    events = recording.events
    events = events[events["kind"].isin(list(_KIND_STYLES))]
    choices = recording.choices.head(_MOST_CHOICES)
    for choice, role, finish in zip(choices["choice"], choices["role"], choices["finish_reason"], strict=True):
        said = [
            f"{name}: {value if isinstance(value, str) else 'none sent'}"
            for name, value in (("role", role), ("finish", finish))
        ]
        yield Text(visible(f"\nchoice {choice} · {' · '.join(said)}"), style="bold")
        yield Padding(_answer(events[events["choice"] == choice]), (0, 0, 0, 2), expand=False)
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
    observed = f"seen: {seen['n_text_events']:,} text deltas, {seen['content_chars']:,} characters of content"
    if seen["reasoning_chars"]:
        observed += f", {seen['reasoning_chars']:,} of reasoning"
    if seen["tool_call_chars"]:
        observed += f", {seen['tool_call_chars']:,} of tool arguments"
    if not tokens["reports"]:
        return f"not reported ({observed})"
    parts = ", ".join(f"{part['tokens']:,} {part['label']}" for part in tokens["parts"])
    total = "total not reported" if tokens["total"] is None else f"{tokens['total']:,} in all"
    return f"{total}: {parts} ({observed})"


def _file_name(path: str) -> str:
    """What tells a recording without a test's name apart."""
    return path.rpartition("/")[2]
