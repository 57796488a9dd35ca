"""Writing recordings in the formats of other tools: `export`.

Takes a corpus or a recording and a place, writes the files that a format makes of it, gives an `Outcome`. Never changes a
recording.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, BinaryIO, Final, TypeAlias

from recexplore.corpus import Corpus, Recording
from recexplore.model.errors import ExportRefused
from recexplore.model.location import place_of
from recexplore.share.exports import FORMATS, Format
from recexplore.share.exports.options import DEFAULTS, Options, Untimed
from recexplore.share.exports.outcome import Outcome
from recexplore.share.exports.selection import Selection
from recexplore.share.exports.target import write_archive, write_file, write_folder, write_stream

__all__ = ["Out", "export", "format_of"]

Out: TypeAlias = "str | os.PathLike[str] | BinaryIO"
"""Where an export goes."""

_ARCHIVE: Final = ".zip"
_OF_A_FOLDER: Final = "parquet"
"""The format of a folder or an archive, where none is named."""
_MOST_NAMED: Final = 3


def export(
    recordings: Corpus | Recording,
    path: Out,
    format: str | None = None,  # noqa: A002 - as pandas calls it
    *,
    frames: Iterable[str] | None = None,
    untimed: Untimed = DEFAULTS.untimed,
    content: bool = DEFAULTS.content,
    lossy: bool = DEFAULTS.lossy,
    force: bool = False,
) -> Outcome:
    """What `recexplore.export` does of what was loaded."""
    selection = Selection(recordings)
    chosen = format_of(path, format)
    place = None if hasattr(path, "write") else os.fspath(path)
    options = Options(
        frames=None if frames is None else tuple([frames] if isinstance(frames, str) else frames),
        untimed=untimed,
        content=content,
        lossy=lossy,
        as_one=place is None or place.lower().endswith(chosen.suffixes),
    )
    _check_options(chosen, options)
    outcome = Outcome(chosen.name)
    files = list(chosen.files(selection, options, outcome))
    if not files:
        raise ExportRefused(_why_nothing(outcome, chosen))
    if options.as_one and len(files) > 1:
        raise ValueError(
            f"{chosen.name} makes {len(files)} files of it ({_few([each.name for each in files])}): name a folder or a "
            f"{_ARCHIVE} archive, or choose {'one frame' if 'frames' in chosen.options else 'one recording'}"
        )
    sources = {os.path.realpath(place_of(each).file) for each in selection.corpus.checksums}
    if place is None:
        write_stream(files[0], path)  # type: ignore[arg-type]
    elif options.as_one:
        write_file(place, files[0], force=force, sources=sources)
        outcome.files = [place]
    elif place.lower().endswith(_ARCHIVE):
        write_archive(place, files, force=force, sources=sources)
        outcome.files = [each.name for each in files]
    else:
        write_folder(place, files, chosen.name, force=force, sources=sources)
        outcome.files = [os.path.join(place, each.name) for each in files]
    return outcome


def format_of(path: Out, name: str | None = None) -> Format:
    """The format that a name, or the end of a path, says.

    Raises
    ------
    ValueError
        There is no such format, or the path says none.
    """
    if name is not None:
        if name not in FORMATS:
            raise ValueError(f"there is no format {name!r}: expected one of {', '.join(FORMATS)}")
        return FORMATS[name]
    place = "" if hasattr(path, "write") else os.fspath(path).lower()
    longest = max(
        (end for each in FORMATS.values() for end in each.suffixes if place.endswith(end)), key=len, default=""
    )
    told = [each for each in FORMATS.values() if longest in each.suffixes]
    suffix = os.path.splitext(place)[1]
    if len(told) == 1:
        return told[0]
    if place and not told and (suffix in ("", _ARCHIVE) or os.path.isdir(place)):
        return FORMATS[_OF_A_FOLDER]
    some = [each.name for each in told] or list(FORMATS)
    raise ValueError(f"{path if place else 'a stream'} does not say its format: expected one of {', '.join(some)}")


def _check_options(chosen: Format, options: Options) -> None:
    """Raise where something is asked for that the format cannot do."""
    if options.untimed not in ("leave-out", "index"):
        raise ValueError(f"untimed is leave-out or index, not {options.untimed!r}")
    for name in ("frames", "untimed", "content", "lossy"):
        if getattr(options, name) != getattr(DEFAULTS, name) and name not in chosen.options:
            able = ", ".join(each.name for each in FORMATS.values() if name in each.options)
            raise ValueError(f"{name} is an option of {able}, not of {chosen.name}")


def _why_nothing(outcome: Outcome, chosen: Format) -> str:
    if not outcome.left_out:
        return f"there is no recording of which {chosen.name} could be made"
    few = "; ".join(map(str, outcome.left_out[:_MOST_NAMED]))
    more = f"; and {len(outcome.left_out) - _MOST_NAMED} more" if len(outcome.left_out) > _MOST_NAMED else ""
    hint = "; written with lossy all the same" if "lossy" in chosen.options else ""
    return f"nothing was exported: {few}{more}{hint}"


def _few(names: list[Any]) -> str:
    return ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")
