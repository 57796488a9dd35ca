"""Which recordings are runs of one request: in one corpus, and across several."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args, get_origin

import pandas as pd
import pytest
from run_kit import loaded
from synthetic import says, stream, whole

import recexplore
from recexplore.capture.replay.matches import Matches
from recexplore.comparison.runs import BY, By, RunGroup, runs
from recexplore.corpus import Corpus
from recexplore.matching.request import request_of

HELLO, BYE = ({"model": "m", "messages": [{"role": "user", "content": text}]} for text in ("hello", "bye"))


def asking(request: object, answer: str = "a", **top: object) -> object:
    return stream(says(answer), request=request, **top)


@pytest.fixture
def corpus() -> Corpus:
    again = asking({**HELLO, "user": "ann"}, "b", test_id="two")
    return loaded(asking(HELLO, test_id="one"), asking(BYE), again, asking(BYE), asking({**BYE, "model": "n"}))


def test_groups_stand_in_the_order_of_their_first_runs(corpus: Corpus) -> None:
    found = runs(corpus)
    assert repr(found) == "Runs: 2 requests with 4 runs, 1 recorded once"
    hello, bye = found
    assert [each.id for each in hello] == ["run-0", "run-2"]
    assert hello.left_out == ("user",)
    assert repr(hello) == "2 runs of POST /v1/chat/completions · m, without user"
    assert [each.id for each in bye.runs] == ["run-1", "run-3"]
    assert found.of(corpus["run-2"]) is hello
    assert found.of(loaded(asking(HELLO))["run-0"]) is None
    assert hello[0] == corpus["run-0"]
    assert found[:1] == (hello,)


def test_the_frame_has_a_row_a_run(corpus: Corpus) -> None:
    frame = runs(corpus).frame
    assert frame["group"].tolist() == [0, 0, 1, 1]
    assert frame["run"].tolist() == [0, 1, 0, 1]
    assert frame["recording"].tolist() == ["run-0", "run-2", "run-1", "run-3"]
    assert frame["n_runs"].tolist() == [2] * 4
    assert frame["n_tests"].tolist() == [2, 2, 1, 1]
    assert frame["left_out"].tolist() == ["user", "user", "", ""]
    empty = runs(loaded(asking(HELLO))).frame
    assert empty.empty
    pd.testing.assert_index_equal(empty.columns, frame.columns)


def test_runs_of_several_corpora_belong_together() -> None:
    before, after = loaded(asking(HELLO), asking(BYE)), loaded(asking(HELLO, "b"))
    found = runs([before, after])
    (group,) = found
    assert [each.corpus for each in group] == [before, after]
    assert found.n_alone == 1
    assert len(runs([*before, *after])) == 1
    (verdict,) = {recexplore.compare(group).verdict}
    assert verdict == "other words"


def test_looser_groups_on_demand(corpus: Corpus) -> None:
    mixed = loaded(asking({**HELLO, "stream": True}), whole({"content": "a"}), asking({**HELLO, "temperature": 1}))
    assert len(runs(mixed)) == 0
    (group,) = runs(mixed, by="messages")
    assert [each.id for each in group] == ["run-0", "run-2"]
    assert "temperature" in group.left_out
    (group,) = runs(loaded(asking({**HELLO, "stream": True}), asking(HELLO), asking(BYE)), by="streamed-or-whole")
    assert [each.id for each in group] == ["run-0", "run-1"]
    assert group.left_out == ("whether it is streamed",)
    again = loaded(asking(HELLO, test_id="t"), asking(BYE, test_id="t"), asking(BYE))
    (group,) = runs(again, by="test")
    assert [each.id for each in group] == ["run-0", "run-1"]
    by_model = runs(corpus, by=lambda recording: recording.facts["model_requested"])
    assert [len(group) for group in by_model] == [5]
    nobody = runs(corpus, by=lambda recording: None)
    assert (len(nobody), nobody.n_unknown) == (0, 5)


def test_what_equal_requests_hold_is_not_left_out() -> None:
    usage = {**HELLO, "stream_options": {"include_usage": True}}
    assert runs(loaded(asking(usage), asking(usage)))[0].left_out == ()
    assert runs(loaded(asking(usage), asking(HELLO)))[0].left_out == ("stream_options",)


def test_ways_to_group_are_named_once() -> None:
    names, function = get_args(By)
    assert set(get_args(names)) == set(BY)
    assert callable(get_origin(function))


def test_what_is_no_question() -> None:
    with pytest.raises(
        ValueError, match="by: expected one of request, streamed-or-whole, messages, test or a function, found 'model'"
    ):
        runs(loaded(asking(HELLO)), by="model")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not str"):
        runs(["recordings"])  # type: ignore[list-item]
    assert set(BY) == {"request", "streamed-or-whole", "messages", "test"}


def test_a_file_that_is_gone_has_no_request(tmp_path: Path) -> None:
    import json

    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(json.dumps(asking(HELLO)))
    corpus = recexplore.load(tmp_path, progress=False)
    (tmp_path / "b.json").unlink()
    found = runs(corpus)
    assert (len(found), found.n_alone, found.n_unknown) == (0, 1, 1)


def test_equal_requests_are_one_group_as_duplicates_has_them(corpus_folder: Path) -> None:
    """What has the same hash of method, path and body is never parted; what is added differs only in what is left out."""
    corpus = recexplore.load(corpus_folder / "ogx", progress=False)
    found = runs(corpus)
    group_of = dict(zip(found.frame["recording"], found.frame["group"], strict=True))
    equal = recexplore.duplicates(corpus)
    for _, rows in equal.groupby("group"):
        assert len({group_of[each] for each in rows["recording"]}) == 1
    assert len(found) > equal["group"].nunique()
    assert all(isinstance(group, RunGroup) for group in found)


def test_runs_of_a_corpus_are_in_the_order_in_which_a_replay_counts_them(tmp_path: Path) -> None:
    ends = ("", "-00000002", "-0000000a", "-00000010")
    for end in ends:
        (tmp_path / f"c5baedfb0ebb{end}.json").write_text(json.dumps(stream(says(end), request={"model": "m"})))
    corpus = recexplore.load(tmp_path, progress=False)

    (group,) = recexplore.runs(corpus)
    assert [each.facts["path"].rpartition("c5baedfb0ebb")[2] for each in group] == [f"{each}.json" for each in ends]
    answering = Matches(corpus)
    counted = [answering.find(request_of(each)) for each in group]
    assert [(each.recording.id, each.run) for each in counted if each] == [
        (each.id, run) for run, each in enumerate(group, 1)
    ]

    (given,) = recexplore.runs(list(group)[::-1])
    assert [each.id for each in given] == [each.id for each in group][::-1]
