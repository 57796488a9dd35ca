"""DataFrames of Arrow tables.

Joins the tables of all batches into the public DataFrames (`to_dataframe`), every column of the type that
`recexplore.model.schema` declares.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from recexplore.model.schema import FRAMES, Column, Frame
from recexplore.tables.arrow import ORDINAL
from recexplore.tables.assembly import Tables
from recexplore.tables.typed_rows import ARROW_TYPES

__all__ = [
    "dataframe_table",
    "empty_dataframe",
    "joined_table",
    "row_ordinals",
    "rows_dataframe",
    "table_dataframe",
    "to_dataframe",
]

_EXTENSIONS: Final[dict[str, Any]] = {
    "str": pd.StringDtype("pyarrow", na_value=np.nan),
    "Int64": pd.Int64Dtype(),
    "boolean": pd.BooleanDtype(),
}


def to_dataframe(frame: str, batches: Sequence[Tables], recording_ids: Sequence[str]) -> pd.DataFrame:
    """One public frame from the batches' tables; text columns share the tables' memory."""
    table = joined_table(frame, batches, recording_ids)
    return pd.DataFrame(
        {column.name: _series(table[column.name], column) for column in FRAMES[frame].columns}, copy=False
    )


def table_dataframe(frame: Frame, table: pa.Table) -> pd.DataFrame:
    """A frame from an Arrow table that has its columns, as `dataframe_table` gives it."""
    return pd.DataFrame({column.name: _series(table[column.name], column) for column in frame.columns}, copy=False)


def dataframe_table(frame: Frame, values: pd.DataFrame) -> pa.Table:
    """A frame as an Arrow table, categories as small integers; what `table_dataframe` makes a frame of again."""
    return pa.table({column.name: _cells(values[column.name], column) for column in frame.columns})


def _cells(values: pd.Series[Any], column: Column) -> pa.Array:
    if column.dtype == "category":
        codes = values.cat.codes.to_numpy()
        return pa.array(codes, ARROW_TYPES[column.dtype], mask=codes < 0)
    return pa.array(values, ARROW_TYPES[column.dtype], from_pandas=True)


def joined_table(frame: str, batches: Sequence[Tables], recording_ids: Sequence[str]) -> pa.Table:
    """One Arrow table from the batches', ``recording`` put in the place of the ordinals, columns as declared."""
    ids = pa.array(recording_ids, pa.large_string())
    columns = {"recording": ids.take(pa.array(row_ordinals(frame, batches)))}
    if batches:
        table = pa.concat_tables([batch.tables[frame] for batch in batches])
        columns |= {name: table[name] for name in FRAMES[frame].names if name != "recording"}
    else:
        columns |= {c.name: pa.array([], ARROW_TYPES[c.dtype]) for c in FRAMES[frame].columns if c.name != "recording"}
    return pa.table({name: columns[name] for name in FRAMES[frame].names})


def row_ordinals(frame: str, batches: Sequence[Tables]) -> np.ndarray:
    """For each row of a frame, the position of its recording among those of all batches; it never falls."""
    first = np.cumsum([0, *(batch.n_exchanges for batch in batches)])
    own = [batch.tables[frame][ORDINAL].to_numpy() + start for batch, start in zip(batches, first, strict=False)]
    return np.concatenate(own) if own else np.empty(0, dtype=np.int64)


def empty_dataframe(frame: str) -> pd.DataFrame:
    """The frame without a row, every column of its declared type."""
    return rows_dataframe(FRAMES[frame], {name: [] for name in FRAMES[frame].names})


def rows_dataframe(frame: Frame, cells: dict[str, list[Any]]) -> pd.DataFrame:
    """A small frame from plain lists, every column of its declared type."""
    return pd.DataFrame(
        {
            column.name: _series(pa.array(cells[column.name], ARROW_TYPES[column.dtype]), column)
            for column in frame.columns
        }
    )


@cache
def _category_dtype(categories: tuple[str, ...]) -> pd.CategoricalDtype:
    """Made once: it holds an index, which costs more than the codes of a small frame."""
    return pd.CategoricalDtype(list(categories))


def _series(values: pa.Array | pa.ChunkedArray, column: Column) -> Any:
    if isinstance(values, pa.Array):
        values = pa.chunked_array([values])
    if column.dtype in _EXTENSIONS:
        return _EXTENSIONS[column.dtype].__from_arrow__(values)
    if column.dtype == "category":
        codes = pc.fill_null(values, -1).to_numpy()
        return pd.Categorical.from_codes(codes, dtype=_category_dtype(column.categories))
    if column.dtype == "time":
        return values.to_pandas().dt.as_unit("us").array
    return values.to_numpy()
