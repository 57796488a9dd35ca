"""What reports of a comparison are made from: outcomes, answers, values and places in words."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from compared_kit import TEXT, asked, recorded, seven_runs
from hypothesis import given
from hypothesis import strategies as st
from run_kit import loaded
from synthetic import calls, choice, chunk, fragment, says, stream, whole

from recexplore.comparison.answer_texts import NO_PIECES
from recexplore.comparison.changes import STATUSES, changes
from recexplore.comparison.comparison import Comparison, compare
from recexplore.comparison.runs import runs
from recexplore.corpus import Corpus
from recexplore.share.comparisons import FORMATS
from recexplore.share.comparisons.answers import answers, cut_of, partings_of
from recexplore.share.comparisons.aspect_values import aspect_rows, values_in_words
from recexplore.share.comparisons.entry import Entry
from recexplore.share.comparisons.excerpts import quoted, seen
from recexplore.share.comparisons.outcome import (
    Outcome,
    outcome_of_changes,
    outcome_of_recordings,
    outcome_of_runs,
)
from recexplore.share.comparisons.side_by_side import text_pairs
from recexplore.share.comparisons.wording import pieces_in_words, runs_in_words

PLANET = TEXT.replace("star", "planet")


def of_runs(corpus: Corpus) -> Entry:
    (entry,) = outcome_of_runs(runs(corpus), ["x"], "text").entries
    return entry


def pair(one: object, other: object) -> Entry:
    (entry,) = outcome_of_changes(changes(loaded(one), loaded(other)), ["a", "b"], "text").entries
    return entry


def test_which_run_is_odd_and_why() -> None:
    entry = of_runs(seven_runs())
    told = {runs_in_words(entry, each.runs): (each.verdict, each.why, each.broken) for each in answers(entry)}
    assert told == {
        "run-0, run-1, run-3, run-5": ("identical", (), None),
        "run-2": ("other words", ("content",), None),
        "run-4": ("broken", ("finish reason: none, not stop",), "choice 0 never finished"),
        "run-6": ("other structure", ("finish reason: length, not stop",), None),
    }
    assert next(iter(told)) == "run-0, run-1, run-3, run-5", "the reference comes first"
    assert answers(entry)[0].n_ways == 2


def test_an_answer_that_came_whole_is_not_told_by_its_chunks() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    whole_answer = whole({"role": "assistant", "content": TEXT}, usage=usage)
    whole_answer["request"]["body"] = {**asked(), "stream": False}
    corpus = loaded(recorded(), recorded(cut=7), whole_answer)
    entry = outcome_of_recordings(list(corpus), 1, ["x"], "wire").entries[0]
    told = {entry.labels[each.runs[0]]: each.why for each in answers(entry)[1:]}
    assert not any("chunk" in why or "cut" in why for why in told.get("run-2", ()))
    assert told["run-2"] != ()
    assert list(text_pairs(entry, next(each for each in answers(entry) if 2 in each.runs))) == []


def test_the_order_of_runs_changes_nothing_of_what_is_told() -> None:
    recordings = list(seven_runs())

    def told(order: list[int]) -> set[tuple[frozenset[str], str, tuple[str, ...]]]:
        outcome = outcome_of_recordings([recordings[each] for each in order], 1, ["x"], "text")
        (entry,) = outcome.entries
        return {(frozenset(entry.labels[run] for run in each.runs), each.verdict, each.why) for each in answers(entry)}

    order = list(range(7))
    expected = told(order)
    for seed in range(5):
        random.Random(seed).shuffle(order)
        assert told(order) == expected


def test_where_texts_part_is_told_by_what_was_before() -> None:
    for one, other, says_ in ((TEXT, PLANET, ("star.", "planet.")), (PLANET, TEXT, ("planet.", "star."))):
        entry = pair(recorded(one), recorded(other))
        (parting,) = partings_of(entry, answers(entry)[1])
        assert (parting.base.text, parting.other.text) == says_
        assert parting.char == TEXT.index("star")
        assert parting.place == "choice 0, content"
        assert parting.base.chunk == parting.other.chunk == TEXT.index("star") // 5
        assert entry.labels == ["before", "after"]


def test_where_arguments_of_tools_part() -> None:
    def call(city: str) -> object:
        sent = [
            calls(fragment("", name="weather", id="c")),
            calls(fragment('{"city":"')),
            calls(fragment(f'{city}"}}')),
        ]
        return stream(*sent, chunk(choice({}, 0, "tool_calls")), request=asked())

    entry = pair(call("Oslo"), call("Rome"))
    (parting,) = partings_of(entry, answers(entry)[1])
    assert parting.place == "choice 0, arguments of call 0"
    assert (parting.base.text, parting.other.text) == ('Oslo"}', 'Rome"}')
    (row, *_) = aspect_rows(entry)
    assert [said for said, _ in row.values] == ['weather({"city":"Oslo"})', 'weather({"city":"Rome"})']
    (texts,) = text_pairs(entry, answers(entry)[1])
    assert texts.place == parting.place


def test_where_chunks_are_cut_otherwise() -> None:
    entry = pair(recorded(), recorded(cut=7))
    cut = cut_of(entry, answers(entry)[1])
    assert cut is not None
    assert (cut.char, cut.base[0], cut.other[0]) == (0, TEXT[:5], TEXT[:7])
    assert pieces_in_words(cut.base).startswith("The S│un is│␣call")
    same = pair(recorded(), recorded(PLANET))
    assert cut_of(same, answers(same)[1]) is None
    assert cut_of(entry, answers(entry)[0]) is None


@given(st.text(alphabet="ab \n", max_size=30), st.text(alphabet="ab \n", max_size=30), st.integers(1, 9))
def test_pieces_are_the_texts_whatever_their_cuts(one: str, other: str, cut: int) -> None:
    entry = pair(recorded(one, cut=cut), recorded(other, cut=3))
    if entry.comparison is None:
        return
    for answer in answers(entry)[1:]:
        for each in text_pairs(entry, answer):
            assert "".join(piece.text for piece in each.base) == one
            assert "".join(piece.text for piece in each.other) == other
            assert each.is_same_text == (one == other)
            begins = [sum(len(p.text) for p in each.base[:n]) for n, p in enumerate(each.base) if p.begins_chunk]
            assert begins == list(range(cut, len(one), cut))


def test_every_text_and_its_pieces_are_those_of_the_comparison(all_recordings: Corpus) -> None:
    entry = outcome_of_recordings(list(all_recordings), 20, ["x"], "text").entries[0]
    comparison = entry.comparison
    assert comparison is not None
    assert list(entry.texts) == comparison.places
    assert any(place.tool_index is not None for place in entry.texts)
    for place, texts in entry.texts.items():
        assert texts == comparison.texts(*place)
        for run, pieces in enumerate(comparison.pieces(*place)):
            own = entry.pieces.get(place, {}).get(run, NO_PIECES)
            for name in ("starts", "ends", "chunks", "logprobs"):
                np.testing.assert_array_equal(getattr(own, name), getattr(pieces, name))


def test_pieces_of_many_texts_are_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = pair(recorded(), recorded(cut=7))
    monkeypatch.setattr(Comparison, "pieces", lambda *_: pytest.fail("reads all events for one text"))
    answer = answers(entry)[1]
    assert cut_of(entry, answer) is not None
    assert len(list(text_pairs(entry, answer))) == 1


def test_what_differs_within_both_sides_is_no_change() -> None:
    call = [calls(fragment('{"a":1}', name="f", id="c")), chunk(choice({}, 0, "tool_calls"))]
    before = loaded(recorded(), stream(*call, request=asked()))
    after = loaded(recorded(cut=7), stream(*call, request=asked(), more=1))
    outcome = outcome_of_changes(changes(before, after, as_runs=True), ["a", "b"], "wire")
    (entry,) = outcome.entries
    assert entry.differing == ("where chunks are cut", "number of chunks")
    assert [row.title for row in aspect_rows(entry)] == list(entry.differing)
    assert outcome.words == "The answers differ in where chunks are cut, number of chunks."
    document = json.loads(str(FORMATS["json"](outcome)))
    (request,) = document["requests"]
    assert request["differing"] == list(entry.differing)
    assert [each["title"] for each in request["aspects"] if each["level"] != "incidental"] == request["differing"]


def test_titles_keep_their_letters() -> None:
    def call(city: str) -> object:
        sent = [calls(fragment(f'{{"city":"{city}"}}', name="f", id="c")), chunk(choice({}, 0, "tool_calls"))]
        return stream(*sent, request=asked())

    outcome = outcome_of_changes(changes(loaded(call("Oslo")), loaded(call("Rome"))), ["a", "b"], "text")
    assert outcome.words.startswith("The answers differ in tool calls, by name and JSON")


def test_sides_have_the_names_that_are_given() -> None:
    between = changes(loaded(recorded(), recorded(PLANET)), loaded(recorded("x"), recorded("y")), as_runs=True)
    (entry,) = outcome_of_changes(between, ["a", "b"], "text", side_names=("expected", "run")).entries
    assert entry.labels == ["run-0 (expected)", "run-1 (expected)", "run-0 (run)", "run-1 (run)"]
    assert entry.sides == ("before", "before", "after", "after")


def test_long_texts_are_shown_where_they_differ() -> None:
    words = " ".join(f"word{number}" for number in range(400))
    entry = pair(recorded(f"{words} a {words}", cut=500), recorded(f"{words} b {words}", cut=500))
    (texts,) = text_pairs(entry, answers(entry)[1])
    marks = [piece.mark for piece in texts.base]
    assert marks.count("left out") == 2
    assert [piece.text for piece in texts.base if piece.mark == "differs"] == [" a"]
    entry = pair(recorded("a" * 30_000, cut=9_000), recorded("b" * 30_000, cut=9_000))
    (texts,) = text_pairs(entry, answers(entry)[1])
    assert texts.n_left_out == 10_000


def test_values_are_told_where_they_are_words() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
    one = stream(says(TEXT), chunk(choice({}, 0, "stop"), usage=usage), request=asked())
    other = stream(says(TEXT), chunk(choice({}, 0, "length"), usage={**usage, "completion_tokens": 5}), request=asked())
    rows = {row.aspect: [said for said, _ in row.values] for row in aspect_rows(pair(one, other))}
    assert rows == {"finish": ["stop", "length"], "usage": ["completion 4", "completion 5"]}
    comparison = compare(loaded(one, other))
    assert values_in_words(comparison, "content") == []


def test_every_aspect_with_words_has_one_a_run(all_recordings: Corpus) -> None:
    comparison = compare(all_recordings)
    for aspect in comparison.aspects["aspect"]:
        assert len(values_in_words(comparison, aspect)) in (0, len(all_recordings)), aspect
    entry = outcome_of_recordings(list(all_recordings), 20, ["x"], "text").entries[0]
    assert entry.note == "They are of 20 different requests."
    assert answers(entry)


def test_runs_are_called_what_tells_them_apart() -> None:
    one = loaded(recorded(), recorded(PLANET))
    other = loaded(recorded(), recorded("x"))
    entry = outcome_of_changes(changes(one, other, as_runs=True), ["a", "b"], "text").differing[0]
    assert entry.labels == ["run-0 (before)", "run-1 (before)", "run-0 (after)", "run-1 (after)"]
    both = outcome_of_runs(runs([one, other]), ["a", "b", "c"], "text").entries[0]
    assert len(set(both.labels)) == 4
    assert both.comparison is not None
    assert both.labels == both.comparison.runs["name"].tolist()
    twice = changes([one["run-0"], one["run-1"]], [*loaded(recorded(cut=3)), *loaded(recorded(cut=4))])
    (entry,) = outcome_of_changes(twice, ["a", "b"], "text").entries
    assert len(set(entry.labels)) == 4
    many = outcome_of_recordings(list(loaded(*[recorded()] * 9)), 1, ["a"], "text").entries[0]
    assert runs_in_words(many, tuple(range(9))) == "run-0, run-1, run-2, run-3 and 5 more"


def test_what_is_told_first_and_what_is_not() -> None:
    before = loaded(*(recorded(request=asked(name)) for name in ("wire", "text", "structure", "gone", "asked")))
    after = loaded(
        recorded(cut=7, request=asked("wire")),
        recorded(PLANET, request=asked("text")),
        recorded(finish="length", request=asked("structure")),
    )
    found = changes(before, after)
    outcome = outcome_of_changes(found, ["a", "b"], "text")
    assert [each.level or each.status for each in outcome.differing] == ["structure", "text", "removed", "removed"]
    assert [each.level for each in outcome.lighter] == ["wire"]
    assert outcome.words == ("5 recordings: 2 answered otherwise, 2 removed, 1 only below the level “text”.")
    assert outcome_of_changes(found, ["a", "b"], "wire").lighter == []
    assert outcome.differs


def test_words_for_every_case() -> None:
    def words(outcome: Outcome) -> str:
        return outcome.words

    alone = runs(loaded(recorded()))
    assert (
        words(outcome_of_runs(alone, ["x"], "text"))
        == "There is nothing to compare: no request was recorded more than once, of 1 request."
    )
    assert words(outcome_of_changes([], ["a", "b"], "text")) == "There is nothing to compare."
    groups = runs(
        loaded(recorded(), recorded(), *(recorded(request=asked("b")) for _ in "ab"), recorded(request=asked("c")))
    )
    assert (
        words(outcome_of_runs(groups, ["x"], "text")) == "2 requests with 4 runs: all runs agree; 1 more recorded once."
    )
    assert pair(recorded(), recorded(PLANET)).differing[0] == "content"
    assert set(STATUSES) == {"request changed", "changed", "removed", "added", "same"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n\tb", "a↵⇥b"),
        (" a  b ", "␣a␣␣b␣"),
        ("\x1b[31m\u202e", "\ufffd[31m\ufffd"),
        ("##[error]x", "#\u2060#[error]x"),
        ("", ""),
    ],
)
def test_white_space_is_seen_and_nothing_steers(text: str, said: str) -> None:
    assert seen(text) == said
    assert quoted(text) == (f"“{said}”" if text else "nothing")


def test_long_quotes_are_cut() -> None:
    assert quoted("x" * 100, 10) == f"“{'x' * 10}…”"


def test_where_the_wire_is_asked_for_ways_to_send_are_told_apart() -> None:
    group = runs(loaded(recorded(), recorded(id_="x"), recorded(PLANET), recorded(cut=7), recorded(finish="length")))
    by_text = outcome_of_runs(group, ["a"], "text").entries[0]
    by_wire = outcome_of_runs(group, ["a"], "wire").entries[0]
    assert [each.runs for each in answers(by_text)] == [(0, 1, 3), (4,), (2,)], "the weightiest first"
    assert [each.runs for each in answers(by_wire)] == [(0, 1), (4,), (2,), (3,)]
    assert answers(by_wire)[-1].why[0] == "where chunks are cut"
