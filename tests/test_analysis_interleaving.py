"""How choices take turns: the real streams first, then the smallest ones that tell the cases apart."""

from __future__ import annotations

import pandas as pd
from synthetic import choice, chunk, foreign, recording, says

from recexplore.analysis import interleaving
from recexplore.corpus import Corpus


def test_garbled_stream_switches_81_times(bundled: Corpus) -> None:
    found = interleaving.per_recording(bundled["f27523"].events).iloc[0]
    assert (found["n_shares"], found["n_switches"]) == (86, 81)
    assert round(found["mean_run_length"], 2) == 1.05


def test_shares_and_finishes_of_each_choice(bundled: Corpus) -> None:
    found = interleaving.per_choice(bundled["f27523"].events)
    assert found["share"].tolist() == [0.5, 0.5]
    assert found["finish_chunk"].tolist() == [82, 85]
    assert found["longest_run"].tolist() == [2, 3]


def test_runs_cover_every_share_in_wire_order(bundled: Corpus) -> None:
    events = bundled.events
    spoken = events[events["choice"].notna()].drop_duplicates(["recording", "chunk", "choice"])
    found = interleaving.runs(events)
    assert found["n_shares"].sum() == len(spoken)
    for _, own in found.groupby("recording"):
        assert own["run"].tolist() == list(range(len(own)))
        assert (own["choice"].iloc[1:].to_numpy() != own["choice"].iloc[:-1].to_numpy()).all()
        assert (own["first_chunk"].iloc[1:].to_numpy() >= own["last_chunk"].iloc[:-1].to_numpy()).all()


def test_a_run_never_reaches_over_two_recordings(bundled: Corpus) -> None:
    single = interleaving.runs(bundled.events).query("recording in ['007c4711219f', '7ac0267de2ef']")
    assert len(single) == 2


def test_two_choices_in_one_chunk_are_two_shares(read: object) -> None:
    body = [chunk(choice({"content": "a"}, 0), choice({"content": "b"}, 1)), says("c", 0)]
    found = interleaving.runs(read(recording(body)).events)  # type: ignore[operator]
    assert found["choice"].tolist() == [0, 1, 0]


def test_missing_finish_stays_missing(read: object) -> None:
    found = interleaving.per_choice(read(recording([says("a")])).events)  # type: ignore[operator]
    assert found["finish_chunk"].isna().all()


def test_thumbnail_has_one_letter_a_chunk_until_it_is_binned(bundled: Corpus) -> None:
    events = bundled["94d11d"].events
    whole = interleaving.thumbnails(events, width=100)["lane"]
    assert [len(lane) for lane in whole] == [43, 43]
    assert whole[0].rstrip().endswith("f")
    assert all((a == " ") or (b == " ") for a, b in zip(*whole, strict=True))
    assert [len(lane) for lane in interleaving.thumbnails(events, width=10)["lane"]] == [10, 10]


def test_thumbnail_shows_what_is_rare(made: Corpus) -> None:
    lanes = interleaving.thumbnails(made.events, width=1).set_index("recording")["lane"]
    assert lanes["refusal"] == "x"
    assert lanes["tool-calls"] == "t"
    assert lanes["whole-answer"] == "c"


def test_recording_without_choices_has_one_lane(read: object) -> None:
    found = interleaving.thumbnails(read(foreign(10)).events)  # type: ignore[operator]
    assert found["choice"].isna().all()
    assert found["lane"].tolist() == ["u" * 10]


def test_nothing_in_nothing_out(bundled: Corpus) -> None:
    nothing = bundled.events.iloc[:0]
    for analysis in (interleaving.runs, interleaving.per_recording, interleaving.per_choice, interleaving.thumbnails):
        assert isinstance(analysis(nothing), pd.DataFrame)
        assert analysis(nothing).empty


def test_fairness_is_one_where_all_had_as_many_shares_and_less_where_one_had_more(bundled: Corpus, read) -> None:
    assert interleaving.per_recording(bundled["f27523"].events)["fairness"].tolist() == [1.0]
    found = interleaving.per_recording(read(recording([says("a"), says("b"), says("c"), says("d", 1)])).events)
    assert found["fairness"].tolist() == [16 / (2 * 10)]


def test_most_behind_counts_shares_before_a_choice_spoke_again(read) -> None:
    one_by_one = [says("a"), says("b"), says("c"), says("d", 1), says("e", 1)]
    assert interleaving.per_choice(read(recording(one_by_one)).events)["most_behind"].tolist() == [0, 3]
    by_turns = [says("a"), says("b", 1), says("c"), says("d", 1)]
    assert interleaving.per_choice(read(recording(by_turns)).events)["most_behind"].tolist() == [0, 1]


def test_a_choice_that_never_finished_is_behind_until_the_end(read) -> None:
    starved = [says("a"), says("b", 1), *[says("c") for _ in range(100)]]
    assert interleaving.per_choice(read(recording(starved)).events)["most_behind"].tolist() == [0, 100]
    finished = [says("a"), chunk(choice({}, 1, "stop")), *[says("c") for _ in range(100)]]
    assert interleaving.per_choice(read(recording(finished)).events)["most_behind"].tolist() == [0, 1]


def test_choices_of_several_recordings_are_not_mixed(bundled: Corpus) -> None:
    together = interleaving.per_choice(bundled.events)
    for recording_id, own in together.groupby("recording"):
        alone = interleaving.per_choice(bundled[str(recording_id)].events)
        assert own["most_behind"].tolist() == alone["most_behind"].tolist()
