"""Which recordings of one side are those of the other."""

from __future__ import annotations

import pytest
from compared_kit import asked, recorded
from run_kit import loaded

import recexplore
import recexplore.comparison.side_matching as side_matching
from recexplore.comparison.side_matching import Match, matches
from recexplore.corpus import Corpus


def matched(before: Corpus, after: Corpus, *, as_runs: bool = False) -> list[tuple[list[str], list[str]]]:
    found = list(matches(list(before), list(after), "request", as_runs=as_runs))
    told = [each for match in found for each in (*match.before, *match.after)]
    assert len(told) == len(set(told)) == len(before) + len(after), "each is in exactly one"
    return [([each.name for each in match.before], [each.name for each in match.after]) for match in found]


def test_of_equal_files_those_that_are_called_alike_belong_together() -> None:
    same = recorded()
    found = matched(
        loaded(same, same, recorded("b", request=asked("b"))), loaded(recorded(request=asked("c")), same, same)
    )
    assert (["run-1.json"], ["run-1.json"]) in found
    assert (["run-0.json"], ["run-2.json"]) in found
    assert (["run-2.json"], []) in found
    assert ([], ["run-0.json"]) in found


def test_an_equal_file_is_one_run_of_its_request() -> None:
    same, bye = recorded(), recorded("b", request=asked("b"))
    assert matched(loaded(same, bye), loaded(same, same, bye), as_runs=True) == [
        (["run-1.json"], ["run-2.json"]),
        (["run-0.json"], ["run-0.json", "run-1.json"]),
    ]
    assert matched(loaded(recorded(cut=7), same, same), loaded(same), as_runs=True) == [
        (["run-0.json", "run-1.json", "run-2.json"], ["run-0.json"])
    ]


def test_requests_of_equal_files_are_read_where_a_file_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    request_of = side_matching.request_of
    monkeypatch.setattr(side_matching, "request_of", lambda each: request_of(read.append(each.name) or each))
    one, two = recorded(), recorded(request=asked("two"))
    matched(loaded(one, two), loaded(two, one), as_runs=True)
    matched(loaded(one, two), loaded(one, two))
    assert read == []
    matched(loaded(one), loaded(one, two), as_runs=True)
    assert read == ["run-1.json", "run-0.json"]


def test_a_file_that_asks_the_same_is_what_it_was() -> None:
    one, two = recorded(), recorded(cut=7)
    assert matched(loaded(one, two, one), loaded(two, one)) == [
        (["run-0.json"], ["run-0.json"]),
        (["run-1.json"], ["run-1.json"]),
        (["run-2.json"], []),
    ]


def test_a_request_goes_before_a_name() -> None:
    one, two = recorded("1", request=asked("one")), recorded("2", request=asked("two"))
    again = recorded("1 again", request=asked("one"))
    assert matched(loaded(one, two), loaded(two, again)) == [
        (["run-1.json"], ["run-0.json"]),
        (["run-0.json"], ["run-1.json"]),
    ]


def test_a_file_that_asks_something_else_says_what() -> None:
    before = loaded(recorded(), recorded(request=asked("b")))
    after = loaded(recorded(request=asked(seed=1, user="ann")), recorded(request=asked("b")))
    (match,) = [each for each in matches(list(before), list(after), "request") if each.is_other_request]
    assert [(each.path, each.kind) for each in match.request] == [("seed", "added")], "the user is not compared"
    assert match.left_out == ("user",)
    assert match.needs_comparison
    assert not Match((before["run-0"],), (before["run-0"],), is_same_file=True).needs_comparison
    assert not Match((before["run-0"],), ()).needs_comparison


def test_several_exchanges_of_a_file_are_told_apart(formats: Corpus) -> None:
    responses = [each for each in formats if each.name.startswith("responses.yaml")]
    assert [each.name for each in responses] == ["responses.yaml#0", "responses.yaml#1"]
    found = list(matches(responses, list(recexplore.load("recordings/formats", progress=False)), "request"))
    assert [(each.before[0].name, each.after[0].name) for each in found if each.before] == [
        ("responses.yaml#0", "responses.yaml#0"),
        ("responses.yaml#1", "responses.yaml#1"),
    ]
