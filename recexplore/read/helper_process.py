"""The child process that reads parts of what is loaded.

Is told all parts by its parent on standard input, claims one after the other from behind, writes their batches as files and
says on standard output which. Ends with its parent, and then leaves no file. What a part does to it is its parent's to find
out: it says nothing of a part that it could not read.
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import sys
import warnings
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

__all__ = ["PartRead", "Task", "claim", "main", "readers_here"]


@dataclass(frozen=True, slots=True)
class Task:
    """What a helper is told: how to read, what its parent reads with, what that does about warnings, and the parts, each
    pickled; None for one that cannot be."""

    options: ReadOptions
    readers: tuple[object, ...]
    filters: list[Any]
    parts: list[bytes | None]


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


def main(folder: str) -> None:
    """Read parts until there is none, write what they hold into the folder, and end with the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Control-C is the parent's, which then ends this process
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed is no answer
    with suppress(EOFError, BrokenPipeError):
        task: Task = pickle.load(asked)
        vars(warnings)["filters"][:] = task.filters
        reads_alike = readers_here() == task.readers
        _answer(answers, reads_alike)
        for number in reversed(range(len(task.parts))) if reads_alike else ():
            pickled = task.parts[number]
            if pickled is None or not claim(folder, number):
                continue
            if (read := _part_read(pickled, os.path.join(folder, str(number)), task.options)) is not None:
                _answer(answers, (number, read))
        _answer(answers, None)
        asked.read()  # until the parent ends, which removes the folder unless it is killed
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # what nobody takes any more; from Python 3.13 on it would be complained of at the end
        answers.close()


def claim(folder: str | os.PathLike[str], number: int) -> bool | None:
    """Take a part, for this process alone: False where another one has it, None where nobody can claim anything."""
    try:
        os.close(os.open(os.path.join(folder, f"{number}.claimed"), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return False
    except OSError:  # there is no room, or no folder any more
        return None
    return True


def _part_read(pickled: bytes, path: str, options: ReadOptions) -> PartRead | None:
    """What was read of a part, written to files whose names begin with ``path``; None where that failed."""
    done = PartRead()
    try:
        part: list[Blob] = pickle.loads(pickled)
        with without_collector(), warnings.catch_warnings(record=True) as done.warnings:
            for batch in read_files(part, options):
                done.paths.append(f"{path}.{len(done.paths)}")
                with pa.OSFile(done.paths[-1], "wb") as sink:
                    write_batch(batch, part, sink)
    except Exception:  # its parent reads it again, and then says why
        for each in done.paths:
            with suppress(OSError):  # where memory is full, what is of no use has to go
                os.unlink(each)
        return None
    return done


def _answer(answers: Any, value: object) -> None:
    answers.write(pickle.dumps(value))
    answers.flush()
