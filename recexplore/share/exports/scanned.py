"""A scan as a dataset: what an export of the loaded corpus would be, with a part a partition.

Takes a scan and a folder, has each partition read once, wherever Dask has it run: there its files are written, aside, and
its recordings looked at by the rules. What holds of all is written here, and then the whole folder appears.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from recexplore import rules
from recexplore.checks.partitioned import CorpusPart, Partitioned, PartitionLook, look_at
from recexplore.checks.run import findings_of_parts
from recexplore.corpus.unread import problems_frame, skipped_frame
from recexplore.model.exchange import Problem, Skipped
from recexplore.model.location import place_of
from recexplore.model.schema import FRAMES, PROBLEMS, SKIPPED
from recexplore.read.dataset.layout import FRAMES_OF_RECORDINGS, SOURCES
from recexplore.rules import Rule
from recexplore.share.exports.outcome import Note, Outcome
from recexplore.share.exports.parquet import about_file, part_files, table_file
from recexplore.share.exports.selection import Selection, made_table
from recexplore.share.exports.target import staged_folder, write_into
from recexplore.share.exports.unmasked import note_unmasked

__all__ = ["write_scan"]

_FORMAT: Final = "parquet"
_FINDINGS: Final = "findings"


@dataclass(frozen=True, slots=True)
class _Written:
    """What is to be known of a partition that was written."""

    files: list[str]
    n_recordings: int
    problems: Sequence[Problem]
    skipped: Sequence[Skipped]
    look: PartitionLook | None
    unmasked: list[Note]


def write_scan(scan: Partitioned, path: str, *, findings: bool, force: bool) -> Outcome:
    """What `recexplore.Scan.to_parquet` does."""
    chosen = rules.chosen() if findings else ()
    outcome = Outcome(_FORMAT)
    sources = {os.path.realpath(place_of(each).file) for each in scan.paths}
    with staged_folder(path, _FORMAT, force=force, sources=sources) as folder:
        write = partial(_write_part, folder=os.path.abspath(folder), chosen=chosen)
        written = scan.each(write, list(enumerate(scan.partitions)))
        skipped = [*(each for part in written for each in part.skipped), *scan.skipped_files]
        made = {
            PROBLEMS.name: made_table(problems_frame(each for part in written for each in part.problems), PROBLEMS),
            SKIPPED.name: made_table(skipped_frame(skipped), SKIPPED),
        }
        if findings:
            found = findings_of_parts(scan, [part.look for part in written if part.look is not None], chosen)
            for rule, why in found.failed.items():
                warnings.warn(f"the rule {rule} failed: {why}", stacklevel=3)
            made[_FINDINGS] = made_table(found.frame(), FRAMES[_FINDINGS])
        n_parts = {**dict.fromkeys((*FRAMES_OF_RECORDINGS, SOURCES), len(written)), **dict.fromkeys(made, 1)}
        where = [scan.where] if isinstance(scan.where, str) else scan.where
        about = about_file(where, scan.credentials, n_parts, [each.n_recordings for each in written], skipped)
        files = [*(table_file(name, table) for name, table in made.items()), about]
        for file in files:
            write_into(folder, file)
    outcome.unmasked = [note for part in written for note in part.unmasked]
    names = [*(name for part in written for name in part.files), *(file.name for file in files)]
    outcome.files = [os.path.join(path, name) for name in names]
    return outcome


def _write_part(numbered: tuple[int, CorpusPart], folder: str, chosen: Sequence[Rule]) -> _Written:
    number, part = numbered
    corpus = part.corpus()
    files = list(part_files(Selection(corpus), (*FRAMES_OF_RECORDINGS, SOURCES), number, range(len(corpus))))
    for file in files:
        write_into(folder, file)
    look = look_at(corpus, chosen) if chosen else None
    outcome = Outcome(_FORMAT)
    note_unmasked(Selection(corpus), outcome)
    names = [file.name for file in files]
    return _Written(names, len(corpus), corpus.unread, corpus.skipped_files, look, outcome.unmasked)
