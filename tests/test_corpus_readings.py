"""Every answer in the collection of real recordings, against a second, naive reading of it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from independent_answers import exchanges_in, read, reader_of

import recexplore
from recexplore.corpus import Corpus

TOKEN_COUNTS = ("prompt", "completion", "total", "cached", "reasoning")
TEXTS = ("content", "reasoning", "tag")
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


def _by_recording(frame: pd.DataFrame) -> dict[str, list[Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    rows: dict[str, list[Any]] = {}
    for row in plain.itertuples(index=False):
        rows.setdefault(row.recording, []).append(row)
    return rows


class _Said:
    """What recexplore's frames say, in the shape of the independent reading."""

    def __init__(self, corpus: Corpus) -> None:
        self.facts = {(row.path, row.exchange): row for row in corpus.recordings.itertuples(index=False)}
        self.events, self.choices, self.tools, self.usage = (
            _by_recording(frame) for frame in (corpus.events, corpus.choices, corpus.tool_calls, corpus.usage)
        )

    def of(self, name: str) -> dict[str, Any]:
        choices = {}
        for row in self.choices.get(name, []):
            events = [event for event in self.events[name] if event.choice == row.choice]
            # Where a choice's content holds tags, its reasoning is part of its content.
            is_tagged = any(event.kind == "tag" for event in events)
            joined = "".join(event.text for event in events if event.kind in TEXTS) if is_tagged else row.content
            choices[row.choice] = {
                "content": joined,
                "reasoning": "" if is_tagged else row.reasoning,
                "refusal": row.refusal,
                "finish_reason": row.finish_reason,
            }
        return {
            "choices": choices,
            "tools": [(row.choice, row.name, row.arguments) for row in self.tools.get(name, [])],
            "usage": [{figure: getattr(row, figure) for figure in TOKEN_COUNTS} for row in self.usage.get(name, [])],
        }


def _meant(said: dict[str, Any]) -> dict[str, Any]:
    """With the arguments of tools as what their JSON means: objects may be written in many ways."""

    def meant(arguments: str) -> Any:
        try:
            return json.loads(arguments)
        except ValueError:
            return arguments

    tools = [(choice, name, meant(arguments)) for choice, name, arguments in said["tools"]]
    return {**said, "tools": sorted(tools, key=lambda call: call[0])}


def test_every_exchange_is_there(corpus: Corpus, recorded: Any) -> None:
    assert {(row.path, row.exchange) for row in corpus.recordings.itertuples()} == set(recorded)
    assert corpus.problems.empty


def test_every_answer_reads_the_same(corpus: Corpus, recorded: Any) -> None:
    said, compared, differing = _Said(corpus), Counter[tuple[str, bool]](), []
    for key, (streamed, chunks) in recorded.items():
        facts, dialect = said.facts[key], reader_of(chunks)
        if dialect is None:
            assert facts.recording not in said.choices, key
            assert facts.recording not in said.tools, key
            continue
        compared[dialect, streamed] += 1
        assert (facts.dialect, facts.streaming) == (dialect, streamed), key
        expected, found = _meant(read(dialect, chunks)), _meant(said.of(facts.recording))
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
    said, usage = {(row.path, row.exchange): row for row in corpus.recordings.itertuples()}, _by_recording(corpus.usage)
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
