from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import choice, chunk, fragment, stream

import recexplore
from recexplore.corpus import Corpus
from recexplore.model.kinds import kind_code
from recexplore.model.schema import FRAMES, Frame
from recexplore.tables.assembly import Tables, assemble
from recexplore.tables.builders import Columns
from recexplore.tables.pandas_frames import empty_dataframe, rows_dataframe, to_dataframe
from recexplore.tables.typed_rows import typed

DTYPES: dict[str, Any] = {
    "str": pd.StringDtype("pyarrow", na_value=np.nan),
    "int64": np.dtype("int64"),
    "Int64": pd.Int64Dtype(),
    "float64": np.dtype("float64"),
    "boolean": pd.BooleanDtype(),
    "time": pd.DatetimeTZDtype("us", "UTC"),
}


def assert_as_declared(table: pd.DataFrame, frame: Frame) -> None:
    assert list(table.columns) == list(frame.names)
    for column in frame.columns:
        dtype = table[column.name].dtype
        if column.dtype == "category":
            assert dtype == pd.CategoricalDtype(list(column.categories)), column.name
        else:
            assert dtype == DTYPES[column.dtype], column.name


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return recexplore.load(tmp_path_factory.mktemp("empty"))


@pytest.mark.parametrize("frame", FRAMES.values(), ids=lambda frame: frame.name)
def test_columns_and_dtypes_are_as_declared(bundled: Corpus, empty: Corpus, frame: Frame) -> None:
    assert_as_declared(getattr(bundled, frame.name), frame)
    assert_as_declared(getattr(next(iter(bundled)), frame.name), frame)
    assert_as_declared(getattr(empty, frame.name), frame)
    assert_as_declared(empty_dataframe(frame.name), frame)
    assert_as_declared(to_dataframe(frame.name, [], []), frame)
    assert getattr(empty, frame.name).empty


@pytest.mark.parametrize("frame", FRAMES.values(), ids=lambda frame: frame.name)
def test_a_recording_without_a_chunk_has_all_columns(read, frame: Frame) -> None:
    assert_as_declared(getattr(read(stream()), frame.name), frame)


def test_a_small_frame_from_lists() -> None:
    cells: dict[str, list[Any]] = {name: [None] for name in FRAMES["problems"].names}
    table = rows_dataframe(FRAMES["problems"], {**cells, "path": ["p"], "chunk": [3]})

    assert_as_declared(table, FRAMES["problems"])
    assert table[["path", "chunk"]].to_numpy().tolist() == [["p", 3]]
    assert table["exchange"].isna().all()


def test_counts_agree(bundled: Corpus) -> None:
    recordings = bundled.recordings.set_index("recording")
    for frame in ("chunks", "events", "choices"):
        counted = getattr(bundled, frame).groupby("recording").size()
        assert recordings[f"n_{frame}"].to_dict() == counted.to_dict(), frame
    of_choices = bundled.events.dropna(subset=["choice"]).groupby(["recording", "choice"]).size()
    assert bundled.choices.set_index(["recording", "choice"])["n_events"].to_dict() == of_choices.to_dict()
    assert bundled.chunks.groupby("recording")["n_choices"].sum().to_dict() == {
        name: sum(len(recording.raw(at)["choices"]) for at in recording.chunks["chunk"])
        for name, recording in ((each.id, each) for each in bundled)
    }


def test_positions_are_numbered_through(bundled: Corpus) -> None:
    for _, chunks in bundled.chunks.groupby("recording"):
        assert chunks["chunk"].tolist() == list(range(len(chunks)))
    for _, events in bundled.events.groupby(["recording", "choice"], dropna=False):
        assert events["seq"].tolist() == list(range(len(events)))
        assert events["chunk"].is_monotonic_increasing


def test_first_and_last_chunk_of_a_choice(bundled: Corpus) -> None:
    found = bundled.events.dropna(subset=["choice"]).groupby(["recording", "choice"])["chunk"].agg(["min", "max"])

    assert bundled.choices[["first_chunk", "last_chunk"]].to_numpy().tolist() == found.to_numpy().tolist()


def test_characters_are_counted(bundled: Corpus) -> None:
    for row in bundled.choices.itertuples():
        lengths = len(row.content), len(row.reasoning), len(row.refusal)
        assert lengths == (row.content_chars, row.reasoning_chars, row.refusal_chars)
        assert sum((*lengths, row.tag_chars)) >= len(bundled[row.recording].text(row.choice))


