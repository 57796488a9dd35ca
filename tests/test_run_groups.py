"""Which answers may be runs of one request, by what their frames say: no run is left out by that."""

from __future__ import annotations

import time
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from run_kit import loaded
from synthetic import calls, choice, chunk, fragment, says, stream, whole

import recexplore
from recexplore.checks.request_identities import CorpusIdentities
from recexplore.corpus import Corpus
from recexplore.model.schema import FRAMES
from recexplore.rules import Streams
from recexplore.rules.run_groups import alike, answers_of_runs, choice_digests, reference_value, together, unlike

COMPARABLE = ["provider", "dialect", "model_served"]


def streams_of(corpus: Corpus) -> Streams:
    frames = {name: getattr(corpus, name) for name in FRAMES if name != "findings"}
    streams = Streams(frames, identities=CorpusIdentities(corpus))
    # Identities do not keep their corpus; `recexplore.check` is handed it by its caller.
    streams.once(lambda _: corpus)
    return streams


def answers(*documents: Any) -> Any:
    return answers_of_runs(streams_of(loaded(*documents)))


END = chunk(choice({}, finish_reason="stop"))


@pytest.mark.parametrize("where", ["ogx", "vcr-pydantic-ai", "ogx-history"])
def test_runs_of_one_request_are_peers(corpus_folder: Path, where: str) -> None:
    """Runs that the same model of the same provider answered, in all real recordings: the cut loses none."""
    corpus = recexplore.load(corpus_folder / where, progress=False)
    rows = answers_of_runs(streams_of(corpus)).set_index("of")
    position = {id_: of for of, id_ in enumerate(corpus.recordings["recording"])}
    facts = corpus.recordings[COMPARABLE].fillna("").agg(tuple, axis=1)
    n_pairs = 0
    for group in recexplore.runs(corpus, by="streamed-or-whole"):
        by: dict[Any, list[int]] = defaultdict(list)
        for each in group:
            if (of := position[each.id]) in rows.index:
                by[facts[of]].append(of)
        for same in by.values():
            assert rows.loc[same, "peers"].nunique() == 1
            n_pairs += len(list(combinations(same, 2)))
    assert n_pairs or where == "ogx-history"


def test_the_cut_is_worth_its_while(ogx: Corpus) -> None:
    """Rules ask for the requests of few recordings."""
    streams = streams_of(ogx)
    for rule in recexplore.rules.chosen(["run-*"]):
        list(rule.find(streams))
    assert isinstance(streams.identities, CorpusIdentities)
    assert streams.identities.n_read < len(ogx) / 20


def test_whole_and_streamed_answers_say_the_same() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
    one = whole({"content": "Look:", "tool_calls": [call]}, finish_reason="tool_calls")
    fragments = [fragment('{"a"', name="f", id="b"), fragment(":1}")]
    other = stream(says("Lo"), says("ok:"), *map(calls, fragments), chunk(choice({}, finish_reason="tool_calls")))
    rows = answers(one, other)
    assert rows["said"].nunique() == rows["unordered"].nunique() == rows["peers"].nunique() == 1
    assert rows["is_whole"].tolist() == [True, False]


@pytest.mark.parametrize(
    "other",
    [
        stream(says("Look!"), END),
        stream(says("Look", index=1), chunk(choice({}, 1, "stop"))),
        stream(says("Look"), calls(fragment("{}", name="f", id="b")), END),
        stream(chunk(choice({"reasoning_content": "Look"})), END),
    ],
    ids=["content", "number", "a call", "reasoning"],
)
def test_other_answers_have_another_digest(other: Any) -> None:
    assert answers(stream(says("Look"), END), other)["said"].nunique() == 2


def test_the_order_of_calls_and_choices_counts() -> None:
    one, two = (calls(fragment("{}", index=n, name=name, id=name)) for n, name in enumerate("fg"))
    three, four = (calls(fragment("{}", index=n, name=name, id=name)) for n, name in enumerate("gf"))
    assert answers(stream(one, two, END), stream(three, four, END))["said"].nunique() == 2
    a, b = ([says(text, n) for n, text in enumerate(texts)] for texts in (("yes", "no"), ("no", "yes")))
    swapped = answers(stream(*a), stream(*b))
    assert swapped["said"].nunique() == 2
    assert swapped["unordered"].nunique() == 1
    assert not swapped["is_done"].any()


def test_what_failed_or_says_nothing_is_no_answer() -> None:
    failed = stream(says("a"), chunk(error={"message": "overloaded"}))
    empty = stream(chunk(choice({"role": "assistant"})), END)
    assert answers(stream(says("a"), END), failed, empty)["of"].tolist() == [0]


def test_without_requests_there_are_no_runs() -> None:
    corpus = loaded(stream(says("a"), END), stream(says("a"), END))
    frames = {name: getattr(corpus, name) for name in FRAMES if name != "findings"}
    assert answers_of_runs(Streams(frames)).empty
    assert Streams(frames).asked([0, 1]) == {}
    assert len(choice_digests(Streams(frames))) == 2


def test_groups_of_equal_requests_have_two_members() -> None:
    asked = [{"model": "m", "messages": [], "seed": n} for n in (1, 2, 1)]
    corpus = loaded(*(stream(says("a"), END, request=each) for each in asked))
    streams = streams_of(corpus)
    [runs] = together(streams, answers_of_runs(streams), ["peers", "said"])
    assert runs["of"].tolist() == [0, 2]
    assert streams.once(answers_of_runs) is streams.once(answers_of_runs)


def test_the_most_frequent_value_is_the_reference() -> None:
    rows = answers(*[stream(says("a"), END)] * 3, whole({"content": "a"})).assign(value=[7, 7, 9, 9])
    assert reference_value(rows, "value") == 9  # as frequent, and one of them came whole
    assert reference_value(rows.iloc[:3], "value") == 7
    assert reference_value(rows.iloc[1:3], "value") == 7
    assert unlike(rows, ["peers"], "value")["of"].tolist() == [0, 1, 2, 3]
    assert unlike(rows.assign(value=[7, 7, np.nan, 7]), ["peers"], "value").empty
    assert alike(rows, ["value"])["of"].tolist() == [0, 1, 2, 3]
    assert alike(rows.iloc[1:3], ["value"]).empty


def test_a_thousand_runs_that_all_differ_take_little_time() -> None:
    documents = [
        stream(says(f"The {number} answers to this"), says(" are all different."), END) for number in range(1000)
    ]
    streams = streams_of(loaded(*documents))
    begin = time.process_time()
    for rule in recexplore.rules.chosen(["run-*"]):
        assert list(rule.find(streams)) == []
    assert time.process_time() - begin < 5
