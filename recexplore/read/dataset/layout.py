"""What a dataset is: a folder with a folder a frame, in each a Parquet file a part, and beside them what holds of all.

Takes nothing but names, gives declarations, and what `ABOUT` says. ``sources`` is a frame of the dataset alone: where each
recording was found, and how many rows of each other frame are its own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, TypeGuard

import pyarrow as pa

from recexplore.model.credentials import Credentials
from recexplore.model.exchange import Skips
from recexplore.model.schema import FRAMES, SKIPPED

__all__ = [
    "ABOUT",
    "FORMAT",
    "FRAMES_OF_RECORDINGS",
    "SOURCES",
    "SOURCES_SCHEMA",
    "About",
    "dataset_in",
    "part_name",
    "read_about",
]

ABOUT: Final = "recexplore.json"
"""The file that says what the dataset holds."""

FORMAT: Final = 1
_KIND: Final = "recexplore dataset"

_MADE: Final = ("findings", "problems", SKIPPED.name)
"""Frames that are computed, or are not about recordings; each is one part."""

FRAMES_OF_RECORDINGS: Final = tuple(name for name in FRAMES if name not in _MADE)
"""Frames whose parts hold the same recordings."""

SOURCES: Final = "sources"

SOURCES_SCHEMA: Final = pa.schema(
    [
        ("recording", pa.large_string()),
        ("path", pa.large_string()),
        ("name", pa.large_string()),
        ("exchange", pa.int64()),
        ("n_exchanges", pa.int64()),
        ("crc32", pa.int64()),
        *((f"{name}_rows", pa.int64()) for name in FRAMES_OF_RECORDINGS),
    ]
)
"""Path, name and number as `recexplore.corpus.source_file.Source` has them, and how many rows of each frame follow."""


@dataclass(frozen=True, slots=True)
class About:
    """What holds of a whole dataset.

    Attributes
    ----------
    frames
        The number of parts of each frame that is there.
    n_recordings
        How many recordings it holds.
    partitions
        The number of recordings of each part.
    where
        What was loaded, in words.
    folder
        The working directory in which it was: paths are relative to it.
    credentials
        Whether they are in it.
    written_by
        Name and version of the package.
    skipped
        Why each file was passed over, in a word: what the frame does not say.
    """

    frames: Mapping[str, int]
    n_recordings: int
    partitions: list[int]
    where: str | list[str]
    folder: str
    credentials: Credentials
    written_by: str
    skipped: list[Skips]
    kind: str = field(default=_KIND)
    format: int = field(default=FORMAT)

    @property
    def is_whole(self) -> bool:
        """Whether all is there that a corpus is made of."""
        return {SOURCES, "problems", SKIPPED.name, *FRAMES_OF_RECORDINGS} <= set(self.frames)

    def to_bytes(self) -> bytes:
        """The content of `ABOUT`."""
        return json.dumps(asdict(self), indent=2).encode() + b"\n"


def part_name(frame: str, part: int) -> str:
    """The file of a part of a frame, as seen from the dataset."""
    return f"{frame}/part-{part:05d}.parquet"


def dataset_in(where: object, rev: str | None = None) -> str | None:
    """The folder of the dataset that is to be loaded; None where it is something else.

    Raises
    ------
    ValueError
        Something else is to be loaded with it, or a revision of it.
    """
    places = where if isinstance(where, list) else [where]
    datasets = [os.path.expanduser(os.fspath(each)) for each in places if _is_dataset(each)]
    if datasets and (rev is not None or len(places) > 1):
        raise ValueError(f"{datasets[0]} is a dataset: it is loaded by itself, and has no revisions")
    return datasets[0] if datasets else None


def _is_dataset(place: object) -> TypeGuard[str | os.PathLike[str]]:
    """Whether a place is a dataset of any version."""
    if not isinstance(place, str | os.PathLike):
        return False
    path = os.path.join(os.path.expanduser(os.fspath(place)), ABOUT)
    return os.path.isfile(path) and _content(path).get("kind") == _KIND


def read_about(folder: str) -> About:
    """What a dataset holds.

    Raises
    ------
    ValueError
        It is of another version, or not whole.
    """
    content = _content(os.path.join(folder, ABOUT))
    if content.get("kind") != _KIND or content.get("format") != FORMAT:
        said = content.get("written_by") or "something else"
        raise ValueError(
            f"{folder}: a dataset of format {FORMAT} was expected, found format {content.get('format')!r} of {said}; "
            "write it again from the recordings"
        )
    try:
        about = About(**content)
    except TypeError as error:
        raise ValueError(f"{folder}: {ABOUT} is not what was written: {error}") from error
    if not about.is_whole:
        missing = {SOURCES, "problems", SKIPPED.name, *FRAMES_OF_RECORDINGS} - set(about.frames)
        raise ValueError(f"{folder}: a dataset with all frames was expected, {', '.join(sorted(missing))} is missing")
    return about


def _content(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            content = json.load(file)
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
