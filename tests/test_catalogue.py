"""The catalogue of rules in a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.console import Console, RenderableType
from verdict_kit import HOSTILE, a_rule

from recexplore import rules
from recexplore.model.traits import Trait
from recexplore.views.text.catalogue import explained, listed


def text_of(what: RenderableType, width: int = 100) -> str:
    console = Console(width=width, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(what)
    return captured.get()


def test_the_list_names_every_rule() -> None:
    text = text_of(listed([a_rule("one"), a_rule("two", severity="note", on=False)]))
    assert "one  " in text
    assert "the title of two (only when selected)" in text
    assert "note" in text


def test_a_rule_says_everything() -> None:
    rule = replace(a_rule("one", on=False), traits=frozenset({Trait.BLOCK_EVENTS}), needs=("clock",))
    text = text_of(explained(rule, ["/x/one.fires.json"]))
    assert text.startswith("one  error\nthe title of one\n\nWhat it does to a client\n  meaning in other words\n")
    for said in (
        "cause",
        "remedy",
        "legal",
        "Anthropic Messages",
        "clock",
        "only when it is selected",
        "https://x.invalid",
    ):
        assert said in text
    assert text.endswith("\n\nExamples\n  /x/one.fires.json\n")
    assert "whatever was recorded\n" in text_of(explained(a_rule("one")))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_strangers_rule_does_not_steer(name: str) -> None:
    rule = replace(a_rule("one"), title=HOSTILE[name], meaning=HOSTILE[name])
    assert "\x1b" not in text_of(explained(rule)) + text_of(listed([rule]))


@pytest.mark.parametrize("width", [60, 80, 140])
def test_our_own_rules_fit(width: int) -> None:
    lines = text_of(listed(rules.RULES), width).splitlines()
    assert max(map(len, lines)) <= width
    for rule in rules.RULES:
        assert rule.id in "\n".join(lines)
        assert text_of(explained(rule), width).startswith(rule.id)