TEXT = st.text(st.sampled_from("ab é\N{GRINNING FACE}\N{COMBINING ACUTE ACCENT}\n"), max_size=4)
DELTAS = st.fixed_dictionaries(
    {},
    optional={
        "content": TEXT,
        "reasoning": TEXT,
        "refusal": TEXT,
        "tool_calls": st.lists(st.builds(fragment, TEXT, st.integers(0, 2)), max_size=2),
    },
)
CHUNKS = st.lists(
    st.lists(st.builds(choice, DELTAS, st.integers(0, 2)), max_size=2).map(lambda found: chunk(*found)), max_size=8
)


@given(CHUNKS)
def test_offsets_lead_back_to_every_character(read, chunks: list[Any]) -> None:
    corpus = read(stream(*chunks))
    texts = {
        (row.choice, kind): getattr(row, kind)
        for row in corpus.choices.itertuples()
        for kind in ("content", "reasoning", "refusal")
    } | {(row.choice, "tool_call", row.tool_index): row.arguments for row in corpus.tool_calls.itertuples()}
    covered = dict.fromkeys(texts, "")
    for row in corpus.events.itertuples():
        if row.kind not in ("content", "reasoning", "refusal", "tool_call"):
            assert row.start is pd.NA
            assert row.end is pd.NA
            continue
        key = (row.choice, row.kind, row.tool_index) if row.kind == "tool_call" else (row.choice, row.kind)
        assert texts[key][row.start : row.end] == row.text
        assert row.start == len(covered[key])
        covered[key] += row.text
    assert covered == texts


@given(CHUNKS)
def test_every_chunk_has_a_row_and_an_event(read, chunks: list[Any]) -> None:
    corpus = read(stream(*chunks))

    assert corpus.chunks["chunk"].tolist() == list(range(len(chunks)))
    assert set(corpus.events["chunk"]) == set(range(len(chunks)))
    assert corpus.chunks["n_choices"].tolist() == [len(each["choices"]) for each in chunks]


def _columns(*times: list[float], t_zero: str | None = "request") -> Columns:
    """Builders of an exchange for each list of times, one event a chunk."""
    columns = Columns()
    names = [
        name for name in FRAMES["recordings"].names if name not in ("recording", "n_choices", "n_chunks", "n_events")
    ]
    for ordinal, stamps in enumerate(times):
        given = {"path": f"{ordinal}", "exchange": 0, "bytes": 1, "clock": 0, "t_zero": t_zero}
        derived = ("duration_s", "ttfc_s", "model_served")
        columns.recordings.append({name: given.get(name) for name in names if name not in derived})
        first = columns.wire.n
        rows = list(range(first, first + len(stamps)))
        columns.wire.add(len(stamps), {"t_s": stamps}, owner=ordinal)
        columns.chunks.add(len(stamps), {"row": rows}, n_choices=1)
        columns.events.add(len(stamps), {"row": rows}, choice=0, kind=kind_code("content"), text="x")
    return columns


def tables_of(columns: Columns) -> Tables:
    return assemble([typed(columns)])


def test_times_from_the_request_on() -> None:
    tables = tables_of(_columns([0.5, 0.75, 2.0], [3.0]))
    recordings = to_dataframe("recordings", [tables], ["a", "b"])
    chunks = to_dataframe("chunks", [tables], ["a", "b"])

    assert recordings[["ttfc_s", "duration_s"]].to_numpy().tolist() == [[0.5, 2.0], [3.0, 3.0]]
    assert chunks["gap_s"].tolist() == pytest.approx([np.nan, 0.25, 1.25, np.nan], nan_ok=True)


def test_times_from_the_first_chunk_on_know_no_time_to_first_chunk() -> None:
    tables = tables_of(_columns([0.0, 1.5], t_zero="first_chunk"))
    recordings = to_dataframe("recordings", [tables], ["a"])

    assert recordings["duration_s"].tolist() == [1.5]
    assert recordings["ttfc_s"].isna().all()


def test_a_chunk_without_a_time_makes_no_gap() -> None:
    chunks = to_dataframe("chunks", [tables_of(_columns([0.0, np.nan, 2.0]))], ["a"])

    assert chunks["gap_s"].isna().all()


def test_batches_are_joined_in_order() -> None:
    batches = [tables_of(_columns([0.0], [0.0, 1.0])), tables_of(_columns()), tables_of(_columns([5.0]))]

    assert to_dataframe("chunks", batches, ["a", "b", "c"])["recording"].tolist() == ["a", "b", "b", "c"]
    assert to_dataframe("recordings", batches, ["a", "b", "c"])["recording"].tolist() == ["a", "b", "c"]


