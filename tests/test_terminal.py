"""One recording in a terminal, and what no recorded text does to it."""

from __future__ import annotations

import re
from collections.abc import Callable

from rich.console import Console, RenderableType
from synthetic import recording, says

from recexplore.corpus import Corpus
from recexplore.views.terminal.listing import listing
from recexplore.views.terminal.recordings import shown


def _text(what: RenderableType, *, color: bool = False, width: int = 160) -> str:
    console = Console(width=width, color_system="truecolor" if color else None, force_terminal=color, highlight=False)
    with console.capture() as captured:
        console.print(what)
    return captured.get()


def test_shown_sets_reasoning_apart_without_colour(bundled: Corpus) -> None:
    text = _text(shown(bundled["f27523"]))
    assert "[reasoning] WeWe need answer" in text
    assert "[content] In Latin, the Sun" in text
    assert "<reasoning>" not in text
    assert "choice 1 · role: none sent · finish: stop" in text
    assert "not reported" in text
    assert "not recorded" in text


def test_shown_in_colour(bundled: Corpus) -> None:
    assert "\x1b[33m" in _text(shown(bundled["f27523"]), color=True)


def test_tool_calls_show_name_and_arguments(made: Corpus) -> None:
    text = _text(shown(made["tool-calls"]))
    assert 'get_weather {"city":"Oslo"}' in text
    assert 'get_weather {"city":"Quito"}' in text


def test_no_recorded_character_steers_the_terminal(read: Callable[..., Corpus]) -> None:
    hostile = "\x1b[31mred\x1b]0;title\x07 \u202eback\u2066 [bold]markup[/bold] \x9b2J"
    document = recording([says(hostile)], test_id=f"t\n{hostile}")
    document["request"]["provider"] = "[/x][link=http://evil]click[/link]"
    corpus = read(document)
    for text in (_text(listing(corpus)), _text(shown(next(iter(corpus))))):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert "[bold]markup[/bold]" in _text(shown(next(iter(corpus))))


def test_problems_stand_at_the_end(read: Callable[..., Corpus]) -> None:
    lines = _text(listing(read(b"{"))).strip().splitlines()
    # The path of a temporary folder may be long enough to wrap the line.
    begins = max(at for at, line in enumerate(lines) if "recording.json" in line)
    end = " ".join(lines[begins:])
    assert "expected a JSON document" in end
    assert len(lines) - begins <= 3


def test_shown_names_the_test_and_the_question(bundled: Corpus) -> None:
    text = _text(shown(bundled["f27523"]))
    assert "test_openai_chat_completion_streaming_with_n[" in text
    assert "What's the name of the Sun in latin?" in text


def test_one_delta_is_one(read: Callable[..., Corpus]) -> None:
    assert "seen: 1 text delta, 1 character of content" in _text(shown(next(iter(read(recording([says("x")]))))))


def test_shown_counts_characters_of_tool_arguments(made: Corpus) -> None:
    assert "31 of tool arguments" in _text(shown(made["tool-calls"]))


def test_of_a_long_answer_beginning_and_end_are_shown(read: Callable[..., Corpus]) -> None:
    text = "It begins. " + "\n" * 100_000 + "x" * 200_000 + " It ends."
    shown_text = _text(
        shown(next(iter(read(recording([says(text[at : at + 500]) for at in range(0, len(text), 500)])))))
    )
    assert "It begins." in shown_text
    assert " It ends." in shown_text.replace("\n  ", "")
    assert "characters in 99,501 lines left out, `--json` has all of them]" in shown_text
    assert len(shown_text) < 200_000


def test_of_many_choices_the_first_are_shown(read: Callable[..., Corpus]) -> None:
    corpus = read(recording([says("Hi", at) for at in range(200)]))
    shown_text = _text(shown(next(iter(corpus))))
    assert shown_text.count("[content] Hi") == 50
    assert "150 more choices left out, `--json` has all of them" in shown_text
    assert "and 150 more choices" in _text(listing(corpus))
