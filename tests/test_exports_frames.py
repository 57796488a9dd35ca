"""Frames that leave: each format is read back by those it is for, and has the corpus' values."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import hostile_text
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import recexplore
from recexplore.corpus import Corpus, Recording
from recexplore.model.schema import FRAMES
from recexplore.share.exports.selection import TABLES, Selection

FORMATS = ("parquet", "arrow", "csv", "jsonl")
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "''", "＝1", "－1", "plain", "", " =1")


@pytest.fixture(scope="module")
def exported(all_recordings: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that comes with the project in every format that has a file a frame."""
    root = tmp_path_factory.mktemp("exports")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recexplore.share.exports.parquet._EVENTS_A_PART", 300)
        for name in FORMATS:
            all_recordings.export(root / name, name)
    assert len(list((root / "parquet" / "events").iterdir())) == 3
    return root


@pytest.fixture(scope="module")
def hostile() -> Recording:
    """A stream that says everything that views must not act on, and what spreadsheets would calculate."""
    texts = [*hostile_text.HOSTILE.values(), *FORMULAS]
    deltas = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in texts]
    return recexplore.from_chunks([*deltas, {"choices": [{"index": 0, "delta": {}, "finish_reason": "=stop"}]}])


def plain_rows(frame: pd.DataFrame) -> list[list[Any]]:
    """The cells, what is missing as None, times without their type."""
    columns = []
    for name in frame.columns:
        values = frame[name].tolist()
        columns.append([None if pd.isna(each) else each for each in values])
    return [list(row) for row in zip(*columns, strict=True)]


@pytest.mark.parametrize("name", list(TABLES))
def test_pandas_reads_parquet_and_arrow_as_the_very_frame(exported: Path, all_recordings: Corpus, name: str) -> None:
    frame = getattr(all_recordings, name)

    pd.testing.assert_frame_equal(pd.read_parquet(exported / "parquet" / name), frame)
    pd.testing.assert_frame_equal(pd.read_feather(exported / "arrow" / f"{name}.arrow"), frame)


@pytest.mark.parametrize("name", list(TABLES))
def test_polars_reads_the_same_values(exported: Path, all_recordings: Corpus, name: str) -> None:
    expected = plain_rows(getattr(all_recordings, name))

    for table in (
        pl.read_parquet(exported / "parquet" / name / "*.parquet"),
        pl.read_ipc(exported / "arrow" / f"{name}.arrow"),
    ):
        assert [list(row) for row in table.rows()] == expected


@pytest.mark.parametrize("name", list(TABLES))
def test_duckdb_reads_the_same_values(exported: Path, all_recordings: Corpus, name: str) -> None:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        relation = connection.read_parquet(str(exported / "parquet" / name / "*.parquet"))
        found = relation.select("* replace (epoch_us(wall_time) as wall_time)") if name == "chunks" else relation
        rows = [list(row) for row in found.fetchall()]

    frame = getattr(all_recordings, name)
    expected = plain_rows(frame)
    if name == "chunks":
        at = list(frame.columns).index("wall_time")
        for row in expected:
            row[at] = row[at] and row[at].value // 1000
    assert rows == expected


def test_what_is_missing_is_no_number(exported: Path) -> None:
    """In SQL a NaN would make every mean a NaN."""
    path = exported / "parquet" / "chunks" / "*.parquet"
    with duckdb.connect() as connection:
        (mean, n_missing) = connection.execute(f"select avg(t_s), count(*) - count(t_s) from '{path}'").fetchone() or ()

    assert n_missing > 0
    assert not math.isnan(mean)


def test_columns_say_what_they_mean(exported: Path) -> None:
    schema = pq.read_schema(exported / "parquet" / "events" / "part-00000.parquet")

    for column in FRAMES["events"].columns:
        assert schema.field(column.name).metadata[b"description"].decode() == column.meaning


def test_categories_stay_categories(exported: Path) -> None:
    schema = pq.read_schema(exported / "parquet" / "events" / "part-00000.parquet")

    assert pa.types.is_dictionary(schema.field("kind").type)


