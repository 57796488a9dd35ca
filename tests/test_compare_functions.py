"""What the page computes of compared runs, without a browser: classes, columns of aligned texts, branches, who is shown."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from page_functions import called, evaluated
from run_kit import loaded
from synthetic import choice, chunk, says, stream

from recexplore.views.explorer import web
from recexplore.views.explorer.answers import Answers

ASKED = {"model": "m", "messages": [], "stream": True}


def on_page(script: str, *texts: list[str]) -> Any:
    """What a script gives that sees ``aligned``: the texts, each in pieces, as runs of one request."""
    end = chunk(choice({}, finish_reason="stop"))
    answers = Answers(loaded(*(stream(*map(says, text), end, request=ASKED) for text in texts)), findings=False)
    runs = {"recordings": [f"run-{run}" for run in range(len(texts))], "runs": [*range(len(texts))]}
    view, buffers = answers.answer("compare_texts", runs)
    given = [view, [base64.b64encode(each).decode() for each in buffers]]
    opened = "const { Aligned, unitsBefore, pieceAt, stretchOf } = modules['compare/aligned'];"
    return evaluated(f"{opened} const aligned = new Aligned(given[0], given[1].map(viewOf)); {script}", given=given)


@pytest.mark.parametrize(("number", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (27, "AB"), (51, "AZ"), (702, "AAA")])
def test_classes_have_letters(number: int, letter: str) -> None:
    assert called("compare/classes", "letterOf", number) == letter


def test_only_the_references_class_has_its_style() -> None:
    styles = [called("compare/classes", "styleOf", number) for number in range(8)]
    assert styles == [f"rx-class-{letter}" for letter in "abcdefgb"]


def test_a_position_of_the_axis_is_a_place_in_every_text() -> None:
    texts = [["It is ", "a red ", "sun."], ["It is a ", "sun."]]
    script = """const came = (place) => aligned.parts.map((part) => part.text.slice(0, unitsBefore(part, place)));
      return [6, 10, 12, 16].map(came);"""
    assert on_page(script, *texts) == [
        ["It is ", "It is "],
        ["It is a re", "It is a"],
        ["It is a red ", "It is a "],
        ["It is a red sun.", "It is a sun."],
    ]


def test_steps_go_from_the_end_of_one_piece_to_the_next() -> None:
    steps = "[[0, 1], [0, 2], [4, 1], [4, -1], [3, -1], [6, 9], [2, -9]]"
    script = f"return {steps}.map(([from, by]) => aligned.step(from, by));"
    assert on_page(script, ["ab", "cd", "ef"], ["abc", "def"]) == [2, 3, 6, 3, 2, 6, 0]


def test_differences_are_walked_round() -> None:
    script = """const walked = ([from, by]) => aligned.difference(from, by);
      return [aligned.differences, [[0, 1], [6, 1], [9, 1], [2, -1]].map(walked)];"""
    assert on_page(script, ["a one b ", "two c"], ["a six b ", "ten c"]) == [[1, 7], [1, 7, 1, 1]]


def test_a_piece_is_found_by_a_unit() -> None:
    script = "return [0, 1, 2, 3, 4].map((unit) => pieceAt(aligned.parts[0], unit));"
    assert on_page(script, ["😀", "ab"], ["x"]) == [0, 0, 1, 1, -1]


def test_a_piece_is_drawn_where_it_has_characters() -> None:
    script = "return [0, 1].map((piece) => modules['compare/lanes'].drawnOf(aligned.parts[1], piece));"
    assert on_page(script, ["so it is a red sun"], ["so ", "it is a sun"]) == [[[0, 3]], [[3, 10], [14, 18]]]


TREE = [
    {"parent": None, "start": 0, "end": 10, "first_run": 0, "end_run": 4, "n_ending": 1},
    {"parent": 0, "start": 10, "end": 30, "first_run": 1, "end_run": 3, "n_ending": 2},
    {"parent": 0, "start": 10, "end": 12, "first_run": 3, "end_run": 4, "n_ending": 1},
]


def test_a_branch_is_as_high_as_its_runs_and_ends_where_they_part() -> None:
    every = called("compare/branch_layout", "withEnds", TREE)
    assert [each["parent"] for each in every] == [None, 0, 0, 0]
    boxes = called("compare/branch_layout", "boxesOf", every, 4, 600, 100)
    assert [(each["top"], each["height"]) for each in boxes] == [(0, 100), (25, 50), (75, 25), (0, 25)]
    parted = boxes[0]["width"]
    assert 0 < parted < 600 - 190 + 1
    assert [each["left"] for each in boxes] == [0, parted, parted, parted]
    assert [each["left"] + each["width"] for each in boxes[1:3]] == [600, 600]
    assert boxes[3]["width"] == pytest.approx(84)


@pytest.mark.parametrize("n", [1, 2, 40, 400])
def test_every_parting_has_room(n: int) -> None:
    chain = [
        {
            "parent": None if at == 0 else at - 1,
            "start": at * 3,
            "end": at * 3 + 3,
            "first_run": at,
            "end_run": n,
            "n_ending": 1,
        }
        for at in range(n)
    ]
    boxes = called("compare/branch_layout", "boxesOf", chain, n, 700, 200)
    assert all(each["width"] > 0 for each in boxes)
    assert max(each["left"] + each["width"] for each in boxes) == 700


@pytest.mark.parametrize(
    ("shown", "run", "is_more", "then"),
    [
        ([0, 3], 5, False, [0, 5]),
        ([0, 3], 0, False, [0, 3]),
        ([0, 3], 5, True, [0, 3, 5]),
        ([0, 3, 5], 3, True, [0, 5]),
        ([0], 0, True, [0]),
        ([0, 1, 2, 3], 7, True, [0, 1, 2, 7]),
    ],
)
def test_which_runs_are_shown(shown: list[int], run: int, is_more: bool, then: list[int]) -> None:
    assert called("compare/shown_runs", "shownWith", shown, run, is_more) == then


def test_the_recording_that_a_comparison_was_opened_from_stands_beside_the_reference() -> None:
    runs = [
        {"id": f"run-{n}", "classes": classes} for n, classes in enumerate(([0, 0, 0], [0, 0, 1], [0, 1, 2], [1, 2, 3]))
    ]
    view = {"runs": runs, "reference": 0}
    asked = [["run-3"], ["run-1"], ["run-0"], ["run-1", "run-0", "run-3", "run-2"]]
    assert [called("compare/shown_runs", "firstShown", view, ids) for ids in asked] == [[0, 3], [0, 1], [0, 2], [0, 2]]
    alike = {"runs": runs[:1] * 3, "reference": 1}
    assert called("compare/shown_runs", "firstShown", alike, ["a", "b"]) == [1, 0]
    assert called("compare/shown_runs", "firstShown", {**view, "runs": runs[:2]}, ["run-0"]) == [0, 1]


def test_how_many_runs_are_shown_is_said_once() -> None:
    pages = {path: path.read_text("utf-8") for path in (Path(web.__file__).parent / "compare").glob("*.js")}
    assert [path.stem for path, text in pages.items() if "MOST_SHOWN =" in text] == ["shown_runs"]


def test_every_class_has_a_colour_that_a_canvas_can_read() -> None:
    hues = {called("compare/classes", "hueOf", number) for number in [None, *range(16)]}
    assert len(hues) == 8
    assert all(re.search(rf"{hue}: #[0-9a-f]{{6}};", web.style()) for hue in hues)


def test_the_worst_stand_first_behind_the_reference() -> None:
    verdicts = ["identical", "other words", "broken", "identical", "other words"]
    view = {
        "runs": [{"verdict": each} for each in verdicts],
        "reference": 3,
        "verdicts": [
            {"name": name} for name in ("broken", "other structure", "other words", "other wire", "identical")
        ],
    }
    assert called("compare/runs_table", "listed", view) == [3, 2, 1, 4, 0]


def test_a_branch_is_told_by_a_run_of_each_wording() -> None:
    script = """return given.map(([runs]) =>
        modules["compare/shown_runs"].shownFor(runs, 0, (run) => [0, 0, 1, 1, 2, 3, 4][run]));"""
    asked = [[[2, 3]], [[0, 1, 2, 3, 4]], [[0, 1]], [[2, 4, 5, 6]]]
    assert evaluated(script, given=asked) == [[0, 2], [0, 2, 4], [0, 1], [0, 2, 4, 5]]


@pytest.mark.parametrize(("ids", "then"), [([], ["a"]), (["b", "a"], ["b"]), (["b"], ["b", "a"])])
def test_a_row_is_chosen_and_no_longer(ids: list[str], then: list[str]) -> None:
    assert called("list/chosen", "toggledId", ids, "a") == then


def test_a_range_of_rows_is_chosen_in_their_order() -> None:
    script = """const { ranged } = modules["list/chosen"];
      return [[1, 3], [3, 1], [2, 9]].map(([from, to]) => ranged(from, to, (at) => "abcd"[at]));"""
    assert evaluated(script) == [["b", "c", "d"], ["b", "c", "d"], ["c", "d"]]


HASH = "c5baedfb0ebbe217d37cc40746180f0c2ff65c46a838bb6ad57d4d3e9ba800ed"


@pytest.mark.parametrize(
    ("names", "whole"),
    [
        ([f"{HASH}.json", f"{HASH}-00000002.json"], ["7d4d3e9ba800ed"[-10:], "d-00000002"]),
        ([f"{HASH}-temperature-0.7.json", f"{HASH}-temperature-1.json"], ["ature-0.7", "ature-1"]),
        ([f"{HASH}-one-of-many.json", f"{HASH}-another.json"], ["one-of-many", "another"]),
        ([f"{HASH}.json", f"{HASH}.yaml"], [".json", ".yaml"]),
        ([f"a{HASH}.json", f"b{HASH}.json"], ["3e9ba800ed"] * 2),
        (["run-1.json", "run-2.json"], ["", ""]),
        ([], []),
    ],
)
def test_of_names_that_begin_alike_what_differs_stays_whole(names: list[str], whole: list[str]) -> None:
    told = called("compare/run_names", "toldApart", names)
    ends = [each["text"][len(each["text"]) - each["end"] :] for each in told]
    assert all(end.endswith(expected) for end, expected in zip(ends, whole, strict=True))
    assert all(len(end) <= 18 for end in ends)
    assert [each["text"] for each in told if not each["end"]] == [name for name in names if len(name) <= 24]