def test_rows_may_be_added_in_any_order() -> None:
    columns = Columns()
    columns.recordings = [{**row, "path": str(at)} for at, row in enumerate(_columns([], []).recordings)]
    columns.wire.add(4, {"owner": [1, 0, 1, 0]})
    columns.chunks.add(4, {"row": [3, 0, 2, 1], "id": ["0b", "1a", "1b", "0a"]}, n_choices=1)
    texts = ["1b", "0b", "1a", "0a"]
    columns.events.add(4, {"row": [2, 3, 0, 1], "text": texts}, choice=0, kind=kind_code("content"))
    tables = [tables_of(columns)]

    assert to_dataframe("chunks", tables, ["x", "y"])[["recording", "chunk", "id"]].to_numpy().tolist() == [
        ["x", 0, "0a"],
        ["x", 1, "0b"],
        ["y", 0, "1a"],
        ["y", 1, "1b"],
    ]
    assert to_dataframe("events", tables, ["x", "y"])["text"].tolist() == ["0a", "0b", "1a", "1b"]
    assert to_dataframe("choices", tables, ["x", "y"])["content"].tolist() == ["0a0b", "1a1b"]


def test_what_does_not_fit_a_column_is_replaced_and_reported() -> None:
    columns = _columns([0.0, 1.0])
    columns.chunks.add(0)
    columns.chunks.column("created")[:] = [2**70, 5]
    columns.chunks.column("id")[:] = [{"a": 1}, "b\ud800"]
    batch = typed(columns)
    chunks = to_dataframe("chunks", [assemble([batch])], ["a"])

    assert chunks["created"].isna().tolist() == [True, False]
    assert chunks["id"].tolist() == ['{"a":1}', "b�"]
    assert sorted((each.ordinal, each.chunk, each.column) for each in batch.misfits) == [
        (0, 0, "created"),
        (0, 0, "id"),
        (0, 1, "id"),
    ]


def test_frames_hold_no_object_column(bundled: Corpus) -> None:
    for name in FRAMES:
        assert object not in getattr(bundled, name).dtypes.tolist()


def test_frames_can_be_written_to_parquet(bundled: Corpus, tmp_path: Path) -> None:
    for name in FRAMES:
        table = getattr(bundled, name)
        table.to_parquet(tmp_path / f"{name}.parquet")
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / f"{name}.parquet"), table)


def report(**figures: Any) -> dict[str, Any]:
    return chunk(usage=figures)


def test_the_figures_of_a_recording_are_the_last_that_were_reported(read) -> None:
    facts = read(
        stream(
            report(prompt_tokens=5, completion_tokens=1),
            chunk(choice({"content": "a"})),
            report(completion_tokens=3, total_tokens=8, completion_tokens_details={"reasoning_tokens": 0}),
            report(completion_tokens=2),
            report(),
        )
    ).recordings.iloc[0]

    assert facts[["prompt_tokens", "completion_tokens", "total_tokens", "reasoning_tokens"]].tolist() == [5, 2, 8, 0]
    assert pd.isna(facts["cached_tokens"])


def test_each_recording_has_its_own_figures(tmp_path: Path) -> None:
    for name, own in {"a": [report(prompt_tokens=1)], "b": [], "c": [chunk(), report(prompt_tokens=3)]}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(stream(*own)))
    facts = recexplore.load(tmp_path, progress=False).recordings

    assert facts["prompt_tokens"].tolist() == [1, pd.NA, 3]
    assert facts["prompt_tokens"].dtype == pd.Int64Dtype()


def test_figures_that_nobody_reported_are_missing(read) -> None:
    facts = read(stream(chunk(choice({"content": "a"})))).recordings
    figures = [column for column in facts.columns if column.endswith("_tokens")]

    assert len(figures) >= 6
    assert facts[figures].isna().all(axis=None)


def test_the_figures_agree_with_the_frame_of_usage(bundled: Corpus, made: Corpus) -> None:
    for corpus in (bundled, made):
        last = corpus.usage.sort_values("chunk", kind="stable").groupby("recording")
        for figure in ("prompt", "completion", "total", "cached", "reasoning"):
            expected = last[figure].last().reindex(corpus.recordings["recording"])
            assert corpus.recordings[f"{figure}_tokens"].tolist() == expected.tolist(), figure
