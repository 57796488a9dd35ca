"""recexplore's frames of many APIs' answers, against a second, naive reading of the same and against what was meant."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from independent_answers import APIS, reader_of
from independent_answers import read as second_reading
from independent_samples import DIALECTS, SAMPLES
from independent_samples.sample import Sample

from recexplore.corpus import Corpus

FIGURES = ("prompt", "completion", "total", "cached", "reasoning")

Read = Callable[..., Corpus]

# Frames are binary, and a list by itself is a list of chunks.
BARE = [
    sample
    for sample in SAMPLES
    if "eventstream" not in sample.body.media_type and not isinstance(sample.body.chunks[0], list)
]

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=[f"{sample.api}: {sample.name}" for sample in SAMPLES])


def _meant(arguments: Any) -> Any:
    try:
        return json.loads(arguments)
    except (TypeError, ValueError):
        return arguments


def _comparable(reading: dict[str, Any]) -> dict[str, Any]:
    """Arguments as what their JSON means, and of all reports the last of each figure."""
    last = {figure: report[figure] for report in reading["usage"] for figure in FIGURES if report[figure] is not None}
    calls = [(choice, name, _meant(arguments)) for choice, name, arguments in reading["tools"]]
    return {"choices": reading["choices"], "tools": calls, "usage": last}


def _said(corpus: Corpus) -> dict[str, Any]:
    """What recexplore's frames say, in the shape of the independent reading."""
    choices, tools, usage = (
        frame.astype(object).where(frame.notna(), None) for frame in (corpus.choices, corpus.tool_calls, corpus.usage)
    )
    return {
        "choices": {
            row.choice: {
                "content": row.content,
                "reasoning": row.reasoning,
                "refusal": row.refusal,
                "finish_reason": row.finish_reason,
            }
            for row in choices.itertuples()
        },
        "tools": [(row.choice, row.name, row.arguments) for row in tools.itertuples()],
        "usage": [{figure: getattr(row, figure) for figure in FIGURES} for row in usage.itertuples()],
    }


@each_sample
def test_the_second_reader_reads_what_was_meant(sample: Sample) -> None:
    assert _comparable(second_reading(sample.api, sample.body.chunks)) == sample.said


@each_sample
def test_recexplore_reads_the_same(read: Read, sample: Sample) -> None:
    _compare(read(*sample.recorded()), sample)


@pytest.mark.parametrize("sample", BARE, ids=[f"{sample.api}: {sample.name}" for sample in BARE])
def test_recexplore_reads_the_same_where_nothing_but_the_answer_was_saved(read: Read, sample: Sample) -> None:
    _compare(read(*sample.bare()), sample)


def _compare(corpus: Corpus, sample: Sample) -> None:
    assert set(corpus.recordings["dialect"]) == {DIALECTS[sample.api]}
    assert _comparable(_said(corpus)) == _comparable(second_reading(sample.api, sample.body.chunks))
    assert set(corpus.recordings["streaming"]) == {sample.body.is_streamed}
    assert len(corpus.chunks) == len(sample.body.chunks)
    assert corpus.problems.to_dict("records") == []
    assert corpus.events.loc[corpus.events["kind"] == "unknown", "text"].tolist() == []
    assert ("error" in set(corpus.events["kind"])) == sample.is_failing


def test_the_second_reader_knows_whose_answers_they_are() -> None:
    # What Replicate streams is plain text.
    telling = [sample for sample in SAMPLES if not any(isinstance(chunk, tuple | list) for chunk in sample.body.chunks)]
    assert {sample.name: reader_of(sample.body.chunks) for sample in telling} == {
        sample.name: sample.api for sample in telling
    }


def test_every_new_reader_has_samples_and_every_sample_a_reader() -> None:
    named = {sample.api for sample in SAMPLES}

    assert named == set(DIALECTS)
    assert named <= set(APIS)
    assert len({(sample.api, sample.name) for sample in SAMPLES}) == len(SAMPLES)