@pytest.mark.parametrize("name", list(TABLES))
def test_json_lines_have_every_cell(exported: Path, all_recordings: Corpus, name: str) -> None:
    frame = getattr(all_recordings, name)
    lines = (exported / "jsonl" / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    rows = [json.loads(line) for line in lines]

    assert all(list(row) == list(frame.columns) for row in rows)
    for row, expected in zip(rows, plain_rows(frame), strict=True):
        told = [each.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if isinstance(each, pd.Timestamp) else each for each in expected]
        assert list(row.values()) == told


def unharmed(table: pa.Table, name: str) -> list[list[Any]]:
    """The rows of a CSV file, undone as its page says."""
    is_text = {each.name for each in TABLES[name].columns if each.dtype in ("str", "category")}
    columns = [
        [each[1:] if column in is_text and each and each[0] == "'" else each for each in table[column].to_pylist()]
        for column in table.column_names
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def read_csv(data: bytes, name: str) -> pa.Table:
    types = next(Selection(recexplore.load([], progress=False)).pieces(name)).schema
    plain = {each.name: pa.string() if pa.types.is_dictionary(each.type) else each.type for each in types}
    return pyarrow.csv.read_csv(
        io.BytesIO(data),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=plain, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )


@pytest.mark.parametrize("name", list(TABLES))
def test_csv_gives_back_every_value(exported: Path, all_recordings: Corpus, name: str) -> None:
    table = read_csv((exported / "csv" / f"{name}.csv").read_bytes(), name)

    assert unharmed(table, name) == plain_rows(getattr(all_recordings, name))


def of_one(recording: Recording, frame: str, form: str) -> bytes:
    out = io.BytesIO()
    recording.export(out, form, frames=[frame])
    return out.getvalue()


def test_no_cell_of_csv_is_a_formula(hostile: Recording) -> None:
    data = of_one(hostile, "events", "csv").decode()
    cells = [cell for row in csv.reader(io.StringIO(data, newline="")) for cell in row]

    assert [cell for cell in cells if cell[:1] in tuple("=+-@\t\r\n＝＋－＠") and cell] == []
    assert any(cell.startswith("'=1+1") for cell in cells), "the check itself can fail"


def test_hostile_text_comes_back_from_every_format(hostile: Recording) -> None:
    expected = hostile.events["text"].tolist()
    texts = [None if pd.isna(each) else each for each in expected]

    table = read_csv(of_one(hostile, "events", "csv"), "events")
    at = table.column_names.index("text")
    assert [row[at] for row in unharmed(table, "events")] == texts
    lines = of_one(hostile, "events", "jsonl").decode().split("\n")[:-1]
    assert [json.loads(line)["text"] for line in lines] == texts
    for form, read in (("parquet", pd.read_parquet), ("arrow", pd.read_feather)):
        frame = read(io.BytesIO(of_one(hostile, "events", form)))
        pd.testing.assert_frame_equal(frame, hostile.events)


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_any_text_comes_back_from_csv(texts: list[str]) -> None:
    recording = recexplore.from_chunks([{"choices": [{"index": 0, "delta": {"content": text}}]} for text in texts])
    table = read_csv(of_one(recording, "events", "csv"), "events")

    assert unharmed(table, "events") == plain_rows(recording.events)


def test_one_recording_has_its_own_rows(all_recordings: Corpus) -> None:
    for key in ("f27523", "tool-calls"):
        recording = all_recordings[key]
        for name in FRAMES:
            frame, expected = pd.read_parquet(io.BytesIO(of_one(recording, name, "parquet"))), getattr(recording, name)
            # Parquet keeps categories beside values, so a file without rows has none.
            pd.testing.assert_frame_equal(
                frame, expected, check_dtype=len(expected) > 0, check_categorical=len(expected) > 0
            )


def test_a_corpus_of_nothing_has_all_columns(tmp_path: Path) -> None:
    empty = recexplore.load([], progress=False)
    for form in FORMATS:
        empty.export(tmp_path / form, form)

    for name, frame in TABLES.items():
        assert tuple(pd.read_parquet(tmp_path / "parquet" / name).columns) == frame.names
        assert (tmp_path / "jsonl" / f"{name}.jsonl").read_bytes() == b""
        assert read_csv((tmp_path / "csv" / f"{name}.csv").read_bytes(), name).num_rows == 0


def test_problems_are_exported_too(read: Callable[..., Corpus], tmp_path: Path) -> None:
    corpus = read(
        b'{"request": {"method": "=POST", "url": 1}, "response": {"body": [{"a": "\\ud83d"}], "is_streaming": true'
    )
    assert len(corpus.problems)

    for form in FORMATS:
        corpus.export(tmp_path / form, form)

    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "parquet" / "problems"), corpus.problems)
    rows = (tmp_path / "jsonl" / "problems.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    assert [json.loads(row)["what"] for row in rows] == corpus.problems["what"].tolist()


def test_equal_corpora_give_equal_bytes(bundled: Corpus, bundled_folder: Path, tmp_path: Path) -> None:
    for place, corpus in (("a", bundled), ("b", recexplore.load(bundled_folder, progress=False, jobs=2))):
        (tmp_path / place).mkdir()
        for form in FORMATS:
            corpus.export(tmp_path / place / form, form)
            corpus.export(tmp_path / place / f"{form}.zip", form)

    files = [each.relative_to(tmp_path / "a") for each in (tmp_path / "a").rglob("*") if each.is_file()]
    n_beside = len(("the frame of sources", "what the dataset holds"))
    assert len(files) == len(FORMATS) * (len(TABLES) + 2) + n_beside
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file


def test_a_frame_that_there_is_not(all_recordings: Corpus, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no frame 'text': expected one of recordings"):
        all_recordings.export(tmp_path / "out", frames=["text"])
    with pytest.raises(ValueError, match="there is no frame 'skipped'"):
        all_recordings["f27523"].export(tmp_path / "out", frames=["skipped"])
    assert list(tmp_path.iterdir()) == []
