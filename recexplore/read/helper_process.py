"""The child process that reads parts of what is loaded.

Takes pickled parts from its parent on standard input, writes their batches as files, says on standard output which. Ends
with its parent, and then leaves no file. What a part does to it is its parent's to find out: it says only that it could not.
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from recexplore.model.exchange import Blob
from recexplore.read import envelopes, registry
from recexplore.read.cache.place import code_state
from recexplore.read.options import ReadOptions
from recexplore.read.packed_batch import write_batch
from recexplore.read.read_files import read_files
from recexplore.read.workers import without_collector

__all__ = ["PartRead", "Task", "main", "readers_here"]


@dataclass(frozen=True, slots=True)
class Task:
    """What a helper is told before its first part: how to read, where to write, what its parent reads with, and what it does
    about warnings."""

    options: ReadOptions
    folder: str
    readers: tuple[object, ...]
    filters: list[Any]


@dataclass(slots=True)
class PartRead:
    """The files that hold what was read of a part, and what was warned of."""

    paths: list[str] = field(default_factory=list)
    warnings: list[warnings.WarningMessage] = field(default_factory=list)


def readers_here() -> tuple[object, ...]:
    """What reads files in this process, code and plug-ins: it is the same in a helper, or that helps nobody."""
    return (
        *(code_state() or ("code that changed after it was imported",)),
        *(f"dialect {each.name} of {type(each).__module__}" for each in registry.known().all),
        *(f"envelope {getattr(each, 'NAME', each)}" for each in envelopes.known()),
    )


def main() -> None:
    """Read parts until the parent closes standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Control-C is the parent's, which then ends this process
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed is no answer
    task: Task = pickle.load(asked)
    vars(warnings)["filters"][:] = task.filters
    try:
        _answer(answers, readers_here() == task.readers)
        while True:
            _answer(answers, _part_read(pickle.load(asked), task))
    except (EOFError, BrokenPipeError):
        shutil.rmtree(task.folder, ignore_errors=True)
        with suppress(OSError):  # what nobody takes any more; from Python 3.13 on it would be complained of at the end
            answers.close()


def _part_read(part: Sequence[Blob], task: Task) -> PartRead | None:
    """What was read of a part; None where that failed."""
    done = PartRead()
    try:
        with without_collector(), warnings.catch_warnings(record=True) as done.warnings:
            for batch in read_files(part, task.options):
                path = os.path.join(task.folder, f"{os.getpid()}-{id(batch)}-{len(done.paths)}")
                done.paths.append(path)
                with pa.OSFile(path, "wb") as sink:
                    write_batch(batch, part, sink)
    except Exception:  # its parent reads it again, and then says why
        for path in done.paths:
            with suppress(OSError):  # where memory is full, what is of no use has to go
                os.unlink(path)
        return None
    return done


def _answer(answers: Any, value: object) -> None:
    answers.write(pickle.dumps(value))
    answers.flush()


if __name__ == "__main__":
    main()
