"""The child process that reads parts of what is loaded.

Is told all parts by its parent on standard input, claims some after the other from behind, writes their batches as files and
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
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa

from recexplore.read import envelopes, registry
from recexplore.read.cache.place import code_state
from recexplore.read.claims import claim, n_claimed
from recexplore.read.options import ReadOptions
from recexplore.read.packed_batch import write_batch
from recexplore.read.pickled_parts import Place, read_parts
from recexplore.read.read_files import read_files
from recexplore.read.workers import without_collector

__all__ = ["PartsRead", "Task", "main", "readers_here"]

_MOST_PARTS: Final = 4
"""How many parts are read as one: what a batch costs is paid once for them."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a helper is told: how to read, how many processes do, what its parent reads with and does about warnings, and
    where the parts are."""

    options: ReadOptions
    jobs: int
    readers: tuple[object, ...]
    filters: list[Any]
    parts: list[Place]


@dataclass(slots=True)
class PartsRead:
    """Parts that were read, the files that hold their batches, and what was warned of."""

    parts: range
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
        for parts in _stretches(task, folder) if reads_alike else ():
            if (read := _parts_read(task, parts, folder)) is not None:
                _answer(answers, read)
        _answer(answers, None)
        asked.read()  # until the parent ends, which removes the folder unless it is killed
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # what nobody takes any more; from Python 3.13 on it would be complained of at the end
        answers.close()


def _stretches(task: Task, folder: str) -> Iterator[range]:
    """Parts from behind, some beside each other at once, which are one batch. The fewer are left the fewer it takes, so that
    no process has much to do when the others are done."""
    end = len(task.parts)
    while end:
        first = end
        most = 1
        while first > max(end - most, 0) and task.parts[first - 1] is not None and claim(folder, first - 1):
            first -= 1
            if most == 1:  # what is left is counted only where there is something
                n_left = len(task.parts) - n_claimed(folder)
                most = min(_MOST_PARTS, max(n_left // (2 * task.jobs), 1))
        if first < end:
            yield range(first, end)
        end = min(first, end - 1)


def _parts_read(task: Task, parts: range, folder: str) -> PartsRead | None:
    """What was read of some parts, written to files; None where that failed."""
    done = PartsRead(parts)
    try:
        found = read_parts((task.parts[part] for part in parts), folder)
        with without_collector(), warnings.catch_warnings(record=True) as done.warnings:
            for batch in read_files(found, task.options):
                done.paths.append(os.path.join(folder, f"{parts.start}.{len(done.paths)}"))
                with pa.OSFile(done.paths[-1], "wb") as sink:
                    write_batch(batch, found, sink)
    except Exception:  # its parent reads it again, and then says why
        for each in done.paths:
            with suppress(OSError):  # where memory is full, what is of no use has to go
                os.unlink(each)
        return None
    return done


def _answer(answers: Any, value: object) -> None:
    answers.write(pickle.dumps(value))
    answers.flush()
