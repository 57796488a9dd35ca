"""What is derived of many recordings at once is what is derived of each alone."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from recexplore.analysis import interleaving, reasoning, shares, timing, tool_calls
from recexplore.analysis import usage as usage_analysis
from recexplore.corpus import Corpus
from recexplore.corpus.derived import Derived, rows_between
from recexplore.model.errors import RecordingNotFound
from recexplore.model.plain_values import records
from recexplore.share.page.recording_answers import recording_answers
from recexplore.views.explorer.answers import Answers

ANALYSES = [
    (interleaving.per_choice, ("events",)),
    (interleaving.per_recording, ("events",)),
    (reasoning.phases, ("events",)),
    (reasoning.split, ("events",)),
    (shares.per_chunk, ("events",)),
    (timing.marks, ("chunks", "events")),
    (timing.own_gaps, ("events",)),
    (timing.per_choice, ("recordings", "events", "usage")),
    (timing.usual_gaps, ("chunks", "events")),
    (tool_calls.assembly, ("events",)),
    (usage_analysis.final, ("usage",)),
    (usage_analysis.tokens, ("recordings", "usage", "choices", "events")),
]


@pytest.mark.parametrize("fixture", ["bundled", "made", "formats"])
@pytest.mark.parametrize(("analysis", "frames"), ANALYSES, ids=lambda value: getattr(value, "__qualname__", ""))
def test_the_rows_of_each_are_its_own(
    analysis: Any, frames: tuple[str, ...], fixture: str, request: pytest.FixtureRequest
) -> None:
    corpus: Corpus = request.getfixturevalue(fixture)
    ids = corpus.recordings["recording"].tolist()[:: max(len(corpus) // 30, 1)]
    for together in corpus.together(ids):
        alone = corpus[together.id].derive(analysis, *frames)
        shared = together.derive(analysis, *frames)
        assert shared.index.equals(alone.index)
        assert records(shared) == records(alone)


def test_a_page_is_told_the_same_to_the_byte(formats: Corpus) -> None:
    answers = Answers(formats, findings=False)
    ids = formats.recordings["recording"].tolist()[::10]
    alone = [recording_answers(answers, id_) for id_ in ids]
    answers.expect(ids)
    for id_, (about, buffers) in zip(ids, alone, strict=True):
        again, buffers_again = recording_answers(answers, id_)
        assert json.dumps(again) == json.dumps(about)
        assert buffers_again == buffers


def test_an_analysis_is_made_once(bundled: Corpus) -> None:
    asked = []

    def analysis(events: pd.DataFrame) -> pd.DataFrame:
        asked.append(len(events))
        return events[["recording", "chunk"]]

    ids = bundled.recordings["recording"].tolist()[1:4]
    recordings = bundled.together(ids)
    for each in [*recordings, *recordings]:
        assert each.derive(analysis, "events")["recording"].unique().tolist() == [each.id]
    assert asked == [bundled.events["recording"].isin(ids).sum()]


def test_what_has_no_rows_has_none(bundled: Corpus) -> None:
    recordings = bundled.together(bundled.recordings["recording"])
    reports = {each.id: len(each.derive(usage_analysis.final, "usage")) for each in recordings}
    assert reports == {id_: int(id_ == "f6960cae871e") for id_ in reports}


def test_rows_of_one_recording_stand_together() -> None:
    frame = pd.DataFrame({"recording": ["a", "b", "a"]})
    derived = Derived(lambda name: frame, is_of_one=False)
    with pytest.raises(ValueError, match="between those of others"):
        derived.rows("a", lambda events: events, ("events",))


def test_rows_between_positions() -> None:
    frame = pd.DataFrame({"n": range(10)})
    assert rows_between(frame, [(7, 9), (0, 0), (2, 4), (2, 4)])["n"].tolist() == [7, 8, 2, 3, 2, 3]
    assert rows_between(frame, []).empty


def test_only_recordings_that_are_there(bundled: Corpus) -> None:
    with pytest.raises(RecordingNotFound):
        bundled.together(["nothing"])
