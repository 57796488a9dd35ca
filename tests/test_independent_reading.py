"""recexplore's frames against a second, naive reading of the same recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from independent_reading import chunks_of, is_chat, read_chat

import recexplore
from recexplore.corpus import Corpus
from recexplore.model.kinds import TEXT_KINDS

TOKEN_COUNTS = {"prompt": "prompt_tokens", "completion": "completion_tokens", "total": "total_tokens"}


@pytest.fixture(scope="module")
def ogx_history(corpus_folder: Path) -> Corpus:
    return recexplore.load(corpus_folder / "ogx-history", progress=False)


def _rows(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """The rows of each recording, None where a cell is missing."""
    plain = frame.astype(object).where(frame.notna(), None)
    rows: dict[str, list[Any]] = {}
    for row in plain.itertuples(index=False):
        rows.setdefault(row.recording, []).append(row)
    return rows


def _choices(choices: list[Any], events: list[Any], tool_calls: list[Any]) -> dict[int, dict[str, Any]]:
    """What recexplore's frames say of one recording, in the shape of the independent reading."""
    said = {}
    for row in choices:
        mine = [event for event in events if event.choice == row.choice]
        # Where a choice's content holds tags, its reasoning is part of its content.
        in_content = TEXT_KINDS if any(event.kind == "tag" for event in mine) else ("content",)
        said[row.choice] = {
            "role": row.role,
            "content": "".join(event.text for event in mine if event.kind in in_content),
            "reasoning": "" if "tag" in in_content else row.reasoning,
            "refusal": row.refusal,
            "finish_reason": row.finish_reason,
            "tools": {
                tool.tool_index: {"id": tool.id, "name": tool.name, "arguments": tool.arguments}
                for tool in tool_calls
                if tool.choice == row.choice
            },
        }
    return said


def _compare(corpus: Corpus, folder: Path) -> int:
    """Compare every chat recording below a folder; gives how many there were."""
    recordings = {row.path: row for rows in _rows(corpus.recordings).values() for row in rows}
    events, choices, tools, usage, chunks = (
        _rows(frame) for frame in (corpus.events, corpus.choices, corpus.tool_calls, corpus.usage, corpus.chunks)
    )
    compared = 0
    for path in sorted(folder.rglob("*.json")):
        recorded = chunks_of(path)
        if not is_chat(recorded):
            continue
        compared += 1
        expected = read_chat(recorded)
        facts = recordings[path.as_posix()]
        name = facts.recording
        assert facts.dialect == "openai_chat", path
        assert len(chunks[name]) == facts.n_chunks == len(recorded), path
        assert {event.chunk for event in events[name]} == set(range(len(recorded))), path
        assert _choices(choices.get(name, []), events[name], tools.get(name, [])) == expected["choices"], path
        reports = [(row.chunk, {ours: getattr(row, ours) for ours in TOKEN_COUNTS}) for row in usage.get(name, [])]
        assert reports == [
            (at, {ours: report.get(theirs) for ours, theirs in TOKEN_COUNTS.items()})
            for at, report in expected["usage"]
        ], path
    return compared


def test_bundled_recordings_read_the_same(bundled: Corpus, bundled_folder: Path) -> None:
    assert _compare(bundled, bundled_folder) == 5


def test_ogx_reads_the_same(ogx: Corpus, corpus_folder: Path) -> None:
    assert _compare(ogx, corpus_folder / "ogx") >= 900


def test_older_versions_read_the_same(ogx_history: Corpus, corpus_folder: Path) -> None:
    assert _compare(ogx_history, corpus_folder / "ogx-history") >= 5


def test_all_of_ogx_loads_without_a_problem(ogx: Corpus, corpus_folder: Path) -> None:
    assert len(ogx) == len(list((corpus_folder / "ogx").rglob("*.json")))
    assert ogx.problems.empty
    assert ogx.chunks["damage"].isna().all()


def test_every_chunk_of_ogx_has_an_event(ogx: Corpus) -> None:
    keys = ["recording", "chunk"]

    assert set(map(tuple, ogx.events[keys].to_numpy())) == set(map(tuple, ogx.chunks[keys].to_numpy()))


def test_every_offset_of_ogx_leads_back_to_its_text(ogx: Corpus) -> None:
    keys = ["recording", "choice"]
    events = ogx.events.dropna(subset=["start"])
    arguments = ogx.tool_calls[[*keys, "tool_index", "arguments"]]
    seen = 0
    for kind in ("content", "reasoning", "refusal", "tool_call"):
        mine = events[events["kind"] == kind]
        if kind == "tool_call":
            joined = mine.merge(arguments.rename(columns={"arguments": "whole"}), on=[*keys, "tool_index"])
        else:
            joined = mine.merge(ogx.choices[[*keys, kind]].rename(columns={kind: "whole"}), on=keys)
        assert len(joined) == len(mine)
        for whole, start, end, text in joined[["whole", "start", "end", "text"]].itertuples(index=False):
            assert whole[start:end] == text
        seen += len(joined)
    assert seen == len(events) > 20_000


def test_ollama_stamps_are_a_clock(ogx_history: Corpus) -> None:
    stamped = ogx_history.recordings[ogx_history.recordings["clock"] == "server"]
    chunks = ogx_history.chunks[ogx_history.chunks["recording"].isin(stamped["recording"])]

    assert len(stamped) >= 10
    assert set(stamped["t_zero"]) == {"first_chunk"}
    assert (stamped["duration_s"] > 0).all()
    assert stamped["ttfc_s"].isna().all()
    assert (chunks["t_s"] >= 0).all()
    assert (chunks.loc[chunks["chunk"] == 0, "t_s"] == 0).all()
