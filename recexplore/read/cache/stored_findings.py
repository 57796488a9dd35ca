"""What rules found in a folder, kept beside what was read of it.

Takes what judges a corpus, gives the same, which remembers its answer for a folder that is what it was. Rules that
failed are asked again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

import pandas as pd
import pyarrow as pa

from recexplore.model.schema import FRAMES
from recexplore.read.cache.parts_file import DamagedParts, open_parts, write_parts
from recexplore.read.cache.place import findings_of
from recexplore.tables.pandas_frames import dataframe_table, table_dataframe

__all__ = ["remembered"]

_FINDINGS: Final = "findings"

T = TypeVar("T")


def remembered(
    check: Callable[[T], pd.DataFrame],
    is_whole: Callable[[T], bool],
    is_current: Callable[[], bool],
    path: Path,
    stamp: str,
) -> Callable[[T], pd.DataFrame]:
    """What ``check`` finds, remembered beside a file of the cache.

    Parameters
    ----------
    check
        Gives the frame ``findings``.
    is_whole
        Whether it was asked of all that was read: of a part of it nothing is remembered.
    is_current
        Whether the files are still what was read: some rules read them again.
    path, stamp
        Of the file that keeps what was read.
    """
    beside = findings_of(path)

    def checked(subject: T) -> pd.DataFrame:
        if not is_whole(subject):
            return check(subject)
        with suppress(OSError, DamagedParts, pa.ArrowException):
            parts = open_parts(str(beside))
            if parts.about.get("of") == stamp:
                return table_dataframe(FRAMES[_FINDINGS], pa.ipc.open_file(parts[_FINDINGS]).read_all())
        found = check(subject)
        if not found.attrs and is_current():
            with suppress(OSError):
                write_parts(str(beside), {_FINDINGS: partial(_write, found)}, {"of": stamp})
        return found

    return checked


def _write(findings: pd.DataFrame, file: BinaryIO) -> None:
    table = dataframe_table(FRAMES[_FINDINGS], findings)
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
