"""Text that moved from one choice of a run into another: where it is told, and what only looks like it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from run_kit import loaded
from synthetic import choice, chunk, recording, stream, wrapped
from test_run_groups import streams_of

import recexplore
from recexplore.corpus import Corpus
from recexplore.model.span import spans_from_json
from recexplore.rules.run_moves import Move, moves

ONE = ("In Latin it is", " sol, as in", " the Roman god", " of the sun.")
TWO = ("The Latin word", " is sol;", " it is masculine,", " like most", " names of gods.")
MOVED = " it is masculine,"
RIGHT = ("".join(ONE), "".join(TWO))
WRONG = ("In Latin it is sol, as in it is masculine, the Roman god of the sun.", RIGHT[1].replace(MOVED, ""))
WORD = st.text(alphabet="abc", min_size=1, max_size=3)


def run(*texts: str | Sequence[str], field: str = "content", **top: Any) -> Any:
    """A stream of several choices, each in one delta or in several, in turn."""
    deltas = [[each] if isinstance(each, str) else list(each) for each in texts]
    turns = [
        chunk(choice({field: mine[place]}, number))
        for place in range(max(map(len, deltas)))
        for number, mine in enumerate(deltas)
        if place < len(mine)
    ]
    ends = [chunk(choice({}, number, "stop")) for number in range(len(texts))]
    return stream(*turns, *ends, **top)


def came_whole(*texts: str) -> Any:
    answers = [
        {"index": number, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        for number, text in enumerate(texts)
    ]
    body = {"id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "m", "choices": answers}
    return recording(wrapped(body), streaming=False)


def found(*documents: Any) -> list[Move]:
    return list(moves(streams_of(loaded(*documents))))


def said(*documents: Any) -> list[tuple[int, int, int, str, int]]:
    return [
        (each.of, each.gained.choice, each.lost.choice, each.gained.stretch, len(each.clean))
        for each in found(*documents)
    ]


# --- what is found ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 9])
@pytest.mark.parametrize("place", [0, 1])
def test_a_stretch_in_the_other_choice_is_found(n: int, place: int) -> None:
    documents = [run(*RIGHT) for _ in range(n)]
    documents.insert(place, run(*WRONG))
    [(of, more, less, stretch, clean)] = said(*documents)
    assert (of, more, less, stretch.strip(), clean) == (place, 0, 1, MOVED.strip(), n)


def test_it_may_move_either_way_and_between_any_two() -> None:
    third = "Sun is an English word, and a Germanic one."
    assert [each[:3] for each in said(*[run(third, *RIGHT[::-1])] * 2, run(third, *WRONG[::-1]))] == [(2, 2, 1)]


def test_reasoning_moves_too() -> None:
    right, wrong = (run(*texts, field="reasoning_content") for texts in (RIGHT, WRONG))
    [move] = found(right, wrong, right)
    assert (move.of, move.gained.kind, move.lost.kind) == (1, "reasoning", "reasoning")


def test_of_several_wrong_runs_each_is_found() -> None:
    other = " most names of"
    second = (RIGHT[0].replace(" Roman", f"{other} Roman"), RIGHT[1].replace(other, ""))
    right = run(*RIGHT)
    assert [(each[0], each[3]) for each in said(right, run(*WRONG), right, run(*second), right)] == [
        (1, MOVED),
        (3, other),
    ]


def test_a_copy_of_the_wrong_run_needs_more_that_are_right() -> None:
    right, wrong = run(*RIGHT), run(*WRONG)
    assert said(*[right] * 3, wrong, wrong) == []
    assert [each[0] for each in said(*[right] * 4, wrong, wrong)] == [4, 5]


@settings(max_examples=30, deadline=None)
@given(one=st.lists(WORD, min_size=6, max_size=12), two=st.lists(WORD, min_size=6, max_size=12), rng=st.randoms())
def test_it_is_all_in_which_the_runs_differ(one: list[str], two: list[str], rng: Random) -> None:
    start, at = rng.randrange(1, len(two) - 3), rng.randrange(1, len(one))
    stretch = " Zeppelin".join(two[start : start + 2])
    right = " ".join(one), " ".join([*two[:start], stretch, *two[start + 2 :]])
    wrong = " ".join([*one[:at], stretch, *one[at:]]), " ".join([*two[:start], *two[start + 2 :]])
    for each in found(run(*right), run(*right), run(*wrong)):
        assert each.gained.stretch == each.lost.stretch
        assert sorted(each.gained.stretch) == sorted(f"{stretch} ")
        assert (each.gained.longer, each.gained.shorter) == (wrong[0], right[0])
        assert (each.lost.longer, each.lost.shorter) == (right[1], wrong[1])
        for change in (each.gained, each.lost):
            assert change.longer[: change.start] + change.longer[change.end :] == change.shorter


# --- what only looks like it ---------------------------------------------------------------------------------------------

EARTH, MARS = "Earth is the third planet{} and has oceans.{}", "Mars is the fourth planet{} and has rust.{}"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (RIGHT, (WRONG[0], RIGHT[1])),
        (RIGHT, (RIGHT[0], WRONG[1])),
        (RIGHT, (WRONG[0], WRONG[1].replace("gods", "deities"))),
        (RIGHT, (WRONG[0].replace("it is", "it's"), WRONG[1])),
        (RIGHT, RIGHT[::-1]),
        (("Sol, of course, in Latin.", "Sol in Latin."), ("Sol in Latin.", "Sol, of course, in Latin.")),
        ((EARTH.format("", ""), MARS.format(" from the Sun", "")), (EARTH.format(" from the Sun", ""), MARS.format("", ""))),
        ((EARTH.format("", ""), MARS.format("", " Ask on!")), (EARTH.format("", " Ask on!"), MARS.format("", ""))),
        (("A planet, a big one", "A star, a hot one, I hear"), ("A planet, a big one, I hear", "A star, a hot one")),
        (("Look up: a planet there", "Indeed, a star there"), ("Indeed, Look up: a planet there", "a star there")),
        (("Some call it sol.", "Others say of it solis."), ("Some of it call it sol.", "Others say solis.")),
        (
            (f"So{MOVED} it was. In Latin it is sol.", RIGHT[1]),
            (f"So{MOVED} it was. In Latin{MOVED} it is sol.", WRONG[1]),
        ),
        (("A line of text.", "Lines\n- an item of it\nof text."), ("A\n- an item of it\n line of text.", "Lines\nof text.")),
    ],
    ids=[
        "nothing lost", "nothing gained", "other words", "another stretch", "swapped", "one choice says it",
        "the same words around", "a sentence", "an end", "a beginning", "short", "said before", "a line",
    ],
)  # fmt: skip
def test_what_a_model_may_say(right: tuple[str, str], wrong: tuple[str, str]) -> None:
    assert said(*[run(*right)] * 4, run(*wrong)) == []


def test_one_run_beside_it_shows_nothing() -> None:
    assert said(run(*RIGHT), run(*WRONG)) == []
    assert said(run(*RIGHT), run(RIGHT[0], "Something else was said here."), run(*WRONG)) == []


def test_each_choice_alone_is_not_both() -> None:
    other = "Quite another answer to it."
    alone = [run(RIGHT[0], other)] * 2 + [run(other, RIGHT[1])] * 2
    assert said(*alone, run(*WRONG)) == []


def test_other_requests_are_no_runs() -> None:
    asked = {"model": "m", "messages": [{"role": "user", "content": "another question"}], "stream": True}
    assert said(*[run(*RIGHT, request=asked)] * 2, run(*WRONG)) == []
    assert len(said(*[run(*RIGHT, request=asked)] * 2, run(*WRONG, request=asked))) == 1


def test_answers_that_came_whole_show_nothing() -> None:
    right, wrong = run(*RIGHT), run(*WRONG)
    assert said(*[came_whole(*RIGHT)] * 2, wrong) == []
    assert said(right, right, came_whole(*WRONG)) == []
    assert len(said(right, right, wrong, came_whole(*RIGHT))) == 1


def test_a_text_that_came_whole_as_well_is_right() -> None:
    right, wrong = run(*RIGHT), run(*WRONG)
    assert said(right, right, wrong, came_whole(*WRONG)) == []


# --- the finding -----------------------------------------------------------------------------------------------------------


def test_the_finding_names_both_choices_and_where() -> None:
    wrong = ((*ONE[:2], MOVED, *ONE[2:]), (*TWO[:2], *TWO[3:]))
    corpus = loaded(run(ONE, TWO), run(ONE, TWO), run(*wrong), run(ONE, TWO))
    findings = recexplore.check(corpus, select=["*bleed", "run-*"])
    [row] = findings.itertuples()
    assert (row.rule, row.severity, row.recording, row.chunk, row.last_chunk, row.choice) == (
        "run-bleed",
        "error",
        "run-2",
        4,
        4,
        0,
    )
    [span] = spans_from_json(row.spans)
    text = corpus["run-2"].text()
    assert (span.choice, text[span.start : span.end]) == (0, MOVED)
    assert row.message == (
        "The content of choice 0 says “it is masculine,” (chunk 4), which is missing in choice 1 (chunks 3 to 5): in 3 "
        "other runs of the same request, run-0 among them, choice 1 says it and choice 0 does not, and all else that the "
        "two say is equal."
    )


def test_a_stretch_of_a_real_answer_is_found_in_the_other_choice(bundled: Corpus) -> None:
    """Two halves of an answer as choices of one stream; in each wrong run three deltas have the other index."""
    events = bundled["007c4711219f"].events
    deltas = events.loc[events["kind"] == "content", "text"].tolist()
    first, second = deltas[: len(deltas) // 2], deltas[len(deltas) // 2 :]
    right = run("".join(first), "".join(second))
    for start in range(1, len(second) - 3):
        at = (start * 5) % (len(first) - 2) + 1
        stretch = second[start : start + 3]
        wrong = [*first[:at], *stretch, *first[at:]], [*second[:start], *second[start + 3 :]]
        [move] = found(right, right, run(*map("".join, wrong)))
        assert (move.of, move.gained.stretch) == (2, "".join(stretch))


# --- many runs -------------------------------------------------------------------------------------------------------------


def test_a_thousand_runs_are_no_matter() -> None:
    words = [f"w{number} " for number in range(300)]
    right = "".join(words), "".join(f"v{each}" for each in words)

    def wrong(place: int) -> tuple[str, str]:
        start = right[1].index(f"vw{place} ")
        stretch = right[1][start : start + 15]
        at = right[0].index(f"w{300 - place} ")
        return right[0][:at] + stretch + right[0][at:], right[1].replace(stretch, "", 1)

    odd = {number: 100 + number // 10 for number in range(0, 1000, 10)}
    corpus = loaded(*(run(*(wrong(odd[number]) if number in odd else right)) for number in range(1000)))
    told = {corpus.recordings["recording"].iloc[each.of] for each in moves(streams_of(corpus))}
    assert told == {f"run-{number}" for number in odd}
