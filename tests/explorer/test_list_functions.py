"""What the list of recordings computes: which columns fit, where rows stand, what an order becomes, what was kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from explorer_page import explorer_page

from recexplore.views.explorer import web

SEVERITIES = ["error", "warning", "note"]
LARGEST = {
    "choices": 8,
    "chunks": 100_004,
    "tokens": 11_494,
    "bytes": 1.2e6,
    "duration": 12.5,
    "recorded": 1.7e9,
    "error": 2,
    "warning": 12,
}


@pytest.fixture(scope="module")
def modules(browser: Any) -> Iterator[Any]:
    """A page that holds the explorer's modules."""
    with explorer_page(browser) as page:
        page.add_script_tag(content=f"{web.modules()}\nwindow.modules = modules;", type="module")
        page.wait_for_function("() => Boolean(window.modules)")
        yield page
        assert page.errors == []


@pytest.fixture(scope="module")
def js(modules: Any) -> Any:
    """Calls a function of the list's modules by the name of its module and its own."""
    call = "([module, name, given]) => modules[module][name](...given)"
    return lambda module, name, *given: modules.evaluate(call, [f"list/{module}", name, list(given)])


@pytest.fixture(scope="module")
def fitted(modules: Any) -> Any:
    """The columns that fit, with letters that are 7 pixels wide."""
    fit = """([box, largest, severities, chosen, sort]) => {
      const { fitted, widths } = modules["list/columns"];
      return fitted(box, widths(largest, severities, (text) => text.length * 7), chosen, sort);
    }"""

    def fitted(box: int, sort: str | None = None, **chosen: Any) -> dict[str, int]:
        found = modules.evaluate(fit, [box, LARGEST, SEVERITIES, chosen, sort])
        return {each["key"]: each["width"] for each in found}

    return fitted


def test_a_time_is_written_in_utc(js: Any) -> None:
    assert js("columns", "written", "recorded", 1_776_159_012.662) == "2026-04-14 09:30:12"
    assert js("columns", "written", "recorded", None) == "–"


def test_what_fits_before_the_sign_ends_with_a_letter(modules: Any) -> None:
    asked = """([text, room]) => modules["list/both_ends"].fitting(text, room, (length) => 7 * length + 10)"""

    def fits(text: str, room: float) -> tuple[int, float]:
        found = modules.evaluate(asked, [text, room])
        return found["length"], found["width"]

    assert fits("Begin a short story", 79) == (9, 73)  # "Begin a s"
    assert fits("Begin a short story", 73) == (9, 73)
    assert fits("Begin a short story", 72) == (7, 59)  # a space would stand before the sign
    assert fits("Begin", 9) == (0, 10)
    assert fits("a\U0001f600b", 24) == (1, 17)  # no half of a character


def test_a_wider_list_shows_no_less_and_fills_its_box(fitted: Any) -> None:
    seen: set[str] = set()
    for box in range(300, 2400, 7):
        now = fitted(box)
        assert seen <= set(now)
        assert now["test"] >= 200
        total = sum(now.values()) + 9 * (len(now) - 1) + 18
        assert box - len(now) <= total <= box
        seen = set(now)
    assert len(seen) == 13


def test_every_number_has_room(fitted: Any) -> None:
    for box in range(300, 2400, 50):
        now = fitted(box)
        assert now.get("chunks", 99) >= len("100,004") * 7
        assert now.get("tokens", 99) >= len("11,494") * 7


@pytest.mark.parametrize("sort", ["tokens", "provider", "id", "completion", "bytes"])
def test_what_is_sorted_by_is_always_there(fitted: Any, sort: str) -> None:
    key = {"provider": "model"}.get(sort, sort)
    for box in (240, 300, 434, 900):
        assert key in fitted(box, sort)
        assert key in fitted(box, sort, hidden=[key])
    assert key not in fitted(900, None, hidden=[key])


def test_a_width_of_ones_own_stays_and_is_never_too_small(fitted: Any) -> None:
    assert fitted(900, None, widths={"model": 222})["model"] == 222
    assert fitted(900, None, widths={"chunks": 5})["chunks"] >= len("100,004") * 7
    assert fitted(900, None, widths={"test": 350})["test"] == 350
    assert fitted(300, None, widths={"test": 900})["test"] <= 282
    assert set(fitted(900, None, widths={"test": 700})) < set(fitted(900))


def test_a_narrow_box_keeps_the_test(fitted: Any) -> None:
    for box in (0, 50, 150, 299):
        assert list(fitted(box))[:1] == ["test"]


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (None, "–"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (2.5e9, "2.5 GB"),
    ],
)
def test_bytes(js: Any, n: float | None, text: str) -> None:
    assert js("columns", "bytes", n) == text


@pytest.mark.parametrize(
    ("now", "by", "is_rising", "then"),
    [
        ((None, False), "tokens", False, ("tokens", True)),
        (("tokens", True), "tokens", False, ("tokens", False)),
        (("tokens", False), "tokens", False, (None, False)),
        (("tokens", False), "id", True, ("id", False)),
        (("id", False), "id", True, ("id", True)),
        (("id", True), "id", True, (None, False)),
    ],
)
def test_the_next_order(js: Any, now: Any, by: str, is_rising: bool, then: Any) -> None:
    found = js("order", "nextOrder", {"by": now[0], "descending": now[1]}, by, is_rising)
    assert (found["by"], found["descending"]) == then


