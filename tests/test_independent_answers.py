"""recexplore's frames of many APIs' answers, against a second, naive reading of the same and against what was meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from independent_answers import APIS, exchanges_in, reader_of
from independent_answers import read as second_reading
from independent_comparison import FIGURES, Said, meant
from independent_samples import DIALECTS, SAMPLES
from independent_samples.sample import Sample

import recexplore
from recexplore.corpus import Corpus

Read = Callable[..., Corpus]

# Frames are binary, a list by itself is a list of chunks, and a session is saved so anyway.
BARE = [
    sample
    for sample in SAMPLES
    if "eventstream" not in sample.body.media_type
    and not isinstance(sample.body.chunks[0], list)
    and not sample.url.startswith("wss:")
]

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=[f"{sample.api}: {sample.name}" for sample in SAMPLES])


def _comparable(reading: dict[str, Any]) -> dict[str, Any]:
    """With the last of each figure, of all reports."""
    last = {figure: report[figure] for report in reading["usage"] for figure in FIGURES if report[figure] is not None}
    return {**meant(reading), "usage": last}


def _said(corpus: Corpus) -> dict[str, Any]:
    """What recexplore says of all answers in a corpus, one behind the other."""
    said = Said(corpus)
    whole: dict[str, Any] = {"choices": {}, "tools": [], "usage": []}
    for name in corpus.recordings["recording"]:
        reading = said.of(name)
        for number, choice in reading["choices"].items():
            before = whole["choices"].get(number, {})
            texts = {field: before.get(field, "") + choice[field] for field in ("content", "reasoning", "refusal")}
            whole["choices"][number] = {**choice, **texts}
        whole["tools"] += reading["tools"]
        whole["usage"] += reading["usage"]
    return whole


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
    assert set(corpus.recordings["dialect"]) == {sample.dialect or DIALECTS[sample.api]}
    assert _comparable(_said(corpus)) == _comparable(second_reading(sample.api, sample.body.chunks))
    assert set(corpus.recordings["streaming"]) == {sample.body.is_streamed}
    assert len(corpus.chunks) == len(sample.body.chunks)
    assert corpus.problems.to_dict("records") == []
    assert corpus.events.loc[corpus.events["kind"] == "unknown", "text"].tolist() == []
    assert ("error" in set(corpus.events["kind"])) == sample.is_failing


def test_the_second_reader_knows_whose_answers_they_are() -> None:
    # What Replicate streams is plain text.
    telling = [sample for sample in SAMPLES if not any(isinstance(chunk, tuple | list) for chunk in sample.body.chunks)]
    mistaken = [(sample.api, sample.name) for sample in telling if reader_of(sample.body.chunks) != sample.api]
    assert mistaken == []


def test_every_new_reader_has_samples_and_every_sample_a_reader() -> None:
    named = {sample.api for sample in SAMPLES}

    assert named == set(DIALECTS)
    assert named <= set(APIS)
    assert len({(sample.api, sample.name) for sample in SAMPLES}) == len(SAMPLES)


def test_bundled_recordings_read_the_same(bundled_folder: Path) -> None:
    said, compared = Said(recexplore.load(bundled_folder.parent, progress=False)), set()
    for path in sorted(bundled_folder.parent.rglob("*")):
        if path.suffix not in (".json", ".ndjson", ".sse", ".yaml"):
            continue
        for number, (streamed, chunks) in enumerate(exchanges_in(path)):
            if api := reader_of(chunks):
                facts = said.facts[path.as_posix(), number]
                compared.add(api)
                assert (facts.dialect, facts.streaming) == (DIALECTS.get(api, api), streamed), path
                assert meant(said.of(facts.recording)) == meant(second_reading(api, chunks)), path

    assert {"openai_chat", "openai_responses", "anthropic", "gemini", "ollama"} <= compared
