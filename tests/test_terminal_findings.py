"""What is wrong with a recording, as ``show`` tells it, and tool arguments that are no JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console
from synthetic import recording, says

from recexplore.corpus import Corpus, Recording
from recexplore.rules.examples import example
from recexplore.views.terminal.recordings import shown


def printed(of: Recording, width: int | None = None) -> str:
    console = Console(width=width or 100_000, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(shown(of, width or 100, is_cut=width is not None))
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def calling(
    *fragments: str, name: str = "get_weather", finish: str | None = "tool_calls", **more: Any
) -> dict[str, Any]:
    """A recording with one tool call, whose arguments come in fragments."""
    first = {"index": 0, "id": "call_1", "type": "function", "function": {"name": name, "arguments": ""}} | more
    deltas = [{"tool_calls": [first]}]
    deltas += [{"tool_calls": [{"index": 0, "function": {"arguments": text}}]} for text in fragments]
    chunks = [{**says(""), "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    end = [{**says(""), "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}] if finish else []
    return recording([*chunks, *end])


def test_findings_stand_above_the_stream_the_worst_first(bundled: Corpus) -> None:
    text = printed(bundled["f27523"])
    head, _, rest = text.partition("\nchoice 0 ")
    lines = head.splitlines()
    at = lines.index("2 errors, 1 warning, 2 notes")
    assert [line.split()[:2] for line in lines[at + 1 : at + 6]] == [
        ["error", "choice-bleed"],
        ["error", "choice-bleed"],
        ["warning", "think-tags"],
        ["note", "think-fragmented"],
        ["note", "empty-chunk"],
    ]
    assert "  chunk 81, choice 0     Chunk 81 of choice 0 also holds the beginning of choice 1" in head
    assert "  chunks 1–80            Reasoning comes inside the content" in head
    assert re.search(r"  recexplore check \S+f27523\w+\.json  shows the evidence\n", head)
    assert "  recexplore explain choice-bleed  says what it means\n" in head
    assert "\n  [reasoning] " in rest


def test_a_clean_recording_has_no_such_part(bundled: Corpus) -> None:
    text = printed(bundled["007c47"])
    assert "recexplore check" not in text
    assert "note" not in text.partition("choice 0")[0]


@pytest.mark.parametrize("width", [60, 90, 140])
def test_a_finding_takes_one_line_of_a_terminal(bundled: Corpus, width: int) -> None:
    lines = printed(bundled["f27523"], width).splitlines()
    assert max(map(cell_len, lines)) <= width
    at = lines.index("2 errors, 1 warning, 2 notes")
    assert [line.split()[0] for line in lines[at + 1 : at + 7]] == [
        "error",
        "error",
        "warning",
        "note",
        "note",
        "recexplore",
    ]
    assert lines[at + 1].endswith("…")


def test_of_many_findings_the_worst_are_told(read: Callable[..., Corpus]) -> None:
    mixed = [says("\ufffd" * 3, n % 8) for n in range(400)]
    text = printed(next(iter(read(recording(mixed)))))
    told = [line for line in text.splitlines() if line.startswith(("  error ", "  warning ", "  note "))]
    assert len(told) <= 12
    assert len(told) < 12 or "more\n" in text


def test_the_place_is_quoted_for_a_shell(read: Callable[..., Corpus]) -> None:
    corpus = read(calling('{"a": '), "it's $(rm) here.json")
    text = printed(next(iter(corpus)))
    assert "it'\"'\"'s $(rm) here.json'  shows the evidence" in text


@pytest.mark.parametrize(
    ("fragments", "said"),
    [
        (('{"city": ', '"Oslo'), "are no JSON: they end before they are whole"),
        (('{"city"', ' "Oslo"}'), "are no JSON: nothing can follow their first 8 characters"),
        (('["Oslo"]',), "are JSON, but no object"),
        (('"{}"',), "are JSON, but no object"),
        (('{"x": NaN}',), "are no JSON: nothing can follow their first 6 characters"),
    ],
)
def test_arguments_that_are_no_json_are_said_to_be_so(
    read: Callable[..., Corpus], fragments: tuple[str, ...], said: str
) -> None:
    text = printed(next(iter(read(calling(*fragments)))))
    assert text.splitlines()[-1] == f"  get_weather, call 0: its arguments {said}"
    assert f"[tool call] get_weather {''.join(fragments)}\n" in text


@pytest.mark.parametrize("fragments", [('{"city": ', '"Oslo"}'), (), ("{}",)])
def test_of_arguments_that_are_json_nothing_is_said(read: Callable[..., Corpus], fragments: tuple[str, ...]) -> None:
    assert "its arguments" not in printed(next(iter(read(calling(*fragments)))))


def test_of_a_provider_s_own_tool_nothing_is_said(read: Callable[..., Corpus]) -> None:
    document = calling("SELECT 1", type="custom", custom={"name": "sql", "input": ""})
    corpus = read(document)
    calls = corpus.tool_calls
    assert calls["type"].notna().all()
    assert "its arguments" not in printed(next(iter(corpus)))


def test_hostile_names_stay_on_their_line(read: Callable[..., Corpus]) -> None:
    name = "\x1b[2J\n\u202e[bold]" + "n" * 100_000
    text = printed(next(iter(read(calling("{", name=name)))))
    assert "\x1b" not in text
    assert len(text.splitlines()[-1]) < 2_000


def test_every_example_of_a_rule_tells_it(read: Callable[..., Corpus]) -> None:
    path = example("tool-args", "fires")
    assert path is not None
    corpus = read(path.read_bytes(), path.name)
    text = printed(next(iter(corpus)))
    assert "\n1 error\n  error    tool-args  chunk 4, choice 0  The arguments of “tide_at”" in text
    assert text.endswith("  tide_at, call 0: its arguments are no JSON: they end before they are whole")
