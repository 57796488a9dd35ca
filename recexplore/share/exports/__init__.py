"""Recordings in the formats of other tools: frames for tables, recordings for recorders, traces for viewers.

Each module beside this one that `FORMATS` names has one function, ``files(selection, options, outcome)``: it takes what is
exported (`recexplore.share.exports.selection`), gives the files of the export, and notes in the outcome what could not be
told. None writes: `recexplore.share.exports.export` does, whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from recexplore.share.exports.options import Options
    from recexplore.share.exports.outcome import Outcome
    from recexplore.share.exports.selection import Selection
    from recexplore.share.exports.target import File

__all__ = ["FORMATS", "Format"]

Files: TypeAlias = "Callable[[Selection, Options, Outcome], Iterator[File]]"


@dataclass(frozen=True, slots=True)
class Format:
    """A format: what it is, what its files end with, and the options that it takes beside ``force``."""

    name: str
    meaning: str
    suffixes: tuple[str, ...]
    options: tuple[str, ...] = ()

    @property
    def files(self) -> Files:
        """What makes the files; its module is imported when it is asked for, not where formats are listed."""
        made: Any = import_module(f"{__name__}.{self.name.replace('-', '_')}").files
        return made  # type: ignore[no-any-return]


FORMATS: Final[Mapping[str, Format]] = {
    each.name: each
    for each in (
        Format("parquet", "a Parquet file a frame", (".parquet",), ("frames",)),
        Format("arrow", "an Arrow IPC file a frame", (".arrow", ".feather"), ("frames",)),
        Format("csv", "a CSV file a frame, no cell of which a spreadsheet takes for a formula", (".csv",), ("frames",)),
        Format("jsonl", "a file of JSON lines a frame", (".jsonl", ".ndjson"), ("frames",)),
        Format("sse", "a stream of server-sent events a recording", (".sse",), ("lossy",)),
        Format("llama-stack", "a file of llama-stack's recorder a recording", (".json",), ("lossy",)),
        Format("vcr", "a cassette that vcrpy plays", (".yaml", ".yml"), ("lossy",)),
        Format("perfetto", "a trace of the streams that have times", (".perfetto.json", ".json"), ("untimed",)),
        Format("otlp", "OpenTelemetry's spans of calls to models, in OTLP JSON", (".otlp.json", ".json"), ("content",)),
    )
}
"""Every format by its name."""
