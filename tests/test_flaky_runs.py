"""The bundled runs of one request: made by a script, and different in every way in which runs can be."""

from __future__ import annotations

import json

import pytest
import yaml
from flaky_runs import RUNS, Run
from record_flaky_runs import FOLDER, HOST, PATH, answer, tokens_of

import recexplore as rx
from recexplore.comparison.comparison import Comparison
from recexplore.comparison.levels import VERDICTS
from recexplore.corpus import Corpus


@pytest.fixture(scope="module")
def leap_year(flaky: Corpus) -> Comparison:
    return rx.compare(rx.runs(flaky)[0])


def test_no_cassette_is_there_that_the_script_does_not_make() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(f"{run.name}.yaml" for run in RUNS)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_cassettes_hold_what_the_script_says(run: Run) -> None:
    (interaction,) = yaml.safe_load((FOLDER / f"{run.name}.yaml").read_bytes())["interactions"]
    kind, body = answer(run)
    assert interaction["response"]["body"]["string"].encode() == body
    assert interaction["response"]["headers"]["Content-Type"] == [kind]
    assert json.loads(interaction["request"]["body"]) == run.request
    assert interaction["request"]["uri"] == HOST + PATH


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_an_answer_ends_at_the_limit_where_it_says_so(run: Run) -> None:
    """Nobody is cut at a limit that was not reached, nobody says more than was allowed."""
    for said in run.choices:
        spoken = sum(len(tokens_of(text)) for text in (said.reasoning, said.content, said.call))
        limit = run.request.get("max_tokens", 99)
        assert spoken == limit if said.finish == "length" else spoken < limit


def test_requests_that_were_sent_again_are_groups(flaky: Corpus) -> None:
    assert [[run.id for run in group] for group in rx.runs(flaky)] == [
        [f"leap-year-{number:02}" for number in range(1, 11)],
        [f"table-{number:02}" for number in range(1, 5)],
    ]
    whole_too = rx.runs(flaky, by="messages").of(flaky["sum-whole"])
    assert whole_too is not None
    assert sorted(run.id for run in whole_too) == ["sum-streamed", "sum-whole"]


def test_ten_runs_differ_in_every_level(leap_year: Comparison) -> None:
    verdicts = dict(zip(leap_year.runs["recording"].str[-2:], leap_year.runs["verdict"], strict=True))
    assert verdicts == {
        **dict.fromkeys(["01", "03", "05", "08"], "identical"),
        **dict.fromkeys(["02", "04", "06"], "other wire"),
        "07": "other words",
        "09": "broken",
        "10": "other structure",
    }
    assert set(verdicts.values()) == set(VERDICTS)
    told = leap_year.aspects.query("differs and level != 'incidental'").groupby("level")["aspect"].agg(set)
    assert told["structure"] == {"finish", "kinds-of-text"}
    assert told["text"] == {"content", "reasoning"}
    assert told["wire"] >= {"usage", "numbers-of-choices", "cuts", "order-of-choices", "chunks"}


def test_the_odd_one_parts_at_a_token_that_was_in_doubt(leap_year: Comparison) -> None:
    (odd,) = leap_year.divergences.query("run == 6").itertuples()
    assert (odd.kind, odd.before, odd.says[:6], odd.reference_says[:6]) == (
        "content",
        "February 1900 had 2",
        "9 days",
        "8 days",
    )
    assert (odd.logprob, odd.reference_logprob) == (-0.99, -0.53)


def test_choices_that_changed_places_are_matched(leap_year: Comparison) -> None:
    swapped = leap_year.choices.query("choice != own_choice")
    assert swapped["run"].unique().tolist() == [3]


def test_calls_differ_in_spelling_and_in_json(flaky: Corpus) -> None:
    comparison = rx.compare(rx.runs(flaky)[1])
    assert comparison.runs["verdict"].tolist() == ["identical", "other words", "other structure", "identical"]


def test_the_stream_lost_what_the_whole_answer_says(flaky: Corpus) -> None:
    comparison = rx.compare([flaky["sum-whole"], flaky["sum-streamed"]])
    assert comparison.verdict == "other words"
    (parting,) = comparison.divergences.itertuples()
    assert {parting.says, parting.reference_says} == {"", ".00."}


def test_only_what_is_wrong_has_findings(flaky: Corpus) -> None:
    """Usual runs are clean; that choices have changed places, only several runs show."""
    assert set(flaky.findings["recording"]) == {
        "leap-year-04",
        "leap-year-06",
        "leap-year-09",
        "leap-year-10",
        "table-03",
    }
