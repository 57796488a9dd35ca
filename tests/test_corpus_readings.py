"""Every answer in the collection of real recordings, against a second, naive reading of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from independent_answers import exchanges_in, read, reader_of
from independent_comparison import Said, by_recording, meant
from independent_samples import DIALECTS

import recexplore
from recexplore.corpus import Corpus

PARTS = ("ogx", "ogx-history", "vcr-pydantic-ai")


@pytest.fixture(scope="module")
def corpus(corpus_folder: Path) -> Corpus:
    return recexplore.load(corpus_folder, progress=False)


@pytest.fixture(scope="module")
def recorded(corpus_folder: Path) -> dict[tuple[str, int], tuple[bool, list[Any]]]:
    """The chunks of every exchange, by file and place in it, as they stand there."""
    paths = [path for part in PARTS for path in (corpus_folder / part).rglob("*") if path.suffix in (".json", ".yaml")]
    return {
        (path.as_posix(), number): exchange
        for path in sorted(paths)
        for number, exchange in enumerate(exchanges_in(path))
    }


def test_every_exchange_is_there(corpus: Corpus, recorded: Any) -> None:
    assert {(row.path, row.exchange) for row in corpus.recordings.itertuples()} == set(recorded)
    assert corpus.problems.empty


def test_every_answer_reads_the_same(corpus: Corpus, recorded: Any) -> None:
    said, compared, differing = Said(corpus), Counter[tuple[str, bool]](), []
    for key, (streamed, chunks) in recorded.items():
        facts, dialect = said.facts[key], reader_of(chunks)
        if dialect is None:
            assert facts.recording not in said.choices, key
            assert facts.recording not in said.tools, key
            continue
        compared[dialect, streamed] += 1
        assert (facts.dialect, facts.streaming) == (DIALECTS.get(dialect, dialect), streamed), key
        expected, found = meant(read(dialect, chunks)), meant(said.of(facts.recording))
        differing += [(key, part, found[part], expected[part]) for part in expected if found[part] != expected[part]]

    assert differing == []
    assert compared[("openai_chat", True)] >= 600
    assert compared[("openai_responses", True)] == 15
    assert compared[("anthropic", True)] == 10
    assert compared[("gemini", True)] >= 50
    assert compared[("gemini_interactions", True)] == 2
    assert compared[("ollama", True)] == 13
    assert compared[("openai_completions", True)] == 1


def test_every_chunk_is_counted(corpus: Corpus, recorded: Any) -> None:
    said = {(row.path, row.exchange): row for row in corpus.recordings.itertuples()}
    chunks = corpus.chunks.groupby("recording").size()

    for key, (streamed, found) in recorded.items():
        facts = said[key]
        assert facts.n_chunks == len(found) == chunks.get(facts.recording, 0), key
        assert facts.streaming == streamed or not found, key


def test_every_report_stands_at_the_chunk_that_carried_it(corpus: Corpus, recorded: Any) -> None:
    said, usage = {(row.path, row.exchange): row for row in corpus.recordings.itertuples()}, by_recording(corpus.usage)
    for key, (_, chunks) in recorded.items():
        dialect = reader_of(chunks)
        if dialect is not None:
            expected = [at for at, chunk in enumerate(chunks) if read(dialect, [chunk])["usage"]]
            assert [row.chunk for row in usage.get(said[key].recording, [])] == expected, key


def test_every_chunk_has_an_event_and_none_is_unknown(corpus: Corpus) -> None:
    keys = ["recording", "chunk"]

    assert set(map(tuple, corpus.events[keys].to_numpy())) == set(map(tuple, corpus.chunks[keys].to_numpy()))
    assert corpus.events.loc[corpus.events["kind"] == "unknown", "text"].tolist() == []


def test_every_offset_leads_back_to_its_text(corpus: Corpus) -> None:
    events = corpus.events.dropna(subset=["start"])
    calls = {(row.recording, row.choice, row.tool_index): row.arguments for row in corpus.tool_calls.itertuples()}
    choices = {(row.recording, row.choice): row for row in corpus.choices.itertuples()}
    for event in events.itertuples():
        if event.kind == "tool_call":
            whole = calls[event.recording, event.choice, event.tool_index]
        else:
            whole = getattr(choices[event.recording, event.choice], event.kind)
        assert whole[event.start : event.end] == event.text
