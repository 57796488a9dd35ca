"""A folder that was read, as one file, and from it again.

Writes the tables as Arrow IPC files, where recordings were found as numbers, and what could not be read as JSON; gives
the same back, its tables read when they are first asked for. A table that is not what was written any more is had
from whoever can read the folder itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, BinaryIO, Final

import numpy as np
import pyarrow as pa

from recexplore.model.exchange import Problem, Skipped
from recexplore.read.cache.folder import Folder, FolderSources, Passed, joined
from recexplore.read.cache.parts_file import DamagedParts, Parts, open_parts, write_parts
from recexplore.read.cache.stamps import Stamps
from recexplore.tables.assembly import Tables

__all__ = ["Repair", "StoredFolder", "open_folder", "write_folder"]

_TABLE: Final = "table "
_NUMBERS: Final = ("stamps", *FolderSources.__slots__)
_SEPARATOR: Final = b"\0"

Repair = Callable[[], Mapping[str, pa.Table]]
"""Reads the folder once more and gives all of its tables."""


@dataclass(frozen=True, slots=True)
class StoredFolder:
    """A folder as it was written.

    Attributes
    ----------
    folder
        What was read of it. Its tables are opened when asked for.
    ids
        Of its recordings.
    stamp
        Differs for what was written at different times.
    """

    folder: Folder
    ids: list[str]
    stamp: str


def write_folder(path: str, folder: Folder, ids: Sequence[str], about: Mapping[str, object]) -> str:
    """Write a folder; its stamp. ``about`` is what is to be known of the file without reading it.

    Raises
    ------
    OSError
        It cannot be written.
    """
    tables = joined(folder.batches).tables if folder.batches else {}
    numbers = {"stamps": folder.stamps.values} | {
        name: getattr(folder.sources, name) for name in FolderSources.__slots__
    }
    texts = {
        "paths": _SEPARATOR.join(each.encode("utf-8", "surrogateescape") for each in folder.stamps.paths),
        "ids": _json(list(ids)),
        "problems": _json([[file, asdict(each)] for file, each in folder.problems]),
        "passed": _json([[each.file, each.by_search, asdict(each.skipped)] for each in folder.passed]),
    }
    parts = {
        **{name: partial(_write_numbers, values) for name, values in numbers.items()},
        **{name: partial(_write_text, text) for name, text in texts.items()},
        **{_TABLE + name: partial(_write_table, table) for name, table in tables.items()},
    }
    return write_parts(path, parts, {**about, "n_recordings": len(ids)})


def _json(value: object) -> bytes:
    """JSON in ASCII: a text may hold half of a character."""
    return json.dumps(value).encode()


def _value(part: pa.Buffer) -> Any:
    return json.loads(part.to_pybytes())


def _write_numbers(values: np.ndarray, file: BinaryIO) -> None:
    file.write(np.ascontiguousarray(values, dtype=np.int64).data)


def _write_text(text: bytes, file: BinaryIO) -> None:
    file.write(text)


def _write_table(table: pa.Table, file: BinaryIO) -> None:
    with pa.ipc.new_file(file, table.schema) as writer:
        # One record batch: a frame shares the memory of a column that is in one piece.
        writer.write_table(table.combine_chunks())


def open_folder(path: str, repair: Repair) -> StoredFolder:
    """Open what `write_folder` wrote.

    Raises
    ------
    OSError
        It cannot be opened.
    DamagedParts
        It is not what was written.
    """
    parts = open_parts(path)
    try:
        numbers = {name: np.frombuffer(parts[name], dtype=np.int64) for name in _NUMBERS}
        paths = parts["paths"].to_pybytes()
        stamps = Stamps(
            [each.decode("utf-8", "surrogateescape") for each in paths.split(_SEPARATOR)] if paths else [],
            numbers.pop("stamps").reshape(-1, 4),
        )
        ids = _value(parts["ids"])
        names = [name.removeprefix(_TABLE) for name in parts if name.startswith(_TABLE)]
        folder = Folder(
            stamps,
            [Tables(StoredTables(parts, names, repair), len(ids))] if names else [],
            FolderSources(**numbers),
            [(file, Problem(**each)) for file, each in _value(parts["problems"])],
            [Passed(file, by, Skipped(**each)) for file, by, each in _value(parts["passed"])],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedParts(f"it holds something else than a folder: {error}") from error
    return StoredFolder(folder, ids, parts.stamp)


class StoredTables(Mapping[str, pa.Table]):
    """The tables of a file, each opened and checked when it is first asked for."""

    def __init__(self, parts: Parts, names: Sequence[str], repair: Repair) -> None:
        self._parts = parts
        self._names = tuple(names)
        self._repair = repair
        self._opened: dict[str, pa.Table] = {}

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._opened:
            try:
                self._opened[name] = pa.ipc.open_file(self._parts[_TABLE + name]).read_all()
            except DamagedParts:
                self._opened = {**self._repair()}
        return self._opened[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