@pytest.mark.parametrize(
    ("query", "by", "descending", "then"),
    [
        ("a sort:id b", "tokens", True, "a sort:-tokens b"),
        ("sort:-id", "tokens", False, "sort:tokens"),
        ("-SORT:id a", "tokens", False, "sort:tokens a"),
        ("a sort:id", None, False, "a"),
        ("sort:id a sort:chunks", "n", False, "sort:n a"),
        # None is named.
        ("a  b", "tokens", True, "a  b"),
        ("", "tokens", True, ""),
        ("sort:", "tokens", True, "sort:"),
        ('"sort:id" a', "tokens", True, '"sort:id" a'),
        ('text:"a sort:id b"', "tokens", True, 'text:"a sort:id b"'),
        ("resort:id", "tokens", True, "resort:id"),
    ],
)
def test_an_order_in_a_query(js: Any, query: str, by: str | None, descending: bool, then: str) -> None:
    assert js("order", "withOrder", query, {"by": by, "descending": descending}) == then


@pytest.mark.parametrize("total", [0, 1, 30, 160_000, 160_001, 1_000_000])
def test_places_and_scrolling_agree(js: Any, total: int) -> None:
    room = 600
    assert js("scroll", "heightOf", total) <= 8_000_000
    for place in {0, total // 3, max(total - 12, 0)}:
        assert js("scroll", "placeAt", js("scroll", "scrollTopOf", place, total, room), total, room) == pytest.approx(
            place
        )


def test_scrolls_no_further_than_it_must(js: Any) -> None:
    for place, then in ((5, 5), (10, 10), (14, 10), (21, 10), (22, 11), (40, 29)):
        assert js("scroll", "topToShow", place, 10, 12) == then


@pytest.mark.parametrize(
    ("kept", "hidden", "widths"),
    [
        (None, [], {}),
        ("text", [], {}),
        ([1], [], {}),
        ({"hidden": "id"}, [], {}),
        ({"hidden": ["id", "gone", 4], "widths": {"id": 90, "gone": 5}}, ["id"], {"id": 90}),
        ({"widths": {"id": "9", "test": -1, "model": 99_999}}, [], {}),
        ({"widths": 4}, [], {}),
    ],
)
def test_what_was_kept_is_checked(js: Any, kept: Any, hidden: list[str], widths: dict[str, int]) -> None:
    assert js("remembered", "checked", kept, ["test", "id", "model"]) == {"hidden": hidden, "widths": widths}


def test_labels_of_facets(js: Any) -> None:
    for chosen, label in (
        ([], "model"),
        (["gpt-4o"], "model: gpt-4o"),
        (["gpt-4o", "a"], "model: gpt-4o +1"),
        (["x" * 40], f"model: {'x' * 22}…"),
        (["\u202eevil\nb"], "model: U+202Eevil↵b"),
        (["\u05e9 1"], "model: \u2068\u05e9 1\u2069"),
    ):
        assert js("facets", "pillLabel", "model", chosen) == label
    assert js("facets", "toggled", {"a": ["x"]}, "a", "y") == {"a": ["x", "y"]}
    assert js("facets", "toggled", {"a": ["x"], "b": ["z"]}, "a", "x") == {"b": ["z"]}


def test_what_is_needed_is_said(js: Any) -> None:
    for words, facets, text in (
        (True, [], "Every word has to be found."),
        (False, ["model", "rule"], "One of the chosen values of model and of rule has to be found."),
        (True, ["model"], "Every word and one of the chosen values of model has to be found."),
    ):
        assert js("found_words", "neededWords", words, facets) == text


def test_what_tells_a_recording_apart(js: Any) -> None:
    test = {"named": "test", "name": "a", "detail": "p", "model": "m"}
    file = {"named": "file", "name": "f.json", "detail": "", "model": "m"}
    assert js("rows", "linesOf", test, "", False) == {"name": "a", "detail": "p"}
    assert js("rows", "linesOf", test, "asked?", True) == {"name": "a", "detail": "m · p"}
    assert js("rows", "linesOf", file, "", False) == {"name": "f.json", "detail": ""}
    assert js("rows", "linesOf", file, "Why?", True) == {"name": "Why?", "detail": "m · f.json"}


def test_what_was_asked_stays_while_it_is_asked_anew(modules: Any) -> None:
    said = modules.evaluate("""async () => {
      const row = { named: "file", id: "a" }, answers = [{ a: "Why?" }, { a: "" }, { a: "Why not?" }];
      let came, said = [];
      const arrived = () => new Promise((done) => { came = done; });
      const source = { prompts: async () => { setTimeout(() => came(), 0); return answers.shift(); } };
      const prompts = new modules["list/prompts"].Prompts(source, () => {});
      for (let times = 0; times < 3; times++) {
        const coming = arrived();
        said.push(prompts.of(row));
        await coming;
        said.push(prompts.of(row));
        prompts.forget();
      }
      return said;
    }""")

    assert said == ["", "Why?", "Why?", "Why?", "Why?", "Why not?"]


def test_streams_without_an_end_in_words(modules: Any) -> None:
    def words(**known: Any) -> list[str]:
        coming = {"state": "coming", "quiet_s": None, "longest_s": None, **known}
        said = modules.evaluate("(coming) => modules.coming.comingWords(coming)", coming)
        return [said["word"], said["sentence"]]

    assert words() == ["coming", "still coming"]
    assert words(quiet_s=3.24) == ["coming", "still coming; last chunk 3.2 s ago"]
    assert words(state="silent", quiet_s=0.31, longest_s=0.25) == [
        "silent for 0.3 s",
        "still coming; nothing came for 0.3 s, and more than 0.25 s is a stall",
    ]
    assert words(state="silent", quiet_s=12.99, longest_s=1.0)[0] == "silent for 12 s"
    assert words(state="silent", quiet_s=125.2, longest_s=1.0)[0] == "silent for 2 min 5 s"
    assert words(state="left")[0] == "no end"
    assert modules.evaluate("() => modules.coming.comingWords(undefined).word") == "no end yet"
