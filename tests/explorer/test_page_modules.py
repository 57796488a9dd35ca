"""What the page computes, without drawing: its pure functions, called as its modules call them."""

from __future__ import annotations

from typing import Any

import pytest

from recexplore.views.explorer import web


@pytest.fixture(scope="module")
def call(page: Any) -> Any:
    """Calls an exported function of a module; arguments and answer are JSON."""
    page.add_script_tag(content=f"{web.modules()}\nwindow.pure = modules;", type="module")
    page.wait_for_function("() => Boolean(window.pure)")

    def call(module: str, function: str, *given: Any) -> Any:
        return page.evaluate("([module, name, given]) => pure[module][name](...given)", [module, function, list(given)])

    return call


def test_stretches_end_where_a_line_does(page: Any, call: Any) -> None:
    del call
    made = page.evaluate("""() => {
      const chunks = Int32Array.from({ length: 1000 }, (_, at) => at * 2);
      return [(at) => at % 50 === 49, () => false].map((ends) => pure["text/stretches"].stretchesOf(chunks, ends));
    }""")
    lines, one_line = made
    assert [(each["from"], each["to"]) for each in lines[:2]] == [(0, 150), (150, 300)]
    assert (lines[0]["first"], lines[0]["last"], lines[0]["isCut"]) == (0, 298, False)
    assert [(each["from"], each["to"], each["isCut"]) for each in one_line] == [(0, 600, True), (600, 1000, False)]


STRETCHES = [
    {"from": 0, "to": 3, "first": 0, "last": 4, "isCut": False},
    {"from": 3, "to": 5, "first": 5, "last": 6, "isCut": False},
]


@pytest.mark.parametrize(("event", "number"), [(0, 0), (2, 0), (3, 1), (4, 1), (9, 1)])
def test_the_stretch_of_an_event(event: int, number: int, call: Any) -> None:
    assert call("text/stretches", "stretchOf", STRETCHES, event) == number
    assert call("text/stretches", "stretchOf", [], event) == -1


@pytest.mark.parametrize(
    ("first", "last", "range_"), [(0, 4, [0, 3]), (2, 2, [1, 2]), (3, 3, [2, 2]), (5, 9, [3, 3]), (-9, 99, [0, 3])]
)
def test_events_of_chunks_within_a_stretch(first: int, last: int, range_: list[int], call: Any) -> None:
    assert call("text/stretches", "eventsWithin", [0, 2, 4, 5, 6], STRETCHES[0], first, last) == range_


@pytest.mark.parametrize(
    ("before", "after", "lost", "won"),
    [
        ([0, 5], [0, 6], [], [[5, 6]]),
        ([3, 5], [0, 9], [], [[0, 3], [5, 9]]),
        ([0, 0], [2, 4], [], [[2, 4]]),
        ([2, 4], [0, 0], [[2, 4]], []),
        ([2, 4], [6, 8], [[2, 4]], [[6, 8]]),
        ([2, 4], [2, 4], [], []),
    ],
)
def test_only_what_changes_is_touched(before: Any, after: Any, lost: Any, won: Any, call: Any) -> None:
    assert call("text/stretches", "changed", before, after) == {"lost": lost, "won": won}


@pytest.mark.parametrize(
    ("text", "words", "places"),
    [
        ("The sun, the Sun", ["sun"], [[4, 7], [13, 16]]),
        ("aaa", ["aa"], [[0, 2]]),
        ("abc", ["", "c", "b"], [[2, 3], [1, 2]]),
        ("\u0130x", ["x"], []),
    ],
)
def test_places_of_words(text: str, words: list[str], places: Any, call: Any) -> None:
    assert call("text/hits", "placesOf", text, words) == places


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("abc\n\t", [("abc\n\t", None)]),
        ("a\u202eb", [("a", None), ("\u202e", "U+202E"), ("b", None)]),
        ("\x00\x1b", [("\x00\x1b", "NUL ESC")]),
        ("", [("", None)]),
        ("\x07" * 20, [("\x07" * 20, "BEL BEL BEL BEL BEL BEL BEL BEL … 20")]),
        ("👩\u200d👧", [("👩\u200d👧", None)]),
    ],
)
def test_parts_of_a_text_with_controls(text: str, parts: list[Any], call: Any) -> None:
    assert [(each["text"], each["signs"]) for each in call("text/controls", "partsOf", text)] == parts
    assert call("text/controls", "signed", "a\u202eb") == "aU+202Eb"


def ending(**known: Any) -> dict[str, Any]:
    return {"isFinished": False, "isOver": False, "takesJson": True, "chars": 5, **known}


@pytest.mark.parametrize(
    ("state", "known", "words"),
    [
        ("incomplete", {}, "not complete yet"),
        ("incomplete", {"isFinished": True}, "invalid JSON, ends too early (after character 5)"),
        ("incomplete", {"isOver": True}, "cut off (after character 5)"),
        ("complete", {"isFinished": True}, "complete JSON"),
        ("empty", {"isFinished": True, "isOver": True}, "no arguments"),
        ("empty", {"isOver": True}, "cut off before its arguments"),
        ("incomplete", {"isFinished": True, "takesJson": False}, "text"),
    ],
)
def test_what_is_said_of_arguments(state: str, known: dict[str, Any], words: str, call: Any) -> None:
    fragment = {"state": state, "broken_at": None}
    assert call("panes/call_states", "stateOf", fragment, ending(**known))["words"] == words


@pytest.mark.parametrize(
    ("logprob", "words"),
    [
        (None, "–"),
        (0, "100 %"),
        (-0.6931, "50.0 %"),
        (-5, "0.67 %"),
        (-12, "< 0.01 %"),
        (-9999, "0 %"),
        (-1e-7, "100 %"),
    ],
)
def test_probabilities_in_words(logprob: float | None, words: str, call: Any) -> None:
    assert call("panes/logprobs", "probability", logprob) == words


def test_rows_in_sight(call: Any) -> None:
    assert call("panes/logprobs", "rowsInSight", 0, 260, 1000) == [0, 16]
    assert call("panes/logprobs", "rowsInSight", 26_000, 260, 1000) == [994, 1000]
    assert call("panes/logprobs", "rowsInSight", 0, 260, 3) == [0, 3]


@pytest.mark.parametrize(("rule", "query"), [("stall", "rule:stall"), ("two words", 'rule:"two words"'), ('"', None)])
def test_the_query_of_a_rule(rule: str, query: str | None, call: Any) -> None:
    assert call("panes/rule_page", "queryFor", rule) == query
