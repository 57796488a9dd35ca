"""Chunk shares: whose each is, what it is drawn as, and how high."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from synthetic import calls, choice, chunk, fragment, recording, says, thinks

from recexplore.analysis import shares
from recexplore.corpus import Corpus
from recexplore.model.kinds import LEGEND, SIZED_KINDS

BY = ["recording", "chunk", "choice"]


@pytest.fixture(params=["bundled", "made"])
def events(request: pytest.FixtureRequest) -> pd.DataFrame:
    corpus: Corpus = request.getfixturevalue(request.param)
    return corpus.events


def test_every_event_is_in_the_share_of_its_chunk_and_choice(events: pd.DataFrame) -> None:
    of = shares.number(events)

    pd.testing.assert_frame_equal(shares.owners(events).iloc[of].reset_index(drop=True), events[BY])
    assert not shares.owners(events).duplicated().any()


def test_shares_begin_in_wire_order(events: pd.DataFrame) -> None:
    of = shares.number(events)

    assert np.flatnonzero(np.diff(np.maximum.accumulate(of)) > 1).size == 0
    assert shares.owners(events).groupby("recording")["chunk"].is_monotonic_increasing.all()


def test_no_character_of_a_sized_kind_is_lost(events: pd.DataFrame) -> None:
    sized = events[events["kind"].isin(SIZED_KINDS)]

    assert shares.per_chunk(events)["chars"].sum() == sized["text"].str.len().sum()


def test_a_share_is_drawn_as_a_kind_that_is_in_it(events: pd.DataFrame) -> None:
    found, of = shares.per_chunk(events), shares.number(events)
    in_legend = {kind.name for kind in LEGEND}
    for number, kind in enumerate(found["kind"]):
        kinds = set(events["kind"].to_numpy()[of == number])
        assert kind in kinds if isinstance(kind, str) else not kinds & in_legend


def test_several_recordings_are_as_each_by_itself(bundled: Corpus) -> None:
    together = shares.per_chunk(bundled.events)
    for recording_id, mine in together.groupby("recording", sort=False):
        alone = shares.per_chunk(bundled[str(recording_id)].events)
        pd.testing.assert_frame_equal(mine.reset_index(drop=True), alone)


def test_heights_follow_the_root_of_the_length(read) -> None:
    found = shares.per_chunk(read(recording([says("x" * n) for n in (4, 4, 4, 4, 1, 100)])).events)

    usual = np.quantile([2, 2, 2, 2, 1, 10], 0.9)
    assert found["chars"].tolist() == [4, 4, 4, 4, 1, 100]
    assert found["height"].tolist() == [
        *[2 / usual * 0.42] * 4,
        max(1 / usual * 0.42, 0.09),
        min(10 / usual * 0.42, 0.94),
    ]


def test_the_longest_kind_is_drawn_and_of_equals_the_last(read) -> None:
    body = [
        chunk(choice({"reasoning_content": "abc", "content": "d"})),
        chunk(choice({"reasoning_content": "a", "content": "d"})),
        chunk(choice({"role": "assistant"})),
    ]

    assert shares.per_chunk(read(recording(body)).events)["kind"].astype(object).fillna("").tolist() == [
        "reasoning",
        "content",
        "",
    ]


def test_what_concerns_all_choices_has_the_last_lane(read) -> None:
    body = [chunk(choice({"content": "a"}, 7), choice({"content": "b"}, 2)), chunk(usage={"prompt_tokens": 1})]
    found = shares.per_chunk(read(recording(body)).events)

    assert found["choice"].fillna(-1).tolist() == [7, 2, -1]
    assert found["lane"].tolist() == [1, 0, 2]


def test_a_share_knows_whether_its_choice_finishes_in_it(read) -> None:
    body = [thinks("reasoning_content", "a"), chunk(choice({"content": "b"}, 0, "stop")), chunk(choice({}, 1, "stop"))]
    found = shares.per_chunk(read(recording(body)).events)

    assert found["is_finish"].tolist() == [False, True, True]
    assert found["kind"].isna().tolist() == [False, False, True]


def test_a_tool_call_is_as_long_as_its_arguments(read) -> None:
    found = shares.per_chunk(read(recording([calls(fragment('{"a": 1}', name="f"))])).events)

    assert (found["kind"].tolist(), found["chars"].tolist()) == (["tool_call"], [8])


def test_nothing_in_nothing_out(bundled: Corpus) -> None:
    nothing = bundled.events.iloc[:0]

    assert shares.number(nothing).tolist() == []
    assert shares.owners(nothing).empty
    assert shares.per_chunk(nothing).empty
    assert list(shares.per_chunk(nothing)) == [*BY, "lane", "kind", "chars", "height", "is_finish"]
